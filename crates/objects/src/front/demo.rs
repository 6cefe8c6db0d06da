//! Demo realms: opened, moved in time, shown and ended by their visitor.

use core::time::Duration;

use decree::{Day, Moment};
use rand_core::Rng;
use service::gate::{Admitted, Visitor, Work};
use service::record::SafeName;
use service::session::{LIFETIME_SECONDS, Session};
use service::visit::Usage;
use service::{Realm, captcha, codes, vault};
use wire::code::{HandedOut, Kind};
use wire::demo::Opened;
use wire::{MAX_BODY_BYTES, Refusal};

use crate::calls::{
    GatePlace, gate_calls, intake_calls, realm_calls, registry_calls, safe_calls, tally_calls,
    vault_calls,
};
use crate::pace::Pace;
use crate::realm::ask_realm;
use crate::{Host, RealmClient, letter, safes};

/// Opens a realm, if there is room. `captcha` is the solution of a challenge, if the visitor was asked for one.
///
/// # Errors
/// [`Refusal::SeatsScarce`] with a challenge; [`Refusal::WrongCaptcha`]; [`Refusal::TooMany`] while no seat can be had;
/// [`Refusal::Unavailable`].
pub async fn open(host: &impl Host, captcha: Option<&str>) -> Result<Opened, Refusal> {
    let now = host.now();
    let secrets = host.settings()?.ring.gate();
    let work = match captcha {
        Some(solution) => {
            let claim = captcha::read_for_demo(&secrets, solution, now)?;
            if !claim.is_right() {
                return Err(Refusal::WrongCaptcha);
            }
            Some(Work {
                challenge: claim.id.0,
                until: claim.until.unix(),
            })
        }
        None => None,
    };
    match sit_down(host, work).await? {
        Ok(opened) => Ok(opened),
        Err(wait) => {
            let challenge = captcha::draw_for_demo(&secrets, &mut host.rng(), now)?;
            Err(Refusal::seats_scarce(&challenge.challenge, wait))
        }
    }
}

/// The same, with a challenge that was solved; the inner error is for how long, at the most, one is needed.
///
/// # Errors
/// As [`open`].
pub async fn sit_down(
    host: &impl Host,
    work: Option<Work>,
) -> Result<Result<Opened, u64>, Refusal> {
    let now = host.now();
    let mut id = [0; 16];
    host.rng().fill_bytes(&mut id);
    let expires = now + Duration::from_secs(LIFETIME_SECONDS);
    let visitor = Visitor {
        id,
        until: expires.unix(),
        work,
    };
    let seat = match letter::ask(host, &GatePlace, now, &gate_calls::Seat(visitor)).await? {
        Admitted::At(seat) => seat,
        Admitted::WorkNeeded(wait) => return Ok(Err(wait)),
    };
    let session = Session::new(seat, id, expires);
    let opening = realm_calls::OpenSeat(expires.unix());
    if let Err(refusal) = ask_realm(host, session.realm(), opening).await {
        // Nobody will ever sit there.
        let leave = gate_calls::Leave(id);
        let _: Result<(), Refusal> = letter::ask(host, &GatePlace, now, &leave).await;
        return Err(refusal);
    }
    let key = host.settings()?.ring.sessions();
    Ok(Ok(Opened {
        session: session.seal(&key),
        expires_at: session.expires().unix(),
    }))
}

/// Checks a session before any object is touched: a forged one leaves no trace.
///
/// # Errors
/// [`Refusal::NotFound`]; [`Refusal::Unavailable`].
pub fn check(host: &impl Host, session: &str) -> Result<Session, Refusal> {
    let key = host.settings()?.ring.sessions();
    Session::open(&key, session, host.now()).ok_or(Refusal::NotFound)
}

/// The realm in its own time, if it is still open and has room.
///
/// # Errors
/// [`Refusal::NotFound`], [`Refusal::TooMany`]; [`Refusal::Unavailable`].
pub async fn enter<H: Host>(
    host: &H,
    session: Session,
    usage: Usage,
) -> Result<RealmClient<'_, H>, Refusal> {
    let entered = ask_realm(host, session.realm(), realm_calls::Enter(usage)).await?;
    Ok(RealmClient::demo(host, session.realm(), entered))
}

