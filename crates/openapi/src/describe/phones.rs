//! What phones ask.

use base64ct::{Base64, Encoding};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};
use utoipa::{PartialSchema, ToSchema};
use wire::{Refusal, api};

use super::{PHONES, START};
use crate::operation::Operation;

mod account;
pub(super) mod captcha;
mod report;

use captcha::{CHALLENGE, CaptchaId, solution};

pub(super) use account::{delete_exposure_history, status, unregister};
pub(super) use report::report;

pub(super) fn register() -> Operation {
    Operation::new(
        "register",
        PHONES,
        "Register a phone",
        "Creates an account: a random number, and two keys agreed by ECDH on P-256 (ROBERT §4; above are the bytes). Neither a name, nor a \
         telephone number, nor an address is asked for (Article 2 II). Each challenge is good once, and its first wrong solution uses it up. The solution must \
         come within ten minutes; when very many register it is then given a turn (429). A 503 means that nothing was \
         tried, and the same request is as good as before.",
    )
    .takes::<RegisterRequest>(example_registration())
    .answers::<RegisterReply>(
        201,
        "Registered. The bundle holds the pseudonyms of what is left of today (UTC) and of the three days after.",
        example_registered(),
    )
    .refuses(&Refusal::WrongCaptcha, "")
}

pub(super) fn clock() -> Operation {
    Operation::new(
        "clock",
        PHONES,
        "The realm's clock",
        "So that a phone whose clock is wrong can tell.",
    )
    .answers::<ClockReply>(200, "The time.", example_clock())
}

pub(super) fn keys() -> Operation {
    Operation::new(
        "keys",
        PHONES,
        "The server's public keys",
        "What a phone needs in order to register. A phone application embeds it instead of asking.",
    )
    .answers::<KeysReply>(200, "The keys.", example_keys())
}

/// `POST register`.
#[derive(ToSchema)]
#[schema(max_properties = 64)]
struct RegisterRequest {
    /// The solution as ALTCHA's libraries encode it: base64 of the JSON payload. At most 8,192 bytes of UTF-8.
    #[schema(max_length = 8192)]
    captcha: String,
    /// The challenge's id.
    #[schema(rename = "captchaId")]
    captcha_id: CaptchaId,
    /// The phone's P-256 key, as X.509 SubjectPublicKeyInfo in base64, its point in full and not compressed: 91 bytes,
    /// 124 characters.
    #[schema(
        rename = "clientPublicECDHKey",
        max_length = 256,
        pattern = "^MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE[A-Za-z0-9+/]{85}[AQgw]==$"
    )]
    client_public_key: String,
    /// The `id` of the registration key that the phone agreed a secret with, as `GET keys` lists it. Without it the
    /// oldest key that is valid is meant. At most 64 bytes of UTF-8.
    #[schema(rename = "keyId", value_type = String, required = false, max_length = 64)]
    key_id: Option<String>,
}

/// What `POST register` answers: 201.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
struct RegisterReply {
    /// The bundle, encrypted for this phone: base64 of a 12-byte nonce, AES-256-GCM ciphertext and 16-byte tag, under the
    /// tuple key. Its plaintext is a JSON list of `{"epochId", "key": {"ebid", "ecc"}}`.
    #[schema(pattern = "^[A-Za-z0-9+/]+={0,2}$")]
    tuples: String,
    /// The parameters in force.
    config: Vec<Setting>,
    /// The service start, in NTP seconds: since 1900-01-01T00:00:00Z.
    time_start: u64,
    /// Always `null`, as deployed.
    #[schema(required = true)]
    message: Option<String>,
}

/// One parameter in force, as `config` announces it.
#[derive(ToSchema)]
struct Setting {
    /// Its name: `app.epoch.seconds`.
    name: String,
    /// Its value.
    value: SettingValue,
}

