//! Bodies, read under a cap and in time.

mod parts;

use core::cell::RefCell;
use core::mem;
use core::pin::pin;
use core::time::Duration;

use futures_util::future::{Either, select};
use objects::front::bodies::{Receipt, Receiving};
use serde::de::DeserializeOwned;
use wire::api::OpenedReport;
use wire::{BodyRule, Refusal, json};
use worker::{Delay, Request};

use self::parts::Parts;

/// A whole body, and whether it is said to be JSON.
///
/// It comes first, and then the time is taken at which the request is served: whoever sends it slowly, or holds
/// its end back, is served at the time at which it ended.
#[derive(Default)]
pub(crate) struct Body {
    is_json: bool,
    bytes: Vec<u8>,
}

/// Longest that a small body may take, and that any may stand still; and longest for one that may be megabytes, from a phone
/// on a slow network.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often somebody looks whether a body stands still: and not at each of its parts, since a timer costs as much as a
/// part.
const LOOKS: Duration = Duration::from_secs(5);
const MORE_PATIENCE: Duration = Duration::from_mins(5);

impl Body {
    /// Receives a body as the route table has it; what is larger, or compressed, is refused before it is read.
    pub(crate) async fn receive(request: &mut Request, rule: BodyRule) -> Result<Self, Refusal> {
        let content_type = header(request, "Content-Type").unwrap_or_default();
        let media_type = content_type.split(';').next().unwrap_or_default().trim();
        let patience = match rule {
            BodyRule::Nothing => return Ok(Self::default()),
            BodyRule::Json | BodyRule::JsonIfAny => PATIENCE,
            BodyRule::Report => MORE_PATIENCE,
        };
        if header(request, "Content-Encoding").is_some_and(|coding| !is_identity(&coding)) {
            return Err(Refusal::Encoded);
        }
        let is_json = media_type.eq_ignore_ascii_case("application/json");
        let bytes = pin!(read(request, rule, is_json));
        match select(bytes, pin!(Delay::from(patience))).await {
            Either::Left((bytes, _)) => Ok(Self {
                is_json,
                bytes: bytes?,
            }),
            Either::Right(_) => Err(TOO_SLOW),
        }
    }

    /// The bytes of what is said to be JSON.
    pub(crate) fn as_json(&self) -> Result<&[u8], Refusal> {
        if self.is_json {
            Ok(json::without_mark(&self.bytes))
        } else {
            Err(Refusal::NotJson)
        }
    }

    /// The bytes, whatever they are said to be.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// What they say.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        json::read(self.as_json()?)
    }

    /// The same of a body that may be absent.
    pub(crate) fn read_if_any<T: DeserializeOwned + Default>(&self) -> Result<T, Refusal> {
        if self.bytes.is_empty() {
            return Ok(T::default());
        }
        self.read()
    }
}

async fn read(request: &mut Request, rule: BodyRule, is_json: bool) -> Result<Vec<u8>, Refusal> {
    let most = rule.most_bytes();
    // Of 64 bits: a length that `usize` does not hold here is too large, not absent.
    let length = header(request, "Content-Length").map(|length| length.parse::<u64>());
    let length = length.transpose().map_err(|_| NO_LENGTH)?;
    if length.is_some_and(|length| length > most as u64) {
        return Err(Refusal::TooLarge);
    }
    let Some(stream) = request.inner().body() else {
        return Ok(Vec::new());
    };
    let mut parts = Parts::of(stream.into(), length).map_err(|_| CUT_OFF)?;
    // It grows with what comes: whoever announces much and sends nothing takes no memory.
    let mut body = match rule {
        BodyRule::Report => Growing::Bounded(Bounded::begin()),
        BodyRule::Nothing | BodyRule::Json | BodyRule::JsonIfAny => Growing::Small(Vec::new()),
    };
    let (mut is_first, mut still) = (true, Duration::ZERO);
    let mut look = pin!(Delay::from(LOOKS));
    loop {
        let mut part = pin!(parts.next());
        let part = loop {
            match select(part.as_mut(), look.as_mut()).await {
                Either::Left((part, _)) => break part.map_err(|_| CUT_OFF)?,
                Either::Right(_) => still += LOOKS,
            }
            // Who makes room for others is told so, though nothing more of it may come.
            if !body.is_held() {
                return Err(Refusal::Unavailable);
            }
            if still > PATIENCE {
                return Err(TOO_SLOW);
            }
            look.set(Delay::from(LOOKS));
        };
        still = Duration::ZERO;
        let Some(part) = part else {
            return body.end();
        };
        if body.add(&part)? > most {
            return Err(Refusal::TooLarge);
        }
        if mem::take(&mut is_first) && rule == BodyRule::Report && is_json {
            OpenedReport::check_start(&part)?;
        }
    }
}

/// A body on its way in.
enum Growing {
    /// Of a few kilobytes at the most.
    Small(Vec<u8>),
    /// Of megabytes, perhaps: one of those that are bounded together.
    Bounded(Bounded),
}

impl Growing {
    fn add(&mut self, chunk: &[u8]) -> Result<usize, Refusal> {
        match self {
            Self::Small(body) => {
                body.extend_from_slice(chunk);
                Ok(body.len())
            }
            Self::Bounded(body) => RECEIVING.with_borrow_mut(|all| all.add(body.0, chunk)),
        }
    }

    fn is_held(&self) -> bool {
        match self {
            Self::Small(_) => true,
            Self::Bounded(body) => RECEIVING.with_borrow(|all| all.holds(body.0)),
        }
    }

    fn end(self) -> Result<Vec<u8>, Refusal> {
        match self {
            Self::Small(body) => Ok(body),
            Self::Bounded(body) => RECEIVING.with_borrow_mut(|all| all.end(body.0)),
        }
    }
}

thread_local! {
    static RECEIVING: RefCell<Receiving> = RefCell::default();
}

/// One of the reports that this isolate receives; whatever becomes of the request, it holds nothing after.
struct Bounded(Receipt);

impl Bounded {
    fn begin() -> Self {
        Self(RECEIVING.with_borrow_mut(Receiving::begin))
    }
}

impl Drop for Bounded {
    fn drop(&mut self) {
        // It was ended already where the request goes on.
        let _: Result<_, Refusal> = RECEIVING.with_borrow_mut(|all| all.end(self.0));
    }
}

/// Whether a `Content-Encoding` names no coding that changes the body (RFC 9110, 8.4.1).
fn is_identity(coding: &str) -> bool {
    let mut all = coding.split(',').map(str::trim);
    all.all(|one| one.is_empty() || one.eq_ignore_ascii_case("identity"))
}

const NO_LENGTH: Refusal = Refusal::malformed("Content-Length: send the number of bytes.");
const CUT_OFF: Refusal = Refusal::malformed("The body was cut off.");
const TOO_SLOW: Refusal = Refusal::malformed("The body did not end in time.");

pub(crate) fn header(request: &Request, name: &str) -> Option<String> {
    request.headers().get(name).ok().flatten()
}
