//! Two or more places in one process in, links between them out: bounded queues, no copies beyond one per frame.
//!
//! The links that [`mesh`] gives to one party share one bell, so waiting on any of them wakes for all.

use std::collections::VecDeque;
use std::os::fd::BorrowedFd;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::{Link, LinkError};

/// How long a waiting link lets others run before it sleeps.
const SPIN: Duration = Duration::from_micros(50);

/// Bounds of an in-memory link.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Most bytes of one frame.
    pub frame_bytes_max: u32,
    /// Most frames in flight one way; more wait at the sender.
    pub queue_frames_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { frame_bytes_max: u32::MAX, queue_frames_max: 64 }
    }
}

/// One end of an in-memory connection.
pub struct MemoryLink {
    limits: Limits,
    to_peer: Arc<Queue>,
    from_peer: Arc<Queue>,
    /// Frames that the full queue did not take.
    pending: VecDeque<Vec<u8>>,
    /// Rings seen by [`Link::wait`].
    heard: u64,
}

/// Two connected ends, in one thread or in two.
#[must_use]
pub fn pair(limits: Limits) -> (MemoryLink, MemoryLink) {
    connect(limits, &Arc::new(Bell::default()), &Arc::new(Bell::default()))
}

/// Links between all of `n` parties: `mesh[i][j]` is party i's link to party j, `None` for itself.
#[must_use]
pub fn mesh(n: usize, limits: Limits) -> Vec<Vec<Option<MemoryLink>>> {
    let bells: Vec<Arc<Bell>> = (0..n).map(|_| Arc::default()).collect();
    let mut out: Vec<Vec<Option<MemoryLink>>> = (0..n).map(|_| (0..n).map(|_| None).collect()).collect();
    for low in 0..n {
        for high in low + 1..n {
            let (a, b) = connect(limits, &bells[low], &bells[high]);
            out[low][high] = Some(a);
            out[high][low] = Some(b);
        }
    }
    out
}

fn connect(limits: Limits, bell_a: &Arc<Bell>, bell_b: &Arc<Bell>) -> (MemoryLink, MemoryLink) {
    let to_a = Arc::new(Queue::new(bell_a, bell_b));
    let to_b = Arc::new(Queue::new(bell_b, bell_a));
    let end = |to_peer: &Arc<Queue>, from_peer: &Arc<Queue>| MemoryLink {
        limits,
        to_peer: Arc::clone(to_peer),
        from_peer: Arc::clone(from_peer),
        pending: VecDeque::new(),
        heard: 0,
    };
    (end(&to_b, &to_a), end(&to_a, &to_b))
}

/// Counts events and wakes who sleeps on them.
#[derive(Default)]
struct Bell {
    rings: Mutex<u64>,
    changed: Condvar,
}

impl Bell {
    fn ring(&self) {
        *lock(&self.rings) += 1;
        self.changed.notify_all();
    }
}

/// Frames one way.
struct Queue {
    state: Mutex<State>,
    /// Rung when frames arrive.
    reader: Arc<Bell>,
    /// Rung when room is made.
    writer: Arc<Bell>,
}

#[derive(Default)]
struct State {
    frames: VecDeque<Vec<u8>>,
    closed: Option<Farewell>,
}

#[derive(Clone, Copy)]
enum Farewell {
    Closed,
    Dropped,
}

impl Queue {
    fn new(reader: &Arc<Bell>, writer: &Arc<Bell>) -> Self {
        Self { state: Mutex::default(), reader: Arc::clone(reader), writer: Arc::clone(writer) }
    }

    fn finish(&self, how: Farewell) {
        lock(&self.state).closed.get_or_insert(how);
        self.reader.ring();
    }
}

