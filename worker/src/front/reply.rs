//! Replies, and the headers that every one carries.

use serde::Serialize;
use wire::Refusal;
use worker::{Headers, Response, ResponseBody, Result};

/// What is answered: a status code and perhaps JSON.
pub(crate) struct Reply {
    status: u16,
    body: Option<Vec<u8>>,
    cache: &'static str,
}

impl Reply {
    /// JSON, under this status code.
    pub(crate) fn json(status: u16, body: &impl Serialize) -> std::result::Result<Self, Refusal> {
        let body = serde_json::to_vec(body).map_err(|_| Refusal::Unavailable)?;
        Ok(Self {
            body: Some(body),
            ..Self::nothing(status)
        })
    }

    /// Text that is JSON already: 200.
    pub(crate) fn written(json: String) -> Self {
        Self {
            body: Some(json.into_bytes()),
            ..Self::nothing(200)
        }
    }

    /// JSON that tells of nobody, the same for everyone: 200.
    pub(crate) fn public(json: &'static str) -> Self {
        Self {
            cache: "no-cache",
            ..Self::written(json.to_owned())
        }
    }

    /// 204.
    pub(crate) const fn empty() -> Self {
        Self::nothing(204)
    }

    /// `no-transform` also keeps compression away: a compressed length would tell of the content.
    const fn nothing(status: u16) -> Self {
        Self {
            status,
            body: None,
            cache: "no-store, no-transform",
        }
    }
}

const HEADERS: [(&str, &str); 2] = [
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
];

/// A reply or a refusal as HTTP.
pub(crate) fn respond(result: std::result::Result<Reply, Refusal>) -> Result<Response> {
    let headers = Headers::new();
    for (name, value) in HEADERS {
        headers.set(name, value)?;
    }
    let Reply {
        status,
        body,
        cache,
    } = match result {
        Ok(reply) => reply,
        Err(refusal) => {
            if let Some(methods) = refusal.allowed() {
                headers.set("Allow", methods)?;
            }
            if let Some(seconds) = refusal.retry_after() {
                headers.set("Retry-After", &seconds.to_string())?;
            }
            let body = refusal.body().map(String::into_bytes);
            Reply {
                body,
                ..Reply::nothing(refusal.status())
            }
        }
    };
    headers.set("Cache-Control", cache)?;
    let body = match body {
        Some(bytes) => {
            headers.set("Content-Type", "application/json")?;
            ResponseBody::Body(bytes)
        }
        None => ResponseBody::Empty,
    };
    Ok(Response::from_body(body)?
        .with_status(status)
        .with_headers(headers))
}
