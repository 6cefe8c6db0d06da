//! Defects on purpose, around the objects: in what is stored beside them, in their letters, and in when they come.

use std::collections::BTreeMap;

use decree::{Day, Moment};
use objects::calls::{intake_calls, registry_calls, safe_calls, vault_calls};
use objects::{Call, ClassName};
use serde::Serialize;
use serde::de::DeserializeOwned;
use service::intake::{Shown, Token};
use service::outbox::DeliveryId;
use service::parcel::Parcel;
use service::{Place, Realm, codes, vault};
use store::{Native, Row, Sql, Value};
use wire::code::Code;

use super::storage::Storage;
use super::task::{Letter, Name, Task};
use super::{Kernel, TaskId};

/// A defect on purpose, that the simulation must find.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plant {
    /// Every contact that a registry applies leaves two rows.
    DoubleApply,
    /// A registry forgets at once which deliveries it has applied.
    ForgetfulRegistry,
    /// The intake says that its row is gone at once, while its call may still be under way; and a registry takes a
    /// delivery however late it comes. Either of the two alone does no harm.
    HastyWord,
    /// A delivery is acknowledged though the registry was not reached, or refused it.
    LostDelivery,
    /// A code can be used again after its report.
    CodeTwice,
    /// Day keys are destroyed a day late.
    LatePurge,
    /// Day keys are destroyed on time, but who has them keeps them and does not look at their term.
    StaleCache,
    /// The hourly wake-up leaves day keys to the alarms of their vaults.
    BlindWake,
    /// The safe of what was deleted says that it is empty, and is not.
    FullSafe,
    /// A registry forgets at once whose record keys are to be destroyed.
    KeptKey,
    /// The front reads a decoy's contacts as a report's, and they travel.
    TrustedDecoy,
    /// What waits of a decoy goes to a registry, and not only to its end.
    TravellingDecoy,
    /// An intake forgets at once which stamps were used, and what it answered.
    StampTwice,
    /// An intake loses its figures at each report.
    LostFigures,
    /// An intake does not remember wrong codes.
    EndlessGuesses,
    /// Who was answered is taken to have asked in the epoch that they claimed, as deployed.
    ClaimedEpoch,
    /// What waits at an intake has ids that begin alike.
    AlikeIds,
    /// What waits at an intake is due together.
    SharedDue,
    /// A status rests on the row as it was before the keys were fetched.
    StaleStatus,
    /// A safe that two ask for at once draws a key for each.
    TornSafe,
    /// An intake does not remember, from one alarm to the next, that it is delivering.
    NoLease,
    /// A verdict is sealed under the key of the day on which it is written, and not of the exposed day.
    DayOfWriting,
}

/// Two who ask a safe within so many milliseconds ask at once: the answer to the first may be slow.
const AT_ONCE: u64 = 2_000;

/// What a planted fault remembers.
#[derive(Default)]
pub(super) struct Memo {
    /// The last wake-up.
    pub(super) wake: Option<TaskId>,
    exposures: BTreeMap<Name, u64>,
    statuses: BTreeMap<TaskId, Vec<Row>>,
    filled: BTreeMap<Name, u64>,
}

/// The answer of a registry that has taken what this letter brings.
fn taken(to: &Name, letter: &Letter) -> Vec<u8> {
    let all = vec![true; deliveries_in(to, letter).len()];
    let all = postcard::to_stdvec(&all).unwrap_or_default();
    [&[0xff, 1, 0], all.as_slice()].concat()
}

impl Kernel {
    /// Whether this letter is sent at all; it may be changed.
    pub(super) fn plant_in_letter(&self, to: &Name, letter: &mut Letter) -> bool {
        match self.plant {
            Some(Plant::BlindWake) if is::<vault_calls::Tick>(to, letter) => {
                let state = self.state.borrow();
                state.planted.wake != Some(state.root())
            }
            Some(Plant::HastyWord) if is::<registry_calls::ApplyAll>(to, letter) => {
                postdate(letter);
                true
            }
            Some(Plant::TrustedDecoy) => {
                self.hide_trust(to, letter);
                true
            }
            _ => true,
        }
    }

