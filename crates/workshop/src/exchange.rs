//! The network: one request, one reply, both kept byte for byte.

use serde::Serialize;
use serde_json::Value;

use crate::story::Trouble;
use crate::{Host, Lost, Method, Reply};

/// A request and its reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Exchange {
    /// Method.
    pub(crate) method: Method,
    /// Path on this origin.
    pub(crate) path: String,
    /// Body sent; empty when there is none.
    pub(crate) sent: Vec<u8>,
    /// What came back.
    pub(crate) reply: Reply,
}

/// Why a call gave nothing usable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
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

/// A request's body.
///
/// # Errors
/// [`Trouble::Garbled`], which no shape of the API gives.
pub(crate) fn json(body: &impl Serialize) -> Result<Vec<u8>, Trouble> {
    serde_json::to_vec(body).map_err(|_| Trouble::Garbled)
}

impl Exchange {
    /// Sends `body`, or nothing, and waits.
    ///
    /// Bodies come as bytes, so that all calls share one state machine: one per shape would weigh on the page.
    ///
    /// # Errors
    /// [`Failure`] if no reply came; any status is a reply.
    pub(crate) async fn make(
        host: &impl Host,
        method: Method,
        path: String,
        body: Option<Vec<u8>>,
    ) -> Result<Self, Failure> {
        let reply = host.exchange(method, &path, body.as_deref()).await?;
        Ok(Self {
            method,
            path,
            sent: body.unwrap_or_default(),
            reply,
        })
    }

    /// Reads the reply, whose status must be this one.
    ///
    /// # Errors
    /// [`Failure`], by status; [`Trouble::Garbled`] if the body is not JSON.
    pub(crate) fn read(&self, status: u16) -> Result<Read, Failure> {
        self.expect_status(status)?;
        Ok(Read::new(&self.reply.body)?)
    }

    /// Checks that the status is this one.
    ///
    /// # Errors
    /// [`Failure`], by status.
    pub(crate) fn expect_status(&self, status: u16) -> Result<(), Failure> {
        match self.reply.status {
            found if found == status => Ok(()),
            404 => Err(Failure::Gone),
            429 => Err(Trouble::Busy(self.reply.retry_after.unwrap_or(SOON)).into()),
            500.. => Err(Trouble::Unavailable.into()),
            other => Err(Trouble::Refused(other).into()),
        }
    }
}

/// A reply as JSON, whose members are picked by name.
///
/// The shapes are those of crate `wire`; a reader per shape would weigh 20 kB more on the page.
pub(crate) struct Read(pub Value);

impl Read {
    /// Reads JSON.
    ///
    /// # Errors
    /// [`Trouble::Garbled`] if it is none.
    pub(crate) fn new(text: &[u8]) -> Result<Self, Trouble> {
        serde_json::from_slice(text)
            .map(Self)
            .map_err(|_| Trouble::Garbled)
    }

    /// A member, to be read in its turn.
    ///
    /// # Errors
    /// [`Trouble::Garbled`] if it is not there.
    pub(crate) fn member(mut self, name: &str) -> Result<Self, Trouble> {
        self.0
            .get_mut(name)
            .map(|member| Self(member.take()))
            .ok_or(Trouble::Garbled)
    }

    /// A member that is text.
    ///
    /// # Errors
    /// [`Trouble::Garbled`] if it is not there, or no text.
    pub(crate) fn text(&self, name: &str) -> Result<&str, Trouble> {
        self.0
            .get(name)
            .and_then(Value::as_str)
            .ok_or(Trouble::Garbled)
    }

    /// A member that is a whole number.
    ///
    /// # Errors
    /// [`Trouble::Garbled`] if it is not there, or no such number.
    pub(crate) fn number(&self, name: &str) -> Result<u64, Trouble> {
        self.0
            .get(name)
            .and_then(Value::as_u64)
            .ok_or(Trouble::Garbled)
    }
}

/// Seconds to wait when the server does not say.
const SOON: u32 = 8;

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;
    use wire::api::{KeysReply, StatusReply};
    use wire::code::{HandedOut, Kind};
    use wire::demo::{Now, Opened};

    fn read(shape: &impl Serialize) -> Read {
        Read(serde_json::to_value(shape).unwrap())
    }

    #[test]
    fn members_have_the_names_of_the_shapes() {
        let opened = read(&Opened {
            session: "s".to_owned(),
            expires_at: 7,
        });
        assert_eq!(
            (opened.text("session"), opened.number("expiresAt")),
            (Ok("s"), Ok(7))
        );
        assert_eq!(
            read(&Now {
                now: 9,
                settled: None
            })
            .number("now"),
            Ok(9)
        );
        let code = HandedOut {
            code: "c".to_owned(),
            kind: Kind::Short,
            expires_at: 8,
        };
        let code = read(&code);
        assert_eq!(
            (code.text("code"), code.number("expiresAt")),
            (Ok("c"), Ok(8))
        );
        let keys = read(&KeysReply {
            registration: "k".to_owned(),
            registrations: Vec::new(),
        });
        assert_eq!(keys.text("registration"), Ok("k"));
        let status = StatusReply {
            risk_level: 4,
            tuples: "t".to_owned(),
            config: Vec::new(),
        };
        let status = read(&status);
        assert_eq!(
            (status.number("riskLevel"), status.text("tuples")),
            (Ok(4), Ok("t"))
        );
        assert_eq!(status.text("riskLevel"), Err(Trouble::Garbled));
        assert_eq!(status.number("declarationToken"), Err(Trouble::Garbled));
    }
}
