//! What each party offers in, the one schedule that all follow out.
//!
//! The schedule of a session is a function of these figures, the program and public values only, so every party derives the
//! same one although cores, memory and links differ. The figures are constant for the session and hashed into its digest.

use crate::Backend;

/// Version of the protocols: parties of different versions do not compute together.
pub const PROTOCOL_VERSION: u16 = 1;

/// How products of fixed-point numbers are brought back to the grid.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
#[repr(u8)]
pub enum Rounding {
    /// Floor or ceiling with probabilities that make it unbiased; exact where the grid holds the result.
    Stochastic,
    /// Floor, which depends on the factors only: more rounds, and no party learns how a product was rounded.
    Exact,
}

/// What one party can do; exchanged in the handshake.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Offer {
    /// Protocol version.
    pub version: u16,
    /// One-way latency to the farthest peer, in microseconds.
    pub latency_us: u32,
    /// Slowest link, in mebibytes a second.
    pub bandwidth_mib_s: u32,
    /// Worker lanes.
    pub lanes: u16,
    /// Bound on queued operations.
    pub flush_nodes: u32,
    /// Bound on the scalars of queued operations.
    pub flush_lanes: u64,
    /// Bound on the memory of queued operations, in bytes.
    pub flush_bytes: u64,
    /// Scalars of one operation processed at a time.
    pub tile_lanes: u32,
    /// Rounding of fixed-point products.
    pub rounding: Rounding,
}

impl Default for Offer {
    fn default() -> Self {
        Self {
            version: PROTOCOL_VERSION,
            latency_us: 64,
            bandwidth_mib_s: 1024,
            lanes: 1,
            flush_nodes: 1 << 19,
            flush_lanes: 1 << 26,
            flush_bytes: 1 << 30,
            tile_lanes: 1 << 15,
            rounding: Rounding::Stochastic,
        }
    }
}

impl Offer {
    /// Its wire form, of fixed length.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; Self::BYTES] {
        let mut out = [0; Self::BYTES];
        out[0..2].copy_from_slice(&self.version.to_le_bytes());
        out[2..6].copy_from_slice(&self.latency_us.to_le_bytes());
        out[6..10].copy_from_slice(&self.bandwidth_mib_s.to_le_bytes());
        out[10..12].copy_from_slice(&self.lanes.to_le_bytes());
        out[12..16].copy_from_slice(&self.flush_nodes.to_le_bytes());
        out[16..24].copy_from_slice(&self.flush_lanes.to_le_bytes());
        out[24..32].copy_from_slice(&self.flush_bytes.to_le_bytes());
        out[32..36].copy_from_slice(&self.tile_lanes.to_le_bytes());
        out[36] = self.rounding as u8;
        out
    }

    /// Length of the wire form in bytes.
    pub const BYTES: usize = 37;

    /// Reads the wire form; `None` for an unknown rounding.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; Self::BYTES]) -> Option<Self> {
        fn take<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
            std::array::from_fn(|i| bytes[at + i])
        }
        let rounding = match bytes[36] {
            0 => Rounding::Stochastic,
            1 => Rounding::Exact,
            _ => return None,
        };
        Some(Self {
            version: u16::from_le_bytes(take(bytes, 0)),
            latency_us: u32::from_le_bytes(take(bytes, 2)),
            bandwidth_mib_s: u32::from_le_bytes(take(bytes, 6)),
            lanes: u16::from_le_bytes(take(bytes, 10)),
            flush_nodes: u32::from_le_bytes(take(bytes, 12)),
            flush_lanes: u64::from_le_bytes(take(bytes, 16)),
            flush_bytes: u64::from_le_bytes(take(bytes, 24)),
            tile_lanes: u32::from_le_bytes(take(bytes, 32)),
            rounding,
        })
    }
}

/// The agreed figures of one session.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Params {
    /// Fresh id of the session.
    pub session: [u8; 16],
    /// The protocol family.
    pub backend: Backend,
    /// Protocol version.
    pub version: u16,
    /// Latency class in microseconds, a power of two.
    pub latency_us: u32,
    /// Bandwidth class in mebibytes a second, a power of two.
    pub bandwidth_mib_s: u32,
    /// Worker lanes.
    pub lanes: u16,
    /// A flush is due at this many queued operations.
    pub flush_nodes: u32,
    /// A flush is due at this many scalars of queued operations.
    pub flush_lanes: u64,
    /// A flush is due at this many bytes of queued operations, as the schedule counts them.
    pub flush_bytes: u64,
    /// Scalars of one operation processed at a time.
    pub tile_lanes: u32,
    /// Whether the parts that parties play in a step rotate from step to step.
    pub rotate: bool,
    /// Rounding of fixed-point products.
    pub rounding: Rounding,
}

