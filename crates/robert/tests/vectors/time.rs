//! Times, epochs and days.

use super::{epoch, text};
use crate::common::{hex, moment, ntp, number, rows, test, vectors};
use decree::Moment;
use robert::parameters::{HELLO_TOLERANCE, SERVICE_START};
use robert::{Epoch, Ntp, Time16, Time32};
use serde_json::Value;

#[test]
fn time_published_clock() {
    let file = vectors!("time");
    let clock = &file["published_clock"];
    let start = moment(&format!("{}T00:00:00Z", text(&clock["service_start"])));
    for row in rows(&clock["rows"], 8) {
        let instant = moment(text(&row["instant"]));
        assert_eq!(Ntp::from(instant), ntp(&row["ntp"]), "{row}");
        assert_eq!(Ntp::from(instant).moment(), instant);
        assert_eq!(
            Ntp::from(instant).time32(),
            Time32(hex(&row["time32"])),
            "{row}"
        );
        assert_eq!(
            Epoch::at_since(start, instant),
            Epoch::new(number(&row["epoch"])),
            "{row}"
        );
    }
}

#[test]
fn time_published_low16() {
    let file = vectors!("time");
    for row in rows(&file["published_low16"]["rows"], 3) {
        let time = Ntp::from(moment(text(&row["instant"]))).time16();
        assert_eq!(u32::from(time.seconds()), number(&row["low16"]), "{row}");
    }
}

#[test]
fn time_published_epoch_of() {
    let file = vectors!("time");
    for row in rows(&file["published_epoch_of"], 3) {
        let start = moment(&format!("{}T00:00:00Z", text(&row["service_start"])));
        let epoch = Epoch::at_since(start, moment(text(&row["instant"])));
        assert_eq!(epoch, Epoch::new(number(&row["epoch"])), "{row}");
    }
}

#[test]
fn time_published_day_key() {
    let file = vectors!("time");
    for row in rows(&file["published_day_key"], 2) {
        let start = ntp(&row["service_start_ntp"]).moment();
        let day = epoch(row).start_since(start).day().to_string();
        match &row["date"] {
            Value::Null => assert_ne!(day, text(&row["not_date"])),
            date => assert_eq!(day, text(date)),
        }
    }
}

#[test]
fn time_derived_hello_tolerance() {
    let file = vectors!("time");
    for row in rows(&file["derived_hello_tolerance"]["rows"], 18) {
        assert_eq!(
            u64::from(number(&row["tolerance"])),
            HELLO_TOLERANCE.as_secs()
        );
        let time = |field: &str| Time16::from_seconds(number(&row[field]).try_into().unwrap());
        let accepted = time("hello_time16").is_within(HELLO_TOLERANCE, time("device_time16"));
        assert_eq!(Value::from(accepted), row["accepted"], "{row}");
    }
}

#[test]
fn time_derived_remaining_epochs_for_today() {
    let file = vectors!("time");
    for row in rows(&file["derived_remaining_epochs_for_today"]["rows"], 19) {
        let epoch = epoch(row);
        assert_eq!(epoch.remaining_today(), number(&row["remaining"]), "{row}");
        // And that is how many have the same key day.
        let same_day =
            (epoch.number()..).take_while(|n| Epoch::new(*n).unwrap().day() == epoch.day());
        assert_eq!(same_day.count() as u32, number(&row["remaining"]), "{row}");
    }
}

#[test]
fn time_starts_with_the_service() {
    assert_eq!(SERVICE_START, moment("2020-06-01T00:00:00Z"));
    assert_eq!(Ntp::from(SERVICE_START), Ntp(3_799_958_400));
    assert_eq!(Epoch::at(SERVICE_START), Some(Epoch::FIRST));
    assert_eq!(Epoch::at(Moment::from_unix(SERVICE_START.unix() - 1)), None);
    let end = Epoch::LAST.start().unix() + 900;
    assert_eq!(Epoch::at(Moment::from_unix(end - 1)), Some(Epoch::LAST));
    assert_eq!(Epoch::at(Moment::from_unix(end)), None);
}
