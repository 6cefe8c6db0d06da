//! What is done at once, done one by one: the algorithms of 0.2.0, kept as what the present ones must agree with, and as what
//! `cargo xtask speed` measures them against.
#![allow(dead_code, unreachable_pub)] // each user takes a part of it

use aes_gcm::Aes256Gcm;
use aes_gcm::aead::{Aead, KeyInit};
use base64ct::{Base64, Encoding};
use core::time::Duration;
use decree::{Day, Moment};
use rand_core::CryptoRng;
use robert::bundle::Tuple;
use robert::parameters::{EPOCH_SECONDS, HELLO_TOLERANCE, LAST_RETRIED_EPOCH, SCORING_TOLERANCE};
use robert::score::{Sample, Score};
use robert::validate::{DayKeys, Dropped, Located};
use robert::{Contact, CountryCode, Epoch, FederationKey, Id, ServerKey, TupleKey};

/// Decrypts the EBID for each HELLO, with the key of the day before as well.
pub fn locate(
    keys: &impl DayKeys,
    federation: &FederationKey,
    ours: CountryCode,
    contact: &Contact,
    now: Moment,
) -> Result<Located, Dropped> {
    let Contact { ebid, ecc, .. } = *contact;
    let country = federation.decode(ebid, ecc);
    let in_place_of_a_key = ServerKey::from_bytes(&[0; 24]);
    let decrypt = |day| {
        let key = keys.server_key(day);
        let found = core::hint::black_box(key.unwrap_or(&in_place_of_a_key).decrypt(ebid));
        key.map(|_| found)
    };
    let mut owner = None;
    let mut refusal = Dropped::NoDayKey;
    let mut hellos = Vec::with_capacity(contact.hellos.len());
    for hello in &contact.hellos {
        let found = match read_ebid(decrypt, hello.collected().nearest(now).moment()) {
            Ok(found) => found,
            Err(Dropped::NoDayKey) => continue,
            Err(other) => {
                refusal = other;
                continue;
            }
        };
        if *owner.get_or_insert(found) != found {
            return Err(Dropped::Disagreement);
        }
        hellos.push(*hello);
    }
    if country != ours {
        return Err(Dropped::Foreign(country));
    }
    let (epoch, id) = owner.ok_or(refusal)?;
    Ok(Located {
        id,
        epoch,
        ecc,
        ebid,
        hellos,
    })
}

fn read_ebid(
    decrypt: impl Fn(Day) -> Option<(Epoch, Id)>,
    heard: Moment,
) -> Result<(Epoch, Id), Dropped> {
    let epoch = Epoch::at(heard).ok_or(Dropped::NoDayKey)?;
    let is_near = |(found, _): &(Epoch, Id)| found.distance(epoch) <= 1;
    let that_day = decrypt(epoch.day());
    let day_before = decrypt(epoch.day().minus_days(1))
        .filter(|_| epoch.number() <= LAST_RETRIED_EPOCH)
        .filter(is_near);
    let across = across_midnight(heard, epoch)
        .and_then(|across| decrypt(across.day()).filter(|(found, _)| *found == across));
    let that_day = that_day.ok_or(Dropped::NoDayKey)?;
    Some(that_day)
        .filter(is_near)
        .or(day_before)
        .or(across)
        .ok_or(Dropped::WrongEpoch)
}

fn across_midnight(heard: Moment, epoch: Epoch) -> Option<Epoch> {
    let today = heard.day();
    if heard.since(today.start()) < HELLO_TOLERANCE {
        epoch.previous()
    } else if today.plus_days(1).start().since(heard) < HELLO_TOLERANCE {
        epoch.next()
    } else {
        None
    }
}

/// One EBID after the other, and one ECC.
pub fn tuples(
    keys: &impl DayKeys,
    federation: &FederationKey,
    country: CountryCode,
    id: Id,
    epochs: impl IntoIterator<Item = Epoch>,
) -> Vec<Tuple> {
    let tuple = |epoch: Epoch| {
        let ebid = keys.server_key(epoch.day())?.encrypt(epoch, id);
        Some(Tuple {
            epoch,
            ebid,
            ecc: federation.encode(ebid, country),
        })
    };
    epochs.into_iter().filter_map(tuple).collect()
}

