//! One column of a list in, the same column edited out; the only code that knows how list elements are kept.
//!
//! A column holds one leaf of every element. Secrets are a *view* (consecutive lanes of one node, one reference to it)
//! as long as they happen to be that, else single lanes with one reference each. A view is never empty.
//! [`Column::pick`] copies without counting; who keeps the copy calls [`Column::retain`].

use stoffel_mpc::{Engine, Lane, NodeId};
use stoffel_value::{ScalarTy, TrapCode};

use crate::heap::{Heap, Ref};
use crate::types::LeafKind;

/// One leaf of every element of a list.
#[derive(Clone, Debug)]
pub(crate) enum Column {
    /// Public scalars.
    Words(Vec<u64>),
    /// Strings, lists or objects.
    Refs(Vec<Ref>),
    /// Secrets that are the lanes of `node` from `start`, as many as the list is long.
    View {
        /// The vector.
        node: NodeId,
        /// Lane of element 0.
        start: u32,
    },
    /// Secrets anywhere.
    Lanes(Vec<Lane>),
}

/// The leaf of one element.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Item {
    /// Public scalar.
    Word(u64),
    /// Reference.
    Ref(Ref),
    /// Secret.
    Secret(Lane),
}

impl Column {
    /// The empty column for a leaf.
    pub(crate) fn empty(kind: LeafKind) -> Self {
        match kind {
            LeafKind::Word(_) => Self::Words(Vec::new()),
            LeafKind::Ref(_) => Self::Refs(Vec::new()),
            LeafKind::Secret(_) => Self::Lanes(Vec::new()),
        }
    }

    /// Bytes that an element is accounted with, however it is kept.
    pub(crate) const fn element_bytes(&self) -> usize {
        match self {
            Self::Words(_) | Self::View { .. } | Self::Lanes(_) => 8,
            Self::Refs(_) => 4,
        }
    }

    /// The leaf of element `i`, which must exist; carries no reference.
    pub(crate) fn get(&self, i: usize) -> Item {
        match self {
            Self::Words(words) => Item::Word(words[i]),
            Self::Refs(refs) => Item::Ref(refs[i]),
            Self::View { node, start } => Item::Secret(Lane { node: *node, lane: start + i as u32 }),
            Self::Lanes(lanes) => Item::Secret(lanes[i]),
        }
    }

    /// Copies the elements `at(0)`, …, `at(count - 1)`; carries no references.
    pub(crate) fn pick(&self, count: usize, at: impl Fn(usize) -> usize) -> Self {
        match self {
            Self::Words(words) => Self::Words((0..count).map(|k| words[at(k)]).collect()),
            Self::Refs(refs) => Self::Refs((0..count).map(|k| refs[at(k)]).collect()),
            Self::Lanes(lanes) => Self::from_lanes((0..count).map(|k| lanes[at(k)]).collect()),
            Self::View { .. } if count == 0 => Self::Lanes(Vec::new()),
            Self::View { node, start } => {
                let first = at(0);
                if (1..count).all(|k| at(k) == first + k) {
                    Self::View { node: *node, start: start + first as u32 }
                } else {
                    let lane = |k| Lane { node: *node, lane: start + at(k) as u32 };
                    Self::Lanes((0..count).map(lane).collect())
                }
            }
        }
    }

    /// Lanes as a view where they are one.
    fn from_lanes(lanes: Vec<Lane>) -> Self {
        match consecutive(&lanes) {
            Some(first) => Self::View { node: first.node, start: first.lane },
            None => Self::Lanes(lanes),
        }
    }

    /// Counts one more reference to whatever the column holds.
    pub(crate) fn retain(&self, heap: &mut Heap, engine: &mut dyn Engine) {
        match self {
            Self::Words(_) => {}
            Self::Refs(refs) => refs.iter().for_each(|&r| heap.retain(r)),
            Self::View { node, .. } => engine.retain(*node),
            Self::Lanes(lanes) => lanes.iter().for_each(|lane| engine.retain(lane.node)),
        }
    }

    /// Gives the secrets back to the engine.
    pub(crate) fn give_back(self, engine: &mut dyn Engine) {
        match self {
            Self::Words(_) | Self::Refs(_) => {}
            Self::View { node, .. } => engine.release(node),
            Self::Lanes(lanes) => lanes.iter().for_each(|lane| engine.release(lane.node)),
        }
    }

    /// Appends a leaf, taking over its reference. `len` is the length before.
    pub(crate) fn push(&mut self, len: usize, item: Item, engine: &mut dyn Engine) -> Result<(), TrapCode> {
        match (&mut *self, item) {
            (Self::Words(words), Item::Word(word)) => words.push(word),
            (Self::Refs(refs), Item::Ref(r)) => refs.push(r),
            (Self::Lanes(lanes), Item::Secret(lane)) if lanes.is_empty() => {
                *self = Self::View { node: lane.node, start: lane.lane };
            }
            (Self::Lanes(lanes), Item::Secret(lane)) => lanes.push(lane),
            (Self::View { node, start }, Item::Secret(lane))
                if lane.node == *node && u64::from(lane.lane) == u64::from(*start) + len as u64 =>
            {
                engine.release(lane.node);
            }
            (Self::View { .. }, Item::Secret(lane)) => self.lanes(len, engine).push(lane),
            _ => return Err(TrapCode::DynamicType),
        }
        Ok(())
    }

