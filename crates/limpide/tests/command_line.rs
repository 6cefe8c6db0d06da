//! The program as a person or a script meets it.

// Integration tests are outside clippy's allowance for tests.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    missing_docs
)]

use std::io::Write;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

fn run(arguments: &[&str], input: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_limpide"));
    command.args(arguments).env("LC_ALL", "C");
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // It may have ended without reading.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

fn said(arguments: &[&str], input: &str) -> String {
    let output = run(arguments, input);
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{arguments:?}: {errors}");
    assert_eq!(errors, "");
    String::from_utf8(output.stdout).unwrap()
}

/// Exit code 2, nothing on the standard output, and one line that says this.
fn refused(arguments: &[&str], input: &str, says: &str) {
    let output = run(arguments, input);
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        output.status.code(),
        Some(2),
        "{arguments:?} {input}: {errors}"
    );
    assert!(output.stdout.is_empty(), "{arguments:?}");
    assert_eq!(errors.matches('\n').count(), 1, "{errors:?}");
    assert!(errors.ends_with('\n'), "{errors:?}");
    assert!(errors.contains(says), "{arguments:?} {input}: {errors}");
}

fn life_of(events: &str) -> String {
    format!(
        r#"{{"born":"1990-05-01","emergencyEnds":null,"until":"2022-06-30","events":[{events}]}}"#
    )
}

const POSITIVE: &str = r#"{"at":"2022-04-10T09:00:00+02:00","what":"tests-positive"},
    {"at":"2022-04-10T09:00:00+02:00","what":"notifies"}"#;

#[test]
fn a_life_is_json_with_the_members_of_the_schema() {
    for options in [&[][..], &["--json"]] {
        let mut arguments = vec!["law", "life", "--law", "loudest-safe", "-"];
        arguments.extend(options);
        let life: Value = serde_json::from_str(&said(&arguments, &life_of(POSITIVE))).unwrap();
        assert_eq!(life["law"], "loudest-safe");
        let home = serde_json::json!({
            "at": "2022-04-10T09:00:00+02:00", "until": "2022-04-25T00:00:00+02:00",
            "kind": "must-not", "what": "leave-home", "anchors": ["7"],
        });
        assert_eq!(life["sequence"][1], home);
        assert_eq!(life["sequence"].as_array().unwrap().len(), 3);
    }
}

#[test]
fn a_life_is_read_from_a_file_and_told_in_two_languages() {
    let path = std::env::temp_dir().join(format!("limpide-life-{}.json", std::process::id()));
    std::fs::write(&path, life_of(POSITIVE)).unwrap();
    let file = path.to_str().unwrap();
    let told = |lang| {
        let arguments = [
            "law",
            "life",
            file,
            "--text",
            "--lang",
            lang,
            "--law",
            "loudest-safe",
        ];
        said(&arguments, "")
    };
    let (french, english) = (told("fr"), told("en"));
    std::fs::remove_file(&path).unwrap();
    assert!(
        french.contains("ne doit pas quitter son domicile jusqu'au 2022-04-25T00:00:00+02:00  [7]")
    );
    assert!(english.contains("must not leave home until 2022-04-25T00:00:00+02:00  [7]"));
}

