//! The one route table.

use serde::{Deserialize, Serialize};

use crate::Refusal;

/// The methods that some address answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Method {
    /// Reads.
    Get,
    /// Sends.
    Post,
    /// Ends.
    Delete,
}

impl Method {
    /// As `Allow` names it.
    pub(crate) const fn names(self) -> &'static str {
        match self {
            Self::Get => "GET, HEAD",
            Self::Post => "POST",
            Self::Delete => "DELETE",
        }
    }
}

/// Which realm a call is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope<'a> {
    /// `/api/…`: real time, everybody.
    National,
    /// `/demo/{session}/…`: one visitor's own realm. The session is not checked yet.
    Demo(&'a str),
}

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    /// `POST api/v6/captcha`
    Captcha,
    /// `POST api/v6/register`
    Register,
    /// `POST api/v6/status`
    Status,
    /// `POST api/v6/report`
    Report,
    /// `POST api/v6/unregister`
    Unregister,
    /// `POST api/v6/deleteExposureHistory`
    DeleteExposureHistory,
    /// `GET api/v6/clock`
    Clock,
    /// `GET api/keys`
    Keys,
    /// `GET api/statistics`
    Statistics,
    /// `GET api/statistics.csv`
    StatisticsCsv,
    /// `POST clock`, in a demo realm only.
    MoveClock,
    /// `POST code`, in a demo realm only.
    HandOutCode,
    /// `GET state`, in a demo realm only.
    State,
    /// `DELETE`, on a demo realm only.
    End,
}

impl Call {
    /// Whether it is a phone's: it makes, uses or deletes what is stored of a person.
    #[must_use]
    pub const fn is_personal(self) -> bool {
        match self {
            Self::Captcha
            | Self::Register
            | Self::Status
            | Self::Report
            | Self::Unregister
            | Self::DeleteExposureHistory => true,
            Self::Clock
            | Self::Keys
            | Self::Statistics
            | Self::StatisticsCsv
            | Self::MoveClock
            | Self::HandOutCode
            | Self::State
            | Self::End => false,
        }
    }
}

/// What an issuer asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Desk<'a> {
    /// `POST /issuer/v1/codes`
    HandOut,
    /// `POST /issuer/v1/batches`
    HandOutBatch,
    /// `POST /issuer/v1/qr`
    Picture,
    /// `POST /issuer/v1/keys`
    MakeKey,
    /// `GET /issuer/v1/keys`
    ListKeys,
    /// `DELETE /issuer/v1/keys/{id}`
    RevokeKey(&'a str),
    /// `GET /issuer/v1/acts`
    ListActs,
}

