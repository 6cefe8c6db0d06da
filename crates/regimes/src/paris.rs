//! Dates and hours of Europe/Paris. Its rules are compiled in, so that no host's database decides a date.

use jiff::civil::{Date, Time};
use jiff::tz::{self, TimeZone};
use jiff::{SignedDuration, Timestamp, ToSpan};

static PARIS: TimeZone = tz::get!("Europe/Paris");

/// The date on which a moment falls in Paris.
pub fn date(at: Timestamp) -> Date {
    at.to_zoned_datetime(PARIS.clone()).date()
}

/// The time of day that a moment has in Paris.
pub fn time(at: Timestamp) -> Time {
    at.to_zoned_datetime(PARIS.clone()).time()
}

/// 00:00 of a date in Paris; its clocks never change at that hour. `None` past the last year that a date can name.
pub fn midnight(of: Date) -> Option<Timestamp> {
    let zoned = of.to_zoned_datetime(PARIS.clone()).ok()?;
    Some(zoned.timestamp())
}

/// 00:00 of the date so many calendar days later: where a term whose day 0 is `of` ends, if it covers `days` − 1 to its end.
pub fn midnight_after(of: Date, days: i32) -> Option<Timestamp> {
    midnight(of.checked_add(days.days()).ok()?)
}

/// Calendar days from one date to another; negative if the other is earlier.
pub fn days_between(from: Date, to: Date) -> i64 {
    to.duration_since(from).as_hours() / 24
}

/// A moment with the offset that Paris has then: `2022-04-10T09:00:00+02:00`. Fractions of a second only if there are any.
pub fn written(at: Timestamp) -> String {
    let zoned = at.to_zoned_datetime(PARIS.clone());
    zoned.strftime("%Y-%m-%dT%H:%M:%S%.f%:z").to_string()
}

/// A date `YYYY-MM-DD` that the calendar holds, and nothing else.
pub fn parse_date(text: &str) -> Option<Date> {
    let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text.as_bytes() else {
        return None;
    };
    let year = digits(&[y1, y2, y3, y4])?;
    let (month, day) = (digits(&[m1, m2])?, digits(&[d1, d2])?);
    Date::new(year, month.try_into().ok()?, day.try_into().ok()?).ok()
}

/// A moment as RFC 3339 writes it, with an offset: `2022-04-10T09:00:00+02:00`, `2022-04-10T07:00:00Z`. Up to nine digits
/// of a second's fraction; no second 60, which no rule of the two texts could tell from the next.
pub fn parse_moment(text: &str) -> Option<Timestamp> {
    let (date, rest) = text.split_once('T')?;
    let date = parse_date(date)?;
    let (time, offset) = match rest.strip_suffix('Z') {
        Some(time) => (time, 0),
        None => {
            let (time, offset) = rest.split_at_checked(rest.len().checked_sub("+02:00".len())?)?;
            (time, parse_offset(offset)?)
        }
    };
    let (time, fraction) = match time.split_once('.') {
        Some((time, fraction)) => (time, parse_fraction(fraction)?),
        None => (time, 0),
    };
    let &[h1, h2, b':', m1, m2, b':', s1, s2] = time.as_bytes() else {
        return None;
    };
    let time = Time::new(
        digits(&[h1, h2])?.try_into().ok()?,
        digits(&[m1, m2])?.try_into().ok()?,
        digits(&[s1, s2])?.try_into().ok()?,
        fraction,
    );
    let utc = date
        .to_datetime(time.ok()?)
        .to_zoned_datetime(TimeZone::UTC)
        .ok()?;
    utc.timestamp()
        .checked_sub(SignedDuration::from_mins(offset))
        .ok()
}

/// `+02:00` in minutes.
fn parse_offset(text: &str) -> Option<i64> {
    let &[sign, h1, h2, b':', m1, m2] = text.as_bytes() else {
        return None;
    };
    let (hours, minutes) = (digits(&[h1, h2])?, digits(&[m1, m2])?);
    let offset = i64::from(hours) * 60 + i64::from(minutes);
    match sign {
        b'+' if hours < 24 && minutes < 60 => Some(offset),
        b'-' if hours < 24 && minutes < 60 => Some(-offset),
        _ => None,
    }
}

/// Nanoseconds.
fn parse_fraction(text: &str) -> Option<i32> {
    let is_read = (1..=9).contains(&text.len()) && text.bytes().all(|sign| sign.is_ascii_digit());
    let padded = is_read.then(|| format!("{text:0<9}"))?;
    padded.parse().ok()
}

fn digits(signs: &[u8]) -> Option<i16> {
    signs.iter().try_fold(0, |value, sign| {
        sign.is_ascii_digit()
            .then(|| value * 10 + i16::from(sign - b'0'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_with_the_offset_in_force() {
        for (read, written_as) in [
            ("2022-01-15T11:00:00Z", "2022-01-15T12:00:00+01:00"),
            ("2022-03-27T00:59:59Z", "2022-03-27T01:59:59+01:00"),
            ("2022-03-27T01:00:00Z", "2022-03-27T03:00:00+02:00"),
            ("2022-10-30T00:59:59Z", "2022-10-30T02:59:59+02:00"),
            ("2022-10-30T01:00:00Z", "2022-10-30T02:00:00+01:00"),
            ("2022-04-10T09:00:00+02:00", "2022-04-10T09:00:00+02:00"),
            ("2022-04-09T22:00:00-09:00", "2022-04-10T09:00:00+02:00"),
            (
                "2022-04-10T09:00:00.500+02:00",
                "2022-04-10T09:00:00.5+02:00",
            ),
            ("2060-07-01T00:00:00+02:00", "2060-07-01T00:00:00+02:00"),
        ] {
            assert_eq!(
                parse_moment(read).map(written).as_deref(),
                Some(written_as),
                "{read}"
            );
        }
    }

    #[test]
    fn what_is_no_moment_is_refused() {
        for text in [
            "",
            "2022-04-10",
            "2022-04-10T09:00:00",
            "2022-04-10T09:00+02:00",
            "2022-04-10 09:00:00+02:00",
            "2022-04-10T09:00:00+0200",
            "2022-04-10T09:00:00+02",
            "2022-04-10T09:00:00+24:00",
            "2022-04-10T09:00:00+02:60",
            "2022-04-10T24:00:00+02:00",
            "2022-04-10T09:60:00+02:00",
            "2022-04-10T09:00:60+02:00",
            "2022-04-10T09:00:00.+02:00",
            "2022-04-10T09:00:00.1234567890Z",
            "2022-02-29T09:00:00+01:00",
            "2022-04-31T09:00:00+02:00",
            "2022-04-10T09:00:00+02:00[Europe/Paris]",
            "2022-04-10T09:00:00Zé",
            "é022-04-10T09:00:00Z",
        ] {
            assert_eq!(parse_moment(text), None, "{text:?}");
        }
    }

    #[test]
    fn days_of_23_and_25_hours_are_days() {
        for (from, days, ends) in [
            ("2022-03-20", 15, "2022-04-04T00:00:00+02:00"),
            ("2022-10-23", 8, "2022-10-31T00:00:00+01:00"),
            ("2024-02-15", 15, "2024-03-01T00:00:00+01:00"),
        ] {
            let from = parse_date(from).unwrap();
            assert_eq!(
                midnight_after(from, days).map(written).as_deref(),
                Some(ends)
            );
            assert_eq!(
                days_between(from, date(parse_moment(ends).unwrap())),
                i64::from(days)
            );
        }
        let last = parse_date("9999-12-31").unwrap();
        assert_eq!(midnight_after(last, 1), None);
    }
}
