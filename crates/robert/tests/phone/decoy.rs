//! Decoys: reports that hold nobody.

use core::time::Duration;

use decree::Moment;
use decree::article_2::{Onset, transfer_window};
use rand_core::TryRng;
use robert::Contact;
use robert::phone::{MEAN_BETWEEN_DECOYS, Phone, Refusal, ReportState};

use crate::both_sides::{
    NOON, Server, Steady, code, epoch, hours, listening, minutes, record, seconds, written,
};

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn registered() -> Phone {
    let (mut phone, _) = Server::new().register(NOON);
    phone.switch_bluetooth(true);
    phone
}

/// Five people heard at all hours and at levels of one to four characters, each for another time.
fn phone_of_a_busy_person() -> Phone {
    let mut phone = registered();
    let mut rng = Steady(1 << 40);
    let levels: [i8; 6] = [-9, -10, -43, -99, 0, 12];
    for pseudonym in 0..40_u8 {
        let from = NOON + hours(7 * u64::from(pseudonym));
        let length = minutes(3 + u64::from(pseudonym) % 12).as_secs();
        for second in (0..length).step_by(10) {
            let word = rng.try_next_u64().unwrap();
            let level = levels[word as usize % levels.len()];
            let mut hello = [pseudonym; 16];
            let at = from + seconds(second);
            hello[9..11].copy_from_slice(&robert::Ntp::from(at).time16().0);
            hello[11..].copy_from_slice(&word.to_be_bytes()[..5]);
            phone.hear(&hello, level, at).unwrap();
        }
    }
    phone
}

const EVENING: Moment = Moment::from_unix(NOON.unix() + 12 * 86_400);

/// What a report would hold now; the phone is as it was.
fn real(phone: &mut Phone, onset: Onset, now: Moment) -> Vec<Contact> {
    let mut twin = Phone::restore(&phone.save(now), now).unwrap();
    twin.draft(onset, now).unwrap();
    twin.send(code(), now).unwrap().contacts
}

/// Bytes of these contacts in the API's JSON.
fn json(contacts: &[Contact]) -> usize {
    let hello =
        r#"{"timeCollectedOnDevice":,"timeFromHelloMessage":,"mac":"AAAAAAA=","rssiCalibrated":},"#;
    let contact = r#"{"ebid":"AAAAAAAAAAA=","ecc":"AA==","ids":[]},"#;
    let hellos = contacts.iter().flat_map(|contact| &contact.hellos);
    let numbers = hellos.map(|heard| {
        let time = heard.time.seconds();
        format!("{}{time}{}", heard.collected, heard.rssi).len() + hello.len()
    });
    numbers.sum::<usize>() + contacts.len() * contact.len()
}

fn shape(contacts: &[Contact]) -> Vec<usize> {
    let mut shape: Vec<_> = contacts
        .iter()
        .map(|contact| contact.hellos.len())
        .collect();
    shape.sort_unstable();
    shape
}

#[test]
fn a_decoy_is_as_large_as_the_report_would_be() {
    let mut phone = phone_of_a_busy_person();
    let days = (0..14).map(|days| EVENING.day().minus_days(days).start());
    let onsets = days.map(Onset::Known).chain([Onset::Unknown]);
    // Symptoms of thirteen days ago let the same contacts leave as unknown ones.
    let mut real: Vec<_> = onsets
        .map(|onset| real(&mut phone, onset, EVENING))
        .map(|real| (shape(&real), json(&real)))
        .collect();
    real.dedup();
    assert!(real.len() > 10, "{}", real.len());
    let mut made = vec![0; real.len()];
    for seed in 0..600 {
        let decoy = phone.decoy(EVENING, &mut Steady(seed)).unwrap();
        let like = (shape(&decoy), json(&decoy));
        let as_large = real.iter().position(|real| *real == like);
        made[as_large.expect("no report is as large")] += 1;
    }
    // Each of them, that of an unknown onset most often.
    assert!(made.iter().all(|times| *times > 0), "{made:?}");
    assert!(*made.last().unwrap() > 250, "{made:?}");
}

#[test]
fn without_history_a_decoy_is_empty_as_the_report_would_be() {
    let mut phone = registered();
    assert!(phone.decoy(NOON, &mut Steady(1)).unwrap().is_empty());
    // What the filter keeps from leaving is not counted either.
    phone.hear(&[1; 16], -40, NOON).unwrap();
    record(&mut phone, 2, NOON, -100);
    let now = NOON + hours(1);
    assert!(phone.decoy(now, &mut Steady(1)).unwrap().is_empty());
}

