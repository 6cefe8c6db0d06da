//! Demo realms: the deployed API in their own time, and what only their visitor may do.

use objects::front::demo as visitor;
use service::session::Session;
use service::visit::Usage;
use wire::code::CodeRequest;
use wire::demo::{MoveClock, Now};
use wire::{Call, Refusal};

use super::api;
use super::body::Body;
use super::reply::Reply;
use crate::platform::Platform;

/// Serves one call in the realm of this session.
pub(crate) async fn serve(
    host: &Platform,
    body: &Body,
    session: Session,
    call: Call,
) -> Result<Reply, Refusal> {
    match call {
        Call::MoveClock => {
            let MoveClock { advance_seconds } = body.read()?;
            let now = visitor::move_clock(host, session, advance_seconds).await?;
            Reply::json(200, &Now { now: now.unix() })
        }
        Call::HandOutCode => {
            let CodeRequest { kind } = body.read()?;
            Reply::json(201, &visitor::hand_out(host, session, kind).await?)
        }
        Call::State => {
            let objects = visitor::show_state(host, session).await?.join(",");
            Ok(Reply::written(format!(r#"{{"objects":[{objects}]}}"#)))
        }
        Call::End => {
            visitor::end(host, session).await?;
            Ok(Reply::empty())
        }
        call => {
            let realm = visitor::enter(host, session, Usage::default()).await?;
            api::serve(realm, body, call).await
        }
    }
}