    /// Neither look of the intake sees that the front read the decoy as a report.
    fn hide_trust(&self, to: &Name, letter: &mut Letter) {
        let peppers = self.settings().ring.front(Realm::National).peppers;
        let trusted = codes::hash(peppers.newest(), &Code::long(TRUSTED));
        let is_trusted = |shown: &Shown| shown.marks.newest.code == trusted;
        if let Some(intake_calls::Report(mut report)) = read_as(to, letter)
            && is_trusted(&report.shown)
        {
            report.shown.token = Token::Decoy;
            rewrite(letter, &report);
        } else if let Some(intake_calls::Reserve(mut shown)) = read_as(to, letter)
            && is_trusted(&shown)
        {
            shown.token = Token::Decoy;
            rewrite(letter, &shown);
        }
    }

    /// Before a task goes on.
    pub(super) fn plant_before(&self, id: TaskId) {
        let Some((owner, letter, storage, turns)) = self.planted(id) else {
            return;
        };
        let Ok(sql) = storage.sql.inner() else {
            return;
        };
        match (self.plant, letter) {
            (Some(Plant::ForgetfulRegistry), Some(letter))
                if is::<registry_calls::ApplyAll>(&owner, &letter) =>
            {
                exec(sql, "DELETE FROM applied", &[]);
            }
            (Some(Plant::EndlessGuesses), Some(letter))
                if is::<intake_calls::Report>(&owner, &letter)
                    || is::<intake_calls::Reserve>(&owner, &letter) =>
            {
                exec(sql, "DELETE FROM recent", &[]);
            }
            (Some(Plant::DoubleApply), _) if owner.class == ClassName::Registry => {
                let rows = exposure_rows(sql);
                self.state
                    .borrow_mut()
                    .planted
                    .exposures
                    .insert(owner, rows);
            }
            (Some(Plant::StaleStatus), Some(letter)) => {
                if let Some(registry_calls::Status(signed)) = read_as(&owner, &letter) {
                    self.plant_stale_row(id, sql, signed.id.0.into(), turns);
                }
            }
            _ => {}
        }
    }

    fn plant_stale_row(&self, id: TaskId, sql: &Native, of: Value, turns: u8) {
        if turns == 0 {
            let select = "SELECT last_status, verdict FROM account WHERE id = ?1";
            let rows = sql.query(select, &[of]).unwrap_or_default();
            self.state.borrow_mut().planted.statuses.insert(id, rows);
            return;
        }
        let state = self.state.borrow();
        let rows = state.planted.statuses.get(&id);
        if let Some([last, verdict]) = rows.and_then(|rows| Some(rows.first()?.0.as_slice())) {
            let back = "UPDATE account SET last_status = ?2, verdict = ?3 WHERE id = ?1";
            exec(sql, back, &[of, last.clone(), verdict.clone()]);
        }
    }

    /// After a task went on.
    pub(super) fn plant_after(&self, id: TaskId, has_kept: bool) {
        let Some((owner, letter, storage, _)) = self.planted(id) else {
            return;
        };
        let Ok(sql) = storage.sql.inner() else {
            return;
        };
        let now = self.now().unix();
        match (self.plant, letter) {
            (Some(Plant::DoubleApply), _) if owner.class == ClassName::Registry => {
                let before = self.state.borrow().planted.exposures.get(&owner).copied();
                if exposure_rows(sql) > before.unwrap_or(u64::MAX) {
                    let again = "INSERT INTO exposure (id, sealed) SELECT id + 1 - 2 * (id & 1), sealed FROM exposure LIMIT 1";
                    exec(sql, again, &[]);
                }
            }
            (Some(Plant::HastyWord), None) if owner.class == ClassName::Intake => {
                let words = "UPDATE outbox SET due = ?1 WHERE length(body) = 18 AND due > ?1";
                exec(sql, words, &[(now + 1).into()]);
                let next = "SELECT MIN(due) FROM outbox WHERE length(body) = 17";
                let rows = sql.query(next, &[]).unwrap_or_default();
                if let Some(Ok(Some(due))) = rows.first().map(|row| row.maybe_integer(0)) {
                    let mut state = self.state.borrow_mut();
                    let at = state.alarms.of(&owner).unwrap_or(u64::MAX);
                    let soon = state.now + 1_000;
                    state
                        .alarms
                        .set(&owner, Some(at.min(soon.max(due * 1_000))));
                }
            }
            (Some(Plant::KeptKey), _) => {
                let forget = "UPDATE record_group SET left = zeroblob(length(left)), due = NULL";
                exec(sql, forget, &[]);
            }
            (Some(plant), Some(letter)) if has_kept => {
                self.plant_kept(plant, &owner, &letter, sql, now)
            }
            _ => {}
        }
    }

