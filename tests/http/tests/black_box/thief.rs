//! Somebody who has the files, the root secret and every key that is left, and tries all of them on everything.

use decree::Day;
use harness::Server;
use http_tests::disk;
use service::Realm;
use service::keyring::{KeyRing, Pepper};
use service::record::RecordKey;
use service::seal::SealingKey;
use service::vault::DayKeys;
use store::Value;

pub(crate) struct Thief {
    keys: Vec<SealingKey>,
    contexts: Vec<Vec<u8>>,
}

impl Thief {
    /// With these keys of days and of accounts' records, after these accounts.
    pub(crate) fn new<'a>(
        days: Vec<[u8; 32]>,
        records: Vec<[u8; 32]>,
        accounts: impl Iterator<Item = &'a [u8]>,
    ) -> Self {
        let mut keys = Vec::new();
        for day in days {
            let of_records = Pepper::new(Pepper::new(day).hash(&[b"records"]));
            let derived = records.iter().map(|record| of_records.hash(&[record]));
            keys.extend(derived.map(SealingKey::new));
            keys.push(SealingKey::new(day));
        }
        let mut contexts = vec![b"contact".to_vec()];
        for id in accounts {
            contexts.extend([b"verdict".as_slice(), b"exposure"].map(|what| [what, id].concat()));
        }
        Self { keys, contexts }
    }

    /// What is left in the files of a national server: deleted bytes included.
    pub(crate) fn of_files(server: &Server, root: &str, around: Day, accounts: &[Vec<u8>]) -> Self {
        let ring = KeyRing::from_hex(root).unwrap();
        let (vault, safes) = (ring.vault(Realm::National), ring.safes(Realm::National));
        let (mut days, mut records) = (Vec::new(), Vec::new());
        // A vault stores the day before its keys.
        let days_around = around.number() - 20..around.number() + 25;
        let names: Vec<[u8; 16]> = disk::objects(server, "Registry")
            .iter()
            .flat_map(|file| disk::query(file, "account", "SELECT safe FROM account"))
            .map(|row| row.array(0).unwrap())
            .collect();
        for (path, bytes) in disk::bytes(server) {
            let path = path.to_string_lossy();
            if path.contains("-Vault") {
                for window in bytes.windows(4 + 12 + 56 + 16) {
                    let (day, wrapped) = window.split_first_chunk().unwrap();
                    let day = u32::from_be_bytes(*day);
                    if days_around.contains(&day) {
                        let found = DayKeys::unwrap(&vault, Day::from_number(day), wrapped);
                        days.extend(found.map(|keys| array(keys.show().1)));
                    }
                }
            } else if path.contains("-Safe") {
                for window in bytes.windows(12 + 32 + 16) {
                    let found = names
                        .iter()
                        .find_map(|name| RecordKey::unwrap(&safes, *name, window));
                    records.extend(found.map(|key| *key.as_bytes()));
                }
            }
        }
        days.sort_unstable();
        days.dedup();
        records.sort_unstable();
        records.dedup();
        Self::new(days, records, accounts.iter().map(Vec::as_slice))
    }

    /// How many keys there are to try.
    pub(crate) fn keys(&self) -> usize {
        self.keys.len()
    }

    /// Whether this value opens with any key as anything that the server seals.
    pub(crate) fn opens(&self, value: &[u8]) -> bool {
        let opens = |key: &SealingKey| {
            self.contexts
                .iter()
                .any(|context| key.open(context, value).is_some())
        };
        self.keys.iter().any(opens)
    }

    /// How many values that tell of somebody open, of all rows in these tables of all objects.
    pub(crate) fn open_rows(&self, server: &Server) -> usize {
        let mut opened = 0;
        for file in disk::objects(server, "") {
            for table in ["account", "exposure", "outbox"] {
                for row in disk::query(&file, table, &format!("SELECT * FROM {table}")) {
                    let blobs = row.0.iter().filter_map(|value| match value {
                        Value::Blob(bytes) => Some(bytes),
                        _ => None,
                    });
                    // Before a parcel that is sealed: one byte for what it is, four for the day.
                    opened += blobs
                        .filter(|bytes| {
                            self.opens(bytes) || bytes.get(5..).is_some_and(|rest| self.opens(rest))
                        })
                        .count();
                }
            }
        }
        opened
    }
}

pub(crate) fn array(bytes: &[u8]) -> [u8; 32] {
    bytes.try_into().expect("256 bits")
}
