//! The press kit's story in a demo realm, played by three phones.

use core::time::Duration;

use http_tests::{Person, Realm, Row, authenticated, meet, minutes, shared};
use robert::phone::Phone;

/// Sylvie and Johanna meet at the start of an epoch, Johanna reports, the visitor lets what waits be delivered:
/// what Sylvie is told.
fn level_after(length: Duration, metres: f64) -> u64 {
    let server = shared();
    let realm = Realm::open(&server);
    let (mut sylvie, mut johanna) = (Person::register(&realm), Person::register(&realm));
    let start = realm.next_epoch();
    meet(&mut sylvie.phone, &mut johanna.phone, start, length, metres);
    realm.advance_to(start + length + minutes(30));
    johanna.report(&realm.code("short")).is(200);
    realm.advance(0);
    assert_eq!(johanna.ask(), 0, "who reports is told nothing");
    sylvie.ask()
}

#[test]
fn fifteen_minutes_are_not_enough() {
    assert_eq!(level_after(minutes(15), 0.8), 0);
}

#[test]
fn twenty_minutes_are_enough() {
    assert_eq!(level_after(minutes(20), 0.8), 4);
}

#[test]
fn twenty_minutes_at_five_metres_are_not_enough() {
    assert_eq!(level_after(minutes(20), 5.0), 0);
}

#[test]
fn three_people_two_alerts_and_one_report() {
    let server = shared();
    let realm = Realm::open(&server);
    let (mut sylvie, mut justin) = (Person::register(&realm), Person::register(&realm));
    let (mut johanna, mut passer_by) = (Person::register(&realm), Person::register(&realm));
    let start = realm.next_epoch();
    meet(
        &mut johanna.phone,
        &mut sylvie.phone,
        start,
        minutes(20),
        0.8,
    );
    let later = start + minutes(20);
    meet(
        &mut johanna.phone,
        &mut justin.phone,
        later,
        minutes(20),
        0.8,
    );
    let later = later + minutes(20);
    meet(
        &mut johanna.phone,
        &mut passer_by.phone,
        later,
        minutes(5),
        2.0,
    );
    realm.advance_to(start + minutes(60));

    // Before the report nobody is at risk.
    assert_eq!(sylvie.ask(), 0);
    johanna.report(&realm.code("long")).is(200);

    // What was reported waits: nothing is known of it in the registries.
    let state = realm.state();
    assert!(!state.rows("intake", "outbox").is_empty());
    assert!(state.rows("registry", "exposure").is_empty());
    assert_eq!(justin.ask(), 0);

    // Reading the clock is enough for it to arrive.
    realm.advance(0);
    let state = realm.state();
    let outbox = state.rows("intake", "outbox");
    assert!(
        outbox
            .iter()
            .all(|row| row["body (opened)"].get("account").is_none()),
        "{outbox:?}"
    );
    let at_risk = |row: &&Row| row["verdict (opened)"]["atRisk"] == true;
    assert_eq!(
        state
            .rows("registry", "account")
            .iter()
            .filter(at_risk)
            .count(),
        2
    );

    realm.advance(30 * 60);
    // Nothing tells any more who was met together.
    let state = realm.state();
    assert_eq!(state.rows("intake", "outbox"), [] as [Row; 0]);
    assert_eq!(state.rows("registry", "applied"), [] as [Row; 0]);
    assert_eq!(
        [sylvie.ask(), justin.ask(), passer_by.ask(), johanna.ask()],
        [4, 4, 0, 0]
    );

    // Every column that is shown says what it is for.
    for ((table, column), item) in state.items() {
        let law = item
            .strip_prefix("2-I-")
            .and_then(|number| number.parse::<u8>().ok());
        let is_law = law.is_some_and(|number| (1..=10).contains(&number));
        assert!(
            is_law || item.starts_with("protocol: "),
            "{table}.{column}: {item}"
        );
    }
}

/// The deployed gap: two epochs. The phone knows it and does not ask; a client that does is refused.
#[test]
fn asking_again_too_soon_is_refused() {
    let server = shared();
    let realm = Realm::open(&server);
    let mut sylvie = Person::register(&realm);
    // What the phone was before it asked: restored from it, it does not know that it has.
    let saved = sylvie.phone.save(realm.now());
    let ask = || {
        let mut phone = Phone::restore(&saved, realm.now()).unwrap();
        let request = phone.ask(realm.now()).unwrap();
        realm
            .post("/api/v6/status", &authenticated(&request))
            .status
    };
    realm.advance_to(realm.next_epoch());
    assert_eq!([ask(), ask()], [200, 400]);
    realm.advance(900);
    assert_eq!(ask(), 400, "an epoch later");
    realm.advance(900);
    assert_eq!([ask(), ask()], [200, 400], "two epochs later");
}
