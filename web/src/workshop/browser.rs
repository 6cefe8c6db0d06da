//! The machine that the workshop runs on: this browser.

use core::time::Duration;

use decree::Moment;
use getrandom::SysRng;
use js_sys::{Date, Uint8Array};
use leptos::prelude::set_timeout;
use rand_core::UnwrapErr;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, RequestInit, RequestRedirect, Response};
use workshop::{Host, Lost, Method, Reply};

/// A reply that takes longer is given up.
const PATIENCE: Duration = Duration::from_secs(10);

/// `fetch`, and the browser's clock and randomness.
pub(super) struct Browser;

impl Host for Browser {
    type Rng = UnwrapErr<SysRng>;

    async fn exchange(
        &self,
        method: Method,
        path: &str,
        body: Option<&[u8]>,
    ) -> Result<Reply, Lost> {
        let abort = AbortController::new().map_err(|_| Lost::Offline)?;
        let late = abort.clone();
        set_timeout(move || late.abort(), PATIENCE);
        let lost = |_: JsValue| {
            if abort.signal().aborted() {
                Lost::TimedOut
            } else {
                Lost::Offline
            }
        };

        let init = RequestInit::new();
        init.set_method(method.name());
        init.set_signal(Some(&abort.signal()));
        init.set_redirect(RequestRedirect::Error);
        if let Some(body) = body {
            let headers = web_sys::Headers::new().map_err(lost)?;
            headers
                .set("Content-Type", "application/json")
                .map_err(lost)?;
            init.set_headers(&headers);
            init.set_body(&Uint8Array::from(body));
        }
        let window = web_sys::window().ok_or(Lost::Offline)?;
        let response = JsFuture::from(window.fetch_with_str_and_init(path, &init)).await;
        let response: Response = response.and_then(JsCast::dyn_into).map_err(lost)?;
        let retry_after = response.headers().get("Retry-After").ok().flatten();
        let body = JsFuture::from(response.array_buffer().map_err(lost)?)
            .await
            .map_err(lost)?;
        Ok(Reply {
            status: response.status(),
            retry_after: retry_after.and_then(|seconds| seconds.parse().ok()),
            body: Uint8Array::new(&body).to_vec(),
        })
    }

    fn now(&self) -> Moment {
        Moment::from_unix((Date::now() / 1000.0) as u64)
    }

    fn rng(&self) -> UnwrapErr<SysRng> {
        UnwrapErr(SysRng)
    }
}
