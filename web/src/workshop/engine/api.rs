//! The network: one request, one reply, both kept byte for byte.

use core::future::Future;

use decree::Moment;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::story::Trouble;

/// What the workshop needs of the machine it runs on.
pub trait Host {
    /// Sends a request to this origin and waits for the reply.
    fn exchange(
        &self,
        method: Method,
        path: &str,
        body: Option<&[u8]>,
    ) -> impl Future<Output = Result<Reply, Lost>>;

    /// Real time.
    fn now(&self) -> Moment;
}

/// An HTTP method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Sends.
    Post,
    /// Ends.
    Delete,
}

impl Method {
    /// As HTTP writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Delete => "DELETE",
        }
    }
}

/// What the server answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Seconds of the `Retry-After` header.
    pub retry_after: Option<u32>,
    /// The body, as received.
    pub body: Vec<u8>,
}

/// No reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    /// The network is down, or dropped on the way.
    Offline,
    /// Nothing came in time.
    TimedOut,
}

/// A request and its reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// Method.
    pub method: Method,
    /// Path on this origin.
    pub path: String,
    /// Body sent; empty when there is none.
    pub sent: Vec<u8>,
    /// What came back.
    pub reply: Reply,
}

/// Why a call gave nothing usable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// To be shown, and tried again.
    Trouble(Trouble),
    /// The realm is no more.
    Gone,
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}

impl From<Lost> for Failure {
    fn from(lost: Lost) -> Self {
        Self::Trouble(match lost {
            Lost::Offline => Trouble::Offline,
            Lost::TimedOut => Trouble::TimedOut,
        })
    }
}

impl Exchange {
    /// Sends `body` as JSON, or nothing.
    ///
    /// # Errors
    /// [`Failure`] if no reply came; any status is a reply.
    pub async fn make(
        host: &impl Host,
        method: Method,
        path: String,
        body: Option<&impl Serialize>,
    ) -> Result<Self, Failure> {
        let sent = match body {
            Some(body) => Some(serde_json::to_vec(body).map_err(|_| Trouble::Garbled)?),
            None => None,
        };
        let reply = host.exchange(method, &path, sent.as_deref()).await?;
        Ok(Self {
            method,
            path,
            sent: sent.unwrap_or_default(),
            reply,
        })
    }

    /// Reads the reply, whose status must be this one.
    ///
    /// # Errors
    /// [`Failure`], by status; [`Trouble::Garbled`] if the body is not what the route answers.
    pub fn read<T: DeserializeOwned>(&self, status: u16) -> Result<T, Failure> {
        self.expect_status(status)?;
        Ok(serde_json::from_slice(&self.reply.body).map_err(|_| Trouble::Garbled)?)
    }

    /// Checks that the status is this one.
    ///
    /// # Errors
    /// [`Failure`], by status.
    pub fn expect_status(&self, status: u16) -> Result<(), Failure> {
        match self.reply.status {
            found if found == status => Ok(()),
            404 => Err(Failure::Gone),
            429 => Err(Trouble::Busy(self.reply.retry_after.unwrap_or(SOON)).into()),
            500.. => Err(Trouble::Unavailable.into()),
            other => Err(Trouble::Refused(other).into()),
        }
    }
}

/// Seconds to wait when the server does not say.
const SOON: u32 = 8;
