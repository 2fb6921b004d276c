//! Links that may have news in, a return as soon as one has or the deadline passes out.
//!
//! Links with a descriptor are polled: first for a short while without sleeping, because a peer's answer usually comes
//! within tens of microseconds and a sleeping thread is woken later than that, then with poll(2).

use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::{Link, LinkError};

/// How long to look for news before sleeping.
const SPIN: Duration = Duration::from_micros(80);

/// Waits until one of the links may have news (a frame, room for what waits, an end) or the deadline passes.
///
/// Links of one process and links with descriptors are not mixed in one call.
///
/// # Errors
/// If polling itself fails.
pub fn wait_any(links: &mut [&mut dyn Link], deadline: Instant) -> Result<(), LinkError> {
    if let Some(link) = links.iter_mut().find(|link| link.fd().is_none()) {
        link.wait(deadline);
        return Ok(());
    }
    let mut fds: Vec<PollFd<'_>> = links
        .iter()
        .filter_map(|link| {
            let write = if link.has_pending() { PollFlags::OUT } else { PollFlags::empty() };
            link.fd().map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN | write))
        })
        .collect();
    wait_fds(&mut fds, deadline, SPIN)
}

/// Waits for any of the descriptors; `Ok` in any case, also when the deadline has passed.
pub(crate) fn wait_fds(fds: &mut [PollFd<'_>], deadline: Instant, spin: Duration) -> Result<(), LinkError> {
    let spin_end = Instant::now() + spin;
    loop {
        let now = Instant::now();
        let timeout = if now < spin_end { Duration::ZERO } else { deadline.saturating_duration_since(now) };
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
        rustix::thread::sched_yield();
    }
}
