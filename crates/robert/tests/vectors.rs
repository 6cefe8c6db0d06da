//! Every vector, published and derived, group by group. The files say where each comes from.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic
)] // a test file

mod common;

use base64ct::{Base64, Encoding};
use common::{Draws, base64, float, hex, hex_vec, moment, ntp, number, rows, test, vectors};
use decree::Moment;
use robert::auth::{AuthRequest, Kind, SenderError};
use robert::bundle::{self, BundleError, Tuple};
use robert::keys::{
    ClientPublic, ClientSecret, KeyEncryptionKey, KeyError, ServerPublic, ServerSecret,
};
use robert::parameters::{COUNTRY, HELLO_TOLERANCE, RISK_THRESHOLD, SERVICE_START};
use robert::risk::risk;
use robert::score::{Sample, score, score_in_order};
use robert::{
    AuthKey, CountryCode, Ebid, Ecc, Epoch, FederationKey, Hello, Id, Ntp, ServerKey, Time16,
    Time32, TupleKey,
};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

#[test]
fn ebid_and_ecc_published() {
    let file = vectors!("ebid_ecc");
    for row in rows(&file["published"], 1) {
        check_ebid(row, &row["ks"], &row["kg"]);
    }
}

#[test]
fn ebid_and_ecc_derived() {
    let file = vectors!("ebid_ecc");
    for row in rows(&file["derived"], 18) {
        check_ebid(
            row,
            &file["derived_keys"]["ks"],
            &file["derived_keys"]["kg"],
        );
    }
}

#[test]
fn ebid_and_ecc_published_negative() {
    let file = vectors!("ebid_ecc");
    let [wrong_key, foreign] = rows(&file["published_negative"], 2) else {
        panic!()
    };

    let (epoch, id) =
        ServerKey::from_bytes(&hex(&wrong_key["ks"])).decrypt(Ebid(hex(&wrong_key["ebid"])));
    assert_eq!(
        [&epoch.to_bytes()[..], &id.0].concat(),
        hex_vec(&wrong_key["decrypts_to"])
    );
    assert_eq!(epoch.number(), number(&wrong_key["decrypted_epoch"]));

    let [ecc] = hex(&foreign["ecc"]);
    let country = FederationKey::from_bytes(&hex(&foreign["kg"]))
        .decode(Ebid(hex(&foreign["ebid"])), Ecc(ecc));
    assert_eq!(
        u32::from(country.0),
        number(&foreign["decoded_country_code"])
    );
}

#[test]
fn hello_published() {
    let file = vectors!("hello");
    let [sealed, parsed] = rows(&file["published"], 2) else {
        panic!()
    };

    let hello = Hello::seal(
        &auth_key(&sealed["key"]),
        ecc(sealed),
        ebid(sealed),
        ntp(&sealed["ntp_seconds"]),
    );
    assert_eq!(hello.to_bytes(), hex(&sealed["hello"]));
    assert_eq!(hello.time, Time16(hex(&sealed["time16"])));
    assert_eq!(hello.mac.0, hex(&sealed["mac"]));

    let hello = Hello::from_bytes(hex(&parsed["hello"]));
    assert_eq!(
        u32::from(hello.time.seconds()),
        number(&parsed["time16_decimal"])
    );
    assert_eq!(hello.mac.0, hex(&parsed["mac"]));
    assert_eq!(hello.to_bytes(), hex(&parsed["hello"]));
}

#[test]
fn hello_derived() {
    let file = vectors!("hello");
    let keys = &file["derived_keys"];
    let (key, ks) = (
        auth_key(&keys["k_mac"]),
        ServerKey::from_bytes(&hex(&keys["ks"])),
    );
    let kg = FederationKey::from_bytes(&hex(&keys["kg"]));
    for row in rows(&file["derived"], 4) {
        let ebid = ks.encrypt(epoch(row), id(row));
        let hello = Hello::seal(
            &key,
            kg.encode(ebid, COUNTRY),
            ebid,
            ntp(&row["ntp_seconds"]),
        );
        assert_eq!(hello.to_bytes(), hex(&row["hello"]), "{row}");
        assert_eq!(
            hello.to_ble_payload(-7),
            hex(&row["ble_service_data_18"]),
            "{row}"
        );
        assert_eq!(u32::from(hello.time.seconds()), number(&row["time16"]));
        assert_eq!(hello.mac.0, base64(&row["json"]["mac"]));
        assert_eq!(hello.ebid.0, base64(&row["json"]["ebid"]));
        assert!(Hello::from_bytes(hex(&row["hello"])).verify(&key));
    }
}

