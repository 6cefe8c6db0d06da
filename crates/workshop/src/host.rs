//! The port: all that the workshop knows of the machine that it runs on.

use core::future::Future;

use decree::Moment;
use rand_core::CryptoRng;

/// What the workshop has of the machine that it runs on.
pub trait Host {
    /// Draws the phones' keys, and their decoys.
    type Rng: CryptoRng;

    /// Sends a request to this origin and waits for the reply.
    fn exchange(
        &self,
        method: Method,
        path: &str,
        body: Option<&[u8]>,
    ) -> impl Future<Output = Result<Reply, Lost>>;

    /// Real time.
    fn now(&self) -> Moment;

    /// The machine's randomness.
    fn rng(&self) -> Self::Rng;
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
