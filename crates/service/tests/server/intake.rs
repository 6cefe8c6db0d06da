//! What reaches an intake without a right code: guesses, which cost work after a while, and decoys,
//! which nobody can tell from reports.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::common::{NOON, PRICE, World, changes, count, rng};
use altcha::{Challenge, Payload, SolveChallengeOptions, solve_challenge};
use base64ct::{Base64, Encoding};
use rand_core::Rng;
use serde_json::{Value, json};
use service::intake::{self, Ceiling, MOST_WAITING, MOST_WRONG, MarkForm, REPEATABLE, Received};
use service::keyring::KeyRing;
use service::keyring::secrets::RealmSecrets;
use service::parcel::Parcel;
use service::registry::{self, Arrival};
use service::{Realm, front};
use store::Sql;
use wire::Refusal;
use wire::api::OpenedReport;
use wire::code::{Code, DECOY};

fn body(token: &str, contacts: &Value) -> Vec<u8> {
    json!({ "token": token, "contacts": contacts })
        .to_string()
        .into_bytes()
}

/// A demo realm, whose front takes decoys without a stamp.
const DEMO: Realm = Realm::Demo([7; 16]);

/// A well-formed short code that nobody was given.
fn guess() -> String {
    let mut random = [0; 9];
    rng().fill_bytes(&mut random);
    Code::short(random).to_string()
}

/// The same report, with the challenge that was asked for solved as ALTCHA's own library does.
fn with_work(body: &[u8], refusal: &Refusal) -> Vec<u8> {
    let asked: Value = serde_json::from_str(&refusal.body().unwrap()).unwrap();
    assert_eq!(refusal.status(), 429);
    assert_eq!(asked["id"], asked["captchaId"]);
    assert!(!asked["message"].as_str().unwrap().is_empty());
    let challenge: Challenge = serde_json::from_value(asked["challenge"].clone()).unwrap();
    let solution = solve_challenge(SolveChallengeOptions::new(&challenge)).unwrap();
    let payload = Payload {
        solution: solution.unwrap(),
        challenge,
    };
    let mut report: Value = serde_json::from_slice(body).unwrap();
    report["captchaId"] = asked["captchaId"].clone();
    report["captcha"] = Base64::encode_string(&serde_json::to_vec(&payload).unwrap()).into();
    report.to_string().into_bytes()
}

/// A world in which so many wrong codes have just come.
fn guessed(times: u64) -> World {
    let mut world = World::new();
    world.code();
    for _ in 0..times {
        let refused = world.report(&body(&guess(), &json!([])));
        assert_eq!(refused, Err(Refusal::UnknownCode));
    }
    world
}

#[test]
fn past_the_limit_a_short_code_costs_work_and_a_long_one_does_not() {
    let mut world = guessed(MOST_WRONG - 1);
    let last = world.short_code().to_string();
    assert_eq!(world.report(&body(&last, &json!([]))), Ok(()));

    let mut world = guessed(MOST_WRONG);
    let right = world.short_code().to_string();
    let long = world.code().to_string();
    // Right or wrong, the same answer: no oracle.
    let asked =
        |world: &mut World, token: &str| world.report(&body(token, &json!([]))).unwrap_err();
    let wrong = asked(&mut world, &guess());
    assert!(matches!(wrong, Refusal::WorkNeeded(_)));
    let refusal = asked(&mut world, &right);
    assert_eq!(count(&world.intake, "code"), 3, "nothing was tried");
    assert_eq!(world.report(&body(&long, &json!([]))), Ok(()));

    // The work is for this code, once.
    let report = body(&right, &json!([]));
    let solved = with_work(&report, &refusal);
    let other = guess();
    let stolen = with_work(&body(&other, &json!([])), &refusal);
    assert!(matches!(world.report(&stolen), Err(Refusal::WorkNeeded(_))));
    assert_eq!(world.report(&solved), Ok(()));
    assert_eq!(world.report(&solved), Ok(()), "the same bytes again");
    assert_eq!(count(&world.intake, "challenge"), 1);

    // Work that was done for a wrong code tries it once.
    let refusal = asked(&mut world, &other);
    let tried = with_work(&body(&other, &json!([])), &refusal);
    assert_eq!(world.report(&tried), Err(Refusal::UnknownCode));
    assert!(matches!(world.report(&tried), Err(Refusal::WorkNeeded(_))));
}

