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
use std::sync::LazyLock;

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
/// Each key is used once for a contact, however many of its HELLOs were heard on its day. How many decryptions a contact
/// costs is decided by when its HELLOs were heard, not by what they give: else the time of an answer would tell a decoy,
/// whose contacts are all dropped.
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
    let mut read = Remembered::default();
    let decrypt = |day| {
        read.of(day, || {
            let key = keys.server_key(day);
            let found = key.unwrap_or(&IN_PLACE_OF_A_KEY).decrypt(black_box(ebid));
            let found = black_box(found);
            key.map(|_| found)
        })
    };
    judge(contact, (country, ours), now, decrypt)
}

/// [`locate`]s each of these contacts, in their order: the EBIDs are decrypted at once, day by day.
pub fn locate_all(
    keys: &impl DayKeys,
    federation: &FederationKey,
    ours: CountryCode,
    contacts: &[Contact],
    now: Moment,
) -> impl Iterator<Item = Result<Located, Dropped>> {
    let mut asked = Vec::with_capacity(contacts.len());
    for contact in contacts {
        let mut seen = Remembered::default();
        let mut ask = |day| {
            seen.of(day, || asked.push((day, contact.ebid)));
            None
        };
        for hello in &contact.hellos {
            // What it asks for does not depend on what it is answered: the same is asked for again below.
            let _ = read_ebid(&mut ask, hello, now);
        }
    }
    let mut found = decrypt_all(keys, &asked).into_iter();
    let countries = federation.decode_all(contacts.iter().map(|of| (of.ebid, of.ecc)));
    let judge = move |(contact, country): (&Contact, _)| {
        let mut read = Remembered::default();
        let decrypt = |day| read.of(day, || found.next().flatten());
        judge(contact, (country, ours), now, decrypt)
    };
    contacts.iter().zip(countries).map(judge)
}

/// What each of these EBIDs says under the key of its day, if that still exists; in their order.
fn decrypt_all(keys: &impl DayKeys, asked: &[(Day, Ebid)]) -> Vec<Option<(Epoch, Id)>> {
    let mut found = vec![None; asked.len()];
    let mut by_day: Vec<_> = asked.iter().zip(&mut found).collect();
    by_day.sort_unstable_by_key(|((day, _), _)| *day);
    for of_day in by_day.chunk_by_mut(|((one, _), _), ((other, _), _)| one == other) {
        let Some(((day, _), _)) = of_day.first() else {
            continue;
        };
        let key = keys.server_key(*day);
        let ebids = of_day.iter().map(|((_, ebid), _)| *ebid);
        let read = key.unwrap_or(&IN_PLACE_OF_A_KEY).decrypt_all(ebids);
        for ((_, place), read) in of_day.iter_mut().zip(black_box(read)) {
            **place = key.map(|_| read);
        }
    }
    found
}

/// What is decrypted with where a key is missing, so that it takes as long. What comes of it is not looked at.
static IN_PLACE_OF_A_KEY: LazyLock<ServerKey> = LazyLock::new(|| ServerKey::from_bytes(&[0; 24]));

/// What was found for the last few days that a contact asked for. An epoch and its neighbours lie on two days, or with the
/// day before on three; whoever reports HELLOs of more days pays for each as often as it comes up again.
struct Remembered<T>([Option<(Day, T)>; 4]);

impl<T> Default for Remembered<T> {
    fn default() -> Self {
        Self([const { None }; 4])
    }
}

impl<T: Copy> Remembered<T> {
    fn of(&mut self, day: Day, find: impl FnOnce() -> T) -> T {
        if let Some((_, found)) = self.0.iter().flatten().find(|(of, _)| *of == day) {
            return *found;
        }
        let found = find();
        self.0.rotate_right(1);
        let [newest, ..] = &mut self.0;
        *newest = Some((day, found));
        found
    }
}

/// Judges a contact of this country by what its EBID says under the key of each day.
fn judge(
    contact: &Contact,
    (country, ours): (CountryCode, CountryCode),
    now: Moment,
    mut decrypt: impl FnMut(Day) -> Option<(Epoch, Id)>,
) -> Result<Located, Dropped> {
    let mut owner = None;
    let mut agree = true;
    let mut refusal = Dropped::NoDayKey;
    let mut hellos = Vec::with_capacity(contact.hellos.len());
    for hello in &contact.hellos {
        match read_ebid(&mut decrypt, hello, now) {
            Ok(found) => {
                agree &= *owner.get_or_insert(found) == found;
                hellos.push(*hello);
            }
            Err(Dropped::NoDayKey) => {}
            Err(other) => refusal = other,
        }
    }
    if !agree {
        return Err(Dropped::Disagreement);
    }
    if country != ours {
        return Err(Dropped::Foreign(country));
    }
    let (epoch, id) = owner.ok_or(refusal)?;
    Ok(Located {
        id,
        epoch,
        ecc: contact.ecc,
        ebid: contact.ebid,
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

/// What the EBID says under the key that was in use when this HELLO was heard. Which days are decrypted with is decided by
/// that time alone.
fn read_ebid(
    decrypt: &mut impl FnMut(Day) -> Option<(Epoch, Id)>,
    hello: &HeardHello,
    now: Moment,
) -> Result<(Epoch, Id), Dropped> {
    let heard = hello.collected().nearest(now).moment();
    let epoch = Epoch::at(heard).ok_or(Dropped::NoDayKey)?;
    let is_near = |(found, _): &(Epoch, Id)| found.distance(epoch) <= 1;
    let day = epoch.day();
    let that_day = decrypt(day);
    let day_before = match epoch.number() {
        0..=LAST_RETRIED_EPOCH => decrypt(day.minus_days(1)).filter(is_near),
        _ => None,
    };
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
