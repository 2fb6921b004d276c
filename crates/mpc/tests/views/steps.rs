//! The steps under test: inputs per lane, protocol, what each message consists of, and which outputs may be told apart.

use std::future::Future;
use std::pin::Pin;

use stoffel_crypto::bits::{from_planes, to_planes};
use stoffel_crypto::{Addr, Ring, ZSmall};
use stoffel_mpc::exec::Cx;
use stoffel_mpc::rep3::ltz::Circuit;
use stoffel_mpc::rep3::shuffle::{Shuffle, Way};
use stoffel_mpc::rep3::{a2b, b2a, dot, eq, input, lift, logic, ltz, mul, open, scale, shift, trunc};
use stoffel_mpc::{Abort, BitPlanes, PartyIdx, ShareVec};

/// Opened values per lane.
pub(crate) type Opened = Pin<Box<dyn Future<Output = Result<Vec<u128>, Abort>>>>;

/// One step composed with the opening of its result.
pub(crate) struct Step {
    /// Name in failures.
    pub(crate) name: &'static str,
    /// Widths of the secrets, each dealt as a sharing of x_1 and x_2 (as bits of one plane if `binary`).
    pub(crate) secrets: Vec<u32>,
    /// Whether the secret is a sharing over GF(2).
    pub(crate) binary: Vec<bool>,
    /// All secret tuples to compare.
    pub(crate) inputs: Vec<Vec<u128>>,
    /// Runs at one party: components (a, b) of every secret per lane.
    pub(crate) run: Run,
    /// Widths of the elements that go from one party to another, in order, before the opening.
    pub(crate) messages: fn(from: usize, to: usize) -> Vec<u32>,
    /// Widths of the elements that are opened, which go from every party to the next.
    pub(crate) opening: Vec<u32>,
    /// Rounding randomness that the functionality gives to a party, if its own shares do not determine it.
    pub(crate) rounding: Option<Rounding>,
    /// Which mutations are worth their enumeration; lighter steps contain the same masks.
    pub(crate) mutate: Mutate,
    /// Whether the dealt components are fixed instead of enumerated (they are then sampled).
    pub(crate) fixed_shares: bool,
}

/// What a lane's rounding randomness is, and its bits.
type Rounding = (fn(&Lane<'_>) -> u128, u32);

/// One lane of one party's view.
pub(crate) struct Lane<'a> {
    pub(crate) party: usize,
    /// First element from the next and from the previous party.
    pub(crate) first: [u128; 2],
    /// Bits of each stream that this party draws from.
    pub(crate) drawn: &'a [((u8, Addr), u128)],
}

/// How far a step's masks are mutated.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Mutate {
    /// Not at all.
    No,
    /// Every mask is dropped.
    Drops,
    /// Every mask is dropped and exchanged for every other.
    All,
}

fn ring<R: Ring>(parts: &[Vec<u128>; 2]) -> ShareVec<R> {
    let part = |c: &Vec<u128>| c.iter().map(|w| R::from_u128(*w)).collect();
    ShareVec::new(part(&parts[0]), part(&parts[1]))
}

fn bits(parts: &[Vec<u128>; 2], planes: u32) -> BitPlanes {
    let [a, b] = [0, 1].map(|c: usize| to_planes(&parts[c], planes));
    BitPlanes::new(a, b, parts[0].len(), planes as usize)
}

fn bit(parts: &[Vec<u128>; 2]) -> BitPlanes {
    bits(parts, 1)
}

async fn open<R: Ring>(cx: &Cx, x: &ShareVec<R>) -> Result<Vec<u128>, Abort> {
    Ok(open::to_all(cx, x, R::BITS).await?.into_iter().map(Ring::to_u128).collect())
}

async fn open_bits(cx: &Cx, x: &BitPlanes) -> Result<Vec<u128>, Abort> {
    Ok(from_planes(&open::bits_to_all(cx, x).await?, x.lanes()))
}

fn all(width: u32) -> Vec<Vec<u128>> {
    (0..1 << width).map(|x| vec![x]).collect()
}

