//! Every stored column is declared with the item of Article 2 that it stores, or with the need of
//! the protocol that it serves.

// Integration tests are outside clippy's allowance for tests.
#![allow(clippy::unwrap_used, missing_docs)]

use service::schema::{self, Purpose, Table};
use store::{Native, Sql};

fn made(tables: &[Table]) -> Native {
    let sql = Native::in_memory().unwrap();
    schema::make(&sql, tables).unwrap();
    sql
}

#[test]
fn every_column_is_declared_and_nothing_else_is_stored() {
    for tables in [
        schema::REGISTRY,
        schema::INTAKE,
        schema::TALLY,
        schema::DESK,
        schema::VISIT,
        schema::GATE,
    ] {
        let sql = made(tables);
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
                    "SELECT name FROM pragma_table_info(?1)",
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
    let tables = [
        schema::REGISTRY,
        schema::INTAKE,
        schema::TALLY,
        schema::DESK,
    ];
    for table in tables.into_iter().flatten() {
        for (column, purpose) in table.columns {
            let text = purpose.to_string();
            let told = match purpose {
                Purpose::Law(_) => text.starts_with("2-I-"),
                Purpose::Protocol(reason) => text == format!("protocol: {reason}"),
            };
            assert!(told && text.len() > 4, "{}.{column}: {text}", table.name);
        }
    }
}