    fn plant_kept(&self, plant: Plant, owner: &Name, letter: &Letter, sql: &Native, now: u64) {
        if let (Plant::ClaimedEpoch, Some(registry_calls::Status(signed))) =
            (plant, read_as(owner, letter))
        {
            let claim = "UPDATE account SET last_status = ?2 WHERE id = ?1";
            exec(
                sql,
                claim,
                &[signed.id.0.into(), signed.request.epoch.into()],
            );
        }
        let Some(intake_calls::Report(report)) = read_as(owner, letter) else {
            return;
        };
        match plant {
            Plant::CodeTwice => {
                let values = [report.shown.marks.newest.code.into(), (now + 86_400).into()];
                exec(
                    sql,
                    "INSERT OR IGNORE INTO code (hash, kind, until) VALUES (?1, 'long', ?2)",
                    &values,
                );
            }
            Plant::StampTwice if report.shown.token.is_decoy() => {
                exec(sql, "DELETE FROM code WHERE kind = 'stamp'", &[]);
                let body = report.shown.marks.newest.body;
                exec(sql, "DELETE FROM answered WHERE hash = ?1", &[body.into()]);
            }
            Plant::TrustedDecoy | Plant::TravellingDecoy if report.shown.token.is_decoy() => {
                // Unsealed, as no intake keeps them: the next pass sends them as they are.
                for (number, (to, contact)) in report.contacts.iter().enumerate() {
                    let mut id = [number as u8; 16];
                    id.iter_mut()
                        .zip(report.shown.marks.newest.body)
                        .skip(1)
                        .for_each(|(id, of)| *id = of);
                    let values = [
                        id.into(),
                        u32::from(*to).into(),
                        (now + 10).into(),
                        contact.as_slice().into(),
                    ];
                    let row = "INSERT OR IGNORE INTO outbox (id, \"to\", due, body) VALUES (?1, ?2, ?3, ?4)";
                    exec(sql, row, &values);
                }
            }
            Plant::LostFigures => exec(sql, "DELETE FROM intake_figures", &[]),
            Plant::SharedDue => {
                let together = "UPDATE outbox SET due = (SELECT MIN(due) FROM outbox WHERE due > ?1) WHERE due > ?1";
                exec(sql, together, &[(now + 4).into()]);
            }
            _ => {}
        }
    }

    /// What the task's caller is told.
    pub(super) fn plant_in_answer(&self, task: &Task, answer: Vec<u8>) -> Vec<u8> {
        let (Some(owner), Some(letter)) = (&task.owner, &task.letter) else {
            return answer;
        };
        if self.plant == Some(Plant::LostDelivery) && is::<registry_calls::ApplyAll>(owner, letter)
        {
            return taken(owner, letter);
        }
        answer
    }

    /// What the sender of this letter is told though nobody was reached.
    pub(super) fn plant_unreached(&self, to: &Name, letter: &Letter) -> Option<Vec<u8>> {
        let lost =
            self.plant == Some(Plant::LostDelivery) && is::<registry_calls::ApplyAll>(to, letter);
        lost.then(|| taken(to, letter))
    }

    /// Whether a value is hidden from the task that goes on.
    pub(super) fn hides(&self, of: &Name) -> bool {
        if self.plant != Some(Plant::TornSafe) {
            return false;
        }
        let mut state = self.state.borrow_mut();
        let (now, running) = (state.now, state.running.unwrap_or_default());
        let letter = state
            .tasks
            .get(&running)
            .and_then(|task| task.letter.as_ref());
        if !letter.is_some_and(|letter| is::<safe_calls::FillIfEmpty>(of, letter)) {
            return false;
        }
        let filled = state.planted.filled.insert(of.clone(), now);
        filled.is_some_and(|filled| now <= filled + AT_ONCE)
    }

    /// Whether what is stored here is kept whatever is asked.
    pub(super) fn keeps(&self, of: &Name, storage: &Storage) -> bool {
        match (self.plant, of.class) {
            (Some(Plant::FullSafe), ClassName::Safe) => true,
            (Some(Plant::LatePurge), ClassName::Vault) => {
                let day = storage.value(super::KEYS).and_then(|keys| day_of(&keys));
                day.is_some_and(|day| self.now() < vault::destroyed_at(day.plus_days(1)))
            }
            _ => false,
        }
    }

