//! Any bytes in; decoding and verifying give a program or a refusal, never a panic, and one program has one encoding.
//!
//! The first byte chooses between raw bytes and bytes as sections under correct hashes, which a mutation alone never hits.
#![no_main]

use libfuzzer_sys::fuzz_target;
use stoffel_bytecode::{Program, verify};

fuzz_target!(|data: &[u8]| {
    let Some((mode, rest)) = data.split_first() else { return };
    let bytes = if mode % 2 == 0 { rest.to_vec() } else { sealed(rest) };
    if let Ok(program) = Program::decode(&bytes) {
        assert_eq!(program.encode(), bytes, "one program has one encoding");
        let _ = verify(program);
    }
});

/// A container whose sections hold the data, split where it says, with the hashes that they need.
fn sealed(data: &[u8]) -> Vec<u8> {
    let mut bytes = Program::default().encode()[..74].to_vec();
    let mut rest = data;
    let mut content_end = bytes.len();
    for tag in 1..=7u8 {
        content_end = bytes.len();
        let body = match (tag, rest.split_first_chunk()) {
            (7, _) => std::mem::take(&mut rest),
            (_, Some((len, after))) => {
                let len = usize::from(u16::from_le_bytes(*len)).min(after.len());
                let (body, after) = after.split_at(len);
                rest = after;
                body
            }
            (_, None) => std::mem::take(&mut rest),
        };
        bytes.push(tag);
        bytes.extend((body.len() as u64).to_le_bytes());
        bytes.extend(body);
    }
    let mut content = blake3::Hasher::new_derive_key("stoffel bytecode: content");
    content.update(&bytes[8..10]).update(&bytes[74..content_end]);
    let debug = *blake3::Hasher::new_derive_key("stoffel bytecode: debug").update(&bytes[content_end..]).finalize().as_bytes();
    bytes[10..42].copy_from_slice(content.finalize().as_bytes());
    bytes[42..74].copy_from_slice(&debug);
    bytes
}
