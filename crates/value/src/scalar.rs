//! Names of number formats in, their widths and ranges out.

use std::fmt;

/// An integer format: 8, 16, 32 or 64 bits, two's complement or unsigned.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
#[repr(u8)]
pub enum IntTy {
    /// `int8`
    I8,
    /// `int16`
    I16,
    /// `int32`
    I32,
    /// `int64`
    I64,
    /// `uint8`
    U8,
    /// `uint16`
    U16,
    /// `uint32`
    U32,
    /// `uint64`
    U64,
}

impl IntTy {
    /// Every integer format, signed ones first, narrow before wide.
    pub const ALL: [Self; 8] = [Self::I8, Self::I16, Self::I32, Self::I64, Self::U8, Self::U16, Self::U32, Self::U64];

    /// Width in bits.
    #[must_use]
    pub const fn bits(self) -> u32 {
        8 << (self as u32 % 4)
    }

    /// Whether the format is two's complement.
    #[must_use]
    pub const fn is_signed(self) -> bool {
        (self as u8) < 4
    }

    /// Least value.
    #[must_use]
    pub const fn min(self) -> i128 {
        if self.is_signed() { -(1 << (self.bits() - 1)) } else { 0 }
    }

    /// Greatest value.
    #[must_use]
    pub const fn max(self) -> i128 {
        if self.is_signed() { (1 << (self.bits() - 1)) - 1 } else { (1 << self.bits()) - 1 }
    }

    /// Name in the language: `int8` … `uint64`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::I8 => "int8",
            Self::I16 => "int16",
            Self::I32 => "int32",
            Self::I64 => "int64",
            Self::U8 => "uint8",
            Self::U16 => "uint16",
            Self::U32 => "uint32",
            Self::U64 => "uint64",
        }
    }
}

/// A fixed-point format: a `k`-bit two's complement integer m that stands for m·2^-f.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct FixTy {
    k: u8,
    f: u8,
}

impl FixTy {
    /// `fix32`
    pub const FIX32: Self = Self { k: 32, f: 16 };
    /// `fix64`
    pub const FIX64: Self = Self { k: 64, f: 16 };

    /// The format `fix[k, f]`, if 2 ≤ k ≤ 64 and f < k.
    #[must_use]
    pub const fn new(k: u8, f: u8) -> Option<Self> {
        if k >= 2 && k <= 64 && f < k { Some(Self { k, f }) } else { None }
    }

    /// Total bits.
    #[must_use]
    pub const fn k(self) -> u32 {
        self.k as u32
    }

    /// Fraction bits.
    #[must_use]
    pub const fn f(self) -> u32 {
        self.f as u32
    }

    /// Least grid integer.
    #[must_use]
    pub const fn min(self) -> i128 {
        -(1 << (self.k - 1))
    }

    /// Greatest grid integer.
    #[must_use]
    pub const fn max(self) -> i128 {
        (1 << (self.k - 1)) - 1
    }
}

/// The format of one public scalar, or of the logical value of one secret scalar.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum ScalarTy {
    /// `bool`
    Bool,
    /// An integer.
    Int(IntTy),
    /// Fixed point.
    Fix(FixTy),
    /// `float64`; never secret.
    Float,
}

impl ScalarTy {
    /// `int64`
    pub const I64: Self = Self::Int(IntTy::I64);
    /// `fix64`
    pub const FIX64: Self = Self::Fix(FixTy::FIX64);

    /// Bits that an opening of a value of this format may disclose.
    #[must_use]
    pub const fn bits(self) -> u32 {
        match self {
            Self::Bool => 1,
            Self::Int(t) => t.bits(),
            Self::Fix(t) => t.k(),
            Self::Float => 64,
        }
    }
}

impl fmt::Display for ScalarTy {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Bool => out.write_str("bool"),
            Self::Int(t) => out.write_str(t.name()),
            Self::Float => out.write_str("float64"),
            Self::Fix(FixTy::FIX32) => out.write_str("fix32"),
            Self::Fix(FixTy::FIX64) => out.write_str("fix64"),
            Self::Fix(t) => write!(out, "fix[{}, {}]", t.k, t.f),
        }
    }
}
