//! Rows of one shape whose scalars are secret in; the same rows in another order, or the marked one of them, out.
//!
//! Rows hold lists, arrays and objects to any depth. Walked side by side they give one column of secrets for each place, which the
//! engine moves, sorts or picks from as whole vectors; new values are then made of what comes back. What several places refer to in
//! every row is walked once, so aliases stay aliases. Lengths, axes and presence are public and must agree (R0203), and so must what
//! leads back to itself: it has no end.
//! Not here: choices between two values (`merge`), public rows (`sequence`).

use std::collections::BTreeMap;

use stoffel_bytecode::Builtin;
use stoffel_mpc::{Arg, Lane, NodeId};
use stoffel_value::{ScalarTy, TrapCode};

use super::Call;
use crate::column::{Column, Item, consecutive};
use crate::fault::{Fault, MISTYPED};
use crate::heap::{List, Ref};
use crate::machine::{Env, Vm};
use crate::object::{Record, Slot};
use crate::types::LeafKind;

/// Rows taken apart.
#[derive(Default)]
pub(super) struct Rows {
    /// What rows refer to, in order of first meeting.
    nodes: Vec<Node>,
    known: BTreeMap<(Vec<Ref>, u32), usize>,
    /// Format and lanes, one per row, of each column of secrets.
    columns: Vec<(ScalarTy, Vec<Lane>)>,
}

/// One place of every row: equally long lists, or objects.
struct Node {
    ty: u32,
    of: Vec<Ref>,
    /// Leaves in order: of the columns of a list element after element, of the slots of an object.
    parts: Vec<Part>,
    /// Length and axes of a list; `None` for an object.
    list: Option<(u32, Option<Box<[u32]>>)>,
}

/// A leaf of every row.
#[derive(Clone, Copy)]
enum Part {
    /// The presence of an optional.
    Word(u64),
    /// A column.
    Secret(usize),
    /// Another place.
    Node(usize),
    /// Nothing: the member of an absent optional.
    Nil,
}

/// What a column became: one lane per new row.
pub(super) type Moved = [NodeId];

impl Rows {
    /// The columns as vectors with their first lanes, which carry a reference each.
    fn vectors(&self, env: &mut Env<'_>) -> Vec<(ScalarTy, Lane)> {
        let vector = |(ty, lanes): &(ScalarTy, Vec<Lane>)| match consecutive(lanes) {
            Some(first) => {
                env.engine.retain(first.node);
                (*ty, first)
            }
            None => (*ty, Lane { node: env.engine.gather(*ty, lanes), lane: 0 }),
        };
        self.columns.iter().map(vector).collect()
    }

    /// Whether some place leads back to itself: taking away places that lead nowhere leaves some.
    fn is_cyclic(&self) -> bool {
        let inner = |node: &Node| {
            let parts = node.parts.iter();
            parts.filter_map(|part| if let Part::Node(at) = part { Some(*at) } else { None }).collect::<Vec<_>>()
        };
        let mut open: Vec<usize> = self.nodes.iter().map(|node| inner(node).len()).collect();
        let mut around = vec![Vec::new(); self.nodes.len()];
        for (at, node) in self.nodes.iter().enumerate() {
            inner(node).into_iter().for_each(|inner| around[inner].push(at));
        }
        let mut work: Vec<usize> = (0..open.len()).filter(|&at| open[at] == 0).collect();
        let mut done = 0;
        while let Some(at) = work.pop() {
            done += 1;
            for &outer in &around[at] {
                open[outer] -= 1;
                if open[outer] == 0 {
                    work.push(outer);
                }
            }
        }
        done < self.nodes.len()
    }
}

