//! What the demo realm stores, as tables: every row of every object, sealed and opened.

#[cfg(test)]
mod tests;

use decree::article_2::Item;
use decree::{Day, Moment, article_3};
use serde_json::Value;

use crate::{Each, Person};

/// Everything that the server stores at one moment.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct ServerView {
    /// One per name and columns; the same table of several objects is shown as one.
    pub tables: Vec<Table>,
}

/// A stored table.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// Its name in the store.
    pub name: String,
    /// Its columns, in order; a sealed one is followed by the same one opened.
    pub columns: Vec<Column>,
    /// Its rows, those of one object after those of another.
    pub rows: Vec<Row>,
    /// How many rows are new or changed since the last decision.
    pub fresh: usize,
}

/// A stored column and why it may exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name in the store; what a sealed column says has the same name and [`Column::opened`].
    pub name: String,
    /// Whether this is what the sealed column before it says: shown, not stored.
    pub opened: bool,
    /// Item of Article 2, if that is its ground.
    pub item: Option<Item>,
    /// The reason in the protocol, if that is its ground.
    pub protocol: Option<String>,
}

/// A stored row.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The second column as stored: with the first it names a row that does not last.
    second: Option<usize>,
    /// The object that holds it.
    pub object: String,
    /// A value per column.
    pub cells: Vec<Cell>,
    /// Whose account it belongs to: a label of the workshop, the server does not know.
    pub label: Option<Person>,
    /// New or changed since the last decision.
    pub fresh: bool,
    /// When the server must have forgotten it, or can no longer open what it seals; `None` if no date decides.
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
    /// Text; bytes are lower-case hexadecimal.
    Text(String),
    /// Yes or no.
    Truth(bool),
    /// What a sealed value says, member by member: `epoch` 227001, `score` 14.0, `hellos` 90 of them.
    Members(Vec<(String, Cell)>),
    /// A list, of which only the length is shown.
    List(usize),
}

impl ServerView {
    /// Reads what `GET state` answered: [`wire::demo::State`].
    pub(crate) fn of(state: Value) -> Self {
        let mut view = Self::default();
        for mut object in list(state, "objects") {
            let name = text(&mut object, "object");
            for mut table in list(object, "tables") {
                let (title, rows) = (
                    text(&mut table, "table"),
                    table.get_mut("rows").map(Value::take),
                );
                let columns: Vec<_> = list(table, "columns").map(Column::of).collect();
                let rows = elements(rows)
                    .map(|cells| Row::of(&name, &title, &columns, cells))
                    .collect();
                let same = |known: &&mut Table| known.name == title && known.columns == columns;
                match view.tables.iter_mut().find(same) {
                    Some(known) => {
                        let mut rows: Vec<Row> = rows;
                        known.rows.append(&mut rows);
                    }
                    None => view.tables.push(Table {
                        name: title,
                        columns,
                        rows,
                        fresh: 0,
                    }),
                }
            }
        }
        view
    }

