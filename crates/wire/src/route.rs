//! The one route table.
//!
//! [`ROUTES`] says of each route which method and address it has, what is asked there, who may ask, and what is read of
//! the body. All else follows from it: what a request asks for ([`Route::find`]), the methods in a refusal's `Allow`,
//! the addresses that the platform hands to the worker ([`worker_first`]), the description of the API (crate
//! `openapi`), and the lists of addresses in the tests.

mod address;
mod find;
mod method;
#[cfg(test)]
mod tests;

pub use address::{Address, Door, addresses, is_open, worker_first};
pub use find::Found;
pub use method::{Method, Methods, OPTIONS};

use crate::{MAX_BODY_BYTES, MAX_REPORT_BYTES};

/// One route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// The method that it answers.
    pub method: Method,
    /// Its address. A named part, as `{id}`, stands for any text without a slash.
    pub path: &'static str,
    /// What is asked there, with the names of the named parts in their places.
    pub route: Route<'static>,
    /// Who may ask.
    pub caller: Caller,
    /// What is read of the body.
    pub body: BodyRule,
}

/// Who may ask. In a demo realm everybody needs its session besides, which is a part of the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caller {
    /// Anyone. What must come with a request (a proof of work, a one-time code) stands in its body.
    Anyone,
    /// A registered phone: the key of its account seals the request.
    Phone,
    /// A visitor, in the demo realm that the visitor opened.
    Visitor,
    /// An issuer, with a bearer key.
    Issuer,
}

/// What is read of the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyRule {
    /// Nothing: a body that comes all the same is not read.
    Nothing,
    /// JSON.
    Json,
    /// JSON, or no body at all.
    JsonIfAny,
    /// JSON, as large as a report may be.
    Report,
}

impl BodyRule {
    /// The largest body that is read, in bytes.
    #[must_use]
    pub const fn most_bytes(self) -> usize {
        match self {
            Self::Nothing => 0,
            Self::Json | Self::JsonIfAny => MAX_BODY_BYTES,
            Self::Report => MAX_REPORT_BYTES,
        }
    }
}

/// Every route. A row of a [`Route::Realm`] stands for two addresses: its own, which is the national realm's, and the
/// same below [`DEMO_REALM`].
// A table: one line each.
#[rustfmt::skip]
pub const ROUTES: &[Row] = {
    use BodyRule::{Json, JsonIfAny, Nothing, Report};
    use Caller::{Anyone, Issuer, Phone, Visitor};
    use Method::{Delete, Get, Post};
    &[
        row(Get,    "/api/openapi.json",             Route::Describe,                    Anyone,  Nothing),
        row(Get,    "/api/health",                   Route::Health,                      Anyone,  Nothing),
        row(Post,   "/demo",                         Route::OpenDemo,                    Anyone,  JsonIfAny),
        row(Post,   "/issuer/v1/codes",              issuer(IssuerCall::HandOut),        Issuer,  Json),
        row(Post,   "/issuer/v1/batches",            issuer(IssuerCall::HandOutBatch),   Issuer,  Json),
        row(Post,   "/issuer/v1/qr",                 issuer(IssuerCall::Picture),        Issuer,  Json),
        row(Post,   "/issuer/v1/keys",               issuer(IssuerCall::MakeKey),        Issuer,  Json),
        row(Get,    "/issuer/v1/keys",               issuer(IssuerCall::ListKeys),       Issuer,  Nothing),
        row(Delete, "/issuer/v1/keys/{id}",          issuer(IssuerCall::RevokeKey(ID)),  Issuer,  Nothing),
        row(Delete, "/issuer/v1/keys/{id}/codes",    issuer(IssuerCall::VoidCodes(ID)),  Issuer,  Nothing),
        row(Get,    "/issuer/v1/acts",               issuer(IssuerCall::ListActs),       Issuer,  Nothing),
        row(Post,   "/issuer/v1/clock",              issuer(IssuerCall::ConfirmClock),   Issuer,  Nothing),
        row(Get,    "/issuer/v1/roots",              issuer(IssuerCall::ListRoots),      Issuer,  Nothing),
        row(Post,   "/issuer/v1/registrations",      issuer(IssuerCall::AddRegistration), Issuer, Json),
        row(Post,   "/api/v6/captcha",               realm(Call::Captcha),               Anyone,  JsonIfAny),
        row(Post,   "/api/v6/register",              realm(Call::Register),              Anyone,  Json),
        row(Post,   "/api/v6/status",                realm(Call::Status),                Phone,   Json),
        row(Post,   "/api/v6/report",                realm(Call::Report),                Anyone,  Report),
        row(Post,   "/api/v6/unregister",            realm(Call::Unregister),            Phone,   Json),
        row(Post,   "/api/v6/deleteExposureHistory", realm(Call::DeleteExposureHistory), Phone,   Json),
        row(Get,    "/api/v6/clock",                 realm(Call::Clock),                 Anyone,  Nothing),
        row(Get,    "/api/keys",                     realm(Call::Keys),                  Anyone,  Nothing),
        row(Get,    "/api/statistics",               realm(Call::Statistics),            Anyone,  Nothing),
        row(Get,    "/api/statistics.csv",           realm(Call::StatisticsCsv),         Anyone,  Nothing),
        row(Post,   "/demo/{session}/clock",         demo(DemoCall::MoveClock),          Visitor, Json),
        row(Post,   "/demo/{session}/code",          demo(DemoCall::HandOutCode),        Visitor, Json),
        row(Get,    "/demo/{session}/state",         demo(DemoCall::State),              Visitor, Nothing),
        row(Delete, "/demo/{session}",               demo(DemoCall::End),                Visitor, Nothing),
    ]
};

