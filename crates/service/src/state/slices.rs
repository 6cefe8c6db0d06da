//! An object's rows, read and opened in slices: between two of them others are served.

use serde::Serialize;
use serde_json::{Value as Json, json};
use store::{Fault, Row, Sql, Value};
use wire::demo::{Column, Object, Table};

use crate::form::Unreadable;
use crate::keyring::hexadecimal;
use crate::{Failure, schema};

/// How many rows are opened before others are served again. An exposure is tried with the keys of each account: a demo
/// realm has fifty.
const ROWS: u32 = 50;
/// Where a slice begins.
#[derive(Debug, Clone, Default)]
pub struct At {
    /// The table, counted from 0.
    table: usize,
    /// The key of the last row that was read of it.
    after: Option<Value>,
}

/// Rows of one table, and where the next slice begins; nothing after the last.
#[derive(Debug)]
pub struct Slice {
    rows: Option<Table>,
    next: Option<At>,
}

/// Opens one cell of a row: nothing when no key opens it any more.
pub(super) type Opener<'a> = &'a dyn Fn(&schema::Table, &str, &Row) -> Opened;
pub(super) type Opened = Result<Option<Json>, Unreadable>;

/// All slices.
pub(super) fn whole(
    object: String,
    slice: impl Fn(&At) -> Result<Slice, Failure>,
) -> Result<Object, Failure> {
    let mut tables = Vec::<Table>::new();
    let mut next = Some(At::default());
    while let Some(at) = next {
        let slice = slice(&at)?;
        if let Some(read) = slice.rows {
            match tables.last_mut() {
                Some(last) if at.after.is_some() => last.rows.extend(read.rows),
                _ => tables.push(read),
            }
        }
        next = slice.next;
    }
    Ok(Object { object, tables })
}

/// What is sealed, by table and column, and what opens it.
pub(super) type Opening<'a> = (&'a [(&'a str, &'a str)], Opener<'a>);

/// The next rows of a table, or of the one after it.
pub(super) fn read(
    sql: &dyn Sql,
    schema: &schema::Schema,
    opening: Opening<'_>,
    at: &At,
) -> Result<Slice, Failure> {
    let mut tables = schema.tables.iter().chain(schema.leaving);
    let (Some(table), true) = (tables.nth(at.table), schema::open(sql, schema)?) else {
        return Ok(Slice {
            rows: None,
            next: None,
        });
    };
    let is_there = at.table < schema.tables.len() || {
        let named = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?1";
        !sql.query(named, &[table.name.into()])?.is_empty()
    };
    let (rows, after) = if is_there {
        let (rows, after) = read_rows(sql, table, opening, at.after.as_ref())?;
        (Some(rows), after)
    } else {
        (None, None)
    };
    let next = At {
        table: at.table + usize::from(after.is_none()),
        after,
    };
    Ok(Slice {
        rows,
        next: Some(next),
    })
}

/// Rows of a table after this one, and the key of the last if there may be more.
fn read_rows(
    sql: &dyn Sql,
    table: &schema::Table,
    (sealed, open): Opening<'_>,
    after: Option<&Value>,
) -> Result<(Table, Option<Value>), Fault> {
    let is_sealed = |column: &str| sealed.contains(&(table.name, column));
    let mut columns = Vec::new();
    for (name, purpose) in table.columns {
        let item = purpose.to_string();
        columns.push(Column {
            column: (*name).to_owned(),
            item: item.clone(),
        });
        if is_sealed(name) {
            columns.push(Column {
                column: format!("{name} (opened)"),
                item,
            });
        }
    }
    let names: Vec<_> = table
        .columns
        .iter()
        .map(|(name, _)| format!("\"{name}\""))
        .collect();
    let mut select = format!("SELECT {} FROM {}", names.join(", "), table.name);
    let key = key(table).and_then(|column| Some((column, position(table, column)?)));
    if let Some((column, _)) = key {
        if after.is_some() {
            select += &format!(" WHERE {column} > ?1");
        }
        select += &format!(" ORDER BY {column} LIMIT {ROWS}");
    }
    let found = sql.query(
        &select,
        after.map(core::slice::from_ref).unwrap_or_default(),
    )?;
    let rows = found.iter().map(|row| {
        let mut cells = Vec::with_capacity(columns.len());
        for ((name, _), value) in table.columns.iter().zip(&row.0) {
            cells.push(show(value));
            if is_sealed(name) {
                cells.push(match open(table, name, row) {
                    Ok(opened) => opened.unwrap_or(Json::Null),
                    Err(unreadable) => json!({ "unreadable": unreadable.to_string() }),
                });
            }
        }
        cells
    });
    let rows = rows.collect();
    let last = key.filter(|_| found.len() == ROWS as usize);
    let last = last.and_then(|(_, column)| found.last()?.0.get(column).cloned());
    let read = Table {
        table: table.name.to_owned(),
        columns,
        rows,
    };
    Ok((read, last))
}

