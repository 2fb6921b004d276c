//! Operations on arrays in, arrays out: one operation of the engine for what is secret, one loop for what is public.
//!
//! An array is a list with axes: its elements are one column of words, or one vector of the engine. What is read first becomes whole:
//! promised words are awaited, secrets gathered into one vector.

mod elementwise;
mod form;
mod index;
mod lanes;
mod product;
mod reduce;
mod secret;
mod sort;

use std::borrow::Cow;

use stoffel_bytecode::{Builtin, Function, Instr};
use stoffel_mpc::{Arg, ArrayOp, Lane, NodeId};
use stoffel_value::{ScalarOp, ScalarTy, TrapCode};

use super::Call;
use crate::axes;
use crate::column::Column;
use crate::fault::{Fault, MISTYPED};
use crate::heap::{List, Ref};
use crate::machine::{Env, Vm};
use crate::types::LeafKind;

/// An array that is read.
#[derive(Clone, Copy)]
struct View<'a> {
    ty: ScalarTy,
    axes: &'a [u32],
    data: Data<'a>,
}

/// Its elements.
#[derive(Clone, Copy)]
enum Data<'a> {
    Words(&'a [u64]),
    /// As many lanes as the array has elements. Without elements there is no node.
    Secret(Option<(NodeId, u32)>),
}

impl View<'_> {
    fn len(&self) -> usize {
        match self.data {
            Data::Words(words) => words.len(),
            Data::Secret(None) => 0,
            Data::Secret(Some(_)) => self.axes.iter().map(|len| *len as usize).product(),
        }
    }

    const fn is_secret(&self) -> bool {
        matches!(self.data, Data::Secret(_))
    }
}

/// Elements that are made, with the references that they carry.
enum Made {
    Words(Vec<u64>),
    /// Lanes of a node from the first one on, one reference.
    Secret(NodeId, u32),
    /// A vector without lanes.
    Nothing,
}

/// An operand as the engine takes it.
enum Operand<'a> {
    Word(u64),
    Lane(Lane),
    Words(Cow<'a, [u64]>),
    Vector {
        node: NodeId,
        start: u32,
        len: u32,
        /// Made for this operation: released after it.
        temporary: bool,
    },
}

impl Operand<'_> {
    fn arg(&self) -> Arg<'_> {
        match self {
            Self::Word(word) => Arg::Word(*word),
            Self::Lane(lane) => Arg::Lane(*lane),
            Self::Words(words) => Arg::Words(words),
            Self::Vector { node, start, len, .. } => Arg::Vector { node: *node, start: *start, len: *len },
        }
    }

    fn release(&self, env: &mut Env<'_>) {
        if let Self::Vector { node, temporary: true, .. } = self {
            env.engine.release(*node);
        }
    }
}

impl Vm {
    /// Executes an operator on arrays.
    pub(crate) fn array_instr(&mut self, function: &Function, instr: Instr, env: &mut Env<'_>) -> Result<(), Fault> {
        let ty = |r: u16| function.refs[usize::from(r)];
        let (d, sources) = match instr {
            Instr::ABin { d, a, b, .. } | Instr::ACmp { d, a, b, .. } => (d, [a, b]),
            Instr::AUn { d, a, .. } | Instr::AConvert { d, a } => (d, [a, a]),
            _ => return Err(MISTYPED),
        };
        let refs = sources.map(|r| self.reference(r));
        let left = self.element_format(ty(sources[0]))?;
        let right = match instr {
            Instr::AConvert { d, .. } => self.element_format(ty(d))?,
            _ => self.element_format(ty(sources[1]))?,
        };
        let op = match instr {
            Instr::ABin { op, .. } => ScalarOp::Binary(op, left),
            Instr::ACmp { op, .. } => ScalarOp::Compare(op, left, right),
            Instr::AUn { op, .. } => ScalarOp::Unary(op, left),
            _ => ScalarOp::Convert(left, right),
        };
        let operands = if matches!(instr, Instr::AUn { .. } | Instr::AConvert { .. }) { &refs[..1] } else { &refs[..] };
        let made = self.elementwise(op, operands, ty(d), env)?;
        self.set_ref(d, made, env);
        Ok(())
    }

    /// Executes a library operation on arrays.
    pub(super) fn array_op(&mut self, op: Builtin, of: Call<'_>, env: &mut Env<'_>) -> Result<(), Fault> {
        match op {
            Builtin::ArrayWhere => {
                let refs = [self.ref_in(of, 0)?, self.ref_in(of, 1)?, self.ref_in(of, 2)?];
                let ty = of.target_ty()?;
                let format = self.element_format(ty)?;
                let made = self.elementwise(ScalarOp::Select(format), &refs, ty, env)?;
                self.put_ref(of, made, env)
            }
            Builtin::ArrayMatMul => self.matmul(of, env),
            Builtin::ArraySum
            | Builtin::ArrayMin
            | Builtin::ArrayMax
            | Builtin::ArrayArgMin
            | Builtin::ArrayArgMax
            | Builtin::ArrayAny
            | Builtin::ArrayAll
            | Builtin::ArrayCount
            | Builtin::ArrayCumSum => self.reduction(op, of, env),
            Builtin::ArraySort | Builtin::ArrayArgSort => self.array_sort(op, of, env),
            Builtin::ArrayGet
            | Builtin::ArraySet
            | Builtin::ArrayRow
            | Builtin::ArrayIndex
            | Builtin::ArrayPut
            | Builtin::ArrayGather => self.array_index(op, of, env),
            _ => self.array_form(op, of, env),
        }
    }

