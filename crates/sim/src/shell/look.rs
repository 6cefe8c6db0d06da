//! Looking at everything that is stored, as a demo realm's visitor would: as stored, and opened.

use std::collections::BTreeSet;

use decree::Day;
use robert::risk::AppliedContact;
use robert::{Epoch, Heard, Id, Time16};
use serde_json::Value as Json;
use service::registry::Context;
use service::vault::Keys;
use service::{Class, schema, state};
use store::{Native, Sql, Value};
use wire::demo::{Object as Shown, Table};

use super::{BEGIN, REALM, SHARDS, Shell, place};
use crate::Finding;
use crate::faulty::Faulty;

/// Everything that is stored, as far as it opens.
#[derive(Default)]
pub(crate) struct Seen {
    /// Every account, the registry that holds it, and its verdict if it opens.
    pub(crate) accounts: Vec<(Id, u16, Option<SeenVerdict>)>,
    /// Every exposure.
    pub(crate) exposures: Vec<Row>,
    /// Everything owed.
    pub(crate) owed: Vec<Owed>,
    /// Ids of deliveries that a registry remembers.
    pub(crate) applied: BTreeSet<[u8; 16]>,
    /// Vaults that hold keys.
    pub(crate) keys: BTreeSet<Day>,
    /// Vaults that hold the receipt of their end.
    pub(crate) receipts: BTreeSet<Day>,
    /// Rows of codes, of answers that can be repeated and of spent challenges.
    pub(crate) short_lived: usize,
}

/// An exposure's row.
pub(crate) struct Row {
    /// The day in whose name it is kept.
    pub(crate) day: Day,
    /// What it says and of whom, if it opens.
    pub(crate) opened: Option<(Id, AppliedContact)>,
}

/// A row of an outbox.
pub(crate) struct Owed {
    /// Its id.
    pub(crate) id: [u8; 16],
    /// Whether it is a contact, and not the word that an id may be forgotten.
    pub(crate) is_contact: bool,
    /// Length of what is delivered.
    pub(crate) length: usize,
}

/// A verdict, opened.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct SeenVerdict {
    /// Day of the newest exposure behind the flag.
    pub(crate) exposed: Option<Day>,
    /// Epoch of the last alert.
    pub(crate) latest: Option<u32>,
    /// Whether the person was told.
    pub(crate) told: bool,
    /// Whether the person is at risk now.
    pub(crate) at_risk: bool,
}

/// The rows of one object at one moment: what a restored copy would hold.
#[derive(PartialEq)]
pub(crate) struct Bookmark {
    class: Class,
    index: u16,
    rows: Vec<(&'static str, Vec<Value>)>,
}

impl Shell {
    /// Reads everything, with the keys in force now.
    ///
    /// # Errors
    /// A [`Finding`] for anything that is not in its documented form.
    pub(crate) fn look(&self) -> Result<Seen, Finding> {
        let known = self.known.iter();
        let known = known.filter_map(|(day, keys)| Some((*day, keys.clone()?)));
        let keys = self.remaining_keys().chain(known);
        let keys = Keys::in_force(keys, self.term_of_reading(self.now));
        let mut seen = Seen::default();
        for (index, engine) in (0..).zip(&self.registries) {
            let shown = self.show(engine.inner(), Class::Registry, index, &keys)?;
            read_registry(&shown, index, &mut seen)?;
        }
        for engine in &self.intakes {
            read_intake(engine.inner(), &mut seen)?;
        }
        for (day, stored) in &self.vaults {
            if stored.keys.is_some() {
                seen.keys.insert(*day);
            }
            if stored.receipt.is_some() {
                seen.receipts.insert(*day);
            }
        }
        Ok(seen)
    }

    /// Copies every object that stores something.
    ///
    /// # Errors
    /// A [`Finding`] if one cannot be read.
    pub(crate) fn bookmarks(&self) -> Result<Vec<Bookmark>, Finding> {
        let registries = (0..).zip(&self.registries);
        let registries = registries.map(|(index, engine)| (Class::Registry, index, engine));
        let intakes = (0..).zip(&self.intakes);
        let intakes = intakes.map(|(index, engine)| (Class::Intake, index, engine));
        let written = |(class, _, engine): &(Class, u16, &Faulty)| {
            schema::exists(engine.inner(), schema::tables(*class)).unwrap_or(true)
        };
        let copy = |(class, index, engine): (Class, u16, &Faulty)| {
            let mut rows = Vec::new();
            for table in schema::tables(class) {
                let select = format!("SELECT * FROM {}", table.name);
                let read = engine.inner().query(&select, &[]).map_err(Finding::of)?;
                rows.extend(read.into_iter().map(|row| (table.name, row.0)));
            }
            Ok(Bookmark { class, index, rows })
        };
        registries
            .chain(intakes)
            .filter(written)
            .map(copy)
            .collect()
    }

