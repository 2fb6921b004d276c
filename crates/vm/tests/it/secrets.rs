//! Secret operations, lists of secrets, openings and guards.

use stoffel_value::TrapCode;
use stoffel_vm::Stop;

use crate::assembler::assemble;
use crate::world::{World, printed, trap};

#[test]
fn every_secret_instruction_reaches_the_engine() {
    let lines = printed(
        "
fn main
  let a b d secret~int64
  let c secret~bool
  let e secret~int32
  let n m int64
  let t ticket[int64]
  let u ticket[bool]
  let v ticket[int32]
  let p bool
  let k int32
  const n #12
  const m #5
  hide a n
  hide b m
  sbin sub d a b
  open t d {secret int64}
  await n t
  say {int64} (n)
  sbin.right mul d a m
  open t d {secret int64}
  await n t
  say {int64} (n)
  sbin.left sub d m a
  open t d {secret int64}
  await n t
  say {int64} (n)
  sun neg d a
  open t d {secret int64}
  await n t
  say {int64} (n)
  scmp lt c a b
  open u c {secret bool}
  await p u
  say {bool} (p)
  sselect 0 d (c a b)
  open t d {secret int64}
  await n t
  say {int64} (n)
  scmp.right gt c a m
  sselect 1 d (m c b)
  open t d {secret int64}
  await n t
  say {int64} (n)
  sselect 2 d (m c a)
  open t d {secret int64}
  await n t
  say {int64} (n)
  const n #99
  sselect 3 d (n m c)
  open t d {secret int64}
  await n t
  say {int64} (n)
  sconvert e a
  open v e {secret int32}
  await k v
  say {int32} (k)
  move.secret d a
  drop.secret a
  say {(secret int64, secret bool)} (d c)
  return ()
",
    );
    assert_eq!(lines, ["7", "60", "-7", "-12", "False", "5", "5", "12", "99", "12", "(<secret int64>, <secret bool>)"]);
}

const OPEN_MANY: &str = "
fn main
  let xs list[int64]
  let x secret~int64
  let t ticket[int64]
  let i n k int64
  new.list xs
  const i #0
  const n #1000
 loop:
  hide x i
  sbin add x x x
  open t x {secret int64}
  append.ticket xs t
  drop.ref t
  addimm.i64 i i 1
  jump.lt.i64 i n @loop
  len n xs
  say {int64} (n)
  const k #-1
  get.word n xs k
  say {int64} (n)
  const k #7
  get.word n xs k
  say {int64} (n)
  return ()
";

#[test]
fn a_thousand_openings_into_a_list_wait_once() {
    assert_eq!(printed(OPEN_MANY), ["1000", "1998", "14"]);
    let mut world = World::new();
    assert_eq!(world.run(&assemble(OPEN_MANY), u64::MAX), Stop::Done);
    assert_eq!((world.waits, world.engine.n_opened), ([1, 0], 1000));
}

#[test]
fn what_is_never_read_is_never_opened() {
    let source = "
fn main
  let xs list[(int64,bool)]
  let x secret~int64
  let t ticket[int64]
  let n int64
  let p bool
  const n #5
  hide x n
  open t x {secret int64}
  new.list xs
  append xs (ticket p t)
  len n xs
  say {int64} (n)
  return ()
";
    let mut world = World::new();
    assert_eq!(world.run(&assemble(source), 1), Stop::Done);
    assert_eq!((world.waits, world.engine.n_opened, world.host.printed), ([0, 0], 0, vec!["1".to_owned()]));
}

#[test]
fn a_cleared_list_waits_for_nothing() {
    let source =
        OPEN_MANY.replace("  len n xs\n", "  builtin clear (xs)\n  append xs (i)\n  append xs (n)\n  len n xs\n");
    let source = source.replace("const k #7", "const k #0");
    assert_eq!(printed(&source), ["2", "1000", "1000"]);
    let mut world = World::new();
    assert_eq!(world.run(&assemble(&source), u64::MAX), Stop::Done);
    assert_eq!((world.waits, world.engine.n_opened), ([0, 0], 0));
}