fn pairs(width: u32) -> Vec<Vec<u128>> {
    (0..1 << width).flat_map(|x| (0..1 << width).map(move |y| vec![x, y])).collect()
}

fn signed(width: u32, range: std::ops::RangeInclusive<i128>) -> Vec<Vec<u128>> {
    range.map(|x| vec![x as u128 & ((1 << width) - 1)]).collect()
}

/// Messages of roles, then those of the ring P_i → P_{i−1}.
fn with_ring(from: usize, to: usize, roles: Vec<u32>, ring: &[u32]) -> Vec<u32> {
    let mut out = roles;
    if (from + 2) % 3 == to {
        out.extend_from_slice(ring);
    }
    out
}

type Z1 = ZSmall<1>;
type Z2 = ZSmall<2>;
type Z3 = ZSmall<3>;
type Z4 = ZSmall<4>;
type Z5 = ZSmall<5>;

/// A step over rings, composed with the opening of its result.
macro_rules! opened {
    (|$cx:ident, $x:ident| $step:expr) => {
        |$cx, $x| Box::pin(async move { open(&$cx, &$step.await?).await })
    };
}

/// As `opened`, for a step whose result is bits.
macro_rules! opened_bits {
    (|$cx:ident, $x:ident| $step:expr) => {
        |$cx, $x| Box::pin(async move { open_bits(&$cx, &$step.await?).await })
    };
}

/// Every step, in every small ring that can be enumerated.
pub(crate) fn all_steps() -> Vec<Step> {
    [products(), positions(), comparisons(), conversions(), truncations()].into_iter().flatten().collect()
}

type Run = fn(Cx, Vec<[Vec<u128>; 2]>) -> Opened;

fn step(
    name: &'static str,
    secrets: &[u32],
    inputs: Vec<Vec<u128>>,
    run: Run,
    messages: fn(usize, usize) -> Vec<u32>,
    opening: &[u32],
) -> Step {
    Step {
        name,
        secrets: secrets.to_vec(),
        binary: vec![false; secrets.len()],
        inputs,
        run,
        messages,
        opening: opening.to_vec(),
        rounding: None,
        mutate: Mutate::All,
        fixed_shares: false,
    }
}

fn products() -> Vec<Step> {
    let some = vec![vec![0, 0], vec![2, 4], vec![7, 5]];
    let fours = (0..16).map(|w| (0..4).map(|j| w >> j & 1).collect()).collect();
    vec![
        step(
            "mul Z/4",
            &[2, 2],
            pairs(2),
            opened!(|cx, x| mul::mul::<Z2>(&cx, &ring(&x[0]), &ring(&x[1]))),
            |f, t| with_ring(f, t, vec![], &[2]),
            &[2],
        ),
        Step {
            mutate: Mutate::No,
            ..step(
                "mul Z/8",
                &[3, 3],
                some,
                opened!(|cx, x| mul::mul::<Z3>(&cx, &ring(&x[0]), &ring(&x[1]))),
                |f, t| with_ring(f, t, vec![], &[3]),
                &[3],
            )
        },
        step(
            "dot Z/2",
            &[1, 1, 1, 1],
            fours,
            opened!(|cx, x| dot_of_two(&cx, &x)),
            |f, t| with_ring(f, t, vec![], &[1]),
            &[1],
        ),
        Step {
            binary: vec![true, true],
            ..step(
                "and",
                &[1, 1],
                pairs(1),
                opened_bits!(|cx, x| logic::and(&cx, &bit(&x[0]), &bit(&x[1]))),
                |f, t| with_ring(f, t, vec![], &[1]),
                &[1],
            )
        },
    ]
}

