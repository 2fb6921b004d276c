//! Links that may have news in, a return as soon as one has or the deadline passes out.
//!
//! Links with a descriptor are polled, after each was told that this side is about to sleep. Looking for news for a short while
//! without sleeping is the caller's: it knows which link it waits for, and reads at once.

use std::time::Instant;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::{Link, LinkError};

/// Waits until one of the links may have news (a frame, room for what waits, an end) or the deadline passes.
///
/// Links of one process and links with descriptors are not mixed in one call.
///
/// # Errors
/// If polling itself fails.
pub fn wait_any(links: &mut [&mut dyn Link], deadline: Instant) -> Result<(), LinkError> {
    let deadline = links.iter().filter_map(|link| link.due()).fold(deadline, Instant::min);
    if let Some(link) = links.iter_mut().find(|link| link.fd().is_none()) {
        link.wait(deadline);
        return Ok(());
    }
    if links.iter_mut().fold(false, |news, link| news | link.doze()) {
        return Ok(());
    }
    let mut fds: Vec<PollFd<'_>> = links.iter().filter_map(|link| poll_fd_of(&**link)).collect();
    wait_fds(&mut fds, deadline)
}

/// What to poll for a link that has a descriptor.
pub(crate) fn poll_fd_of(link: &dyn Link) -> Option<PollFd<'_>> {
    let write = if link.polls_writes() { PollFlags::OUT } else { PollFlags::empty() };
    link.fd().map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN | write))
}

/// Waits for any of the descriptors; `Ok` in any case, also when the deadline has passed.
pub(crate) fn wait_fds(fds: &mut [PollFd<'_>], deadline: Instant) -> Result<(), LinkError> {
    loop {
        let timeout = deadline.saturating_duration_since(Instant::now());
        let spec = Timespec { tv_sec: timeout.as_secs() as i64, tv_nsec: i64::from(timeout.subsec_nanos()) };
        match poll(fds, Some(&spec)) {
            Ok(0) => {}
            Ok(_) => return Ok(()),
            Err(rustix::io::Errno::INTR) => return Ok(()),
            Err(error) => return Err(LinkError::Io(error.into())),
        }
        if Instant::now() >= deadline {
            return Ok(());
        }
    }
}
