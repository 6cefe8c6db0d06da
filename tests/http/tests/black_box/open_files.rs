//! How many files a server holds open: the usual limit of a process is 1,024, and an open object holds three.

use std::process::Command;
use std::thread::sleep;
use std::time::Instant;

use harness::{Server, Settings, new_folder};
use http_tests::{Person, Realm, days, seconds};

/// A year after the first release four hundred days are looked at when a server starts, and every object of it.
#[test]
fn a_start_holds_few_files_open() {
    const MOST: usize = 512;
    let mut settings = Settings::of_tests(new_folder().unwrap());
    settings.clock = days(400).try_into().unwrap();
    let server = Server::start_disposable(settings).unwrap();
    let limit = Command::new("prlimit")
        .args(["--nofile=1024:1024", "--pid"])
        .arg(server.process_id().to_string())
        .status();
    assert!(limit.unwrap().success());
    let realm = Realm::national(&server);
    realm.follow(&server);
    let begun = Instant::now();
    let mut most = 0;
    // The first request has the server wake everything; the vaults take forty seconds.
    while begun.elapsed() < seconds(45) {
        realm.get("/api/v6/clock").is(200);
        most = most.max(server.open_files().unwrap());
        sleep(seconds(1) / 5);
    }
    println!("{most} files at the most");
    assert!(most <= MOST, "{most}");
    Person::register(&realm).ask();
}
