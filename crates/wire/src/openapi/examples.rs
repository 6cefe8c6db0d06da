//! What the examples of the description hold: values of the very types, written as they are sent.

use base64ct::{Base64, Base64UrlUnpadded, Encoding};
use robert::auth::AuthRequest;
use robert::time::{Time16, Time32};
use robert::{Contact, Ebid, Ecc, HeardHello, Mac40};
use serde_json::json;

use super::schemas::{Challenge, Parameters, SignedData};
use crate::api::{
    Authenticated, CaptchaId, CaptchaReply, ClockReply, KeysReply, RISK_NONE, RegisterReply,
    RegisterRequest, ReportRequest, Setting, SettingValue, StatusReply,
};
use crate::code::{HandedOut, Kind};
use crate::demo::{Column, Now, Object, Opened, State, Table};
use crate::issuer::{
    Act, Acts, BatchOrder, CodeOrder, Deed, Format, Image, KeyOrder, Keys, ListedKey, MadeKey, Role,
};
use crate::statistics::{Figure, Period, Statistics};

/// 2020-06-01T00:00:00Z in Unix seconds.
const START: u64 = 1_590_969_600;

const CHALLENGE: CaptchaId = CaptchaId([0x3c; 16]);

/// A valid key: the base point of P-256.
const KEY: &str = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpZP40Li\
                   /hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q==";

/// The EBID of the published test vectors.
const EBID: Ebid = Ebid([0xe3, 0x40, 0x0d, 0xd4, 0x30, 0x85, 0xe9, 0x44]);

pub(super) fn session() -> String {
    let bytes: Vec<u8> = (0..56).collect();
    Base64UrlUnpadded::encode_string(&bytes)
}

fn challenge() -> Challenge {
    Challenge {
        parameters: Parameters {
            algorithm: "PBKDF2/SHA-256".to_owned(),
            cost: 5_000,
            data: SignedData {
                captcha_id: "3c".repeat(16),
                until: START + 600,
                realm: "national".to_owned(),
            },
            key_length: 32,
            key_prefix: "00".to_owned(),
            nonce: "a5".repeat(16),
            salt: "5a".repeat(16),
        },
        signature: "c3".repeat(32),
    }
}

pub(super) fn captcha() -> CaptchaReply<Challenge> {
    CaptchaReply {
        id: CHALLENGE,
        captcha_id: CHALLENGE,
        challenge: challenge(),
    }
}

fn solution() -> String {
    let solution = json!({ "counter": 113, "derivedKey": format!("00{}", "7e".repeat(31)) });
    let payload = json!({ "challenge": challenge(), "solution": solution });
    Base64::encode_string(payload.to_string().as_bytes())
}

pub(super) fn registration() -> RegisterRequest {
    RegisterRequest {
        captcha: solution(),
        captcha_id: CHALLENGE,
        client_public_key: KEY.to_owned(),
    }
}

/// Shortened: a real one holds up to 384 pseudonyms.
fn tuples() -> String {
    Base64::encode_string(&[0x9d; 48])
}

fn config() -> Vec<Setting> {
    let setting = |name: &str, value| Setting {
        name: name.to_owned(),
        value,
    };
    vec![
        setting(
            "app.service.start",
            SettingValue::Text("2020-06-01".to_owned()),
        ),
        setting("app.epoch.seconds", SettingValue::Integer(900)),
    ]
}

pub(super) fn registered() -> RegisterReply {
    RegisterReply {
        tuples: tuples(),
        config: config(),
        time_start: 3_799_958_400,
        message: None,
    }
}

/// The request of the published test vectors.
pub(super) fn authenticated() -> Authenticated {
    Authenticated(AuthRequest {
        ebid: EBID,
        epoch: 0,
        time: Time32([0xe2, 0x7e, 0xc3, 0x80]),
        mac: [
            0x73, 0x72, 0xec, 0x79, 0x1b, 0x4c, 0xf7, 0xae, 0x50, 0xf3, 0x9a, 0x4e, 0x96, 0x81,
            0x81, 0xb5, 0x7e, 0x08, 0x70, 0x0a, 0xb1, 0x7d, 0xd0, 0x0a, 0x68, 0x1f, 0x28, 0x58,
            0x2e, 0xd3, 0x61, 0x61,
        ],
    })
}

pub(super) fn status() -> StatusReply {
    StatusReply {
        risk_level: RISK_NONE,
        tuples: tuples(),
        config: config(),
    }
}