/// Does what counts for so much, if the realm has room for it: that is taken before, and given back when what was asked
/// is refused. What was not answered may be done, and counts. A demo realm has limits; the national one has not.
pub(super) async fn within_limits<H: Host, T>(
    realm: RealmClient<'_, H>,
    usage: Usage,
    work: impl Future<Output = Result<T, Refusal>>,
) -> Result<T, Refusal> {
    let RealmClient { host, realm, .. } = realm;
    if realm == Realm::National {
        return work.await;
    }
    ask_realm(host, realm, realm_calls::Reserve(usage)).await?;
    let done = work.await;
    if matches!(&done, Err(refusal) if *refusal != Refusal::Unavailable) {
        // If it cannot be given back it stays counted: the limits keep a demo small, and promise nothing.
        let given_back = realm_calls::GiveBack(usage);
        let _: Result<(), Refusal> = ask_realm(host, realm, given_back).await;
    }
    done
}

/// How long one call works at a move at the most; the last piece may take a few seconds more.
const LONGEST_MOVE: Duration = Duration::from_secs(20);

/// When the registries count what the key of a day seals that is destroyed at midnight.
const LAST_SECOND: Duration = Duration::from_secs(1);

/// A realm's clock after a move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moved {
    /// The realm's time.
    pub now: Moment,
    /// Whether all that was due is done. If not, a move by 0 goes on.
    pub is_settled: bool,
}

/// Moves the realm's clock. First what waits is delivered, at the time before the move; then each midnight on the way
/// happens in its order: the tally collects the days that are complete, the registries count the verdicts that the key of
/// the day that is over seals, its vault is emptied, the registries forget, and the tally adds up what they counted. After
/// twenty seconds the visitor is told that it is not done yet.
///
/// # Errors
/// [`Refusal::NotFound`]; [`Refusal::Malformed`] past 60 days in all; [`Refusal::Unavailable`], and a move by 0 goes
/// on where this one stopped.
pub async fn move_clock(
    host: &impl Host,
    session: Session,
    advance_seconds: u32,
) -> Result<Moved, Refusal> {
    let (realm, begun) = (session.realm(), host.now());
    let is_late = || host.now().since(begun) >= LONGEST_MOVE;
    let moving = ask_realm(host, realm, realm_calls::Move(advance_seconds)).await?;
    let after = RealmClient::demo(host, realm, moving.entered);
    let moved = |is_settled| Moved {
        now: after.now,
        is_settled,
    };
    let deliver_at = moving.deliver_at.map_or(after.now, Moment::from_unix);
    let before = after.at(deliver_at);
    for place in before.intakes() {
        while before.ask_intake(place, intake_calls::DeliverAll).await? {
            if is_late() {
                return Ok(moved(false));
            }
        }
    }
    if moving.deliver_at.is_some() {
        ask_realm(host, realm, realm_calls::Delivered).await?;
    }
    let mut pace = Pace::begin(host).await;
    for midnight in midnights(Moment::from_unix(moving.entered.settled), after.now) {
        if is_late() {
            return Ok(moved(false));
        }
        let then = after.at(midnight);
        // Nobody reads them on the way, and later the keys of the first ones are gone.
        then.ask_tally(tally_calls::Collect).await?;
        pace.rest().await;
        let dying = after
            .days()
            .find(|day| vault::destroyed_at(*day) == midnight);
        if let Some(day) = dying {
            let before = after.at(midnight - LAST_SECOND);
            for place in before.registries() {
                let count = registry_calls::CountDying(day.number());
                before.ask_registry(place, count).await?;
            }
            then.ask_vault(day, vault_calls::Tick).await?;
        }
        for place in then.registries() {
            then.ask_registry(place, registry_calls::Tick).await?;
            pace.rest().await;
        }
        if dying.is_some() {
            then.ask_tally(tally_calls::CollectForgotten).await?;
        }
        if is_late() {
            let done = realm_calls::DoneUntil(midnight.unix());
            ask_realm(host, realm, done).await?;
        }
    }
    for place in after.registries() {
        after.ask_registry(place, registry_calls::Tick).await?;
        pace.rest().await;
    }
    for place in after.intakes() {
        after.ask_intake(place, intake_calls::Tick).await?;
        pace.rest().await;
    }
    let done = realm_calls::DoneUntil(after.now.unix());
    ask_realm(host, realm, done).await?;
    Ok(moved(true))
}