#[test]
fn promised_words_of_tuples_are_put_in_their_columns() {
    let lines = printed(
        "
fn main
  let xs ys list[(int64,bool,int64,string)]
  let a b secret~int64
  let c secret~bool
  let t u ticket[int64]
  let v ticket[bool]
  let n m int64
  let p bool
  let s string
  const n #5
  hide a n
  sbin add b a a
  scmp eq c a b
  open t a {secret int64}
  open u b {secret int64}
  open v c {secret bool}
  str s \"x\"
  new.list xs
  append xs (ticket ticket n s t v)
  append xs (n ticket ticket s v u)
  append xs (ticket ticket ticket s t v u)
  builtin copy (xs -> ys)
  say {list[(int64,bool,int64,string)]} (ys)
  return ()
",
    );
    assert_eq!(lines, ["[(5, False, 5, \"x\"), (5, False, 10, \"x\"), (5, False, 10, \"x\")]"]);
}

const DEEP: &str = "
fn main
  let plain list[(list[int64],string,int64)]
  let hidden list[(list[secret~int64],string,secret~int64)]
  let shown list[(list[int64],string,int64)]
  let xs list[int64]
  let a b c n int64
  let s string
  new.list plain
  const a #0
  const b #3
  const c #1
  str s \"k\"
  builtin range (a b c -> xs)
  append plain (b xs s)
  builtin range (b a c -> xs)
  append plain (c xs s)
  hide.ref hidden plain
  say {list[(list[secret int64],string,secret int64)]} (hidden)
  builtin reverse (hidden)
  open.ref shown hidden {list[(list[secret int64],string,secret int64)]}
  len n shown
  say {list[(list[int64],string,int64)]} (shown)
  return ()
";

#[test]
fn lists_are_hidden_and_opened_deeply() {
    assert_eq!(
        printed(DEEP),
        [
            "[([<secret int64>, <secret int64>, <secret int64>], \"k\", <secret int64>), ([], \"k\", <secret int64>)]",
            "[([], \"k\", 1), ([0, 1, 2], \"k\", 3)]"
        ]
    );
}

#[test]
fn a_vector_in_order_is_opened_without_copies() {
    let mut world = World::new();
    let program = assemble(
        "
fn main
  let xs list[int64]
  let hidden half other list[secret~int64]
  let shown list[int64]
  let x secret~int64
  let a b c int64
  let p q bool
  const a #0
  const b #6
  const c #1
  builtin range (a b c -> xs)
  hide.ref hidden xs
  const b #3
  small p 1
  small q 0
  builtin slice (q a p b c hidden -> half)
  builtin slice (p b q a c hidden -> other)
  builtin extend (half other)
  get.secret x hidden b
  append.secret other x
  open.ref shown half {list[secret int64]}
  say {list[int64]} (shown)
  return ()
",
    );
    assert_eq!(world.run(&program, u64::MAX), Stop::Done);
    assert_eq!(world.host.printed, ["[0, 1, 2, 3, 4, 5]"]);
    assert!(!world.engine.log.iter().any(|line| line.starts_with("gather")), "the halves are consecutive lanes");
}

#[test]
fn whole_columns_are_single_operations() {
    let lines = printed(
        "
fn main
  let xs list[int64]
  let ys zs empty list[secret~int64]
  let bs list[secret~bool]
  let narrow list[secret~int32]
  let shown list[int32]
  let x y secret~int64
  let b secret~bool
  let t ticket[int64]
  let u ticket[bool]
  let a n c int64
  let p bool
  const a #1
  const n #5
  const c #1
  builtin range (a n c -> xs)
  hide.ref ys xs
  builtin reverse (ys)
  new.list zs
  new.list empty
  new.list bs
  const a #0
 loop:
  get.secret x ys a
  sbin add y x x
  append.secret zs y
  scmp lt b x y
  append.secret bs b
  addimm.i64 a a 1
  len n ys
  jump.lt.i64 a n @loop
  builtin sumsecret (zs -> x)
  open t x {secret int64}
  await n t
  say {int64} (n)
  builtin dotsecret (ys zs -> x)
  open t x {secret int64}
  await n t
  say {int64} (n)
  builtin sumsecret (empty -> x)
  open t x {secret int64}
  await n t
  say {int64} (n)
  builtin allsecret (bs -> b)
  open u b {secret bool}
  await p u
  say {bool} (p)
  builtin anysecret (bs -> b)
  open u b {secret bool}
  await p u
  say {bool} (p)
  builtin convertsecret (zs -> narrow)
  open.ref shown narrow {list[secret int32]}
  say {list[int32]} (shown)
  builtin convertsecret (empty -> narrow)
  open.ref shown narrow {list[secret int32]}
  say {list[int32]} (shown)
  return ()
",
    );
    assert_eq!(lines, ["20", "60", "0", "True", "True", "[8, 6, 4, 2]", "[]"]);
}

