//! A sealed memory file in, its words as atomics out: the only `unsafe` of this crate.
//!
//! Other processes write to the memory at any time. So it is never seen as plain memory, only as atomics, whose values may change
//! at any time and which every access reads or writes once.
#![allow(unsafe_code, reason = "mapping memory and seeing it as atomics; see the invariants beside each block")]

use std::os::fd::AsFd;
use std::ptr::NonNull;
use std::sync::atomic::AtomicU64;

use rustix::mm::{MapFlags, ProtFlags, mmap, munmap};

use crate::LinkError;

/// Memory that is shared with another process, unmapped when dropped.
pub(super) struct Map {
    words: NonNull<AtomicU64>,
    len: usize,
}

// SAFETY: the memory is not bound to a thread, and is only accessed through atomics.
unsafe impl Send for Map {}

impl Map {
    /// Maps the first `len` words of a file that has as many and is sealed against shrinking: the callers check both, so no
    /// access faults.
    ///
    /// # Errors
    /// If the system does not map it.
    pub(super) fn new(file: impl AsFd, len: usize) -> Result<Self, LinkError> {
        let access = ProtFlags::READ | ProtFlags::WRITE;
        // SAFETY: no address is asked for, so nothing that is mapped already is replaced; whatever other processes do to the
        // contents, this one only sees them as atomics.
        let start = unsafe { mmap(std::ptr::null_mut(), len * 8, access, MapFlags::SHARED, file, 0) }?;
        let words = NonNull::new(start.cast()).ok_or(LinkError::Shared("it cannot be mapped"))?;
        Ok(Self { words, len })
    }

    /// The words.
    pub(super) fn words(&self) -> &[AtomicU64] {
        // SAFETY: `words` points to `len` mapped words, page-aligned and so aligned for a word, zero or written by atomics; they stay
        // mapped as long as `self` lives, and every bit pattern is a valid `AtomicU64`.
        unsafe { std::slice::from_raw_parts(self.words.as_ptr(), self.len) }
    }
}

impl Drop for Map {
    fn drop(&mut self) {
        // SAFETY: exactly what `new` has mapped, and no slice of it outlives `self`.
        let unmapped = unsafe { munmap(self.words.as_ptr().cast(), self.len * 8) };
        debug_assert!(unmapped.is_ok(), "what was mapped can be unmapped");
    }
}
