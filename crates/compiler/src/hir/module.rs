//! Operations of the protocol modules that survive typing; the rest have become other nodes (LANGUAGE §17).

use stoffel_bytecode::Builtin;

use super::RowId;

/// An operation of a protocol module. Operand types are exact.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ModuleFn {
    /// slot, position (`int64`) → the client's positional input as the secret scalar of this node's type.
    Take {
        /// The slot, if it is known.
        slot: Option<u32>,
        /// The position, if it is known.
        index: Option<u32>,
    },
    /// The slot (`int64`) if the row says that it is known at run time only, then the value → –.
    Send {
        /// As what it is disclosed.
        row: RowId,
        /// A list must have elements, shares of one kind (R0203).
        uniform: bool,
    },
    /// Share → its printed form, opened.
    OpenShare(RowId),
    /// Key (string), value → –, as the row if it holds secrets.
    Store {
        /// As what it is listed.
        row: Option<RowId>,
        /// Party-local.
        local: bool,
    },
    /// Key → the value of this node's type; an optional is `None` where there is no entry.
    Load {
        /// As what it is listed.
        row: Option<RowId>,
        /// Party-local.
        local: bool,
    },
    /// Key → whether there was an entry, which is gone.
    Delete {
        /// Party-local.
        local: bool,
    },
    /// Key → whether there is an entry.
    Exists {
        /// Party-local.
        local: bool,
    },
    /// Message (string) → how many parties it went to (`int64`).
    Broadcast,
    /// Party, milliseconds (`int64`) → its next message (string).
    Receive {
        /// Party-local.
        local: bool,
    },
    /// Milliseconds (`int64`) → any party's next message; party-local.
    ReceiveAny,
    /// Two lists → –; R0203 if they differ in length.
    SameLen,
    /// A library operation; its leaves are the operands' in order.
    Builtin(Builtin),
}

impl ModuleFn {
    /// The row of the disclosure list that it names.
    pub fn row_mut(&mut self) -> Option<&mut RowId> {
        match self {
            Self::Send { row, .. } | Self::OpenShare(row) => Some(row),
            Self::Store { row, .. } | Self::Load { row, .. } => row.as_mut(),
            _ => None,
        }
    }

    /// Whether it is party-local, if both are possible.
    pub fn local_mut(&mut self) -> Option<&mut bool> {
        match self {
            Self::Store { local, .. }
            | Self::Load { local, .. }
            | Self::Delete { local }
            | Self::Exists { local }
            | Self::Receive { local } => Some(local),
            _ => None,
        }
    }
}
