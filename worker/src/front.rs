//! The stateless front: HTTP in, HTTP out.

mod api;
mod body;
mod demo;
mod issuer;
mod page;
mod reply;
mod statistics;

use service::Realm;
use wire::{Call, Method, Refusal, Route, Scope as Where};
use worker::{Context, Env, Request, Response};

use self::body::Body;
use self::reply::Reply;
use crate::configuration::{self, binding};
use crate::letter::{self, Letter, RealmCall};
use crate::scope::Scope;
use crate::{system, wake};

/// Answers one request, whatever it is.
pub(crate) async fn answer(
    mut request: Request,
    env: Env,
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
    if wake::is_due(&env) {
        let env = env.clone();
        context.wait_until(async move { wake::wake(&env).await });
    }
    let top = path.trim_start_matches('/').split('/').next();
    let is_absent = match top {
        Some("demo") => !configuration::demo_is_on(&env),
        Some("issuer") => configuration::issuer_key_hash(&env).is_none(),
        _ => false,
    };
    match Route::find(method, &path) {
        // Then none of these addresses is there, whatever the method.
        _ if is_absent => reply::respond(Err(Refusal::NotFound)),
        Ok(Route::Page(path)) => page::serve(&env, path).await,
        Ok(route) => reply::respond(serve(&env, &mut request, route).await),
        Err(refusal) => reply::respond(Err(refusal)),
    }
}

async fn serve(env: &Env, request: &mut Request, route: Route<'_>) -> Result<Reply, Refusal> {
    match route {
        Route::Realm(Where::National, call) => {
            let body = Body::receive(request, most_bytes(call)).await?;
            let scope = Scope::national(env)?;
            scope.check_numbers(env).await?;
            api::serve(env, &body, scope, call).await
        }
        Route::Realm(Where::Demo(session), call) => {
            let session = demo::check(env, session)?;
            let body = Body::receive(request, most_bytes(call)).await?;
            match call {
                Call::MoveClock => demo::move_clock(env, &body, session).await,
                Call::HandOutCode => demo::hand_out_code(env, &body, session).await,
                Call::State => demo::show_state(env, session).await,
                Call::End => demo::end(env, session).await,
                call => {
                    let entered = demo::enter(env, session, service::visit::Usage::default());
                    let scope = Scope::demo(session.realm(), entered.await?);
                    api::serve(env, &body, scope, call).await
                }
            }
        }
        Route::OpenDemo => demo::open(env).await,
        Route::Describe => Ok(Reply::public(wire::OPENAPI)),
        Route::Issuer(call) => issuer::serve(env, request, call).await,
        Route::Page(_) => Err(Refusal::NotFound),
    }
}

const fn most_bytes(call: Call) -> usize {
    match call {
        Call::Report => wire::MAX_REPORT_BYTES,
        _ => wire::MAX_BODY_BYTES,
    }
}

/// Asks a demo realm's own object.
async fn ask_realm<R: serde::de::DeserializeOwned>(
    env: &Env,
    realm: Realm,
    call: RealmCall,
) -> Result<R, Refusal> {
    let letter = Letter::new((), system::now(), call);
    letter::send(env, binding::REALM, &format!("{realm}/realm"), &letter).await
}
