//! What is stored, read past the objects: every name of a column and form of a value that the simulation reads itself.

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use chacha20::ChaCha20Rng;
use decree::{Day, Moment};
use objects::ClassName;
use rand_core::SeedableRng;
use robert::Id;
use service::form::Form;
use service::group::{Group, GroupKeys, GroupName, safe_of};
use service::keyring::wrapper;
use service::place::safe_name;
use service::record::{Keeper, RecordKey, Records, SafeName};
use service::registry::Progress;
use service::vault::{DayKeys, Keys, OfRecord, destroyed_at};
use service::{Class, Failure, intake, registry, schema};
use store::{Fault, Row, Sql};

use super::look::stored_groups;
use super::{BEGIN, REALM, SHARDS, Shell, name, place};
use crate::Finding;
use crate::kernel::{KEYS, NATIONAL, Name, Passed, Plant, REMEMBERED, Storage, TaskId, day_of};

/// Names of stored values, besides a vault's keys.
const RECEIPT: &str = "receipt";
const RECORD: &str = "record";
const GROUP: &str = "group";

/// Longest time before what failed, or waits for a believed clock, is tried again.
const TRIED_AGAIN: Duration = Duration::from_mins(15);
/// How late an alarm may be armed: a letter that comes late arms by its own time, but at an intake.
const LATE: Duration = Duration::from_secs(60);
const LATE_AT_INTAKE: Duration = Duration::from_secs(6);

fn failed(failure: Failure) -> Finding {
    Finding(format!("{failure:?}"))
}

/// Whether a vault holds the receipt of its end, and of which day it is: its name's.
pub(super) fn receipt(name: &str, storage: &Storage) -> Option<Day> {
    storage.value(RECEIPT)?;
    name.rsplit('/').next()?.parse().ok()
}

impl Shell {
    pub(super) fn storage(&self, class: Class, index: u16) -> Result<Rc<Storage>, Finding> {
        let storage = self.kernel.storage(&name(class, index));
        storage.ok_or_else(|| Finding::new("there is no such object"))
    }

    fn read(&self, class: Class, index: u16, select: &str) -> Result<Vec<Row>, Finding> {
        let storage = self.storage(class, index)?;
        let sql = storage.sql.inner().map_err(Finding::of)?;
        if !schema::exists(sql, schema::of(class)).map_err(Finding::of)? {
            return Ok(Vec::new());
        }
        sql.query(select, &[]).map_err(Finding::of)
    }

    /// The accounts of a registry, each with what keeps its record key.
    pub(crate) fn accounts(&self, registry: u16) -> Result<BTreeMap<Id, Keeper>, Finding> {
        let rows = self.read(Class::Registry, registry, "SELECT id, safe FROM account")?;
        let account = |row: &Row| Ok((Id(row.array(0)?), Keeper::read(row, 1)?));
        let accounts = rows.iter().map(account).collect::<Result<_, Fault>>();
        accounts.map_err(Finding::of)
    }

    /// The hashes of an intake's codes, each with the name of its kind.
    pub(crate) fn codes(&self, intake: u16) -> Result<BTreeMap<[u8; 32], String>, Finding> {
        let rows = self.read(Class::Intake, intake, "SELECT hash, kind FROM code")?;
        let code = |row: &Row| Ok((row.array(0)?, row.text(1)?.to_owned()));
        let codes = rows.iter().map(code).collect::<Result<_, Fault>>();
        codes.map_err(Finding::of)
    }

    /// The marks of an intake's transit keys.
    pub(crate) fn transits(&self, intake: u16) -> Result<BTreeSet<[u8; 16]>, Finding> {
        let rows = self.read(Class::Intake, intake, "SELECT mark FROM transit")?;
        let marks = rows
            .iter()
            .map(|row| row.array(0))
            .collect::<Result<_, _>>();
        marks.map_err(Finding::of)
    }

    /// Every object of this class in the national realm, and what it stores.
    pub(super) fn national(&self, class: ClassName) -> Vec<(String, Rc<Storage>)> {
        let mut all = self.kernel.all(class);
        all.retain(|(name, _)| name.starts_with(NATIONAL));
        all
    }

