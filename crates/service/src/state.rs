//! Everything that an object stores, row by row, as stored and opened.
//!
//! Only a demo realm's visitor is ever shown this. The columns come from [`schema`], which is also
//! what the tables are made from: nothing can be stored that is not shown.

use std::collections::BTreeMap;

use decree::Day;
use robert::Id;
use robert::risk::{self, AppliedContact, Verdict};
use robert::validate::Located;
use serde::Serialize;
use serde_json::{Value as Json, json};
use store::{Fault, Row, Sql, Value};
use wire::demo::{Column, Object, Table};

use crate::form::Unreadable;
use crate::group;
use crate::keyring::{AccountKey, hexadecimal};
use crate::outbox::Owed;
use crate::parcel::Parcel;
use crate::record::{Keeper, RecordKey, SafeName};
use crate::registry::{Context, Exposure, RowId, open_verdict};
use crate::vault::{DayKeys, Keys};
use crate::{Failure, Realm, figures, intake, schema};

/// How many rows are opened before others are served again. An exposure is tried with the keys of each account: a demo
/// realm has fifty.
const ROWS: u32 = 50;
/// The tables that a visitor can fill, and the columns of their keys, by which they are read in slices. All others have a row
/// a day, or a handful.
const FILLED: [(&str, &str); 7] = [
    ("account", "id"),
    ("exposure", "id"),
    ("applied", "id"),
    ("outbox", "id"),
    ("code", "hash"),
    ("answered", "hash"),
    ("batch", "mark"),
];

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
type Opener<'a> = &'a dyn Fn(&schema::Table, &str, &Row) -> Opened;
type Opened = Result<Option<Json>, Unreadable>;

/// The state of a registry.
///
/// # Errors
/// A [`Failure`].
pub fn registry(sql: &dyn Sql, context: &Context<'_>) -> Result<Object, Failure> {
    whole(context.place.local_name(), |at| {
        registry_from(sql, context, at)
    })
}

/// A slice of it.
///
/// # Errors
/// A [`Failure`].
pub fn registry_from(sql: &dyn Sql, context: &Context<'_>, at: &At) -> Result<Slice, Failure> {
    let accounts = identities(sql, context)?;
    let of_row = |table: &schema::Table, row: &Row| {
        let id = blob(table, row, "id")?;
        accounts.iter().find(|(known, _)| known.0 == id)
    };
    // A column that is not there, or is not what it should be, shows nothing.
    let open = |table: &schema::Table, column: &str, row: &Row| {
        if table.name == "exposure" {
            return open_exposure(&accounts, context, table, column, row);
        }
        let Some(sealed) = blob(table, row, column) else {
            return Ok(None);
        };
        match (table.name, column) {
            ("account", "safe") => {
                let key = of_row(table, row).map(|(_, record)| hexadecimal(record.as_bytes()));
                Ok(key.map(Json::from))
            }
            ("account", "key_for_mac" | "key_for_tuples") => {
                let Some((id, record)) = of_row(table, row) else {
                    return Ok(None);
                };
                let which = match column {
                    "key_for_mac" => AccountKey::Mac,
                    _ => AccountKey::Tuples,
                };
                let key = context.wrapping.unwrap((*id, record), which, sealed)?;
                Ok(key.map(|key| hexadecimal(&*key).into()))
            }
            ("account", "verdict") => {
                let Some((id, record)) = of_row(table, row) else {
                    return Ok(None);
                };
                let verdict = open_verdict(context, record, *id, sealed)?;
                Ok(verdict.map(|verdict| show_verdict(&verdict, context)))
            }
            ("registry_figures", "sealed") => {
                let Some(day) = day(table, row, "day") else {
                    return Ok(None);
                };
                let figures = figures::open(context, day, sealed)?;
                Ok(figures.and_then(|figures| serde_json::to_value(figures).ok()))
            }
            _ => {
                let at = Some(context.place.index);
                open_parcel((context.keys, at), &BTreeMap::new(), table, row)
            }
        }
    };
    let sealed = [
        ("account", "safe"),
        ("account", "key_for_mac"),
        ("account", "key_for_tuples"),
        ("account", "verdict"),
        ("exposure", "account"),
        ("exposure", "sealed"),
        ("registry_figures", "sealed"),
    ];
    read(sql, schema::REGISTRY, (&sealed, &open), at)
}

/// An identity that has an account, and the key of its records.
type Known = (Id, RecordKey);

/// Every identity that has an account here.
fn identities(sql: &dyn Sql, context: &Context<'_>) -> Result<Vec<Known>, Failure> {
    if !schema::open(sql, schema::REGISTRY)? {
        return Ok(Vec::new());
    }
    let mut known = Vec::new();
    for row in sql.query("SELECT id, safe FROM account", &[])? {
        if let Ok(Some(record)) = context.records.key(Keeper::read(&row, 1)?) {
            known.push((Id(row.array(0)?), record.clone()));
        }
    }
    Ok(known)
}

