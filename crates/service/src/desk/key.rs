//! An issuer's key: 24 random bytes, and eight more that only this realm could add to them.
//!
//! What adds and knows them is a secret of the realm that outlives every root: a change of roots costs
//! no issuer a key.
//!
//! So the front knows an invented key without asking the desk, and nobody can keep the one desk busy
//! with guesses. What the desk keeps of a key is an HMAC.

use rand_core::CryptoRng;
use subtle::ConstantTimeEq;

use crate::keyring::{Pepper, from_hexadecimal, hexadecimal};

/// Shortest key that opens the issuers' door: a guess at a shorter one can be tried against its hash.
pub const SHORTEST: usize = 32;

/// The key in an `Authorization` header, whose scheme is written in either case (RFC 9110, 11.1); nothing for another
/// scheme, and for a key that is too short to be one.
#[must_use]
pub fn of_header(header: Option<&str>) -> Option<&str> {
    let (scheme, key) = header?.split_once(' ')?;
    let key = key.trim_start_matches(' ');
    (scheme.eq_ignore_ascii_case("Bearer") && key.len() >= SHORTEST).then_some(key)
}

const RANDOM: usize = 24;
const TAG: usize = 8;

/// Draws a key: its text, shown once, and what is stored of it.
pub fn draw(pepper: &Pepper, rng: &mut impl CryptoRng) -> (String, [u8; 32]) {
    let mut random = [0; RANDOM];
    rng.fill_bytes(&mut random);
    let text = hexadecimal(&random) + &hexadecimal(&tag(pepper, &random));
    (text, hash(pepper, &random))
}

/// What would be stored of this key, if it was made here.
#[must_use]
pub fn recognise(pepper: &Pepper, text: &str) -> Option<[u8; 32]> {
    let bytes: [u8; RANDOM + TAG] = from_hexadecimal(text)?;
    let (random, given) = bytes.split_first_chunk::<RANDOM>()?;
    let right = tag(pepper, random);
    bool::from(right.as_slice().ct_eq(given)).then(|| hash(pepper, random))
}

fn tag(pepper: &Pepper, random: &[u8; RANDOM]) -> [u8; TAG] {
    let mut tag = [0; TAG];
    let whole = pepper.hash(&[b"key tag", random]);
    tag.iter_mut().zip(whole).for_each(|(to, from)| *to = from);
    tag
}

fn hash(pepper: &Pepper, random: &[u8; RANDOM]) -> [u8; 32] {
    pepper.hash(&[b"key", random])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::Fixed;

    #[test]
    fn a_header_without_a_key_of_32_characters_holds_none() {
        let long = "k".repeat(SHORTEST);
        for (header, key) in [
            (None, None),
            (Some(""), None),
            (Some("Bearer "), None),
            (Some(long.as_str()), None),
            (Some(&format!("Basic {long}")), None),
            (Some(&format!("Bearer {}", &long[1..])), None),
            (Some(&format!("Bearer{long}")), None),
            (Some(&format!("Bearer\t{long}")), None),
            (Some(&format!(" Bearer {long}")), None),
            (Some(&format!("Bearer {long}")), Some(long.as_str())),
            (Some(&format!("bearer {long}")), Some(long.as_str())),
            (Some(&format!("BEARER  {long}")), Some(long.as_str())),
        ] {
            assert_eq!(of_header(header), key, "{header:?}");
        }
    }

    #[test]
    fn a_key_is_known_here_and_nowhere_else() {
        let pepper = Pepper::new([7; 32]);
        let (text, stored) = draw(&pepper, &mut Fixed(1));
        assert_eq!(text.len(), 64);
        assert_eq!(recognise(&pepper, &text), Some(stored));
        assert_eq!(recognise(&Pepper::new([8; 32]), &text), None);
        for at in 0..64 {
            let mut other = text.clone().into_bytes();
            other[at] = if other[at] == b'0' { b'1' } else { b'0' };
            let other = String::from_utf8(other).unwrap();
            assert_eq!(recognise(&pepper, &other), None, "{at}");
        }
        for text in ["", "é", &text[1..], &format!("{text}0"), &"é".repeat(32)] {
            assert_eq!(recognise(&pepper, text), None, "{text}");
        }
    }

    /// The tag gives nothing of the hash away: they are two functions.
    #[test]
    fn the_stored_hash_is_not_in_the_key() {
        let (text, stored) = draw(&Pepper::new([7; 32]), &mut Fixed(1));
        assert_ne!(text[48..], hexadecimal(&stored)[..16]);
    }
}
