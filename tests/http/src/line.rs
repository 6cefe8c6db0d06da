//! The line of people who wait to register.

use std::path::PathBuf;

use decree::Moment;
use harness::Server;
use service::turns::{AT_ONCE, EVERY};
use store::{Native, Sql};

use crate::disk;

/// Makes somebody stand in line at the stopped server's only registry, whose turn comes at this moment.
pub fn stand(server: &Server, turn: Moment) {
    let sql = Native::open(&registry(server)).unwrap();
    let taken_until = 1_000 * turn.unix() + EVERY * AT_ONCE;
    sql.exec("UPDATE line SET taken_until = ?1", &[taken_until.into()])
        .unwrap();
    sql.exec(
        "INSERT INTO waiting (id, turn, until) VALUES (randomblob(16), ?1, ?1 + 600)",
        &[turn.unix().into()],
    )
    .unwrap();
}

/// As many challenges were spent at the stopped server's only registry, until this moment, as release 0.2.0 took in ten
/// minutes.
pub fn crowd(server: &Server, until: Moment) {
    const MOST: u64 = 3_200;
    let sql = Native::open(&registry(server)).unwrap();
    let rows = format!(
        "INSERT INTO challenge (id, until) \
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {MOST}) \
         SELECT randomblob(16), ?1 FROM n"
    );
    sql.exec(&rows, &[until.unix().into()]).unwrap();
}

/// The server's only registry.
fn registry(server: &Server) -> PathBuf {
    let mut files = disk::objects(server, "Registry").into_iter();
    files
        .find(|file| !disk::query(file, "place", "SELECT of FROM place").is_empty())
        .unwrap()
}
