//! The platform of objects and of the front: everything goes through the kernel.

use core::convert::Infallible;
use core::time::Duration;
use std::rc::Rc;

use decree::Moment;
use objects::{ClassName, Host, Memory, Port, Settings, Unanswered};
use operator_log::Event;
use rand_core::{Rng, TryCryptoRng, TryRng};
use store::Fault;
use wire::Refusal;

use super::pace::Asking;
use super::storage::Storage;
use super::task::{Awaited, Name, Waiting};
use super::{Kernel, Plant};
use crate::faulty::Faulty;

/// The platform of the front, in one isolate.
#[derive(Clone)]
pub(crate) struct SimHost {
    pub(super) kernel: Rc<Kernel>,
    pub(super) memory: Rc<Memory>,
}

/// The platform of one object.
#[derive(Clone)]
pub(crate) struct SimPort {
    pub(super) host: SimHost,
    pub(super) name: Name,
    pub(super) storage: Rc<Storage>,
}

/// Draws from the step's seed.
pub(crate) struct Drawing(Rc<Kernel>);

impl TryRng for Drawing {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.0.state.borrow_mut().draws.next_u32())
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.0.state.borrow_mut().draws.next_u64())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.0.state.borrow_mut().draws.fill_bytes(bytes);
        // What is sealed for its wait is bound to its id: so the planted fault is where ids are drawn.
        if self.0.plant == Some(Plant::AlikeIds)
            && let Ok([a, b, c, d, ..]) = <&mut [u8; 16]>::try_from(bytes)
        {
            [*a, *b, *c, *d] = *b"same";
        }
        Ok(())
    }
}

impl TryCryptoRng for Drawing {}

impl Host for SimHost {
    type Rng = Drawing;

    fn milliseconds(&self) -> u64 {
        self.kernel.host_milliseconds()
    }

    fn rng(&self) -> Drawing {
        Drawing(Rc::clone(&self.kernel))
    }

    fn settings(&self) -> Result<Rc<Settings>, Refusal> {
        Ok(self.kernel.settings())
    }

    fn memory(&self) -> &Memory {
        &self.memory
    }

    fn log(&self, _: Event, _: ClassName) {}

    async fn send(
        &self,
        class: ClassName,
        name: &str,
        letter: Vec<u8>,
    ) -> Result<Vec<u8>, Unanswered> {
        let name = name.to_owned();
        Awaited(self.kernel.send(Name { class, name }, letter)).await
    }

    async fn wait(&self, time: Duration) {
        let (number, timer) = self.kernel.start_timer(time);
        let kernel = Rc::clone(&self.kernel);
        let waiting = Waiting {
            kernel,
            number,
            timer,
        };
        waiting.await;
    }
}

impl Host for SimPort {
    type Rng = Drawing;

    fn milliseconds(&self) -> u64 {
        self.host.milliseconds()
    }

    fn rng(&self) -> Drawing {
        self.host.rng()
    }

    fn settings(&self) -> Result<Rc<Settings>, Refusal> {
        self.host.settings()
    }

    fn memory(&self) -> &Memory {
        self.host.memory()
    }

    fn log(&self, what: Event, class: ClassName) {
        self.host.log(what, class);
    }

    async fn send(
        &self,
        class: ClassName,
        name: &str,
        letter: Vec<u8>,
    ) -> Result<Vec<u8>, Unanswered> {
        let to = Name {
            class,
            name: name.to_owned(),
        };
        let asking = Asking::new(Rc::clone(&self.host.kernel), &self.name, &to, &letter);
        let answer = self.host.send(class, name, letter).await;
        asking.end(&answer);
        answer
    }

    async fn wait(&self, time: Duration) {
        self.host.wait(time).await;
    }
}

/// Storage is ready at once: no other task of the object goes on meanwhile.
impl Port for SimPort {
    type Sql = Faulty;

    fn sql(&self) -> &Faulty {
        &self.storage.sql
    }

    async fn value(&self, name: &'static str) -> Result<Option<Vec<u8>>, Fault> {
        if self.host.kernel.hides(&self.name) {
            return Ok(None);
        }
        Ok(self.storage.value(name))
    }

    async fn put(&self, name: &'static str, value: Vec<u8>) -> Result<(), Fault> {
        if self.host.kernel.keeps(&self.name, &self.storage) && self.storage.has_values() {
            return Ok(());
        }
        self.storage.put(name, value)
    }

    async fn delete_all(&self) -> Result<(), Fault> {
        if self.host.kernel.keeps(&self.name, &self.storage) {
            return Ok(());
        }
        self.storage.delete_all()
    }

    async fn alarm(&self) -> Result<Option<Moment>, Fault> {
        Ok(self.host.kernel.alarm(&self.name))
    }

    async fn set_alarm(&self, from_now: Duration) -> Result<(), Fault> {
        self.host.kernel.set_alarm(&self.name, Some(from_now))
    }

    async fn delete_alarm(&self) -> Result<(), Fault> {
        self.host.kernel.set_alarm(&self.name, None)
    }
}
