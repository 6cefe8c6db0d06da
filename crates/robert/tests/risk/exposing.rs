//! What contacts add to a risk.

use super::meeting;
use crate::common::{moment, test};
use robert::risk::{AppliedContact, expose};
use robert::score::{Sample, score};
use robert::{Epoch, Time16};

#[test]
fn a_hello_counts_once() {
    let start = moment("2022-05-10T12:00:00Z");
    let one = &meeting(start, 15 * 60, 10, -60)[0];
    let alone = expose(std::slice::from_ref(one));
    // Listed twice in one contact, reported twice, and in two contacts that share part of them.
    let mut twice = one.clone();
    twice.hellos.extend(one.hellos.iter().rev());
    assert_eq!(expose(&[twice]), alone);
    assert_eq!(expose(&[one.clone(), one.clone(), one.clone()]), alone);
    let mut half = one.clone();
    half.hellos.truncate(45);
    assert_eq!(expose(&[half.clone(), one.clone()]), alone);
    assert_eq!(expose(&[one.clone(), half]), alone);
    // With another claim about a level, the stronger contact prevails; still once.
    let mut louder = one.clone();
    louder.hellos.iter_mut().for_each(|heard| heard.rssi = -55);
    let loudest = expose(std::slice::from_ref(&louder));
    assert!(loudest[0].score > alone[0].score);
    assert_eq!(expose(&[one.clone(), louder]), loudest);
}

#[test]
fn contacts_that_share_nothing_add_up() {
    let start = moment("2022-05-10T12:00:00Z");
    let one = meeting(start, 15 * 60, 10, -50).remove(0);
    // The same person heard by two others, at other seconds.
    let mut other = one.clone();
    for heard in &mut other.hellos {
        heard.time = Time16::from_seconds(heard.time.seconds() + 5);
        heard.collected += 5;
    }
    let alone = expose(std::slice::from_ref(&one));
    assert_eq!(expose(&[one.clone(), other])[0].score, 2.0 * alone[0].score);
    // The same second of another epoch is another HELLO.
    let mut later = one.clone();
    later.epoch = one.epoch.next().unwrap();
    assert_eq!(expose(&[later, one]).len(), 2);
    // And where no HELLO was genuine, nobody was exposed.
    assert_eq!(
        expose(&[AppliedContact {
            epoch: Epoch::FIRST,
            hellos: Vec::new()
        }]),
        []
    );
}

#[test]
fn an_exposure_is_the_score_of_its_contact() {
    for (seconds, every, rssi) in [(900, 10, -50), (900, 30, -60), (300, 7, -45), (60, 1, -35)] {
        let contacts = meeting(moment("2036-02-07T06:15:00Z"), seconds, every, rssi);
        let samples: Vec<_> = (0..seconds)
            .step_by(every as usize)
            .map(|second| Sample {
                seconds: second as i64,
                rssi,
            })
            .collect();
        // 2036-02-07T06:28:16Z falls into this epoch: the wrap must not show.
        assert_eq!(expose(&contacts)[0].score, score(&samples).score);
    }
}
