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
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| anyhow!("no randomness: {error}"))?;
    let secret: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    write_private(&path, &secret)?;
    Ok(secret)
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
