//! What the server stores, as a demo realm shows it.

use std::collections::{BTreeMap, BTreeSet};

use decree::article_3::day_key_destroyed_at;
use http_tests::{Row, State, hex, unhex};
use robert::Epoch;
use serde_json::Value;

use super::people::messages;
use super::{column, fields};
use crate::story::Story;
use crate::words::Words;

pub(super) fn note(story: &mut Story, _: &Words) {
    story.noted = Some(story.realm.state());
}

fn noted(story: &Story) -> &State {
    story.noted.as_ref().expect("un relevé")
}

pub(super) fn nothing_changed(story: &mut Story, _: &Words) {
    let (before, after) = (noted(story), story.realm.state());
    assert_eq!(after.objects(), before.objects());
    let tables: BTreeSet<_> = [before, &after]
        .into_iter()
        .flat_map(State::items)
        .map(|((table, _), _)| table)
        .collect();
    for (object, table) in after
        .objects()
        .into_iter()
        .flat_map(|object| tables.iter().map(move |table| (object, table)))
    {
        assert!(
            after.rows(object, table) == before.rows(object, table),
            "{object}: {table}"
        );
    }
    // Whatever the tables do not show.
    assert!(after == *before);
}

/// What a code and a report write wherever they come, whoever is named: the code, that it was answered, what waits and the
/// key of the wait, that it arrived, the counters, and the visit of the trial's own visitor. Challenges go by themselves,
/// and each midnight is written that looks for accounts to forget.
const WRITTEN: [&str; 10] = [
    "answered",
    "applied",
    "challenge",
    "code",
    "forgetting",
    "intake_figures",
    "outbox",
    "recent",
    "transit",
    "visit",
];
/// The name of an intake's safe begins so: « intake ».
const OF_AN_INTAKE: &str = "safe/696e74616b65";

pub(super) fn only_what_reports_write(story: &mut Story, _: &Words) {
    let (before, after) = (noted(story), story.realm.state());
    same_but(before, &after, |object, table| {
        // An object that is written to for the first time says what it is.
        let is_new = ["place", "version"].contains(&table)
            && !before.tables().iter().any(|(known, _)| *known == object);
        WRITTEN.contains(&table) || object.starts_with(OF_AN_INTAKE) || is_new
    });
}

/// Where the trial's clock stands, the midnight that last looked for accounts to forget, and challenges that went with
/// the time.
pub(super) fn only_the_hour(story: &mut Story, _: &Words) {
    let (before, after) = (noted(story), story.realm.state());
    same_but(before, &after, |_, table| {
        ["challenge", "forgetting", "visit"].contains(&table)
    });
}

fn same_but(before: &State, after: &State, may_change: impl Fn(&str, &str) -> bool) {
    assert!(!accounts_of(after).is_empty());
    for (object, table) in before.tables().union(&after.tables()) {
        let same = after.rows(object, table) == before.rows(object, table);
        assert!(same || may_change(object, table), "{object}: {table}");
    }
}

fn accounts_of(state: &State) -> Vec<Row> {
    state.rows("registry", "account")
}

fn exposures(story: &Story) -> Vec<Row> {
    story.realm.state().rows("registry", "exposure")
}

fn waiting(story: &Story) -> Vec<Row> {
    let state = story.realm.state();
    [
        state.rows("intake", "outbox"),
        state.rows("registry", "emptying"),
    ]
    .concat()
}

fn text<'r>(row: &'r Row, column: &str) -> &'r str {
    row[column].as_str().expect("un texte")
}

pub(super) fn accounts(story: &mut Story, words: &Words) {
    assert_eq!(accounts_of(&story.realm.state()).len(), words.count(1));
}

pub(super) fn codes(story: &mut Story, words: &Words) {
    let codes = story.realm.state().rows("intake", "code");
    assert_eq!(codes.len(), words.count(1));
}

pub(super) fn some_exposures(story: &mut Story, _: &Words) {
    assert_ne!(exposures(story).len(), 0);
}

pub(super) fn no_exposures(story: &mut Story, _: &Words) {
    assert_eq!(exposures(story).len(), 0);
}