fn positions() -> Vec<Step> {
    vec![
        Step {
            binary: vec![true],
            ..step(
                "leading bit of three planes",
                &[3],
                all(3),
                opened_bits!(|cx, x| scale::scale(&cx, &bits(&x[0], 3), false)),
                |f, t| with_ring(f, t, vec![], &[1, 1]),
                &[1; 3],
            )
        },
        Step {
            binary: vec![true],
            mutate: Mutate::Drops,
            ..step(
                "leading bit of two planes and a sign",
                &[3],
                all(3),
                opened_bits!(|cx, x| scale::scale(&cx, &bits(&x[0], 3), true)),
                |f, t| with_ring(f, t, vec![], &[1, 1]),
                &[1; 2],
            )
        },
        step(
            "shuffle of two rows over Z/2",
            &[1, 1],
            pairs(1),
            |cx, x| Box::pin(async move { open_rows(&cx, shuffled(&cx, &x, Way::There).await?).await }),
            |f, t| match (f, t) {
                (0, 2) => vec![1; 4],
                (1, 0) | (2, 0) => vec![1; 2],
                _ => vec![],
            },
            &[1, 1],
        ),
        Step {
            mutate: Mutate::Drops,
            ..step(
                "shuffle of two rows over Z/2, back",
                &[1, 1],
                pairs(1),
                |cx, x| Box::pin(async move { open_rows(&cx, shuffled(&cx, &x, Way::Back).await?).await }),
                |f, t| match (f, t) {
                    (0, 1) => vec![1; 4],
                    (1, 0) | (2, 0) => vec![1; 2],
                    _ => vec![],
                },
                &[1, 1],
            )
        },
        Step {
            binary: vec![true, true],
            fixed_shares: true,
            mutate: Mutate::Drops,
            ..step(
                "shift of two planes",
                &[2, 2],
                pairs(2),
                opened_bits!(|cx, x| shift::by_secret(&cx, &bits(&x[0], 2), &bits(&x[1], 2), shift::Shift::Up)),
                |f, t| with_ring(f, t, vec![], &[1; 4]),
                &[1; 2],
            )
        },
    ]
}

/// Two rows of every lane in an order of its own.
async fn shuffled(cx: &Cx, x: &[[Vec<u128>; 2]], way: Way) -> Result<ShareVec<Z1>, Abort> {
    let lanes = x[0][0].len();
    let part = |c: usize| [x[0][c].clone(), x[1][c].clone()].concat();
    let shuffle = Shuffle::draw_groups(cx, 2, lanes, 1, 0);
    shuffle.apply::<Z1, false>(cx, &ring(&[part(0), part(1)]), 1, way).await
}

/// Both rows of every lane, as two bits.
async fn open_rows(cx: &Cx, rows: ShareVec<Z1>) -> Result<Vec<u128>, Abort> {
    let opened = open(cx, &rows).await?;
    let (first, second) = opened.split_at(opened.len() / 2);
    Ok(first.iter().zip(second).map(|(first, second)| first | second << 1).collect())
}

async fn dot_of_two(cx: &Cx, x: &[[Vec<u128>; 2]]) -> Result<ShareVec<Z1>, Abort> {
    let interleave = |p: &[Vec<u128>; 2], q: &[Vec<u128>; 2]| {
        let part = |c: usize| p[c].iter().zip(&q[c]).flat_map(|(a, b)| [*a, *b]).collect::<Vec<_>>();
        ring::<Z1>(&[part(0), part(1)])
    };
    dot::dot(cx, &interleave(&x[0], &x[1]), &interleave(&x[2], &x[3]), &vec![2; x[0][0].len()]).await
}

