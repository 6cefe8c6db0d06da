//! Alarms that cannot die: whoever comes by makes sure that what is due gets done.

use core::cell::Cell;

use futures_util::future::{join, join_all, join4};
use worker::Env;

use crate::letter::{DeskCall, IntakeCall, RegistryCall, TallyCall, VaultCall};
use crate::scope::Scope;
use crate::{configuration, days, system};

/// How often traffic wakes the national objects, in seconds.
const EVERY_SECONDS: u64 = 300;
/// How many forgotten days are looked at again, and at the start of a server, which may have been
/// down for longer.
const DAYS_BACK: u32 = 3;
const DAYS_BACK_AT_START: u32 = 400;

thread_local! {
    static LAST: Cell<u64> = const { Cell::new(0) };
    static STARTED: Cell<bool> = const { Cell::new(false) };
}

/// Whether traffic must do it, and it is time: at the start of an isolate, and every five minutes.
/// On the platform a cron trigger does.
pub(crate) fn is_due(env: &Env) -> bool {
    if !configuration::is_woken_by_traffic(env) {
        return false;
    }
    let now = system::now().unix();
    let due = LAST.get().saturating_add(EVERY_SECONDS) <= now;
    if due {
        LAST.set(now);
    }
    due
}

/// Wakes every national object: each arms its alarm again if something is due, and the tally
/// collects the days that are over. An object that does not answer has its own line in the log, and
/// is woken again next time. Keys that are past their term leave this isolate's memory too.
pub(crate) async fn wake(env: &Env) {
    let Ok(scope) = Scope::national(env) else {
        return;
    };
    days::drop_past(scope.realm, scope.now);
    let intakes = scope.intakes().map(|place| async move {
        let _: Result<(), _> = scope.ask_intake(env, place, IntakeCall::Wake).await;
    });
    let registries = scope.registries().map(|place| async move {
        let _: Result<(), _> = scope.ask_registry(env, place, RegistryCall::Wake).await;
    });
    let is_start = configuration::is_woken_by_traffic(env) && !STARTED.replace(true);
    let days_back = if is_start {
        DAYS_BACK_AT_START
    } else {
        DAYS_BACK
    };
    let forgotten = (0..days_back).map(|back| async move {
        let day = scope
            .now
            .day()
            .minus_days(decree::article_3::DAYS_KEPT + back);
        let _: Result<(), _> = scope.ask_vault(env, day, VaultCall::Tick).await;
    });
    let collected = async move {
        let _: Result<(), _> = scope.ask_tally(env, TallyCall::Collect).await;
    };
    let desk = async {
        let _: Result<(), _> = scope.ask_desk(env, DeskCall::Wake).await;
    };
    let (intakes, registries) = (join_all(intakes), join_all(registries));
    join(
        join4(intakes, registries, join_all(forgotten), desk),
        collected,
    )
    .await;
}
