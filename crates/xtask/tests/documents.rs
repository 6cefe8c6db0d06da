//! What the documents name is there: a recipe that leads to a file which was moved is worse than none.

// Integration tests are outside clippy's allowance for tests.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    missing_docs
)]

use std::collections::{BTreeMap, BTreeSet};
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

/// What the page on privacy says is held by a test or has a reason: each paragraph, point and row begins as one entry of
/// `privacy.txt` says, and each entry names tests that are there, or why there are none.
#[test]
fn what_the_page_on_privacy_says_is_held() {
    let root = harness::root();
    let page = fs::read_to_string(root.join("docs/PRIVACY.md")).unwrap();
    let held = fs::read_to_string(root.join("crates/xtask/tests/privacy.txt")).unwrap();
    let (blocks, entries) = (blocks(&page), entries(&held));
    assert!(blocks.len() > 60, "{blocks:#?}");
    for block in &blocks {
        let of = entries
            .iter()
            .filter(|(begins, _)| block.starts_with(begins));
        assert_eq!(
            of.count(),
            1,
            "nothing holds it, or two entries do: {block}"
        );
    }
    let mut tests = BTreeSet::new();
    for folder in ROOMS {
        collect_tests(&root.join(folder), &mut tests);
    }
    assert!(tests.len() > 500, "{}", tests.len());
    for (begins, holders) in &entries {
        let said = blocks.iter().filter(|block| block.starts_with(begins));
        assert_eq!(
            said.count(),
            1,
            "the page does not say it, or twice: {begins}"
        );
        assert!(!holders.is_empty(), "neither test nor reason: {begins}");
        for holder in holders {
            let is_reason = holder
                .strip_prefix("because ")
                .is_some_and(|why| why.len() > 10);
            assert!(
                is_reason || tests.contains(*holder),
                "no test {holder}: {begins}"
            );
        }
    }
}

#[test]
fn blocks_entries_and_tests_are_understood() {
    let page = "# A\n\nOne\n**two**.\n\n| a | b |\n| --- | --- |\n| c | d |\n\n- e\n  f\n- g\n";
    assert_eq!(blocks(page), ["One two.", "c | d |", "e f", "g"]);
    let held = "# of it\n\nOne\n  a_test\n  because it is so\ntwo\n  b\n";
    let expected = [
        ("One", vec!["a_test", "because it is so"]),
        ("two", vec!["b"]),
    ];
    assert_eq!(entries(held), expected);
    let source = "    #[test]\n    #[ignore]\n    fn it_holds() {}\n fn helper() {}\n";
    assert_eq!(tests_in(source).collect::<Vec<_>>(), ["it_holds"]);
}

/// An empty section would mean that it is on.
#[test]
fn the_platform_keeps_no_log_for_the_operator() {
    let text = fs::read_to_string(harness::root().join("wrangler.toml")).unwrap();
    let sections = text.matches("observability]");
    let off = text.matches("observability]\nenabled = false\n");
    let (sections, off) = (sections.count(), off.count());
    assert!(sections > 0 && sections == off, "{off} of {sections}");
}

/// The paragraphs, points and rows of a page in order, each in one line, without the marks at its beginning and those
/// of emphasis.
fn blocks(page: &str) -> Vec<String> {
    let mut blocks: Vec<String> = Vec::new();
    let mut goes_on = false;
    for line in page.lines() {
        if line.starts_with("| ---") {
            // What stands above it is the head of a table.
            blocks.pop();
        } else if line.is_empty() || line.starts_with('#') {
            goes_on = false;
        } else if let Some(begins) = line.strip_prefix("- ").or(line.strip_prefix("| ")) {
            blocks.push(begins.replace("**", ""));
            goes_on = true;
        } else if let Some(block) = blocks.last_mut().filter(|_| goes_on) {
            *block = format!("{block} {}", line.trim().replace("**", ""));
        } else {
            blocks.push(line.replace("**", ""));
            goes_on = true;
        }
    }
    blocks
}

/// How each block begins, and what holds it.
fn entries(held: &str) -> Vec<(&str, Vec<&str>)> {
    let mut entries: Vec<(&str, Vec<&str>)> = Vec::new();
    let lines = held.lines();
    for line in lines.filter(|line| !line.is_empty() && !line.starts_with('#')) {
        match (line.strip_prefix("  "), entries.last_mut()) {
            (Some(holder), Some((_, holders))) => holders.push(holder),
            _ => entries.push((line, Vec::new())),
        }
    }
    entries
}

/// The names of all tests in Rust below a folder.
fn collect_tests(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            if !path.ends_with("target") && !path.ends_with("node_modules") {
                collect_tests(&path, found);
            }
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            found.extend(tests_in(&text).map(str::to_owned));
        }
    }
}

fn tests_in(source: &str) -> impl Iterator<Item = &str> {
    let tests = source.split("#[test]\n").skip(1);
    let names = tests.filter_map(|rest| rest.split_once("fn ")?.1.split_once('('));
    names.map(|(name, _)| name)
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
