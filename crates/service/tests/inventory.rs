//! Every stored column is declared with the item of the decree that it stores, or with the need of
//! the protocol that it serves.

// Integration tests are outside clippy's allowance for tests.
#![allow(clippy::unwrap_used, missing_docs)]

use service::schema::{self, Purpose, Schema};
use store::{Native, Sql};

const ALL: [&Schema; 6] = [
    schema::REGISTRY,
    schema::INTAKE,
    schema::TALLY,
    schema::DESK,
    schema::VISIT,
    schema::GATE,
];

fn made(schema: &Schema) -> Native {
    let sql = Native::in_memory().unwrap();
    schema::make(&sql, schema).unwrap();
    sql
}

#[test]
fn every_column_is_declared_and_nothing_else_is_stored() {
    for schema in ALL {
        let (sql, tables) = (made(schema), schema.tables);
        let stored = sql
            .query(
                "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name",
                &[],
            )
            .unwrap();
        let stored: Vec<_> = stored
            .iter()
            .map(|row| row.text(0).unwrap().to_owned())
            .collect();
        let mut declared: Vec<_> = tables.iter().map(|table| table.name).collect();
        declared.sort_unstable();
        assert_eq!(stored, declared);
        for table in tables {
            let columns = sql
                .query(
                    "SELECT name FROM pragma_table_xinfo(?1)",
                    &[table.name.into()],
                )
                .unwrap();
            let columns: Vec<_> = columns
                .iter()
                .map(|row| row.text(0).unwrap().to_owned())
                .collect();
            let declared: Vec<_> = table.columns.iter().map(|(name, _)| *name).collect();
            assert_eq!(columns, declared, "{}", table.name);
        }
    }
}

#[test]
fn a_purpose_is_an_item_or_says_why() {
    let tables = ALL
        .iter()
        .flat_map(|schema| [schema.tables, schema.leaving]);
    for table in tables.flatten() {
        for (column, purpose) in table.columns {
            let text = purpose.to_string();
            let told = match purpose {
                Purpose::Law(_) => text.starts_with("2-I-"),
                Purpose::Record => text == "3-6",
                Purpose::Protocol(reason) => {
                    reason.len() > 4 && text == format!("protocol: {reason}")
                }
            };
            assert!(told, "{}.{column}: {text}", table.name);
        }
    }
}
