//! The deployed API v6, the same in every realm.

use objects::front::{keys, phone, statistics};
use objects::{Host, RealmClient};
use service::{Realm, front};
use wire::api::{Authenticated, CaptchaRequest, Done, OpenedReport, RegisterRequest};
use wire::{Call, Refusal};

use super::body::Body;
use super::reply::Reply;
use crate::platform::Platform;

/// Serves one call in one realm.
pub(crate) async fn serve(
    realm: RealmClient<'_, Platform>,
    body: &Body,
    call: Call,
) -> Result<Reply, Refusal> {
    let settings = realm.host.settings()?;
    let is_national = realm.realm == Realm::National;
    if is_national && call.is_personal() && settings.is_over(realm.now) {
        return Err(Refusal::Ended);
    }
    let keys = keys::read(realm).await?;
    match call {
        Call::Captcha => {
            let CaptchaRequest {} = body.read_if_any()?;
            Reply::json(201, &phone::challenge(realm, &keys)?)
        }
        Call::Register => {
            let asked: RegisterRequest = body.read()?;
            let bytes = body.as_json()?.len();
            Reply::json(201, &phone::register(realm, &keys, &asked, bytes).await?)
        }
        Call::Status => {
            let asked: Authenticated = body.read()?;
            Reply::json(200, &phone::status(realm, &keys, asked).await?)
        }
        Call::Report => {
            let bytes = body.as_json()?;
            let asked = OpenedReport::read(bytes)?;
            phone::report(realm, &keys, &asked, bytes).await?;
            Reply::json(200, &Done::default())
        }
        Call::Unregister => {
            phone::unregister(realm, body.read()?).await?;
            Reply::json(200, &Done::default())
        }
        Call::DeleteExposureHistory => {
            phone::delete_exposure_history(realm, body.read()?).await?;
            Reply::json(200, &Done::default())
        }
        Call::Clock => Reply::json(200, &front::read_clock(realm.now)?),
        Call::Keys => Reply::json(200, &front::publish_keys(&keys, realm.now)),
        Call::Statistics => Reply::json(200, &statistics::read(realm).await?),
        Call::StatisticsCsv => {
            let table = statistics::read(realm)
                .await?
                .statistics
                .to_csv()
                .into_bytes();
            Ok(Reply::media(200, "text/csv; charset=utf-8", table))
        }
    }
}
