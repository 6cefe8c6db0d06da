//! Whose turn it is on a seat.
//!
//! Visitors of demo realms use the objects of a seat in turn, and a letter of one may still be under way when the next
//! sits there. Each visit has a higher number than all before it, its *turn*, which stands in its letters and in what its
//! objects store. The first letter of a later turn empties the object; one of an earlier turn is refused, and what it began
//! before goes no further: so nobody reads, or writes among, what another stores.

use core::cell::Cell;
use core::future::poll_fn;
use core::pin::pin;
use core::task::Poll;

use service::{Failure, Realm};
use store::Fault;
use wire::Refusal;

use crate::letter::{Answer, refuse};
use crate::{Object, Port};

/// The highest turn that an object of a seat knows of, in memory: what is stored is of no later one.
#[derive(Default)]
pub struct Turns(Cell<u32>);

/// Name of the stored value in key-value objects; the others store it in the table `place`.
const TURN: &str = "turn";

/// The turn that a key-value object stores.
pub(crate) async fn stored(port: &impl Port) -> Result<Option<u32>, Failure> {
    let stored = port.value(TURN).await?;
    let turn = stored.map(|bytes| <[u8; 4]>::try_from(bytes).map(u32::from_be_bytes));
    Ok(turn.transpose().map_err(|_| Fault::Shape)?)
}

/// Stores the turn in a key-value object, before anything else of that visit.
pub(crate) async fn keep(port: &impl Port, realm: Realm) -> Result<(), Fault> {
    match realm.seat() {
        Some(seat) => port.put(TURN, seat.turn.to_be_bytes().to_vec()).await,
        None => Ok(()),
    }
}

/// Answers a letter of this realm, unless its turn is over, or will be before the answer is there.
pub(crate) async fn answer<O: Object>(
    object: &O,
    realm: Realm,
    answering: impl Future<Output = Answer>,
) -> Answer {
    let (Some(turns), Some(seat)) = (object.turns(), realm.seat()) else {
        return answering.await;
    };
    if let Err(failure) = take(object, turns, seat.turn).await {
        return refuse(failure);
    }
    let mut answering = pin!(answering);
    poll_fn(|context| {
        if turns.0.get() > seat.turn {
            return Poll::Ready(refuse(Refusal::NotFound.into()));
        }
        answering.as_mut().poll(context)
    })
    .await
}

/// Lets this turn begin, if it is a later one than all that are known. Nothing is awaited but storage, so no other task
/// goes on meanwhile.
async fn take<O: Object>(object: &O, turns: &Turns, turn: u32) -> Result<(), Failure> {
    if turns.0.get() == turn {
        return Ok(());
    }
    let stored = object.stored_turn().await?;
    let known = turns.0.get().max(stored.unwrap_or_default());
    if known > turn {
        turns.0.set(known);
        return Err(Refusal::NotFound.into());
    }
    if stored.is_some_and(|stored| stored < turn) {
        object.port().delete_all().await?;
    }
    turns.0.set(turn);
    object.forget_visit();
    Ok(())
}

#[cfg(test)]
mod tests {
    use core::convert::Infallible;
    use core::task::{Context, Waker};
    use core::time::Duration;
    use std::rc::Rc;

    use decree::Moment;
    use operator_log::Event;
    use rand_core::{TryCryptoRng, TryRng};
    use service::place::Seat;
    use store::{Row, Sql, Value};

    use super::*;
    use crate::calls::tally_calls::{Received, Tally};
    use crate::letter::Called;
    use crate::{ClassName, Host, Memory, Settings, Unanswered};

    /// An object that stores its turn, and nothing else.
    #[derive(Default)]
    struct Seated {
        turns: Turns,
        stored: Cell<Option<u32>>,
        memory: Memory,
    }

    struct Nothing;

    impl TryRng for Nothing {
        type Error = Infallible;

        fn try_next_u32(&mut self) -> Result<u32, Infallible> {
            Ok(0)
        }

        fn try_next_u64(&mut self) -> Result<u64, Infallible> {
            Ok(0)
        }

        fn try_fill_bytes(&mut self, _: &mut [u8]) -> Result<(), Infallible> {
            Ok(())
        }
    }

    impl TryCryptoRng for Nothing {}

    impl Sql for Nothing {
        fn exec(&self, _: &str, _: &[Value]) -> Result<(), Fault> {
            Err(Fault::Engine)
        }

        fn query(&self, _: &str, _: &[Value]) -> Result<Vec<Row>, Fault> {
            Err(Fault::Engine)
        }

