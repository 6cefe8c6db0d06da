//! What waits in an intake is sealed under a key that goes when it has gone.

use core::time::Duration;

use serde_json::json;
use service::intake::{self, Received};
use service::outbox::Owed;
use service::parcel::Parcel;
use service::{Class, Failure};

use crate::common::{World, count, rng};

const MINUTE: Duration = Duration::from_secs(60);

fn reported() -> World {
    World::reported().0
}

/// One contact of nobody, whose report waits from now on.
fn report_one(world: &mut World) {
    let code = world.code().to_string();
    let heard = world.now.unix() + 2_208_988_800;
    let hello = json!({"timeCollectedOnDevice": heard, "timeFromHelloMessage": 1, "mac": "AAAAAAA=", "rssiCalibrated": -60});
    let contact = json!({"ecc": "AA==", "ebid": "AAAAAAAAAAA=", "ids": [hello]});
    let report = json!({"token": code, "contacts": [contact]});
    world.report(report.to_string().as_bytes()).unwrap();
}

/// How many of these open with the keys that are left: as they are, or taken out first.
fn openable(world: &mut World, owed: &[Owed]) -> usize {
    let days = world.day_keys();
    let transits: Vec<_> = world.transits().into_values().map(Some).collect();
    let opens = |to: u16, body: &[u8]| match Parcel::from_bytes(body).unwrap() {
        Parcel::Contact { day, sealed } => Parcel::open(&days, to, day, &sealed).unwrap().is_some(),
        _ => false,
    };
    let opened = owed.iter().filter(|delivery| {
        let to = delivery.to;
        let taken = transits
            .iter()
            .filter_map(|key| intake::take_out(key.as_ref(), delivery).unwrap());
        opens(to, &delivery.body) || taken.into_iter().any(|body| opens(to, &body))
    });
    opened.count()
}

#[test]
fn what_was_delivered_opens_no_more() {
    let mut world = reported();
    let owed = world.owed();
    assert_eq!((owed.len(), openable(&mut world, &owed)), (2, 2));
    world.deliver_all();
    world.now = world.now + MINUTE;
    assert_eq!(world.retire(), 1);
    assert_eq!(openable(&mut world, &owed), 0, "in a copy of the rows");
}

#[test]
fn nothing_is_destroyed_while_it_waits() {
    let mut world = reported();
    let owed = world.owed();
    world.now = world.now + 60 * MINUTE;
    assert_eq!(world.retire(), 0);
    world.apply(&owed[0]);
    world.acknowledge(&owed[0]);
    world.acknowledge(&owed[0]);
    assert_eq!(world.retire(), 0, "said twice, it is one fewer");
    world.deliver_all();
    assert_eq!((world.retire(), world.count("exposure")), (1, 2));
}

#[test]
fn each_minute_has_a_key_of_its_own() {
    let mut world = reported();
    report_one(&mut world);
    assert_eq!(world.transits().len(), 1);
    world.now = world.now + MINUTE;
    report_one(&mut world);
    assert_eq!(world.transits().len(), 2);
    world.deliver_all();
    assert_eq!(world.retire(), 1, "the older one");
    world.now = world.now + MINUTE;
    assert_eq!((world.retire(), world.transits().len()), (1, 0));
    world.now = world.now + MINUTE;
    assert_eq!(world.retire(), 0);
    assert_eq!(count(&world.intake, "transit"), 0, "rested, and forgotten");
}

/// As when a registry does not answer for an hour.
#[test]
fn when_something_waits_under_every_key_the_newest_goes_on() {
    let mut world = reported();
    for _ in 0..8 {
        world.now = world.now + MINUTE;
        report_one(&mut world);
        assert_eq!(world.retire(), 0);
    }
    assert_eq!((world.owed().len(), world.transits().len()), (10, 4));
    world.deliver_all();
    assert_eq!(world.count("exposure"), 2);
    world.now = world.now + MINUTE;
    assert_eq!((world.retire(), world.transits().len()), (4, 0));
}

/// Between the look for a key and the report, the key was destroyed.
#[test]
fn a_report_under_a_closed_key_is_not_kept() {
    let mut world = reported();
    let place = World::place(Class::Intake, 0);
    let transit = intake::transit(&world.intake, &place, world.now)
        .unwrap()
        .unwrap();
    let key = world.transit_key(transit.slot);
    world.deliver_all();
    world.now = world.now + MINUTE;
    let closing = intake::retire(&world.intake, &place, world.now).unwrap();
    assert_eq!(closing, [transit.slot]);
    let report = intake::Report {
        shown: intake::Shown {
            token: intake::Token::Decoy,
            marks: intake::AllMarks::one(intake::Marks {
                code: [1; 32],
                body: [2; 32],
            }),
            route: 0,
            zeros: 0,
            work: None,
        },
        contacts: vec![(0, vec![1; 161])],
    };
    let now = world.now;
    let under = |transit: &intake::Transit| {
        let transit = Some((transit, &key));
        intake::report(
            &world.intake,
            &place,
            &mut rng(),
            now,
            None,
            &report,
            transit,
        )
    };
    assert_eq!(under(&transit), Err(Failure::Moved));
    assert_eq!(count(&world.intake, "outbox"), 0);
    // Nor when the same safe has another key.
    intake::emptied(&world.intake, transit.slot, now).unwrap();
    world.now = world.now + MINUTE;
    intake::retire(&world.intake, &place, world.now).unwrap();
    intake::open_transit(&world.intake, &place, &mut rng(), world.now).unwrap();
    let again = intake::transit(&world.intake, &place, world.now)
        .unwrap()
        .unwrap();
    assert_eq!(again.slot, transit.slot);
    assert_eq!(under(&transit), Err(Failure::Moved));
    assert_eq!(under(&again), Ok(Received::Accepted));
}

#[test]
fn a_safe_that_does_not_answer_is_asked_again_and_rests_before_it_is_used() {
    let mut world = reported();
    world.deliver_all();
    let place = World::place(Class::Intake, 0);
    world.now = world.now + MINUTE;
    let closing = |world: &World| intake::retire(&world.intake, &place, world.now).unwrap();
    assert_eq!(closing(&world), [0]);
    world.now = world.now + MINUTE / 2;
    assert!(closing(&world).is_empty());
    world.now = world.now + MINUTE / 2;
    assert_eq!(closing(&world), [0]);
    intake::emptied(&world.intake, 0, world.now).unwrap();
    report_one(&mut world);
    assert_eq!(
        intake::slots(&world.intake, &place).unwrap(),
        [0, 1],
        "a call that was given up may still reach the first"
    );
}
