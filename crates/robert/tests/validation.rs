//! Which HELLOs are believed: the edges of the official tests, second by second.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic
)] // a test file

mod common;

use common::{SOMEONE, day_keys, moment, test};
use core::cell::Cell;
use core::time::Duration;
use decree::{Day, Moment};
use robert::auth::{AuthRequest, Kind, SenderError};
use robert::parameters::{COUNTRY, SERVICE_START};
use robert::validate::{DayKeys, Dropped, Located, authenticate, locate, locate_all};
use robert::{
    AuthKey, Contact, CountryCode, Ebid, Ecc, Epoch, FederationKey, Heard, HeardHello, Hello, Ntp,
    ServerKey, Time16,
};
use std::collections::BTreeMap;

/// RS ValidateContactTest: an EBID of 12:07 heard so much earlier or later.
#[test]
fn in_the_middle_of_a_day_one_epoch_off_is_accepted() {
    let sent = moment("2022-05-10T12:07:01Z");
    for minutes in [-15, 0, 15] {
        assert!(is_located(sent, at(sent, 60 * minutes)), "{minutes} min");
    }
    for seconds in [-1, 1] {
        assert!(is_located(sent, at(sent, seconds)), "{seconds} s");
    }
    for minutes in [-5 * 60, -30, 30, 5 * 60] {
        assert!(!is_located(sent, at(sent, 60 * minutes)), "{minutes} min");
    }
    // Second by second: from the first of the epoch before to the last of the epoch after.
    let epoch = Epoch::at(sent).unwrap();
    for offset in -2000..=2800 {
        let heard = at(epoch.start(), offset);
        assert_eq!(
            is_located(sent, heard),
            (-900..1800).contains(&offset),
            "{offset} s"
        );
    }
}

/// RS ValidateContactTest: an EBID of the first or last second of a day, heard across midnight.
#[test]
fn at_a_day_boundary_three_minutes_are_accepted() {
    let first = moment("2022-05-10T00:00:00Z");
    let last = moment("2022-05-10T23:59:59Z");
    let midnight = moment("2022-05-11T00:00:00Z");
    for (sent, heard) in [(at(first, 1), at(first, -179)), (first, at(first, -30))] {
        assert!(is_located(sent, heard));
    }
    for (sent, heard) in [(last, at(midnight, 30)), (last, at(midnight, 179))] {
        assert!(is_located(sent, heard));
    }
    for seconds in [-3600, -181] {
        assert!(!is_located(first, at(first, seconds)), "{seconds} s");
    }
    for seconds in [180, 181, 3600] {
        assert!(!is_located(last, at(midnight, seconds)), "{seconds} s");
    }
    // Second by second. A neighbouring epoch is not enough: the key of its own day is tried only
    // within the three minutes, so yesterday's EBID is refused from 00:03:00 on.
    for offset in -1000..=1000 {
        let heard = at(midnight, offset);
        assert_eq!(
            is_located(last, heard),
            (-1000..180).contains(&offset),
            "{offset} s"
        );
        assert_eq!(
            is_located(midnight, heard),
            (-179..=1000).contains(&offset),
            "{offset} s"
        );
    }
}

#[test]
fn each_hello_is_judged_alone() {
    let sent = moment("2022-05-10T12:07:01Z");
    let (good, bad) = (heard_at(sent), heard_at(at(sent, 3600)));
    let other = heard_at(at(sent, 10));
    let seconds = |hellos: &[HeardHello]| -> Vec<u32> {
        let located = locate_with(sent, hellos).unwrap();
        located.hellos.iter().map(|hello| hello.collected).collect()
    };
    assert_eq!(
        seconds(&[bad, good, other]),
        [good.collected, other.collected]
    );
    assert_eq!(
        seconds(&[good, bad, other]),
        [good.collected, other.collected]
    );
    assert_eq!(
        seconds(&[other, good, bad]),
        [other.collected, good.collected]
    );
    // A day without a key is one more way to fail.
    let lost = heard_at(at(sent, 40 * 86_400));
    assert_eq!(seconds(&[lost, good]), [good.collected]);
}

