//! The deployed API v6, the same in every realm.

use core::pin::pin;
use core::time::Duration;

use altcha::Challenge;
use futures_util::future::{Either, select};
use robert::Contact;
use robert::stamp::Price;
use service::captcha::{self, Purpose};
use service::front::{self, ReportScope};
use service::intake::{Received, Report, Token, Work};
use service::keyring::FrontKeys;
use service::registry::{Register, Signed, Status};
use service::vault::Keys;
use service::visit::Usage;
use service::work;
use wire::Refusal;
use wire::api::{
    Authenticated, CaptchaReply, OpenedReport, RegisterReply, RegisterRequest, StatusReply,
};

use super::{demo, keys, proof};
use crate::calls::{intake_calls, registry_calls};
use crate::letter::Call;
use crate::pace::Pace;
use crate::{Host, RealmClient};

/// Draws a proof of work. No object is asked: a challenge costs its drawer nothing yet, and the server hardly more.
///
/// # Errors
/// [`Refusal::Unavailable`].
pub fn challenge<H: Host>(
    realm: RealmClient<'_, H>,
    keys: &FrontKeys,
) -> Result<CaptchaReply<Challenge>, Refusal> {
    let rng = &mut realm.host.rng();
    let id = captcha::draw_id(rng);
    let work = work::asked(realm.realm);
    let (purpose, now) = (Purpose::Register, realm.now);
    captcha::draw(&keys.captcha, realm.realm, purpose, id, work, rng, now)
}

/// Registers a phone; `bytes` is the length of its request.
///
/// The cheapest first: what can be compared; whether the challenge was tried or spent, or waits its turn; the one
/// derivation; and only then the keys and the account.
///
/// # Errors
/// [`Refusal::Malformed`] for a key that is not on P-256; [`Refusal::WrongCaptcha`]; [`Refusal::TooMany`] until it is its
/// turn; [`Refusal::Unavailable`], and then there is no account.
pub async fn register<H: Host>(
    realm: RealmClient<'_, H>,
    keys: &FrontKeys,
    asked: &RegisterRequest,
    bytes: usize,
) -> Result<RegisterReply, Refusal> {
    let is_unknown = |id| keys.registration.find(id, realm.now).is_none();
    let again;
    let keys = if asked.key_id.as_deref().is_some_and(is_unknown) {
        again = keys::read_again(realm).await?;
        &again
    } else {
        keys
    };
    let applicant = front::read_registration(keys, realm.realm, realm.now, asked)?;
    let [first, ..] = applicant.claim.id.0;
    let place = realm.registry_of(first);
    let ask = async |shown| {
        let call = registry_calls::Try(shown);
        realm.ask_registry_if_known(place, call).await
    };
    proof::check(realm, &applicant.claim, ask).await?;
    open_account(realm, keys, applicant.agree(), bytes).await
}

/// The same, once the proof of work was verified and the keys were agreed.
///
/// # Errors
/// As [`register`], but for the proof of work.
pub async fn open_account<H: Host>(
    realm: RealmClient<'_, H>,
    keys: &FrontKeys,
    prepared: Register,
    bytes: usize,
) -> Result<RegisterReply, Refusal> {
    let usage = Usage {
        registrations: 1,
        reports: 0,
        bytes: bytes as u64,
    };
    let [first, ..] = prepared.challenge;
    let (place, tuple_key) = (realm.registry_of(first), prepared.tuple_key);
    let opening = async {
        let days = realm.keys().await?;
        let call = registry_calls::Register(prepared);
        Ok((days, realm.ask_registry(place, call).await?))
    };
    let (days, id) = demo::within_limits(realm, usage, opening).await?;
    let rng = &mut realm.host.rng();
    let at = (realm.realm, realm.now);
    front::answer_registration(keys, &days, rng, at, id, &tuple_key)
}

/// Answers whether the sender is at risk.
///
/// # Errors
/// [`Refusal::UnknownIdentity`], [`Refusal::Unauthenticated`], [`Refusal::Unavailable`].
pub async fn status<H: Host>(
    realm: RealmClient<'_, H>,
    keys: &FrontKeys,
    asked: Authenticated,
) -> Result<StatusReply, Refusal> {
    let days = realm.keys().await?;
    let (signed, status): (_, Status) =
        ask_sender(realm, &days, asked, registry_calls::Status).await?;
    let rng = &mut realm.host.rng();
    let at = (realm.realm, realm.now);
    front::answer_status(keys, &days, rng, at, signed.id, &status)
}

