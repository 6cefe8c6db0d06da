//! A phone as bytes.

use decree::article_2::Onset;
use decree::article_3::phone_history_forgotten_at;
use rand_core::TryRng;
use robert::bundle;
use robert::parameters::COUNTRY;
use robert::phone::{Phone, Refusal, ReportState, RestoreError};
use sha2::{Digest, Sha256};

use crate::both_sides::{
    CODE, NOON, Server, Steady, code, epoch, hex, hours, listening, record, row, seconds,
};

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn a_phone_comes_back_as_it_was_saved() {
    let mut server = Server::new();
    let (mut phone, account) = server.register(NOON);
    phone.switch_bluetooth(true);
    record(&mut phone, 1, NOON, -40);
    let now = NOON + hours(1);
    phone
        .answered(4, &server.bundle(&account, now), now)
        .unwrap();
    phone.ask(now).unwrap();
    let decoy = phone.next_decoy(now, &mut Steady(5)).unwrap();
    let saved = phone.save(now);
    let mut back = Phone::restore(&saved, now).unwrap();
    assert_eq!(*back.save(now), *saved);
    assert!(back.pseudonyms().eq(phone.pseudonyms()));
    let rows = |phone: &Phone| -> Vec<_> { phone.history(now).map(row).collect() };
    assert_eq!(rows(&back), rows(&phone));
    assert_eq!((back.at_risk(), back.bluetooth()), (Some(true), true));
    assert_eq!(
        back.emit(now).unwrap().to_bytes(),
        phone.emit(now).unwrap().to_bytes()
    );
    assert!(matches!(back.ask(now), Err(Refusal::TooSoon { .. })));
    assert_eq!(back.last_question(), Some(now.day()));
    assert_eq!(back.next_decoy(now, &mut Steady(6)), Ok(decoy));
}

#[test]
fn what_expired_while_the_phone_was_off_is_not_restored() {
    let mut phone = listening();
    phone.hear(&[1; 16], -40, NOON).unwrap();
    let saved = phone.save(NOON);
    let late = phone_history_forgotten_at(NOON);
    assert_eq!(
        Phone::restore(&saved, late - seconds(1))
            .unwrap()
            .history(NOON)
            .count(),
        1
    );
    assert_eq!(
        Phone::restore(&saved, late).unwrap().history(NOON).count(),
        0
    );
}

#[test]
fn the_code_is_saved_only_while_the_answer_is_unknown() {
    let mut phone = listening();
    record(&mut phone, 1, NOON, -40);
    let now = NOON + hours(1);
    let holds_code = |phone: &mut Phone| {
        phone
            .save(now)
            .windows(CODE.len())
            .any(|bytes| bytes == CODE.as_bytes())
    };
    phone.draft(Onset::Unknown, now).unwrap();
    assert!(!holds_code(&mut phone));
    phone.send(code(), now).unwrap();
    assert!(holds_code(&mut phone));
    phone.accepted().unwrap();
    assert!(!holds_code(&mut phone));
}

#[test]
fn a_draft_and_a_registration_in_flight_begin_again() {
    let mut phone = listening();
    record(&mut phone, 1, NOON, -40);
    phone.register(&mut Steady(1)).unwrap();
    phone.draft(Onset::Unknown, NOON + hours(1)).unwrap();
    let mut back = Phone::restore(&phone.save(NOON + hours(1)), NOON + hours(1)).unwrap();
    assert_eq!(back.report_state(), ReportState::None);
    let server = Server::new();
    assert_eq!(
        back.registered(&server.secret.public(), "", NOON),
        Err(Refusal::NotAsked)
    );
    assert_eq!(back.history(NOON).count(), 91);
}

#[test]
fn the_saved_form_is_pinned() {
    assert_eq!(hex(&Phone::new().save(NOON)), GOLDEN_NEW);
    assert_eq!(hex(&golden_phone().save(NOON)), GOLDEN);
}

#[test]
fn a_phone_of_the_pinned_form_is_read() {
    let bytes = unhex(GOLDEN);
    let mut phone = Phone::restore(&bytes, NOON).unwrap();
    holds_what_was_pinned(&mut phone);
    let due = NOON + seconds(GOLDEN_WAIT);
    assert_eq!(phone.next_decoy(NOON, &mut Steady(0)), Ok(due));
    assert_eq!(*phone.save(NOON), bytes);
}

/// Its report goes out again byte for byte, the code as short as it was then, and its first decoy is drawn now.
#[test]
fn a_phone_saved_before_there_were_decoys_is_read() {
    let mut phone = Phone::restore(&unhex(GOLDEN_1), NOON).unwrap();
    holds_what_was_pinned(&mut phone);
    assert_eq!(phone.retry(NOON).unwrap().code, CODE);
    let (mut fresh, _) = Server::new().register(NOON);
    let due = fresh.next_decoy(NOON, &mut Steady(7));
    assert_eq!(phone.next_decoy(NOON, &mut Steady(7)), due);
}

/// A version is not a matter of how much follows.
#[test]
fn a_phone_of_one_version_is_not_read_as_another() {
    for (golden, other) in [(GOLDEN, 1), (GOLDEN_1, 2)] {
        let mut bytes = unhex(golden);
        bytes.truncate(bytes.len() - 8);
        bytes[0] = other;
        let sum = Sha256::digest(&bytes);
        bytes.extend_from_slice(&sum[..8]);
        let error = Phone::restore(&bytes, NOON).err();
        assert_eq!(error, Some(RestoreError::Damaged));
    }
}

fn unhex(hex: &str) -> Vec<u8> {
    (0..hex.len() / 2)
        .map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap())
        .collect()
}

