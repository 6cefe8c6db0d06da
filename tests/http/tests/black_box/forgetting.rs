//! Sixteen days later: what was stored of a meeting is gone, and nothing that is left opens what remains of it.

use std::collections::BTreeSet;

use harness::Server;
use http_tests::thief::{Thief, array};
use http_tests::{Person, Realm, Row, authenticated, days, disk, meet, minutes, unhex};
use robert::auth::AuthRequest;
use robert::phone::Unknown;
use serde_json::Value;
use store::Value as Stored;

/// Everything that somebody who takes the files and the keys could try to open.
#[derive(Default)]
struct Loot {
    /// Sealed values, as stored.
    sealed: BTreeSet<Vec<u8>>,
    /// Accounts, by which sealed values are bound to their rows.
    accounts: BTreeSet<Vec<u8>>,
    /// Keys of 256 bits, whatever they are for.
    keys: BTreeSet<Vec<u8>>,
    /// The keys of accounts' records: a day's key seals with each of them.
    records: BTreeSet<Vec<u8>>,
    /// The days' keys, as stored.
    wrapped: BTreeSet<Vec<u8>>,
}

impl Loot {
    fn take(realm: &Realm) -> Self {
        let (state, mut loot) = (realm.state(), Self::default());
        let bytes = |row: &Row, column: &str| row[column].as_str().map(unhex);
        for row in state.rows("registry", "account") {
            loot.accounts.extend(bytes(&row, "id"));
            loot.sealed.extend(bytes(&row, "verdict"));
            for key in ["key_for_mac (opened)", "key_for_tuples (opened)"] {
                loot.keys.extend(bytes(&row, key));
            }
        }
        for row in state.rows("registry", "exposure") {
            loot.sealed.extend(bytes(&row, "sealed"));
        }
        for row in state.rows("intake", "outbox") {
            // Before what is sealed: one byte for what it is, four for the day.
            let body = bytes(&row, "body").unwrap();
            loot.sealed.insert(body[5.min(body.len())..].to_vec());
        }
        for row in state.rows("registry", "account") {
            loot.records.extend(bytes(&row, "safe (opened)"));
        }
        for row in state.rows("vault", "keys") {
            // As stored, and opened.
            let [stored, opened] = row.values().collect::<Vec<_>>()[..] else {
                panic!("two columns: {row:?}");
            };
            loot.wrapped.insert(unhex(stored.as_str().unwrap()));
            let key = opened["dataKey"].as_str().unwrap();
            loot.keys.insert(unhex(key));
        }
        loot
    }

    /// How many of these sealed values open with any of these keys, as anything that the server seals.
    fn open(&self, sealed: &BTreeSet<Vec<u8>>, with: &Self) -> usize {
        let records: Vec<_> = with.records.iter().map(|key| array(key)).collect();
        let accounts = self.accounts.iter().map(Vec::as_slice);
        let thief = Thief::new(
            with.keys.iter().map(|key| (array(key), None)),
            &records,
            accounts,
        );
        let opens = |value: &&Vec<u8>| thief.open(value).is_some();
        sealed.iter().filter(opens).count()
    }

    fn add(&mut self, other: Self) {
        self.sealed.extend(other.sealed);
        self.accounts.extend(other.accounts);
        self.keys.extend(other.keys);
        self.records.extend(other.records);
        self.wrapped.extend(other.wrapped);
    }
}

