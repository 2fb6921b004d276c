//! The generator against known answers, and its backends against each other.

use super::*;
use crate::ZSmall;

fn hex(text: &str) -> Vec<u8> {
    (0..text.len() / 2).map(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap()).collect()
}

fn key(text: &str) -> [u8; 16] {
    hex(text).try_into().unwrap()
}

fn addr_of(counter: u128) -> (Addr, u64) {
    (Addr { op: (counter >> 64) as u64, purpose: (counter >> 56) as u8 }, counter as u64 & ((1 << 56) - 1))
}

#[test]
fn fips_197_and_sp_800_38a_vectors_hold_on_every_backend() {
    for backend in Backend::available() {
        let prg = Prg::with_backend(key("000102030405060708090a0b0c0d0e0f"), backend);
        let (addr, block) = addr_of(0x0011_2233_4455_6677_8899_aabb_ccdd_eeff);
        let mut out = [0; 16];
        prg.fill_bytes(addr, block * 16, &mut out);
        assert_eq!(out.to_vec(), hex("69c4e0d86a7b0430d8cdb78070b4c55a"), "FIPS-197 C.1, {backend:?}");

        let prg = Prg::with_backend(key("2b7e151628aed2a6abf7158809cf4f3c"), backend);
        let (addr, block) = addr_of(0xf0f1_f2f3_f4f5_f6f7_f8f9_fafb_fcfd_feff);
        let mut stream = [0; 64];
        prg.fill_bytes(addr, block * 16, &mut stream);
        let plain = hex(
            "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710",
        );
        let cipher: Vec<u8> = stream.iter().zip(plain).map(|(s, p)| s ^ p).collect();
        let expected = hex(
            "874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff5ae4df3edbd5d35e5b4f09020db03eab1e031dda2fbe03d1792170a0f3009cee",
        );
        assert_eq!(cipher, expected, "SP 800-38A F.5.1, {backend:?}");
    }
}

#[test]
fn backends_agree_at_every_length_and_offset() {
    let addr = Addr { op: 7, purpose: 9 };
    let portable = Prg::with_backend([3; 16], Backend::Portable);
    let mut whole = vec![0; 2048];
    portable.fill_bytes(addr, 0, &mut whole);
    for backend in Backend::available() {
        let prg = Prg::with_backend([3; 16], backend);
        for offset in [0, 1, 7, 15, 16, 17, 255, 256, 300] {
            for len in 0..=257 {
                let mut out = vec![0; len];
                prg.fill_bytes(addr, offset as u64, &mut out);
                assert_eq!(out, whole[offset..offset + len], "{backend:?}, {len} bytes from {offset}");
            }
        }
        let mut long = vec![0; 2048];
        prg.fill_bytes(addr, 0, &mut long);
        assert_eq!(long, whole);
    }
}

#[test]
fn element_i_of_width_w_is_bits_iw_to_iw_plus_w_of_the_stream() {
    let addr = Addr { op: 1 << 40, purpose: 200 };
    let prg = Prg::new([8; 16]);
    let mut stream = vec![0; 257 * 16 + 16];
    prg.fill_bytes(addr, 0, &mut stream);
    for width in [1, 3, 7, 8, 16, 17, 31, 64, 65, 127, 128] {
        for first in [0, 1, 5, 100] {
            let mut out = vec![0u128; 130];
            prg.fill_width(addr, width, first, &mut out);
            for (i, element) in out.iter().enumerate() {
                let start = (first as usize + i) * width as usize;
                let expected = (0..width as usize).fold(0u128, |word, b| {
                    let bit = start + b;
                    word | u128::from(stream[bit / 8] >> (bit % 8) & 1) << b
                });
                assert_eq!(*element, expected, "width {width}, element {i} from {first}");
            }
        }
    }
    let mut words = [0; 5];
    prg.fill_words(addr, 3, &mut words);
    let mut bits = vec![ZSmall::<1>::ZERO; 320];
    prg.fill(addr, 192, &mut bits);
    for (i, bit) in bits.iter().enumerate() {
        assert_eq!(u128::from(words[i / 64] >> (i % 64) & 1), bit.to_u128());
    }
}

#[test]
fn keys_operations_and_purposes_give_different_streams() {
    let draw = |key: u8, op, purpose| {
        let mut out = [0u64; 2];
        Prg::new([key; 16]).fill(Addr { op, purpose }, 0, &mut out);
        out
    };
    let mut all = vec![draw(1, 0, 0), draw(2, 0, 0), draw(1, 1, 0), draw(1, 0, 1), draw(1, u64::MAX, 255)];
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 5);
}

#[test]
fn drawn_bytes_are_counted() {
    let prg = Prg::new([0; 16]);
    prg.fill(Addr { op: 0, purpose: 0 }, 0, &mut [0u64; 10]);
    prg.fill_width(Addr { op: 0, purpose: 1 }, 3, 0, &mut [0u64; 10]);
    prg.fill_words(Addr { op: 0, purpose: 2 }, 0, &mut [0; 3]);
    assert_eq!(prg.drawn(), 80 + 4 + 24);
}

#[test]
fn the_ledger_accepts_neighbours_of_different_widths() {
    let prg = Prg::new([0; 16]).recorded(Arc::default(), 1);
    let addr = Addr { op: 4, purpose: 0 };
    prg.fill(addr, 0, &mut [0u8; 3]);
    prg.fill_width(addr, 12, 2, &mut [0u64; 3]);
    prg.fill(Addr { op: 5, purpose: 0 }, 0, &mut [0u8; 3]);
}

#[test]
#[should_panic(expected = "drawn twice")]
fn the_ledger_panics_on_a_bit_that_is_drawn_twice() {
    let prg = Prg::new([0; 16]).recorded(Arc::default(), 1);
    let addr = Addr { op: 4, purpose: 0 };
    prg.fill(addr, 0, &mut [0u8; 3]);
    prg.fill_width(addr, 23, 1, &mut [0u64; 1]);
}
