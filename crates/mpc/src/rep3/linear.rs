//! Linear combinations of sharings: shares in, shares out, nothing sent.
//!
//! Cost of everything here: local. The same functions exist over GF(2), where a sum is `xor`.

use stoffel_crypto::Ring;

use super::share;
use crate::{BitPlanes, PartyIdx, ShareVec, pool};

/// x + y.
#[must_use]
pub fn add<R: Ring>(x: &ShareVec<R>, y: &ShareVec<R>) -> ShareVec<R> {
    zip(x, y, R::add)
}

/// x − y.
#[must_use]
pub fn sub<R: Ring>(x: &ShareVec<R>, y: &ShareVec<R>) -> ShareVec<R> {
    zip(x, y, R::sub)
}

/// −x.
#[must_use]
pub fn neg<R: Ring>(x: &ShareVec<R>) -> ShareVec<R> {
    map(x, R::neg)
}

/// x · factor, for a public factor.
#[must_use]
pub fn scale<R: Ring>(x: &ShareVec<R>, factor: R) -> ShareVec<R> {
    map(x, |c| c.mul(factor))
}

/// x · y element-wise, for public y.
///
/// # Panics
/// If lengths differ.
#[must_use]
pub fn mul_public<R: Ring>(x: &ShareVec<R>, y: &[R]) -> ShareVec<R> {
    assert_eq!(x.len(), y.len(), "operands of one batch have one length");
    let part = |c: &[R]| pool::zip(c, y, R::mul);
    ShareVec::new(part(x.a()), part(x.b()))
}

/// x + y, for public y.
///
/// # Panics
/// If lengths differ.
#[must_use]
pub fn add_public<R: Ring>(me: PartyIdx, x: &ShareVec<R>, y: &[R]) -> ShareVec<R> {
    assert_eq!(x.len(), y.len(), "operands of one batch have one length");
    let part = |component: usize, x: &[R]| {
        if share::holds_constant(me, component) { pool::zip(x, y, R::add) } else { pool::copied(x) }
    };
    ShareVec::new(part(0, x.a()), part(1, x.b()))
}

/// The sum of all elements.
#[must_use]
pub fn sum<R: Ring>(x: &ShareVec<R>) -> ShareVec<R> {
    let part = |c: &[R]| vec![c.iter().fold(R::ZERO, |sum, c| sum.add(*c))];
    ShareVec::new(part(x.a()), part(x.b()))
}

/// The residues modulo the smaller ring `S`: a sharing of x mod 2^(bits of S).
///
/// # Panics
/// If `S` is wider than `R`.
#[must_use]
pub fn narrow<R: Ring, S: Ring>(x: &ShareVec<R>) -> ShareVec<S> {
    assert!(S::BITS <= R::BITS, "residues exist only in a smaller ring");
    let part = |c: &[R]| pool::map(c, |c| S::from_u128(c.to_u128()));
    ShareVec::new(part(x.a()), part(x.b()))
}

/// x ⊕ y.
#[must_use]
pub fn xor(x: &BitPlanes, y: &BitPlanes) -> BitPlanes {
    assert!((x.lanes(), x.planes()) == (y.lanes(), y.planes()), "operands of one batch have one shape");
    let part = |x: &[u64], y: &[u64]| pool::zip(x, y, |x, y| x ^ y);
    BitPlanes::new(part(x.a(), y.a()), part(x.b(), y.b()), x.lanes(), x.planes())
}

/// x ⊕ y, for public y as plane-major words.
///
/// # Panics
/// If lengths differ.
#[must_use]
pub fn xor_public(me: PartyIdx, x: &BitPlanes, y: &[u64]) -> BitPlanes {
    assert_eq!(x.a().len(), y.len(), "operands of one batch have one shape");
    let part = |component: usize, x: &[u64]| {
        if share::holds_constant(me, component) { pool::zip(x, y, |x, y| x ^ y) } else { pool::copied(x) }
    };
    BitPlanes::new(part(0, x.a()), part(1, x.b()), x.lanes(), x.planes())
}

/// x ∧ y, for public y as plane-major words.
///
/// # Panics
/// If lengths differ.
#[must_use]
pub fn and_public(x: &BitPlanes, y: &[u64]) -> BitPlanes {
    assert_eq!(x.a().len(), y.len(), "operands of one batch have one length");
    let part = |c: &[u64]| pool::zip(c, y, |c, y| c & y);
    BitPlanes::new(part(x.a()), part(x.b()), x.lanes(), x.planes())
}

/// ¬x.
#[must_use]
pub fn not(me: PartyIdx, x: &BitPlanes) -> BitPlanes {
    let part = |component: usize, x: &[u64]| {
        let flips = share::holds_constant(me, component);
        pool::map(x, |x| if flips { !x } else { x })
    };
    BitPlanes::new(part(0, x.a()), part(1, x.b()), x.lanes(), x.planes())
}

fn map<R: Ring>(x: &ShareVec<R>, f: impl Fn(R) -> R) -> ShareVec<R> {
    let part = |c: &[R]| pool::map(c, &f);
    ShareVec::new(part(x.a()), part(x.b()))
}

fn zip<R: Ring>(x: &ShareVec<R>, y: &ShareVec<R>, f: impl Fn(R, R) -> R) -> ShareVec<R> {
    assert_eq!(x.len(), y.len(), "operands of one batch have one length");
    let part = |x: &[R], y: &[R]| pool::zip(x, y, &f);
    ShareVec::new(part(x.a(), y.a()), part(x.b(), y.b()))
}
