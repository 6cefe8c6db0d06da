//! What the front works with in a realm.

use std::rc::Rc;

use service::Realm;
use service::keyring::FrontKeys;
use service::keyring::secrets::RealmSecrets;
use wire::Refusal;

use crate::calls::{SecretsPlace, secrets_calls};
use crate::{Host, RealmClient, letter};

/// The realm's keys. The national realm's come from its stored secrets, asked once by each isolate; a demo realm's are
/// derived.
///
/// # Errors
/// [`Refusal::Unavailable`] when the secrets do not answer, or no configured root opens them.
pub async fn read<H: Host>(realm: RealmClient<'_, H>) -> Result<Rc<FrontKeys>, Refusal> {
    let (host, settings) = (realm.host, realm.host.settings()?);
    if realm.realm != Realm::National {
        return Ok(Rc::new(settings.ring.front(realm.realm)));
    }
    let remembered = &host.memory().front_keys;
    if let Some(keys) = remembered.borrow().as_ref() {
        return Ok(Rc::clone(keys));
    }
    let wrapped = letter::ask(host, &SecretsPlace, realm.now, &secrets_calls::Read).await?;
    let secrets = RealmSecrets::unwrap(&settings.ring, realm.realm, &wrapped).map_err(|_| {
        host.log(letter::UNREADABLE, "national/secrets");
        Refusal::Unavailable
    })?;
    let keys = Rc::new(settings.ring.front_with(realm.realm, &secrets));
    remembered.replace(Some(Rc::clone(&keys)));
    Ok(keys)
}