pub(super) fn exposed_people(story: &mut Story, words: &Words) {
    let exposures = exposures(story);
    let people: BTreeSet<_> = exposures
        .iter()
        .map(|row| text(row, "account (opened)"))
        .collect();
    assert_eq!(people.len(), words.count(1));
}

/// What a thief of the rows alone has.
pub(super) fn exposures_are_nameless(story: &mut Story, _: &Words) {
    let (accounts, exposures) = (accounts_of(&story.realm.state()), exposures(story));
    assert!(!exposures.is_empty());
    for row in &exposures {
        let stored = row
            .iter()
            .filter(|(column, _)| !column.ends_with("(opened)"));
        let stored: String = stored.map(|(_, value)| value.to_string()).collect();
        for account in &accounts {
            assert!(!stored.contains(text(account, "id")), "{stored}");
        }
    }
}

pub(super) fn exposure_fields(story: &mut Story, words: &Words) {
    let exposures = exposures(story);
    assert!(!exposures.is_empty());
    for row in &exposures {
        let opened = &row["sealed (opened)"];
        assert_eq!(fields(opened), column(words));
        for hello in opened["hellos"].as_array().unwrap() {
            assert_eq!(fields(hello), ["collected", "rssi", "time"]);
        }
    }
}

pub(super) fn verdicts_are_clear(story: &mut Story, _: &Words) {
    for account in accounts_of(&story.realm.state()) {
        let verdict = &account["verdict (opened)"];
        // Sealed under the key of a day that is gone, or opened and empty.
        let clear = verdict.is_null()
            || verdict["atRisk"] == false
                && verdict["exposedDay"].is_null()
                && verdict["latestRiskEpoch"].is_null();
        assert!(clear, "{verdict}");
    }
}

/// How many messages of the last report are kept as exposures.
pub(super) fn retained(story: &mut Story, words: &Words) {
    let exposures = exposures(story);
    let hellos = exposures
        .iter()
        .map(|row| row["sealed (opened)"]["hellos"].as_array().unwrap().len());
    let (kept, sent) = (hellos.sum::<usize>(), messages(story).count());
    let number = |message: &Value, field: &str| message[field].as_u64().unwrap();
    let straddling = messages(story).filter(|message| {
        let heard = number(message, "timeCollectedOnDevice") % (1 << 16);
        heard.abs_diff(number(message, "timeFromHelloMessage")) > 1 << 15
    });
    let is_fast = story.fast.values().any(|fast| !fast.is_zero());
    assert_eq!(
        straddling.count() > 0,
        is_fast,
        "des messages de part et d'autre du zéro"
    );
    assert!(sent > 0);
    match words.text(1) {
        "aucun message" => assert_eq!(kept, 0),
        _ => assert_eq!(kept, sent),
    }
}

pub(super) fn nothing_waits(story: &mut Story, _: &Words) {
    assert_eq!(waiting(story).len(), 0);
}

pub(super) fn waiting_is_mixed(story: &mut Story, _: &Words) {
    let (rows, now) = (waiting(story), story.now().unix());
    share_nothing(&rows, &[IDS, ("body", 16, true)]);
    let ids: Vec<_> = rows.iter().map(|row| text(row, "id")).collect();
    assert!(ids.is_sorted(), "des lignes dans l'ordre de leur arrivée");
    let due: BTreeSet<_> = rows
        .iter()
        .map(|row| row["due"].as_u64().unwrap())
        .collect();
    // The state is read a moment after the reports.
    assert!(
        due.iter().all(|due| (now - 60..=now + 60).contains(due)),
        "{due:?}"
    );
    // Five moments, of which each row draws one.
    assert!(due.len() > rows.len().min(20) / 10, "{due:?}");
    // Id, registry, moment, body, and which of the intake's safes holds the key of the wait: that of a minute's reports.
    assert_eq!(
        rows[0]
            .keys()
            .filter(|column| !column.contains(' '))
            .count(),
        5,
        "{:?}",
        rows[0]
    );
}

