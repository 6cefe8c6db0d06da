//! The site's HTML: one frame, one body per page, two languages.
//!
//! `web/site/*.html` name their texts as `{{page.text}}` and include each other with `{{> file}}`;
//! `web/site/{fr,en}.json` hold the texts. A name without a text is an error, so nothing is shown
//! half translated.

use std::{fs, path::Path};

use serde_json::Value;

/// One finished file: where it goes, and what it says.
pub(crate) struct Page {
    /// Path inside the served folder, such as `en/about.html`.
    pub(crate) path: String,
    /// The whole document.
    pub(crate) html: String,
}

/// Renders every page of `site` (`web/site`) in both languages.
pub(crate) fn pages(site: &Path) -> Result<Vec<Page>, String> {
    let texts: [Value; 2] = [texts(site, "fr.json")?, texts(site, "en.json")?];
    let mut pages = Vec::new();
    for body in BODIES {
        for chapter in 0..=body.chapters {
            for language in [0, 1] {
                let address = address(body, language, chapter);
                let page = Rendering {
                    site,
                    body,
                    language,
                    chapter,
                    texts: &texts[language],
                };
                pages.push(Page {
                    path: file(&address),
                    html: page.fill("frame", 0)?,
                });
            }
        }
    }
    Ok(pages)
}

/// A page's body and its address in French and in English.
struct Body {
    name: &'static str,
    addresses: [&'static str; 2],
    /// The workshop answers at `/atelier/1` … `/atelier/6` too.
    chapters: u8,
}

const BODIES: &[Body] = &[
    Body {
        name: "home",
        addresses: ["/", "/en/"],
        chapters: 0,
    },
    Body {
        name: "about",
        addresses: ["/a-propos", "/en/about"],
        chapters: 0,
    },
    Body {
        name: "workshop",
        addresses: ["/atelier", "/en/workshop"],
        chapters: 6,
    },
    Body {
        name: "missing",
        addresses: ["/404", "/en/404"],
        chapters: 0,
    },
];

const LANGUAGES: [&str; 2] = ["fr", "en"];

struct Rendering<'a> {
    site: &'a Path,
    body: &'static Body,
    language: usize,
    chapter: u8,
    texts: &'a Value,
}

impl Rendering<'_> {
    /// Reads one template and puts a text in the place of each name.
    fn fill(&self, template: &str, depth: u8) -> Result<String, String> {
        if depth > 4 {
            return Err(format!("{template}.html includes itself"));
        }
        let source = read(&self.site.join(format!("{template}.html")))?;
        let mut html = String::with_capacity(source.len());
        let mut rest = source.as_str();
        while let Some((before, after)) = rest.split_once("{{") {
            let (name, after) = after
                .split_once("}}")
                .ok_or(format!("{template}.html: a name is not closed"))?;
            html.push_str(before);
            match name.strip_prefix("> ") {
                Some(included) => html.push_str(self.fill(included, depth + 1)?.trim_end()),
                None if name == "main" => html.push_str(self.fill(self.body.name, 1)?.trim_end()),
                None => html.push_str(
                    &self
                        .text(name)
                        .ok_or(format!("{template}.html: no text for {name}"))?,
                ),
            }
            rest = after;
        }
        html.push_str(rest);
        Ok(html)
    }

    fn text(&self, name: &str) -> Option<String> {
        let own = |key| {
            self.texts
                .get(self.body.name)?
                .get(key)?
                .as_str()
                .map(str::to_owned)
        };
        let other = 1 - self.language;
        Some(match name {
            "lang" => LANGUAGES[self.language].to_owned(),
            "other_lang" => LANGUAGES[other].to_owned(),
            "path" => address(self.body, self.language, self.chapter),
            "other_path" => address(self.body, other, self.chapter),
            "title" | "description" => own(name)?,
            "head" => read(&self.site.join(format!("{}.head.html", self.body.name))).ok()?,
            _ => {
                if let Some(body) = BODIES.iter().find(|body| body.name == name) {
                    return Some(address(body, self.language, 0));
                }
                let (page, key) = name.split_once('.')?;
                if key == "current" {
                    let current = page == self.body.name;
                    return Some(
                        if current {
                            " aria-current=\"page\""
                        } else {
                            ""
                        }
                        .to_owned(),
                    );
                }
                self.texts.get(page)?.get(key)?.as_str()?.to_owned()
            }
        })
    }
}

fn address(body: &Body, language: usize, chapter: u8) -> String {
    let base = body.addresses[language];
    if chapter == 0 {
        base.to_owned()
    } else {
        format!("{base}/{chapter}")
    }
}

/// `/` is `index.html`, `/en/` is `en/index.html`, `/en/about` is `en/about.html`.
fn file(address: &str) -> String {
    let path = address.trim_start_matches('/');
    if path.is_empty() || path.ends_with('/') {
        format!("{path}index.html")
    } else {
        format!("{path}.html")
    }
}

fn texts(site: &Path, name: &str) -> Result<Value, String> {
    serde_json::from_str(&read(&site.join(name))?).map_err(|error| format!("{name}: {error}"))
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}
