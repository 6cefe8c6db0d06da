//! Somebody who has the files, the root secret and every key that is left, and tries all of them on everything.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::Path;

use crate::disk;
use core::convert::Infallible;
use decree::Day;
use harness::Server;
use rand_core::{TryCryptoRng, TryRng};
use robert::Id;
use robert::risk::{AppliedContact, Verdict};
use robert::validate::Located;
use service::figures::RegistryFigures;
use service::form::{Form, VERSION, Version};
use service::group::{GroupKeys, GroupName};
use service::keyring::{AccountKey, KeyRing, Pepper, Wrapping};
use service::record::{Keeper, RecordKey, SafeName};
use service::seal::{self, CLASSES, EXPOSURE_CLASSES, OVERHEAD, SealingKey};
use service::vault::{self, DayKeys};
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
            Self::Exposure => EXPOSURE_CLASSES.map(|class| class + OVERHEAD).to_vec(),
            // While it waits, its version, kind and day are sealed with it once more.
            Self::Contact => {
                let waiting = classes().into_iter().map(|size| HEAD + size + OVERHEAD);
                waiting.chain(classes()).collect()
            }
            Self::Verdict => vec![Verdict::LENGTH + OVERHEAD],
            Self::Figures => vec![RegistryFigures::LENGTH + OVERHEAD],
            Self::AccountKey => Form::AccountKey.lengths(Version::Current).to_vec(),
        }
    }
}

/// A sealed contact of each size class.
fn classes() -> Vec<usize> {
    CLASSES.map(|class| class + OVERHEAD).to_vec()
}

/// What stands before a sealed contact: version, kind and day.
const HEAD: usize = 1 + 1 + 4;

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

/// A key, and what it may have sealed: each kind with its context. Without a context: what is sealed is bound to its
/// row, which a thief of bytes need not know, since a key deciphers without it.
struct Key {
    key: SealingKey,
    seals: Vec<(Kind, Option<Vec<u8>>)>,
}

impl Key {
    fn opens(&self, kind: Kind, context: Option<&[u8]>, value: &[u8]) -> bool {
        match (kind, context) {
            (_, Some(context)) => self.key.open(context, value).is_some(),
            (kind, None) => {
                let classes = match kind {
                    Kind::Exposure => EXPOSURE_CLASSES,
                    _ => CLASSES,
                };
                let plain = decipher(&self.key, value, begins_padded(classes, value.len()));
                plain.is_some_and(|plain| {
                    let plain = unpad(classes, &plain);
                    match kind {
                        Kind::Exposure => AppliedContact::from_bytes(plain).is_ok(),
                        _ => postcard::from_bytes::<Located>(plain).is_ok(),
                    }
                })
            }
        }
    }
}

/// What was padded, if it fills a size class and all behind it is zeros: without a tag to look at, a part of a value
/// deciphers too.
fn unpad(classes: [usize; 4], padded: &[u8]) -> &[u8] {
    if !classes.contains(&padded.len()) {
        return &[];
    }
    let value = seal::unpad(padded).unwrap_or_default();
    let rest = padded.get(2 + value.len()..).unwrap_or_default();
    if rest.iter().all(|byte| *byte == 0) {
        value
    } else {
        &[]
    }
}

/// Deciphers without looking at the tag: sealing what is sealed, under the same nonce, gives what it was. First the
/// beginning alone: most of what is tried does not begin as it must.
fn decipher(key: &SealingKey, sealed: &[u8], begins: impl Fn(&[u8]) -> bool) -> Option<Vec<u8>> {
    let (nonce, rest) = sealed.strip_prefix(&[VERSION])?.split_first_chunk::<12>()?;
    let (body, _) = rest.split_last_chunk::<16>()?;
    let plain = |of: &[u8]| {
        let again = key.seal(&mut Nonce(*nonce), &[], of);
        again.get(13..13 + of.len()).map(<[u8]>::to_vec)
    };
    let beginning = plain(body.get(..16)?)?;
    if begins(&beginning) {
        plain(body)
    } else {
        None
    }
}

