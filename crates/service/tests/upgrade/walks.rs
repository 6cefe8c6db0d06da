//! Walks: killed, they go on, and do nothing twice.

use core::cell::Cell;
use core::time::Duration;

use decree::Moment;
use service::Failure;
use service::schema::walk::{self, PAUSE, ROWS, Walk};
use service::schema::{self, Schema};
use store::{Fault, Native, Sql, Value};

use crate::{Killed, NOW, walk_to_the_end};

/// What this release's tables might become: a step and a walk of a test.
const NEXT: &Schema = &Schema {
    tables: &[],
    oldest: "place",
    steps: &[
        &[],
        &[
            "ALTER TABLE number ADD COLUMN square INTEGER",
            "CREATE TABLE walk (name TEXT PRIMARY KEY, at BLOB, due INTEGER NOT NULL) WITHOUT ROWID",
            "INSERT INTO walk (name, at, due) VALUES ('squares', NULL, 0)",
        ],
    ],
    walks: &[SQUARES],
    leaving: &[],
};

const SQUARES: Walk = Walk {
    name: "squares",
    slice: |sql, at| {
        let after = match at {
            Value::Null => Value::Integer(-1),
            at => at.clone(),
        };
        let rows = sql.query(
            "SELECT n FROM number WHERE n > ?1 ORDER BY n LIMIT ?2",
            &[after, ROWS.into()],
        )?;
        for row in &rows {
            // Twice would be seen.
            sql.exec(
                "UPDATE number SET square = COALESCE(square, 0) + n * n WHERE n = ?1",
                &[row.integer(0)?.into()],
            )?;
        }
        Ok(rows.last().map(|row| row.0[0].clone()))
    },
};

const NUMBERS: u64 = 1_000;

fn numbers() -> Native {
    let sql = Native::in_memory().unwrap();
    for statement in [
        "CREATE TABLE place (a INTEGER)",
        "CREATE TABLE number (n INTEGER PRIMARY KEY)",
        "CREATE TABLE version (number INTEGER NOT NULL)",
        "INSERT INTO version (number) VALUES (2)",
    ] {
        sql.exec(statement, &[]).unwrap();
    }
    for n in 0..NUMBERS {
        sql.exec("INSERT INTO number (n) VALUES (?1)", &[n.into()])
            .unwrap();
    }
    sql
}

#[test]
fn a_walk_that_is_killed_anywhere_goes_on_and_does_nothing_twice() {
    let mut kills = 0_u32;
    // Killed again and again, later each time; a prime spreads the places.
    let mut sql = Killed {
        inner: numbers(),
        left: Cell::new(0),
    };
    for (tries, now) in (0..).map(|tries| (tries, NOW + PAUSE * tries)) {
        assert!(tries < 1_000, "the walk never ends");
        sql.left.set(3 + tries * 97 % 230);
        if walk::go_on(&sql, NEXT, now).is_err() {
            kills += 1;
            continue;
        }
        sql.left.set(u32::MAX);
        if !walk::is_pending(&sql, &SQUARES).unwrap() {
            break;
        }
    }
    assert!(kills > 10, "{kills}");
    let wrong = sql
        .inner
        .query("SELECT 1 FROM number WHERE square IS NOT n * n", &[]);
    assert_eq!(wrong.unwrap(), []);
    sql.left = Cell::new(u32::MAX);
    assert_eq!(walk::next_due(&sql), Ok(None));
}

#[test]
fn a_walk_pauses_between_slices_and_waits_for_no_clock_that_was_ahead() {
    let sql = numbers();
    let squares = || {
        sql.query("SELECT 1 FROM number WHERE square IS NOT NULL", &[])
            .unwrap()
            .len()
    };
    walk::go_on(&sql, NEXT, NOW).unwrap();
    assert_eq!(squares(), ROWS as usize);
    walk::go_on(&sql, NEXT, NOW).unwrap();
    assert_eq!(squares(), ROWS as usize);
    assert_eq!(walk::next_due(&sql), Ok(Some(NOW + PAUSE)));
    walk::go_on(&sql, NEXT, NOW + Duration::from_hours(9_000)).unwrap();
    walk::go_on(&sql, NEXT, NOW + PAUSE).unwrap();
    assert_eq!(squares(), 3 * ROWS as usize);
    assert_eq!(walk_to_the_end(&sql, NEXT), 3);
}

#[test]
fn a_walk_that_nobody_knows_is_an_error_and_stays() {
    let sql = numbers();
    schema::open(&sql, NEXT).unwrap();
    sql.exec("UPDATE walk SET name = 'other'", &[]).unwrap();
    assert_eq!(
        walk::go_on(&sql, NEXT, NOW),
        Err(Failure::Fault(Fault::Shape))
    );
    assert_eq!(walk::next_due(&sql), Ok(Some(Moment::from_unix(0))));
}