#[test]
fn lengths_of_dot_products_must_agree() {
    let source = "
fn main
  let ys zs list[secret~int64]
  let x secret~int64
  let n int64
  const n #1
  hide x n
  new.list ys
  new.list zs
  append.secret ys x
  builtin dotsecret (ys zs -> x)
  return ()
";
    assert_eq!(trap(source).code, TrapCode::Shape);
}

const GUARDED: &str = "
fn main
  let outer inner secret~bool
  let a b c secret~int64
  let p bool
  let n z int64
  let t ticket[int64]
  small p OUTER
  hide outer p
  small p INNER
  hide inner p
  const n #7
  const z #0
  hide a n
  hide b z
  guard.enter outer
  guard.enter inner
  drop.secret inner
  call divide (a b -> c)
  guard.leave
  guard.leave
  open t c {secret int64}
  await n t
  say {int64} (n)
  return ()
fn divide a:secret~int64 b:secret~int64 = secret~int64
  sbin div a a b
  return (a)
";

#[test]
fn traps_count_only_under_every_guard() {
    for (outer, inner) in [("0", "1"), ("1", "0"), ("0", "0")] {
        let source = GUARDED.replace("OUTER", outer).replace("INNER", inner);
        assert_eq!(printed(&source), ["0"]);
    }
    let trap = trap(&GUARDED.replace("OUTER", "1").replace("INNER", "1"));
    assert_eq!(trap.code, TrapCode::DivisionByZero);
    assert_eq!(trap.calls.len(), 1);
}

const TRIPPED: &str = "
fn main
  let outer holds secret~bool
  let p bool
  let n int64
  small p OUTER
  hide outer p
  small p HOLDS
  hide holds p
  const n #CODE
  guard.enter outer
  builtin trapsecret (n holds)
  guard.leave
  say {int64} (n)
  return ()
";

#[test]
fn a_trap_on_a_secret_is_raised_where_it_and_every_guard_hold() {
    let number = |code: TrapCode| TrapCode::ALL.iter().position(|known| *known == code).unwrap().to_string();
    let source = |outer: &str, holds: &str| {
        let coded = TRIPPED.replace("CODE", &number(TrapCode::Domain));
        coded.replace("OUTER", outer).replace("HOLDS", holds)
    };
    for (outer, holds) in [("0", "1"), ("1", "0")] {
        assert_eq!(printed(&source(outer, holds)), [number(TrapCode::Domain)]);
    }
    assert_eq!(trap(&source("1", "1")).code, TrapCode::Domain);
    // No number of a trap.
    assert_eq!(
        trap(&source("1", "1").replace(&format!("#{}", number(TrapCode::Domain)), "#999")).code,
        TrapCode::DynamicType
    );
}

#[test]
fn guards_cost_nothing_where_nobody_reads_them() {
    let program = assemble(&GUARDED.replace("OUTER", "1").replace("INNER", "1").replace("sbin div", "sbin add"));
    let mut world = World::new();
    world.engine.ignores_guards = true;
    assert_eq!(world.run(&program, u64::MAX), Stop::Done);
    assert!(world.engine.log.iter().all(|line| !line.contains("And") && !line.contains("Some")));
}

#[test]
fn a_full_engine_is_flushed_between_instructions() {
    let mut world = World::new();
    world.engine.full_after = Some(10);
    assert_eq!(world.run(&assemble(OPEN_MANY), u64::MAX), Stop::Done);
    assert_eq!(world.waits, [1, 200]);
}
