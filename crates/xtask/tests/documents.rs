//! What the documents name is there: a recipe that leads to a file which was moved is worse than none.

// Integration tests are outside clippy's allowance for tests.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    missing_docs
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The folders whose files are named by their path from the root.
const ROOMS: [&str; 8] = [
    ".ci", ".github", "crates", "docs", "fuzz", "tests", "web", "worker",
];

/// What a build or a run makes.
const MADE: [&str; 4] = ["fuzz/artifacts", "fuzz/corpus", "web/dist", "worker/build"];

#[test]
fn every_file_that_a_document_names_is_there() {
    let root = harness::root();
    let documents = documents(&root);
    assert!(documents.len() > 20, "{documents:?}");
    let mut lost = Vec::new();
    let mut named = 0;
    for document in &documents {
        let text = fs::read_to_string(document).unwrap();
        let folder = document.parent().unwrap();
        let linked = links(&text).into_iter().map(|link| folder.join(link));
        let quoted = quoted(&text).into_iter().map(|path| root.join(path));
        for path in linked.chain(quoted) {
            named += 1;
            if !path.exists() {
                let document = document.strip_prefix(&root).unwrap();
                lost.push(format!("{}: {}", document.display(), path.display()));
            }
        }
    }
    assert!(lost.is_empty(), "{lost:#?}");
    assert!(named > 100, "only {named} names were understood");
}

#[test]
fn links_and_quoted_paths_are_found_and_placeholders_are_not() {
    let text = "See [a](docs/A.md#b), [c](https://example.org) and [d](#e).\n\
                `crates/x/src/lib.rs`, `crates/<name>/src`, `cargo test`, `web/dist/index.html`, `fn`\n\
                ```sh\n[f](g.md) `tests/h`\n```\n`worker/*`, `tests/i/`";
    assert_eq!(links(text), ["docs/A.md"]);
    assert_eq!(quoted(text), ["crates/x/src/lib.rs", "tests/i/"]);
}

/// The reference units keep the two roles of the bundle apart: users, secrets, storage and weight.
#[test]
fn the_units_of_a_host_keep_demo_realms_apart() {
    const APART: [&str; 5] = [
        "User",
        "Group",
        "EnvironmentFile",
        "WorkingDirectory",
        "ExecStart",
    ];
    let unit = |name: &str| {
        let text = fs::read_to_string(harness::root().join("docs/host").join(name)).unwrap();
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let settings = lines.filter_map(|line| line.split_once('='));
        let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned()));
        settings.collect::<BTreeMap<_, _>>()
    };
    let (national, demo) = (unit("limpide.service"), unit("limpide-demo.service"));
    for apart in APART {
        assert_ne!(national[apart], demo[apart], "{apart}");
    }
    let weight = |of: &BTreeMap<String, String>| of["CPUWeight"].parse::<u32>().unwrap();
    assert_eq!(weight(&national), 10 * weight(&demo));
    let [folder, options] = demo["TemporaryFileSystem"].split(':').collect::<Vec<_>>()[..] else {
        panic!("no folder with options");
    };
    assert_eq!(folder, demo["WorkingDirectory"]);
    assert!(options.split(',').any(|option| option.starts_with("size=")));
    assert!(!demo.contains_key("StateDirectory"));
    // All else that binds the one binds the other.
    let own = [
        "Description",
        "CPUWeight",
        "MemoryMax",
        "StateDirectory",
        "StateDirectoryMode",
    ];
    for (name, value) in &national {
        let may_differ = own.iter().chain(&APART).any(|own| own == name);
        assert!(may_differ || demo.get(name) == Some(value), "{name}");
    }
    assert!(demo.contains_key("MemoryMax"));
}

/// Every document: in the root, below `docs` and `.github`, and beside the scenarios.
fn documents(root: &Path) -> Vec<PathBuf> {
    let mut found = vec![root.join("tests/scenarios/README.md")];
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let is_room = folder != root || path.ends_with("docs") || path.ends_with(".github");
            if path.is_dir() && is_room {
                folders.push(path);
            } else if path.extension().is_some_and(|kind| kind == "md") {
                found.push(path);
            }
        }
    }
    found
}

/// The files that a text links to, from its own folder.
fn links(text: &str) -> Vec<&str> {
    let begun = prose(text).flat_map(|line| line.split("](").skip(1));
    let targets = begun.filter_map(|rest| rest.split(')').next());
    let files = targets.filter(|target| !target.contains("://"));
    files
        .filter_map(|target| target.split('#').next())
        .filter(|file| !file.is_empty())
        .collect()
}

/// The paths from the root that a text quotes; `<name>` and `*` stand for many.
fn quoted(text: &str) -> Vec<&str> {
    let spans = prose(text).flat_map(|line| line.split('`').skip(1).step_by(2));
    let paths = spans.filter(|span| !span.contains([' ', '<', '*', '{', '…']));
    let in_rooms = paths.filter(|path| {
        let room = path.split_once('/').map(|(room, _)| room);
        room.is_some_and(|room| ROOMS.contains(&room))
    });
    in_rooms
        .filter(|path| !MADE.iter().any(|made| path.starts_with(made)))
        .collect()
}

/// The lines outside blocks of code.
fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut is_code = false;
    text.lines().filter(move |line| {
        let is_fence = line.starts_with("```");
        is_code ^= is_fence;
        !is_code && !is_fence
    })
}
