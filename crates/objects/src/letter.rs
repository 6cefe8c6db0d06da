//! Letters between the front and the objects: one call, one reply, tied by type.
//!
//! # Form
//! A letter is [`MAGIC`], the version, and then `postcard`: the head (realm, number of the call, realm's time, when
//! it was sent), the place of the object, the call. No letter of release 0.1.0 can begin so: each of those begins
//! with a number in 7-bit groups, which ends after five or ten bytes. A reply is [`REPLY`], the version, and a
//! `postcard` result; replies of release 0.1.0 begin with 0 or 1.
//!
//! An object that does not know the magic, the version or the number answers "try later" and does nothing. So old
//! and new code may call each other while a release is rolled out; callers outside are told 503.
//!
//! The number of a call is written down beside it and never used again for another. The forms are pinned by
//! `tests/letters.rs`.

use core::marker::PhantomData;
use core::pin::pin;
use core::time::Duration;

use decree::Moment;
use futures_util::future::{Either, select};
use operator_log::Event;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use service::{Failure, Realm};
use wire::Refusal;

use crate::{ClassName, Host};

/// First bytes of a letter.
const MAGIC: [u8; 10] = [0xff; 10];
/// First byte of a reply.
const REPLY: u8 = 0xff;
/// Version of the letters and replies that this code writes and reads.
const VERSION: u8 = 1;

/// Longest that a caller waits for an object. An object that fails hard never answers.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// A class of objects: what it is called, where its objects stand, and what they are asked.
pub trait Class {
    /// Where one of its objects stands.
    type Place: At;
    /// Every call that its objects take, each with what it must be answered.
    type Received;
    /// Its name.
    const NAME: ClassName;
    /// The number of the call that removes a whole object.
    const END: Option<u8>;

    /// Reads a call; nothing when this number or these bytes are not known.
    fn read(number: u8, body: &[u8]) -> Option<Self::Received>;
}

/// The place of an object.
pub trait At: Serialize + DeserializeOwned {
    /// The realm that it belongs to.
    fn realm(&self) -> Realm;
    /// The object's name.
    fn name(&self) -> String;
}

/// One call, and what it is answered.
pub trait Call: Serialize + DeserializeOwned {
    /// The class of objects that take it.
    type To: Class;
    /// What it is answered.
    type Reply: Serialize + DeserializeOwned;
    /// Its number among those of its class: written down, never used again for another.
    const NUMBER: u8;
}

/// What is read of a letter before anything else.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Head {
    /// The realm that it is for.
    pub realm: Realm,
    /// The number of the call.
    pub number: u8,
    /// The realm's time, in Unix seconds: an object never reads a clock for what it is asked.
    pub now: u64,
    /// When it was really sent, in Unix seconds: from then on its sender waits.
    pub sent: u64,
}

impl Head {
    /// Reads the head of a letter, and what follows it; nothing when it is not a letter that this code knows.
    #[must_use]
    pub fn read(letter: &[u8]) -> Option<(Self, &[u8])> {
        let letter = letter.strip_prefix(&MAGIC)?.strip_prefix(&[VERSION])?;
        postcard::take_from_bytes(letter).ok()
    }
}

/// A call as an object receives it: where, at which time of the realm, and when it was really sent.
#[derive(Debug, Clone, Copy)]
pub struct Called<P> {
    /// Where the object stands.
    pub place: P,
    /// The realm's time.
    pub now: Moment,
    /// When it was really sent.
    pub sent: Moment,
}

/// Writes a letter.
pub(crate) fn write<C: Call>(
    place: &<C::To as Class>::Place,
    now: Moment,
    sent: Moment,
    call: &C,
) -> Result<Vec<u8>, Failure> {
    let head = Head {
        realm: place.realm(),
        number: C::NUMBER,
        now: now.unix(),
        sent: sent.unix(),
    };
    let mut letter = [MAGIC.as_slice(), &[VERSION]].concat();
    for part in [
        postcard::to_stdvec(&head),
        postcard::to_stdvec(place),
        postcard::to_stdvec(call),
    ] {
        letter.extend_from_slice(&part.map_err(|_| store::Fault::Shape)?);
    }
    Ok(letter)
}

/// A letter, opened.
pub(crate) enum Opened<K: Class> {
    /// A call for an object of this class.
    Call(Called<K::Place>, K::Received),
    /// A letter that would remove a whole object of the national realm: nobody may ask that.
    Forbidden,
    /// Not a letter that this code knows.
    Unknown,
}

/// Opens a letter. A call that removes a whole object is looked at no further in the national realm.
pub(crate) fn open<K: Class>(letter: &[u8]) -> Opened<K> {
    let Some((head, rest)) = Head::read(letter) else {
        return Opened::Unknown;
    };
    if K::END == Some(head.number) && head.realm == Realm::National {
        return Opened::Forbidden;
    }
    let read = || {
        let (place, body) = postcard::take_from_bytes::<K::Place>(rest).ok()?;
        let called = Called {
            now: Moment::from_unix(head.now),
            sent: Moment::from_unix(head.sent),
            place,
        };
        (called.place.realm() == head.realm)
            .then(|| K::read(head.number, body))
            .flatten()
            .map(|call| (called, call))
    };
    match read() {
        Some((called, call)) => Opened::Call(called, call),
        None => Opened::Unknown,
    }
}