#[test]
fn contacts_that_lead_to_nobody_are_dropped() {
    let sent = moment("2022-05-10T12:07:01Z");
    let dropped = |hellos: &[HeardHello]| locate_with(sent, hellos).map(|_| ()).unwrap_err();
    assert_eq!(dropped(&[]), Dropped::NoDayKey);
    assert_eq!(
        dropped(&[heard_at(at(sent, 40 * 86_400))]),
        Dropped::NoDayKey
    );
    assert_eq!(
        dropped(&[heard_at(moment("2020-05-31T23:59:59Z"))]),
        Dropped::NoDayKey
    );
    assert_eq!(dropped(&[heard_at(at(sent, 3600))]), Dropped::WrongEpoch);

    // Another country, and an ECC that means nothing.
    let keys = day_keys([sent.day()]);
    let (ecc, ebid) = tuple(&keys, Epoch::at(sent).unwrap());
    for flip in 1..=255 {
        let contact = Contact {
            ebid,
            ecc: Ecc(ecc.0 ^ flip),
            hellos: vec![heard_at(sent)],
        };
        let dropped = locate(&keys, &federation(), COUNTRY, &contact, sent).map(|_| ());
        assert_eq!(
            dropped,
            Err(Dropped::Foreign(CountryCode(COUNTRY.0 ^ flip)))
        );
    }

    // An EBID that is one of ours but for a bit.
    for bit in 0..64 {
        let ebid = Ebid((u64::from_be_bytes(ebid.0) ^ 1 << bit).to_be_bytes());
        let ecc = federation().encode(ebid, COUNTRY);
        let contact = Contact {
            ebid,
            ecc,
            hellos: vec![heard_at(sent)],
        };
        let dropped = locate(&keys, &federation(), COUNTRY, &contact, sent).map(|_| ());
        assert_eq!(dropped, Err(Dropped::WrongEpoch), "bit {bit}");
    }
}

/// Each key that is looked for is decrypted with, there or not, so the time that a contact takes does not tell whether it
/// is anybody's. Noon, the three minutes on either side of midnight, and the first week, where more keys are tried.
#[test]
fn a_contact_of_nobody_costs_as_many_decryptions() {
    struct Counted<'a>(&'a BTreeMap<Day, ServerKey>, Cell<u32>);
    impl DayKeys for Counted<'_> {
        fn server_key(&self, day: Day) -> Option<&ServerKey> {
            self.1.set(self.1.get() + 1);
            self.0.server_key(day)
        }
    }
    let decryptions = |keys: &BTreeMap<Day, ServerKey>, ebid, heard: Moment, hellos| {
        let keys = Counted(keys, Cell::new(0));
        let ecc = federation().encode(ebid, COUNTRY);
        let hellos = vec![heard_at(heard); hellos];
        let located = locate(
            &keys,
            &federation(),
            COUNTRY,
            &Contact { ebid, ecc, hellos },
            heard,
        );
        (located.is_ok(), keys.1.get())
    };
    for (heard, each) in [
        ("2022-05-10T12:00:00Z", 1),
        ("2022-05-10T00:02:59Z", 2),
        ("2022-05-10T23:57:01Z", 2),
        ("2020-06-03T12:00:00Z", 2),
        ("2020-06-12T00:02:59Z", 2),
        ("2020-06-03T23:57:01Z", 2),
    ] {
        let heard = moment(heard);
        let day = heard.day();
        let keys = day_keys([day.minus_days(1), day, day.plus_days(1)]);
        let (_, ours) = tuple(&keys, Epoch::at(heard).unwrap());
        let nobodys = Ebid([0x5a; 8]);
        let forgotten = BTreeMap::new();
        // However many HELLOs: all of a day are one decryption.
        for hellos in [1, 60] {
            for (keys, ebid, located) in [
                (&keys, ours, true),
                (&keys, nobodys, false),
                (&forgotten, ours, false),
            ] {
                assert_eq!(
                    decryptions(keys, ebid, heard, hellos),
                    (located, each),
                    "{heard:?}, {hellos} HELLOs"
                );
            }
        }
    }
}

/// By chance an EBID can mean something under the key of another day as well.
#[test]
fn hellos_that_disagree_on_the_owner_drop_the_contact() {
    let sent = moment("2022-05-10T12:07:01Z");
    let mut keys = day_keys([sent.day()]);
    let (ecc, ebid) = tuple(&keys, Epoch::at(sent).unwrap());
    let next_day = sent.day().plus_days(1);
    let (key, epoch) = (0u32..)
        .find_map(|counter| {
            let mut bytes = [0; 24];
            bytes[..4].copy_from_slice(&counter.to_be_bytes());
            let key = ServerKey::from_bytes(&bytes);
            let (epoch, _) = key.decrypt(ebid);
            (epoch.day() == next_day).then_some((key, epoch))
        })
        .unwrap();
    keys.insert(next_day, key);
    let hellos = vec![heard_at(sent), heard_at(epoch.start())];
    let mut contact = Contact { ebid, ecc, hellos };
    let now = at(sent, 2 * 86_400);
    let dropped = locate(&keys, &federation(), COUNTRY, &contact, now).map(|_| ());
    assert_eq!(dropped, Err(Dropped::Disagreement));
    // Among others, which go their own way.
    let mut alone = contact.clone();
    alone.hellos.pop();
    let report = [alone.clone(), contact.clone(), alone, contact.clone()];
    let fates: Vec<_> = locate_all(&keys, &federation(), COUNTRY, &report, now)
        .map(|located| located.map(|_| ()))
        .collect();
    let fate = Err(Dropped::Disagreement);
    assert_eq!(fates, [Ok(()), fate, Ok(()), fate]);
    contact.hellos.pop();
    assert!(locate(&keys, &federation(), COUNTRY, &contact, now).is_ok());
}

