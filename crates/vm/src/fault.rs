//! Why an instruction did not complete: a trap that ends the run, or something that the engine must do first.

use stoffel_value::TrapCode;

use crate::Wait;

/// The error of every instruction. An instruction that fails with `Wait` has changed nothing that a second execution
/// of it would see, so that the machine executes it again after the engine ran.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The program fails.
    Trap(TrapCode),
    /// The program fails and says why.
    Message(TrapCode, String),
    /// The engine must run.
    Wait(Wait),
}

impl From<TrapCode> for Fault {
    fn from(code: TrapCode) -> Self {
        Self::Trap(code)
    }
}

/// A register or heap value that is not what verified code leaves there.
pub(crate) const MISTYPED: Fault = Fault::Trap(TrapCode::DynamicType);
