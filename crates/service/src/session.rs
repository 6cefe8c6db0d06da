//! Demo sessions: a name that only the server can make, and that says when it ends.

use base64ct::{Base64UrlUnpadded, Encoding};
use decree::Moment;

use crate::Realm;
use crate::form::{Form, Version};
use crate::keyring::{Peppers, head};
use crate::place::Seat;

/// How long a demo realm lives, in seconds of real time.
pub const LIFETIME_SECONDS: u64 = 3_600;

/// A demo session whose seal was checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Session {
    /// Nothing in sessions of 0.2.0 and before.
    seat: Option<Seat>,
    /// Names the realm: 128 random bits.
    id: [u8; 16],
    expires: u64,
}

/// Of the longest form.
const BYTES: usize = 5 + SEAT + 16 + 8 + 32;
/// A seat: its number, and the turn.
const SEAT: usize = 1 + 4;

impl Session {
    /// A session on this seat that ends at this moment of real time.
    #[must_use]
    pub const fn new(seat: Seat, id: [u8; 16], expires: Moment) -> Self {
        Self {
            seat: Some(seat),
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
        match self.seat {
            Some(seat) => Realm::Seated(seat, self.id),
            None => Realm::Demo(self.id),
        }
    }

    /// As it stands in an address: base64url of `version ‖ root ‖ seat ‖ turn ‖ id ‖ expiry ‖ HMAC`.
    #[must_use]
    pub fn seal(&self, peppers: &Peppers) -> String {
        let name = match self.seat {
            Some(seat) => [&seat_bytes(seat)[..], &self.id].concat(),
            None => self.id.to_vec(),
        };
        let (head, expires) = (head(peppers.newest_id()), self.expires.to_be_bytes());
        let hash = peppers.newest().hash(&[&head, &name, &expires]);
        Base64UrlUnpadded::encode_string(&[&head, &name[..], &expires, &hash].concat())
    }

    /// Reads an address; nothing when it was not made here or has ended at `now`. Those of 0.2.0 have no
    /// seat, and those of 0.1.0 no version and no root either.
    #[must_use]
    pub fn open(peppers: &Peppers, text: &str, now: Moment) -> Option<Self> {
        let mut bytes = [0; BYTES];
        let bytes = Base64UrlUnpadded::decode(text, &mut bytes).ok()?;
        let (head, rest) = match Form::Session.version(bytes).ok()? {
            Version::Former => (&[][..], bytes),
            Version::Current => bytes.split_at_checked(5)?,
        };
        let seat = if bytes.len() == BYTES { SEAT } else { 0 };
        let (name, rest) = rest.split_at_checked(seat + 16)?;
        let (seat, id) = name.split_at_checked(seat)?;
        let (expires, hash) = rest.split_first_chunk::<8>()?;
        let sealed = match head {
            [_, root @ ..] => {
                let pepper = peppers.of(root.try_into().ok()?)?;
                pepper.verifies(&[head, name, expires], hash)
            }
            [] => peppers.oldest().verifies(&[id, expires], hash),
        };
        let session = Self {
            seat: read_seat(seat),
            id: id.try_into().ok()?,
            expires: u64::from_be_bytes(*expires),
        };
        (sealed && now < session.expires()).then_some(session)
    }
}

const fn seat_bytes(seat: Seat) -> [u8; SEAT] {
    let [a, b, c, d] = seat.turn.to_be_bytes();
    [seat.number, a, b, c, d]
}

fn read_seat(bytes: &[u8]) -> Option<Seat> {
    let (number, turn) = bytes.split_first()?;
    Some(Seat {
        number: *number,
        turn: u32::from_be_bytes(turn.try_into().ok()?),
    })
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
        let seat = Seat {
            number: 9,
            turn: 0x0102_0304,
        };
        let session = Session::new(seat, [7; 16], expires);
        assert_eq!(session.realm(), Realm::Seated(seat, [7; 16]));
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
            "IArAc7wJAQIDBAcHBwcHBwcHBwcHBwcHBwcAAAAAAAAH0Ky5XV9lQOG0bjdpG71TV8sfQ0-EyzHWTcpSPrgYPvy1"
        );
        // As 0.2.0 sealed it.
        let former =
            "IArAc7wHBwcHBwcHBwcHBwcHBwcHAAAAAAAAB9BgxuQ3S14BPC6uoNpii2fdwWDaDMMy65f0KXfnpEK7Ag";
        let opened = Session::open(&pepper, former, Moment::from_unix(0)).unwrap();
        assert_eq!(opened.realm(), Realm::Demo([7; 16]));
        assert_eq!(opened.seal(&pepper), former);
        // The head is part of what is sealed.
        let mut bytes = Base64UrlUnpadded::decode_vec(&text).unwrap();
        bytes.remove(1);
        for bytes in [&bytes[..], &bytes[4..], &bytes[9..]] {
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
