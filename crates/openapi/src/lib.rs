//! The description of the API in OpenAPI 3.1.
//!
//! # In scope
//! Every address of the route table ([`wire::route::ROUTES`]), described by hand once (module `describe`): what it is for,
//! the schemas and examples of what it reads and answers, and every refusal as [`wire::Refusal`] says it. What the
//! table knows (method, path, who may ask, which body) is taken from the table. A route that is not described does not
//! compile.
//!
//! # Out of scope
//! Serving it: the worker serves the committed `openapi.json`. `cargo xtask openapi` writes that file, and a test fails
//! when it is no longer what this crate says.

use std::collections::BTreeMap;
use std::fmt::Write;

use utoipa::openapi::path::{HttpMethod, PathItem, PathsBuilder};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{ComponentsBuilder, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder};
use wire::Method;
use wire::route::{Address, addresses};

#[expect(
    dead_code,
    reason = "a schema is derived from fields that no code reads"
)]
mod describe;
mod operation;
mod schema;
#[cfg(test)]
mod tests;

/// The name of the issuers' security scheme.
const ISSUER_KEY: &str = "issuerKey";

/// The description, as it is committed: one line per value, so that a change can be read.
#[must_use]
pub fn text() -> String {
    let mut text = String::new();
    for sign in document().to_pretty_json().unwrap_or_default().chars() {
        write_sign(&mut text, sign);
    }
    text.push('\n');
    text
}

/// A sign that nobody sees, or that a font may not have, is written by its number, as JSON has it (RFC 8259, 7).
fn write_sign(text: &mut String, sign: char) {
    if u32::from(sign) <= 0xffff {
        text.push(sign);
        return;
    }
    for unit in sign.encode_utf16(&mut [0; 2]) {
        // Writing into a text cannot fail.
        let _ = write!(text, "\\u{unit:04x}");
    }
}

fn document() -> OpenApi {
    let mut paths = PathsBuilder::new();
    let mut schemas = BTreeMap::new();
    for Address { path, route, row } in addresses() {
        let Some(operation) = describe::operation(route, row) else {
            continue;
        };
        let method = match row.method {
            Method::Get => HttpMethod::Get,
            Method::Post => HttpMethod::Post,
            Method::Delete => HttpMethod::Delete,
        };
        let operation = operation.finish(&path, row.body, &mut schemas);
        paths = paths.path(path, PathItem::new(method, operation));
    }
    let key = Http::builder()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some(describe::ISSUER_KEY))
        .build();
    let tags = describe::TAGS.map(|(name, description)| {
        TagBuilder::new()
            .name(name)
            .description(Some(description))
            .build()
    });
    OpenApiBuilder::new()
        .info(
            InfoBuilder::new()
                .title("Limpide")
                .version(describe::VERSION)
                .description(Some([describe::INTRODUCTION, describe::A_PHONE].concat()))
                .license(Some(
                    LicenseBuilder::new()
                        .name("MPL-2.0")
                        .identifier(Some("MPL-2.0"))
                        .build(),
                ))
                .build(),
        )
        .tags(Some(tags))
        .paths(paths)
        .components(Some(
            ComponentsBuilder::new()
                .schemas_from_iter(schemas)
                .security_scheme(ISSUER_KEY, SecurityScheme::Http(key))
                .build(),
        ))
        .build()
}
