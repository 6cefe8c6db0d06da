//! Tables as release 0.1.0 made them, with rows in each; and what 0.1.0 does first with them.
//!
//! The statements are copies of that release's. Nothing here is ever changed.

// Each test binary uses its part.
#![allow(dead_code)]

use service::{Failure, schema};
use store::{Fault, Native, Sql, Value, transact};

const PLACE: &str = "CREATE TABLE place (realm TEXT NOT NULL, class TEXT NOT NULL, \
    number INTEGER NOT NULL, of INTEGER NOT NULL, since INTEGER NOT NULL)";
const OUTBOX: &str = "CREATE TABLE outbox (id BLOB PRIMARY KEY, \"to\" INTEGER NOT NULL, \
    due INTEGER NOT NULL, body BLOB NOT NULL) WITHOUT ROWID";
const OUTBOX_DUE: &str = "CREATE INDEX outbox_due ON outbox (due)";
const CHALLENGE: &str =
    "CREATE TABLE challenge (id BLOB PRIMARY KEY, until INTEGER NOT NULL) WITHOUT ROWID";
const CHALLENGE_UNTIL: &str = "CREATE INDEX challenge_until ON challenge (until)";

/// One class of objects of 0.1.0.
pub(crate) struct Old {
    /// How this release calls its tables.
    pub(crate) schema: &'static schema::Schema,
    /// How 0.1.0 made them.
    pub(crate) create: &'static [&'static str],
    /// A row of each table.
    pub(crate) rows: &'static [&'static str],
    /// What 0.1.0 begins each of its calls with, reading or writing, when its first table is there.
    pub(crate) first: &'static [&'static str],
}

const FIRST: &[&str] = &["SELECT realm, class, number, of, since FROM place"];

pub(crate) const REGISTRY: Old = Old {
    schema: schema::REGISTRY,
    create: &[
        PLACE,
        OUTBOX,
        OUTBOX_DUE,
        "CREATE TABLE account (id BLOB PRIMARY KEY, safe BLOB NOT NULL, \
             key_for_mac BLOB NOT NULL, key_for_tuples BLOB NOT NULL, last_status INTEGER NOT NULL, \
             verdict BLOB NOT NULL) WITHOUT ROWID",
        "CREATE TABLE exposure (account BLOB NOT NULL, id BLOB NOT NULL, \
             day INTEGER NOT NULL, sealed BLOB NOT NULL, PRIMARY KEY (account, id)) \
             WITHOUT ROWID",
        "CREATE INDEX exposure_day ON exposure (day)",
        CHALLENGE,
        CHALLENGE_UNTIL,
        "CREATE TABLE applied (id BLOB PRIMARY KEY) WITHOUT ROWID",
        "CREATE TABLE figures (day INTEGER PRIMARY KEY, sealed BLOB NOT NULL)",
    ],
    rows: &[
        "INSERT INTO place VALUES ('national', 'registry', 0, 2, 18414)",
        "INSERT INTO outbox VALUES (randomblob(16), 0, 1591790700, CAST(x'03' || randomblob(16) AS BLOB))",
        "INSERT INTO account VALUES (x'0102030405', randomblob(16), randomblob(60), \
             randomblob(60), 7, randomblob(50))",
        "INSERT INTO exposure VALUES (randomblob(16), randomblob(16), 18423, randomblob(300))",
        "INSERT INTO challenge VALUES (randomblob(16), 1591791300)",
        "INSERT INTO applied VALUES (randomblob(16))",
        "INSERT INTO figures VALUES (18423, randomblob(49))",
    ],
    first: FIRST,
};

