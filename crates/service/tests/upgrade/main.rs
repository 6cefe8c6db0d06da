//! Older tables become this release's, whatever interrupts it; newer ones, and this release's under an older
//! program, are left as they are.

// Integration tests are outside clippy's allowance for tests.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

mod invented;
#[path = "../release_0_1_0/mod.rs"]
mod release_0_1_0;
mod walks;

use std::cell::Cell;
use std::time::{Duration, Instant};

use decree::Moment;
use release_0_1_0::{ALL, DESK, INTAKE, Old, REGISTRY, TALLY, dump, is_newer, shape};
use service::schema::walk::{self, PAUSE};
use service::schema::{self, Schema, Table};
use service::{Class, Failure, Place, Realm, desk, figures, gate, intake, registry, tally};
use store::{Fault, Native, Row, Sql, Value};

const NOW: Moment = Moment::from_unix(1_591_790_700);

/// Fails at one statement or at one end of a transaction, counted from here, as a process that is killed there: from
/// then on nothing is done.
struct Killed {
    inner: Native,
    left: Cell<u32>,
}

impl Killed {
    fn lives(&self) -> Result<(), Fault> {
        let left = self.left.get().checked_sub(1).ok_or(Fault::Engine)?;
        self.left.set(left);
        Ok(())
    }
}

impl Sql for Killed {
    fn exec(&self, statement: &str, values: &[Value]) -> Result<(), Fault> {
        self.query(statement, values).map(drop)
    }

    fn query(&self, statement: &str, values: &[Value]) -> Result<Vec<Row>, Fault> {
        self.lives()?;
        self.inner.query(statement, values)
    }

    fn transaction(&self, work: &mut dyn FnMut(&dyn Sql) -> bool) -> Result<(), Fault> {
        let mut ended = Ok(());
        self.inner.transaction(&mut |_| {
            let keeps = work(self);
            ended = self.lives();
            keeps && ended.is_ok()
        })?;
        ended
    }
}

/// Goes on with every walk until none is left, and says how many slices that took.
fn walk_to_the_end(sql: &dyn Sql, schema: &Schema) -> u32 {
    let (mut now, mut slices) = (NOW, 0);
    while !schema.walks.is_empty() && walk::next_due(sql).unwrap().is_some() {
        walk::go_on(sql, schema, now).unwrap();
        now = now + PAUSE;
        slices += 1;
    }
    slices
}

#[test]
fn older_tables_become_those_that_are_made_today() {
    for old in ALL {
        let made = Native::in_memory().unwrap();
        schema::make(&made, old.schema).unwrap();
        for sql in [old.made(), old.filled()] {
            assert_eq!(schema::open(&sql, old.schema), Ok(true));
            walk_to_the_end(&sql, old.schema);
            assert_eq!(shape(&sql), shape(&made), "{}", old.schema.oldest);
            // Once more changes nothing.
            let before = dump(&sql);
            assert_eq!(schema::open(&sql, old.schema), Ok(true));
            assert_eq!(dump(&sql), before);
        }
    }
}

/// Tables that an upgrade leaves empty.
const NEW: [&str; 10] = [
    "walk",
    "record_group",
    "counted",
    "forgotten",
    "rewrapping",
    "forgetting",
    "waiting",
    "line",
    "seat",
    "acted",
];

/// Every row is there after, and every value.
#[test]
fn no_row_is_lost_or_changed() {
    for old in ALL {
        let sql = old.filled();
        if core::ptr::eq(old.schema, schema::INTAKE) {
            // What it counted of decoys is dropped.
            sql.exec("UPDATE recent SET decoys = 0", &[]).unwrap();
        }
        if core::ptr::eq(old.schema, schema::REGISTRY) {
            // Of the tag that an exposure is filed under, the beginning is kept.
            let cut =
                "UPDATE exposure SET account = CAST(substr(account, 1, 3) || zeroblob(13) AS BLOB)";
            sql.exec(cut, &[]).unwrap();
        }
        let stored = dump(&sql);
        schema::open(&sql, old.schema).unwrap();
        walk_to_the_end(&sql, old.schema);
        // Back into tables as they were.
        let back = old.before(&sql);
        assert_eq!(dump(&back), stored, "{}", old.schema.oldest);
        // A walk ends with its row, and what was stored before there were several roots says nothing of any; nor did
        // anybody look for accounts that nobody can reach, wait for a turn, sit on a seat, act under today's bound,
        // make groups of record keys, or count what a day's key had sealed.
        for table in old
            .schema
            .tables
            .iter()
            .filter(|table| !NEW.contains(&table.name))
            // Nobody was asked for work at the gate.
            .filter(|table| table.name != "challenge" || old.schema.oldest != "open")
        {
            assert!(
                !release_0_1_0::all(&sql, table.name).is_empty(),
                "{}",
                table.name
            );
        }
    }
}

