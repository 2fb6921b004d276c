//! Files of one client in, what it receives from the parties of its session out.

use std::fs;
use std::path::{Path, PathBuf};

use stoffel_runtime::{Session, SessionError, remote};

use crate::error::Error;
use crate::input::Inputs;
use crate::interrupt;
use crate::keys;
use crate::program::Program;

/// Where a client finds what it needs.
#[derive(Clone, Debug)]
pub struct ClientFiles {
    /// Session descriptor.
    pub session: PathBuf,
    /// Its key.
    pub key: PathBuf,
    /// The program.
    pub program: PathBuf,
    /// Its inputs in TOML, if its role gives any.
    pub inputs: Option<PathBuf>,
}

/// Gives a client's inputs to the parties of a session and waits for its outputs; they come in printed form, in order of delivery.
///
/// # Errors
/// If a file is wrong, the key is not of the session, the program is another one, or the session ends without result.
pub fn run_client(files: &ClientFiles) -> Result<Vec<String>, Error> {
    let text = fs::read_to_string(&files.session).map_err(|error| Error::read(&files.session, error))?;
    let session = Session::parse(&text).map_err(|error| Error::from_session(&error))?;
    let identity = keys::load(&files.key)?;
    let program = Program::load(&files.program)?;
    if program.hash() != session.program {
        return Err(Error::Usage(format!("{} is not the session's program", files.program.display())));
    }
    let fingerprint = identity.fingerprint().to_string();
    let found = (0u32..).zip(&session.clients).find(|(_, client)| client.key == fingerprint);
    let (index, client) =
        found.ok_or_else(|| Error::Usage(format!("the session has no client with the key {fingerprint}")))?;
    let mut inputs = Inputs::default();
    if let Some(file) = &files.inputs {
        inputs.add_file(file)?;
    }
    let values = inputs.bind_client(program.code(), &client.role, index as usize)?;
    let received = remote::run_client(&session, &identity, program.code(), index, &values, interrupt::flag());
    let received = received.map_err(|error: SessionError| Error::from_session(&error))?;
    Ok(received.iter().map(|value| value.text(true)).collect())
}

/// Writes outputs as a JSON array of their printed forms.
///
/// # Errors
/// If the file cannot be written.
pub fn write_outputs(file: &Path, outputs: &[String]) -> Result<(), Error> {
    fs::write(file, serde_json::json!(outputs).to_string()).map_err(|error| Error::write(file, error))
}