#[test]
fn an_hour_later_the_guesses_are_forgotten() {
    let mut world = guessed(MOST_WRONG);
    world.now = world.now + Duration::from_mins(59);
    let needed = world.report(&body(&guess(), &json!([])));
    assert!(matches!(needed, Err(Refusal::WorkNeeded(_))));
    world.now = world.now + Duration::from_mins(1);
    assert_eq!(
        world.report(&body(&guess(), &json!([]))),
        Err(Refusal::UnknownCode)
    );
    world.tick();
    assert_eq!(count(&world.intake, "recent"), 1, "this minute's");
}

/// The hour slides: it ends with each request, and begins with none of them.
#[test]
fn guesses_count_for_an_hour_each() {
    const HALF: u64 = MOST_WRONG / 2;
    let (mut world, begun) = (guessed(HALF), NOON);
    let after = |world: &mut World, minutes| world.now = begun + Duration::from_mins(minutes);
    let half_are_tried = |world: &mut World| {
        for _ in 0..HALF {
            let refused = world.report(&body(&guess(), &json!([])));
            assert_eq!(refused, Err(Refusal::UnknownCode));
        }
    };
    let none_is_tried = |world: &mut World| {
        let asked = world.report(&body(&guess(), &json!([])));
        assert!(matches!(asked, Err(Refusal::WorkNeeded(_))), "{asked:?}");
    };
    assert_eq!(world.now, begun);
    after(&mut world, 30);
    half_are_tried(&mut world);
    none_is_tried(&mut world);
    after(&mut world, 59);
    none_is_tried(&mut world);
    // The first half is an hour old, the second is not.
    after(&mut world, 60);
    half_are_tried(&mut world);
    none_is_tried(&mut world);
    after(&mut world, 89);
    none_is_tried(&mut world);
    after(&mut world, 90);
    half_are_tried(&mut world);
    none_is_tried(&mut world);
    // What was not tried is not counted: otherwise who goes on asking would never be let in.
    after(&mut world, 150);
    half_are_tried(&mut world);
    half_are_tried(&mut world);
    none_is_tried(&mut world);
}

/// Contacts like a report's, with random bytes.
fn contacts(number: usize, hellos: usize, world: &World) -> Value {
    let random = |n: usize| {
        let mut bytes = vec![0; n];
        rng().fill_bytes(&mut bytes);
        Base64::encode_string(&bytes)
    };
    let time = world.now.unix() + 2_208_988_800;
    let one = |_| {
        let ids: Vec<_> = (0..hellos)
            .map(|_| {
                json!({
                    "timeCollectedOnDevice": time % (1 << 32),
                    "timeFromHelloMessage": time % (1 << 16),
                    "mac": random(5),
                    "rssiCalibrated": -50,
                })
            })
            .collect();
        json!({ "ebid": random(8), "ecc": random(1), "ids": ids })
    };
    (0..number).map(one).collect::<Vec<_>>().into()
}

/// How many rows of each table, and the sizes of what is owed.
fn stored(world: &World) -> (Vec<u64>, Vec<u64>) {
    let tables = ["code", "answered", "challenge", "recent", "outbox"];
    let rows = tables.map(|table| count(&world.intake, table));
    let sizes = "SELECT LENGTH(body) FROM outbox ORDER BY LENGTH(body)";
    let sizes = world.intake.query(sizes, &[]).unwrap();
    let sizes = sizes.iter().map(|row| row.integer(0).unwrap()).collect();
    (rows.to_vec(), sizes)
}

