//! The contacts of a report: read one by one, each list bounded before it grows.

use std::fmt;

use robert::time::Time16;
use robert::{Contact, Ebid, Ecc, HeardHello, Mac40};
use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeSeq, Serializer};
use serde::{Deserialize, Serialize};

use crate::json::Object;
use crate::{MAX_CONTACTS, MAX_HELLOS, MAX_HELLOS_PER_CONTACT, field};

pub(super) fn write<S: Serializer>(contacts: &[Contact], to: S) -> Result<S::Ok, S::Error> {
    let mut list = to.serialize_seq(Some(contacts.len()))?;
    for Contact { ebid, ecc, hellos } in contacts {
        list.serialize_element(&Written {
            ebid: field::encode(&ebid.0),
            ecc: field::encode(&[ecc.0]),
            ids: hellos.iter().map(WrittenHello::from).collect(),
        })?;
    }
    list.end()
}

/// What was heard of one pseudonym.
#[derive(Serialize)]
pub(super) struct Written {
    /// The pseudonym heard: 8 bytes in base64.
    ebid: String,
    /// Its encrypted country code, as heard: 1 byte in base64.
    ecc: String,
    /// Each HELLO heard of it. All contacts of a report together hold at most 40,000.
    ids: Vec<WrittenHello>,
}

/// One HELLO, as heard.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WrittenHello {
    /// When it was heard by this phone's clock: NTP seconds modulo 2^32.
    time_collected_on_device: u32,
    /// When it was sent, as it says itself: the low 16 bits of NTP seconds.
    time_from_hello_message: u16,
    /// Its seal, as heard: 5 bytes in base64.
    mac: String,
    /// How strongly it was heard, in dBm, after calibration. Above -5 it is not scored.
    rssi_calibrated: i8,
}

impl From<&HeardHello> for WrittenHello {
    fn from(hello: &HeardHello) -> Self {
        Self {
            time_collected_on_device: hello.collected,
            time_from_hello_message: u16::from_be_bytes(hello.time.0),
            mac: field::encode(&hello.mac.0),
            rssi_calibrated: hello.rssi,
        }
    }
}

pub(super) fn read<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Contact>, D::Error> {
    from.deserialize_seq(Contacts)
}

struct Contacts;

impl<'de> Visitor<'de> for Contacts {
    type Value = Vec<Contact>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(field::CONTACTS)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut contacts = Vec::new();
        let mut left = MAX_HELLOS;
        while let Some(contact) = list.next_element_seed(OneContact { left })? {
            left = left.saturating_sub(contact.hellos.len());
            if contacts.len() == MAX_CONTACTS {
                return Err(de::Error::custom(field::TOO_LARGE));
            }
            contacts.push(contact);
        }
        Ok(contacts)
    }
}

/// One contact, which may still hold `left` HELLOs.
struct OneContact {
    left: usize,
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "lowercase")]
enum Key {
    Ebid,
    Ecc,
    Ids,
    #[serde(other)]
    Other,
}

impl<'de> DeserializeSeed<'de> for OneContact {
    type Value = Contact;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Contact, D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for OneContact {
    type Value = Contact;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(field::CONTACT)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Contact, A::Error> {
        let (mut ebid, mut ecc, mut hellos) = (None, None, None);
        while let Some(key) = fields.next_key()? {
            match key {
                Key::Ebid => ebid = Some(fields.next_value::<InEbid>()?.0),
                Key::Ecc => ecc = Some(fields.next_value::<InEcc>()?.0),
                Key::Ids => hellos = Some(fields.next_value_seed(Ids { left: self.left })?),
                Key::Other => drop(fields.next_value::<IgnoredAny>()?),
            }
        }
        match (ebid, ecc, hellos) {
            (Some(ebid), Some(ecc), Some(hellos)) => Ok(Contact { ebid, ecc, hellos }),
            _ => Err(de::Error::custom(field::CONTACT)),
        }
    }
}

/// The HELLOs of one contact: at least one.
struct Ids {
    left: usize,
}

impl<'de> DeserializeSeed<'de> for Ids {
    type Value = Vec<HeardHello>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Ids {
    type Value = Vec<HeardHello>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(field::IDS)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let most = self.left.min(MAX_HELLOS_PER_CONTACT);
        let mut hellos = Vec::new();
        while let Some(Object(InHello {
            collected,
            time,
            mac,
            rssi,
        })) = list.next_element()?
        {
            if hellos.len() == most {
                return Err(de::Error::custom(field::TOO_LARGE));
            }
            hellos.push(HeardHello {
                collected,
                time,
                mac,
                rssi,
            });
        }
        if hellos.is_empty() {
            Err(de::Error::custom(field::IDS))
        } else {
            Ok(hellos)
        }
    }
}

#[derive(Deserialize)]
struct InEbid(#[serde(deserialize_with = "super::ebid")] Ebid);

#[derive(Deserialize)]
struct InEcc(#[serde(deserialize_with = "ecc")] Ecc);

#[derive(Deserialize)]
struct InHello {
    #[serde(rename = "timeCollectedOnDevice", deserialize_with = "collected")]
    collected: u32,
    #[serde(rename = "timeFromHelloMessage", deserialize_with = "hello_time")]
    time: Time16,
    #[serde(deserialize_with = "hello_mac")]
    mac: Mac40,
    #[serde(rename = "rssiCalibrated", deserialize_with = "rssi")]
    rssi: i8,
}

fn ecc<'de, D: Deserializer<'de>>(from: D) -> Result<Ecc, D::Error> {
    field::bytes(from, field::ECC).map(|[byte]| Ecc(byte))
}

fn collected<'de, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
    field::integer(from, field::COLLECTED)
}

fn hello_time<'de, D: Deserializer<'de>>(from: D) -> Result<Time16, D::Error> {
    field::integer(from, field::HELLO_TIME).map(|time: u16| Time16(time.to_be_bytes()))
}

fn hello_mac<'de, D: Deserializer<'de>>(from: D) -> Result<Mac40, D::Error> {
    field::bytes(from, field::HELLO_MAC).map(Mac40)
}

fn rssi<'de, D: Deserializer<'de>>(from: D) -> Result<i8, D::Error> {
    field::integer(from, field::RSSI)
}
