//! What the front works with in a realm.

use core::time::Duration;
use std::rc::Rc;

use decree::Moment;
use operator_log::{ClassName, Event};
use service::Realm;
use service::keyring::FrontKeys;
use service::keyring::secrets::RealmSecrets;
use wire::Refusal;

use crate::calls::{SecretsPlace, secrets_calls};
use crate::{Host, RealmClient, letter};

/// For how long an isolate goes by the secrets that it was told: an operator may have added a registration key.
const FRESH: Duration = Duration::from_mins(15);
/// For how long when a phone names a registration key that is not known: nobody's invention costs more than one letter
/// in that time.
const FRESH_FOR_UNKNOWN: Duration = Duration::from_mins(1);

/// The national realm's keys as this isolate was told them.
#[derive(Clone)]
pub(crate) struct Told {
    at: Moment,
    keys: Rc<FrontKeys>,
}

/// The realm's keys. The national realm's come from its stored secrets, asked again every quarter of an hour; while
/// these do not answer, what is known goes on. A demo realm's are derived.
///
/// # Errors
/// [`Refusal::Unavailable`] when the secrets did not answer yet, or no configured root opens them.
pub async fn read<H: Host>(realm: RealmClient<'_, H>) -> Result<Rc<FrontKeys>, Refusal> {
    no_older_than(realm, FRESH).await
}

/// The same, when a phone names a registration key that may be new.
pub(crate) async fn read_again<H: Host>(
    realm: RealmClient<'_, H>,
) -> Result<Rc<FrontKeys>, Refusal> {
    no_older_than(realm, FRESH_FOR_UNKNOWN).await
}

async fn no_older_than<H: Host>(
    realm: RealmClient<'_, H>,
    age: Duration,
) -> Result<Rc<FrontKeys>, Refusal> {
    let (host, settings) = (realm.host, realm.host.settings()?);
    if realm.realm != Realm::National {
        return Ok(Rc::new(settings.ring.front(realm.realm)));
    }
    let told = host.memory().front_keys.borrow().clone();
    let now = host.now();
    match told {
        Some(Told { at, keys }) if at <= now && now < at + age => Ok(keys),
        told => {
            let asked = ask(realm).await;
            asked.or_else(|refused| told.map(|told| told.keys).ok_or(refused))
        }
    }
}

/// Asks the secrets.
pub(crate) async fn ask<H: Host>(realm: RealmClient<'_, H>) -> Result<Rc<FrontKeys>, Refusal> {
    let host = realm.host;
    let wrapped = letter::ask(host, &SecretsPlace, realm.now, &secrets_calls::Read).await?;
    let secrets = open(realm, &wrapped)?;
    let ring = &host.settings()?.ring;
    let keys = Rc::new(ring.front_with(Realm::National, &secrets));
    let (at, told) = (host.now(), Rc::clone(&keys));
    host.memory()
        .front_keys
        .replace(Some(Told { at, keys: told }));
    Ok(keys)
}

/// The secrets as they came.
pub(crate) fn open<H: Host>(
    realm: RealmClient<'_, H>,
    wrapped: &[u8],
) -> Result<RealmSecrets, Refusal> {
    let ring = &realm.host.settings()?.ring;
    RealmSecrets::unwrap(ring, Realm::National, wrapped).map_err(|_| {
        realm.host.log(Event::Unreadable, ClassName::Secrets);
        Refusal::Unavailable
    })
}