/// The first 960 epochs took their keys by the date in Paris; phones of the first week could hold
/// EBIDs of the day before.
#[test]
fn the_first_week_tries_the_key_of_the_day_before() {
    let days: Vec<_> = (0..30)
        .map(|day| SERVICE_START.day().plus_days(day))
        .collect();
    let keys = day_keys(days);
    let key = AuthKey::from_bytes(&[9; 32]);
    for (number, retried) in [(100, true), (672, true), (673, false), (960, false)] {
        let epoch = Epoch::new(number).unwrap();
        let yesterday = keys.server_key(epoch.day().minus_days(1)).unwrap();
        let ebid = yesterday.encrypt(epoch, SOMEONE);
        let ecc = federation().encode(ebid, COUNTRY);
        let now = epoch.start() + Duration::from_secs(450);
        let contact = Contact {
            ebid,
            ecc,
            hellos: vec![heard_at(now)],
        };
        let located = locate(&keys, &federation(), COUNTRY, &contact, now);
        assert_eq!(located.is_ok(), retried, "contact, epoch {number}");

        let request = AuthRequest::seal(Kind::Status, &key, ebid, epoch, Ntp::from(now));
        let sender = if retried {
            Ok(SOMEONE)
        } else {
            Err(SenderError::WrongEpoch)
        };
        assert_eq!(request.sender(&keys), sender, "request, epoch {number}");
    }
    // A request names its epoch exactly; nothing near it will do.
    let epoch = Epoch::new(2000).unwrap();
    let ebid = keys[&epoch.day()].encrypt(epoch, SOMEONE);
    for (claimed, sender) in [
        (1999, Err(SenderError::WrongEpoch)),
        (2000, Ok(SOMEONE)),
        (2001, Err(SenderError::WrongEpoch)),
        (90_000, Err(SenderError::NoDayKey)),
        (2000 | 1 << 24, Err(SenderError::NoDayKey)),
        (u32::MAX, Err(SenderError::NoDayKey)),
    ] {
        let mut request = AuthRequest::seal(Kind::Status, &key, ebid, epoch, Ntp(0));
        request.epoch = claimed;
        assert_eq!(request.sender(&keys), sender, "claimed {claimed}");
    }
}

#[test]
fn a_request_may_be_a_minute_off() {
    let key = AuthKey::from_bytes(&[9; 32]);
    let epoch = Epoch::new(66_855).unwrap();
    for now in [
        moment("2022-05-10T12:00:00Z"),
        moment("2036-02-07T06:28:16Z"),
    ] {
        for offset in -100..=100 {
            let client = Ntp::from(at(now, offset));
            let request = AuthRequest::seal(Kind::Status, &key, Ebid([1; 8]), epoch, client);
            assert_eq!(
                request.is_timely(now),
                offset.abs() <= 60,
                "{offset} s from {now:?}"
            );
        }
    }
}

#[test]
fn only_what_the_owner_sent_is_authentic() {
    let sent = moment("2022-05-10T12:07:01Z");
    let (key, stranger) = (AuthKey::from_bytes(&[9; 32]), AuthKey::from_bytes(&[8; 32]));
    let located = |hellos| Located {
        id: SOMEONE,
        epoch: Epoch::at(sent).unwrap(),
        ecc: Ecc(1),
        ebid: Ebid([1; 8]),
        hellos,
    };
    let hello = |key: &AuthKey, sent: Moment, heard: Moment| {
        let hello = Hello::seal(key, Ecc(1), Ebid([1; 8]), Ntp::from(sent));
        HeardHello::new(&hello, Ntp::from(heard), -60)
    };
    let good = hello(&key, sent, at(sent, 2));
    let forged = hello(&stranger, sent, at(sent, 2));
    let mut changed = good;
    changed.time = Time16::from_seconds(good.time.seconds() + 1);
    let expected = Heard {
        time: good.time,
        collected: good.collected,
        rssi: -60,
    };
    assert_eq!(
        authenticate(&key, &located(vec![forged, good, changed]), sent),
        [expected]
    );
    // None repeats for another: what counts once is decided when exposures are made.
    assert_eq!(
        authenticate(&key, &located(vec![good, good]), sent),
        [expected, expected]
    );

    // The MAC covers ECC and EBID as reported.
    let mut other = located(vec![good]);
    other.ecc = Ecc(2);
    assert_eq!(authenticate(&key, &other, sent), []);
    other = located(vec![good]);
    other.ebid = Ebid([2; 8]);
    assert_eq!(authenticate(&key, &other, sent), []);

    // And the epoch of reception is that of the EBID, or a neighbour.
    let start = Epoch::at(sent).unwrap().start();
    for offset in -1000..=2000 {
        let now = at(start, offset);
        let heard = authenticate(&key, &located(vec![hello(&key, now, now)]), now);
        assert_eq!(
            heard.len() == 1,
            (-900..1800).contains(&offset),
            "{offset} s"
        );
    }
}

