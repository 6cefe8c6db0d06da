//! What issuers ask.

use wire::IssuerCall;

use crate::operation::Operation;

pub(super) mod codes;
mod keys;
mod roots;

pub(crate) use keys::key_id;

pub(super) fn call(call: IssuerCall<'_>) -> Operation {
    match call {
        IssuerCall::HandOut => codes::hand_out(),
        IssuerCall::HandOutBatch => codes::hand_out_batch(),
        IssuerCall::Picture => codes::draw_code(),
        IssuerCall::MakeKey => keys::make_key(),
        IssuerCall::ListKeys => keys::list_keys(),
        IssuerCall::RevokeKey(_) => keys::revoke_key(),
        IssuerCall::VoidCodes(_) => keys::void_codes(),
        IssuerCall::ListActs => keys::list_acts(),
        IssuerCall::ConfirmClock => keys::confirm_clock(),
        IssuerCall::ListRoots => roots::list_roots(),
        IssuerCall::AddRegistration => roots::add_registration(),
    }
}
