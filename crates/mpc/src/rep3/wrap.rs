//! The knower's word and both top bits in, a sharing of the word and of the wrap bit out: the core of truncation and lifts.
//!
//! With c known to P1, r to P2 and P3 and c + r mod 2^k below 2^(k−1), the sum wraps exactly if the top bit of c or of r is set:
//! wrap = mc + mr − mc·mr. It is needed modulo 2^m only, so its masks are m bits wide.
//! Source: Dalskov, Escudero, Keller (ePrint 2019/131, 2020/1330); narrowing to 2^m: PROTOCOLS A.6, view test in `tests/views.rs`.

use stoffel_crypto::bits::packed_len;
use stoffel_crypto::{Addr, Prg, Ring};

use super::purpose;
use crate::exec::{Cx, Peer};
use crate::{Abort, Cost, ShareVec};

/// What a party brings: P1 its word and the top bit of c, P2 and P3 the top bit of r.
pub(super) enum Side<S: Ring> {
    /// P1.
    Knower {
        /// The word to share in full.
        word: Vec<S>,
        /// Top bits of c, 0 or 1.
        top: Vec<S>,
    },
    /// P2 or P3: top bits of r, 0 or 1.
    Other(Vec<S>),
}

/// Shares the knower's word, and the wrap bit modulo 2^`width`.
///
/// Cost: 2 rounds; k + 3·`width` bits in all per element: P1→P3 k + `width`, P2→P3 `width`, P3→P2 `width`.
/// Security: semi-honest, n = 3, t = 1; four masks at four addresses, each under a key that the receiver lacks.
pub(super) async fn or_wrap<S: Ring>(
    cx: &Cx,
    side: Side<S>,
    width: u32,
    rotation: u8,
) -> Result<(ShareVec<S>, ShareVec<S>), Abort> {
    let op = cx.next_op();
    let keys = cx.keys();
    let len = match &side {
        Side::Knower { top, .. } | Side::Other(top) => top.len(),
    };
    let draw = |prg: &Prg, purpose, width| {
        let mut out = vec![S::ZERO; len];
        prg.fill_width(Addr { op, purpose }, width, 0, &mut out);
        out
    };
    let zeros = || vec![S::ZERO; len];
    match (cx.role(rotation), side) {
        (0, Side::Knower { word, top }) => {
            let word2 = draw(&keys.next, purpose::WRAP_C, S::BITS);
            let word1: Vec<S> = (0..len).map(|i| word[i].sub(word2[i])).collect();
            let mc2 = draw(&keys.next, purpose::WRAP_MC, width);
            let mc1: Vec<S> = (0..len).map(|i| top[i].sub(mc2[i]).low(width)).collect();
            cx.send(Peer::Prev, &word1, S::BITS);
            cx.send(Peer::Prev, &mc1, width);
            cx.end_round().await?;
            let p2 = draw(&keys.next, purpose::WRAP_P2, width);
            let p3 = draw(&keys.prev, purpose::WRAP_P3, width);
            cx.end_round().await?;
            let wrap1 = (0..len).map(|i| mc1[i].sub(p3[i])).collect();
            let wrap2 = (0..len).map(|i| mc2[i].sub(p2[i])).collect();
            Ok((ShareVec::new(word1, word2), ShareVec::new(wrap1, wrap2)))
        }
        (1, Side::Other(mr)) => {
            let word2 = draw(&keys.prev, purpose::WRAP_C, S::BITS);
            let mc2 = draw(&keys.prev, purpose::WRAP_MC, width);
            let p2 = draw(&keys.prev, purpose::WRAP_P2, width);
            let own: Vec<S> = (0..len).map(|i| mr[i].mul(mc2[i]).sub(p2[i]).low(width)).collect();
            cx.send(Peer::Next, &own, width);
            cx.end_round().await?;
            let due = cx.expect(Peer::Next, len, width);
            cx.end_round().await?;
            let theirs: Vec<S> = cx.recv(due, len, width);
            let wrap2 = (0..len).map(|i| mc2[i].sub(p2[i])).collect();
            let wrap3 = (0..len).map(|i| mr[i].sub(own[i]).sub(theirs[i])).collect();
            Ok((ShareVec::new(word2, zeros()), ShareVec::new(wrap2, wrap3)))
        }
        (2, Side::Other(mr)) => {
            let due_word = cx.expect(Peer::Next, len, S::BITS);
            let due_mc = cx.expect(Peer::Next, len, width);
            let due_p = cx.expect(Peer::Prev, len, width);
            cx.end_round().await?;
            let word1: Vec<S> = cx.recv(due_word, len, S::BITS);
            let mc1: Vec<S> = cx.recv(due_mc, len, width);
            let theirs: Vec<S> = cx.recv(due_p, len, width);
            let p3 = draw(&keys.next, purpose::WRAP_P3, width);
            let own: Vec<S> = (0..len).map(|i| mr[i].mul(mc1[i]).sub(p3[i]).low(width)).collect();
            cx.send(Peer::Prev, &own, width);
            cx.end_round().await?;
            let wrap3 = (0..len).map(|i| mr[i].sub(own[i]).sub(theirs[i])).collect();
            let wrap1 = (0..len).map(|i| mc1[i].sub(p3[i])).collect();
            Ok((ShareVec::new(zeros(), word1), ShareVec::new(wrap3, wrap1)))
        }
        _ => unreachable!("the knower is P1, and only P1"),
    }
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
