//! Counter blocks in, AES-128 keystream out, by the AES instructions of x86-64.
//!
//! Eight blocks in flight cover the latency of `aesenc`; on 512-bit registers sixteen.
#![allow(unsafe_code)]

use std::arch::x86_64::*;
use std::sync::OnceLock;

use zeroize::Zeroize;

/// Whether AES instructions on 128-bit registers may be used.
pub(super) fn has_aes() -> bool {
    is_x86_feature_detected!("aes") && is_x86_feature_detected!("ssse3") && is_x86_feature_detected!("sse4.1")
}

/// Whether AES instructions on 512-bit registers may be used.
pub(super) fn has_vaes512() -> bool {
    static FOUND: OnceLock<bool> = OnceLock::new();
    *FOUND.get_or_init(|| {
        has_aes()
            && is_x86_feature_detected!("vaes")
            && is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
    })
}

/// An expanded key, wiped on drop.
pub(super) struct Aes {
    round_keys: [[u8; 16]; 11],
    wide: bool,
}

impl Drop for Aes {
    fn drop(&mut self) {
        self.round_keys.zeroize();
    }
}

impl Aes {
    /// For 128-bit registers.
    ///
    /// # Panics
    /// If the machine lacks the instructions.
    pub(super) fn narrow(key: &[u8; 16]) -> Self {
        assert!(has_aes(), "this machine lacks AES instructions");
        // SAFETY: the features of `expand` were detected.
        Self { round_keys: unsafe { expand(key) }, wide: false }
    }

    /// For 512-bit registers.
    ///
    /// # Panics
    /// If the machine lacks the instructions.
    pub(super) fn wide(key: &[u8; 16]) -> Self {
        assert!(has_vaes512(), "this machine lacks AES instructions on 512-bit registers");
        Self { wide: true, ..Self::narrow(key) }
    }

    /// Encrypts `counter`, `counter + 1`, … into the whole blocks of `out`.
    pub(super) fn blocks(&self, counter: u128, out: &mut [u8]) {
        let wide = if self.wide { out.len() / 256 } else { 0 };
        let (body, tail) = out.split_at_mut(wide * 256);
        if wide > 0 {
            // SAFETY: `wide` is set only after the features were detected, and `body` is whole groups of sixteen blocks.
            unsafe { ctr_wide(&self.round_keys, counter, body) };
        }
        if !tail.is_empty() {
            // SAFETY: a value of this type exists only after the features were detected.
            unsafe { ctr_narrow(&self.round_keys, counter + 16 * wide as u128, tail) };
        }
    }
}

/// The key schedule of FIPS 197 §5.2.
///
/// # Safety
/// Needs the named features.
#[target_feature(enable = "aes,sse2")]
unsafe fn expand(key: &[u8; 16]) -> [[u8; 16]; 11] {
    macro_rules! step {
        ($keys:ident, $i:literal, $rcon:literal) => {{
            let mut key = $keys[$i - 1];
            let assist = _mm_shuffle_epi32::<0xff>(_mm_aeskeygenassist_si128::<$rcon>(key));
            key = _mm_xor_si128(key, _mm_slli_si128::<4>(key));
            key = _mm_xor_si128(key, _mm_slli_si128::<8>(key));
            $keys[$i] = _mm_xor_si128(key, assist);
        }};
    }
    let mut keys = [_mm_setzero_si128(); 11];
    // SAFETY: the key is sixteen readable bytes; unaligned loads are allowed.
    keys[0] = unsafe { _mm_loadu_si128(key.as_ptr().cast()) };
    step!(keys, 1, 0x01);
    step!(keys, 2, 0x02);
    step!(keys, 3, 0x04);
    step!(keys, 4, 0x08);
    step!(keys, 5, 0x10);
    step!(keys, 6, 0x20);
    step!(keys, 7, 0x40);
    step!(keys, 8, 0x80);
    step!(keys, 9, 0x1b);
    step!(keys, 10, 0x36);
    let mut bytes = [[0; 16]; 11];
    for (target, key) in bytes.iter_mut().zip(&keys) {
        // SAFETY: the target is sixteen writable bytes.
        unsafe { _mm_storeu_si128(target.as_mut_ptr().cast(), *key) };
    }
    bytes
}

