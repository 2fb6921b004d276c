//! Arrays: one operation of the engine for each of the program, references in balance, and the traps of shapes.

use stoffel_value::TrapCode;
use stoffel_vm::Stop;

use crate::assembler::assemble;
use crate::world::{World, printed, trap};

/// `a` is the secret array [[0, 1, 2], [3, 4, 5]], `p` the public one; `row` is [3], `two` is [2, 3].
const HEAD: &str = "
fn main
  let xs row two none list[int64]
  let p q array[int64]
  let a b c d array[secret~int64]
  let m array[secret~bool]
  let x y secret~int64
  let t f bool
  let zero one step n three six k s0 s1 s2 word int64
  small t 1
  small f 0
  const zero #0
  const one #1
  const two_ #2
  const three #3
  const six #6
  builtin range (zero six one -> xs)
  new.list none
  new.list row
  append row (three)
  new.list two
  append two (two_)
  append two (three)
  builtin array.from (xs -> p)
  builtin array.reshape (p two -> p)
  hide.ref a p
";

fn program(body: &str) -> String {
    format!("{HEAD}{body}  return ()\n").replace("let zero", "let two_ zero")
}

/// Opens an array and prints it.
fn show(array: &str, public: &str) -> String {
    format!("  open.ref {public} {array} {{array[secret int64]}}\n  say {{array[int64]}} ({public})\n")
}

/// Names of the engine's operations that a body causes.
fn operations(body: &str) -> Vec<String> {
    let mut world = World::new();
    assert_eq!(world.run(&assemble(&program(body)), u64::MAX), Stop::Done);
    let name = |line: &String| line.split(['(', ' ']).next().unwrap_or_default().to_owned();
    world.engine.log.iter().map(name).filter(|name| name != "constant").collect()
}

#[test]
fn an_operation_on_arrays_is_one_of_the_engine() {
    assert_eq!(operations("  array.bin mul b a a\n"), ["Binary"]);
    assert_eq!(operations("  array.bin add b a p\n"), ["Binary"]);
    assert_eq!(operations("  array.cmp lt m a a\n"), ["Compare"]);
    assert_eq!(operations("  array.un neg b a\n"), ["Unary"]);
    assert_eq!(operations("  builtin array.sum (a t zero -> b)\n"), ["SumAxis"]);
    assert_eq!(operations("  builtin array.cumsum (a one -> b)\n"), ["CumSum"]);
    assert_eq!(operations("  builtin array.reshape (a two -> b)\n"), Vec::<String>::new());
    // Repeating an axis is local work before it.
    let row = "  builtin array.row (a zero -> b)\n  array.bin mul c a b\n";
    assert_eq!(operations(row), ["Pick", "Binary"]);
    // One axis of 2: one level of a tournament after the rows have been arranged.
    assert_eq!(operations("  builtin array.max (a t zero -> b)\n"), ["Binary"]);
    let product = "  builtin array.transpose (a none f -> b)\n  builtin array.matmul (a b -> c)\n";
    assert_eq!(operations(product), ["Pick", "MatMul"]);
}

#[test]
fn an_array_is_opened_at_once() {
    let mut world = World::new();
    assert_eq!(world.run(&assemble(&program(&show("a", "q"))), u64::MAX), Stop::Done);
    assert_eq!(world.host.printed, ["[[0, 1, 2], [3, 4, 5]]"]);
    assert_eq!((world.waits, world.engine.n_opened), ([1, 0], 1));
}