/// A panic elsewhere leaves queues of whole frames, so their state is good even then.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Link for MemoryLink {
    fn send(&mut self, frame: &[u8]) -> Result<(), LinkError> {
        self.send_vec(frame.to_vec())
    }

    fn send_vec(&mut self, frame: Vec<u8>) -> Result<(), LinkError> {
        let bound = u64::from(self.limits.frame_bytes_max);
        if frame.len() as u64 > bound {
            return Err(LinkError::Oversize { bytes: frame.len() as u64, bound });
        }
        self.pending.push_back(frame);
        self.flush()
    }

    fn try_recv(&mut self) -> Result<Option<Vec<u8>>, LinkError> {
        let mut state = lock(&self.from_peer.state);
        if let Some(frame) = state.frames.pop_front() {
            let was_full = state.frames.len() + 1 >= self.limits.queue_frames_max;
            drop(state);
            if was_full {
                self.from_peer.writer.ring();
            }
            return Ok(Some(frame));
        }
        match state.closed {
            None => Ok(None),
            Some(Farewell::Closed) => Err(LinkError::Closed),
            Some(Farewell::Dropped) => Err(LinkError::Truncated),
        }
    }

    fn has_pending(&self) -> bool {
        !self.pending.is_empty()
    }

    fn flush(&mut self) -> Result<(), LinkError> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let mut state = lock(&self.to_peer.state);
        let mut moved = false;
        while state.frames.len() < self.limits.queue_frames_max {
            let Some(frame) = self.pending.pop_front() else { break };
            state.frames.push_back(frame);
            moved = true;
        }
        drop(state);
        if moved {
            self.to_peer.reader.ring();
        }
        let waiting = self.pending.len();
        if waiting > self.limits.queue_frames_max {
            let bytes = self.pending.iter().map(|frame| frame.len() as u64).sum();
            return Err(LinkError::Full { bytes, bound: self.limits.queue_frames_max as u64 });
        }
        Ok(())
    }

    fn close(&mut self) {
        // What waits goes out in any case: the bound serves back-pressure, and there is no more to press back on.
        lock(&self.to_peer.state).frames.extend(self.pending.drain(..));
        self.to_peer.finish(Farewell::Closed);
    }

    fn fd(&self) -> Option<BorrowedFd<'_>> {
        None
    }

    fn wait(&mut self, deadline: Instant) {
        let bell = &self.from_peer.reader;
        let spin_end = Instant::now() + SPIN;
        let mut rings = lock(&bell.rings);
        while *rings == self.heard {
            let now = Instant::now();
            if now >= deadline {
                return;
            }
            if now < spin_end {
                drop(rings);
                std::thread::yield_now();
                rings = lock(&bell.rings);
                continue;
            }
            rings = bell.changed.wait_timeout(rings, deadline - now).map_or_else(|e| e.into_inner().0, |r| r.0);
        }
        self.heard = *rings;
    }
}

impl Drop for MemoryLink {
    fn drop(&mut self) {
        self.to_peer.finish(Farewell::Dropped);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_keep_their_order_and_the_end_is_seen_after_them() {
        let (mut a, mut b) = pair(Limits::default());
        a.send(b"one").unwrap();
        a.send(b"").unwrap();
        a.close();
        assert_eq!(b.try_recv().unwrap().unwrap(), b"one");
        assert_eq!(b.try_recv().unwrap().unwrap(), b"");
        assert!(matches!(b.try_recv(), Err(LinkError::Closed)));
    }

    #[test]
    fn a_vanished_end_is_told_from_a_closed_one() {
        let (a, mut b) = pair(Limits::default());
        drop(a);
        assert!(matches!(b.try_recv(), Err(LinkError::Truncated)));
    }

    #[test]
    fn a_full_queue_holds_frames_back_until_room_is_made() {
        let limits = Limits { queue_frames_max: 2, ..Limits::default() };
        let (mut a, mut b) = pair(limits);
        for i in 0..4u8 {
            a.send(&[i]).unwrap();
        }
        assert!(a.has_pending());
        assert!(matches!(a.send(&[4]), Err(LinkError::Full { .. })));
        let mut seen = Vec::new();
        while let Some(frame) = b.try_recv().unwrap() {
            seen.extend(frame);
            let _ = a.flush();
        }
        assert_eq!(seen, [0, 1, 2, 3, 4]);
    }

    #[test]
    fn an_oversize_frame_is_refused_by_the_sender() {
        let (mut a, _b) = pair(Limits { frame_bytes_max: 3, ..Limits::default() });
        assert!(matches!(a.send(&[0; 4]), Err(LinkError::Oversize { bytes: 4, bound: 3 })));
    }

    #[test]
    fn threads_wake_each_other() {
        let mut mesh = mesh(2, Limits::default());
        let mut a = mesh[0][1].take().unwrap();
        let mut b = mesh[1][0].take().unwrap();
        let far = Instant::now() + Duration::from_secs(60);
        std::thread::scope(|scope| {
            scope.spawn(move || {
                for i in 0..1000u32 {
                    let frame = loop {
                        match b.try_recv().unwrap() {
                            Some(frame) => break frame,
                            None => b.wait(far),
                        }
                    };
                    assert_eq!(frame, i.to_le_bytes());
                    b.send(&frame).unwrap();
                }
                b.close();
            });
            for i in 0..1000u32 {
                a.send(&i.to_le_bytes()).unwrap();
                while a.try_recv().unwrap().is_none() {
                    a.wait(far);
                }
            }
        });
    }
}
