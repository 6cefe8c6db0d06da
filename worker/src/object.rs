//! The objects: each opens a letter, calls one function of `service`, and answers.

mod gate;
mod intake;
mod realm;
mod registry;
mod sql;
mod vault;

/// The platform's storage failed: what was asked is not done, and can be asked again.
fn fault(_: worker::Error) -> service::Failure {
    service::Failure::Fault(store::Fault::Engine)
}
