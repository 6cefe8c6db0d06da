//! One running server.

use std::fs::{self, File};
use std::io::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use std::{env, fmt, process};

use anyhow::{Context, Result, bail};
use operator_log::{ClassName, Event, Line};
use sha2::{Digest, Sha256};

use crate::proxy::{Limits, Proxy};
use crate::running::{Running, listening};
use crate::{Manifest, capnp};

/// What a server is given besides the manifest.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The port on 127.0.0.1; with 0 the server takes a free one itself.
    pub port: u16,
    /// The folder that holds `storage/`, the generated configuration and the log. Made when missing.
    pub folder: PathBuf,
    /// The deployment's secrets.
    pub secrets: Secrets,
    /// Variables that replace those of the manifest.
    pub vars: Vec<(String, String)>,
    /// Where the log goes.
    pub log: LogTo,
    /// Which build runs: the folder that holds its `wrangler.toml` and what that names. [`crate::root`] holds the
    /// current one; the folder of a kept release holds that release, without its page.
    pub build: PathBuf,
    /// How far the server's clock is from the real one when it starts, in seconds: ahead of it, or behind it.
    pub clock: i64,
    /// What answers outside.
    pub front: Front,
    /// Whether the reference proxy stands before it: [`Server::url`] and [`Server::address`] are the proxy's.
    pub proxied: bool,
    /// The process for demo realms behind it, if there is to be one. A build of up to 0.2.0 has none: it serves them
    /// itself.
    pub demo: Option<Demo>,
}

/// The process for demo realms, behind that of the national realm.
#[derive(Clone, Debug)]
pub struct Demo {
    /// Its own secrets: another root, and no operator's key, which it refuses.
    pub secrets: Secrets,
    /// The folder of what it stores. Whoever serves visitors empties it before the start and after the end.
    pub storage: PathBuf,
}

/// With this variable the tests' servers stand behind the reference proxy.
pub const PROXIED: &str = "LIMPIDE_PROXIED";

/// Where the log of a server goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogTo {
    /// Into `server.log` of the folder, beside the runtime's own output ([`crate::OUTPUT`]).
    File,
    /// To the terminal.
    Terminal,
    /// To the terminal, and the runtime's own output with it: it may quote requests.
    TerminalUnfiltered,
}

/// What answers outside, and reaches the objects.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Front {
    /// The build whose objects they are.
    #[default]
    Own,
    /// Another build, in a folder as [`Settings::build`].
    Of(PathBuf),
    /// This module, which has the namespaces of the objects by their bindings, and nothing else.
    Module(String),
}

/// The deployment's secrets. Without `Debug` content: they appear in no message.
#[derive(Clone)]
pub struct Secrets {
    /// Thirty-two bytes in hexadecimal; every key of the server comes from it.
    pub root: String,
    /// The operator's bearer key; without one the issuer's door is shut.
    pub issuer_key: Option<String>,
}

/// A running (or killed) server. Dropping it kills it.
#[derive(Debug)]
pub struct Server {
    settings: Settings,
    national: Running,
    demo: Option<Running>,
    proxy: Option<Proxy>,
    /// The folder is this server's own: it goes with it.
    disposable: bool,
    /// The class whose objects never answer.
    asleep: Option<String>,
}

