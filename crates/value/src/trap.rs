//! The table of run-time errors (LANGUAGE §18.2).

use std::fmt;

macro_rules! traps {
    ($($variant:ident = $code:literal, $text:literal;)*) => {
        /// Why a running program stopped.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
        pub enum TrapCode { $(#[doc = $text] $variant,)* }
        impl TrapCode {
            /// Every trap.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];
            /// Stable code, `R0101` ….
            #[must_use]
            pub const fn code(self) -> &'static str { match self { $(Self::$variant => $code,)* } }
            /// What happened, in a few words.
            #[must_use]
            pub const fn text(self) -> &'static str { match self { $(Self::$variant => $text,)* } }
        }
    };
}

traps! {
    OutOfRange = "R0101", "result out of range";
    DivisionByZero = "R0102", "division by zero";
    ShiftAmount = "R0103", "shift amount out of range";
    SecretBool = "R0104", "secret bool is neither 0 nor 1";
    NegativeExponent = "R0105", "negative exponent";
    Conversion = "R0106", "conversion out of range";
    Domain = "R0107", "comparison with NaN, or domain error";
    Index = "R0201", "index out of range";
    MissingKey = "R0202", "missing key";
    Shape = "R0203", "lengths or shapes do not agree";
    Empty = "R0204", "empty sequence";
    ZeroStep = "R0205", "step is zero";
    NotFound = "R0206", "value not found, or keys changed while iterating";
    Assertion = "R0301", "assertion failed";
    CallDepth = "R0302", "calls nested too deep";
    ShareKind = "R0401", "share of another kind";
    DynamicType = "R0402", "stored or dynamic value of another type";
    UnknownClient = "R0403", "unknown client, slot or input";
    Engine = "R0404", "engine, encoding or timeout";
    Role = "R0501", "role membership or result length";
    Preprocessing = "R0502", "preprocessing exhausted";
}

impl fmt::Display for TrapCode {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.code(), self.text())
    }
}
