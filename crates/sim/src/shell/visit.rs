//! A visitor's demo realm, from its opening to its end: two phones meet, one reports, the other learns of it. All that
//! is due is done before the visitor is answered, whatever the pace of the national realm. Then another visitor sits on
//! the same seat: letters of the first may still be under way.

use core::time::Duration;

use decree::Moment;
use decree::article_2::Onset;
use decree::article_3::Once;
use objects::front::{demo, phone};
use objects::{Host, RealmClient};
use rand_core::Rng;
use robert::keys::ClientPublic;
use robert::phone::Phone;
use service::Realm;
use service::gate::Work;
use service::registry::Register;
use service::session::Session;
use service::visit::Usage;
use wire::Refusal;
use wire::api::{Authenticated, OpenedReport, RISK_HIGH, ReportRequest};
use wire::code::Kind;
use wire::demo::Object;

use super::Shell;
use super::front::{Answer, Answered};
use crate::kernel::{SimHost, TaskId};

/// How often a visitor tries what is not answered.
const TRIES: u32 = 6;
/// A visitor looks at the page for so long, in seconds.
const LONGEST_PAUSE: u64 = 15;
/// A meeting of two epochs, in steps of a minute.
const MINUTES: u64 = 30;

impl Shell {
    /// Plays two whole visits.
    pub(crate) fn visit(&self) -> (TaskId, Answered) {
        self.call(async move |host| {
            let (one, other) = (visit(&host).await, visit(&host).await);
            match (one?, other?) {
                (Answer::Visited(one), Answer::Visited(other)) => Ok(Answer::Visited(one && other)),
                (Answer::Visited(_), other) => Ok(other),
                (one, _) => Ok(one),
            }
        })
    }
}

/// Plays a whole visit.
async fn visit(host: &SimHost) -> Result<Answer, Refusal> {
    let opened = match again(async || demo::sit_down(host, Some(solved(host))).await).await {
        Ok(Ok(opened)) => opened,
        Ok(Err(_)) | Err(Refusal::TooMany(_)) => return Ok(Answer::TurnedAway),
        Err(refusal) => return Err(refusal),
    };
    let session = demo::check(host, &opened.session)?;
    let is_empty = again(async || demo::show_state(host, session).await)
        .await
        .map(|shown| shown.iter().all(|object| stores_nothing(object)));
    let at_risk = play(host, session).await;
    match again(async || demo::end(host, session).await).await {
        // Asked before, and not answered.
        Ok(()) | Err(Refusal::NotFound) => {}
        Err(refusal) => return Err(refusal),
    }
    match is_empty {
        Ok(false) => Ok(Answer::Haunted),
        is_empty => is_empty.and(at_risk).map(Answer::Visited),
    }
}

/// A challenge that is taken as solved.
fn solved(host: &SimHost) -> Work {
    let mut challenge = [0; 16];
    host.rng().fill_bytes(&mut challenge);
    Work {
        challenge,
        until: host.now().unix() + 600,
    }
}

/// The realm's own object has its row, and looking makes day keys; but no other object has any.
fn stores_nothing(object: &str) -> bool {
    serde_json::from_str::<Object>(object).is_ok_and(|shown| {
        let is_made_by_looking = shown.object == "realm" || shown.object.starts_with("vault/");
        is_made_by_looking || shown.tables.iter().all(|table| table.rows.is_empty())
    })
}