#[test]
fn after_sixteen_days_nothing_that_is_left_opens_what_was_stored() {
    let mut server = Server::fresh().unwrap();
    let realm = Realm::open(&server);
    let (mut sylvie, mut justin) = (Person::register(&realm), Person::register(&realm));
    let mut johanna = Person::register(&realm);
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
    // Days later: what is written then must not live on for as many.
    realm.advance_to(start + minutes(3 * 24 * 60));
    johanna.report(&realm.code("short")).is(200);
    let mut loot = Loot::take(&realm);
    realm.advance(0);
    loot.add(Loot::take(&realm));
    assert_eq!([sylvie.ask(), justin.ask()], [4, 4]);
    loot.add(Loot::take(&realm));

    // Four contacts on their way, four exposures, and each time that a verdict was sealed: all of it opens now.
    let openable = loot.open(&loot.sealed, &loot);
    assert!(openable >= 4 + 4 + 2, "only {openable} open");
    let before: Vec<_> = realm.state().rows("vault", "keys");
    assert!(!before.is_empty());

    // Sixteen days after the meeting.
    realm.advance_to(later + minutes(16 * 24 * 60 + 20));
    let state = realm.state();
    assert_eq!(state.rows("registry", "exposure"), [] as [Row; 0]);
    for account in state.rows("registry", "account") {
        let opened = &account["verdict (opened)"];
        let said = ["exposedDay", "latestRiskEpoch"];
        let is_clear = opened.is_null()
            || said.iter().all(|said| opened[*said].is_null()) && opened["atRisk"] == false;
        assert!(is_clear, "{opened}");
    }
    let receipts = state.rows("vault", "receipt");
    assert!(!receipts.is_empty(), "no receipt of any destruction");
    // Each says when: a midnight.
    let at_midnight = |at: &Value| at.as_u64().is_some_and(|at| at % 86_400 == 0);
    assert!(receipts.iter().all(|row| row.values().all(at_midnight)));

    // What a thief of that day has: the keys that are left, and every byte on the disk.
    let left = Loot::take(&realm);
    let destroyed: Vec<_> = loot.wrapped.difference(&left.wrapped).cloned().collect();
    assert!(
        destroyed.len() >= 2,
        "{} days' keys were destroyed",
        destroyed.len()
    );
    server.kill().unwrap();
    let mut cells = left.sealed.clone();
    for file in disk::objects(&server, "") {
        for table in [
            "account",
            "exposure",
            "outbox",
            "emptying",
            "applied",
            "challenge",
            "code",
            "answered",
        ] {
            for row in disk::query(&file, table, &format!("SELECT * FROM {table}")) {
                let blobs = row.0.into_iter().filter_map(|value| match value {
                    Stored::Blob(bytes) => Some(bytes),
                    _ => None,
                });
                cells.extend(blobs);
            }
        }
    }
    assert_eq!(loot.open(&cells, &left), 0, "a stored value still opens");
    assert_eq!(
        loot.open(&loot.sealed, &left),
        0,
        "an old copy of a row opens"
    );
    for (path, bytes) in disk::bytes(&server) {
        for key in &destroyed {
            let found = bytes
                .windows(key.len())
                .any(|window| window == key.as_slice());
            assert!(
                !found,
                "a destroyed day's key is still in {}",
                path.display()
            );
        }
    }

    // It stays forgotten: nothing is refilled, and the accounts live on.
    server.restart().unwrap();
    assert_eq!([sylvie.ask(), justin.ask()], [0, 0]);
    assert_eq!(realm.state().rows("vault", "receipt").len(), receipts.len());
}

#[test]
fn the_term_is_to_the_day() {
    let server = http_tests::shared();
    let realm = Realm::open(&server);
    let (mut sylvie, mut johanna) = (Person::register(&realm), Person::register(&realm));
    let start = realm.next_epoch();
    meet(
        &mut johanna.phone,
        &mut sylvie.phone,
        start,
        minutes(20),
        0.8,
    );
    realm.advance_to(start + minutes(60));
    johanna.report(&realm.code("long")).is(200);
    realm.advance(0);
    assert_eq!(sylvie.ask(), 4);

    let met = start.day().max((start + minutes(15)).day());
    // The flag falls at 00:00 UTC of day d + 8.
    realm.advance_to(met.plus_days(8).start() - minutes(10));
    assert_eq!(sylvie.ask(), 4);
    realm.advance(45 * 60);
    assert_eq!(sylvie.ask(), 0);
    // The keys of day d die at 00:00 UTC of d + 15.
    let receipt = |realm: &Realm| {
        let state = realm.state();
        state.rows(&format!("vault/{met}"), "receipt").len()
    };
    let alerts = |realm: &Realm| {
        let accounts = realm.state().rows("registry", "account");
        let says = |row: &&Row| !row["verdict (opened)"]["latestRiskEpoch"].is_null();
        accounts.iter().filter(says).count()
    };
    realm.advance_to(met.plus_days(15).start() - minutes(10));
    assert_eq!((receipt(&realm), alerts(&realm)), (0, 1));
    assert_ne!(realm.state().rows("registry", "exposure"), [] as [Row; 0]);
    realm.advance(20 * 60);
    assert_eq!((receipt(&realm), alerts(&realm)), (1, 0));
    assert_eq!(realm.state().rows("registry", "exposure"), [] as [Row; 0]);
}

