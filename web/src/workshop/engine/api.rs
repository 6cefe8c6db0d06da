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

#[cfg(target_arch = "wasm32")]
pub use browser::Browser;

#[cfg(target_arch = "wasm32")]
mod browser {
    use decree::Moment;
    use js_sys::{Reflect, Uint8Array};
    use wasm_bindgen::{JsCast, JsValue};
    use wasm_bindgen_futures::JsFuture;
    use web_sys::{AbortSignal, Headers, RequestInit, Response};

    use super::{Host, Lost, Method, Reply};

    /// Nothing that the trial server does takes longer.
    const PATIENCE_MS: u32 = 20_000;

    /// The visitor's browser: `fetch` on this origin alone.
    #[derive(Clone, Copy, Debug)]
    pub struct Browser;

    impl Host for Browser {
        async fn exchange(
            &self,
            method: Method,
            path: &str,
            body: Option<&[u8]>,
        ) -> Result<Reply, Lost> {
            fetch(method, path, body)
                .await
                .map_err(|error| lost(&error))
        }

        fn now(&self) -> Moment {
            Moment::from_unix((js_sys::Date::now() / 1_000.0) as u64)
        }
    }

    async fn fetch(method: Method, path: &str, body: Option<&[u8]>) -> Result<Reply, JsValue> {
        let init = RequestInit::new();
        init.set_method(method.name());
        init.set_signal(Some(&AbortSignal::timeout_with_u32(PATIENCE_MS)));
        if let Some(body) = body {
            let headers = Headers::new()?;
            headers.set("Content-Type", "application/json")?;
            init.set_headers(&headers);
            init.set_body(&Uint8Array::from(body));
        }
        let window = web_sys::window().ok_or(JsValue::NULL)?;
        let response: Response = JsFuture::from(window.fetch_with_str_and_init(path, &init))
            .await?
            .dyn_into()?;
        let body = JsFuture::from(response.array_buffer()?).await?;
        Ok(Reply {
            status: response.status(),
            retry_after: response
                .headers()
                .get("Retry-After")?
                .and_then(|seconds| seconds.parse().ok()),
            body: Uint8Array::new(&body).to_vec(),
        })
    }

    fn lost(error: &JsValue) -> Lost {
        let name = Reflect::get(error, &JsValue::from_str("name")).ok();
        match name.and_then(|name| name.as_string()).as_deref() {
            Some("TimeoutError" | "AbortError") => Lost::TimedOut,
            _ => Lost::Offline,
        }
    }
}
