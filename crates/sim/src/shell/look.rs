//! Looking at everything that is stored, as a demo realm's visitor would: as stored, and opened.

use std::collections::{BTreeMap, BTreeSet};

use decree::{Day, Moment};
use objects::ClassName;
use robert::risk::AppliedContact;
use robert::{Epoch, Heard, Id, Time16};
use serde_json::Value as Json;
use service::figures::{self, IntakeFigures, RegistryFigures};
use service::group::Group;
use service::parcel::Parcel;
use service::place::safe_name;
use service::record::{Keeper, SafeName};
use service::registry::{self, Context};
use service::vault::Keys;
use service::{Class, schema, state, tally};
use store::{Native, Sql};
use wire::demo::{Object as Shown, Table};

use super::stored::receipt;
use super::{BEGIN, REALM, SHARDS, Shell, name, place};
use crate::Finding;
use crate::figures::Figures;
use crate::kernel::{KEYS, day_of};
use crate::model::same;

/// Everything that is stored, as far as it opens.
#[derive(Default)]
pub(crate) struct Seen {
    /// Every account, the registry that holds it, and its verdict if it opens.
    pub(crate) accounts: Vec<(Id, u16, Option<SeenVerdict>)>,
    /// Every exposure.
    pub(crate) exposures: Vec<Row>,
    /// Everything owed.
    pub(crate) owed: Vec<Owed>,
    /// Safes that are to be emptied; they are among what is owed.
    pub(crate) emptying: usize,
    /// Safes of intakes that may hold a key.
    pub(crate) transits: usize,
    /// Safes that hold a key of nothing: no account has it, and nobody is to empty it.
    pub(crate) orphans: usize,
    /// Groups that are to be written again, without the key of who left.
    pub(crate) writing: usize,
    /// Accounts whose record key is gone.
    pub(crate) hollow: usize,
    /// Safes that do not hold what somebody remembers of them.
    pub(crate) haunted: usize,
    /// Ids of deliveries that a registry remembers.
    pub(crate) applied: BTreeSet<[u8; 16]>,
    /// Vaults that hold keys.
    pub(crate) keys: BTreeSet<Day>,
    /// Vaults that hold the receipt of their end.
    pub(crate) receipts: BTreeSet<Day>,
    /// Codes that were issued and not used.
    pub(crate) codes: Vec<Code>,
    /// The figures of all registries and intakes, as far as they open.
    pub(crate) figures: BTreeMap<Day, Figures>,
    /// Days of which figures are stored, open or not.
    pub(crate) figure_days: BTreeSet<Day>,
    /// Rows of what is kept for minutes or days: codes, answers that can be repeated, spent challenges and the like.
    pub(crate) short_lived: usize,
    /// Contacts that were sent to registries, each once.
    pub(crate) travelled: usize,
}

/// A code's row.
pub(crate) struct Code {
    /// The name of its kind.
    pub(crate) kind: String,
    /// From when it is refused.
    pub(crate) until: Moment,
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
    /// Whether it is a contact, and not the word that an id may be forgotten, nor a safe to be emptied.
    pub(crate) is_contact: bool,
    /// Length of what is delivered.
    pub(crate) length: usize,
    /// When it is to be delivered.
    pub(crate) due: Moment,
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

impl Shell {
    /// Reads everything, with the keys in force now.
    ///
    /// # Errors
    /// A [`Finding`] for anything that is not in its documented form.
    pub(crate) fn look(&self) -> Result<Seen, Finding> {
        let keys = Keys::in_force(self.keys(), self.kernel.term_of_reading(BEGIN));
        let mut seen = Seen {
            travelled: self.kernel.travelled(),
            ..Seen::default()
        };
        let mut safes = BTreeSet::new();
        for index in 0..SHARDS.registries {
            let storage = self.storage(Class::Registry, index)?;
            let sql = storage.sql.inner().map_err(Finding::of)?;
            let shown = self.show(sql, Class::Registry, index, &keys)?;
            read_registry(&shown, index, &mut seen)?;
            let records = self.records(sql, index)?;
            let of_accounts = self.accounts(index)?.into_values();
            let is_hollow = |keeper: &Keeper| !matches!(records.key(*keeper), Ok(Some(_)));
            seen.hollow += of_accounts.filter(is_hollow).count();
            let known = known_safes(sql, index)?.into_iter();
            safes.extend(known.map(|safe| safe_name(REALM, safe)));
        }
        for index in 0..SHARDS.intakes {
            let storage = self.storage(Class::Intake, index)?;
            read_intake(storage.sql.inner().map_err(Finding::of)?, index, &mut seen)?;
        }
        for (name, storage) in self.national(ClassName::Safe) {
            if storage.has_values() {
                seen.orphans += usize::from(!safes.contains(&name));
            }
        }
        let remembered = self.kernel.memory().remembered_groups().into_iter();
        seen.haunted = remembered.filter(|group| !self.holds(*group)).count();
        for (name, storage) in self.national(ClassName::Vault) {
            seen.keys
                .extend(storage.value(KEYS).and_then(|keys| day_of(&keys)));
            seen.receipts.extend(receipt(&name, &storage));
        }
        Ok(seen)
    }