/// Ten minutes longer than the last answer, for fronts of the earlier release that go on for a while.
#[test]
fn an_intake_knows_until_when_earlier_releases_marks_are_asked_for() {
    for (sql, until) in [
        (
            INTAKE.filled(),
            vec![vec![Value::Integer(1_591_791_300 + 600)]],
        ),
        (INTAKE.made(), Vec::new()),
    ] {
        assert_eq!(schema::open(&sql, INTAKE.schema), Ok(true));
        assert_eq!(release_0_1_0::all(&sql, "former_marks"), until);
    }
}

#[test]
fn what_was_never_written_stays_so() {
    for old in ALL {
        let sql = Native::in_memory().unwrap();
        assert_eq!(schema::open(&sql, old.schema), Ok(false));
        walk::go_on(&sql, old.schema, NOW).unwrap();
        assert_eq!(dump(&sql), []);
    }
    let sql = Native::in_memory().unwrap();
    for class in [Class::Registry, Class::Intake, Class::Tally, Class::Desk] {
        assert_eq!(schema::check(&sql, &place(class)), Ok(false));
    }
    assert_eq!(intake::next_due(&sql), Ok(None));
    assert_eq!(desk::next_due(&sql, None), Ok(None));
    assert_eq!(dump(&sql), []);
}

fn place(class: Class) -> Place {
    Place {
        realm: Realm::National,
        class,
        index: 0,
        of: if class == Class::Registry { 2 } else { 1 },
        since: 18_414,
    }
}

/// Killed at each statement in turn, it is as it was or as it should be; and the next call goes on.
#[test]
fn an_upgrade_that_is_killed_anywhere_is_done_whole_by_the_next_call() {
    for old in ALL {
        let done = old.filled();
        schema::open(&done, old.schema).unwrap();
        let mut kills = 0;
        loop {
            let sql = Killed {
                inner: old.filled(),
                left: Cell::new(kills),
            };
            let stored = dump(&sql.inner);
            if schema::open(&sql, old.schema).is_ok() {
                break;
            }
            assert_eq!(dump(&sql.inner), stored, "at {kills}");
            assert_eq!(schema::open(&sql.inner, old.schema), Ok(true));
            assert_eq!(shape(&sql.inner), shape(&done));
            kills += 1;
        }
        assert!(kills > 5, "{}: {kills}", old.schema.oldest);
    }
}

/// Whether a read found what is there.
type Read = fn(&Native) -> bool;

/// Reads come first after a restart, and each must work on tables that nothing was written to since.
#[test]
fn a_read_is_enough() {
    let day = decree::Day::from_number(18_423);
    let reads: [(Old, Read); 9] = [
        (REGISTRY, |sql| {
            registry::load(sql, &place(Class::Registry), NOW)
                .unwrap()
                .spent
                == 1
        }),
        (REGISTRY, |sql| {
            registry::safes(sql, &place(Class::Registry)).unwrap().len() == 2
        }),
        (REGISTRY, |sql| {
            let place = place(Class::Registry);
            registry::emptying(sql, &place, NOW).unwrap().len() == 1
        }),
        (REGISTRY, |sql| {
            registry::next_due(sql, &place(Class::Registry)) == Ok(Some(Moment::from_unix(0)))
        }),
        (INTAKE, |sql| {
            intake::next_due(sql) == Ok(Some(Moment::from_unix(0)))
        }),
        (INTAKE, |sql| {
            intake::slots(sql, &place(Class::Intake)) == Ok(vec![2])
        }),
        (TALLY, |sql| {
            tally::read(sql, &place(Class::Tally)).unwrap().len() == 1
        }),
        (DESK, |sql| {
            let root = desk::Holder::Root([0; 32]);
            let acts = desk::list_acts(sql, &place(Class::Desk), root, None);
            acts.unwrap().acts.len() == 1
        }),
        (DESK, |sql| {
            desk::next_due(sql, None) == Ok(Some(Moment::from_unix(0)))
        }),
    ];
    for (number, (old, read)) in reads.into_iter().enumerate() {
        assert!(read(&old.filled()), "{number}");
    }
    let sql = INTAKE.filled();
    let counted = figures::of_intake(&sql, &place(Class::Intake), day, day).unwrap();
    assert_eq!((counted[0].1.reports, counted[0].1.short.expired), (1, 8));
}

/// 0.1.0 put back on this release's folder. Tables that this release made itself have the same shape.
#[test]
fn release_0_1_0_refuses_these_tables_and_changes_no_row() {
    for old in ALL {
        let works = old.call(&old.filled());
        assert!(works.iter().all(Result::is_ok), "{works:?}");
        let sql = old.filled();
        schema::open(&sql, old.schema).unwrap();
        let before = dump(&sql);
        let refused = old.call(&sql);
        assert!(refused.iter().all(Result::is_err), "{refused:?}");
        assert_eq!(dump(&sql), before);
    }
}

