//! Demo realms: what only their visitor may do.

use objects::front::demo as visitor;
use service::session::Session;
use wire::code::CodeRequest;
use wire::demo::{MoveClock, Now};
use wire::{DemoCall, Refusal};

use super::body::Body;
use super::reply::Reply;
use crate::platform::Platform;

/// Serves one call that a demo realm alone answers.
pub(crate) async fn serve(
    host: &Platform,
    body: &Body,
    session: Session,
    call: DemoCall,
) -> Result<Reply, Refusal> {
    match call {
        DemoCall::MoveClock => {
            let MoveClock { advance_seconds } = body.read()?;
            let moved = visitor::move_clock(host, session, advance_seconds).await?;
            let (status, settled) = match moved.is_settled {
                true => (200, None),
                false => (202, Some(false)),
            };
            let now = moved.now.unix();
            Reply::json(status, &Now { now, settled })
        }
        DemoCall::HandOutCode => {
            let CodeRequest { kind } = body.read()?;
            Reply::json(201, &visitor::hand_out(host, session, kind).await?)
        }
        DemoCall::State => {
            let objects = visitor::show_state(host, session).await?.join(",");
            Ok(Reply::written(format!(r#"{{"objects":[{objects}]}}"#)))
        }
        DemoCall::End => {
            visitor::end(host, session).await?;
            Ok(Reply::empty())
        }
    }
}