impl Server {
    /// Starts a server on a free port with a folder of its own, deleted with it, and test secrets.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub fn fresh() -> Result<Self> {
        Self::fresh_with(&[])
    }

    /// [`Server::fresh`] with variables that replace those of the manifest.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub fn fresh_with(vars: &[(&str, &str)]) -> Result<Self> {
        Self::disposable(vars, None)
    }

    /// [`Server::fresh`] without demo realms: the national realm alone.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub fn fresh_national() -> Result<Self> {
        let settings = Settings {
            demo: None,
            ..Settings::of_tests(new_folder()?)
        };
        Self::start_with(settings, None, true)
    }

    /// [`Server::fresh`] with a clock that can be moved while it runs: [`Server::move_clock`].
    ///
    /// # Errors
    /// As [`Server::start`]; without a C compiler.
    pub fn fresh_with_clock() -> Result<Self> {
        let settings = Settings::of_tests(new_folder()?);
        set_clock(&settings.folder, settings.clock)?;
        Self::start_with(settings, None, true)
    }

    /// [`Server::fresh`], but the objects of this class never answer: the code that calls them is the deployed
    /// one, and waits as it would for an object that hangs.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub fn fresh_without(class: &str) -> Result<Self> {
        Self::disposable(&[], Some(class))
    }

    /// Starts a server whose folder is deleted with it.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub fn start_disposable(settings: Settings) -> Result<Self> {
        Self::start_with(settings, None, true)
    }

    fn disposable(vars: &[(&str, &str)], asleep: Option<&str>) -> Result<Self> {
        let vars = vars
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let settings = Settings {
            vars: vars.collect(),
            ..Settings::of_tests(new_folder()?)
        };
        Self::start_with(settings, asleep, true)
    }

    /// Starts a server and returns once it answers.
    ///
    /// # Errors
    /// When something is not built or installed (the message says the command), when the port is taken,
    /// or when the server stops or stays silent.
    pub fn start(settings: Settings) -> Result<Self> {
        Self::start_with(settings, None, false)
    }

    fn start_with(settings: Settings, asleep: Option<&str>, disposable: bool) -> Result<Self> {
        if settings.port != 0
            && let Err(error) = TcpListener::bind(("127.0.0.1", settings.port))
        {
            bail!(
                "port {} is taken ({error}); choose another with --port",
                settings.port
            );
        }
        let roles = roles(&settings)?;
        let mut demo = match (&roles.demo, &settings.demo) {
            (Some(manifest), Some(demo)) => {
                let mut command = command_of_demo(&settings, demo, manifest, asleep, 0)?;
                let folder = demo_folder(&settings.folder);
                let mut running = Running::start(&folder, &mut command, settings.log)?;
                running.wait_until_listening()?;
                Some(running)
            }
            _ => None,
        };
        let mut command = command(&settings, &roles, asleep, demo.as_ref())?;
        let mut national = Running::start(&settings.folder, &mut command, settings.log)?;
        national.wait_until_listening()?;
        national.wait_until_answering()?;
        if let Some(demo) = &mut demo {
            demo.wait_until_answering()?;
        }
        let mut server = Self {
            national,
            demo,
            proxy: None,
            settings,
            disposable,
            asleep: asleep.map(str::to_owned),
        };
        server.settings.port = server.national.port();
        if server.settings.proxied {
            let folder = server.settings.folder.join("proxy");
            let proxy = Proxy::start(&folder, server.settings.port, Limits::High)?;
            server.proxy = Some(proxy);
        }
        Ok(server)
    }

    /// Kills the server as a power cut would (SIGKILL).
    ///
    /// # Errors
    /// When the system refuses.
    pub fn kill(&mut self) -> Result<()> {
        self.national.kill()?;
        self.kill_demo()
    }

    /// The same of the process for demo realms alone, if there is one.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn kill_demo(&mut self) -> Result<()> {
        self.demo.as_mut().map_or(Ok(()), Running::kill)
    }

    /// Starts the process for demo realms again, at the same address; the national realm runs on.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub fn restart_demo(&mut self) -> Result<()> {
        self.start_demo_again(&roles(&self.settings)?)?;
        self.demo
            .as_mut()
            .map_or(Ok(()), Running::wait_until_answering)
    }

    /// Starts it again at the same address with the same storage. A server still running is killed first.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub fn restart(&mut self) -> Result<()> {
        self.start_again()?;
        self.national.wait_until_answering()?;
        self.demo
            .as_mut()
            .map_or(Ok(()), Running::wait_until_answering)
    }

    /// Back once its port is open.
    fn start_again(&mut self) -> Result<()> {
        self.kill()?;
        let roles = roles(&self.settings)?;
        self.start_demo_again(&roles)?;
        let (settings, asleep) = (&self.settings, self.asleep.as_deref());
        let mut command = command(settings, &roles, asleep, self.demo.as_ref())?;
        self.national.start_again(&mut command, settings.log)?;
        self.national.wait_until_listening()
    }

    /// Another build may have no such process, or have one where there was none.
    fn start_demo_again(&mut self, roles: &Roles) -> Result<()> {
        let (Some(manifest), Some(settings)) = (&roles.demo, &self.settings.demo) else {
            self.demo = None;
            return Ok(());
        };
        let (all, asleep) = (&self.settings, self.asleep.as_deref());
        let port = self.demo.as_ref().map_or(0, Running::port);
        let mut command = command_of_demo(all, settings, manifest, asleep, port)?;
        let demo = match &mut self.demo {
            Some(demo) => {
                demo.start_again(&mut command, all.log)?;
                demo
            }
            None => {
                let folder = demo_folder(&all.folder);
                let started = Running::start(&folder, &mut command, all.log)?;
                self.demo.insert(started)
            }
        };
        demo.wait_until_listening()
    }

    /// Kills it, and changes what its next start is given.
    ///
    /// # Errors
    /// As [`Server::kill`].
    pub fn change(&mut self, change: impl FnOnce(&mut Settings)) -> Result<()> {
        self.kill()?;
        change(&mut self.settings);
        Ok(())
    }

    /// From its next start on, objects of every class answer.
    pub fn wake_all(&mut self) {
        self.asleep = None;
    }

    /// Starts it again with its clock so many seconds ahead of the real one. The time is confirmed, as by an operator:
    /// the server believes it at once.
    ///
    /// # Errors
    /// As [`Server::start`]; without a C compiler.
    pub fn restart_ahead(&mut self, seconds: u64) -> Result<()> {
        self.set_clock(i64::try_from(seconds)?)?;
        self.restart()
    }

    /// Starts it again with its clock so many seconds further on than it was. The time is confirmed too.
    ///
    /// # Errors
    /// As [`Server::restart_ahead`].
    pub fn restart_later(&mut self, seconds: u32) -> Result<()> {
        self.set_clock(self.settings.clock + i64::from(seconds))?;
        self.restart()
    }

    /// Starts it again so many seconds later by its clock, as after a stop that lasted so long. Nobody confirms the time:
    /// the server has to make up its own mind.
    ///
    /// # Errors
    /// As [`Server::restart_ahead`].
    pub fn restart_after_stop(&mut self, seconds: u32) -> Result<()> {
        self.kill()?;
        self.settings.clock += i64::from(seconds);
        self.restart()
    }

    /// Moves the clock of the running server by so many seconds, ahead or back, while its timers run on. It must have been
    /// started with a clock that can be moved: [`Server::fresh_with_clock`], or a time of its own.
    ///
    /// # Errors
    /// When its clock cannot be moved.
    pub fn move_clock(&mut self, seconds: i64) -> Result<()> {
        if !clock_file(&self.settings.folder).exists() {
            bail!("this server was started with the clock of its host");
        }
        self.settings.clock += seconds;
        set_clock(&self.settings.folder, self.settings.clock)
    }

    /// Nothing that is stored speaks against the time of the next start.
    fn set_clock(&mut self, seconds: i64) -> Result<()> {
        self.kill()?;
        self.settings.clock = seconds;
        let remembered = self.storage().join("limpide-Timekeeper");
        if remembered.exists() {
            fs::remove_dir_all(remembered)?;
        }
        Ok(())
    }

    /// [`Server::restart`], and from then on the objects of this class never answer.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub fn restart_without(&mut self, class: &str) -> Result<()> {
        self.asleep = Some(class.to_owned());
        self.restart()
    }

    /// [`Server::restart_ahead`] without a single request: back once its port is open. What then happens, alarms do.
    ///
    /// # Errors
    /// As [`Server::restart_ahead`].
    pub fn restart_unasked(&mut self, seconds: u64) -> Result<()> {
        self.set_clock(i64::try_from(seconds)?)?;
        self.start_again()
    }

    /// How much processor time it has used since its last start, whatever else runs on this machine.
    ///
    /// # Errors
    /// When the system does not tell: Linux does.
    pub fn processor_time(&self) -> Result<Duration> {
        let mut used = self.national.process().processor_time()?;
        if let Some(demo) = &self.demo {
            used += demo.process().processor_time()?;
        }
        Ok(used)
    }

    /// How many files, sockets and pipes the process of the national realm holds open.
    ///
    /// # Errors
    /// When the system does not tell: Linux does.
    pub fn open_files(&self) -> Result<usize> {
        Ok(self.national.process().open_files()?)
    }

    /// How much memory the process of the national realm holds, in bytes.
    ///
    /// # Errors
    /// When the system does not tell: Linux does.
    pub fn memory(&self) -> Result<u64> {
        Ok(self.national.process().memory()?)
    }

    /// The number of the process of the national realm.
    #[must_use]
    pub fn process_id(&self) -> u32 {
        self.national.process().id()
    }

    /// How far its clock is from the real one, in seconds: ahead of it, or behind it.
    #[must_use]
    pub const fn clock(&self) -> i64 {
        self.settings.clock
    }

    /// The address of the page, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> String {
        match &self.proxy {
            Some(proxy) => format!("http://{}", proxy.address()),
            None => format!("http://localhost:{}", self.settings.port),
        }
    }

    /// Where its port is open, on this address alone, or its proxy's: what tests connect to.
    #[must_use]
    pub fn address(&self) -> String {
        match &self.proxy {
            Some(proxy) => proxy.address(),
            None => self.own_address(),
        }
    }

    /// Where the server's own port is open, whatever stands before it.
    #[must_use]
    pub fn own_address(&self) -> String {
        format!("127.0.0.1:{}", self.settings.port)
    }

    /// The port of [`Server::own_address`].
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.settings.port
    }

    /// The folder of the objects' files: one folder per class (`limpide-Registry`, …), one SQLite file per
    /// object, named by the object's identifier.
    #[must_use]
    pub fn storage(&self) -> PathBuf {
        storage(&self.settings.folder)
    }

    /// Where the process for demo realms stores; nothing when there is none.
    #[must_use]
    pub fn demo_storage(&self) -> Option<&Path> {
        let settings = self.settings.demo.as_ref();
        let settings = settings.filter(|_| self.demo.is_some());
        settings.map(|settings| settings.storage.as_path())
    }

    /// The number of the process for demo realms, by which signals reach it; nothing when there is none.
    #[must_use]
    pub fn demo_process(&self) -> Option<u32> {
        self.demo.as_ref().map(|demo| demo.process().id())
    }

    /// Where the process for demo realms listens, behind everything; nothing when there is none.
    #[must_use]
    pub fn demo_address(&self) -> Option<String> {
        let demo = self.demo.as_ref();
        demo.map(|demo| format!("127.0.0.1:{}", demo.port()))
    }

    fn processes(&self) -> impl Iterator<Item = &Running> {
        [&self.national].into_iter().chain(&self.demo)
    }

    /// The operator's log so far, as [`operator_log::Filter`] lets it through, and after it that of the process for demo
    /// realms; empty when they go to the terminal.
    #[must_use]
    pub fn log(&self) -> String {
        self.processes().map(|of| of.log().read()).collect()
    }

    /// All that the runtime and the server wrote so far, which no operator sees; in the same order.
    #[must_use]
    pub fn output(&self) -> String {
        self.processes().map(|of| of.log().output()).collect()
    }

    /// The same without the runtime's remarks that a killed alarm had another time in its object than in its own table:
    /// it goes by the object's. And, where the clock can be moved, without answers that were late: a timer that the
    /// runtime arms again after [`Server::move_clock`] ends at the moved time.
    #[must_use]
    pub fn own_words(&self) -> String {
        const REMARK: &str = "warning: NOSENTRY SQLite alarm";
        let moved = clock_file(&self.settings.folder).exists();
        let late = ClassName::ALL.map(|class| Line::Object(Event::LateAnswer, class).to_string());
        let is_late = |line: &str| moved && late.iter().any(|late| line.contains(late));
        let output = self.output();
        let lines = output.lines();
        let lines = lines.filter(|line| !line.contains(REMARK) && !is_late(line));
        lines.collect::<Vec<_>>().join("\n")
    }

    /// Whether the current build runs, and not one that was kept.
    #[must_use]
    pub fn runs_this_build(&self) -> bool {
        self.settings.build == crate::root()
    }

    /// The listed roots, the newest first, with commas between them.
    #[must_use]
    pub fn roots(&self) -> &str {
        &self.settings.secrets.root
    }

    /// The bearer key that the issuer's door takes.
    #[must_use]
    pub fn issuer_key(&self) -> Option<&str> {
        self.settings.secrets.issuer_key.as_deref()
    }

    /// Whether one of its processes has stopped by itself, and how.
    ///
    /// # Errors
    /// When the system refuses to tell.
    pub fn stopped(&mut self) -> Result<Option<ExitStatus>> {
        if let Some(demo) = &mut self.demo
            && let Some(status) = demo.stopped()?
        {
            return Ok(Some(status));
        }
        self.national.stopped()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Nobody is left to tell: a server that cannot be killed here is already gone.
        let _ = self.kill();
        if self.disposable && !std::thread::panicking() {
            let _ = fs::remove_dir_all(&self.settings.folder);
        }
    }
}