#[test]
fn hello_derived_invalid() {
    let file = vectors!("hello");
    let key = auth_key(&file["derived_keys"]["k_mac"]);
    for row in rows(&file["derived_invalid"], 3) {
        let mut bytes = hex(&row["hello"]);
        assert!(!Hello::from_bytes(bytes).verify(&key), "{row}");
        let bit = number(&row["flipped_bit"]) as usize;
        bytes[bit / 8] ^= 0x80 >> (bit % 8);
        assert!(Hello::from_bytes(bytes).verify(&key), "turned back: {row}");
    }
}

#[test]
fn hello_every_bit_counts() {
    let file = vectors!("hello");
    let key = auth_key(&file["derived_keys"]["k_mac"]);
    let valid: [u8; 16] = hex(&file["derived"][0]["hello"]);
    for bit in 0..128 {
        let mut bytes = valid;
        bytes[bit / 8] ^= 0x80 >> (bit % 8);
        assert!(!Hello::from_bytes(bytes).verify(&key), "bit {bit}");
    }
}

#[test]
fn authenticated_request_published() {
    let file = vectors!("authenticated_requests");
    let deployed = &rows(&file["published"], 2)[0];
    check_request(deployed, &auth_key(&deployed["key"]));
}

/// A draft of May 2020 left the epoch out of the MAC. Its vector still circulates.
#[test]
fn authenticated_request_of_the_obsolete_draft_is_refused() {
    let file = vectors!("authenticated_requests");
    let obsolete = &rows(&file["published"], 2)[1];
    for epoch in [0, 1, 0x1e2b_ec58, u32::MAX] {
        let request = AuthRequest {
            ebid: ebid(obsolete),
            epoch,
            time: time32(&obsolete["time_ntp"]),
            mac: hex(&obsolete["mac"]),
        };
        assert!(!request.verify(Kind::Status, &auth_key(&obsolete["key"])));
    }
}

#[test]
fn authenticated_request_derived() {
    let file = vectors!("authenticated_requests");
    let key = auth_key(&file["derived_key"]);
    for row in rows(&file["derived"], 8) {
        check_request(row, &key);
    }
}

/// The specification read literally: a 24-bit epoch under the MAC.
#[test]
fn authenticated_request_with_a_24_bit_epoch_is_refused() {
    let file = vectors!("authenticated_requests");
    let row = &file["not_deployed_spec_variant"];
    let key = auth_key(&file["derived_key"]);
    let request = AuthRequest {
        ebid: ebid(row),
        epoch: number(&row["epoch"]),
        time: time32(&row["time_ntp"]),
        mac: hex(&row["mac"]),
    };
    assert!(!request.verify(Kind::Status, &key));
    let deployed = AuthRequest::seal(
        Kind::Status,
        &key,
        ebid(row),
        epoch(row),
        ntp(&row["time_ntp"]),
    );
    assert!(deployed.verify(Kind::Status, &key));
}

#[test]
fn key_agreement_published() {
    let file = vectors!("key_agreement");
    let row = &rows(&file["published"], 1)[0];
    // PKCS#8 puts the scalar of a P-256 key at bytes 36 to 68.
    let pkcs8: [u8; 138] = base64(&row["client_private_pkcs8_b64"]);
    let client = ClientSecret::from_bytes(pkcs8[36..68].try_into().unwrap()).unwrap();
    let server = ServerPublic::from_base64(text(&row["server_public_spki_b64"])).unwrap();
    let (auth, tuples) = client.agree(&server);
    assert_eq!(*auth.as_bytes(), hex(&row["derived_label_mac"]));
    assert_eq!(*tuples.as_bytes(), hex(&row["derived_label_tuples"]));
}

