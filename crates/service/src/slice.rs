//! Slices: as much of a walk over rows as is done before others are served again.
//!
//! A statement that deletes a million rows is one piece of work of many seconds, in which nobody else of the process
//! is served. So rows that fulfil a condition are deleted or changed [`ROWS`] at a time, each slice in a transaction,
//! and who walks pauses between two of them.

use store::{Fault, Row, Sql, Value};

/// Rows of one slice: less than 5 ms on one core of a small machine (`cargo xtask cost`).
pub(crate) const ROWS: u32 = 500;

/// Rows of a table that fulfil a condition.
pub(crate) struct Rows<'a> {
    /// The table.
    pub(crate) table: &'static str,
    /// The columns of its key.
    pub(crate) key: &'static str,
    /// The condition, whose values are `?1`, `?2` and so on: rows that were changed fulfil it no more.
    pub(crate) condition: &'static str,
    /// Its values.
    pub(crate) values: &'a [Value],
}

impl Rows<'_> {
    /// Deletes a slice of these rows: whether any are left. Inside the caller's transaction.
    pub(crate) fn delete(&self, sql: &dyn Sql) -> Result<bool, Fault> {
        sql.exec(&self.deletion(), self.values)?;
        self.are_left(sql)
    }

    /// The same, and what stood in this column of each.
    pub(crate) fn take(&self, sql: &dyn Sql, column: &str) -> Result<(Vec<Row>, bool), Fault> {
        let take = format!("{} RETURNING {column}", self.deletion());
        let taken = sql.query(&take, self.values)?;
        Ok((taken, self.are_left(sql)?))
    }

    fn deletion(&self) -> String {
        let Self { table, key, .. } = self;
        let some = self.some();
        format!("DELETE FROM {table} WHERE ({key}) IN ({some})")
    }

    /// Changes a slice of these rows: whether any are left. Inside the caller's transaction.
    pub(crate) fn update(&self, sql: &dyn Sql, set: &str, to: Value) -> Result<bool, Fault> {
        let Self { table, key, .. } = self;
        let (some, number) = (self.some(), self.values.len() + 1);
        let update = format!("UPDATE {table} SET {set} = ?{number} WHERE ({key}) IN ({some})");
        let values: Vec<_> = self.values.iter().cloned().chain([to]).collect();
        sql.exec(&update, &values)?;
        self.are_left(sql)
    }

    /// The keys of a slice.
    fn some(&self) -> String {
        let Self {
            table,
            key,
            condition,
            ..
        } = self;
        format!("SELECT {key} FROM {table} WHERE {condition} LIMIT {ROWS}")
    }

    fn are_left(&self, sql: &dyn Sql) -> Result<bool, Fault> {
        let Self {
            table, condition, ..
        } = self;
        let look = format!("SELECT 1 FROM {table} WHERE {condition} LIMIT 1");
        Ok(!sql.query(&look, self.values)?.is_empty())
    }
}
