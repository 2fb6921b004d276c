//! A wish to stop in, a flag that every wait of this process looks at out.

use std::sync::atomic::{AtomicBool, Ordering};

static REQUESTED: AtomicBool = AtomicBool::new(false);

/// Asks runs of this process that wait for other processes to end them and stop.
pub fn request() {
    REQUESTED.store(true, Ordering::SeqCst);
}

/// Whether somebody has asked.
pub(crate) fn requested() -> bool {
    REQUESTED.load(Ordering::SeqCst)
}

/// The flag itself.
pub(crate) fn flag() -> &'static AtomicBool {
    &REQUESTED
}