#[test]
fn every_operation_keeps_references_in_balance() {
    let lines = printed(&program(&[
        "  array.bin add b a p\n", &show("b", "q"),
        "  builtin array.row (a one -> b)\n  array.bin mul c a b\n", &show("c", "q"),
        "  builtin array.transpose (a none f -> b)\n", &show("b", "q"),
        "  builtin array.matmul (a b -> c)\n", &show("c", "q"),
        "  builtin array.matmul (p b -> c)\n", &show("c", "q"),
        "  array.cmp gt m a p\n  builtin array.where (m a p -> b)\n", &show("b", "q"),
        "  builtin array.sum (a t one -> b)\n", &show("b", "q"),
        "  builtin array.min (a f zero -> b)\n", &show("b", "q"),
        "  builtin array.argmax (a t one -> b)\n", &show("b", "q"),
        "  builtin array.cumsum (a one -> b)\n", &show("b", "q"),
        "  array.un neg b a\n  builtin array.sort (b one)\n", &show("b", "q"),
        "  builtin array.argsort (b zero -> c)\n", &show("c", "q"),
        "  builtin array.get (a one zero -> x)\n  builtin array.scalar (x -> b)\n", &show("b", "q"),
        "  builtin array.full (row x -> b)\n", &show("b", "q"),
        "  builtin copy (a -> b)\n  builtin array.set (b zero x)\n  builtin array.set (b one zero x)\n", &show("b", "q"),
        "  builtin array.index (a zero f zero f zero one zero f one f zero one -> c)\n", &show("c", "q"),
        "  builtin array.index (a one f zero f zero one one t one f zero one -> c)\n", &show("c", "q"),
        "  builtin array.put (b a one f zero f zero one one f zero f zero one)\n", &show("b", "q"),
        "  builtin array.put (b b one f zero f zero one one f zero f zero one)\n", &show("b", "q"),
        "  hide y one\n  builtin array.index (a two_ f zero f zero one y -> c)\n", &show("c", "q"),
        "  builtin array.index (p zero f one f zero one two_ f zero f zero one y -> c)\n", &show("c", "q"),
        "  builtin array.put (b c two_ f zero f zero one two_ f zero f zero one y y)\n", &show("b", "q"),
        "  builtin array.row (a zero -> c)\n  builtin array.index (c one f zero t two_ one -> c)\n  builtin array.gather (a c -> d)\n",
        &show("d", "q"),
        "  builtin array.gather (a none -> d)\n  len n d\n  say {int64} (n)\n",
        "  builtin array.size (a -> n)\n  say {int64} (n)\n",
        "  builtin array.count (a t one -> n)\n  say {int64} (n)\n",
        "  say {array[secret int64]} (c)\n",
    ].concat()));
    assert_eq!(
        lines,
        [
            "[[0, 2, 4], [6, 8, 10]]",
            "[[0, 4, 10], [9, 16, 25]]",
            "[[0, 3], [1, 4], [2, 5]]",
            "[[5, 14], [14, 50]]",
            "[[5, 14], [14, 50]]",
            "[[0, 1, 2], [3, 4, 5]]",
            "[3, 12]",
            "0",
            "[2, 2]",
            "[[0, 1, 3], [3, 7, 12]]",
            "[[-2, -1, 0], [-5, -4, -3]]",
            "[[1, 1, 1], [0, 0, 0]]",
            "3",
            "[3, 3, 3]",
            "[[3, 3, 3], [3, 4, 5]]",
            "1",
            "[[1, 2], [4, 5]]",
            "[[0, 1, 2], [3, 4, 5]]",
            "[[0, 1, 2], [3, 4, 5]]",
            "[3, 4, 5]",
            "4",
            "[[0, 1, 2], [3, 4, 5]]",
            "[[0, 1, 2], [3, 4, 5]]",
            "0",
            "6",
            "3",
            "[<secret int64>, <secret int64>]"
        ]
    );
}

#[test]
fn shapes_that_do_not_fit_are_traps() {
    let code = |body: &str| trap(&program(body)).code;
    let wide = "  builtin array.from (xs -> q)\n";
    assert_eq!(code(&format!("{wide}  array.bin add p p q\n")), TrapCode::Shape);
    assert_eq!(code(&format!("{wide}  builtin array.matmul (p q -> q)\n")), TrapCode::Shape);
    assert_eq!(code(&format!("{wide}  hide.ref b q\n  array.bin mul b a b\n")), TrapCode::Shape);
    assert_eq!(code("  builtin array.item (a -> x)\n"), TrapCode::Shape);
    assert_eq!(code("  builtin array.get (a one -> x)\n"), TrapCode::Shape);
    assert_eq!(code("  get.word n p one\n"), TrapCode::Shape);
    assert_eq!(code("  get.secret x a one\n"), TrapCode::Shape);
    assert_eq!(code("  builtin array.get (p one six -> n)\n"), TrapCode::Index);
    assert_eq!(code("  builtin array.row (a two_ -> b)\n"), TrapCode::Index);
    assert_eq!(code("  builtin array.sum (a t two_ -> b)\n"), TrapCode::Shape);
    assert_eq!(code("  builtin array.reshape (a row -> b)\n"), TrapCode::Shape);
    assert_eq!(code("  builtin array.from (none -> q)\n  builtin array.max (q f zero -> q)\n"), TrapCode::Empty);
    assert_eq!(code("  hide y six\n  builtin array.index (a two_ f zero f zero one y -> c)\n"), TrapCode::Index);
}