impl Params {
    /// The worst of all offers, figures of links rounded to powers of two; rounding is exact if any party asks for it. Session id is zero and the backend rep3; see
    /// [`Params::for_session`].
    #[must_use]
    pub fn agree(offers: &[Offer]) -> Self {
        let default = [Offer::default()];
        let offers = if offers.is_empty() { &default } else { offers };
        let least = |pick: fn(&Offer) -> u64| offers.iter().map(pick).min().unwrap_or(0);
        let latency_us = offers.iter().map(|offer| offer.latency_us).max().unwrap_or(1);
        Self {
            session: [0; 16],
            backend: Backend::Rep3,
            version: least(|offer| u64::from(offer.version)) as u16,
            latency_us: latency_us.clamp(1, 1 << 30).next_power_of_two(),
            bandwidth_mib_s: 1 << (least(|offer| u64::from(offer.bandwidth_mib_s)).max(1)).ilog2(),
            lanes: least(|offer| u64::from(offer.lanes)).max(1) as u16,
            flush_nodes: least(|offer| u64::from(offer.flush_nodes)).max(1) as u32,
            flush_lanes: least(|offer| offer.flush_lanes).max(1),
            flush_bytes: least(|offer| offer.flush_bytes).max(1),
            tile_lanes: (least(|offer| u64::from(offer.tile_lanes)).max(64) as u32) & !63,
            rotate: true,
            rounding: offers.iter().map(|offer| offer.rounding).max().unwrap_or(Rounding::Stochastic),
        }
    }

    /// The same figures for one session.
    #[must_use]
    pub const fn for_session(mut self, backend: Backend, session: [u8; 16]) -> Self {
        self.backend = backend;
        self.session = session;
        self
    }

    /// Hash of all figures: the start of the session's schedule digest.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        let mut hash = blake3::Hasher::new_derive_key("stoffel 2 schedule parameters");
        hash.update(&self.session);
        hash.update(&[self.backend as u8, self.rounding as u8, u8::from(self.rotate)]);
        hash.update(&self.version.to_le_bytes());
        hash.update(&self.latency_us.to_le_bytes());
        hash.update(&self.bandwidth_mib_s.to_le_bytes());
        hash.update(&self.lanes.to_le_bytes());
        hash.update(&self.flush_nodes.to_le_bytes());
        hash.update(&self.flush_lanes.to_le_bytes());
        hash.update(&self.flush_bytes.to_le_bytes());
        hash.update(&self.tile_lanes.to_le_bytes());
        *hash.finalize().as_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_offer_decides_whatever_the_order() {
        let fast = Offer { latency_us: 9, bandwidth_mib_s: 5000, lanes: 8, ..Offer::default() };
        let slow = Offer { latency_us: 700, bandwidth_mib_s: 100, flush_nodes: 1000, ..Offer::default() };
        let agreed = Params::agree(&[fast.clone(), slow.clone()]);
        assert_eq!(agreed, Params::agree(&[slow, fast]));
        assert_eq!((agreed.latency_us, agreed.bandwidth_mib_s, agreed.lanes, agreed.flush_nodes), (1024, 64, 1, 1000));
    }

    #[test]
    fn offers_survive_the_wire() {
        let offer = Offer { lanes: 3, flush_bytes: 77, rounding: Rounding::Exact, ..Offer::default() };
        assert_eq!(Offer::from_bytes(&offer.to_bytes()), Some(offer.clone()));
        let mut unknown = offer.to_bytes();
        unknown[Offer::BYTES - 1] = 2;
        assert_eq!(Offer::from_bytes(&unknown), None);
        assert_eq!(Params::agree(&[Offer::default(), offer]).rounding, Rounding::Exact);
    }

    #[test]
    fn every_session_has_its_own_digest() {
        let params = Params::agree(&[]);
        assert_ne!(params.digest(), params.clone().for_session(Backend::Rep3, [1; 16]).digest());
        assert_ne!(params.digest(), params.clone().for_session(Backend::Clear, [0; 16]).digest());
    }
}
