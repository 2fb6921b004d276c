//! Every reason to refuse a program, in words.

use crate::Type;
use stoffel_value::ScalarTy;

/// Why a program is refused, and where.
#[derive(Clone, PartialEq, Debug)]
pub struct VerifyError {
    /// Name of the function and index of the instruction, if the fault is in code.
    pub at: Option<(String, u32)>,
    /// What is wrong.
    pub fault: Fault,
}

impl std::error::Error for VerifyError {}

impl std::fmt::Display for VerifyError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.at {
            Some((function, pc)) => write!(out, "{} (function '{function}', instruction {pc})", self.fault),
            None => write!(out, "{}", self.fault),
        }
    }
}

impl From<Fault> for VerifyError {
    fn from(fault: Fault) -> Self {
        Self { at: None, fault }
    }
}

/// What is wrong with a program.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum Fault {
    /// A table is longer than its indices can name.
    #[error("the program has too many {0}")]
    TooMany(&'static str),
    /// An index points past its table.
    #[error("{what} {index} does not exist (there are {len})")]
    OutOfBounds {
        /// What is named.
        what: &'static str,
        /// The index.
        index: u32,
        /// Entries of the table.
        len: usize,
    },
    /// A type that no value can have.
    #[error("type '{0}' is not possible")]
    BadType(Type),
    /// A type with too many parts.
    #[error("a type has more than 4096 parts or is nested deeper than 64")]
    LargeType,
    /// An object whose first fields are not those of its base.
    #[error("the first fields of object '{0}' are not those of its base")]
    ObjectBase(String),
    /// An object type whose mark is not what its fields say.
    #[error("type '{0}' does not say truly whether its fields hold secrets")]
    ObjectMark(Type),
    /// A reference register whose type is not a reference.
    #[error("a reference register has type '{0}', which is no reference")]
    NotReference(Type),
    /// A secret register of a format that is never secret.
    #[error("a secret register has format {0}")]
    NotSecretFormat(ScalarTy),
    /// Parameter or result counts do not agree with the register tables.
    #[error("parameters or results of function '{0}' do not agree with its registers")]
    Signature(String),
    /// The function that is run takes parameters or gives results, or is called.
    #[error("the entry function takes parameters, gives results or is called")]
    Entry,
    /// A function without code.
    #[error("function '{0}' has no code")]
    NoCode(String),
    /// Control leaves the function at its end.
    #[error("control runs past the end of the function")]
    RunsPastEnd,
    /// A jump leaves the function.
    #[error("jump target {0} is outside the function")]
    JumpTarget(i64),
    /// A word that its format does not hold.
    #[error("{word:#x} is not a value of {ty}")]
    NotCanonical {
        /// The format.
        ty: ScalarTy,
        /// The word.
        word: u64,
    },
    /// A register or operand of another type than its place asks for.
    #[error("{what} has type '{found}' where '{expected}' is needed")]
    TypeMismatch {
        /// Which operand.
        what: &'static str,
        /// What the place needs.
        expected: String,
        /// What is there.
        found: String,
    },
    /// A register list of another length than its instruction needs.
    #[error("the instruction needs {expected} {what} and names {found}")]
    Arity {
        /// Bank and direction.
        what: &'static str,
        /// How many are needed.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// An operation that the language does not define for the format.
    #[error("operation '{op}' is not defined for {ty}")]
    Undefined {
        /// Mnemonic.
        op: &'static str,
        /// Operand format.
        ty: String,
    },
    /// A secret would become public without a disclosure.
    #[error("a secret would become public: '{from}' where '{to}' stands")]
    SecretToPublic {
        /// Type with secrets.
        from: String,
        /// Public type.
        to: String,
    },
    /// A register that may not have been written.
    #[error("{bank} register {register} may be read before it is written")]
    Unassigned {
        /// `reference` or `secret`.
        bank: &'static str,
        /// The register.
        register: u16,
    },
    /// Guard regions do not nest.
    #[error("guard regions are not balanced")]
    Guards,
    /// The data flow of a function is beyond the verifier's bound.
    #[error("function '{0}' is too large to be checked")]
    TooComplex(String),
    /// A parameter is read outside the entry function, twice, or after control has branched.
    #[error("parameter {0} is not read exactly once, at the start of the entry function")]
    InputRead(u32),
    /// A parameter's row is wrong in itself.
    #[error("parameter '{name}': {what}")]
    InputRow {
        /// Name of the parameter.
        name: String,
        /// What is wrong.
        what: &'static str,
    },
    /// A result is given twice on a path, or not on every path.
    #[error("result {0} is not given exactly once on every path")]
    OutputGiven(u32),
    /// An output stands outside the entry function.
    #[error("a result is given outside the entry function")]
    OutputPlace,
    /// A result's row is wrong in itself.
    #[error("result {row}: {what}")]
    OutputRow {
        /// Row of the interface.
        row: u32,
        /// What is wrong.
        what: &'static str,
    },
    /// Secrets that are kept or come back without a row.
    #[error("a {0} of secrets is not listed")]
    Unlisted(&'static str),
    /// A row of the positional inputs that no instruction reads, or that stands twice.
    #[error("positional input {0} is listed but never read, or listed twice")]
    SlotUnused(u32),
    /// An instruction reads a positional input in another format than its row lists.
    #[error("positional input {0} is listed with another format")]
    SlotFormat(u32),
    /// A disclosure row that no instruction uses.
    #[error("disclosure {0} is listed but never made")]
    DisclosureUnused(u32),
    /// An instruction discloses as a row of another kind.
    #[error("disclosure {0} is listed with another kind")]
    DisclosureKind(u32),
    /// An instruction discloses another type than the row lists.
    #[error("disclosure {row} is listed with type '{listed}', but '{found}' is disclosed")]
    DisclosureType {
        /// Row of the list.
        row: u32,
        /// Type in the list.
        listed: String,
        /// Type in the code.
        found: String,
    },
    /// An instruction discloses to others than the row lists.
    #[error("disclosure {0} is listed with other receivers")]
    DisclosureReceivers(u32),
    /// What of an input is not secret is not listed, or listed without being so.
    #[error("the public part '{0}' of a parameter is not listed exactly once as a disclosure")]
    InputDisclosure(String),
    /// The manifest's needs are not those of the code.
    #[error("the secret operations listed are not those that the code uses")]
    Needs,
    /// Debug info does not belong to this code.
    #[error("debug info does not agree with the code")]
    Debug,
}
