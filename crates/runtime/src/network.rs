//! A network's name or file in, the figures of its links out, as they stand in descriptors.

use serde::{Deserialize, Serialize};
use stoffel_mpc::{Offer, PartyIdx};
use stoffel_net::{Profile, Way};

use crate::abort::SessionError;

/// A network that a run on one machine is made to behave like: each link between two parties, each way.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Network {
    /// From sender to receiver, in microseconds.
    pub latency_us: u64,
    /// Kilobits a second.
    pub bandwidth_kbit_s: u64,
    /// Most by which a frame is late beyond the latency, in microseconds.
    #[serde(default)]
    pub jitter_us: u64,
    /// Packets lost of a million; each costs the frame one round trip.
    #[serde(default)]
    pub loss_ppm: u64,
    /// Decides jitter and losses: the same seed, the same delays.
    #[serde(default)]
    pub seed: u64,
}

impl Network {
    /// The network of a name: `lan` (0.1 ms one way, 1 Gbit/s) or `wan` (25 ms, 100 Mbit/s, 1 ms of jitter, 100 of a million packets lost).
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let of = |profile: Profile| Self {
            latency_us: profile.latency_us as u64,
            bandwidth_kbit_s: (profile.bandwidth_mbit_s * 1e3) as u64,
            jitter_us: profile.jitter_us as u64,
            loss_ppm: (profile.loss * 1e6).round() as u64,
            seed: 0,
        };
        match name {
            "lan" => Some(of(Profile::LAN)),
            "wan" => Some(of(Profile::WAN)),
            _ => None,
        }
    }

    /// Reads a file in TOML with the fields of this struct as keys.
    ///
    /// # Errors
    /// If it is not TOML, has unknown keys or lacks latency or bandwidth, or no network has such figures.
    pub fn parse(text: &str) -> Result<Self, SessionError> {
        let wrong = |error: toml::de::Error| SessionError::Setup(error.to_string().trim_end().to_owned());
        let network: Self = toml::from_str(text).map_err(wrong)?;
        network.profile()?;
        Ok(network)
    }

    /// The figures of each way of each link.
    ///
    /// # Errors
    /// If no network has them.
    pub fn profile(&self) -> Result<Profile, SessionError> {
        let profile = Profile {
            latency_us: self.latency_us as f64,
            bandwidth_mbit_s: self.bandwidth_kbit_s as f64 / 1e3,
            jitter_us: self.jitter_us as f64,
            loss: self.loss_ppm as f64 / 1e6,
        };
        profile.check().map_err(|error| SessionError::Setup(error.to_string()))
    }

    /// The seed of one way.
    #[must_use]
    pub fn seed_of(&self, from: PartyIdx, to: PartyIdx) -> u64 {
        self.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (u64::from(from.0) << 8 | u64::from(to.0))
    }

    /// One way of one link, for simulated time.
    ///
    /// # Errors
    /// As [`Network::profile`].
    pub fn way(&self, from: PartyIdx, to: PartyIdx) -> Result<Way, SessionError> {
        Ok(Way::new(self.profile()?, self.seed_of(from, to)))
    }

    /// What parties measure on such a network, for runs that do not measure.
    #[must_use]
    pub fn offer(&self) -> Offer {
        let measured = self.profile().map_or(u32::MAX, |profile| profile.bandwidth_mib_s());
        let default = Offer::default();
        Offer {
            latency_us: default.latency_us.max(self.latency_us.min(u64::from(u32::MAX)) as u32),
            bandwidth_mib_s: default.bandwidth_mib_s.min(measured),
            ..default
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_have_the_fields_as_keys() {
        let text = "latency_us = 300\nbandwidth_kbit_s = 50_000\nloss_ppm = 10\n";
        let network = Network::parse(text).unwrap();
        assert_eq!((network.latency_us, network.jitter_us, network.loss_ppm), (300, 0, 10));
        assert_eq!(toml::from_str::<Network>(&toml::to_string(&network).unwrap()).unwrap(), network);
        assert_eq!((network.offer().latency_us, network.offer().bandwidth_mib_s), (300, 5));
        for wrong in ["latency_us = 300\n", "latency_us = 1\nbandwidth_kbit_s = 0\n", "latency = 1\n"] {
            assert!(Network::parse(wrong).is_err());
        }
    }

    #[test]
    fn known_networks_have_names() {
        assert_eq!(Network::named("wan").map(|wan| (wan.latency_us, wan.loss_ppm)), Some((25_000, 100)));
        assert_eq!(Network::named("lan").and_then(|lan| lan.profile().ok()), Some(Profile::LAN));
        assert_eq!(Network::named("moon"), None);
    }
}