#[test]
fn who_leaves_leaves_nothing_behind() {
    let server = http_tests::shared();
    let realm = Realm::open(&server);
    let ids = || -> BTreeSet<String> {
        let accounts = realm.state().rows("registry", "account");
        let id = |row: &Row| row["id"].as_str().unwrap().to_owned();
        accounts.iter().map(id).collect()
    };
    let mut justin = Person::register(&realm);
    let justins = ids().into_iter().next().unwrap();
    let mut sylvie = Person::register(&realm);
    let sylvies = ids().into_iter().find(|id| *id != justins).unwrap();
    let mut johanna = Person::register(&realm);
    let start = realm.next_epoch();
    let (later, long) = (start + minutes(20), minutes(20));
    meet(&mut johanna.phone, &mut justin.phone, start, long, 0.8);
    meet(&mut johanna.phone, &mut sylvie.phone, later, long, 0.8);
    realm.advance_to(start + minutes(60));
    johanna.report(&realm.code("long")).is(200);
    realm.advance(0);
    // Two each; whose they are, the rows need not say.
    let exposures = || realm.state().rows("registry", "exposure").len();
    assert_eq!(exposures(), 4);
    let ask = |call: &str, request: AuthRequest| {
        let path = format!("/api/v6/{call}");
        realm.post(&path, &authenticated(&request))
    };

    // Justin's history goes, the verdict stays until its own term, as deployed.
    let request = justin.phone.delete_exposures(realm.now()).unwrap();
    let reply = ask("deleteExposureHistory", request).is(200);
    assert_eq!(reply.json(), done());
    assert_eq!(exposures(), 2);
    assert_eq!(justin.ask(), 4);

    // Sylvie leaves with all that there is.
    for (person, account) in [(&mut sylvie, &sylvies), (&mut justin, &justins)] {
        let request = person.phone.unregister(realm.now()).unwrap();
        assert_eq!(ask("unregister", request).is(200).json(), done());
        assert!(
            !realm.state().mentions(account),
            "something still refers to the account"
        );
        assert_eq!(exposures(), 0);
        // The server does not know this phone any more: it must register again.
        let request = person.phone.unregister(realm.now()).unwrap();
        assert_eq!(ask("unregister", request).is(430).body, b"");
    }
    assert_eq!(ids().len(), 1);
}

/// A phone that was off leaves for as long as the server can read its newest pseudonym; then nobody could reach the
/// account any more, and it goes by itself.
#[test]
fn a_phone_that_was_off_leaves_or_learns_that_it_was_forgotten() {
    let server = http_tests::shared();
    let realm = Realm::open_at_noon(&server);
    let (mut sylvie, mut justin) = (Person::register(&realm), Person::register(&realm));
    // The day of the last bundle is that of the last question.
    realm.advance(days(2));
    let asked = realm.now().day();
    assert_eq!([sylvie.ask(), justin.ask()], [0, 0]);
    let mut johanna = Person::register(&realm);
    let left = |realm: &Realm| {
        let state = realm.state();
        let groups = state.rows("registry", "record_group");
        let places = groups
            .iter()
            .flat_map(|row| unhex(row["taken"].as_str().unwrap()));
        let places: u32 = places.map(u8::count_ones).sum();
        [state.rows("registry", "account").len(), places as usize]
    };
    let forgotten = asked.plus_days(18);
    assert_eq!(justin.phone.forgotten_on(), Some(forgotten));

    realm.advance_to(forgotten.start() - minutes(10));
    assert_eq!(left(&realm), [3, 3]);
    // Nothing was asked for seventeen days: no pseudonym of today is left.
    assert!(justin.phone.emit(realm.now()).is_err());
    assert_eq!(sylvie.unregister().is(200).json(), done());
    assert_eq!(left(&realm), [2, 2]);
    // Johanna's phone was on.
    johanna.ask();

    realm.advance_to(forgotten.start() + minutes(10));
    assert_eq!(left(&realm), [1, 1]);
    let mut other = Person::restore(&realm, &justin.phone.save(realm.now()));
    let already = Unknown::ForgottenOn(forgotten);
    let reply = other.unregister();
    assert_eq!(other.learn_unknown(&reply), already);
    let reply = justin.ask_status();
    assert_eq!(justin.learn_unknown(&reply), already);
    justin.register_again();
    assert_eq!(justin.ask(), 0);
    assert_eq!(left(&realm), [2, 2]);
    // Whoever left is unknown before that term, or would be.
    johanna.unregister().is(200);
    let reply = johanna.unregister();
    assert_eq!(johanna.learn_unknown(&reply), Unknown::BeforeTerm);
}

/// A contact that waits for somebody who has left meanwhile is dropped.
#[test]
fn a_late_contact_does_not_bring_an_account_back() {
    let server = http_tests::shared();
    let realm = Realm::open(&server);
    let (mut justin, mut johanna) = (Person::register(&realm), Person::register(&realm));
    let start = realm.next_epoch();
    meet(
        &mut johanna.phone,
        &mut justin.phone,
        start,
        minutes(20),
        0.8,
    );
    realm.advance_to(start + minutes(60));
    johanna.report(&realm.code("long")).is(200);
    let request = justin.phone.unregister(realm.now()).unwrap();
    realm
        .post("/api/v6/unregister", &authenticated(&request))
        .is(200);
    realm.advance(0);
    let state = realm.state();
    assert_eq!(state.rows("registry", "account").len(), 1);
    assert_eq!(state.rows("registry", "exposure"), [] as [Row; 0]);
}

fn done() -> Value {
    serde_json::json!({ "success": true, "message": "Successful operation" })
}
