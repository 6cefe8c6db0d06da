//! Round trips and the circle of time, for arbitrary values.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic
)] // a test file

mod common;

use common::{Draws, test};
use core::time::Duration;
use decree::Moment;
use proptest::prelude::*;
use robert::auth::{AuthRequest, Kind};
use robert::bundle::{self, Tuple};
use robert::keys::{ClientPublic, ClientSecret, KeyEncryptionKey};
use robert::parameters::{FIRST_UTC_EPOCH, HELLO_TOLERANCE};
use robert::score::{Sample, score};
use robert::{
    AuthKey, CountryCode, Ebid, Ecc, Epoch, FederationKey, Hello, Id, Mac40, Ntp, ServerKey,
    Time16, Time32, TupleKey,
};

#[test]
fn all_65536_distances_on_the_circle() {
    for base in [0u16, 1, 179, 180, 32_767, 32_768, 65_355, 65_535] {
        for offset in 0..=u16::MAX {
            let (a, b) = (
                Time16::from_seconds(base),
                Time16::from_seconds(base.wrapping_add(offset)),
            );
            let distance = u32::from(offset).min(65_536 - u32::from(offset));
            assert_eq!(u32::from(a.distance(b)), distance);
            assert_eq!(a.distance(b), b.distance(a));
            assert_eq!(
                a.is_within(HELLO_TOLERANCE, b),
                distance <= 180,
                "{base} + {offset}"
            );
        }
    }
}

