//! Record keys, fetched from the accounts' safes and kept in memory while this isolate lives, or
//! until their safe is emptied.

use core::cell::RefCell;
use std::collections::BTreeMap;

use futures_util::future::try_join_all;
use service::record::{RecordKey, Records, SafeName};
use service::{Realm, place};
use wire::Refusal;
use worker::Env;

use crate::configuration::binding;
use crate::letter::{self, Letter, SafeCall, SafePlace};

/// Keys that one isolate remembers before it starts again from nothing: a few megabytes.
const MOST: usize = 65_536;

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

/// Puts a key into a new safe.
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
    KNOWN.with_borrow_mut(|known| known.remove(&(realm, safe)));
    ask(env, realm, safe, SafeCall::Empty).await
}

/// Asks one safe.
pub(crate) async fn ask<R: serde::de::DeserializeOwned>(
    env: &Env,
    realm: Realm,
    safe: SafeName,
    call: SafeCall,
) -> Result<R, Refusal> {
    let letter = Letter {
        place: SafePlace { realm, safe },
        now: 0,
        call,
    };
    letter::send(env, binding::SAFE, &place::safe_name(realm, safe), &letter).await
}

fn remember(realm: Realm, safe: SafeName, key: &RecordKey) {
    KNOWN.with_borrow_mut(|known| {
        if known.len() >= MOST {
            known.clear();
        }
        known.insert((realm, safe), key.clone());
    });
}
