//! Words of the schedule in, a 64-bit digest out that all parties must share.

/// A running hash of everything that steers the schedule; it never absorbs a party-local or secret value.
pub struct Digest {
    hasher: blake3::Hasher,
    /// Words that wait, in wire order.
    pending: Box<[u64; BUFFER]>,
    held: usize,
    cached: Option<u64>,
}

/// Words of whole chunks of the hash, which it then compresses side by side.
const BUFFER: usize = 2 * 1024;

impl Digest {
    /// The digest of a session's empty schedule.
    #[must_use]
    pub fn new(session: u64) -> Self {
        let mut digest = Self {
            hasher: blake3::Hasher::new_derive_key("stoffel 2026 schedule digest v1"),
            pending: Box::new([0; BUFFER]),
            held: 0,
            cached: None,
        };
        digest.absorb(session);
        digest
    }

    /// Absorbs one word.
    #[inline]
    pub fn absorb(&mut self, word: u64) {
        if self.held == BUFFER {
            self.compress();
        }
        self.pending[self.held] = word.to_le();
        self.held += 1;
        self.cached = None;
    }

    #[cold]
    fn compress(&mut self) {
        self.hasher.update(bytemuck::cast_slice(&self.pending[..self.held]));
        self.held = 0;
    }

    /// The digest of all words so far.
    pub fn value(&mut self) -> u64 {
        if let Some(value) = self.cached {
            return value;
        }
        self.compress();
        let mut bytes = [0; 8];
        self.hasher.finalize_xof().fill(&mut bytes);
        let value = u64::from_le_bytes(bytes);
        self.cached = Some(value);
        value
    }
}
