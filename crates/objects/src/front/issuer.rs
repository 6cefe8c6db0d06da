//! The issuers' door: one-time codes of the national realm, for who holds a key; and what operators do.

use core::time::Duration;

use decree::Moment;
use futures_util::future::try_join_all;
use service::desk::file::Batch;
use service::desk::{self, Grant, Holder, HolderMark, Order, draw_id, key};
use service::intake::StoredCode;
use service::keyring::secrets::RealmSecrets;
use service::keyring::{self, Standing};
use service::{Place, codes, front};
use wire::Refusal;
use wire::api::KeysReply;
use wire::code::{Code, Kind};
use wire::issuer::{KeyOrder, MadeKey, RegistrationOrder, Roots, Voided};

use super::keys;
use crate::calls::{SecretsPlace, desk_calls, intake_calls, registry_calls, secrets_calls};
use crate::{Host, RealmClient, letter, secrets, timekeeper};

/// Hands out codes. First the desk lets it be, then the intakes learn the codes, then they are answered: wherever
/// that stops, the same request sent again goes through to its end.
///
/// # Errors
/// [`Refusal::UnknownIssuer`], [`Refusal::Forbidden`], [`Refusal::TooMany`] past a quota, [`Refusal::Conflict`] when
/// the id names a request for something else; [`Refusal::Unavailable`].
pub async fn hand_out<H: Host>(
    realm: RealmClient<'_, H>,
    holder: Holder,
    kind: Kind,
    count: u32,
    id: Option<String>,
) -> Result<Batch, Refusal> {
    let settings = realm.host.settings()?;
    let issuing = settings.ring.issuing(realm.realm);
    let front = keys::read(realm).await?;
    // Without an id of the client's own nobody can ask again, and nothing need be remembered.
    let is_named = id.is_some();
    let id = id.unwrap_or_else(|| draw_id(&mut realm.host.rng()));
    let asked = desk::Request::new(&issuing, holder, &id);
    let order = Order {
        kind,
        count,
        marks: is_named.then(|| asked.marks()),
    };
    let Grant { until, root } = realm.ask_desk(desk_calls::HandOut(holder, order)).await?;
    let until = Moment::from_unix(until);
    // The root under which the request was first made, as long as it is listed.
    let asked = asked.under(root.unwrap_or(issuing.newest_id()));
    let asked = asked.ok_or(Refusal::Unavailable)?;

    let codes: Vec<Code> = asked.codes(kind, count, until).collect();
    let mut stored = vec![Vec::<StoredCode>::new(); usize::from(realm.shards.intakes)];
    for code in &codes {
        let index = codes::intake_of(&front, code, realm.shards);
        if let Some(of_intake) = stored.get_mut(usize::from(index)) {
            of_intake.push(codes::stored(front.peppers.newest(), code, until));
        }
    }
    let mark = is_named.then(|| asked.batch_mark(until));
    let of = asked.holder_mark(until);
    let added = realm
        .intakes()
        .zip(stored)
        .filter(|(_, codes)| !codes.is_empty())
        .map(|(place, codes)| {
            let codes = intake_calls::AddCodes { mark, kind, codes };
            add_codes(realm, place, codes, of)
        });
    try_join_all(added).await?;
    Ok(Batch { kind, until, codes })
}

/// Stores codes, and whose they are. An intake of 0.2.0 does not store that, and theirs cannot be made void.
async fn add_codes<H: Host>(
    realm: RealmClient<'_, H>,
    place: Place,
    codes: intake_calls::AddCodes,
    of: HolderMark,
) -> Result<(), Refusal> {
    let call = intake_calls::AddCodesOf(codes.clone(), of);
    match realm.ask_intake_if_known(place, call).await? {
        Some(()) => Ok(()),
        None => realm.ask_intake(place, codes).await,
    }
}

/// Whether this key is in force.
///
/// # Errors
/// [`Refusal::UnknownIssuer`]; [`Refusal::Unavailable`].
pub async fn admit<H: Host>(realm: RealmClient<'_, H>, holder: Holder) -> Result<(), Refusal> {
    realm.ask_desk(desk_calls::Admit(holder)).await
}

/// Makes a key.
///
/// # Errors
/// [`Refusal::UnknownIssuer`]; [`Refusal::Forbidden`] for more than the maker may do itself;
/// [`Refusal::Unavailable`].
pub async fn make_key<H: Host>(
    realm: RealmClient<'_, H>,
    holder: Holder,
    KeyOrder { role, quota }: KeyOrder,
) -> Result<MadeKey, Refusal> {
    let front = keys::read(realm).await?;
    let (key, hash) = key::draw(&front.issuers, &mut realm.host.rng());
    let call = desk_calls::MakeKey {
        holder,
        role,
        quota,
        hash,
    };
    let id = realm.ask_desk(call).await?;
    Ok(MadeKey {
        id,
        key,
        role,
        quota,
    })
}

/// Revokes the key of this id, and those that came from it.
///
/// # Errors
/// [`Refusal::UnknownIssuer`], [`Refusal::Forbidden`], [`Refusal::NotFound`]; [`Refusal::Unavailable`].
pub async fn revoke_key<H: Host>(
    realm: RealmClient<'_, H>,
    holder: Holder,
    id: &str,
) -> Result<(), Refusal> {
    let call = desk_calls::RevokeKey(holder, id.to_owned());
    realm.ask_desk(call).await
}

