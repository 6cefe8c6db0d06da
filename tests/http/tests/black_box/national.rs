//! The main proof: real codes, real time, a server killed with reports still on their way.
//!
//! Two people, of whom only their reports are seen here, met the same three others.
//!
//! | | first meeting | second | sum | whose loss or repetition shows |
//! | --- | --- | --- | --- | --- |
//! | A | 6.0 | 6.0 | 12.0 | each is below half the threshold of 14.84; either one twice would alert |
//! | B | 7.0 | 8.0 | 15.0 | either one lost, no alert |
//! | C | 14.0 | 14.0 | 28.0 | either one lost, no alert |
//!
//! What is counted is read where it lies as well: one row of exposure for each of the six contacts.

use core::time::Duration;
use std::path::PathBuf;

use harness::Server;
use http_tests::{Person, Realm, disk, heard, report, score_of};
use robert::Epoch;
use robert::parameters::RISK_THRESHOLD;
use robert::phone::Phone;
use robert::risk::risk;
use service::parcel::Parcel;
use store::{Native, Row, Sql};

#[test]
fn after_a_kill_everyone_who_was_met_learns_it_once() {
    let (outcome, _) = play(Fault::None);
    assert_eq!(outcome, RIGHT);
}

#[test]
fn what_a_registry_refuses_for_a_while_is_not_lost() {
    let (outcome, _) = play(Fault::Away);
    assert_eq!(outcome, RIGHT);
}

/// The proof proves something: it fails when a delivery is lost, and when deliveries are applied twice.
///
/// B is not alerted then. A is not either, since a HELLO of one account, epoch and second counts once: it is the rows
/// that show the repetition.
#[test]
fn the_proof_sees_a_lost_delivery_and_a_repeated_one() {
    let (outcome, copies) = play(Fault::Planted);
    assert!(copies > 0);
    let wrong = Outcome {
        levels: [0, 0, 4],
        exposures: 5 + copies,
    };
    assert_eq!(outcome, wrong);
}

#[derive(Debug, PartialEq)]
struct Outcome {
    /// What A, B and C are told.
    levels: [u64; 3],
    /// Rows of exposure in the registries' files.
    exposures: usize,
}

const RIGHT: Outcome = Outcome {
    levels: [0, 4, 4],
    exposures: 6,
};

/// What is done to the stopped server's files.
#[derive(Clone, Copy, PartialEq)]
enum Fault {
    None,
    /// For a while the registries take themselves for others, and refuse every delivery.
    Away,
    /// One of B's contacts is removed while it waits; later, what was applied so far stands in the registries twice.
    Planted,
}

/// What came of it all, and how many exposures were planted.
fn play(fault: Fault) -> (Outcome, usize) {
    let mut server = Server::fresh().unwrap();
    let realm = Realm::national(&server);
    let mut people = [(); 3].map(|()| Person::register(&realm));
    let bodies = two_reports(
        &mut people.each_mut().map(|person| &mut person.phone),
        &realm,
    );
    for body in &bodies {
        realm.post_bytes("/api/v6/report", body).is(200);
    }
    server.kill().unwrap();
    let owed = waiting(&server);
    assert!(
        !owed.is_empty(),
        "nothing was waiting: the kill came too late to prove anything"
    );
    match fault {
        Fault::Planted => lose_one_of_b(&server),
        Fault::Away => {
            change_registries(&server, "UPDATE place SET of = of + 1");
            server.restart().unwrap();
            // Until the first delivery has been tried.
            let due = owed.iter().map(|(_, row)| row.integer(2).unwrap());
            let first = due.min().unwrap();
            Realm::wait_until(Duration::from_secs(90), "time stands still", || {
                realm.now().unix() > first + 2 && !server.own_words().is_empty()
            });
            server.kill().unwrap();
            assert_eq!(
                waiting(&server).len(),
                owed.len(),
                "acknowledged, and not applied"
            );
            change_registries(&server, "UPDATE place SET of = of - 1");
        }
        Fault::None => {}
    }

    server.restart().unwrap();
    // For all that the reporters know their answers were lost: they send the same bytes again.
    for body in &bodies {
        realm.post_bytes("/api/v6/report", body).is(200);
    }
    let (mut again, mut copies) = (0, 0);
    let before = waiting(&server).len();
    Realm::wait_until(Duration::from_secs(150), "contacts still wait", || {
        let left = waiting(&server).len();
        if again == 0 && (1..before).contains(&left) {
            // Now in the midst of the deliveries.
            server.kill().unwrap();
            again = lose_acknowledgements(&server, &owed);
            if fault == Fault::Planted {
                copies = double_exposures(&server);
            }
            server.restart().unwrap();
        }
        left == 0
    });
    // What was due while the registries were away may have come all at once, before it could be seen.
    assert!(
        again > 0 || fault == Fault::Away,
        "no delivery was made twice"
    );
    let outcome = Outcome {
        levels: people.each_mut().map(Person::ask),
        exposures: exposures(&server),
    };
    // The server met nothing that it did not expect, and wrote down nothing about anybody.
    assert_eq!(
        server.own_words().is_empty(),
        fault != Fault::Away,
        "{}",
        server.own_words()
    );
    (outcome, copies)
}

