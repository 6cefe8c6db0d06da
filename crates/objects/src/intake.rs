//! An intake in its object: one-time codes, and contacts on their way.

mod deliver;
mod reserve;
mod transit;

use core::cell::{Cell, RefCell};
use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

use decree::{Day, Moment};
use operator_log::ClassName;
use service::desk::HolderMark;
use service::intake::{MarkForm, NewCodes};
use service::record::{RecordKey, SafeName};
use service::state::{self, Text};
use service::{Class, Failure, Place, Realm, figures, intake, schema};
use store::transact;

use self::reserve::Reserved;
use crate::alarms::{AT_ONCE, Failures};
use crate::calls::intake_calls::{self as calls, Received};
use crate::calls::safe_calls;
use crate::letter::{Answer, Called};
use crate::pace::Pace;
use crate::tried::Tried;
use crate::turns::Turns;
use crate::{Object, Port, days, safes, timekeeper};

/// One-time codes, and contacts on their way.
pub struct Intake<P> {
    port: P,
    failures: Failures,
    /// Until when a pass of deliveries is under way. It is a time and no flag: a pass that is cut short never takes
    /// a flag down.
    delivering: Cell<Moment>,
    /// Transit keys by their marks. A safe is used again with another key, so keys are not remembered for longer
    /// than this object, the only one that empties the safes, is in memory.
    transits: RefCell<BTreeMap<[u8; 16], RecordKey>>,
    /// Codes whose reports are being read.
    reserved: RefCell<Reserved>,
    /// Challenges whose solutions were tried.
    tried: RefCell<Tried>,
    turns: Turns,
}

/// When the alarm comes back should a pass be cut short.
const COME_BACK: Duration = Duration::from_secs(30);

impl<P: Port> Intake<P> {
    /// An intake on this platform.
    pub fn new(port: P) -> Self {
        Self {
            port,
            failures: Failures::default(),
            delivering: Cell::new(Moment::from_unix(0)),
            transits: RefCell::default(),
            reserved: RefCell::default(),
            tried: RefCell::default(),
            turns: Turns::default(),
        }
    }

    /// The marks of transit keys that are remembered: only for looking at them from a test.
    pub fn remembered_transits(&self) -> Vec<[u8; 16]> {
        self.transits.borrow().keys().copied().collect()
    }

    fn safes(&self, place: &Place) -> Result<Vec<SafeName>, Failure> {
        let slots = intake::slots(self.port.sql(), place)?.into_iter();
        Ok(slots.map(|slot| intake::safe_name(place, slot)).collect())
    }

    /// Arms the alarm for what is due next, in the same turn as what was written: nothing is awaited between. A
    /// refusal may have written too, and so may what failed. Demo realms move by their own clock.
    async fn then_arm<T>(&self, place: Place, done: Result<T, Failure>) -> Result<T, Failure> {
        self.arm_after(place, done, AT_ONCE).await
    }

    /// The same, at the earliest after so long.
    async fn arm_after<T>(
        &self,
        place: Place,
        done: Result<T, Failure>,
        earliest: Duration,
    ) -> Result<T, Failure> {
        let armed = match place.realm {
            Realm::National => self.arm(earliest, done.is_ok()).await,
            Realm::Demo(_) | Realm::Seated(..) => Ok(()),
        };
        let done = done?;
        armed?;
        Ok(done)
    }

    async fn arm(&self, earliest: Duration, is_done: bool) -> Result<(), Failure> {
        match intake::next_due(self.port.sql())? {
            Some(due) => {
                let wait = due.since(self.port.now()).max(earliest);
                self.port.set_alarm(wait).await?;
            }
            // The alarm that was to come back, should this pass have been cut short.
            None if is_done => self.port.delete_alarm().await?,
            None => {}
        }
        Ok(())
    }

    /// What is due at the alarm. The alarm is armed again before the work: a pass that is cut short is taken up by
    /// the next alarm.
    async fn do_due(&self) -> Result<(), Failure> {
        let sql = self.port.sql();
        let Some(place) = schema::stored_place(sql, Realm::National, Class::Intake)? else {
            return Ok(());
        };
        let now = self.port.now();
        let armed = self.port.set_alarm(COME_BACK).await.map_err(Failure::from);
        let delivered = self.deliver_due(place, now).await;
        let believed = timekeeper::believes(&self.port, place.realm).await;
        // Deleting what is past its term waits for a believed clock.
        let ticked = match &believed {
            Ok(true) => self.forget(place, now).await,
            Ok(false) => Ok(()),
            Err(refusal) => Err(refusal.clone().into()),
        };
        let retired = self.retire(place, self.port.now()).await;
        let done = armed.and(delivered).and(ticked).and(retired);
        // What waits for a believed clock is due all the while: the alarm must not ring at once.
        let earliest = if believed == Ok(true) {
            AT_ONCE
        } else {
            COME_BACK
        };
        self.arm_after(place, done, earliest).await
    }

    /// Forgets what is past its term, a slice at a time.
    async fn forget(&self, place: Place, now: Moment) -> Result<(), Failure> {
        let mut pace = Pace::begin(&self.port).await;
        loop {
            let now = timekeeper::since_put_back(&self.port, place.realm, now);
            if !intake::tick(self.port.sql(), &place, now)? {
                return Ok(());
            }
            pace.rest().await;
        }
    }