/// An address and a method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route<'a> {
    /// A call in a realm.
    Realm(Scope<'a>, Call),
    /// `POST /demo`
    OpenDemo,
    /// `GET /api/openapi.json`
    Describe,
    /// A call at the issuers' door.
    Issuer(Desk<'a>),
    /// Anything outside `/api`, `/demo`, `/issuer` and `/log`: a file of the page.
    Page(&'a str),
}

/// The addresses that belong to no realm.
pub(crate) const FIXED: &[(&str, Method, Route<'static>)] = &[
    ("api/openapi.json", Method::Get, Route::Describe),
    ("demo", Method::Post, Route::OpenDemo),
];

/// The calls that every realm answers, below `/api` or `/demo/{session}/api`.
pub(crate) const API: &[(&str, Method, Call)] = &[
    ("v6/captcha", Method::Post, Call::Captcha),
    ("v6/register", Method::Post, Call::Register),
    ("v6/status", Method::Post, Call::Status),
    ("v6/report", Method::Post, Call::Report),
    ("v6/unregister", Method::Post, Call::Unregister),
    (
        "v6/deleteExposureHistory",
        Method::Post,
        Call::DeleteExposureHistory,
    ),
    ("v6/clock", Method::Get, Call::Clock),
    ("keys", Method::Get, Call::Keys),
    ("statistics", Method::Get, Call::Statistics),
    ("statistics.csv", Method::Get, Call::StatisticsCsv),
];

/// The calls that only a demo realm answers, below `/demo/{session}`.
pub(crate) const DEMO: &[(&str, Method, Call)] = &[
    ("clock", Method::Post, Call::MoveClock),
    ("code", Method::Post, Call::HandOutCode),
    ("state", Method::Get, Call::State),
    ("", Method::Delete, Call::End),
];

impl<'a> Route<'a> {
    /// Finds what `method` and `path` ask for; `method` is `None` when no address answers it.
    ///
    /// # Errors
    /// [`Refusal::NotFound`], [`Refusal::WrongMethod`].
    pub fn find(method: Option<Method>, path: &'a str) -> Result<Self, Refusal> {
        let bare = path.strip_prefix('/').unwrap_or(path);
        let fixed = lookup(FIXED, method, bare);
        if fixed != Err(Refusal::NotFound) {
            return fixed;
        }
        let mut parts = bare.splitn(3, '/');
        let top = parts.next().unwrap_or_default();
        let second = parts.next();
        let rest = parts.next();
        match (top, second, rest) {
            ("api", Some(_), _) => {
                let below = path.strip_prefix("/api/").unwrap_or_default();
                lookup(API, method, below).map(|call| Self::Realm(Scope::National, call))
            }
            ("demo", Some(session), rest) => {
                let rest = rest.unwrap_or_default();
                match rest.strip_prefix("api/") {
                    Some(below) => lookup(API, method, below),
                    None => lookup(DEMO, method, rest),
                }
                .map(|call| Self::Realm(Scope::Demo(session), call))
            }
            ("issuer", Some("v1"), Some(below)) => desk(method, below).map(Self::Issuer),
            ("api" | "issuer" | "log", _, _) => Err(Refusal::NotFound),
            _ => only(method, Method::Get, Self::Page(path)),
        }
    }
}

fn desk<'a>(method: Option<Method>, below: &'a str) -> Result<Desk<'a>, Refusal> {
    match below {
        "codes" => only(method, Method::Post, Desk::HandOut),
        "batches" => only(method, Method::Post, Desk::HandOutBatch),
        "qr" => only(method, Method::Post, Desk::Picture),
        "acts" => only(method, Method::Get, Desk::ListActs),
        "keys" => match method {
            Some(Method::Get) => Ok(Desk::ListKeys),
            Some(Method::Post) => Ok(Desk::MakeKey),
            _ => Err(Refusal::NeitherMethod(Method::Get, Method::Post)),
        },
        _ => match below.strip_prefix("keys/") {
            Some(id) if !id.is_empty() && !id.contains('/') => {
                only(method, Method::Delete, Desk::RevokeKey(id))
            }
            _ => Err(Refusal::NotFound),
        },
    }
}

fn lookup<T: Copy>(
    table: &[(&str, Method, T)],
    method: Option<Method>,
    below: &str,
) -> Result<T, Refusal> {
    let (_, right, found) = table
        .iter()
        .find(|(name, ..)| *name == below)
        .ok_or(Refusal::NotFound)?;
    only(method, *right, *found)
}

fn only<T>(method: Option<Method>, right: Method, found: T) -> Result<T, Refusal> {
    if method == Some(right) {
        Ok(found)
    } else {
        Err(Refusal::WrongMethod(right))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_realms_answer_the_same_calls() {
        for (name, method, call) in API {
            let national = format!("/api/{name}");
            let demo = format!("/demo/s/api/{name}");
            assert_eq!(
                Route::find(Some(*method), &national),
                Ok(Route::Realm(Scope::National, *call))
            );
            assert_eq!(
                Route::find(Some(*method), &demo),
                Ok(Route::Realm(Scope::Demo("s"), *call))
            );
            let refused = Err(Refusal::WrongMethod(*method));
            assert_eq!(Route::find(None, &demo), refused);
        }
    }

    #[test]
    fn the_clock_of_the_national_realm_cannot_be_moved() {
        for path in [
            "/api/clock",
            "/api/v6/state",
            "/api/code",
            "/api",
            "/api/",
            "/log/x",
            "/issuer/v1",
        ] {
            assert_eq!(
                Route::find(Some(Method::Post), path),
                Err(Refusal::NotFound),
                "{path}"
            );
        }
    }

    #[test]
    fn demo_realms() {
        let demo = |method, path| Route::find(Some(method), path);
        assert_eq!(demo(Method::Post, "/demo"), Ok(Route::OpenDemo));
        let refused = Err(Refusal::WrongMethod(Method::Post));
        assert_eq!(demo(Method::Get, "/demo"), refused);
        assert_eq!(
            demo(Method::Delete, "/demo/s"),
            Ok(Route::Realm(Scope::Demo("s"), Call::End))
        );
        assert_eq!(
            demo(Method::Post, "/demo/s/clock"),
            Ok(Route::Realm(Scope::Demo("s"), Call::MoveClock))
        );
        assert_eq!(
            demo(Method::Post, "/demo/s/t/clock"),
            Err(Refusal::NotFound)
        );
    }

    #[test]
    fn the_issuers_door() {
        let find = |method, path| Route::find(Some(method), path);
        let call = |call| Ok(Route::Issuer(call));
        assert_eq!(find(Method::Get, "/issuer/v1/keys"), call(Desk::ListKeys));
        assert_eq!(find(Method::Post, "/issuer/v1/keys"), call(Desk::MakeKey));
        let refused = find(Method::Delete, "/issuer/v1/keys").unwrap_err();
        assert_eq!(refused.allowed().unwrap(), "GET, HEAD, POST");
        let revoke = call(Desk::RevokeKey("7"));
        assert_eq!(find(Method::Delete, "/issuer/v1/keys/7"), revoke);
        let refused = Err(Refusal::WrongMethod(Method::Delete));
        assert_eq!(find(Method::Get, "/issuer/v1/keys/7"), refused);
        for path in [
            "/issuer",
            "/issuer/",
            "/issuer/v1/keys/",
            "/issuer/v1/keys/7/8",
        ] {
            let refused = find(Method::Delete, path);
            assert_eq!(refused, Err(Refusal::NotFound), "{path}");
        }
    }

    #[test]
    fn everything_else_is_the_page() {
        for path in ["/", "/en/", "/atelier", "/assets/x.css", "/apix"] {
            assert_eq!(
                Route::find(Some(Method::Get), path),
                Ok(Route::Page(path)),
                "{path}"
            );
        }
    }
}
