//! Replies, and the headers that every one carries.

use serde::Serialize;
use wire::health::Health;
use wire::{Methods, Refusal};
use worker::{Headers, Response, ResponseBody, Result};

/// What is answered: a status code, and perhaps a body.
pub(crate) struct Reply {
    status: u16,
    body: Option<Vec<u8>>,
    media_type: &'static str,
    /// The name under which a browser saves it.
    file: Option<String>,
    cache: &'static str,
    /// What the address answers, where that was asked.
    allows: Option<Methods>,
}

/// Whose pages a browser lets read an answer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Readers {
    /// Those of this server alone.
    OwnOrigin,
    /// Those of every origin; without what a browser keeps of this one, so that what they get is what anybody gets.
    Everyone,
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
            allows: None,
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

    /// Which methods the address answers: 204.
    pub(crate) fn methods(methods: Methods) -> Self {
        Self {
            allows: Some(methods),
            ..Self::empty()
        }
    }

    const fn nothing(status: u16) -> Self {
        Self {
            status,
            body: None,
            media_type: JSON,
            file: None,
            cache: PRIVATE,
            allows: None,
        }
    }
}

const JSON: &str = "application/json";

/// `no-transform` also keeps compression away: a compressed length would tell of the content.
const PRIVATE: &str = "no-store, no-transform";

/// What every answer says to browsers: that it is no document to run, to frame, or to guess the type of. The page's files
/// say it in `web/public/_headers`.
const HEADERS: [(&str, &str); 4] = [
    (
        "Content-Security-Policy",
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    ("Referrer-Policy", "no-referrer"),
    ("Strict-Transport-Security", "max-age=31536000"),
    ("X-Content-Type-Options", "nosniff"),
];

/// What an answer says besides to the pages of other origins (Fetch, 3.2 and 3.7).
const fn sharing(readers: Readers) -> &'static [(&'static str, &'static str)] {
    match readers {
        Readers::OwnOrigin => &[("Cross-Origin-Resource-Policy", "same-origin")],
        Readers::Everyone => &[
            ("Access-Control-Allow-Origin", "*"),
            ("Access-Control-Expose-Headers", "Date, Retry-After"),
            ("Cross-Origin-Resource-Policy", "cross-origin"),
        ],
    }
}

/// What a browser asks for before it sends something that a form could not: all of it may be sent, since none of it is
/// looked at.
const PREFLIGHT: [(&str, &str); 3] = [
    ("Access-Control-Allow-Headers", "*"),
    ("Access-Control-Allow-Methods", "GET, HEAD"),
    ("Access-Control-Max-Age", "86400"),
];

/// The time, as `Date` has it (RFC 9110, 5.6.7 and 6.6.1): the runtime sends none.
pub(crate) fn now() -> String {
    js_sys::Date::new_0().to_utc_string().into()
}

/// A reply or a refusal as HTTP.
pub(crate) fn respond(
    readers: Readers,
    result: std::result::Result<Reply, Refusal>,
) -> Result<Response> {
    let headers = Headers::new();
    headers.set("Date", &now())?;
    for (name, value) in HEADERS.iter().chain(sharing(readers)) {
        headers.set(name, value)?;
    }
    let Reply {
        status,
        body,
        media_type,
        file,
        cache,
        allows,
    } = match result {
        Ok(reply) => reply,
        Err(refusal) => {
            if let Some(methods) = refusal.allowed() {
                headers.set("Allow", &methods)?;
            }
            if let Some(seconds) = refusal.retry_after() {
                headers.set("Retry-After", &seconds.to_string())?;
            }
            if let Some(challenge) = refusal.challenge() {
                headers.set("WWW-Authenticate", challenge)?;
            }
            if let Some(coding) = refusal.coding() {
                headers.set("Accept-Encoding", coding)?;
            }
            let body = refusal.body().map(String::into_bytes);
            Reply {
                body,
                ..Reply::nothing(refusal.status())
            }
        }
    };
    headers.set("Cache-Control", cache)?;
    if let Some(methods) = allows {
        headers.set("Allow", &methods.names())?;
        if readers == Readers::Everyone {
            for (name, value) in PREFLIGHT {
                headers.set(name, value)?;
            }
        }
    }
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
