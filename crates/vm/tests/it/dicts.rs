//! Dicts: rows in order, keys of every kind, promised values, secret values, shared references.

use stoffel_value::TrapCode;

use crate::world::{printed, trap};

#[test]
fn a_new_key_goes_last_and_an_old_one_keeps_its_place() {
    let lines = printed(
        "
fn main
  let d e dict[(int64,string),bool?]
  let k n m int64
  let s string
  let p q bool
  let ks list[(int64,string)]
  let vs list[bool?]
  let its list[((int64,string),bool?)]
  new.list d
  small p 1
  small q 0
  str s \"a\"
  const k #7
  put d (k p q s)
  str s \"b\"
  put d (k p p s)
  str s \"a\"
  put d (k q q s)
  say {dict[(int64,string),bool?]} (d)
  len n d
  builtin findkey (k d s -> m)
  say {(int64,int64)} (n m)
  builtin keychanges (d -> n)
  str s \"b\"
  builtin lookup (k d s -> p q)
  say {bool?} (p q)
  builtin copy (d -> e)
  builtin removekey (k e s)
  builtin keychanges (e -> m)
  say {(int64,int64)} (n m)
  str s \"c\"
  builtin findkey (k d s -> m)
  say {int64} (m)
  builtin keys (d -> ks)
  builtin values (d -> vs)
  builtin items (d -> its)
  say {(list[(int64,string)],list[bool?],list[((int64,string),bool?)])} (ks vs its)
  builtin clear (d)
  say {(dict[(int64,string),bool?],dict[(int64,string),bool?])} (d e)
  return ()
",
    );
    assert_eq!(
        lines,
        [
            "{(7, \"a\"): None, (7, \"b\"): True}",
            "(2, 0)",
            "True",
            "(2, 3)",
            "-1",
            "([(7, \"a\"), (7, \"b\")], [None, True], [((7, \"a\"), None), ((7, \"b\"), True)])",
            "({}, {(7, \"a\"): None})",
        ]
    );
}

#[test]
fn values_are_promised_hidden_and_opened() {
    let lines = printed(
        "
fn main
  let d e dict[int64,int64]
  let f dict[int64,secret~int64]
  let s secret~int64
  let k n m int64
  let t ticket[int64]
  new.list d
  const k #1
  const n #40
  hide s n
  open t s {secret int64}
  put d (k ticket t)
  const n #5
  put d (k n)
  put d (k ticket t)
  const k #2
  put d (k n)
  hide.ref f d
  sbin.right add s s n
  const k #3
  put f (k s)
  open.ref e f {dict[int64, secret int64]}
  builtin lookup (k e -> m)
  say {(int64,dict[int64,int64],dict[int64,int64],dict[int64,secret int64])} (m d e f)
  const k #2
  builtin removekey (k e)
  const n #-1
  get e n (-> k m)
  say {(int64,int64)} (k m)
  return ()
",
    );
    assert_eq!(
        lines,
        [
            "(45, {1: 40, 2: 5}, {1: 40, 2: 5, 3: 45}, {1: <secret int64>, 2: <secret int64>, 3: <secret int64>})",
            "(3, 45)"
        ]
    );
}

#[test]
fn an_absent_reference_goes_where_a_value_goes() {
    let lines = printed(
        "
fn main
  let d dict[bool,list[int64]?]
  let xs list[int64]
  let p q bool
  nil xs
  small p 0
  new.list d
  put d (p p xs)
  small q 1
  put d (q p xs)
  new.list xs
  put d (q q xs)
  say {dict[bool,list[int64]?]} (d)
  return ()
",
    );
    assert_eq!(lines, ["{False: None, True: []}"]);
}

#[test]
fn missing_keys_and_nan_trap() {
    const NAN: u64 = 0x7ff8_0000_0000_0000;
    for (op, key, code) in [
        ("builtin lookup (k d -> v)", 0, TrapCode::MissingKey),
        ("builtin removekey (k d)", 0, TrapCode::MissingKey),
        ("builtin findkey (k d -> v)", NAN, TrapCode::Domain),
        ("put d (k v)", NAN, TrapCode::Domain),
    ] {
        let source = format!(
            "
fn main
  let d dict[float64,int64]
  let k float64
  let v int64
  new.list d
  const k #{key}
  small v 0
  {op}
  return ()
"
        );
        assert_eq!(trap(&source).code, code, "{op}");
    }
}