/// An exposure, or whose it is: the account whose keys open it.
fn open_exposure(
    accounts: &[Known],
    context: &Context<'_>,
    table: &schema::Table,
    column: &str,
    row: &Row,
) -> Opened {
    let id = position(table, "id").and_then(|column| RowId::read(row, column).ok());
    let (Some(id), Some(sealed)) = (id, blob(table, row, "sealed")) else {
        return Ok(None);
    };
    let stored = Exposure { id, sealed };
    for (account, record) in accounts {
        if let Some(contact) = stored.open(context, record, *account)? {
            return Ok(Some(match column {
                "account" => hexadecimal(&account.0).into(),
                _ => show_exposure(&contact),
            }));
        }
    }
    Ok(None)
}

/// The state of an intake.
///
/// # Errors
/// A [`Failure`].
pub fn intake(
    sql: &dyn Sql,
    name: String,
    keys: &Keys,
    transit: &BTreeMap<u8, RecordKey>,
) -> Result<Object, Failure> {
    whole(name, |at| intake_from(sql, keys, transit, at))
}

/// A slice of it.
///
/// # Errors
/// A [`Failure`].
pub fn intake_from(
    sql: &dyn Sql,
    keys: &Keys,
    transit: &BTreeMap<u8, RecordKey>,
    at: &At,
) -> Result<Slice, Failure> {
    let open =
        |table: &schema::Table, _: &str, row: &Row| open_parcel((keys, None), transit, table, row);
    read(sql, schema::INTAKE, (&[("outbox", "body")], &open), at)
}

/// The state of a tally, which seals nothing.
///
/// # Errors
/// A [`Failure`].
pub fn tally(sql: &dyn Sql, name: String) -> Result<Object, Failure> {
    whole(name, |at| {
        read(sql, schema::TALLY, (&[], &|_, _, _| Ok(None)), at)
    })
}

/// The state of a demo realm's own object. Of those who sat there before it shows nothing.
///
/// # Errors
/// A [`Failure`].
pub fn visit(sql: &dyn Sql, realm: Realm) -> Result<Object, Failure> {
    let open = |_: &schema::Table, _: &str, _: &Row| Ok(None);
    let mut shown = whole("realm".to_owned(), |at| {
        read(sql, schema::VISIT, (&[], &open), at)
    })?;
    let id = realm.id().map(|id| hexadecimal(&id));
    for table in &mut shown.tables {
        let column = table.columns.iter().position(|of| of.column == "realm");
        if let Some(column) = column {
            let is_its = |row: &Vec<Json>| row.get(column).and_then(Json::as_str) == id.as_deref();
            table.rows.retain(is_its);
        }
    }
    Ok(shown)
}

/// The state of a vault: its day's keys, or the receipt of their destruction; and on a seat the turn.
#[must_use]
pub fn vault(
    day: Day,
    wrapped: Option<(&[u8], &DayKeys)>,
    destroyed: Option<u64>,
    turn: Option<u32>,
) -> Object {
    let columns = |name, sealed| value_columns(schema::VAULT, name, sealed);
    let keys = wrapped.map(|(wrapped, keys)| {
        let (server, data) = keys.show();
        let opened = json!({ "serverKey": hexadecimal(server), "dataKey": hexadecimal(data) });
        Table {
            table: "keys".to_owned(),
            columns: columns("keys", true),
            rows: vec![vec![hexadecimal(wrapped).into(), opened]],
        }
    });
    let receipt = destroyed.map(|at| Table {
        table: "receipt".to_owned(),
        columns: columns("receipt", false),
        rows: vec![vec![at.into()]],
    });
    let tables = [keys, receipt, show_turn(schema::VAULT, turn)];
    Object {
        object: format!("vault/{day}"),
        tables: tables.into_iter().flatten().collect(),
    }
}

/// The state of a safe: the record key of one account, or a version of a group's keys, unless it was emptied; and on a seat
/// the turn. Only its registry opens a group.
#[must_use]
pub fn safe(
    name: SafeName,
    wrapped: Option<(&[u8], &RecordKey)>,
    group: Option<&[u8]>,
    turn: Option<u32>,
) -> Object {
    let record = wrapped.map(|(wrapped, key)| Table {
        table: "record".to_owned(),
        columns: value_columns(schema::SAFE, "record", true),
        rows: vec![vec![
            hexadecimal(wrapped).into(),
            hexadecimal(key.as_bytes()).into(),
        ]],
    });
    let group = group.map(|wrapped| Table {
        table: "group".to_owned(),
        columns: value_columns(schema::SAFE, "group", true),
        rows: vec![vec![
            hexadecimal(wrapped).into(),
            json!({ "version": group::version_of(wrapped).ok() }),
        ]],
    });
    let tables = [record, group, show_turn(schema::SAFE, turn)];
    Object {
        object: format!("safe/{}", hexadecimal(&name)),
        tables: tables.into_iter().flatten().collect(),
    }
}

