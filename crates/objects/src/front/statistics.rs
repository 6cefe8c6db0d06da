//! The public figures, asked of the realm's tally and remembered for a few minutes.

use core::time::Duration;

use service::Realm;
use wire::Refusal;
use wire::statistics::Published;

use crate::calls::tally_calls;
use crate::{Host, RealmClient};

/// How long the national figures, which change once a day, are not asked for again.
const FRESH: Duration = Duration::from_mins(5);

/// What may be published of this realm. A demo realm's figures are always asked for: its clock moves.
///
/// # Errors
/// [`Refusal::Unavailable`].
pub async fn read<H: Host>(realm: RealmClient<'_, H>) -> Result<Published, Refusal> {
    let remembered = &realm.host.memory().statistics;
    let is_national = realm.realm == Realm::National;
    let fresh = remembered
        .borrow()
        .clone()
        .filter(|(asked, _)| is_national && *asked <= realm.now && realm.now < *asked + FRESH);
    if let Some((_, statistics)) = fresh {
        return Ok(statistics);
    }
    let published = Published {
        statistics: realm.ask_tally(tally_calls::Publish).await?,
        // A tally of this version that does not know the letter yet has added up no day.
        forgotten: realm
            .ask_tally_if_known(tally_calls::PublishForgotten)
            .await?
            .unwrap_or_default(),
    };
    if is_national {
        remembered.replace(Some((realm.now, published.clone())));
    }
    Ok(published)
}
