//! The instruction table.
//!
//! Eight bytes an instruction: opcode and up to three 16-bit fields (or one 8-bit selector and three registers). Register
//! fields say their bank by their letter: `w` words, `r` references, `s` secrets; `d` is written. Formats come from the function's
//! register tables. `imm` fields index `Function::words_pool`, `ops` fields `Function::operands`, `ty` fields
//! `Program::types`, `row` fields a manifest. Jump targets are instruction indices in the function, as `hi:lo` of 16 bits each.

mod table;

pub use table::{FieldKind, InstrInfo};
use table::{Raw, field_type, instructions};

use crate::{Function, Operands};

/// A register number within its bank.
pub type Reg = u16;

instructions! {
    /// Does nothing.
    Nop = "nop",
    /// d = w
    Move = "move" { d: WordOut, w: WordIn },
    /// d = words_pool[imm]
    Const = "const" { d: WordOut, imm: Pool },
    /// d = sign-extended v, for any word format
    Small = "small" { d: WordOut, v: Imm },
    /// d = a op b in the format of a (shifts and `PowInt`: b is int64); traps by format.
    Bin = "bin" { op: BinOp, d: WordOut, a: WordIn, b: WordIn },
    /// d = op a
    Un = "un" { op: UnOp, d: WordOut, a: WordIn },
    /// d (bool) = a op b by exact value; formats of a and b may differ among integers.
    Cmp = "cmp" { op: CmpOp, d: WordOut, a: WordIn, b: WordIn },
    /// d = a converted to the format of d (LANGUAGE §6.4).
    Convert = "convert" { d: WordOut, a: WordIn },
    /// int64 d = a + b, R0101.
    AddI64 = "add.i64" { d: WordOut, a: WordIn, b: WordIn },
    /// int64 d = a - b, R0101.
    SubI64 = "sub.i64" { d: WordOut, a: WordIn, b: WordIn },
    /// int64 d = a * b, R0101.
    MulI64 = "mul.i64" { d: WordOut, a: WordIn, b: WordIn },
    /// int64 d = a % b with the sign of a, R0102.
    RemI64 = "rem.i64" { d: WordOut, a: WordIn, b: WordIn },
    /// int64 d = a floor-mod b, R0102.
    ModI64 = "mod.i64" { d: WordOut, a: WordIn, b: WordIn },
    /// int64 d = a + v, R0101.
    AddI64Imm = "addimm.i64" { d: WordOut, a: WordIn, v: Imm },
    /// Continue at hi:lo.
    Jump = "jump" { hi: TargetHi, lo: TargetLo },
    /// If the bool w is true, continue at hi:lo.
    JumpIf = "jump.if" { w: WordIn, hi: TargetHi, lo: TargetLo },
    /// If the bool w is false, continue at hi:lo.
    JumpIfNot = "jump.ifnot" { w: WordIn, hi: TargetHi, lo: TargetLo },
    /// If int64 a < b, continue `by` instructions from this one (fused loop head).
    JumpLtI64 = "jump.lt.i64" { a: WordIn, b: WordIn, by: By },
    /// If int64 a >= b, continue `by` instructions from this one.
    JumpGeI64 = "jump.ge.i64" { a: WordIn, b: WordIn, by: By },
    /// If int64 a == b, continue `by` instructions from this one.
    JumpEqI64 = "jump.eq.i64" { a: WordIn, b: WordIn, by: By },
    /// If int64 a != b, continue `by` instructions from this one.
    JumpNeI64 = "jump.ne.i64" { a: WordIn, b: WordIn, by: By },
    /// If int64 a < v, continue `by` instructions from this one.
    JumpLtI64Imm = "jumpimm.lt.i64" { a: WordIn, v: Imm, by: By },
    /// If int64 a >= v, continue `by` instructions from this one.
    JumpGeI64Imm = "jumpimm.ge.i64" { a: WordIn, v: Imm, by: By },
    /// If int64 a == v, continue `by` instructions from this one.
    JumpEqI64Imm = "jumpimm.eq.i64" { a: WordIn, v: Imm, by: By },
    /// If int64 a != v, continue `by` instructions from this one.
    JumpNeI64Imm = "jumpimm.ne.i64" { a: WordIn, v: Imm, by: By },
    /// int64 i = i + 1, R0101; if i < n, continue `by` instructions from this one: the turn of a counted loop.
    LoopI64 = "loop.i64" { i: WordStep, n: WordIn, by: By },
    /// int64 i = i + 1, R0101; if i < v, continue `by` instructions from this one.
    LoopI64Imm = "loopimm.i64" { i: WordStep, v: Imm, by: By },
    /// Calls functions[hi:lo] with the operands' sources; results go to the operands' destinations.
    Call = "call" { ops: Ops, hi: FunctionHi, lo: FunctionLo },
    /// Calls functions[f], whose parameters and results are words: arguments from a on, results from d on.
    CallWords = "call.words" { d: WordRun, a: WordRun, f: Function },
    /// Destination of ops (one reference of a function type) = functions[hi:lo] with the operands' sources as the values of its first
    /// parameters of each bank; the remaining ones are the arguments of the function type.
    Closure = "closure" { ops: Ops, hi: FunctionHi, lo: FunctionLo },
    /// Calls the function value r with the operands' sources; results go to the operands' destinations.
    CallValue = "call.value" { r: RefIn, ops: Ops },
    /// Calls the function value r, which takes no arguments, and lets go of its results. String d = the code of the trap that stopped
    /// it, or the empty string: frames of the call are unwound and their registers released, innermost first.
    Try = "try" { d: RefOut, r: RefIn },
    /// Returns the operands' sources.
    Return = "return" { ops: Ops },
    /// Returns the one word w.
    ReturnWord = "return.word" { w: WordIn },
    /// R0301 with the string r.
    Fail = "fail" { r: RefIn },
    /// Traps with `TrapCode::ALL[code]`.
    Trap = "trap" { code: Trap },
    /// d = r (one more reference)
    MoveRef = "move.ref" { d: RefOut, r: RefIn },
    /// Lets go of r at its last use.
    DropRef = "drop.ref" { r: RefDrop },
    /// d = strings[imm hi:lo]
    Str = "str" { d: RefOut, hi: StringHi, lo: StringLo },
    /// d = printed form (LANGUAGE §18.1) of the value of type `ty` whose leaves are the operands' sources (in leaf order per bank).
    /// A ticket may stand in place of a word leaf in no case: tickets are awaited before.
    Format = "format" { d: RefOut, ty: Type, ops: Ops },
    /// d = operands' one leaf, of type `ty`, formatted with a spec (LANGUAGE §1.6): the last of the operands' `refs`, a string.
    /// R0404 if the spec does not suit the type (the compiler has checked constant ones).
    FormatSpec = "format.spec" { d: RefOut, ty: Type, ops: Ops },
    /// d = the reference sources of the operands (strings) joined.
    ConcatStr = "concat.str" { d: RefOut, ops: Ops },
    /// Prints the line r.
    Print = "print" { r: RefIn },
    /// d = empty list or dict, or array of one axis without elements; its type is that of register d.
    NewList = "new.list" { d: RefOut },
    /// int64 d = number of elements (list), keys (dict), characters (string), or rows (array; R0203 if it has no axis).
    Len = "len" { d: WordOut, r: RefIn },
    /// Destinations of ops = element i of list r, or key and value of row i of dict r (negative counts from the end); R0201. Awaits the
    /// list's tickets.
    Get = "get" { r: RefIn, i: WordIn, ops: Ops },
    /// Element i of list r, or of an array of one axis (R0203), = sources of ops; R0201. Tickets may be given as for `Append`.
    Set = "set" { r: RefIn, i: WordIn, ops: Ops },
    /// Appends the sources of ops to list r. In place of a word leaf a ticket may be given: its entry in `words` is
    /// [`crate::Operands::TICKET`], and `refs` lists the tickets, in order, after the reference leaves.
    Append = "append" { r: RefIn, ops: Ops },
    /// d = element i of list r whose element type is one word leaf, or of an array of one axis (R0203); R0201.
    GetWord = "get.word" { d: WordOut, r: RefIn, i: WordIn },
    /// d = element i of list r whose element type is one secret leaf, or of an array of one axis (R0203); R0201.
    GetSecret = "get.secret" { d: SecretOut, r: RefIn, i: WordIn },
    /// Appends s to list r whose element type is one secret leaf.
    AppendSecret = "append.secret" { r: RefIn, s: SecretIn },
    /// Appends the ticket t to list r whose element type is one word leaf.
    AppendTicket = "append.ticket" { r: RefIn, t: RefIn },
    /// d = a new object; its type is that of register d, its leaves are the sources of ops. Tickets may be given as for `Append`.
    NewObject = "new.object" { d: RefOut, ops: Ops },
    /// Destinations of ops = field of object r. Awaits the field's tickets.
    GetField = "get.field" { r: RefIn, field: Field, ops: Ops },
    /// Field of object r = sources of ops. Tickets may be given as for `Append`.
    SetField = "set.field" { r: RefIn, field: Field, ops: Ops },
    /// d = no value: the reference leaf of an absent optional.
    Nil = "nil" { d: RefOut },
    /// Dict r: the sources of ops are a key and its value. A new key goes last, an old one keeps its place; R0107 for a NaN. Tickets may be
    /// given for words of the value as for `Append`.
    Put = "put" { r: RefIn, ops: Ops },
    /// Library operation.
    Builtin = "builtin" { op: Builtin, ops: Ops },
    /// d = s (one more reference)
    MoveSecret = "move.secret" { d: SecretOut, s: SecretIn },
    /// Lets go of s at its last use.
    DropSecret = "drop.secret" { s: SecretDrop },
    /// d = public word w as a secret; the format of d.
    Hide = "hide" { d: SecretOut, w: WordIn },
    /// d = new list, dict, array or object with what is public in r and secret in the type of d as secrets (deep).
    HideRef = "hide.ref" { d: RefOut, r: RefIn },
    /// d = a op b
    SBin = "sbin" { op: BinOp, d: SecretOut, a: SecretIn, b: SecretIn },
    /// d = a op public word b (format of a; shifts and `PowInt`: int64)
    SBinRight = "sbin.right" { op: BinOp, d: SecretOut, a: SecretIn, w: WordIn },
    /// d = public word w op b
    SBinLeft = "sbin.left" { op: BinOp, d: SecretOut, w: WordIn, b: SecretIn },
    /// d = op a
    SUn = "sun" { op: UnOp, d: SecretOut, a: SecretIn },
    /// bool d = a op b; integer formats may differ.
    SCmp = "scmp" { op: CmpOp, d: SecretOut, a: SecretIn, b: SecretIn },
    /// bool d = a op public word w
    SCmpRight = "scmp.right" { op: CmpOp, d: SecretOut, a: SecretIn, w: WordIn },
    /// d = a if c else b; sources c, a, b are the operands' secrets, or words for public sides: `secrets` holds c then the secret sides in order.
    /// `a_public`/`b_public` are bits 0 and 1 of `public`.
    SSelect = "sselect" { public: Bits, d: SecretOut, ops: Ops },
    /// d = a converted to the format of d
    SConvert = "sconvert" { d: SecretOut, a: SecretIn },
    /// Array d = a op b element by element, broadcast; R0203. Shifts and `PowInt`: public b is int64. Secret exactly if a or b is.
    ABin = "array.bin" { op: BinOp, d: RefOut, a: RefIn, b: RefIn },
    /// Array d = op a element by element.
    AUn = "array.un" { op: UnOp, d: RefOut, a: RefIn },
    /// Bool array d = a op b element by element, broadcast; R0203. Integer formats may differ.
    ACmp = "array.cmp" { op: CmpOp, d: RefOut, a: RefIn, b: RefIn },
    /// Array d = a, every element converted to the format of d.
    AConvert = "array.convert" { d: RefOut, a: RefIn },
    /// Traps of secret operations count only where s holds, until the matching `GuardLeave` (regions nest as conjunctions).
    GuardEnter = "guard.enter" { s: SecretIn },
    /// Ends the innermost guard region.
    GuardLeave = "guard.leave",
    /// Ticket d = opening of s, disclosure `row`.
    Open = "open" { d: RefOut, s: SecretIn, row: Row },
    /// Word d = value of ticket t.
    Await = "await" { d: WordOut, t: RefIn },
    /// d = list, dict, array or object r with every secret opened (deep) as disclosure `row`; its words are tickets until read.
    OpenRef = "open.ref" { d: RefOut, r: RefIn, row: Row },
    /// Sends the value with the sources of ops to the receivers of disclosure `row` (output rows send at the end of the run); for
    /// a slot known at run time its number (int64) is the first of the words. R0403 if there is no such client.
    SendOut = "send" { row: Row, ops: Ops },
    /// Destinations of ops = parameter inputs[row].
    Input = "input" { row: InputRow, ops: Ops },
    /// Secret d = a client's positional input in the format of slots[row], which is that of d; words of ops: slot, position
    /// (int64). R0403 if there is no such client or input; R0404 if the row lists another slot or position.
    Take = "take" { d: SecretOut, row: SlotRow, ops: Ops },
    /// Keeps the sources of ops, after a string (the key) and a bool (whether the operation is party-local), as a value of type
    /// `ty` in this party's store; `row` lists it if it holds secrets. R0402.
    Store = "store" { row: RowOrNone, ty: Type, ops: Ops },
    /// Destinations of ops = the value of type `ty` under the key; sources as the first two of `Store`. R0202, R0402.
    Load = "load" { row: RowOrNone, ty: Type, ops: Ops },
    /// String d = printed form of what share r holds, opened as disclosure `row`. Waits.
    OpenShare = "open.share" { d: RefOut, r: RefIn, row: Row },
    /// Result outputs[row] = sources of ops, as disclosure `disclosure` (0xffff when the receiver is nobody).
    Output = "output" { row: OutputRow, disclosure: RowOrNone, ops: Ops },
    /// As `ABin`, but where that traps, or an operand is no value, d = no value.
    LBin = "lanes.bin" { op: BinOp, d: RefOut, a: RefIn, b: RefIn },
    /// As `AUn`, with no value for a trap.
    LUn = "lanes.un" { op: UnOp, d: RefOut, a: RefIn },
    /// As `ACmp`, with no value for a trap.
    LCmp = "lanes.cmp" { op: CmpOp, d: RefOut, a: RefIn, b: RefIn },
    /// As `AConvert`, with no value for a trap.
    LConvert = "lanes.convert" { d: RefOut, a: RefIn },
    /// Array without axes d = a op b0 op b1 … from the left: a has no axes, b are secrets. `+ - +% -% and or xor min max`. No value
    /// where the same operations one by one trap.
    LFold = "lanes.fold" { op: BinOp, d: RefOut, a: RefIn, b: RefIn },
}

