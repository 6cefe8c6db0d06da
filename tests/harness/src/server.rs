//! One running server.

use std::fs::{self, File};
use std::io::{Write, stderr};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};
use std::{env, fmt, process};

use anyhow::{Context, Result, bail};
use operator_log::{FilteredOutput, Process};
use sha2::{Digest, Sha256};

use crate::log::Log;
use crate::proxy::{Limits, Proxy};
use crate::{Manifest, capnp};

/// How long a server may take until its first answer, on a machine that compiles meanwhile.
const PATIENCE: Duration = Duration::from_secs(90);

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
    process: Process,
    proxy: Option<Proxy>,
    log: Log,
    /// Writes the log to the terminal.
    terminal: Option<FilteredOutput>,
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
        let log = Log::of(&settings.folder);
        let (process, terminal) = spawn(&settings, asleep, &log)?;
        let mut server = Self {
            process,
            proxy: None,
            log,
            terminal,
            settings,
            disposable,
            asleep: asleep.map(str::to_owned),
        };
        server.wait_until_listening()?;
        server.wait_until_answering()?;
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
        self.process.kill()?;
        self.log.end();
        if let Some(terminal) = self.terminal.take() {
            terminal.finish(None);
        }
        Ok(())
    }

    /// Starts it again at the same address with the same storage. A server still running is killed first.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub fn restart(&mut self) -> Result<()> {
        self.start_again()?;
        self.wait_until_answering()
    }

    /// Back once its port is open.
    fn start_again(&mut self) -> Result<()> {
        self.kill()?;
        (self.process, self.terminal) = spawn(&self.settings, self.asleep.as_deref(), &self.log)?;
        self.wait_until_listening()
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
        Ok(self.process.processor_time()?)
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

    /// The operator's log so far, as [`operator_log::Filter`] lets it through; empty when it goes to the terminal.
    #[must_use]
    pub fn log(&self) -> String {
        self.log.read()
    }

    /// All that the runtime and the server wrote so far, which no operator sees.
    #[must_use]
    pub fn output(&self) -> String {
        self.log.output()
    }

    /// The same without the runtime's remarks that a killed alarm had another time in its object than in its own table:
    /// it goes by the object's.
    #[must_use]
    pub fn own_words(&self) -> String {
        const REMARK: &str = "warning: NOSENTRY SQLite alarm";
        let output = self.output();
        let lines = output.lines().filter(|line| !line.contains(REMARK));
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

    /// Whether it has stopped by itself, and how.
    ///
    /// # Errors
    /// When the system refuses to tell.
    pub fn stopped(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.process.ended()?)
    }

    /// Waits until it says which port it took.
    fn wait_until_listening(&mut self) -> Result<()> {
        let begun = Instant::now();
        loop {
            let told = fs::read_to_string(listening(&self.settings.folder))?;
            if let Some(port) = port(&told) {
                self.settings.port = port;
                return Ok(());
            }
            self.has_not_stopped()?;
            if begun.elapsed() > PATIENCE {
                bail!("the server does not listen\n{}", self.output());
            }
            sleep(Duration::from_millis(5));
        }
    }

    fn has_not_stopped(&mut self) -> Result<()> {
        if let Some(status) = self.stopped()? {
            bail!("the server stopped at once ({status})\n{}", self.output());
        }
        Ok(())
    }

    fn wait_until_answering(&mut self) -> Result<()> {
        let begun = Instant::now();
        let url = format!("http://{}/", self.own_address());
        loop {
            self.has_not_stopped()?;
            match minreq::get(&url).with_timeout(5).send() {
                Ok(_) => return Ok(()),
                Err(error) if begun.elapsed() > PATIENCE => {
                    bail!(
                        "the server does not answer at {url} ({error})\n{}",
                        self.output()
                    )
                }
                Err(_) => sleep(Duration::from_millis(20)),
            }
        }
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
        Self {
            port: 0,
            folder,
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

    fn environment(&self) -> Vec<(&'static str, String)> {
        let mut environment = vec![("ROOT_SECRET", self.root.clone())];
        // Everybody can read them, so a server refuses them otherwise.
        let of_tests = [Self::root_of_tests(), Self::newer_root_of_tests()];
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

fn spawn(
    settings: &Settings,
    asleep: Option<&str>,
    log: &Log,
) -> Result<(Process, Option<FilteredOutput>)> {
    let manifest = manifest(settings, &settings.build)?;
    let front = match &settings.front {
        Front::Own => capnp::Front::Own,
        Front::Of(build) => capnp::Front::Build(self::manifest(settings, build)?),
        Front::Module(script) => capnp::Front::Module(script.clone()),
    };
    let program = runtime()?;
    let storage = storage(&settings.folder);
    fs::create_dir_all(&storage).with_context(|| storage.display().to_string())?;

    let environment = settings.secrets.environment();
    let secrets: Vec<&str> = environment.iter().map(|(name, _)| *name).collect();
    let mut vars = manifest.vars.clone();
    for (name, value) in &settings.vars {
        vars.retain(|(known, _)| known != name);
        vars.push((name.clone(), value.clone()));
    }
    let address = format!("127.0.0.1:{}", settings.port);
    let config = settings.folder.join("server.capnp");
    fs::write(
        &config,
        capnp::config(&capnp::Parts {
            manifest: &manifest,
            front: &front,
            secrets: &secrets,
            vars: &vars,
            address: &address,
            storage: &storage,
            asleep,
        }),
    )?;

    let mut command = Command::new(program);
    // Absolute paths in the configuration are found from the file system's root.
    command.args(["serve", "--import-path=/", "--control-fd=0"]);
    command.arg(&config).env_clear().envs(environment);
    // It reads nothing, and says there which port it took: nobody else can take that one meanwhile.
    command.stdin(File::create(listening(&settings.folder))?);
    let file = clock_file(&settings.folder);
    if settings.clock != 0 || file.exists() {
        set_clock(&settings.folder, settings.clock)?;
        command.env("LD_PRELOAD", clock(&settings.folder)?);
        command.env("CLOCK_FILE", file);
    }
    match settings.log {
        LogTo::File => {
            let output = log.output_file()?;
            command.stdout(output.try_clone()?).stderr(output);
        }
        LogTo::Terminal => {
            command.stdout(Stdio::piped()).stderr(Stdio::piped());
        }
        LogTo::TerminalUnfiltered => {}
    }
    let started = Process::start(&mut command);
    let mut process =
        started.with_context(|| format!("{} does not start", command.get_program().display()))?;
    let output = process.take_output();
    let terminal = output.map(|(output, errors)| FilteredOutput::start(output, errors, stderr()));
    Ok((process, terminal))
}

/// The shape of a build. Kept releases have no page.
fn manifest(settings: &Settings, build: &Path) -> Result<Manifest> {
    let mut manifest = Manifest::read(build)?;
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

/// `{"event":"listen","socket":"http","port":8787}`: the number, once the line is whole.
fn port(told: &str) -> Option<u16> {
    let (_, port) = told.split_once("\"port\":")?;
    port.split_once('}')?.0.trim().parse().ok()
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

fn listening(folder: &Path) -> PathBuf {
    folder.join("listening.json")
}
