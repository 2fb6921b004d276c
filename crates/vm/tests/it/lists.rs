//! Lists of flattened elements: reading, writing, nesting, searching and sorting.

use stoffel_value::TrapCode;

use crate::world::{printed, trap};

#[test]
fn tuples_and_optionals_are_columns() {
    let lines = printed(
        "
fn main
  let xs list[(int64,string,bool?)]
  let n i int64
  let s string
  let p q bool
  new.list xs
  const n #4
  str s \"a\"
  small p 1
  small q 0
  append xs (n p q s)
  const n #5
  str s \"b\"
  append xs (n q q s)
  say {list[(int64,string,bool?)]} (xs)
  const i #-2
  const n #9
  set xs i (n q q s)
  get xs i (-> n p q s)
  say {(int64, bool, bool, string)} (n p q s)
  builtin pop (i xs -> n p q s)
  len i xs
  say {(int64, int64)} (n i)
  const i #0
  builtin insert (i n p q xs s)
  builtin copy (xs -> xs)
  builtin reverse (xs)
  say {list[(int64,string,bool?)]} (xs)
  builtin clear (xs)
  say {list[(int64,string,bool?)]} (xs)
  return ()
",
    );
    assert_eq!(
        lines,
        [
            "[(4, \"a\", False), (5, \"b\", None)]",
            "(9, False, False, \"b\")",
            "(9, 1)",
            "[(5, \"b\", None), (9, \"b\", None)]",
            "[]"
        ]
    );
}

#[test]
fn lists_are_shared_and_copies_are_shallow() {
    let lines = printed(
        "
fn main
  let outer other list[list[int64]]
  let a b list[int64]
  let n i int64
  new.list outer
  new.list a
  append outer (a)
  append outer (a)
  const n #1
  append a (n)
  builtin copy (outer -> other)
  drop.ref a
  const i #0
  get outer i (-> b)
  append b (n)
  say {list[list[int64]]} (other)
  new.list b
  set outer i (b)
  say {(list[list[int64]], list[list[int64]])} (outer other)
  get outer i (-> outer2)
  return ()
"
        .replace("  get outer i (-> outer2)\n", "")
        .as_str(),
    );
    assert_eq!(lines, ["[[1, 1], [1, 1]]", "([[], [1, 1]], [[1, 1], [1, 1]])"]);
}

#[test]
fn reading_into_the_register_of_the_list_itself_is_safe() {
    let lines = printed(
        "
fn main
  let outer list[(list[int64],list[int64])]
  let a b list[int64]
  let n i int64
  new.list outer
  new.list a
  new.list b
  append outer (a b)
  const i #0
  drop.ref a
  get outer i (-> a b)
  say {(list[int64], list[int64])} (a b)
  builtin extend (b a)
  builtin concat (a a -> a)
  return ()
",
    );
    assert_eq!(lines, ["([], [])"]);
}

#[test]
fn indices_outside_trap_on_reads_and_writes() {
    for line in ["get.word n xs i", "set xs i (n)", "get xs i (-> n)", "builtin pop (i xs -> n)"] {
        for index in ["3", "-4", "9223372036854775807", "-9223372036854775808"] {
            let trap = trap(&format!(
                "
fn main
  let xs list[int64]
  let a b c i n int64
  const a #0
  const b #3
  const c #1
  builtin range (a b c -> xs)
  const i #{index}
  {line}
  return ()
"
            ));
            assert_eq!(trap.code, TrapCode::Index, "{line} {index}");
        }
    }
    let pop = "
fn main
  let xs list[int64]
  let i n int64
  new.list xs
  const i #-1
  builtin pop (i xs -> n)
  return ()
";
    assert_eq!(trap(pop).code, TrapCode::Empty);
}

#[test]
fn sorting_is_stable_in_both_directions() {
    let lines = printed(
        "
fn main
  let xs list[(int64,string)]
  let n int64
  let s string
  let p bool
  let ys list[fix64]
  let x fix64
  new.list xs
  const n #2
  str s \"b\"
  append xs (n s)
  str s \"a\"
  append xs (n s)
  const n #-1
  str s \"ä\"
  append xs (n s)
  small p 0
  builtin sort (p xs)
  say {list[(int64,string)]} (xs)
  small p 1
  builtin sort (p xs)
  say {list[(int64,string)]} (xs)
  new.list ys
  const x #-65536
  append ys (x)
  const x #65536
  append ys (x)
  const x #0
  append ys (x)
  small p 0
  builtin sort (p ys)
  say {list[fix64]} (ys)
  return ()
",
    );
    assert_eq!(
        lines,
        ["[(-1, \"ä\"), (2, \"a\"), (2, \"b\")]", "[(2, \"b\"), (2, \"a\"), (-1, \"ä\")]", "[-1.0, 0.0, 1.0]"]
    );
}

#[test]
fn a_nan_has_no_place_in_an_order() {
    let nan = "
fn main
  let xs list[float64]
  let x z float64
  let p bool
  new.list xs
  const z #0
  const x #9221120237041090560
  append xs (z)
  append xs (x)
  small p 0
  builtin sort (p xs)
  return ()
";
    assert_eq!(trap(nan).code, TrapCode::Domain);
}

#[test]
fn equality_and_search_are_deep() {
    let lines = printed(
        "
fn main
  let xs list[(list[int64],int64?)]
  let a b list[int64]
  let n m int64
  let p q bool
  new.list xs
  new.list a
  new.list b
  const n #3
  const m #4
  small p 1
  append a (n)
  append b (n)
  append xs (p n a)
  append xs (p m a)
  small q 0
  append xs (q n a)
  append xs (q m a)
  builtin equal (a b -> p)
  say {bool} (p)
  small p 1
  builtin find (p m xs b -> n)
  say {int64} (n)
  builtin count (q n xs b -> n)
  say {int64} (n)
  append b (n)
  builtin find (p m xs b -> n)
  say {int64} (n)
  builtin equal (xs xs -> p)
  say {bool} (p)
  return ()
",
    );
    assert_eq!(lines, ["True", "1", "2", "-1", "True"]);
}