/// What `GET clock` answers: 200.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
struct ClockReply {
    /// The date of the service start, `2020-06-01`, in UTC.
    #[schema(format = Date)]
    service_start_date: String,
    /// The realm's time, ISO 8601 in UTC, to the second.
    #[schema(format = DateTime)]
    time: String,
    /// The current epoch: quarters of an hour since the service start.
    epoch: u32,
}

/// What `GET keys` answers: 200. A phone app embeds one of them.
#[derive(ToSchema)]
pub(super) struct KeysReply {
    /// The server's P-256 key, as X.509 SubjectPublicKeyInfo in base64: 91 bytes, 124 characters. Of several that are
    /// valid it is the oldest, which phones have had for longest.
    #[schema(min_length = 124, max_length = 124, pattern = "^[A-Za-z0-9+/]{122}==$")]
    registration: String,
    /// Every key that is valid now, the oldest first: one, or two while phones move from one to the next.
    #[schema(min_items = 1, max_items = 2)]
    registrations: Vec<PublishedKey>,
}

/// A registration key that is valid.
#[derive(ToSchema)]
struct PublishedKey {
    /// Names it: eight hexadecimal digits. A phone sends it as `keyId`.
    #[schema(min_length = 8, max_length = 8, pattern = "^[0-9a-f]{8}$")]
    id: String,
    /// The key, as `registration` writes it.
    #[schema(min_length = 124, max_length = 124, pattern = "^[A-Za-z0-9+/]{122}==$")]
    key: String,
    /// From when it is refused, in Unix seconds; absent while that is not known.
    #[schema(value_type = u64, required = false)]
    until: Option<u64>,
}

/// What `report`, `unregister` and `deleteExposureHistory` answer: 200.
#[derive(ToSchema)]
struct Done {
    /// Always `true`: refusals have another status code.
    success: bool,
    /// For people who read bytes.
    message: String,
}

/// A number or a text.
struct SettingValue;

impl ToSchema for SettingValue {}

impl PartialSchema for SettingValue {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::from_iter([Type::Number, Type::String]))
            .description(Some("A number or a text."))
            .into()
    }
}

/// A valid key: the base point of P-256.
const KEY: &str = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpZP40Li\
                   /hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q==";

fn example_registration() -> api::RegisterRequest {
    api::RegisterRequest {
        captcha: solution(),
        captcha_id: CHALLENGE,
        client_public_key: KEY.to_owned(),
        key_id: Some(KEY_ID.to_owned()),
    }
}

fn example_registered() -> api::RegisterReply {
    api::RegisterReply {
        tuples: tuples(),
        config: config(),
        time_start: 3_799_958_400,
        message: None,
    }
}

/// Shortened: a real one holds up to 384 pseudonyms.
fn tuples() -> String {
    Base64::encode_string(&[0x9d; 48])
}

fn config() -> Vec<api::Setting> {
    let setting = |name: &str, value| api::Setting {
        name: name.to_owned(),
        value,
    };
    vec![
        setting(
            "app.service.start",
            api::SettingValue::Text("2020-06-01".to_owned()),
        ),
        setting("app.epoch.seconds", api::SettingValue::Integer(900)),
        setting(
            "app.captcha.algorithms",
            api::SettingValue::Text("ARGON2ID,PBKDF2/SHA-256".to_owned()),
        ),
    ]
}

fn example_clock() -> api::ClockReply {
    api::ClockReply {
        service_start_date: "2020-06-01".to_owned(),
        time: "2020-06-11T10:00:00Z".to_owned(),
        epoch: 1_000,
    }
}

const KEY_ID: &str = "3fb4a82c";

pub(super) fn example_keys() -> api::KeysReply {
    let key = api::PublishedKey {
        id: KEY_ID.to_owned(),
        key: KEY.to_owned(),
        until: Some(START + 90 * 86_400),
    };
    api::KeysReply {
        registrations: vec![key],
        registration: KEY.to_owned(),
    }
}
