//! A folder for one run in the system's temporary place, private, gone when dropped.

use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;

use stoffel_runtime::local;

use crate::error::Error;

/// The folder; dropping it removes everything in it, keys included.
pub(super) struct Folder {
    path: PathBuf,
}

impl Folder {
    /// A new folder that only this user can enter.
    ///
    /// # Errors
    /// If it cannot be made.
    pub(super) fn fresh() -> Result<Self, Error> {
        let name: [u8; 8] = local::fresh().map_err(|error| Error::from_session(&error))?;
        let path = std::env::temp_dir().join(format!("stoffel-{}", crate::hex(&name)));
        DirBuilder::new().mode(0o700).create(&path).map_err(|error| Error::write(&path, error))?;
        Ok(Self { path })
    }

    /// A folder in it.
    ///
    /// # Errors
    /// If it cannot be made.
    pub(super) fn make(&self, name: &str) -> Result<PathBuf, Error> {
        let path = self.path.join(name);
        DirBuilder::new().mode(0o700).create(&path).map_err(|error| Error::write(&path, error))?;
        Ok(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Nothing can be done about a folder that cannot be removed; the system cleans its temporary place.
        let _ = fs::remove_dir_all(&self.path);
    }
}