/// Whether the length that stands before what was padded fits in a value of so many bytes, and in none of a smaller
/// class.
fn begins_padded(classes: [usize; 4], sealed: usize) -> impl Fn(&[u8]) -> bool {
    let at = classes.iter().position(|class| class + OVERHEAD == sealed);
    let smaller = at.and_then(|at| classes.get(at.checked_sub(1)?));
    let least = smaller.copied().unwrap_or(0);
    move |plain| {
        let length = plain
            .first_chunk()
            .map(|bytes| usize::from(u16::from_be_bytes(*bytes)) + 2);
        length.is_some_and(|length| at.is_some() && least < length && length <= sealed - OVERHEAD)
    }
}

/// Draws this nonce.
struct Nonce([u8; 12]);

impl TryRng for Nonce {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(0)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(0)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        bytes.copy_from_slice(&self.0);
        Ok(())
    }
}

impl TryCryptoRng for Nonce {}

/// Registries that a realm of these tests has at the most.
const REGISTRIES: u16 = 8;

/// What is known of the accounts, from before they or their files went.
#[derive(Debug, Default, Clone)]
pub struct Known {
    /// Their identities.
    pub accounts: BTreeSet<Vec<u8>>,
    /// What keeps their record keys, or kept them.
    pub keepers: BTreeSet<Keeper>,
}

impl Known {
    /// Learns what the registries' files say now.
    pub fn learn(&mut self, server: &Server) {
        for file in disk::objects(server, "Registry") {
            for row in disk::query(&file, "account", "SELECT id, safe FROM account") {
                self.accounts.insert(row.blob(0).unwrap().to_vec());
                self.keepers.insert(Keeper::read(&row, 1).unwrap());
            }
        }
    }
}

/// The keys, and what they may have been used for.
pub struct Thief {
    keys: Vec<Key>,
    /// What seals a contact while it waits.
    transits: Vec<SealingKey>,
    /// What wraps the keys of accounts, with the keys of their records.
    wrapping: Option<(Wrapping, Vec<RecordKey>)>,
    accounts: Vec<Id>,
}