pub(crate) const INTAKE: Old = Old {
    schema: schema::INTAKE,
    create: &[
        PLACE,
        OUTBOX,
        OUTBOX_DUE,
        "CREATE TABLE transit (slot INTEGER PRIMARY KEY, mark BLOB NOT NULL, stage TEXT NOT NULL, \
             since INTEGER NOT NULL, waiting INTEGER NOT NULL)",
        "CREATE TABLE code (hash BLOB PRIMARY KEY, kind TEXT NOT NULL, \
                 until INTEGER NOT NULL) WITHOUT ROWID",
        "CREATE INDEX code_until ON code (until)",
        "CREATE TABLE batch (mark BLOB PRIMARY KEY, until INTEGER NOT NULL) WITHOUT ROWID",
        "CREATE INDEX batch_until ON batch (until)",
        "CREATE TABLE answered (hash BLOB PRIMARY KEY, until INTEGER NOT NULL) WITHOUT ROWID",
        "CREATE INDEX answered_until ON answered (until)",
        CHALLENGE,
        CHALLENGE_UNTIL,
        "CREATE TABLE recent (minute INTEGER PRIMARY KEY, wrong INTEGER NOT NULL, \
             decoys INTEGER NOT NULL)",
        "CREATE TABLE figures (day INTEGER PRIMARY KEY, reports INTEGER NOT NULL, \
             decoys INTEGER NOT NULL, long_issued INTEGER NOT NULL, long_used INTEGER NOT NULL, \
             long_expired INTEGER NOT NULL, short_issued INTEGER NOT NULL, \
             short_used INTEGER NOT NULL, short_expired INTEGER NOT NULL)",
    ],
    rows: &[
        "INSERT INTO place VALUES ('national', 'intake', 0, 1, 18414)",
        "INSERT INTO outbox VALUES (randomblob(16), 1, 1591790750, CAST(x'0402' || randomblob(300) AS BLOB))",
        "INSERT INTO outbox VALUES (randomblob(16), 1, 1591790750, CAST(x'02' || randomblob(16) AS BLOB))",
        "INSERT INTO transit VALUES (2, randomblob(16), 'open', 1591790700, 1)",
        "INSERT INTO code VALUES (randomblob(32), 'long', 1592000000)",
        "INSERT INTO batch VALUES (randomblob(32), 1592000000)",
        "INSERT INTO answered VALUES (randomblob(32), 1591791300)",
        "INSERT INTO challenge VALUES (randomblob(16), 1591791300)",
        "INSERT INTO recent VALUES (26529845, 1, 2)",
        "INSERT INTO figures VALUES (18423, 1, 2, 3, 4, 5, 6, 7, 8)",
    ],
    first: FIRST,
};

pub(crate) const TALLY: Old = Old {
    schema: schema::TALLY,
    create: &[
        PLACE,
        "CREATE TABLE tally (day INTEGER PRIMARY KEY, registrations INTEGER NOT NULL, \
             unregistrations INTEGER NOT NULL, status_checks INTEGER NOT NULL, \
             contacts_notified INTEGER NOT NULL, above_threshold_too_old INTEGER NOT NULL, \
             reports INTEGER NOT NULL, long_issued INTEGER NOT NULL, \
             long_used INTEGER NOT NULL, long_expired INTEGER NOT NULL, \
             short_issued INTEGER NOT NULL, short_used INTEGER NOT NULL, \
             short_expired INTEGER NOT NULL)",
    ],
    rows: &[
        "INSERT INTO place VALUES ('national', 'tally', 0, 1, 18414)",
        "INSERT INTO tally VALUES (18422, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)",
    ],
    first: FIRST,
};

