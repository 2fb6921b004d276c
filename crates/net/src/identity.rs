//! Keys of parties and clients: randomness or a PEM file in, a certificate that proves its holder out.
//!
//! One PEM file holds the private key (PKCS #8, Ed25519) and the self-signed certificate around its public key. Who may be
//! whom is decided by [`Fingerprint`]s alone; the certificate's names mean nothing.
//! Not here: files and their access rights.

use std::fmt;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use zeroize::Zeroizing;

use crate::Fingerprint;
use crate::tls::spki_of;

/// Seconds that a certificate is valid before it is made, for clocks that are behind.
const BACKDATE_S: u64 = 24 * 3600;
/// Seconds that a certificate is valid: ten years.
const VALID_S: u64 = 10 * 365 * 24 * 3600;

/// A private key with its certificate. The key is wiped on drop and never printed.
pub struct Identity {
    certificate: CertificateDer<'static>,
    key_pkcs8: Zeroizing<Vec<u8>>,
    fingerprint: Fingerprint,
}

/// A key file that cannot be used.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum IdentityError {
    /// No private key in the file.
    #[error("no PKCS #8 private key in this PEM text")]
    NoKey,
    /// No certificate in the file.
    #[error("no certificate in this PEM text")]
    NoCertificate,
    /// The key is of another kind.
    #[error("the private key is not an Ed25519 key")]
    KeyKind,
    /// The certificate is for another key, or none of ours.
    #[error("the certificate does not belong to the private key")]
    Mismatch,
    /// The key could not be made.
    #[error("cannot make a key: {0}")]
    Generate(String),
}

impl Identity {
    /// A fresh identity, valid for ten years from `now_unix_s` (seconds since 1970).
    ///
    /// # Errors
    /// If the system's random source fails.
    pub fn generate(now_unix_s: u64) -> Result<Self, IdentityError> {
        Self::generate_valid(now_unix_s.saturating_sub(BACKDATE_S), now_unix_s.saturating_add(VALID_S))
    }

    /// A fresh identity that is valid between two times in seconds since 1970.
    ///
    /// # Errors
    /// If the system's random source fails.
    pub fn generate_valid(from_unix_s: u64, to_unix_s: u64) -> Result<Self, IdentityError> {
        let failed = |error: rcgen::Error| IdentityError::Generate(error.to_string());
        let pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519).map_err(failed)?;
        let mut params = rcgen::CertificateParams::default();
        let epoch = rcgen::date_time_ymd(1970, 1, 1);
        params.not_before = epoch + Duration::from_secs(from_unix_s);
        params.not_after = epoch + Duration::from_secs(to_unix_s);
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(rcgen::DnType::CommonName, "stoffel");
        let certificate = params.self_signed(&pair).map_err(failed)?;
        Self::from_parts(certificate.der().clone(), Zeroizing::new(pair.serialize_der()))
    }

    /// Reads private key and certificate from PEM text, in any order.
    ///
    /// # Errors
    /// If one is missing or they do not belong together.
    pub fn from_pem(text: &str) -> Result<Self, IdentityError> {
        let key = PrivatePkcs8KeyDer::from_pem_slice(text.as_bytes()).map_err(|_| IdentityError::NoKey)?;
        let certificate = CertificateDer::from_pem_slice(text.as_bytes()).map_err(|_| IdentityError::NoCertificate)?;
        Self::from_parts(certificate, Zeroizing::new(key.secret_pkcs8_der().to_vec()))
    }

    /// Both as PEM text. Callers write it with access for the owner only.
    #[must_use]
    pub fn to_pem(&self) -> Zeroizing<String> {
        let mut out = Zeroizing::new(String::new());
        push_pem(&mut out, "PRIVATE KEY", &self.key_pkcs8);
        push_pem(&mut out, "CERTIFICATE", &self.certificate);
        out
    }

    /// The name of the public key.
    #[must_use]
    pub const fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    pub(crate) fn certificate(&self) -> CertificateDer<'static> {
        self.certificate.clone()
    }

    pub(crate) fn key(&self) -> PrivatePkcs8KeyDer<'static> {
        PrivatePkcs8KeyDer::from(self.key_pkcs8.to_vec())
    }

    fn from_parts(certificate: CertificateDer<'static>, key_pkcs8: Zeroizing<Vec<u8>>) -> Result<Self, IdentityError> {
        let signer = rustls::crypto::ring::sign::any_eddsa_type(&PrivatePkcs8KeyDer::from(&key_pkcs8[..]))
            .map_err(|_| IdentityError::KeyKind)?;
        let spki = spki_of(&certificate).map_err(|_| IdentityError::Mismatch)?;
        if signer.public_key().is_none_or(|public| public.as_ref() != spki) {
            return Err(IdentityError::Mismatch);
        }
        let fingerprint = Fingerprint::of_spki(spki);
        Ok(Self { certificate, key_pkcs8, fingerprint })
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Identity({})", self.fingerprint)
    }
}

fn push_pem(out: &mut String, label: &str, der: &[u8]) {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    // Reserved at once, so that no copy of a key is left behind by growth.
    out.reserve(der.len() * 2 + 128);
    *out += &format!("-----BEGIN {label}-----\n");
    for line in der.chunks(48) {
        for group in line.chunks(3) {
            let word = group.iter().enumerate().fold(0u32, |word, (i, &byte)| word | u32::from(byte) << (16 - 8 * i));
            for digit in 0..4 {
                let used = digit <= group.len();
                out.push(if used { char::from(DIGITS[(word >> (18 - 6 * digit)) as usize & 63]) } else { '=' });
            }
        }
        out.push('\n');
    }
    *out += &format!("-----END {label}-----\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pem_round_trips_and_keeps_the_fingerprint() {
        let one = Identity::generate(1_700_000_000).unwrap();
        let again = Identity::from_pem(&one.to_pem()).unwrap();
        assert_eq!(one.fingerprint(), again.fingerprint());
        assert_ne!(one.fingerprint(), Identity::generate(1_700_000_000).unwrap().fingerprint());
    }

    #[test]
    fn mixed_up_halves_are_refused() {
        let (a, b) = (Identity::generate(0).unwrap().to_pem(), Identity::generate(0).unwrap().to_pem());
        let cut = |text: &str| text.find("-----BEGIN CERTIFICATE").unwrap();
        let mixed = format!("{}{}", &a[..cut(&a)], &b[cut(&b)..]);
        assert_eq!(Identity::from_pem(&mixed).unwrap_err(), IdentityError::Mismatch);
        assert_eq!(Identity::from_pem(&a[cut(&a)..]).unwrap_err(), IdentityError::NoKey);
        assert_eq!(Identity::from_pem(&a[..cut(&a)]).unwrap_err(), IdentityError::NoCertificate);
        assert_eq!(Identity::from_pem("nonsense").unwrap_err(), IdentityError::NoKey);
    }

    #[test]
    fn debug_shows_no_key() {
        let one = Identity::generate(0).unwrap();
        assert_eq!(format!("{one:?}"), format!("Identity({})", one.fingerprint()));
    }
}
