//! Strings, lists, dicts, objects, tickets and shares in, counted references to them out.
//!
//! An arena with its own reference counts: a [`Ref`] is an index, so that copying a register is a copy of four bytes and the
//! order of all frees depends on the program alone. Objects make cycles, and variables that hold a function value which captured
//! them; `collect` frees those.
//! Freed lists give their secrets back to the engine, freed tickets are dropped there.

mod collect;

use std::collections::BTreeSet;

use stoffel_mpc::{Engine, Lane, Ticket};
use stoffel_value::TrapCode;

use crate::column::{Column, Item};
use crate::fault::{Fault, MISTYPED};
use crate::keys::{self, Keys};
use crate::object::{Record, Slot};
use crate::share::Share;
use crate::types::{LeafKind, TypeTable};

/// A heap value, or nothing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Ref(u32);

impl Ref {
    /// No value: an empty register or the member of an absent optional.
    pub(crate) const NIL: Self = Self(u32::MAX);

    const fn index(self) -> usize {
        self.0 as usize
    }

    /// The index as a number, for traces.
    #[cfg(feature = "trace")]
    pub(crate) fn number(self) -> u64 {
        self.0.into()
    }
}

/// A string and its length in characters.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Text {
    /// The string.
    pub(crate) text: String,
    /// Number of characters; equal to the number of bytes exactly if all are ASCII.
    pub(crate) chars: usize,
}

/// A list: as many columns as its element type has leaves. Or an array: its elements in row-major order. Or a dict: a list of rows,
/// key leaves first, with an index.
#[derive(Debug)]
pub(crate) struct List {
    /// Row of the type table: the type of the list or dict.
    pub(crate) ty: u32,
    /// Axis lengths of an array, whose product is `len`; `None` for a list.
    pub(crate) axes: Option<Box<[u32]>>,
    /// Number of elements.
    pub(crate) len: u32,
    /// Leaves by column.
    pub(crate) columns: Vec<Column>,
    /// Words that are still being opened.
    pub(crate) pending: Vec<Pending>,
    /// The index of the keys of a dict; a list has none.
    pub(crate) keys: Option<Box<Keys>>,
}

/// A run of words of a column that a ticket will give.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pending {
    /// Column.
    pub(crate) column: u32,
    /// First element.
    pub(crate) at: u32,
    /// Number of elements; they are the words of the ticket from the first on.
    pub(crate) len: u32,
    /// The ticket, with a reference.
    pub(crate) ticket: Ref,
}

impl List {
    /// The empty list or dict of a type.
    pub(crate) fn new(ty: u32, types: &TypeTable) -> Result<Self, TrapCode> {
        let element = types.element(ty)?;
        let leaves = &element.leaves;
        let columns = leaves.iter().map(|&kind: &LeafKind| Column::empty(kind)).collect();
        let axes = types.is_array(ty).then(|| Box::from([0]));
        let keys = element.key.map(|leaves| Box::new(Keys::new(leaves)));
        Ok(Self { ty, axes, len: 0, columns, pending: Vec::new(), keys })
    }

    /// Bytes that an element is accounted with; elements without leaves are not free, or lists of them had no bound.
    pub(crate) fn row_bytes(&self) -> usize {
        let index = if self.keys.is_some() { keys::ROW_BYTES } else { 0 };
        self.columns.iter().map(Column::element_bytes).sum::<usize>().max(1) + index
    }

    fn bytes(&self) -> usize {
        let axes = self.axes.as_ref().map_or(0, |axes| axes.len() * size_of::<u32>());
        self.len as usize * self.row_bytes() + self.pending.len() * size_of::<Pending>() + axes
    }

    /// Position of the element that an index means, negative ones counting from the end; an array must have one axis.
    pub(crate) fn position(&self, index: i64) -> Result<usize, TrapCode> {
        if !self.is_flat() {
            return Err(TrapCode::Shape);
        }
        position(self.len as usize, index)
    }

