//! What the repository says of this system, in words.

use std::fs;

use crate::story::Story;
use crate::words::Words;

/// A row of a table: what, why, what a client notices.
pub(super) fn deviation(_: &mut Story, words: &Words) {
    let text = read("DEVIATIONS.md");
    let mut rows = text.lines().map(cells);
    let row = rows.find(|cells| cells.first() == Some(&words.text(1)));
    let row = row.unwrap_or_else(|| panic!("« {} » n'est pas écrit", words.text(1)));
    let [_, why, noticed] = row.as_slice() else {
        panic!("{row:?}")
    };
    assert!(why.contains(words.text(2)), "{why}");
    assert!(!noticed.is_empty());
}

/// A page of this server, as it is read without a script.
pub(super) fn page(story: &mut Story, words: &Words) {
    let page = story.realm.behind("").get(words.text(1)).is(200);
    for hole in [2, 3] {
        assert!(
            page.text().contains(words.text(hole)),
            "{}",
            words.text(hole)
        );
    }
}

/// The names that the first table of `docs/STATISTICS.md` explains, in order of the alphabet.
pub(super) fn documented_figures() -> Vec<String> {
    let text = read("docs/STATISTICS.md");
    let (_, counted) = text.split_once("## What is counted").expect("a heading");
    let (counted, _) = counted.split_once("\n## ").expect("another heading");
    let first = counted
        .lines()
        .filter_map(|line| cells(line).first().copied());
    let mut names: Vec<_> = first
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .map(str::to_owned)
        .collect();
    names.sort_unstable();
    assert_eq!(names.len(), 12, "{names:?}");
    names
}

fn read(file: &str) -> String {
    fs::read_to_string(harness::root().join(file)).expect("un texte du dépôt")
}

/// The cells of a table's row; nothing for any other line.
fn cells(line: &str) -> Vec<&str> {
    let inside = line
        .strip_prefix('|')
        .and_then(|line| line.strip_suffix('|'));
    let cells = inside.into_iter().flat_map(|inside| inside.split('|'));
    cells.map(str::trim).collect()
}