impl Settings {
    /// As the tests start a server: the current build in real time, with [`Secrets::of_tests`], at a free port.
    #[must_use]
    pub fn of_tests(folder: PathBuf) -> Self {
        let demo = Demo {
            secrets: Secrets::of_demo_tests(),
            storage: storage(&demo_folder(&folder)),
        };
        Self {
            port: 0,
            folder,
            demo: Some(demo),
            secrets: Secrets::of_tests(),
            vars: Vec::new(),
            log: LogTo::File,
            build: crate::root(),
            clock: 0,
            front: Front::Own,
            proxied: env::var_os(PROXIED).is_some(),
        }
    }
}

impl Secrets {
    /// Fixed secrets for tests: worthless, and the same at every run so that a failure can be repeated.
    #[must_use]
    pub fn of_tests() -> Self {
        Self {
            root: Self::root_of_tests(),
            issuer_key: Some("key-of-the-tests-0123456789abcdef".to_owned()),
        }
    }

    /// Those of the process for demo realms: as fixed, and as worthless.
    #[must_use]
    pub fn of_demo_tests() -> Self {
        Self {
            root: Self::demo_root_of_tests(),
            issuer_key: None,
        }
    }

    fn root_of_tests() -> String {
        "5e".repeat(32)
    }

    /// Lists another root before those that there are.
    pub fn add_root(&mut self) {
        self.root = format!("{},{}", Self::newer_root_of_tests(), self.root);
    }