#[test]
fn epochs_follow_each_other() {
    assert_eq!(Epoch::FIRST.previous(), None);
    assert_eq!(Epoch::LAST.next(), None);
    assert_eq!(Epoch::new(1 << 24), None);
    assert_eq!(
        Epoch::LAST.until_day(4).count(),
        1,
        "no epoch beyond 24 bits"
    );
    assert_eq!(Epoch::FIRST.until_day(0).count(), 0);
    for number in (0..2000).chain(66_800..67_000) {
        let epoch = Epoch::new(number).unwrap();
        let days: std::collections::BTreeSet<_> = epoch.until_day(4).map(Epoch::day).collect();
        assert_eq!(days.len(), 4, "epoch {number}");
        assert_eq!(days.first(), Some(&epoch.day()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

    #[test]
    fn hellos_come_back(bytes in any::<[u8; 16]>(), gain in any::<i8>()) {
        let hello = Hello::from_bytes(bytes);
        prop_assert_eq!(hello.to_bytes(), bytes);
        let payload = hello.to_ble_payload(gain);
        prop_assert_eq!(&payload[..16], &bytes);
        prop_assert_eq!(&payload[16..], &[1, gain as u8]);
        let fields = Hello { ecc: hello.ecc, ebid: hello.ebid, time: hello.time, mac: Mac40(hello.mac.0) };
        prop_assert_eq!(fields.to_bytes(), bytes);
    }

    #[test]
    fn ebids_come_back(key in any::<[u8; 24]>(), number in 0u32..1 << 24, id in any::<[u8; 5]>()) {
        let (key, epoch) = (ServerKey::from_bytes(&key), Epoch::new(number).unwrap());
        prop_assert_eq!(key.decrypt(key.encrypt(epoch, Id(id))), (epoch, Id(id)));
    }

    #[test]
    fn countries_come_back(key in any::<[u8; 32]>(), ebid in any::<[u8; 8]>(), country in any::<u8>()) {
        let key = FederationKey::from_bytes(&key);
        let ecc = key.encode(Ebid(ebid), CountryCode(country));
        prop_assert_eq!(key.decode(Ebid(ebid), ecc), CountryCode(country));
    }

    #[test]
    fn bundles_come_back(
        key in any::<[u8; 32]>(),
        iv in any::<[u8; 12]>(),
        tuples in prop::collection::vec((0u32..1 << 24, any::<[u8; 8]>(), any::<u8>()), 0..20),
    ) {
        let tuple = |(number, ebid, ecc)| Tuple { epoch: Epoch::new(number).unwrap(), ebid: Ebid(ebid), ecc: Ecc(ecc) };
        let tuples: Vec<_> = tuples.into_iter().map(tuple).collect();
        let key = TupleKey::from_bytes(&key);
        let sealed = bundle::seal(&key, &mut Draws::of(&iv), &tuples);
        prop_assert_eq!(bundle::open(&key, &sealed), Ok(tuples));
    }

    #[test]
    fn no_bundle_panics(text in ".*", bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        use base64ct::{Base64, Encoding};
        let key = TupleKey::from_bytes(&[1; 32]);
        prop_assert!(bundle::open(&key, &text).is_err());
        prop_assert!(bundle::open(&key, &Base64::encode_string(&bytes)).is_err());
    }

    #[test]
    fn wrapped_keys_come_back(kek in any::<[u8; 32]>(), iv in any::<[u8; 12]>(), key in any::<[u8; 32]>()) {
        let kek = KeyEncryptionKey::from_bytes(&kek);
        let wrapped = kek.wrap(&mut Draws::of(&iv), &key);
        prop_assert_eq!(kek.unwrap(&wrapped).map(|key| *key), Some(key));
    }

    #[test]
    fn requests_verify_as_what_they_are(
        key in any::<[u8; 32]>(), ebid in any::<[u8; 8]>(), number in 0u32..1 << 24, now in any::<u32>(), bit in 0usize..256,
    ) {
        let (key, epoch) = (AuthKey::from_bytes(&key), Epoch::new(number).unwrap());
        let mut request = AuthRequest::seal(Kind::Status, &key, Ebid(ebid), epoch, Ntp(now.into()));
        prop_assert!(request.verify(Kind::Status, &key));
        prop_assert!(!request.verify(Kind::Unregister, &key));
        request.mac[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(!request.verify(Kind::Status, &key));
    }

    #[test]
    fn no_key_panics(der in prop::collection::vec(any::<u8>(), 0..120), text in ".*") {
        prop_assert!(ClientPublic::from_spki(&der).is_err());
        prop_assert!(ClientPublic::from_base64(&text).is_err());
    }

    /// Whatever the clock says, 32 bits are enough to find a time less than 68 years away.
    #[test]
    fn cut_times_are_found_again(now in 1u64 << 31..1 << 40, ahead in any::<i32>()) {
        let then = Ntp(Ntp::from(Moment::from_unix(now)).0.checked_add_signed(ahead.into()).unwrap());
        prop_assert_eq!(then.time32().nearest(Moment::from_unix(now)), then);
        prop_assert_eq!(then.time32().time16(), then.time16());
        prop_assert_eq!(Time32::from_seconds(then.0 as u32), then.time32());
    }

    /// Around the wrap of the 32 bits, and of the 16 bits inside them.
    #[test]
    fn a_wrap_between_two_times_changes_nothing(era in 1u64..4, before in 0u64..400, after in 0u64..400) {
        let wrap = era << 32;
        let (a, b) = (Ntp(wrap - before), Ntp(wrap + after));
        prop_assert_eq!(a.time16().is_within(HELLO_TOLERANCE, b.time16()), before + after <= 180);
        prop_assert_eq!(a.time32().is_within(Duration::from_secs(60), b.moment()), before + after <= 60);
        prop_assert_eq!(b.time32().is_within(Duration::from_secs(60), a.moment()), before + after <= 60);
    }

    #[test]
    fn a_moment_is_in_its_epoch(seconds in 0u64..(900 << 24)) {
        let moment = robert::parameters::SERVICE_START + Duration::from_secs(seconds);
        let epoch = Epoch::at(moment).unwrap();
        prop_assert!(epoch.start() <= moment && moment < epoch.start() + Duration::from_secs(900));
        prop_assert_eq!(Epoch::from_bytes(epoch.to_bytes()), epoch);
        if epoch.number() >= FIRST_UTC_EPOCH {
            prop_assert_eq!(epoch.day(), moment.day());
        }
    }

    #[test]
    fn a_score_has_bounds_and_no_order(
        (samples, shuffled) in prop::collection::vec((0i64..1200, any::<i8>()), 0..60)
            .prop_flat_map(|samples| (Just(samples.clone()), Just(samples).prop_shuffle())),
    ) {
        let read = |samples: Vec<(i64, i8)>| -> Vec<_> {
            samples.into_iter().map(|(seconds, rssi)| Sample { seconds, rssi }).collect()
        };
        let result = score(&read(samples));
        prop_assert_eq!(score(&read(shuffled)), result);
        prop_assert!((0.0..=14.0).contains(&result.score), "{:?}", result);
        prop_assert!(result.duration <= 14 && result.contacts <= 15);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 16, ..Default::default() })]

    #[test]
    fn public_keys_come_back(seed in any::<[u8; 32]>()) {
        let public = ClientSecret::generate(&mut Draws::of(&seed)).public();
        prop_assert_eq!(ClientPublic::from_spki(&public.to_spki()), Ok(public));
        prop_assert_eq!(ClientPublic::from_base64(&public.to_base64()), Ok(public));
        prop_assert_eq!(public.to_base64().len(), 124);
    }
}