    /// Whether one index means one element: always in a list, in an array if it has one axis.
    #[inline]
    pub(crate) fn is_flat(&self) -> bool {
        self.axes.as_ref().is_none_or(|axes| axes.len() == 1)
    }

    /// Number of elements of a list, of rows of an array.
    pub(crate) fn rows(&self) -> Result<u32, TrapCode> {
        match &self.axes {
            None => Ok(self.len),
            Some(axes) => axes.first().copied().ok_or(TrapCode::Shape),
        }
    }
}

/// Position that an index means in a sequence, negative ones counting from the end.
pub(crate) fn position(len: usize, index: i64) -> Result<usize, TrapCode> {
    let at = if index < 0 { index.checked_add(len as i64) } else { Some(index) };
    at.and_then(|at| usize::try_from(at).ok()).filter(|&at| at < len).ok_or(TrapCode::Index)
}

/// A function with the values that it captured: its first parameters of each bank. Carries their references.
#[derive(Debug)]
pub(crate) struct Closure {
    /// Index of the function.
    pub(crate) function: u32,
    /// Row of the program's types: the function type that it was made with.
    pub(crate) ty: u32,
    /// Captured words.
    pub(crate) words: Vec<u64>,
    /// Captured references.
    pub(crate) refs: Vec<Ref>,
    /// Captured secrets.
    pub(crate) secrets: Vec<Lane>,
}

impl Closure {
    fn bytes(&self) -> usize {
        self.words.len() * size_of::<u64>()
            + self.refs.len() * size_of::<Ref>()
            + self.secrets.len() * size_of::<Lane>()
    }
}

/// A text that is still being opened: its code points are the words of the ticket, of which this is a reference.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Opening {
    /// The ticket; `NIL` for a text without characters.
    pub(crate) ticket: Ref,
    /// Number of characters.
    pub(crate) chars: u32,
}

#[derive(Debug)]
enum Object {
    Free,
    Str(Text),
    Opening(Opening),
    List(List),
    Ticket(Ticket),
    Record(Record),
    Share(Share),
    Closure(Closure),
}

impl Object {
    fn bytes(&self) -> usize {
        let content = match self {
            Self::Free | Self::Ticket(_) | Self::Share(_) | Self::Opening(_) => 0,
            Self::Str(text) => text.text.len(),
            Self::List(list) => list.bytes(),
            Self::Record(record) => record.bytes(),
            Self::Closure(closure) => closure.bytes(),
        };
        content + CELL_BYTES
    }
}

/// Bytes that a value is accounted with beside its content.
pub(crate) const CELL_BYTES: usize = size_of::<Cell>();

#[derive(Debug)]
struct Cell {
    count: u32,
    object: Object,
}

/// All heap values of a run.
#[derive(Debug)]
pub(crate) struct Heap {
    cells: Vec<Cell>,
    free: Vec<u32>,
    bytes: usize,
    bytes_max: usize,
    /// Lists and objects with pending words, and texts that are being opened; while there are none, no read needs to look.
    pending: BTreeSet<Ref>,
    /// How many texts are being opened.
    openings: usize,
    /// When cycles are looked for.
    pace: collect::Pace,
}

impl Heap {
    /// An empty heap that holds at most `bytes_max` bytes of values.
    pub(crate) const fn new(bytes_max: usize) -> Self {
        Self {
            cells: Vec::new(),
            free: Vec::new(),
            bytes: 0,
            bytes_max,
            pending: BTreeSet::new(),
            openings: 0,
            pace: collect::Pace::START,
        }
    }

    /// Accounts for `count` times `bytes` more.
    pub(crate) fn charge(&mut self, count: usize, bytes: usize) -> Result<(), Fault> {
        let total = count.checked_mul(bytes).and_then(|more| self.bytes.checked_add(more));
        match total.filter(|&total| total <= self.bytes_max) {
            Some(total) => {
                self.bytes = total;
                Ok(())
            }
            None => Err(self.exhausted()),
        }
    }

    fn exhausted(&self) -> Fault {
        let message = format!("the program needs more than its {} bytes of memory", self.bytes_max);
        Fault::Message(TrapCode::Engine, message)
    }

