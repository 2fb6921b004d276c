//! Words of the schedule in, a 64-bit digest out that all parties must share.

/// A running hash of everything that steers the schedule; it never absorbs a party-local or secret value.
///
/// A chain: what was absorbed since the last value is hashed under the last hash as key, so a value costs as much in a long session as in
/// a short one.
pub struct Digest {
    key: [u8; 32],
    /// What did not fit into `pending` since the last value.
    long: Option<Box<blake3::Hasher>>,
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
        let key = blake3::derive_key("stoffel 2026 schedule digest v2", &session.to_le_bytes());
        Self { key, long: None, pending: Box::new([0; BUFFER]), held: 0, cached: None }
    }

    /// Absorbs one word.
    #[inline]
    pub fn absorb(&mut self, word: u64) {
        if self.held == BUFFER {
            self.make_room();
        }
        self.pending[self.held] = word.to_le();
        self.held += 1;
        self.cached = None;
    }

    #[cold]
    fn make_room(&mut self) {
        let hasher = self.long.get_or_insert_with(|| Box::new(blake3::Hasher::new_keyed(&self.key)));
        hasher.update(bytemuck::cast_slice(&self.pending[..self.held]));
        self.held = 0;
    }

    /// The digest of all words so far.
    pub fn value(&mut self) -> u64 {
        if let Some(value) = self.cached {
            return value;
        }
        let rest = bytemuck::cast_slice(&self.pending[..self.held]);
        let hash = match self.long.take() {
            None => blake3::keyed_hash(&self.key, rest),
            Some(mut hasher) => hasher.update(rest).finalize(),
        };
        self.held = 0;
        self.key = *hash.as_bytes();
        let value = u64::from_le_bytes(std::array::from_fn(|i| self.key[i]));
        self.cached = Some(value);
        value
    }
}