    /// Whether every registry says that nothing of it needs an old root.
    pub(crate) fn is_walked(&self) -> Result<bool, Finding> {
        let newest = self.kernel.settings().ring.wrapping(REALM).newest_id();
        for index in 0..SHARDS.registries {
            let storage = self.storage(Class::Registry, index)?;
            let sql = storage.sql.inner().map_err(Finding::of)?;
            let place = place(Class::Registry, index);
            let progress = registry::progress(sql, &place, newest, self.now());
            if matches!(progress.map_err(failed)?, Progress::Walks(_)) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// How many keys of accounts, and groups of record keys, an older root than the newest wraps.
    pub(crate) fn need_old_roots(&self) -> Result<usize, Finding> {
        const KEYS: &str = "SELECT safe, key_for_mac, key_for_tuples FROM account";
        let newest = self.kernel.settings().ring.wrapping(REALM).newest_id();
        let is_old = |form, stored: &[u8]| {
            let root = wrapper(form, stored).map_err(Finding::of)?;
            Ok::<_, Finding>(root != Some(newest))
        };
        let mut old = 0;
        for index in 0..SHARDS.registries {
            let storage = self.storage(Class::Registry, index)?;
            let sql = storage.sql.inner().map_err(Finding::of)?;
            for group in stored_groups(sql, index)? {
                if let Some(stored) = self.value_of(group.safe(), GROUP) {
                    old += usize::from(is_old(Form::Group, &stored)?);
                }
            }
            let records = self.records(sql, index)?;
            for row in self.read(Class::Registry, index, KEYS)? {
                let keeper = Keeper::read(&row, 0).map_err(Finding::of)?;
                // Without its record key an account is nobody's.
                if matches!(records.key(keeper), Ok(Some(_))) {
                    for column in [1, 2] {
                        let stored = row.blob(column).map_err(Finding::of)?;
                        old += usize::from(is_old(Form::AccountKey, stored)?);
                    }
                }
            }
        }
        Ok(old)
    }

    /// What is stored in a safe under this name, wrapped.
    fn value_of(&self, safe: SafeName, value: &str) -> Option<Vec<u8>> {
        let storage = self.kernel.storage(&Name {
            class: ClassName::Safe,
            name: safe_name(REALM, safe),
        })?;
        storage.value(value)
    }

    /// The keys of this version of a group, if its safe holds them.
    fn version_of(&self, group: Group) -> Option<GroupKeys> {
        let wrapping = self.kernel.settings().ring.groups(REALM);
        let held = self.value_of(group.safe(), GROUP)?;
        group.open(&wrapping, &held).ok()?
    }

    /// Whether a safe holds this version of a group.
    pub(super) fn holds(&self, group: Group) -> bool {
        self.version_of(group).is_some()
    }

    /// What somebody with the root secret finds where the accounts of this database have their record keys: the version
    /// that the database names, and if that is gone, whichever is there.
    pub(super) fn records(&self, sql: &dyn Sql, index: u16) -> Result<Records, Finding> {
        let wrapping = self.kernel.settings().ring.groups(REALM);
        let any = |name: GroupName| {
            (0..2).find_map(|version| {
                let held = self.value_of(safe_of(name, version), GROUP)?;
                GroupKeys::unwrap(&wrapping, name, &held).ok()?
            })
        };
        let mut records = Records::default();
        for keeper in registry::keepers(sql, &place(Class::Registry, index)).map_err(failed)? {
            match keeper {
                Keeper::Safe(safe) => records.add_safe(safe, self.stored_record(safe)),
                Keeper::Group(name, _) => records.add_group(name, any(name).map(Rc::new)),
            }
        }
        for group in stored_groups(sql, index)? {
            if let Some(keys) = self.version_of(group) {
                records.add_group(group.name, Some(Rc::new(keys)));
            }
        }
        Ok(records)
    }

    /// The day of the keys in this vault, if it is of the national realm and holds some.
    pub(crate) fn day_of_vault(&self, vault: &Name) -> Option<Day> {
        let storage = self.kernel.storage(vault)?;
        let is_national = vault.name.starts_with(NATIONAL);
        is_national
            .then(|| storage.value(KEYS))
            .flatten()
            .and_then(|keys| day_of(&keys))
    }

    /// What is stored in a safe: what somebody with the root secret could use.
    pub(super) fn stored_record(&self, safe: SafeName) -> Option<RecordKey> {
        let safes = self.kernel.settings().ring.safes(REALM);
        RecordKey::unwrap(&safes, safe, &self.value_of(safe, RECORD)?).ok()?
    }

    /// The transit keys that are left anywhere, by the slots of this intake.
    pub(super) fn stored_transits(&self, index: u16) -> BTreeMap<u8, RecordKey> {
        let place = place(Class::Intake, index);
        let key = |slot| Some((slot, self.stored_record(intake::safe_name(&place, slot))?));
        (0..=u8::MAX).filter_map(key).collect()
    }

    /// All keys that are stored anywhere, whatever their term: what somebody with the root secret could still use.
    pub(super) fn remaining_keys(&self) -> Vec<(Day, DayKeys)> {
        let wrapping = self.kernel.settings().ring.vault(REALM);
        let stored = self.national(ClassName::Vault);
        let unwrap = |(_, storage): (String, Rc<Storage>)| {
            let value = storage.value(KEYS)?;
            let day = day_of(&value)?;
            Some((day, DayKeys::unwrap(&wrapping, day, &value).ok()??))
        };
        stored.into_iter().filter_map(unwrap).collect()
    }

    /// With that planted fault: a registry has written, and every verdict that it holds is sealed under today's key.
    ///
    /// # Errors
    /// A [`Finding`] if it cannot be read.
    pub(crate) fn plant_day_of_writing(&self, registry: u16) -> Result<(), Finding> {
        if self.plant != Some(Plant::DayOfWriting) {
            return Ok(());
        }
        let storage = self.storage(Class::Registry, registry)?;
        let sql = storage.sql.inner().map_err(Finding::of)?;
        let (now, mut rng) = (self.now(), ChaCha20Rng::seed_from_u64(0));
        let keys = Keys::in_force(self.remaining_keys(), now);
        let records = self.records(sql, registry)?;
        let again = |row: &Row, rng: &mut ChaCha20Rng| {
            let id = row.array::<5>(0).ok()?;
            let record = records.key(Keeper::read(row, 1).ok()?).ok()??;
            let key = |day| keys.of_record(day, OfRecord::Verdict, record);
            let bound = [b"account.verdict.exposed", id.as_slice()].concat();
            let sealed = row.blob(2).ok()?;
            let plain = keys.days().find_map(|day| key(day)?.open(&bound, sealed))?;
            Some((id, key(now.day())?.seal(rng, &bound, &plain)))
        };
        let rows = self.read(
            Class::Registry,
            registry,
            "SELECT id, safe, verdict FROM account",
        )?;
        for row in rows {
            if let Some((id, sealed)) = again(&row, &mut rng) {
                let set = "UPDATE account SET verdict = ?2 WHERE id = ?1";
                sql.exec(set, &[id.into(), sealed.into()])
                    .map_err(Finding::of)?;
            }
        }
        Ok(())
    }

    /// Those, and what is remembered.
    pub(super) fn keys(&self) -> Vec<(Day, DayKeys)> {
        let mut keys = self.remaining_keys();
        let remembered = self.kernel.memory().remembered_days();
        let remembered = remembered.into_iter().filter(|(realm, ..)| *realm == REALM);
        let remembered = remembered.map(|(_, day, keys)| (day, keys));
        if self.plant == Some(Plant::StaleCache) {
            let mut known = self.known.borrow_mut();
            known.extend(remembered);
            keys.extend(known.iter().map(|(day, keys)| (*day, keys.clone())));
        } else {
            keys.extend(remembered);
        }
        keys
    }

    /// Whether an object of a demo realm stores anything, though every such realm has ended. The gate counts them; and
    /// a safe whose filling was given up may be filled after the end, with a key of nothing.
    pub(crate) fn has_left_realms(&self) -> bool {
        use ClassName::{Intake, Realm, Registry, Tally, Vault};
        let of_demo = |name: &str| !name.starts_with(NATIONAL);
        [Registry, Intake, Tally, Vault, Realm]
            .into_iter()
            .flat_map(|class| self.kernel.all(class))
            .any(|(name, storage)| of_demo(&name) && storage.is_written())
    }

    /// Nobody remembers a day's keys that were past their term at this moment.
    pub(crate) fn check_memory(&self, now: Moment) -> Result<(), Finding> {
        let remembered = self.kernel.memory().remembered_days().into_iter();
        let mut days = remembered.filter(|(realm, ..)| *realm == REALM);
        // The planted fault is such a memory.
        match days.any(|(_, day, _)| now >= destroyed_at(day)) && self.plant.is_none() {
            true => Err(Finding::new("a day's keys are remembered past their term")),
            false => Ok(()),
        }
    }

    /// No more is remembered than there is room for: days of one realm alone may be more.
    pub(crate) fn check_room(&self) -> Result<(), Finding> {
        let memory = self.kernel.memory();
        let of_several_realms = || {
            let days = memory.remembered_days().into_iter();
            let realms: BTreeSet<_> = days.map(|(of, ..)| of).collect();
            realms.len() > 1
        };
        let is_full = memory.count_days() > REMEMBERED.days && of_several_realms();
        match is_full || memory.remembered_groups().len() > REMEMBERED.groups {
            true => Err(Finding::new("more is remembered than there is room for")),
            false => Ok(()),
        }
    }

    /// Somebody has just fetched keys: today's are remembered.
    pub(crate) fn check_today(&self) -> Result<(), Finding> {
        let today = self.now().day();
        let remembered = self.kernel.memory().remembered_days().into_iter();
        let mut days = remembered.filter(|(realm, ..)| *realm == REALM);
        match days.any(|(_, day, _)| day == today) {
            true => Ok(()),
            false => Err(Finding::new("keys were fetched, and are not remembered")),
        }
    }

    /// When the first of the days ends whose keys are remembered.
    pub(crate) fn first_end(&self) -> Option<Moment> {
        let remembered = self.kernel.memory().remembered_days().into_iter();
        let days = remembered.filter(|(realm, ..)| *realm == REALM);
        days.map(|(_, day, _)| destroyed_at(day)).min()
    }

    /// Whether the keys of a demo realm are remembered, though every such realm has ended.
    pub(crate) fn remembers_realms(&self) -> bool {
        let remembered = self.kernel.memory().remembered_days().into_iter();
        remembered
            .map(|(realm, ..)| realm)
            .any(|realm| realm != REALM)
    }

    /// Nothing is under way and nothing failed lately: an alarm is armed for what is due next, everywhere.
    pub(crate) fn check_armed(&self) -> Result<(), Finding> {
        let now = self.now();
        // The planted fault moves what is due, past the intake that armed for it.
        let intakes = match self.plant {
            Some(Plant::HastyWord) => 0,
            _ => SHARDS.intakes,
        };
        for index in 0..intakes {
            let of = name(Class::Intake, index);
            self.check_alarm(&of, self.due_at_intake(&of)?, now)?;
        }
        for index in 0..SHARDS.registries {
            let of = name(Class::Registry, index);
            self.check_alarm(&of, self.due_at_registry(&of, now)?, now)?;
        }
        if self.kernel.is_unarmed() {
            return Ok(());
        }
        for (name, _) in self.national(ClassName::Vault) {
            let class = ClassName::Vault;
            let of = Name { class, name };
            self.check_alarm(&of, self.due_at_vault(&of), now)?;
        }
        Ok(())
    }

    /// A registry that has kept something for somebody has an alarm: each midnight forgets a day.
    pub(crate) fn check_has_alarm(&self, registry: &Name, root: TaskId) -> Result<(), Finding> {
        let is_excused = self.kernel.is_struck(root) || self.kernel.has_failed_to_arm(registry);
        // One that rings arms the next before it ends.
        let is_armed = self.kernel.alarm(registry).is_some() || self.kernel.is_ringing(registry);
        match is_armed || is_excused || !registry.name.starts_with(NATIONAL) {
            true => Ok(()),
            false => Err(Finding::new("a registry keeps something, and has no alarm")),
        }
    }

    /// An alarm's work is done, or failed: another is armed for what is due next, or for trying again.
    pub(crate) fn check_rung(&self, of: &Name) -> Result<(), Finding> {
        if !of.name.starts_with(NATIONAL) {
            return Ok(());
        }
        let now = self.kernel.host_time();
        let due = match of.class {
            ClassName::Intake => self.due_at_intake(of)?,
            ClassName::Registry => self.due_at_registry(of, now)?,
            // One that a clock that was ahead armed a little late is left alone.
            ClassName::Vault => self.due_at_vault(of).map(|due| due + TRIED_AGAIN),
            _ => return Ok(()),
        };
        self.check_alarm(of, due, now + TRIED_AGAIN)
    }

    /// A vault keeps what it has handed out; that of a national day has armed the alarm that ends it.
    pub(crate) fn check_handed_out(&self, vault: &Name) -> Result<(), Finding> {
        let storage = self.kernel.storage(vault);
        if storage.is_none_or(|storage| storage.value(KEYS).is_none()) {
            return Err(Finding::new("a vault hands out keys that it does not keep"));
        }
        self.check_rung(vault)
    }

    /// A pass in which nothing failed has delivered all that was due when it began; a first failure is put off for a
    /// second.
    pub(crate) fn check_delivered(&self, of: &Name, passed: &Passed) -> Result<(), Finding> {
        const OVERDUE: &str = "SELECT 1 FROM outbox WHERE due < ?1";
        const PUT_OFF: &str = "SELECT 1 FROM outbox WHERE id = ?1 AND due > ?2";
        let Some(storage) = self.kernel.storage(of) else {
            return Ok(());
        };
        // A vault has no database.
        let Ok(sql) = storage.sql.inner() else {
            return Ok(());
        };
        let (rows, found) = match passed {
            Passed::All { since } => (
                sql.query(OVERDUE, &[(since / 1_000).into()]),
                "a pass in which nothing failed left what was due",
            ),
            Passed::FirstFailure { delivery, latest } => (
                sql.query(PUT_OFF, &[(*delivery).into(), (*latest).into()]),
                "a first failure is put off for long",
            ),
            Passed::Unknown => return Ok(()),
        };
        match rows.is_ok_and(|rows| !rows.is_empty()) {
            true => Err(Finding::new(found)),
            false => Ok(()),
        }
    }

    /// Whether an intake remembers a transit key of a safe that it has emptied.
    pub(crate) fn remembers_transits(&self) -> Result<bool, Finding> {
        for index in 0..SHARDS.intakes {
            let storage = self.storage(Class::Intake, index)?;
            let sql = storage.sql.inner().map_err(Finding::of)?;
            let marks = "SELECT mark FROM transit WHERE stage <> 'resting'";
            let rows = sql.query(marks, &[]).unwrap_or_default();
            let marks = rows.iter().map(|row| row.array(0).map_err(Finding::of));
            let marks = marks.collect::<Result<BTreeSet<[u8; 16]>, _>>()?;
            let remembered = self.kernel.remembered_transits(&name(Class::Intake, index));
            if remembered.iter().any(|mark| !marks.contains(mark)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn due_at_intake(&self, of: &Name) -> Result<Option<Moment>, Finding> {
        let storage = self.kernel.storage(of);
        let storage = storage.ok_or_else(|| Finding::new("an intake has no storage"))?;
        let sql = storage.sql.inner().map_err(Finding::of)?;
        intake::next_due(sql).map_err(failed)
    }

    fn due_at_registry(&self, of: &Name, now: Moment) -> Result<Option<Moment>, Finding> {
        for index in 0..SHARDS.registries {
            if name(Class::Registry, index) != *of {
                continue;
            }
            let storage = self.storage(Class::Registry, index)?;
            let sql = storage.sql.inner().map_err(Finding::of)?;
            let place = place(Class::Registry, index);
            if schema::check(sql, &place).map_err(failed)? {
                let midnight = now.day().plus_days(1).start();
                let next = registry::next_due(sql, &place).map_err(failed)?;
                return Ok(Some(next.map_or(midnight, |next| next.min(midnight))));
            }
        }
        Ok(None)
    }

    fn due_at_vault(&self, of: &Name) -> Option<Moment> {
        let keys = self.kernel.storage(of)?.value(KEYS)?;
        day_of(&keys).map(destroyed_at)
    }

    fn check_alarm(&self, of: &Name, due: Option<Moment>, now: Moment) -> Result<(), Finding> {
        if self.kernel.is_at_work(of) {
            return Ok(());
        }
        let late = match of.class {
            ClassName::Intake => LATE_AT_INTAKE,
            _ => LATE,
        };
        let latest = due.map(|due| due.max(now) + late);
        let armed = self.kernel.alarm(of);
        match latest {
            Some(latest) if armed.is_none_or(|armed| armed > latest) => Err(Finding(format!(
                "no alarm is armed for what is due next: {:?}",
                of.class
            ))),
            _ => Ok(()),
        }
    }

    /// Whatever is left, past its term or not.
    pub(super) fn all_keys(&self) -> Keys {
        Keys::in_force(self.remaining_keys(), BEGIN)
    }
}
