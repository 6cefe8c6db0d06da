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

use super::body::Body;
use super::reply::{Readers, respond};
use crate::platform::Platform;

/// How long an answer is awaited before the server is asked whether it is there, and how soon it is asked again.
const PAUSE: Duration = Duration::from_secs(2);
/// How long it may take to say so. Together with the pause, and with two seconds to spare, that is the ten seconds
/// within which a visitor is told that it hangs.
const PATIENCE: Duration = Duration::from_secs(6);

/// Any address: that nothing is there is an answer too.
const ANY: &str = "http://demo/api/health";

/// How often a request is sent. The runtime keeps connections, and sends into one that the other end has just closed: such a
/// request was not read there, and is sent again.
const TRIES: usize = 5;

/// Hands the request on once it has come whole, and its answer back as it comes.
pub(super) async fn ask(
    host: &Platform,
    request: &mut Request,
    rule: BodyRule,
) -> Result<Response> {
    let Some(server) = host.demo_server() else {
        return respond(Readers::OwnOrigin, Err(Refusal::NotFound));
    };
    let has_body = rule != BodyRule::Nothing && request.inner().body().is_some();
    let body = match Body::receive(request, rule).await {
        Ok(body) => has_body.then(|| body.into_bytes()),
        Err(refusal) => return respond(Readers::OwnOrigin, Err(refusal)),
    };
    let abort = AbortController::new()?;
    let mut silence = pin!(silence(&server));
    for _ in 0..TRIES {
        let asked = server.fetch_request(handed_on(request, body.as_deref(), &abort.signal())?);
        match select(pin!(asked), silence.as_mut()).await {
            Either::Left((Ok(response), _)) => {
                host.note_demo_server(true);
                return Ok(response);
            }
            Either::Left((Err(_), _)) => {}
            Either::Right(_) => break,
        }
    }
    // Else it would be awaited for as long as the server hangs.
    abort.abort();
    host.note_demo_server(false);
    respond(Readers::OwnOrigin, Err(Refusal::Unavailable))
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
    let mut patience = pin!(Delay::from(PATIENCE));
    for _ in 0..TRIES {
        let asked = pin!(server.fetch(ANY, None));
        match select(asked, patience.as_mut()).await {
            Either::Left((Ok(_), _)) => return true,
            Either::Left((Err(_), _)) => {}
            Either::Right(_) => return false,
        }
    }
    false
}

/// The same request, without a key of the issuers' door: whoever serves demo realms must not come by one.
fn handed_on(request: &Request, body: Option<&[u8]>, signal: &AbortSignal) -> Result<Request> {
    let headers = request.headers().clone();
    headers.delete("Authorization")?;
    let init = RequestInit::new();
    init.set_signal(Some(signal));
    if let Some(body) = body {
        headers.delete("Transfer-Encoding")?;
        init.set_body(&Uint8Array::from(body));
    }
    init.set_headers(headers.as_ref());
    let request = web_sys::Request::new_with_request_and_init(request.inner(), &init)?;
    Ok(request.into())
}
