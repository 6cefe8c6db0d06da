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
