//! Replies, and the headers that every one carries.

use serde::Serialize;
use wire::Refusal;
use worker::{Headers, Response, ResponseBody, Result};

/// What is answered: a status code, and perhaps a body.
pub(crate) struct Reply {
    status: u16,
    body: Option<Vec<u8>>,
    media_type: &'static str,
    /// The name under which a browser saves it.
    file: Option<String>,
}

impl Reply {
    /// JSON, under this status code.
    pub(crate) fn json(status: u16, body: &impl Serialize) -> std::result::Result<Self, Refusal> {
        let body = serde_json::to_vec(body).map_err(|_| Refusal::Unavailable)?;
        Ok(Self::media(status, JSON, body))
    }

    /// Bytes of this type, under this status code.
    pub(crate) const fn media(status: u16, media_type: &'static str, body: Vec<u8>) -> Self {
        Self {
            status,
            body: Some(body),
            media_type,
            file: None,
        }
    }

    /// To be saved under this name.
    pub(crate) fn named(self, file: String) -> Self {
        Self {
            file: Some(file),
            ..self
        }
    }

    /// Text that is JSON already: 200.
    pub(crate) fn written(json: String) -> Self {
        Self::media(200, JSON, json.into_bytes())
    }

    /// 204.
    pub(crate) const fn empty() -> Self {
        Self {
            status: 204,
            body: None,
            media_type: JSON,
            file: None,
        }
    }
}

const JSON: &str = "application/json";

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
        body,
        media_type,
        file,
    } = match result {
        Ok(reply) => reply,
        Err(refusal) => {
            if let Some(methods) = refusal.allowed() {
                headers.set("Allow", &methods)?;
            }
            if let Some(seconds) = refusal.retry_after() {
                headers.set("Retry-After", &seconds.to_string())?;
            }
            let body = refusal.body().map(String::into_bytes);
            Reply {
                status: refusal.status(),
                body,
                ..Reply::empty()
            }
        }
    };
    let body = match body {
        Some(bytes) => {
            headers.set("Content-Type", media_type)?;
            if let Some(file) = file {
                headers.set(
                    "Content-Disposition",
                    &format!("attachment; filename=\"{file}\""),
                )?;
            }
            ResponseBody::Body(bytes)
        }
        None => ResponseBody::Empty,
    };
    Ok(Response::from_body(body)?
        .with_status(status)
        .with_headers(headers))
}
