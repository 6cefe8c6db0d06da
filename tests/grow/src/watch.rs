//! What the system says of the server's process while it runs.

use std::collections::BTreeSet;
use std::fs;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

/// Between two looks. An object that is used once keeps its file open for ten seconds, so each is seen.
const EVERY: Duration = Duration::from_millis(200);

/// What a process holds open.
pub(crate) struct Watch {
    process: u32,
    begun: Instant,
    is_over: AtomicBool,
    most: AtomicUsize,
    /// Safes that it has not opened yet.
    unopened: Mutex<BTreeSet<String>>,
    /// When it had opened the last of them, in milliseconds.
    loaded: AtomicUsize,
}

impl Watch {
    pub(crate) fn of(process: u32, begun: Instant, safes: &[String]) -> Self {
        Self {
            process,
            begun,
            is_over: AtomicBool::new(false),
            most: AtomicUsize::new(0),
            unopened: Mutex::new(safes.iter().cloned().collect()),
            loaded: AtomicUsize::new(0),
        }
    }

    /// Looks while this is done.
    pub(crate) fn during<T>(&self, work: impl FnOnce() -> T) -> T {
        scope(|scope| {
            scope.spawn(|| {
                while !self.is_over.load(Relaxed) {
                    self.look();
                    sleep(EVERY);
                }
            });
            // Also when the work panics: the thread above would be waited for.
            let _end = End(&self.is_over);
            work()
        })
    }

    /// Most files, sockets and pipes that were open at once.
    pub(crate) fn most(&self) -> usize {
        self.most.load(Relaxed)
    }

    /// How many safes are still to be opened for the first time.
    pub(crate) fn unopened(&self) -> usize {
        let unopened = self.unopened.lock();
        unopened.unwrap_or_else(PoisonError::into_inner).len()
    }

    /// From the start until the last safe was seen open.
    pub(crate) fn loaded(&self) -> Duration {
        Duration::from_millis(u64::try_from(self.loaded.load(Relaxed)).unwrap_or_default())
    }

    fn look(&self) {
        let Ok(open) = fs::read_dir(format!("/proc/{}/fd", self.process)) else {
            return;
        };
        let open: Vec<_> = open.flatten().collect();
        self.most.fetch_max(open.len(), Relaxed);
        let mut unopened = self.unopened.lock().unwrap_or_else(PoisonError::into_inner);
        if unopened.is_empty() {
            return;
        }
        for file in open {
            // A file that was closed meanwhile leads nowhere.
            if let Ok(path) = fs::read_link(file.path())
                && let Some(name) = path.file_name()
            {
                unopened.remove(name.to_string_lossy().as_ref());
            }
        }
        if unopened.is_empty() {
            let passed = usize::try_from(self.begun.elapsed().as_millis());
            self.loaded.store(passed.unwrap_or_default(), Relaxed);
        }
    }
}

/// Something is over when this goes.
struct End<'w>(&'w AtomicBool);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.store(true, Relaxed);
    }
}
