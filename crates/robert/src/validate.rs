//! Which HELLOs of a report are believed.
//!
//! Two steps, as two parties do them. Who holds the day keys [`locate`]s a contact: country, EBID,
//! and the time of each HELLO. Who holds the account [`authenticate`]s it: MAC and times.
//!
//! The edges are those of the deployed server (`validateContact`, `ContactProcessor`) but for one
//! thing: each HELLO is judged alone. The deployed loop stops decrypting at the first one that
//! fails, so that its result depends on their order.

use crate::parameters::{HELLO_TOLERANCE, LAST_RETRIED_EPOCH};
use crate::{
    AuthKey, Contact, CountryCode, Ebid, Ecc, Epoch, FederationKey, HeardHello, Id, ServerKey,
    Time16,
};
use core::hint::black_box;
use decree::{Day, Moment};
use serde::{Deserialize, Serialize};

/// The server keys that still exist.
pub trait DayKeys {
    /// K_S of a day; none if it was destroyed, or never made.
    fn server_key(&self, day: Day) -> Option<&ServerKey>;
}

/// Keys in memory, by day.
impl DayKeys for std::collections::BTreeMap<Day, ServerKey> {
    fn server_key(&self, day: Day) -> Option<&ServerKey> {
        self.get(&day)
    }
}

/// A contact whose owner is known, but not yet proven.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Located {
    /// Whose EBID it is.
    pub id: Id,
    /// The epoch of the EBID.
    pub epoch: Epoch,
    /// As reported: under the MAC.
    pub ecc: Ecc,
    /// As reported: under the MAC.
    pub ebid: Ebid,
    /// The HELLOs that were heard when this EBID was in use. Never empty.
    pub hellos: Vec<HeardHello>,
}

impl Located {
    /// The day of the EBID: whose keys seal this contact, and die with it.
    pub fn day(&self) -> Day {
        self.epoch.day()
    }
}

/// Why a whole contact is left out of a report. The report itself is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Dropped {
    /// The ECC names another country, or is no ECC of this federation.
    #[error("the contact is of another country")]
    Foreign(CountryCode),
    /// No HELLO was heard on a day whose key exists: too old, in the future, or none at all.
    #[error("no server key for the day of any of its HELLOs")]
    NoDayKey,
    /// The EBID does not belong to the time of any HELLO.
    #[error("the identifier is not of the time of any of its HELLOs")]
    WrongEpoch,
    /// The HELLOs lead to different accounts or epochs.
    #[error("the HELLOs do not agree on one account and epoch")]
    Disagreement,
}

/// Finds whose EBID a contact is, and leaves out the HELLOs heard at another time.
///
/// A HELLO stays when the EBID, decrypted with the key of the day on which it was heard, is of the
/// epoch in which it was heard or a neighbouring one. Less than 180 s from midnight UTC the
/// neighbouring epoch across midnight is tried with the key of its own day, and must match exactly.
/// For epochs 0 to 672 the key of the day before is tried as well.
///
/// How many decryptions a HELLO costs is decided by when it was heard, not by what they give: else the time of an answer
/// would tell a decoy, whose contacts are all dropped.
///
/// # Errors
/// [`Dropped`].
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
        let found = black_box(key.unwrap_or(&in_place_of_a_key).decrypt(black_box(ebid)));
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

/// What is left of a HELLO once it is proven: what scoring needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Heard {
    /// When it was sent. Within an account and an epoch, each value counts once.
    pub time: Time16,
    /// When it was heard: NTP seconds, lower 32 bits.
    pub collected: u32,
    /// How strongly, in dBm.
    pub rssi: i8,
}

/// The HELLOs that the owner of the key really sent, when they were heard: the MAC is right, the
/// two times are at most 180 s apart (on the circle of 16 bits), and the epoch of reception is
/// that of the EBID or a neighbouring one.
///
/// None of the HELLOs counts for another; what repeats is left to [`crate::risk::expose`].
pub fn authenticate(key: &AuthKey, contact: &Located, now: Moment) -> Vec<Heard> {
    let is_genuine = |hello: &&HeardHello| {
        let heard_in = Epoch::at(hello.collected().nearest(now).moment());
        hello
            .time
            .is_within(HELLO_TOLERANCE, hello.collected().time16())
            && heard_in.is_some_and(|epoch| epoch.distance(contact.epoch) <= 1)
            && hello.hello(contact.ecc, contact.ebid).verify(key)
    };
    let keep = |&HeardHello {
                    collected,
                    time,
                    rssi,
                    ..
                }: &HeardHello| Heard {
        time,
        collected,
        rssi,
    };
    contact.hellos.iter().filter(is_genuine).map(keep).collect()
}

/// What the EBID says under the key of a day, if that still exists.
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

/// The epoch on the other side of midnight UTC, if that is less than 180 s away.
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