fn comparisons() -> Vec<Step> {
    vec![
        step(
            "ltz Z/8",
            &[3],
            all(3),
            opened_bits!(|cx, x| ltz::ltz::<Z3>(&cx, &ring(&x[0]), 3, Circuit::Tree, 0)),
            |f, t| with_ring(f, t, roles(f, t, &[1; 3], &[1]), &[1]),
            &[1],
        ),
        step(
            "ltz Z/8, roles rotated",
            &[3],
            all(3),
            opened_bits!(|cx, x| ltz::ltz::<Z3>(&cx, &ring(&x[0]), 3, Circuit::Tree, 2)),
            |f, t| with_ring(f, t, roles((f + 1) % 3, (t + 1) % 3, &[1; 3], &[1]), &[1]),
            &[1],
        ),
        Step {
            fixed_shares: true,
            mutate: Mutate::Drops,
            ..step(
                "ltz Z/16",
                &[4],
                [0, 1, 5, 7, 8, 9, 12, 15].map(|x| vec![x]).into(),
                opened_bits!(|cx, x| ltz::ltz::<Z4>(&cx, &ring(&x[0]), 4, Circuit::Tree, 0)),
                // s and the two low products; p of the pair, c2, the root.
                |f, t| with_ring(f, t, roles(f, t, &[1; 4], &[1; 2]), &[1, 1, 1]),
                &[1],
            )
        },
        Step {
            fixed_shares: true,
            mutate: Mutate::Drops,
            ..step(
                "ltz Z/16, ripple",
                &[4],
                [0, 1, 5, 7, 8, 9, 12, 15].map(|x| vec![x]).into(),
                opened_bits!(|cx, x| ltz::ltz::<Z4>(&cx, &ring(&x[0]), 4, Circuit::Ripple, 0)),
                // s and the lowest product; two gates.
                |f, t| with_ring(f, t, roles(f, t, &[1; 4], &[1]), &[1, 1]),
                &[1],
            )
        },
        step(
            "eqz Z/8",
            &[3],
            all(3),
            opened_bits!(|cx, x| eq::eqz::<Z3>(&cx, &ring(&x[0]), 3, 0)),
            |f, t| with_ring(f, t, roles(f, t, &[1; 3], &[]), &[1, 1]),
            &[1],
        ),
    ]
}

fn conversions() -> Vec<Step> {
    vec![
        step(
            "a2b Z/8",
            &[3],
            all(3),
            opened_bits!(|cx, x| a2b::a2b::<Z3>(&cx, &ring(&x[0]), 3, 0)),
            |f, t| with_ring(f, t, roles(f, t, &[1; 3], &[1; 2]), &[1]),
            &[1; 3],
        ),
        Step {
            binary: vec![true],
            ..step(
                "b2a Z/8",
                &[1],
                all(1),
                opened!(|cx, x| b2a::b2a::<Z3>(&cx, &bit(&x[0]), 0)),
                |f, t| roles(f, t, &[3], &[3]),
                &[3],
            )
        },
        Step {
            binary: vec![true],
            ..step(
                "word Z/4",
                &[2],
                all(2),
                opened!(|cx, x| b2a::word::<Z2>(&cx, &bits(&x[0], 2), false, 0)),
                |f, t| match (f, t) {
                    // Bits of −r and the product of the low bits; then x − r to P2 and P3.
                    (0, 2) => vec![1, 1, 1],
                    (1, 0) => vec![1],
                    (2, 1) => vec![1, 1, 1],
                    (1, 2) => vec![1, 1],
                    _ => vec![],
                },
                &[2],
            )
        },
        Step {
            binary: vec![true, false],
            mutate: Mutate::Drops,
            ..step(
                "inject Z/4",
                &[1, 2],
                (0..8).map(|w| vec![w & 1, w >> 1]).collect(),
                opened!(|cx, x| b2a::inject::<Z2>(&cx, &bit(&x[0]), &ring(&x[1]), 0)),
                |f, t| with_ring(f, t, roles(f, t, &[2], &[2]), &[2]),
                &[2],
            )
        },
        step(
            "lift Z/8 to Z/32",
            &[3],
            signed(3, -2..=1),
            opened!(|cx, x| lift::lift::<Z3, Z5>(&cx, &ring(&x[0]), 0)),
            |f, t| roles(f, t, &[5, 2], &[2]),
            &[5],
        ),
        step(
            "full lift Z/4 to Z/8",
            &[2],
            all(2),
            opened!(|cx, x| lift::full::<Z2, Z3>(&cx, &ring(&x[0]), lift::Range::Unsigned, 0)),
            // c beside both bits of s and a low product; c2; then the carry enters Z/2.
            |f, t| match (f, t) {
                (0, 2) => vec![3, 1, 1, 1, 1],
                (1, 2) => vec![1, 1],
                (2, 1) => vec![1, 1, 1],
                (1, 0) => vec![1],
                _ => vec![],
            },
            &[3],
        ),
    ]
}