/// The story: whether the other phone is told that it is at risk.
async fn play(host: &SimHost, session: Session) -> Result<bool, Refusal> {
    let (mut one, mut other) = (Phone::new(), Phone::new());
    let begun = join(host, session, &mut one).await?;
    join(host, session, &mut other).await?;
    pause(host).await;
    for minute in 0..MINUTES {
        let then = begun + Duration::from_mins(minute);
        speak(&mut one, &mut other, then);
        speak(&mut other, &mut one, then);
    }
    let seconds = u32::try_from(MINUTES * 60).unwrap_or(u32::MAX);
    let now = move_on(host, session, seconds).await?;
    pause(host).await;
    let code = again(async || demo::hand_out(host, session, Kind::Long).await).await?;
    let drafted = one.draft(Onset::Unknown, now).map(drop);
    drafted.map_err(|_| Refusal::NotFound)?;
    let report = one.send(Once::new(code.code), now);
    let report = report.map_err(|_| Refusal::NotFound)?;
    let asked = ReportRequest::new(report.code, report.contacts);
    let body = serde_json::to_vec(&asked).map_err(|_| Refusal::NotFound)?;
    let sent = async || {
        let (realm, keys) = enter(host, session).await?;
        phone::report(realm, &keys, &OpenedReport::read(&body)?, &body).await
    };
    again(sent).await?;
    pause(host).await;
    let now = move_on(host, session, 0).await?;
    let request = other.ask(now).map_err(|_| Refusal::NotFound)?;
    let (realm, keys) = enter(host, session).await?;
    let status = phone::status(realm, &keys, Authenticated(request)).await?;
    again(async || demo::show_state(host, session).await).await?;
    Ok(status.risk_level == RISK_HIGH)
}

/// Letters that are under way arrive meanwhile, also those of who sat there before.
async fn pause(host: &SimHost) {
    let seconds = u64::from(host.rng().next_u32()) % LONGEST_PAUSE;
    host.wait(Duration::from_secs(seconds)).await;
}

/// Moves the clock until all that is due is done.
async fn move_on(host: &SimHost, session: Session, seconds: u32) -> Result<Moment, Refusal> {
    let mut moved = again(async || demo::move_clock(host, session, seconds).await).await?;
    while !moved.is_settled {
        moved = again(async || demo::move_clock(host, session, 0).await).await?;
    }
    Ok(moved.now)
}

/// Registers a phone: the realm's time.
async fn join(host: &SimHost, session: Session, phone: &mut Phone) -> Result<Moment, Refusal> {
    let rng = &mut host.rng();
    let public = phone.register(rng).map_err(|_| Refusal::NotFound)?;
    let (reply, now) = again(async || register(host, session, &public).await).await?;
    let keys = keys(host, session.realm())?;
    let taken = phone.registered(
        &keys.registration.oldest(now).secret.public(),
        &reply.tuples,
        now,
    );
    taken.map_err(|_| Refusal::NotFound)?;
    phone.switch_bluetooth(true);
    Ok(now)
}

async fn register(
    host: &SimHost,
    session: Session,
    client: &ClientPublic,
) -> Result<(wire::api::RegisterReply, Moment), Refusal> {
    let (realm, keys) = enter(host, session).await?;
    let mut challenge = [0; 16];
    host.rng().fill_bytes(&mut challenge);
    let (auth_key, tuple_key) = keys.registration.oldest(realm.now).secret.agree(client);
    let request = Register {
        challenge,
        until: realm.now.unix() + 600,
        level: 0,
        auth_key: *auth_key.as_bytes(),
        tuple_key: *tuple_key.as_bytes(),
    };
    let now = realm.now;
    Ok((phone::open_account(realm, &keys, request, 0).await?, now))
}

async fn enter(
    host: &SimHost,
    session: Session,
) -> Result<(RealmClient<'_, SimHost>, service::keyring::FrontKeys), Refusal> {
    let realm = demo::enter(host, session, Usage::default()).await?;
    Ok((realm, keys(host, realm.realm)?))
}

fn keys(host: &SimHost, realm: Realm) -> Result<service::keyring::FrontKeys, Refusal> {
    Ok(host.settings()?.ring.front(realm))
}

fn speak(speaker: &mut Phone, hearer: &mut Phone, now: Moment) {
    if let Ok(hello) = speaker.emit(now) {
        let _: Result<(), _> = hearer.hear(&hello.to_bytes(), -35, now);
    }
}

/// Tries again what was not answered.
async fn again<T>(ask: impl AsyncFn() -> Result<T, Refusal>) -> Result<T, Refusal> {
    for _ in 1..TRIES {
        match ask().await {
            Err(Refusal::Unavailable) => {}
            answer => return answer,
        }
    }
    ask().await
}