#[test]
fn a_decoy_is_stored_like_a_report_and_dropped_when_it_is_due() {
    let mut world = World::new();
    let [mut sylvie, mut johanna] = [(); 2].map(|()| world.register());
    world.meet(&mut [&mut sylvie, &mut johanna], 20, -43);
    let code = world.code();
    let report = world.draft(&mut johanna, &code);
    let like: Value = serde_json::from_slice(&report).unwrap();
    world.report(&report).unwrap();
    let real = stored(&world);
    world.deliver_all();
    assert_eq!(world.count("exposure"), 2);

    let mut other = World::new();
    other.register();
    other.code();
    other.now = world.now;
    let mut decoy = like.clone();
    for contact in decoy["contacts"].as_array_mut().unwrap() {
        let hellos = contact["ids"].as_array().unwrap().len();
        *contact = contacts(1, hellos, &other)[0].clone();
    }
    decoy["token"] = other.stamp(&decoy["contacts"]).into();
    let decoy = decoy.to_string().into_bytes();
    assert_eq!(decoy.len(), report.len(), "the same size on the wire");
    other.report(&decoy).unwrap();
    let mut fake = stored(&other);
    fake.0[0] -= 2; // the code that made this intake, and the stamp
    assert_eq!(fake, real);
    assert_eq!(other.report(&decoy), Ok(()), "the same bytes again");
    other.deliver_all();
    assert_eq!((other.count("exposure"), other.count("applied")), (0, 0));
    assert_eq!(count(&other.intake, "outbox"), 0);
    // Its key goes as any other's: nothing waits under it.
    other.now = other.now + Duration::from_mins(2);
    assert_eq!(other.retire(), 1);
}

/// A row of a decoy and one of a report differ in nothing but what is sealed; and no registry hears of a decoy's, not even
/// that it is gone.
#[test]
fn a_decoys_contact_ends_at_the_intake() {
    let mut world = World::new();
    let [code, alike] = [world.code().to_string(), contacts(2, 3, &world).to_string()];
    let alike: Value = serde_json::from_str(&alike).unwrap();
    let decoy = body(&world.stamp(&alike), &alike);
    assert_eq!(world.report(&decoy), Ok(()));
    let owed = world.owed();
    assert_eq!(owed.len(), 2);
    for owed in &owed {
        assert_eq!(owed.body[..3], [0x20, 4, owed.slot.unwrap()]);
        assert!(Parcel::is_decoy(&world.open(owed)));
        world.drop_decoy(owed);
        // A second time it is no other's.
        world.drop_decoy(owed);
    }
    assert_eq!(count(&world.intake, "outbox"), 0);
    let waiting = |world: &World| {
        let rows = world.intake.query("SELECT SUM(waiting) FROM transit", &[]);
        rows.unwrap()[0].integer(0).unwrap()
    };
    assert_eq!(waiting(&world), 0);
    assert_eq!(world.report(&body(&code, &alike)), Ok(()));
    let lengths = |all: &[service::outbox::Owed]| -> BTreeSet<_> {
        all.iter().map(|owed| owed.body.len()).collect()
    };
    assert_eq!(lengths(&world.owed()), lengths(&owed));
    for owed in world.owed() {
        assert!(!Parcel::is_decoy(&world.open(&owed)));
    }
    assert_eq!(waiting(&world), 2);
}

/// How many rows are written for this report, counting each time that one is.
fn work(world: &mut World, report: &[u8]) -> u64 {
    let before = changes(&world.intake);
    assert_eq!(world.report(report), Ok(()));
    changes(&world.intake) - before
}

#[test]
fn a_free_decoy_goes_to_the_same_intake_whatever_root_is_the_newest() {
    let world = World::new();
    let of = |roots: &[&str]| {
        let roots: Vec<_> = roots.iter().map(|root| root.repeat(32)).collect();
        KeyRing::from_text(Some(&roots.join(",")), true).unwrap()
    };
    let secrets = RealmSecrets::derived(&of(&["c4"]), Realm::National);
    let [before, after] =
        [&["c4"][..], &["d5", "c4"]].map(|roots| of(roots).front_with(Realm::National, &secrets));
    let now = world.now;
    let mut routes = BTreeSet::new();
    for _ in 0..64 {
        let body = body(DECOY, &contacts(1, 1, &world));
        let [first, again] =
            [&before, &after].map(|keys| World::show(keys, DEMO, now, &body).unwrap().route);
        assert_eq!(first, again);
        routes.insert(first);
    }
    // Of 256, drawn 64 times: 57 on average.
    assert!(routes.len() > 40, "{routes:?}");
}