    /// The table of this name.
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.name == name)
    }

    /// The table that this one was or became: two classes of objects can have tables of one name.
    fn same(&self, table: &Table) -> Option<&Table> {
        self.tables
            .iter()
            .find(|known| known.name == table.name && known.columns == table.columns)
    }

    /// Nothing is new any more.
    pub(crate) fn unmark_fresh(&mut self) {
        for table in &mut self.tables {
            table.fresh = 0;
            for row in &mut table.rows {
                row.fresh = false;
            }
        }
    }

    /// Marks the rows that `before` does not hold.
    pub(crate) fn mark_fresh(&mut self, before: &Self) {
        for table in &mut self.tables {
            let known = before.same(table);
            for row in &mut table.rows {
                row.fresh = !known.is_some_and(|known| known.holds(row));
            }
            table.fresh = table.rows.iter().filter(|row| row.fresh).count();
        }
    }

    /// The rows of `before` that are no longer there, with the name of their table. A row that changed is still there.
    pub(crate) fn missing_from(&self, before: &Self) -> Vec<(String, Row)> {
        let mut missing = Vec::new();
        for table in &before.tables {
            let now = self.same(table);
            for row in &table.rows {
                let same = |other: &Row| other.object == row.object && other.key() == row.key();
                if !now.is_some_and(|now| now.rows.iter().any(same)) {
                    missing.push((table.name.clone(), row.clone()));
                }
            }
        }
        missing
    }

    /// Puts first names on the rows of these accounts.
    pub(crate) fn label(&mut self, accounts: &Each<Option<String>>) {
        for table in &mut self.tables {
            // An exposure is filed under a tag of its day; the opened column after it says whose.
            let Some(column) = table.columns.iter().rposition(Column::is_account) else {
                continue;
            };
            for row in &mut table.rows {
                row.label = match row.cells.get(column) {
                    Some(Cell::Text(account)) => accounts
                        .iter()
                        .find(|(_, known)| known.as_ref() == Some(account))
                        .map(|(person, _)| person),
                    _ => None,
                };
            }
        }
    }

    /// The accounts that the server holds, in hexadecimal: the rows whose key is an account of item 2-I-2.
    pub(crate) fn accounts(&self) -> Vec<&str> {
        self.tables
            .iter()
            .filter(|table| {
                let shared_key = |column: &Column| column.item == Some(Item::AuthenticationKey);
                table.columns.iter().any(shared_key)
            })
            .filter_map(|table| Some((table, table.columns.iter().position(Column::is_account)?)))
            .flat_map(|(table, column)| {
                table
                    .rows
                    .iter()
                    .filter_map(move |row| match row.cells.get(column) {
                        Some(Cell::Text(account)) => Some(account.as_str()),
                        _ => None,
                    })
            })
            .collect()
    }
}

/// What the key of a forgotten day had sealed, as the server's tally counted it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// Exposures.
    pub exposures: usize,
    /// Verdicts.
    pub verdicts: usize,
    /// Rows of figures.
    pub figures: usize,
}

impl Sealed {
    /// All of these rows.
    pub fn rows(self) -> usize {
        self.exposures + self.verdicts + self.figures
    }
}

impl ServerView {
    /// What the key of this day had sealed, if the server says so.
    pub(crate) fn sealed_by(&self, day: Day) -> Option<Sealed> {
        let table = self.tables.iter().find(|table| table.name == FORGOTTEN)?;
        let number = |row: &Row, wanted: &str| {
            let at = table.columns.iter().position(|of| of.name == wanted)?;
            match row.cells.get(at)? {
                Cell::Integer(number) => usize::try_from(*number).ok(),
                _ => None,
            }
        };
        let is_of = |row: &&Row| number(row, "day") == usize::try_from(day.number()).ok();
        let row = table.rows.iter().find(is_of)?;
        Some(Sealed {
            exposures: number(row, "exposures")?,
            verdicts: number(row, "verdicts")?,
            figures: number(row, "figures")?,
        })
    }

