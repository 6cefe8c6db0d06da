//! Demo realms: opened, moved in time, shown and ended by their visitor.

use core::time::Duration;

use decree::Moment;
use service::record::SafeName;
use service::session::{LIFETIME_SECONDS, Session};
use service::visit::{Entered, Usage};
use service::{Realm, codes, vault};
use wire::code::{CodeRequest, HandedOut};
use wire::demo::{MoveClock, Now, Opened};
use wire::{MAX_BODY_BYTES, Refusal};
use worker::Env;

use super::ask_realm;
use super::body::Body;
use super::reply::Reply;
use crate::configuration::{self, binding};
use crate::letter::{
    self, GateCall, IntakeCall, Letter, RealmCall, RegistryCall, SafeCall, TallyCall, VaultCall,
};
use crate::scope::Scope;
use crate::{safes, system};

/// Opens a realm, if there is room.
pub(crate) async fn open(env: &Env) -> Result<Reply, Refusal> {
    let now = system::now();
    let mut id = [0; 16];
    rand_core::Rng::fill_bytes(&mut system::rng(), &mut id);
    let session = Session::new(id, now + Duration::from_secs(LIFETIME_SECONDS));
    let letter = Letter::new((), now, GateCall::Admit(session));
    let _: () = letter::send(env, binding::GATE, "gate", &letter).await?;
    let _: () = ask_realm(env, session.realm(), RealmCall::Open(session)).await?;
    let pepper = configuration::keyring(env)?.sessions();
    let opened = Opened {
        session: session.seal(&pepper),
        expires_at: session.expires().unix(),
    };
    Reply::json(201, &opened)
}

/// Checks a session before any object is touched: a forged one leaves no trace.
pub(crate) fn check(env: &Env, session: &str) -> Result<Session, Refusal> {
    let pepper = configuration::keyring(env)?.sessions();
    Session::open(&pepper, session, system::now()).ok_or(Refusal::NotFound)
}

/// The realm's time, if it is still open and has room.
pub(crate) async fn enter(env: &Env, session: Session, usage: Usage) -> Result<Entered, Refusal> {
    ask_realm(env, session.realm(), RealmCall::Enter(usage)).await
}

/// Whether the realm has room for this.
pub(crate) async fn has_room(env: &Env, realm: Realm, usage: Usage) -> Result<(), Refusal> {
    ask_realm::<Entered>(env, realm, RealmCall::Enter(usage))
        .await
        .map(drop)
}

/// Counts what was accepted. If it cannot be counted it is accepted all the same: the limits keep
/// a demo small, and promise nothing.
pub(crate) async fn count(env: &Env, realm: Realm, usage: Usage) {
    let _: Result<(), _> = ask_realm(env, realm, RealmCall::Count(usage)).await;
}

/// Moves the realm's clock. First what waits is delivered; then each midnight on the way happens
/// in its order: the tally collects the days that are complete, the vault of the day that is over is
/// emptied, then the registries forget.
pub(crate) async fn move_clock(env: &Env, body: &Body, session: Session) -> Result<Reply, Refusal> {
    let MoveClock { advance_seconds } = body.read()?;
    let realm = session.realm();
    let before = Scope::demo(realm, enter(env, session, Usage::default()).await?);
    for place in before.intakes() {
        while before
            .ask_intake::<bool>(env, place, IntakeCall::DeliverAll)
            .await?
        {}
    }
    let moved: Entered = ask_realm(env, realm, RealmCall::Advance(advance_seconds)).await?;
    let after = Scope::demo(realm, moved);
    for midnight in midnights(Moment::from_unix(moved.settled), after.now) {
        let then = after.at(midnight);
        // Nobody reads them on the way, and later the keys of the first ones are gone.
        then.ask_tally::<()>(env, TallyCall::Collect).await?;
        for day in after
            .days()
            .filter(|day| vault::destroyed_at(*day) == midnight)
        {
            then.ask_vault::<()>(env, day, VaultCall::Tick).await?;
        }
        for place in then.registries() {
            then.ask_registry::<()>(env, place, RegistryCall::Tick)
                .await?;
        }
    }
    for place in after.registries() {
        after
            .ask_registry::<()>(env, place, RegistryCall::Tick)
            .await?;
    }
    for place in after.intakes() {
        after.ask_intake::<()>(env, place, IntakeCall::Tick).await?;
    }
    let _: () = ask_realm(env, realm, RealmCall::Settled(after.now.unix())).await?;
    Reply::json(
        200,
        &Now {
            now: after.now.unix(),
        },
    )
}