/// Every 00:00 UTC after `from` up to `to`.
fn midnights(from: Moment, to: Moment) -> impl Iterator<Item = Moment> {
    (from.day().number() + 1..=to.day().number()).map(|day| Day::from_number(day).start())
}

/// What a code counts for, so that a realm hands out a few hundred at the most.
const CODE: Usage = Usage {
    registrations: 0,
    reports: 0,
    bytes: MAX_BODY_BYTES as u64,
};

/// Hands out a one-time code. It is drawn, and good in this realm alone: every realm has a key of its own that codes
/// are hashed under.
///
/// # Errors
/// [`Refusal::NotFound`], [`Refusal::TooMany`]; [`Refusal::Unavailable`].
pub async fn hand_out(
    host: &impl Host,
    session: Session,
    kind: Kind,
) -> Result<HandedOut, Refusal> {
    let realm = enter(host, session, Usage::default()).await?;
    let keys = host.settings()?.ring.front(realm.realm);
    let hashing = keys.peppers.newest();
    let (code, stored) = codes::draw(hashing, &mut host.rng(), kind, realm.now);
    let index = codes::intake_of(&keys, &code, realm.shards);
    let call = intake_calls::AddCodes {
        mark: None,
        kind,
        codes: vec![stored],
    };
    let added = realm.ask_intake(realm.intake(index), call);
    within_limits(realm, CODE, added).await?;
    Ok(HandedOut {
        code: code.to_string(),
        kind,
        expires_at: stored.until,
    })
}

/// Every stored row of every object, each as JSON.
///
/// # Errors
/// [`Refusal::NotFound`]; [`Refusal::Unavailable`].
pub async fn show_state(host: &impl Host, session: Session) -> Result<Vec<String>, Refusal> {
    let realm = enter(host, session, Usage::default()).await?;
    let mut objects = vec![ask_realm(host, realm.realm, realm_calls::State).await?];
    let mut pace = Pace::begin(host).await;
    for place in realm.registries() {
        objects.push(realm.ask_registry(place, registry_calls::State).await?);
        let safes = realm.ask_registry(place, registry_calls::Safes).await?;
        show_safes(realm, safes, &mut objects, &mut pace).await?;
    }
    for place in realm.intakes() {
        objects.push(realm.ask_intake(place, intake_calls::State).await?);
        let safes = realm.ask_intake(place, intake_calls::Safes).await?;
        show_safes(realm, safes, &mut objects, &mut pace).await?;
    }
    objects.push(realm.ask_tally(tally_calls::State).await?);
    for day in realm.days() {
        objects.push(realm.ask_vault(day, vault_calls::State).await?);
        pace.rest().await;
    }
    Ok(objects)
}

async fn show_safes<H: Host>(
    realm: RealmClient<'_, H>,
    safes: Vec<SafeName>,
    objects: &mut Vec<String>,
    pace: &mut Pace<'_, H>,
) -> Result<(), Refusal> {
    for safe in safes {
        objects.push(safes::ask(realm.host, realm.realm, safe, safe_calls::State).await?);
        pace.rest().await;
    }
    Ok(())
}

/// Ends the realm: every object of it is emptied.
///
/// # Errors
/// [`Refusal::NotFound`]; [`Refusal::Unavailable`].
pub async fn end(host: &impl Host, session: Session) -> Result<(), Refusal> {
    enter(host, session, Usage::default()).await?;
    ask_realm(host, session.realm(), realm_calls::End).await
}