#[test]
fn a_decoy_writes_as_often_as_a_report_of_as_many() {
    let mut world = World::new();
    // What opens the safe of the minute writes that as well.
    let first = contacts(1, 1, &world);
    let stamp = world.stamp(&first);
    assert_eq!(world.report(&body(&stamp, &first)), Ok(()));
    for number in [1, 3, 30] {
        let [long, short] = [world.code(), world.short_code()].map(|code| code.to_string());
        let all = [(); 4].map(|()| contacts(number, 2, &world));
        let stamp = world.stamp(&all[2]);
        let tokens = [&long, &short, &stamp, DECOY];
        let bodies: Vec<_> = tokens
            .iter()
            .zip(&all)
            .map(|(code, all)| body(code, all))
            .collect();
        let [long, short, decoy] = [0, 1, 2].map(|which| work(&mut world, &bodies[which]));
        assert_eq!([short, decoy], [long; 2], "{number} contacts");
        world.realm = DEMO;
        assert_eq!(
            work(&mut world, &bodies[3]),
            long,
            "{number} contacts, free"
        );
        world.realm = Realm::National;
    }
}

/// All who met nobody send the same free decoy: none is known from the one before. And a report or a decoy of nobody does
/// as much when it is sent again, though it changes nothing then.
#[test]
fn reports_and_decoys_of_nobody_do_the_same_work_each_time() {
    let mut world = World::new();
    let stamped = body(&world.stamp(&json!([])), &json!([]));
    let codes = [world.code(), world.short_code()].map(|code| code.to_string());
    let [long, short, decoy] = [&codes[0], &codes[1], DECOY].map(|code| body(code, &json!([])));
    let first = work(&mut world, &long);
    let counted = |world: &World| {
        let rows = world.intake.query(
            "SELECT reports, decoys, long_used, short_used FROM intake_figures",
            &[],
        );
        let row = rows.unwrap().remove(0);
        [0, 1, 2, 3].map(|column| row.integer(column).unwrap())
    };
    for (report, after) in [
        (&decoy, [1, 1, 1, 0]),
        (&decoy, [1, 2, 1, 0]),
        (&long, [1, 2, 1, 0]),
        (&short, [2, 2, 1, 1]),
        (&short, [2, 2, 1, 1]),
        (&long, [2, 2, 1, 1]),
        (&stamped, [2, 3, 1, 1]),
        (&stamped, [2, 3, 1, 1]),
    ] {
        world.realm = if *report == decoy {
            DEMO
        } else {
            Realm::National
        };
        assert_eq!(work(&mut world, report), first);
        assert_eq!(counted(&world), after);
    }
    assert_eq!(count(&world.intake, "code"), 1, "the stamp");
    assert_eq!(count(&world.intake, "answered"), 5);
    // Not for longer than it says, however often it was asked again.
    world.now = world.now + REPEATABLE;
    assert_eq!(world.report(&long), Err(Refusal::UnknownCode));
    assert_eq!(world.report(&stamped), Err(Refusal::UnknownCode));
}

/// Else whoever has heard somebody could warn them falsely, without a code.
#[test]
fn a_decoy_that_names_people_warns_nobody() {
    let mut world = World::new();
    let [mut sylvie, mut johanna] = [(); 2].map(|()| world.register());
    world.meet(&mut [&mut sylvie, &mut johanna], 20, -43);
    let code = world.code();
    let report = world.draft(&mut johanna, &code);
    let mut decoy: Value = serde_json::from_slice(&report).unwrap();
    for (realm, token) in [
        (Realm::National, world.stamp(&decoy["contacts"])),
        (DEMO, DECOY.to_owned()),
    ] {
        (world.realm, decoy["token"]) = (realm, token.into());
        assert_eq!(world.report(&decoy.to_string().into_bytes()), Ok(()));
        let owed = world.owed();
        assert_eq!(owed.len(), 2, "as many rows");
        // Nor would they if they travelled as a report's do: nobody is in them.
        for owed in owed {
            let mut body = world.open(&owed);
            assert_eq!(core::mem::replace(&mut body[1], 1), 5);
            let opened = world.at_registry(owed.to, |sql, context| {
                let arrival = Arrival::open(context.keys, owed.to, &body)?;
                registry::apply(sql, context, &mut rng(), &[(owed.id, &arrival)])?;
                Ok(arrival.identity().is_some())
            });
            assert_eq!(opened, Ok(true));
        }
        world.deliver_all();
        assert_eq!(world.count("exposure"), 0);
    }
    world.realm = Realm::National;
    assert!(!world.at_risk(&mut sylvie));
    // The code itself is as good as before.
    assert_eq!(world.report(&report), Ok(()));
    world.deliver_all();
    assert!(world.at_risk(&mut sylvie));
}

