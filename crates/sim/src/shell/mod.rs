//! What `worker` does around `service`, without a network: a front, the objects that it calls, their alarms.
//!
//! Nothing outside this folder names the crate `service`. What is left out: the proof of work (a challenge is drawn
//! and taken as solved), demo realms, and letters' bytes. One isolate holds the caches of day keys and of record keys;
//! restarting empties them. The cron trigger comes once an hour and is never lost: so an hour is what a lost alarm may cost.

mod bookmarks;
mod front;
mod look;
mod objects;
mod plants;
mod registries;
mod safes;
mod transits;
mod vaults;

use core::time::Duration;
use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};

use chacha20::ChaCha20Rng;
use decree::{Day, Moment};
use rand_core::SeedableRng;
use robert::keys::ServerPublic;
use service::keyring::{FrontKeys, KeyRing};
use service::place::Shards;
use service::record::{RecordKey, SafeName};
use service::vault::DayKeys;
use service::{Class, Failure, Place, Realm};
use store::{Native, Sql};
use wire::Refusal;

use crate::Finding;
use crate::alarms::{Alarms, Fate, Object, Whose};
use crate::faulty::{Failing, Faulty};
pub(crate) use bookmarks::Bookmark;
pub(crate) use front::Owner;
pub(crate) use look::{Owed, Seen, SeenVerdict};
use objects::Stray;
use vaults::Stored;

const REALM: Realm = Realm::National;
/// Registries and intakes of the simulated realm.
pub(crate) const SHARDS: Shards = Shards {
    registries: 2,
    intakes: 2,
};
/// 2020-06-20T11:58:00Z, and the first day that has keys.
pub(crate) const BEGIN: Moment = Moment::from_unix(1_592_654_280);

/// A defect on purpose, that the simulation must find.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plant {
    /// Every contact that a registry applies leaves two rows.
    DoubleApply,
    /// A registry forgets at once which deliveries it has applied.
    ForgetfulRegistry,
    /// The intake says that its row is gone at once, while its call may still be under way.
    HastyWord,
    /// A delivery is acknowledged whatever the registry said.
    LostDelivery,
    /// A code can be used again after its report.
    CodeTwice,
    /// Day keys are destroyed a day late, who reads does not look at their term, and rows stay.
    LatePurge,
    /// Day keys are destroyed on time, but who has them keeps them and does not look at their term.
    StaleCache,
    /// The hourly wake-up leaves day keys to the alarms of their vaults.
    BlindWake,
    /// The safe of what was deleted says that it is empty, and is not.
    FullSafe,
    /// The front reads a decoy's contacts as a report's.
    TrustedDecoy,
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
}

/// What befalls one delivery to a registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mishap {
    /// The registry is not reached.
    Unreachable,
    /// It is applied, and the answer is lost.
    AnswerLost,
    /// The call is given up, and arrives so many seconds later, at most a minute.
    Stray(u8),
    /// It is applied, and the pass of deliveries ends there, as when the process is killed.
    CutShort,
}

/// What befalls one call to a safe or a vault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Astray {
    /// It is not reached.
    Unreached,
    /// What was asked is done, and the answer is lost.
    AnswerLost,
}

/// How a call went.
pub(crate) struct Answered<T> {
    /// What the caller was told.
    pub(crate) answer: Result<T, Refusal>,
    /// Whether what was asked for was done and kept, whatever the caller was told.
    pub(crate) done: bool,
    /// Whether something was made to fail on the way: else there is no excuse for a 503.
    pub(crate) struck: bool,
}

/// A realm and all that moves in it.
pub(crate) struct Shell {
    /// The realm's time.
    pub(crate) now: Moment,
    plant: Option<Plant>,
    folder: Option<PathBuf>,
    ring: KeyRing,
    front: FrontKeys,
    registries: Vec<Faulty>,
    intakes: Vec<Faulty>,
    vaults: BTreeMap<Day, Stored>,
    known: BTreeMap<Day, Option<DayKeys>>,
    safes: BTreeMap<SafeName, Vec<u8>>,
    records: BTreeMap<SafeName, RecordKey>,
    transits: BTreeMap<[u8; 16], RecordKey>,
    alarms: Alarms,
    wake: Moment,
    failures: BTreeMap<Object, u32>,
    mishaps: VecDeque<Mishap>,
    strays: Vec<Stray>,
    vault_astray: Option<Astray>,
    safe_astray: Option<Astray>,
    struck: bool,
    done: bool,
    rng: ChaCha20Rng,
}

impl Shell {
    /// An empty realm, in memory or in files of this folder.
    ///
    /// # Errors
    /// A [`Finding`] if it cannot be made.
    pub(crate) fn new(plant: Option<Plant>, folder: Option<&Path>) -> Result<Self, Finding> {
        let ring = KeyRing::from_text(Some(&"c4".repeat(32)), true).map_err(Finding::of)?;
        let mut shell = Self {
            now: BEGIN,
            plant,
            folder: folder.map(Path::to_owned),
            front: ring.front(REALM),
            ring,
            registries: Vec::new(),
            intakes: Vec::new(),
            vaults: BTreeMap::new(),
            known: BTreeMap::new(),
            safes: BTreeMap::new(),
            records: BTreeMap::new(),
            transits: BTreeMap::new(),
            alarms: Alarms::default(),
            // A quarter past every hour.
            wake: BEGIN - Duration::from_secs(BEGIN.unix() % HOUR)
                + Duration::from_secs(HOUR + 900),
            failures: BTreeMap::new(),
            mishaps: VecDeque::new(),
            strays: Vec::new(),
            vault_astray: None,
            safe_astray: None,
            struck: false,
            done: false,
            rng: ChaCha20Rng::seed_from_u64(0),
        };
        shell.open()?;
        Ok(shell)
    }

