//! Writes down what the page consists of: `$OUT_DIR/page.rs` holds the files of `web/dist` with their types, and
//! the headers of `web/public/_headers`. The bare runtime's disk service knows neither.

use std::error::Error;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

const DIST: &str = "../web/dist";
const HEADERS: &str = "../web/public/_headers";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={DIST}");
    println!("cargo::rerun-if-changed={HEADERS}");
    let mut files = Vec::new();
    if Path::new(DIST).is_dir() {
        collect(Path::new(DIST), &mut files)?;
    }
    files.sort();

    let mut code = String::new();
    writeln!(
        code,
        "/// Every file of the page, by path: (path, content type). Empty until the page is built."
    )?;
    writeln!(code, "pub(crate) static FILES: &[(&str, &str)] = &[")?;
    for file in &files {
        let path = format!("/{}", file.strip_prefix(DIST)?.display());
        writeln!(code, "    ({path:?}, {:?}),", content_type(file)?)?;
    }
    writeln!(code, "];")?;
    writeln!(
        code,
        "/// (path pattern, its headers): a pattern is exact or ends in `*`; all that match apply."
    )?;
    writeln!(
        code,
        "pub(crate) static HEADERS: &[(&str, &[(&str, &str)])] = &["
    )?;
    for Block { pattern, headers } in blocks(&fs::read_to_string(HEADERS)?)? {
        writeln!(code, "    ({pattern:?}, &{headers:?}),")?;
    }
    writeln!(code, "];")?;
    Ok(fs::write(
        PathBuf::from(env::var("OUT_DIR")?).join("page.rs"),
        code,
    )?)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if !path.ends_with("_headers") {
            files.push(path);
        }
    }
    Ok(())
}

/// A type that is not listed stops the build: a wrong guess would be refused by `nosniff` in the browser.
fn content_type(file: &Path) -> Result<&'static str, Box<dyn Error>> {
    Ok(
        match file.extension().and_then(|extension| extension.to_str()) {
            Some("css") => "text/css; charset=utf-8",
            Some("html") => "text/html; charset=utf-8",
            Some("js") => "text/javascript; charset=utf-8",
            Some("json") => "application/json",
            Some("png") => "image/png",
            Some("svg") => "image/svg+xml",
            Some("txt") => "text/plain; charset=utf-8",
            Some("wasm") => "application/wasm",
            Some("woff2") => "font/woff2",
            _ => return Err(format!("no content type is known for {}", file.display()).into()),
        },
    )
}

struct Block<'a> {
    pattern: &'a str,
    headers: Vec<(&'a str, &'a str)>,
}

/// The platform's format: a pattern at the left edge, its headers indented below it, `#` for comments.
fn blocks(text: &str) -> Result<Vec<Block<'_>>, Box<dyn Error>> {
    let mut blocks: Vec<Block<'_>> = Vec::new();
    for line in text
        .lines()
        .filter(|line| !line.trim().is_empty() && !line.starts_with('#'))
    {
        if line.starts_with('/') {
            blocks.push(Block {
                pattern: line.trim(),
                headers: Vec::new(),
            });
            continue;
        }
        let header = line
            .split_once(':')
            .map(|(name, value)| (name.trim(), value.trim()));
        match (blocks.last_mut(), header) {
            (Some(block), Some(header)) => block.headers.push(header),
            _ => return Err(format!("{HEADERS}: not understood: {line}").into()),
        }
    }
    Ok(blocks)
}
