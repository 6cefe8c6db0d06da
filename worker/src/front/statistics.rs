//! The public figures, asked of the realm's tally and remembered for a few minutes.

use core::cell::RefCell;
use core::time::Duration;

use decree::Moment;
use service::Realm;
use wire::Refusal;
use wire::statistics::Statistics;
use worker::Env;

use crate::letter::TallyCall;
use crate::scope::Scope;

/// How long the national figures, which change once a day, are not asked for again.
const FRESH: Duration = Duration::from_mins(5);

thread_local! {
    static KNOWN: RefCell<Option<(Moment, Statistics)>> = const { RefCell::new(None) };
}

/// What may be published of this realm. A demo realm's figures are always asked for: its clock moves.
pub(crate) async fn read(env: &Env, scope: Scope) -> Result<Statistics, Refusal> {
    let known = KNOWN.with_borrow(|known| {
        let fresh = known.as_ref().filter(|(until, _)| scope.now < *until);
        fresh.map(|(_, statistics)| statistics.clone())
    });
    match known {
        Some(statistics) if scope.realm == Realm::National => Ok(statistics),
        _ => {
            let statistics: Statistics = scope.ask_tally(env, TallyCall::Publish).await?;
            if scope.realm == Realm::National {
                KNOWN.set(Some((scope.now + FRESH, statistics.clone())));
            }
            Ok(statistics)
        }
    }
}
