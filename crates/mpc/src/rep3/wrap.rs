//! The knower's word and both top bits in, a sharing of the word and of the wrap bit out: the core of truncation and lifts.
//!
//! With c known to P1, r to P2 and P3 and c + r mod 2^k below 2^(k−1), the sum wraps exactly if the top bit of c or of r is set:
//! wrap = mc + mr − mc·mr. It is needed modulo 2^m only, so its masks are m bits wide.
//! Source: Dalskov, Escudero, Keller (ePrint 2019/131, 2020/1330); narrowing to 2^m: PROTOCOLS A.6, view test in `tests/views.rs`.

use stoffel_crypto::bits::packed_len;
use stoffel_crypto::{Addr, Prg, Ring, kernel};

use super::purpose;
use crate::exec::{Cx, Peer};
use crate::{Abort, Cost, ShareVec, pool};

/// What a party brings: P1 its word and the top bit of c, P2 and P3 the top bit of r.
pub(super) enum Side<S: Ring, W: Ring> {
    /// P1.
    Knower {
        /// The word to share in full.
        word: Vec<S>,
        /// Top bits of c, 0 or 1.
        top: Vec<W>,
    },
    /// P2 or P3: top bits of r, 0 or 1.
    Other(Vec<W>),
}

/// Shares the knower's word, and the wrap bit modulo 2^`width`, in a ring `W` of its own that is no narrower.
///
/// Cost: 2 rounds; k + 3·`width` bits in all per element: P1→P3 k + `width`, P2→P3 `width`, P3→P2 `width`.
/// Security: semi-honest, n = 3, t = 1; four masks at four addresses, each under a key that the receiver lacks.
pub(super) async fn or_wrap<S: Ring, W: Ring>(
    cx: &Cx,
    side: Side<S, W>,
    width: u32,
    rotation: u8,
) -> Result<(ShareVec<S>, ShareVec<W>), Abort> {
    let op = cx.next_op();
    let keys = cx.keys();
    let addr = |purpose| Addr { op, purpose };
    let len = match &side {
        Side::Knower { top, .. } | Side::Other(top) => top.len(),
    };
    let draw = |prg: &Prg, purpose| {
        let mut out = pool::take::<W>(len);
        prg.fill_width(addr(purpose), width, 0, &mut out);
        out
    };
    let draw_word = |prg: &Prg| {
        let mut out = pool::take::<S>(len);
        prg.fill(addr(purpose::WRAP_C), 0, &mut out);
        out
    };
    let unmask = |prg: &Prg, purpose, x: &mut [W]| kernel::with_stream(prg, addr(purpose), width, x, W::sub);
    // mr·mc − mask, for one component of mc.
    let product = |mr: &[W], mc: &[W], prg: &Prg, purpose| {
        let mut own = pool::zip(mr, mc, W::mul);
        unmask(prg, purpose, &mut own);
        own.iter_mut().for_each(|own| *own = own.low(width));
        own
    };
    let rest = |mut mr: Vec<W>, own: Vec<W>, theirs: Vec<W>| {
        mr.iter_mut().zip(&own).zip(&theirs).for_each(|((mr, own), theirs)| *mr = mr.sub(*own).sub(*theirs));
        pool::give(own);
        pool::give(theirs);
        mr
    };
    match (cx.role(rotation), side) {
        (0, Side::Knower { word: mut word1, top: mut mc1 }) => {
            let word2 = draw_word(&keys.next);
            word1.iter_mut().zip(&word2).for_each(|(word, mask)| *word = word.sub(*mask));
            cx.send(Peer::Prev, &word1, S::BITS);
            let mut mc2 = draw(&keys.next, purpose::WRAP_MC);
            mc1.iter_mut().zip(&mc2).for_each(|(top, mask)| *top = top.sub(*mask).low(width));
            cx.send(Peer::Prev, &mc1, width);
            cx.end_round().await?;
            unmask(&keys.next, purpose::WRAP_P2, &mut mc2);
            unmask(&keys.prev, purpose::WRAP_P3, &mut mc1);
            cx.end_round().await?;
            Ok((ShareVec::new(word1, word2), ShareVec::new(mc1, mc2)))
        }
        (1, Side::Other(mr)) => {
            let word2 = draw_word(&keys.prev);
            let mc2 = draw(&keys.prev, purpose::WRAP_MC);
            let own = product(&mr, &mc2, &keys.prev, purpose::WRAP_P2);
            cx.send(Peer::Next, &own, width);
            // mc·mr less the mask is sent, so the mask is mr·mc less what is sent; it is not drawn again.
            let mut wrap2 = mc2;
            for ((wrap, mr), own) in wrap2.iter_mut().zip(&mr).zip(&own) {
                *wrap = wrap.sub(mr.mul(*wrap)).add(*own);
            }
            cx.end_round().await?;
            let due = cx.expect(Peer::Next, len, width);
            cx.end_round().await?;
            let wrap3 = rest(mr, own, cx.recv(due, len, width));
            Ok((ShareVec::new(word2, zeros(len)), ShareVec::new(wrap2, wrap3)))
        }
        (2, Side::Other(mr)) => {
            let due_word = cx.expect(Peer::Next, len, S::BITS);
            let due_mc = cx.expect(Peer::Next, len, width);
            let due_p = cx.expect(Peer::Prev, len, width);
            cx.end_round().await?;
            let word1: Vec<S> = cx.recv(due_word, len, S::BITS);
            let mut wrap1: Vec<W> = cx.recv(due_mc, len, width);
            let theirs: Vec<W> = cx.recv(due_p, len, width);
            let own = product(&mr, &wrap1, &keys.next, purpose::WRAP_P3);
            cx.send(Peer::Prev, &own, width);
            for ((wrap, mr), own) in wrap1.iter_mut().zip(&mr).zip(&own) {
                *wrap = wrap.sub(mr.mul(*wrap)).add(*own);
            }
            cx.end_round().await?;
            let wrap3 = rest(mr, own, theirs);
            Ok((ShareVec::new(zeros(len), word1), ShareVec::new(wrap3, wrap1)))
        }
        _ => unreachable!("the knower is P1, and only P1"),
    }
}

fn zeros<S: Ring>(len: usize) -> Vec<S> {
    let mut out = pool::take(len);
    out.fill(S::ZERO);
    out
}

/// What [`or_wrap`] costs.
pub(super) fn plan<S: Ring>(len: usize, width: u32, rotation: u8) -> Cost {
    let p1 = usize::from(rotation);
    Cost::rounds(2)
        .elements(p1, p1 + 2, len, S::BITS)
        .elements(p1, p1 + 2, len, width)
        .elements(p1 + 1, p1 + 2, len, width)
        .elements(p1 + 2, p1 + 1, len, width)
        .prg(2 * packed_len(len, S::BITS) + 6 * packed_len(len, width))
}