/// One stamp pays for one decoy: the same again is answered for ten minutes, and from then on refused until the stamp is
/// good no more. Other contacts need another.
#[test]
fn a_stamp_is_taken_once_and_for_its_own_contacts() {
    let mut world = World::new();
    let [some, others] = [(); 2].map(|()| contacts(2, 1, &world));
    let stamp = world.stamp(&some);
    let decoy = body(&stamp, &some);
    let refused = Err(Refusal::UnknownCode);
    // Of other contacts it is not even looked up: these make the tables too.
    assert_eq!(world.report(&body(&stamp, &others)), refused);
    assert_eq!(world.report(&body(&stamp, &json!([]))), refused);
    assert_eq!(world.report(&decoy), Ok(()));
    assert_eq!(world.report(&decoy), Ok(()), "the same bytes again");
    assert_eq!(count(&world.intake, "outbox"), 2);
    assert_eq!(
        world.report(&body(&stamp, &others)),
        refused,
        "it is no code"
    );
    let mut longer = json!({ "token": stamp, "contacts": some, "more": 1 });
    assert_eq!(world.report(longer.to_string().as_bytes()), refused);
    longer["token"] = stamp.to_uppercase().into();
    assert_eq!(world.report(longer.to_string().as_bytes()), refused);

    let until = world.now.day().plus_days(1).start() + Duration::from_hours(6);
    for later in [world.now + REPEATABLE, until - Duration::from_secs(1)] {
        world.now = later;
        world.tick();
        assert_eq!(count(&world.intake, "code"), 1);
        assert_eq!(world.report(&decoy), refused, "{later:?}");
        // Before its contacts are read, as a code's.
        let shown = World::show(&world.keys, Realm::National, later, &decoy).unwrap();
        let place = World::place(service::Class::Intake, 0);
        let looked_at = intake::look_at(
            &world.intake,
            &place,
            later,
            None,
            (&shown, MarkForm::Current),
        );
        assert_eq!(looked_at, Err(Refusal::UnknownCode.into()));
    }
    world.now = until;
    assert_eq!(world.report(&decoy), refused, "its day is over");
    world.tick();
    assert_eq!(count(&world.intake, "code"), 0);
    assert_eq!(world.report(&decoy), refused);
    let rows = world.intake.query(
        "SELECT SUM(decoys), SUM(long_expired) FROM intake_figures",
        &[],
    );
    let row = rows.unwrap().remove(0);
    assert_eq!((row.integer(0), row.integer(1)), (Ok(1), Ok(0)));
}

