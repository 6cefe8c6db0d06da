//! The bytes that are stored.

use crate::common::{moment, test};
use robert::risk::{AppliedContact, Exposure, Unreadable, Verdict, judge};
use robert::{Epoch, Heard, Time16};

#[test]
fn a_stored_verdict_has_one_form() {
    let now = moment("2022-05-10T12:00:00Z");
    let epoch = Epoch::new(68_015).unwrap();
    assert_eq!(Epoch::at(now), epoch.next());
    let verdict = judge(&Verdict::default(), &[Exposure { epoch, score: 20.0 }], now);
    let empty = [1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let raised = [1, 3, 0, 0, 0x4a, 0xb2, 0, 0x01, 0x09, 0xb0];
    let told = [1, 7, 0, 0, 0x4a, 0xb2, 0, 0x01, 0x09, 0xb0];
    assert_eq!(Verdict::default().to_bytes(), empty);
    assert_eq!(verdict.to_bytes(), raised);
    assert_eq!(verdict.tell(now).to_bytes(), told);
    assert_eq!(Verdict::from_bytes(&told), Ok(verdict.tell(now)));

    for (byte, value) in [(0, 0), (0, 2), (1, 8), (1, 1), (1, 2), (6, 1)] {
        let mut changed = raised;
        changed[byte] = value;
        assert_eq!(
            Verdict::from_bytes(&changed),
            Err(Unreadable),
            "byte {byte} = {value}"
        );
    }
    assert_eq!(Verdict::from_bytes(&raised[..9]), Err(Unreadable));
    assert_eq!(
        Verdict::from_bytes(&[&raised[..], &[0]].concat()),
        Err(Unreadable)
    );
}

#[test]
fn a_stored_contact_has_one_form() {
    let contact = AppliedContact {
        epoch: Epoch::new(0x01_09_80).unwrap(),
        hellos: vec![
            Heard {
                time: Time16([0xa3, 0x3b]),
                collected: 0xe614_e100,
                rssi: -60,
            },
            Heard {
                time: Time16([0, 1]),
                collected: 2,
                rssi: 127,
            },
        ],
    };
    let bytes = [
        1, 0x01, 0x09, 0x80, // version, epoch
        0xa3, 0x3b, 0xe6, 0x14, 0xe1, 0x00, 0xc4, // time16, time of reception, level
        0, 1, 0, 0, 0, 2, 0x7f,
    ];
    assert_eq!(contact.to_bytes(), bytes);
    assert_eq!(AppliedContact::from_bytes(&bytes), Ok(contact));
    for length in (0..bytes.len()).filter(|length| ![4, 11].contains(length)) {
        assert_eq!(
            AppliedContact::from_bytes(&bytes[..length]),
            Err(Unreadable),
            "{length}"
        );
    }
    assert_eq!(AppliedContact::from_bytes(&[2, 0, 0, 0]), Err(Unreadable));
}
