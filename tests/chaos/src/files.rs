//! What lies in the server's files between two lives, and what can be done to it there.

use std::path::{Path, PathBuf};

use harness::Server;
use http_tests::disk;
use service::parcel::Parcel;
use store::{Native, Row, Sql, Value};

/// What is on its way.
pub(crate) struct Travelling {
    /// Contacts that wait: the intake's file, and the id.
    pub(crate) contacts: Vec<(PathBuf, [u8; 16])>,
    /// Words that wait, by which a registry may forget a delivery.
    pub(crate) words: usize,
    /// Deliveries that a registry has applied and remembers.
    pub(crate) applied: Vec<[u8; 16]>,
}

impl Travelling {
    /// Reads it, whether the server runs or not.
    pub(crate) fn look(server: &Server) -> Self {
        let (mut contacts, mut words) = (Vec::new(), 0);
        for file in disk::objects(server, "Intake") {
            for row in disk::query(&file, "outbox", "SELECT id, body FROM outbox") {
                match Parcel::from_bytes(row.blob(1).unwrap()) {
                    Ok(Parcel::Kept { .. }) => {
                        contacts.push((file.clone(), row.array(0).unwrap()));
                    }
                    Ok(Parcel::Forgotten(_)) => words += 1,
                    Ok(Parcel::Contact { .. } | Parcel::Decoy { .. } | Parcel::Empty(_))
                    | Err(_) => {
                        panic!("an outbox holds something else")
                    }
                }
            }
        }
        let files = disk::objects(server, "Registry").into_iter();
        let applied =
            files.flat_map(|file| disk::query(&file, "applied", "SELECT id FROM applied"));
        Self {
            contacts,
            words,
            applied: applied.map(|row| row.array(0).unwrap()).collect(),
        }
    }

    /// Contacts that were applied, and whose acknowledgement was cut off.
    pub(crate) fn unacknowledged(&self) -> usize {
        let is_applied = |(_, id): &&(_, [u8; 16])| self.applied.contains(id);
        self.contacts.iter().filter(is_applied).count()
    }
}

/// Rows of exposure by the tag that they bear, which is one person's on one day.
pub(crate) fn exposures(server: &Server) -> Vec<usize> {
    const ROWS: &str = "SELECT COUNT(*) FROM exposure GROUP BY day, account";
    let files = disk::objects(server, "Registry").into_iter();
    let rows = files.flat_map(|file| disk::query(&file, "exposure", ROWS));
    rows.map(|row| row.integer(0).unwrap().try_into().unwrap())
        .collect()
}

/// Vaults that say that their keys were destroyed.
pub(crate) fn receipts(server: &Server) -> usize {
    const RECEIPT: &str = "SELECT 1 FROM _cf_KV WHERE key = 'receipt'";
    let files = disk::objects(server, "Vault").into_iter();
    files
        .map(|file| disk::query(&file, "_cf_KV", RECEIPT).len())
        .sum()
}

/// What is done to a stopped server's files: each breaks one promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A contact that waits is removed.
    Lost,
    /// A contact that was applied stands there twice. A delivery under another id would not do: a registry knows the
    /// contact again.
    AppliedTwice,
    /// A code that was used is put back.
    CodeAgain,
    /// Sixteen days later nothing was purged.
    LatePurge,
}

/// A fault, until the files are such that it can be planted.
pub(crate) struct Planter {
    fault: Fault,
    codes: Vec<(PathBuf, Row)>,
    pub(crate) is_done: bool,
}

impl Planter {
    pub(crate) fn new(fault: Fault, server: &Server) -> Self {
        Self {
            fault,
            codes: codes(server),
            is_done: false,
        }
    }

    /// Plants it, if the stopped server's files allow it now.
    pub(crate) fn plant(&mut self, server: &Server, travelling: &Travelling) {
        if !self.is_done {
            self.is_done = match self.fault {
                Fault::Lost => lose(travelling),
                Fault::AppliedTwice => double(server),
                Fault::CodeAgain => self.put_back(server),
                // Its time comes at the end.
                Fault::LatePurge => true,
            };
        }
    }

    fn put_back(&self, server: &Server) -> bool {
        let left = codes(server);
        let Some((file, used)) = self.codes.iter().find(|code| !left.contains(code)) else {
            return false;
        };
        let marks: Vec<_> = (1..=used.0.len()).map(|mark| format!("?{mark}")).collect();
        let statement = format!("INSERT INTO code VALUES ({})", marks.join(", "));
        change(file, &statement, &used.0);
        true
    }
}

fn lose(travelling: &Travelling) -> bool {
    let mut waiting = travelling.contacts.iter();
    let Some((file, id)) = waiting.find(|(_, id)| !travelling.applied.contains(id)) else {
        return false;
    };
    change(file, "DELETE FROM outbox WHERE id = ?1", &[(*id).into()]);
    true
}

fn double(server: &Server) -> bool {
    const DOUBLE: &str = "INSERT INTO exposure (id, sealed) \
        SELECT id + 1 - 2 * (id & 1), sealed FROM exposure LIMIT 1";
    let mut files = disk::objects(server, "Registry").into_iter();
    let exposed =
        files.find(|file| !disk::query(file, "exposure", "SELECT 1 FROM exposure").is_empty());
    exposed.is_some_and(|file| {
        change(&file, DOUBLE, &[]);
        true
    })
}

fn codes(server: &Server) -> Vec<(PathBuf, Row)> {
    let files = disk::objects(server, "Intake").into_iter();
    files
        .flat_map(|file| {
            let rows = disk::query(&file, "code", "SELECT * FROM code");
            rows.into_iter().map(move |row| (file.clone(), row))
        })
        .collect()
}

fn change(file: &Path, statement: &str, values: &[Value]) {
    Native::open(file).unwrap().exec(statement, values).unwrap();
}
