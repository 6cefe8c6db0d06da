//! The gate in its object.

use service::{Failure, gate};
use wire::Refusal;

use crate::calls::GatePlace;
use crate::calls::gate_calls::{self as calls, Received};
use crate::letter::{Answer, Called};
use crate::{Object, Port};

/// Who sits where among demo realms.
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
        let (sql, now) = (self.port.sql(), called.now);
        match call {
            Received::Admit(_, to) => to.answer(Err(Refusal::Unavailable.into())),
            Received::Leave(calls::Leave(id), to) => to.answer(gate::leave(sql, id, now)),
            Received::Seat(calls::Seat(visitor), to) => {
                let admitted = self.port.settings().map_err(Failure::from);
                let admitted = admitted.and_then(|of| gate::admit(sql, of.seats, &visitor, now));
                to.answer(admitted)
            }
            Received::See(calls::See(id), to) => to.answer(gate::see(sql, id, now)),
        }
    }

    /// The gate arms no alarm.
    async fn ring(&self) {}
}
