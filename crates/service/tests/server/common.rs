//! A realm on the native engine: the same functions and statements as on the platform, with the
//! object calls made directly.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::slice;
use std::time::Duration;

use decree::article_2::Onset;
use decree::article_3::Once;
use decree::{Day, Moment};
use getrandom::SysRng;
use rand_core::UnwrapErr;
use robert::Id;
use robert::auth::AuthRequest;
use robert::phone::Phone;
use robert::stamp::{Price, Solver};
use service::form::Form;
use service::front::ReportScope;
use service::group::{self, Group, GroupKeys, GroupName, Places};
use service::intake::{Ceiling, MarkForm, Received};
use service::keyring::{FrontKeys, KeyId, KeyRing, wrapper};
use service::outbox::Owed;
use service::parcel::Parcel;
use service::place::Shards;
use service::record::{Keeper, RecordKey, Records, SafeName};
use service::registry::{Arrival, Context, Emptying, Left, Progress, Signed, Slice, Status};
use service::vault::{self, DayKeys, Decision, Holds, Keys};
use service::{
    Class, Failure, Place, Realm, captcha, codes, front, intake, outbox, registry, schema, state,
};
use store::{Native, Row, Sql};
use wire::Refusal;
use wire::api::{Authenticated, OpenedReport, ReportRequest, StatusReply};
use wire::code::{Code, Kind};

pub(crate) const SHARDS: Shards = Shards {
    registries: 2,
    intakes: 1,
};

/// 2020-06-10T12:05:00Z: five minutes into an epoch.
pub(crate) const NOON: Moment = Moment::from_unix(1_591_790_700);

/// How many groups are made in one go.
pub(crate) const OPEN_GROUPS: u16 = 8;

/// What a stamp costs here: a few milliseconds.
pub(crate) const PRICE: Price = Price::of_bits(16);

pub(crate) fn rng() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}

pub(crate) struct World {
    pub(crate) ring: KeyRing,
    pub(crate) keys: FrontKeys,
    pub(crate) vaults: BTreeMap<Day, DayKeys>,
    pub(crate) registries: Vec<Native>,
    pub(crate) intake: Native,
    pub(crate) safes: BTreeMap<SafeName, RecordKey>,
    /// The safes of groups: what they hold.
    pub(crate) groups: BTreeMap<SafeName, Vec<u8>>,
    pub(crate) now: Moment,
    /// Whose front takes reports.
    pub(crate) realm: Realm,
    /// How many reports and decoys the operator takes in a day.
    pub(crate) ceiling: Option<Ceiling>,
    challenges: u8,
}

impl World {
    pub(crate) fn new() -> Self {
        let ring = KeyRing::from_text(Some(&"c4".repeat(32)), true).unwrap();
        let keys = ring.front(Realm::National);
        Self {
            ring,
            keys,
            vaults: BTreeMap::new(),
            registries: (0..SHARDS.registries)
                .map(|_| Native::in_memory().unwrap())
                .collect(),
            intake: Native::in_memory().unwrap(),
            safes: BTreeMap::new(),
            groups: BTreeMap::new(),
            now: NOON,
            realm: Realm::National,
            ceiling: None,
            challenges: 0,
        }
    }

    /// A realm that goes on with what is stored.
    pub(crate) fn restored(
        ring: KeyRing,
        now: Moment,
        registries: Vec<Native>,
        intake: Native,
    ) -> Self {
        let keys = ring.front(Realm::National);
        Self {
            ring,
            keys,
            registries,
            intake,
            now,
            challenges: 100,
            ..Self::new()
        }
    }

    /// Johanna met Sylvie for twenty minutes, in two epochs, and reported. The phone is Sylvie's.
    pub(crate) fn reported() -> (Self, Phone) {
        let mut world = Self::new();
        let [mut sylvie, mut johanna] = [(); 2].map(|()| world.register());
        world.meet(&mut [&mut sylvie, &mut johanna], 20, -43);
        let code = world.code();
        let body = world.draft(&mut johanna, &code);
        world.report(&body).unwrap();
        (world, sylvie)
    }