/// Purpose of r in a fused product.
const FUSED_R: u8 = 20;

fn fused_inputs() -> Vec<Vec<u128>> {
    let pairs = [(0i128, 0), (0, 5), (1, 2), (2, 1), (-1, -2), (-1, 2), (2, -2), (-4, 1), (1, 1), (-1, 3)];
    pairs.iter().map(|(x, y)| vec![*x as u128 & 15, *y as u128 & 15]).collect()
}

fn truncations() -> Vec<Step> {
    vec![
        Step {
            fixed_shares: true,
            // P1 learns c − z_1, the sum of what it receives; P2 and P3 draw r.
            rounding: Some((
                |lane| {
                    let r =
                        lane.drawn.iter().find(|((_, addr), _)| addr.purpose == FUSED_R).map_or(0, |(_, bits)| *bits);
                    if lane.party == 0 { (lane.first[0] + lane.first[1]) & 15 } else { r }
                },
                4,
            )),
            ..step(
                "fused product Z/16 by 1",
                &[4, 4],
                fused_inputs(),
                opened!(|cx, x| trunc::mul::<Z4>(&cx, &ring(&x[0]), &ring(&x[1]), 1, 0)),
                |f, t| match (f, t) {
                    (1, 0) | (2, 0) => vec![4],
                    _ => roles(f, t, &[4, 1], &[1]),
                },
                &[4],
            )
        },
        step(
            "trunc Z/16 by 1",
            &[4],
            signed(4, -4..=2),
            opened!(|cx, x| trunc::trunc::<Z4>(&cx, &ring(&x[0]), 1, 0)),
            |f, t| roles(f, t, &[4, 1], &[1]),
            &[4],
        ),
        Step {
            mutate: Mutate::Drops,
            ..step(
                "trunc Z/16 by 2",
                &[4],
                signed(4, -4..=0),
                opened!(|cx, x| trunc::trunc::<Z4>(&cx, &ring(&x[0]), 2, 0)),
                |f, t| roles(f, t, &[4, 2], &[2]),
                &[4],
            )
        },
        Step {
            mutate: Mutate::No,
            ..step(
                "trunc Z/32 by 1",
                &[5],
                signed(5, -8..=6),
                opened!(|cx, x| trunc::trunc::<Z5>(&cx, &ring(&x[0]), 1, 0)),
                |f, t| roles(f, t, &[5, 1], &[1]),
                &[5],
            )
        },
        Step {
            fixed_shares: true,
            mutate: Mutate::Drops,
            ..step(
                "floor Z/8 by 1",
                &[3],
                signed(3, -2..=1),
                opened!(|cx, x| trunc::floor::<Z3>(&cx, &ring(&x[0]), 1, 0)),
                // Truncation beside the carry of the low bit; then the carry enters the ring.
                |f, t| match (f, t) {
                    (0, 2) => vec![3, 1, 1, 3],
                    (1, 2) | (2, 1) => vec![1, 1, 3],
                    _ => vec![],
                },
                &[3],
            )
        },
    ]
}

/// The common shape of steps with roles: P1→P3 `input`, P2→P3 `half` in round 1, P3→P2 `half` in round 2.
fn roles(from: usize, to: usize, input: &[u32], half: &[u32]) -> Vec<u32> {
    match (from, to) {
        (0, 2) => input.to_vec(),
        (1, 2) | (2, 1) => half.to_vec(),
        _ => Vec::new(),
    }
}

/// A party's input is masked towards everybody else.
pub(crate) async fn party_input(cx: Cx, values: Vec<u128>) -> Result<Vec<u128>, Abort> {
    let owner = PartyIdx(0);
    let own: Vec<Z3> = values.iter().map(|v| Z3::from_u128(*v)).collect();
    let mine = (cx.me() == owner).then_some(own.as_slice());
    input::from_party(&cx, owner, mine, values.len()).await?;
    Ok(Vec::new())
}