    /// The days whose keys are destroyed, each with the moment, in the order of the objects.
    pub(crate) fn destroyed_days(&self) -> Vec<(Day, Moment)> {
        let mut days = Vec::new();
        for table in &self.tables {
            let Some(at) = table
                .columns
                .iter()
                .position(|column| column.name == DESTROYED)
            else {
                continue;
            };
            for row in &table.rows {
                if let Some(Cell::Integer(destroyed)) = row.cells.get(at)
                    && let Some(day) = vault_day(&row.object)
                {
                    let destroyed = u64::try_from(*destroyed).unwrap_or_default();
                    days.push((day, Moment::from_unix(destroyed)));
                }
            }
        }
        days
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

impl Column {
    fn of(mut column: Value) -> Self {
        let (column, ground) = (text(&mut column, "column"), text(&mut column, "item"));
        let (name, opened) = match column.strip_suffix(OPENED) {
            Some(name) => (name.trim_end().to_owned(), true),
            None => (column, false),
        };
        let item = Item::ALL.into_iter().find(|item| item.label() == ground);
        let protocol = ground
            .strip_prefix(PROTOCOL)
            .map(|reason| reason.trim().to_owned());
        Self {
            name,
            opened,
            item,
            protocol,
        }
    }

    fn is_account(&self) -> bool {
        self.item == Some(Item::Identifier)
    }
}

/// Ends the name of a column that shows what the sealed one before it says.
const OPENED: &str = "(opened)";
/// Begins the ground of a column that the protocol needs.
const PROTOCOL: &str = "protocol:";

impl Row {
    fn of(object: &str, table: &str, columns: &[Column], cells: Value) -> Self {
        let cells: Vec<_> = elements(Some(cells)).map(Cell::of).collect();
        let forgotten_at = match table {
            // How many there were on a day, or had been: these stay when the day is forgotten.
            TALLY | FORGOTTEN | COUNTED => None,
            _ => forgotten_at(object, columns, &cells),
        };
        let second = columns.iter().skip(1).position(|column| !column.opened);
        Self {
            object: object.to_owned(),
            second: second.map(|at| at + 1),
            cells,
            label: None,
            fresh: false,
            forgotten_at,
        }
    }

    /// What names a row: its values up to the first that can change.
    fn key(&self) -> Option<(&Cell, Option<&Cell>)> {
        Some((
            self.cells.first()?,
            self.forgotten_at
                .and(self.second)
                .and_then(|at| self.cells.get(at)),
        ))
    }
}

impl Cell {
    fn of(value: Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::String(text) => Self::Text(text),
            Value::Bool(truth) => Self::Truth(truth),
            Value::Number(number) => match number.as_i64() {
                Some(whole) => Self::Integer(whole),
                None => number.as_f64().map_or(Self::Null, Self::Real),
            },
            Value::Array(list) => Self::List(list.len()),
            Value::Object(members) => Self::Members(
                members
                    .into_iter()
                    .map(|(name, value)| (name, Self::of(value)))
                    .collect(),
            ),
        }
    }
}

/// A member that is a list; empty if it is not there.
fn list(mut value: Value, name: &str) -> std::vec::IntoIter<Value> {
    elements(value.get_mut(name).map(Value::take))
}

fn elements(list: Option<Value>) -> std::vec::IntoIter<Value> {
    match list {
        Some(Value::Array(list)) => list,
        _ => Vec::new(),
    }
    .into_iter()
}

/// A member that is text; empty if it is not there.
fn text(value: &mut Value, name: &str) -> String {
    match value.get_mut(name).map(Value::take) {
        Some(Value::String(text)) => text,
        _ => String::new(),
    }
}

/// When a row must be gone: with the key of its day (Article 3), or at the moment that it names.
fn forgotten_at(object: &str, columns: &[Column], cells: &[Cell]) -> Option<Moment> {
    let number = |wanted: &str| {
        let at = columns
            .iter()
            .position(|column| column.name == wanted && !column.opened)?;
        match cells.get(at)? {
            Cell::Integer(number) => u64::try_from(*number).ok(),
            _ => None,
        }
    };
    if let Some(day) = number("day").and_then(|day| u32::try_from(day).ok()) {
        return Some(article_3::day_key_destroyed_at(Day::from_number(day)));
    }
    if let Some(until) = number("until") {
        return Some(Moment::from_unix(until));
    }
    // A vault holds the keys of its day; once they are destroyed, the receipt that says so, which stays.
    let destroyed = number(DESTROYED).is_some();
    vault_day(object)
        .filter(|_| !destroyed)
        .map(article_3::day_key_destroyed_at)
}

fn vault_day(object: &str) -> Option<Day> {
    object.strip_prefix("vault/")?.parse().ok()
}

/// Sums that the tally keeps, and what a registry counts for it.
const TALLY: &str = "tally";
const FORGOTTEN: &str = "forgotten";
const COUNTED: &str = "counted";
/// The column of a vault's receipt: when its keys were destroyed, Unix seconds.
const DESTROYED: &str = "destroyed";