    /// Takes all roots but the newest off the list.
    pub fn drop_old_roots(&mut self) {
        if let Some(end) = self.root.find(',') {
            self.root.truncate(end);
        }
    }

    fn newer_root_of_tests() -> String {
        "7e".repeat(32)
    }

    fn demo_root_of_tests() -> String {
        "de".repeat(32)
    }

    fn environment(&self) -> Vec<(&'static str, String)> {
        let mut environment = vec![("ROOT_SECRET", self.root.clone())];
        // Everybody can read them, so a server refuses them otherwise.
        let of_tests = [
            Self::root_of_tests(),
            Self::newer_root_of_tests(),
            Self::demo_root_of_tests(),
        ];
        if self
            .root
            .split(',')
            .any(|root| of_tests.iter().any(|of| of == root))
        {
            environment.push(("ALLOW_TEST_ROOT", "1".to_owned()));
        }
        if let Some(key) = &self.issuer_key {
            let digest = Sha256::digest(key.as_bytes());
            let digest = digest.iter().map(|byte| format!("{byte:02x}")).collect();
            environment.push(("ISSUER_KEY_SHA256", digest));
        }
        environment
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets(..)")
    }
}

/// A name for a folder in the system's own for what passes; nothing is there yet.
///
/// # Errors
/// When what an earlier program of the same number left there cannot be removed.
pub fn new_folder() -> Result<PathBuf> {
    static NAMED: AtomicU32 = AtomicU32::new(0);
    let number = NAMED.fetch_add(1, Ordering::Relaxed);
    let folder = env::temp_dir().join(format!("limpide-{}-{number}", process::id()));
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    Ok(folder)
}

