//! Looks for canaries in all that a server has written.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use base64ct::{Base64UrlUnpadded, Encoding};
use harness::Server;
use http_tests::{base64, hex};

/// What is looked for, by name.
pub(super) struct Canary {
    pub(super) name: String,
    pub(super) forms: Vec<Vec<u8>>,
}

impl Canary {
    pub(super) fn new(name: &str, bytes: &[u8]) -> Self {
        assert!(bytes.len() >= 8, "{name} could stand there by chance");
        let mut forms = vec![
            bytes.to_vec(),
            hex(bytes).into_bytes(),
            hex(bytes).to_uppercase().into_bytes(),
            // As Rust and JavaScript print bytes.
            format!("{bytes:?}").trim_matches(['[', ']']).into(),
            format!("{bytes:?}")
                .replace(", ", ",")
                .trim_matches(['[', ']'])
                .into(),
        ];
        // Wherever in a longer text it begins.
        for before in 0..3 {
            let padded = [&[0; 3][..before], bytes].concat();
            let whole = before + before.min(1)..padded.len() * 8 / 6;
            for text in [base64(&padded), Base64UrlUnpadded::encode_string(&padded)] {
                forms.push(text.as_bytes()[whole.clone()].to_vec());
            }
        }
        if let Ok(text) = std::str::from_utf8(bytes) {
            let wide = text.encode_utf16();
            forms.push(wide.clone().flat_map(u16::to_le_bytes).collect());
            forms.push(wide.flat_map(u16::to_be_bytes).collect());
            forms.push(text.to_lowercase().into_bytes());
            forms.push(text.to_uppercase().into_bytes());
        }
        let name = name.to_owned();
        Self { name, forms }
    }

    pub(super) fn text(name: &str, text: &str) -> Self {
        Self::new(name, text.as_bytes())
    }
}

/// Canaries by the first bytes of each of their forms, so that a file is read once, however many are looked for.
pub(super) struct Search<'a>(HashMap<&'a [u8], Vec<(&'a str, &'a [u8])>>);

impl<'a> Search<'a> {
    const START: usize = 8;

    pub(super) fn new(canaries: &'a [Canary]) -> Self {
        let mut starts = HashMap::<_, Vec<_>>::new();
        for Canary { name, forms } in canaries {
            for form in forms {
                let start = &form[..Self::START];
                starts
                    .entry(start)
                    .or_default()
                    .push((name.as_str(), form.as_slice()));
            }
        }
        Self(starts)
    }

    /// The names of the canaries of which eight bytes in a row stand there.
    pub(super) fn look_for_parts(bytes: &[u8], canaries: &'a [Canary]) -> BTreeSet<&'a str> {
        let there: HashSet<_> = bytes.windows(Self::START).collect();
        let forms = canaries.iter().flat_map(|canary| {
            let forms = canary.forms.iter();
            forms.map(|form| (canary.name.as_str(), form))
        });
        let standing = forms.filter(|(_, form)| {
            let mut parts = form.windows(Self::START);
            parts.any(|part| there.contains(part))
        });
        standing.map(|(name, _)| name).collect()
    }

    /// The names of the canaries that stand there.
    pub(super) fn look(&self, bytes: &[u8]) -> BTreeSet<&'a str> {
        let mut found = BTreeSet::new();
        for (at, start) in bytes.windows(Self::START).enumerate() {
            let candidates = self.0.get(start).into_iter().flatten();
            let standing = candidates.filter(|(_, form)| bytes[at..].starts_with(form));
            found.extend(standing.map(|(name, _)| name));
        }
        found
    }
}

/// Every file that the server has, its log among them. What the runtime wrote before the filter is kept by the harness
/// for a failed test: no other server has that file.
fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.file_name().is_some_and(|name| name != harness::OUTPUT)
            && let Ok(bytes) = fs::read(&path)
        {
            found.push((path, bytes));
        }
    }
    found
}

pub(super) fn folder(server: &Server) -> PathBuf {
    server.storage().parent().unwrap().to_owned()
}

/// Which canaries stand in which files.
pub(super) fn found(server: &Server, search: &Search<'_>) -> Vec<(PathBuf, String)> {
    // All that was written by now passes the filter into the log.
    let _ = server.log();
    let files = files(&folder(server)).into_iter();
    let found = files.flat_map(|(path, bytes)| {
        let names = search.look(&bytes).into_iter();
        names.map(move |name| (path.clone(), name.to_owned()))
    });
    found.collect()
}
