//! The lines of the log, each as it is written.

use std::collections::BTreeSet;

use operator_log::{ClassName, Event, Line};

/// Whoever adds a line reads here what the log may now hold. CLASS stands for the name of each class of objects.
#[test]
fn the_log_holds_these_lines_and_no_other() {
    let listed = include_str!("lines.txt").lines().flat_map(|line| {
        let classes = ClassName::ALL.map(|class| line.replace("CLASS", class.text()));
        classes.into_iter().collect::<BTreeSet<_>>()
    });
    let all: BTreeSet<_> = Line::all().map(|line| line.to_string()).collect();
    assert_eq!(all, listed.collect());
    assert_eq!(all.len(), Line::all().count(), "two lines are the same");
}

/// A name of an object has digits: a safe's 32, a demo realm's 32, a vault's date, a shard's number.
#[test]
fn a_line_about_an_object_ends_with_a_class_and_holds_no_digit() {
    for line in Line::all().filter(|line| matches!(line, Line::Object(..))) {
        let text = line.to_string();
        let (_, class) = text.rsplit_once(": ").unwrap();
        assert!(
            ClassName::ALL.iter().any(|known| known.text() == class),
            "{text}"
        );
        assert!(!text.contains(|c: char| c.is_ascii_digit()), "{text}");
    }
}

#[test]
fn what_is_written_is_read_back() {
    for line in Line::all() {
        let text = line.to_string();
        assert_eq!(Line::read(&text), Some(line));
        for other in [format!("{text} "), format!(" {text}"), format!("{text}x")] {
            assert_eq!(Line::read(&other), None, "{other}");
        }
    }
}

#[test]
fn the_name_of_an_object_in_a_line_of_an_earlier_release_is_not_read() {
    for (name, class) in [
        ("national/registry/3", ClassName::Registry),
        ("national/vault/2020-06-02", ClassName::Vault),
        (
            "national/safe/5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e",
            ClassName::Safe,
        ),
        (
            "demo-5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e/realm",
            ClassName::Realm,
        ),
        ("safe", ClassName::Safe),
        ("gate", ClassName::Gate),
    ] {
        let read = Line::read(&format!("an object failed: {name}"));
        assert_eq!(read, Some(Line::Object(Event::Failed, class)));
    }
    for other in [
        "an object failed: ",
        "an object failed: nobody",
        "an object failed",
        "",
    ] {
        assert_eq!(Line::read(other), None, "{other}");
    }
}
