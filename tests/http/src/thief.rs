//! Somebody who has the files, the root secret and every key that is left, and tries all of them on everything.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::disk;
use decree::Day;
use harness::Server;
use robert::keys::KeyEncryptionKey;
use robert::risk::Verdict;
use service::figures::RegistryFigures;
use service::keyring::{KeyRing, Pepper};
use service::record::{RecordKey, SafeName};
use service::seal::{self, OVERHEAD, SealingKey};
use service::vault::DayKeys;
use service::{Class, Place, Realm, intake};
use store::Value;

/// What is sealed or wrapped, and tells of somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A contact on its way.
    Contact,
    /// What an account was exposed to.
    Exposure,
    /// Whether an account is at risk.
    Verdict,
    /// What a registry counted in a day.
    Figures,
    /// One of the two keys of an account.
    AccountKey,
}

impl Kind {
    /// The sizes that it has when it is stored.
    fn sizes(self) -> Vec<usize> {
        match self {
            Self::Exposure => classes(),
            // While it waits, its kind and day are sealed with it once more.
            Self::Contact => {
                let waiting = classes().into_iter().map(|size| 1 + 4 + size + OVERHEAD);
                waiting.chain(classes()).collect()
            }
            Self::Verdict => vec![Verdict::LENGTH + OVERHEAD],
            Self::Figures => vec![RegistryFigures::LENGTH + OVERHEAD],
            Self::AccountKey => vec![WRAPPED],
        }
    }
}

/// One sealed value of each size class.
fn classes() -> Vec<usize> {
    [0, 127, 1_279, 4_095]
        .map(|length| seal::pad(&vec![0; length]).unwrap().len() + OVERHEAD)
        .to_vec()
}

/// A wrapped key of an account.
const WRAPPED: usize = 60;

/// The distinct values that opened.
#[derive(Debug, Default)]
pub struct Opened(BTreeSet<(Kind, Vec<u8>)>);

impl Opened {
    /// How many of this kind.
    pub fn count(&self, kind: Kind) -> usize {
        self.0.iter().filter(|(of, _)| *of == kind).count()
    }

    /// How many of each kind.
    pub fn counts(&self) -> BTreeMap<Kind, usize> {
        let kinds = self.0.iter().map(|(kind, _)| *kind);
        kinds.map(|kind| (kind, self.count(kind))).collect()
    }

    /// How many tell of exposures: all but the keys of accounts, which live on.
    pub fn telling(&self) -> usize {
        let all = self.0.iter();
        all.filter(|(kind, _)| *kind != Kind::AccountKey).count()
    }

    /// Whether all of the other's are among these.
    pub fn contains(&self, other: &Self) -> bool {
        self.0.is_superset(&other.0)
    }
}

/// A key, and what it may have sealed: each kind with its context.
struct Key {
    key: SealingKey,
    seals: Vec<(Kind, Vec<u8>)>,
}

/// What is known of the accounts, from before they or their files went.
#[derive(Debug, Default, Clone)]
pub struct Known {
    /// Their identities.
    pub accounts: BTreeSet<Vec<u8>>,
    /// The safes that they have, or had.
    pub safes: BTreeSet<SafeName>,
}

impl Known {
    /// Learns what the registries' files say now.
    pub fn learn(&mut self, server: &Server) {
        for file in disk::objects(server, "Registry") {
            for row in disk::query(&file, "account", "SELECT id, safe FROM account") {
                self.accounts.insert(row.blob(0).unwrap().to_vec());
                self.safes.insert(row.array(1).unwrap());
            }
        }
    }
}

/// The keys, and what they may have been used for.
pub struct Thief {
    keys: Vec<Key>,
    /// What seals a contact while it waits.
    transits: Vec<SealingKey>,
    /// What wraps the keys of accounts.
    wrapping: Vec<KeyEncryptionKey>,
}