    /// The day keys in force, made and destroyed by the vault's own decision.
    pub(crate) fn day_keys(&mut self) -> Keys {
        let now = self.now;
        for day in vault::living_days(Day::from_number(0), now) {
            let holds = if self.vaults.contains_key(&day) {
                Holds::Keys
            } else {
                Holds::Nothing
            };
            match vault::decide(holds, day, now) {
                Decision::Make => {
                    self.vaults.insert(day, DayKeys::draw(&mut rng()));
                }
                Decision::Gone => {
                    self.vaults.remove(&day);
                }
                Decision::HandOut | Decision::TooSoon => {}
            }
        }
        self.vaults
            .retain(|day, _| vault::decide(Holds::Keys, *day, now) == Decision::HandOut);
        Keys::in_force(
            self.vaults.iter().map(|(day, keys)| (*day, keys.clone())),
            now,
        )
    }

    pub(crate) fn place(class: Class, index: u16) -> Place {
        let of = match class {
            Class::Registry => SHARDS.registries,
            Class::Intake => SHARDS.intakes,
            Class::Tally => 1,
            Class::Desk => 1,
        };
        Place {
            realm: Realm::National,
            class,
            index,
            of,
            since: 0,
        }
    }

    /// Calls a registry as its object does.
    pub(crate) fn at_registry<T>(
        &mut self,
        index: u16,
        work: impl FnOnce(&Native, &Context<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let keys = self.day_keys();
        let wrapping = self.ring.wrapping(Realm::National);
        let place = Self::place(Class::Registry, index);
        let sql = &self.registries[usize::from(index)];
        let records = self.records(&place);
        let context = Context {
            place,
            wrapping: &wrapping,
            keys: &keys,
            records: &records,
            now: self.now,
        };
        work(sql, &context)
    }

    /// What is in every place where this registry keeps record keys.
    pub(crate) fn records(&self, place: &Place) -> Records {
        let sql = &self.registries[usize::from(place.index)];
        let mut records = Records::default();
        for keeper in registry::keepers(sql, place).unwrap() {
            match keeper {
                Keeper::Safe(safe) => records.add_safe(safe, self.safes.get(&safe).cloned()),
                Keeper::Group(name, _) => records.add_group(name, None),
            }
        }
        for group in registry::groups(sql, place).unwrap() {
            records.add_group(group.name, self.held(group).map(Rc::new));
        }
        records
    }

    /// Gives an account a safe of its own, as releases up to 0.2.0 did.
    pub(crate) fn give_own_safe(&mut self, id: Id) -> SafeName {
        let (sql, place) = self.at(SHARDS.registry_of(id.0[0]));
        let keeper = registry::keeper_of(sql, &place, id).unwrap().unwrap();
        let records = self.records(&place);
        let record = records.key(keeper).unwrap().unwrap().clone();
        let (safe, _) = RecordKey::draw(&mut rng());
        let update = "UPDATE account SET safe = ?2 WHERE id = ?1";
        sql.exec(update, &[id.0.into(), safe.into()]).unwrap();
        self.safes.insert(safe, record);
        safe
    }

    /// Every account, of all registries.
    pub(crate) fn accounts(&self) -> Vec<Id> {
        let mut accounts = Vec::new();
        for sql in &self.registries {
            if schema::exists(sql, schema::REGISTRY).unwrap() {
                let rows = sql.query("SELECT id FROM account", &[]).unwrap();
                accounts.extend(rows.iter().map(|row| Id(row.array(0).unwrap())));
            }
        }
        accounts
    }

    /// Every record key that is left anywhere, whether an account has it or not.
    pub(crate) fn record_keys(&self) -> Vec<RecordKey> {
        let mut keys: Vec<_> = self.safes.values().cloned().collect();
        let wrapping = self.ring.groups(Realm::National);
        for index in 0..SHARDS.registries {
            let place = Self::place(Class::Registry, index);
            let sql = &self.registries[usize::from(index)];
            for group in registry::groups(sql, &place).unwrap() {
                for version in 0..2 {
                    let held = self.groups.get(&group::safe_of(group.name, version));
                    let held = held.map(|held| GroupKeys::unwrap(&wrapping, group.name, held));
                    if let Some(Ok(Some(held))) = held {
                        keys.extend((0..=u8::MAX).filter_map(|place| held.key(place).cloned()));
                    }
                }
            }
        }
        keys
    }

    /// The record keys of all accounts, in the order of the accounts.
    pub(crate) fn keys_of_accounts(&self) -> BTreeMap<Id, RecordKey> {
        let mut keys = BTreeMap::new();
        for id in self.accounts() {
            let (sql, place) = self.at(SHARDS.registry_of(id.0[0]));
            let keeper = registry::keeper_of(sql, &place, id).unwrap().unwrap();
            if let Some(key) = self.records(&place).key(keeper).unwrap() {
                keys.insert(id, key.clone());
            }
        }
        keys
    }

    /// How many keys of this registry are owed their end.
    pub(crate) fn owed_ends(&self, index: u16) -> u64 {
        let (sql, _) = self.at(index);
        if !schema::exists(sql, schema::REGISTRY).unwrap() {
            return 0;
        }
        let rows = sql.query("SELECT left FROM record_group", &[]).unwrap();
        let of = |row: &Row| u64::from(256 - Places::from_bytes(row.blob(0).unwrap()).others());
        rows.iter().map(of).sum::<u64>() + count(sql, "emptying")
    }

    /// The keys of a group, in the version that counts.
    pub(crate) fn held(&self, group: Group) -> Option<GroupKeys> {
        let held = self.groups.get(&group.safe())?;
        group
            .open(&self.ring.groups(Realm::National), held)
            .unwrap()
    }

    /// A group with a free place, made if there is none.
    pub(crate) fn open_group(&mut self, index: u16) -> GroupName {
        let place = Self::place(Class::Registry, index);
        let sql = &self.registries[usize::from(index)];
        if let Some(group) = registry::open_group(sql, &place, &mut rng()).unwrap() {
            return group.name;
        }
        for name in registry::found(sql, &place, &mut rng(), OPEN_GROUPS).unwrap() {
            self.write_group(index, name);
        }
        self.open_group(index)
    }

    /// Writes a group as a registry's object does, and destroys the version before.
    pub(crate) fn write_group(&mut self, index: u16, name: GroupName) {
        let sql = &self.registries[usize::from(index)];
        let writing = registry::begin_writing(sql, name).unwrap().unwrap();
        let before = self.held(writing.group);
        let keys = writing.keys(&mut rng(), group::places(Realm::National), before.as_ref());
        let wrapping = self.ring.groups(Realm::National);
        let wrapped = keys.unwrap().wrap(&wrapping, &mut rng(), name);
        self.groups.insert(writing.safe(), wrapped);
        let root = wrapping.newest_id();
        let owed = registry::written(sql, &mut rng(), self.now, &writing, root).unwrap();
        if let Some(owed) = owed {
            self.empty(index, owed);
        }
    }

    /// Empties a safe, and says so.
    pub(crate) fn empty(&mut self, index: u16, owed: Emptying) {
        match owed.version {
            Some(_) => assert!(self.groups.remove(&owed.safe).is_some()),
            None => assert!(self.safes.remove(&owed.safe).is_some()),
        }
        registry::emptied(&self.registries[usize::from(index)], owed.id).unwrap();
    }

    /// Destroys the record key that somebody left.
    pub(crate) fn destroy(&mut self, index: u16, left: Left) {
        match left {
            Left::Group(name) => self.write_group(index, name),
            Left::Safe(owed) => self.empty(index, owed),
        }
    }

    /// Registers as a registry's object does.
    pub(crate) fn open_account(
        &mut self,
        index: u16,
        request: &registry::Register,
    ) -> Result<Id, Failure> {
        let group = self.open_group(index);
        self.at_registry(index, |sql, context| {
            registry::register(sql, context, &mut rng(), request, group)
        })
    }

    /// Deletes somebody's history, up to the key that is left to be destroyed.
    pub(crate) fn delete_history(&mut self, index: u16, signed: &Signed) -> Result<Left, Failure> {
        let group = self.open_group(index);
        self.at_registry(index, |sql, context| {
            registry::may_delete_history(sql, context, signed)?;
            registry::delete_exposure_history(sql, context, &mut rng(), signed, group)
        })
    }

    pub(crate) fn register(&mut self) -> Phone {
        let mut phone = Phone::new();
        let public = phone.register(&mut rng()).unwrap();
        let key = self.keys.registration.oldest(self.now);
        let (auth_key, tuple_key) = key.secret.agree(&public);
        self.challenges += 1;
        let request = registry::Register {
            challenge: [self.challenges; 16],
            until: self.now.unix() + 600,
            level: 0,
            auth_key: *auth_key.as_bytes(),
            tuple_key: *tuple_key.as_bytes(),
        };
        // Every second phone lives in the upper shard.
        let index = u16::from(self.challenges % 2);
        let id = self.open_account(index, &request).unwrap();
        assert_eq!(SHARDS.registry_of(id.0[0]), index);
        let days = self.day_keys();
        let tuple_key = tuple_key.as_bytes();
        let at = (Realm::National, self.now);
        let reply =
            front::answer_registration(&self.keys, &days, &mut rng(), at, id, tuple_key).unwrap();
        let key = self.keys.registration.oldest(self.now);
        let server = key.secret.public();
        phone.registered(&server, &reply.tuples, self.now).unwrap();
        phone.switch_bluetooth(true);
        phone
    }

    /// Everybody in earshot at this level, one HELLO every ten seconds, for so many minutes.
    pub(crate) fn meet(&mut self, phones: &mut [&mut Phone], minutes: u64, rssi: i8) {
        for _ in 0..minutes * 6 {
            let hellos: Vec<_> = phones
                .iter_mut()
                .map(|phone| phone.emit(self.now).unwrap().to_bytes())
                .collect();
            for (listener, phone) in phones.iter_mut().enumerate() {
                for (_, hello) in hellos.iter().enumerate().filter(|(by, _)| *by != listener) {
                    phone.hear(hello, rssi, self.now).unwrap();
                }
            }
            self.now = self.now + Duration::from_secs(10);
        }
    }

    pub(crate) fn code(&mut self) -> Code {
        self.hand_out(Kind::Long)
    }

    pub(crate) fn short_code(&mut self) -> Code {
        self.hand_out(Kind::Short)
    }

    pub(crate) fn hand_out(&mut self, kind: Kind) -> Code {
        let (code, _) = codes::draw(self.keys.peppers.newest(), &mut rng(), kind, self.now);
        self.give(&code);
        code
    }

    /// Hands out this code.
    pub(crate) fn give(&mut self, code: &Code) {
        let (kind, until) = (code.kind(), codes::end(code.kind(), self.now));
        let stored = codes::stored(self.keys.peppers.newest(), code, until);
        let place = Self::place(Class::Intake, 0);
        let new = intake::NewCodes {
            mark: None,
            kind,
            codes: &[stored],
            holder: None,
        };
        intake::add_codes(&self.intake, &place, self.now, new).unwrap();
    }

    /// What a phone sends, byte for byte.
    pub(crate) fn draft(&mut self, phone: &mut Phone, code: &Code) -> Vec<u8> {
        phone.draft(Onset::Unknown, self.now).unwrap();
        let report = phone.send(Once::new(code.to_string()), self.now).unwrap();
        let request = ReportRequest::new(report.code, report.contacts);
        serde_json::to_vec(&request).unwrap()
    }

    /// What the front makes of a report's code, with these keys.
    pub(crate) fn show(
        keys: &FrontKeys,
        realm: Realm,
        now: Moment,
        body: &[u8],
    ) -> Result<intake::Shown, Refusal> {
        let asked = OpenedReport::read(body)?;
        let mut shown = front::show_code(keys, (realm, PRICE), &mut rng(), now, &asked)?;
        let claim = front::read_work(keys, realm, now, &asked).filter(captcha::Claim::is_right);
        shown.work = claim.map(|claim| intake::Work {
            challenge: claim.id.0,
            until: claim.until.unix(),
        });
        Ok(shown)
    }

    /// The whole report: look at its code, then seal its contacts, then take it.
    pub(crate) fn report(&mut self, body: &[u8]) -> Result<(), Refusal> {
        let asked = OpenedReport::read(body)?;
        let (days, now) = (self.day_keys(), self.now);
        let place = Self::place(Class::Intake, 0);
        let mut shown = Self::show(&self.keys, self.realm, now, body)?;
        let look = |shown: &intake::Shown, form| {
            intake::look_at(&self.intake, &place, now, self.ceiling, (shown, form))
        };
        let mut looked_at = look(&shown, MarkForm::Current)?;
        if looked_at == Received::Former {
            shown.marks = front::former_marks(&self.keys, body, &asked)?;
            looked_at = look(&shown, MarkForm::Former)?;
        }
        match looked_at {
            Received::Former => panic!("these are the former marks"),
            Received::WorkNeeded => {
                let (keys, realm) = (&self.keys, self.realm);
                return Err(front::ask_for_work(keys, realm, &mut rng(), now, &asked));
            }
            Received::Accepted => shown.take_as_code(),
            Received::Decoy => {}
        }
        let contacts = asked.contacts()?;
        if !shown.pays(PRICE, contacts.len()) {
            return Err(Refusal::UnknownCode);
        }
        let scope = ReportScope {
            keys: &self.keys,
            days: &days,
            shards: SHARDS,
            now,
        };
        let contacts =
            front::seal_contacts(&scope, &mut rng(), shown.token, &front::merge(&contacts))?;
        let prepared = intake::Report { shown, contacts };
        let received = loop {
            let transit = intake::transit(&self.intake, &place, now)?;
            let transit = transit.map(|transit| (transit, self.transit_key(transit.slot)));
            let transit = transit.as_ref().map(|(transit, key)| (transit, key));
            let (sql, ceiling) = (&self.intake, self.ceiling);
            match intake::report(sql, &place, &mut rng(), now, ceiling, &prepared, transit) {
                Err(Failure::Moved) => {
                    intake::open_transit(&self.intake, &place, &mut rng(), now)?;
                }
                received => break received?,
            }
        };
        let (keys, realm) = (&self.keys, self.realm);
        match received {
            Received::Accepted | Received::Decoy => Ok(()),
            Received::Former => panic!("said of what is looked at"),
            Received::WorkNeeded => Err(front::ask_for_work(keys, realm, &mut rng(), now, &asked)),
        }
    }

    /// What is in a safe of the intake, filled if it was empty.
    pub(crate) fn transit_key(&mut self, slot: u8) -> RecordKey {
        let safe = intake::safe_name(&Self::place(Class::Intake, 0), slot);
        let settled = self.safes.entry(safe);
        settled
            .or_insert_with(|| RecordKey::draw(&mut rng()).1)
            .clone()
    }

    /// The transit keys that are left.
    pub(crate) fn transits(&self) -> BTreeMap<u8, RecordKey> {
        let place = Self::place(Class::Intake, 0);
        let key = |slot| {
            Some((
                slot,
                self.safes.get(&intake::safe_name(&place, slot))?.clone(),
            ))
        };
        (0..=u8::MAX).filter_map(key).collect()
    }

    /// Empties the safes that nothing waits under, as many as there were.
    pub(crate) fn retire(&mut self) -> usize {
        let place = Self::place(Class::Intake, 0);
        let slots = intake::retire(&self.intake, &place, self.now).unwrap();
        for slot in &slots {
            self.safes.remove(&intake::safe_name(&place, *slot));
            intake::emptied(&self.intake, *slot, self.now).unwrap();
        }
        slots.len()
    }

    /// What the intake owes once everything is due.
    pub(crate) fn owed(&self) -> Vec<Owed> {
        outbox::due(&self.intake, self.now + Duration::from_secs(120), 1_000).unwrap()
    }

    /// What would travel.
    pub(crate) fn open(&mut self, delivery: &Owed) -> Vec<u8> {
        let transit = intake::transit_of(&self.intake, &delivery.body).unwrap();
        let key = transit.map(|transit| self.transit_key(transit.slot));
        let body = intake::take_out(key.as_ref(), delivery).unwrap();
        body.unwrap().to_vec()
    }

    pub(crate) fn apply(&mut self, delivery: &Owed) {
        let Owed { id, to, .. } = delivery.clone();
        let body = self.open(delivery);
        self.at_registry(to, |sql, context| {
            let arrival = Arrival::open(context.keys, to, &body)?;
            registry::apply(sql, context, &mut rng(), &[(id, &arrival)])
        })
        .unwrap();
    }

    pub(crate) fn acknowledge(&mut self, delivery: &Owed) {
        let delivered = slice::from_ref(delivery);
        let place = Self::place(Class::Intake, 0);
        intake::acknowledge(&self.intake, &place, &mut rng(), self.now, delivered, &[]).unwrap();
    }

    /// Forgets a decoy's contact that is due.
    pub(crate) fn drop_decoy(&mut self, owed: &Owed) {
        let (sql, place) = (&self.intake, Self::place(Class::Intake, 0));
        let dropped = slice::from_ref(owed);
        intake::acknowledge(sql, &place, &mut rng(), self.now, &[], dropped).unwrap();
    }

    pub(crate) fn deliver_all(&mut self) {
        if !schema::exists(&self.intake, schema::INTAKE).unwrap() {
            return;
        }
        loop {
            let owed = self.owed();
            if owed.is_empty() {
                return;
            }
            for delivery in owed {
                if Parcel::is_decoy(&self.open(&delivery)) {
                    self.drop_decoy(&delivery);
                } else {
                    self.apply(&delivery);
                    self.acknowledge(&delivery);
                }
            }
        }
    }

    pub(crate) fn ask(&mut self, request: AuthRequest) -> Result<StatusReply, Refusal> {
        let signed = self.sender(request)?;
        let index = SHARDS.registry_of(signed.id.0[0]);
        let status: Status = self.at_registry(index, |sql, context| {
            registry::status(sql, context, &mut rng(), &signed)
        })?;
        let days = self.day_keys();
        front::answer_status(
            &self.keys,
            &days,
            &mut rng(),
            (Realm::National, self.now),
            signed.id,
            &status,
        )
    }

    pub(crate) fn sender(&mut self, request: AuthRequest) -> Result<Signed, Refusal> {
        front::find_sender(&self.day_keys(), Authenticated(request))
    }

    /// Asks for this phone, as late as its gap demands, and says whether it is at risk.
    pub(crate) fn at_risk(&mut self, phone: &mut Phone) -> bool {
        self.now = self.now + Duration::from_mins(31);
        let request = phone.ask(self.now).unwrap();
        let reply = self.ask(request).unwrap();
        phone
            .answered(reply.risk_level, &reply.tuples, self.now)
            .unwrap();
        phone.at_risk().unwrap()
    }

    /// A token that is a stamp for this value of `contacts` today.
    pub(crate) fn stamp(&self, contacts: &serde_json::Value) -> String {
        let json = contacts.to_string();
        let bits = PRICE.bits(contacts.as_array().unwrap().len());
        let mut solver = Solver::new(self.now.day(), json.as_bytes(), bits, &mut rng());
        loop {
            if let Some(token) = solver.advance(1_000) {
                return token;
            }
        }
    }

    pub(crate) fn tick(&mut self) {
        for index in 0..SHARDS.registries {
            let place = Self::place(Class::Registry, index);
            registry::tick(&self.registries[usize::from(index)], &place, self.now).unwrap();
        }
        intake::tick(&self.intake, &Self::place(Class::Intake, 0), self.now).unwrap();
    }

    /// What a registry's walk to the newest root visits next, if that is due.
    pub(crate) fn next_slice(&self, index: u16) -> Option<Slice> {
        let (place, sql) = self.registry(index);
        let wrapping = self.ring.wrapping(Realm::National);
        registry::next_slice(sql, &place, &wrapping, self.now).unwrap()
    }

    pub(crate) fn rewrap(&mut self, index: u16, slice: &Slice) {
        for name in slice.groups() {
            self.write_group(index, *name);
        }
        self.at_registry(index, |sql, context| {
            registry::rewrap(sql, context, &mut rng(), slice)
        })
        .unwrap();
    }

    pub(crate) fn progress(&self, index: u16) -> Progress {
        let (place, sql) = self.registry(index);
        let newest = self.ring.wrapping(Realm::National).newest_id();
        registry::progress(sql, &place, newest, self.now).unwrap()
    }

    /// Which root wraps each key of every account of this registry; none is named in the form of 0.1.0.
    pub(crate) fn wrappers(&self, index: u16) -> Vec<Option<KeyId>> {
        let (_, sql) = self.registry(index);
        let rows = sql.query("SELECT key_for_mac, key_for_tuples FROM account", &[]);
        let of = |cell: &[u8]| wrapper(Form::AccountKey, cell).unwrap();
        let rows = rows.unwrap();
        let both = rows
            .iter()
            .map(|row| [0, 1].map(|column| of(row.blob(column).unwrap())));
        both.flatten().collect()
    }

    /// The database of this registry, and its place.
    pub(crate) fn at(&self, index: u16) -> (&Native, Place) {
        let (place, sql) = self.registry(index);
        (sql, place)
    }

    fn registry(&self, index: u16) -> (Place, &Native) {
        let place = Self::place(Class::Registry, index);
        (place, &self.registries[usize::from(index)])
    }

    /// Every stored verdict, opened with the keys that remain.
    pub(crate) fn verdicts(&mut self) -> Vec<Option<serde_json::Value>> {
        let mut verdicts = Vec::new();
        for index in 0..SHARDS.registries {
            let shown = self
                .at_registry(index, |sql, context| state::registry(sql, context))
                .unwrap();
            for table in shown.tables.iter().filter(|table| table.table == "account") {
                let is_opened = |column: &wire::demo::Column| column.column == "verdict (opened)";
                let at = table.columns.iter().position(is_opened).unwrap();
                verdicts.extend(
                    table
                        .rows
                        .iter()
                        .map(|row| row[at].as_object().cloned().map(Into::into)),
                );
            }
        }
        verdicts
    }

    /// Rows of this table in all registries that were ever written to.
    /// How many exposures open, of whichever account.
    pub(crate) fn opened_exposures(&mut self) -> usize {
        let shown = (0..SHARDS.registries).map(|index| {
            let shown = self.at_registry(index, |sql, context| state::registry(sql, context));
            let tables = shown.unwrap().tables;
            let table = tables.iter().find(|table| table.table == "exposure");
            table.map_or(0, |table| {
                let at = |column: &wire::demo::Column| column.column == "sealed (opened)";
                let at = table.columns.iter().position(at).unwrap();
                let opened = table.rows.iter().filter(|row| row[at].is_object());
                opened.count()
            })
        });
        shown.sum()
    }

    pub(crate) fn count(&self, table: &str) -> u64 {
        let made = |sql: &&Native| schema::exists(*sql, schema::REGISTRY).unwrap();
        self.registries
            .iter()
            .filter(made)
            .map(|sql| count(sql, table))
            .sum()
    }
}

pub(crate) fn count(sql: &dyn Sql, table: &str) -> u64 {
    let rows = sql
        .query(&format!("SELECT COUNT(*) FROM {table}"), &[])
        .unwrap();
    rows[0].integer(0).unwrap()
}

/// How many rows this engine has written, counting each time that one was.
pub(crate) fn changes(sql: &dyn Sql) -> u64 {
    let rows = sql.query("SELECT total_changes()", &[]).unwrap();
    rows[0].integer(0).unwrap()
}