#[test]
fn key_agreement_reads_the_development_key() {
    let file = vectors!("key_agreement");
    let key = text(&file["dev_stack_server_public_spki_b64"]);
    assert_eq!(ServerPublic::from_base64(key).unwrap().to_base64(), key);
}

#[test]
fn key_agreement_takes_p256_only() {
    let file = vectors!("key_agreement");
    let key: [u8; 91] = base64(&file["dev_stack_server_public_spki_b64"]);
    let read = |der: &[u8]| ClientPublic::from_spki(der).map(|_| ());
    assert_eq!(read(&key), Ok(()));
    // secp256k1 in place of secp256r1: its name is two bytes shorter.
    let k1 = [
        &[0x30, 0x56, 0x30, 0x10],
        &key[4..15],
        &[6, 5, 0x2b, 0x81, 4, 0, 10],
        &key[23..],
    ]
    .concat();
    assert_eq!(read(&k1), Err(KeyError::NotP256));
    assert_eq!(read(&key[26..]), Err(KeyError::NotP256), "a bare point");
    assert_eq!(read(&key[..90]), Err(KeyError::NotP256), "cut short");
    assert_eq!(
        read(&[&key[..], &[0]].concat()),
        Err(KeyError::NotP256),
        "too long"
    );
    assert_eq!(read(&[]), Err(KeyError::NotP256));
    for byte in 0..27 {
        let mut changed = key;
        changed[byte] ^= 1;
        assert_eq!(read(&changed), Err(KeyError::NotP256), "byte {byte}");
    }
    let mut off = key;
    off[90] ^= 1;
    assert_eq!(read(&off), Err(KeyError::OffCurve));
    let zero = [&key[..27], &[0; 64][..]].concat();
    assert_eq!(read(&zero), Err(KeyError::OffCurve));

    let read = |text: &str| ClientPublic::from_base64(text).map(|_| ());
    assert_eq!(read("MFkw?"), Err(KeyError::NotBase64));
    assert_eq!(read("MFkw"), Err(KeyError::NotP256));
    assert_eq!(
        read(&Base64::encode_string(&[0; 300])),
        Err(KeyError::NotP256)
    );
    assert_eq!(
        ServerSecret::from_bytes(&[0; 32]).err(),
        Some(KeyError::OffCurve)
    );
    assert_eq!(
        ServerSecret::from_bytes(&[0xff; 32]).err(),
        Some(KeyError::OffCurve)
    );
}

#[test]
fn tuples_small_bundle() {
    let file = vectors!("tuples_aes_gcm");
    let row = &file["derived_small"];
    let key = TupleKey::from_bytes(&hex(&row["key"]));
    let bundle = text(&row["tuples_field"]);
    assert_eq!(
        Base64::decode_vec(bundle).unwrap(),
        hex_vec(&row["blob_hex"])
    );

    let tuples = bundle::open(&key, bundle).unwrap();
    let plaintext: Value = serde_json::from_str(text(&row["plaintext_utf8"])).unwrap();
    for (tuple, expected) in tuples.iter().zip(rows(&plaintext, 3)) {
        check_tuple(tuple, expected);
    }
    assert_eq!(
        bundle::seal(&key, &mut Draws::of(&hex_vec(&row["iv"])), &tuples),
        bundle
    );
}