#[test]
fn all_65536_clock_offsets() {
    let heard = moment("2022-05-10T12:07:01Z");
    let key = AuthKey::from_bytes(&[9; 32]);
    let collected = Ntp::from(heard);
    for offset in 0..=u16::MAX {
        let sent = Ntp(collected.0 + u64::from(offset));
        let hello = Hello::seal(&key, Ecc(1), Ebid([1; 8]), sent);
        let located = Located {
            id: SOMEONE,
            epoch: Epoch::at(heard).unwrap(),
            ecc: hello.ecc,
            ebid: hello.ebid,
            hellos: vec![HeardHello::new(&hello, collected, -60)],
        };
        let accepted = authenticate(&key, &located, heard).len() == 1;
        assert_eq!(
            accepted,
            offset <= 180 || offset >= 65_535 - 179,
            "{offset} s"
        );
    }
}

/// 2036-02-07T06:28:16Z: 32 bits of NTP seconds begin again, and 16 bits with them.
#[test]
fn the_wrap_of_2036_goes_unnoticed() {
    let wrap = moment("2036-02-07T06:28:16Z");
    assert_eq!(Ntp::from(wrap), Ntp(1 << 32));
    assert_eq!(Ntp::from(wrap).time32().seconds(), 0);
    let keys = day_keys([wrap.day()]);
    let key = AuthKey::from_bytes(&[9; 32]);
    for (sent, heard) in [(-90, 90), (90, -90), (-1, 0), (0, -1), (-180, 0), (0, -180)] {
        let (sent, heard) = (at(wrap, sent), at(wrap, heard));
        let (ecc, ebid) = tuple(&keys, Epoch::at(sent).unwrap());
        let hello = Hello::seal(&key, ecc, ebid, Ntp::from(sent));
        let hellos = vec![HeardHello::new(&hello, Ntp::from(heard), -60)];
        let contact = Contact { ebid, ecc, hellos };
        for now in [at(wrap, -1000), wrap, at(wrap, 1000), at(wrap, 10 * 86_400)] {
            let located = locate(&keys, &federation(), COUNTRY, &contact, now).unwrap();
            assert_eq!(
                authenticate(&key, &located, now).len(),
                1,
                "{sent:?} heard {heard:?}"
            );
        }
    }
}

#[test]
fn a_located_contact_belongs_to_the_day_of_its_ebid() {
    let last = moment("2022-05-10T23:59:59Z");
    let located = locate_with(last, &[heard_at(at(last, 60))]).unwrap();
    assert_eq!(located.day(), last.day());
    assert_eq!(located.id, SOMEONE);
    assert_eq!(located.epoch, Epoch::at(last).unwrap());
}

fn is_located(sent: Moment, heard: Moment) -> bool {
    locate_with(sent, &[heard_at(heard)]).is_ok()
}

fn locate_with(sent: Moment, hellos: &[HeardHello]) -> Result<Located, Dropped> {
    let days = |range: core::ops::Range<u32>| range.map(|n| sent.day().minus_days(5).plus_days(n));
    let keys = day_keys(days(0..10));
    let (ecc, ebid) = tuple(&keys, Epoch::at(sent).unwrap());
    let contact = Contact {
        ebid,
        ecc,
        hellos: hellos.to_vec(),
    };
    locate(&keys, &federation(), COUNTRY, &contact, at(sent, 86_400))
}

fn tuple(keys: &BTreeMap<Day, ServerKey>, epoch: Epoch) -> (Ecc, Ebid) {
    let ebid = keys[&epoch.day()].encrypt(epoch, SOMEONE);
    (federation().encode(ebid, COUNTRY), ebid)
}

fn federation() -> FederationKey {
    FederationKey::from_bytes(&[3; 32])
}

/// What locating looks at: when it was heard.
fn heard_at(moment: Moment) -> HeardHello {
    HeardHello::new(&Hello::from_bytes([0; 16]), Ntp::from(moment), -60)
}

fn at(moment: Moment, seconds: i64) -> Moment {
    Moment::from_unix(moment.unix().checked_add_signed(seconds).unwrap())
}
