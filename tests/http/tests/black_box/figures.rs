//! The counters behind the public figures, read in a demo realm's state, and what of them may leave.

use core::time::Duration;

use harness::Server;
use http_tests::{Person, Realm, Row, authenticated, days, meet, minutes, shared};
use minreq::Method;
use serde_json::{Value, json};

/// What all registries of this realm counted under this name, whatever the day.
fn counted(realm: &Realm, name: &str) -> u64 {
    let rows = realm.state().rows("registry", "figures");
    let count = |row: &Row| row["sealed (opened)"][name].as_u64().expect("a counter");
    rows.iter().map(count).sum()
}

/// The same of its intake.
fn counted_by_intake(realm: &Realm, column: &str) -> u64 {
    let rows = realm.state().rows("intake", "figures");
    rows.iter()
        .map(|row| row[column].as_u64().expect("a counter"))
        .sum()
}

/// Johanna is near each of the others for an hour, one after the other, and reports so many days after.
fn gathering(realm: &Realm, people: usize, days_later: u64) -> Vec<Person<'_>> {
    let mut others: Vec<_> = (0..people).map(|_| Person::register(realm)).collect();
    let mut johanna = others.remove(0);
    let mut start = realm.next_epoch();
    for other in &mut others {
        meet(&mut johanna.phone, &mut other.phone, start, HOUR, 0.8);
        start = start + HOUR;
    }
    realm.advance_to(start);
    if days_later > 0 {
        realm.advance(days(days_later));
    }
    johanna.report(&realm.code("long")).is(200);
    realm.advance(0);
    others.insert(0, johanna);
    others
}

const HOUR: Duration = minutes(60);

/// The official suite's rows: 2 people met 8 days ago, 4 people, and 6 days ago.
#[test]
fn too_old_above_the_threshold_is_counted_once_a_person() {
    let server = shared();
    for (people, days_later, expected) in [(2, 8, 1), (4, 8, 3), (2, 6, 0)] {
        let realm = Realm::open(&server);
        gathering(&realm, people, days_later);
        let too_old = counted(&realm, "aboveThresholdTooOld");
        assert_eq!(too_old, expected, "{people} people, {days_later} days ago");
        let at_risk = |row: &&Row| row["verdict (opened)"]["atRisk"] == true;
        let accounts = realm.state().rows("registry", "account");
        let alerted = accounts.iter().filter(at_risk).count();
        assert_eq!(alerted, if expected == 0 { people - 1 } else { 0 });
    }
}

/// The official suite's rows: one more at the first alert, none at a further question, one more at a new risk.
#[test]
fn who_is_at_risk_is_notified_once() {
    let server = shared();
    let realm = Realm::open(&server);
    let mut people = gathering(&realm, 2, 0);
    let notified = || counted(&realm, "contactsNotified");
    assert_eq!(notified(), 0, "nobody has asked yet");
    // Who is not at risk asks: no difference.
    assert_eq!(people[0].ask(), 0);
    assert_eq!(notified(), 0);
    assert_eq!(people[1].ask(), 4);
    assert_eq!(notified(), 1);
    realm.advance(30 * 60);
    assert_eq!(people[1].ask(), 4);
    assert_eq!(notified(), 1);

    realm.advance(days(2));
    let mut justin = Person::register(&realm);
    assert_eq!(people[1].ask(), 4);
    assert_eq!(notified(), 1);
    let start = realm.next_epoch();
    meet(&mut justin.phone, &mut people[1].phone, start, HOUR, 0.8);
    realm.advance_to(start + HOUR);
    justin.report(&realm.code("short")).is(200);
    realm.advance(0);
    assert_eq!(people[1].ask(), 4);
    assert_eq!(notified(), 2);
    assert_eq!(counted(&realm, "statusChecks"), 5);
    assert_eq!(counted(&realm, "aboveThresholdTooOld"), 0);
}

/// The official suite's row for reports, and the rest of what an intake counts.
#[test]
fn reports_and_codes_are_counted() {
    let server = shared();
    let realm = Realm::open(&server);
    let count = |column: &str| counted_by_intake(&realm, column);
    let code = realm.code("long");
    let body = json!({ "token": code, "contacts": [] });
    assert_eq!((count("reports"), count("long_issued")), (0, 1));
    realm.post("/api/v6/report", &body).is(200);
    assert_eq!((count("reports"), count("long_used")), (1, 1));
    // The lost answer is given again, and counts for nothing.
    realm.post("/api/v6/report", &body).is(200);
    let spaced = format!("{body} ");
    realm
        .post_bytes("/api/v6/report", spaced.as_bytes())
        .is(401);
    assert_eq!((count("reports"), count("long_used")), (1, 1));

    realm.code("short");
    realm.code("long");
    realm.advance(61 * 60);
    assert_eq!((count("short_issued"), count("short_expired")), (1, 1));
    assert_eq!(count("long_expired"), 0);
    realm.advance(days(8));
    assert_eq!((count("long_issued"), count("long_expired")), (2, 1));
    assert_eq!((count("short_used"), count("decoys")), (0, 0));
}

