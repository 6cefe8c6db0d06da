//! A realm on the kernel: the front's calls, looking at what is stored, and copies that are kept.
//!
//! What is left out: the proof of work (a challenge is drawn and taken as solved), and HTTP. One isolate holds the
//! memory that objects and front share; a restart loses it. The cron trigger comes once an hour and is never lost: so
//! an hour is what a lost alarm may cost.

mod bookmarks;
mod front;
mod hostile;
mod look;
mod stored;
mod visit;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;

use chacha20::ChaCha20Rng;
use decree::{Day, Moment};
use objects::{ClassName, Role, Settings};
use rand_core::SeedableRng;
use robert::Id;
use robert::keys::ServerPublic;
use robert::parameters::SERVICE_START;
use service::keyring::secrets::RealmSecrets;
use service::keyring::{FrontKeys, KeyRing};
use service::place::Shards;
use service::vault::DayKeys;
use service::{Class, Place, Realm, codes};
use wire::code::Code;

use crate::Finding;
use crate::alarms::{Fate, Whose};
use crate::faulty::Failing;
use crate::kernel::{Kernel, Name, Plant};
pub(crate) use bookmarks::Bookmark;
pub(crate) use front::{Answer, Answered, Owner};
pub(crate) use look::{Owed, Seen, SeenVerdict};

const REALM: Realm = Realm::National;
/// Registries and intakes of the simulated realm.
pub(crate) const SHARDS: Shards = Shards {
    registries: 2,
    intakes: 2,
};
/// 2027-06-20T11:58:00Z, when the first keys are made: after the release, which no true clock is before.
pub(crate) const BEGIN: Moment = Moment::from_unix(1_813_492_680);

/// A realm and all that moves in it.
pub(crate) struct Shell {
    pub(crate) kernel: Rc<Kernel>,
    plant: Option<Plant>,
    front: RefCell<Rc<FrontKeys>>,
    /// How many roots are listed.
    roots: Cell<usize>,
    /// Whether traffic wakes the objects.
    is_by_traffic: Cell<bool>,
    /// Day keys that somebody goes on remembering, with a planted fault.
    known: RefCell<BTreeMap<Day, DayKeys>>,
}

/// Tasks hold the kernel, and the kernel them.
impl Drop for Shell {
    fn drop(&mut self) {
        self.kernel.clear();
    }
}

impl Shell {
    /// An empty realm, in memory or in files of this folder.
    ///
    /// # Errors
    /// A [`Finding`] if it cannot be made.
    pub(crate) fn new(plant: Option<Plant>, folder: Option<&Path>) -> Result<Self, Finding> {
        let settings = settings(1, None)?;
        let front = RefCell::new(Rc::new(settings.ring.front(REALM)));
        let kernel = Kernel::new(BEGIN, settings, plant, folder.map(Path::to_owned));
        for name in engines() {
            kernel.reopen(&name)?;
        }
        keep_secrets(&kernel)?;
        Ok(Self {
            kernel,
            plant,
            front,
            roots: Cell::new(1),
            is_by_traffic: Cell::new(false),
            known: RefCell::default(),
        })
    }

    pub(crate) fn is_planted(&self, plant: Plant) -> bool {
        self.plant == Some(plant)
    }

    pub(crate) fn now(&self) -> Moment {
        self.kernel.now()
    }

    /// The process is killed and started again.
    ///
    /// # Errors
    /// A [`Finding`] if a file does not open again.
    pub(crate) fn restart(&self) -> Result<(), Finding> {
        self.known.borrow_mut().clear();
        self.kernel.restart()
    }

    /// The state of emergency ended so long ago that nothing may be left.
    ///
    /// # Errors
    /// A [`Finding`].
    pub(crate) fn end_processing(&self) -> Result<(), Finding> {
        let ended = SERVICE_START.day().minus_days(365);
        self.configure(Some(ended))
    }

    fn configure(&self, emergency_ended: Option<Day>) -> Result<(), Finding> {
        let settings = Settings {
            is_woken_by_traffic: self.is_by_traffic.get(),
            ..settings(self.roots.get(), emergency_ended)?
        };
        self.kernel.configure(settings);
        Ok(())
    }

    /// Traffic wakes the objects from now on: the process is started again for it.
    ///
    /// # Errors
    /// A [`Finding`] if a file does not open again.
    pub(crate) fn wake_by_traffic(&self) -> Result<(), Finding> {
        self.is_by_traffic.set(true);
        self.configure(None)?;
        self.restart()
    }

