//! The description of the API in OpenAPI 3.1.
//!
//! # In scope
//! Every address of the one route table, described by hand once ([`describe`]), with the schemas of the very types
//! that are read and written, and with every refusal as [`Refusal`](crate::Refusal) says it.
//!
//! # Out of scope
//! Serving it: what is served is the committed `openapi.json`. `cargo xtask openapi` writes it, and a test tells
//! when it is no longer what this module says.

use std::collections::BTreeMap;

use utoipa::openapi::path::{HttpMethod, PathItem, PathsBuilder};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{ComponentsBuilder, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder};

use crate::route::{API, DEMO, FIXED};
use crate::{Desk, Method, Route, Scope};

mod describe;
mod examples;
mod operation;
mod schemas;
#[cfg(test)]
mod tests;

/// The name of the issuers' security scheme.
const ISSUER_KEY: &str = "issuerKey";

/// The description, as it is committed: one line per value, so that a change can be read.
#[must_use]
pub fn text() -> String {
    let mut text = document().to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
}

/// What the issuers' door answers.
const DESK: [(&str, Method, Desk<'static>); 7] = [
    ("codes", Method::Post, Desk::HandOut),
    ("batches", Method::Post, Desk::HandOutBatch),
    ("qr", Method::Post, Desk::Picture),
    ("keys", Method::Post, Desk::MakeKey),
    ("keys", Method::Get, Desk::ListKeys),
    ("keys/{id}", Method::Delete, Desk::RevokeKey("{id}")),
    ("acts", Method::Get, Desk::ListActs),
];

/// Every address of the route table, with `{session}` in the place of a session.
fn addresses() -> Vec<(String, Method, Route<'static>)> {
    const SESSION: &str = "{session}";
    let mut all = Vec::new();
    for (name, method, route) in FIXED {
        all.push((format!("/{name}"), *method, *route));
    }
    for (name, method, asked) in DESK {
        all.push((format!("/issuer/v1/{name}"), method, Route::Issuer(asked)));
    }
    let realms = [
        (String::new(), Scope::National),
        (format!("/demo/{SESSION}"), Scope::Demo(SESSION)),
    ];
    for (door, scope) in realms {
        for (name, method, call) in API {
            let route = Route::Realm(scope, *call);
            all.push((format!("{door}/api/{name}"), *method, route));
        }
    }
    for (name, method, call) in DEMO {
        let path = format!("/demo/{SESSION}/{name}");
        let route = Route::Realm(Scope::Demo(SESSION), *call);
        all.push((path.trim_end_matches('/').to_owned(), *method, route));
    }
    all
}

fn document() -> OpenApi {
    let mut paths = PathsBuilder::new();
    let mut schemas = BTreeMap::new();
    for (path, method, route) in addresses() {
        let Some(operation) = describe::route(route) else {
            continue;
        };
        let method_name = match method {
            Method::Get => HttpMethod::Get,
            Method::Post => HttpMethod::Post,
            Method::Delete => HttpMethod::Delete,
        };
        let operation = operation.finish(&path, &mut schemas);
        paths = paths.path(path, PathItem::new(method_name, operation));
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
                .description(Some(describe::INTRODUCTION))
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