/// What release 0.2.0 took in its last minutes is answered again: its marks are made where a report would be refused, and as
/// long as one of them may be known. A wrong code is still one, and counted once.
#[test]
fn an_answer_of_release_0_2_0_is_given_again() {
    let mut world = World::new();
    let some = contacts(2, 1, &world);
    let [report, other] = [(); 2].map(|()| body(&world.short_code().to_string(), &some));
    let place = World::place(service::Class::Intake, 0);
    let asked = OpenedReport::read(&report).unwrap();
    let mut shown = World::show(&world.keys, world.realm, world.now, &report).unwrap();
    let marks = shown.marks.clone();
    shown.marks = front::former_marks(&world.keys, &report, &asked).unwrap();
    assert_eq!(shown.marks.newest.code, marks.newest.code);
    assert_ne!(shown.marks.newest.body, marks.newest.body);
    let taken = intake::Report {
        shown,
        contacts: Vec::new(),
    };
    let (sql, now) = (&world.intake, world.now);
    let received = intake::report(sql, &place, &mut rng(), now, None, &taken, None);
    assert_eq!(received, Ok(Received::Accepted));
    assert_eq!(world.report(&report), Err(Refusal::UnknownCode));

    let until = world.now + 2 * REPEATABLE;
    let former = "INSERT INTO former_marks (until) VALUES (?1)";
    world.intake.exec(former, &[until.unix().into()]).unwrap();
    let wrong = |world: &World| {
        let rows = world.intake.query("SELECT SUM(wrong) FROM recent", &[]);
        rows.unwrap()[0].integer(0).unwrap()
    };
    let before = wrong(&world);
    assert_eq!(world.report(&report), Ok(()));
    assert_eq!(
        world.report(&body(&guess(), &some)),
        Err(Refusal::UnknownCode)
    );
    assert_eq!(wrong(&world), before + 1);
    assert_eq!(count(&world.intake, "outbox"), 0, "it counts once");
    // A code that is good is looked at once.
    assert_eq!(world.report(&other), Ok(()));
    assert_eq!(world.report(&other), Ok(()));
    assert_eq!(count(&world.intake, "outbox"), 2);

    world.now = world.now + REPEATABLE;
    assert_eq!(world.report(&report), Err(Refusal::UnknownCode));
    assert_eq!(count(&world.intake, "former_marks"), 1);
    world.now = until;
    world.tick();
    assert_eq!(count(&world.intake, "former_marks"), 0);
}

/// The mark of a body is of every byte of it.
#[test]
fn whoever_changes_a_byte_sends_another_report() {
    let world = World::new();
    let sent =
        r#"{"more":1,"token":"7f9c24e8-3b12-4fef-91e0-7df1f2c3a5b6","contacts":[ ],"less":2}"#;
    let mark = |body: &str| {
        let shown = World::show(&world.keys, world.realm, world.now, body.as_bytes());
        shown.unwrap().marks.newest
    };
    assert_eq!(mark(sent), mark(sent));
    for (from, to) in [
        ("\"more\":1", "\"more\":3"),
        ("[ ]", "[  ]"),
        ("[ ]", "[]"),
        (" ],", "] ,"),
        ("\"less\":2", "\"less\":4"),
        ("}", " }"),
        ("contacts", "\\u0063ontacts"),
    ] {
        let changed = mark(&sent.replacen(from, to, 1));
        assert_ne!(mark(sent).body, changed.body, "{from} {to}");
        assert_eq!(mark(sent).code, changed.code);
    }
    // The same for another code.
    let other = mark(&sent.replacen("7f9c", "8f9c", 1));
    assert_ne!(mark(sent).body, other.body);
}

/// A stamp is good from 18:00 of the day before.
#[test]
fn a_stamp_may_be_made_for_tomorrow() {
    let mut world = World::new();
    let noon = world.now;
    world.now = noon + Duration::from_hours(24);
    let decoy = body(&world.stamp(&json!([])), &json!([]));
    world.now = noon;
    assert_eq!(world.report(&decoy), Err(Refusal::UnknownCode));
    world.now = noon.day().start() + Duration::from_hours(18);
    assert_eq!(world.report(&decoy), Ok(()));
}

/// The more contacts, the more work: the stamp says how much was done.
#[test]
fn a_stamp_for_few_does_not_pay_for_many() {
    let mut world = World::new();
    world.code();
    let of = |zeros, token| intake::Shown {
        token,
        marks: intake::AllMarks::one(intake::Marks {
            code: [1; 32],
            body: [2; 32],
        }),
        work: None,
        route: 0,
        zeros,
    };
    let until = world.now.unix();
    for (zeros, most) in [(16, 256), (17, 512), (18, 1_024), (40, 20_000)] {
        let shown = of(zeros, intake::Token::Stamp { until });
        assert!(shown.pays(PRICE, most));
        assert_eq!(shown.pays(PRICE, most + 1), zeros == 40);
        assert!(of(0, intake::Token::Long).pays(PRICE, 20_000));
    }
    // Whoever shows fewer than the least shows none.
    let some = contacts(1, 1, &world);
    let cheap = loop {
        let token = Code::long({
            let mut random = [0; 16];
            rng().fill_bytes(&mut random);
            random
        });
        let hash = robert::stamp::hash_contacts(some.to_string().as_bytes());
        let zeros = robert::stamp::zeros(world.now.day(), &hash, token.canonical());
        if (8..16).contains(&zeros) {
            break token.to_string();
        }
    };
    let cheap = body(&cheap, &some);
    let shown = World::show(&world.keys, Realm::National, world.now, &cheap).unwrap();
    assert_eq!(shown.token, intake::Token::Long);
    assert_eq!(world.report(&cheap), Err(Refusal::UnknownCode));
    assert_eq!(count(&world.intake, "outbox"), 0);
}

