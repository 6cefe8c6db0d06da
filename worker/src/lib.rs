//! The edge worker: the stateless front, the objects, and the SQL of the platform.
//!
//! # In scope
//! HTTP, object calls, clocks, randomness and alarms. This is the only crate that names the SDK.
//!
//! # Out of scope
//! Every decision: `service` takes it, in one synchronous transaction.

mod configuration;
mod days;
mod front;
mod letter;
mod object;
mod safes;
mod scope;
mod system;
mod wake;

use worker::{Context, Env, Request, Response, ScheduleContext, ScheduledEvent, event};

/// Answers every request.
#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<Response> {
    front::answer(request, env, &context).await
}

/// Wakes the national objects, should an alarm ever be lost.
#[event(scheduled)]
async fn scheduled(_: ScheduledEvent, env: Env, _: ScheduleContext) {
    wake::wake(&env).await;
}