#[test]
fn comings_and_goings_are_counted() {
    let server = shared();
    let realm = Realm::open(&server);
    let mut sylvie = Person::register(&realm);
    let _justin = Person::register(&realm);
    sylvie.ask();
    let request = sylvie.phone.unregister(realm.now()).unwrap();
    let body = authenticated(&request);
    realm.post("/api/v6/unregister", &body).is(200);
    // Refused, nobody left.
    realm.post("/api/v6/unregister", &body).is(430);
    for (name, expected) in [
        ("registrations", 2),
        ("unregistrations", 1),
        ("statusChecks", 1),
        ("contactsNotified", 0),
    ] {
        assert_eq!(counted(&realm, name), expected, "{name}");
    }
    // Each row has one size, whatever it counts.
    for row in realm.state().rows("registry", "figures") {
        assert_eq!(row["sealed"].as_str().map(str::len), Some(2 * 49));
    }
}

/// Ten people register in a day, the floor is reached: but they are few, and no number leaves.
#[test]
fn nothing_leaves_a_realm_of_few_people() {
    let server = shared();
    let realm = Realm::open(&server);
    let first = realm.now().day().plus_days(1);
    realm.advance_to(first.start() + minutes(12 * 60));
    let statistics = |realm: &Realm| realm.get("/api/statistics").is(200).json();
    let nothing = statistics(&realm);
    assert_eq!(nothing["from"], Value::Null);
    assert_eq!(nothing["until"], Value::Null);
    assert_eq!(realm.state().rows("tally", "tally"), [] as [Row; 0]);

    for _ in 0..10 {
        Person::register(&realm);
    }
    // The day is over, but not yet complete.
    let midnight = first.plus_days(1).start();
    realm.advance_to(midnight + minutes(50));
    assert_eq!(statistics(&realm), nothing);
    realm.advance_to(midnight + minutes(61));
    let withheld = statistics(&realm);
    let day = first.to_string();
    assert_eq!(withheld["from"], json!(day));
    assert_eq!(withheld["until"], json!(day));
    for (name, expected) in [
        ("floor", json!(10)),
        ("peopleNeeded", json!(100)),
        ("missing", json!([])),
    ] {
        assert_eq!(withheld[name], expected, "{name}");
    }
    let names = [
        "registrations",
        "unregistrations",
        "statusChecks",
        "contactsNotified",
        "aboveThresholdTooOld",
        "reports",
        "longCodesIssued",
        "longCodesUsed",
        "longCodesExpired",
        "shortCodesIssued",
        "shortCodesUsed",
        "shortCodesExpired",
    ];
    let figures = names.map(|name| json!({ "name": name, "periods": [], "withheldSince": day }));
    assert_eq!(withheld["figures"], json!(figures));
    let csv = realm.get("/api/statistics.csv").is(200);
    assert_eq!(csv.header("content-type"), Some("text/csv; charset=utf-8"));
    assert_eq!(csv.text(), "figure,from,to,count\r\n");
    realm
        .send(Method::Post, "/api/statistics.csv", &[], None)
        .is(405);

    // The tally knows the number, and shows it to the visitor of this realm alone.
    let rows = realm.state().rows("tally", "tally");
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["registrations"], 10);
    // What was collected stays when the registries have forgotten it.
    realm.advance(days(16));
    let later = statistics(&realm);
    assert_eq!(later["from"], json!(day));
    // The clock moved in one piece, and none of these days was forgotten before it was collected.
    assert_eq!(later["missing"], json!([]));
    let rows = realm.state().rows("tally", "tally");
    assert_eq!((rows.len(), &rows[0]["registrations"]), (17, &json!(10)));
    let left = realm.state().rows("registry", "figures");
    assert_eq!(left, [] as [Row; 0]);
}

/// The longest move that there is: what was counted on its first day is not lost on the way.
#[test]
fn a_long_move_of_the_clock_loses_no_figures() {
    let server = shared();
    let realm = Realm::open(&server);
    let first = realm.now().day().to_string();
    let mut sylvie = Person::register(&realm);
    sylvie.ask();
    realm.code("long");
    realm.advance(days(31));
    let told = realm.get("/api/statistics").is(200).json();
    assert_eq!(
        (&told["from"], &told["missing"]),
        (&json!(first), &json!([]))
    );
    let rows = realm.state().rows("tally", "tally");
    assert_eq!(rows[0]["registrations"], 1);
    assert_eq!(
        (&rows[0]["status_checks"], &rows[0]["long_issued"]),
        (&json!(1), &json!(1))
    );
}

/// In the national realm too, where nothing was counted yet: always every figure, and no period.
#[test]
fn the_national_figures_are_there_from_the_first_day() {
    let server = Server::fresh().unwrap();
    let realm = Realm::national(&server);
    let statistics = realm.get("/api/statistics").is(200);
    assert_eq!(
        statistics.names(),
        [
            "figures",
            "floor",
            "from",
            "missing",
            "peopleNeeded",
            "until"
        ]
    );
    let statistics = statistics.json();
    assert_eq!(statistics["from"], Value::Null);
    let figures = statistics["figures"].as_array().unwrap();
    assert_eq!(figures.len(), 12);
    assert!(figures.iter().all(|figure| figure["periods"] == json!([])));
    let csv = realm.get("/api/statistics.csv").is(200);
    assert_eq!(csv.text(), "figure,from,to,count\r\n");
}
