//! Bytecode in memory or a `.stflb` file in, a verified program and what people ask about it out.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use stoffel_bytecode::VerifiedProgram;

use crate::error::Error;

/// Calls of a trap's chain that are shown.
const CALLS_SHOWN: usize = 12;

/// A program that may run: verified, immutable, cheap to clone.
#[derive(Clone, Debug)]
pub struct Program {
    code: Arc<VerifiedProgram>,
}

impl Program {
    /// Verifies what the compiler made.
    pub(crate) fn from_compiler(program: stoffel_bytecode::Program) -> Self {
        let verified = stoffel_bytecode::verify(program);
        // The verifier is the compiler's own proof obligation; a refusal here is our defect, never the user's.
        Self { code: Arc::new(verified.unwrap_or_else(|error| panic!("compiled bytecode does not verify: {error}"))) }
    }

    /// Reads and verifies a `.stflb` file.
    ///
    /// # Errors
    /// If it cannot be read, is damaged, of another version, or does not verify.
    pub fn load(path: &Path) -> Result<Self, Error> {
        let bytes = fs::read(path).map_err(|error| Error::read(path, error))?;
        let refuse = |message: String| Error::Bytecode { path: path.to_path_buf(), message };
        let program = stoffel_bytecode::Program::decode(&bytes).map_err(|error| refuse(error.to_string()))?;
        let code = stoffel_bytecode::verify(program).map_err(|error| refuse(error.to_string()))?;
        Ok(Self { code: Arc::new(code) })
    }

    /// Writes the container.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), Error> {
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(|error| Error::write(parent, error))?;
        }
        fs::write(path, self.to_bytes()).map_err(|error| Error::write(path, error))
    }

    /// The container as bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.code.encode()
    }

    /// The listing of the bytecode.
    #[must_use]
    pub fn to_text(&self) -> String {
        self.code.to_text()
    }

    /// The program's identity: the hash of all but debug info, in hex.
    #[must_use]
    pub fn hash(&self) -> String {
        crate::hex(&self.code.hash())
    }

    /// A trap for people: what happened, where, and the calls that led there. A trap in the library is placed at the call of it.
    pub(crate) fn describe_trap(&self, trap: &stoffel_vm::Trap) -> String {
        // Functions that stand in the place of their call have no frame, but are shown like those that have one.
        let sites = std::iter::once(&trap.site).chain(&trap.calls);
        let mut places: Vec<_> = sites
            .flat_map(|site| std::iter::once(self.code.locate(*site)).chain(self.code.inlined_calls(*site)))
            .collect();
        let outside =
            places.iter().position(|place| !place.file.starts_with(stoffel_compiler::STD_PREFIX)).unwrap_or(0);
        let calls = places.split_off(outside + 1);
        let text = |place: &stoffel_bytecode::Location<'_>| format!("{}:{}:{}", place.file, place.line, place.column);
        let mut report = format!("{} at {}", trap.code, places.last().map(text).unwrap_or_default());
        if let Some(message) = trap.message.as_ref().filter(|message| !message.is_empty()) {
            report += &format!(": {message}");
        }
        for inner in &places[..outside] {
            report += &format!("\n  in the library at {}", text(inner));
        }
        for call in calls.iter().take(CALLS_SHOWN) {
            report += &format!("\n  called at {}", text(call));
        }
        if calls.len() > CALLS_SHOWN {
            report += &format!("\n  and {} more calls", calls.len() - CALLS_SHOWN);
        }
        report
    }

    /// The verified code.
    #[must_use]
    pub fn code(&self) -> &Arc<VerifiedProgram> {
        &self.code
    }
}
