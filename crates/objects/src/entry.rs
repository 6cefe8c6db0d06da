//! Where an object's life begins at each turn: a letter, or its alarm.

use operator_log::Event;

use service::Failure;

use crate::letter::{self, Answer, At, Called, Class, Opened};
use crate::turns::{self, Turns};
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

    /// Whose turn it is, of an object that visitors of demo realms use in turn.
    fn turns(&self) -> Option<&Turns> {
        None
    }

    /// The turn that is stored, if one is.
    ///
    /// # Errors
    /// A [`Failure`].
    async fn stored_turn(&self) -> Result<Option<u32>, Failure> {
        Ok(None)
    }

    /// Another visit begins: what is remembered of those before it is forgotten.
    fn forget_visit(&self) {}
}

/// Opens a letter, has the object answer it, and says what is sent back.
pub async fn receive<O: Object>(object: &O, letter: &[u8]) -> Vec<u8> {
    let class = <O::Class as Class>::NAME;
    match letter::open::<O::Class>(letter) {
        Opened::Call(called, call) => {
            let realm = called.place.realm();
            let answering = object.answer(called, call);
            let Answer { bytes, trouble } = turns::answer(object, realm, answering).await;
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
pub(crate) fn write(shown: &impl serde::Serialize) -> Result<String, Failure> {
    serde_json::to_string(shown).map_err(|_| store::Fault::Shape.into())
}