/// # Safety
/// Needs the named features; `out` is whole blocks.
#[target_feature(enable = "aes,ssse3,sse4.1")]
unsafe fn ctr_narrow(round_keys: &[[u8; 16]; 11], mut counter: u128, out: &mut [u8]) {
    let mut keys = [_mm_setzero_si128(); 11];
    for (key, bytes) in keys.iter_mut().zip(round_keys) {
        // SAFETY: a round key is sixteen readable bytes.
        *key = unsafe { _mm_loadu_si128(bytes.as_ptr().cast()) };
    }
    let load = |counter: u128| {
        let bytes = counter.to_be_bytes();
        // SAFETY: sixteen readable bytes.
        unsafe { _mm_loadu_si128(bytes.as_ptr().cast()) }
    };
    let mut groups = out.chunks_exact_mut(128);
    for group in &mut groups {
        let mut state = [_mm_setzero_si128(); 8];
        for (i, s) in state.iter_mut().enumerate() {
            *s = _mm_xor_si128(load(counter + i as u128), keys[0]);
        }
        for key in &keys[1..10] {
            for s in &mut state {
                *s = _mm_aesenc_si128(*s, *key);
            }
        }
        for (s, target) in state.iter().zip(group.chunks_exact_mut(16)) {
            // SAFETY: the target is sixteen writable bytes.
            unsafe { _mm_storeu_si128(target.as_mut_ptr().cast(), _mm_aesenclast_si128(*s, keys[10])) };
        }
        counter += 8;
    }
    for target in groups.into_remainder().chunks_exact_mut(16) {
        let mut s = _mm_xor_si128(load(counter), keys[0]);
        for key in &keys[1..10] {
            s = _mm_aesenc_si128(s, *key);
        }
        // SAFETY: the target is sixteen writable bytes.
        unsafe { _mm_storeu_si128(target.as_mut_ptr().cast(), _mm_aesenclast_si128(s, keys[10])) };
        counter += 1;
    }
}

/// # Safety
/// Needs the named features; `out` is whole groups of sixteen blocks.
#[target_feature(enable = "vaes,avx512f,avx512bw")]
unsafe fn ctr_wide(round_keys: &[[u8; 16]; 11], counter: u128, out: &mut [u8]) {
    let mut keys = [_mm512_setzero_si512(); 11];
    let mut round = 0;
    while round < 11 {
        // SAFETY: a round key is sixteen readable bytes.
        keys[round] = _mm512_broadcast_i32x4(unsafe { _mm_loadu_si128(round_keys[round].as_ptr().cast()) });
        round += 1;
    }
    // The block number is the low 56 bits of the low half; streams never carry out of it.
    let high = (counter >> 64) as i64;
    let low = counter as u64 as i64;
    let mut state_low = _mm512_set_epi64(high, low + 3, high, low + 2, high, low + 1, high, low);
    let four = _mm512_set_epi64(0, 4, 0, 4, 0, 4, 0, 4);
    let reverse = _mm512_broadcast_i32x4(_mm_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
    // Pointers, because iterators are not compiled for wide registers and would be called.
    let mut target = out.as_mut_ptr();
    let end = target.wrapping_add(out.len() / 256 * 256);
    while target != end {
        let mut state = [_mm512_setzero_si512(); 4];
        let mut i = 0;
        while i < 4 {
            state[i] = _mm512_xor_si512(_mm512_shuffle_epi8(state_low, reverse), keys[0]);
            state_low = _mm512_add_epi64(state_low, four);
            i += 1;
        }
        let mut round = 1;
        while round < 10 {
            state[0] = _mm512_aesenc_epi128(state[0], keys[round]);
            state[1] = _mm512_aesenc_epi128(state[1], keys[round]);
            state[2] = _mm512_aesenc_epi128(state[2], keys[round]);
            state[3] = _mm512_aesenc_epi128(state[3], keys[round]);
            round += 1;
        }
        let mut i = 0;
        while i < 4 {
            // SAFETY: `target` is less than `end` by a multiple of 256 bytes, all of which are writable.
            unsafe { _mm512_storeu_si512(target.add(64 * i).cast(), _mm512_aesenclast_epi128(state[i], keys[10])) };
            i += 1;
        }
        target = target.wrapping_add(256);
    }
}
