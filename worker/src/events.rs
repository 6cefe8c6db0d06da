//! Where a request, and the cron trigger, come in.

// Of the code that the SDK makes of these functions: it writes into the log what it is handed as an error.
#![expect(clippy::disallowed_macros)]

use operator_log::Line;
use wire::Refusal;
use worker::{Context, Env, Request, Response, ScheduleContext, ScheduledEvent, event};

use crate::front;
use crate::front::reply::{Readers, respond};
use crate::platform::{self, Platform};

/// Answers every request. An error of the platform may quote what came in: it goes no further than here.
#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<Response> {
    let answered = front::answer(request, Platform::new(env), &context).await;
    answered.or_else(|_| {
        platform::write(Line::RequestFailed);
        respond(Readers::OwnOrigin, Err(Refusal::Unavailable))
    })
}

/// Wakes the national objects, should an alarm ever be lost.
#[event(scheduled)]
async fn scheduled(_: ScheduledEvent, env: Env, _: ScheduleContext) {
    objects::wake(&Platform::new(env)).await;
}