/// One code in millions has a stamp's bits. Its report is a report.
#[test]
fn a_code_that_looks_like_a_stamp_is_a_code() {
    let mut world = World::new();
    let [mut sylvie, mut johanna] = [(); 2].map(|()| world.register());
    world.meet(&mut [&mut sylvie, &mut johanna], 20, -43);
    let any = world.code();
    let mut report: Value = serde_json::from_slice(&world.draft(&mut johanna, &any)).unwrap();
    let stamp = world.stamp(&report["contacts"]);
    report["token"] = stamp.clone().into();
    let report = report.to_string().into_bytes();

    let shown = World::show(&world.keys, Realm::National, world.now, &report).unwrap();
    assert!(shown.token.is_decoy());
    let place = World::place(service::Class::Intake, 0);
    let look = |world: &World| {
        intake::look_at(
            &world.intake,
            &place,
            world.now,
            None,
            (&shown, MarkForm::Current),
        )
    };
    assert_eq!(look(&world), Ok(Received::Decoy));
    world.give(&Code::parse(&stamp).unwrap());
    assert_eq!(look(&world), Ok(Received::Accepted));
    assert_eq!(world.report(&report), Ok(()));
    world.deliver_all();
    assert!(world.at_risk(&mut sylvie));
}

/// The constant code is a demo realm's: nationally it is a code that nobody was given, and costs no more than any.
#[test]
fn nationally_a_decoy_without_a_stamp_is_a_wrong_code() {
    let mut world = World::new();
    world.code();
    let free = body(DECOY, &contacts(2, 1, &world));
    let before = changes(&world.intake);
    assert_eq!(world.report(&free), Err(Refusal::UnknownCode));
    assert_eq!(changes(&world.intake), before);
    world.realm = DEMO;
    assert_eq!(world.report(&free), Ok(()));
}

/// While too much waits nothing is taken, and nothing is looked at: who sends a wrong code is told the same.
#[test]
fn above_what_an_intake_carries_reports_and_decoys_are_told_the_same() {
    let mut world = World::new();
    let half = usize::try_from(MOST_WAITING).unwrap() / 2;
    for hellos in [1, 2] {
        let code = world.code().to_string();
        let many = contacts(half, hellos, &world);
        assert_eq!(world.report(&body(&code, &many)), Ok(()));
    }
    let one = contacts(1, 1, &world);
    let [code, stamp] = [world.code().to_string(), world.stamp(&one)];
    let wrong = guess();
    for token in [&code, &stamp, &wrong, DECOY] {
        let (before, refused) = (changes(&world.intake), world.report(&body(token, &one)));
        assert_eq!(refused, Err(Refusal::Unavailable));
        assert_eq!(changes(&world.intake), before);
    }
    // One that waits no more is enough, and both are taken.
    let owed = world.owed();
    world.acknowledge(&owed[0]);
    assert_eq!(world.report(&body(&code, &one)), Ok(()));
    world.acknowledge(&owed[1]);
    assert_eq!(world.report(&body(&stamp, &one)), Ok(()));
}

