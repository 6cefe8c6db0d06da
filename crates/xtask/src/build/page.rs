//! The page: `web/dist`, complete.
//!
//! Three kinds of files go in: the pages that [`site`] renders, the files of `web/public` as they are, and the
//! two halves of the compiled program. Whatever lies under `/assets/` gets a hash of its content in its name,
//! and every mention of its plain path (`/assets/base.css`) in a page, style sheet or script is replaced by the
//! hashed one. So a mention of a file that does not exist is an error, and what is cached for ever never changes.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Error, Result, bail};
use sha2::{Digest, Sha256};

use super::site;
use crate::run::{cargo, run, target};
use crate::{dev, tools};

const PROGRAM: &str = "limpide-web";

/// What rustc emits today, and nothing newer: with `--all-features` the optimiser writes a module that
/// browsers refuse.
const WASM_FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// Builds `web/dist`. Files that stay the same are not written again, so that the worker, which lists them, is
/// not built again either.
pub(crate) fn build() -> Result<()> {
    let web = harness::root().join("web");
    let mut files = Files::new();
    for page in site::pages(&web.join("site")).map_err(Error::msg)? {
        files.insert(format!("/{}", page.path), page.html.into_bytes());
    }
    gather(&web.join("public"), "", &mut files)?;
    styles(&mut files)?;
    program(&mut files)?;
    write(&web.join("dist"), &hash_names(files)?)
}

/// Path in the served folder, with a leading slash, and content.
type Files = BTreeMap<String, Vec<u8>>;

fn gather(folder: &Path, prefix: &str, files: &mut Files) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let entry = entry?;
        let path = format!("{prefix}/{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            gather(&entry.path(), &path, files)?;
        } else {
            files.insert(path, fs::read(entry.path())?);
        }
    }
    Ok(())
}

/// Style sheets, without what only their readers need.
fn styles(files: &mut Files) -> Result<()> {
    let made = dev::folder().join("page");
    fs::create_dir_all(&made)?;
    let (whole, short) = (made.join("style.css"), made.join("short.css"));
    for (_, style) in files.iter_mut().filter(|(path, _)| path.ends_with(".css")) {
        fs::write(&whole, &style)?;
        let mut shorten = Command::new(tools::esbuild()?);
        shorten
            .arg(&whole)
            .arg(format!("--outfile={}", short.display()));
        run(shorten.args(["--minify", "--log-level=warning"]))?;
        *style = fs::read(&short)?;
    }
    Ok(())
}

/// Compiles the program and adds its two halves: WebAssembly, and the script that ties it to the browser.
fn program(files: &mut Files) -> Result<()> {
    let mut compile = cargo();
    compile.args(["build", "--locked", "--release", "--package", PROGRAM]);
    compile.args(super::without_paths()?);
    run(compile
        .args(["--target", "wasm32-unknown-unknown"])
        .arg("--target-dir")
        .arg(target()))?;
    let compiled = target()
        .join("wasm32-unknown-unknown/release")
        .join(format!("{PROGRAM}.wasm"));

    let made = dev::folder().join("page");
    let (wasm, script) = (made.join("page_bg.wasm"), made.join("page.js"));
    // Made again when the program changes, or what makes it. (Not told by this program's own file: what Cargo builds
    // meanwhile may have replaced that.)
    let makers = [
        include_str!("page.rs"),
        include_str!("mod.rs"),
        include_str!("../tools.rs"),
    ];
    let sources = [fs::read(&compiled)?, makers.concat().into_bytes()].concat();
    let digest = hex(&Sha256::digest(sources));
    let stamp = made.join("made-from");
    if fs::read_to_string(&stamp).ok().as_deref() != Some(&digest) {
        let mut bind = Command::new(tools::program("wasm-bindgen"));
        bind.args([
            "--target",
            "web",
            "--no-typescript",
            "--omit-default-module-path",
            "--out-name",
            "bound",
        ]);
        run(bind.arg("--out-dir").arg(&made).arg(&compiled))?;
        let mut shrink = Command::new("node");
        shrink
            .arg(tools::wasm_opt())
            .args(["--flatten", "--rereloop", "-Oz", "-Oz"])
            .args(["--strip-debug", "--strip-producers"])
            .args(WASM_FEATURES);
        run(shrink
            .arg(made.join("bound_bg.wasm"))
            .arg("--output")
            .arg(&wasm))?;
        let mut bundle = Command::new(tools::esbuild()?);
        bundle
            .arg(made.join("bound.js"))
            .arg(format!("--outfile={}", script.display()));
        run(bundle.args([
            "--bundle",
            "--minify",
            "--format=esm",
            "--log-level=warning",
        ]))?;
        fs::write(stamp, digest)?;
    }
    files.insert(format!("/assets/{PROGRAM}_bg.wasm"), fs::read(wasm)?);
    files.insert(format!("/assets/{PROGRAM}.js"), fs::read(script)?);
    Ok(())
}

