//! The pieces that the chapters are made of, one per thing of the visual language.

mod consent;
mod el;
mod small;
mod strip;
mod table;
#[cfg(test)]
mod tests;

pub(crate) use consent::{Choice, Line, consent};
pub(crate) use el::{El, el, group, set, svg};
pub(crate) use small::{bust, button, icon, more, receipt, slip, tick_box, verre};
pub(crate) use strip::{StripField, strip};
pub(crate) use table::{TableRow, data_table};
