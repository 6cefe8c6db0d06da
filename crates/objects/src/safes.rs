//! Record keys, fetched from the safes that hold them. What is remembered is what a registry has loaded after its start
//! ([`crate::registry`]), and nothing that a question or a delivery fetched.

use core::time::Duration;
use std::rc::Rc;

use decree::Moment;
use futures_util::future::{join_all, try_join_all};
use service::group::{Group, GroupKeys, GroupName, GroupVersion, safe_of};
use service::keyring::KeyId;
use service::record::{RecordKey, Records, SafeName};
use service::{Failure, Realm};
use wire::Refusal;

use crate::Host;
use crate::calls::{SafePlace, safe_calls};
use crate::letter::{self, Call};

/// Longest that a caller waits for a safe: less than its own caller does.
const PATIENCE: Duration = Duration::from_secs(4);

/// Where a registry looks for a record key: the account's own safe, or the version of its group that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// Nobody knows of it: of a group that was given up.
    Nowhere(GroupName),
    Group(Group),
    Safe(SafeName),
}

/// What is in these places.
///
/// # Errors
/// [`Refusal::Unavailable`] for one that does not answer; a [`Failure`].
pub(crate) async fn open(
    host: &impl Host,
    realm: Realm,
    sources: &[Source],
) -> Result<Records, Failure> {
    let mut records = Records::default();
    let found = sources.iter().map(|source| open_one(host, realm, *source));
    for found in try_join_all(found).await? {
        found.add_to(&mut records);
    }
    Ok(records)
}

/// What is in those of these places that answer.
pub(crate) async fn open_some(host: &impl Host, realm: Realm, sources: &[Source]) -> Records {
    let mut records = Records::default();
    let found = sources.iter().map(|source| open_one(host, realm, *source));
    for found in join_all(found).await.into_iter().flatten() {
        found.add_to(&mut records);
    }
    records
}

enum Found {
    Group(GroupName, Option<Rc<GroupKeys>>),
    Safe(SafeName, Option<RecordKey>),
}

impl Found {
    fn add_to(self, records: &mut Records) {
        match self {
            Self::Group(name, found) => records.add_group(name, found),
            Self::Safe(name, found) => records.add_safe(name, found),
        }
    }
}

async fn open_one(host: &impl Host, realm: Realm, source: Source) -> Result<Found, Failure> {
    Ok(match source {
        Source::Nowhere(name) => Found::Group(name, None),
        Source::Group(group) => {
            let keys = match host.memory().group(group) {
                Some(keys) => keys,
                None => fetch(host, realm, group).await?,
            };
            Found::Group(group.name, Some(keys))
        }
        Source::Safe(safe) => Found::Safe(safe, ask(host, realm, safe, safe_calls::Key).await?),
    })
}

/// Asks for a group, and remembers nothing of it: what is asked for because of a report must leave no trace.
///
/// # Errors
/// [`Failure::Moved`] when its safe does not hold this version any more; a [`Failure`].
pub(crate) async fn fetch(
    host: &impl Host,
    realm: Realm,
    group: Group,
) -> Result<Rc<GroupKeys>, Failure> {
    let held = ask(host, realm, group.safe(), safe_calls::Held).await?;
    let held = held.ok_or(Failure::Moved)?;
    let wrapping = host.settings()?.ring.groups(realm);
    let keys = group.open(&wrapping, &held)?.ok_or(Failure::Moved)?;
    Ok(Rc::new(keys))
}

/// The last version of a group that any of its two safes holds.
///
/// # Errors
/// A [`Failure`].
pub(crate) async fn last_version(
    host: &impl Host,
    realm: Realm,
    group: Group,
) -> Result<Option<GroupVersion>, Failure> {
    let wrapping = host.settings()?.ring.groups(realm);
    let known = host.memory().version(group.name);
    let mut last = known.map(|known| known.version);
    for version in [group.version, group.version.wrapping_add(1)] {
        let safe = safe_of(group.name, version);
        if known.is_some_and(|known| known.safe() == safe) {
            continue;
        }
        if let Some(held) = ask(host, realm, safe, safe_calls::Held).await?
            && let Some(keys) = GroupKeys::unwrap(&wrapping, group.name, &held)?
        {
            last = last.max(Some(keys.version()));
        }
    }
    Ok(last)
}

/// Puts a version of a group into its safe. A safe that does not say so in time may still be filled later.
///
/// # Errors
/// [`Refusal::Unavailable`], also when the safe holds a later version.
pub(crate) async fn hold(
    host: &impl Host,
    realm: Realm,
    safe: SafeName,
    wrapped: Vec<u8>,
) -> Result<(), Refusal> {
    match ask(host, realm, safe, safe_calls::Hold(wrapped)).await? {
        true => Ok(()),
        false => Err(Refusal::Unavailable),
    }
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
    records: &mut Records,
) -> Result<(), Refusal> {
    let rewrapped = safes.iter().map(|safe| async move {
        match ask(host, realm, *safe, safe_calls::Rewrap).await? {
            Some(found) if found.root != root => Err(Refusal::Unavailable),
            found => Ok((*safe, found.map(|found| found.key))),
        }
    });
    for (safe, key) in try_join_all(rewrapped).await? {
        records.add_safe(safe, key);
    }
    Ok(())
}

/// Empties a safe: what its key sealed opens no more. Emptying it again changes nothing. Of a group, up to this version.
pub(crate) async fn empty(
    host: &impl Host,
    realm: Realm,
    safe: SafeName,
    version: Option<GroupVersion>,
) -> Result<(), Refusal> {
    match version {
        None => ask(host, realm, safe, safe_calls::Empty).await,
        Some(version) => ask(host, realm, safe, safe_calls::Discard(version)).await,
    }
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