fn holds_what_was_pinned(phone: &mut Phone) {
    assert_eq!(phone.history(NOON).count(), 4);
    assert_eq!(phone.pseudonyms().count(), 2);
    assert_eq!(
        (phone.at_risk(), phone.last_question()),
        (Some(true), Some(NOON.day()))
    );
    let report = phone.retry(NOON).unwrap();
    assert_eq!(report.code.trim_end(), CODE);
    assert_eq!(report.contacts[0].hellos.len(), 3);
}

#[test]
fn damage_is_an_answer_and_never_a_panic() {
    let saved = golden_phone().save(NOON);
    for length in 0..saved.len() {
        assert!(
            Phone::restore(&saved[..length], NOON).is_err(),
            "cut to {length}"
        );
    }
    for byte in 0..saved.len() {
        for bit in 0..8 {
            let mut damaged = saved.to_vec();
            damaged[byte] ^= 1 << bit;
            let error = Phone::restore(&damaged, NOON).err();
            match byte {
                0 => assert_eq!(error, Some(RestoreError::UnknownVersion(damaged[0]))),
                _ => assert_eq!(error, Some(RestoreError::Damaged)),
            }
        }
    }
    let mut longer = saved.to_vec();
    longer.push(0);
    assert_eq!(
        Phone::restore(&longer, NOON).err(),
        Some(RestoreError::Damaged)
    );
}

/// Whoever can write the file can also write its checksum.
#[test]
fn a_forged_phone_is_read_or_refused_and_never_a_panic() {
    let saved = golden_phone().save(NOON);
    let state = &saved[..saved.len() - 8];
    let mut rng = Steady(3);
    let mut refused = 0;
    for _ in 0..20_000 {
        let word = rng.try_next_u64().unwrap();
        let mut forged = state.to_vec();
        let place = 1 + (word >> 32) as usize % (forged.len() - 1);
        match word % 3 {
            0 => forged[place] = (word >> 8) as u8,
            1 => forged.truncate(place),
            _ => forged[place..].fill(0xff),
        }
        forged.extend_from_slice(&Sha256::digest(&forged)[..8]);
        refused += usize::from(Phone::restore(&forged, NOON).is_err());
    }
    assert!((10_000..20_000).contains(&refused), "{refused}");

    let mut longer = [state, &[0]].concat();
    longer.extend_from_slice(&Sha256::digest(&longer)[..8]);
    assert_eq!(
        Phone::restore(&longer, NOON).err(),
        Some(RestoreError::Damaged)
    );
}

/// Phones as version 2 of the format saves them. A change here is a new version.
const GOLDEN_NEW: &str = "0200000000000000d86e8112f3c4c444";
const GOLDEN_WAIT: u64 = 165107;
const GOLDEN: &str = "\
    02018b066283fa49c8ebc07084db0ffd82fe63fbcc637240a54a1060333e67c0534caccb131c01b27c5f3116\
    9331b0057ccfb1d2e244713275f5420500e8f35d27f002b00fc2d1d9c6a4632132b9b10f0ff75a697468ce63\
    a40104f895bdf705abababababababababababababababab80c896bdf705cdcdcdcdcdcdcdcdcdcdcdcdcdcd\
    cdcd7f8497bdf705cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd7fc097bdf705cdcdcdcdcdcdcdcdcdcdcdcdcdcd\
    cdcd7f032437514b583943324d3454202020202020202020202020202020202020202020202020202003c896\
    bdf705cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcde78497bdf705cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcde7c097\
    bdf705cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcde701010182900101b20f01b3a1c7f705272f731b3c667912";
/// And as version 1 did.
const GOLDEN_1: &str = "\
    01018b066283fa49c8ebc07084db0ffd82fe63fbcc637240a54a1060333e67c0534caccb131c01b27c5f3116\
    9331b0057ccfb1d2e244713275f5420500e8f35d27f002b00fc2d1d9c6a4632132b9b10f0ff75a697468ce63\
    a40104f895bdf705abababababababababababababababab80c896bdf705cdcdcdcdcdcdcdcdcdcdcdcdcdcd\
    cdcd7f8497bdf705cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd7fc097bdf705cdcdcdcdcdcdcdcdcdcdcdcdcdcd\
    cdcd7f030a37514b583943324d345403c896bdf705cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcde78497bdf705cd\
    cdcdcdcdcdcdcdcdcdcdcdcdcdcdcde7c097bdf705cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcde7010101829001\
    01b20fddf794f80764fb25";

fn golden_phone() -> Phone {
    let mut server = Server::new();
    let mut phone = Phone::new();
    let public = phone.register(&mut Steady(9)).unwrap();
    let (account, _) = server.open_account(&public, NOON);
    let tuples = bundle::tuples(
        &server.keys,
        &server.federation,
        COUNTRY,
        account.id,
        [epoch(NOON), epoch(NOON).next().unwrap()],
    );
    let sealed = bundle::seal(&account.tuples, &mut server.rng, &tuples);
    phone
        .registered(&server.secret.public(), &sealed, NOON)
        .unwrap();
    phone.switch_bluetooth(true);
    phone.hear(&[0xab; 16], -128, NOON - seconds(200)).unwrap();
    for before in [120, 60, 0] {
        phone
            .hear(&[0xcd; 16], 127, NOON - seconds(before))
            .unwrap();
    }
    phone.ask(NOON).unwrap();
    phone.answered(4, &sealed, NOON).unwrap();
    phone.draft(Onset::Unknown, NOON).unwrap();
    phone.send(code(), NOON).unwrap();
    phone.next_decoy(NOON, &mut Steady(9)).unwrap();
    phone
}