    /// What opens with all the keys that are left anywhere, whatever their term: the registries' rows, and the epochs of
    /// contacts that wait.
    ///
    /// # Errors
    /// A [`Finding`] for anything that is not in its documented form.
    pub(crate) fn open_all(&self) -> Result<(Seen, Vec<Epoch>), Finding> {
        let (keys, mut seen, mut waiting) = (self.all_keys(), Seen::default(), Vec::new());
        for index in 0..SHARDS.registries {
            let storage = self.storage(Class::Registry, index)?;
            let sql = storage.sql.inner().map_err(Finding::of)?;
            let shown = self.show(sql, Class::Registry, index, &keys)?;
            read_registry(&shown, index, &mut seen)?;
        }
        for index in 0..SHARDS.intakes {
            let storage = self.storage(Class::Intake, index)?;
            let sql = storage.sql.inner().map_err(Finding::of)?;
            let shown = self.show(sql, Class::Intake, index, &keys)?;
            for table in &shown.tables {
                let bodies = table.rows.iter();
                let bodies = bodies.filter_map(|row| cell(table, row, "body (opened)"));
                let epochs = bodies.filter_map(|body| body.get("epoch").and_then(small));
                waiting.extend(epochs.filter_map(Epoch::new));
            }
        }
        Ok((seen, waiting))
    }

    /// Nothing is under way: nobody remembers a version of a group that counts no more. (One that counts not yet, since the
    /// registry lost what it was about to write down, has no key that was to be destroyed.)
    ///
    /// # Errors
    /// A [`Finding`].
    pub(crate) fn check_remembered(&self) -> Result<(), Finding> {
        if !self.kernel.is_idle() {
            return Ok(());
        }
        let mut remembered = self.kernel.memory().remembered_groups();
        for index in 0..SHARDS.registries {
            let storage = self.storage(Class::Registry, index)?;
            let sql = storage.sql.inner().map_err(Finding::of)?;
            for group in stored_groups(sql, index)? {
                remembered.retain(|of| of.name != group.name || of.version < group.version);
            }
        }
        match remembered.is_empty() {
            true => Ok(()),
            false => Err(Finding::new("a key is remembered that was destroyed")),
        }
    }

    /// What the tally has collected is what was counted, and nothing is missing that was complete when it was woken.
    pub(crate) fn check_tally(&self, seen: &Seen, woken: Moment) -> Result<(), Finding> {
        let storage = self.kernel.storage(&name(Class::Tally, 0));
        let storage = storage.ok_or_else(|| Finding::new("the tally has no storage"))?;
        let sql = storage.sql.inner().map_err(Finding::of)?;
        let days = tally::read(sql, &place(Class::Tally, 0));
        let days = days.map_err(|failure| Finding(format!("{failure:?}")))?;
        let days: BTreeMap<_, _> = days.iter().map(|tally| (tally.day, tally.counts)).collect();
        let today = (woken - tally::SETTLES).day();
        let figures = seen.figures.iter().filter(|(day, _)| **day < today);
        // Days before the first on which something was counted are not stored.
        let is_before = |day: Day| days.keys().next().is_none_or(|first| day < *first);
        let counted = figures.skip_while(|(day, figures)| {
            is_before(**day) && figures.counts() == [0; tally::FIGURES]
        });
        for (day, figures) in counted {
            same(
                "what the tally has collected",
                days.get(day),
                Some(&figures.counts()),
            )?;
        }
        Ok(())
    }