/// Takes a report or a decoy; `bytes` is its body as it came. Its contacts are read once its intake keeps the code, or the
/// stamp, for it.
///
/// # Errors
/// [`Refusal::Malformed`]; [`Refusal::UnknownCode`], also for a stamp that is not worth so many contacts;
/// [`Refusal::WorkNeeded`], [`Refusal::TooMany`]; [`Refusal::Unavailable`], and then the same bytes can be sent again.
pub async fn report<H: Host>(
    realm: RealmClient<'_, H>,
    keys: &FrontKeys,
    asked: &OpenedReport<'_>,
    bytes: &[u8],
) -> Result<(), Refusal> {
    let price = work::decoy_price(realm.realm);
    take_report((realm, price), keys, asked, bytes).await
}

/// The same, where a decoy costs this.
///
/// # Errors
/// As [`report`].
pub async fn take_report<H: Host>(
    (realm, price): (RealmClient<'_, H>, Price),
    keys: &FrontKeys,
    asked: &OpenedReport<'_>,
    bytes: &[u8],
) -> Result<(), Refusal> {
    let usage = Usage {
        registrations: 0,
        reports: 1,
        bytes: bytes.len() as u64,
    };
    let taking = take_within_limits((realm, price), keys, asked, bytes);
    demo::within_limits(realm, usage, taking).await
}

async fn take_within_limits<H: Host>(
    (realm, price): (RealmClient<'_, H>, Price),
    keys: &FrontKeys,
    asked: &OpenedReport<'_>,
    bytes: &[u8],
) -> Result<(), Refusal> {
    // Without keys nobody is told that a code is over: by a clock that is ahead every code would be.
    let days = realm.keys().await?;
    let (rng, now) = (&mut realm.host.rng(), realm.now);
    let mut shown = front::show_code(keys, (realm.realm, price), rng, now, asked)?;
    let place = realm.intake_of(shown.route);
    if let Some(claim) = front::read_work(keys, realm.realm, now, asked) {
        let ask = async |shown| {
            let call = intake_calls::Try(shown);
            realm.ask_intake_if_known(place, call).await
        };
        shown.work = match proof::check(realm, &claim, ask).await {
            Ok(()) => Some(Work {
                challenge: claim.id.0,
                until: claim.until.unix(),
            }),
            // Wrong or spent: as good as none.
            Err(Refusal::WrongCaptcha) => None,
            Err(refusal) => return Err(refusal),
        };
    }
    let call = intake_calls::Reserve(shown.clone());
    // An intake of release 0.2.0 does not know this call. It looks at the code when the report is there.
    let mut looked_at = realm.ask_intake_if_known(place, call).await?;
    if matches!(looked_at, None | Some(Received::Former)) && !shown.token.is_decoy() {
        shown.marks = front::former_marks(keys, bytes, asked)?;
    }
    if looked_at == Some(Received::Former) {
        let call = intake_calls::ReserveFormer(shown.clone());
        looked_at = Some(realm.ask_intake(place, call).await?);
    }
    if looked_at == Some(Received::WorkNeeded) {
        // Whoever sends little is told first that the contacts are none: the work would be in vain.
        if bytes.len() <= wire::MAX_BODY_BYTES {
            asked.contacts()?;
        }
        return Err(front::ask_for_work(keys, realm.realm, rng, now, asked));
    }
    if looked_at == Some(Received::Accepted) {
        shown.take_as_code();
    }
    let scope = ReportScope {
        keys,
        days: &days,
        shards: realm.shards,
        now,
    };
    let read = asked.contacts().and_then(|all| {
        if shown.pays(price, all.len()) {
            Ok(front::merge(&all))
        } else {
            Err(Refusal::UnknownCode)
        }
    });
    let sealed = match read {
        Ok(all) => seal_in_slices(realm.host, &scope, shown.token, &all).await,
        Err(refusal) => Err(refusal),
    };
    let contacts = match sealed {
        Ok(sealed) => sealed,
        Err(refusal) => {
            // The code is good: it must not wait for what will not come.
            let given_back = intake_calls::GiveBack(shown.marks.newest);
            let _: Result<(), Refusal> = realm.ask_intake(place, given_back).await;
            return Err(refusal);
        }
    };
    let call = intake_calls::Report(Report { shown, contacts });
    match realm.ask_intake(place, call).await? {
        Received::Accepted | Received::Decoy => Ok(()),
        // It is said of what is looked at, never of a report.
        Received::Former => Err(Refusal::Unavailable),
        Received::WorkNeeded => Err(front::ask_for_work(keys, realm.realm, rng, now, asked)),
    }
}

/// Seals contacts, a few at a time: there may be twenty thousand, and forty thousand HELLOs.
async fn seal_in_slices(
    host: &impl Host,
    scope: &ReportScope<'_>,
    token: Token,
    contacts: &[Contact],
) -> Result<Vec<(u16, Vec<u8>)>, Refusal> {
    /// A millisecond, at fifteen HELLOs each (`cargo xtask cost`).
    const TOGETHER: usize = 8;
    let mut sealed = Vec::with_capacity(contacts.len());
    if contacts.is_empty() {
        return Ok(sealed);
    }
    let mut pace = Pace::begin(host).await;
    for some in contacts.chunks(TOGETHER) {
        sealed.extend(front::seal_contacts(scope, &mut host.rng(), token, some)?);
        pace.rest().await;
    }
    Ok(sealed)
}

/// Forgets the sender's account.
///
/// # Errors
/// As [`status`].
pub async fn unregister<H: Host>(
    realm: RealmClient<'_, H>,
    asked: Authenticated,
) -> Result<(), Refusal> {
    on_the_beat(realm.host, async {
        let days = realm.keys().await?;
        let left = ask_sender(realm, &days, asked, registry_calls::Unregister);
        left.await.map(drop)
    })
    .await
}

/// Forgets what the sender was exposed to.
///
/// # Errors
/// As [`status`].
pub async fn delete_exposure_history<H: Host>(
    realm: RealmClient<'_, H>,
    asked: Authenticated,
) -> Result<(), Refusal> {
    on_the_beat(realm.host, async {
        let days = realm.keys().await?;
        let deleted = ask_sender(realm, &days, asked, registry_calls::DeleteExposureHistory);
        deleted.await.map(drop)
    })
    .await
}

/// How far apart the moments are at which those who leave, or delete, are answered.
const BEAT: Duration = Duration::from_millis(50);

/// Answers what was done at a whole number of [`BEAT`]s after it was begun: deleting takes longer the more there is to delete,
/// and nobody shall see how much. A refusal deletes nothing, and waits for nothing.
///
/// The timer begins before the work: one that began once the work is done would end later by what
/// the work took.
async fn on_the_beat<H: Host>(
    host: &H,
    work: impl Future<Output = Result<(), Refusal>>,
) -> Result<(), Refusal> {
    let mut work = pin!(work);
    loop {
        let beat = pin!(host.wait(BEAT));
        if let Either::Right((done, beat)) = select(beat, work.as_mut()).await {
            if done.is_ok() {
                beat.await;
            }
            return done;
        }
    }
}

/// Asks the registry of whoever sent this. A request whose sender cannot be found asks too, in nobody's name, so that
/// a refusal costs the same wherever it was decided.
async fn ask_sender<H: Host, C: Call<To = registry_calls::Registry>>(
    realm: RealmClient<'_, H>,
    days: &Keys,
    asked: Authenticated,
    call: fn(Signed) -> C,
) -> Result<(Signed, C::Reply), Refusal> {
    let found = front::find_sender(days, asked);
    let signed = match &found {
        Ok(signed) => *signed,
        Err(_) => front::decoy(&mut realm.host.rng(), asked),
    };
    let [first, ..] = signed.id.0;
    let place = realm.registry_of(first);
    let answer = realm.ask_registry(place, call(signed)).await;
    found.and_then(|signed| Ok((signed, answer?)))
}
