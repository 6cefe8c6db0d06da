//! The deployed API v6, the same in every realm.

use serde::de::DeserializeOwned;
use service::captcha::Purpose;
use service::front::ReportScope;
use service::intake::Received;
use service::keyring::FrontKeys;
use service::registry::{Signed, Status};
use service::vault::Keys;
use service::visit::Usage;
use service::work::{self, Load};
use service::{Realm, captcha, front};
use wire::api::{Authenticated, CaptchaRequest, Done, RegisterRequest, ReportRequest};
use wire::{Call, Refusal};
use worker::Env;

use super::body::Body;
use super::demo;
use super::reply::Reply;
use super::statistics;
use crate::letter::{IntakeCall, RegistryCall};
use crate::scope::Scope;
use crate::{configuration, system};

/// Serves one call in one realm.
pub(crate) async fn serve(
    env: &Env,
    body: &Body,
    scope: Scope,
    call: Call,
) -> Result<Reply, Refusal> {
    let is_national = scope.realm == Realm::National;
    if is_national && call.is_personal() && configuration::is_over(env, scope.now) {
        return Err(Refusal::Ended);
    }
    let keys = configuration::keyring(env)?.front(scope.realm);
    match call {
        Call::Captcha => challenge(env, body, scope, &keys).await,
        Call::Register => register(env, body, scope, &keys).await,
        Call::Status => status(env, body, scope, &keys).await,
        Call::Report => report(env, body, scope, &keys).await,
        Call::Unregister => erase(env, body, scope, RegistryCall::Unregister).await,
        Call::DeleteExposureHistory => {
            erase(env, body, scope, RegistryCall::DeleteExposureHistory).await
        }
        Call::Clock => Reply::json(200, &front::read_clock(scope.now)?),
        Call::Keys => Reply::json(200, &front::publish_keys(&keys)),
        Call::Statistics => Reply::json(200, &statistics::read(env, scope).await?),
        Call::StatisticsCsv => {
            let text = statistics::read(env, scope).await?.to_csv();
            Ok(Reply::media(
                200,
                "text/csv; charset=utf-8",
                text.into_bytes(),
            ))
        }
        Call::MoveClock | Call::HandOutCode | Call::State | Call::End => Err(Refusal::NotFound),
    }
}

async fn challenge(
    env: &Env,
    body: &Body,
    scope: Scope,
    keys: &FrontKeys,
) -> Result<Reply, Refusal> {
    let CaptchaRequest {} = body.read_if_any()?;
    let (rng, realm) = (&mut system::rng(), scope.realm);
    let id = captcha::draw_id(rng);
    let [first, ..] = id.0;
    let load = match realm {
        Realm::National => {
            scope
                .ask_registry(env, scope.registry_of(first), RegistryCall::Load)
                .await?
        }
        // Whatever it is, the work is the same.
        Realm::Demo(_) => Load::default(),
    };
    let work = work::ask(realm, load)?;
    let challenge = captcha::draw(
        &keys.captcha,
        realm,
        Purpose::Register,
        id,
        work,
        rng,
        scope.now,
    )?;
    Reply::json(201, &challenge)
}

async fn register(
    env: &Env,
    body: &Body,
    scope: Scope,
    keys: &FrontKeys,
) -> Result<Reply, Refusal> {
    let bytes = body.as_json()?;
    let asked: RegisterRequest = body.read()?;
    let prepared = front::prepare_registration(keys, scope.realm, scope.now, &asked)?;
    let usage = Usage {
        registrations: 1,
        reports: 0,
        bytes: bytes.len() as u64,
    };
    reserve(env, scope.realm, usage).await?;
    let days = scope.keys(env).await?;
    let [first, ..] = prepared.challenge;
    let (place, tuple_key) = (scope.registry_of(first), prepared.tuple_key);
    let id = scope
        .ask_registry(env, place, RegistryCall::Register(prepared))
        .await?;
    count(env, scope.realm, usage).await;
    let (rng, now) = (&mut system::rng(), scope.now);
    Reply::json(
        201,
        &front::answer_registration(keys, &days, rng, now, id, &tuple_key)?,
    )
}

async fn status(env: &Env, body: &Body, scope: Scope, keys: &FrontKeys) -> Result<Reply, Refusal> {
    let asked: Authenticated = body.read()?;
    let days = scope.keys(env).await?;
    let (signed, status): (_, Status) =
        ask_sender(env, scope, &days, asked, RegistryCall::Status).await?;
    let (rng, now) = (&mut system::rng(), scope.now);
    Reply::json(
        200,
        &front::answer_status(keys, &days, rng, now, signed.id, &status)?,
    )
}

async fn report(env: &Env, body: &Body, scope: Scope, keys: &FrontKeys) -> Result<Reply, Refusal> {
    let bytes = body.as_json()?;
    let asked = ReportRequest::read(bytes)?;
    let usage = Usage {
        registrations: 0,
        reports: 1,
        bytes: bytes.len() as u64,
    };
    reserve(env, scope.realm, usage).await?;
    let days = scope.keys(env).await?;
    let (rng, now) = (&mut system::rng(), scope.now);
    let report_scope = ReportScope {
        keys,
        days: &days,
        realm: scope.realm,
        shards: scope.shards,
        now,
    };
    let prepared = front::prepare_report(&report_scope, rng, bytes, &asked)?;
    let [first, ..] = prepared.code;
    let place = scope.intake_of(first);
    let call = IntakeCall::Report(prepared);
    match scope.ask_intake(env, place, call).await? {
        Received::Accepted => {
            count(env, scope.realm, usage).await;
            Reply::json(200, &Done::default())
        }
        Received::WorkNeeded => Err(front::ask_for_work(keys, scope.realm, rng, now, &asked)),
    }
}

/// Unregisters, or deletes the exposure history.
async fn erase(
    env: &Env,
    body: &Body,
    scope: Scope,
    call: fn(Signed) -> RegistryCall,
) -> Result<Reply, Refusal> {
    let asked: Authenticated = body.read()?;
    let days = scope.keys(env).await?;
    let _: (_, ()) = ask_sender(env, scope, &days, asked, call).await?;
    Reply::json(200, &Done::default())
}

/// Asks the registry of whoever sent this. A request whose sender cannot be found asks too, in
/// nobody's name, so that a refusal costs the same wherever it was decided.
async fn ask_sender<R: DeserializeOwned>(
    env: &Env,
    scope: Scope,
    days: &Keys,
    asked: Authenticated,
    call: fn(Signed) -> RegistryCall,
) -> Result<(Signed, R), Refusal> {
    let found = front::find_sender(days, asked);
    let signed = match &found {
        Ok(signed) => *signed,
        Err(_) => front::decoy(&mut system::rng(), asked),
    };
    let [first, ..] = signed.id.0;
    let answer = scope
        .ask_registry(env, scope.registry_of(first), call(signed))
        .await;
    found.and_then(|signed| Ok((signed, answer?)))
}

/// A demo realm has limits; the national one has not.
async fn reserve(env: &Env, realm: Realm, usage: Usage) -> Result<(), Refusal> {
    match realm {
        Realm::National => Ok(()),
        Realm::Demo(_) => demo::has_room(env, realm, usage).await,
    }
}

async fn count(env: &Env, realm: Realm, usage: Usage) {
    if let Realm::Demo(_) = realm {
        demo::count(env, realm, usage).await;
    }
}
