//! The deployed API v6, field by field.
//!
//! Fields that the deployed clients may add (`pushInfo`, `pushToken`, `rssi`, …) are accepted and
//! never kept. Both sides use these types: the server reads requests and writes replies, a phone
//! the other way round.

use robert::auth::AuthRequest;
use robert::time::Time32;
use robert::{Contact, Ebid};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{Refusal, field};

mod contacts;
mod report;
#[cfg(test)]
mod tests;

pub use report::OpenedReport;

/// `POST captcha`. The deployed clients send `type` and `locale`; a proof of work needs neither.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub struct CaptchaRequest {}

/// What `POST captcha` answers: 201.
// `C` is ALTCHA's challenge object.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CaptchaReply<C> {
    /// Always equal to `captchaId`, as deployed.
    pub id: CaptchaId,
    /// To be sent back with the solution.
    #[serde(rename = "captchaId")]
    pub captcha_id: CaptchaId,
    /// The proof of work to do; ALTCHA's own libraries solve it.
    pub challenge: C,
}

/// Names one captcha challenge: 16 random bytes, 32 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CaptchaId(pub [u8; 16]);

/// `POST register`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RegisterRequest {
    /// The solution as ALTCHA's libraries encode it: base64 of the JSON payload. At most 8,192 bytes of UTF-8.
    #[serde(deserialize_with = "solution")]
    pub captcha: String,
    /// The challenge's id.
    #[serde(rename = "captchaId")]
    pub captcha_id: CaptchaId,
    /// The phone's P-256 key, as X.509 SubjectPublicKeyInfo in base64: 91 bytes, 124 characters when its point
    /// is not compressed. At most 256 bytes of UTF-8.
    #[serde(rename = "clientPublicECDHKey", deserialize_with = "client_key")]
    pub client_public_key: String,
    /// The `id` of the registration key that the phone agreed a secret with, as `GET keys` lists it. Without it the
    /// oldest key that is valid is meant. At most 64 bytes of UTF-8.
    #[serde(
        rename = "keyId",
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "key_id"
    )]
    pub key_id: Option<String>,
}

/// What `POST register` answers: 201.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RegisterReply {
    /// The bundle, encrypted for this phone: base64 of a 12-byte nonce, AES-256-GCM ciphertext and 16-byte tag.
    pub tuples: String,
    /// The parameters in force.
    pub config: Vec<Setting>,
    /// The service start, in NTP seconds: since 1900-01-01T00:00:00Z.
    pub time_start: u64,
    /// Always `null`, as deployed.
    pub message: Option<String>,
}

/// What `POST status` answers: 200. `riskLevel` is the only thing it tells (Article 2 I 6°).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StatusReply {
    /// 0: none; 4: at risk. As deployed; the levels between are never used.
    pub risk_level: u8,
    /// A fresh bundle, encrypted for this phone, as at registration.
    pub tuples: String,
    /// The parameters in force.
    pub config: Vec<Setting>,
}

/// `riskLevel` of somebody not at risk.
pub const RISK_NONE: u8 = 0;
/// `riskLevel` of somebody at risk.
pub const RISK_HIGH: u8 = 4;

/// `POST report`.
// No `Debug`: it holds a code.
#[derive(Clone, Serialize)]
pub struct ReportRequest {
    /// The one-time code, [in any spelling](crate::code::Code::parse) of at most [`MAX_TYPED`](crate::code::MAX_TYPED)
    /// characters. A decoy shows `00000000-0000-4000-8000-000000000000`, which is never given out.
    pub token: String,
    /// Who was met. Empty is allowed, absent or `null` is not.
    #[serde(serialize_with = "contacts::write")]
    pub contacts: Vec<Contact>,
    /// The solution of the challenge that a 429 asked for, as at registration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub captcha: Option<String>,
    /// That challenge's id.
    #[serde(rename = "captchaId", skip_serializing_if = "Option::is_none")]
    pub captcha_id: Option<CaptchaId>,
}

impl ReportRequest {
    /// A report with this code.
    #[must_use]
    pub fn new(code: &str, contacts: Vec<Contact>) -> Self {
        Self {
            token: code.to_owned(),
            contacts,
            captcha: None,
            captcha_id: None,
        }
    }

    /// Reads a report whose size was bounded by [`crate::MAX_REPORT_BYTES`], contacts included.
    ///
    /// # Errors
    /// [`Refusal::Malformed`], [`Refusal::TooLarge`].
    pub fn read(body: &[u8]) -> Result<Self, Refusal> {
        let opened = OpenedReport::read(body)?;
        Ok(Self {
            contacts: opened.contacts()?,
            token: opened.token,
            captcha: opened.captcha,
            captcha_id: opened.captcha_id,
        })
    }
}

