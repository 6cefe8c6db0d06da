//! The platform behind the port of `objects`: its clock, randomness, log, calls, storage and alarm.

mod sql;

use core::cell::{Cell, OnceCell};
use core::time::Duration;
use std::rc::Rc;

use decree::Moment;
use getrandom::SysRng;
use getrandom::rand_core::UnwrapErr;
use js_sys::{JsString, Uint8Array};
use objects::{ClassName, Host, Memory, Port, Settings, Unanswered};
use operator_log::{Event, Line, Notice};
use store::Fault;
use wasm_bindgen::{JsCast, JsValue};
use wire::Refusal;
use worker::{Delay, Env, Fetcher, Method, Request, RequestInit, State, Storage};

use self::sql::PlatformSql;

/// Writes a line into the operator's log: the one place that does.
#[expect(clippy::disallowed_macros)]
pub(crate) fn write(line: Line) {
    worker::console_error!("{line}");
}

/// The binding of the page's files.
pub(crate) const ASSETS: &str = "ASSETS";
/// The binding of the server of demo realms.
const DEMO: &str = "DEMO";

/// What one isolate has once.
#[derive(Default)]
struct Isolate {
    memory: Memory,
    settings: OnceCell<Result<Rc<Settings>, Notice>>,
    /// The server of demo realms did not answer when it was last asked.
    is_demo_silent: Cell<bool>,
}

thread_local! {
    static ISOLATE: Rc<Isolate> = Rc::default();
}

/// What the front and every object have of the platform.
pub(crate) struct Platform {
    env: Env,
    isolate: Rc<Isolate>,
}

impl Platform {
    pub(crate) fn new(env: Env) -> Self {
        Self {
            env,
            isolate: ISOLATE.with(Rc::clone),
        }
    }

    pub(crate) const fn env(&self) -> &Env {
        &self.env
    }

    /// The server of demo realms, if there is one.
    pub(crate) fn demo_server(&self) -> Option<Fetcher> {
        self.env.service(DEMO).ok()
    }

    /// Whether it has answered. The log has a line when it falls silent, and one when it answers again: not one a request.
    pub(crate) fn note_demo_server(&self, has_answered: bool) {
        let was_silent = self.isolate.is_demo_silent.replace(!has_answered);
        match (was_silent, has_answered) {
            (false, false) => write(Line::DemoSilent),
            (true, true) => write(Line::DemoAnswers),
            (false, true) | (true, false) => {}
        }
    }

    /// A variable or a secret. The SDK's own reading does not survive one that is configured and absent: the runtime
    /// then gives `null`, and the request would never be answered.
    fn variable(&self, name: &str) -> Option<String> {
        js_sys::Reflect::get(self.env.as_ref(), &name.into())
            .ok()?
            .dyn_into::<JsString>()
            .ok()
            .map(String::from)
    }

    async fn fetch(
        &self,
        class: ClassName,
        name: &str,
        letter: Vec<u8>,
    ) -> worker::Result<Vec<u8>> {
        let stub = self.env.durable_object(binding(class))?.get_by_name(name)?;
        let mut init = RequestInit::new();
        let body = Uint8Array::from(letter.as_slice());
        init.with_method(Method::Post).with_body(Some(body.into()));
        let request = Request::new_with_init("http://object/", &init)?;
        stub.fetch_with_request(request).await?.bytes().await
    }
}

impl Host for Platform {
    type Rng = UnwrapErr<SysRng>;

    fn milliseconds(&self) -> u64 {
        worker::Date::now().as_millis()
    }

    /// The system's randomness. Without it nothing here may go on.
    fn rng(&self) -> Self::Rng {
        UnwrapErr(SysRng)
    }

    fn settings(&self) -> Result<Rc<Settings>, Refusal> {
        let read = || {
            let settings = Settings::read(|name| self.variable(name))
                .inspect_err(|notice| write(Line::Configuration(*notice)))?;
            for notice in &settings.notices {
                write(Line::Configuration(*notice));
            }
            Ok(Rc::new(settings))
        };
        let settings = self.isolate.settings.get_or_init(read);
        settings.clone().map_err(|_| Refusal::Unavailable)
    }

    fn memory(&self) -> &Memory {
        &self.isolate.memory
    }

