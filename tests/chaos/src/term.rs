//! After their term, without a single request: what told of exposures is gone, and what was copied before opens no more.

use core::time::Duration;
use std::fs;
use std::path::PathBuf;
use std::thread;
use std::time::Instant;

use decree::Day;
use harness::Server;
use http_tests::thief::{Known, Thief, stored};
use http_tests::{days, disk};

use crate::files::{self, Travelling};

/// What is there of the time before: whose exposures, a copy of the files, and values that opened then.
pub(crate) struct Before {
    since: Day,
    until: Day,
    term: u64,
    known: Known,
    copy: PathBuf,
    /// Every verdict, and some of the exposures.
    pub(crate) opened: Vec<Vec<u8>>,
}

/// What is left of it.
#[derive(Clone, Copy)]
pub(crate) struct Left {
    /// Rows that tell of exposures.
    pub(crate) rows: usize,
    /// Values that open, of those stored and of those copied before.
    pub(crate) opens: usize,
}

/// Exposures that are tried before and after: trying all of them takes long and shows no more.
const SOME: usize = 40;
/// Longer than anything is kept that tells of exposures.
pub(crate) const TERM: u64 = days(16);
/// The same with some days to spare.
pub(crate) const LONG_TERM: u64 = days(20);
/// Longest time that alarms may take that are all due at once.
const PATIENCE: Duration = Duration::from_mins(1);

impl Before {
    /// Kills the server that ran from and until these days, and looks: so many seconds are to pass.
    pub(crate) fn take(server: &mut Server, since: Day, until: Day, term: u64) -> Self {
        server.kill().expect("a kill");
        let mut known = Known::default();
        known.learn(server);
        let copy = server.storage().with_extension("copy");
        disk::copy_folder(&server.storage(), &copy);
        let mut before = Self {
            since,
            until,
            term,
            known,
            copy,
            opened: Vec::new(),
        };
        let thief = before.thief(server);
        // A row's tag and id are no sealed values, and shorter.
        let mut exposures = stored(server, "exposure");
        exposures.retain(|value| value.len() > 64);
        let some = exposures.len().div_ceil(SOME).max(1);
        let tried = stored(server, "account").into_iter();
        let tried = tried.chain(exposures.into_iter().step_by(some));
        before.opened = tried.filter(|value| thief.opens_stored(value)).collect();
        before
    }

    fn thief(&self, server: &Server) -> Thief {
        Thief::of_files(server, server.roots(), self.until, &self.known)
    }

    /// Lets the term pass: back when the alarms have come, or should have. The server is killed again.
    pub(crate) fn pass(&self, server: &mut Server) {
        server.restart_unasked(self.term).expect("a restart");
        // The keys of each day of the run and of the day after it are due.
        let due = self.until.number() + 2 - self.since.number();
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE
            && (rows(server) > 0 || files::receipts(server) < due as usize)
        {
            thread::sleep(Duration::from_millis(200));
        }
        server.kill().expect("a kill");
    }

    /// The purge that did not happen: the files that it changed are put back as they were.
    pub(crate) fn put_back(&self, server: &Server) {
        for class in ["limpide-Registry", "limpide-Vault"] {
            let folder = server.storage().join(class);
            fs::remove_dir_all(&folder).unwrap();
            disk::copy_folder(&self.copy.join(class), &folder);
        }
    }

    /// What the stopped server still has.
    pub(crate) fn left(&self, server: &Server) -> Left {
        let thief = self.thief(server);
        let copied = self.opened.iter();
        let copied = copied.filter(|value| thief.opens_stored(value)).count();
        Left {
            rows: rows(server),
            opens: copied + thief.open_rows(server).telling(),
        }
    }
}

/// Rows of exposure, and contacts that wait.
fn rows(server: &Server) -> usize {
    let exposures: usize = files::exposures(server).into_iter().sum();
    exposures + Travelling::look(server).contacts.len()
}