/// The two reports, as bytes. Everything that is heard lies in one epoch, the newest: what is left of it is
/// heard a few minutes before its time, which nothing on the way can tell.
fn two_reports(people: &mut [&mut Phone; 3], realm: &Realm) -> [Vec<u8>; 2] {
    let epoch = people[2].pseudonyms().next().unwrap().epoch;
    assert!(epoch.distance(Epoch::at(realm.now()).unwrap()) <= 1);
    // Minutes together, seconds between HELLOs. B's come so often that the rows are of a larger size.
    let first = [(7, 10), (8, 4), (15, 10)];
    let second = [(7, 10), (9, 4), (15, 10)];
    // No HELLO is heard by both: each counts once, whoever reports it.
    let meetings = [(0, "long", first), (2, "short", second)];
    let mut scores = [[0.0; 3]; 2];
    let bodies = [0, 1].map(|reporter| {
        let (offset, kind, meetings) = meetings[reporter];
        let contacts: Vec<_> = (0..3)
            .map(|who| {
                let (length, every) = meetings[who];
                let times = (offset..60 * length).step_by(every);
                let contact = heard(people[who], epoch, times);
                scores[reporter][who] = score_of(&contact);
                contact
            })
            .collect();
        report(&realm.code(kind), &contacts)
            .to_string()
            .into_bytes()
    });
    assert_eq!(scores, [[6.0, 7.0, 14.0], [6.0, 8.0, 14.0]]);
    let alerts = |total: f64| risk(total) >= RISK_THRESHOLD;
    assert!(!alerts(2.0 * 6.0) && alerts(3.0 * 6.0) && !alerts(2.0 * 7.0) && alerts(7.0 + 8.0));
    assert!(!alerts(14.0) && alerts(2.0 * 14.0));
    bodies
}

/// Contacts that wait in the intakes' files: id, registry, due moment, body and slot.
pub(super) fn waiting(server: &Server) -> Vec<(PathBuf, Row)> {
    const ROWS: &str = "SELECT id, \"to\", due, body, slot FROM outbox";
    let is_contact = |row: &Row| {
        matches!(
            Parcel::from_bytes(row.blob(3).unwrap()),
            Ok(Parcel::Kept { .. })
        )
    };
    let files = disk::objects(server, "Intake").into_iter();
    let rows = files.flat_map(|file| {
        let rows = disk::query(&file, "outbox", ROWS);
        rows.into_iter().map(move |row| (file.clone(), row))
    });
    rows.filter(|(_, row)| is_contact(row)).collect()
}

/// Puts the stopped intakes back to where they stood before they knew of deliveries that a registry has applied
/// and still remembers. How many there are.
fn lose_acknowledgements(server: &Server, owed: &[(PathBuf, Row)]) -> usize {
    const PUT_BACK: &str =
        "INSERT INTO outbox (id, \"to\", due, body, slot) VALUES (?1, ?2, ?3, ?4, ?5)";
    const UNSAY: &str = "DELETE FROM outbox WHERE body = ?1";
    // Its key is not destroyed while it waits.
    const WAITS: &str = "UPDATE transit SET waiting = waiting + 1 WHERE slot = ?1";
    let registries = disk::objects(server, "Registry").into_iter();
    let applied: Vec<_> = registries
        .flat_map(|file| disk::query(&file, "applied", "SELECT id FROM applied"))
        .map(|row| row.array::<16>(0).unwrap())
        .collect();
    let still: Vec<_> = waiting(server);
    let lost = owed.iter().filter(|(_, row)| {
        applied.contains(&row.array(0).unwrap())
            && still.iter().all(|(_, kept)| kept.0[0] != row.0[0])
    });
    let mut count = 0;
    for (file, row) in lost {
        let sql = Native::open(file).unwrap();
        sql.exec(PUT_BACK, &row.0).unwrap();
        let Ok(Parcel::Kept { slot, .. }) = Parcel::from_bytes(row.blob(3).unwrap()) else {
            panic!("not a contact that waits");
        };
        sql.exec(WAITS, &[u32::from(slot).into()]).unwrap();
        let word = Parcel::Forgotten(row.array(0).unwrap()).to_bytes();
        sql.exec(UNSAY, &[word.into()]).unwrap();
        count += 1;
    }
    count
}

/// Exposures in the registries' files.
fn exposures(server: &Server) -> usize {
    let files = disk::objects(server, "Registry");
    let count = |file| disk::query(file, "exposure", "SELECT 1 FROM exposure").len();
    files.iter().map(|file| count(file)).sum()
}

fn lose_one_of_b(server: &Server) {
    // 120 HELLOs and more are sealed in 4,096 bytes, fewer in less.
    let (file, row) = waiting(server)
        .into_iter()
        .find(|(_, row)| row.blob(3).unwrap().len() > 4_096)
        .expect("one of B's contacts waits");
    let sql = Native::open(&file).unwrap();
    sql.exec("DELETE FROM outbox WHERE id = ?1", &row.0[..1])
        .unwrap();
}

/// Returns how many there were.
fn double_exposures(server: &Server) -> usize {
    const DOUBLE: &str =
        "INSERT INTO exposure (id, sealed) SELECT id + 1 - 2 * (id & 1), sealed FROM exposure";
    let before = exposures(server);
    change_registries(server, DOUBLE);
    before
}

/// Runs this on every registry that was ever written to.
fn change_registries(server: &Server, statement: &str) {
    for file in disk::objects(server, "Registry") {
        if !disk::query(&file, "place", "SELECT of FROM place").is_empty() {
            Native::open(&file).unwrap().exec(statement, &[]).unwrap();
        }
    }
}