#[test]
fn tuples_four_days() {
    let file = vectors!("tuples_aes_gcm");
    let row = &file["derived_four_days"];
    let start = Epoch::new(number(&row["start_epoch"])).unwrap();
    let keys: BTreeMap<_, _> = bundle::epochs_from(start, 4)
        .map(|epoch| {
            (
                epoch.day(),
                ServerKey::from_bytes(&derived_day_key(epoch.number() / 96)),
            )
        })
        .collect();
    assert_eq!(keys.len(), 4);
    let hellos = vectors!("hello");
    let kg = FederationKey::from_bytes(&hex(&hellos["derived_keys"]["kg"]));

    let tuples = bundle::tuples(
        &keys,
        &kg,
        COUNTRY,
        common::SOMEONE,
        bundle::epochs_from(start, 4),
    );
    assert_eq!(tuples.len() as u32, number(&row["tuples"]));
    check_tuple(&tuples[0], &row["first"]);
    check_tuple(tuples.last().unwrap(), &row["last"]);

    let key = TupleKey::from_bytes(&hex(&row["key"]));
    let bundle = bundle::seal(&key, &mut Draws::of(&hex_vec(&row["iv"])), &tuples);
    let blob = Base64::decode_vec(&bundle).unwrap();
    assert_eq!(blob.len() as u32, number(&row["blob_len"]));
    assert_eq!(
        <[u8; 32]>::from(Sha256::digest(&blob)),
        hex(&row["blob_sha256"])
    );
    assert_eq!(bundle::open(&key, &bundle).unwrap(), tuples);
}

#[test]
fn tuples_of_a_whole_bundle_have_the_deployed_length() {
    let file = vectors!("tuples_aes_gcm");
    let tuple = |epoch| Tuple {
        epoch: Epoch::new(epoch).unwrap(),
        ebid: Ebid([0; 8]),
        ecc: Ecc(0),
    };
    let tuples: Vec<_> = (60_000..60_384).map(tuple).collect();
    let bundle = bundle::seal(
        &TupleKey::from_bytes(&[1; 32]),
        &mut Draws::of(&[0]),
        &tuples,
    );
    let length = Base64::decode_vec(&bundle).unwrap().len() - 12 - 16;
    assert_eq!(length as u32, number(&file["full_384_tuple_plaintext_len"]));
}

#[test]
fn tuples_open_under_their_key_only() {
    let file = vectors!("tuples_aes_gcm");
    let row = &file["derived_small"];
    let key = TupleKey::from_bytes(&hex(&row["key"]));
    let blob = hex_vec(&row["blob_hex"]);
    for byte in 0..blob.len() {
        let mut changed = blob.clone();
        changed[byte] ^= 1;
        let changed = Base64::encode_string(&changed);
        assert_eq!(
            bundle::open(&key, &changed),
            Err(BundleError::NotOurs),
            "byte {byte}"
        );
    }
    let other = TupleKey::from_bytes(&[0; 32]);
    assert_eq!(
        bundle::open(&other, text(&row["tuples_field"])),
        Err(BundleError::NotOurs)
    );
    assert_eq!(bundle::open(&key, "HetM"), Err(BundleError::NotOurs));
    assert_eq!(bundle::open(&key, "Het"), Err(BundleError::NotBase64));
}

#[test]
fn stored_key_wrap() {
    let file = vectors!("stored_key_wrap");
    let row = &file["derived"];
    let kek = KeyEncryptionKey::from_bytes(&hex(&row["kek"]));
    let (key, wrapped) = (hex(&row["key"]), hex(&row["wrapped_hex"]));
    assert_eq!(wrapped, base64(&row["wrapped_b64"]));
    assert_eq!(kek.wrap(&mut Draws::of(&wrapped[..12]), &key), wrapped);
    assert_eq!(*kek.unwrap(&wrapped).unwrap(), key);
    for byte in 0..60 {
        let mut changed = wrapped;
        changed[byte] ^= 1;
        assert!(kek.unwrap(&changed).is_none(), "byte {byte}");
    }
    assert!(
        KeyEncryptionKey::from_bytes(&[0; 32])
            .unwrap(&wrapped)
            .is_none()
    );
}