/// Where a demo realm stands. Below it are the addresses of the national realm, and its own.
pub const DEMO_REALM: &str = "/demo/{session}";

/// The names of the named parts.
const SESSION: &str = "{session}";
const ID: &str = "{id}";

const fn row(
    method: Method,
    path: &'static str,
    route: Route<'static>,
    caller: Caller,
    body: BodyRule,
) -> Row {
    Row {
        method,
        path,
        route,
        caller,
        body,
    }
}

const fn realm(call: Call) -> Route<'static> {
    Route::Realm(RealmAddress::National, call)
}

const fn demo(call: DemoCall) -> Route<'static> {
    Route::Demo(SESSION, call)
}

const fn issuer(call: IssuerCall<'static>) -> Route<'static> {
    Route::Issuer(call)
}

/// Where a realm's addresses stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RealmAddress<'a> {
    /// `/api/…`: real time, everybody.
    National,
    /// `/demo/{session}/api/…`: one visitor's own realm. The session is not checked yet.
    Demo(&'a str),
}

/// A call that every realm answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    /// Draws a proof of work for a registration.
    Captcha,
    /// Makes an account.
    Register,
    /// Tells whether the account's owner is at risk.
    Status,
    /// Takes the contacts of a person who tested positive.
    Report,
    /// Deletes the account.
    Unregister,
    /// Deletes the exposures stored of the account.
    DeleteExposureHistory,
    /// Tells the realm's time.
    Clock,
    /// Tells the server's public keys.
    Keys,
    /// Tells the public figures, as JSON.
    Statistics,
    /// Tells the public figures, as CSV.
    StatisticsCsv,
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
            Self::Clock | Self::Keys | Self::Statistics | Self::StatisticsCsv => false,
        }
    }
}

/// A call that only a demo realm answers, for its visitor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DemoCall {
    /// Moves the realm's clock.
    MoveClock,
    /// Hands out a one-time code.
    HandOutCode,
    /// Shows everything that the realm stores.
    State,
    /// Ends the realm.
    End,
}

/// A call at the issuers' door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IssuerCall<'a> {
    /// Hands out a one-time code.
    HandOut,
    /// Hands out up to a thousand codes.
    HandOutBatch,
    /// Draws the QR code of a code.
    Picture,
    /// Makes an issuer's key.
    MakeKey,
    /// Lists the issuers' keys.
    ListKeys,
    /// Revokes the key with this id.
    RevokeKey(&'a str),
    /// Makes void what the key with this id handed out, and was not used.
    VoidCodes(&'a str),
    /// Lists what administrators did.
    ListActs,
    /// Says that the host's clock is right.
    ConfirmClock,
    /// Lists the roots, and what each must stay for.
    ListRoots,
    /// Draws the registration key that follows.
    AddRegistration,
}

/// What is asked, and of whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route<'a> {
    /// A call that every realm answers, and which realm is asked.
    Realm(RealmAddress<'a>, Call),
    /// A call that only a demo realm answers, with its session, which is not checked yet.
    Demo(&'a str, DemoCall),
    /// A call at the issuers' door.
    Issuer(IssuerCall<'a>),
    /// Opens a demo realm.
    OpenDemo,
    /// Serves the description of the API.
    Describe,
    /// Tells whether the server is ready.
    Health,
    /// Serves a file of the page: every address that stands behind no [`Door`] is one.
    Page(&'a str),
}