        fn transaction(&self, _: &mut dyn FnMut(&dyn Sql) -> bool) -> Result<(), Fault> {
            Err(Fault::Engine)
        }
    }

    impl Host for Seated {
        type Rng = Nothing;

        fn milliseconds(&self) -> u64 {
            0
        }

        fn rng(&self) -> Nothing {
            Nothing
        }

        fn settings(&self) -> Result<Rc<Settings>, Refusal> {
            Err(Refusal::Unavailable)
        }

        fn memory(&self) -> &Memory {
            &self.memory
        }

        fn log(&self, _: Event, _: ClassName) {}

        async fn send(&self, _: ClassName, _: &str, _: Vec<u8>) -> Result<Vec<u8>, Unanswered> {
            Err(Unanswered)
        }

        async fn wait(&self, _: Duration) {}
    }

    impl Port for Seated {
        type Sql = Nothing;

        fn sql(&self) -> &Nothing {
            &Nothing
        }

        async fn value(&self, _: &'static str) -> Result<Option<Vec<u8>>, Fault> {
            Ok(None)
        }

        async fn put(&self, _: &'static str, _: Vec<u8>) -> Result<(), Fault> {
            Ok(())
        }

        async fn delete_all(&self) -> Result<(), Fault> {
            self.stored.set(None);
            Ok(())
        }

        async fn alarm(&self) -> Result<Option<Moment>, Fault> {
            Ok(None)
        }

        async fn set_alarm(&self, _: Duration) -> Result<(), Fault> {
            Ok(())
        }

        async fn delete_alarm(&self) -> Result<(), Fault> {
            Ok(())
        }
    }

    impl Object for Seated {
        type Class = Tally;
        type Port = Self;

        fn port(&self) -> &Self {
            self
        }

        async fn answer(&self, _: Called<service::Place>, _: Received) -> Answer {
            refuse(Refusal::Unavailable.into())
        }

        async fn ring(&self) {}

        fn turns(&self) -> Option<&Turns> {
            Some(&self.turns)
        }

        async fn stored_turn(&self) -> Result<Option<u32>, Failure> {
            Ok(self.stored.get())
        }
    }

    fn visit(turn: u32) -> Realm {
        Realm::Seated(Seat { number: 0, turn }, [0; 16])
    }

    fn poll(answering: core::pin::Pin<&mut impl Future<Output = Answer>>) -> Option<Vec<u8>> {
        match answering.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(answer) => Some(answer.bytes),
            Poll::Pending => None,
        }
    }

    fn bytes(refusal: Refusal) -> Vec<u8> {
        refuse(refusal.into()).bytes
    }

    /// What a letter of this turn is answered, when all that it does is to store its turn.
    fn write(object: &Seated, turn: u32) -> Option<Vec<u8>> {
        let work = async {
            object.stored.set(Some(turn));
            refuse(Refusal::Ended.into())
        };
        poll(pin!(answer(object, visit(turn), work)))
    }

    #[test]
    fn a_letter_of_an_earlier_turn_changes_nothing() {
        let object = Seated::default();
        assert_eq!(write(&object, 2), Some(bytes(Refusal::Ended)));
        assert_eq!(write(&object, 1), Some(bytes(Refusal::NotFound)));
        assert_eq!(object.stored.get(), Some(2));
        // Nor once it has left memory, or was emptied at the end of its turn.
        object.turns.0.set(0);
        assert_eq!(write(&object, 1), Some(bytes(Refusal::NotFound)));
        object.stored.set(None);
        assert_eq!(write(&object, 1), Some(bytes(Refusal::NotFound)));
        assert_eq!(object.stored.get(), None);
    }

    #[test]
    fn a_later_turn_finds_nothing() {
        let object = Seated::default();
        object.stored.set(Some(1));
        let looks = async {
            assert_eq!(object.stored.get(), None);
            refuse(Refusal::Ended.into())
        };
        let looked = poll(pin!(answer(&object, visit(2), looks)));
        assert_eq!(looked, Some(bytes(Refusal::Ended)));
    }

    #[test]
    fn what_an_earlier_turn_began_goes_no_further() {
        let object = Seated::default();
        let mut is_first = true;
        let works = poll_fn(|_| {
            assert!(is_first, "it went on");
            is_first = false;
            Poll::Pending
        });
        let mut working = pin!(answer(&object, visit(1), works));
        assert_eq!(poll(working.as_mut()), None);
        assert_eq!(write(&object, 2), Some(bytes(Refusal::Ended)));
        assert_eq!(poll(working.as_mut()), Some(bytes(Refusal::NotFound)));
    }
}
