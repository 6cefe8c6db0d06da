//! The pieces that the chapters are made of, one per thing of the visual language.

mod consent;
mod glass;
mod picture;
mod receipt;
mod slip;
mod strip;
mod table;

pub(crate) use consent::{Choice, Consent, Line};
pub(crate) use glass::Verre;
pub(crate) use picture::{Bust, Icon};
pub(crate) use receipt::Receipt;
pub(crate) use slip::Slip;
pub(crate) use strip::{Strip, StripField};
pub(crate) use table::{DataTable, TableRow};
