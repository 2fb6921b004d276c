//! A peer's certificate in, whether it holds one of the pinned keys and is valid now out.
//!
//! The key is proven by the handshake's signature; the self-signature of the certificate adds nothing to a pinned key and is
//! not looked at. Names are not looked at either.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{WebPkiSupportedAlgorithms, ring, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::time_provider::TimeProvider;
use rustls::{CertificateError, DigitallySignedStruct, DistinguishedName, Error, PeerIncompatible, SignatureScheme};
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::{Fingerprint, LinkError};

/// Object identifier of Ed25519 keys (RFC 8410).
const ED25519: &str = "1.3.101.112";

/// Accepts exactly the pinned keys.
#[derive(Debug)]
pub(super) struct Pinned {
    allowed: Vec<Fingerprint>,
    now_unix_s: u64,
    algorithms: WebPkiSupportedAlgorithms,
    verdict: Mutex<Verdict>,
}

#[derive(Debug, Default)]
struct Verdict {
    proven: Option<Fingerprint>,
    fault: Option<LinkError>,
}

impl Pinned {
    pub(super) fn new(allowed: Vec<Fingerprint>, now_unix_s: u64) -> Self {
        let algorithms = ring::default_provider().signature_verification_algorithms;
        Self { allowed, now_unix_s, algorithms, verdict: Mutex::default() }
    }

    /// The peer's key, once its certificate was accepted and its signature was right.
    pub(super) fn proven(&self) -> Option<Fingerprint> {
        self.verdict.lock().unwrap_or_else(PoisonError::into_inner).proven
    }

    /// Why the peer's certificate was refused.
    pub(super) fn take_fault(&self) -> Option<LinkError> {
        self.verdict.lock().unwrap_or_else(PoisonError::into_inner).fault.take()
    }

    fn check(&self, certificate: &CertificateDer<'_>, chain: &[CertificateDer<'_>]) -> Result<(), Error> {
        let outcome = self.judge(certificate, chain);
        let mut verdict = self.verdict.lock().unwrap_or_else(PoisonError::into_inner);
        match outcome {
            Ok(peer) => {
                verdict.proven = Some(peer);
                Ok(())
            }
            Err(fault) => {
                let alert = match &fault {
                    LinkError::Validity { state: "expired", .. } => CertificateError::Expired,
                    LinkError::Validity { .. } => CertificateError::NotValidYet,
                    LinkError::Foreign(_) => CertificateError::BadEncoding,
                    _ => CertificateError::ApplicationVerificationFailure,
                };
                verdict.fault = Some(fault);
                Err(Error::InvalidCertificate(alert))
            }
        }
    }

    fn judge(&self, certificate: &CertificateDer<'_>, chain: &[CertificateDer<'_>]) -> Result<Fingerprint, LinkError> {
        if !chain.is_empty() {
            return Err(LinkError::Foreign("it comes with a chain of issuers"));
        }
        let found = Fingerprint::of_spki(spki_of(certificate)?);
        if !self.allowed.contains(&found) {
            let expected = match &self.allowed[..] {
                [] => "key of anybody: no peer is missing".to_owned(),
                [one] => one.to_string(),
                many => format!("one of {}", many.iter().map(Fingerprint::to_string).collect::<Vec<_>>().join(", ")),
            };
            return Err(LinkError::WrongPeer { found: found.to_string(), expected });
        }
        let parsed = parse(certificate)?;
        let validity = parsed.validity();
        let now = i64::try_from(self.now_unix_s).unwrap_or(i64::MAX);
        let state = if now < validity.not_before.timestamp() {
            "not valid yet"
        } else if now > validity.not_after.timestamp() {
            "expired"
        } else {
            return Ok(found);
        };
        Err(LinkError::Validity {
            peer: found.to_string(),
            state,
            from: validity.not_before.to_string(),
            to: validity.not_after.to_string(),
        })
    }

    fn signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.algorithms)
    }
}

/// The public key of a certificate, in DER form; an Ed25519 key or an error.
pub(crate) fn spki_of<'a>(certificate: &'a CertificateDer<'_>) -> Result<&'a [u8], LinkError> {
    let parsed = parse(certificate)?;
    let key = &parsed.tbs_certificate.subject_pki;
    if key.algorithm.algorithm.to_id_string() != ED25519 {
        return Err(LinkError::Foreign("its key is not an Ed25519 key"));
    }
    Ok(key.raw)
}

fn parse<'a>(certificate: &'a CertificateDer<'_>) -> Result<X509Certificate<'a>, LinkError> {
    match X509Certificate::from_der(certificate.as_ref()) {
        Ok(([], parsed)) => Ok(parsed),
        _ => Err(LinkError::Foreign("it is not an X.509 certificate")),
    }
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.check(end_entity, intermediates).map(|()| ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(Error::PeerIncompatible(PeerIncompatible::ServerDoesNotSupportTls12Or13))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ED25519]
    }
}

impl ClientCertVerifier for Pinned {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        self.check(end_entity, intermediates).map(|()| ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(Error::PeerIncompatible(PeerIncompatible::ServerDoesNotSupportTls12Or13))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ED25519]
    }
}

/// The time that was given, so that nothing below reads a clock.
#[derive(Debug)]
pub(super) struct FixedTime(pub(super) u64);

impl TimeProvider for FixedTime {
    fn current_time(&self) -> Option<UnixTime> {
        Some(UnixTime::since_unix_epoch(Duration::from_secs(self.0)))
    }
}
