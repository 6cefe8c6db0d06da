//! Copies of whole objects, kept and put back: what a restored file still says.

use robert::Id;
use serde_json::Value as Json;
use service::{Class, schema};
use store::{Native, Sql, Value};
use wire::demo::Object as Shown;

use super::look::{cell, id};
use super::{SHARDS, Shell, name};
use crate::Finding;

/// The rows of one object at one moment: what a restored copy would hold.
#[derive(PartialEq)]
pub(crate) struct Bookmark {
    class: Class,
    index: u16,
    rows: Vec<(&'static str, Vec<Value>)>,
}

impl Bookmark {
    pub(crate) fn is_of_registry(&self, index: u16) -> bool {
        self.class == Class::Registry && self.index == index
    }

    pub(crate) fn is_of_intake(&self, index: u16) -> bool {
        self.class == Class::Intake && self.index == index
    }
}

impl Shell {
    /// Copies every object that stores something.
    ///
    /// # Errors
    /// A [`Finding`] if one cannot be read.
    pub(crate) fn bookmarks(&self) -> Result<Vec<Bookmark>, Finding> {
        let registries = (0..SHARDS.registries).map(|index| (Class::Registry, index));
        let intakes = (0..SHARDS.intakes).map(|index| (Class::Intake, index));
        let mut copies = Vec::new();
        for (class, index) in registries.chain(intakes) {
            let Some(storage) = self.kernel.storage(&name(class, index)) else {
                continue;
            };
            let sql = storage.sql.inner().map_err(Finding::of)?;
            if !schema::exists(sql, schema::of(class)).map_err(Finding::of)? {
                continue;
            }
            let mut rows = Vec::new();
            for table in schema::of(class).tables {
                let columns = stored_columns(sql, table.name)?;
                let select = format!("SELECT {columns} FROM {}", table.name);
                let read = sql.query(&select, &[]).map_err(Finding::of)?;
                rows.extend(read.into_iter().map(|row| (table.name, row.0)));
            }
            copies.push(Bookmark { class, index, rows });
        }
        Ok(copies)
    }

    /// Puts a copy back, and shows it with all the keys that are left anywhere.
    fn restore(&self, bookmark: &Bookmark) -> Result<Shown, Finding> {
        let sql = Native::in_memory().map_err(Finding::of)?;
        let schema = schema::of(bookmark.class);
        schema::make(&sql, schema).map_err(|failure| Finding(format!("{failure:?}")))?;
        // Its own rows, and none of those that new tables have.
        sql.exec("DELETE FROM version", &[]).map_err(Finding::of)?;
        for (table, values) in &bookmark.rows {
            let marks: Vec<_> = (1..=values.len()).map(|at| format!("?{at}")).collect();
            let (columns, marks) = (stored_columns(&sql, table)?, marks.join(", "));
            let insert = format!("INSERT INTO {table} ({columns}) VALUES ({marks})");
            sql.exec(&insert, values).map_err(Finding::of)?;
        }
        // Keys past their term are used too, if there are any.
        let keys = self.all_keys();
        self.show(&sql, bookmark.class, bookmark.index, &keys)
    }

    /// How many values of this account open in a copy that is put back.
    ///
    /// # Errors
    /// A [`Finding`] if it cannot be put back.
    pub(crate) fn open_account_in(&self, bookmark: &Bookmark, of: Id) -> Result<usize, Finding> {
        let shown = self.restore(bookmark)?;
        let mut opened = 0;
        for table in &shown.tables {
            for row in &table.rows {
                let cell = |name: &str| cell(table, row, name);
                let sealed = match table.table.as_str() {
                    "account" if id(cell("id")) == Some(of) => {
                        ["key_for_mac", "key_for_tuples", "verdict"].as_slice()
                    }
                    "exposure" if id(cell("account (opened)")) == Some(of) => {
                        &["account", "sealed"]
                    }
                    "outbox"
                        if cell("body (opened)").and_then(|body| id(body.get("account")))
                            == Some(of) =>
                    {
                        &["body"]
                    }
                    _ => &[],
                };
                let opens = |name: &&&str| {
                    cell(&format!("{name} (opened)")).is_some_and(|cell| !cell.is_null())
                };
                opened += sealed.iter().filter(opens).count();
            }
        }
        Ok(opened)
    }

    /// How many sealed values of a copy open when it is put back, account keys apart.
    ///
    /// # Errors
    /// A [`Finding`] if it cannot be put back.
    pub(crate) fn open_bookmark(&self, bookmark: &Bookmark) -> Result<usize, Finding> {
        let shown = self.restore(bookmark)?;
        let mut opened = 0;
        for table in &shown.tables {
            let sealed = |name: &str| {
                name.ends_with(" (opened)")
                    && !name.starts_with("key_for_")
                    && name != "safe (opened)"
            };
            let columns = table.columns.iter().enumerate();
            for (at, _) in columns.filter(|(_, column)| sealed(&column.column)) {
                let cells = table.rows.iter().filter_map(|row| row.get(at));
                // That an id may be forgotten tells of nobody, and is not sealed.
                let is_plain = |cell: &Json| cell.get("forgotten").is_some();
                let tells = |cell: &&Json| !cell.is_null() && !is_plain(cell);
                opened += cells.filter(tells).count();
            }
        }
        Ok(opened)
    }
}

/// The columns of a table but for those that are computed of others.
fn stored_columns(sql: &dyn Sql, table: &str) -> Result<String, Finding> {
    let columns = "SELECT name FROM pragma_table_info(?1)";
    let rows = sql.query(columns, &[table.into()]).map_err(Finding::of)?;
    let names = rows.iter().filter_map(|row| row.text(0).ok());
    let quoted: Vec<_> = names.map(|name| format!("\"{name}\"")).collect();
    Ok(quoted.join(", "))
}