pub(crate) const DESK: Old = Old {
    schema: schema::DESK,
    create: &[
        PLACE,
        OUTBOX,
        OUTBOX_DUE,
        "CREATE TABLE issuer (id TEXT PRIMARY KEY, hash BLOB NOT NULL UNIQUE, \
                 role TEXT NOT NULL, quota INTEGER NOT NULL, maker TEXT NOT NULL, \
                 revoked INTEGER) WITHOUT ROWID",
        "CREATE INDEX issuer_maker ON issuer (maker)",
        "CREATE TABLE spent (issuer TEXT NOT NULL, day INTEGER NOT NULL, \
                 used INTEGER NOT NULL, PRIMARY KEY (issuer, day)) WITHOUT ROWID",
        "CREATE TABLE request (mark BLOB PRIMARY KEY, kind TEXT NOT NULL, \
                 count INTEGER NOT NULL, until INTEGER NOT NULL) WITHOUT ROWID",
        "CREATE INDEX request_until ON request (until)",
    ],
    rows: &[
        "INSERT INTO place VALUES ('national', 'desk', 0, 1, 18414)",
        "INSERT INTO outbox VALUES (x'00000000000000010000000000000007', 0, 1591790700, \
             CAST('{\"actor\":\"root\",\"moment\":1591790700,\"kind\":\"codesHandedOut\",\
             \"codes\":\"long\",\"count\":3}' AS BLOB))",
        "INSERT INTO issuer VALUES ('0123456789abcdef', randomblob(32), 'lab', 10, 'root', NULL)",
        "INSERT INTO spent VALUES ('root', 18423, 3)",
        "INSERT INTO request VALUES (randomblob(32), 'long', 3, 1592000000)",
    ],
    first: FIRST,
};

pub(crate) const VISIT: Old = Old {
    schema: schema::VISIT,
    create: &[
        "CREATE TABLE visit (realm BLOB NOT NULL, opened INTEGER NOT NULL, expires INTEGER NOT NULL, \
             advanced INTEGER NOT NULL, settled INTEGER NOT NULL, registrations INTEGER NOT NULL, \
             reports INTEGER NOT NULL, bytes INTEGER NOT NULL, emptied INTEGER NOT NULL)",
    ],
    rows: &[
        "INSERT INTO visit VALUES (x'000102030405060708090a0b0c0d0e0f', 1591790700, 1591794300, \
             60, 1591790700, 1, 2, 3, 0)",
    ],
    // Entering, moving the clock and ending begin with the first, opening with the second, which is done once in
    // an object's life.
    first: &[
        "SELECT realm, opened, expires, advanced, settled, registrations, reports, bytes, emptied \
             FROM visit",
        "INSERT INTO visit VALUES (x'000102030405060708090a0b0c0d0e0f', 1, 2, 0, 1, 0, 0, 0, 0)",
        "UPDATE visit SET settled = MAX(settled, 9)",
    ],
};

pub(crate) const GATE: Old = Old {
    schema: schema::GATE,
    create: &["CREATE TABLE open (id BLOB PRIMARY KEY, expires INTEGER NOT NULL) WITHOUT ROWID"],
    rows: &["INSERT INTO open VALUES (x'000102030405060708090a0b0c0d0e0f', 1591794300)"],
    first: &[
        "DELETE FROM open WHERE expires <= 9000000000",
        "DELETE FROM open WHERE id = x'000102030405060708090a0b0c0d0e0f'",
    ],
};

pub(crate) const ALL: [Old; 6] = [REGISTRY, INTAKE, TALLY, DESK, VISIT, GATE];

impl Old {
    /// The tables, empty.
    pub(crate) fn made(&self) -> Native {
        let sql = Native::in_memory().unwrap();
        for statement in self.create {
            sql.exec(statement, &[]).unwrap();
        }
        sql
    }

    /// The tables with a row in each.
    pub(crate) fn filled(&self) -> Native {
        let sql = self.made();
        for row in self.rows {
            sql.exec(row, &[]).unwrap();
        }
        sql
    }

    /// What 0.1.0 does with each of its first statements: makes its tables unless the first of them is there, then
    /// runs the statement, all in one transaction.
    pub(crate) fn call(&self, sql: &dyn Sql) -> Vec<Result<(), Fault>> {
        let call = |statement: &&str| {
            transact(sql, |sql| {
                let found = sql.query(
                    "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?1",
                    &[self.schema.oldest.into()],
                )?;
                if found.is_empty() {
                    for statement in self.create {
                        sql.exec(statement, &[])?;
                    }
                }
                sql.exec(statement, &[])
            })
        };
        self.first.iter().map(call).collect()
    }

