//! The work behind an answer, as it can be counted: rows that it adds, changes and removes.

use std::collections::BTreeSet;

use harness::Server;
use http_tests::{Realm, disk, minutes};
use serde_json::Value as Json;
use silence_tests::reports::{CONTACTS, Company};
use silence_tests::rows::{Difference, Rows, all, difference, table};
use silence_tests::statuses::Crowd;
use silence_tests::{Line, Random};

use crate::alone;

#[test]
fn a_status_changes_the_same_rows_whoever_asks() {
    let _alone = alone();
    let server = Server::fresh().unwrap();
    // At midnight rows change whoever asks.
    let realm = Realm::open_at_noon(&server);
    let mut crowd = Crowd::gather(&realm, 3, &mut Random::seeded(1));
    let mut line = Line::open(&server.address());
    // The first answer after an alert, and the next.
    for round in 0..2 {
        crowd.wait();
        let at_risk = crowd.at_risk();
        assert!(at_risk.contains(&true) && at_risk.contains(&false));
        let mut differences = Vec::new();
        for who in 0..at_risk.len() {
            let before = rows(&server);
            crowd.ask(who, &mut line);
            differences.push(difference(&before, &rows(&server)));
        }
        let expected = &differences[0];
        for (at_risk, found) in at_risk.into_iter().zip(&differences) {
            assert_eq!(found, expected, "round {round}, at risk: {at_risk}");
        }
        let [gone, come] = &expected[&table("Registry", "account")];
        assert_eq!((gone.len(), come), (1, gone), "one account, resealed");
    }
}

#[test]
fn a_decoy_adds_the_same_rows_as_a_report() {
    let _alone = alone();
    let server = Server::fresh().unwrap();
    let realm = Realm::open_at_noon(&server);
    let mut company = Company::gather(&realm);
    for (who, contacts) in CONTACTS.into_iter().enumerate() {
        let [real, decoy] = company.bodies(who, &realm.code("long"));
        let [_, next] = company.bodies(who, &realm.code("long"));
        let [real, decoy, next] = [real, decoy, next].map(|body| stored(&server, &realm, &body));
        let name = format!("a phone with {contacts} contacts");
        assert_eq!(decoy, next, "{name}");
        // A report uses its code up, where a decoy leaves its stamp: one row of the same table.
        let code = table("Intake", "code");
        let used = [&real, &decoy].map(|[at_once, _]| at_once[&code].each_ref().map(Vec::len));
        assert_eq!(used, [[1, 0], [0, 1]], "{name}");
        let [real, decoy] = [real, decoy].map(|[mut at_once, later]| {
            at_once.remove(&code);
            [at_once, later]
        });
        assert_eq!(real[0], decoy[0], "{name}");
        let [_, waiting] = real[0]
            .get(&table("Intake", "outbox"))
            .cloned()
            .unwrap_or_default();
        assert_eq!(waiting.len(), contacts, "{name}");
        let [_, answered] = &real[0][&table("Intake", "answered")];
        assert_eq!(answered.len(), 1, "{name}");

        // When they are due a decoy's contacts are dropped.
        let outbox = table("Intake", "outbox");
        assert_eq!(real[1].get(&outbox), decoy[1].get(&outbox), "{name}");
        let exposed = decoy[1].get(&table("Registry", "exposure"));
        assert_eq!(exposed, None, "a decoy exposes nobody");
    }
}

/// In the national realm, since a demo realm does not show what comes between.
#[test]
fn a_decoys_contacts_wait_as_a_reports_do_and_go_nowhere() {
    let _alone = alone();
    let server = Server::fresh().unwrap();
    let realm = Realm::national(&server);
    let mut company = Company::gather(&realm);
    let ids = |class, table, which: &str| -> BTreeSet<[u8; 16]> {
        let files = disk::objects(&server, class).into_iter();
        let rows = files.flat_map(|file| disk::query(&file, table, which));
        rows.map(|row| row.array(0).unwrap()).collect()
    };
    // Contacts alone: each waits under a key in a slot.
    const WAITING: &str = "SELECT id FROM outbox WHERE slot IS NOT NULL";
    let waiting = || ids("Intake", "outbox", WAITING);
    let mut sent = [BTreeSet::new(), BTreeSet::new()];
    for who in 0..CONTACTS.len() {
        let bodies = company.bodies(who, &realm.code("short"));
        for (sent, body) in sent.iter_mut().zip(bodies) {
            let before = waiting();
            realm.post("/api/v6/report", &body).is(200);
            sent.extend(waiting().difference(&before));
        }
    }
    let expected = CONTACTS.into_iter().sum::<usize>();
    assert_eq!(sent.each_ref().map(BTreeSet::len), [expected; 2]);
    let [real, decoys] = sent;
    let mut applied = BTreeSet::new();
    Realm::wait_until(minutes(3), "some contacts were not remembered", || {
        applied.extend(ids("Registry", "applied", "SELECT id FROM applied"));
        real.is_subset(&applied) && waiting().is_empty()
    });
    assert!(decoys.is_disjoint(&applied), "a decoy's contact travelled");
}

/// What sending this report changes at once, and what its delivery changes later.
fn stored(server: &Server, realm: &Realm, body: &Json) -> [Difference; 2] {
    let before = rows(server);
    realm.post("/api/v6/report", body).is(200);
    let sent = rows(server);
    realm.advance(0);
    let delivered = rows(server);
    // What both still owe one another is settled before the next one comes.
    realm.advance(300);
    [difference(&before, &sent), difference(&sent, &delivered)]
}

fn rows(server: &Server) -> Rows {
    all(server, &["Registry", "Intake"])
}
