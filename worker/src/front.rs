//! The stateless front: HTTP in, HTTP out.

mod api;
mod body;
mod demo;
mod demo_server;
mod issuer;
mod page;
pub(crate) mod reply;

use objects::front::demo as visitor;
use objects::{Host, Leads, RealmClient};
use service::visit::Usage;
use wire::demo::OpenDemo;
use wire::route::{OPTIONS, is_open};
use wire::{BodyRule, Door, Found, Method, Methods, RealmAddress, Refusal, Route};
use worker::{Context, Request, Response};

use self::body::Body;
use self::reply::{Readers, Reply, respond};
use crate::platform::Platform;

/// The description of the API: the crate `openapi` writes it, and cannot be compiled for this target.
const DESCRIPTION: &str = include_str!("../../crates/openapi/openapi.json");

/// Answers one request, whatever it is.
pub(crate) async fn answer(
    mut request: Request,
    host: Platform,
    context: &Context,
) -> worker::Result<Response> {
    objects::breathe(&host).await;
    // As it was sent: the SDK takes a method that it does not know for GET.
    let method = request.inner().method();
    let path = request.path();
    if objects::must_wake(&host) {
        let host = Platform::new(host.env().clone());
        context.wait_until(async move { objects::wake(&host).await });
    }
    let found = Route::find(Method::named(&method), &path);
    match leads(&host, &path) {
        // Then none of these addresses is there, whatever the method.
        Leads::Nowhere => return respond(Readers::OwnOrigin, Err(Refusal::NotFound)),
        _ if is_cross_site(&request, &path) => {
            return respond(Readers::OwnOrigin, Err(Refusal::cross_site()));
        }
        Leads::Here => {}
        Leads::ToDemo => {
            let rule = found.map_or(BodyRule::Nothing, |found| found.body);
            return demo_server::ask(&host, &mut request, rule).await;
        }
    }
    let readers = match is_open(&path) {
        true => Readers::Everyone,
        false => Readers::OwnOrigin,
    };
    if method == OPTIONS {
        return respond(readers, Methods::at(&path).map(Reply::methods));
    }
    match found {
        Ok(Found {
            route: Route::Page(path),
            ..
        }) => page::serve(host.env(), path).await,
        Ok(found) => respond(readers, serve(&host, &mut request, found).await),
        Err(refusal) => respond(readers, Err(refusal)),
    }
}

/// Where this address leads. With a configuration that is not usable it is looked up here, and refused.
fn leads(host: &Platform, path: &str) -> Leads {
    let settings = host.settings();
    settings.map_or(Leads::Here, |settings| settings.leads(Door::of(path)))
}

/// Whether a page of another site has its visitor's browser ask for something in a demo realm. Clients that are no
/// browsers do not say where a request comes from.
fn is_cross_site(request: &Request, path: &str) -> bool {
    Door::of(path) == Some(Door::Demo)
        && body::header(request, "Sec-Fetch-Site").is_some_and(|site| site == "cross-site")
}

async fn serve(host: &Platform, request: &mut Request, found: Found<'_>) -> Result<Reply, Refusal> {
    // With a configuration that is not usable nothing is served but what needs none, and why.
    if !matches!(found.route, Route::Health | Route::Describe) {
        host.settings()?;
    }
    match found.route {
        Route::Realm(RealmAddress::National, call) => {
            let body = Body::receive(request, found.body).await?;
            let realm = RealmClient::national(host)?;
            realm.check_numbers().await?;
            api::serve(realm, &body, call).await
        }
        Route::Realm(RealmAddress::Demo(session), call) => {
            let session = visitor::check(host, session)?;
            let body = Body::receive(request, found.body).await?;
            let realm = visitor::enter(host, session, Usage::default()).await?;
            api::serve(realm, &body, call).await
        }
        Route::Demo(session, call) => {
            let session = visitor::check(host, session)?;
            let body = Body::receive(request, found.body).await?;
            demo::serve(host, &body, session, call).await
        }
        Route::OpenDemo => {
            let body = Body::receive(request, found.body).await?;
            let OpenDemo { captcha } = body.read_if_any()?;
            Reply::json(201, &visitor::open(host, captcha.as_deref()).await?)
        }
        Route::Describe => Ok(Reply::public(DESCRIPTION)),
        Route::Health => Reply::health(&objects::front::health::read(host)),
        Route::Issuer(call) => issuer::serve(host, request, call, found.body).await,
        Route::Page(_) => Err(Refusal::NotFound),
    }
}
