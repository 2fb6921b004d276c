//! Every lie about lanes is refused: secret leaves in public arrays and lists, other formats, other numbers of leaves.

use stoffel_bytecode::{Fault, Program, needs, verify};

/// What the verifier says of one function with these registers: w0 is an int64, w1 a bool.
fn fault(code: &str, ops: &[&str]) -> Option<Fault> {
    let setup = "small w0 0\nsmall w1 0\nnew.list r0\nnew.list r1\nnew.list r2\nnew.list r3\nnew.list r4\nnew.list r5\nnew.list r6\nnew.list r7\nnew.list r8\n";
    let code = format!("{setup}{code}\nreturn ops0");
    let lines: String =
        code.lines().enumerate().map(|(at, line)| format!("  {at} {} ; 0 1 1\n", line.trim())).collect();
    let lists: String = (1..).zip(ops).map(|(at, ops)| format!("  ops {at} {ops}\n")).collect();
    let text = format!(
        "stflb 1
type 0 array[int64]
type 1 array[secret int64]
type 2 array[bool]
type 3 array[secret bool]
type 4 list[int64]
type 5 list[secret int64]
type 6 list[(int64, secret bool)]
type 7 list[list[secret int64]]
type 8 list[(int64, string)]
file 0 \"m.stfl\"

function 0 \"main\"
  words int64 bool
  refs 0 1 2 3 4 5 6 7 8
  secrets int64
  ops 0
{lists}{lines}
entry 0
"
    );
    let mut program = Program::from_text(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    program.needs = needs(&program);
    verify(program).err().map(|error| error.fault)
}

#[track_caller]
fn sound(code: &str, ops: &[&str]) {
    assert_eq!(fault(code, ops), None, "{code} {ops:?}");
}

#[track_caller]
fn refused(code: &str, ops: &[&str]) {
    assert!(fault(code, ops).is_some(), "{code} {ops:?}");
}

#[test]
fn lanes_of_secrets_are_secret() {
    sound("builtin lanes.of ops1", &["w0 w0 w0 r5 -> r1"]);
    refused("builtin lanes.of ops1", &["w0 w0 w0 r5 -> r0"]);
    refused("builtin lanes.of ops1", &["w0 w0 w0 r5 -> r3"]);
    sound("builtin lanes.of ops1", &["w0 w0 w0 r1 -> r1"]);
    refused("builtin lanes.of ops1", &["w0 w0 w0 r1 -> r0"]);
    sound("builtin lanes.of ops1", &["w0 w0 w0 r6 -> r0 r3"]);
    refused("builtin lanes.of ops1", &["w0 w0 w0 r6 -> r0 r2"]);
    refused("builtin lanes.of ops1", &["w0 w0 w0 r6 -> r3"]);
    refused("builtin lanes.of ops1", &["w0 w0 w0 r7 -> r1"]);
    refused("builtin lanes.of ops1", &["w0 w0 w0 r8 -> r0 r0"]);
    refused("builtin lanes.of ops1", &["w0 w1 w0 r5 -> r1"]);
}

#[test]
fn operations_that_give_no_value_for_a_trap_hide_as_those_that_trap() {
    sound("lanes.bin add r1 r0 r1", &[]);
    for bad in [
        "lanes.bin add r0 r0 r1",
        "lanes.un neg r0 r1",
        "lanes.cmp lt r2 r1 r0",
        "lanes.convert r0 r1",
        "lanes.fold add r0 r0 r1",
        "lanes.fold add r1 r1 r0",
        "lanes.fold mul r1 r1 r1",
        "lanes.fold add r3 r3 r3",
    ] {
        refused(bad, &[]);
    }
    sound("lanes.fold add r1 r0 r1", &[]);
    sound("lanes.fold and r3 r3 r3", &[]);
    sound("builtin lanes.where ops1", &["r3 r0 r1 -> r1"]);
    refused("builtin lanes.where ops1", &["r3 r0 r0 -> r0"]);
    refused("builtin lanes.where ops1", &["r2 r0 r0 -> r1"]);
}

#[test]
fn lanes_go_into_leaves_of_their_own_kind() {
    sound("builtin lanes.append ops1", &["w0 r5 r1"]);
    refused("builtin lanes.append ops1", &["w0 r4 r1"]);
    refused("builtin lanes.append ops1", &["w0 r5 r0"]);
    refused("builtin lanes.append ops1", &["w0 r5 r1 r1"]);
    sound("builtin lanes.append ops1", &["w0 r6 r0 r3"]);
    refused("builtin lanes.append ops1", &["w0 r6 r1 r3"]);
    refused("builtin lanes.append ops1", &["w0 r1 r1"]);
    sound("builtin lanes.store ops1", &["w0 w0 w0 r5 r1"]);
    sound("builtin lanes.store ops1", &["w0 w0 w0 r0 r0"]);
    refused("builtin lanes.store ops1", &["w0 w0 w0 r0 r1"]);
    refused("builtin lanes.store ops1", &["w0 w0 w0 r4 r1"]);
    refused("builtin lanes.store ops1", &["w0 w0 r5 r1"]);
}

#[test]
fn questions_about_lanes_take_and_give_what_they_say() {
    sound("builtin lanes.ready ops1", &["r0 r1 r7 -> w1"]);
    refused("builtin lanes.ready ops1", &["r0 -> w0"]);
    sound("builtin lanes.apart ops1", &["r4 r5 -> w1"]);
    refused("builtin lanes.apart ops1", &["r4 r5 r4 -> w1"]);
    sound("builtin lanes.fit ops1", &["w0 w0 w0 r5 -> w1"]);
    refused("builtin lanes.fit ops1", &["w0 w0 w0 r7 -> w1"]);
    sound("builtin lanes.word ops1", &["r0 -> w0"]);
    refused("builtin lanes.word ops1", &["r1 -> w0"]);
    sound("builtin lanes.row ops1", &["w0 r7 -> r5"]);
    refused("builtin lanes.row ops1", &["w0 r7 -> r4"]);
    refused("builtin lanes.row ops1", &["w0 r5 -> r5"]);
    sound("builtin lanes.range ops1", &["w0 w0 -> r0"]);
    refused("builtin lanes.range ops1", &["w0 w0 -> r1"]);
}
