//! Counter blocks in, AES-128 keystream out: the constant-time twin of the SIMD back-ends.

use aes::Aes128;
use aes::cipher::{Array, BlockCipherEncrypt, KeyInit};

/// An expanded key; the crate wipes it on drop.
pub(super) struct Aes(Aes128);

impl Aes {
    pub(super) fn new(key: &[u8; 16]) -> Self {
        Self(Aes128::new(&Array::from(*key)))
    }

    /// Encrypts `counter`, `counter + 1`, … into the whole blocks of `out`.
    pub(super) fn blocks(&self, counter: u128, out: &mut [u8]) {
        let mut next = counter;
        for tile in out.chunks_mut(16 * 16) {
            let mut blocks = [Array::from([0; 16]); 16];
            for block in &mut blocks {
                *block = Array::from(next.to_be_bytes());
                next = next.wrapping_add(1);
            }
            self.0.encrypt_blocks(&mut blocks);
            for (bytes, block) in tile.chunks_mut(16).zip(&blocks) {
                bytes.copy_from_slice(&block[..bytes.len()]);
            }
        }
    }
}
