//! The issuers' door: one-time codes for laboratories and doctors, and the keys that open it.

mod act;
mod key;
mod order;
mod root;

pub use act::{Act, Acts, Deed};
pub use key::{KeyOrder, Keys, ListedKey, MAX_QUOTA, MadeKey, Role, Voided};
pub use order::{BatchOrder, CodeOrder, Format, Image, MAX_BATCH, MAX_ID, PictureOrder};
pub use root::{ListedRoot, MAX_DAYS, RegistrationOrder, Roots, StaysFor};

use crate::field;

/// Most keys, or acts, that are listed at once.
pub const MAX_LISTED: u32 = 1_000;
/// What is said of a `before` that no list has given.
pub const BEFORE: &str = field::BEFORE;
/// What is said of days that are none, or too many.
pub const DAYS: &str = field::DAYS;

/// Where a list is to go on: the value of `before` in an address's query.
#[must_use]
pub fn before(query: &str) -> Option<&str> {
    query
        .split('&')
        .find_map(|part| part.strip_prefix("before="))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::Kind;
    use crate::{Refusal, json};

    fn batch(body: &str) -> Result<BatchOrder, Refusal> {
        json::read(body.as_bytes())
    }

    #[test]
    fn a_batch_has_defaults() {
        let order = batch(r#"{"kind":"long","count":1000}"#).unwrap();
        let expected = BatchOrder {
            kind: Kind::Long,
            count: 1_000,
            id: None,
            format: Format::Json,
            images: Image::Svg,
        };
        assert_eq!(order, expected);
        let id = "é".repeat(64);
        let order = batch(&format!(
            r#"{{"kind":"short","count":1,"id":"{id}","format":"tar","images":"png"}}"#
        ));
        assert_eq!(order.unwrap().id, Some(id));
    }

    #[test]
    fn what_is_refused_says_the_field_and_never_its_value() {
        let long = "x".repeat(65);
        for (field, value) in [
            ("count", "0"),
            ("count", "1001"),
            ("count", "-1"),
            ("count", "1.5"),
            ("count", r#""7""#),
            ("count", "18446744073709551616"),
            ("id", r#""""#),
            ("id", &format!(r#""{long}""#)),
            ("id", "7"),
            ("id", "null"),
            ("format", r#""zip""#),
            ("images", r#""gif""#),
            ("images", "true"),
        ] {
            let body = match field {
                "count" => format!(r#"{{"kind":"long","count":{value}}}"#),
                _ => format!(r#"{{"kind":"long","count":1,"{field}":{value}}}"#),
            };
            let Err(Refusal::Malformed(message)) = batch(&body) else {
                panic!("{body} was read");
            };
            assert!(message.starts_with(field), "{body}: {message}");
        }
        let key = |body: &str| json::read::<KeyOrder>(body.as_bytes());
        assert!(key(r#"{"role":"lab","quota":1000000}"#).is_ok());
        for body in [
            r#"{"role":"root","quota":1}"#,
            r#"{"role":"Lab","quota":1}"#,
            r#"{"role":"lab","quota":1000001}"#,
            r#"{"role":"lab","quota":0}"#,
            r#"{"role":"lab"}"#,
        ] {
            let refused = key(body);
            assert!(matches!(refused, Err(Refusal::Malformed(_))), "{body}");
        }
    }

    #[test]
    fn a_list_goes_on_where_its_address_says() {
        for (query, found) in [
            ("", None),
            ("before", None),
            ("before=", Some("")),
            ("before=7-ab", Some("7-ab")),
            ("x=before=1&before=2&before=3", Some("2")),
        ] {
            assert_eq!(before(query), found, "{query}");
        }
    }

    #[test]
    fn an_act_is_one_flat_object() {
        let act = Act {
            actor: "root".to_owned(),
            moment: 7,
            deed: Deed::CodesHandedOut {
                codes: Kind::Short,
                count: 2,
            },
        };
        let json = serde_json::to_string(&act).unwrap();
        let flat =
            r#"{"actor":"root","moment":7,"kind":"codesHandedOut","codes":"short","count":2}"#;
        assert_eq!(json, flat);
        assert_eq!(serde_json::from_str::<Act>(flat).unwrap(), act);
    }
}