    /// Takes back what was charged.
    pub(crate) const fn refund(&mut self, bytes: usize) {
        self.bytes -= bytes;
    }

    fn alloc(&mut self, object: Object) -> Result<Ref, Fault> {
        self.charge(1, object.bytes())?;
        let cell = Cell { count: 1, object };
        if let Some(index) = self.free.pop() {
            self.cells[index as usize] = cell;
            return Ok(Ref(index));
        }
        self.cells.push(cell);
        Ok(Ref((self.cells.len() - 1) as u32))
    }

    /// A new string.
    pub(crate) fn alloc_str(&mut self, text: String) -> Result<Ref, Fault> {
        let chars = if text.is_ascii() { text.len() } else { text.chars().count() };
        self.alloc(Object::Str(Text { text, chars }))
    }

    /// A new text that is still being opened; takes over the reference of the ticket.
    pub(crate) fn alloc_opening(&mut self, opening: Opening) -> Result<Ref, Fault> {
        self.openings += 1;
        let r = self.alloc(Object::Opening(opening))?;
        self.pending.insert(r);
        Ok(r)
    }

    /// The text that is still being opened, if it is one.
    pub(crate) fn opening(&self, r: Ref) -> Option<Opening> {
        match self.cells.get(r.index()).map(|cell| &cell.object) {
            Some(Object::Opening(opening)) => Some(*opening),
            _ => None,
        }
    }

    /// Whether any text is still being opened.
    pub(crate) const fn has_openings(&self) -> bool {
        self.openings > 0
    }

    /// Puts a text in place of its opening; the caller releases the ticket.
    pub(crate) fn resolve(&mut self, r: Ref, text: String) -> Result<(), Fault> {
        self.charge(1, text.len())?;
        let chars = text.chars().count();
        let cell = self.cells.get_mut(r.index()).ok_or(MISTYPED)?;
        cell.object = Object::Str(Text { text, chars });
        self.pending.remove(&r);
        self.openings -= 1;
        Ok(())
    }

    /// A new list, whose columns carry their references.
    pub(crate) fn alloc_list(&mut self, list: List) -> Result<Ref, Fault> {
        let waits = !list.pending.is_empty();
        let r = self.alloc(Object::List(list))?;
        if waits {
            self.pending.insert(r);
        }
        Ok(r)
    }

    /// A new object, whose slots carry their references.
    pub(crate) fn alloc_record(&mut self, record: Record) -> Result<Ref, Fault> {
        let waits = record.promised > 0;
        self.pace.count();
        let r = self.alloc(Object::Record(record))?;
        if waits {
            self.pending.insert(r);
        }
        Ok(r)
    }

    /// A new ticket.
    pub(crate) fn alloc_ticket(&mut self, ticket: Ticket) -> Result<Ref, Fault> {
        self.alloc(Object::Ticket(ticket))
    }

    /// A new share, which carries its reference.
    pub(crate) fn alloc_share(&mut self, share: Share) -> Result<Ref, Fault> {
        self.alloc(Object::Share(share))
    }

    /// The share; its reference stays its own.
    pub(crate) fn share(&self, r: Ref) -> Result<Share, Fault> {
        match self.cells.get(r.index()).map(|cell| &cell.object) {
            Some(Object::Share(share)) => Ok(*share),
            _ => Err(MISTYPED),
        }
    }

    /// A new function value.
    pub(crate) fn alloc_closure(&mut self, closure: Closure) -> Result<Ref, Fault> {
        self.pace.count();
        self.alloc(Object::Closure(closure))
    }

    /// The function value.
    pub(crate) fn closure(&self, r: Ref) -> Result<&Closure, Fault> {
        match self.cells.get(r.index()).map(|cell| &cell.object) {
            Some(Object::Closure(closure)) => Ok(closure),
            _ => Err(MISTYPED),
        }
    }

