//! The figures of the deployed service, written down a second time from where each comes from: the model goes by these,
//! and what the server announces must be the same.

use wire::api::{Setting, SettingValue};

use crate::Finding;
use crate::model::same;

/// Epochs between two answers to one account (server, integration configuration).
pub(crate) const GAP_EPOCHS: u32 = 2;
/// Days for which an exposure is kept (decree, Article 3).
pub(crate) const HISTORY_DAYS: u32 = 15;
/// Days of pseudonyms that a phone gets at once, the first included (server, epoch-bundle-duration-in-days).
pub(crate) const BUNDLE_DAYS: u32 = 4;
/// How far a request's clock may be off, in seconds (server, ws-rest configuration).
pub(crate) const REQUEST_TOLERANCE: u64 = 60;
/// Rate of the risk (server, scoring algorithm 2).
pub(crate) const R0: f64 = 0.0071;
/// From this risk on a person is at risk (server, scoring algorithm 2).
pub(crate) const THRESHOLD: f64 = 0.1;
/// An alert needs a contact of less than so many days ago, and lasts so many whole days (server, P7D).
pub(crate) const RISK_DAYS: u32 = 7;
/// A contact counts for so many epochs: 14 days of 96 (server, contagious period).
pub(crate) const CONTAGIOUS_EPOCHS: u32 = 1_344;
/// Seconds of an epoch (specification, section 4).
pub(crate) const EPOCH_SECONDS: u32 = 900;
/// Wrong short codes that an intake takes in an hour before it asks for work (ARCHITECTURE.md, Guesses).
pub(crate) const GUESSES: usize = 50;

/// What is announced must be what is used.
pub(crate) fn check(announced: &[Setting]) -> Result<(), Finding> {
    use Figure::{Part, Text, Whole};
    let expected = [
        // Server, robert.server.time-start.
        ("app.service.start", Text("2020-06-01")),
        ("app.epoch.seconds", Whole(EPOCH_SECONDS)),
        // France: 0x21, the server's final configuration.
        ("app.country.code", Whole(33)),
        ("app.bundle.days", Whole(BUNDLE_DAYS)),
        ("app.status.gap.epochs", Whole(GAP_EPOCHS)),
        ("app.request.tolerance.seconds", Whole(60)),
        // Server, batch and crypto configuration.
        ("app.hello.tolerance.seconds", Whole(180)),
        ("app.history.days", Whole(HISTORY_DAYS)),
        // Decree, Article 2 I 6°: « dans les quarante-huit heures qui précèdent ».
        ("app.symptoms.hours", Whole(48)),
        ("app.risk.r0", Part(R0)),
        ("app.risk.threshold", Part(THRESHOLD)),
        ("app.risk.days", Whole(RISK_DAYS)),
        ("app.contagious.epochs", Whole(CONTAGIOUS_EPOCHS)),
        // What the national realm draws, and what release 0.2.0 drew.
        ("app.captcha.algorithms", Text("ARGON2ID,PBKDF2/SHA-256")),
    ];
    let expected = expected.map(|(name, figure)| Setting {
        name: name.to_owned(),
        value: match figure {
            Whole(number) => SettingValue::Integer(number.into()),
            Part(number) => SettingValue::Real(number),
            Text(text) => SettingValue::Text(text.to_owned()),
        },
    });
    same("parameters announced", announced, &expected)
}

enum Figure {
    Whole(u32),
    Part(f64),
    Text(&'static str),
}
