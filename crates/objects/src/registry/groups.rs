//! The groups of record keys: made ahead, written again without the key of who left, and loaded after a start.

use core::cell::{Cell, RefCell};
use core::time::Duration;
use std::collections::BTreeSet;
use std::rc::Rc;

use decree::Moment;
use futures_util::future::join_all;
use rand_core::Rng;
use robert::Id;
use service::group::{self, Group, GroupKeys, GroupName, Writing};
use service::record::Keeper;
use service::registry;
use service::{Failure, Place, Realm};
use wire::Refusal;

use super::Registry;
use crate::pace::Pace;
use crate::{Port, safes};

/// Safes that are asked at a time: what that takes is one slice of work.
const TOGETHER: usize = 4;
/// How long who waits for another task of this registry sleeps before looking again.
const NAP: Duration = Duration::from_millis(10);
/// Longest that a registration waits for the first groups to be made: less than its caller does.
const MADE_WITHIN: Duration = Duration::from_secs(4);
/// Longest that a delivery waits for the groups to be loaded before it is put off, in milliseconds.
const LOADED_WITHIN: u64 = 2_000;
/// How long after a start deliveries wait for their groups: then they fetch them, as questions do. A registry of half a
/// million accounts is loaded by that time; a country's alerts must not wait for hours.
const WAITS_FOR: Duration = Duration::from_mins(5);
/// After so long the rest of what is due is left to the alarm, which rings at once.
const LONGEST: Duration = Duration::from_secs(10);

/// What tasks are doing: each is done by one at a time. A task that is dropped does nothing any more.
#[derive(Default)]
pub(super) struct Groups {
    written: RefCell<BTreeSet<GroupName>>,
    are_made: Cell<bool>,
    are_loaded: Cell<bool>,
    /// When loading began.
    loaded_since: Cell<Option<Moment>>,
    /// When loading is tried again, after something failed.
    load_after: Cell<Option<Moment>>,
}

/// One of these groups is being written.
struct Written<'g>(&'g Groups, GroupName);

impl Drop for Written<'_> {
    fn drop(&mut self) {
        self.0.written.borrow_mut().remove(&self.1);
    }
}

/// How far loading came.
enum Loaded {
    /// There is no more, or no more room.
    All,
    /// The alarm comes back for the rest, after what else is due.
    Some,
    /// Of some groups nothing could be read.
    NotEvery,
}

/// Something is being done.
struct Under<'g>(&'g Cell<bool>);

impl<'g> Under<'g> {
    /// Nothing, when another task does it.
    fn begin(is_done: &'g Cell<bool>) -> Option<Self> {
        (!is_done.replace(true)).then_some(Self(is_done))
    }
}

impl Drop for Under<'_> {
    fn drop(&mut self) {
        self.0.set(false);
    }
}

impl Groups {
    fn begin_writing(&self, name: GroupName) -> Option<Written<'_>> {
        let is_first = self.written.borrow_mut().insert(name);
        is_first.then_some(Written(self, name))
    }
}

impl<P: Port> Registry<P> {
    /// A group that has a free place. The first registration of a registry makes the first groups.
    pub(super) async fn open_group(&self, place: Place, now: Moment) -> Result<Group, Failure> {
        let look = || registry::open_group(self.port.sql(), &place, &mut self.port.rng());
        let begun = self.port.now();
        while self.groups.are_made.get() && self.port.now().since(begun) < MADE_WITHIN {
            if let Some(group) = look()? {
                return Ok(group);
            }
            self.port.wait(NAP).await;
        }
        if let Some(group) = look()? {
            return Ok(group);
        }
        self.make_ahead(place, now).await?;
        // On a seat the one group may be full.
        Ok(look()?.ok_or(Refusal::Unavailable)?)
    }

    /// Makes the next groups, when too few have a free place; unless another task does.
    ///
    /// # Errors
    /// [`Refusal::Unavailable`] when several in a row could not be made; a [`Failure`].
    pub(super) async fn make_ahead(&self, place: Place, now: Moment) -> Result<(), Failure> {
        let (sql, open) = (self.port.sql(), self.port.settings()?.open_groups);
        let open = match place.realm {
            Realm::National => open,
            Realm::Demo(_) | Realm::Seated(..) => 1,
        };
        if !registry::are_short(sql, &place, open)? {
            return Ok(());
        }
        let Some(_made) = Under::begin(&self.groups.are_made) else {
            return Ok(());
        };
        let names = registry::found(sql, &place, &mut self.port.rng(), open)?;
        self.arm(place, now).await?;
        let mut pace = Pace::begin(&self.port).await;
        for together in names.chunks(TOGETHER) {
            let made = together
                .iter()
                .map(|name| self.write_once(place, now, *name));
            // When none answers, whoever waits is told so at once.
            if join_all(made).await.iter().all(Result::is_err) {
                return Err(Refusal::Unavailable.into());
            }
            pace.rest().await;
        }
        Ok(())
    }

