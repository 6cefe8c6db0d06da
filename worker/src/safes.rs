//! Record keys, fetched from the accounts' safes and kept in memory while this isolate lives, or
//! until their safe is emptied.

use core::cell::RefCell;
use core::time::Duration;
use std::collections::BTreeMap;

use decree::Moment;
use futures_util::future::try_join_all;
use service::record::{RecordKey, Records, SafeName};
use service::{Realm, place};
use wire::Refusal;
use worker::Env;

use crate::configuration::binding;
use crate::letter::{self, Letter, SafeCall, SafePlace};

/// Keys that one isolate remembers before it starts again from nothing: a few megabytes.
const MOST: usize = 65_536;
/// Longest that a caller waits for a safe: less than its own caller does.
const PATIENCE: Duration = Duration::from_secs(4);

thread_local! {
    static KNOWN: RefCell<BTreeMap<(Realm, SafeName), RecordKey>> = const { RefCell::new(BTreeMap::new()) };
}

/// What is in these safes.
pub(crate) async fn open(env: &Env, realm: Realm, safes: &[SafeName]) -> Result<Records, Refusal> {
    let opened = safes.iter().map(|safe| async move {
        if let Some(known) = KNOWN.with_borrow(|known| known.get(&(realm, *safe)).cloned()) {
            return Ok::<_, Refusal>((*safe, Some(known)));
        }
        let key: Option<RecordKey> = ask(env, realm, *safe, SafeCall::Key).await?;
        if let Some(key) = &key {
            remember(realm, *safe, key);
        }
        Ok::<_, Refusal>((*safe, key))
    });
    Ok(try_join_all(opened).await?.into_iter().collect())
}

/// Puts a key into a new safe. One that does not say so in time may still be filled later.
pub(crate) async fn fill(
    env: &Env,
    realm: Realm,
    safe: SafeName,
    key: &RecordKey,
) -> Result<(), Refusal> {
    let _: () = ask(env, realm, safe, SafeCall::Fill(key.clone())).await?;
    remember(realm, safe, key);
    Ok(())
}

/// Empties a safe: what its key sealed opens no more. Emptying it again changes nothing.
pub(crate) async fn empty(env: &Env, realm: Realm, safe: SafeName) -> Result<(), Refusal> {
    forget(realm, safe);
    let emptied = ask(env, realm, safe, SafeCall::Empty).await;
    // Who was told the key before it was gone may have remembered it meanwhile.
    forget(realm, safe);
    emptied
}

fn forget(realm: Realm, safe: SafeName) {
    KNOWN.with_borrow_mut(|known| known.remove(&(realm, safe)));
}

/// Asks one safe.
pub(crate) async fn ask<R: serde::de::DeserializeOwned>(
    env: &Env,
    realm: Realm,
    safe: SafeName,
    call: SafeCall,
) -> Result<R, Refusal> {
    // A safe knows no time.
    let letter = Letter::new(SafePlace { realm, safe }, Moment::from_unix(0), call);
    let name = place::safe_name(realm, safe);
    letter::send_within(PATIENCE, env, binding::SAFE, &name, &letter).await
}

fn remember(realm: Realm, safe: SafeName, key: &RecordKey) {
    KNOWN.with_borrow_mut(|known| {
        if known.len() >= MOST {
            known.clear();
        }
        known.insert((realm, safe), key.clone());
    });
}
