//! What a TLS link refuses and what it carries, over loopback.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use stoffel_net::tls::{Handshake, Options, ProvenLink};
use stoffel_net::{
    Dial, Direction, EstablishError, Fingerprint, Identity, Link, LinkError, Listener, Peers, Tap, establish, wait_any,
};

const NOW: u64 = 1_760_000_000;

fn identity() -> Identity {
    Identity::generate(NOW).unwrap()
}

fn loopback() -> Listener {
    Listener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap()
}

fn options() -> Options {
    Options { frame_bytes_max: 1 << 24, ..Options::at(NOW) }
}

fn sockets() -> (TcpStream, TcpStream) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let dialled = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    (dialled, listener.accept().unwrap().0)
}

/// Drives both sides of a handshake in one thread; the first error of each side.
fn shake(mut a: Handshake, mut b: Handshake) -> (Result<ProvenLink, LinkError>, Result<ProvenLink, LinkError>) {
    let (mut done_a, mut done_b) = (None, None);
    let deadline = Instant::now() + Duration::from_secs(20);
    while done_a.is_none() || done_b.is_none() {
        assert!(Instant::now() < deadline, "handshake does not end");
        for (side, done) in [(&mut a, &mut done_a), (&mut b, &mut done_b)] {
            if done.is_none() {
                *done = match side.advance() {
                    Ok(false) => None,
                    Ok(true) => Some(Ok(())),
                    Err(error) => Some(Err(error)),
                };
            }
        }
    }
    (done_a.unwrap().and_then(|()| a.into_link()), done_b.unwrap().and_then(|()| b.into_link()))
}

fn linked(options: Options) -> (ProvenLink, ProvenLink) {
    let (a, b) = (identity(), identity());
    let (dialled, accepted) = sockets();
    let (left, right) = shake(
        Handshake::dialled(dialled, &a, b.fingerprint(), options).unwrap(),
        Handshake::accepted(accepted, &b, &[a.fingerprint()], options).unwrap(),
    );
    (left.unwrap(), right.unwrap())
}

fn recv(link: &mut dyn Link) -> Result<Vec<u8>, LinkError> {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        if let Some(frame) = link.try_recv()? {
            return Ok(frame);
        }
        assert!(Instant::now() < deadline, "nothing arrives");
        wait_any(&mut [link], deadline)?;
    }
}

#[test]
fn frames_of_every_size_arrive_in_order_and_both_ways() {
    let (mut a, mut b) = linked(options());
    for len in [0, 1, 100, 16_380, 16_384, 131_068, 131_072, 131_073, 400_000] {
        let frame: Vec<u8> = (0..len).map(|i| (i * 7) as u8).collect();
        std::thread::scope(|scope| {
            let other = scope.spawn(|| recv(&mut b).unwrap());
            a.send(&frame).unwrap();
            while a.has_pending() {
                a.flush().unwrap();
            }
            assert_eq!(other.join().unwrap(), frame);
        });
        b.send(&frame[..len.min(10)]).unwrap();
        assert_eq!(recv(&mut a).unwrap(), &frame[..len.min(10)]);
    }
}

#[test]
fn one_thread_moves_large_frames_both_ways_at_once() {
    let (mut a, mut b) = linked(options());
    let frame = vec![7; 9 << 20];
    a.send(&frame).unwrap();
    b.send(&frame).unwrap();
    let (mut at_a, mut at_b) = (None, None);
    while at_a.is_none() || at_b.is_none() {
        a.flush().unwrap();
        b.flush().unwrap();
        at_a = at_a.or(a.try_recv().unwrap());
        at_b = at_b.or(b.try_recv().unwrap());
    }
    assert!(at_a.unwrap() == frame && at_b.unwrap() == frame);
}

#[test]
fn another_key_is_refused_by_either_side() {
    let (a, b, c) = (identity(), identity(), identity());
    let (dialled, accepted) = sockets();
    let (left, right) = shake(
        Handshake::dialled(dialled, &a, c.fingerprint(), options()).unwrap(),
        Handshake::accepted(accepted, &b, &[a.fingerprint()], options()).unwrap(),
    );
    let Err(LinkError::WrongPeer { found, expected }) = left else { panic!("accepted a wrong key") };
    assert_eq!((found, expected), (b.fingerprint().to_string(), c.fingerprint().to_string()));
    assert!(matches!(right, Err(LinkError::Refused(_))));

    let (dialled, accepted) = sockets();
    let (left, right) = shake(
        Handshake::dialled(dialled, &a, b.fingerprint(), options()).unwrap(),
        Handshake::accepted(accepted, &b, &[c.fingerprint()], options()).unwrap(),
    );
    assert!(matches!(right, Err(LinkError::WrongPeer { .. })));
    // In TLS 1.3 the dialler is done before its key is looked at; the refusal meets it at the first read.
    let refusal = left.and_then(|mut link| recv(&mut link)).unwrap_err();
    assert!(matches!(refusal, LinkError::Refused(_)), "{refusal}");
}

