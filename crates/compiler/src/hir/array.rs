//! Operations on arrays that survive typing (LANGUAGE §13). Operands of element-wise operators are in the nodes of scalars.

/// A function on arrays, with its operands. `a` is an array; axes and lengths are `int64`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ArrayFn {
    /// A list, or list of lists …, of scalars.
    From,
    /// Shape (list of `int64`), scalar.
    Full,
    /// `int64`
    Identity,
    /// a, then the parts of the indices in order.
    Index(Subs),
    /// a, list or array of `int64` or bool.
    Gather,
    /// a: list of `int64`.
    Shape,
    /// a
    NDim,
    /// a
    Size,
    /// a, list of `int64`.
    Reshape,
    /// a, list of `int64` if axes are given.
    Transpose,
    /// List of arrays, axis.
    Concat,
    /// List of arrays, axis.
    Stack,
    /// Condition, value if true, value if false: arrays or scalars.
    Where,
    /// Two arrays of one format.
    MatMul,
    /// a, axis if one is given; so for all reductions.
    Sum,
    /// See [`Self::Sum`]; the result type decides the arithmetic.
    Mean,
    /// See [`Self::Sum`].
    Min,
    /// See [`Self::Sum`].
    Max,
    /// See [`Self::Sum`].
    ArgMin,
    /// See [`Self::Sum`].
    ArgMax,
    /// See [`Self::Sum`].
    Any,
    /// See [`Self::Sum`].
    All,
    /// a, axis.
    CumSum,
    /// a, axis; in place.
    Sort,
    /// Secret bool, a, axis; in place where it holds.
    SortIf,
    /// a, axis.
    Sorted,
    /// a, axis.
    ArgSort,
    /// a: nested lists, as deep as the type.
    ToList,
}

impl ArrayFn {
    /// Whether the second operand, if there is one, is an axis.
    #[must_use]
    pub const fn has_axis(self) -> bool {
        matches!(
            self,
            Self::Concat
                | Self::Stack
                | Self::Sum
                | Self::Mean
                | Self::Min
                | Self::Max
                | Self::ArgMin
                | Self::ArgMax
                | Self::Any
                | Self::All
                | Self::CumSum
                | Self::Sort
                | Self::Sorted
                | Self::ArgSort
        )
    }
}

/// One index of `a[i, j:k]`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Sub {
    /// A public index: one operand.
    Int,
    /// A secret index: one operand.
    Secret,
    /// A slice: an operand for each part that is written, of start, stop and step.
    Slice([bool; 3]),
}

/// The kinds of the indices between brackets, in order.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub struct Subs {
    codes: [u64; 4],
    len: u8,
}

impl Subs {
    /// Greatest number of indices: no array has more axes.
    pub const MAX: usize = stoffel_value::AXES_MAX;

    /// Adds an index; whether there is room.
    pub fn push(&mut self, sub: Sub) -> bool {
        if usize::from(self.len) == Self::MAX {
            return false;
        }
        let code = match sub {
            Sub::Int => 0,
            Sub::Secret => 1,
            Sub::Slice([start, stop, step]) => 8 | u64::from(start) | u64::from(stop) << 1 | u64::from(step) << 2,
        };
        self.codes[usize::from(self.len / 16)] |= code << (4 * (self.len % 16));
        self.len += 1;
        true
    }

    /// The indices in order.
    pub fn iter(self) -> impl Iterator<Item = Sub> {
        (0..self.len).map(move |at| match self.codes[usize::from(at / 16)] >> (4 * (at % 16)) & 15 {
            0 => Sub::Int,
            1 => Sub::Secret,
            code => Sub::Slice([code & 1 != 0, code & 2 != 0, code & 4 != 0]),
        })
    }

    /// Whether every index is a public integer.
    #[must_use]
    pub fn all_ints(self) -> bool {
        self.iter().all(|sub| sub == Sub::Int)
    }
}
