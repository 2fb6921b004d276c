//! What every kind of link between processes does alike, and what is refused of those in the clear.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use std::net::{TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use stoffel_net::tls::{Handshake, Options, ProvenLink};
use stoffel_net::{Address, Dial, Fingerprint, Identity, Link, LinkError, LinkKind, Listener, Meeting, wait_any};

const NOW: u64 = 1_760_000_000;
const PATIENCE: Duration = Duration::from_secs(20);

fn identity() -> Identity {
    Identity::generate(NOW).unwrap()
}

fn options() -> Options {
    Options { frame_bytes_max: 1 << 26, ..Options::at(NOW) }
}

/// Two connected sockets that can carry a kind of link.
fn sockets(kind: LinkKind) -> (OwnedFd, OwnedFd) {
    if kind.is_unix() {
        let (a, b) = UnixStream::pair().unwrap();
        return (a.into(), b.into());
    }
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let dialled = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    (dialled.into(), listener.accept().unwrap().0.into())
}

type Met = Result<ProvenLink, LinkError>;

/// Drives both sides of a handshake in one thread.
fn shake(mut a: Handshake, mut b: Handshake) -> (Met, Met) {
    let (mut done_a, mut done_b) = (None, None);
    let deadline = Instant::now() + PATIENCE;
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

fn meet(dials: LinkKind, accepts: LinkKind) -> (Met, Met) {
    let (a, b) = (identity(), identity());
    let (dialled, accepted) = sockets(dials);
    shake(
        Handshake::dialled_over(dialled, &a, b.fingerprint(), dials, options()).unwrap(),
        Handshake::accepted_over(accepted, &b, &[(a.fingerprint(), accepts)], options()).unwrap(),
    )
}

fn linked(kind: LinkKind) -> (ProvenLink, ProvenLink) {
    let (a, b) = meet(kind, kind);
    let (a, b) = (a.unwrap(), b.unwrap());
    assert_eq!((a.kind(), b.kind()), (kind, kind));
    (a, b)
}

/// The next frame; sleeps until it comes.
fn recv(link: &mut dyn Link) -> Result<Vec<u8>, LinkError> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(frame) = link.try_recv()? {
            return Ok(frame);
        }
        assert!(Instant::now() < deadline, "nothing arrives");
        wait_any(&mut [link], deadline)?;
    }
}

/// Sends all of a frame; sleeps while there is no room.
fn send(link: &mut dyn Link, frame: Vec<u8>) {
    link.send_vec(frame).unwrap();
    while link.has_pending() {
        wait_any(&mut [link], Instant::now() + PATIENCE).unwrap();
        link.flush().unwrap();
    }
}

fn pattern(len: usize, seed: usize) -> Vec<u8> {
    (0..len).map(|i| (i * 7 + i / 251 + seed) as u8).collect()
}

#[test]
fn frames_of_every_size_arrive_in_order_and_wake_who_sleeps() {
    for kind in LinkKind::ALL {
        let (mut a, mut b) = linked(kind);
        let sizes =
            [0, 1, 7, 8, 9, 100, 16_380, 65_532, 65_536, 131_073, 1 << 20, (1 << 20) + 5, 3_000_001, 12, 400_000];
        std::thread::scope(|scope| {
            scope.spawn(move || {
                for (seed, len) in sizes.into_iter().enumerate() {
                    let frame = recv(&mut b).unwrap();
                    assert!(frame == pattern(len, seed), "{kind}: frame of {len} bytes");
                    send(&mut b, frame);
                }
                b.close();
                let _ = recv(&mut b);
            });
            for (seed, len) in sizes.into_iter().enumerate() {
                send(&mut a, pattern(len, seed));
                assert!(recv(&mut a).unwrap() == pattern(len, seed), "{kind}: frame of {len} bytes back");
            }
            assert!(matches!(recv(&mut a), Err(LinkError::Closed)));
            a.close();
        });
    }
}

