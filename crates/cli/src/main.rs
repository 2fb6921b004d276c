//! The `stoffel` command: arguments in, exit code out; every decision is the façade's.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "printing is what a command does")]

mod args;
mod build;
mod client;
mod run;
mod show;
mod target;
mod test;

use std::io::IsTerminal;
use std::process::ExitCode;

use args::{Cli, Command, KeysAction};
use clap::Parser;
use stoffel::Error;

/// Programs are many small trees, made in a thread of their own: the system's allocator spends a third of a compilation on them.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version go to stdout with 0; clap's own usage errors have our code 2.
            let code = if error.use_stderr() { 2 } else { 0 };
            return if error.print().is_ok() { ExitCode::from(code) } else { ExitCode::from(2) };
        }
    };
    let done = match cli.command {
        Command::New(args) => new(&args),
        Command::Check(args) => build::check(&args),
        Command::Build(args) => build::build(&args),
        Command::Run(args) => run::run(*args),
        Command::Profile(args) => run::profile(*args),
        Command::Test(args) => test::test(&args),
        Command::Explain(args) => explain(&args),
        Command::Keys(args) => keys(&args.action),
        Command::Client(args) => client::client(&args),
    };
    match done {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            show::error(&error);
            ExitCode::from(error.exit_code())
        }
    }
}

/// Whether messages may be coloured.
fn color() -> bool {
    std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none()
}

fn new(args: &args::NewArgs) -> Result<u8, Error> {
    let project = stoffel::Project::create(&args.folder)?;
    println!("made {}; next: cd {} && stoffel run", project.name, args.folder.display());
    Ok(0)
}

fn explain(args: &args::ExplainArgs) -> Result<u8, Error> {
    match &args.code {
        Some(code) => println!("{}", stoffel::explain(code)?.trim_end()),
        None => stoffel::codes().iter().for_each(|(code, title)| println!("{code}  {title}")),
    }
    Ok(0)
}

fn keys(action: &KeysAction) -> Result<u8, Error> {
    let fingerprint = match action {
        KeysAction::New { file } => stoffel::keys::create(file)?,
        KeysAction::Show { file } => stoffel::keys::fingerprint(file)?,
    };
    println!("{fingerprint}");
    Ok(0)
}