/// Every 00:00 UTC after `from` up to `to`.
fn midnights(from: Moment, to: Moment) -> impl Iterator<Item = Moment> {
    (from.day().number() + 1..=to.day().number()).map(|day| decree::Day::from_number(day).start())
}

/// What a code counts for, so that a realm hands out a few hundred at the most.
const CODE: Usage = Usage {
    registrations: 0,
    reports: 0,
    bytes: MAX_BODY_BYTES as u64,
};

/// Hands out a one-time code.
pub(crate) async fn hand_out_code(
    env: &Env,
    body: &Body,
    session: Session,
) -> Result<Reply, Refusal> {
    let asked: CodeRequest = body.read()?;
    let entered = enter(env, session, CODE).await?;
    let code = draw_code(env, Scope::demo(session.realm(), entered), asked).await?;
    count(env, session.realm(), CODE).await;
    Reply::json(201, &code)
}

/// Draws and stores a code. It is good in this realm alone: every realm has its own pepper.
async fn draw_code(
    env: &Env,
    scope: Scope,
    CodeRequest { kind }: CodeRequest,
) -> Result<HandedOut, Refusal> {
    let keys = configuration::keyring(env)?.front(scope.realm);
    let (code, stored) = codes::draw(&keys.pepper, &mut system::rng(), kind, scope.now);
    let [first, ..] = stored.hash;
    let call = IntakeCall::AddCodes {
        mark: None,
        kind,
        codes: vec![stored],
    };
    scope
        .ask_intake::<()>(env, scope.intake_of(first), call)
        .await?;
    Ok(HandedOut {
        code: code.to_string(),
        kind,
        expires_at: stored.until,
    })
}

/// Shows every stored row of every object.
pub(crate) async fn show_state(env: &Env, session: Session) -> Result<Reply, Refusal> {
    let realm = session.realm();
    let scope = Scope::demo(realm, enter(env, session, Usage::default()).await?);
    let mut objects: Vec<String> = vec![ask_realm(env, realm, RealmCall::State).await?];
    for place in scope.registries() {
        objects.push(scope.ask_registry(env, place, RegistryCall::State).await?);
        let safes: Vec<SafeName> = scope.ask_registry(env, place, RegistryCall::Safes).await?;
        for safe in safes {
            objects.push(safes::ask(env, realm, safe, SafeCall::State).await?);
        }
    }
    for place in scope.intakes() {
        objects.push(scope.ask_intake(env, place, IntakeCall::State).await?);
        let safes: Vec<SafeName> = scope.ask_intake(env, place, IntakeCall::Safes).await?;
        for safe in safes {
            objects.push(safes::ask(env, realm, safe, SafeCall::State).await?);
        }
    }
    objects.push(scope.ask_tally(env, TallyCall::State).await?);
    for day in scope.days() {
        objects.push(scope.ask_vault(env, day, VaultCall::State).await?);
    }
    Ok(Reply::written(format!(
        r#"{{"objects":[{}]}}"#,
        objects.join(",")
    )))
}

/// Ends the realm: every object of it is emptied.
pub(crate) async fn end(env: &Env, session: Session) -> Result<Reply, Refusal> {
    enter(env, session, Usage::default()).await?;
    let _: () = ask_realm(env, session.realm(), RealmCall::End).await?;
    Ok(Reply::empty())
}