    /// The same rows in 0.1.0's tables: what this release would have found, had 0.1.0 done what it did.
    pub(crate) fn before(&self, new: &Native) -> Native {
        let old = self.made();
        for table in self.schema.tables {
            const NEW: [&str; 8] = [
                "version",
                "walk",
                "forgetting",
                "acted",
                "waiting",
                "line",
                "record_group",
                "former_marks",
            ];
            if NEW.contains(&table.name) {
                continue;
            }
            for mut row in all(new, table.name) {
                let into = match table.name {
                    "registry_figures" | "intake_figures" => "figures",
                    "account" => {
                        row.truncate(6);
                        "account"
                    }
                    "code" => {
                        row.truncate(3);
                        "code"
                    }
                    "request" => {
                        row.truncate(4);
                        "request"
                    }
                    "exposure" => {
                        let [Value::Integer(tag), _, day, Value::Blob(moved)] = &row[..] else {
                            panic!("no exposure: {row:?}")
                        };
                        // Only the beginning of the tag is kept; the id of then stands before what was sealed.
                        let tag = [&tag.to_be_bytes()[5..], &[0; 13]].concat();
                        let (id, sealed) = moved.split_at(16);
                        row = vec![tag.into(), id.into(), day.clone(), sealed.into()];
                        "exposure"
                    }
                    "open" => {
                        row.truncate(2);
                        "open"
                    }
                    "visit" => {
                        row.truncate(9);
                        "visit"
                    }
                    "outbox" => {
                        row.truncate(4);
                        "outbox"
                    }
                    "recent" => {
                        // It counted the contacts of decoys.
                        row.push(0_u32.into());
                        "recent"
                    }
                    "act" => {
                        row.insert(1, 0_u32.into());
                        "outbox"
                    }
                    "emptying" => {
                        let Value::Blob(safe) = &row[1] else {
                            panic!("no safe: {row:?}")
                        };
                        // As 0.1.0 wrote it: what it is, and the safe.
                        let body = [&[3], safe.as_slice()].concat();
                        row = vec![row[0].clone(), 0_u32.into(), row[2].clone(), body.into()];
                        "outbox"
                    }
                    name => name,
                };
                let marks: Vec<_> = (1..=row.len()).map(|at| format!("?{at}")).collect();
                let insert = format!("INSERT INTO {into} VALUES ({})", marks.join(", "));
                old.exec(&insert, &row).unwrap();
            }
        }
        old
    }
}

/// Every row of a table.
pub(crate) fn all(sql: &dyn Sql, table: &str) -> Vec<Vec<Value>> {
    let rows = sql.query(&format!("SELECT * FROM {table}"), &[]).unwrap();
    rows.into_iter().map(|row| row.0).collect()
}

/// Every row of every table, by the tables' names.
pub(crate) fn dump(sql: &dyn Sql) -> Vec<(String, Vec<Vec<Value>>)> {
    const TABLES: &str = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name";
    let tables = sql.query(TABLES, &[]).unwrap();
    let tables = tables.iter().map(|row| row.text(0).unwrap().to_owned());
    tables.map(|name| (name.clone(), all(sql, &name))).collect()
}

/// Columns and indexes of every table: what decides how a statement runs.
pub(crate) fn shape(sql: &dyn Sql) -> Vec<String> {
    const SHAPE: &str = "SELECT m.name, c.name, c.type, c.\"notnull\", c.dflt_value, c.pk \
        FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' \
        UNION ALL SELECT m.name, i.name, NULL, m.tbl_name, NULL, i.seqno \
        FROM sqlite_master m, pragma_index_info(m.name) i WHERE m.type = 'index' ORDER BY 1, 6, 2";
    let rows = sql.query(SHAPE, &[]).unwrap();
    rows.iter().map(|row| format!("{row:?}")).collect()
}

/// Whether this is a refusal of a newer program's tables.
pub(crate) fn is_newer<T>(done: &Result<T, Failure>) -> bool {
    matches!(done, Err(Failure::Newer))
}