impl Thief {
    /// With these keys of days and of accounts' records, after these accounts.
    pub fn new<'a>(
        days: impl IntoIterator<Item = [u8; 32]>,
        records: &[[u8; 32]],
        accounts: impl Iterator<Item = &'a [u8]>,
    ) -> Self {
        let mut seals = vec![(Kind::Contact, b"contact".to_vec())];
        for id in accounts {
            seals.push((Kind::Verdict, [b"verdict", id].concat()));
            seals.push((Kind::Exposure, [b"exposure", id].concat()));
        }
        let mut keys = Vec::new();
        for day in days {
            let of_records = Pepper::new(Pepper::new(day).hash(&[b"records"]));
            let derived = records.iter().map(|record| of_records.hash(&[record]));
            keys.extend(derived.chain([day]).map(|key| Key {
                key: SealingKey::new(key),
                seals: seals.clone(),
            }));
        }
        Self {
            keys,
            transits: Vec::new(),
            wrapping: Vec::new(),
        }
    }

    /// What is left in the files of a national server: deleted bytes included.
    pub fn of_files(server: &Server, root: &str, around: Day, known: &Known) -> Self {
        let ring = KeyRing::from_hex(root).unwrap();
        let (vault, safes) = (ring.vault(Realm::National), ring.safes(Realm::National));
        let (mut days, mut records) = (BTreeMap::new(), BTreeMap::new());
        let mut transits = BTreeSet::new();
        // A vault stores the day before its keys.
        let days_around = around.number() - 20..around.number() + 25;
        for (path, bytes) in disk::bytes(server) {
            let path = path.to_string_lossy();
            if path.contains("-Vault") {
                for window in bytes.windows(4 + 12 + 56 + 16) {
                    let (day, wrapped) = window.split_first_chunk().unwrap();
                    let day = u32::from_be_bytes(*day);
                    if days_around.contains(&day) {
                        let found = DayKeys::unwrap(&vault, Day::from_number(day), wrapped);
                        days.extend(found.map(|keys| (array(keys.show().1), day)));
                    }
                }
            } else if path.contains("-Safe") {
                let windows = bytes.windows(12 + 32 + 16);
                for window in windows.filter(|window| is_random(&window[..12])) {
                    let unwrap = |name: &SafeName| RecordKey::unwrap(&safes, *name, window);
                    let found = known.safes.iter().find_map(unwrap);
                    records.extend(found.map(|key| (*key.as_bytes(), key)));
                    let found = intakes_safes().find_map(|name| unwrap(&name));
                    transits.extend(found.map(|key| *key.as_bytes()));
                }
            }
        }
        let accounts = known.accounts.iter().map(Vec::as_slice);
        let raw: Vec<_> = records.keys().copied().collect();
        let mut thief = Self::new(days.keys().copied(), &raw, accounts);
        let indexes: BTreeSet<_> = disk::objects(server, "Registry")
            .iter()
            .flat_map(|file| disk::query(file, "place", "SELECT shard FROM place"))
            .map(|row| u16::try_from(row.small(0).unwrap()).unwrap().to_be_bytes())
            .collect();
        for (key, day) in days {
            let day = day.to_be_bytes();
            let context = |index: &[u8; 2]| [b"figures", index.as_slice(), &day].concat();
            let contexts = indexes.iter().map(context);
            thief.keys.push(Key {
                key: SealingKey::new(key),
                seals: contexts.map(|context| (Kind::Figures, context)).collect(),
            });
        }
        thief.transits = transits.into_iter().map(SealingKey::new).collect();
        let wrapping = ring.wrapping(Realm::National);
        thief.wrapping = records.values().map(|key| wrapping.key(key)).collect();
        thief
    }

    /// How many keys there are to try.
    pub fn keys(&self) -> usize {
        self.keys.len() + self.transits.len() + self.wrapping.len()
    }

    /// What this value opens as, with any key.
    pub fn open(&self, value: &[u8]) -> Option<Kind> {
        self.open_as(value, |_| true)
    }

    /// What this value opens as, as a column holds it: with what it is.
    fn open_stored(&self, bytes: &[u8]) -> Option<(Kind, Vec<u8>)> {
        // Before a parcel that waits stand one byte for what it is, and one for its key.
        let mut values = [Some(bytes), bytes.get(2..)].into_iter().flatten();
        values.find_map(|value| Some((self.open(value)?, value.to_vec())))
    }

    /// Whether this value, as a column holds it, opens as something that tells of an exposure.
    pub fn opens_stored(&self, bytes: &[u8]) -> bool {
        let opened = self.open_stored(bytes);
        opened.is_some_and(|(kind, _)| kind != Kind::AccountKey)
    }

    fn open_as(&self, value: &[u8], may_be: impl Fn(Kind) -> bool) -> Option<Kind> {
        for Key { key, seals } in &self.keys {
            let mut seals = seals.iter().filter(|(kind, _)| may_be(*kind));
            let found = seals.find(|(_, context)| key.open(context, value).is_some());
            if let Some((kind, _)) = found {
                return Some(*kind);
            }
        }
        let mut transits = self.transits.iter();
        if let Some(contact) = transits.find_map(|key| key.open(b"transit", value)) {
            return self.open_as(contact.get(5..)?, may_be);
        }
        let wrapped = value.try_into().ok()?;
        let opens = |kek: &KeyEncryptionKey| kek.unwrap(wrapped).is_some();
        self.wrapping.iter().any(opens).then_some(Kind::AccountKey)
    }

    /// What opens of all rows of all objects.
    pub fn open_rows(&self, server: &Server) -> Opened {
        let mut opened = Opened::default();
        for file in disk::objects(server, "") {
            for table in ["account", "exposure", "registry_figures", "outbox"] {
                for row in disk::query(&file, table, &format!("SELECT * FROM {table}")) {
                    let blobs = row.0.iter().filter_map(|value| match value {
                        Value::Blob(bytes) => Some(bytes.as_slice()),
                        _ => None,
                    });
                    opened
                        .0
                        .extend(blobs.filter_map(|bytes| self.open_stored(bytes)));
                }
            }
        }
        opened
    }

    /// What opens of all bytes on the disk, wherever a sealed value may begin: free pages and old frames of journals
    /// included.
    pub fn open_bytes(&self, server: &Server) -> Opened {
        let mut sizes = BTreeMap::<usize, BTreeSet<Kind>>::new();
        for kind in [
            Kind::Contact,
            Kind::Exposure,
            Kind::Verdict,
            Kind::Figures,
            Kind::AccountKey,
        ] {
            for size in kind.sizes() {
                sizes.entry(size).or_default().insert(kind);
            }
        }
        let mut opened = Opened::default();
        for file in disk::databases(server, "") {
            let mut seen = HashSet::new();
            let mut look = |window: &[u8]| {
                let (nonce, tag) = (&window[..12], &window[window.len() - 16..]);
                // The same page comes in many versions.
                let mut is_new = || seen.insert((window.len(), [nonce, tag].concat()));
                if is_random(nonce) && is_random(tag) && is_new() {
                    let kinds = &sizes[&window.len()];
                    let kind = self.open_as(window, |kind| kinds.contains(&kind));
                    opened.0.extend(kind.map(|kind| (kind, window.to_vec())));
                }
            };
            let pages = disk::pages(&file);
            for page in pages.values().flatten() {
                for size in sizes.keys() {
                    page.windows(*size).for_each(&mut look);
                }
                // What is too long for its page goes on in another.
                for (at, number) in page.windows(4).enumerate() {
                    let number = u32::from_be_bytes(number.try_into().unwrap());
                    for rest in pages.get(&number).into_iter().flatten() {
                        for size in sizes.keys() {
                            for begun in BEGUN {
                                if let Some(whole) = join(page, at, begun, rest, *size) {
                                    look(&whole);
                                }
                            }
                        }
                    }
                }
            }
        }
        opened
    }
}

