//! The server of demo realms, which the national one hands on to whatever stands under `/demo`.
//!
//! It is another process, or another Worker: it may be gone, or hang, or be busy for as long as an answer takes, and the
//! national realm must not notice. How long an answer may take says nothing: moving a clock takes its time. So while one is
//! awaited the server is asked every few seconds whether it is there, and a request is given up when that is not answered.

use core::pin::pin;
use core::time::Duration;

use futures_util::future::{Either, select};
use js_sys::Uint8Array;
use wire::{BodyRule, Refusal};
use worker::web_sys::{self, AbortController, AbortSignal, RequestInit};
use worker::{Delay, Fetcher, Request, Response, Result};

use super::body::{self, Body};
use super::reply;
use crate::platform::Platform;

/// How long an answer is awaited before the server is asked whether it is there, and how soon it is asked again.
const PAUSE: Duration = Duration::from_secs(2);
/// How long it may take to say so. Together with the pause, and with two seconds to spare, that is the ten seconds
/// within which a visitor is told that it hangs.
const PATIENCE: Duration = Duration::from_secs(6);

/// Any address: that nothing is there is an answer too.
const ANY: &str = "http://demo/api/health";

/// Hands the request on, and its answer back, both as they come. A body without a length comes whole first: the runtime
/// would end it properly for the other server where the sender broke off.
pub(super) async fn ask(
    host: &Platform,
    request: &mut Request,
    rule: BodyRule,
) -> Result<Response> {
    let Some(server) = host.demo_server() else {
        return reply::respond(Err(Refusal::NotFound));
    };
    let has_length = body::header(request, "Content-Length").is_some();
    let has_body = rule != BodyRule::Nothing && request.inner().body().is_some();
    let whole = if has_body && !has_length {
        match Body::receive(request, rule).await {
            Ok(body) => Some(body.into_bytes()),
            Err(refusal) => return reply::respond(Err(refusal)),
        }
    } else {
        None
    };
    let abort = AbortController::new()?;
    let asked = server.fetch_request(handed_on(request, whole, &abort.signal())?);
    let answered = match select(pin!(asked), pin!(silence(&server))).await {
        Either::Left((Ok(response), _)) => Ok(response),
        // The sender broke off.
        Either::Left((Err(_), _)) if has_length && is_there(&server).await => Err(body::CUT_OFF),
        Either::Left((Err(_), _)) | Either::Right(_) => Err(Refusal::Unavailable),
    };
    host.note_demo_server(!matches!(answered, Err(Refusal::Unavailable)));
    answered.or_else(|refusal| {
        // Else it would be awaited for as long as the server hangs.
        abort.abort();
        reply::respond(Err(refusal))
    })
}

/// Ends when the server does not answer any more.
async fn silence(server: &Fetcher) {
    loop {
        Delay::from(PAUSE).await;
        if !is_there(server).await {
            return;
        }
    }
}

/// Whether the server answers anything.
async fn is_there(server: &Fetcher) -> bool {
    let asked = pin!(server.fetch(ANY, None));
    let patience = pin!(Delay::from(PATIENCE));
    let answered = select(asked, patience).await;
    matches!(answered, Either::Left((Ok(_), _)))
}

/// The same request, without a key of the issuers' door: whoever serves demo realms must not come by one.
fn handed_on(request: &Request, whole: Option<Vec<u8>>, signal: &AbortSignal) -> Result<Request> {
    let headers = request.headers().clone();
    headers.delete("Authorization")?;
    let init = RequestInit::new();
    init.set_signal(Some(signal));
    if let Some(whole) = whole {
        headers.delete("Transfer-Encoding")?;
        init.set_body(&Uint8Array::from(whole.as_slice()));
    }
    init.set_headers(headers.as_ref());
    let request = web_sys::Request::new_with_request_and_init(request.inner(), &init)?;
    Ok(request.into())
}
