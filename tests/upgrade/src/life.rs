//! What is true of a kept storage: `life.json`.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use service::{Class, schema};

/// The short life of a release's server.
#[derive(Debug, Serialize, Deserialize)]
pub struct Life {
    /// The server's time when it was killed, in Unix seconds.
    pub kept_at: u64,
    /// The version of the tables of registries, intakes, the tally and the desk.
    #[serde(default = "oldest_tables")]
    pub tables: [u32; 4],
    /// The root secrets, as they were listed. Worthless: they are published here.
    pub root: String,
    /// The operator's key, as worthless.
    pub issuer_key: String,
    /// What happened in the national realm.
    pub national: National,
    /// What happened in a demo realm; nothing since 0.3.0, whose demo realms do not outlive their process.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub demo: Option<Demo>,
}

/// People by the names of their saved phones, codes and keys.
#[derive(Debug, Serialize, Deserialize)]
pub struct National {
    /// Who is told that they are at risk: told before, not told yet, told and then the history deleted.
    pub at_risk: Vec<String>,
    /// Who is told that they are not.
    pub not_at_risk: Vec<String>,
    /// Whose account the server knows no more: who has left, and who has not asked for longer than its keys live.
    pub left: Vec<String>,
    /// What a report says that was taken, and not delivered yet. The reporter's phone does not know that it was taken.
    pub waiting: Meetings,
    /// What a phone heard and nobody has reported.
    pub unreported: Meetings,
    /// One-time codes.
    pub codes: Codes,
    /// Issuers' keys.
    pub desk: Desk,
    /// What `GET statistics` answered.
    pub statistics: Value,
    /// What `GET keys` answered; nothing of 0.1.0, which had one registration key.
    #[serde(default)]
    pub keys: Value,
}

/// 0.1.0 wrote no version down.
const fn oldest_tables() -> [u32; 4] {
    [1; 4]
}

/// Those of the current build.
pub(crate) fn tables_of_today() -> [u32; 4] {
    let classes = [Class::Registry, Class::Intake, Class::Tally, Class::Desk];
    classes.map(|class| schema::of(class).version())
}

/// Whom one phone met.
#[derive(Debug, Serialize, Deserialize)]
pub struct Meetings {
    /// Whose phone it is.
    pub reporter: String,
    /// Who is at risk by these meetings alone.
    pub alerted: String,
    /// Who is at risk by the meetings that wait and the unreported ones together, and not by either alone.
    pub halves: [String; 2],
}

/// One-time codes that were handed out.
#[derive(Debug, Serialize, Deserialize)]
pub struct Codes {
    /// Long ones that nobody has used.
    pub long: Vec<String>,
    /// Short ones that nobody has used.
    pub short: Vec<String>,
    /// Ones that were used, or have expired.
    pub void: Vec<String>,
}

/// The issuers' desk.
#[derive(Debug, Serialize, Deserialize)]
pub struct Desk {
    /// A laboratory's key.
    pub laboratory: Key,
    /// An operator's other than the configured one.
    pub hospital: Key,
    /// A doctor's, made by the former.
    pub doctor: Key,
    /// A laboratory's, revoked.
    pub revoked: Key,
    /// What the laboratory asked for under an id of its own; the first code was used.
    pub batch: Batch,
    /// What `GET keys` answered the operator.
    pub keys: Value,
    /// What `GET acts` answered.
    pub acts: Value,
}

/// An issuer's key.
#[derive(Debug, Serialize, Deserialize)]
pub struct Key {
    /// What names it.
    pub id: String,
    /// What opens the door.
    pub key: String,
}

/// A request that may be sent again.
#[derive(Debug, Serialize, Deserialize)]
pub struct Batch {
    /// Its body.
    pub order: Value,
    /// The codes that it stands for.
    pub codes: Vec<String>,
}

/// A demo realm, open still.
#[derive(Debug, Serialize, Deserialize)]
pub struct Demo {
    /// Its address: `/demo/{session}`.
    pub door: String,
    /// By how many seconds its visitor moved its clock.
    pub advanced: u64,
    /// Who is told that they are at risk.
    pub at_risk: Vec<String>,
    /// Who is told that they are not.
    pub not_at_risk: Vec<String>,
    /// What was taken, and is delivered when the clock is next moved.
    pub waiting: DemoReport,
    /// One-time codes.
    pub codes: Codes,
    /// Accounts, as `GET state` shows them.
    pub accounts: usize,
    /// Exposures, as it shows them, before what waits has arrived.
    pub exposures: usize,
}

/// A report in a demo realm.
#[derive(Debug, Serialize, Deserialize)]
pub struct DemoReport {
    /// Who sent it.
    pub reporter: String,
    /// Who is at risk by it, each by one exposure for each epoch of the meeting.
    pub alerted: Vec<String>,
    /// How many exposures it brings.
    pub exposures: usize,
}