    fn open(&mut self) -> Result<(), Finding> {
        let folder = self.folder.clone();
        let engine = |class: Class, index: u16| {
            let opened = match &folder {
                None => Native::in_memory(),
                Some(folder) => {
                    Native::open(&folder.join(format!("{}-{index}.sqlite", class.name())))
                }
            };
            opened.map(Faulty::new).map_err(Finding::of)
        };
        let registries = (0..SHARDS.registries).map(|index| engine(Class::Registry, index));
        let registries = registries.collect::<Result<_, _>>()?;
        let intakes = (0..SHARDS.intakes).map(|index| engine(Class::Intake, index));
        self.intakes = intakes.collect::<Result<_, _>>()?;
        self.registries = registries;
        Ok(())
    }

    /// The process is killed and started again: what was only in memory is gone.
    ///
    /// # Errors
    /// A [`Finding`] if a file does not open again.
    pub(crate) fn restart(&mut self) -> Result<(), Finding> {
        self.known.clear();
        self.records.clear();
        self.transits.clear();
        self.failures.clear();
        (self.vault_astray, self.safe_astray) = (None, None);
        if self.folder.is_some() {
            let plans =
                |engines: &[Faulty]| engines.iter().map(Faulty::planned).collect::<Vec<_>>();
            let plans = [plans(&self.registries), plans(&self.intakes)].concat();
            self.open()?;
            for (engine, plan) in self.registries.iter().chain(&self.intakes).zip(plans) {
                engine.plan(plan);
            }
        }
        Ok(())
    }

    /// From now on keys, codes and delays are drawn from this seed.
    pub(crate) fn draw_from(&mut self, seed: u64) {
        self.rng = ChaCha20Rng::seed_from_u64(seed);
    }

    /// One engine fails once; which, counted over registries and intakes.
    pub(crate) fn fail(&self, engine: u8, failing: Failing) {
        let mut engines = self.registries.iter().chain(&self.intakes);
        if let Some(engine) = engines.nth(usize::from(engine) % engines_in_all()) {
            engine.plan(Some(failing));
        }
    }

    /// Something befalls the next delivery that has nothing ahead of it yet.
    pub(crate) fn mishap(&mut self, mishap: Mishap) {
        self.mishaps.push_back(mishap);
    }

    /// The next alarm of this class meets this fate.
    pub(crate) fn doom(&mut self, whose: Whose, fate: Fate) {
        self.alarms.doom(whose, fate);
    }

    /// Something befalls the next call to a vault.
    pub(crate) const fn lead_vault_astray(&mut self, astray: Astray) {
        self.vault_astray = Some(astray);
    }

    /// Something befalls the next call to a safe.
    pub(crate) const fn lead_safe_astray(&mut self, astray: Astray) {
        self.safe_astray = Some(astray);
    }

    /// From now on alarms of every class are lost, a day late and doubled in turn, and each engine fails once more.
    pub(crate) fn trouble(&mut self) {
        const LATE: Fate = Fate::Late(24 * 60);
        for fate in [Fate::Lost, LATE, Fate::Twice].into_iter().cycle().take(24) {
            for whose in [Whose::Intake, Whose::Registry, Whose::Vault] {
                self.doom(whose, fate);
            }
        }
        for engine in self.registries.iter().chain(&self.intakes) {
            engine.plan(Some(Failing::Commit {
                after: 0,
                kept: false,
            }));
        }
    }

    /// From now on nothing is made to fail.
    pub(crate) fn calm(&mut self) {
        self.alarms.calm();
        self.mishaps.clear();
        (self.vault_astray, self.safe_astray) = (None, None);
        for engine in self.registries.iter().chain(&self.intakes) {
            engine.plan(None);
        }
    }

    /// The key that phones agree a secret with.
    pub(crate) fn public_key(&self) -> ServerPublic {
        self.front.registration.oldest(self.now).secret.public()
    }
}

impl Shell {
    /// Calls an intake as its object does: the work, then its alarm.
    fn at_intake<T>(
        &mut self,
        index: u16,
        work: impl FnOnce(&dyn Sql, &Place, &mut ChaCha20Rng) -> Result<T, Failure>,
    ) -> Result<T, Refusal> {
        let sql = engine(&self.intakes, index)?;
        let done = work(sql, &place(Class::Intake, index), &mut self.rng);
        self.done = done.is_ok() || sql.has_kept();
        let done = done?;
        self.arm_intake(index)?;
        Ok(done)
    }
}

fn engine(engines: &[Faulty], index: u16) -> Result<&Faulty, Refusal> {
    engines.get(usize::from(index)).ok_or(Refusal::NotFound)
}

fn engines_in_all() -> usize {
    usize::from(SHARDS.registries + SHARDS.intakes)
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
        since: BEGIN.day().number(),
    }
}

const HOUR: u64 = 3_600;
