//! What leaves the phone, and what is shown of it.

use decree::article_2::Onset;
use robert::parameters::COUNTRY;
use robert::phone::{Fate, MOST_BYTES, MOST_CONTACTS, MOST_HELLOS};
use robert::validate::{authenticate, locate};
use robert::{Contact, Ntp};

use crate::both_sides::{
    CODE, NOON, Server, code, hours, listening, longest_json, meet, record, seconds,
};

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn the_selection_says_why_each_pseudonym_leaves_or_stays() {
    let mut phone = listening();
    record(&mut phone, 1, NOON, -40);
    record(&mut phone, 2, NOON, -90);
    for second in [0, 119] {
        phone.hear(&[3; 16], -40, NOON + seconds(second)).unwrap();
    }
    let later = NOON + hours(1);
    let selection = phone.draft(Onset::Unknown, later).unwrap().clone();
    let fates: Vec<_> = selection
        .meetings
        .iter()
        .map(|m| (m.ebid.0[0], m.fate()))
        .collect();
    assert_eq!(
        fates,
        [
            (1, Fate::Leaves),
            (2, Fate::RiskTooLow),
            (3, Fate::TooShort)
        ]
    );
    assert_eq!(selection.meetings[0].span, (NOON, NOON + seconds(900)));
    assert!(
        selection.meetings[0]
            .judgement
            .as_ref()
            .unwrap()
            .risk
            .unwrap()
            > 0.9
    );

    // What was shown is what leaves.
    let report = phone.send(code(), later).unwrap();
    assert_eq!(report.code.trim_end(), CODE);
    let sent: Vec<_> = report
        .contacts
        .iter()
        .map(|c| (c.ebid.0[0], c.hellos.len()))
        .collect();
    let shown: Vec<_> = selection
        .meetings
        .iter()
        .map(|m| (m.ebid.0[0], m.leaving()))
        .filter(|m| m.1 > 0)
        .collect();
    assert_eq!(sent, shown);
}

#[test]
fn a_report_says_what_was_heard_and_nothing_of_who_heard_it() {
    let mut server = Server::new();
    let (mut johanna, _) = server.register(NOON);
    let (mut justin, account) = server.register(NOON);
    let own: Vec<_> = johanna.pseudonyms().map(|tuple| tuple.ebid).collect();
    let contacts = meet(&mut johanna, &mut justin, NOON, seconds(900), 0.8);
    assert_eq!(contacts.len(), 1);
    assert!(contacts.iter().all(|contact| !own.contains(&contact.ebid)));
    let located = locate(
        &server.keys,
        &server.federation,
        COUNTRY,
        &contacts[0],
        NOON,
    )
    .unwrap();
    assert_eq!(located.id, account.id);
    let heard = authenticate(&account.auth, &located, NOON);
    assert_eq!(heard.len(), 90);
    assert_eq!(heard[0].collected, Ntp::from(NOON).time32().seconds());
    assert_eq!(heard[0].rssi, -43);
}

#[test]
fn levels_leave_as_the_filter_clipped_them() {
    let mut phone = listening();
    record(&mut phone, 1, NOON, -10);
    phone.draft(Onset::Unknown, NOON + hours(1)).unwrap();
    let report = phone.send(code(), NOON + hours(1)).unwrap();
    assert!(
        report.contacts[0]
            .hellos
            .iter()
            .all(|hello| hello.rssi == -25)
    );
    assert!(phone.history(NOON).all(|recorded| recorded.rssi == -10));
}

#[test]
fn the_same_pseudonym_under_two_country_codes_is_two_contacts() {
    let mut phone = listening();
    for t in (0..300).step_by(10) {
        let mut hello = [7; 16];
        hello[0] = (t / 10 % 2) as u8;
        phone.hear(&hello, -40, NOON + seconds(t)).unwrap();
    }
    let selection = phone.select(Onset::Unknown, NOON + hours(1)).unwrap();
    let codes: Vec<_> = selection
        .meetings
        .iter()
        .map(|m| (m.ecc.0, m.leaving()))
        .collect();
    assert_eq!(codes, [(0, 15), (1, 15)]);
}

#[test]
fn a_report_stays_within_what_the_server_takes() {
    // A crowd: each pseudonym is heard for the whole of an epoch.
    let crowd = |people: u32, hellos: usize| {
        let mut phone = listening();
        for second in (0..900).step_by(900 / hellos) {
            for person in 0..people {
                let mut hello = [255; 16];
                hello[1..5].copy_from_slice(&person.to_be_bytes());
                // The first thousand stand farther away.
                let level = if person < 1_000 { -50 } else { -40 };
                phone
                    .hear(&hello, level, NOON + seconds(second as u64))
                    .unwrap();
            }
        }
        phone.draft(Onset::Unknown, NOON + hours(1)).unwrap();
        phone.send(code(), NOON + hours(1)).unwrap().contacts
    };
    let count = |contacts: &[Contact]| contacts.iter().map(|c| c.hellos.len()).sum::<usize>();

    let contacts = crowd(1_000, 90);
    assert_eq!(contacts.len(), 1_000);
    assert_eq!(
        count(&contacts),
        1_000 * 39,
        "the greatest equal share of {MOST_HELLOS}"
    );
    assert!(longest_json(&contacts) <= MOST_BYTES);
    for Contact { hellos, .. } in contacts {
        let (first, last) = (hellos[0].collected, hellos[38].collected);
        assert_eq!(
            last - first,
            890,
            "evenly spread, from the first to the last"
        );
        assert!(
            hellos
                .windows(2)
                .all(|pair| (20..=30).contains(&(pair[1].collected - pair[0].collected)))
        );
    }

    let contacts = crowd(17_000, 3);
    assert_eq!(contacts.len(), MOST_CONTACTS, "the closest of them");
    assert!(longest_json(&contacts) <= MOST_BYTES);
    assert!(
        contacts
            .iter()
            .flat_map(|c| &c.hellos)
            .all(|hello| hello.rssi == -40)
    );
}