    /// Makes codes void, a slice at a time: how many. Codes that are stored meanwhile are of keys in force.
    async fn void_codes(
        &self,
        place: Place,
        now: Moment,
        holders: &BTreeSet<HolderMark>,
    ) -> Result<u64, Failure> {
        let mut pace = Pace::begin(&self.port).await;
        let (mut voided, mut after) = (0, [0; 32]);
        loop {
            let slice = intake::void_codes(self.port.sql(), &place, now, holders, after)?;
            voided += slice.codes;
            match slice.next {
                Some(next) => after = next,
                None => return Ok(voided),
            }
            pace.rest().await;
        }
    }

    /// In slices: with the keys that there are at each.
    async fn show(&self, place: Place, now: Moment) -> Result<String, Failure> {
        let since = Day::from_number(place.since);
        let mut pace = Pace::begin(&self.port).await;
        let mut text = Text::begin(place.local_name())?;
        while let Some(at) = text.next() {
            let keys = days::fetch(&self.port, place.realm, since, now).await?;
            let mut transit = BTreeMap::new();
            for slot in intake::slots(self.port.sql(), &place)? {
                let safe = intake::safe_name(&place, slot);
                let key = safes::ask(&self.port, place.realm, safe, safe_calls::Key).await?;
                transit.extend(key.map(|key| (slot, key)));
            }
            let slice = state::intake_from(self.port.sql(), &keys, &transit, &at)?;
            text.add(slice)?;
            pace.rest().await;
        }
        Ok(text.end())
    }
}

impl<P: Port> Object for Intake<P> {
    type Class = calls::Intake;
    type Port = P;

    fn port(&self) -> &P {
        &self.port
    }

    async fn answer(&self, called: Called<Place>, call: Received) -> Answer {
        let Called { place, now, .. } = called;
        let sql = self.port.sql();
        match call {
            Received::AddCodes(calls::AddCodes { mark, kind, codes }, to) => {
                let new = NewCodes {
                    mark,
                    kind,
                    codes: &codes,
                    holder: None,
                };
                let added = intake::add_codes(sql, &place, now, new);
                to.answer(self.then_arm(place, added).await)
            }
            Received::AddCodesOf(calls::AddCodesOf(codes, holder), to) => {
                let new = NewCodes {
                    mark: codes.mark,
                    kind: codes.kind,
                    codes: &codes.codes,
                    holder: Some(holder),
                };
                let added = intake::add_codes(sql, &place, now, new);
                to.answer(self.then_arm(place, added).await)
            }
            Received::VoidCodes(calls::VoidCodes(holders), to) => {
                let voided = self.void_codes(place, now, &holders).await;
                to.answer(self.then_arm(place, voided).await)
            }
            Received::Try(calls::Try(shown), to) => {
                let checked = self.tried.borrow().check(shown.challenge);
                let unspent =
                    checked.and_then(|()| intake::check_unspent(sql, &place, shown.challenge));
                to.answer(unspent.map(|()| self.tried.borrow_mut().look_up(now, &shown)))
            }
            Received::Reserve(calls::Reserve(shown), to) => {
                to.answer(self.look_at(place, now, &shown, MarkForm::Current).await)
            }
            Received::ReserveFormer(calls::ReserveFormer(shown), to) => {
                to.answer(self.look_at(place, now, &shown, MarkForm::Former).await)
            }
            Received::GiveBack(calls::GiveBack(marks), to) => {
                self.reserved.borrow_mut().give_back(&marks);
                to.answer(Ok(()))
            }
            Received::Report(calls::Report(report), to) => {
                let kept = self.report(place, now, &report).await;
                self.reserved
                    .borrow_mut()
                    .give_back(&report.shown.marks.newest);
                to.answer(self.then_arm(place, kept).await)
            }
            Received::DeliverAll(_, to) => to.answer(self.deliver_all(place, now).await),
            Received::Figures(days, to) => {
                let (from, last) = (Day::from_number(days.from), Day::from_number(days.to));
                to.answer(figures::of_intake(sql, &place, from, last))
            }
            Received::CheckNumbers(_, to) => {
                to.answer(transact(sql, |sql| schema::ensure_tables(sql, &place)))
            }
            Received::Tick(_, to) => {
                let ticked = self.forget(place, now).await;
                to.answer(ticked.and(self.retire(place, now).await))
            }
            Received::Wake(_, to) => {
                let woken = intake::bring_forward(sql, &place, now);
                to.answer(self.then_arm(place, woken).await)
            }
            Received::Safes(_, to) => to.answer(self.safes(&place)),
            Received::State(_, to) => to.answer(self.show(place, now).await),
            Received::End(_, to) => to.answer(self.port.delete_all().await.map_err(Failure::from)),
        }
    }

    fn turns(&self) -> Option<&Turns> {
        Some(&self.turns)
    }

    async fn stored_turn(&self) -> Result<Option<u32>, Failure> {
        schema::stored_turn(self.port.sql(), Class::Intake)
    }

    fn forget_visit(&self) {
        self.failures.clear();
        self.delivering.set(Moment::from_unix(0));
        self.transits.borrow_mut().clear();
        self.reserved.take();
    }

    /// Delivers what is due.
    async fn ring(&self) {
        if self.do_due().await.is_err() {
            self.failures.retry(&self.port, ClassName::Intake).await;
        }
    }
}
