//! From this release to one that does not exist: the same tables, and one step more.

use std::cell::Cell;

use super::release_0_1_0::{ALL, Old, dump, is_newer, shape};
use super::{Killed, walk_to_the_end};
use service::schema::{self, Schema, Step};
use store::{Native, Sql};

/// The tables of this release with what one more step makes of them. What that next release would make itself does not
/// matter here.
fn next(old: &Old) -> Schema {
    let add = format!(
        "ALTER TABLE {} ADD COLUMN invented INTEGER",
        old.schema.oldest
    );
    let step: Step = Vec::leak(vec![
        "CREATE TABLE invented (id INTEGER PRIMARY KEY, what TEXT NOT NULL)",
        String::leak(add),
    ]);
    let steps = old.schema.steps.iter().copied().chain([step]);
    Schema {
        steps: Vec::leak(steps.collect()),
        ..*old.schema
    }
}

/// What a server of this release stores that once was one of 0.1.0.
fn of_today(old: &Old) -> Native {
    let sql = old.filled();
    assert_eq!(schema::open(&sql, old.schema), Ok(true));
    walk_to_the_end(&sql, old.schema);
    sql
}

#[test]
fn one_more_step_keeps_every_row_wherever_it_is_killed() {
    for old in &ALL {
        let next = next(old);
        assert_eq!(next.version(), old.schema.version() + 1);
        let done = of_today(old);
        assert_eq!(schema::open(&done, &next), Ok(true));
        let mut kills = 0;
        loop {
            let sql = Killed {
                inner: of_today(old),
                left: Cell::new(kills),
            };
            let (stored, rows) = (dump(&sql.inner), counts(&sql.inner));
            if schema::open(&sql, &next).is_ok() {
                break;
            }
            assert_eq!(dump(&sql.inner), stored, "at {kills}");
            assert_eq!(schema::open(&sql.inner, &next), Ok(true));
            assert_eq!(shape(&sql.inner), shape(&done));
            let mut after = counts(&sql.inner);
            after.retain(|(table, _)| table != "invented");
            assert_eq!(after, rows);
            kills += 1;
        }
        assert!(kills > 3, "{}: {kills}", old.schema.oldest);
    }
}

/// This release put back refuses, and changes no row; the next one goes on.
#[test]
fn this_release_refuses_what_one_more_step_made() {
    for old in &ALL {
        let (sql, next) = (of_today(old), next(old));
        assert_eq!(schema::open(&sql, &next), Ok(true));
        let before = dump(&sql);
        assert!(is_newer(&schema::open(&sql, old.schema)));
        assert!(is_newer(&schema::make(&sql, old.schema)));
        assert_eq!(dump(&sql), before);
        assert_eq!(schema::open(&sql, &next), Ok(true));
        assert_eq!(dump(&sql), before);
    }
}

/// How many rows each table has.
fn counts(sql: &Native) -> Vec<(String, u64)> {
    const TABLES: &str = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name";
    let tables = sql.query(TABLES, &[]).unwrap();
    let count = |table: &str| {
        let counted = sql
            .query(&format!("SELECT COUNT(*) FROM {table}"), &[])
            .unwrap();
        counted[0].integer(0).unwrap()
    };
    tables
        .iter()
        .map(|row| row.text(0).unwrap().to_owned())
        .map(|table| (table.clone(), count(&table)))
        .collect()
}
