//! Function values: captured words, references and secrets, calls through values, caught traps.

use stoffel_vm::Stop;

use crate::assembler::assemble;
use crate::world::{World, printed, trap};

const COUNTERS: &str = "
fn main
  let n one int64
  let cell list[int64]
  let f g func[(int64),~int64]
  small n 10
  small one 1
  new.list cell
  append cell (n)
  closure add (cell n -> f)
  small n 100
  closure add (cell n -> g)
  call.value f (one -> n)
  say {int64} (n)
  call.value g (one -> n)
  say {int64} (n)
  say {list[int64]} (cell)
  say {func[(int64), int64]} (f)
  return ()
fn add k:int64 cell:list[int64] by:int64 = int64
  let zero now int64
  small zero 0
  get.word now cell zero
  add.i64 now now by
  set cell zero (now)
  add.i64 now now k
  return (now)
";

#[test]
fn values_share_what_they_capture_by_reference_and_keep_what_they_copy() {
    assert_eq!(printed(COUNTERS), ["21", "112", "[12]", "<function add>"]);
}

#[test]
fn captured_secrets_come_before_arguments_and_are_released() {
    let source = "
fn main
  let w int64
  let a b secret~int64
  let f func[(secret~int64),~secret~int64]
  let t ticket[int64]
  small w 5
  hide a w
  small w 7
  hide b w
  closure sub (a -> f)
  call.value f (b -> b)
  open t b {secret int64}
  await w t
  say {int64} (w)
  return ()
fn sub x:secret~int64 y:secret~int64 = secret~int64
  let d secret~int64
  sbin sub d x y
  return (d)
";
    assert_eq!(printed(source), ["-2"]);
    let program = assemble(source);
    let mut world = World::new();
    assert_eq!(world.run(&program, u64::MAX), Stop::Done);
    world.engine.assert_balanced();
}

const TRIES: &str = "
fn main
  let n int64
  let code string
  let f func[(),~int64]
  small n 0
  closure outer (n -> f)
  try code f
  say {string} (code)
  small n 2
  closure outer (n -> f)
  try code f
  say {string} (code)
  call.value f (-> n)
  say {int64} (n)
  return ()
fn outer n:int64 = int64
  let s string
  let x secret~int64
  let b secret~bool
  let zero int64
  let t bool
  str s \"held\"
  hide x n
  small zero 0
  small t 1
  hide b t
  guard.enter b
  call inner (n -> n)
  guard.leave
  return (n)
fn inner n:int64 = int64
  let ten int64
  let s string
  str s \"deeper\"
  small ten 10
  bin div n ten n
  return (n)
";

#[test]
fn a_caught_trap_unwinds_frames_guards_and_registers() {
    assert_eq!(printed(TRIES), ["R0102", "", "5"]);
    let program = assemble(TRIES);
    let mut world = World::new();
    assert_eq!(world.run(&program, u64::MAX), Stop::Done);
    world.engine.assert_balanced();
}

#[test]
fn traps_outside_a_caught_call_end_the_run() {
    let caught = trap(
        "
fn main
  let n int64
  let code string
  let f func[(),~int64]
  small n 1
  closure get (n -> f)
  try code f
  small n 0
  bin div n n n
  return ()
fn get n:int64 = int64
  return (n)
",
    );
    assert_eq!(caught.code, stoffel_value::TrapCode::DivisionByZero);
    assert!(caught.calls.is_empty());
}

#[test]
fn a_value_that_reaches_itself_is_freed_at_the_end() {
    let source = "
fn main
  let n int64
  let s secret~int64
  let cell list[func[(),~int64]]
  let f func[(),~int64]
  small n 4
  hide s n
  new.list cell
  closure get (cell s -> f)
  append cell (f)
  call.value f (-> n)
  say {int64} (n)
  return ()
fn get cell:list[func[(),~int64]] s:secret~int64 = int64
  let n int64
  len n cell
  return (n)
";
    let program = assemble(source);
    let mut world = World::new();
    assert_eq!(world.run(&program, u64::MAX), Stop::Done);
    assert_eq!(world.host.printed, ["1"]);
    world.engine.assert_balanced();
}

#[test]
fn calls_through_values_count_as_calls() {
    let source = "
fn main
  let n int64
  let f func[(),~int64]
  closure deep (-> f)
  call.value f (-> n)
  return ()
fn deep = int64
  let n int64
  let f func[(),~int64]
  closure deep (-> f)
  call.value f (-> n)
  return (n)
";
    assert_eq!(trap(source).code, stoffel_value::TrapCode::CallDepth);
}
