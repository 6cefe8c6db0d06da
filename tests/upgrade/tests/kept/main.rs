//! Every kept release, opened where its server was killed: by itself, and by the current build.

// The helpers of tests are tests too.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

mod demo;
mod drill;
mod files;
mod fronts;
mod issuers;
mod letters;
mod national;

use harness::Server;
use http_tests::{Person, Realm};
use upgrade_tests::{Build, Release};

/// Does this to every kept storage, opened by each of both builds.
fn for_each(check: impl Fn(&Release, &mut Server)) {
    for release in Release::all() {
        for build in Build::ALL {
            let mut server = release.open(build);
            check(&release, &mut server);
            assert_eq!(server.own_words(), "", "{build:?}");
        }
    }
}

/// Somebody of the kept life.
#[track_caller]
fn person<'r>(release: &Release, realm: &'r Realm, name: &str) -> Person<'r> {
    Person::restore(realm, &release.phone(name))
}

/// Whether a report with this code is taken; no two reports are the same.
#[track_caller]
fn works(realm: &Realm, code: &str, number: usize) -> bool {
    let body = serde_json::json!({ "token": code, "contacts": [], "number": number });
    match realm.post("/api/v6/report", &body).status {
        200 => true,
        401 => false,
        other => panic!("{other}"),
    }
}