#[test]
fn registration_flow() {
    let file = vectors!("registration_flow");
    for row in rows(&file["derived"], 2) {
        let server = ServerSecret::from_bytes(&hex(&row["server_private_scalar"])).unwrap();
        let client = ClientSecret::from_bytes(&hex(&row["client_private_scalar"])).unwrap();
        assert_eq!(
            server.public().to_base64(),
            text(&row["server_public_spki_b64"])
        );
        assert_eq!(
            client.public().to_base64(),
            text(&row["client_public_spki_b64"])
        );

        let (auth, tuples_key) = client.agree(&server.public());
        let (server_auth, server_tuples_key) = server.agree(&client.public());
        assert_eq!(*auth.as_bytes(), hex(&row["k_mac"]));
        assert_eq!(*tuples_key.as_bytes(), hex(&row["k_tuples"]));
        assert_eq!(auth.as_bytes(), server_auth.as_bytes());
        assert_eq!(tuples_key.as_bytes(), server_tuples_key.as_bytes());
        let wrong = &row["wrong_if_spec_labels"];
        assert_ne!(*auth.as_bytes(), hex(&wrong["authentication_key"]));
        assert_ne!(*tuples_key.as_bytes(), hex(&wrong["encryption_key"]));

        let epochs: Vec<_> = rows(&row["bundle_epochs"], 2)
            .iter()
            .map(|epoch| Epoch::new(number(epoch)).unwrap())
            .collect();
        let keys = BTreeMap::from([(
            epochs[0].day(),
            ServerKey::from_bytes(&hex(&row["ks_day696"])),
        )]);
        let kg = FederationKey::from_bytes(&hex(&row["kg"]));
        let tuples = bundle::tuples(&keys, &kg, COUNTRY, id(row), epochs);
        let sealed = bundle::seal(
            &tuples_key,
            &mut Draws::of(&hex_vec(&row["bundle_iv"])),
            &tuples,
        );
        assert_eq!(sealed, text(&row["tuples_field"]));
        let plaintext: Value = serde_json::from_str(text(&row["bundle_plaintext_utf8"])).unwrap();
        for (tuple, expected) in tuples.iter().zip(rows(&plaintext, 2)) {
            check_tuple(tuple, expected);
        }

        let hello = Hello::seal(
            &auth,
            tuples[0].ecc,
            tuples[0].ebid,
            ntp(&row["hello_at_ntp"]),
        );
        assert_eq!(hello.to_bytes(), hex(&row["hello"]));

        let status = &row["status_request"];
        let request = AuthRequest {
            ebid: Ebid(base64(&status["ebid"])),
            epoch: number(&status["epochId"]),
            time: Time32(base64(&status["time"])),
            mac: base64(&status["mac"]),
        };
        assert!(request.verify(Kind::Status, &server_auth));
        assert_eq!(request.sender(&keys), Ok(id(row)));
        let later = AuthRequest {
            epoch: request.epoch + 1,
            ..request
        };
        assert_eq!(later.sender(&keys), Err(SenderError::WrongEpoch));
        let tomorrow = AuthRequest {
            epoch: request.epoch + 96,
            ..request
        };
        assert_eq!(tomorrow.sender(&keys), Err(SenderError::NoDayKey));
    }
}

/// A shared secret that begins with a zero byte: taking the zero away gives other keys.
#[test]
fn registration_flow_has_a_shared_secret_with_a_leading_zero() {
    let file = vectors!("registration_flow");
    let shared = |row: &Value| hex::<32>(&row["shared_secret"]);
    assert!(
        rows(&file["derived"], 2)
            .iter()
            .any(|row| shared(row)[0] == 0)
    );
}

#[test]
fn time_published_clock() {
    let file = vectors!("time");
    let clock = &file["published_clock"];
    let start = moment(&format!("{}T00:00:00Z", text(&clock["service_start"])));
    for row in rows(&clock["rows"], 8) {
        let instant = moment(text(&row["instant"]));
        assert_eq!(Ntp::from(instant), ntp(&row["ntp"]), "{row}");
        assert_eq!(Ntp::from(instant).moment(), instant);
        assert_eq!(
            Ntp::from(instant).time32(),
            Time32(hex(&row["time32"])),
            "{row}"
        );
        assert_eq!(
            Epoch::at_since(start, instant),
            Epoch::new(number(&row["epoch"])),
            "{row}"
        );
    }
}