    /// Puts a copy back, and says how many sealed values of it open with all the keys that are left anywhere,
    /// account keys apart.
    ///
    /// # Errors
    /// A [`Finding`] if it cannot be put back.
    pub(crate) fn open_bookmark(&self, bookmark: &Bookmark) -> Result<usize, Finding> {
        let sql = Native::in_memory().map_err(Finding::of)?;
        schema::make(&sql, schema::tables(bookmark.class)).map_err(Finding::of)?;
        for (table, values) in &bookmark.rows {
            let marks: Vec<_> = (1..=values.len()).map(|at| format!("?{at}")).collect();
            let insert = format!("INSERT INTO {table} VALUES ({})", marks.join(", "));
            sql.exec(&insert, values).map_err(Finding::of)?;
        }
        // Keys past their term are used too, if there are any.
        let keys = Keys::in_force(self.remaining_keys(), BEGIN);
        let shown = self.show(&sql, bookmark.class, bookmark.index, &keys)?;
        let mut opened = 0;
        for table in &shown.tables {
            let sealed = |name: &str| name.ends_with(" (opened)") && !name.starts_with("key_for_");
            let columns = table.columns.iter().enumerate();
            for (at, _) in columns.filter(|(_, column)| sealed(&column.column)) {
                let cells = table.rows.iter().filter_map(|row| row.get(at));
                // The word that an id may be forgotten tells of nobody, and is not sealed.
                let tells = |cell: &&Json| !cell.is_null() && cell.get("forgotten").is_none();
                opened += cells.filter(tells).count();
            }
        }
        Ok(opened)
    }

    fn show(&self, sql: &dyn Sql, class: Class, index: u16, keys: &Keys) -> Result<Shown, Finding> {
        let place = place(class, index);
        let wrapping = self.ring.wrapping(REALM);
        let shown = match class {
            Class::Intake => state::intake(sql, place.local_name(), keys),
            Class::Registry => {
                let now = self.now;
                let context = Context {
                    place,
                    wrapping: &wrapping,
                    keys,
                    now,
                };
                state::registry(sql, &context)
            }
        };
        shown.map_err(Finding::of)
    }

    /// The registry that an identity belongs to.
    pub(crate) const fn registry_of(id: Id) -> u16 {
        let [first, ..] = id.0;
        SHARDS.registry_of(first)
    }
}

fn read_registry(shown: &Shown, index: u16, seen: &mut Seen) -> Result<(), Finding> {
    for table in &shown.tables {
        for row in &table.rows {
            let cell = |name: &str| cell(table, row, name);
            match table.table.as_str() {
                "account" => {
                    let id =
                        id(cell("id")).ok_or_else(|| Finding::new("an account without an id"))?;
                    let verdict = verdict(cell("verdict (opened)"));
                    seen.accounts.push((id, index, verdict));
                }
                "exposure" => {
                    let day = cell("day")
                        .and_then(Json::as_u64)
                        .and_then(|day| u32::try_from(day).ok());
                    let day = day.ok_or_else(|| Finding::new("an exposure without a day"))?;
                    let opened = id(cell("account (opened)")).zip(contact(cell("sealed (opened)")));
                    let day = Day::from_number(day);
                    seen.exposures.push(Row { day, opened });
                }
                "applied" => seen.applied.extend(bytes::<16>(cell("id"))),
                "challenge" => seen.short_lived += 1,
                _ => {}
            }
        }
    }
    Ok(())
}

fn read_intake(sql: &Native, seen: &mut Seen) -> Result<(), Finding> {
    if !schema::exists(sql, schema::INTAKE).map_err(Finding::of)? {
        return Ok(());
    }
    let read = |select| sql.query(select, &[]).map_err(Finding::of);
    for row in read("SELECT id, body FROM outbox")? {
        let body = row.blob(1).map_err(Finding::of)?;
        seen.owed.push(Owed {
            id: row.array(0).map_err(Finding::of)?,
            is_contact: body.first() == Some(&CONTACT),
            length: body.len(),
        });
    }
    seen.short_lived += read("SELECT 1 FROM code UNION ALL SELECT 1 FROM answered")?.len();
    Ok(())
}

/// First byte of a delivery that is a contact.
const CONTACT: u8 = 1;

fn cell<'a>(table: &Table, row: &'a [Json], name: &str) -> Option<&'a Json> {
    let at = table
        .columns
        .iter()
        .position(|column| column.column == name)?;
    row.get(at)
}

fn bytes<const N: usize>(cell: Option<&Json>) -> Option<[u8; N]> {
    let text = cell?.as_str()?;
    let mut bytes = [0; N];
    for (byte, at) in bytes.iter_mut().zip((0..).step_by(2)) {
        *byte = u8::from_str_radix(text.get(at..at + 2)?, 16).ok()?;
    }
    Some(bytes)
}

fn id(cell: Option<&Json>) -> Option<Id> {
    bytes(cell).map(Id)
}

fn small(json: &Json) -> Option<u32> {
    json.as_u64().and_then(|number| u32::try_from(number).ok())
}

fn verdict(cell: Option<&Json>) -> Option<SeenVerdict> {
    let cell = cell?;
    Some(SeenVerdict {
        exposed: cell
            .get("exposedDay")?
            .as_str()
            .and_then(|day| day.parse().ok()),
        latest: cell.get("latestRiskEpoch").and_then(small),
        told: cell.get("told")?.as_bool()?,
        at_risk: cell.get("atRisk")?.as_bool()?,
    })
}

fn contact(cell: Option<&Json>) -> Option<AppliedContact> {
    let cell = cell?;
    let heard = |json: &Json| {
        Some(Heard {
            time: Time16::from_seconds(u16::try_from(small(json.get("time")?)?).ok()?),
            collected: small(json.get("collected")?)?,
            rssi: i8::try_from(json.get("rssi")?.as_i64()?).ok()?,
        })
    };
    Some(AppliedContact {
        epoch: Epoch::new(small(cell.get("epoch")?)?)?,
        hellos: cell
            .get("hellos")?
            .as_array()?
            .iter()
            .map(heard)
            .collect::<Option<_>>()?,
    })
}
