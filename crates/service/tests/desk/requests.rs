//! A request that is sent again gives the same codes, and gives none a second life.

use core::time::Duration;

use decree::Moment;
use service::desk::{self, Holder};
use wire::Refusal;
use wire::code::Code;
use wire::code::Kind::{Long, Short};
use wire::issuer::Role;

use crate::world::{NOON, ROOT, World};

fn texts(codes: &[Code]) -> Vec<String> {
    codes.iter().map(Code::to_string).collect()
}

#[test]
fn the_same_request_gives_the_same_codes_and_costs_nothing() {
    let mut world = World::new();
    let lab = world.make(ROOT, Role::Lab, 50).unwrap();
    let other = world.make(ROOT, Role::Lab, 50).unwrap();
    let codes = world.hand_out(lab.holder, Long, 40, "id").unwrap();
    world.now = NOON + Duration::from_mins(5);
    let again = world.hand_out(lab.holder, Long, 40, "id").unwrap();
    assert_eq!(texts(&codes), texts(&again));
    assert_eq!(world.listed(&lab.id).used_today, 40);
    assert_eq!(world.count("code"), 40);
    // Something else under the same id is refused, and counts for nobody.
    let refused = world.hand_out(lab.holder, Long, 5, "id").map(drop);
    assert_eq!(refused, Err(Refusal::Conflict));
    let root = world.hand_out(ROOT, Long, 40, "id").unwrap();
    let refused = world.hand_out(ROOT, Short, 40, "id").map(drop);
    assert_eq!(refused, Err(Refusal::Conflict));
    assert_eq!(world.listed(&lab.id).used_today, 40);
    // Another key's id is another id, and so is another spelling.
    let others = world.hand_out(other.holder, Long, 40, "id").unwrap();
    assert!(
        texts(&others)
            .iter()
            .all(|code| !texts(&codes).contains(code))
    );
    assert!(
        texts(&root)
            .iter()
            .all(|code| !texts(&codes).contains(code))
    );
    world.hand_out(lab.holder, Long, 5, "ID").unwrap();
}

#[test]
fn a_used_code_does_not_come_back() {
    let mut world = World::new();
    for (kind, id) in [(Long, "long"), (Short, "short")] {
        let codes = world.hand_out(ROOT, kind, 10, id).unwrap();
        assert!(world.uses(&codes[0]) && !world.uses(&codes[0]));
        let again = world.hand_out(ROOT, kind, 10, id).unwrap();
        assert_eq!(texts(&codes), texts(&again));
        assert!(!world.uses(&codes[0]), "{id}");
        assert!(world.uses(&codes[1]), "{id}");
    }
    // Not even when the last of its batch is asked for in the second before they all end.
    world.now = NOON + Duration::from_secs(3_599);
    world.tick(None);
    let codes = world.hand_out(ROOT, Short, 10, "short").unwrap();
    assert!(!world.uses(&codes[0]) && world.uses(&codes[2]));
}

/// The desk let it be, and the server died before, or while, the intakes were told.
#[test]
fn whatever_the_intakes_missed_the_next_request_tells_them() {
    let world = World::new();
    let lab = world.make(ROOT, Role::Lab, 40).unwrap();
    let until = world.ask(lab.holder, Long, 40, Some("id")).unwrap();
    let codes = world.codes(lab.holder, Long, 40, "id", until);
    assert!(
        codes.iter().all(|code| !world.uses(code)),
        "nobody knows them yet"
    );
    // One intake learnt its part, and one of those codes was even used.
    world.tell(1, lab.holder, Long, "id", &codes);
    let known: Vec<_> = codes
        .iter()
        .filter(|code| world.intake_of(code) == 1)
        .collect();
    assert!(!known.is_empty() && known.len() < 40);
    assert!(world.uses(known[0]));

    let again = world.hand_out(lab.holder, Long, 40, "id").unwrap();
    assert_eq!(texts(&codes), texts(&again));
    assert_eq!(world.listed(&lab.id).used_today, 40);
    let good = codes.iter().filter(|code| world.uses(code)).count();
    assert_eq!(good, 39, "all but the one that was used");
}

