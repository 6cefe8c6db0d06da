//! Everything that an object stores, row by row, as stored and opened.
//!
//! Only a demo realm's visitor is ever shown this. The columns come from [`schema`], which is also
//! what the tables are made from: nothing can be stored that is not shown.

mod slices;

use std::collections::BTreeMap;

use decree::Day;
use robert::Id;
use robert::risk::{self, AppliedContact, Verdict};
use robert::validate::Located;
use serde_json::{Value as Json, json};
use store::{Row, Sql};
use wire::demo::{Column, Object, Table};

pub use self::slices::{At, Slice, Text};
use self::slices::{Opened, position, read, whole};
use crate::group;
use crate::keyring::{AccountKey, hexadecimal};
use crate::outbox::Owed;
use crate::parcel::Parcel;
use crate::record::{Keeper, RecordKey, SafeName};
use crate::registry::{Context, Exposure, RowId, open_verdict};
use crate::vault::{DayKeys, Keys};
use crate::{Failure, Realm, figures, intake, schema};

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