#[test]
fn lives_that_cannot_be_are_refused_with_their_place() {
    let arguments = ["law", "life", "--law", "decree-2020-650", "-"];
    let at = |at: &str| format!(r#"{{"at":"{at}","what":"installs"}}"#);
    let ok = at("2022-04-10T09:00:00+02:00");
    for (events, says) in [
        (
            at("2022-02-30T09:00:00+01:00"),
            "event 1, $.events[0].at: not a moment",
        ),
        (
            at("2022-04-10T09:00:00"),
            "event 1, $.events[0].at: not a moment with an offset",
        ),
        (
            at("2022-07-01T00:00:00+02:00"),
            "event 1, $.events[0].at: later than the day `until`",
        ),
        (
            at("1990-04-30T23:59:59+02:00"),
            "event 1, $.events[0].at: the person is not born yet",
        ),
        (
            format!("{ok},{}", at("2022-04-09T09:00:00+02:00")),
            "event 2, $.events[1].at: earlier than the event before it",
        ),
        (
            format!(r#"{ok},{{"at":"2022-04-10T09:00:00+02:00","what":"fl\nies"}}"#),
            r#"event 2, $.events[1].what: no event "fl\nies""#,
        ),
        (
            r#"{"at":"2022-04-10T09:00:00+02:00","what":"meets","metres":1}"#.to_owned(),
            "event 1, $.events[0].minutes: not a number",
        ),
    ] {
        refused(&arguments, &life_of(&events), says);
    }
    refused(&arguments, "{\n\"born\"\n", "$: not JSON");
    refused(&arguments, "", "$: not JSON");
    refused(&arguments, "{}", "$.born: not a date");
    refused(&arguments, "\u{1b}[31m", "$: not JSON");
}

#[test]
fn what_is_typed_wrong_is_refused() {
    for (arguments, says) in [
        (
            &["law", "life", "--law", "loud", "-"][..],
            "--law \"loud\": no such law",
        ),
        (
            &["law", "life", "-"],
            "--law decree-2020-650 or --law loudest-safe is missing",
        ),
        (
            &["law", "life", "--law", "loudest-safe"],
            "a file is missing",
        ),
        (
            &["law", "life", "--law", "loudest-safe", "/no/such/file"],
            "/no/such/file: ",
        ),
        (
            &["law", "life", "--law", "loudest-safe", "a", "b"],
            "too many arguments",
        ),
        (
            &["law", "life", "--law", "loudest-safe", "-", "--yaml"],
            "--yaml",
        ),
        (
            &["law", "text", "3-9"],
            "decree-2020-650 has no anchor \"3-9\"; it has 1-I, ",
        ),
        (
            &["law", "text", "3-4", "--law", "loudest-safe"],
            "loudest-safe has no anchor \"3-4\"",
        ),
        (
            &["law", "text", "3-4", "--lang", "de"],
            "--lang is fr or en",
        ),
        (&["law", "text", "--json", "--text"], "exclude each other"),
        (&["law", "compare", "--plain"], "--plain"),
        (&["law", "break"], "no command"),
        (&["order"], "no command \"order\""),
    ] {
        refused(arguments, &life_of(""), says);
    }
}

#[test]
fn a_text_is_printed_by_its_anchor_or_whole() {
    let words = said(&["law", "text", "3-4"], "");
    assert!(
        words.starts_with("Lorsqu'elles ont été partagées"),
        "{words}"
    );
    let json = said(
        &["law", "text", "--law", "loudest-safe", "12", "--json"],
        "",
    );
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        (&json["law"], &json["anchor"]),
        (&"loudest-safe".into(), &"12".into())
    );
    let whole: Value = serde_json::from_str(&said(&["law", "text", "--json"], "")).unwrap();
    assert_eq!(whole["anchors"].as_array().unwrap().len(), 35);
    assert!(
        whole["eli"]
            .as_str()
            .unwrap()
            .starts_with("https://www.legifrance.gouv.fr/eli/")
    );
    let french = said(&["law", "text", "3-5", "--plain", "--lang", "fr"], "");
    assert!(french.starts_with("Le code et la date des symptômes ne sont pas gardés"));
    let english = said(&["law", "text", "--plain", "--lang", "en"], "");
    assert!(english.contains("\n\n3-5  The code and the day of the symptoms are not kept"));
    assert_eq!(
        json["plain"]["en"],
        "The place is asked for only when the photograph is taken, and is not kept."
    );
    assert!(
        whole["anchors"]
            .as_array()
            .unwrap()
            .iter()
            .all(|piece| piece["plain"]["fr"].is_string())
    );
    let whole = said(&["law", "text"], "");
    assert!(whole.contains("Vu la loi n° 78-17") && whole.contains("\n## Article 7\n"));
}

#[test]
fn laws_are_compared_with_both_anchors() {
    let json: Value = serde_json::from_str(&said(&["law", "compare", "--json"], "")).unwrap();
    assert_eq!(
        json["laws"],
        serde_json::json!(["decree-2020-650", "loudest-safe"])
    );
    let differences = json["differences"].as_array().unwrap();
    let of = |matter: &str| {
        differences
            .iter()
            .find(|one| one["matter"] == matter)
            .unwrap()
    };
    let uninstallation = of("uninstallation");
    assert_eq!(
        uninstallation["first"]["anchors"],
        serde_json::json!(["1-III"])
    );
    assert_eq!(
        uninstallation["second"]["anchors"],
        serde_json::json!(["1-IV"])
    );
    assert_eq!(of("server-copy")["second"], Value::Null);
    assert_eq!(json["principles"].as_array().unwrap().len(), 10);
    assert_eq!(json["contradictions"].as_array().unwrap().len(), 5);
    let french = said(&["law", "compare", "--lang", "fr"], "");
    assert!(french.contains("l'application ne peut être désinstallée  [1-IV]"));
    assert!(french.contains("est perdu : aucune règle ne le porte"));
    refused(
        &["law", "compare", "3-4"],
        "",
        "compare takes two laws, or none",
    );
    let turned = said(
        &[
            "law",
            "compare",
            "loudest-safe",
            "decree-2020-650",
            "--json",
        ],
        "",
    );
    let turned: Value = serde_json::from_str(&turned).unwrap();
    let listed = turned["differences"].as_array().unwrap();
    assert_eq!(listed.len(), differences.len());
    let of = |matter: &str| listed.iter().find(|one| one["matter"] == matter).unwrap();
    assert_eq!(of("server-copy")["first"], Value::Null);
}

#[test]
fn help_is_there_in_two_languages() {
    for arguments in [
        &[][..],
        &["law"],
        &["--help"],
        &["law", "life", "-h"],
        &["law", "text", "--help"],
        &["law", "compare", "-h"],
    ] {
        assert!(said(arguments, "").contains("limpide law"), "{arguments:?}");
    }
    assert!(said(&["--lang", "fr"], "").contains("ce que dit la loi"));
    assert!(said(&["law", "life", "--lang", "fr", "--help"], "").contains("l'entrée standard"));
}