    /// Without a planted fault, `now`: what is read is past its term from then on.
    pub(crate) fn term_of_reading(&self, begin: Moment) -> Moment {
        if self.plant == Some(Plant::StaleCache) {
            begin
        } else {
            self.now()
        }
    }

    fn planted(&self, id: TaskId) -> Option<(Name, Option<Letter>, std::rc::Rc<Storage>, u8)> {
        self.plant?;
        let (owner, letter, turns) = {
            let state = self.state.borrow();
            let task = state.tasks.get(&id)?;
            (task.owner.clone()?, task.letter.clone(), task.turns)
        };
        let storage = self.storage(&owner)?;
        Some((owner, letter, storage, turns))
    }
}

/// A code that nobody was given, of which a decoy's sender is believed to hold it.
pub(crate) const TRUSTED: [u8; 16] = [7; 16];

/// The day of a vault's stored keys.
pub(crate) fn day_of(keys: &[u8]) -> Option<Day> {
    vault::stored_day(keys).ok()
}

fn is<C: Call>(to: &Name, letter: &Letter) -> bool {
    to.class == <C::To as objects::Class>::NAME && letter.head.number == C::NUMBER
}

fn read_as<C: Call>(to: &Name, letter: &Letter) -> Option<C> {
    is::<C>(to, letter).then(|| read(letter)).flatten()
}

/// What stands in a letter to a registry or an intake, after its place.
fn read<T: DeserializeOwned>(letter: &Letter) -> Option<T> {
    postcard::from_bytes(body(letter)?).ok()
}

fn body(letter: &Letter) -> Option<&[u8]> {
    let (_, rest) = objects::Head::read(&letter.bytes)?;
    let (_, body) = postcard::take_from_bytes::<Place>(rest).ok()?;
    Some(body)
}

/// The deliveries that a letter brings.
pub(super) fn deliveries_in(to: &Name, letter: &Letter) -> Vec<DeliveryId> {
    let call: Option<registry_calls::ApplyAll> = read_as(to, letter);
    let deliveries = call.into_iter().flat_map(|call| call.0);
    deliveries.map(|delivery| delivery.id).collect()
}

/// The contacts of the national realm that a letter brings.
pub(super) fn contacts_in(to: &Name, letter: &Letter) -> Vec<DeliveryId> {
    if !to.name.starts_with("national/") {
        return Vec::new();
    }
    let call: Option<registry_calls::ApplyAll> = read_as(to, letter);
    let deliveries = call.into_iter().flat_map(|call| call.0);
    let is_word = |body: &[u8]| matches!(Parcel::from_bytes(body), Ok(Parcel::Forgotten(_)));
    let contacts = deliveries.filter(|delivery| !is_word(&delivery.body));
    contacts.map(|delivery| delivery.id).collect()
}

/// What an answer says of each delivery of a letter; nothing when it is a refusal of all.
pub(super) fn applied_in(answer: &[u8]) -> Option<Vec<bool>> {
    let applied = answer.strip_prefix(&[0xff, 1, 0])?;
    postcard::from_bytes(applied).ok()
}

fn rewrite(letter: &mut Letter, call: &impl Serialize) {
    let Some((length, written)) = body(letter)
        .map(<[u8]>::len)
        .zip(postcard::to_stdvec(call).ok())
    else {
        return;
    };
    letter.bytes.truncate(letter.bytes.len() - length);
    letter.bytes.extend(written);
}

/// A letter that says that it was sent a minute later than it was.
fn postdate(letter: &mut Letter) {
    let Some((head, rest)) = objects::Head::read(&letter.bytes) else {
        return;
    };
    let later = objects::Head {
        sent: head.sent + 60,
        ..head
    };
    let (Ok(was), Ok(is)) = (postcard::to_stdvec(&head), postcard::to_stdvec(&later)) else {
        return;
    };
    let begins = letter.bytes.len() - rest.len() - was.len();
    let begins = letter.bytes.get(..begins).unwrap_or_default();
    letter.bytes = [begins, is.as_slice(), rest].concat();
}

/// Before its first write an object has no tables.
fn exec(sql: &Native, statement: &str, values: &[Value]) {
    let _: Result<(), store::Fault> = sql.exec(statement, values);
}

fn exposure_rows(sql: &Native) -> u64 {
    let rows = sql.query("SELECT COUNT(*) FROM exposure", &[]).ok();
    let count = rows.and_then(|rows| rows.first()?.integer(0).ok());
    count.unwrap_or_default()
}
