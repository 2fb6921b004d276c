//! Every lie about arrays is refused: secrets that would land in public arrays, formats, and arrays where lists belong.

use stoffel_bytecode::{Fault, Program, needs, verify};

/// A program whose one function has these registers and instructions.
fn listing(code: &str, ops: &[&str]) -> String {
    let ops: String = ops.iter().enumerate().map(|(at, ops)| format!("  ops {at} {ops}\n")).collect();
    let code: String = code.lines().enumerate().map(|(at, line)| format!("  {at} {} ; 0 1 1\n", line.trim())).collect();
    format!(
        "stflb 1
type 0 array[int64]
type 1 array[secret int64]
type 2 array[bool]
type 3 array[secret bool]
type 4 list[int64]
type 5 array[secret fix[64, 16]]
type 6 list[secret int64]
type 7 list[array[secret int64]]
file 0 \"m.stfl\"

function 0 \"main\"
  words int64 bool
  refs 0 1 2 3 4 5 6 7 0 1
  secrets int64
{ops}{code}
entry 0
"
    )
}

fn fault(code: &str, ops: &[&str]) -> Option<Fault> {
    let setup = "small w0 0\nsmall w1 0\nnew.list r0\nnew.list r1\nnew.list r2\nnew.list r3\nnew.list r4\nnew.list r5\nnew.list r6\nnew.list r7\nnew.list r8\nnew.list r9\nhide s0 w0\n";
    let text = listing(&format!("{setup}{code}\nreturn ops0"), &[&["-"], ops].concat());
    let text = text.replace("  ops 0 -\n", "  ops 0\n");
    let mut program = Program::from_text(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    program.needs = needs(&program);
    verify(program).err().map(|error| error.fault)
}

#[track_caller]
fn sound(code: &str, ops: &[&str]) {
    assert_eq!(fault(code, ops), None, "{code}");
}

#[track_caller]
fn refused(code: &str, ops: &[&str]) {
    assert!(fault(code, ops).is_some(), "{code}");
}

/// Refused, and by the name of the leak where an operator makes it.
#[track_caller]
fn leak(code: &str, ops: &[&str]) {
    let found = fault(code, ops);
    let named = matches!(found, Some(Fault::SecretToPublic { .. }));
    assert!(found.is_some() && (named || !code.starts_with("array.")), "{code}: {found:?}");
}

#[test]
fn a_secret_element_never_lands_in_a_public_array() {
    sound("array.bin add r1 r0 r1", &[]);
    leak("array.bin add r0 r0 r1", &[]);
    leak("array.bin add r0 r1 r8", &[]);
    leak("array.un neg r0 r1", &[]);
    leak("array.cmp lt r2 r1 r0", &[]);
    leak("array.convert r0 r1", &[]);
    refused("array.convert r2 r1", &[]);
    leak("builtin array.sum ops1", &["w1 w0 r1 -> r0"]);
    leak("builtin array.argmin ops1", &["w1 w0 r1 -> r0"]);
    leak("builtin array.matmul ops1", &["r0 r1 -> r8"]);
    leak("builtin array.where ops1", &["r3 r0 r8 -> r0"]);
    leak("builtin array.where ops1", &["r2 r1 r9 -> r0"]);
    leak("builtin array.cumsum ops1", &["w0 r1 -> r0"]);
    leak("builtin array.reshape ops1", &["r1 r4 -> r0"]);
    leak("builtin array.index ops1", &["w0 w1 w0 w1 w0 w0 r1 -> r0"]);
    leak("builtin array.index ops1", &["w0 w1 w0 w1 w0 w0 r0 s0 -> r8"]);
    leak("builtin array.put ops1", &["w0 w1 w0 w1 w0 w0 r0 r8 s0"]);
    leak("builtin array.put ops1", &["w0 w1 w0 w1 w0 w0 r0 r1"]);
    leak("builtin array.gather ops1", &["r0 r1 -> r8"]);
    leak("builtin array.from ops1", &["r6 -> r0"]);
    leak("builtin array.tolist ops1", &["r1 -> r4"]);
    leak("builtin array.concat ops1", &["w0 r7 -> r0"]);
    leak("builtin copy ops1", &["r1 -> r0"]);
    leak("get.word w0 r1 w0", &[]);
    refused("open.ref r0 r1 disclosure0", &[]);
}

#[test]
fn formats_and_kinds_are_those_of_the_operation() {
    sound("array.bin shl r1 r1 r0", &[]);
    sound("array.bin powint r1 r1 r0", &[]);
    refused("array.bin powint r1 r1 r9", &[]);
    refused("array.bin add r1 r1 r5", &[]);
    refused("array.bin shl r5 r5 r0", &[]);
    refused("array.bin add r2 r2 r2", &[]);
    refused("array.cmp eq r3 r1 r5", &[]);
    refused("array.cmp eq r1 r1 r1", &[]);
    refused("array.un not r5 r5", &[]);
    refused("array.bin add r4 r4 r4", &[]);
    refused("append r0 ops1", &["w0"]);
    refused("append.secret r1 s0", &[]);
    refused("builtin clear ops1", &["r0"]);
    refused("builtin array.sum ops1", &["w1 w0 r4 -> r4"]);
    refused("builtin array.sum ops1", &["w1 w0 r2 -> r2"]);
    refused("builtin array.any ops1", &["w1 w0 r0 -> r0"]);
    refused("builtin array.get ops1", &["w0 r1 -> w0"]);
    refused("builtin array.index ops1", &["w0 w1 w0 w1 w0 r1 -> r9"]);
    refused("builtin array.gather ops1", &["r0 r3 -> r8"]);
    refused("builtin array.full ops1", &["r4 s0 -> r0"]);
}

#[test]
fn arrays_hold_scalars() {
    let text = listing("return ops0", &[""]).replace("type 7 list[array[secret int64]]", "type 7 array[list[int64]]");
    let error = verify(Program::from_text(&text).expect("reads")).expect_err("a lie");
    assert!(matches!(error.fault, Fault::BadType(_)), "{error}");
}

#[test]
fn a_secret_order_moves_secrets_only() {
    sound("builtin shuffle ops1", &["r6"]);
    sound("builtin sortrows ops1", &["w1 r6"]);
    for rows in ["r4", "r0", "r1"] {
        let refs = rows.to_owned();
        refused("builtin shuffle ops1", &[&refs]);
        let refs = format!("w1 {rows}");
        refused("builtin sortrows ops1", &[&refs]);
    }
    // Rows begin with their key.
    refused("builtin sortrows ops1", &["w1 r7"]);
    sound("builtin shuffle ops1", &["r7"]);
}