    /// The string.
    pub(crate) fn str(&self, r: Ref) -> Result<&Text, Fault> {
        match self.cells.get(r.index()).map(|cell| &cell.object) {
            Some(Object::Str(text)) => Ok(text),
            _ => Err(MISTYPED),
        }
    }

    /// Whether it is a string.
    pub(crate) fn is_str(&self, r: Ref) -> bool {
        matches!(self.cells.get(r.index()).map(|cell| &cell.object), Some(Object::Str(_)))
    }

    /// The list.
    pub(crate) fn list(&self, r: Ref) -> Result<&List, Fault> {
        match self.cells.get(r.index()).map(|cell| &cell.object) {
            Some(Object::List(list)) => Ok(list),
            _ => Err(MISTYPED),
        }
    }

    /// The list, to be edited; who changes its length accounts for it.
    pub(crate) fn list_mut(&mut self, r: Ref) -> Result<&mut List, Fault> {
        match self.cells.get_mut(r.index()).map(|cell| &mut cell.object) {
            Some(Object::List(list)) => Ok(list),
            _ => Err(MISTYPED),
        }
    }

    /// The object.
    pub(crate) fn record(&self, r: Ref) -> Result<&Record, Fault> {
        match self.cells.get(r.index()).map(|cell| &cell.object) {
            Some(Object::Record(record)) => Ok(record),
            _ => Err(MISTYPED),
        }
    }

    /// Whether it is an object.
    pub(crate) fn is_record(&self, r: Ref) -> bool {
        matches!(self.cells.get(r.index()).map(|cell| &cell.object), Some(Object::Record(_)))
    }

    /// Puts a leaf into an object and gives the one that was there, both with their references.
    pub(crate) fn swap_slot(&mut self, r: Ref, at: usize, slot: Slot) -> Result<Slot, Fault> {
        let Some(Object::Record(record)) = self.cells.get_mut(r.index()).map(|cell| &mut cell.object) else {
            return Err(MISTYPED);
        };
        let place = record.slots.get_mut(at).ok_or(MISTYPED)?;
        let before = std::mem::replace(place, slot);
        let had = record.promised > 0;
        record.promised += u32::from(matches!(slot, Slot::Promised(_)));
        record.promised -= u32::from(matches!(before, Slot::Promised(_)));
        let has = record.promised > 0;
        if has && !had {
            self.pending.insert(r);
        } else if had && !has {
            self.pending.remove(&r);
        }
        Ok(before)
    }

    /// The ticket.
    pub(crate) fn ticket(&self, r: Ref) -> Result<Ticket, Fault> {
        match self.cells.get(r.index()).map(|cell| &cell.object) {
            Some(Object::Ticket(ticket)) => Ok(*ticket),
            _ => Err(MISTYPED),
        }
    }

    /// The word at `index` of a list that is one column of words with none pending; `None` where the general path must look.
    #[inline]
    pub(crate) fn word_at(&self, r: Ref, index: u64) -> Option<u64> {
        match self.cells.get(r.index()).map(|cell| &cell.object) {
            Some(Object::List(list)) if list.pending.is_empty() && list.is_flat() => match list.columns.as_slice() {
                [Column::Words(words)] => words.get(usize::try_from(index).ok()?).copied(),
                _ => None,
            },
            _ => None,
        }
    }

