//! The counters behind the public figures, read in a demo realm's state, and what of them may leave.

use core::time::Duration;
use std::path::Path;

use decree::article_3::day_key_destroyed_at;
use harness::Server;
use http_tests::{Person, Realm, Row, authenticated, days, disk, meet, minutes, shared};
use minreq::Method;
use serde_json::{Value, json};
use store::{Native, Sql};

/// What all registries of this realm counted under this name, whatever the day.
fn counted(realm: &Realm, name: &str) -> u64 {
    let rows = realm.state().rows("registry", "registry_figures");
    let count = |row: &Row| row["sealed (opened)"][name].as_u64().expect("a counter");
    rows.iter().map(count).sum()
}

/// The same of its intake.
fn counted_by_intake(realm: &Realm, column: &str) -> u64 {
    let rows = realm.state().rows("intake", "intake_figures");
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
    for row in realm.state().rows("registry", "registry_figures") {
        assert_eq!(row["sealed"].as_str().map(str::len), Some(2 * 50));
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
    let left = realm.state().rows("registry", "registry_figures");
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
            "forgotten",
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

/// A period, by the days that it begins and ends with, and what was counted in it.
type Counted = (u32, u32, u64);

/// Seven days of a country, written into the tally of a stopped server, and what it publishes of them: as worked out by
/// hand from `docs/STATISTICS.md`.
#[test]
fn what_is_published_is_what_was_counted() {
    // Longer than a day and the hour after it.
    const AHEAD: u64 = days(1) + 7_200;
    // registrations, unregistrations, statusChecks, contactsNotified, aboveThresholdTooOld, reports, and of long and then
    // of short codes: issued, used, expired.
    const WEEK: [[u64; 12]; 7] = [
        [60, 0, 300, 0, 0, 5, 9, 5, 0, 0, 0, 0],
        [45, 2, 410, 3, 1, 7, 8, 3, 0, 12, 4, 0],
        [3, 4, 395, 4, 0, 31, 50, 21, 11, 15, 10, 13],
        [8, 4, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        [1, 0, 402, 2, 0, 9, 4, 6, 3, 3, 3, 3],
        [0, 1, 398, 1, 0, 1, 0, 0, 3, 1, 1, 3],
        [0, 0, 401, 6, 2, 3, 3, 1, 2, 2, 2, 1],
    ];
    let mut server = Server::fresh().unwrap();
    let realm = Realm::national(&server);
    Person::register(&realm);
    server.restart_ahead(AHEAD).unwrap();
    realm.follow_clock(AHEAD);
    let counted = realm.get("/api/statistics").is(200).json();
    assert!(counted["from"].is_string(), "{counted}");
    assert!(
        figure(&counted, "registrations")["periods"]
            .as_array()
            .unwrap()
            .is_empty()
    );

    server.kill().unwrap();
    let file = disk::objects(&server, "Tally").pop().unwrap();
    let first = realm.now().day().minus_days(7);
    write(&file, first.number(), &WEEK);
    server.restart().unwrap();
    let day = |after: u32| first.plus_days(after).to_string();
    let statistics = realm.get("/api/statistics").is(200).json();
    assert_eq!(statistics["from"], day(0));
    assert_eq!(statistics["until"], day(6));
    let expected: [(&str, &[Counted], Option<u32>); 12] = [
        (
            "registrations",
            &[(0, 0, 60), (1, 1, 45), (2, 3, 11)],
            Some(4),
        ),
        ("unregistrations", &[(0, 3, 10)], Some(4)),
        (
            "statusChecks",
            &[
                (0, 0, 300),
                (1, 1, 410),
                (2, 2, 395),
                (3, 4, 411),
                (5, 5, 398),
                (6, 6, 401),
            ],
            None,
        ),
        ("contactsNotified", &[(0, 5, 10)], Some(6)),
        ("aboveThresholdTooOld", &[], Some(0)),
        ("reports", &[(0, 1, 12), (2, 2, 31), (3, 5, 10)], Some(6)),
        // Where the reports have a period's end, all that is told of codes reaches ten, and none or ten are out.
        ("longCodesIssued", &[(0, 2, 67)], Some(3)),
        ("longCodesUsed", &[(0, 2, 29)], Some(3)),
        ("longCodesExpired", &[(0, 2, 11)], Some(3)),
        ("shortCodesIssued", &[(0, 2, 27)], Some(3)),
        ("shortCodesUsed", &[(0, 2, 14)], Some(3)),
        ("shortCodesExpired", &[(0, 2, 13)], Some(3)),
    ];
    let shown = expected.map(|(name, periods, since)| {
        let period = |(from, to, count): &Counted| {
            json!({ "from": day(*from), "to": day(*to), "count": count })
        };
        let periods: Vec<_> = periods.iter().map(period).collect();
        json!({ "name": name, "periods": periods, "withheldSince": since.map(day) })
    });
    assert_eq!(statistics["figures"], json!(shown));
    let lines = expected.iter().flat_map(|(name, periods, _)| {
        let line =
            |(from, to, count): &Counted| format!("{name},{},{},{count}\r\n", day(*from), day(*to));
        periods.iter().map(line).collect::<Vec<_>>()
    });
    let lines: String = lines.collect();
    let csv = realm.get("/api/statistics.csv").is(200);
    assert_eq!(csv.text(), format!("figure,from,to,count\r\n{lines}"));

    // Had most of them left on the last day, it would not be told, nor that they have.
    server.kill().unwrap();
    let mut left = WEEK;
    left[6][1] = 95;
    write(&file, first.number(), &left);
    server.restart().unwrap();
    let statistics = realm.get("/api/statistics").is(200).json();
    assert_eq!(statistics["until"], day(6));
    let checks = &figure(&statistics, "statusChecks");
    assert_eq!(checks["periods"].as_array().unwrap().len(), 5);
    assert_eq!(checks["withheldSince"], day(6));
    assert_eq!(
        figure(&statistics, "unregistrations")["periods"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let csv = realm.get("/api/statistics.csv").is(200);
    assert!(
        csv.text()
            .lines()
            .all(|line| !line.starts_with("unregistrations") || line.ends_with(",10"))
    );
}

fn figure(statistics: &Value, name: &str) -> Value {
    let figures = statistics["figures"].as_array().unwrap();
    let found = figures.iter().find(|figure| figure["name"] == name);
    found.unwrap().clone()
}

/// Puts these days into the tally of a stopped server, in the place of those that it has.
fn write(file: &Path, first: u32, days: &[[u64; 12]]) {
    let sql = Native::open(file).unwrap();
    sql.exec("DELETE FROM tally", &[]).unwrap();
    for (day, counts) in (first..).zip(days) {
        let counts = counts.map(|count| count.to_string()).join(", ");
        let row = format!("INSERT INTO tally VALUES ({day}, {counts})");
        sql.exec(&row, &[]).unwrap();
    }
}

/// What a visitor sees vanish is what the receipt lists: nothing is left out, and nothing is made up.
#[test]
fn the_receipt_of_a_day_lists_what_its_key_had_sealed() {
    let server = shared();
    let realm = Realm::open_at_noon(&server);
    let day = realm.now().day();
    let mut people = gathering(&realm, 4, 0);
    for (asked, person) in people.iter_mut().enumerate() {
        realm.advance(1_900);
        assert_eq!(person.ask(), if asked == 0 { 0 } else { 4 });
    }
    let end = day_key_destroyed_at(day);
    // A realm's clock runs.
    realm.advance_to(end - minutes(5));
    let of_day = |row: &Row| row["day"] == day.number();
    let number = |table: &str, counts: &dyn Fn(&Row) -> bool| {
        let rows = realm.state().rows("registry", table);
        rows.iter().filter(|row| counts(row)).count()
    };
    let is_open = |row: &Row| row["verdict (opened)"].is_object();
    let is_readable = |row: &Row| of_day(row) && row["sealed (opened)"].is_object();
    let [exposures, figures] =
        ["exposure", "registry_figures"].map(|table| number(table, &is_readable));
    let verdicts = number("account", &is_open);
    let found = (exposures, figures, verdicts);
    assert!(exposures >= 3 && figures >= 1 && verdicts >= 3, "{found:?}");
    assert_eq!(realm.state().rows("tally", "forgotten"), [] as [Row; 0]);

    realm.advance_to(end);
    let verdicts = verdicts - number("account", &is_open);
    assert!(verdicts >= 3, "three alerts of that day");
    for table in ["exposure", "registry_figures"] {
        assert_eq!(number(table, &of_day), 0, "{table}");
    }
    let listed = realm.state().rows("tally", "forgotten");
    let [listed] = listed.as_slice() else {
        panic!("one day, and not {listed:?}");
    };
    let expected = json!({
        "day": day.number(), "exposures": exposures, "verdicts": verdicts, "figures": figures,
    });
    assert_eq!(json!(listed), expected);
    // Everybody who may read the realm's figures reads the same.
    let exactly = |count: usize| json!({ "from": count, "to": count });
    let published = realm.get("/api/statistics").is(200).json();
    let expected = json!([{
        "day": day.to_string(),
        "exposures": exactly(exposures),
        "verdicts": exactly(verdicts),
        "figures": exactly(figures),
    }]);
    assert_eq!(published["forgotten"], expected);
    // So long a way lists each day that dies on it.
    realm.advance(days(6));
    let listed = realm.state().rows("tally", "forgotten");
    assert_eq!(listed.len(), 7, "{listed:?}");
}
