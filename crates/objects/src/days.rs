//! Day keys, fetched from the vaults and kept in memory for as long as the law lets them live.
//!
//! The keys of a day never change and a destroyed day is never refilled, so both answers can be kept. What is past
//! its term by `now` is dropped before anything is read.

use core::time::Duration;

use decree::{Day, Moment};
use service::Realm;
use service::vault::{self, Keys};
use wire::Refusal;

use crate::calls::{VaultPlace, vault_calls};
use crate::{Host, letter, timekeeper};

/// How far the clocks of two machines may be apart, by one of which a call was sent that the other answers.
const SKEW: Duration = Duration::from_mins(1);

/// The keys of every day that can have some, in a realm whose first day is `since`.
pub(crate) async fn fetch(
    host: &impl Host,
    realm: Realm,
    since: Day,
    now: Moment,
) -> Result<Keys, Refusal> {
    let memory = host.memory();
    memory.drop_past_days(realm, now);
    // Taken before anybody is asked: another task may make room in memory meanwhile.
    let (mut known, mut missing) = (Vec::new(), Vec::new());
    for day in vault::living_days(since, now) {
        match memory.day(realm, day) {
            Some(keys) => known.push((day, keys)),
            None => missing.push(day),
        }
    }
    let mut fetched = Vec::with_capacity(missing.len());
    for day in missing {
        // Whoever else is new to these days has asked meanwhile.
        if let Some(keys) = memory.day(realm, day) {
            known.push((day, keys));
            continue;
        }
        let place = VaultPlace {
            realm,
            day: day.number(),
        };
        let keys = letter::ask(host, &place, now, &vault_calls::Keys).await?;
        fetched.push((day, keys));
        // Nineteen vaults to be opened are not to be one slice of work. Whoever asks is waited for: so no slice is taken.
        host.wait(Duration::ZERO).await;
    }
    let today = now.day();
    // Nothing can be done without today's keys. Those of the days to come may be missing for as long as the clock is
    // doubted: they were made ahead, so that a stop of a few days does not keep anybody out.
    let lacks_today = fetched
        .iter()
        .any(|(day, keys)| *day == today && keys.is_none());
    if lacks_today && !timekeeper::believes(host, realm).await? {
        return Err(Refusal::Unavailable);
    }
    // By a clock that was put back meanwhile everybody is unknown, and days are over that are still to come.
    let is = timekeeper::since_put_back(host, realm, now);
    if is + SKEW < now {
        return Err(Refusal::Unavailable);
    }
    for (day, keys) in &fetched {
        if keys.is_some() || *day < is.day() {
            memory.keep_day(realm, *day, keys.clone());
        }
    }
    let all = known.into_iter().chain(fetched);
    let all = all.filter_map(|(day, keys)| Some((day, keys?)));
    Ok(Keys::in_force(all, now))
}