/// Above the operator's ceiling nothing is taken for the rest of the day, and nothing is looked at: who sends a wrong code is
/// told the same. What was taken is answered again for its ten minutes, and the next day begins anew.
#[test]
fn above_the_ceiling_of_a_day_reports_and_decoys_are_told_the_same() {
    let mut world = World::new();
    let midnight = world.now.day().plus_days(1).start();
    world.now = midnight - Duration::from_secs(300);
    world.ceiling = Ceiling::read("2");
    let drawn = [(); 4].map(|()| contacts(1, 1, &world));
    let [first, second, third, fourth] = &drawn;
    let report = body(&world.code().to_string(), first);
    let decoy = body(&world.stamp(second), second);
    assert_eq!(world.report(&report), Ok(()));
    // What is refused counts nothing, and what is answered again is not counted again.
    assert_eq!(
        world.report(&body(&guess(), first)),
        Err(Refusal::UnknownCode)
    );
    assert_eq!(world.report(&report), Ok(()));
    assert_eq!(world.report(&decoy), Ok(()));

    let [code, stamp] = [world.code().to_string(), world.stamp(third)];
    let (wrong, short) = (guess(), world.short_code().to_string());
    for token in [&code, &stamp, &wrong, &short, DECOY] {
        let (before, refused) = (changes(&world.intake), world.report(&body(token, third)));
        assert_eq!(refused, Err(Refusal::NoMoreToday(300)), "{token}");
        assert_eq!(changes(&world.intake), before);
    }
    for again in [&report, &decoy] {
        assert_eq!(world.report(again), Ok(()));
    }
    assert_eq!(count(&world.intake, "outbox"), 2);
    // What had been looked at when the last place was taken is refused before anything is used up.
    let late = World::show(&world.keys, world.realm, world.now, &body(&code, third)).unwrap();
    let (place, report) = (World::place(service::Class::Intake, 0), body(&code, third));
    let prepared = intake::Report {
        shown: late,
        contacts: Vec::new(),
    };
    let before = changes(&world.intake);
    let (sql, ceiling) = (&world.intake, world.ceiling);
    let refused = intake::report(sql, &place, &mut rng(), world.now, ceiling, &prepared, None);
    assert_eq!(refused, Err(Refusal::NoMoreToday(300).into()));
    assert_eq!(changes(&world.intake), before);

    world.now = midnight - Duration::from_secs(1);
    assert_eq!(world.report(&report), Err(Refusal::NoMoreToday(1)));
    world.now = midnight;
    // Neither the code nor the stamp, which is good until the morning, was used up.
    assert_eq!(world.report(&body(&stamp, third)), Ok(()));
    assert_eq!(world.report(&body(&code, third)), Ok(()));
    let another = world.code().to_string();
    let refused = Err(Refusal::NoMoreToday(86_400));
    assert_eq!(world.report(&body(&another, fourth)), refused);
    world.ceiling = None;
    assert_eq!(world.report(&body(&another, fourth)), Ok(()));
}

/// A country's stamps expire at the same moment: each pass takes some, and the next is due at once.
#[test]
fn expired_stamps_go_in_slices() {
    let mut world = World::new();
    world.code();
    let until = world.now + Duration::from_hours(1);
    for number in 0..1_200_u16 {
        let mut hash = [0; 32];
        hash[..2].copy_from_slice(&number.to_be_bytes());
        let row = "INSERT INTO code (hash, kind, until) VALUES (?1, 'stamp', ?2)";
        let sql: &dyn Sql = &world.intake;
        sql.exec(row, &[hash.into(), until.unix().into()]).unwrap();
    }
    world.now = until;
    for left in [701, 201, 1] {
        assert_eq!(intake::next_due(&world.intake).unwrap(), Some(until));
        world.tick();
        assert_eq!(count(&world.intake, "code"), left);
    }
    assert!(intake::next_due(&world.intake).unwrap() > Some(until));
}

/// What cannot be located leaves as many rows as what can, and nothing of what it said.
#[test]
fn contacts_of_nobody_leave_rows_that_say_nothing() {
    let mut world = World::new();
    let code = world.code();
    let report = body(&code.to_string(), &contacts(3, 4, &world));
    world.report(&report).unwrap();
    assert_eq!(count(&world.intake, "outbox"), 3);
    world.deliver_all();
    assert_eq!(
        (count(&world.intake, "outbox"), world.count("exposure")),
        (0, 0)
    );
}
