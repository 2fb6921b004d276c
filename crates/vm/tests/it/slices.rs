//! Slices of fuel, limits and traps: a run is the same however it is cut.

use stoffel_value::TrapCode;
use stoffel_vm::{Limits, Stop};

use crate::assembler::assemble;
use crate::world::{World, printed, trap};

const RECURSE: &str = "
fn main
  let n d int64
  const n #DEPTH
  call f (n -> d)
  say {int64} (d)
  return ()
fn f n:int64 = int64
  let one d int64
  small one 1
  jump.ge.i64 n one @more
  return (n)
 more:
  addimm.i64 d n -1
  call f (d -> d)
  addimm.i64 d d 1
  return (d)
";

#[test]
fn five_thousand_nested_calls_work() {
    assert_eq!(printed(&RECURSE.replace("DEPTH", "5000")), ["5000"]);
}

#[test]
fn endless_recursion_traps_with_its_calls() {
    let trap = trap(&RECURSE.replace("DEPTH", "1000000"));
    assert_eq!(trap.code, TrapCode::CallDepth);
    assert_eq!(trap.calls.len(), Limits::default().call_depth);
    // main is instructions 0 to 4, so that the recursive call is 9; the outermost call is at 1.
    assert_eq!((trap.site, trap.calls[0], *trap.calls.last().expect("main called")), (9, 9, 1));
}

#[test]
fn a_slice_ends_at_backward_jumps_and_calls() {
    let program = assemble(
        "
fn main
  let i n int64
  const i #0
  const n #10
 loop:
  addimm.i64 i i 1
  jump.lt.i64 i n @loop
  return ()
",
    );
    let mut vm = stoffel_vm::Vm::new(program, Limits::default());
    let mut world = World::new();
    let mut stops = 0;
    while vm.run(&mut world.engine, &mut world.host, 3) == Stop::OutOfFuel {
        stops += 1;
    }
    assert_eq!(stops, 2, "nine jumps back, three a slice; the third slice ends the program");
}

#[test]
fn memory_beyond_the_limit_traps() {
    let grow = "
fn main
  let xs list[int64]
  let one int64
  const one #1
  new.list xs
 loop:
  append xs (one)
  jump @loop
";
    let double = "
fn main
  let s string
  str s \"abcdefgh\"
 loop:
  builtin concat (s s -> s)
  jump @loop
";
    let repeat = "
fn main
  let s string
  let n int64
  str s \"abcdefgh\"
  const n #9223372036854775807
  builtin repeat (n s -> s)
  return ()
";
    let range = "
fn main
  let xs list[int64]
  let a b c int64
  const a #0
  const b #9223372036854775807
  const c #1
  builtin range (a b c -> xs)
  return ()
";
    // A million empty tuples take no columns; a list of shared lists has a shape far beyond its size.
    let empty = "
fn main
  let xs list[()]
  let n int64
  new.list xs
  append xs ()
  const n #4000000000
  builtin repeat (n xs -> xs)
  return ()
";
    let shared = "
fn main
  let xs list[int64]
  let ys list[list[int64]]
  let n one int64
  new.list xs
  const one #1
  append xs (one)
  const n #10000
  builtin repeat (n xs -> xs)
  new.list ys
  append ys (xs)
  builtin repeat (n ys -> ys)
  say {list[list[int64]]} (ys)
  return ()
";
    let split = "
fn main
  let s sep string
  let xs list[string]
  let n int64
  str s \",\"
  str sep \",\"
  const n #900000
  builtin repeat (n s -> s)
  builtin split (s sep -> xs)
  return ()
";
    for source in [grow, double, repeat, range, empty, shared, split] {
        let mut world = World::new();
        world.limits.heap_bytes = 1 << 20;
        let Stop::Trapped(trap) = world.run(&assemble(source), u64::MAX) else { panic!("it must trap") };
        assert_eq!(trap.code, TrapCode::Engine);
        assert_eq!(trap.message.as_deref(), Some("the program needs more than its 1048576 bytes of memory"));
    }
}

#[test]
fn a_trap_names_instruction_and_calls() {
    let trap = trap(
        "
fn main
  let a b int64
  const a #7
  const b #0
  call f (a b -> a)
  return ()
fn f a:int64 b:int64 = int64
  nop
  bin div a a b
  return (a)
",
    );
    assert_eq!((trap.code, trap.site, trap.calls), (TrapCode::DivisionByZero, 5, vec![2]));
}

#[test]
fn a_counted_loop_takes_every_turn_however_it_is_cut() {
    let sum = "
fn main
  let i n s int64
  const i #0
  const n #100
  const s #0
 loop:
  add.i64 s s i
  loop.i64 i n @loop
  say {int64} (s)
  return ()
";
    // `printed` also runs it one backward jump at a time.
    assert_eq!(printed(sum), ["4950"]);
}