impl Thief {
    /// With these keys of days, each with the number of its day where that is known, and of accounts' records, after these
    /// accounts.
    pub fn new<'a>(
        days: impl IntoIterator<Item = ([u8; 32], Option<u32>)>,
        records: &[[u8; 32]],
        accounts: impl Iterator<Item = &'a [u8]>,
    ) -> Self {
        let accounts: Vec<_> = accounts.map(|id| Id(id.try_into().unwrap())).collect();
        // As they are sealed today, and as 0.2.0 did.
        let bound: [&[u8]; 2] = [b"account.verdict.exposed", b"account.verdict"];
        let verdicts: Vec<_> = accounts
            .iter()
            .flat_map(|id| bound.map(|bound| [bound, id.0.as_slice()].concat()))
            .map(|bound| (Kind::Verdict, Some(bound)))
            .collect();
        let mut keys = Vec::new();
        let mut add = |key, seals| {
            let key = SealingKey::new(key);
            keys.push(Key { key, seals });
        };
        for (day, number) in days {
            let day = Pepper::new(day);
            for registry in 0..REGISTRIES {
                let registry = registry.to_be_bytes();
                let key = day.hash(&[b"contacts", &registry]);
                // Groups of keys are random bytes, of which a part may decipher to what looks like a contact.
                let bound = number.map(|day| {
                    let day = day.to_be_bytes();
                    [b"contact", day.as_slice(), &registry].concat()
                });
                add(key, vec![(Kind::Contact, bound)]);
            }
            let of_records = Pepper::new(day.hash(&[b"records"]));
            for record in records {
                add(of_records.hash(&[b"verdict", record]), verdicts.clone());
                let exposure = vec![(Kind::Exposure, None)];
                add(of_records.hash(&[b"exposure", record]), exposure);
            }
        }
        Self {
            keys,
            transits: Vec::new(),
            wrapping: None,
            accounts,
        }
    }

    /// What is left in the files of a national server: deleted bytes included.
    pub fn of_files(server: &Server, root: &str, around: Day, known: &Known) -> Self {
        let ring = KeyRing::from_text(Some(root), true).unwrap();
        let (wrapping_days, safes) = (ring.vault(Realm::National), ring.safes(Realm::National));
        let (mut days, mut records) = (BTreeMap::new(), BTreeMap::new());
        let mut transits = BTreeSet::new();
        let days_around = around.number() - 20..around.number() + 25;
        for (path, bytes) in disk::bytes(server) {
            let path = path.to_string_lossy();
            if path.contains("-Vault") {
                let lengths =
                    [Version::Current, Version::Former].map(|of| Form::DayKeys.lengths(of));
                let windows = lengths.into_iter().flatten();
                for window in windows.flat_map(|length| bytes.windows(*length)) {
                    // A vault stores the day before its keys.
                    let day = vault::stored_day(window).ok();
                    if let Some(day) = day.filter(|day| days_around.contains(&day.number())) {
                        let found = DayKeys::unwrap(&wrapping_days, day, window);
                        let found = found.ok().flatten();
                        days.extend(found.map(|keys| (array(keys.show().1), day.number())));
                    }
                }
            } else if path.contains("-Safe") {
                let lengths =
                    [Version::Current, Version::Former].map(|of| Form::RecordKey.lengths(of));
                let [[current], [former]] = lengths else {
                    panic!("one length each");
                };
                let is_current = |window: &&[u8]| window[0] == VERSION && is_random(&window[5..17]);
                let is_former = |window: &&[u8]| is_random(&window[..12]);
                let windows = bytes.windows(*current).filter(is_current);
                for window in windows.chain(bytes.windows(*former).filter(is_former)) {
                    let unwrap = |name: &SafeName| {
                        let key = RecordKey::unwrap(&safes, *name, window);
                        key.ok().flatten()
                    };
                    let found = known.keepers.iter().find_map(|keeper| match keeper {
                        Keeper::Safe(safe) => unwrap(safe),
                        Keeper::Group(..) => None,
                    });
                    records.extend(found.map(|key| (*key.as_bytes(), key)));
                    let found = intakes_safes().find_map(|name| unwrap(&name));
                    transits.extend(found.map(|key| *key.as_bytes()));
                }
            }
        }
        for file in disk::objects(server, "Safe") {
            for keys in groups(&file, &ring, known) {
                records.extend(keys.into_iter().map(|key| (*key.as_bytes(), key)));
            }
        }
        let accounts = known.accounts.iter().map(Vec::as_slice);
        let raw: Vec<_> = records.keys().copied().collect();
        let numbered = days.iter().map(|(key, day)| (*key, Some(*day)));
        let mut thief = Self::new(numbered, &raw, accounts);
        let indexes: BTreeSet<_> = disk::objects(server, "Registry")
            .iter()
            .flat_map(|file| disk::query(file, "place", "SELECT shard FROM place"))
            .map(|row| u16::try_from(row.small(0).unwrap()).unwrap().to_be_bytes())
            .collect();
        for (key, day) in days {
            let day = day.to_be_bytes();
            for index in &indexes {
                let context = [b"figures.sealed", index.as_slice(), &day].concat();
                thief.keys.push(Key {
                    key: SealingKey::new(Pepper::new(key).hash(&[b"figures", index])),
                    seals: vec![(Kind::Figures, Some(context))],
                });
            }
        }
        let transit = |key| SealingKey::new(Pepper::new(key).hash(&[b"transit"]));
        thief.transits = transits.into_iter().map(transit).collect();
        let records = records.into_values().collect();
        thief.wrapping = Some((ring.wrapping(Realm::National), records));
        thief
    }

    /// How many keys there are to try.
    pub fn keys(&self) -> usize {
        let records = self.wrapping.iter().map(|(_, records)| records.len());
        self.keys.len() + self.transits.len() + records.sum::<usize>()
    }

    /// What this value opens as, with any key.
    pub fn open(&self, value: &[u8]) -> Option<Kind> {
        self.open_as(value, |_| true)
    }

    /// What this value opens as, as a column holds it: with what it is.
    fn open_stored(&self, bytes: &[u8]) -> Option<(Kind, Vec<u8>)> {
        // Before a parcel that waits stand its version, one byte for what it is, and one for its key.
        let mut values = [Some(bytes), bytes.get(3..)].into_iter().flatten();
        values.find_map(|value| Some((self.open(value)?, value.to_vec())))
    }

    /// Whether this value, as a column holds it, opens as something that tells of an exposure.
    pub fn opens_stored(&self, bytes: &[u8]) -> bool {
        let opened = self.open_stored(bytes);
        opened.is_some_and(|(kind, _)| kind != Kind::AccountKey)
    }

    fn open_as(&self, value: &[u8], may_be: impl Fn(Kind) -> bool) -> Option<Kind> {
        for key in &self.keys {
            let mut seals = key.seals.iter().filter(|(kind, _)| may_be(*kind));
            let found = seals.find(|(kind, context)| key.opens(*kind, context.as_deref(), value));
            if let Some((kind, _)) = found {
                return Some(*kind);
            }
        }
        if may_be(Kind::Contact) {
            let is_contact = |plain: &[u8]| matches!(plain, [VERSION, 1, _, _, _, _, VERSION, ..]);
            let transits = self.transits.iter();
            let mut waiting = transits.filter_map(|key| decipher(key, value, is_contact));
            if let Some(contact) = waiting.next() {
                return self.open_as(contact.get(HEAD..)?, may_be);
            }
        }
        let (wrapping, records) = self.wrapping.as_ref()?;
        let opens = |id: &Id, record: &RecordKey| {
            [AccountKey::Mac, AccountKey::Tuples].iter().any(|which| {
                let key = wrapping.unwrap((*id, record), *which, value);
                key.is_ok_and(|key| key.is_some())
            })
        };
        let mut accounts = self.accounts.iter();
        let is_key = accounts.any(|id| records.iter().any(|record| opens(id, record)));
        is_key.then_some(Kind::AccountKey)
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
                let (nonce, tag) = (&window[1..13], &window[window.len() - 16..]);
                // The same page comes in many versions.
                let mut is_new = || seen.insert((window.len(), [nonce, tag].concat()));
                if window[0] == VERSION && is_random(nonce) && is_random(tag) && is_new() {
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
                            for begun in BEGUN.chain(BEGUN_EXPOSURE) {
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
/// Of an exposure four bytes come before what is sealed; of the longest, 2,981 stand in its page.
const BEGUN_EXPOSURE: [usize; 2] = [489 - 4, 2_981 - 4];

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

/// The record keys of known accounts in each version of a group that lies in the file of a safe, deleted or not. Such a
/// value is longer than a page: the first piece stands in one, and each ends with the number of the next.
fn groups(file: &Path, ring: &KeyRing, known: &Known) -> Vec<Vec<RecordKey>> {
    let [_, length] = Form::Group.lengths(Version::Current) else {
        panic!("two lengths");
    };
    let wrapping = ring.groups(Realm::National);
    let mut places = BTreeMap::<GroupName, Vec<u8>>::new();
    for keeper in &known.keepers {
        if let Keeper::Group(name, place) = keeper {
            places.entry(*name).or_default().push(*place);
        }
    }
    let pages = disk::pages(file);
    let mut found = Vec::new();
    for page in pages.values().flatten() {
        for at in 0..=page.len().saturating_sub(FIRST_PIECE + 4) {
            let head = &page[at..];
            let is_head = head[0] == VERSION && ring.ids().any(|id| head[1..5] == id);
            if !is_head {
                continue;
            }
            for value in whole(&pages, head, *length) {
                for (name, places) in &places {
                    if let Ok(Some(keys)) = GroupKeys::unwrap(&wrapping, *name, &value) {
                        let key = |place: &u8| keys.key(*place).cloned();
                        found.push(places.iter().filter_map(key).collect());
                    }
                }
            }
        }
    }
    found
}

/// Bytes of a value of 8,229 bytes that stand with its row: SQLite keeps 489 of a row that is longer than two pages; its
/// columns' types, its name, and five bytes of the runtime's come first.
const FIRST_PIECE: usize = 474;

/// Every value of this length that begins so, with each version of the pages that come next.
fn whole(pages: &BTreeMap<u32, BTreeSet<Vec<u8>>>, head: &[u8], length: usize) -> Vec<Vec<u8>> {
    let (first, next) = head.split_at(FIRST_PIECE);
    let mut values = vec![(first.to_vec(), next[..4].to_vec())];
    while values.iter().any(|(value, _)| value.len() < length) {
        let mut longer = Vec::new();
        for (value, next) in values {
            let next = u32::from_be_bytes(next.try_into().unwrap());
            for page in pages.get(&next).into_iter().flatten() {
                let (next, piece) = page.split_at(4);
                let piece = &piece[..piece.len().min(length - value.len())];
                longer.push(([value.as_slice(), piece].concat(), next.to_vec()));
            }
        }
        values = longer;
    }
    values.into_iter().map(|(value, _)| value).collect()
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
