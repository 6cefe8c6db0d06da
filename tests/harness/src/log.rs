//! A server's output on its way into its log, read when somebody asks.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use anyhow::{Context, Result};
use operator_log::{Filter, Lines};

/// The name of the file that holds what the runtime wrote.
pub const OUTPUT: &str = "output.raw";
/// The name of the file that holds the log.
const LOG: &str = "server.log";

/// The output goes into a file, which the runtime writes before it answers; from there it passes the filter of
/// `limpide-log` into the log whenever somebody reads that. So a test that got an answer finds the line that came before
/// it, and a failed one the whole output.
#[derive(Debug)]
pub(crate) struct Log {
    folder: PathBuf,
    passed: Mutex<Passed>,
}

#[derive(Debug)]
struct Passed {
    begun: Instant,
    /// How much of the output passed, in bytes.
    read: u64,
    lines: Lines,
    filter: Filter,
}

impl Log {
    /// Of a server that starts: what an earlier one left in this folder passed already.
    pub(crate) fn of(folder: &Path) -> Self {
        let output = fs::metadata(folder.join(OUTPUT));
        Self {
            folder: folder.to_owned(),
            passed: Mutex::new(Passed {
                begun: Instant::now(),
                read: output.map_or(0, |output| output.len()),
                lines: Lines::default(),
                filter: Filter::default(),
            }),
        }
    }

    /// Where the runtime is to write.
    pub(crate) fn output_file(&self) -> Result<File> {
        let path = self.folder.join(OUTPUT);
        let opened = File::options().create(true).append(true).open(&path);
        opened.with_context(|| path.display().to_string())
    }

    /// Everything that the runtime wrote.
    pub(crate) fn output(&self) -> String {
        let bytes = fs::read(self.folder.join(OUTPUT)).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// The log, once everything passed that was written by now.
    pub(crate) fn read(&self) -> String {
        // Without output there is no log: the server's words go to the terminal.
        let _ = self.pass(false);
        fs::read_to_string(self.folder.join(LOG)).unwrap_or_default()
    }

    /// The server ended: what is left passes.
    pub(crate) fn end(&self) {
        let _ = self.pass(true);
    }

    fn pass(&self, has_ended: bool) -> Result<()> {
        let mut passed = self.passed.lock().unwrap_or_else(PoisonError::into_inner);
        let Passed {
            begun,
            read,
            lines,
            filter,
        } = &mut *passed;
        let (now, mut shown) = (begun.elapsed(), Vec::new());
        let mut output = File::open(self.folder.join(OUTPUT))?;
        output.seek(SeekFrom::Start(*read))?;
        let mut bytes = Vec::new();
        *read += u64::try_from(output.read_to_end(&mut bytes)?)?;
        lines.cut(&bytes, |line| shown.extend(filter.pass(line, now)));
        if has_ended {
            lines.end(|line| shown.extend(filter.pass(line, now)));
            shown.extend(filter.last_remark());
        } else {
            shown.extend(filter.remark(now));
        }
        let path = self.folder.join(LOG);
        let mut log = File::options().create(true).append(true).open(path)?;
        for line in shown {
            writeln!(log, "{line}")?;
        }
        Ok(())
    }
}
