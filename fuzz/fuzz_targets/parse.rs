//! Any bytes in; a panic, a lost byte or a finding outside the text is a defect out.

#![no_main]

use libfuzzer_sys::fuzz_target;
use stoffel_syntax::{FileId, dump_tree, parse_bytes, render, to_json};

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let parse = parse_bytes(FileId(0), bytes);
    let tree = parse.syntax();
    assert_eq!(tree.text().to_string(), text);
    for found in &parse.diagnostics {
        assert!(found.span.start <= found.span.end && found.span.end as usize <= text.len());
    }
    let file = |_| ("fuzz.stfl", &*text);
    assert_eq!(render(&parse.diagnostics, &file, false).is_empty(), parse.diagnostics.is_empty());
    assert!(!to_json(&parse.diagnostics, &file).is_empty());
    assert!(!dump_tree(&tree).is_empty());
});