    /// One more root is listed before the others, unless as many are listed as can be: the process is started again.
    ///
    /// # Errors
    /// A [`Finding`] if a file does not open again.
    pub(crate) fn add_root(&self) -> Result<(), Finding> {
        let roots = (self.roots.get() + 1).min(ROOTS.len());
        self.roots.set(roots);
        let secrets = RealmSecrets::derived(&settings(1, None)?.ring, REALM);
        let front = settings(roots, None)?.ring.front_with(REALM, &secrets);
        self.front.replace(Rc::new(front));
        self.configure(None)?;
        self.restart()
    }

    /// One engine fails once; which, counted over registries, intakes and the desk.
    pub(crate) fn fail(&self, engine: u8, failing: Failing) {
        let engines: Vec<_> = engines().collect();
        if let Some(name) = engines.get(usize::from(engine) % engines.len()) {
            self.kernel.fail_engine(name, Some(failing));
        }
    }

    /// From now on alarms of every class are lost, a day late and doubled in turn, but for the first; and each engine fails
    /// once more, and the next write of a vault, at that first alarm.
    pub(crate) fn trouble(&self) {
        const LATE: Fate = Fate::Late(24 * 60);
        let turns = [Fate::Lost, LATE, Fate::Twice].into_iter().cycle().take(24);
        for fate in [Fate::Once].into_iter().chain(turns) {
            for whose in [Whose::Intake, Whose::Registry, Whose::Vault] {
                self.kernel.doom(whose, fate);
            }
        }
        self.kernel.fail_value(ClassName::Vault, false);
        for name in engines() {
            let failing = Failing::Commit {
                after: 0,
                kept: false,
            };
            self.kernel.fail_engine(&name, Some(failing));
        }
    }

    /// The key that phones agree a secret with.
    pub(crate) fn public_key(&self) -> ServerPublic {
        let front = self.front();
        front.registration.oldest(self.now()).secret.public()
    }

    fn front(&self) -> Rc<FrontKeys> {
        Rc::clone(&self.front.borrow())
    }

    /// The intake that a code belongs to.
    pub(crate) fn intake_of(&self, code: &Code) -> u16 {
        codes::intake_of(&self.front(), code, SHARDS)
    }

    /// The registry that an identity belongs to.
    pub(crate) const fn registry_of(id: Id) -> u16 {
        let [first, ..] = id.0;
        SHARDS.registry_of(first)
    }
}

/// The two digits that each root repeats, the oldest first.
const ROOTS: [&str; 4] = ["c4", "d5", "e6", "f7"];

/// With so many roots listed.
fn settings(roots: usize, emergency_ended: Option<Day>) -> Result<Settings, Finding> {
    let listed = ROOTS.iter().take(roots).rev();
    let listed: Vec<_> = listed.map(|digits| digits.repeat(32)).collect();
    Ok(Settings {
        ring: KeyRing::from_text(Some(&listed.join(",")), true).map_err(Finding::of)?,
        role: Role::National(SHARDS),
        emergency_ended,
        // All visitors sit on one, one after the other.
        seats: 1,
        open_groups: 2,
        issuer_key_hash: None,
        reports_a_day: None,
        is_woken_by_traffic: false,
        origin: None,
        allows_test_root: true,
        notices: Vec::new(),
    })
}

/// The realm's own secrets are there, as those of a realm that an earlier release made: what the people's side of the
/// simulation works with.
fn keep_secrets(kernel: &Kernel) -> Result<(), Finding> {
    let name = Name {
        class: ClassName::Secrets,
        name: format!("{REALM}/secrets"),
    };
    kernel.reopen(&name)?;
    let ring = &kernel.settings().ring;
    let secrets = RealmSecrets::derived(ring, REALM);
    let wrapped = secrets.wrap(ring, REALM, &mut ChaCha20Rng::seed_from_u64(0));
    let storage = kernel.storage(&name);
    let storage = storage.ok_or_else(|| Finding::new("the secrets have no storage"))?;
    storage.put("secrets", wrapped).map_err(Finding::of)
}

/// Every object with a database that may fail.
fn engines() -> impl Iterator<Item = Name> {
    let registries = (0..SHARDS.registries).map(|index| name(Class::Registry, index));
    let intakes = (0..SHARDS.intakes).map(|index| name(Class::Intake, index));
    registries.chain(intakes).chain([name(Class::Desk, 0)])
}

/// An object's name.
pub(crate) fn name(class: Class, index: u16) -> Name {
    let of = match class {
        Class::Registry => ClassName::Registry,
        Class::Intake => ClassName::Intake,
        Class::Tally => ClassName::Tally,
        Class::Desk => ClassName::Desk,
    };
    Name {
        class: of,
        name: place(class, index).name(),
    }
}

fn place(class: Class, index: u16) -> Place {
    let of = match class {
        Class::Registry => SHARDS.registries,
        Class::Intake => SHARDS.intakes,
        Class::Tally | Class::Desk => 1,
    };
    Place {
        realm: REALM,
        class,
        index,
        of,
        since: SERVICE_START.day().number(),
    }
}
