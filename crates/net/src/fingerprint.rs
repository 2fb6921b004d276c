//! Public keys in, short names that people can compare and configuration can pin out.

use std::fmt;
use std::str::FromStr;

/// BLAKE3 of a public key's `SubjectPublicKeyInfo` (DER); written as 64 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint(pub [u8; 32]);

impl Fingerprint {
    /// The fingerprint of a key in DER form.
    #[must_use]
    pub fn of_spki(der: &[u8]) -> Self {
        let mut hash = blake3::Hasher::new_derive_key("stoffel 2 identity fingerprint");
        hash.update(der);
        Self(*hash.finalize().as_bytes())
    }

    /// The first eight digits, for messages that have the whole elsewhere.
    #[must_use]
    pub fn short(&self) -> String {
        self.to_string()[..8].to_owned()
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(out, "{byte:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Fingerprint({self})")
    }
}

/// Text that is not a fingerprint.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("`{0}` is not a key fingerprint: 64 hex digits are expected")]
pub struct FingerprintError(String);

impl FromStr for Fingerprint {
    type Err = FingerprintError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || FingerprintError(text.chars().take(80).collect());
        let digits: Vec<u32> = text.chars().map(|c| c.to_digit(16)).collect::<Option<_>>().ok_or_else(wrong)?;
        if digits.len() != 64 {
            return Err(wrong());
        }
        Ok(Self(std::array::from_fn(|i| (digits[2 * i] * 16 + digits[2 * i + 1]) as u8)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_form_round_trips_and_rejects_other_text() {
        let print = Fingerprint::of_spki(b"key");
        assert_eq!(print.to_string().parse(), Ok(print));
        assert_eq!(print.to_string().to_uppercase().parse(), Ok(print));
        for wrong in ["", "ab", &"g".repeat(64), &"é".repeat(64), &"a".repeat(65)] {
            assert!(wrong.parse::<Fingerprint>().is_err());
        }
    }
}