/// The column that alone is the key of a table's rows. A table without one is read at once: it has a row or two, or leaves.
fn key(table: &schema::Table) -> Option<&'static str> {
    let (before, _) = table.create.first()?.split_once(" PRIMARY KEY")?;
    let column = before.rsplit(['(', ',']).next()?.trim_start();
    let (name, _type) = column.split_once(' ')?;
    Some(name)
}

/// The state of an object as JSON, slice by slice.
#[derive(Debug)]
pub struct Text {
    json: String,
    /// Where the next slice begins.
    next: Option<At>,
    is_first: bool,
}

/// What ends a table, and what ends an object.
const END: &str = "]}";

impl Text {
    /// Of the object of this name.
    ///
    /// # Errors
    /// A [`Failure`], never in practice.
    pub fn begin(object: String) -> Result<Self, Failure> {
        let tables = Vec::new();
        Ok(Self {
            json: open_ended(&Object { object, tables })?,
            next: Some(At::default()),
            is_first: true,
        })
    }

    /// Where the next slice begins; nothing after the last.
    #[must_use]
    pub fn next(&self) -> Option<At> {
        self.next.clone()
    }

    /// Adds the slice that begins at [`next`](Self::next).
    ///
    /// # Errors
    /// A [`Failure`], never in practice.
    pub fn add(&mut self, slice: Slice) -> Result<(), Failure> {
        let goes_on = self.next.take().is_some_and(|at| at.after.is_some());
        self.next = slice.next;
        if let Some(mut read) = slice.rows {
            let rows = core::mem::take(&mut read.rows);
            if !goes_on {
                if !core::mem::take(&mut self.is_first) {
                    self.json += END;
                    self.json.push(',');
                }
                self.json += &open_ended(&read)?;
            }
            for (number, row) in rows.iter().enumerate() {
                if goes_on || number > 0 {
                    self.json.push(',');
                }
                self.json += &to_json(row)?;
            }
        }
        Ok(())
    }

    /// The whole.
    #[must_use]
    pub fn end(mut self) -> String {
        if !self.is_first {
            self.json += END;
        }
        self.json + END
    }
}

/// The JSON of what ends with an empty list, up to that list's end.
fn open_ended(shown: &impl Serialize) -> Result<String, Failure> {
    let mut json = to_json(shown)?;
    let length = json.strip_suffix(END).ok_or(Fault::Shape)?.len();
    json.truncate(length);
    Ok(json)
}

fn to_json(shown: &impl Serialize) -> Result<String, Failure> {
    serde_json::to_string(shown).map_err(|_| Fault::Shape.into())
}

fn show(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Integer(value) => (*value).into(),
        Value::Text(value) => value.as_str().into(),
        Value::Blob(value) => hexadecimal(value).into(),
    }
}

pub(super) fn position(table: &schema::Table, column: &str) -> Option<usize> {
    table.columns.iter().position(|(name, _)| *name == column)
}

#[cfg(test)]
mod tests {
    use store::Native;

    use super::*;

    /// The tables without a key: each has one row, and `visit` one for each realm of a seat that is not emptied yet.
    const A_FEW_ROWS: [&str; 7] = [
        "forgetting",
        "former_marks",
        "line",
        "place",
        "rewrapping",
        "version",
        "visit",
    ];

    /// As SQLite has it, of every table that a visitor's objects have: none that may grow is read at once.
    #[test]
    fn a_table_is_read_by_the_key_that_it_has() {
        for schema in [
            schema::REGISTRY,
            schema::INTAKE,
            schema::TALLY,
            schema::VISIT,
        ] {
            for table in schema.tables {
                let sql = Native::in_memory().unwrap();
                for statement in table.create {
                    sql.exec(statement, &[]).unwrap();
                }
                let columns = format!(
                    "SELECT name FROM pragma_table_info('{}') WHERE pk",
                    table.name
                );
                let keys = sql.query(&columns, &[]).unwrap();
                let alone = match keys.as_slice() {
                    [alone] => Some(alone.text(0).unwrap()),
                    _ => None,
                };
                assert_eq!(key(table), alone, "{}", table.name);
                let is_short = !keys.is_empty() || A_FEW_ROWS.contains(&table.name);
                assert!(is_short, "{} has no key", table.name);
            }
        }
    }
}
