//! Tasks, and what they wait for.

use core::future::Future;
use core::pin::Pin;
use core::sync::atomic::{AtomicBool, Ordering};
use core::task::{Context, Poll, Waker};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::task::Wake;

use objects::{ClassName, Head, Unanswered};

use super::Kernel;

/// Names a task: they are counted.
pub(crate) type TaskId = u64;

/// What a task does: of an object, the bytes that it answers; of the front, nothing, it keeps its answer itself.
pub(super) type Work = Pin<Box<dyn Future<Output = Vec<u8>>>>;

/// An object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Name {
    pub(crate) class: ClassName,
    pub(crate) name: String,
}

/// A letter as it was sent.
#[derive(Clone)]
pub(crate) struct Letter {
    pub(crate) head: Head,
    pub(crate) bytes: Vec<u8>,
}

/// One task.
pub(super) struct Task {
    /// Its object; nothing for the front and the wake-up.
    pub(super) owner: Option<Name>,
    /// What it answers; nothing for the front and for an alarm.
    pub(super) letter: Option<Letter>,
    /// The task that all this began with.
    pub(super) root: TaskId,
    /// Taken out while it goes on.
    pub(super) work: Option<Work>,
    pub(super) flag: Arc<Flag>,
    /// Who waits for its answer.
    pub(super) caller: Option<Caller>,
    /// How often it went on.
    pub(super) turns: u8,
    /// What befalls it.
    pub(super) doom: Option<Doom>,
}

/// Who waits for an answer.
#[derive(Clone)]
pub(super) struct Caller {
    pub(super) task: TaskId,
    pub(super) owner: Option<Name>,
    pub(super) slot: Rc<Slot>,
}

/// What befalls a task, besides its letter's mishap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Doom {
    /// It is dropped once it went on so often.
    Dropped(u8),
    /// Its object is killed then.
    Killed(u8),
    /// The storage of its object fails at the end of each of its transactions.
    Refused,
    /// Its answer is lost.
    AnswerLost,
    /// Its answer takes so many milliseconds.
    SlowAnswer(u64),
    /// Whoever asked is killed when it has answered.
    CutShort,
}

/// Whether a task can go on.
pub(super) struct Flag(AtomicBool);

impl Flag {
    pub(super) fn raised() -> Arc<Self> {
        Arc::new(Self(AtomicBool::new(true)))
    }

    pub(super) fn is_up(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    pub(super) fn lower(&self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Where an answer is put.
#[derive(Default)]
pub(super) struct Slot {
    answer: RefCell<Option<Result<Vec<u8>, Unanswered>>>,
    waker: RefCell<Option<Waker>>,
    /// Whether somebody waits for it: watched of deliveries alone.
    pub(super) is_awaited: Cell<bool>,
}

impl Slot {
    pub(super) fn fill(&self, answer: Result<Vec<u8>, Unanswered>) {
        self.answer.borrow_mut().get_or_insert(answer);
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

/// Waits for an answer.
pub(super) struct Awaited(pub(super) Rc<Slot>);

impl Future for Awaited {
    type Output = Result<Vec<u8>, Unanswered>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.0.answer.take() {
            Some(answer) => Poll::Ready(answer),
            None => {
                self.0.waker.replace(Some(context.waker().clone()));
                Poll::Pending
            }
        }
    }
}

impl Drop for Awaited {
    fn drop(&mut self) {
        self.0.is_awaited.set(false);
    }
}

/// A timer: it is up from its moment on.
#[derive(Default)]
pub(super) struct Timer {
    pub(super) is_up: Cell<bool>,
    pub(super) waker: RefCell<Option<Waker>>,
}

/// Waits for a timer, which ends with it.
pub(super) struct Waiting {
    pub(super) kernel: Rc<Kernel>,
    pub(super) number: u64,
    pub(super) timer: Rc<Timer>,
}

impl Future for Waiting {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.timer.is_up.get() {
            return Poll::Ready(());
        }
        self.timer.waker.replace(Some(context.waker().clone()));
        Poll::Pending
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.kernel.state.borrow_mut().timers.remove(&self.number);
    }
}
