//! The gate in its object.

use decree::Moment;
use service::gate;
use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

use super::sql::Platform;
use crate::letter::{self, GateCall, Letter};

/// How many demo realms live.
#[durable_object]
pub struct Gate {
    state: State,
}

impl DurableObject for Gate {
    fn new(state: State, _: Env) -> Self {
        Self { state }
    }

    async fn fetch(&self, request: Request) -> Result<Response> {
        let Letter {
            place: (),
            now,
            call,
            ..
        } = letter::receive(request).await?;
        let sql = Platform::new(self.state.storage());
        let done = match call {
            GateCall::Admit(session) => gate::admit(&sql, &session, Moment::from_unix(now)),
            GateCall::Leave(id) => gate::leave(&sql, id),
        };
        letter::answer("gate", done)
    }
}
