//! What belongs to this copy of the repository alone: `.limpide/`, never committed.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use harness::Secrets;

/// Everything that a run leaves behind; may be deleted at any time, at the price of making it again.
pub(crate) fn folder() -> PathBuf {
    harness::root().join(".limpide")
}

/// The development server's secrets, drawn on first use.
pub(crate) fn secrets() -> Result<Secrets> {
    Ok(Secrets {
        root: secret("root-secret")?,
        issuer_key: Some(secret("operator-key")?),
    })
}

/// Those of its process for demo realms: a root of their own, and no operator.
pub(crate) fn demo_secrets() -> Result<Secrets> {
    Ok(Secrets {
        root: secret("demo-root-secret")?,
        issuer_key: None,
    })
}

/// A folder for what demo realms store, which goes with this value: in memory where the system has a file system there.
pub(crate) struct DemoStorage {
    pub(crate) folder: PathBuf,
    /// Whether it is in memory.
    pub(crate) is_in_memory: bool,
}

impl DemoStorage {
    /// Makes it. One that was left behind, since somebody killed the run before, is removed first.
    pub(crate) fn new() -> Result<Self> {
        const MEMORY: &str = "/dev/shm";
        let noted = folder().join("demo-storage");
        if let Ok(left) = fs::read_to_string(&noted) {
            remove(Path::new(&left))?;
        }
        let name = format!("limpide-demo-{}", draw()?);
        let in_memory = Path::new(MEMORY).join(&name);
        let (folder, is_in_memory) = match make_private(&in_memory) {
            Ok(()) => (in_memory, true),
            Err(_) => (folder().join("demo/storage"), false),
        };
        write_private(&noted, &folder.to_string_lossy())?;
        Ok(Self {
            folder,
            is_in_memory,
        })
    }
}

impl Drop for DemoStorage {
    fn drop(&mut self) {
        // What stays is removed at the next start.
        let _ = remove(&self.folder);
    }
}

fn remove(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| folder.display().to_string())?;
    }
    Ok(())
}

/// Makes a folder that only its owner reads; nobody has made one of this name before.
fn make_private(folder: &Path) -> std::io::Result<()> {
    #[cfg_attr(not(unix), expect(unused_mut))]
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Notes where the development server answers, for `cargo xtask code`.
pub(crate) fn note_url(url: &str) -> Result<()> {
    write_private(&folder().join("dev/url"), url)
}

/// Where the development server answers, or last did.
pub(crate) fn url() -> Result<String> {
    let noted = fs::read_to_string(folder().join("dev/url"));
    noted
        .ok()
        .context("no server was started here yet: run `cargo xtask up` in another terminal")
}

fn secret(name: &str) -> Result<String> {
    let path = folder().join("dev").join(name);
    if let Ok(secret) = fs::read_to_string(&path) {
        return Ok(secret.trim().to_owned());
    }
    let secret = draw()?;
    write_private(&path, &secret)?;
    Ok(secret)
}

/// Thirty-two random bytes in hexadecimal.
fn draw() -> Result<String> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| anyhow!("no randomness: {error}"))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Writes a file that only its owner reads.
fn write_private(path: &Path, content: &str) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options
        .open(path)
        .with_context(|| path.display().to_string())?;
    Ok(file.write_all(content.as_bytes())?)
}
