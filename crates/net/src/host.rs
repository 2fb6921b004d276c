//! The running kernel and this process's user in, a tag that only processes of the same user on the same running kernel share out.
//!
//! Two parties compare tags under TLS, each other's keys proven, before they agree to speak in the clear. The tag covers the
//! kernel's boot id, the user and the user namespace, so equal user numbers of two containers are not taken for one user.

use crate::LinkError;

/// A tag.
pub(crate) type HostTag = [u8; 32];

/// The tag of this process.
///
/// # Errors
/// [`LinkError::Elsewhere`] if the system does not tell what makes a host the same.
#[cfg(target_os = "linux")]
pub(crate) fn host_tag() -> Result<HostTag, LinkError> {
    let unknown = |_| LinkError::Elsewhere("this system does not tell which host and user this is");
    let boot = std::fs::read("/proc/sys/kernel/random/boot_id").map_err(unknown)?;
    let users = std::fs::read_link("/proc/self/ns/user").map_err(unknown)?;
    let mut hash = blake3::Hasher::new_derive_key("stoffel 2 same host and user");
    hash.update(&rustix::process::geteuid().as_raw().to_le_bytes());
    hash.update(&(boot.len() as u64).to_le_bytes());
    hash.update(&boot);
    hash.update(users.as_os_str().as_encoded_bytes());
    Ok(*hash.finalize().as_bytes())
}

/// See above: elsewhere no host is known to be the same.
#[cfg(not(target_os = "linux"))]
pub(crate) fn host_tag() -> Result<HostTag, LinkError> {
    Err(LinkError::Elsewhere("this system does not tell which host and user this is"))
}