#[test]
fn a_thousand_rounds_of_sleeping_peers_end() {
    for kind in LinkKind::ALL {
        let (mut a, mut b) = linked(kind);
        std::thread::scope(|scope| {
            scope.spawn(move || {
                for round in 0..1000u32 {
                    assert_eq!(recv(&mut b).unwrap(), round.to_le_bytes());
                    b.send(&round.to_be_bytes()).unwrap();
                }
            });
            for round in 0..1000u32 {
                a.send(&round.to_le_bytes()).unwrap();
                assert_eq!(recv(&mut a).unwrap(), round.to_be_bytes());
            }
        });
    }
}

#[test]
fn large_frames_both_ways_at_once_never_block_each_other() {
    for kind in LinkKind::ALL {
        let (mut a, mut b) = linked(kind);
        let frames = [pattern(9 << 20, 1), pattern(9 << 20, 2)];
        a.send(&frames[0]).unwrap();
        b.send(&frames[1]).unwrap();
        let (mut at_a, mut at_b) = (None, None);
        while at_a.is_none() || at_b.is_none() {
            a.flush().unwrap();
            b.flush().unwrap();
            at_a = at_a.or(a.try_recv().unwrap());
            at_b = at_b.or(b.try_recv().unwrap());
        }
        assert!(at_a.unwrap() == frames[1] && at_b.unwrap() == frames[0], "{kind}");
    }
}

#[test]
fn kinds_that_differ_do_not_meet() {
    for (dials, accepts) in
        [(LinkKind::Tls, LinkKind::Tcp), (LinkKind::Tcp, LinkKind::Tls), (LinkKind::Unix, LinkKind::Shm)]
    {
        let (a, b) = meet(dials, accepts);
        let error = b.err().unwrap();
        let told = matches!(error, LinkError::Kind { found, expected } if (found, expected) == (dials, accepts));
        assert!(told || matches!(error, LinkError::Tls(_)), "{error}");
        // The side that dialled is told by an alert, or finds the line cut at its first read: neither waits for its time to be up.
        assert!(!matches!(a, Err(LinkError::Timeout { .. })));
        assert!(a.is_err() || a.is_ok_and(|mut link| recv(&mut link).is_err()));
    }
}

#[test]
fn a_link_in_the_clear_needs_a_socket_of_this_host() {
    let (a, b) = (identity(), identity());
    for kind in [LinkKind::Unix, LinkKind::Shm] {
        let (dialled, _accepted) = sockets(LinkKind::Tls);
        let refused = Handshake::dialled_over(dialled, &a, b.fingerprint(), kind, options()).err().unwrap();
        assert!(matches!(refused, LinkError::Elsewhere(_)) && refused.to_string().contains("link = \"tls\""));
    }
    let (dialled, _accepted) = sockets(LinkKind::Unix);
    let refused = Handshake::dialled_over(dialled, &a, b.fingerprint(), LinkKind::Tcp, options()).err().unwrap();
    assert!(matches!(refused, LinkError::Elsewhere(_)));
}

#[test]
fn a_farewell_and_a_lost_peer_are_told_apart() {
    for kind in LinkKind::ALL {
        let (mut a, mut b) = linked(kind);
        a.send(b"last").unwrap();
        a.close();
        drop(a);
        assert_eq!(recv(&mut b).unwrap(), b"last");
        assert!(matches!(recv(&mut b), Err(LinkError::Closed)), "{kind}");

        let (mut a, mut b) = linked(kind);
        a.send(b"last").unwrap();
        drop(a);
        assert_eq!(recv(&mut b).unwrap(), b"last");
        assert!(matches!(recv(&mut b), Err(LinkError::Truncated)), "{kind}");
    }
}

#[test]
fn a_peer_that_dies_within_a_long_frame_is_lost() {
    for kind in LinkKind::ALL {
        let (mut a, mut b) = linked(kind);
        a.send(&pattern(24 << 20, 0)).unwrap();
        assert!(a.has_pending(), "{kind}: longer than what the transport takes");
        drop(a);
        assert!(matches!(recv(&mut b), Err(LinkError::Truncated)), "{kind}");
    }
}

