//! What the last decision led to, in one sentence: shown with the next step, and spoken.

use workshop::story::{Follow, Realm, Story};

use super::bench::Bench;
use super::words::{self, say};
use crate::part::{El, el, group};
use crate::texts::i18n::Locale;

/// One polite region for the whole workshop.
pub(super) fn spoken(bench: Bench) -> El {
    let locale = bench.locale();
    let told = move || {
        bench.place();
        let told = bench.read(|story| (!story.log.is_empty()).then(|| sentences(locale, story)));
        group().add(told)
    };
    el("p").class("vh").attr("role", "status").slot(told)
}

fn sentences(locale: Locale, story: &Story) -> String {
    let mut words = sentence(locale, story.follows).unwrap_or_default();
    if let Realm::Open { .. } = story.realm {
        let fresh: usize = story.server.tables.iter().map(|table| table.fresh).sum();
        words.push(' ');
        words.push_str(&match fresh {
            0 => say!(locale, say.server_same),
            n => say!(locale, say.server_new, n = n),
        });
    }
    words
}

/// The sentence of what followed.
pub(super) fn sentence(locale: Locale, follows: Follow) -> Option<String> {
    let l = locale;
    Some(match follows {
        Follow::Nothing => return None,
        Follow::NobodyInstalls => say!(l, follow.nobody),
        Follow::Opened => say!(l, follow.opened),
        Follow::SetAside(p) => say!(l, follow.set_aside, name = words::name(p)),
        Follow::Registered(p) => say!(l, follow.registered, name = words::name(p)),
        Follow::BluetoothOn(p) => say!(l, follow.bluetooth_on, name = words::name(p)),
        Follow::BluetoothOff(p) => say!(l, follow.bluetooth_off, name = words::name(p)),
        Follow::NoMeeting => say!(l, follow.no_meeting),
        Follow::Met(n) => say!(l, follow.met, n = words::count(l, n as usize)),
        Follow::KeptToHerself => say!(l, follow.kept),
        Follow::NoPhoneToWarn => say!(l, follow.nophone),
        Follow::CodeTaken => say!(l, follow.code),
        Follow::OnsetGiven => say!(l, follow.onset),
        Follow::CodeRefused => say!(l, follow.code_refused),
        Follow::Reported => say!(l, follow.reported),
        Follow::NeverKnows(p) => say!(l, follow.never_knows, name = words::name(p)),
        Follow::AtRisk(p) => say!(l, follow.at_risk, name = words::name(p)),
        Follow::NothingToReport(p) => say!(l, follow.clear, name = words::name(p)),
        Follow::TooSoon(p) => say!(l, follow.too_soon, name = words::name(p)),
        Follow::Unknown(p) => say!(l, follow.unknown, name = words::name(p)),
        Follow::Forgotten(p, day) => {
            let date = words::short_date(l, day.start());
            say!(l, follow.forgotten, name = words::name(p), date = date)
        }
        Follow::TimePassed { rows: 0, .. } => say!(l, follow.time),
        Follow::TimePassed { days: 1, rows } => say!(l, follow.forgot_one, rows = rows),
        Follow::TimePassed { days, rows } => say!(l, follow.forgot_many, days = days, rows = rows),
        Follow::Uninstalled(p) => say!(l, follow.uninstalled, name = words::name(p)),
        Follow::ExposuresErased(p) => say!(l, follow.erased_exposures, name = words::name(p)),
        Follow::Erased => say!(l, follow.erased),
        Follow::ErasesItself => say!(l, follow.erases_itself),
    })
}
