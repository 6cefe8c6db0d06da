//! Whoever opens a demo realm.

use std::time::{Duration, Instant};

use http_tests::{
    DECOY, Realm, days, of_nobody, open_and_end, register_at_once, report, seconds, solve,
};
use minreq::Method;
use serde_json::json;

use crate::{Build, End, gives_way, held_since};

/// 90 kB of decoys wait, and the realm's clock is moved.
#[test]
fn a_visitor_holds_up_nobody_else() {
    const CONTACTS: u16 = 600;
    held_since(Build::Second, |build| {
        let server = build.start();
        let (national, demo) = (Realm::national(&server), Realm::open(&server));
        let contacts: Vec<_> = (0..CONTACTS).map(|number| of_nobody(number, 1)).collect();
        let body = report(DECOY, &contacts);
        demo.post("/api/v6/report", &body).is(200);
        let mut took = Duration::ZERO;
        let slowest = national.slowest_clock(|| {
            let begun = Instant::now();
            demo.advance(days(31));
            took = begun.elapsed();
        });
        let seen =
            format!("while a clock was moved for {took:.2?}, others waited for {slowest:.2?}");
        End::of(slowest > seconds(1).max(took / 2), seen)
    });
}

/// Without seats each realm has files of its own. That this build leaves none beyond those of its two hundred seats takes three
/// hundred realms, which a black-box test opens and ends in the same way.
#[test]
fn ended_realms_leave_files_of_earlier_releases() {
    const REALMS: usize = 20;
    gives_way(Build::Second, |build| {
        let server = build.start();
        Realm::national(&server).stay_off_midnight(120);
        let before = open_and_end(&server, REALMS);
        let more = open_and_end(&server, REALMS) - before;
        End::of(
            more > 0,
            format!("{REALMS} more realms left {more} files more"),
        )
    });
}

/// Whoever comes after them is asked for a proof of work at the most.
#[test]
fn two_hundred_requests_leave_room_for_a_visitor() {
    const REQUESTS: usize = 200;
    held_since(Build::Second, |build| {
        let server = build.start();
        let national = Realm::national(&server);
        let open = || national.post("/demo", &json!({}));
        let opened = (0..REQUESTS).filter(|_| open().status == 201).count();
        let mut visitor = open();
        if visitor.status == 429 && visitor.json().get("challenge").is_some() {
            let solution = solve(&visitor.json()["challenge"]);
            visitor = national.post("/demo", &json!({ "captcha": solution }));
        }
        let seen = format!(
            "{opened} realms opened, and the next visitor got {}",
            visitor.status
        );
        End::of(visitor.status != 201, seen)
    });
}

#[test]
fn a_page_of_another_site_opens_no_realm() {
    held_since(Build::Second, |build| {
        let server = build.start();
        let other = [("Sec-Fetch-Site", "cross-site")];
        let reply = Realm::national(&server).send(Method::Post, "/demo", &other, None);
        End::of(reply.status == 201, format!("it got {}", reply.status))
    });
}

#[test]
fn fifty_accounts_are_fifty() {
    const PHONES: usize = 75;
    held_since(Build::Second, |build| {
        let server = build.start();
        let statuses = register_at_once(&Realm::open(&server), PHONES);
        let registered = statuses.iter().filter(|status| **status == 201).count();
        let seen = format!("{registered} of {PHONES} at once have an account");
        End::of(registered > 50, seen)
    });
}