impl Instr {
    /// Bytes of one encoded instruction.
    pub const SIZE: usize = 8;

    /// Opcode, selector, three fields in little-endian order; unused places are zero.
    #[must_use]
    pub fn encode(self) -> [u8; Self::SIZE] {
        let mut bytes = [0; Self::SIZE];
        bytes[0] = self.opcode();
        let mut at = 2;
        for ((_, kind), raw) in self.info().fields.iter().zip(self.raw_fields()) {
            if kind.is_selector() {
                bytes[1] = raw as u8;
            } else {
                bytes[at..at + 2].copy_from_slice(&raw.to_le_bytes());
                at += 2;
            }
        }
        bytes
    }

    /// Reads [`Instr::encode`]; `None` for an unknown opcode or selector, or a non-zero unused place.
    #[must_use]
    pub fn decode(bytes: [u8; Self::SIZE]) -> Option<Self> {
        let info = Self::TABLE.get(usize::from(bytes[0]))?;
        let mut raw = [0; 4];
        let mut selector_used = false;
        let mut at = 2;
        for ((_, kind), slot) in info.fields.iter().zip(&mut raw) {
            if kind.is_selector() {
                *slot = bytes[1].into();
                selector_used = true;
            } else {
                *slot = u16::from_le_bytes([bytes[at], bytes[at + 1]]);
                at += 2;
            }
        }
        let unused_zero = (selector_used || bytes[1] == 0) && bytes[at..].iter().all(|&b| b == 0);
        if unused_zero { Self::from_raw_fields(bytes[0], raw) } else { None }
    }