    pub(super) fn show(
        &self,
        sql: &dyn Sql,
        class: Class,
        index: u16,
        keys: &Keys,
    ) -> Result<Shown, Finding> {
        let place = place(class, index);
        let wrapping = self.kernel.settings().ring.wrapping(REALM);
        let shown = match class {
            Class::Intake => {
                let transits = self.stored_transits(index);
                state::intake(sql, place.local_name(), keys, &transits)
            }
            Class::Registry => {
                let now = self.now();
                let records = self.records(sql, index)?;
                let context = Context {
                    place,
                    wrapping: &wrapping,
                    keys,
                    records: &records,
                    now,
                };
                state::registry(sql, &context)
            }
            Class::Tally | Class::Desk => return Err(Finding::new("no such object is simulated")),
        };
        shown.map_err(|failure| Finding(format!("{failure:?}")))
    }
}

pub(super) fn known_safes(sql: &dyn Sql, index: u16) -> Result<BTreeSet<SafeName>, Finding> {
    let safes = registry::safes(sql, &place(Class::Registry, index));
    safes.map_err(|failure| Finding(format!("{failure:?}")))
}

pub(super) fn stored_groups(sql: &dyn Sql, index: u16) -> Result<Vec<Group>, Finding> {
    let groups = registry::groups(sql, &place(Class::Registry, index));
    groups.map_err(|failure| Finding(format!("{failure:?}")))
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
                "record_group" => {
                    seen.writing += usize::from(cell("due").is_some_and(|due| !due.is_null()));
                }
                "emptying" => {
                    let id = bytes(cell("id"));
                    seen.owed.push(Owed {
                        id: id.ok_or_else(|| Finding::new("a delivery without an id"))?,
                        is_contact: false,
                        length: 0,
                        due: Moment::from_unix(cell("due").and_then(Json::as_u64).unwrap_or(0)),
                    });
                    seen.emptying += 1;
                }
                "registry_figures" => {
                    let day = cell("day").and_then(small).map(Day::from_number);
                    let day = day.ok_or_else(|| Finding::new("figures without a day"))?;
                    seen.figure_days.insert(day);
                    let opened = cell("sealed (opened)").cloned().unwrap_or_default();
                    if let Ok(figures) = serde_json::from_value::<RegistryFigures>(opened) {
                        let sum = seen.figures.entry(day).or_default();
                        sum.registrations += figures.registrations;
                        sum.unregistrations += figures.unregistrations;
                        sum.status_checks += figures.status_checks;
                        sum.notified += figures.contacts_notified;
                        sum.too_old += figures.above_threshold_too_old;
                    }
                }
                _ => {}
            }
        }
    }
    Ok(())
}

fn read_intake(sql: &Native, index: u16, seen: &mut Seen) -> Result<(), Finding> {
    if !schema::exists(sql, schema::INTAKE).map_err(Finding::of)? {
        return Ok(());
    }
    let read = |select: &str| sql.query(select, &[]).map_err(Finding::of);
    for row in read("SELECT id, body, due FROM outbox")? {
        let body = row.blob(1).map_err(Finding::of)?;
        seen.owed.push(Owed {
            id: row.array(0).map_err(Finding::of)?,
            is_contact: matches!(Parcel::from_bytes(body), Ok(Parcel::Kept { .. })),
            length: body.len(),
            due: Moment::from_unix(row.integer(2).map_err(Finding::of)?),
        });
    }
    for row in read("SELECT kind, until FROM code")? {
        seen.codes.push(Code {
            kind: row.text(0).map_err(Finding::of)?.to_owned(),
            until: Moment::from_unix(row.integer(1).map_err(Finding::of)?),
        });
    }
    seen.transits += read("SELECT 1 FROM transit WHERE stage <> 'resting'")?.len();
    for table in [
        "transit",
        "code",
        "batch",
        "answered",
        "challenge",
        "recent",
    ] {
        seen.short_lived += read(&format!("SELECT 1 FROM {table}"))?.len();
    }
    let ever = (Day::from_number(0), Day::from_number(u32::MAX));
    let days = figures::of_intake(sql, &place(Class::Intake, index), ever.0, ever.1);
    for (day, figures) in days.map_err(|failure| Finding(format!("{failure:?}")))? {
        let day = Day::from_number(day);
        let IntakeFigures {
            reports,
            decoys,
            long,
            short,
        } = figures;
        seen.figure_days.insert(day);
        let sum = seen.figures.entry(day).or_default();
        sum.reports += reports;
        sum.decoys += decoys;
        for (sums, counts) in [
            (&mut sum.issued, [long.issued, short.issued]),
            (&mut sum.used, [long.used, short.used]),
            (&mut sum.expired, [long.expired, short.expired]),
        ] {
            for (sum, count) in sums.iter_mut().zip(counts) {
                *sum += count;
            }
        }
    }
    Ok(())
}

pub(super) fn cell<'a>(table: &Table, row: &'a [Json], name: &str) -> Option<&'a Json> {
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

pub(super) fn id(cell: Option<&Json>) -> Option<Id> {
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
