//! The gate in its object.

use service::gate;

use crate::calls::GatePlace;
use crate::calls::gate_calls::{self as calls, Received};
use crate::letter::{Answer, Called};
use crate::{Object, Port};

/// How many demo realms live.
pub struct Gate<P> {
    port: P,
}

impl<P: Port> Gate<P> {
    /// The gate on this platform.
    pub const fn new(port: P) -> Self {
        Self { port }
    }
}

impl<P: Port> Object for Gate<P> {
    type Class = calls::Gate;
    type Port = P;

    fn port(&self) -> &P {
        &self.port
    }

    async fn answer(&self, called: Called<GatePlace>, call: Received) -> Answer {
        let sql = self.port.sql();
        match call {
            Received::Admit(calls::Admit(session), to) => {
                to.answer(gate::admit(sql, &session, called.now))
            }
            Received::Leave(calls::Leave(id), to) => to.answer(gate::leave(sql, id)),
        }
    }

    /// The gate arms no alarm.
    async fn ring(&self) {}
}
