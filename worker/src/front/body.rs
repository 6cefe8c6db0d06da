//! Bodies, read under a cap and in time.

use core::pin::pin;
use core::time::Duration;

use futures_util::StreamExt;
use futures_util::future::{Either, select};
use serde::de::DeserializeOwned;
use wire::{BodyRule, Refusal, json};
use worker::{Delay, Request};

/// A whole body, and whether it is said to be JSON.
///
/// It comes first, and then the time is taken at which the request is served: whoever sends it slowly, or holds
/// its end back, is served at the time at which it ended.
#[derive(Default)]
pub(crate) struct Body {
    is_json: bool,
    bytes: Vec<u8>,
}

/// Longest that a small body may take, and one that may be megabytes, from a phone on a slow network.
const PATIENCE: Duration = Duration::from_secs(30);
const MORE_PATIENCE: Duration = Duration::from_mins(5);

impl Body {
    /// Receives a body as the route table has it; what is larger is refused before it is read.
    pub(crate) async fn receive(request: &mut Request, rule: BodyRule) -> Result<Self, Refusal> {
        let content_type = header(request, "Content-Type").unwrap_or_default();
        let media_type = content_type.split(';').next().unwrap_or_default().trim();
        let patience = match rule {
            BodyRule::Nothing => return Ok(Self::default()),
            BodyRule::Json | BodyRule::JsonIfAny => PATIENCE,
            BodyRule::Report => MORE_PATIENCE,
        };
        let bytes = pin!(read(request, rule.most_bytes()));
        match select(bytes, pin!(Delay::from(patience))).await {
            Either::Left((bytes, _)) => Ok(Self {
                is_json: media_type.eq_ignore_ascii_case("application/json"),
                bytes: bytes?,
            }),
            Either::Right(_) => Err(TOO_SLOW),
        }
    }

    /// The bytes of what is said to be JSON.
    pub(crate) fn as_json(&self) -> Result<&[u8], Refusal> {
        if self.is_json {
            Ok(&self.bytes)
        } else {
            Err(Refusal::NotJson)
        }
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

async fn read(request: &mut Request, most: usize) -> Result<Vec<u8>, Refusal> {
    if let Some(length) = header(request, "Content-Length") {
        // Of 64 bits: a length that `usize` does not hold here is too large, not absent.
        let length: u64 = length.parse().map_err(|_| NO_LENGTH)?;
        if length > most as u64 {
            return Err(Refusal::TooLarge);
        }
    }
    // It grows with what comes: whoever announces much and sends nothing takes no memory.
    let mut body = Vec::new();
    if request.inner().body().is_none() {
        return Ok(body);
    }
    let mut stream = request.stream().map_err(|_| CUT_OFF)?;
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|_| CUT_OFF)?;
        if body.len() + chunk.len() > most {
            return Err(Refusal::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

const NO_LENGTH: Refusal = Refusal::malformed("Content-Length: send the number of bytes.");
const CUT_OFF: Refusal = Refusal::malformed("The body was cut off.");
const TOO_SLOW: Refusal = Refusal::malformed("The body did not end in time.");

pub(crate) fn header(request: &Request, name: &str) -> Option<String> {
    request.headers().get(name).ok().flatten()
}
