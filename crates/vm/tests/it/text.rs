//! Secret texts: made from strings, taken apart, joined, chosen and opened; function values whose type is told when they are called.

use stoffel_value::TrapCode;

use crate::world::{printed, trap};

const TEXT: &str = "
fn main
  let one two int64
  let yes no bool
  let c secret~bool
  let s string
  let a b d secret~string
  let codes list[secret~uint32]
  let all list[string]
  small one 1
  small two 2
  small yes 1
  small no 0
  str s \"h\u{e9}y\"
  hide.ref a s
";

#[test]
fn texts_are_joined_indexed_and_opened_together() {
    let code = "
  builtin charat (a one -> b)
  builtin concat (a b -> d)
  say {secret string} (d)
  len one d
  say {int64} (one)
  new.list all
  open.ref s d {secret string}
  append all (s)
  open.ref s b {secret string}
  append all (s)
  say {list[string]} (all)
  builtin textcodes (d -> codes)
  say {list[secret uint32]} (codes)
  str s \"\"
  hide.ref a s
  open.ref s a {secret string}
  say {string} (s)
  return ()
";
    let expected = [
        "<secret string>",
        "4",
        "[\"h\u{e9}y\u{e9}\", \"\u{e9}\"]",
        "[<secret uint32>, <secret uint32>, <secret uint32>, <secret uint32>]",
        "",
    ];
    assert_eq!(printed(&format!("{TEXT}{code}")), expected);
}

#[test]
fn a_secret_chooses_between_texts_of_one_length() {
    let code = "
  str s \"abc\"
  hide.ref b s
  hide c yes
  builtin selectlist (c b a -> d)
  open.ref s d {secret string}
  builtin upper (s -> s)
  say {string} (s)
  str s \"abcd\"
  hide.ref b s
  builtin selectlist (c b a -> d)
  return ()
";
    let source = format!("{TEXT}{code}");
    assert_eq!(trap(&source).code, TrapCode::Shape);
    let fits = source.replace("\"abcd\"", "\"abd\"");
    assert_eq!(printed(&fits), ["ABC"]);
}

const CLOSURES: &str = "
fn main
  let n int64
  let f func[(int64),~int64]
  let g func[(int64),~secret~int64]
  let c Closure
  closure add (-> f)
  builtin closure.of (f -> c)
  say {Closure} (c)
  builtin closure.as (c -> f)
  small n 4
  call.value f (n -> n)
  say {int64} (n)
  return ()
fn add k:int64 = int64
  add.i64 k k k
  return (k)
";

#[test]
fn a_function_value_is_asked_for_its_type_when_it_is_called() {
    assert_eq!(printed(CLOSURES), ["<function add>", "8"]);
    let wrong = CLOSURES.replace("builtin closure.as (c -> f)", "builtin closure.as (c -> g)");
    assert_eq!(trap(&wrong).code, TrapCode::DynamicType);
}
