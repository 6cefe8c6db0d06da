//! Decoys: reports that hold nobody, so that a report seen on its way tells nothing of who sent it.
//!
//! A decoy has the size that a report of this phone would have at the same moment, for an onset drawn at random: a report
//! says no onset, but the later it was the fewer contacts leave, and its size must not be one that decoys never have. Decoys
//! come at moments drawn at random. The rate, and that the server does the same work, are those of DP-3T, *Best Practices for Operation Security in Proximity
//! Tracing*: with one fake action in five days on average, whoever was seen acting is with more than 99.8 % probability
//! not somebody who reported.
//!
//! Each step of the decree is a choice of the person, and a decoy is none of them: no item of Article 2 is in it, only
//! random bytes under a token that is nobody's code. What it does show, as a report would, is its size: how many contacts the
//! phone could report, and how many HELLOs of each.

use core::time::Duration;

use decree::{
    Moment,
    article_2::{Onset, Window},
};
use rand_core::CryptoRng;

use super::selection::contacts;
use super::{Phone, Recorded, Refusal};
use crate::{Contact, Ebid, Ecc, HeardHello, Hello, Mac40, Ntp, Time16};

/// Mean time from one decoy to the next.
pub const MEAN_BETWEEN_DECOYS: Duration = Duration::from_hours(5 * 24);

/// Decoys.
impl Phone {
    /// When the next decoy is due: drawn when first asked for and kept until [`Phone::decoy`] makes it; `now` if that
    /// moment passed while the phone slept.
    ///
    /// The times between two are exponential, [`MEAN_BETWEEN_DECOYS`] on average: nothing that the phone does, a report
    /// least of all, makes one more or less likely.
    ///
    /// # Errors
    /// [`Refusal::NotRegistered`]: installing is not agreeing to take part.
    pub fn next_decoy(&mut self, now: Moment, rng: &mut impl CryptoRng) -> Result<Moment, Refusal> {
        self.tick(now);
        self.identity()?;
        let due = match self.next_decoy {
            Some(due) if due <= now + LONGEST_WAIT => due,
            // None yet, or drawn by a clock that was ahead.
            _ => draw_due(now, rng),
        };
        self.next_decoy = Some(due);
        Ok(due.max(now))
    }

    /// Makes a decoy, due or not, and draws the next one's moment. It is sent as a report is, with a
    /// [stamp](crate::stamp) in the place of its code; its answer, or that none comes, is ignored. Where a real report
    /// stands is not touched.
    ///
    /// The stamp takes a second or two. A phone may do that work on its charger: it asks [`Phone::next_decoy`], makes the
    /// decoy before that moment, stamps it for that moment's day, and keeps the body until then. Such a decoy has the size
    /// that a report had when it was made.
    ///
    /// It holds as many contacts, of as many HELLOs, as a report would at `now` whose onset is unknown, or one of the last
    /// days, and its JSON has as many bytes. Everything in it is drawn at random.
    ///
    /// # Errors
    /// [`Refusal::NotRegistered`].
    pub fn decoy(
        &mut self,
        now: Moment,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<Contact>, Refusal> {
        self.tick(now);
        self.identity()?;
        self.next_decoy = Some(draw_due(now, rng));
        let selection = self.select(draw_onset(now, rng), now)?;
        let (window, mut drawn) = (selection.window, Vec::new());
        for real in contacts(&selection.leaving()) {
            let (ebid, [ecc]) = (Ebid(random(rng)), random(rng));
            let hellos = real.hellos.iter();
            drawn.extend(hellos.map(|real| {
                let (at, time) = random_times(real, window, rng);
                Recorded {
                    at,
                    hello: Hello {
                        ecc: Ecc(ecc),
                        ebid,
                        time,
                        mac: Mac40(random(rng)),
                    },
                    rssi: random_level(real.rssi, rng),
                }
            }));
        }
        Ok(contacts(&drawn))
    }
}

/// Days on which symptoms may have begun: as far back as one makes a difference.
const ONSETS: u32 = 14;

/// Unknown half of the time, else the first second of today or of a day before, as people name it.
fn draw_onset(now: Moment, rng: &mut impl CryptoRng) -> Onset {
    let word = rng.next_u32();
    if word & 1 == 0 {
        Onset::Unknown
    } else {
        Onset::Known(now.day().minus_days((word >> 1) % ONSETS).start())
    }
}

/// −ln of the smallest number that [`draw_due`] draws is less than 37.
const LONGEST_WAIT: Duration = Duration::from_secs(37 * MEAN_BETWEEN_DECOYS.as_secs());

/// One exponential waiting time after `now`: the inverse of its distribution function at a uniform number.
fn draw_due(now: Moment, rng: &mut impl CryptoRng) -> Moment {
    const BITS: u32 = f64::MANTISSA_DIGITS;
    // 2⁻⁵³ … 1, so that the logarithm is finite.
    let steps = (rng.next_u64() >> (u64::BITS - BITS)) + 1;
    let uniform = steps as f64 / (1_u64 << BITS) as f64;
    let seconds = MEAN_BETWEEN_DECOYS.as_secs() as f64 * -uniform.ln();
    now + Duration::from_secs(seconds as u64)
}

/// A 16-bit time that is written with as many digits, so that not one byte more or less tells a decoy, and a moment of the
/// window at which it could be heard as it was sent. That moment has ten digits, always the same number until the 32-bit
/// times turn over in February 2036.
fn random_times(real: &HeardHello, window: Window, rng: &mut impl CryptoRng) -> (Moment, Time16) {
    const TURN: u64 = 1 << 16;
    let time = like(real.time.seconds().into(), u16::MAX.into(), rng);
    let time = Time16::from_seconds(u16::try_from(time).unwrap_or(u16::MAX));
    let (from, to) = (Ntp::from(window.from()), Ntp::from(window.to()));
    let back = to.time16().seconds().wrapping_sub(time.seconds());
    let newest = to.0 - u64::from(back);
    let turns = newest.saturating_sub(from.0) / TURN + 1;
    (Ntp(newest - rng.next_u64() % turns * TURN).moment(), time)
}

/// A level that is written with as many digits.
fn random_level(real: i8, rng: &mut impl CryptoRng) -> i8 {
    let (highest, sign) = if real < 0 { (128, -1) } else { (127, 1) };
    let level = sign * i64::from(like(real.unsigned_abs().into(), highest, rng));
    i8::try_from(level).unwrap_or_default()
}

/// A number with as many decimal digits, `highest` at the most.
fn like(real: u32, highest: u32, rng: &mut impl CryptoRng) -> u32 {
    let lowest = 10_u32.pow(real.checked_ilog10().unwrap_or(0));
    let highest = highest.min(10 * lowest - 1);
    lowest + rng.next_u32() % (highest - lowest + 1)
}

fn random<const N: usize>(rng: &mut impl CryptoRng) -> [u8; N] {
    let mut bytes = [0; N];
    rng.fill_bytes(&mut bytes);
    bytes
}
