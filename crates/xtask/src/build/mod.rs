//! From sources to what is deployed: `web/dist` and `worker/build`.

mod page;
mod site;
mod worker;

use anyhow::Result;

use crate::run::announce;

/// The page first: the worker knows its files by name.
pub(crate) fn everything() -> Result<()> {
    announce("Building the page");
    page::build()?;
    announce("Building the worker");
    worker::build()
}