#[test]
fn a_newer_programs_tables_are_refused_and_unchanged() {
    for old in ALL {
        let sql = old.filled();
        schema::open(&sql, old.schema).unwrap();
        let newer = old.schema.version() + 1;
        // Even with other columns than this program knows.
        sql.exec("UPDATE version SET number = ?1", &[newer.into()])
            .unwrap();
        sql.exec(
            &format!("ALTER TABLE {0} RENAME TO other_{0}", old.schema.oldest),
            &[],
        )
        .unwrap();
        let before = dump(&sql);
        assert!(is_newer(&schema::open(&sql, old.schema)));
        assert!(is_newer(&schema::make(&sql, old.schema)));
        assert!(is_newer(&walk::go_on(&sql, old.schema, NOW)) || old.schema.walks.is_empty());
        assert_eq!(dump(&sql), before);
    }
    let sql = DESK.filled();
    schema::open(&sql, schema::DESK).unwrap();
    sql.exec("UPDATE version SET number = 99", &[]).unwrap();
    let written = store::transact(&sql, |sql| schema::ensure_tables(sql, &place(Class::Desk)));
    assert!(is_newer(&written));
    assert!(is_newer(&desk::next_due(&sql, None)));
    assert!(is_newer(&desk::tick(&sql, &place(Class::Desk), NOW, None)));
    assert_eq!(
        wire::Refusal::from(Failure::Newer),
        wire::Refusal::Unavailable
    );
    let sql = REGISTRY.filled();
    schema::open(&sql, schema::REGISTRY).unwrap();
    sql.exec("UPDATE version SET number = 99", &[]).unwrap();
    let before = dump(&sql);
    let (at, later) = (place(Class::Registry), NOW + Duration::from_hours(1));
    assert!(is_newer(&registry::put_off_rewrap(&sql, &at, later)));
    assert_eq!(dump(&sql), before);
    let sql = release_0_1_0::GATE.filled();
    schema::open(&sql, schema::GATE).unwrap();
    sql.exec("UPDATE version SET number = 99", &[]).unwrap();
    assert!(is_newer(&gate::leave(&sql, [0; 16], NOW)));
}

/// Each step takes as long whatever is stored: at most 50 ms with a million rows in the tables that can have so many.
/// `cargo test --release -p service --test upgrade million -- --nocapture` says how long.
#[test]
fn a_step_is_short_with_a_million_rows() {
    const ROWS: &str =
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000)";
    for (name, old, rows) in [
        (
            "registry",
            REGISTRY,
            ["outbox", "ID, 0, i, CAST(x'03' || randomblob(16) AS BLOB)"],
        ),
        (
            "registry",
            REGISTRY,
            ["account", "ID, x'', x'', x'', i, x''"],
        ),
        (
            "registry",
            REGISTRY,
            ["exposure", "randomblob(16), ID, 18423, randomblob(29)"],
        ),
        (
            "intake",
            INTAKE,
            [
                "outbox",
                "ID, 1, i, CAST(x'0402' || randomblob(16) AS BLOB)",
            ],
        ),
        ("desk", DESK, ["outbox", "ID, 0, i, x'7b7d'"]),
    ] {
        let sql = old.made();
        sql.exec(old.rows[0], &[]).unwrap();
        let [table, values] = rows;
        let values = values.replace("ID", "CAST(printf('%016d', i) AS BLOB)");
        let fill = format!("INSERT INTO {table} {ROWS} SELECT {values} FROM n");
        sql.exec(&fill, &[]).unwrap();
        let begun = Instant::now();
        schema::open(&sql, old.schema).unwrap();
        let step = begun.elapsed();
        let mut slices: Vec<_> = (0..20)
            .map(|slice| {
                let begun = Instant::now();
                walk::go_on(&sql, old.schema, NOW + PAUSE * slice).unwrap();
                begun.elapsed()
            })
            .collect();
        slices.sort_unstable();
        let slice = slices[slices.len() / 2];
        println!("{name}, {table}: a step in {step:?}, a slice in {slice:?}");
        assert!(step < Duration::from_millis(50), "{step:?}");
        assert!(slice < Duration::from_millis(5), "{slice:?}");
    }
}

/// So that a column more breaks no statement: not here, and not in the release before.
#[test]
fn every_insert_names_its_columns() {
    fn read(folder: &std::path::Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                read(&path, found);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            for (at, _) in text.match_indices("INTO ") {
                let mut words = text[at + 5..].trim_start().splitn(2, ' ');
                let (table, rest) = (words.next().unwrap(), words.next().unwrap());
                found.push(table.to_owned());
                assert!(
                    rest.trim_start().starts_with('('),
                    "{}: {table}",
                    path.display()
                );
            }
        }
    }
    let mut found = Vec::new();
    read(
        &std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut found,
    );
    let all = ALL.iter().flat_map(|old| old.schema.tables);
    for Table { name, .. } in all {
        assert!(
            found.iter().any(|table| table == name),
            "nothing inserts into {name}"
        );
    }
}
