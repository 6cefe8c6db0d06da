//! Dates, numbers and names in the visitor's language. The browser knows how; no-break spaces are ours.

use core::fmt::{Display, Write};

use decree::article_2::Item;
use decree::{Day, Moment};
use js_sys::{Array, Date, Intl, Object, Reflect};
use leptos_i18n::td_string;
use wasm_bindgen::JsValue;

use crate::texts::i18n::Locale;
use workshop::Person;
use workshop::story::Chapter;

/// A text of `locales/` as a `String`, its blanks (`{n}`) filled. One function fills them all: typed blanks would
/// make a type and its functions for each text.
macro_rules! say {
    ($locale:expr, $($key:ident).+) => { String::from(leptos_i18n::td_string!($locale, $($key).+)) };
    ($locale:expr, $($key:ident).+, $($blank:ident = $value:expr),+) => {
        $crate::workshop::words::fill(
            leptos_i18n::td_string!($locale, $($key).+),
            &[$((stringify!($blank), &$value)),+],
        )
    };
}
pub(crate) use say;

/// Puts each value in the place of its blank.
pub(crate) fn fill(text: &str, blanks: &[(&str, &dyn Display)]) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((blank, after)) = after.split_once('}') else {
            break;
        };
        filled.push_str(before);
        if let Some((_, value)) = blanks.iter().find(|(name, _)| *name == blank) {
            // Writing to a string cannot fail.
            let _ = write!(filled, "{value}");
        }
        rest = after;
    }
    filled.push_str(rest);
    filled
}

/// « mercredi 10 juin 2020 »
pub(crate) fn long_date(locale: Locale, at: Moment) -> String {
    const PARTS: &[(&str, &str)] = &[
        ("weekday", "long"),
        ("day", "numeric"),
        ("month", "long"),
        ("year", "numeric"),
    ];
    format_date(locale, at, PARTS)
}

/// « 10 juin »
pub(crate) fn short_date(locale: Locale, at: Moment) -> String {
    format_date(locale, at, &[("day", "numeric"), ("month", "long")])
}

/// The day of the month alone, for a tick.
pub(crate) fn day_of_month(locale: Locale, day: Day) -> String {
    format_date(locale, day.start(), &[("day", "numeric")])
}

/// « 18 h 20 », "18:20"
pub(crate) fn hour(locale: Locale, at: Moment) -> String {
    const PARTS: &[(&str, &str)] = &[
        ("hour", "2-digit"),
        ("minute", "2-digit"),
        ("hourCycle", "h23"),
    ];
    let time = format_date(locale, at, PARTS);
    match locale {
        Locale::fr => time.replace(':', "\u{a0}h\u{a0}"),
        Locale::en => time,
    }
}

/// The same on the visitor's own clock.
pub(crate) fn local_hour(locale: Locale, at: Moment) -> String {
    let date = Date::new(&(at.unix() as f64 * 1000.0).into());
    let options = Object::new();
    set(&options, "hour", &"2-digit".into());
    set(&options, "minute", &"2-digit".into());
    plain_spaces(
        date.to_locale_time_string_with_options(tag(locale), &options)
            .into(),
    )
}

/// « 10 juin, 18 h 20 »
pub(crate) fn date_and_hour(locale: Locale, at: Moment) -> String {
    let mut words = short_date(locale, at);
    words.push_str(", ");
    words.push_str(&hour(locale, at));
    words
}

/// « 23 425 », "23,425"
pub(crate) fn count(locale: Locale, number: usize) -> String {
    decimal(locale, number as f64, 0)
}

/// A number with so many decimals.
pub(crate) fn decimal(locale: Locale, number: f64, decimals: u8) -> String {
    let digits = JsValue::from(decimals);
    let options = Object::new();
    set(&options, "minimumFractionDigits", &digits);
    set(&options, "maximumFractionDigits", &digits);
    let format = Intl::NumberFormat::new(&Array::of1(&tag(locale).into()), &options).format();
    let words = format.call1(&JsValue::UNDEFINED, &number.into()).ok();
    plain_spaces(
        words
            .and_then(|words| words.as_string())
            .unwrap_or_default(),
    )
}

/// « art. 2, I, 7° »
pub(crate) fn article(locale: Locale, item: Item) -> String {
    say!(locale, insp.article, n = number(item))
}

/// The number of an item, 1 to 10.
pub(crate) fn number(item: Item) -> &'static str {
    item.label().trim_start_matches("2-I-")
}

/// The title of a chapter.
pub(crate) fn chapter(locale: Locale, chapter: Chapter) -> &'static str {
    match chapter {
        Chapter::Install => td_string!(locale, chapter.install),
        Chapter::Meet => td_string!(locale, chapter.meet),
        Chapter::Warn => td_string!(locale, chapter.warn),
        Chapter::Learn => td_string!(locale, chapter.learn),
        Chapter::Fortnight => td_string!(locale, chapter.fortnight),
        Chapter::Receipt => td_string!(locale, chapter.receipt),
    }
}

/// A first name, the same in both languages.
pub(crate) const fn name(person: Person) -> &'static str {
    match person {
        Person::Sylvie => "Sylvie",
        Person::Justin => "Justin",
        Person::Johanna => "Johanna",
    }
}

/// A person's picture in the sprite.
pub(crate) const fn picture(person: Person) -> &'static str {
    match person {
        Person::Sylvie => "#sylvie",
        Person::Justin => "#justin",
        Person::Johanna => "#johanna",
    }
}

/// The class of a person: their colour in the style sheet.
pub(crate) const fn class(person: Person) -> &'static str {
    match person {
        Person::Sylvie => "c-sylvie",
        Person::Justin => "c-justin",
        Person::Johanna => "c-johanna",
    }
}

/// The language as the browser names it.
pub(crate) const fn tag(locale: Locale) -> &'static str {
    match locale {
        Locale::fr => "fr",
        Locale::en => "en-GB",
    }
}

fn format_date(locale: Locale, at: Moment, parts: &[(&str, &str)]) -> String {
    let options = Object::new();
    set(&options, "timeZone", &"UTC".into());
    for (part, form) in parts {
        set(&options, part, &JsValue::from(*form));
    }
    let locales = Array::of1(&tag(locale).into());
    let date = Date::new(&(at.unix() as f64 * 1000.0).into());
    let format = Intl::DateTimeFormat::new(&locales, &options).format();
    let words = format
        .call1(&JsValue::UNDEFINED, &date)
        .ok()
        .and_then(|words| words.as_string());
    let words = plain_spaces(words.unwrap_or_default());
    match locale {
        // « 1er décembre », as every French date but Intl's has it.
        Locale::fr => {
            let first = |word| if word == "1" { "1er" } else { word };
            words.split(' ').map(first).collect::<Vec<_>>().join(" ")
        }
        Locale::en => words,
    }
}

/// The page's typeface has no narrow no-break space.
fn plain_spaces(words: String) -> String {
    words.replace('\u{202f}', "\u{a0}")
}

fn set(options: &Object, name: &str, value: &JsValue) {
    // Setting a member of a fresh object cannot fail.
    let _ = Reflect::set(options, &name.into(), value);
}
