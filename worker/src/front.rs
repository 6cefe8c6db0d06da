//! The stateless front: HTTP in, HTTP out.

mod api;
mod body;
mod demo;
mod issuer;
mod page;
mod reply;

use objects::front::demo as visitor;
use objects::{Host, RealmClient};
use wire::{Call, Method, Refusal, Route, Scope as Where};
use worker::{Context, Request, Response};

use self::body::Body;
use self::reply::Reply;
use crate::platform::Platform;

/// Answers one request, whatever it is.
pub(crate) async fn answer(
    mut request: Request,
    host: Platform,
    context: &Context,
) -> worker::Result<Response> {
    // As it was sent: the SDK takes a method that it does not know for GET.
    let method = match request.inner().method().as_str() {
        "GET" | "HEAD" => Some(Method::Get),
        "POST" => Some(Method::Post),
        "DELETE" => Some(Method::Delete),
        _ => None,
    };
    let path = request.path();
    if objects::must_wake(&host) {
        let host = Platform::new(host.env().clone());
        context.wait_until(async move { objects::wake(&host).await });
    }
    match Route::find(method, &path) {
        // Then none of these addresses is there, whatever the method.
        _ if is_absent(&host, &path) => reply::respond(Err(Refusal::NotFound)),
        Ok(Route::Page(path)) => page::serve(host.env(), path).await,
        Ok(route) => reply::respond(serve(&host, &mut request, route).await),
        Err(refusal) => reply::respond(Err(refusal)),
    }
}

/// Whether the configuration leaves out what this address belongs to.
fn is_absent(host: &Platform, path: &str) -> bool {
    let is_on = |has: fn(&objects::Settings) -> bool| host.settings().is_ok_and(|of| has(&of));
    match path.trim_start_matches('/').split('/').next() {
        Some("demo") => !is_on(|settings| settings.has_demo),
        Some("issuer") => !is_on(|settings| settings.issuer_key_hash.is_some()),
        _ => false,
    }
}

async fn serve(host: &Platform, request: &mut Request, route: Route<'_>) -> Result<Reply, Refusal> {
    match route {
        Route::Realm(Where::National, call) => {
            let body = Body::receive(request, most_bytes(call)).await?;
            let realm = RealmClient::national(host)?;
            realm.check_numbers().await?;
            api::serve(realm, &body, call).await
        }
        Route::Realm(Where::Demo(session), call) => {
            let session = visitor::check(host, session)?;
            let body = Body::receive(request, most_bytes(call)).await?;
            demo::serve(host, &body, session, call).await
        }
        Route::OpenDemo => Reply::json(201, &visitor::open(host).await?),
        Route::Describe => Ok(Reply::public(wire::OPENAPI)),
        Route::Issuer(call) => issuer::serve(host, request, call).await,
        Route::Page(_) => Err(Refusal::NotFound),
    }
}

const fn most_bytes(call: Call) -> usize {
    match call {
        Call::Report => wire::MAX_REPORT_BYTES,
        _ => wire::MAX_BODY_BYTES,
    }
}
