//! Replies, and the headers that every one carries.

use serde::Serialize;
use wire::Refusal;
use worker::{Headers, Response, ResponseBody, Result};

/// What is answered: a status code and perhaps a body, mostly JSON.
pub(crate) struct Reply {
    status: u16,
    content_type: &'static str,
    body: Option<Vec<u8>>,
}

const JSON: &str = "application/json";

impl Reply {
    /// JSON, under this status code.
    pub(crate) fn json(status: u16, body: &impl Serialize) -> std::result::Result<Self, Refusal> {
        let body = serde_json::to_vec(body).map_err(|_| Refusal::Unavailable)?;
        Ok(Self {
            status,
            content_type: JSON,
            body: Some(body),
        })
    }

    /// Text that is JSON already: 200.
    pub(crate) fn written(json: String) -> Self {
        Self::text(JSON, json)
    }

    /// Text of another type: 200.
    pub(crate) fn text(content_type: &'static str, text: String) -> Self {
        Self {
            status: 200,
            content_type,
            body: Some(text.into_bytes()),
        }
    }

    /// 204.
    pub(crate) const fn empty() -> Self {
        Self {
            status: 204,
            content_type: JSON,
            body: None,
        }
    }
}

/// `no-transform` also keeps compression away: a compressed length would tell of the content.
const HEADERS: [(&str, &str); 3] = [
    ("Cache-Control", "no-store, no-transform"),
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
        content_type,
        body,
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
                status: refusal.status(),
                content_type: JSON,
                body,
            }
        }
    };
    let body = match body {
        Some(bytes) => {
            headers.set("Content-Type", content_type)?;
            ResponseBody::Body(bytes)
        }
        None => ResponseBody::Empty,
    };
    Ok(Response::from_body(body)?
        .with_status(status)
        .with_headers(headers))
}
