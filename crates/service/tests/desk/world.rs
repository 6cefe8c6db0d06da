//! One desk and two intakes on the native engine.

use decree::Moment;
use getrandom::SysRng;
use rand_core::UnwrapErr;
use service::desk::{self, Holder, Order, Request, key};
use service::intake::{self, AllMarks, Marks, Report, Shown, Token};
use service::keyring::KeyRing;
use service::place::Shards;
use service::schema::Schema;
use service::{Class, Failure, Place, Realm, codes, schema};
use store::{Native, Sql, Value};
use wire::Refusal;
use wire::code::{Code, Kind};
use wire::issuer::{Act, KeyOrder, ListedKey, Role};

/// 2020-06-10T12:05:00Z.
pub(crate) const NOON: Moment = Moment::from_unix(1_591_790_700);

/// Whoever holds the configured operator's key.
pub(crate) const ROOT: Holder = Holder::Root([0xa7; 32]);

const SHARDS: Shards = Shards {
    registries: 2,
    intakes: 2,
};

pub(crate) struct World {
    ring: KeyRing,
    pub(crate) desk: Native,
    pub(crate) intakes: [Native; 2],
    pub(crate) now: Moment,
}

/// A key that was made.
pub(crate) struct Made {
    pub(crate) id: String,
    pub(crate) text: String,
    pub(crate) holder: Holder,
}

pub(crate) fn rng() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}

pub(crate) fn place(class: Class, index: u16) -> Place {
    Place {
        realm: Realm::National,
        class,
        index,
        of: if class == Class::Desk { 1 } else { 2 },
        since: 0,
    }
}

impl World {
    pub(crate) fn new() -> Self {
        Self {
            ring: KeyRing::from_text(Some(&"c4".repeat(32)), true).unwrap(),
            desk: Native::in_memory().unwrap(),
            intakes: [(); 2].map(|()| Native::in_memory().unwrap()),
            now: NOON,
        }
    }

    /// What the desk says alone: until when the codes are good.
    pub(crate) fn ask(
        &self,
        holder: Holder,
        kind: Kind,
        count: u32,
        id: Option<&str>,
    ) -> Result<Moment, Refusal> {
        let issuing = self.ring.issuing(Realm::National);
        let marks = id.map(|id| Request::new(&issuing, holder, id).marks());
        let order = Order { kind, count, marks };
        let place = place(Class::Desk, 0);
        let granted = desk::hand_out(&self.desk, &place, &mut rng(), self.now, holder, &order)?;
        assert_eq!(granted.root, id.map(|_| issuing.newest_id()));
        Ok(Moment::from_unix(granted.until))
    }

    /// The codes of a request that the desk let be.
    pub(crate) fn codes(
        &self,
        holder: Holder,
        kind: Kind,
        count: u32,
        id: &str,
        until: Moment,
    ) -> Vec<Code> {
        let issuing = self.ring.issuing(Realm::National);
        let request = Request::new(&issuing, holder, id);
        let granted = request.under(issuing.newest_id()).unwrap();
        granted.codes(kind, count, until).collect()
    }

    /// Tells the codes to the intake of this number.
    pub(crate) fn tell(&self, index: u16, holder: Holder, kind: Kind, id: &str, codes: &[Code]) {
        let until = codes::end(kind, self.now);
        self.tell_until(index, holder, kind, id, codes, until);
    }

    pub(crate) fn tell_until(
        &self,
        index: u16,
        holder: Holder,
        kind: Kind,
        id: &str,
        codes: &[Code],
        until: Moment,
    ) {
        let issuing = self.ring.issuing(Realm::National);
        let front = self.ring.front(Realm::National);
        let request = Request::new(&issuing, holder, id);
        let granted = request.under(issuing.newest_id()).unwrap();
        let mark = granted.batch_mark(until);
        let stored: Vec<_> = codes
            .iter()
            .filter(|code| codes::intake_of(&front, code, SHARDS) == index)
            .map(|code| codes::stored(front.peppers.newest(), code, until))
            .collect();
        let sql = &self.intakes[usize::from(index)];
        let place = place(Class::Intake, index);
        let new = intake::NewCodes {
            mark: Some(mark),
            kind,
            codes: &stored,
            holder: Some(granted.holder_mark(until)),
        };
        intake::add_codes(sql, &place, self.now, new).unwrap();
    }

    /// The whole way, as the front goes it.
    pub(crate) fn hand_out(
        &self,
        holder: Holder,
        kind: Kind,
        count: u32,
        id: &str,
    ) -> Result<Vec<Code>, Refusal> {
        let until = self.ask(holder, kind, count, Some(id))?;
        let codes = self.codes(holder, kind, count, id, until);
        for index in 0..SHARDS.intakes {
            self.tell_until(index, holder, kind, id, &codes, until);
        }
        Ok(codes)
    }

    /// Which intake a code is known at.
    pub(crate) fn intake_of(&self, code: &Code) -> u16 {
        codes::intake_of(&self.ring.front(Realm::National), code, SHARDS)
    }

    fn hash(&self, code: &Code) -> [u8; 32] {
        codes::hash(self.ring.front(Realm::National).peppers.newest(), code)
    }

