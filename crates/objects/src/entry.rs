//! Where an object's life begins at each turn: a letter, or its alarm.

use operator_log::Event;

use crate::letter::{self, Answer, Called, Class, Opened};
use crate::{Host, Port};

/// An object: it answers letters and its alarm.
pub trait Object {
    /// Its class.
    type Class: Class;
    /// Its platform.
    type Port: Port;

    /// Its platform.
    fn port(&self) -> &Self::Port;

    /// Answers one call.
    async fn answer(
        &self,
        called: Called<<Self::Class as Class>::Place>,
        call: <Self::Class as Class>::Received,
    ) -> Answer;

    /// Does what is due. It never fails: the platform gives up an alarm whose handler does.
    async fn ring(&self);
}

/// Opens a letter, has the object answer it, and says what is sent back.
pub async fn receive<O: Object>(object: &O, letter: &[u8]) -> Vec<u8> {
    let class = <O::Class as Class>::NAME;
    match letter::open::<O::Class>(letter) {
        Opened::Call(called, call) => {
            let Answer { bytes, trouble } = object.answer(called, call).await;
            if let Some(trouble) = trouble {
                object.port().log(trouble, class);
            }
            bytes
        }
        Opened::Forbidden => {
            object.port().log(Event::RemovalForbidden, class);
            letter::try_later()
        }
        Opened::Unknown => {
            object.port().log(Event::OtherRelease, class);
            letter::try_later()
        }
    }
}

/// What is shown, as JSON already: so it leaves the front.
pub(crate) fn write(shown: &impl serde::Serialize) -> Result<String, service::Failure> {
    serde_json::to_string(shown).map_err(|_| store::Fault::Shape.into())
}
