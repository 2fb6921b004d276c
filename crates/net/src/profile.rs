//! What a network is like in, when each frame arrives out: latency, bandwidth, jitter and loss of one way of one link.
//!
//! A frame leaves when those before it have left, takes its bytes over the bandwidth, then the latency and a part of the jitter; for
//! every packet of it that is lost it waits one round trip more, as a stream that repeats what was lost does, and so does all
//! behind it. Nothing here reads a clock: times are nanoseconds since any moment, so the same model runs in simulated and in real
//! time. Draws come from a seed: the same frames at the same times arrive at the same times.

/// Payload of a packet on common networks.
const PACKET_BYTES: u64 = 1448;
/// Losses of one frame that are drawn; more would not be a link.
const LOSSES_MAX: u32 = 64;

/// One way of a link of a network.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Profile {
    /// From sender to receiver, in microseconds.
    pub latency_us: f64,
    /// Megabits a second, each way of each link.
    pub bandwidth_mbit_s: f64,
    /// Most by which a frame is late beyond the latency, in microseconds.
    pub jitter_us: f64,
    /// Share of packets that are lost, from 0 to below 1.
    pub loss: f64,
}

/// A figure of a profile that no network has.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("network profile: {0}")]
pub struct ProfileError(pub &'static str);

impl Profile {
    /// Machines of one data centre or office: 0.1 ms one way, 1 Gbit/s.
    pub const LAN: Self = Self { latency_us: 100.0, bandwidth_mbit_s: 1000.0, jitter_us: 0.0, loss: 0.0 };
    /// Machines of different countries: 25 ms one way, 100 Mbit/s, 1 ms of jitter, one packet in ten thousand lost.
    pub const WAN: Self = Self { latency_us: 25_000.0, bandwidth_mbit_s: 100.0, jitter_us: 1000.0, loss: 0.0001 };

    /// Whether the figures make a network.
    ///
    /// # Errors
    /// With the figure that does not.
    pub fn check(self) -> Result<Self, ProfileError> {
        let within = |value: f64, most: f64| value.is_finite() && (0.0..=most).contains(&value);
        if !within(self.latency_us, 60e6) {
            return Err(ProfileError("latency is from 0 to 60 s"));
        }
        if !within(self.jitter_us, 60e6) {
            return Err(ProfileError("jitter is from 0 to 60 s"));
        }
        if !within(self.bandwidth_mbit_s, 1e7) || self.bandwidth_mbit_s < 1e-3 {
            return Err(ProfileError("bandwidth is from 0.001 to 10,000,000 Mbit/s"));
        }
        if !within(self.loss, 0.5) {
            return Err(ProfileError("loss is from 0 to 0.5"));
        }
        Ok(self)
    }

    /// Mebibytes a second, at least 1.
    #[must_use]
    pub fn bandwidth_mib_s(&self) -> u32 {
        (self.bandwidth_mbit_s * 1e6 / 8.0 / f64::from(1 << 20)).max(1.0) as u32
    }
}

/// One way of one link: gives each frame its time of arrival.
#[derive(Clone, Debug)]
pub struct Way {
    profile: Profile,
    /// When the last frame has left.
    free_ns: u64,
    /// When it arrives.
    last_ns: u64,
    random: u64,
}

impl Way {
    /// A way that nothing has gone yet.
    #[must_use]
    pub const fn new(profile: Profile, seed: u64) -> Self {
        Self { profile, free_ns: 0, last_ns: 0, random: seed }
    }

    /// When a frame that is sent now arrives; frames keep their order.
    pub fn arrival_ns(&mut self, now_ns: u64, bytes: u64) -> u64 {
        let Profile { latency_us, bandwidth_mbit_s, jitter_us, loss } = self.profile;
        let on_wire_ns = bytes as f64 * 8e3 / bandwidth_mbit_s;
        self.free_ns = self.free_ns.max(now_ns) + on_wire_ns as u64;
        let late_us = jitter_us * self.uniform() + 2.0 * latency_us * f64::from(self.losses(bytes, loss));
        let arrives = self.free_ns + ((latency_us + late_us) * 1e3) as u64;
        self.last_ns = self.last_ns.max(arrives);
        self.last_ns
    }

    /// How many packets of a frame are lost: gaps between losses are geometric.
    fn losses(&mut self, bytes: u64, loss: f64) -> u32 {
        if loss <= 0.0 {
            return 0;
        }
        let mut packets = bytes.div_ceil(PACKET_BYTES) as f64;
        for losses in 0..LOSSES_MAX {
            let gap = (1.0 - self.uniform()).ln() / (-loss).ln_1p();
            packets -= gap.floor() + 1.0;
            if packets < 0.0 {
                return losses;
            }
        }
        LOSSES_MAX
    }

    /// The next number from 0 to below 1 (SplitMix64; nothing secret depends on it).
    fn uniform(&mut self) -> f64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.random;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Profile = Profile { latency_us: 1000.0, bandwidth_mbit_s: 8.0, jitter_us: 0.0, loss: 0.0 };

    #[test]
    fn a_frame_takes_its_bytes_and_the_latency() {
        let mut way = Way::new(PLAIN, 0);
        // 8 Mbit/s are a byte a microsecond.
        assert_eq!(way.arrival_ns(0, 500), 1_500_000);
        assert_eq!(way.arrival_ns(0, 500), 2_000_000, "behind the first");
        assert_eq!(way.arrival_ns(9_000_000, 0), 10_000_000);
    }

    #[test]
    fn loss_and_jitter_come_from_the_seed_and_keep_the_order() {
        let profile = Profile { jitter_us: 300.0, loss: 0.05, ..PLAIN };
        let run = |seed| {
            let mut way = Way::new(profile, seed);
            (0..200u64).map(|i| way.arrival_ns(i * 3_000_000, 2000)).collect::<Vec<_>>()
        };
        assert_eq!(run(1), run(1));
        assert_ne!(run(1), run(2));
        assert!(run(1).is_sorted());
        let lossless = |seed| {
            let mut way = Way::new(Profile { loss: 0.0, ..profile }, seed);
            (0..200u64).map(|i| way.arrival_ns(i * 3_000_000, 2000)).collect::<Vec<_>>()
        };
        let late = run(1).iter().zip(lossless(1)).filter(|(a, b)| **a > b + 1_000_000).count();
        assert!((5..120).contains(&late), "about one frame in ten of two packets is late: {late} of 200");
    }

    #[test]
    fn figures_that_no_network_has_are_refused() {
        for wrong in [
            Profile { latency_us: -1.0, ..PLAIN },
            Profile { bandwidth_mbit_s: 0.0, ..PLAIN },
            Profile { jitter_us: f64::NAN, ..PLAIN },
            Profile { loss: 1.0, ..PLAIN },
        ] {
            assert!(wrong.check().is_err());
        }
        assert_eq!(Profile::WAN.check(), Ok(Profile::WAN));
        assert_eq!(Profile::LAN.bandwidth_mib_s(), 119);
    }
}
