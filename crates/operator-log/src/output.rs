//! Two streams of output, read to their end whatever becomes of the log.

use std::io::{Read, Write};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender, TrySendError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::{Filter, Lines};

/// How many lines wait for a reader of the log that is slow. What comes beyond is left out, and counted.
const ROOM: usize = 1_000;

/// How long the streams and the log may take to end, once the program has.
const PATIENCE: Duration = Duration::from_secs(2);

/// How often the log is asked whether something is to be remarked.
const TICK: Duration = Duration::from_secs(1);

/// The output of a program on its way through the filter into a log.
///
/// A log that takes nothing (its reader stopped, its disk is full, its pipe is closed) never holds the program up: the
/// output is read on, and what finds no room is left out.
#[derive(Debug)]
pub struct FilteredOutput {
    readers: [JoinHandle<()>; 2],
    state: Arc<Mutex<State>>,
    queue: SyncSender<String>,
    writer: JoinHandle<()>,
}

#[derive(Debug)]
struct State {
    begun: Instant,
    filter: Filter,
    /// Lines that found no room.
    left_out: u64,
}

impl FilteredOutput {
    /// Begins to read these two streams.
    pub fn start(
        output: impl Read + Send + 'static,
        errors: impl Read + Send + 'static,
        log: impl Write + Send + 'static,
    ) -> Self {
        let state = Arc::new(Mutex::new(State {
            begun: Instant::now(),
            filter: Filter::default(),
            left_out: 0,
        }));
        let (queue, waiting) = mpsc::sync_channel(ROOM);
        let writing = Arc::clone(&state);
        let writer = thread::spawn(move || write(&waiting, &writing, log));
        let first = reader(output, &state, &queue);
        let second = reader(errors, &state, &queue);
        Self {
            readers: [first, second],
            state,
            queue,
            writer,
        }
    }

    /// The program ended, and these are the last words of the log. Waits until both streams have ended too and the log has
    /// everything, but not for long: a log may take nothing, and another process may have inherited a stream.
    pub fn finish(self, last: Option<String>) {
        let until = Instant::now() + PATIENCE;
        for reader in &self.readers {
            wait(reader, until);
        }
        let remark = lock(&self.state).filter.last_remark();
        for line in remark.into_iter().chain(last) {
            put(&self.queue, &self.state, line);
        }
        drop(self.queue);
        wait(&self.writer, until);
    }
}

fn wait(thread: &JoinHandle<()>, until: Instant) {
    while !thread.is_finished() && Instant::now() < until {
        thread::sleep(Duration::from_millis(5));
    }
}

fn reader(
    mut from: impl Read + Send + 'static,
    state: &Arc<Mutex<State>>,
    queue: &SyncSender<String>,
) -> JoinHandle<()> {
    let (state, queue) = (Arc::clone(state), queue.clone());
    thread::spawn(move || {
        let pass = |line: &[u8]| {
            let mut locked = lock(&state);
            let now = locked.begun.elapsed();
            let shown = locked.filter.pass(line, now);
            drop(locked);
            if let Some(line) = shown {
                put(&queue, &state, line);
            }
        };
        let (mut lines, mut buffer) = (Lines::default(), [0; 4_096]);
        loop {
            match from.read(&mut buffer) {
                Ok(0) => break,
                Ok(length) => lines.cut(buffer.get(..length).unwrap_or_default(), pass),
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
        lines.end(pass);
    })
}

fn put(queue: &SyncSender<String>, state: &Mutex<State>, line: String) {
    if let Err(TrySendError::Full(_)) = queue.try_send(line) {
        lock(state).left_out += 1;
    }
}

/// Until every sender is gone.
fn write(waiting: &Receiver<String>, state: &Mutex<State>, mut log: impl Write) {
    // A log that takes nothing now may take the next line.
    let mut say = |line: &str| {
        let _ = log
            .write_all(format!("{line}\n").as_bytes())
            .and_then(|()| log.flush());
    };
    loop {
        match waiting.recv_timeout(TICK) {
            Ok(line) => say(&line),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
        let (remark, left_out) = {
            let mut locked = lock(state);
            let now = locked.begun.elapsed();
            let remark = locked.filter.remark(now);
            (remark, core::mem::take(&mut locked.left_out))
        };
        if let Some(remark) = remark {
            say(&remark);
        }
        if left_out > 0 {
            say(&format!(
                "the log left lines out, since its reader was slow: {left_out}"
            ));
        }
    }
}

/// Nothing that is locked is left half done.
fn lock(state: &Mutex<State>) -> std::sync::MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