#[test]
fn time_published_low16() {
    let file = vectors!("time");
    for row in rows(&file["published_low16"]["rows"], 3) {
        let time = Ntp::from(moment(text(&row["instant"]))).time16();
        assert_eq!(u32::from(time.seconds()), number(&row["low16"]), "{row}");
    }
}

#[test]
fn time_published_epoch_of() {
    let file = vectors!("time");
    for row in rows(&file["published_epoch_of"], 3) {
        let start = moment(&format!("{}T00:00:00Z", text(&row["service_start"])));
        let epoch = Epoch::at_since(start, moment(text(&row["instant"])));
        assert_eq!(epoch, Epoch::new(number(&row["epoch"])), "{row}");
    }
}

#[test]
fn time_published_day_key() {
    let file = vectors!("time");
    for row in rows(&file["published_day_key"], 2) {
        let start = ntp(&row["service_start_ntp"]).moment();
        let day = epoch(row).start_since(start).day().to_string();
        match &row["date"] {
            Value::Null => assert_ne!(day, text(&row["not_date"])),
            date => assert_eq!(day, text(date)),
        }
    }
}

#[test]
fn time_derived_hello_tolerance() {
    let file = vectors!("time");
    for row in rows(&file["derived_hello_tolerance"]["rows"], 18) {
        assert_eq!(
            u64::from(number(&row["tolerance"])),
            HELLO_TOLERANCE.as_secs()
        );
        let time = |field: &str| Time16::from_seconds(number(&row[field]).try_into().unwrap());
        let accepted = time("hello_time16").is_within(HELLO_TOLERANCE, time("device_time16"));
        assert_eq!(Value::from(accepted), row["accepted"], "{row}");
    }
}

#[test]
fn time_derived_remaining_epochs_for_today() {
    let file = vectors!("time");
    for row in rows(&file["derived_remaining_epochs_for_today"]["rows"], 19) {
        let epoch = epoch(row);
        assert_eq!(epoch.remaining_today(), number(&row["remaining"]), "{row}");
        // And that is how many have the same key day.
        let same_day =
            (epoch.number()..).take_while(|n| Epoch::new(*n).unwrap().day() == epoch.day());
        assert_eq!(same_day.count() as u32, number(&row["remaining"]), "{row}");
    }
}

#[test]
fn time_starts_with_the_service() {
    assert_eq!(SERVICE_START, moment("2020-06-01T00:00:00Z"));
    assert_eq!(Ntp::from(SERVICE_START), Ntp(3_799_958_400));
    assert_eq!(Epoch::at(SERVICE_START), Some(Epoch::FIRST));
    assert_eq!(Epoch::at(Moment::from_unix(SERVICE_START.unix() - 1)), None);
    let end = Epoch::LAST.start().unix() + 900;
    assert_eq!(Epoch::at(Moment::from_unix(end - 1)), Some(Epoch::LAST));
    assert_eq!(Epoch::at(Moment::from_unix(end)), None);
}

#[test]
fn risk_aggregation_published() {
    let file = vectors!("risk_aggregation");
    for row in rows(&file["published"], 6) {
        let total: f64 = row["scores"].as_array().unwrap().iter().map(float).sum();
        assert_eq!(risk(total), float(&row["total_risk"]), "{row}");
        assert_eq!(
            risk(total) >= RISK_THRESHOLD,
            row["expected"] == "at risk",
            "{row}"
        );
    }
    let smallest = float(&file["smallest_sum_at_risk"]);
    // In real numbers; in floating point it falls just short.
    assert!(risk(smallest + 1e-9) >= RISK_THRESHOLD);
    assert!(risk(smallest - 1e-9) < RISK_THRESHOLD);
}

#[test]
fn scoring_derived() {
    let file = vectors!("scoring_v2");
    for row in rows(&file["derived"], 14) {
        let samples = samples(row);
        let tolerance = core::time::Duration::from_secs(number(&row["epoch_tolerance"]).into());
        let result = score_in_order(&samples, tolerance);
        assert_eq!(result.score, float(&row["score"]), "{}", row["name"]);
        assert_eq!(result.duration, number(&row["duration"]), "{}", row["name"]);
        assert_eq!(
            result.contacts,
            number(&row["nb_contacts"]),
            "{}",
            row["name"]
        );
        // The order in which they are listed matters there, and not here.
        let mut backwards = samples.clone();
        backwards.reverse();
        assert_eq!(score(&samples), score(&backwards), "{}", row["name"]);
        if samples.is_sorted() && tolerance == HELLO_TOLERANCE {
            assert_eq!(score(&samples), result, "{}", row["name"]);
        }
    }
}

