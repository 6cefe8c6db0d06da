//! Demo sessions: a name that only the server can make, and that says when it ends.

use base64ct::{Base64UrlUnpadded, Encoding};
use decree::Moment;
use serde::{Deserialize, Serialize};

use crate::Realm;
use crate::keyring::Pepper;

/// How long a demo realm lives, in seconds of real time.
pub const LIFETIME_SECONDS: u64 = 3_600;

/// A demo session whose seal was checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Names the realm: 128 random bits.
    pub id: [u8; 16],
    expires: u64,
}

const BYTES: usize = 16 + 8 + 32;

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

    /// As it stands in an address: base64url of `id ‖ expiry ‖ HMAC`.
    #[must_use]
    pub fn seal(&self, pepper: &Pepper) -> String {
        let expires = self.expires.to_be_bytes();
        let hash = pepper.hash(&[&self.id, &expires]);
        Base64UrlUnpadded::encode_string(&[&self.id[..], &expires, &hash].concat())
    }

    /// Reads an address; nothing when it was not made here or has ended at `now`.
    #[must_use]
    pub fn open(pepper: &Pepper, text: &str, now: Moment) -> Option<Self> {
        let mut bytes = [0; BYTES];
        let exact = Base64UrlUnpadded::decode(text, &mut bytes).ok()?.len() == BYTES;
        let (id, rest) = bytes.split_first_chunk::<16>()?;
        let (expires, hash) = rest.split_first_chunk::<8>()?;
        let sealed = pepper.verifies(&[id, expires], hash);
        let session = Self {
            id: *id,
            expires: u64::from_be_bytes(*expires),
        };
        (exact && sealed && now < session.expires()).then_some(session)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keyring::KeyRing;

    #[test]
    fn only_what_was_sealed_here_opens_and_only_until_its_end() {
        let ring = KeyRing::from_hex(&"5a".repeat(32)).unwrap();
        let pepper = ring.sessions();
        let expires = Moment::from_unix(2_000);
        let session = Session::new([7; 16], expires);
        let text = session.seal(&pepper);
        let at = |now| Session::open(&pepper, &text, Moment::from_unix(now));
        assert_eq!(at(1_999), Some(session));
        assert_eq!(at(2_000), None);
        let other = KeyRing::from_hex(&"5b".repeat(32)).unwrap().sessions();
        assert_eq!(Session::open(&other, &text, Moment::from_unix(0)), None);
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
