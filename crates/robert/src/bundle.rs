//! The bundle: the EBIDs that a phone will use in the coming days, sealed for it alone
//! (specification §4; JSON and base64 as deployed).

use crate::parameters::BUNDLE_DAYS;
use crate::sealed;
use crate::validate::DayKeys;
use crate::{CountryCode, Ebid, Ecc, Epoch, FederationKey, Id, TupleKey};
use base64ct::{Base64, Encoding};
use decree::Day;
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use std::io::Write;

/// What a phone says of itself during one epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Tuple {
    /// When it is to be used.
    pub epoch: Epoch,
    /// Who the phone is then.
    pub ebid: Ebid,
    /// The country of its server.
    pub ecc: Ecc,
}

/// Why a bundle was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// Not standard base64 with padding.
    #[error("the bundle is not base64")]
    NotBase64,
    /// Not sealed with this key, or changed since.
    #[error("the bundle does not open")]
    NotOurs,
    /// The content is not the deployed JSON.
    #[error("the bundle is not a list of tuples")]
    Malformed,
}

/// Makes the tuples of an account for these epochs, in order. Epochs of a day without a key are
/// left out.
pub fn tuples(
    keys: &impl DayKeys,
    federation: &FederationKey,
    country: CountryCode,
    id: Id,
    epochs: impl IntoIterator<Item = Epoch>,
) -> Vec<Tuple> {
    let epochs: Vec<_> = epochs.into_iter().collect();
    let mut named = Vec::with_capacity(epochs.len());
    // A day's are encrypted at once.
    for of_day in epochs.chunk_by(|one, other| one.day() == other.day()) {
        let key = of_day.first().map(|epoch| epoch.day());
        if let Some(key) = key.and_then(|day| keys.server_key(day)) {
            named.extend(of_day.iter().copied().zip(key.encrypt_all(of_day, id)));
        }
    }
    let eccs = federation.encode_all(named.iter().map(|(_, ebid)| *ebid), country);
    let tuple = |((epoch, ebid), ecc)| Tuple { epoch, ebid, ecc };
    named.into_iter().zip(eccs).map(tuple).collect()
}

/// The epochs of a bundle made now: the rest of today and the days after, `days` in all.
pub fn epochs_from(now: Epoch, days: u32) -> impl Iterator<Item = Epoch> {
    now.until_day(days)
}

/// The last day of a bundle that was made on this day, of [`BUNDLE_DAYS`] days; days as [`Epoch::day`] counts them.
pub const fn last_day(made: Day) -> Day {
    made.plus_days(BUNDLE_DAYS - 1)
}

/// Seals a bundle: base64 of IV ‖ AES-256-GCM(compact JSON) ‖ tag.
pub fn seal(key: &TupleKey, rng: &mut impl CryptoRng, tuples: &[Tuple]) -> String {
    let most = 2 + tuples.len() * TUPLE_LENGTH;
    Base64::encode_string(&sealed::seal(&key.cipher(), rng, most, |json| {
        write(json, tuples);
    }))
}

/// Opens a bundle.
///
/// # Errors
/// [`BundleError`].
pub fn open(key: &TupleKey, bundle: &str) -> Result<Vec<Tuple>, BundleError> {
    let sealed = Base64::decode_vec(bundle).map_err(|_| BundleError::NotBase64)?;
    let json = sealed::open(&key.cipher(), &sealed).ok_or(BundleError::NotOurs)?;
    read(&json).ok_or(BundleError::Malformed)
}

/// Characters of one tuple, at most.
const TUPLE_LENGTH: usize =
    r#"{"epochId":16777215,"key":{"ebid":"0123456789a=","ecc":"0a=="}},"#.len();

/// Base64 of at most nine bytes.
fn push_base64(json: &mut Vec<u8>, bytes: &[u8]) {
    if let Ok(text) = Base64::encode(bytes, &mut [0; 12]) {
        json.extend_from_slice(text.as_bytes());
    }
}

fn write(json: &mut Vec<u8>, tuples: &[Tuple]) {
    let mut before: &[u8] = b"[";
    for Tuple { epoch, ebid, ecc } in tuples {
        json.extend_from_slice(before);
        json.extend_from_slice(br#"{"epochId":"#);
        // A vector takes whatever is written to it.
        let _ = write!(json, "{}", epoch.number());
        json.extend_from_slice(br#","key":{"ebid":""#);
        push_base64(json, &ebid.0);
        json.extend_from_slice(br#"","ecc":""#);
        push_base64(json, &[ecc.0]);
        json.extend_from_slice(br#""}}"#);
        before = b",";
    }
    if tuples.is_empty() {
        json.extend_from_slice(before);
    }
    json.push(b']');
}

fn read(json: &[u8]) -> Option<Vec<Tuple>> {
    #[derive(Deserialize)]
    struct Element<'a> {
        #[serde(rename = "epochId")]
        epoch: Epoch,
        #[serde(borrow)]
        key: Key<'a>,
    }
    #[derive(Deserialize)]
    struct Key<'a> {
        ebid: &'a str,
        ecc: &'a str,
    }

    let elements: Vec<Element<'_>> = serde_json::from_slice(json).ok()?;
    let tuple = |Element { epoch, key }: Element<'_>| {
        let [ecc] = decode(key.ecc)?;
        Some(Tuple {
            epoch,
            ebid: Ebid(decode(key.ebid)?),
            ecc: Ecc(ecc),
        })
    };
    elements.into_iter().map(tuple).collect()
}

fn decode<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    let written = Base64::decode(text, &mut bytes).ok()?.len();
    (written == N).then_some(bytes)
}