    /// Puts a leaf at `i`, taking over its reference, and gives the leaf that was there with its reference.
    pub(crate) fn replace(
        &mut self,
        len: usize,
        i: usize,
        item: Item,
        engine: &mut dyn Engine,
    ) -> Result<Item, TrapCode> {
        Ok(match (&mut *self, item) {
            (Self::Words(words), Item::Word(word)) => Item::Word(std::mem::replace(&mut words[i], word)),
            (Self::Refs(refs), Item::Ref(r)) => Item::Ref(std::mem::replace(&mut refs[i], r)),
            (Self::View { .. } | Self::Lanes(_), Item::Secret(lane)) => {
                Item::Secret(std::mem::replace(&mut self.lanes(len, engine)[i], lane))
            }
            _ => return Err(TrapCode::DynamicType),
        })
    }

    /// Puts a leaf before element `i` ≤ `len`, taking over its reference.
    pub(crate) fn insert(&mut self, len: usize, i: usize, item: Item, engine: &mut dyn Engine) -> Result<(), TrapCode> {
        match (&mut *self, item) {
            (Self::Words(words), Item::Word(word)) => words.insert(i, word),
            (Self::Refs(refs), Item::Ref(r)) => refs.insert(i, r),
            (_, item) if i == len => return self.push(len, item, engine),
            (Self::View { .. } | Self::Lanes(_), Item::Secret(lane)) => self.lanes(len, engine).insert(i, lane),
            _ => return Err(TrapCode::DynamicType),
        }
        Ok(())
    }

    /// Takes element `i` out, with its reference.
    pub(crate) fn remove(&mut self, len: usize, i: usize, engine: &mut dyn Engine) -> Item {
        match self {
            Self::Words(words) => Item::Word(words.remove(i)),
            Self::Refs(refs) => Item::Ref(refs.remove(i)),
            Self::View { node, start } if len > 1 && (i == 0 || i + 1 == len) => {
                let lane = Lane { node: *node, lane: *start + i as u32 };
                *start += u32::from(i == 0);
                engine.retain(lane.node);
                Item::Secret(lane)
            }
            Self::View { .. } | Self::Lanes(_) => Item::Secret(self.lanes(len, engine).remove(i)),
        }
    }

    /// Appends another column of the same kind, taking over its references.
    pub(crate) fn append(
        &mut self,
        len: usize,
        mut other: Self,
        other_len: usize,
        engine: &mut dyn Engine,
    ) -> Result<(), TrapCode> {
        if other_len == 0 {
            return Ok(());
        }
        match (&mut *self, &mut other) {
            (Self::Words(words), Self::Words(more)) => words.append(more),
            (Self::Refs(refs), Self::Refs(more)) => refs.append(more),
            (Self::View { .. } | Self::Lanes(_), Self::View { .. } | Self::Lanes(_)) if len == 0 => *self = other,
            (Self::View { node, start }, Self::View { node: next, start: from })
                if node == next && u64::from(*from) == u64::from(*start) + len as u64 =>
            {
                engine.release(*next);
            }
            (Self::View { .. } | Self::Lanes(_), Self::View { .. } | Self::Lanes(_)) => {
                let more = std::mem::take(other.lanes(other_len, engine));
                self.lanes(len, engine).extend(more);
            }
            _ => return Err(TrapCode::DynamicType),
        }
        Ok(())
    }

    /// Orders the elements as `order` lists them: a permutation of `0..len`.
    pub(crate) fn permute(&mut self, len: usize, order: impl Fn(usize) -> usize, engine: &mut dyn Engine) {
        if len < 2 {
            return;
        }
        if let Self::View { .. } = self {
            self.lanes(len, engine);
        }
        // A permutation keeps every reference, and `pick` of lanes may find a view, whose surplus goes back.
        let picked = self.pick(len, order);
        if let Self::View { node, .. } = picked {
            (1..len).for_each(|_| engine.release(node));
        }
        *self = picked;
    }

    /// The column as one vector: node and first lane. Gathers once and keeps the view. `len` ≥ 1.
    pub(crate) fn view(&mut self, ty: ScalarTy, engine: &mut dyn Engine) -> Result<(NodeId, u32), TrapCode> {
        let lanes = match self {
            Self::View { node, start } => return Ok((*node, *start)),
            Self::Lanes(lanes) if !lanes.is_empty() => lanes,
            _ => return Err(TrapCode::DynamicType),
        };
        let (node, start) = match consecutive(lanes) {
            Some(first) => {
                engine.retain(first.node);
                (first.node, first.lane)
            }
            None => (engine.gather(ty, lanes), 0),
        };
        lanes.iter().for_each(|lane| engine.release(lane.node));
        *self = Self::View { node, start };
        Ok((node, start))
    }

    /// The secret column as single lanes with a reference each.
    fn lanes(&mut self, len: usize, engine: &mut dyn Engine) -> &mut Vec<Lane> {
        if let Self::View { node, start } = *self {
            (1..len).for_each(|_| engine.retain(node));
            *self = Self::Lanes((0..len as u32).map(|i| Lane { node, lane: start + i }).collect());
        }
        match self {
            Self::Lanes(lanes) => lanes,
            _ => unreachable!("callers have matched a secret column"),
        }
    }
}

/// The first of at least one lanes that follow each other in one node.
pub(crate) fn consecutive(lanes: &[Lane]) -> Option<Lane> {
    let first = *lanes.first()?;
    let follows = |(i, lane): (usize, &Lane)| lane.node == first.node && lane.lane as usize == first.lane as usize + i;
    lanes.iter().enumerate().all(follows).then_some(first)
}
