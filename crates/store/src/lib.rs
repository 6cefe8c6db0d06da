//! One port to SQLite: the same statements run on the platform's objects and natively.
//!
//! # In scope
//! A value without floats, a row, two calls ([`Sql::exec`], [`Sql::query`]) and one synchronous
//! transaction ([`Sql::transaction`], reached through [`transact`]). With the feature `native`,
//! an engine on `rusqlite` that keeps the platform's limits.
//!
//! # Out of scope
//! Schemas and statements (crate `service`), the platform's own engine (crate `worker`).
//!
//! The platform refuses `BEGIN` and `SAVEPOINT` in SQL, and an error reply there does not undo
//! what was written: only a transaction does. So whoever writes, writes inside [`transact`].

#[cfg(feature = "native")]
mod native;
mod value;

#[cfg(feature = "native")]
pub use native::Native;
pub use value::{MAX_INTEGER, Row, Value};

/// The engine failed, or a value does not have the type that its column promises.
///
/// It is opaque on purpose: an engine's message can hold stored bytes, and must reach no client
/// and no log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The engine refused or failed.
    #[error("the storage engine failed")]
    Engine,
    /// A stored value is not of the type that was asked for.
    #[error("a stored value has another type than its column")]
    Shape,
}

/// A SQLite database, as one object has it.
///
/// Parameters are numbered `?1`, `?2`… and at most 100, as on the platform.
pub trait Sql {
    /// Runs one statement and forgets its rows.
    ///
    /// # Errors
    /// [`Fault::Engine`].
    fn exec(&self, statement: &str, values: &[Value]) -> Result<(), Fault>;

    /// Runs one statement and reads all its rows.
    ///
    /// # Errors
    /// [`Fault::Engine`], and [`Fault::Shape`] for a float.
    fn query(&self, statement: &str, values: &[Value]) -> Result<Vec<Row>, Fault>;

    /// Runs `work` in one transaction: kept when it returns `true`, undone otherwise. Inside another
    /// transaction it is undone alone, and kept only if the other one is.
    ///
    /// Callers use [`transact`], which carries a result out.
    ///
    /// # Errors
    /// [`Fault::Engine`] when the transaction could not be opened or closed; nothing is kept then.
    fn transaction(&self, work: &mut dyn FnMut(&dyn Sql) -> bool) -> Result<(), Fault>;
}

/// Reads, decides and writes in one synchronous transaction: kept on `Ok`, undone on `Err`.
///
/// # Errors
/// Whatever `work` returns, or the engine's [`Fault`].
pub fn transact<T, E: From<Fault>>(
    sql: &dyn Sql,
    work: impl FnOnce(&dyn Sql) -> Result<T, E>,
) -> Result<T, E> {
    let mut work = Some(work);
    let mut outcome = None;
    sql.transaction(&mut |sql| match work.take() {
        Some(work) => outcome.insert(work(sql)).is_ok(),
        None => false,
    })?;
    outcome.unwrap_or(Err(Fault::Engine.into()))
}