/// Of a row that is too long for a page of 4,096 bytes, SQLite keeps 489 in it, and after them the number of the page
/// where the row goes on. The sealed value comes last in its row, after this much.
const BEGUN: core::ops::RangeInclusive<usize> = 489 - 64..=489 - 24;

/// The value of this size of which so much stands in a page before `at`, and what is left in another.
fn join(page: &[u8], at: usize, begun: usize, rest: &[u8], size: usize) -> Option<Vec<u8>> {
    let first = page.get(at.checked_sub(begun)?..at)?;
    // Before it: the number of the page after that one.
    let second = rest.get(4..4 + size.checked_sub(begun)?)?;
    Some([first, second].concat())
}

/// Whether this may be a nonce or a tag: in so few random bytes there is hardly a zero.
fn is_random(bytes: &[u8]) -> bool {
    bytes.iter().filter(|byte| **byte == 0).count() < 4
}

/// Every value of bytes in this table of all objects.
pub fn stored(server: &Server, table: &str) -> Vec<Vec<u8>> {
    let files = disk::objects(server, "").into_iter();
    let rows = files.flat_map(|file| disk::query(&file, table, &format!("SELECT * FROM {table}")));
    let values = rows.flat_map(|row| row.0);
    let bytes = values.filter_map(|value| match value {
        Value::Blob(bytes) => Some(bytes),
        _ => None,
    });
    bytes.collect()
}

/// The names of the safes in which intakes keep a key for what waits.
fn intakes_safes() -> impl Iterator<Item = SafeName> {
    let intake = |index| Place {
        realm: Realm::National,
        class: Class::Intake,
        index,
        of: 2,
        since: 0,
    };
    (0..2).flat_map(move |index| (0..8).map(move |slot| intake::safe_name(&intake(index), slot)))
}

/// A key of 256 bits.
pub fn array(bytes: &[u8]) -> [u8; 32] {
    bytes.try_into().expect("256 bits")
}
