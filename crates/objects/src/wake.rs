//! Whoever comes by wakes every national object, so that what is due gets done even if an alarm was lost.

use core::time::Duration;

use decree::{Moment, article_3};
use futures_util::future::join;
use service::timekeeper::FIRST_RELEASED;

use crate::calls::{desk_calls, intake_calls, registry_calls, tally_calls, vault_calls};
use crate::pace::Pace;
use crate::{Host, RealmClient, timekeeper};

/// How often traffic wakes the national objects, in seconds.
const EVERY_SECONDS: u64 = 300;
/// How many forgotten days are looked at again.
const DAYS_BACK: u32 = 3;
/// Those that are most likely to hold keys still are looked at first, and at once.
const SOON: u32 = 20;
/// Between two of the others. Each holds three files open for ten seconds: three hundred at the most, and not twelve hundred.
const BETWEEN_VAULTS: Duration = Duration::from_millis(100);
/// How many at the start of a server, which may have been down for longer, and after a doubt, which may have lasted.
const DAYS_BACK_AT_START: u32 = 400;

/// Longer than that takes.
const LOOKING_BACK: Duration = Duration::from_mins(2);

/// Whether the vaults of long ago were looked at since this isolate started, by a clock that is believed since then.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum LookedBack {
    /// No.
    #[default]
    Never,
    /// A wake-up began at this moment.
    Since(Moment),
    /// All of them.
    Done,
}

/// Whether traffic must wake the objects, and it is time: at the start of an isolate, and every five minutes. On the
/// platform a cron trigger does.
pub fn must_wake(host: &impl Host) -> bool {
    let is_woken_by_traffic = host
        .settings()
        .is_ok_and(|settings| settings.is_woken_by_traffic);
    if !is_woken_by_traffic {
        return false;
    }
    let (now, woken) = (host.now().unix(), &host.memory().woken);
    // Woken in the future: by a clock that was ahead.
    let passed = now.checked_sub(woken.get());
    if passed.is_some_and(|passed| passed < EVERY_SECONDS) {
        return false;
    }
    woken.set(now);
    true
}

/// Wakes every national object: each arms its alarm again if something is due, and the tally collects the days that
/// are over. An object that does not answer has its own line in the log, and is woken again next time. Keys that are
/// past their term leave this isolate's memory too.
pub async fn wake(host: &impl Host) {
    let (Ok(realm), Ok(settings)) = (RealmClient::national(host), host.settings()) else {
        return;
    };
    // The timekeeper first: what the others may do depends on it. It has its own line in the log.
    let is_believed = timekeeper::read(host).await.is_ok_and(|believed| believed);
    host.memory().drop_past_days(realm.realm, realm.now);
    // Nothing is forgotten while the clock is doubted, so the days of long ago wait for a clock that is believed.
    let looked_back = &host.memory().looked_back;
    let is_done = match looked_back.get() {
        LookedBack::Never => false,
        // Another wake-up is at it, unless it was cut short.
        LookedBack::Since(begun) => begun <= realm.now && realm.now < begun + LOOKING_BACK,
        LookedBack::Done => true,
    };
    if !is_believed {
        looked_back.set(LookedBack::Never);
    }
    if !settings.is_woken_by_traffic || !is_believed || is_done {
        join(wake_objects(realm), wake_vaults(realm, DAYS_BACK)).await;
        return;
    }
    looked_back.set(LookedBack::Since(realm.now));
    join(wake_objects(realm), wake_vaults(realm, DAYS_BACK_AT_START)).await;
    looked_back.set(LookedBack::Done);
}

/// One after the other: each that does not answer has its line in the log.
async fn wake_objects(realm: RealmClient<'_, impl Host>) {
    // It may be past midnight when the last is woken.
    let now = || realm.at(realm.host.now());
    let mut pace = Pace::begin(realm.host).await;
    for place in realm.intakes() {
        let _: Result<(), _> = now().ask_intake(place, intake_calls::Wake).await;
        pace.rest().await;
    }
    for place in realm.registries() {
        let _: Result<(), _> = now().ask_registry(place, registry_calls::Wake).await;
        pace.rest().await;
    }
    let _: Result<(), _> = now().ask_desk(desk_calls::Wake).await;
    pace.rest().await;
    let _: Result<(), _> = now().ask_tally(tally_calls::Collect).await;
    let _: Result<(), _> = now().ask_tally(tally_calls::CollectForgotten).await;
}

/// Destroys the keys of these days, should their alarms be lost, the newest first.
async fn wake_vaults(realm: RealmClient<'_, impl Host>, days_back: u32) {
    let newest = realm.now.day().minus_days(article_3::DAYS_KEPT);
    let days = (0..days_back).map(|back| (back, newest.minus_days(back)));
    let mut pace = Pace::begin(realm.host).await;
    for (back, day) in days.take_while(|(_, day)| *day >= FIRST_RELEASED) {
        let _: Result<(), _> = realm.ask_vault(day, vault_calls::Tick).await;
        match back < SOON {
            true => pace.rest().await,
            false => realm.host.wait(BETWEEN_VAULTS).await,
        }
    }
}