#[test]
fn an_oversize_announcement_is_refused_by_every_kind() {
    for kind in LinkKind::ALL {
        let (a, b) = (identity(), identity());
        let (dialled, accepted) = sockets(kind);
        let small = Options { frame_bytes_max: 1000, ..options() };
        let (left, right) = shake(
            Handshake::dialled_over(dialled, &a, b.fingerprint(), kind, options()).unwrap(),
            Handshake::accepted_over(accepted, &b, &[(a.fingerprint(), kind)], small).unwrap(),
        );
        let (mut left, mut right) = (left.unwrap(), right.unwrap());
        left.send(&[0; 1000]).unwrap();
        left.send(&[0; 1001]).unwrap();
        assert_eq!(recv(&mut right).unwrap().len(), 1000);
        assert!(matches!(recv(&mut right), Err(LinkError::Oversize { bytes: 1001, bound: 1000 })), "{kind}");
    }
}

/// One end of a ring that three threads form: everybody sends a long frame to the next before reading.
fn ring(identities: &[Identity], kind: LinkKind, listeners: &[Listener], me: usize) {
    let keys: Vec<Fingerprint> = identities.iter().map(Identity::fingerprint).collect();
    let dial = |peer: usize| if peer < me { Dial::To(listeners[peer].address().clone()) } else { Dial::Awaited };
    let others: Vec<usize> = (0..3).filter(|peer| *peer != me).collect();
    let seats: Vec<_> = others.iter().map(|peer| (dial(*peer), keys[*peer])).collect();
    let mut meeting = Meeting::new(&identities[me], &seats, Some(&listeners[me]), options()).over(kind, 2);
    let deadline = Instant::now() + PATIENCE;
    while !meeting.is_over(0) {
        meeting.advance().unwrap();
        meeting.wait(&mut [], deadline.min(Instant::now() + Duration::from_millis(50))).unwrap();
        assert!(Instant::now() < deadline, "the parties do not meet");
    }
    let mut links: Vec<ProvenLink> = (0..2).map(|seat| meeting.take(seat).unwrap()).collect();
    let seat = |peer: usize| others.iter().position(|one| *one == peer % 3).unwrap();
    for round in 0..3 {
        links[seat(me + 1)].send_vec(pattern(8 << 20, me + round)).unwrap();
        let mut got = None;
        while got.is_none() || links.iter().any(Link::has_pending) {
            links.iter_mut().for_each(|link| link.flush().unwrap());
            // The frame of the next round stays in the link while this one's is still being sent.
            got = got.or_else(|| links[seat(me + 2)].try_recv().unwrap());
            if got.is_none() {
                let [a, b] = &mut links[..] else { unreachable!() };
                wait_any(&mut [a, b], deadline).unwrap();
            }
        }
        assert!(got.unwrap() == pattern(8 << 20, (me + 2) % 3 + round), "{kind}, round {round}");
    }
}

#[test]
fn three_parties_that_all_send_first_do_not_block_each_other() {
    let folder = tempfile::tempdir().unwrap();
    for kind in LinkKind::ALL {
        let identities: Vec<Identity> = (0..3).map(|_| identity()).collect();
        let address = |party: u32| match kind.is_unix() {
            true => Address::Unix(folder.path().join(format!("{kind}{party}"))),
            false => Address::Tcp(([127, 0, 0, 1], 0).into()),
        };
        let listeners: Vec<Listener> = (0..3).map(|party| Listener::bind_at(&address(party)).unwrap()).collect();
        std::thread::scope(|scope| {
            for me in 0..3 {
                let (identities, listeners) = (&identities, &listeners);
                scope.spawn(move || ring(identities, kind, listeners, me));
            }
        });
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "paths of sockets are removed");
}
