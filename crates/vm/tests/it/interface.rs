//! Inputs, results and deliveries.

use stoffel_mpc::{Backend, Engine, Lane, client};
use stoffel_value::{ScalarTy, TrapCode, Value};
use stoffel_vm::{InputColumn, InputLeaf, Stop, send_layout};

use crate::assembler::assemble;
use crate::world::World;

const I64: ScalarTy = ScalarTy::I64;

/// What a client gets: words of its holes in order.
fn received(world: &mut World, client: u32, shapes: &[&Value]) -> Vec<u64> {
    let layout: Vec<(ScalarTy, u32)> = shapes.iter().flat_map(|shape| send_layout(shape)).collect();
    let payload = world.engine.take_client_output(client);
    client::reconstruct(Backend::Clear, &layout, &[payload]).expect("the layout is right").concat()
}

#[test]
fn inputs_become_registers_and_columns() {
    let program = assemble(
        "
input n {int64}
input who {string}
input xs {list[(secret int64,list[secret bool],string)]} from \"a\"
input y {secret int64} from \"b\"
fn main
  let n int64
  let who string
  let xs list[(secret~int64,list[secret~bool],string)]
  let shown list[(int64,list[bool],string)]
  let y secret~int64
  let t ticket[int64]
  input 0 (-> n)
  input 1 (-> who)
  input 2 (-> xs)
  input 3 (-> y)
  say {(int64, string)} (n who)
  open.ref shown xs {list[(secret int64,list[secret bool],string)]}
  say {list[(int64,list[bool],string)]} (shown)
  open t y {secret int64}
  await n t
  say {int64} (n)
  return ()
",
    );
    let mut world = World::new();
    let vector = world.engine.given(I64, &[0, 5, 6, 7]);
    world.engine.retain(vector);
    let bits = world.engine.given(ScalarTy::Bool, &[1, 0]);
    world.engine.retain(bits);
    let empty = world.engine.given(ScalarTy::Bool, &[1]);
    let lanes = [1, 0].map(|lane| Lane { node: bits, lane }).to_vec();
    let inner = vec![
        InputLeaf::List(2, vec![InputColumn::Lanes(lanes)]),
        InputLeaf::List(0, vec![InputColumn::Secrets { node: empty, start: 0 }]),
    ];
    let names = vec![InputLeaf::Str("p".to_owned()), InputLeaf::Str("q".to_owned())];
    let columns =
        vec![InputColumn::Secrets { node: vector, start: 1 }, InputColumn::Refs(inner), InputColumn::Refs(names)];
    world.host.inputs.insert(0, vec![InputLeaf::Word(3)]);
    world.host.inputs.insert(1, vec![InputLeaf::Str("me".to_owned())]);
    world.host.inputs.insert(2, vec![InputLeaf::List(2, columns)]);
    world.host.inputs.insert(3, vec![InputLeaf::Secret(Lane { node: vector, lane: 3 })]);
    assert_eq!(world.run(&program, u64::MAX), Stop::Done);
    assert_eq!(world.host.printed, ["(3, \"me\")", "[(5, [False, True], \"p\"), (6, [], \"q\")]", "7"]);
}

#[test]
fn inputs_of_another_shape_trap() {
    let program = assemble(
        "
input xs {list[secret int64]} from \"a\"
fn main
  let xs list[secret~int64]
  input 0 (-> xs)
  return ()
",
    );
    let wrong = [
        vec![],
        vec![InputLeaf::Word(3)],
        vec![InputLeaf::List(2, vec![])],
        vec![InputLeaf::List(2, vec![InputColumn::Words(vec![1, 2])])],
        vec![InputLeaf::List(2, vec![InputColumn::Lanes(vec![])])],
    ];
    for leaves in wrong {
        let mut world = World::new();
        world.host.inputs.insert(0, leaves);
        let Stop::Trapped(trap) = world.run(&program, u64::MAX) else { panic!("it must trap") };
        assert_eq!(trap.code, TrapCode::Engine);
    }
    let Stop::Trapped(trap) = World::new().run(&program, u64::MAX) else { panic!("it must trap") };
    assert_eq!(trap.code, TrapCode::UnknownClient);
}

const RESULTS: &str = "
output {(int64, list[(secret int64, secret bool)])} to role \"lab\"
output {list[secret int64]} to each \"clinic\"
output {string} to everyone
output {secret int64} to nobody
output {secret int64} to slot 7
fn main
  let pairs list[(secret~int64,secret~bool)]
  let xs list[secret~int64]
  let s string
  let x y secret~int64
  let b secret~bool
  let n int64
  const n #5
  hide x n
  sbin add y x x
  scmp lt b x y
  new.list pairs
  append pairs (x b)
  append pairs (y b)
  new.list xs
  append.secret xs y
  append.secret xs x
  str s \"done\"
  send {(secret int64, secret int64)} to slot 3 (y x)
  output 0 (n pairs)
  output 1 (xs)
  output 2 (s)
  output 3 (x)
  output 4 (y)
  return ()
";

#[test]
fn results_go_to_whom_they_are_for() {
    let mut world = World::new();
    world.host.roles.insert("lab".to_owned(), vec![0, 4]);
    world.host.roles.insert("clinic".to_owned(), vec![2, 1]);
    assert_eq!(world.run(&assemble(RESULTS), u64::MAX), Stop::Done);

    let secret = |ty| Value::Secret(ty);
    let pair = || Value::Tuple(vec![secret(I64), secret(ScalarTy::Bool)]);
    let lab = Value::Tuple(vec![Value::Scalar(I64, 5), Value::List(vec![pair(), pair()])]);
    assert_eq!(
        world.host.outputs,
        [
            (0, Some(0), lab.clone()),
            (0, Some(4), lab.clone()),
            (1, Some(2), secret(I64)),
            (1, Some(1), secret(I64)),
            (2, None, Value::Str("done".to_owned())),
            (4, Some(7), secret(I64)),
        ]
    );
    let sent = Value::Tuple(vec![secret(I64), secret(I64)]);
    assert_eq!(world.host.deliveries, [(0, 3, sent.clone())]);

    assert_eq!(received(&mut world, 3, &[&sent]), [10, 5]);
    assert_eq!(received(&mut world, 0, &[&lab]), [5, 1, 10, 1]);
    assert_eq!(received(&mut world, 4, &[&lab]), [5, 1, 10, 1]);
    assert_eq!(received(&mut world, 2, &[&secret(I64)]), [10]);
    assert_eq!(received(&mut world, 1, &[&secret(I64)]), [5]);
    assert_eq!(received(&mut world, 7, &[&secret(I64)]), [10]);
}

#[test]
fn one_result_per_client_or_a_trap() {
    let mut world = World::new();
    world.host.roles.insert("clinic".to_owned(), vec![2, 1, 3]);
    let Stop::Trapped(trap) = world.run(&assemble(RESULTS), u64::MAX) else { panic!("it must trap") };
    assert_eq!(trap.code, TrapCode::Role);
    assert_eq!(trap.message.as_deref(), Some("2 results for 3 clients of role clinic"));
}

#[test]
fn layouts_join_holes_of_one_format() {
    let secret = |ty| Value::Secret(ty);
    let shape = Value::List(vec![
        secret(I64),
        Value::Tuple(vec![secret(I64), Value::Scalar(I64, 1), secret(ScalarTy::Bool)]),
        Value::None,
        secret(ScalarTy::Bool),
        secret(I64),
    ]);
    assert_eq!(send_layout(&shape), [(I64, 2), (ScalarTy::Bool, 2), (I64, 1)]);
}