    fn log(&self, what: Event, class: ClassName) {
        write(Line::Object(what, class));
    }

    async fn send(
        &self,
        class: ClassName,
        name: &str,
        letter: Vec<u8>,
    ) -> Result<Vec<u8>, Unanswered> {
        let answer = self.fetch(class, name, letter).await;
        answer.map_err(|_| Unanswered)
    }

    async fn wait(&self, time: Duration) {
        Delay::from(time).await;
    }
}

const fn binding(class: ClassName) -> &'static str {
    match class {
        ClassName::Registry => "REGISTRY",
        ClassName::Intake => "INTAKE",
        ClassName::Tally => "TALLY",
        ClassName::Desk => "DESK",
        ClassName::Vault => "VAULT",
        ClassName::Safe => "SAFE",
        ClassName::Realm => "REALM",
        ClassName::Gate => "GATE",
        ClassName::Timekeeper => "TIMEKEEPER",
        ClassName::Secrets => "SECRETS",
    }
}

/// What an object has besides.
pub(crate) struct ObjectPlatform {
    host: Platform,
    state: State,
    storage: Storage,
    sql: OnceCell<PlatformSql>,
}

impl ObjectPlatform {
    pub(crate) fn new(state: State, env: Env) -> Self {
        Self {
            host: Platform::new(env),
            storage: state.storage(),
            state,
            sql: OnceCell::new(),
        }
    }
}

impl Host for ObjectPlatform {
    type Rng = <Platform as Host>::Rng;

    fn milliseconds(&self) -> u64 {
        self.host.milliseconds()
    }

    fn rng(&self) -> Self::Rng {
        self.host.rng()
    }

    fn settings(&self) -> Result<Rc<Settings>, Refusal> {
        self.host.settings()
    }

    fn memory(&self) -> &Memory {
        self.host.memory()
    }

    fn log(&self, what: Event, class: ClassName) {
        self.host.log(what, class);
    }

    async fn send(
        &self,
        class: ClassName,
        name: &str,
        letter: Vec<u8>,
    ) -> Result<Vec<u8>, Unanswered> {
        self.host.send(class, name, letter).await
    }

    async fn wait(&self, time: Duration) {
        self.host.wait(time).await;
    }
}

impl Port for ObjectPlatform {
    type Sql = PlatformSql;

    fn sql(&self) -> &PlatformSql {
        self.sql
            .get_or_init(|| PlatformSql::new(self.state.storage()))
    }

    /// Release 0.1.0 stored the receipt of a vault as a number: it is read as its eight bytes.
    async fn value(&self, name: &'static str) -> Result<Option<Vec<u8>>, Fault> {
        let found = self.storage.get_multiple(vec![name]).await;
        let value = found.map_err(engine)?.get(&name.into());
        if value.is_undefined() {
            return Ok(None);
        }
        if let Some(bytes) = value.dyn_ref::<Uint8Array>() {
            return Ok(Some(bytes.to_vec()));
        }
        let number = value.as_f64().ok_or(Fault::Shape)?;
        Ok(Some((number as u64).to_be_bytes().to_vec()))
    }

    async fn put(&self, name: &'static str, value: Vec<u8>) -> Result<(), Fault> {
        let value: JsValue = Uint8Array::from(value.as_slice()).into();
        self.storage.put_raw(name, value).await.map_err(engine)
    }

    async fn delete_all(&self) -> Result<(), Fault> {
        self.storage.delete_all().await.map_err(engine)
    }

    async fn alarm(&self) -> Result<Option<Moment>, Fault> {
        let armed = self.storage.get_alarm().await.map_err(engine)?;
        let seconds = armed.and_then(|millis| u64::try_from(millis / 1_000).ok());
        Ok(seconds.map(Moment::from_unix))
    }

    async fn set_alarm(&self, from_now: Duration) -> Result<(), Fault> {
        self.storage.set_alarm(from_now).await.map_err(engine)
    }

    async fn delete_alarm(&self) -> Result<(), Fault> {
        self.storage.delete_alarm().await.map_err(engine)
    }
}

/// The platform's storage failed: what was asked is not done, and can be asked again.
fn engine(_: worker::Error) -> Fault {
    Fault::Engine
}
