//! Demo sessions: a name that only the server can make, and that says when it ends.

use base64ct::{Base64UrlUnpadded, Encoding};
use decree::Moment;
use serde::{Deserialize, Serialize};

use crate::Realm;
use crate::form::{Form, Version};
use crate::keyring::{Peppers, head};

/// How long a demo realm lives, in seconds of real time.
pub const LIFETIME_SECONDS: u64 = 3_600;

/// A demo session whose seal was checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Names the realm: 128 random bits.
    pub id: [u8; 16],
    expires: u64,
}

/// Of the longer form.
const BYTES: usize = 5 + 16 + 8 + 32;

impl Session {
    /// A session that ends at this moment of real time.
    #[must_use]
    pub const fn new(id: [u8; 16], expires: Moment) -> Self {
        Self {
            id,
            expires: expires.unix(),
        }
    }

    /// When it ends, in real time.
    #[must_use]
    pub const fn expires(&self) -> Moment {
        Moment::from_unix(self.expires)
    }

    /// The realm that it opens.
    #[must_use]
    pub const fn realm(&self) -> Realm {
        Realm::Demo(self.id)
    }

    /// As it stands in an address: base64url of `version ‖ root ‖ id ‖ expiry ‖ HMAC`.
    #[must_use]
    pub fn seal(&self, peppers: &Peppers) -> String {
        let (head, expires) = (head(peppers.newest_id()), self.expires.to_be_bytes());
        let hash = peppers.newest().hash(&[&head, &self.id, &expires]);
        Base64UrlUnpadded::encode_string(&[&head, &self.id[..], &expires, &hash].concat())
    }

    /// Reads an address; nothing when it was not made here or has ended at `now`. Those of 0.1.0 have
    /// no version and no root.
    #[must_use]
    pub fn open(peppers: &Peppers, text: &str, now: Moment) -> Option<Self> {
        let mut bytes = [0; BYTES];
        let bytes = Base64UrlUnpadded::decode(text, &mut bytes).ok()?;
        let (head, rest) = match Form::Session.version(bytes).ok()? {
            Version::Former => (&[][..], bytes),
            Version::Current => bytes.split_at_checked(5)?,
        };
        let (id, rest) = rest.split_first_chunk::<16>()?;
        let (expires, hash) = rest.split_first_chunk::<8>()?;
        let sealed = match head {
            [_, root @ ..] => {
                let pepper = peppers.of(root.try_into().ok()?)?;
                pepper.verifies(&[head, id, expires], hash)
            }
            [] => peppers.oldest().verifies(&[id, expires], hash),
        };
        let session = Self {
            id: *id,
            expires: u64::from_be_bytes(*expires),
        };
        (sealed && now < session.expires()).then_some(session)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keyring::KeyRing;

    #[test]
    fn only_what_was_sealed_here_opens_and_only_until_its_end() {
        let ring = |byte: &str| KeyRing::from_text(Some(&byte.repeat(32)), true).unwrap();
        let pepper = ring("5a").sessions();
        let expires = Moment::from_unix(2_000);
        let session = Session::new([7; 16], expires);
        let text = session.seal(&pepper);
        let at = |now| Session::open(&pepper, &text, Moment::from_unix(now));
        assert_eq!(at(1_999), Some(session));
        assert_eq!(at(2_000), None);
        let other = ring("5b").sessions();
        assert_eq!(Session::open(&other, &text, Moment::from_unix(0)), None);
        let both = format!("{},{}", "5b".repeat(32), "5a".repeat(32));
        let both = KeyRing::from_text(Some(&both), true).unwrap().sessions();
        assert_eq!(
            Session::open(&both, &text, Moment::from_unix(0)),
            Some(session)
        );
        assert_eq!(
            text,
            "IArAc7wHBwcHBwcHBwcHBwcHBwcHAAAAAAAAB9BgxuQ3S14BPC6uoNpii2fdwWDaDMMy65f0KXfnpEK7Ag"
        );
        // The head is part of what is sealed.
        let mut bytes = Base64UrlUnpadded::decode_vec(&text).unwrap();
        bytes.remove(1);
        for bytes in [&bytes[..], &bytes[4..]] {
            let text = Base64UrlUnpadded::encode_string(bytes);
            assert_eq!(Session::open(&pepper, &text, Moment::from_unix(0)), None);
        }
        for forged in [
            "",
            "a",
            &text[1..],
            &text.replace(&text[..1], "_"),
            &format!("{text}A"),
        ] {
            assert_eq!(Session::open(&pepper, forged, Moment::from_unix(0)), None);
        }
    }
}