#[test]
fn nothing_real_is_in_a_decoy() {
    let mut phone = phone_of_a_busy_person();
    let real = real(&mut phone, Onset::Unknown, EVENING);
    let hellos = |contacts: &[Contact]| -> Vec<_> {
        let hellos = contacts.iter().flat_map(|contact| &contact.hellos);
        hellos
            .map(|heard| (heard.mac.0, heard.collected, heard.time.0, heard.rssi))
            .collect()
    };
    let ours = hellos(&real);
    let (mut same_second, mut same_level) = (0, 0);
    let decoys = 20;
    for seed in 0..decoys {
        let decoy = phone.decoy(EVENING, &mut Steady(seed)).unwrap();
        for contact in &decoy {
            assert!(real.iter().all(|real| real.ebid != contact.ebid));
        }
        let theirs = hellos(&decoy);
        for heard in &theirs {
            assert!(ours.iter().all(|real| real.0 != heard.0));
            same_second += usize::from(ours.iter().any(|real| real.1 == heard.1));
        }
        let pairs = ours.iter().zip(&theirs);
        same_level += pairs.filter(|(real, drawn)| real.3 == drawn.3).count();
    }
    // Seconds agree as often as they must by chance: so many of the fifteen days' are taken. Levels of one sign and
    // number of digits likewise.
    let drawn = decoys as usize * ours.len();
    let chance = ours.len() as f64 / 1_296_000.0;
    let expected = drawn as f64 * chance;
    assert!(
        (same_second as f64) < 2.0 * expected + 20.0,
        "{same_second}, {expected}"
    );
    assert!(same_level < drawn / 5, "{same_level} of {drawn}");
}

#[test]
fn a_decoy_is_plausible() {
    let mut phone = phone_of_a_busy_person();
    let window = transfer_window(Onset::Unknown, EVENING);
    let mut days = std::collections::BTreeSet::new();
    for seed in 0..20 {
        let decoy = phone.decoy(EVENING, &mut Steady(seed)).unwrap();
        for contact in &decoy {
            assert!(contact.hellos.is_sorted_by_key(|heard| heard.collected));
            for heard in &contact.hellos {
                let at = heard.collected().nearest(EVENING).moment();
                assert!(window.contains(at));
                assert_eq!(heard.collected().time16(), heard.time);
                days.insert(at.day());
            }
        }
        assert!(decoy.is_sorted_by_key(|contact| contact.ebid.0));
    }
    assert_eq!(days.len(), 16, "the whole window is used");
    let decoy = phone.decoy(EVENING, &mut Steady(3)).unwrap();
    let again = phone.decoy(EVENING, &mut Steady(3)).unwrap();
    assert_eq!(written(&again), written(&decoy), "the caller draws");
    let other = phone.decoy(EVENING, &mut Steady(4)).unwrap();
    assert_ne!(written(&other), written(&decoy));
}

#[test]
fn at_the_beginning_of_time_a_decoy_is_made_too() {
    let mut phone = registered();
    let start = Moment::from_unix(0);
    record(&mut phone, 1, start, -40);
    let now = start + minutes(16);
    assert_eq!(shape(&phone.decoy(now, &mut Steady(1)).unwrap()), [91]);
}

#[test]
fn a_decoy_does_not_touch_a_report() {
    let now = NOON + hours(1);
    let states: [fn(&mut Phone); 5] = [
        |_| {},
        |phone| {
            phone.draft(Onset::Unknown, NOON + hours(1)).unwrap();
        },
        |phone| {
            phone.draft(Onset::Unknown, NOON + hours(1)).unwrap();
            phone.send(code(), NOON + hours(1)).unwrap();
        },
        |phone| {
            phone.draft(Onset::Unknown, NOON + hours(1)).unwrap();
            phone.send(code(), NOON + hours(1)).unwrap();
            phone.accepted().unwrap();
        },
        |phone| {
            phone.draft(Onset::Unknown, NOON + hours(1)).unwrap();
            phone.send(code(), NOON + hours(1)).unwrap();
            phone.refused().unwrap();
        },
    ];
    for bring_to in states {
        let mut phone = registered();
        record(&mut phone, 1, NOON, -40);
        bring_to(&mut phone);
        let before = phone.report_state();
        assert_eq!(phone.decoy(now, &mut Steady(1)).unwrap().len(), 1);
        assert_eq!(phone.report_state(), before);
        if before == ReportState::AnswerUnknown {
            assert_eq!(phone.retry(now).unwrap().contacts[0].ebid.0, [1; 8]);
        }
        if before == ReportState::Drafted {
            assert_eq!(phone.send(code(), now).unwrap().contacts.len(), 1);
        }
    }
}