/// What runs.
struct Roles {
    national: Manifest,
    /// Nothing when there is no process for demo realms: none is wanted, or the build has none.
    demo: Option<Manifest>,
}

fn roles(settings: &Settings) -> Result<Roles> {
    let two = match &settings.demo {
        Some(_) => Manifest::read_roles(&settings.build)?,
        None => None,
    };
    let (national, demo) = match two {
        Some((national, demo)) => (national, Some(demo)),
        None => (Manifest::read(&settings.build)?, None),
    };
    Ok(Roles {
        national: checked(settings, &settings.build, national)?,
        demo,
    })
}

/// How the national realm's process is started.
fn command(
    settings: &Settings,
    roles: &Roles,
    asleep: Option<&str>,
    demo: Option<&Running>,
) -> Result<Command> {
    let front = match &settings.front {
        Front::Own => capnp::Front::Own,
        Front::Of(build) => capnp::Front::Build(checked(settings, build, Manifest::read(build)?)?),
        Front::Module(script) => capnp::Front::Module(script.clone()),
    };
    let mut vars = roles.national.vars.clone();
    for (name, value) in &settings.vars {
        vars.retain(|(known, _)| known != name);
        vars.push((name.clone(), value.clone()));
    }
    let others = roles.demo.iter().zip(demo);
    let others: Vec<_> = others
        .map(|(manifest, running)| {
            let address = format!("127.0.0.1:{}", running.port());
            (manifest.name.clone(), address)
        })
        .collect();
    let storage = storage(&settings.folder);
    let address = format!("127.0.0.1:{}", settings.port);
    let environment = settings.secrets.environment();
    let secrets: Vec<&str> = environment.iter().map(|(name, _)| *name).collect();
    let config = capnp::config(&capnp::Parts {
        manifest: &roles.national,
        front: &front,
        secrets: &secrets,
        vars: &vars,
        address: &address,
        storage: &storage,
        is_national: true,
        others: &others,
        asleep,
    });
    fs::create_dir_all(&storage).with_context(|| storage.display().to_string())?;
    configured(settings, &settings.folder, &config, environment)
}

