//! Moments and days: the law counts hours and days, in Coordinated Universal Time.

use core::fmt;
use core::ops::{Add, Sub};
use core::str::FromStr;
use core::time::Duration;

/// Seconds in a UTC day.
const DAY_SECONDS: u64 = 86_400;

/// A moment, to the second: Unix seconds, UTC.
///
/// Adding and subtracting a [`Duration`] keeps whole seconds and stops at both ends of the range.
///
/// ```
/// use core::time::Duration;
/// use decree::Moment;
///
/// let noon = Moment::from_unix(1_590_710_400 + 43_200);
/// assert_eq!(noon.day().to_string(), "2020-05-29");
/// assert_eq!((noon + Duration::from_hours(12)).day().to_string(), "2020-05-30");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(u64);

impl Moment {
    /// The moment so many seconds after 1970-01-01T00:00:00Z.
    pub const fn from_unix(seconds: u64) -> Self {
        Self(seconds)
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    pub const fn unix(self) -> u64 {
        self.0
    }

    /// The UTC day that holds this moment.
    pub const fn day(self) -> Day {
        let number = self.0 / DAY_SECONDS;
        if number > u32::MAX as u64 {
            return Day(u32::MAX);
        }
        Day(number as u32)
    }

    /// The time gone by since `earlier`; zero if `earlier` is later.
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_secs(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for Moment {
    type Output = Self;

    fn add(self, elapsed: Duration) -> Self {
        Self(self.0.saturating_add(elapsed.as_secs()))
    }
}

impl Sub<Duration> for Moment {
    type Output = Self;

    fn sub(self, elapsed: Duration) -> Self {
        Self(self.0.saturating_sub(elapsed.as_secs()))
    }
}

/// A UTC date: days since 1970-01-01.
///
/// ```
/// use decree::Day;
///
/// let launch: Day = "2020-06-02".parse()?;
/// assert_eq!(launch.plus_days(15).to_string(), "2020-06-17");
/// # Ok::<(), decree::ParseDayError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(u32);

impl Day {
    /// The day so many days after 1970-01-01.
    pub const fn from_number(number: u32) -> Self {
        Self(number)
    }

    /// Days since 1970-01-01.
    pub const fn number(self) -> u32 {
        self.0
    }

    /// 00:00:00 UTC of this day.
    pub const fn start(self) -> Moment {
        Moment(self.0 as u64 * DAY_SECONDS)
    }

    /// The day so many days later, or the last day there is.
    pub const fn plus_days(self, days: u32) -> Self {
        Self(self.0.saturating_add(days))
    }

    /// The day so many days earlier, or 1970-01-01.
    pub const fn minus_days(self, days: u32) -> Self {
        Self(self.0.saturating_sub(days))
    }

    /// The same date so many months later, or the last day of that month where it has no such date: as the law counts
    /// months (code de procédure civile, article 641). Past the year 9999, the last day there is.
    pub fn plus_months(self, months: u32) -> Self {
        let (year, month, day) = date_of(self.0);
        let in_all = u64::from(year) * 12 + u64::from(month) - 1 + u64::from(months);
        let (year, month) = (in_all / 12, in_all % 12 + 1);
        let date = |day| {
            let (year, month) = (u32::try_from(year).ok()?, u32::try_from(month).ok()?);
            let number = number_of(year, month, day)?;
            (date_of(number) == (year, month, day)).then_some(Self(number))
        };
        (1..=day).rev().find_map(date).unwrap_or(Self(u32::MAX))
    }
}

impl fmt::Display for Day {
    /// `YYYY-MM-DD`, in the Gregorian calendar.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = date_of(self.0);
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl FromStr for Day {
    type Err = ParseDayError;

    fn from_str(text: &str) -> Result<Self, ParseDayError> {
        parse(text).ok_or(ParseDayError)
    }
}

/// The text is not a date `YYYY-MM-DD` of 1970 or later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseDayError;

impl fmt::Display for ParseDayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a date YYYY-MM-DD of 1970 or later")
    }
}

impl core::error::Error for ParseDayError {}

fn parse(text: &str) -> Option<Day> {
    let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text.as_bytes() else {
        return None;
    };
    let (year, month, day) = (
        decimal(&[y1, y2, y3, y4])?,
        decimal(&[m1, m2])?,
        decimal(&[d1, d2])?,
    );
    let number = number_of(year, month, day)?;
    // A date that the calendar does not hold (31 June) comes back as another one.
    (date_of(number) == (year, month, day)).then_some(Day(number))
}

fn decimal(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |value, digit| {
        digit
            .is_ascii_digit()
            .then(|| value * 10 + u32::from(digit - b'0'))
    })
}

/// Days from 0000-03-01 to 1970-01-01. Years begin in March here, so that the leap day ends the year.
const UNIX_SHIFT: u64 = 719_468;
const DAYS_IN_400_YEARS: u64 = 146_097;

fn date_of(number: u32) -> (u32, u32, u32) {
    let days = u64::from(number) + UNIX_SHIFT;
    let (cycle, day_of_cycle) = (days / DAYS_IN_400_YEARS, days % DAYS_IN_400_YEARS);
    let year_of_cycle = (day_of_cycle - day_of_cycle / 1_460 + day_of_cycle / 36_524
        - day_of_cycle / 146_096)
        / 365;
    let day_of_year =
        day_of_cycle - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 {
        march_month + 3
    } else {
        march_month - 9
    };
    let year = cycle * 400 + year_of_cycle + u64::from(month <= 2);
    (year as u32, month as u32, day as u32)
}

fn number_of(year: u32, month: u32, day: u32) -> Option<u32> {
    if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let (march_year, march_month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let day_of_year = (153 * march_month + 2) / 5 + day - 1;
    let days =
        march_year * 365 + march_year / 4 - march_year / 100 + march_year / 400 + day_of_year;
    days.checked_sub(UNIX_SHIFT as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Dates and their Unix seconds as GNU `date -u -d DATE +%s` prints them.
    const KNOWN: [(&str, u64); 8] = [
        ("1970-01-01", 0),
        ("2000-02-29", 951_782_400),
        ("2000-03-01", 951_868_800),
        ("2020-05-29", 1_590_710_400),
        ("2020-06-01", 1_590_969_600),
        ("2024-12-31", 1_735_603_200),
        ("2100-02-28", 4_107_456_000),
        ("2100-03-01", 4_107_542_400),
    ];

    #[test]
    fn known_dates() {
        for (text, unix) in KNOWN {
            let day: Day = text.parse().unwrap();
            assert_eq!(day.start(), Moment::from_unix(unix), "{text}");
            assert_eq!(day.to_string(), text);
        }
    }

    #[test]
    fn every_day_until_2500_reads_back() {
        let mut previous = None;
        for number in 0..=193_600 {
            let day = Day::from_number(number);
            assert_eq!(day.to_string().parse(), Ok(day));
            let text = Some(day.to_string());
            assert!(text > previous, "dates sort as text");
            previous = text;
        }
    }

    #[test]
    fn dates_outside_the_calendar_are_refused() {
        for text in [
            "",
            "2020-06-31",
            "2021-02-29",
            "2100-02-29",
            "2020-13-01",
            "2020-00-10",
            "2020-01-00",
            "1969-12-31",
            "2020-6-01",
            "2020/06/01",
            "+020-06-01",
            "2020-06-01 ",
            "0000-01-01",
        ] {
            assert_eq!(text.parse::<Day>(), Err(ParseDayError), "{text:?}");
        }
    }

    #[test]
    fn a_day_holds_its_first_second_and_not_the_next_midnight() {
        let day = Day::from_number(18_414);
        assert_eq!(day.start().day(), day);
        assert_eq!((day.start() + Duration::from_secs(86_399)).day(), day);
        assert_eq!(
            (day.start() + Duration::from_secs(86_400)).day(),
            day.plus_days(1)
        );
        assert_eq!(day.plus_days(15).minus_days(15), day);
    }

    #[test]
    fn months_end_on_the_same_date_or_the_months_last() {
        for (from, months, to) in [
            ("2020-07-10", 6, "2021-01-10"),
            ("2020-08-31", 6, "2021-02-28"),
            ("2019-08-31", 6, "2020-02-29"),
            ("2020-01-31", 1, "2020-02-29"),
            ("2020-12-31", 12, "2021-12-31"),
            ("2020-05-29", 0, "2020-05-29"),
        ] {
            let from: Day = from.parse().unwrap();
            assert_eq!(
                from.plus_months(months).to_string(),
                to,
                "{from} + {months}"
            );
        }
        let last = Day::from_number(u32::MAX);
        assert_eq!(Day::from_number(0).plus_months(u32::MAX), last);
        assert_eq!(last.plus_months(1), last);
    }

    #[test]
    fn both_ends_saturate() {
        let (first, last) = (Moment::from_unix(0), Moment::from_unix(u64::MAX));
        assert_eq!(first - Duration::from_secs(1), first);
        assert_eq!(last + Duration::from_secs(1), last);
        assert_eq!(first.since(last), Duration::ZERO);
        assert_eq!(last.day(), Day::from_number(u32::MAX));
        assert_eq!(Day::from_number(0).minus_days(1), Day::from_number(0));
        assert_eq!(
            Day::from_number(u32::MAX).plus_days(1),
            Day::from_number(u32::MAX)
        );
    }
}