    /// The place of the word at `index` under the conditions of [`Heap::word_at`].
    #[inline]
    pub(crate) fn word_at_mut(&mut self, r: Ref, index: u64) -> Option<&mut u64> {
        match self.cells.get_mut(r.index()).map(|cell| &mut cell.object) {
            Some(Object::List(list)) if list.pending.is_empty() && list.is_flat() => {
                match list.columns.as_mut_slice() {
                    [Column::Words(words)] => words.get_mut(usize::try_from(index).ok()?),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// Checks that a copy of `count` elements of a list will fit, before it is made.
    pub(crate) fn room(&self, r: Ref, count: usize) -> Result<(), Fault> {
        let row = self.list(r)?.row_bytes();
        self.room_for(count, row)
    }

    /// Checks that `count` elements of `bytes` each will fit, before they are made; lengths are 32 bits.
    pub(crate) fn room_for(&self, count: usize, bytes: usize) -> Result<(), Fault> {
        if count > u32::MAX as usize { Err(self.exhausted()) } else { self.room_for_text(0, count, bytes) }
    }

    /// Checks that a string of `bytes` and `count` times `each` bytes will fit, before it is made.
    pub(crate) fn room_for_text(&self, bytes: usize, count: usize, each: usize) -> Result<(), Fault> {
        let fits = count
            .checked_mul(each)
            .and_then(|more| more.checked_add(bytes))
            .is_some_and(|all| all <= self.bytes_max.saturating_sub(self.bytes));
        if fits { Ok(()) } else { Err(self.exhausted()) }
    }

    /// Room for `more` elements in a list, accounted for.
    pub(crate) fn grow(&mut self, r: Ref, more: usize) -> Result<(), Fault> {
        let list = self.list(r)?;
        let (len, row) = (list.len as usize, list.row_bytes());
        if more > u32::MAX as usize - len {
            return Err(self.exhausted());
        }
        self.charge(more, row)
    }

    /// Appends one element whose leaves carry their references.
    pub(crate) fn append(&mut self, r: Ref, items: &[Item], engine: &mut dyn Engine) -> Result<(), Fault> {
        self.grow(r, 1)?;
        let list = self.list_mut(r)?;
        if items.len() != list.columns.len() {
            return Err(MISTYPED);
        }
        let len = list.len as usize;
        for (column, &item) in list.columns.iter_mut().zip(items) {
            column.push(len, item, engine)?;
        }
        list.len += 1;
        Ok(())
    }

    /// Makes a list of rows, just made, a dict with this index; `None` leaves it a list.
    pub(crate) fn index_by(&mut self, r: Ref, keys: Option<Box<Keys>>) -> Result<(), Fault> {
        if keys.is_some() {
            self.charge(self.list(r)?.len as usize, keys::ROW_BYTES)?;
            self.list_mut(r)?.keys = keys;
        }
        Ok(())
    }

    /// Notes that the words of a column from `at` on come from a ticket; takes over its reference.
    pub(crate) fn expect(&mut self, r: Ref, pending: Pending) -> Result<(), Fault> {
        self.charge(1, size_of::<Pending>())?;
        let list = self.list_mut(r)?;
        list.pending.push(pending);
        self.pending.insert(r);
        Ok(())
    }

    /// Whether anything waits for openings.
    pub(crate) fn has_pending(&self) -> bool {
        !self.pending.is_empty()
    }

    /// Every ticket that anything waits for.
    pub(crate) fn promises(&self) -> Vec<Ticket> {
        let mut out = Vec::new();
        for cell in self.pending.iter().filter_map(|r| self.cells.get(r.index())) {
            cell.object.promises(&mut |ticket| out.extend(self.ticket(ticket).ok()));
        }
        out
    }

    /// Takes the notes of a list out; the caller releases the tickets.
    pub(crate) fn take_pending(&mut self, r: Ref) -> Result<Vec<Pending>, Fault> {
        let pending = std::mem::take(&mut self.list_mut(r)?.pending);
        self.pending.remove(&r);
        self.bytes -= pending.len() * size_of::<Pending>();
        Ok(pending)
    }

    /// One more reference; `NIL` has none.
    pub(crate) fn retain(&mut self, r: Ref) {
        if let Some(cell) = self.cells.get_mut(r.index()) {
            cell.count += 1;
        }
    }

    /// One reference less; at none the value is freed.
    pub(crate) fn release(&mut self, r: Ref, engine: &mut dyn Engine) {
        if self.forget(r) {
            self.dispose(r, engine);
        }
    }

    /// Counts one reference less and says whether it was the last.
    fn forget(&mut self, r: Ref) -> bool {
        match self.cells.get_mut(r.index()) {
            Some(cell) => {
                cell.count -= 1;
                cell.count == 0
            }
            None => false,
        }
    }

    /// Frees a value and everything that it alone refers to; a work list instead of recursion bounds the stack.
    fn dispose(&mut self, first: Ref, engine: &mut dyn Engine) {
        let mut dead = vec![first];
        while let Some(r) = dead.pop() {
            let object = std::mem::replace(&mut self.cells[r.index()].object, Object::Free);
            self.free.push(r.0);
            self.bytes -= CELL_BYTES;
            if object.has_promises() {
                self.pending.remove(&r);
            }
            match object {
                Object::Free => {}
                Object::Str(text) => self.bytes -= text.text.len(),
                Object::Opening(opening) => {
                    self.openings -= 1;
                    dead.extend(Some(opening.ticket).filter(|&ticket| self.forget(ticket)));
                }
                Object::Ticket(ticket) => engine.drop_ticket(ticket),
                Object::Share(share) => engine.release(share.lane.node),
                Object::List(list) => self.scatter(list, &mut dead, engine),
                Object::Record(record) => {
                    self.bytes -= record.bytes();
                    record.give_back(engine);
                    dead.extend(record.refs().filter(|&r| self.forget(r)));
                }
                Object::Closure(closure) => {
                    self.bytes -= closure.bytes();
                    dead.extend(closure.refs.into_iter().filter(|&r| self.forget(r)));
                    closure.secrets.iter().for_each(|lane| engine.release(lane.node));
                }
            }
        }
    }

    /// Lets go of everything in a list; values that nothing else refers to are added to `dead`.
    fn scatter(&mut self, list: List, dead: &mut Vec<Ref>, engine: &mut dyn Engine) {
        self.bytes -= list.bytes();
        let tickets = list.pending.iter().map(|pending| pending.ticket);
        dead.extend(tickets.filter(|&ticket| self.forget(ticket)));
        for column in list.columns {
            match column {
                Column::Words(_) => {}
                Column::Refs(refs) => dead.extend(refs.into_iter().filter(|&r| self.forget(r))),
                Column::View { node, .. } => engine.release(node),
                Column::Lanes(lanes) => lanes.iter().for_each(|lane| engine.release(lane.node)),
            }
        }
    }

    /// Takes every element out of a list; promised words are not waited for.
    pub(crate) fn clear(&mut self, r: Ref, types: &TypeTable, engine: &mut dyn Engine) -> Result<(), Fault> {
        let list = self.list_mut(r)?;
        let mut empty = List::new(list.ty, types)?;
        empty.keys = list.keys.clone();
        empty.keys.iter_mut().for_each(|keys| keys.clear());
        let old = std::mem::replace(list, empty);
        let mut dead = Vec::new();
        self.pending.remove(&r);
        self.scatter(old, &mut dead, engine);
        dead.into_iter().for_each(|r| self.dispose(r, engine));
        Ok(())
    }

    /// Lets go of all that a column holds.
    pub(crate) fn release_column(&mut self, column: Column, engine: &mut dyn Engine) {
        match column {
            Column::Words(_) => {}
            Column::Refs(refs) => refs.into_iter().for_each(|r| self.release(r, engine)),
            Column::View { node, .. } => engine.release(node),
            Column::Lanes(lanes) => lanes.iter().for_each(|lane| engine.release(lane.node)),
        }
    }

    /// Lets go of one leaf.
    pub(crate) fn release_item(&mut self, item: Item, engine: &mut dyn Engine) {
        match item {
            Item::Word(_) => {}
            Item::Ref(r) => self.release(r, engine),
            Item::Secret(lane) => engine.release(lane.node),
        }
    }

    /// Counts one more reference to a leaf.
    pub(crate) fn retain_item(&mut self, item: Item, engine: &mut dyn Engine) {
        match item {
            Item::Word(_) => {}
            Item::Ref(r) => self.retain(r),
            Item::Secret(lane) => engine.retain(lane.node),
        }
    }

    /// Bytes accounted for.
    pub(crate) const fn bytes(&self) -> usize {
        self.bytes
    }
}