/// How that of demo realms is started.
fn command_of_demo(
    settings: &Settings,
    demo: &Demo,
    manifest: &Manifest,
    asleep: Option<&str>,
    port: u16,
) -> Result<Command> {
    let environment = demo.secrets.environment();
    let secrets: Vec<&str> = environment.iter().map(|(name, _)| *name).collect();
    let config = capnp::config(&capnp::Parts {
        manifest,
        front: &capnp::Front::Own,
        secrets: &secrets,
        vars: &manifest.vars,
        address: &format!("127.0.0.1:{port}"),
        storage: &demo.storage,
        is_national: false,
        others: &[],
        // Where this class has objects.
        asleep: asleep.filter(|class| manifest.objects.iter().any(|of| of.class == **class)),
    });
    let folder = demo_folder(&settings.folder);
    for made in [&demo.storage, &folder] {
        fs::create_dir_all(made).with_context(|| made.display().to_string())?;
    }
    configured(settings, &folder, &config, environment)
}

/// How the runtime is started with this configuration, which is written into this folder.
fn configured(
    settings: &Settings,
    folder: &Path,
    text: &str,
    environment: Vec<(&'static str, String)>,
) -> Result<Command> {
    let config = folder.join("server.capnp");
    fs::write(&config, text)?;
    let mut command = Command::new(runtime()?);
    // Absolute paths in the configuration are found from the file system's root.
    command.args(["serve", "--import-path=/", "--control-fd=0"]);
    command.arg(&config).env_clear().envs(environment);
    // It reads nothing, and says there which port it took: nobody else can take that one meanwhile.
    command.stdin(File::create(listening(folder))?);
    let file = clock_file(&settings.folder);
    if settings.clock != 0 || file.exists() {
        set_clock(&settings.folder, settings.clock)?;
        command.env("LD_PRELOAD", clock(&settings.folder)?);
        command.env("CLOCK_FILE", file);
    }
    Ok(command)
}

/// The shape of a build, all of which is there. Kept releases have no page.
fn checked(settings: &Settings, build: &Path, mut manifest: Manifest) -> Result<Manifest> {
    if build != crate::root() {
        manifest.assets = settings.folder.join("no-page");
        fs::create_dir_all(&manifest.assets)?;
    }
    for (built, what) in [
        (&manifest.main, "the worker"),
        (&manifest.assets, "the page"),
    ] {
        if !built.exists() {
            bail!("{what} is not built: run `cargo xtask sizes`");
        }
    }
    Ok(manifest)
}

/// The clock that can be moved, compiled for this server.
fn clock(folder: &Path) -> Result<PathBuf> {
    let (source, library) = (folder.join("clock.c"), folder.join("clock.so"));
    if !library.exists() {
        fs::write(&source, include_str!("clock.c"))?;
        let mut compile = Command::new(env::var_os("CC").unwrap_or_else(|| "cc".into()));
        compile.args(["-shared", "-fPIC", "-O2", "-o"]);
        let status = compile.arg(&library).arg(&source).status();
        let status = status.context("a C compiler is needed to move the server's clock")?;
        if !status.success() {
            bail!("the C compiler failed ({status})");
        }
    }
    Ok(library)
}

/// Holds how far the server's clock is from the real one, in seconds: eight bytes, which the server has mapped.
fn clock_file(folder: &Path) -> PathBuf {
    folder.join("clock")
}

/// The file is not made anew, so that a running server sees the change.
fn set_clock(folder: &Path, seconds: i64) -> Result<()> {
    fs::create_dir_all(folder)?;
    let mut options = File::options();
    options.write(true).create(true).truncate(false);
    let mut file = options.open(clock_file(folder))?;
    Ok(file.write_all(&seconds.to_ne_bytes())?)
}

/// The runtime's program sits in the package of the platform, whose name differs by system.
///
/// # Errors
/// When it is not installed.
pub fn runtime() -> Result<PathBuf> {
    let packages = crate::node_modules().join("@cloudflare");
    let found = fs::read_dir(&packages)
        .into_iter()
        .flatten()
        .flatten()
        .find_map(|package| {
            let program = package.path().join("bin/workerd");
            program.is_file().then_some(program)
        });
    found.context("the runtime `workerd` is not installed: run `npm ci`")
}

/// Where a server of this folder stores, see [`Server::storage`].
#[must_use]
pub fn storage(folder: &Path) -> PathBuf {
    folder.join("storage")
}

/// What belongs to the process for demo realms of a server with this folder.
fn demo_folder(folder: &Path) -> PathBuf {
    folder.join("demo")
}