    /// Reports with this code; each report is another one.
    pub(crate) fn uses(&self, code: &Code) -> bool {
        let index = self.intake_of(code);
        let mut body = [0; 32];
        rand_core::Rng::fill_bytes(&mut rng(), &mut body);
        let report = Report {
            shown: Shown {
                token: match code.kind() {
                    Kind::Long => Token::Long,
                    Kind::Short => Token::Short,
                },
                marks: AllMarks::one(Marks {
                    code: self.hash(code),
                    body,
                }),
                route: 0,
                zeros: 0,
                work: None,
            },
            contacts: Vec::new(),
        };
        let sql = &self.intakes[usize::from(index)];
        let place = place(Class::Intake, index);
        match intake::report(sql, &place, &mut rng(), self.now, None, &report, None) {
            Ok(_) => true,
            Err(Failure::Refused(Refusal::UnknownCode)) => false,
            Err(other) => panic!("{other:?}"),
        }
    }

    pub(crate) fn make(&self, holder: Holder, role: Role, quota: u32) -> Result<Made, Refusal> {
        let issuing = self.ring.front(Realm::National).issuers;
        let (text, hash) = key::draw(&issuing, &mut rng());
        let place = place(Class::Desk, 0);
        let order = KeyOrder { role, quota };
        let now = self.now;
        let id = desk::make_key(&self.desk, &place, &mut rng(), now, holder, order, hash)?;
        let holder = Holder::Key(key::recognise(&issuing, &text).unwrap());
        Ok(Made { id, text, holder })
    }

    pub(crate) fn revoke(&self, holder: Holder, id: &str) -> Result<(), Refusal> {
        let place = place(Class::Desk, 0);
        Ok(desk::revoke_key(
            &self.desk,
            &place,
            &mut rng(),
            self.now,
            holder,
            id,
        )?)
    }

    /// Makes codes void at every intake, as the front does: how many.
    pub(crate) fn void(&self, holder: Holder, id: &str) -> Result<u64, Refusal> {
        let (now, desk) = (self.now, place(Class::Desk, 0));
        let holders = desk::void_codes(&self.desk, &desk, &mut rng(), now, holder, id)?;
        let issuing = self.ring.issuing(Realm::National);
        let marks = desk::holder_marks(&issuing, &holders, now);
        let mut voided = 0;
        for (index, sql) in (0..).zip(&self.intakes) {
            let place = place(Class::Intake, index);
            let mut after = Some([0; 32]);
            while let Some(at) = after {
                let slice = intake::void_codes(sql, &place, now, &marks, at)?;
                voided += slice.codes;
                after = slice.next;
            }
        }
        Ok(voided)
    }

    /// What stands beside the unused codes of all intakes.
    pub(crate) fn holders(&self) -> Vec<[u8; 16]> {
        let made = |sql: &&Native| schema::exists(*sql, schema::INTAKE).unwrap();
        let rows = |sql: &Native| sql.query("SELECT holder FROM code", &[]).unwrap();
        let rows = self.intakes.iter().filter(made).flat_map(rows);
        rows.map(|row| row.array(0).unwrap()).collect()
    }

    pub(crate) fn admits(&self, holder: Holder) -> bool {
        match desk::admit(&self.desk, &place(Class::Desk, 0), holder) {
            Ok(_) => true,
            Err(Failure::Refused(Refusal::UnknownIssuer)) => false,
            Err(other) => panic!("{other:?}"),
        }
    }

    pub(crate) fn listed(&self, id: &str) -> ListedKey {
        let place = place(Class::Desk, 0);
        let keys = desk::list_keys(&self.desk, &place, self.now, ROOT, None).unwrap();
        keys.keys.into_iter().find(|key| key.id == id).unwrap()
    }

    pub(crate) fn acts(&self) -> Vec<Act> {
        let place = place(Class::Desk, 0);
        desk::list_acts(&self.desk, &place, ROOT, None)
            .unwrap()
            .acts
    }

    pub(crate) fn tick(&self, record_ends: Option<Moment>) {
        let desk = place(Class::Desk, 0);
        desk::tick(&self.desk, &desk, self.now, record_ends).unwrap();
        for (index, sql) in (0..).zip(&self.intakes) {
            intake::tick(sql, &place(Class::Intake, index), self.now).unwrap();
        }
    }

    /// Every stored value of every table, as bytes.
    pub(crate) fn stored(&self) -> Vec<(String, Vec<u8>)> {
        let objects = [
            (&self.desk, schema::DESK),
            (&self.intakes[0], schema::INTAKE),
            (&self.intakes[1], schema::INTAKE),
        ];
        let mut all = Vec::new();
        for (sql, tables) in objects {
            for table in tables.tables {
                if !schema::exists(sql, tables).unwrap() {
                    continue;
                }
                for row in sql
                    .query(&format!("SELECT * FROM {}", table.name), &[])
                    .unwrap()
                {
                    all.extend(row.0.into_iter().map(|value| match value {
                        Value::Text(text) => (table.name.to_owned(), text.into_bytes()),
                        Value::Blob(bytes) => (table.name.to_owned(), bytes),
                        other => (table.name.to_owned(), format!("{other:?}").into_bytes()),
                    }));
                }
            }
        }
        all
    }

    /// Rows of these tables, in all objects.
    pub(crate) fn count(&self, table: &str) -> u64 {
        let objects = [
            (&self.desk, schema::DESK),
            (&self.intakes[0], schema::INTAKE),
            (&self.intakes[1], schema::INTAKE),
        ];
        let has = |schema: &Schema| schema.tables.iter().any(|known| known.name == table);
        let holding = objects
            .into_iter()
            .filter(|(sql, tables)| has(tables) && schema::exists(*sql, tables).unwrap());
        let statement = format!("SELECT COUNT(*) FROM {table}");
        holding
            .map(|(sql, _)| sql.query(&statement, &[]).unwrap()[0].integer(0).unwrap())
            .sum()
    }
}
