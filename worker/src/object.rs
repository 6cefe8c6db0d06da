//! The objects as the platform knows them. What each does is in the crate `objects`.

use objects::Object;
use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

use crate::platform::ObjectPlatform;

/// A class of the platform around an object of `objects`.
macro_rules! object {
    ($(#[$doc:meta])* $class:ident is $object:ident) => {
        $(#[$doc])*
        #[durable_object]
        pub struct $class(objects::$object<ObjectPlatform>);

        impl DurableObject for $class {
            fn new(state: State, env: Env) -> Self {
                Self(objects::$object::new(ObjectPlatform::new(state, env)))
            }

            async fn fetch(&self, request: Request) -> Result<Response> {
                receive(&self.0, request).await
            }

            async fn alarm(&self) -> Result<Response> {
                self.0.ring().await;
                Response::empty()
            }
        }
    };
}

object!(
    /// Accounts and exposures.
    Registry is Registry
);
object!(
    /// One-time codes, and contacts on their way.
    Intake is Intake
);
object!(
    /// A realm's days in figures.
    Tally is Tally
);
object!(
    /// Who may hand out one-time codes.
    Desk is Desk
);
object!(
    /// The keys of one day.
    Vault is Vault
);
object!(
    /// One record key.
    Safe is Safe
);
object!(
    /// One visitor's demo realm.
    Realm is Demo
);
object!(
    /// How many demo realms live.
    Gate is Gate
);
object!(
    /// The host's highest time.
    Timekeeper is Timekeeper
);
object!(
    /// The national realm's own secrets.
    Secrets is Secrets
);

async fn receive(object: &impl Object, mut request: Request) -> Result<Response> {
    let letter = request.bytes().await?;
    Response::from_bytes(objects::receive(object, &letter).await)
}
