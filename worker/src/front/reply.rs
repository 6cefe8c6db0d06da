//! Replies, and the headers that every one carries.

use serde::Serialize;
use wire::Refusal;
use wire::health::Health;
use worker::{Headers, Response, ResponseBody, Result};

/// What is answered: a status code, and perhaps a body.
pub(crate) struct Reply {
    status: u16,
    body: Option<Vec<u8>>,
    media_type: &'static str,
    /// The name under which a browser saves it.
    file: Option<String>,
    cache: &'static str,
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
            cache: PRIVATE,
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

    /// JSON that tells of nobody, the same for everyone: 200.
    pub(crate) fn public(json: &'static str) -> Self {
        Self {
            cache: "no-cache",
            ..Self::written(json.to_owned())
        }
    }

    /// Whether the server is ready: 200, or 503 with the reason.
    pub(crate) fn health(health: &Health) -> std::result::Result<Self, Refusal> {
        Self::json(if health.ready { 200 } else { 503 }, health)
    }

    /// 204.
    pub(crate) const fn empty() -> Self {
        Self::nothing(204)
    }

    const fn nothing(status: u16) -> Self {
        Self {
            status,
            body: None,
            media_type: JSON,
            file: None,
            cache: PRIVATE,
        }
    }
}

const JSON: &str = "application/json";

/// `no-transform` also keeps compression away: a compressed length would tell of the content.
const PRIVATE: &str = "no-store, no-transform";

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
        media_type,
        file,
        cache,
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
                body,
                ..Reply::nothing(refusal.status())
            }
        }
    };
    headers.set("Cache-Control", cache)?;
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
