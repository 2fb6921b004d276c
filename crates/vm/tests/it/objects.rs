//! Records: fields, openings into them, choices among them and orders of rows that hold them.

use stoffel_value::TrapCode;

use crate::world::{printed, trap};

/// Three nodes in a list of rows with a key each: 3, 1, 2; node i holds 10·i and the first leads on to another one.
const ROWS: &str = "
object \"Node\" v:secret~int64 next:object[0~secret]?
fn main
  let w zero one two three int64
  let yes no bool
  let k v secret~int64
  let a b c d object[0~secret]
  let rows list[(secret~int64,~object[0~secret])]
  small zero 0
  small one 1
  small two 2
  small three 3
  small yes 1
  small no 0
  small w 10
  hide v w
  nil d
  new.object a (v no d)
  small w 20
  hide v w
  new.object b (v yes a)
  small w 30
  hide v w
  new.object c (v no d)
  new.list rows
  hide k three
  append rows (k a)
  hide k one
  append rows (k b)
  hide k two
  append rows (k c)
";

#[test]
fn rows_with_other_shapes_have_no_secret_order() {
    let source = format!("{ROWS}  builtin sortrows (no rows)\n  return ()\n");
    assert_eq!(trap(&source).code, TrapCode::Shape);
    let source = format!("{ROWS}  builtin shuffle (rows)\n  return ()\n");
    assert_eq!(trap(&source).code, TrapCode::Shape);
}

/// The rows with nodes that lead nowhere.
fn flat(code: &str) -> String {
    let rows = ROWS.replace("new.object b (v yes a)", "new.object b (v no d)");
    format!("{rows}{code}  return ()\n")
}

/// Opens and prints the key and the node's value of each row.
const SHOW: &str = "
  let t ticket[int64]
  get rows zero (-> k a)
  get.field a field0 (-> v)
  open t v {secret int64}
  await w t
  say {int64} (w)
  get rows one (-> k a)
  get.field a field0 (-> v)
  open t v {secret int64}
  await w t
  say {int64} (w)
  get rows two (-> k a)
  get.field a field0 (-> v)
  open t v {secret int64}
  await w t
  say {int64} (w)
";

#[test]
fn objects_follow_their_keys() {
    assert_eq!(printed(&flat(&format!("  builtin sortrows (no rows)\n{SHOW}"))), ["20", "30", "10"]);
    assert_eq!(printed(&flat(&format!("  builtin sortrows (yes rows)\n{SHOW}"))), ["10", "30", "20"]);
}

#[test]
fn a_shuffle_keeps_every_object() {
    let mut found = printed(&flat(&format!("  builtin shuffle (rows)\n{SHOW}")));
    found.sort();
    assert_eq!(found, ["10", "20", "30"]);
}

#[test]
fn an_object_at_a_secret_index_is_a_new_one() {
    let code = format!(
        "
  let xs list[object[0~secret]]
  let hot list[secret~bool]
  new.list xs
  append xs (a)
  append xs (b)
  append xs (c)
  hide k one
  builtin onehotsecret (xs k -> hot)
  builtin picksecret (hot xs -> d)
  set.field d field0 (k)
{SHOW}
  let u ticket[int64]
  get.field d field0 (-> v)
  open u v {{secret int64}}
  await w u
  say {{int64}} (w)
"
    );
    assert_eq!(printed(&flat(&code)), ["10", "20", "30", "1"]);
}

#[test]
fn what_leads_back_to_itself_has_no_order() {
    let code = "
  set.field a field1 (yes a)
  set.field b field1 (yes b)
  set.field c field1 (yes c)
  builtin shuffle (rows)
";
    assert_eq!(trap(&flat(code)).code, TrapCode::Shape);
}

#[test]
fn openings_into_fields_wait_until_they_are_read() {
    let source = "
object \"Seen\" v:int64 w:int64
fn main
  let w int64
  let s secret~int64
  let t u ticket[int64]
  let o object[0]
  small w 4
  hide s w
  open t s {secret int64}
  open u s {secret int64}
  new.object o (ticket t ticket u)
  get.field o field1 (-> w)
  say {int64} (w)
  say {object[0]} (o)
  return ()
";
    assert_eq!(printed(source), ["4", "Seen(v: 4, w: 4)"]);
}