fn show_turn(declared: &[(&str, &str, schema::Purpose)], turn: Option<u32>) -> Option<Table> {
    turn.map(|turn| Table {
        table: "turn".to_owned(),
        columns: value_columns(declared, "turn", false),
        rows: vec![vec![turn.into()]],
    })
}

/// The columns of a key-value object's value, shown as a table.
fn value_columns(
    declared: &[(&str, &str, schema::Purpose)],
    name: &str,
    sealed: bool,
) -> Vec<Column> {
    let declared = declared.iter().filter(|(table, ..)| *table == name);
    let shown = declared.flat_map(|(_, column, purpose)| {
        let item = purpose.to_string();
        let opened = Column {
            column: format!("{column} (opened)"),
            item: item.clone(),
        };
        let stored = Column {
            column: (*column).to_owned(),
            item,
        };
        [Some(stored), sealed.then_some(opened)]
    });
    shown.flatten().collect()
}

/// All slices.
fn whole(object: String, slice: impl Fn(&At) -> Result<Slice, Failure>) -> Result<Object, Failure> {
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
type Opening<'a> = (&'a [(&'a str, &'a str)], Opener<'a>);

/// The next rows of a table, or of the one after it.
fn read(
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
    let key = FILLED.iter().find(|(filled, _)| *filled == table.name);
    let key = key.and_then(|(_, column)| Some((column, position(table, column)?)));
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

/// Opens what is owed: a contact with the keys of the registry that it is for.
fn open_parcel(
    (keys, registry): (&Keys, Option<u16>),
    transit: &BTreeMap<u8, RecordKey>,
    table: &schema::Table,
    row: &Row,
) -> Opened {
    let Some(owed) = owed(table, row) else {
        return Ok(None);
    };
    let key = match Parcel::from_bytes(&owed.body)? {
        Parcel::Kept { slot, .. } => transit.get(&slot),
        _ => None,
    };
    let Some(body) = intake::take_out(key, &owed)? else {
        return Ok(None);
    };
    Ok(match Parcel::from_bytes(&body)? {
        // Taken out already.
        Parcel::Kept { .. } => None,
        Parcel::Contact { day, sealed } | Parcel::Decoy { day, sealed } => {
            let registry = registry.unwrap_or(owed.to);
            let contact = Parcel::open(keys, registry, day, &sealed)?;
            contact.as_ref().map(show_contact)
        }
        Parcel::Forgotten(id) => Some(json!({ "forgotten": hexadecimal(&id) })),
        Parcel::Empty(safe) => Some(json!({ "empty": hexadecimal(&safe) })),
    })
}

fn owed(table: &schema::Table, row: &Row) -> Option<Owed> {
    if table.name != "outbox" {
        return None;
    }
    let to = row.small(position(table, "to")?).ok()?;
    Some(Owed {
        id: blob(table, row, "id")?.try_into().ok()?,
        to: u16::try_from(to).ok()?,
        body: blob(table, row, "body")?.to_vec(),
        slot: None,
    })
}

fn show_verdict(verdict: &Verdict, context: &Context<'_>) -> Json {
    json!({
        "atRisk": verdict.is_at_risk(context.now),
        "exposedDay": verdict.exposed_day().map(|day| day.to_string()),
        "latestRiskEpoch": verdict.latest_risk_epoch().map(robert::Epoch::number),
        "told": verdict.is_told(),
    })
}

fn show_exposure(contact: &AppliedContact) -> Json {
    let score = risk::expose(std::slice::from_ref(contact))
        .first()
        .map(|found| found.score);
    let hellos: Vec<_> = contact
        .hellos
        .iter()
        .map(|heard| {
            json!({
                "time": heard.time.seconds(),
                "collected": heard.collected,
                "rssi": heard.rssi,
            })
        })
        .collect();
    json!({ "epoch": contact.epoch.number(), "score": score, "hellos": hellos })
}

fn show_contact(contact: &Located) -> Json {
    json!({
        "account": hexadecimal(&contact.id.0),
        "epoch": contact.epoch.number(),
        "ebid": hexadecimal(&contact.ebid.0),
        "hellos": contact.hellos.len(),
    })
}

fn blob<'a>(table: &schema::Table, row: &'a Row, column: &str) -> Option<&'a [u8]> {
    row.blob(position(table, column)?).ok()
}

fn day(table: &schema::Table, row: &Row, column: &str) -> Option<Day> {
    row.small(position(table, column)?)
        .ok()
        .map(Day::from_number)
}

fn position(table: &schema::Table, column: &str) -> Option<usize> {
    table.columns.iter().position(|(name, _)| *name == column)
}
