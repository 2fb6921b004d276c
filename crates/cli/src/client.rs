//! `client`: one data owner or receiver of a running session.

use stoffel::Error;

use crate::args::ClientArgs;

/// Shares this client's inputs with the parties, waits, and prints or writes what it receives.
///
/// # Errors
/// If files are wrong, a party cannot be reached or is not who it should be, or the session ends without result.
pub(crate) fn client(args: &ClientArgs) -> Result<u8, Error> {
    ctrlc::set_handler(stoffel::interrupt::request)
        .map_err(|error| Error::Usage(format!("cannot listen for Ctrl-C: {error}")))?;
    let outputs = stoffel::run_client(&stoffel::ClientFiles {
        session: args.session.clone(),
        key: args.key.clone(),
        program: args.program.clone(),
        inputs: args.inputs.clone(),
    })?;
    match &args.out {
        Some(file) => stoffel::write_outputs(file, &outputs)?,
        None => outputs.iter().for_each(|output| println!("{output}")),
    }
    Ok(0)
}