#[test]
fn nothing_is_sent_for_who_has_not_registered() {
    let mut phone = listening();
    record(&mut phone, 1, NOON, -40);
    let rng = &mut Steady(1);
    assert_eq!(phone.next_decoy(NOON, rng), Err(Refusal::NotRegistered));
    assert_eq!(phone.decoy(NOON, rng).err(), Some(Refusal::NotRegistered));
    let mut phone = registered();
    let due = phone.next_decoy(NOON, rng).unwrap();
    phone.erase_all();
    assert_eq!(phone.next_decoy(due, rng), Err(Refusal::NotRegistered));
}

#[test]
fn the_moment_is_kept_until_the_decoy_is_made() {
    let mut phone = registered();
    let rng = &mut Steady(1);
    let due = phone.next_decoy(NOON, rng).unwrap();
    assert!(due > NOON);
    assert_eq!(phone.next_decoy(NOON + seconds(1), rng), Ok(due));
    assert_eq!(phone.next_decoy(due, rng), Ok(due));
    // The phone slept past it.
    let late = due + hours(3);
    assert_eq!(phone.next_decoy(late, rng), Ok(late));
    phone.decoy(late, rng).unwrap();
    let next = phone.next_decoy(late, rng).unwrap();
    assert!(next > late);
    assert_ne!(next.since(late), due.since(NOON));
}

#[test]
fn a_clock_that_was_ahead_does_not_silence_a_phone() {
    let mut phone = registered();
    let rng = &mut Steady(1);
    let ahead = NOON + hours(30 * 365 * 24);
    assert!(phone.next_decoy(ahead, rng).unwrap() > ahead);
    let due = phone.next_decoy(NOON, rng).unwrap();
    assert!(due.since(NOON) < 37 * MEAN_BETWEEN_DECOYS);
}

/// An exponential distribution: its mean, and that what has gone by does not count.
#[test]
fn decoys_come_once_in_five_days_on_average_and_at_any_moment() {
    let mut phone = registered();
    let mut rng = Steady(2);
    let draws = 20_000_u32;
    let waits: Vec<Duration> = (0..draws)
        .map(|_| {
            phone.decoy(NOON, &mut rng).unwrap();
            phone.next_decoy(NOON, &mut rng).unwrap().since(NOON)
        })
        .collect();
    let mean = waits.iter().sum::<Duration>() / draws;
    let off = mean.as_secs_f64() / MEAN_BETWEEN_DECOYS.as_secs_f64() - 1.0;
    // Four standard errors.
    assert!(off.abs() < 4.0 / f64::from(draws).sqrt(), "{off}");
    for days in [1, 2, 5, 10, 20] {
        let past = waits
            .iter()
            .filter(|wait| **wait > hours(24 * days))
            .count();
        let share = past as f64 / f64::from(draws);
        let right = (-0.2 * days as f64).exp();
        assert!(
            (share - right).abs() < 0.015,
            "after {days} days {share}, not {right}"
        );
    }
    assert_eq!(epoch(NOON).start(), NOON);
}

/// Draws at both ends of the range.
#[test]
fn a_wait_is_never_negative_nor_endless() {
    struct Always(u8);
    impl rand_core::TryRng for Always {
        type Error = core::convert::Infallible;
        fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
            Ok(u32::from_ne_bytes([self.0; 4]))
        }
        fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
            Ok(u64::from_ne_bytes([self.0; 8]))
        }
        fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
            bytes.fill(self.0);
            Ok(())
        }
    }
    impl rand_core::TryCryptoRng for Always {}
    let wait = |byte| {
        let mut phone = registered();
        let due = phone.next_decoy(NOON, &mut Always(byte)).unwrap();
        // Drawn once, and held for possible.
        assert_eq!(phone.next_decoy(NOON, &mut Always(0x55)), Ok(due));
        due.since(NOON)
    };
    assert_eq!(wait(0xff), Duration::ZERO);
    assert!(wait(0) > 36 * MEAN_BETWEEN_DECOYS && wait(0) < 37 * MEAN_BETWEEN_DECOYS);
}
