//! Day keys, fetched from the vaults and kept in memory for as long as the law lets them live.
//!
//! The keys of a day never change and a destroyed day is never refilled, so both answers can be kept. What is past
//! its term by `now` is dropped before anything is read.

use decree::{Day, Moment};
use futures_util::future::try_join_all;
use service::Realm;
use service::vault::{self, Keys};
use wire::Refusal;

use crate::calls::{VaultPlace, vault_calls};
use crate::{Host, letter, timekeeper};

/// The keys of every day that can have some, in a realm whose first day is `since`.
pub(crate) async fn fetch(
    host: &impl Host,
    realm: Realm,
    since: Day,
    now: Moment,
) -> Result<Keys, Refusal> {
    let memory = host.memory();
    let days = vault::living_days(since, now).collect::<Vec<_>>();
    memory.drop_past_days(realm, now);
    let missing = days.iter().filter(|day| memory.day(realm, **day).is_none());
    let fetched = try_join_all(missing.map(|day| async move {
        let place = VaultPlace {
            realm,
            day: day.number(),
        };
        let keys = letter::ask(host, &place, now, &vault_calls::Keys).await?;
        Ok::<_, Refusal>((*day, keys))
    }));
    let (fetched, today) = (fetched.await?, now.day());
    // Nothing can be done without today's keys. Those of the days to come may be missing for as long as the clock is
    // doubted: they were made ahead, so that a stop of a few days does not keep anybody out.
    let lacks_today = fetched
        .iter()
        .any(|(day, keys)| *day == today && keys.is_none());
    if lacks_today && !timekeeper::believes(host, realm).await? {
        return Err(Refusal::Unavailable);
    }
    for (day, keys) in fetched {
        if keys.is_some() || day < today {
            memory.keep_day(realm, day, keys);
        }
    }
    let known = days
        .iter()
        .filter_map(|day| Some((*day, memory.day(realm, *day)??)));
    Ok(Keys::in_force(known.collect::<Vec<_>>(), now))
}