/// Gives the marked lane of a column.
type Pick<'a> = &'a mut dyn FnMut(&mut Env<'_>, ScalarTy, &[Lane]) -> Result<NodeId, Fault>;

impl Vm {
    /// `SortRows` and `Shuffle`: a list of rows in place.
    pub(super) fn order_rows(&mut self, op: Builtin, of: Call<'_>, env: &mut Env<'_>) -> Result<(), Fault> {
        let r = self.ref_in(of, 0)?;
        self.settle_deep(r, env)?;
        let (len, ty) = (self.heap.list(r)?.len, self.heap.list(r)?.ty);
        if len < 2 {
            return Ok(());
        }
        let mut rows = Rows::default();
        let mut tops = Vec::new();
        for index in 0..self.heap.list(r)?.columns.len() {
            let kind = self.types.leaf(ty, index)?;
            let items: Vec<Item> = (0..len as usize)
                .map(|i| Ok(self.heap.list(r)?.columns[index].get(i)))
                .collect::<Result<_, Fault>>()?;
            tops.push(self.part(&mut rows, &items, kind)?);
        }
        self.walk_rows(&mut rows)?;
        let vectors = rows.vectors(env);
        let args: Vec<(ScalarTy, Arg<'_>)> =
            vectors.iter().map(|&(ty, first)| (ty, Arg::Vector { node: first.node, start: first.lane, len })).collect();
        let moved = if op == Builtin::Shuffle {
            env.engine.shuffle(len, &args, self.op_site())?
        } else {
            let descending = self.word_in(of, 0)? != 0;
            let Some(Part::Secret(key)) = tops.first() else { return Err(MISTYPED) };
            env.engine.sort(args[*key], descending, &args, self.op_site())?
        };
        vectors.iter().for_each(|(_, first)| env.engine.release(first.node));
        let made = self.make_rows(&rows, &moved, len, env)?;
        for (index, top) in tops.into_iter().enumerate() {
            let column = match top {
                Part::Word(word) => Column::Words(vec![word; len as usize]),
                Part::Nil => Column::Refs(vec![Ref::NIL; len as usize]),
                Part::Secret(at) => {
                    env.engine.retain(moved[at]);
                    Column::View { node: moved[at], start: 0 }
                }
                Part::Node(at) => {
                    let refs: Vec<Ref> = made.iter().map(|row: &Vec<Ref>| row[at]).collect();
                    refs.iter().for_each(|&r| self.heap.retain(r));
                    Column::Refs(refs)
                }
            };
            let before = std::mem::replace(&mut self.heap.list_mut(r)?.columns[index], column);
            if let Column::Refs(refs) = &before {
                refs.iter().for_each(|&r| self.heap.release(r, env.engine));
            }
            before.give_back(env.engine);
        }
        self.drop_rows(made, &moved, env);
        Ok(())
    }

    /// The marked one of equally shaped lists, arrays or objects of type `ty`: `pick` gives the marked lane of a column.
    pub(super) fn picked_row(
        &mut self,
        refs: &[Ref],
        ty: u32,
        env: &mut Env<'_>,
        pick: Pick<'_>,
    ) -> Result<Ref, Fault> {
        let mut rows = Rows::default();
        let items: Vec<Item> = refs.iter().map(|&r| Item::Ref(r)).collect();
        let top = self.part(&mut rows, &items, LeafKind::Ref(ty))?;
        self.walk_rows(&mut rows)?;
        let moved: Vec<NodeId> =
            rows.columns.iter().map(|(ty, lanes)| pick(env, *ty, lanes)).collect::<Result<_, _>>()?;
        let made = self.make_rows(&rows, &moved, 1, env)?;
        let picked = match top {
            Part::Node(at) => made[0][at],
            _ => Ref::NIL,
        };
        if picked != Ref::NIL {
            self.heap.retain(picked);
        }
        self.drop_rows(made, &moved, env);
        Ok(picked)
    }

    /// A leaf of every row.
    fn part(&mut self, rows: &mut Rows, items: &[Item], kind: LeafKind) -> Result<Part, Fault> {
        match kind {
            LeafKind::Word(_) => {
                let Some(&Item::Word(first)) = items.first() else { return Err(MISTYPED) };
                let agree = items.iter().all(|item| matches!(item, Item::Word(word) if *word == first));
                if agree { Ok(Part::Word(first)) } else { Err(TrapCode::Shape.into()) }
            }
            LeafKind::Secret(format) => {
                let lane = |item: &Item| if let Item::Secret(lane) = item { Ok(*lane) } else { Err(MISTYPED) };
                rows.columns.push((format, items.iter().map(lane).collect::<Result<_, _>>()?));
                Ok(Part::Secret(rows.columns.len() - 1))
            }
            LeafKind::Ref(ty) => {
                let reference = |item: &Item| if let Item::Ref(r) = item { Ok(*r) } else { Err(MISTYPED) };
                let refs: Vec<Ref> = items.iter().map(reference).collect::<Result<_, _>>()?;
                if refs.contains(&Ref::NIL) {
                    let all = refs.iter().all(|r| *r == Ref::NIL);
                    return if all { Ok(Part::Nil) } else { Err(TrapCode::Shape.into()) };
                }
                if let Some(at) = rows.known.get(&(refs.clone(), ty)) {
                    return Ok(Part::Node(*at));
                }
                let at = rows.nodes.len();
                self.heap.room_for(at + 1, 2 * items.len() * size_of::<Ref>())?;
                rows.nodes.push(Node { ty, of: refs.clone(), parts: Vec::new(), list: None });
                rows.known.insert((refs, ty), at);
                Ok(Part::Node(at))
            }
        }
    }

    /// Takes apart what the rows refer to.
    fn walk_rows(&mut self, rows: &mut Rows) -> Result<(), Fault> {
        let mut at = 0;
        while at < rows.nodes.len() {
            let (ty, of) = (rows.nodes[at].ty, rows.nodes[at].of.clone());
            let mut parts = Vec::new();
            if self.heap.is_record(of[0]) {
                for (slot, kind) in self.types.record(ty)?.leaves.clone().into_iter().enumerate() {
                    let items: Vec<Item> =
                        of.iter().map(|&r| Ok(self.heap.record(r)?.item(slot)?)).collect::<Result<_, Fault>>()?;
                    parts.push(self.part(rows, &items, kind)?);
                }
            } else {
                let first = self.heap.list(of[0])?;
                let (len, axes) = (first.len, first.axes.clone());
                for &r in &of {
                    let list = self.heap.list(r)?;
                    if list.len != len || list.axes != axes || list.keys.is_some() {
                        return Err(TrapCode::Shape.into());
                    }
                }
                for index in 0..self.types.element(ty)?.leaves.len() {
                    let kind = self.types.leaf(ty, index)?;
                    for i in 0..len as usize {
                        let items: Vec<Item> = of
                            .iter()
                            .map(|&r| Ok(self.heap.list(r)?.columns.get(index).ok_or(MISTYPED)?.get(i)))
                            .collect::<Result<_, Fault>>()?;
                        parts.push(self.part(rows, &items, kind)?);
                    }
                }
                rows.nodes[at].list = Some((len, axes));
            }
            rows.nodes[at].parts = parts;
            at += 1;
        }
        if rows.is_cyclic() { Err(TrapCode::Shape.into()) } else { Ok(()) }
    }

    /// New values for all places of `len` rows, from the columns as they have become: one reference each.
    fn make_rows(&mut self, rows: &Rows, moved: &Moved, len: u32, env: &mut Env<'_>) -> Result<Vec<Vec<Ref>>, Fault> {
        let mut made = Vec::with_capacity(len as usize);
        for row in 0..len {
            let mut refs = Vec::with_capacity(rows.nodes.len());
            for node in &rows.nodes {
                refs.push(match &node.list {
                    None => {
                        let blank = vec![Slot::Known(Item::Word(0)); node.parts.len()];
                        self.heap.alloc_record(Record::new(node.ty, blank))?
                    }
                    Some((_, axes)) => {
                        let list = List { axes: axes.clone(), ..List::new(node.ty, &self.types)? };
                        self.heap.alloc_list(list)?
                    }
                });
            }
            for (node, &r) in rows.nodes.iter().zip(&refs) {
                match &node.list {
                    None => {
                        for (slot, part) in node.parts.iter().enumerate() {
                            let item = self.moved_item(*part, row, &refs, moved, env);
                            self.heap.swap_slot(r, slot, Slot::Known(item))?;
                        }
                    }
                    Some((len, _)) => self.fill_list(r, *len, (&node.parts, row), &refs, moved, env)?,
                }
            }
            made.push(refs);
        }
        Ok(made)
    }

    /// Fills a new list with the leaves of one row.
    fn fill_list(
        &mut self,
        r: Ref,
        len: u32,
        (parts, row): (&[Part], u32),
        refs: &[Ref],
        moved: &Moved,
        env: &mut Env<'_>,
    ) -> Result<(), Fault> {
        self.heap.grow(r, len as usize)?;
        let mut columns = std::mem::take(&mut self.heap.list_mut(r)?.columns);
        for (index, column) in columns.iter_mut().enumerate() {
            for i in 0..len as usize {
                let item = self.moved_item(parts[index * len as usize + i], row, refs, moved, env);
                column.push(i, item, env.engine)?;
            }
        }
        let list = self.heap.list_mut(r)?;
        (list.columns, list.len) = (columns, len);
        Ok(())
    }

    /// A leaf of one new row, with its reference.
    fn moved_item(&mut self, part: Part, row: u32, refs: &[Ref], moved: &Moved, env: &mut Env<'_>) -> Item {
        let item = match part {
            Part::Word(word) => Item::Word(word),
            Part::Nil => Item::Ref(Ref::NIL),
            Part::Secret(at) => Item::Secret(Lane { node: moved[at], lane: row }),
            Part::Node(at) => Item::Ref(refs[at]),
        };
        self.heap.retain_item(item, env.engine);
        item
    }

    /// Gives back the references that new rows and columns were made with.
    fn drop_rows(&mut self, made: Vec<Vec<Ref>>, moved: &Moved, env: &mut Env<'_>) {
        made.into_iter().flatten().for_each(|r| self.heap.release(r, env.engine));
        moved.iter().for_each(|node| env.engine.release(*node));
    }
}
