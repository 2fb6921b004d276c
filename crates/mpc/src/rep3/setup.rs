//! A key and a nonce of each party in, the pairwise generators of the session out.
//!
//! P_i draws k_i and passes it to P_{i+1}; nonces go to everyone. The stream key of a pair is a hash of its key, all nonces and
//! the session, so that no party alone decides it and no session repeats another's.
//! Not here: the operating system's randomness (`runtime` passes it in).

use stoffel_crypto::Prg;
use zeroize::Zeroize;

use crate::exec::{Cx, Keys, Peer};
use crate::{Abort, AbortReason, Cost};

/// What one party draws for a session; wiped on drop.
pub struct Draw {
    /// k_i: 16 uniform bytes.
    pub key: [u8; 16],
    /// 16 uniform bytes, not secret.
    pub nonce: [u8; 16],
}

impl Drop for Draw {
    fn drop(&mut self) {
        self.key.zeroize();
    }
}

/// Agrees on the pairwise generators and installs them in the session.
///
/// Cost: 1 round; 32 bytes to the next party, 16 to the previous.
/// # Errors
/// [`AbortReason::Setup`] if the previous party's key equals this party's: their masks would cancel.
pub async fn agree(cx: &Cx, draw: Draw, session: [u8; 32]) -> Result<(), Abort> {
    cx.send_bytes(Peer::Next, &draw.key);
    cx.send_bytes(Peer::Next, &draw.nonce);
    cx.send_bytes(Peer::Prev, &draw.nonce);
    let from_prev = cx.expect_bytes(Peer::Prev, 32);
    let from_next = cx.expect_bytes(Peer::Next, 16);
    cx.end_round().await?;
    let mut theirs = cx.recv_bytes(from_prev);
    let mut nonces = [Vec::new(), Vec::new(), Vec::new()];
    let me = usize::from(cx.me().0);
    nonces[me] = draw.nonce.to_vec();
    nonces[(me + 1) % 3] = cx.recv_bytes(from_next);
    nonces[(me + 2) % 3] = theirs[16..].to_vec();

    let difference = theirs[..16].iter().zip(&draw.key).fold(0, |bits, (p, q)| bits | (p ^ q));
    if difference == 0 {
        return Err(Abort { culprit: Some(cx.party(Peer::Prev)), reason: AbortReason::Setup });
    }
    let derive = |key: &[u8]| {
        let mut hasher = blake3::Hasher::new_derive_key("stoffel 2026 pairwise stream key v1");
        hasher.update(key).update(&session);
        nonces.iter().for_each(|nonce| {
            hasher.update(nonce);
        });
        let mut stream_key = [0; 16];
        hasher.finalize_xof().fill(&mut stream_key);
        let prg = Prg::new(stream_key);
        stream_key.zeroize();
        prg
    };
    cx.install(Keys { next: derive(&draw.key), prev: derive(&theirs[..16]) });
    theirs.zeroize();
    Ok(())
}

/// What [`agree`] costs.
#[must_use]
pub fn plan() -> Cost {
    (0..3).fold(Cost::rounds(1), |cost, i| cost.elements(i, i + 1, 32, 8).elements(i, i + 2, 16, 8))
}