#[test]
fn certificates_outside_their_dates_are_refused_by_name() {
    for (from, to, state) in [(NOW - 100, NOW - 1, "expired"), (NOW + 10, NOW + 100, "not valid yet")] {
        let (a, b) = (identity(), Identity::generate_valid(from, to).unwrap());
        let (dialled, accepted) = sockets();
        let (left, right) = shake(
            Handshake::dialled(dialled, &a, b.fingerprint(), options()).unwrap(),
            Handshake::accepted(accepted, &b, &[a.fingerprint()], options()).unwrap(),
        );
        let Err(LinkError::Validity { peer, state: found, .. }) = left else { panic!("accepted bad dates") };
        assert_eq!((peer, found), (b.fingerprint().to_string(), state));
        assert!(matches!(right, Err(LinkError::Refused(_))));
    }
}

#[test]
fn a_foreign_certificate_is_refused() {
    // An ECDSA certificate of somebody else's making.
    let pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
    let certificate = rcgen::CertificateParams::default().self_signed(&pair).unwrap();
    let config = rustls::ServerConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            rustls::pki_types::PrivateKeyDer::try_from(pair.serialize_der()).unwrap(),
        )
        .unwrap();
    let (dialled, mut accepted) = sockets();
    let peer = std::thread::spawn(move || {
        let mut config = config;
        config.alpn_protocols = vec![b"stoffel/2".to_vec()];
        let mut conn = rustls::ServerConnection::new(config.into()).unwrap();
        while conn.is_handshaking() && conn.complete_io(&mut accepted).is_ok() {}
    });
    let a = identity();
    let refusal = Handshake::dialled(dialled, &a, a.fingerprint(), options()).unwrap().finish().err().unwrap();
    // Ed25519 is the only signature offered, so such a server finds no common ground or shows its certificate in vain.
    assert!(matches!(refusal, LinkError::Foreign(_) | LinkError::Refused(_) | LinkError::Tls(_)), "{refusal}");
    peer.join().unwrap();
}

#[test]
fn a_peer_that_says_nothing_is_given_up() {
    let (_silent, accepted) = sockets();
    let a = identity();
    let limits = Options { handshake_ms: 30, ..options() };
    let given_up = Handshake::accepted(accepted, &a, &[], limits).unwrap().finish().err().unwrap();
    assert!(matches!(given_up, LinkError::Timeout { ms: 30 }));
}

#[test]
fn noise_in_place_of_a_handshake_ends_it() {
    let (mut noisy, accepted) = sockets();
    let a = identity();
    noisy.write_all(&[0x5a; 4096]).unwrap();
    assert!(Handshake::accepted(accepted, &a, &[], options()).unwrap().finish().is_err());
}

#[test]
fn an_unproven_peer_cannot_make_this_side_hold_much() {
    let (noisy, accepted) = sockets();
    let a = identity();
    // Handshake records without end: each announces a fragment of one huge message.
    let writer = std::thread::spawn(move || {
        let mut noisy = noisy;
        let mut record = vec![22, 3, 3, 0x40, 0];
        record.extend([1, 0xff, 0xff, 0xff].iter().chain(&[0; 16_380]));
        while noisy.write_all(&record).is_ok() {}
    });
    assert!(Handshake::accepted(accepted, &a, &[], options()).unwrap().finish().is_err());
    writer.join().unwrap();
}

#[test]
fn an_oversize_announcement_is_refused_before_its_bytes_come() {
    let (a, b) = (identity(), identity());
    let (dialled, accepted) = sockets();
    let small = Options { frame_bytes_max: 1000, ..options() };
    let (left, right) = shake(
        Handshake::dialled(dialled, &a, b.fingerprint(), options()).unwrap(),
        Handshake::accepted(accepted, &b, &[a.fingerprint()], small).unwrap(),
    );
    let (mut left, mut right) = (left.unwrap(), right.unwrap());
    left.send(&[0; 1000]).unwrap();
    left.send(&[0; 1001]).unwrap();
    assert_eq!(recv(&mut right).unwrap().len(), 1000);
    assert!(matches!(recv(&mut right), Err(LinkError::Oversize { bytes: 1001, bound: 1000 })));
    assert!(matches!(right.send(&[0; 1001]), Err(LinkError::Oversize { .. })));
}

#[test]
fn a_farewell_and_a_cut_line_are_told_apart() {
    let (mut a, mut b) = linked(options());
    a.send(b"last").unwrap();
    a.close();
    assert_eq!(recv(&mut b).unwrap(), b"last");
    assert!(matches!(recv(&mut b), Err(LinkError::Closed)));

    let (mut a, mut b) = linked(options());
    a.send(b"last").unwrap();
    drop(a);
    assert_eq!(recv(&mut b).unwrap(), b"last");
    assert!(matches!(recv(&mut b), Err(LinkError::Truncated)));
}

