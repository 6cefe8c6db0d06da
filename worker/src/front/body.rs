//! Bodies, read under a cap.

use futures_util::StreamExt;
use serde::de::DeserializeOwned;
use wire::{MAX_BODY_BYTES, Refusal, json};
use worker::Request;

/// Reads a small JSON body.
pub(crate) async fn read<T: DeserializeOwned>(request: &mut Request) -> Result<T, Refusal> {
    json::read(&read_json(request, MAX_BODY_BYTES).await?)
}

/// Reads a small JSON body that may be absent.
pub(crate) async fn read_optional<T: DeserializeOwned + Default>(
    request: &mut Request,
) -> Result<T, Refusal> {
    let body = read_capped(request, MAX_BODY_BYTES).await?;
    if body.is_empty() {
        return Ok(T::default());
    }
    check_media_type(request)?;
    json::read(&body)
}

/// Reads a JSON body of at most `most` bytes; what is larger is refused before it is read.
pub(crate) async fn read_json(request: &mut Request, most: usize) -> Result<Vec<u8>, Refusal> {
    check_media_type(request)?;
    read_capped(request, most).await
}

fn check_media_type(request: &Request) -> Result<(), Refusal> {
    let content_type = header(request, "Content-Type").unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    if media_type.eq_ignore_ascii_case("application/json") {
        Ok(())
    } else {
        Err(Refusal::NotJson)
    }
}

async fn read_capped(request: &mut Request, most: usize) -> Result<Vec<u8>, Refusal> {
    if let Some(length) = header(request, "Content-Length") {
        // Of 64 bits: a length that `usize` does not hold here is too large, not absent.
        let length: u64 = length.parse().map_err(|_| NO_LENGTH)?;
        if length > most as u64 {
            return Err(Refusal::TooLarge);
        }
    }
    // It grows with what comes: whoever announces much and sends nothing takes no memory.
    let mut body = Vec::new();
    if request.inner().body().is_none() {
        return Ok(body);
    }
    let mut stream = request.stream().map_err(|_| CUT_OFF)?;
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|_| CUT_OFF)?;
        if body.len() + chunk.len() > most {
            return Err(Refusal::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

const NO_LENGTH: Refusal = Refusal::malformed("Content-Length: send the number of bytes.");
const CUT_OFF: Refusal = Refusal::malformed("The body was cut off.");

pub(crate) fn header(request: &Request, name: &str) -> Option<String> {
    request.headers().get(name).ok().flatten()
}
