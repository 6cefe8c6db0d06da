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
use std::thread;

use harness::Server;
use http_tests::{Person, Realm, disk, report, seconds};
use robert::parameters::RISK_THRESHOLD;
use robert::phone::Phone;
use robert::risk::risk;
use robert::score::{Sample, score};
use robert::{Contact, Epoch, HeardHello, Ntp};
use service::parcel::Parcel;
use store::{Native, Sql};

#[test]
fn after_a_kill_everyone_who_was_met_learns_it_once() {
    assert_eq!(play(Fault::None), RIGHT);
}

/// The proof proves something: it fails when a delivery is lost, and when deliveries are made twice.
///
/// The last fault cannot be planted behind the registries' back: they remember the ids of deliveries, and a
/// HELLO of one account, epoch and second counts once. So each copy comes under an id of its own; then the
/// rows show it, while the verdicts stay right.
#[test]
fn the_proof_sees_a_lost_delivery_and_a_repeated_one() {
    let (lost, repeated) = thread::scope(|scope| {
        let lost = scope.spawn(|| play(Fault::Lost));
        let repeated = scope.spawn(|| play(Fault::Repeated));
        (lost.join().unwrap(), repeated.join().unwrap())
    });
    let without_b = Outcome {
        levels: [0, 0, 4],
        exposures: 5,
    };
    assert_eq!(lost, without_b);
    let twice = Outcome {
        exposures: 12,
        ..RIGHT
    };
    assert_eq!(repeated, twice);
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
    /// One of B's contacts is removed.
    Lost,
    /// Every contact waits twice.
    Repeated,
}

fn play(fault: Fault) -> Outcome {
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

    let kept = waiting(&server);
    assert!(
        kept > 0,
        "nothing was waiting: the kill came too late to prove anything"
    );
    plant(&server, fault);
    let owed = waiting(&server);

    server.restart().unwrap();
    // For all that the reporters know their answers were lost: they send the same bytes again.
    for body in &bodies {
        realm.post_bytes("/api/v6/report", body).is(200);
    }
    let mut killed_again = false;
    Realm::wait_until(Duration::from_secs(150), "contacts still wait", || {
        let left = waiting(&server);
        if !killed_again && (1..owed).contains(&left) {
            // In the midst of the deliveries, too.
            server.restart().unwrap();
            killed_again = true;
        }
        left == 0
    });
    Outcome {
        levels: people.each_mut().map(Person::ask),
        exposures: exposures(&server),
    }
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

/// What is heard of this phone, close by, at these seconds of an epoch.
fn heard(phone: &mut Phone, epoch: Epoch, times: impl Iterator<Item = u64>) -> Contact {
    let mut spoken = times.map(|second| {
        let at = epoch.start() + seconds(second);
        (phone.emit(at).unwrap(), Ntp::from(at))
    });
    let (first, at) = spoken.next().unwrap();
    let mut hellos = vec![HeardHello::new(&first, at, -40)];
    hellos.extend(spoken.map(|(hello, at)| HeardHello::new(&hello, at, -40)));
    Contact {
        ebid: first.ebid,
        ecc: first.ecc,
        hellos,
    }
}

fn score_of(contact: &Contact) -> f64 {
    let sample = |heard: &HeardHello| Sample {
        seconds: heard.collected.into(),
        rssi: heard.rssi,
    };
    let samples: Vec<_> = contact.hellos.iter().map(sample).collect();
    score(&samples).score
}

/// Contacts that wait in the intakes' files.
fn waiting(server: &Server) -> usize {
    let is_contact = |body: &[u8]| matches!(Parcel::from_bytes(body), Some(Parcel::Contact { .. }));
    let files = disk::objects(server, "Intake");
    let rows = files
        .iter()
        .flat_map(|file| disk::query(file, "outbox", "SELECT body FROM outbox"));
    rows.filter(|row| is_contact(row.blob(0).unwrap())).count()
}

/// Exposures in the registries' files.
fn exposures(server: &Server) -> usize {
    let files = disk::objects(server, "Registry");
    let count = |file| disk::query(file, "exposure", "SELECT 1 FROM exposure").len();
    files.iter().map(|file| count(file)).sum()
}

/// Changes what waits, as no crash and no retry of the platform may.
fn plant(server: &Server, fault: Fault) {
    // 120 HELLOs and more are sealed in 4,096 bytes.
    const B: &str = "SELECT id FROM outbox WHERE length(body) > 4096";
    const LOSE: &str = "DELETE FROM outbox WHERE id = ?1";
    const REPEAT: &str = "INSERT INTO outbox SELECT randomblob(16), \"to\", due, body FROM outbox";
    for file in disk::objects(server, "Intake") {
        let sql = || Native::open(&file).unwrap();
        match fault {
            Fault::None => {}
            Fault::Lost => {
                if let Some(row) = disk::query(&file, "outbox", B).first() {
                    sql().exec(LOSE, &row.0).unwrap();
                    return;
                }
            }
            Fault::Repeated => {
                if !disk::query(&file, "outbox", "SELECT 1 FROM outbox").is_empty() {
                    sql().exec(REPEAT, &[]).unwrap();
                }
            }
        }
    }
    assert!(fault != Fault::Lost, "none of B's contacts was waiting");
}
