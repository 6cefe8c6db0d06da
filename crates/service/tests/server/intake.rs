//! What reaches an intake without a right code: guesses, which cost work after a while, and decoys,
//! which nobody can tell from reports.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::common::{NOON, World, changes, count, rng};
use altcha::{Challenge, Payload, SolveChallengeOptions, solve_challenge};
use base64ct::{Base64, Encoding};
use rand_core::Rng;
use serde_json::{Value, json};
use service::Realm;
use service::intake::{MOST_DECOYS, MOST_WRONG};
use service::keyring::KeyRing;
use service::keyring::secrets::RealmSecrets;
use store::Sql;
use wire::Refusal;
use wire::code::{Code, DECOY};

fn body(token: &str, contacts: &Value) -> Vec<u8> {
    json!({ "token": token, "contacts": contacts })
        .to_string()
        .into_bytes()
}

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
fn a_decoy_is_stored_and_delivered_like_a_report() {
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
    decoy["token"] = DECOY.into();
    for contact in decoy["contacts"].as_array_mut().unwrap() {
        let hellos = contact["ids"].as_array().unwrap().len();
        *contact = contacts(1, hellos, &other)[0].clone();
    }
    let decoy = decoy.to_string().into_bytes();
    assert_eq!(decoy.len(), report.len(), "the same size on the wire");
    other.report(&decoy).unwrap();
    let mut fake = stored(&other);
    fake.0[0] -= 1; // the code that made this intake
    assert_eq!(fake, real);
    assert_eq!(other.report(&decoy), Ok(()), "the same bytes again");
    other.deliver_all();
    assert_eq!((other.count("exposure"), other.count("applied")), (0, 0));
    assert_eq!(count(&other.intake, "outbox"), 0);
}

/// How many rows are written for this report, counting each time that one is.
fn work(world: &mut World, report: &[u8]) -> u64 {
    let before = changes(&world.intake);
    assert_eq!(world.report(report), Ok(()));
    changes(&world.intake) - before
}

#[test]
fn a_decoy_goes_to_the_same_intake_whatever_root_is_the_newest() {
    let mut world = World::new();
    let of = |roots: &[&str]| {
        let roots: Vec<_> = roots.iter().map(|root| root.repeat(32)).collect();
        KeyRing::from_text(Some(&roots.join(",")), true).unwrap()
    };
    let secrets = RealmSecrets::derived(&of(&["c4"]), Realm::National);
    let [before, after] =
        [&["c4"][..], &["d5", "c4"]].map(|roots| of(roots).front_with(Realm::National, &secrets));
    let (days, now) = (world.day_keys(), world.now);
    let mut routes = BTreeSet::new();
    for _ in 0..64 {
        let body = body(DECOY, &contacts(1, 1, &world));
        let [first, again] = [&before, &after]
            .map(|keys| World::prepare(keys, &days, now, &body).unwrap().shown.route);
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
    let first = body(DECOY, &contacts(1, 1, &world));
    assert_eq!(world.report(&first), Ok(()));
    for number in [1, 3, 30] {
        let [long, short] = [world.code(), world.short_code()].map(|code| code.to_string());
        let [long, short, decoy] =
            [&long, &short, DECOY].map(|code| body(code, &contacts(number, 2, &world)));
        let [long, short, decoy] = [long, short, decoy].map(|report| work(&mut world, &report));
        assert_eq!([short, decoy], [long; 2], "{number} contacts");
    }
    // Past the bound as well, but for the contacts, of which none is stored.
    let nobody = body(DECOY, &json!([]));
    let below = work(&mut world, &nobody);
    for hellos in [1, 2] {
        let many = contacts(usize::try_from(MOST_DECOYS).unwrap() / 2, hellos, &world);
        assert_eq!(world.report(&body(DECOY, &many)), Ok(()));
    }
    assert_eq!(work(&mut world, &nobody), below);
}

/// All who met nobody send the same decoy: none is known from the one before. And a report of nobody does as much when
/// it is sent again, though it changes nothing then.
#[test]
fn reports_and_decoys_of_nobody_do_the_same_work_each_time() {
    let mut world = World::new();
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
    ] {
        assert_eq!(work(&mut world, report), first);
        assert_eq!(counted(&world), after);
    }
    assert_eq!(count(&world.intake, "code"), 0);
    assert_eq!(count(&world.intake, "answered"), 4);
    // Not for longer than it says, however often it was asked again.
    world.now = world.now + service::intake::REPEATABLE;
    assert_eq!(world.report(&long), Err(Refusal::UnknownCode));
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
    decoy["token"] = DECOY.into();
    assert_eq!(world.report(&decoy.to_string().into_bytes()), Ok(()));
    assert_eq!(world.owed().len(), 2, "as many rows");
    world.deliver_all();
    assert_eq!(world.count("exposure"), 0);
    assert!(!world.at_risk(&mut sylvie));
    // The code itself is as good as before.
    assert_eq!(world.report(&report), Ok(()));
    world.deliver_all();
    assert!(world.at_risk(&mut sylvie));
}

/// They need no code: what they cost is bounded, and the answer does not change.
#[test]
fn past_their_bound_decoys_are_answered_and_leave_one_row() {
    let mut world = World::new();
    world.code();
    let many = contacts(usize::try_from(MOST_DECOYS).unwrap() / 2, 1, &world);
    for _ in 0..2 {
        assert_eq!(world.report(&body(DECOY, &many)), Ok(()));
        world.now = world.now + Duration::from_mins(11);
    }
    let rows = |world: &World| {
        ["answered", "outbox", "code", "transit"].map(|table| count(&world.intake, table))
    };
    let [answered, rest @ ..] = rows(&world);
    for number in 1..4 {
        assert_eq!(
            world.report(&body(DECOY, &contacts(3, number, &world))),
            Ok(())
        );
        assert_eq!(
            rows(&world),
            [&[answered + 1], rest.as_slice()].concat()[..]
        );
    }
    // People are not held up by them.
    let code = world.code();
    assert_eq!(world.report(&body(&code.to_string(), &json!([]))), Ok(()));
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
