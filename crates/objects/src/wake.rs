//! Whoever comes by wakes every national object, so that what is due gets done even if an alarm was lost.

use decree::article_3;
use futures_util::future::{join, join_all, join4};

use crate::calls::{desk_calls, intake_calls, registry_calls, tally_calls, vault_calls};
use crate::{Host, RealmClient, timekeeper};

/// How often traffic wakes the national objects, in seconds.
const EVERY_SECONDS: u64 = 300;
/// How many forgotten days are looked at again.
const DAYS_BACK: u32 = 3;
/// How many at the start of a server, which may have been down for longer, and after a doubt, which may have lasted.
const DAYS_BACK_AT_START: u32 = 400;

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
    let intakes = realm
        .intakes()
        .map(|place| realm.ask_intake(place, intake_calls::Wake));
    let registries = realm
        .registries()
        .map(|place| realm.ask_registry(place, registry_calls::Wake));
    // Nothing is forgotten while the clock is doubted, so the days of long ago wait for a clock that is believed.
    let has_started = host.memory().has_started.replace(is_believed);
    let days_back = if settings.is_woken_by_traffic && is_believed && !has_started {
        DAYS_BACK_AT_START
    } else {
        DAYS_BACK
    };
    let forgotten = (0..days_back).map(|back| {
        let day = realm.now.day().minus_days(article_3::DAYS_KEPT + back);
        realm.ask_vault(day, vault_calls::Tick)
    });
    let asked = join4(
        join_all(intakes),
        join_all(registries),
        join_all(forgotten),
        realm.ask_desk(desk_calls::Wake),
    );
    // Each object that did not answer has its line in the log.
    drop(join(asked, realm.ask_tally(tally_calls::Collect)).await);
}