pub(super) fn arrived_is_mixed(story: &mut Story, _: &Words) {
    let rows = exposures(story);
    // Their ids say the day, a tag of one account alone, and a number that is drawn.
    let (mut whose, mut numbers) = (BTreeMap::new(), BTreeSet::new());
    for row in &rows {
        let (id, account) = (row["id"].as_u64().unwrap(), text(row, "account (opened)"));
        assert_eq!(*whose.entry(id >> 14).or_insert(account), account);
        numbers.insert(id & 0x3fff);
    }
    assert!(numbers.len() > rows.len() / 2, "{numbers:?}");
    share_nothing(&rows, &[("sealed", 16, true)]);
    assert_eq!(
        rows[0]
            .keys()
            .filter(|column| !column.contains(' '))
            .count(),
        4,
        "{:?}",
        rows[0]
    );
}

/// Two rows may have three bytes of their random ids in common in the same place.
const IDS: (&str, usize, bool) = ("id", 4, false);

/// No two rows have so many bytes of these columns in common, in the same place or anywhere.
fn share_nothing(rows: &[Row], columns: &[(&str, usize, bool)]) {
    assert!(rows.len() >= 12, "{} lignes", rows.len());
    for &(column, length, anywhere) in columns {
        let mut whose = BTreeMap::new();
        for (number, row) in rows.iter().enumerate() {
            for (place, window) in unhex(text(row, column)).windows(length).enumerate() {
                let place = if anywhere { 0 } else { place };
                let first = *whose.entry((place, window.to_vec())).or_insert(number);
                assert_eq!(first, number, "{} dans deux lignes", hex(window));
            }
        }
    }
}

pub(super) fn keys_differ(story: &mut Story, words: &Words) {
    let accounts = accounts_of(&story.realm.state());
    assert_eq!(accounts.len(), words.count(1));
    let columns = ["key_for_mac (opened)", "key_for_tuples (opened)"];
    let keys: BTreeSet<_> = accounts
        .iter()
        .flat_map(|row| columns.map(|column| text(row, column)))
        .collect();
    assert_eq!(keys.len(), 2 * accounts.len());
    assert!(keys.iter().all(|key| key.len() == 64));
}

pub(super) fn identifiers_differ(story: &mut Story, _: &Words) {
    let accounts = accounts_of(&story.realm.state());
    let ids: BTreeSet<_> = accounts.iter().map(|row| text(row, "id")).collect();
    assert_eq!(ids.len(), accounts.len());
}

/// A demo realm has two registries: the top bit of an identity says which one drew it.
pub(super) fn identifiers_by_shard(story: &mut Story, _: &Words) {
    let state = story.realm.state();
    for (registry, top) in [("registry/0", 0), ("registry/1", 1)] {
        let accounts = state.rows(registry, "account");
        assert!(!accounts.is_empty(), "{registry}");
        for account in accounts {
            assert_eq!(unhex(text(&account, "id"))[0] >> 7, top, "{registry}");
        }
    }
}

pub(super) fn noted_identifiers_are_gone(story: &mut Story, _: &Words) {
    let (before, now) = (accounts_of(noted(story)), story.realm.state());
    assert!(!before.is_empty());
    for account in before {
        assert!(!now.mentions(text(&account, "id")));
    }
}

pub(super) fn no_pseudonym_of(story: &mut Story, words: &Words) {
    let state = story.realm.state();
    for pseudonym in &story.pseudonyms[words.text(1)] {
        assert!(!state.mentions(&hex(pseudonym)));
    }
}

pub(super) fn no_code(story: &mut Story, _: &Words) {
    let (state, code) = (story.realm.state(), &story.code);
    let bare = code.replace('-', "");
    let digits = hex(code.as_bytes());
    for spelling in [
        code,
        &bare,
        &bare.to_lowercase(),
        &digits,
        &hex(bare.as_bytes()),
    ] {
        assert!(!state.mentions(spelling), "{spelling}");
    }
}

pub(super) fn not_written(story: &mut Story, words: &Words) {
    let (state, mark) = (story.realm.state(), words.text(1));
    assert!(!state.mentions(mark) && !state.mentions(&hex(mark.as_bytes())));
}

