//! Key files of parties and clients: made once, readable by their owner only.

use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use stoffel_net::Identity;

use crate::error::Error;

/// Makes a new key in a file that must not exist yet; its fingerprint comes back.
///
/// # Errors
/// If the file exists or cannot be written.
pub fn create(file: &Path) -> Result<String, Error> {
    let identity = generate()?;
    write(file, &identity)?;
    Ok(identity.fingerprint().to_string())
}

/// The fingerprint of the key in a file.
///
/// # Errors
/// If the file cannot be read or holds no key.
pub fn fingerprint(file: &Path) -> Result<String, Error> {
    Ok(load(file)?.fingerprint().to_string())
}

/// Reads a key file.
pub(crate) fn load(file: &Path) -> Result<Identity, Error> {
    let text = zeroize::Zeroizing::new(fs::read_to_string(file).map_err(|error| Error::read(file, error))?);
    Identity::from_pem(&text).map_err(|error| Error::Usage(format!("{}: {error}", file.display())))
}

/// A fresh key.
pub(crate) fn generate() -> Result<Identity, Error> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    Identity::generate(now).map_err(|error| Error::Usage(error.to_string()))
}

/// Writes a key to a new file with mode 0600.
pub(crate) fn write(file: &Path, identity: &Identity) -> Result<(), Error> {
    let failed = |error| Error::write(file, error);
    let mut out = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file).map_err(failed)?;
    out.write_all(identity.to_pem().as_bytes()).map_err(failed)
}