/// The text of each number and each name made alone, and the whole copied to be sealed.
pub fn seal(key: &TupleKey, rng: &mut impl CryptoRng, tuples: &[Tuple]) -> String {
    let mut json = String::from("[");
    for (index, Tuple { epoch, ebid, ecc }) in tuples.iter().enumerate() {
        json.push_str(if index == 0 {
            r#"{"epochId":"#
        } else {
            r#",{"epochId":"#
        });
        json.push_str(&epoch.number().to_string());
        json.push_str(r#","key":{"ebid":""#);
        json.push_str(&Base64::encode_string(&ebid.0));
        json.push_str(r#"","ecc":""#);
        json.push_str(&Base64::encode_string(&[ecc.0]));
        json.push_str(r#""}}"#);
    }
    json.push(']');
    let mut sealed = vec![0; 12];
    rng.fill_bytes(&mut sealed);
    let iv: [u8; 12] = sealed.clone().try_into().unwrap();
    let cipher = Aes256Gcm::new(key.as_bytes().into());
    sealed.extend(cipher.encrypt(&iv.into(), json.as_bytes()).unwrap());
    Base64::encode_string(&sealed)
}

/// An exponential for each sample of each window.
pub fn score(samples: &[Sample]) -> Score {
    let mut samples = samples.to_vec();
    samples.sort_unstable();
    score_in_order(&samples, SCORING_TOLERANCE)
}

pub fn score_in_order(samples: &[Sample], tolerance: Duration) -> Score {
    let (Some(first), Some(last)) = (samples.first(), samples.last()) else {
        return Score::default();
    };
    let longest = i64::from(EPOCH_SECONDS).saturating_add_unsigned(tolerance.as_secs());
    if last.seconds.saturating_sub(first.seconds) > longest {
        return Score::default();
    }

    let mut minutes: [Vec<f64>; MINUTES] = Default::default();
    for sample in samples.iter().filter(|sample| sample.rssi <= HIGHEST_RSSI) {
        let minute = match sample.seconds.saturating_sub(first.seconds).div_euclid(60) {
            16.. => Some(MINUTES - 1),
            minute => usize::try_from(minute)
                .ok()
                .filter(|minute| *minute < MINUTES),
        };
        if let Some(minute) = minute.and_then(|minute| minutes.get_mut(minute)) {
            minute.push(f64::from(sample.rssi.min(CLOSEST_RSSI)));
        }
    }

    let mut closeness = Vec::with_capacity(MINUTES);
    let mut duration = 0;
    let nothing = Vec::new();
    for (number, minute) in (0u32..).zip(&minutes) {
        let next = minutes.get(number as usize + 1).unwrap_or(&nothing);
        let count = minute.len() + next.len();
        if count > 0 {
            let level = softmax(SOFTMAX_A, minute.iter().chain(next).copied());
            let delta = DELTAS.get(count).unwrap_or(&LAST_DELTA);
            closeness.push(((level - P0) / delta).clamp(0.0, 1.0));
            duration = number;
        }
    }
    let contacts = closeness
        .iter()
        .filter(|closeness| **closeness > 0.0)
        .count();
    let per_minute = match closeness.is_empty() {
        true => 0.0,
        false => (1.2 * softmax(SOFTMAX_B, closeness.into_iter())).min(1.0),
    };
    Score {
        score: per_minute * f64::from(duration),
        duration,
        contacts: contacts as u32,
    }
}

const MINUTES: usize = 15;
const HIGHEST_RSSI: i8 = -5;
const CLOSEST_RSSI: i8 = -35;
const P0: f64 = -66.0;
const SOFTMAX_A: f64 = 4.342;
const SOFTMAX_B: f64 = 0.2;
const DELTAS: [f64; 5] = [39.0, 27.0, 23.0, 21.0, 20.0];
const LAST_DELTA: f64 = 15.0;

fn softmax(scale: f64, values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0u32), |(sum, count), value| {
        (sum + (value / scale).exp(), count + 1)
    });
    scale * (sum / f64::from(count)).ln()
}
