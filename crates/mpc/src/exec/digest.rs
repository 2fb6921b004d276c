//! Words of the schedule in, a 64-bit digest out that all parties must share.

/// A running hash of everything that steers the schedule; it never absorbs a party-local or secret value.
pub struct Digest {
    hasher: blake3::Hasher,
    pending: Vec<u8>,
    cached: Option<u64>,
}

/// Whole chunks of the hash, which it then compresses side by side.
const BUFFER: usize = 16 * 1024;

impl Digest {
    /// The digest of a session's empty schedule.
    #[must_use]
    pub fn new(session: u64) -> Self {
        let mut digest = Self {
            hasher: blake3::Hasher::new_derive_key("stoffel 2026 schedule digest v1"),
            pending: Vec::with_capacity(BUFFER),
            cached: None,
        };
        digest.absorb(session);
        digest
    }

    /// Absorbs one word.
    pub fn absorb(&mut self, word: u64) {
        if self.pending.len() == BUFFER {
            self.hasher.update(&self.pending);
            self.pending.clear();
        }
        self.pending.extend_from_slice(&word.to_le_bytes());
        self.cached = None;
    }

    /// The digest of all words so far.
    pub fn value(&mut self) -> u64 {
        if let Some(value) = self.cached {
            return value;
        }
        self.hasher.update(&self.pending);
        self.pending.clear();
        let mut bytes = [0; 8];
        self.hasher.finalize_xof().fill(&mut bytes);
        let value = u64::from_le_bytes(bytes);
        self.cached = Some(value);
        value
    }
}
