//! The reference proxy before a server: `docs/host/nginx.conf`, with other ports, paths and limits.

use std::env;
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use operator_log::Process;

/// The name that the reference configuration serves, and the certificate is for.
pub const NAME: &str = "limpide.example";

/// Longest that it may take until it listens.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running nginx, which ends with this value.
#[derive(Debug)]
pub struct Proxy {
    // Held for its end.
    _process: Process,
    folder: PathBuf,
    port: u16,
    tls_port: u16,
}

/// The limits of the reference configuration, or none that tests would meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limits {
    /// As they are written.
    Reference,
    /// A thousand times as high: the tests all come from one address.
    High,
}

impl Proxy {
    /// Starts it in this folder, which it makes, before the server on this port of 127.0.0.1.
    ///
    /// # Errors
    /// When nginx or openssl is not installed, when the reference configuration has other lines than expected, or when it
    /// does not listen in time.
    pub fn start(folder: &Path, server: u16, limits: Limits) -> Result<Self> {
        let temporary = folder.join("bodies");
        fs::create_dir_all(&temporary)?;
        let (port, tls_port) = (free_port()?, free_port()?);
        let reference = crate::root().join("docs/host/nginx.conf");
        let text =
            fs::read_to_string(&reference).with_context(|| reference.display().to_string())?;
        make_certificate(folder)?;
        let here = |name: &str| folder.join(name).display().to_string();
        let mut changes = vec![
            ("user www-data;\n", String::new()),
            ("pid /run/nginx.pid;", format!("pid {};", here("nginx.pid"))),
            (
                "error_log /var/log/nginx/error.log warn;",
                format!("error_log {} warn;", here("nginx.log")),
            ),
            ("worker_processes auto;", "worker_processes 1;".to_owned()),
            ("/var/lib/nginx/body;", format!("{};", temporary.display())),
            (
                "server 127.0.0.1:8787;",
                format!("server 127.0.0.1:{server};"),
            ),
            (
                "listen 443 ssl http2 default_server;",
                format!("listen 127.0.0.1:{tls_port} ssl http2 default_server;"),
            ),
            (
                "listen 80 default_server;",
                format!("listen 127.0.0.1:{};", free_port()?),
            ),
            // Most clients of the tests speak no TLS.
            (
                "listen 443 ssl http2;",
                format!("listen 127.0.0.1:{tls_port} ssl http2; listen 127.0.0.1:{port};"),
            ),
            (
                "/etc/letsencrypt/live/limpide.example/fullchain.pem;",
                format!("{};", here("certificate.pem")),
            ),
            (
                "/etc/letsencrypt/live/limpide.example/privkey.pem;",
                format!("{};", here("key.pem")),
            ),
        ];
        if limits == Limits::High {
            changes.push(("rate=20r/s;", "rate=20000r/s;".to_owned()));
            changes.push((
                "limit_conn connections 100;",
                "limit_conn connections 2000;".to_owned(),
            ));
        }
        let mut text = text;
        for (line, other) in changes {
            if text.matches(line).count() != 1 {
                bail!("{} does not say `{line}` once", reference.display());
            }
            text = text.replace(line, &other);
        }
        let config = folder.join("nginx.conf");
        fs::write(&config, text)?;
        let mut command = Command::new(program().context("nginx is not installed")?);
        command
            .args(["-g", "daemon off; master_process off;", "-c"])
            .arg(&config);
        // Until it has read where its own log is, nginx says what it has to say here.
        command.args(["-e".as_ref(), folder.join("nginx.log").as_os_str()]);
        command.stdin(Stdio::null()).stderr(Stdio::null());
        let mut process = Process::start(&mut command)?;
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if process.ended()?.is_some() || begun.elapsed() > PATIENCE {
                let said = fs::read_to_string(folder.join("nginx.log")).unwrap_or_default();
                bail!("nginx does not listen\n{said}");
            }
            sleep(Duration::from_millis(10));
        }
        Ok(Self {
            _process: process,
            folder: folder.to_owned(),
            port,
            tls_port,
        })
    }

    /// Where it takes plain HTTP, for the tests.
    #[must_use]
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Where it takes HTTP/1.1 and HTTP/2 under TLS, by the name [`NAME`].
    #[must_use]
    pub const fn tls_port(&self) -> u16 {
        self.tls_port
    }

    /// The certificate, signed by itself.
    #[must_use]
    pub fn certificate(&self) -> PathBuf {
        self.folder.join("certificate.pem")
    }

    /// Everything that it may write: its own log, and bodies that are too large for its memory.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

/// Whether the proxy can be started here: nginx and openssl are installed.
#[must_use]
pub fn has_proxy() -> bool {
    program().is_some() && found("openssl").is_some()
}

/// Debian keeps it where a user's search path may not lead.
fn program() -> Option<PathBuf> {
    found("nginx").or_else(|| Some(PathBuf::from("/usr/sbin/nginx")).filter(|path| path.is_file()))
}

fn found(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let mut folders = env::split_paths(&path);
    folders.find_map(|folder| Some(folder.join(program)).filter(|path| path.is_file()))
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

fn make_certificate(folder: &Path) -> Result<()> {
    let mut openssl = Command::new("openssl");
    openssl.args([
        "req",
        "-x509",
        "-nodes",
        "-days",
        "2",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
    ]);
    openssl.args([
        "-subj",
        &format!("/CN={NAME}"),
        "-addext",
        &format!("subjectAltName=DNS:{NAME}"),
    ]);
    openssl
        .arg("-keyout")
        .arg(folder.join("key.pem"))
        .arg("-out")
        .arg(folder.join("certificate.pem"));
    let status = openssl
        .stderr(Stdio::null())
        .status()
        .context("openssl is not installed")?;
    if !status.success() {
        bail!("openssl failed ({status})");
    }
    Ok(())
}
