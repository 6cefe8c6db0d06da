//! An engine that fails where it is told to: before or after what it was asked for had been kept.

use core::cell::Cell;

use store::{Fault, Native, Row, Sql, Value};

/// Where an engine fails next, once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failing {
    /// At a statement, so many further on; inside a transaction it then undoes the whole.
    Statement {
        /// How many statements still succeed.
        after: u8,
        /// Whether it was run all the same.
        ran: bool,
    },
    /// At the end of a transaction, so many further on.
    Commit {
        /// How many transactions still succeed.
        after: u8,
        /// Whether it was kept all the same: the caller is told that it was not.
        kept: bool,
    },
}

/// The native engine, with at most one failure ahead. Objects without SQL have none.
pub(crate) struct Faulty {
    inner: Option<Native>,
    plan: Cell<Option<Failing>>,
    struck: Cell<bool>,
    commits: Cell<u64>,
}

impl Faulty {
    pub(crate) const fn new(inner: Option<Native>) -> Self {
        Self {
            inner,
            plan: Cell::new(None),
            struck: Cell::new(false),
            commits: Cell::new(0),
        }
    }

    /// The engine below, which does not fail: for looking at what is stored.
    ///
    /// # Errors
    /// [`Fault::Engine`] where there is none.
    pub(crate) fn inner(&self) -> Result<&Native, Fault> {
        self.inner.as_ref().ok_or(Fault::Engine)
    }

    pub(crate) fn plan(&self, failing: Option<Failing>) {
        self.plan.set(failing);
    }

    pub(crate) const fn planned(&self) -> Option<Failing> {
        self.plan.get()
    }

    /// Whether it failed since this was last asked.
    pub(crate) const fn has_struck(&self) -> bool {
        self.struck.replace(false)
    }

    /// The same, without asking.
    pub(crate) const fn is_struck(&self) -> bool {
        self.struck.get()
    }

    /// How many transactions were kept, those included of which it was said that they were not.
    pub(crate) const fn commits(&self) -> u64 {
        self.commits.get()
    }

    /// Counts one statement: whether it fails, and if so whether it runs.
    fn statement_fails(&self) -> Option<bool> {
        match self.plan.get() {
            Some(Failing::Statement { after: 0, ran }) => {
                self.plan.set(None);
                self.struck.set(true);
                Some(ran)
            }
            Some(Failing::Statement { after, ran }) => {
                let after = after - 1;
                self.plan.set(Some(Failing::Statement { after, ran }));
                None
            }
            _ => None,
        }
    }

    /// Counts one commit: whether it fails, and if so whether it is kept.
    fn commit_fails(&self) -> Option<bool> {
        match self.plan.get() {
            Some(Failing::Commit { after: 0, kept }) => {
                self.plan.set(None);
                self.struck.set(true);
                Some(kept)
            }
            Some(Failing::Commit { after, kept }) => {
                let after = after - 1;
                self.plan.set(Some(Failing::Commit { after, kept }));
                None
            }
            _ => None,
        }
    }
}

impl Sql for Faulty {
    fn exec(&self, statement: &str, values: &[Value]) -> Result<(), Fault> {
        self.query(statement, values).map(drop)
    }

    fn query(&self, statement: &str, values: &[Value]) -> Result<Vec<Row>, Fault> {
        match self.statement_fails() {
            None => self.inner()?.query(statement, values),
            Some(ran) => {
                if ran {
                    self.inner()?.query(statement, values)?;
                }
                Err(Fault::Engine)
            }
        }
    }

    fn transaction(&self, work: &mut dyn FnMut(&dyn Sql) -> bool) -> Result<(), Fault> {
        let (mut failed, mut is_kept) = (None, false);
        self.inner()?.transaction(&mut |_| {
            let keeps = work(self);
            if keeps {
                failed = self.commit_fails();
            }
            is_kept = keeps && failed != Some(false);
            is_kept
        })?;
        self.commits.set(self.commits.get() + u64::from(is_kept));
        match failed {
            None => Ok(()),
            Some(_) => Err(Fault::Engine),
        }
    }
}

#[cfg(test)]
mod tests {
    use store::transact;

    use super::*;

    /// Inserts one row, twice: what the callers were told, and how many rows are there.
    fn insert_twice(failing: Failing) -> ([bool; 2], u64) {
        let sql = Faulty::new(Native::in_memory().ok());
        sql.exec("CREATE TABLE t (a INTEGER)", &[]).unwrap();
        sql.plan(Some(failing));
        let insert = || {
            transact(&sql, |sql| {
                sql.exec("INSERT INTO t VALUES (?1)", &[1_u32.into()])
            })
        };
        let told = [insert().is_ok(), insert().is_ok()];
        assert!(sql.has_struck() && !sql.has_struck());
        let rows = sql.query("SELECT COUNT(*) FROM t", &[]).unwrap();
        (told, rows[0].integer(0).unwrap())
    }

    #[test]
    fn it_fails_once_where_told_before_or_after_keeping() {
        for (failing, told, rows) in [
            (
                Failing::Statement {
                    after: 0,
                    ran: false,
                },
                [false, true],
                1,
            ),
            // It ran, but its transaction was undone.
            (
                Failing::Statement {
                    after: 0,
                    ran: true,
                },
                [false, true],
                1,
            ),
            (
                Failing::Statement {
                    after: 1,
                    ran: true,
                },
                [true, false],
                1,
            ),
            (
                Failing::Commit {
                    after: 0,
                    kept: false,
                },
                [false, true],
                1,
            ),
            (
                Failing::Commit {
                    after: 0,
                    kept: true,
                },
                [false, true],
                2,
            ),
            (
                Failing::Commit {
                    after: 1,
                    kept: true,
                },
                [true, false],
                2,
            ),
        ] {
            assert_eq!(insert_twice(failing), (told, rows), "{failing:?}");
        }
    }
}
