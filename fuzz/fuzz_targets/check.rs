//! Any bytes in; a panic of the compiler, or code that the verifier refuses, is a defect out.

#![no_main]

use libfuzzer_sys::fuzz_target;
use stoffel_compiler::{Options, Package, Sources};

fuzz_target!(|bytes: &[u8]| {
    let package = Package::load("fuzz.stfl".into(), bytes.to_vec(), &Sources { files: Vec::new() });
    for opt_level in [0, 2] {
        let compilation = package.compile(&Options { opt_level, entry: None, backend: None });
        if let Some(program) = compilation.program {
            assert!(stoffel_bytecode::verify(program).is_ok());
        }
    }
});