/// Makes void the codes of the key of this id, and of those that came from it, as far as they are not used: how many.
///
/// # Errors
/// As [`revoke_key`]; the same call goes on where this one stopped.
pub async fn void_codes<H: Host>(
    realm: RealmClient<'_, H>,
    holder: Holder,
    id: &str,
) -> Result<Voided, Refusal> {
    let call = desk_calls::VoidCodes(holder, id.to_owned());
    let holders = realm.ask_desk(call).await?;
    let issuing = realm.host.settings()?.ring.issuing(realm.realm);
    let marks = desk::holder_marks(&issuing, &holders, realm.now);
    let mut codes = 0;
    for place in realm.intakes() {
        let call = intake_calls::VoidCodes(marks.clone());
        codes += realm.ask_intake(place, call).await?;
    }
    Ok(Voided { codes })
}

/// Lists keys from before this one, as JSON.
///
/// # Errors
/// [`Refusal::UnknownIssuer`], [`Refusal::Forbidden`], [`Refusal::Malformed`]; [`Refusal::Unavailable`].
pub async fn list_keys<H: Host>(
    realm: RealmClient<'_, H>,
    holder: Holder,
    before: Option<String>,
) -> Result<String, Refusal> {
    realm.ask_desk(desk_calls::ListKeys(holder, before)).await
}

/// Lists administrators' acts from before this one, as JSON.
///
/// # Errors
/// As [`list_keys`].
pub async fn list_acts<H: Host>(
    realm: RealmClient<'_, H>,
    holder: Holder,
    before: Option<String>,
) -> Result<String, Refusal> {
    realm.ask_desk(desk_calls::ListActs(holder, before)).await
}

/// An operator says that the host's clock is right: what waited for it goes on. The act is recorded first.
///
/// # Errors
/// [`Refusal::UnknownIssuer`]; [`Refusal::Forbidden`] for who is no operator, and when the clock is before the release of
/// this server; [`Refusal::Unavailable`].
pub async fn confirm_clock<H: Host>(
    realm: RealmClient<'_, H>,
    holder: Holder,
) -> Result<(), Refusal> {
    timekeeper::check_possible(realm.now)?;
    realm.ask_desk(desk_calls::ConfirmClock(holder)).await?;
    timekeeper::confirm(realm.host).await
}

/// The listed roots, and what each must stay for.
///
/// # Errors
/// [`Refusal::UnknownIssuer`]; [`Refusal::Forbidden`] for who is no operator, and while the host's clock is doubted;
/// [`Refusal::Unavailable`] also when one registry does not answer.
pub async fn list_roots<H: Host>(
    realm: RealmClient<'_, H>,
    holder: Holder,
) -> Result<Roots, Refusal> {
    realm.ask_desk(desk_calls::AdmitOperator(holder)).await?;
    check_clock(realm).await?;
    let wrapped = letter::ask(realm.host, &SecretsPlace, realm.now, &secrets_calls::Read).await?;
    let registries = realm
        .registries()
        .map(|place| realm.ask_registry(place, registry_calls::Progress));
    let standing = Standing {
        registries: try_join_all(registries).await?,
        secrets: RealmSecrets::wrapper(&wrapped).map_err(|_| Refusal::Unavailable)?,
        since: keys::open(realm, &wrapped)?.since(),
    };
    let settings = realm.host.settings()?;
    Ok(keyring::list(&settings.ring, &standing, realm.now))
}

/// Draws the registration key that follows; the one before it is good for so many days more. The act is recorded first.
/// Both are told, the new one last.
///
/// # Errors
/// [`Refusal::UnknownIssuer`]; [`Refusal::Forbidden`] for who is no
/// operator, while the host's clock is doubted, and while two keys are valid; [`Refusal::Unavailable`].
pub async fn add_registration<H: Host>(
    realm: RealmClient<'_, H>,
    holder: Holder,
    RegistrationOrder { days }: RegistrationOrder,
) -> Result<KeysReply, Refusal> {
    let until = realm.now + Duration::from_hours(24 * u64::from(days));
    realm.ask_desk(desk_calls::AdmitOperator(holder)).await?;
    check_clock(realm).await?;
    let known = keys::ask(realm).await?;
    let allowed = known.registration.may_add(realm.now, until);
    allowed.map_err(secrets::refusal)?;
    let until = until.unix();
    realm
        .ask_desk(desk_calls::AskRegistrationKey { holder, until })
        .await?;
    let add = secrets_calls::AddRegistration { until };
    letter::ask(realm.host, &SecretsPlace, realm.now, &add).await?;
    Ok(front::publish_keys(&*keys::ask(realm).await?, realm.now))
}

/// By a clock that is ahead an old root may go, and a registration key has ended, that people still need.
async fn check_clock<H: Host>(realm: RealmClient<'_, H>) -> Result<(), Refusal> {
    const DOUBTED: &str = "The host's clock is doubted. Look at it; if it is right, say so (POST /issuer/v1/clock), and ask \
                           again.";
    match timekeeper::believes(realm.host, realm.realm).await? {
        true => Ok(()),
        false => Err(Refusal::forbidden(DOUBTED)),
    }
}