/// What a call must be answered. It is given out once, with the call, and takes no other type.
pub struct To<R>(PhantomData<R>);

impl<R: Serialize> To<R> {
    pub(crate) const fn new() -> Self {
        Self(PhantomData)
    }

    /// The answer. Faults leave without a word about what is stored; `Answer::trouble` says what the operator is
    /// told.
    pub fn answer(self, result: Result<R, Failure>) -> Answer {
        let trouble = result.as_ref().err().and_then(trouble);
        let result: Result<R, Refusal> = result.map_err(Refusal::from);
        let bytes = postcard::to_stdvec(&result).unwrap_or_default();
        Answer {
            bytes: [&[REPLY, VERSION], bytes.as_slice()].concat(),
            trouble,
        }
    }
}

/// What the operator is told of a failure: nothing of a refusal.
pub(crate) const fn trouble(failure: &Failure) -> Option<Event> {
    match failure {
        Failure::Fault(_) => Some(Event::StorageFailed),
        Failure::Unreadable(_) => Some(Event::Unreadable),
        Failure::Newer => Some(Event::NewerTables),
        Failure::Misplaced => Some(Event::Misplaced),
        Failure::Refused(_) | Failure::Moved => None,
    }
}

/// An object's answer, ready to be sent.
pub struct Answer {
    pub(crate) bytes: Vec<u8>,
    pub(crate) trouble: Option<Event>,
}

/// Refuses a call before it is known what it must be answered: a refusal has the same bytes for all.
pub(crate) fn refuse(failure: Failure) -> Answer {
    To::<()>::new().answer(Err(failure))
}

/// The answer to a letter that is not known here: nothing was done, and it may be sent again later.
pub(crate) fn try_later() -> Vec<u8> {
    vec![REPLY, 0]
}

/// Reads a reply; nothing when it is not known here, or says to try later.
fn read_reply<R: DeserializeOwned>(reply: &[u8]) -> Option<Result<R, Refusal>> {
    let rest = reply.strip_prefix(&[REPLY, VERSION])?;
    postcard::from_bytes(rest).ok()
}

/// Asks an object, and waits for its answer.
///
/// # Errors
/// What the object refused; [`Refusal::Unavailable`] when it did not answer in time, or does not know this call.
pub(crate) async fn ask<C: Call>(
    host: &impl Host,
    place: &<C::To as Class>::Place,
    now: Moment,
    call: &C,
) -> Result<C::Reply, Refusal> {
    let reached = reach(host, PATIENCE, place, now, call).await;
    reached.unwrap_or(Err(Refusal::Unavailable))
}

/// The same, and `None` when the object is of a release that does not know this call: it did nothing.
pub(crate) async fn ask_if_known<C: Call>(
    host: &impl Host,
    place: &<C::To as Class>::Place,
    now: Moment,
    call: &C,
) -> Result<Option<C::Reply>, Refusal> {
    let reply = send(host, PATIENCE, place, now, call).await;
    let reply = reply.ok_or(Refusal::Unavailable)?;
    if reply == try_later() {
        return Ok(None);
    }
    let reply = understand::<C>(host, &reply).ok_or(Refusal::Unavailable)?;
    reply.map(Some)
}

/// The same as [`ask`] with another patience, and `None` when no answer came in time: the call may have been executed or
/// not.
pub(crate) async fn reach<C: Call>(
    host: &impl Host,
    patience: Duration,
    place: &<C::To as Class>::Place,
    now: Moment,
    call: &C,
) -> Option<Result<C::Reply, Refusal>> {
    let reply = send(host, patience, place, now, call).await?;
    understand::<C>(host, &reply)
}

fn understand<C: Call>(host: &impl Host, reply: &[u8]) -> Option<Result<C::Reply, Refusal>> {
    let reply = read_reply(reply);
    if reply.is_none() {
        host.log(Event::NotUnderstood, C::To::NAME);
    }
    reply
}

/// Sends a call: the bytes of its answer, should one come in time.
async fn send<C: Call>(
    host: &impl Host,
    patience: Duration,
    place: &<C::To as Class>::Place,
    now: Moment,
    call: &C,
) -> Option<Vec<u8>> {
    let letter = write(place, now, host.now(), call).ok()?;
    let name = place.name();
    let answer = host.send(C::To::NAME, &name, letter);
    match select(pin!(answer), pin!(host.wait(patience))).await {
        Either::Left((Ok(reply), _)) => Some(reply),
        Either::Left((Err(_), _)) => {
            host.log(Event::Failed, C::To::NAME);
            None
        }
        Either::Right(_) => {
            host.log(Event::LateAnswer, C::To::NAME);
            None
        }
    }
}
