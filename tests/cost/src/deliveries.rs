//! Contacts on their way: what each costs the server, and how long after its moment it arrives.

use std::thread::sleep;
use std::time::{Duration, Instant};

use harness::{Result, Server};
use http_tests::{Person, Realm, disk, heard, report, seconds};
use robert::Contact;
use serde_json::Value;
use service::parcel::Parcel;

/// People who are reported: each is met by many.
pub(crate) const PEOPLE: usize = 60;
/// Contacts of one report.
pub(crate) const IN_A_REPORT: usize = 50;
/// HELLOs of one contact.
const HELLOS: u64 = 15;

/// Questions for the server's time between two looks at what waits.
const CLOCKS: usize = 50;

/// What was measured.
pub(crate) struct Measured {
    /// How many contacts.
    pub(crate) contacts: usize,
    /// What keeping one of them cost the server, until its report was answered.
    pub(crate) kept: Duration,
    /// What delivering one of them cost, the word to its registry that it may be forgotten included.
    pub(crate) delivered: Duration,
    /// From the last answer until nothing waited any more.
    pub(crate) lasted: Duration,
    /// How long others waited meanwhile for the server's time: one in two, and one in a hundred, waited longer.
    pub(crate) clock: [Duration; 2],
}

/// Reports so many contacts to a server of its own, which forgets all keys that it remembers before it delivers.
///
/// # Errors
/// Of the server.
///
/// # Panics
/// When a report is refused, or something waits for more than ten minutes.
pub(crate) fn measure(contacts: usize) -> Result<Measured> {
    let mut server = Server::fresh()?;
    let realm = Realm::national(&server);
    let bodies = bodies(&realm, contacts);
    let before = server.processor_time()?;
    for body in &bodies {
        realm.post("/api/v6/report", body).is(200);
    }
    let kept = server.processor_time()? - before;
    // A contact waits for a minute at the most, and its word for one more.
    server.restart_ahead(180)?;
    realm.follow(&server);
    let begun = Instant::now();
    let before = server.processor_time()?;
    let mut clock = Vec::new();
    loop {
        assert!(begun.elapsed() < seconds(600), "something waits for ever");
        for _ in 0..CLOCKS {
            let asked = Instant::now();
            realm.get("/api/v6/clock").is(200);
            clock.push(asked.elapsed());
            sleep(Duration::from_millis(20));
        }
        if waiting(&server) == 0 {
            break;
        }
    }
    let (lasted, delivered) = (begun.elapsed(), server.processor_time()? - before);
    clock.sort();
    let of_each = u32::try_from(contacts).expect("so many");
    Ok(Measured {
        contacts,
        kept: kept / of_each,
        delivered: delivered / of_each,
        lasted,
        clock: [clock[clock.len() / 2], clock[clock.len() * 99 / 100]],
    })
}

/// Reports so many contacts to this realm.
pub(crate) fn report_all(realm: &Realm, contacts: usize) {
    for body in bodies(realm, contacts) {
        realm.post("/api/v6/report", &body).is(200);
    }
}

fn bodies(realm: &Realm, contacts: usize) -> Vec<Value> {
    let mut people: Vec<_> = (0..PEOPLE).map(|_| Person::register(realm)).collect();
    reports(&mut people, contacts)
        .into_iter()
        .map(|contacts| report(&realm.code("long"), &contacts))
        .collect()
}

/// So many contacts, in reports of the same size: one after the other with everybody, in each epoch that their phones
/// have pseudonyms of, so that every contact is kept.
pub(crate) fn reports(people: &mut [Person<'_>], contacts: usize) -> Vec<Vec<Contact>> {
    let epochs: Vec<_> = people[0].phone.pseudonyms().map(|own| own.epoch).collect();
    let mut met = Vec::with_capacity(contacts);
    'all: for epoch in epochs {
        for person in &mut *people {
            if met.len() == contacts {
                break 'all;
            }
            let times = (0..HELLOS).map(|hello| 10 * hello);
            met.push(heard(&mut person.phone, epoch, times));
        }
    }
    assert_eq!(met.len(), contacts, "too few epochs");
    met.chunks(IN_A_REPORT).map(<[Contact]>::to_vec).collect()
}

/// Contacts that wait in the intakes.
pub(crate) fn waiting(server: &Server) -> usize {
    let is_contact = |body: &[u8]| matches!(Parcel::from_bytes(body), Ok(Parcel::Kept { .. }));
    let files = disk::objects(server, "Intake").into_iter();
    let rows = files.flat_map(|file| disk::query(&file, "outbox", "SELECT body FROM outbox"));
    rows.filter(|row| row.blob(0).is_ok_and(is_contact)).count()
}
