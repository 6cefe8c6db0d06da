//! Day keys, fetched from the vaults and kept in memory for as long as the law lets them live.
//!
//! The keys of a day never change and a destroyed day is never refilled, so both answers can be
//! kept. What is past its term by `now` is dropped before anything is read.

use core::cell::RefCell;
use std::collections::BTreeMap;

use decree::{Day, Moment, article_3};
use futures_util::future::try_join_all;
use service::vault::{self, DayKeys, Keys};
use service::{Realm, place};
use wire::Refusal;
use worker::Env;

use crate::configuration::binding;
use crate::letter::{self, Letter, VaultCall, VaultPlace};

/// Realms and days that one isolate remembers before it starts again from nothing.
const MOST: usize = 8_192;

thread_local! {
    static KNOWN: RefCell<BTreeMap<(Realm, Day), Option<DayKeys>>> = const { RefCell::new(BTreeMap::new()) };
}

/// The keys of every day that can have some, in a realm whose first day is `since`.
pub(crate) async fn fetch(
    env: &Env,
    realm: Realm,
    since: Day,
    now: Moment,
) -> Result<Keys, Refusal> {
    let days = vault::living_days(since, now).collect::<Vec<_>>();
    drop_past(realm, now);
    let missing = KNOWN.with_borrow(|known| {
        let missing = days
            .iter()
            .copied()
            .filter(|day| !known.contains_key(&(realm, *day)));
        missing.collect::<Vec<_>>()
    });
    let fetched = try_join_all(missing.iter().map(|day| async move {
        let place = VaultPlace {
            realm,
            day: day.number(),
        };
        let letter = Letter::new(place, now, VaultCall::Keys);
        letter::send::<_, _, Option<DayKeys>>(
            env,
            binding::VAULT,
            &place::vault_name(realm, *day),
            &letter,
        )
        .await
    }))
    .await?;
    Ok(KNOWN.with_borrow_mut(|known| {
        if known.len() > MOST {
            known.retain(|(of, _), _| *of == realm);
        }
        known.extend(missing.into_iter().map(|day| (realm, day)).zip(fetched));
        let kept = days
            .iter()
            .filter_map(|day| Some((*day, known.get(&(realm, *day))?.clone()?)));
        Keys::in_force(kept.collect::<Vec<_>>(), now)
    }))
}

/// Drops what is past its term.
pub(crate) fn drop_past(realm: Realm, now: Moment) {
    let is_kept = |of: Realm, day| of != realm || !article_3::day_is_forgotten(day, now);
    KNOWN.with_borrow_mut(|known| known.retain(|(of, day), _| is_kept(*of, *day)));
}

/// Drops what is known of a realm that has ended.
pub(crate) fn drop_realm(realm: Realm) {
    KNOWN.with_borrow_mut(|known| known.retain(|(of, _), _| *of != realm));
}