/// Gives every asset its hashed name, those first that mention no other.
fn hash_names(mut files: Files) -> Result<Files> {
    let assets: Vec<String> = files
        .keys()
        .filter(|path| path.starts_with("/assets/"))
        .cloned()
        .collect();
    let mut waiting = assets.clone();
    let mut named = BTreeMap::new();
    let mut finished = Files::new();
    while !waiting.is_empty() {
        let before = waiting.len();
        let mut still = Vec::new();
        for path in waiting {
            let content = files.get(&path).with_context(|| path.clone())?;
            let Some(content) = replace_mentions(&path, content, &assets, &named)? else {
                still.push(path);
                continue;
            };
            files.remove(&path);
            let name = hashed_name(&path, &content);
            finished.insert(name.clone(), content);
            named.insert(path, name);
        }
        if still.len() == before {
            bail!(
                "these assets mention each other in a circle: {}",
                still.join(", ")
            );
        }
        waiting = still;
    }
    for (path, content) in files {
        let content = replace_mentions(&path, &content, &assets, &named)?;
        finished.insert(path, content.context("an asset was left without a name")?);
    }
    Ok(finished)
}

/// `None` while an asset that is mentioned has no name yet.
fn replace_mentions(
    path: &str,
    content: &[u8],
    assets: &[String],
    named: &BTreeMap<String, String>,
) -> Result<Option<Vec<u8>>> {
    let speaks = [".html", ".css", ".js", ".svg"]
        .iter()
        .any(|kind| path.ends_with(kind));
    if !speaks {
        return Ok(Some(content.to_vec()));
    }
    let text = std::str::from_utf8(content).with_context(|| path.to_owned())?;
    let mut replaced = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("/assets/") {
        let (before, from) = rest.split_at(start);
        let end = from.find(|c: char| !c.is_ascii_alphanumeric() && !"/._-".contains(c));
        let (mention, after) = from.split_at(end.unwrap_or(from.len()));
        if !assets.iter().any(|asset| asset == mention) {
            bail!("{path} mentions {mention}, which does not exist");
        }
        let Some(name) = named.get(mention) else {
            return Ok(None);
        };
        replaced.push_str(before);
        replaced.push_str(name);
        rest = after;
    }
    replaced.push_str(rest);
    Ok(Some(replaced.into_bytes()))
}

/// `/assets/base.css` becomes `/assets/base.<16 hexadecimal digits>.css`.
fn hashed_name(path: &str, content: &[u8]) -> String {
    let digest: String = hex(&Sha256::digest(content)).chars().take(16).collect();
    match path.rsplit_once('.') {
        Some((stem, extension)) => format!("{stem}.{digest}.{extension}"),
        None => format!("{path}.{digest}"),
    }
}

/// Makes the folder hold exactly these files.
fn write(dist: &Path, files: &Files) -> Result<()> {
    let mut present = Files::new();
    if dist.exists() {
        gather(dist, "", &mut present)?;
    }
    for path in present.keys().filter(|path| !files.contains_key(*path)) {
        fs::remove_file(dist.join(path.trim_start_matches('/')))?;
    }
    for (path, content) in files
        .iter()
        .filter(|(path, content)| present.get(*path) != Some(content))
    {
        let file = dist.join(path.trim_start_matches('/'));
        fs::create_dir_all(file.parent().unwrap_or(dist))?;
        fs::write(&file, content).with_context(|| file.display().to_string())?;
    }
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(list: &[(&str, &str)]) -> Files {
        list.iter()
            .map(|(path, content)| ((*path).to_owned(), content.as_bytes().to_vec()))
            .collect()
    }

    #[test]
    fn mentions_follow_the_hash_through_every_level() {
        let page = |font: &str| {
            let finished = hash_names(files(&[
                ("/index.html", r#"<link href="/assets/a.css">"#),
                ("/assets/a.css", r#"src: url("/assets/f.woff2")"#),
                ("/assets/f.woff2", font),
            ]))
            .unwrap();
            assert_eq!(finished.len(), 3);
            String::from_utf8(finished["/index.html"].clone()).unwrap()
        };
        assert_eq!(page("x"), page("x"));
        assert_ne!(page("x"), page("y"));
        assert!(
            page("x").starts_with(r#"<link href="/assets/a."#) && page("x").ends_with(r#".css">"#)
        );
    }

    #[test]
    fn a_mention_of_nothing_and_a_circle_stop_the_build() {
        let missing = hash_names(files(&[("/index.html", "'/assets/gone.js'")])).unwrap_err();
        assert_eq!(
            missing.to_string(),
            "/index.html mentions /assets/gone.js, which does not exist"
        );
        let circle = files(&[
            ("/assets/a.js", "'/assets/b.js'"),
            ("/assets/b.js", "'/assets/a.js'"),
        ]);
        let circle = hash_names(circle).unwrap_err();
        assert!(
            circle
                .to_string()
                .contains("in a circle: /assets/a.js, /assets/b.js")
        );
    }

    #[test]
    fn binary_files_are_not_read() {
        let wasm = files(&[("/assets/p.wasm", "/assets/gone.js")]);
        assert_eq!(
            hash_names(wasm.clone()).unwrap().into_values().next(),
            wasm.into_values().next()
        );
    }
}