#[test]
fn an_id_is_forgotten_with_its_codes() {
    let mut world = World::new();
    let first = world.hand_out(ROOT, Short, 2, "id").unwrap();
    assert_eq!(
        desk::next_due(&world.desk, None),
        Ok(Some(NOON + Duration::from_hours(1)))
    );
    world.now = NOON + Duration::from_secs(3_600);
    // Before anything was swept, too: the term is read.
    let second = world.hand_out(ROOT, Short, 3, "id").unwrap();
    assert!(
        texts(&second)
            .iter()
            .all(|code| !texts(&first).contains(code))
    );
    assert!(world.uses(&second[0]) && !world.uses(&first[0]));
    world.now = NOON + Duration::from_hours(3);
    world.tick(None);
    for table in ["request", "batch", "code"] {
        assert_eq!(world.count(table), 0, "{table}");
    }
    let midnight = NOON.day().plus_days(1).start();
    let late = midnight + Duration::from_mins(2);
    assert_eq!(desk::next_due(&world.desk, None), Ok(Some(late)));
    world.now = late;
    world.tick(None);
    assert_eq!(world.count("spent"), 0);
    assert_eq!(desk::next_due(&world.desk, None), Ok(None));
    let ends = Moment::from_unix(late.unix() + 1);
    assert_eq!(desk::next_due(&world.desk, Some(ends)), Ok(Some(ends)));
}

/// What was under way at midnight counts for the day on which it was asked.
#[test]
fn midnight_gives_nobody_a_day_twice() {
    let mut world = World::new();
    let lab = world.make(ROOT, Role::Lab, 5).unwrap();
    let midnight = NOON.day().plus_days(1).start();
    let (before, after) = (
        midnight - Duration::from_secs(1),
        midnight + Duration::from_secs(1),
    );
    world.now = before;
    world.ask(lab.holder, Long, 5, None).unwrap();
    world.now = midnight;
    world.tick(None);
    world.now = before;
    let refused = world.ask(lab.holder, Long, 1, None).err();
    assert_eq!(refused, Some(Refusal::TooMany(1)));
    world.now = after;
    world.ask(lab.holder, Long, 5, None).unwrap();
}

#[test]
fn without_an_id_nothing_is_remembered() {
    let world = World::new();
    world.ask(ROOT, Long, 1, None).unwrap();
    world.ask(ROOT, Long, 1, None).unwrap();
    assert_eq!(world.count("request"), 0);
    assert_eq!(world.count("spent"), 1);
}

/// Neither a key, nor a code, nor what a client calls its request is stored.
#[test]
fn nothing_that_opens_a_door_is_stored() {
    let world = World::new();
    let lab = world.make(ROOT, Role::Lab, 50).unwrap();
    let id = "patient 1 23 45 67 890 123";
    let codes = world.hand_out(lab.holder, Long, 50, id).unwrap();
    let mut secrets = vec![lab.text.clone(), id.to_owned(), lab.text[..48].to_owned()];
    for code in &codes {
        secrets.extend([code.to_string(), code.to_string().replace('-', "")]);
    }
    let bytes: Vec<Vec<u8>> = secrets
        .iter()
        .flat_map(|text| {
            let digits = text.as_bytes().chunks(2).map(|pair| {
                let pair = std::str::from_utf8(pair).ok()?;
                u8::from_str_radix(pair, 16).ok()
            });
            [Some(text.clone().into_bytes()), digits.collect()]
        })
        .flatten()
        .collect();
    assert!(
        bytes.len() > secrets.len(),
        "keys and codes are looked for as bytes as well"
    );
    let stored = world.stored();
    assert!(stored.len() > 150);
    for (table, value) in stored {
        for secret in &bytes {
            let found = value
                .windows(secret.len())
                .any(|window| window == secret.as_slice());
            assert!(!found, "{table}");
        }
    }
}

/// What whoever held the old key asked for is not handed out again, and an id of that time is free.
#[test]
fn the_key_that_replaces_the_operators_inherits_no_codes() {
    let world = World::new();
    let replaced = Holder::Root([0xa8; 32]);
    let old = world.hand_out(ROOT, Long, 3, "id").unwrap();
    let new = world.hand_out(replaced, Long, 2, "id").unwrap();
    assert!(texts(&new).iter().all(|code| !texts(&old).contains(code)));
    assert!(world.uses(&new[0]) && world.uses(&old[0]));
    // The keys that came from the old one are in the new one's hands.
    let lab = world.make(ROOT, Role::Lab, 50).unwrap();
    world.revoke(replaced, &lab.id).unwrap();
    assert!(!world.admits(lab.holder));
}