fn check_ebid(row: &Value, ks: &Value, kg: &Value) {
    let (ks, kg) = (
        ServerKey::from_bytes(&hex(ks)),
        FederationKey::from_bytes(&hex(kg)),
    );
    assert_eq!(ks.encrypt(epoch(row), id(row)), ebid(row), "{row}");
    assert_eq!(ks.decrypt(ebid(row)), (epoch(row), id(row)), "{row}");
    let country = CountryCode(number(&row["country_code"]).try_into().unwrap());
    assert_eq!(kg.encode(ebid(row), country), ecc(row), "{row}");
    assert_eq!(kg.decode(ebid(row), ecc(row)), country, "{row}");
}

fn check_request(row: &Value, key: &AuthKey) {
    let kinds = [Kind::Status, Kind::Unregister, Kind::DeleteHistory];
    let kind = kinds[usize::from(number(&row["prefix"]) as u8 - 2)];
    let names = ["status", "unregister", "deleteExposureHistory"];
    assert_eq!(names[usize::from(kind.prefix()) - 2], text(&row["request"]));

    let request = AuthRequest::seal(kind, key, ebid(row), epoch(row), ntp(&row["time_ntp"]));
    assert_eq!(request.mac, hex(&row["mac"]), "{row}");
    assert_eq!(request.time, time32(&row["time_ntp"]));
    if let Some(json) = row.get("json") {
        assert_eq!(request.ebid.0, base64(&json["ebid"]));
        assert_eq!(request.time.0, base64(&json["time"]));
        assert_eq!(request.mac, base64(&json["mac"]));
    }
    for other in kinds {
        assert_eq!(
            request.verify(other, key),
            other == kind,
            "{row} as {other:?}"
        );
    }
    assert!(
        !AuthRequest {
            epoch: request.epoch ^ 0x0100_0000,
            ..request
        }
        .verify(kind, key)
    );
}

fn check_tuple(tuple: &Tuple, expected: &Value) {
    assert_eq!(tuple.epoch.number(), number(&expected["epochId"]));
    assert_eq!(tuple.ebid.0, base64(&expected["key"]["ebid"]));
    assert_eq!([tuple.ecc.0], base64(&expected["key"]["ecc"]));
}

fn derived_day_key(day: u32) -> [u8; 24] {
    Sha256::digest(format!("robert-vec/KS-day/{day}/0"))[..24]
        .try_into()
        .unwrap()
}

/// HMAC fills short keys up with zeros, so a key of six letters is a key of 32 bytes.
fn auth_key(value: &Value) -> AuthKey {
    let mut key = hex_vec(value);
    key.resize(32, 0);
    AuthKey::from_bytes(&key.try_into().unwrap())
}

fn samples(row: &Value) -> Vec<Sample> {
    let sample = |pair: &Value| Sample {
        seconds: pair[0].as_i64().unwrap(),
        rssi: pair[1].as_i64().unwrap().try_into().unwrap(),
    };
    row["hellos"]
        .as_array()
        .unwrap()
        .iter()
        .map(sample)
        .collect()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn epoch(row: &Value) -> Epoch {
    Epoch::new(number(&row["epoch"])).unwrap()
}

fn id(row: &Value) -> Id {
    Id(hex(&row["id_a"]))
}

fn ebid(row: &Value) -> Ebid {
    Ebid(hex(&row["ebid"]))
}

fn ecc(row: &Value) -> Ecc {
    let [ecc] = hex(&row["ecc"]);
    Ecc(ecc)
}

fn time32(value: &Value) -> Time32 {
    ntp(value).time32()
}