#[test]
fn a_changed_byte_on_the_wire_ends_the_link() {
    let (a, b) = (identity(), identity());
    let (dialled, mut outer) = sockets();
    let (mut inner, accepted) = sockets();
    // A relay that flips a bit in everything after the handshake's first flights.
    let (mut outer_back, mut inner_back) = (outer.try_clone().unwrap(), inner.try_clone().unwrap());
    std::thread::spawn(move || std::io::copy(&mut inner_back, &mut outer_back));
    let (go, gone) = std::sync::mpsc::channel::<()>();
    std::thread::spawn(move || {
        let mut buffer = [0; 1 << 16];
        while let Ok(bytes @ 1..) = outer.read(&mut buffer) {
            if gone.try_recv().is_ok() {
                buffer[bytes / 2] ^= 1;
            }
            if inner.write_all(&buffer[..bytes]).is_err() {
                break;
            }
        }
    });
    let (left, right) = shake(
        Handshake::dialled(dialled, &a, b.fingerprint(), options()).unwrap(),
        Handshake::accepted(accepted, &b, &[a.fingerprint()], options()).unwrap(),
    );
    let (mut left, mut right) = (left.unwrap(), right.unwrap());
    go.send(()).unwrap();
    left.send(b"some frame").unwrap();
    assert!(matches!(recv(&mut right), Err(LinkError::Tls(_))));
}

#[test]
fn a_tap_shows_plaintext_both_ways() {
    let (a, b) = linked(options());
    let (tell, told) = std::sync::mpsc::channel();
    let mut a = Tap::new(a, move |direction, frame: &[u8]| tell.send((direction, frame.to_vec())).unwrap());
    let mut b = b;
    a.send(b"there").unwrap();
    b.send(b"back").unwrap();
    assert_eq!(recv(&mut a).unwrap(), b"back");
    let seen: Vec<_> = told.try_iter().collect();
    assert_eq!(seen, [(Direction::Out, b"there".to_vec()), (Direction::In, b"back".to_vec())]);
}

#[test]
fn a_port_in_use_is_named() {
    let first = loopback();
    let refused = Listener::bind(first.tcp_address().unwrap()).unwrap_err().to_string();
    assert!(refused.contains(&first.address().to_string()) && refused.contains("another process"), "{refused}");
}

/// Parties meet: each dials those before it and awaits those after it.
fn meet(
    identities: &[Identity],
    expected: &[Fingerprint],
    present: &[usize],
    wait: Duration,
) -> Vec<Result<Vec<ProvenLink>, EstablishError>> {
    let listeners: Vec<Listener> = identities.iter().map(|_| loopback()).collect();
    let addresses: Vec<SocketAddr> = listeners.iter().filter_map(Listener::tcp_address).collect();
    std::thread::scope(|scope| {
        let parties: Vec<_> = present
            .iter()
            .map(|&me| {
                let (addresses, listener, identity) = (&addresses, &listeners[me], &identities[me]);
                scope.spawn(move || {
                    let dial = |peer: usize| if peer < me { Dial::from(addresses[peer]) } else { Dial::Awaited };
                    let peers: Vec<_> = (0..expected.len())
                        .filter(|&peer| peer != me)
                        .map(|peer| (dial(peer), expected[peer]))
                        .collect();
                    let deadline = Instant::now() + wait;
                    let peers = Peers { peers: &peers, listener: Some(listener), deadline, stop: &|| false };
                    establish(identity, &peers, options())
                })
            })
            .collect();
        parties.into_iter().map(|party| party.join().unwrap()).collect()
    })
}

#[test]
fn parties_meet_in_any_order_of_starting() {
    let identities: Vec<Identity> = (0..4).map(|_| identity()).collect();
    let keys: Vec<Fingerprint> = identities.iter().map(Identity::fingerprint).collect();
    let met = meet(&identities, &keys, &[3, 1, 0, 2], Duration::from_secs(20));
    for (links, me) in met.into_iter().zip([3, 1, 0, 2]) {
        let peers: Vec<Fingerprint> = links.unwrap().iter().map(ProvenLink::peer).collect();
        let others: Vec<Fingerprint> = (0..4).filter(|&peer| peer != me).map(|peer| keys[peer]).collect();
        assert_eq!(peers, others);
    }
}

#[test]
fn a_missing_peer_is_told_by_index_and_strangers_are_mentioned() {
    let identities: Vec<Identity> = (0..2).map(|_| identity()).collect();
    let mut keys: Vec<Fingerprint> = identities.iter().map(Identity::fingerprint).collect();
    keys[1] = identity().fingerprint();
    let met = meet(&identities, &keys, &[0, 1], Duration::from_millis(500));
    let error = met.into_iter().next().unwrap().err().unwrap();
    assert_eq!(error.peer, Some(0));
    assert!(matches!(*error.error, LinkError::Timeout { .. }));
    assert!(error.to_string().contains(&identities[1].fingerprint().to_string()), "{error}");
}
