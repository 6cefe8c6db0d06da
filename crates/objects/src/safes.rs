//! Record keys, fetched from the accounts' safes and kept in memory while this isolate lives, or until their safe is
//! emptied.

use core::time::Duration;
use std::collections::BTreeSet;

use decree::Moment;
use futures_util::future::{join_all, try_join_all};
use service::Realm;
use service::keyring::KeyId;
use service::record::{RecordKey, Records, SafeName};
use wire::Refusal;

use crate::Host;
use crate::calls::{SafePlace, safe_calls};
use crate::letter::{self, Call};

/// Longest that a caller waits for a safe: less than its own caller does.
const PATIENCE: Duration = Duration::from_secs(4);

/// What is in these safes.
pub(crate) async fn open(
    host: &impl Host,
    realm: Realm,
    safes: &[SafeName],
) -> Result<Records, Refusal> {
    let opened = safes.iter().map(|safe| open_one(host, realm, *safe));
    Ok(try_join_all(opened).await?.into_iter().collect())
}

/// What is in those of these safes that answer.
pub(crate) async fn open_some(
    host: &impl Host,
    realm: Realm,
    safes: &BTreeSet<SafeName>,
) -> Records {
    let opened = safes.iter().map(|safe| open_one(host, realm, *safe));
    join_all(opened).await.into_iter().flatten().collect()
}

async fn open_one(
    host: &impl Host,
    realm: Realm,
    safe: SafeName,
) -> Result<(SafeName, Option<RecordKey>), Refusal> {
    let memory = host.memory();
    if let Some(known) = memory.record(realm, safe) {
        return Ok((safe, Some(known)));
    }
    let forgotten = memory.forgotten();
    let key = ask(host, realm, safe, safe_calls::Key).await?;
    // The safe may have been emptied since it said this: what was forgotten meanwhile must not come back.
    if let Some(key) = &key
        && memory.forgotten() == forgotten
    {
        memory.keep_record(realm, safe, key);
    }
    Ok((safe, key))
}

/// Puts a key into a new safe. A safe that does not say so in time may still be filled later.
pub(crate) async fn fill(
    host: &impl Host,
    realm: Realm,
    safe: SafeName,
    key: &RecordKey,
) -> Result<(), Refusal> {
    ask(host, realm, safe, safe_calls::Fill(key.clone())).await?;
    host.memory().keep_record(realm, safe, key);
    Ok(())
}

/// Has these safes wrap their keys again under this root, and tells the keys: they are not remembered, whoever asks for
/// them next.
///
/// # Errors
/// [`Refusal::Unavailable`] also for a safe that goes by another newest root.
pub(crate) async fn rewrap(
    host: &impl Host,
    realm: Realm,
    safes: &[SafeName],
    root: KeyId,
) -> Result<Records, Refusal> {
    let rewrapped = safes.iter().map(|safe| async move {
        match ask(host, realm, *safe, safe_calls::Rewrap).await? {
            Some(found) if found.root != root => Err(Refusal::Unavailable),
            found => Ok((*safe, found.map(|found| found.key))),
        }
    });
    Ok(try_join_all(rewrapped).await?.into_iter().collect())
}

/// Empties a safe: what its key sealed opens no more. Emptying it again changes nothing.
pub(crate) async fn empty(host: &impl Host, realm: Realm, safe: SafeName) -> Result<(), Refusal> {
    let emptied = ask(host, realm, safe, safe_calls::Empty).await;
    // Whether or not the safe answered, and also what another task was told meanwhile, before the key was gone.
    host.memory().forget_record(realm, safe);
    emptied
}

/// Asks one safe. A safe knows no time.
pub(crate) async fn ask<C: Call<To = safe_calls::Safe>>(
    host: &impl Host,
    realm: Realm,
    safe: SafeName,
    call: C,
) -> Result<C::Reply, Refusal> {
    let place = SafePlace { realm, safe };
    let reached = letter::reach(host, PATIENCE, &place, Moment::from_unix(0), &call).await;
    reached.unwrap_or(Err(Refusal::Unavailable))
}
