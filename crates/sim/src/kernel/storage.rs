//! What one object stores: a database, or a few values. Both fail where they are told to.

use core::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use store::{Fault, Sql};

use crate::faulty::{Failing, Faulty};

/// The storage of one object. It outlives its object.
pub(crate) struct Storage {
    /// The database of an object with SQL.
    pub(crate) sql: Faulty,
    values: RefCell<BTreeMap<&'static str, Vec<u8>>>,
    /// Whether everything that is written fails for now.
    refuses: Cell<bool>,
    /// The next write of a value fails: whether it is kept all the same.
    plan: Cell<Option<bool>>,
    writes: Cell<u64>,
    struck: Cell<bool>,
}

impl Storage {
    pub(crate) const fn new(sql: Faulty) -> Self {
        Self {
            sql,
            values: RefCell::new(BTreeMap::new()),
            refuses: Cell::new(false),
            plan: Cell::new(None),
            writes: Cell::new(0),
            struck: Cell::new(false),
        }
    }

    /// What is stored under this name: for looking at it.
    pub(crate) fn value(&self, name: &str) -> Option<Vec<u8>> {
        self.values.borrow().get(name).cloned()
    }

    pub(crate) fn has_values(&self) -> bool {
        !self.values.borrow().is_empty()
    }

    pub(crate) fn put(&self, name: &'static str, value: Vec<u8>) -> Result<(), Fault> {
        self.write(|values| drop(values.insert(name, value)))
    }

    /// Whether anything is stored.
    pub(crate) fn is_written(&self) -> bool {
        self.has_values() || !self.tables().is_empty()
    }

    fn tables(&self) -> Vec<String> {
        const TABLES: &str =
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
        let rows = self.sql.inner().and_then(|sql| sql.query(TABLES, &[]));
        let rows = rows.unwrap_or_default();
        let names = rows.iter().filter_map(|row| row.text(0).ok());
        names.map(str::to_owned).collect()
    }

    pub(super) fn delete_all(&self) -> Result<(), Fault> {
        for table in self.tables() {
            self.sql
                .inner()?
                .exec(&format!("DROP TABLE {table}"), &[])?;
        }
        self.write(BTreeMap::clear)
    }

    fn write(
        &self,
        change: impl FnOnce(&mut BTreeMap<&'static str, Vec<u8>>),
    ) -> Result<(), Fault> {
        let fails = match self.plan.take() {
            None if self.refuses.get() => Some(false),
            plan => plan,
        };
        if fails != Some(false) {
            change(&mut self.values.borrow_mut());
            self.writes.set(self.writes.get() + 1);
        }
        match fails {
            None => Ok(()),
            Some(_) => {
                self.struck.set(true);
                Err(Fault::Engine)
            }
        }
    }

    /// The next write of a value fails, kept all the same or not.
    pub(super) fn fail(&self, kept: Option<bool>) {
        self.plan.set(kept);
    }

    /// From now on everything that is written fails, or no longer.
    pub(super) fn refuse(&self, refuses: bool) {
        self.refuses.set(refuses);
        let failing = Failing::Commit {
            after: 0,
            kept: false,
        };
        match (refuses, self.sql.planned()) {
            (true, None) => self.sql.plan(Some(failing)),
            (false, Some(planned)) if planned == failing => self.sql.plan(None),
            _ => {}
        }
    }

    /// How often something was kept.
    pub(super) fn writes(&self) -> u64 {
        self.writes.get() + self.sql.commits()
    }

    /// Whether it failed since this was last asked.
    pub(super) fn has_struck(&self) -> bool {
        let sql = self.sql.has_struck();
        self.struck.replace(false) || sql
    }

    /// The same, without asking.
    pub(super) const fn is_struck(&self) -> bool {
        self.struck.get() || self.sql.is_struck()
    }
}