    /// This instruction's row of the table.
    #[must_use]
    pub fn info(self) -> &'static InstrInfo {
        &Self::TABLE[usize::from(self.opcode())]
    }

    /// The instruction that a jump at `pc` goes to when taken.
    #[must_use]
    pub fn jump_target(self, pc: u32) -> Option<i64> {
        match self {
            Self::Jump { hi, lo } | Self::JumpIf { hi, lo, .. } | Self::JumpIfNot { hi, lo, .. } => {
                Some(i64::from(wide(hi, lo)))
            }
            mut other => other.distance_mut().map(|by| i64::from(pc) + i64::from(*by)),
        }
    }

    /// The distance of a jump relative to itself.
    pub const fn distance_mut(&mut self) -> Option<&mut i16> {
        match self {
            Self::JumpLtI64 { by, .. }
            | Self::JumpGeI64 { by, .. }
            | Self::JumpEqI64 { by, .. }
            | Self::JumpNeI64 { by, .. }
            | Self::JumpLtI64Imm { by, .. }
            | Self::JumpGeI64Imm { by, .. }
            | Self::JumpEqI64Imm { by, .. }
            | Self::JumpNeI64Imm { by, .. }
            | Self::LoopI64 { by, .. }
            | Self::LoopI64Imm { by, .. } => Some(by),
            _ => None,
        }
    }

    /// The register list of the instruction, if it has one that exists.
    #[must_use]
    pub fn operands(self, function: &Function) -> Option<&Operands> {
        let fields = self.info().fields.iter().zip(self.raw_fields());
        let index = fields.filter(|((_, kind), _)| *kind == FieldKind::Ops).map(|(_, index)| index).next()?;
        function.operands.get(usize::from(index))
    }

    /// Whether the next instruction in order may follow this one.
    #[must_use]
    pub const fn falls_through(self) -> bool {
        !matches!(
            self,
            Self::Jump { .. } | Self::Return { .. } | Self::ReturnWord { .. } | Self::Fail { .. } | Self::Trap { .. }
        )
    }
}

/// The 32-bit number of a `hi:lo` pair.
#[must_use]
pub const fn wide(hi: u16, lo: u16) -> u32 {
    (hi as u32) << 16 | lo as u32
}