    /// Writes the groups that are due, in which the keys of people who left are to be destroyed. What fails is put off,
    /// and holds up none of the others. Whether all of it was done.
    pub(super) async fn write_groups(&self, place: Place, now: Moment) -> Result<bool, Failure> {
        let begun = self.port.now();
        let due = registry::to_write(self.port.sql(), &place, now)?;
        let mut is_done = due.len() < registry::WRITTEN_AT_ONCE;
        let mut pace = Pace::begin(&self.port).await;
        for together in due.chunks(TOGETHER) {
            if self.port.now().since(begun) > LONGEST {
                return Ok(false);
            }
            let written = together
                .iter()
                .map(|name| self.write_once(place, now, *name));
            is_done &= join_all(written).await.iter().all(Result::is_ok);
            pace.rest().await;
        }
        Ok(is_done)
    }

    /// Destroys the keys of this group whose people have left. Those who leave while it is written share the next writing.
    ///
    /// # Errors
    /// [`Refusal::Unavailable`] when that is put off; a [`Failure`].
    pub(super) async fn destroy_left(
        &self,
        place: Place,
        now: Moment,
        name: GroupName,
    ) -> Result<(), Failure> {
        while let Some(due) = registry::destroys_at(self.port.sql(), name)? {
            if due > now {
                return Err(Refusal::Unavailable.into());
            }
            if self.groups.written.borrow().contains(&name) {
                self.port.wait(NAP).await;
            } else {
                self.write_once(place, now, name).await?;
            }
        }
        self.wait_for_end(name).await;
        Ok(())
    }

    /// Whoever shared a writing is answered once the version before is gone.
    async fn wait_for_end(&self, name: GroupName) {
        let begun = self.port.now();
        while self.groups.written.borrow().contains(&name) && self.port.now().since(begun) < LONGEST
        {
            self.port.wait(NAP).await;
        }
    }

    /// Writes this group, unless another task does.
    ///
    /// # Errors
    /// A [`Failure`]: it is put off.
    pub(super) async fn write_once(
        &self,
        place: Place,
        now: Moment,
        name: GroupName,
    ) -> Result<(), Failure> {
        let Some(_written) = self.groups.begin_writing(name) else {
            return Ok(());
        };
        let Some(writing) = registry::begin_writing(self.port.sql(), name)? else {
            return Ok(());
        };
        let sql = self.port.sql();
        let written = match self.keys_of(place, &writing).await {
            Ok(keys) => {
                let written = self.write(place, now, &writing, keys).await;
                if written.is_err() {
                    registry::not_written(sql, &mut self.port.rng(), now, &writing)?;
                }
                written
            }
            Err(failure) => Err(failure),
        };
        if written.is_err() {
            registry::put_off_writing(sql, name, self.later(place, now))?;
            self.arm_next(place, now).await?;
        }
        written
    }

    /// The keys to be written. Nothing was sent yet: when the version before is not there, no safe is to be emptied.
    async fn keys_of(&self, place: Place, writing: &Writing) -> Result<Rc<GroupKeys>, Failure> {
        self.arm(place, self.port.now()).await?;
        let group = writing.group;
        let before = match (group.version, self.port.memory().group(group)) {
            (0, _) => None,
            (_, Some(known)) => Some(known),
            _ => match safes::fetch(&self.port, place.realm, group).await {
                Err(Failure::Moved) => {
                    self.adopt(place, group).await?;
                    return Err(Failure::Moved);
                }
                fetched => Some(fetched?),
            },
        };
        let (rng, places) = (&mut self.port.rng(), group::places(place.realm));
        Ok(Rc::new(writing.keys(rng, places, before.as_deref())?))
    }

    /// The new version lies in its safe before it counts, and what is remembered changes in the turn in which it does; then
    /// the version before is destroyed.
    async fn write(
        &self,
        place: Place,
        now: Moment,
        writing: &Writing,
        keys: Rc<GroupKeys>,
    ) -> Result<(), Failure> {
        let (sql, group, rng) = (self.port.sql(), writing.group, &mut self.port.rng());
        let wrapping = self.port.settings()?.ring.groups(place.realm);
        let wrapped = keys.wrap(&wrapping, rng, group.name);
        safes::hold(&self.port, place.realm, writing.safe(), wrapped).await?;
        let owed = registry::written(sql, rng, now, writing, wrapping.newest_id())?;
        if place.realm == Realm::National {
            self.port.memory().keep_group(group.name, &keys);
        }
        // It counts, whatever becomes of the rest: what fails stays owed, and is put off.
        let _: Result<(), Failure> = self.arm(place, now).await;
        if let Some(owed) = owed
            && self.empty(place, owed).await.is_err()
        {
            let put_off = registry::put_off(sql, &[owed.id], self.later(place, now));
            let _: Result<(), Failure> = put_off.and(self.arm_next(place, now).await);
        }
        Ok(())
    }

