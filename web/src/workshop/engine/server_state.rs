//! What the trial server stores, as tables: every row of every object, sealed and opened.

use decree::Moment;
use decree::article_2::Item;

use super::person::Person;

/// Everything that the server stores at one moment.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct ServerView {
    /// One per name; the same table of several objects is shown as one.
    pub tables: Vec<Table>,
}

/// A stored table.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// Its name in the store.
    pub name: String,
    /// Its columns, in order.
    pub columns: Vec<Column>,
    /// Its rows, those of one object after those of another.
    pub rows: Vec<Row>,
    /// How many rows are new or changed since the last decision.
    pub fresh: usize,
}

/// A stored column and why it may exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name in the store.
    pub name: String,
    /// Item of Article 2, if that is its ground.
    pub item: Option<Item>,
    /// The reason in the protocol, if that is its ground.
    pub protocol: Option<String>,
}

/// A stored row.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The object that holds it.
    pub object: String,
    /// A value per column.
    pub cells: Vec<Cell>,
    /// Whose account it belongs to: a label of the workshop, the server does not know.
    pub label: Option<Person>,
    /// New or changed since the last decision.
    pub fresh: bool,
    /// When the law makes the server forget it.
    pub forgotten_at: Option<Moment>,
}

/// A stored value.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Nothing.
    Null,
    /// A whole number.
    Integer(i64),
    /// A number.
    Real(f64),
    /// Text.
    Text(String),
    /// Bytes, in lower-case hexadecimal.
    Bytes(String),
}

impl ServerView {
    /// Nothing is new any more.
    pub fn settle(&mut self) {
        for table in &mut self.tables {
            table.fresh = 0;
            for row in &mut table.rows {
                row.fresh = false;
            }
        }
    }

    /// Marks the rows that `before` does not hold.
    pub fn mark_fresh(&mut self, before: &Self) {
        for table in &mut self.tables {
            let known = before.table(&table.name);
            for row in &mut table.rows {
                row.fresh = !known.is_some_and(|known| known.holds(row));
            }
            table.fresh = table.rows.iter().filter(|row| row.fresh).count();
        }
    }

    /// The rows of `before` that are no longer there, with the name of their table.
    pub fn missing_from(&self, before: &Self) -> Vec<(String, Row)> {
        let mut missing = Vec::new();
        for table in &before.tables {
            let now = self.table(&table.name);
            for row in &table.rows {
                if !now.is_some_and(|now| now.holds(row)) {
                    missing.push((table.name.clone(), row.clone()));
                }
            }
        }
        missing
    }

    /// The table of this name.
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.name == name)
    }
}

impl Table {
    /// Whether a row with the same values stands in the same object.
    fn holds(&self, row: &Row) -> bool {
        self.rows
            .iter()
            .any(|other| other.object == row.object && other.cells == row.cells)
    }
}