pub(super) fn columns(story: &mut Story, _: &Words) {
    let items = story.realm.state().items();
    assert!(items.len() > 20, "{items:?}");
    for ((table, column), item) in items {
        let law = item
            .strip_prefix("2-I-")
            .and_then(|number| number.parse::<u8>().ok());
        let said = law.is_some_and(|number| (1..=10).contains(&number))
            || item
                .strip_prefix("protocol: ")
                .is_some_and(|need| need.len() > 4);
        assert!(said, "{table}.{column}: {item}");
    }
}

/// What an object is and which visit has it, keys of days of which nothing is stored, groups of record keys that are
/// nobody's, that a day was forgotten, and how many: the rows of no other table, the trial's own visit apart.
pub(super) fn nobody_is_left(story: &mut Story, _: &Words) {
    let state = story.realm.state();
    let tables = state.tables();
    let known: BTreeSet<_> = tables.iter().map(|(_, table)| *table).collect();
    for named in ["account", "exposure", "code", "outbox", "keys"] {
        assert!(known.contains(named), "{known:?}");
    }
    // Of each group of record keys: none belongs to anybody, and none waits to be destroyed.
    let groups = state.rows("registry", "record_group");
    assert!(!groups.is_empty(), "aucun groupe de clés");
    for group in groups {
        for places in ["taken", "left"] {
            let bits = group[places].as_str().unwrap();
            assert!(bits.bytes().all(|digit| digit == b'0'), "{places}: {bits}");
        }
    }
    for (object, table) in tables {
        let numbers = [
            "registry_figures",
            "intake_figures",
            "tally",
            "counted",
            "forgotten",
            "transit",
            "visit",
            "forgetting",
        ];
        let kept = [
            "keys",
            "place",
            "version",
            "receipt",
            "turn",
            "record_group",
            "group",
        ]
        .contains(&table)
            || numbers.contains(&table);
        assert!(
            kept || state.rows(object, table).is_empty(),
            "{object}: {table}"
        );
    }
}

pub(super) fn last_question(story: &mut Story, _: &Words) {
    let current = Epoch::at(story.now()).unwrap().number();
    let accounts = accounts_of(&story.realm.state());
    let [account] = accounts.as_slice() else {
        panic!("un compte, et non {}", accounts.len())
    };
    assert_eq!(account["last_status"], current);
}

/// The day of the meeting is the scenario's today.
pub(super) fn key_destroyed(story: &mut Story, words: &Words) {
    let met = story.today();
    let state = story.realm.state();
    let vault = format!("vault/{}", met.day());
    assert_eq!(state.rows(&vault, "keys"), [] as [Row; 0]);
    let receipts = state.rows(&vault, "receipt");
    let [receipt] = receipts.as_slice() else {
        panic!("un reçu, et non {}", receipts.len())
    };
    let destroyed = receipt["destroyed"].as_u64().unwrap();
    assert_eq!(destroyed, day_key_destroyed_at(met.day()).unix());
    assert!(destroyed <= met.unix() + http_tests::days(words.count(1) as u64));
}

/// Since the counter was last read; from 0 at first.
pub(super) fn counter(story: &mut Story, words: &Words) {
    let state = story.realm.state();
    let registries = |field: &str| -> u64 {
        let rows = state.rows("registry", "registry_figures");
        assert!(!rows.is_empty(), "aucun compteur dans les registres");
        rows.iter()
            .map(|row| row["sealed (opened)"][field].as_u64().unwrap())
            .sum()
    };
    let count = match words.text(1) {
        "seuil dépassé trop tard" => registries("aboveThresholdTooOld"),
        "personnes prévenues" => registries("contactsNotified"),
        "signalements reçus" => {
            let rows = state.rows("intake", "intake_figures");
            rows.iter()
                .map(|row| row["reports"].as_u64().unwrap())
                .sum()
        }
        other => panic!("« {other} » n'est pas un compteur"),
    };
    let before = story.counted.insert(words.text(1).to_owned(), count);
    assert_eq!(count - before.unwrap_or(0), words.count(2) as u64);
}