    /// When the groups are to be loaded: nothing, once they are or while they are being.
    pub(super) fn loads_at(&self, place: Place) -> Option<Moment> {
        let is_needed = place.realm == Realm::National
            && !self.port.memory().has_loaded(place.index)
            && !self.groups.are_loaded.get();
        let at_once = || Moment::from_unix(0);
        is_needed.then(|| self.groups.load_after.get().unwrap_or_else(at_once))
    }

    /// Loads the groups after a start: in random order, one after the other, while others are served. A group that cannot be
    /// read is tried again, and holds up none of the others.
    pub(super) async fn load(&self, place: Place) {
        if self.loads_at(place).is_none_or(|at| at > self.port.now()) {
            return;
        }
        let Some(_loaded) = Under::begin(&self.groups.are_loaded) else {
            return;
        };
        let since = &self.groups.loaded_since;
        since.set(since.get().or_else(|| Some(self.port.now())));
        match self.load_some(place).await {
            Ok(Loaded::All) => self.port.memory().set_loaded(place.index),
            Ok(Loaded::Some) => {}
            Ok(Loaded::NotEvery) | Err(_) => {
                let again = self.later(place, self.port.now());
                self.groups.load_after.set(Some(again));
            }
        }
    }

    async fn load_some(&self, place: Place) -> Result<Loaded, Failure> {
        let (sql, memory) = (self.port.sql(), self.port.memory());
        let rng = &mut self.port.rng();
        let mut groups = registry::groups(sql, &place)?;
        groups.retain(|group| memory.group(*group).is_none());
        groups.sort_by_cached_key(|_| rng.next_u64());
        let (begun, mut loaded) = (self.port.now(), Loaded::All);
        let mut pace = Pace::begin(&self.port).await;
        for group in groups {
            if !memory.has_room() {
                break;
            }
            if self.port.now().since(begun) > LONGEST {
                return Ok(Loaded::Some);
            }
            let wait = memory.next_load(self.port.milliseconds());
            if !wait.is_zero() {
                self.port.wait(wait).await;
            }
            // Whoever wrote it meanwhile has remembered it.
            let now = registry::group(sql, group.name)?;
            let Some(mut group) = now.filter(|group| memory.group(*group).is_none()) else {
                continue;
            };
            let mut fetched = safes::fetch(&self.port, place.realm, group).await;
            if fetched.as_ref().err() == Some(&Failure::Moved) {
                self.find_again(place, group.name).await?;
                let again = registry::group(sql, group.name)?;
                if let Some(again) = again.filter(|group| memory.group(*group).is_none()) {
                    group = again;
                    fetched = safes::fetch(&self.port, place.realm, group).await;
                }
            }
            let counts = registry::group(sql, group.name)? == Some(group);
            match fetched {
                Ok(keys) if counts => memory.keep_group(group.name, &keys),
                Err(_) if counts => loaded = Loaded::NotEvery,
                _ => {}
            }
            pace.rest().await;
        }
        Ok(loaded)
    }

    /// The version of this group that counts is not in its safe. When a safe holds a later one, that counts: see
    /// [`registry::adopt`].
    pub(super) async fn find_again(&self, place: Place, name: GroupName) -> Result<(), Failure> {
        let Some(_written) = self.groups.begin_writing(name) else {
            return Ok(());
        };
        let Some(group) = registry::group(self.port.sql(), name)? else {
            return Ok(());
        };
        // Written meanwhile.
        if self.port.memory().group(group).is_some() {
            return Ok(());
        }
        self.adopt(place, group).await
    }

    async fn adopt(&self, place: Place, group: Group) -> Result<(), Failure> {
        let found = safes::last_version(&self.port, place.realm, group).await?;
        if let Some(found) = found {
            registry::adopt(self.port.sql(), group, found)?;
        }
        Ok(())
    }

    /// Waits a little for the groups to be loaded, before deliveries are applied: those of a small realm are soon.
    pub(super) async fn wait_for_loading(&self, place: Place, now: Moment) -> Result<(), Failure> {
        let begun = self.port.milliseconds();
        while !self.port.memory().has_loaded(place.index)
            && self.port.milliseconds().saturating_sub(begun) < LOADED_WITHIN
        {
            self.arm(place, now).await?;
            self.port.wait(NAP).await;
        }
        Ok(())
    }

    /// Whether what concerns this account must wait until its group is loaded.
    pub(super) fn waits_for_loading(&self, place: Place, id: Id) -> Result<bool, Failure> {
        let memory = self.port.memory();
        let since = self.groups.loaded_since.get();
        let is_over = since.is_some_and(|since| self.port.now() >= since + WAITS_FOR);
        if place.realm != Realm::National || memory.has_loaded(place.index) || is_over {
            return Ok(false);
        }
        let sql = self.port.sql();
        let Some(Keeper::Group(name, _)) = registry::keeper_of(sql, &place, id)? else {
            return Ok(false);
        };
        let group = registry::group(sql, name)?;
        Ok(group.is_some_and(|group| memory.group(group).is_none()))
    }
}
