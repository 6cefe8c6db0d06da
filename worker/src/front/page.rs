//! The page: files that the build wrote down, each with its type and headers.
//!
//! The platform has an asset layer of its own; the bare runtime's disk knows no types and no
//! headers and lists its folders, so nothing is fetched that is not in the list.

use wire::Refusal;
use worker::{Env, Headers, Response, Result};

use super::reply::{Readers, now, respond};
use crate::platform::ASSETS;

include!(concat!(env!("OUT_DIR"), "/page.rs"));

/// Serves the file at this path: the path itself, with `.html`, or the `index.html` below it.
pub(crate) async fn serve(env: &Env, path: &str) -> Result<Response> {
    let trimmed = path.trim_end_matches('/');
    let names = [
        path,
        &format!("{trimmed}.html"),
        &format!("{trimmed}/index.html"),
    ];
    if let Some((file, media_type)) = names.into_iter().find_map(find) {
        return send(env, file, media_type, 200).await;
    }
    let missing = if path.starts_with("/en/") {
        "/en/404.html"
    } else {
        "/404.html"
    };
    match find(missing) {
        Some((file, media_type)) => send(env, file, media_type, 404).await,
        None => respond(Readers::OwnOrigin, Err(Refusal::NotFound)),
    }
}

fn find(path: &str) -> Option<&'static (&'static str, &'static str)> {
    FILES.iter().find(|(file, _)| *file == path)
}

async fn send(env: &Env, file: &str, media_type: &str, status: u16) -> Result<Response> {
    let headers = Headers::new();
    for (pattern, set) in HEADERS {
        let matches = match pattern.strip_suffix('*') {
            Some(prefix) => file.starts_with(prefix),
            None => file == *pattern,
        };
        for (name, value) in set.iter().filter(|_| matches) {
            headers.set(name, value)?;
        }
    }
    headers.set("Content-Type", media_type)?;
    headers.set("Date", &now())?;
    let content = env
        .assets(ASSETS)?
        .fetch(format!("http://assets{file}"), None)
        .await?;
    let body = content.body().clone();
    Ok(Response::from_body(body)?
        .with_status(status)
        .with_headers(headers))
}