    /// Format of the elements of an array type.
    fn element_format(&self, ty: u32) -> Result<ScalarTy, Fault> {
        match self.types.leaf(ty, 0)? {
            LeafKind::Word(format) | LeafKind::Secret(format) => Ok(format),
            LeafKind::Ref(_) => Err(MISTYPED),
        }
    }

    /// Whether the elements of an array type are secret.
    fn is_secret_array(&self, ty: u32) -> Result<bool, Fault> {
        Ok(matches!(self.types.leaf(ty, 0)?, LeafKind::Secret(_)))
    }

    /// Makes an array whole, so that [`Vm::view`] can read it.
    fn ready(&mut self, r: Ref, env: &mut Env<'_>) -> Result<(), Fault> {
        self.settle(r, env)?;
        let list = self.heap.list(r)?;
        if list.len > 0
            && let LeafKind::Secret(format) = self.types.leaf(list.ty, 0)?
        {
            self.heap.list_mut(r)?.columns[0].view(format, env.engine)?;
        }
        Ok(())
    }

    /// An array that is [`Vm::ready`].
    fn view(&self, r: Ref) -> Result<View<'_>, Fault> {
        let list = self.heap.list(r)?;
        let axes = list.axes.as_deref().ok_or(MISTYPED)?;
        let data = match list.columns.first() {
            Some(Column::Words(words)) => Data::Words(words),
            Some(Column::View { node, start }) => Data::Secret(Some((*node, *start))),
            Some(Column::Lanes(lanes)) if lanes.is_empty() => Data::Secret(None),
            _ => return Err(MISTYPED),
        };
        Ok(View { ty: self.element_format(list.ty)?, axes, data })
    }

    /// A new array.
    fn make(&mut self, ty: u32, axes: Vec<u32>, made: Made) -> Result<Ref, Fault> {
        let len = axes::size(&axes)?;
        let column = match made {
            Made::Words(words) => Column::Words(words),
            Made::Secret(node, start) => Column::View { node, start },
            Made::Nothing if self.is_secret_array(ty)? => Column::Lanes(Vec::new()),
            Made::Nothing => Column::Words(Vec::new()),
        };
        let (axes, columns) = (Some(axes.into()), vec![column]);
        self.heap.alloc_list(List { ty, axes, len, columns, pending: Vec::new(), keys: None })
    }

    /// Makes an array the result of an operation.
    fn put_array(&mut self, of: Call<'_>, axes: Vec<u32>, made: Made, env: &mut Env<'_>) -> Result<(), Fault> {
        let made = self.make(of.target_ty()?, axes, made)?;
        self.put_ref(of, made, env)
    }

    /// The elements at some places, in their order: words are copied, secrets are one vector.
    fn picked(&self, from: &View<'_>, places: Option<&[u32]>, env: &mut Env<'_>) -> Result<Made, Fault> {
        Ok(match (from.data, places) {
            (Data::Words(words), None) => Made::Words(words.to_vec()),
            (Data::Words(words), Some(places)) => {
                Made::Words(places.iter().map(|place| words[*place as usize]).collect())
            }
            (Data::Secret(None), _) => Made::Nothing,
            (Data::Secret(Some(_)), Some([])) => Made::Nothing,
            (Data::Secret(Some((node, start))), None) => {
                env.engine.retain(node);
                Made::Secret(node, start)
            }
            (Data::Secret(Some((node, start))), Some(places)) => {
                let first = places[0];
                if places.iter().zip(first..).all(|(place, follows)| *place == follows) {
                    env.engine.retain(node);
                    return Ok(Made::Secret(node, start + first));
                }
                let source = Arg::Vector { node, start, len: from.len() as u32 };
                let op = ArrayOp::Pick(from.ty, places);
                Made::Secret(env.engine.array(op, &[source], self.op_site())?, 0)
            }
        })
    }

    /// An array as an operand of an element-wise operation whose result has these axes, of more than no element.
    fn operand<'a>(&self, from: &View<'a>, to: &[u32], env: &mut Env<'_>) -> Result<Operand<'a>, Fault> {
        let len = from.len() as u32;
        let places = if len == 1 { None } else { axes::repeated(from.axes, to) };
        Ok(match (from.data, places) {
            (Data::Words(&[word]), _) => Operand::Word(word),
            (Data::Words(words), None) => Operand::Words(Cow::Borrowed(words)),
            (Data::Words(words), Some(places)) => {
                Operand::Words(places.iter().map(|place| words[*place as usize]).collect())
            }
            (Data::Secret(Some((node, start))), None) if len == 1 => Operand::Lane(Lane { node, lane: start }),
            (Data::Secret(Some((node, start))), None) => Operand::Vector { node, start, len, temporary: false },
            (Data::Secret(Some((node, start))), Some(places)) => {
                let source = Arg::Vector { node, start, len };
                let op = ArrayOp::Pick(from.ty, &places);
                let node = env.engine.array(op, &[source], self.op_site())?;
                Operand::Vector { node, start: 0, len: places.len() as u32, temporary: true }
            }
            (Data::Secret(None), _) => return Err(TrapCode::Shape.into()),
        })
    }
}
