//! The stamp of a decoy: its token is work that a phone has done.
//!
//! A decoy is a report that needs no code, and costs the server what a report costs. So its sender pays for it: the token
//! has the form of a long code, a UUID of version 4, and its 122 free bits are drawn until the SHA-256 of this begins with
//! as many zero bits as the number of contacts [demands](Price::bits):
//!
//! | Bytes | What |
//! | --- | --- |
//! | 28 | [`LABEL`], in ASCII: what is hashed, and which form of it |
//! | 4 | the UTC day of the stamp, counted from 1 January 1970, big-endian |
//! | 32 | SHA-256 of the value of `contacts`, [as it is sent](hash_contacts) |
//! | 36 | the token, in ASCII: lower case, with its hyphens |
//!
//! The first 64 bytes are one block of SHA-256, and the same for all tokens: a try costs one block more. The day and the
//! contacts are in it, so a stamp is good for one body and [about a day](is_good), and who takes it remembers it for no
//! longer.
//!
//! Finding a token has no memory: having tried a million brings none of the others closer. So what a phone has not found
//! when it is switched off need not be saved, and [`Solver`] begins anew.

use core::time::Duration;

use decree::{Day, Moment};
use rand_core::CryptoRng;
use sha2::{Digest, Sha256};

/// What the hashed bytes begin with. Another form would have another number.
pub const LABEL: [u8; 28] = *b"limpide decoy stamp, form 01";

/// How long before its day begins, and after its day has ended, a stamp is good.
///
/// A phone makes it while it is charged, for the day on which it will be sent, and may have no network that evening. Its
/// clock may be wrong, or keep another zone's day.
pub const LEEWAY: Duration = Duration::from_hours(6);

/// What a stamp costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Price {
    least: u32,
}

/// Contacts up to which the least is asked.
const FEW: usize = 256;

impl Price {
    /// In the national realm: 22 bits, 4.2 million tries on average.
    ///
    /// A phone without instructions for SHA-256 makes two to four million tries a second on one core: one to two seconds,
    /// and in one case of twenty three times as long. Phones with such instructions are several times faster.
    pub const NATIONAL: Self = Self::of_bits(22);
    /// In a demo realm, which has limits of its own: 16 bits, a few hundredths of a second.
    pub const DEMO: Self = Self::of_bits(16);

    /// A price that begins with so many bits.
    #[must_use]
    pub const fn of_bits(least: u32) -> Self {
        Self { least }
    }

    /// The zero bits that the smallest decoy shows: with fewer a token is no stamp, whatever it comes with.
    #[must_use]
    pub const fn least(self) -> u32 {
        self.least
    }

    /// The zero bits that a decoy of so many contacts shows: one more each time their number doubles past 256, since the
    /// server's work grows with it.
    ///
    /// In the national realm that is 22 bits up to 256 contacts, two weeks of somebody who meets a few people, and 29 for
    /// the 20,000 that a report holds at most: three minutes of the phone of somebody who has met fifteen people at every
    /// hour of two weeks. So past 256 a contact costs its sender at least 2¹⁴ tries, about 5 ms.
    #[must_use]
    pub fn bits(self, contacts: usize) -> u32 {
        let doublings = contacts.saturating_sub(1) / FEW;
        self.least + doublings.checked_ilog2().map_or(0, |log| log + 1)
    }
}

/// Hashes the contacts of a report: the bytes of the value of its member `contacts` as they stand in the body, from `[`
/// to the `]` that closes it, with whatever blanks are between and none of those around.
///
/// A client of another language writes the list first, hashes it, and puts those very bytes into the body.
#[must_use]
pub fn hash_contacts(json: &[u8]) -> [u8; 32] {
    Sha256::digest(json).into()
}

/// With how many zero bits the stamp begins that this token is for these contacts on this day.
#[must_use]
pub fn zeros(day: Day, contacts: &[u8; 32], token: &str) -> u32 {
    zeros_after(begin(day, contacts), token.as_bytes())
}

/// Whether a stamp of this day is good now.
#[must_use]
pub fn is_good(day: Day, now: Moment) -> bool {
    day.start() <= now + LEEWAY && now < good_until(day)
}

/// From when a stamp of this day is good no more.
#[must_use]
pub fn good_until(day: Day) -> Moment {
    day.plus_days(1).start() + LEEWAY
}

