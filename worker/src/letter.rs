//! Calls between the front and the objects: one letter, one answer, in binary, with a time limit.

use core::pin::pin;
use core::time::Duration;

use decree::Moment;
use futures_util::future::{Either, select};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use service::desk::{Holder, Order};
use service::record::{RecordKey, SafeName};
use service::registry::{Register, Signed};
use service::session::Session;
use service::visit::Usage;
use service::{Failure, Realm, intake};
use wire::Refusal;
use wire::code::Kind;
use wire::issuer::Role;
use worker::{Env, Method, Request, RequestInit, Response};

use crate::system;

/// A call with the realm's time: an object never reads a clock.
#[derive(Serialize, Deserialize)]
pub(crate) struct Letter<P, C> {
    pub(crate) place: P,
    pub(crate) now: u64,
    /// When it was really sent, in Unix seconds: from then on its sender waits.
    pub(crate) sent: u64,
    pub(crate) call: C,
}

impl<P, C> Letter<P, C> {
    pub(crate) fn new(place: P, now: Moment, call: C) -> Self {
        Self {
            place,
            now: now.unix(),
            sent: system::now().unix(),
            call,
        }
    }
}

/// What a registry does.
#[derive(Serialize, Deserialize)]
pub(crate) enum RegistryCall {
    /// How many registered in the last ten minutes.
    Load,
    Register(Register),
    Status(Signed),
    Unregister(Signed),
    DeleteExposureHistory(Signed),
    Apply {
        delivery: [u8; 16],
        body: Vec<u8>,
    },
    /// What it counted on these days, both included.
    Figures {
        from: u32,
        to: u32,
    },
    Tick,
    State,
    /// Every safe that it knows.
    Safes,
    End,
    Wake,
    /// Checks the configured numbers against those it was made with.
    Settle,
}

/// What an intake does.
#[derive(Serialize, Deserialize)]
pub(crate) enum IntakeCall {
    AddCodes {
        /// The issuer's request that they are for.
        mark: Option<[u8; 32]>,
        kind: Kind,
        codes: Vec<intake::StoredCode>,
    },
    Report(intake::Report),
    /// Delivers some of what waits, due or not, and says whether more does.
    DeliverAll,
    /// What it counted on these days, both included.
    Figures {
        from: u32,
        to: u32,
    },
    Tick,
    State,
    /// Every safe that may hold a key of its own.
    Safes,
    End,
    Wake,
    /// Checks the configured numbers against those it was made with.
    Settle,
}

/// What a tally does.
#[derive(Serialize, Deserialize)]
pub(crate) enum TallyCall {
    /// Collects the days that are over.
    Collect,
    /// Collects them too, and tells what may be published.
    Publish,
    State,
    End,
}

/// What the desk does.
#[derive(Serialize, Deserialize)]
pub(crate) enum DeskCall {
    Admit(Holder),
    HandOut(Holder, Order),
    MakeKey {
        holder: Holder,
        role: Role,
        quota: u32,
        hash: [u8; 32],
    },
    RevokeKey(Holder, String),
    ListKeys(Holder, Option<String>),
    ListActs(Holder, Option<String>),
    Wake,
}

/// The vault of one day.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(crate) struct VaultPlace {
    pub(crate) realm: Realm,
    pub(crate) day: u32,
}

/// What a vault does.
#[derive(Serialize, Deserialize)]
pub(crate) enum VaultCall {
    Keys,
    /// Destroys the keys, if their time has come.
    Tick,
    State,
    End,
}

/// The safe of one account.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(crate) struct SafePlace {
    pub(crate) realm: Realm,
    pub(crate) safe: SafeName,
}

/// What a safe does.
#[derive(Serialize, Deserialize)]
pub(crate) enum SafeCall {
    Fill(RecordKey),
    /// Fills it if it is empty, and tells what is in it.
    Settle(RecordKey),
    Key,
    State,
    Empty,
}

/// What a demo realm's own object does.
#[derive(Serialize, Deserialize)]
pub(crate) enum RealmCall {
    Open(Session),
    Enter(Usage),
    Count(Usage),
    Advance(u32),
    Settled(u64),
    State,
    End,
}

/// What the gate does.
#[derive(Serialize, Deserialize)]
pub(crate) enum GateCall {
    Admit(Session),
    Leave([u8; 16]),
}

/// Longest that a caller waits for an object. An object that fails hard never answers.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// Sends a letter to the object of this name and waits for its answer.
pub(crate) async fn send<P: Serialize, C: Serialize, R: DeserializeOwned>(
    env: &Env,
    binding: &str,
    name: &str,
    letter: &Letter<P, C>,
) -> Result<R, Refusal> {
    send_within(PATIENCE, env, binding, name, letter).await
}

/// Sends a letter, and waits so long for its answer.
pub(crate) async fn send_within<P: Serialize, C: Serialize, R: DeserializeOwned>(
    patience: Duration,
    env: &Env,
    binding: &str,
    name: &str,
    letter: &Letter<P, C>,
) -> Result<R, Refusal> {
    let reached = reach(patience, env, binding, name, letter).await;
    reached.unwrap_or(Err(Refusal::Unavailable))
}

/// The same, with `None` when the object did not answer: whatever was asked of it may be done, or not.
pub(crate) async fn reach<P: Serialize, C: Serialize, R: DeserializeOwned>(
    patience: Duration,
    env: &Env,
    binding: &str,
    name: &str,
    letter: &Letter<P, C>,
) -> Option<Result<R, Refusal>> {
    let answer = async {
        let stub = env.durable_object(binding)?.get_by_name(name)?;
        let bytes = postcard::to_stdvec(letter).map_err(|_| worker::Error::BadEncoding)?;
        let mut init = RequestInit::new();
        let body = js_sys::Uint8Array::from(bytes.as_slice());
        init.with_method(Method::Post).with_body(Some(body.into()));
        let request = Request::new_with_init("http://object/", &init)?;
        stub.fetch_with_request(request).await?.bytes().await
    };
    match select(pin!(answer), pin!(worker::Delay::from(patience))).await {
        Either::Left((Ok(bytes), _)) => postcard::from_bytes(&bytes).ok(),
        Either::Left((Err(_), _)) => {
            system::log("an object failed", name);
            None
        }
        Either::Right(_) => {
            system::log("an object did not answer in time", name);
            None
        }
    }
}

/// Opens the letter in an object's hands.
pub(crate) async fn receive<P: DeserializeOwned, C: DeserializeOwned>(
    mut request: Request,
) -> worker::Result<Letter<P, C>> {
    let bytes = request.bytes().await?;
    postcard::from_bytes(&bytes).map_err(|_| worker::Error::BadEncoding)
}

/// An object's answer. Faults are logged here, once, and leave without a word about what is stored.
pub(crate) fn answer<R: Serialize>(
    object: &str,
    result: Result<R, Failure>,
) -> worker::Result<Response> {
    match &result {
        Err(Failure::Fault(_)) => system::log("storage failed", object),
        Err(Failure::Misplaced) => {
            system::log(
                "made for another realm, index or number of shards; restore the configuration",
                object,
            );
        }
        _ => {}
    }
    let result: Result<R, Refusal> = result.map_err(Refusal::from);
    let bytes = postcard::to_stdvec(&result).map_err(|_| worker::Error::BadEncoding)?;
    Response::from_bytes(bytes)
}

/// What is shown, as JSON already: so it leaves the front.
pub(crate) fn write(shown: &impl Serialize) -> Result<String, Failure> {
    serde_json::to_string(shown).map_err(|_| store::Fault::Shape.into())
}
