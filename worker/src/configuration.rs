//! The one configuration: variables and secrets of `wrangler.toml`.

use decree::{Day, Moment, article_3};
use service::keyring::{KeyRing, from_hexadecimal};
use service::place::Shards;
use service::{Realm, place};
use wire::Refusal;
use worker::Env;

/// The objects' bindings.
pub(crate) mod binding {
    pub(crate) const REGISTRY: &str = "REGISTRY";
    pub(crate) const INTAKE: &str = "INTAKE";
    pub(crate) const TALLY: &str = "TALLY";
    pub(crate) const VAULT: &str = "VAULT";
    pub(crate) const SAFE: &str = "SAFE";
    pub(crate) const REALM: &str = "REALM";
    pub(crate) const GATE: &str = "GATE";
    pub(crate) const DESK: &str = "DESK";
    pub(crate) const ASSETS: &str = "ASSETS";
}

/// The root secret.
pub(crate) fn keyring(env: &Env) -> Result<KeyRing, Refusal> {
    text(env, "ROOT_SECRET")
        .and_then(|text| KeyRing::from_hex(&text).ok())
        .ok_or_else(|| {
            crate::system::log(
                "ROOT_SECRET is missing or is not 64 hexadecimal digits",
                "configuration",
            );
            Refusal::Unavailable
        })
}

/// How many registries and intakes this realm has.
pub(crate) fn shards(env: &Env, realm: Realm) -> Result<Shards, Refusal> {
    let number = |name| text(env, name)?.parse::<u16>().ok();
    let national = || place::Shards::new(number("REGISTRY_SHARDS")?, number("INTAKE_SHARDS")?);
    match realm {
        Realm::Demo(_) => Ok(Shards::DEMO),
        Realm::National => national().ok_or_else(|| {
            crate::system::log(
                "REGISTRY_SHARDS must be a power of two up to 256, INTAKE_SHARDS 1 to 256",
                "configuration",
            );
            Refusal::Unavailable
        }),
    }
}

/// Whether demo realms may be opened.
pub(crate) fn demo_is_on(env: &Env) -> bool {
    text(env, "DEMO").is_some_and(|value| value == "on")
}

/// SHA-256 of the operator's key; without it the issuers' door is shut.
pub(crate) fn issuer_key_hash(env: &Env) -> Option<[u8; 32]> {
    let hash = from_hexadecimal(&text(env, "ISSUER_KEY_SHA256")?);
    if hash.is_none() {
        crate::system::log(
            "ISSUER_KEY_SHA256 is not 64 hexadecimal digits: the issuers' door is shut",
            "configuration",
        );
    }
    hash
}

/// Whether only traffic wakes the national objects: a bare runtime has no cron trigger.
pub(crate) fn is_woken_by_traffic(env: &Env) -> bool {
    text(env, "WAKE").is_some()
}

/// A variable or a secret. The SDK's own reading does not survive one that is configured and absent:
/// the runtime then gives `null`, and the request would never be answered.
fn text(env: &Env, name: &str) -> Option<String> {
    js_sys::Reflect::get(env.as_ref(), &name.into())
        .ok()?
        .as_string()
}

/// The address of this server as the world knows it, when that is not the one that requests name.
pub(crate) fn origin(env: &Env) -> Option<String> {
    text(env, "ORIGIN").filter(|origin| !origin.is_empty())
}

/// When the record of administrators' acts must be gone: never, while no end of the state of emergency
/// is configured.
pub(crate) fn record_ends(env: &Env) -> Option<Moment> {
    article_3::record_of_acts_forgotten_at(emergency_ended(env))
}

/// Whether the whole processing must be over, with the same exception.
pub(crate) fn is_over(env: &Env, now: Moment) -> bool {
    article_3::processing_ends(emergency_ended(env)).is_some_and(|end| end <= now)
}

fn emergency_ended(env: &Env) -> Option<Day> {
    let ended = text(env, "EMERGENCY_ENDED").filter(|ended| !ended.is_empty())?;
    let day = ended.parse();
    if day.is_err() {
        crate::system::log(
            "EMERGENCY_ENDED must be a date, YYYY-MM-DD",
            "configuration",
        );
    }
    day.ok()
}