/// The days whose stamps are good now: today, and near midnight a neighbour.
pub fn good_days(now: Moment) -> impl Iterator<Item = Day> {
    let today = now.day();
    let days = [today.minus_days(1), today, today.plus_days(1)];
    days.into_iter().filter(move |day| is_good(*day, now))
}

fn begin(day: Day, contacts: &[u8; 32]) -> Sha256 {
    Sha256::new()
        .chain_update(LABEL)
        .chain_update(day.number().to_be_bytes())
        .chain_update(contacts)
}

fn zeros_after(begun: Sha256, token: &[u8]) -> u32 {
    let hash: [u8; 32] = begun.chain_update(token).finalize().into();
    let mut zeros = 0;
    for byte in hash {
        zeros += byte.leading_zeros();
        if byte != 0 {
            break;
        }
    }
    zeros
}

/// Searches for a token, in as many steps as its caller likes.
///
/// The caller of a phone [makes a decoy](crate::phone::Phone::decoy), writes its contacts, solves, and sends token and
/// contacts together; on a charger before they are due, or when they are. Nobody waits for it.
///
/// ```
/// # use robert::stamp::{Price, Solver, hash_contacts, zeros};
/// # struct Zeros;
/// # impl robert::rand_core::TryRng for Zeros {
/// #     type Error = core::convert::Infallible;
/// #     fn try_next_u32(&mut self) -> Result<u32, Self::Error> { Ok(0) }
/// #     fn try_next_u64(&mut self) -> Result<u64, Self::Error> { Ok(0) }
/// #     fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> { bytes.fill(0); Ok(()) }
/// # }
/// # impl robert::rand_core::TryCryptoRng for Zeros {}
/// # let rng = &mut Zeros;
/// let today = "2020-06-13".parse()?;
/// let contacts = b"[]";
/// let bits = Price::of_bits(10).bits(0);
/// let mut solver = Solver::new(today, contacts, bits, rng);
/// let token = loop {
///     // Something else may go on between.
///     if let Some(token) = solver.advance(1_000) {
///         break token;
///     }
/// };
/// assert!(zeros(today, &hash_contacts(contacts), &token) >= bits);
/// # Ok::<(), decree::ParseDayError>(())
/// ```
#[derive(Clone)]
pub struct Solver {
    begun: Sha256,
    bits: u32,
    /// The token, of which the last part counts.
    token: [u8; 36],
    count: u64,
}

/// Hexadecimal digits of a token that count the tries. The others stay as they were drawn.
const COUNTED: usize = 12;

impl Solver {
    /// Begins the search for a token with so many zero bits, on this day, for this JSON value of `contacts`. It begins at
    /// a token drawn at random: two phones that send the same contacts find different ones.
    pub fn new(day: Day, contacts: &[u8], bits: u32, rng: &mut impl CryptoRng) -> Self {
        let mut drawn = [0; 16];
        rng.fill_bytes(&mut drawn);
        Self {
            begun: begin(day, &hash_contacts(contacts)),
            bits,
            token: uuid(drawn),
            count: u128::from_be_bytes(drawn) as u64,
        }
    }

    /// Makes so many tries, and hands over the token if one of them found it.
    pub fn advance(&mut self, tries: u32) -> Option<String> {
        for _ in 0..tries {
            self.count = self.count.wrapping_add(1);
            for (place, digit) in self.token.iter_mut().rev().take(COUNTED).enumerate() {
                *digit = digit_of((self.count >> (4 * place)) as u8);
            }
            if zeros_after(self.begun.clone(), &self.token) >= self.bits {
                return Some(self.token.iter().copied().map(char::from).collect());
            }
        }
        None
    }
}

/// A UUID of version 4 of these bytes (RFC 9562), in lower case.
fn uuid(drawn: [u8; 16]) -> [u8; 36] {
    let bits = u128::from_be_bytes(drawn) & !(0xf << 76) | (4 << 76);
    let bits = bits & !(0b11 << 62) | (0b10 << 62);
    let mut left = 128;
    let mut text = [b'-'; 36];
    for (at, symbol) in text.iter_mut().enumerate() {
        if !matches!(at, 8 | 13 | 18 | 23) {
            left -= 4;
            *symbol = digit_of((bits >> left) as u8);
        }
    }
    text
}

/// The lowest four bits.
const fn digit_of(bits: u8) -> u8 {
    match bits & 0xf {
        low @ 0..=9 => b'0' + low,
        low => b'a' + (low - 10),
    }
}