/// What `report` answers when a proof of work is needed: 429. Solved as at registration, it goes
/// with the same report into `captcha` and `captchaId`, and is good for this code once.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct WorkNeeded<C> {
    /// For people who read bytes.
    pub message: String,
    /// The challenge.
    #[serde(flatten)]
    pub captcha: CaptchaReply<C>,
}

/// What `report`, `unregister` and `deleteExposureHistory` answer: 200.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// Always `true`: refusals have another status code.
    pub success: bool,
    /// For people who read bytes.
    pub message: String,
}

impl Default for Done {
    fn default() -> Self {
        Self {
            success: true,
            message: "Successful operation".to_owned(),
        }
    }
}

/// What `GET clock` answers: 200.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClockReply {
    /// The date of the service start, `2020-06-01`, in UTC.
    pub service_start_date: String,
    /// The realm's time, ISO 8601 in UTC, to the second.
    pub time: String,
    /// The current epoch: quarters of an hour since the service start.
    pub epoch: u32,
}

/// What `GET keys` answers: 200. A phone app embeds one of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeysReply {
    /// The server's P-256 key, as X.509 SubjectPublicKeyInfo in base64: 91 bytes, 124 characters. Of several that are
    /// valid it is the oldest, which phones have had for longest.
    pub registration: String,
    /// Every key that is valid now, the oldest first: one, or two while phones move from one to the next.
    pub registrations: Vec<PublishedKey>,
}

/// A registration key that is valid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishedKey {
    /// Names it: eight hexadecimal digits. A phone sends it as `keyId`.
    pub id: String,
    /// The key, as `registration` writes it.
    pub key: String,
    /// From when it is refused, in Unix seconds; absent while that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<u64>,
}

/// One parameter in force, as `config` announces it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Setting {
    /// Its name: `app.epoch.seconds`.
    pub name: String,
    /// Its value.
    pub value: SettingValue,
}

/// A number or a string.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum SettingValue {
    /// A whole number.
    Integer(i64),
    /// Another number.
    Real(f64),
    /// Text.
    Text(String),
}

/// `POST status`, `unregister` and `deleteExposureHistory`: the authenticated request as JSON.
#[derive(Debug, Clone, Copy)]
pub struct Authenticated(pub AuthRequest);

impl Serialize for Authenticated {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let AuthRequest {
            ebid,
            epoch,
            time,
            mac,
        } = &self.0;
        Shape {
            ebid: field::encode(&ebid.0),
            epoch_id: *epoch,
            time: field::encode(&time.0),
            mac: field::encode(mac),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Authenticated {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Fields {
            #[serde(deserialize_with = "ebid")]
            ebid: Ebid,
            #[serde(rename = "epochId", deserialize_with = "epoch")]
            epoch: u32,
            #[serde(deserialize_with = "time")]
            time: Time32,
            #[serde(deserialize_with = "mac")]
            mac: [u8; 32],
        }
        let Fields {
            ebid,
            epoch,
            time,
            mac,
        } = Fields::deserialize(deserializer)?;
        Ok(Self(AuthRequest {
            ebid,
            epoch,
            time,
            mac,
        }))
    }
}

/// A request that the phone's own key seals (specification §6).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Shape {
    /// One of the phone's own pseudonyms: 8 bytes in base64.
    ebid: String,
    /// The epoch of that pseudonym: quarters of an hour since the service start.
    epoch_id: u32,
    /// When it was sent: NTP seconds modulo 2^32, 4 bytes big-endian in base64. Up to 60 seconds wrong is right.
    time: String,
    /// HMAC-SHA256 under the phone's key of a prefix that tells the kind of request, then `ebid`, `epochId` and
    /// `time`: 32 bytes in base64.
    mac: String,
}

impl Serialize for CaptchaId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&format!("{:032x}", u128::from_be_bytes(self.0)))
    }
}

impl<'de> Deserialize<'de> for CaptchaId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        field::parsed(deserializer, field::CAPTCHA_ID, |text| {
            let digits = text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit());
            let bits = digits.then(|| u128::from_str_radix(text, 16).ok())?;
            bits.map(|bits| Self(bits.to_be_bytes()))
        })
    }
}

fn ebid<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Ebid, D::Error> {
    field::bytes(deserializer, field::EBID).map(Ebid)
}

fn epoch<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    field::integer(deserializer, field::EPOCH)
}

fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Time32, D::Error> {
    field::bytes(deserializer, field::TIME).map(Time32)
}

fn mac<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[u8; 32], D::Error> {
    field::bytes(deserializer, field::MAC)
}

fn solution<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    field::text(deserializer, field::CAPTCHA, 8_192)
}

fn client_key<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    field::text(deserializer, field::CLIENT_KEY, 256)
}

fn key_id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    field::text(deserializer, field::KEY_ID, 64).map(Some)
}
