//! A kind of link in, what three processes that form a ring reach over it out: the bound of every protocol over such links.
//!
//! `ring KIND` prints one line of JSON: microseconds of a round in which each sends 36 bytes to the one before it, and mebibytes a
//! second that each sends and receives at once in frames of 8 MiB.
#![allow(clippy::print_stdout, reason = "printing is what it is for")]

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use stoffel_net::tls::Options;
use stoffel_net::{Address, Dial, Identity, Link, LinkError, LinkKind, Listener, Meeting, wait_any};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

const ROUNDS: u32 = 20_000;
const SMALL_BYTES: usize = 36;
const LARGE: u32 = 24;
const LARGE_BYTES: usize = 8 << 20;
const SPIN: Duration = Duration::from_micros(80);

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match &arguments[..] {
        [kind] => start(kind.parse()?),
        [kind, party, folder, addresses @ ..] => run(kind.parse()?, party.parse()?, Path::new(folder), addresses),
        _ => Err("usage: ring tls|tcp|unix|shm".into()),
    }
}

/// Starts three processes with keys and addresses of their own.
fn start(kind: LinkKind) -> Outcome<()> {
    let folder = std::env::temp_dir().join(format!("stoffel-ring-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    for party in 0..3 {
        std::fs::write(folder.join(format!("{party}.pem")), Identity::generate(now())?.to_pem().as_bytes())?;
    }
    let ports = (0..3).map(|_| TcpListener::bind("127.0.0.1:0")).collect::<Result<Vec<_>, _>>()?;
    let tcp =
        ports.iter().map(|port| port.local_addr().map(|address| address.to_string())).collect::<Result<Vec<_>, _>>()?;
    drop(ports);
    let own = std::env::current_exe()?;
    let start = |party: usize| -> std::io::Result<Child> {
        Command::new(&own).arg(kind.name()).arg(party.to_string()).arg(&folder).args(&tcp).spawn()
    };
    let children = (0..3).map(start).collect::<Result<Vec<_>, _>>()?;
    let mut good = true;
    for mut child in children {
        good &= child.wait()?.success();
    }
    std::fs::remove_dir_all(&folder)?;
    if good { Ok(()) } else { Err("a party has failed".into()) }
}

fn now() -> u64 {
    std::time::UNIX_EPOCH.elapsed().map_or(0, |since| since.as_secs())
}

fn run(kind: LinkKind, me: usize, folder: &Path, tcp: &[String]) -> Outcome<()> {
    let keys = (0..3)
        .map(|party| Ok(Identity::from_pem(&std::fs::read_to_string(folder.join(format!("{party}.pem")))?)?))
        .collect::<Outcome<Vec<_>>>()?;
    let address = |party: usize| -> Outcome<Address> {
        Ok(if kind.is_unix() {
            Address::Unix(folder.join(party.to_string()))
        } else {
            Address::Tcp(tcp[party].parse()?)
        })
    };
    let listener = Listener::bind_at(&address(me)?)?;
    let others: Vec<usize> = (0..3).filter(|party| *party != me).collect();
    let mut seats = Vec::new();
    for &peer in &others {
        let dial = if peer < me { Dial::To(address(peer)?) } else { Dial::Awaited };
        seats.push((dial, keys[peer].fingerprint()));
    }
    let mut meeting = Meeting::new(&keys[me], &seats, Some(&listener), Options::at(now())).over(kind, 2);
    while !meeting.is_over(0) {
        meeting.advance()?;
        meeting.wait(&mut [], Instant::now() + Duration::from_millis(20))?;
    }
    let mut links = (0..2).filter_map(|seat| meeting.take(seat)).map(|link| link.into_inner()).collect::<Vec<_>>();
    // Position of the next party among the links.
    let next = others.iter().position(|peer| *peer == (me + 1) % 3).unwrap_or(0);

    for _ in 0..ROUNDS / 10 {
        round(&mut links, next, vec![7; SMALL_BYTES])?;
    }
    let began = Instant::now();
    for _ in 0..ROUNDS {
        round(&mut links, next, vec![7; SMALL_BYTES])?;
    }
    let round_us = began.elapsed().as_secs_f64() * 1e6 / f64::from(ROUNDS);
    let mut frame = vec![7; LARGE_BYTES];
    for _ in 0..4 {
        frame = round(&mut links, next, frame)?;
    }
    let began = Instant::now();
    for _ in 0..LARGE {
        frame = round(&mut links, next, frame)?;
    }
    let mib_s = f64::from(LARGE) * (LARGE_BYTES >> 20) as f64 / began.elapsed().as_secs_f64();
    if me == 0 {
        println!("{{\"kind\":\"{kind}\",\"round_us\":{round_us:.2},\"mib_s\":{mib_s:.0}}}");
    }
    links.iter_mut().for_each(|link| link.close());
    Ok(())
}

/// Sends a frame to the previous party and takes one of the next.
fn round(links: &mut [Box<dyn Link>], next: usize, frame: Vec<u8>) -> Result<Vec<u8>, LinkError> {
    links[1 - next].send_vec(frame)?;
    let mut got = None;
    let mut spin_until = Instant::now() + SPIN;
    loop {
        if got.is_none() {
            got = links[next].try_recv()?;
        }
        if links[1 - next].has_pending() {
            links[1 - next].flush()?;
        }
        match got {
            Some(frame) if !links[1 - next].has_pending() => return Ok(frame),
            other => got = other,
        }
        if Instant::now() < spin_until {
            std::thread::yield_now();
            continue;
        }
        let mut all: Vec<&mut dyn Link> = links.iter_mut().map(|link| &mut **link as _).collect();
        wait_any(&mut all, Instant::now() + Duration::from_secs(10))?;
        spin_until = Instant::now() + SPIN;
    }
}