pub(super) fn report() -> ReportRequest {
    let contact = Contact {
        ebid: EBID,
        ecc: Ecc(0x0f),
        hellos: vec![HeardHello {
            collected: 3_799_958_400,
            time: Time16::from_seconds(50_048),
            mac: Mac40([0xe3, 0xcb, 0x56, 0xf7, 0x5c]),
            rssi: -45,
        }],
    };
    ReportRequest {
        captcha: Some(solution()),
        captcha_id: Some(CHALLENGE),
        ..ReportRequest::new(&code(Kind::Short).code, vec![contact])
    }
}

pub(super) fn clock() -> ClockReply {
    ClockReply {
        service_start_date: "2020-06-01".to_owned(),
        time: "2020-06-11T10:00:00Z".to_owned(),
        epoch: 1_000,
    }
}

pub(super) fn keys() -> KeysReply {
    KeysReply {
        registration: KEY.to_owned(),
    }
}

pub(super) fn code(kind: Kind) -> HandedOut {
    let code = match kind {
        Kind::Long => crate::code::Code::long([0x5e; 16]),
        Kind::Short => crate::code::Code::short([17, 3, 22, 9, 31, 0, 4, 12, 28]),
    };
    HandedOut {
        code: code.to_string(),
        kind,
        expires_at: START + 3_600,
    }
}

pub(super) fn one_code() -> CodeOrder {
    CodeOrder {
        kind: Kind::Long,
        id: Some("sample 2020-1234".to_owned()),
    }
}

pub(super) fn batch() -> BatchOrder {
    BatchOrder {
        kind: Kind::Long,
        count: 500,
        id: Some("June, week 2".to_owned()),
        format: Format::Tar,
        images: Image::Png,
    }
}

/// The table of a batch of one code.
pub(super) fn batch_table() -> String {
    let HandedOut { code, .. } = code(Kind::Long);
    format!(
        "code,kind,expires_at,link\r\n{code},long,2020-06-01T01:00:00Z,https://limpide.example/#code={code}&type=1\r\n"
    )
}

pub(super) fn picture() -> serde_json::Value {
    json!({ "code": code(Kind::Long).code, "format": "svg" })
}

pub(super) const fn key_order() -> KeyOrder {
    KeyOrder {
        role: Role::Lab,
        quota: 500,
    }
}

pub(super) fn key_id() -> String {
    "1f".repeat(8)
}

pub(super) fn made_key() -> MadeKey {
    let KeyOrder { role, quota } = key_order();
    MadeKey {
        id: key_id(),
        key: "7c".repeat(32),
        role,
        quota,
    }
}

pub(super) fn issuer_keys() -> Keys {
    let KeyOrder { role, quota } = key_order();
    Keys {
        keys: vec![ListedKey {
            id: key_id(),
            role,
            quota,
            revoked: false,
            used_today: 120,
            maker: "root".to_owned(),
        }],
        next: None,
    }
}

pub(super) fn acts() -> Acts {
    let KeyOrder { role, quota } = key_order();
    let act = |moment, deed| Act {
        actor: "root".to_owned(),
        moment,
        deed,
    };
    let handed_out = Deed::CodesHandedOut {
        codes: Kind::Short,
        count: 1,
    };
    let key = key_id();
    let revoked = Deed::KeyRevoked { key: key.clone() };
    Acts {
        acts: vec![
            act(START + 7_200, revoked),
            act(START + 3_600, handed_out),
            act(START, Deed::KeyMade { key, role, quota }),
        ],
        next: None,
    }
}

pub(super) fn act_mark() -> String {
    format!("{START}-{}", "4d".repeat(16))
}

pub(super) fn statistics() -> Statistics {
    let day = |day: u8| format!("2020-06-{day:02}");
    Statistics {
        floor: 10,
        people_needed: 100,
        from: Some(day(2)),
        until: Some(day(4)),
        missing: Vec::new(),
        figures: vec![Figure {
            name: "reports".to_owned(),
            periods: vec![Period {
                from: day(2),
                to: day(3),
                count: 12,
            }],
            withheld_since: Some(day(4)),
        }],
    }
}

pub(super) fn opened() -> Opened {
    Opened {
        session: session(),
        expires_at: START + 3_600,
    }
}

pub(super) const fn now() -> Now {
    Now {
        now: START + 86_400,
    }
}

pub(super) fn state() -> State {
    let column = |column: &str, item: &str| Column {
        column: column.to_owned(),
        item: item.to_owned(),
    };
    State {
        objects: vec![Object {
            object: "intake/0".to_owned(),
            tables: vec![Table {
                table: "code".to_owned(),
                columns: vec![
                    column("hash", "2-I-8"),
                    column("until", "protocol: a code expires"),
                ],
                rows: vec![vec!["5e".repeat(32).into(), (START + 3_600).into()]],
            }],
        }],
    }
}
