//! The edge worker: HTTP in front, and the platform behind the port of `objects`.
//!
//! # In scope
//! HTTP, and what the platform brings: storage, calls, alarms, clock, randomness. This is the only crate that names
//! the SDK.
//!
//! # Out of scope
//! What objects do and in which order (crate `objects`), and every decision (crate `service`, in one synchronous
//! transaction).

mod front;
mod object;
mod platform;

use worker::{Context, Env, Request, Response, ScheduleContext, ScheduledEvent, event};

use crate::platform::Platform;

/// Answers every request.
#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<Response> {
    front::answer(request, Platform::new(env), &context).await
}

/// Wakes the national objects, should an alarm ever be lost.
#[event(scheduled)]
async fn scheduled(_: ScheduledEvent, env: Env, _: ScheduleContext) {
    objects::wake(&Platform::new(env)).await;
}
