//! The port: all that this crate knows of the platform.

use core::time::Duration;
use std::rc::Rc;

use decree::Moment;
use operator_log::Event;
use rand_core::CryptoRng;
use store::{Fault, Sql};
use wire::Refusal;

use crate::{ClassName, Memory, Settings};

/// No answer came: what was asked may be done, or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unanswered;

/// What the front and every object have of their platform.
pub trait Host {
    /// Draws keys, ids and delays.
    type Rng: CryptoRng;

    /// The host's clock, in Unix milliseconds: how long work takes is told by it, and nothing else needs it so fine.
    fn milliseconds(&self) -> u64;

    /// The host's clock. National requests run by it; demo realms add their own offset.
    fn now(&self) -> Moment {
        Moment::from_unix(self.milliseconds() / 1_000)
    }

    /// The host's randomness.
    fn rng(&self) -> Self::Rng;

    /// What is configured.
    ///
    /// # Errors
    /// [`Refusal::Unavailable`] when it is not usable; the reason was logged.
    fn settings(&self) -> Result<Rc<Settings>, Refusal>;

    /// What this isolate remembers: every object that runs in it, and its front, share it.
    fn memory(&self) -> &Memory;

    /// Writes one line into the operator's log: what happened, and the class of the object at which it did.
    fn log(&self, what: Event, class: ClassName);

    /// Sends these bytes to the object of this class and name, and waits for its answer, however long that takes.
    ///
    /// # Errors
    /// [`Unanswered`] when the object failed, or could not be reached.
    async fn send(
        &self,
        class: ClassName,
        name: &str,
        letter: Vec<u8>,
    ) -> Result<Vec<u8>, Unanswered>;

    /// Waits for a timer. This, and nothing else, gives the event loop back: sockets are read, and other tasks of
    /// the same object go on.
    async fn wait(&self, time: Duration);
}

/// What an object has besides: its storage, and its alarm.
///
/// Storage is gated: between the call of one of these functions and its end no other task of the object goes on.
pub trait Port: Host {
    /// The database of an object with SQL.
    type Sql: Sql;

    /// The database. Only objects whose class has SQL may call it.
    fn sql(&self) -> &Self::Sql;

    /// The value of this name in a key-value object.
    ///
    /// # Errors
    /// [`Fault::Engine`].
    async fn value(&self, name: &'static str) -> Result<Option<Vec<u8>>, Fault>;

    /// Stores a value under this name.
    ///
    /// # Errors
    /// [`Fault::Engine`].
    async fn put(&self, name: &'static str, value: Vec<u8>) -> Result<(), Fault>;

    /// Removes everything that the object stores, at once and for good; its alarm stays.
    ///
    /// # Errors
    /// [`Fault::Engine`].
    async fn delete_all(&self) -> Result<(), Fault>;

    /// When the alarm rings, if it is armed.
    ///
    /// # Errors
    /// [`Fault::Engine`].
    async fn alarm(&self) -> Result<Option<Moment>, Fault>;

    /// Arms the alarm, in the place of one that is armed.
    ///
    /// # Errors
    /// [`Fault::Engine`].
    async fn set_alarm(&self, from_now: Duration) -> Result<(), Fault>;

    /// Disarms the alarm.
    ///
    /// # Errors
    /// [`Fault::Engine`].
    async fn delete_alarm(&self) -> Result<(), Fault>;
}
