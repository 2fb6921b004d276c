//! `run`: a program and its inputs in, what it reveals out.

use std::io::{BufRead, IsTerminal};

use clap::Parser;
use stoffel::{Backend, Error, Inputs, Mode, Report, RunOptions};

use crate::args::{Cli, Command, ProfileArgs, RunArgs};
use crate::show;
use crate::target::Target;

/// Runs the program; printed lines appear as they come.
///
/// # Errors
/// Everything of [`Error`].
pub(crate) fn run(args: RunArgs) -> Result<u8, Error> {
    let (report, args) = execute(args, false)?;
    if args.json {
        println!("{}", report.to_json());
    } else {
        show::report(&report, args.stats);
    }
    Ok(0)
}

/// Runs the program and writes where its time went.
///
/// # Errors
/// Everything of [`Error`].
pub(crate) fn profile(args: ProfileArgs) -> Result<u8, Error> {
    let title =
        args.run.program.file.as_ref().map_or_else(|| "this project".to_owned(), |file| file.display().to_string());
    let (report, run) = execute(args.run, true)?;
    let files = stoffel::profile(&title, &report)?;
    files.write(&args.out)?;
    if run.json {
        println!("{}", report.to_json());
    } else {
        show::report(&report, true);
        eprintln!("wrote {0}.svg and {0}.html", args.out.display());
    }
    Ok(0)
}

/// Runs the program; the report, and the arguments with those that the source adds.
fn execute(args: RunArgs, timed: bool) -> Result<(Report, RunArgs), Error> {
    let target = Target::find(&args.program)?;
    let args = with_defaults(args, &target)?;
    let inputs = inputs(&args, &target)?;
    let options = options(&args, &target)?;
    let options = if timed || args.stats { options.timed() } else { options };
    let program = target.program(&args.program, Some(options.backend()))?;
    stop_on_interrupt(args.processes)?;
    let json = args.json;
    let progress = progress(json);
    let report = stoffel::run(&program, &inputs, &options, &mut |event| match event {
        stoffel::Event::Printed(line) if !json => progress.suspend(|| println!("{line}")),
        stoffel::Event::Printed(_) => {}
        stoffel::Event::Rounds(rounds) => {
            progress.set_message(format!("{rounds} rounds"));
            progress.tick();
        }
    });
    progress.finish_and_clear();
    Ok((report?, args))
}

/// Ctrl-C ends a run without result: processes are ended first, a run in this process simply stops.
fn stop_on_interrupt(processes: bool) -> Result<(), Error> {
    let handler = move || {
        stoffel::interrupt::request();
        if !processes {
            eprintln!("error: interrupted");
            std::process::exit(4);
        }
    };
    ctrlc::set_handler(handler).map_err(|error| Error::Usage(format!("cannot listen for Ctrl-C: {error}")))
}

/// A spinner on a terminal, nothing elsewhere. It appears only if the run is long.
fn progress(json: bool) -> indicatif::ProgressBar {
    if json || !std::io::stderr().is_terminal() {
        return indicatif::ProgressBar::hidden();
    }
    indicatif::ProgressBar::new_spinner()
}

/// The arguments after those of a `# run-args:` comment on the first line of the source.
fn with_defaults(args: RunArgs, target: &Target) -> Result<RunArgs, Error> {
    let Some(line) = first_line(target) else { return Ok(args) };
    let Some(defaults) = line.strip_prefix("# run-args:") else { return Ok(args) };
    let words = split_words(defaults).map_err(|why| Error::Usage(format!("# run-args: {why}")))?;
    let parsed = Cli::try_parse_from(["stoffel", "run"].map(str::to_owned).into_iter().chain(words))
        .map_err(|error| Error::Usage(format!("# run-args of {}: {error}", target.file.display())))?;
    let Command::Run(defaults) = parsed.command else { return Ok(args) };
    Ok(merge(args, *defaults))
}

fn first_line(target: &Target) -> Option<String> {
    if target.is_bytecode() {
        return None;
    }
    let mut line = String::new();
    std::io::BufReader::new(std::fs::File::open(&target.file).ok()?).read_line(&mut line).ok()?;
    Some(line)
}

/// What stands on the command line wins; inputs given there replace all default ones.
fn merge(args: RunArgs, defaults: RunArgs) -> RunArgs {
    let given = !(args.inputs.is_empty() && args.input_files.is_empty() && args.client_inputs.is_empty());
    let engine = args.clear || args.processes || args.threads || args.backend.is_some();
    let (inputs, input_files, client_inputs) = if given {
        (args.inputs, args.input_files, args.client_inputs)
    } else {
        (defaults.inputs, defaults.input_files, defaults.client_inputs)
    };
    RunArgs {
        inputs,
        input_files,
        client_inputs,
        backend: args.backend.or(if engine { None } else { defaults.backend }),
        clear: args.clear || (!engine && defaults.clear),
        processes: args.processes || (!engine && defaults.processes),
        threads: args.threads || (!engine && defaults.threads),
        network_profile: args.network_profile.or(defaults.network_profile.filter(|_| !engine)),
        link: args.link.or(defaults.link.filter(|_| !engine)),
        parties: args.parties.or(defaults.parties),
        threshold: args.threshold.or(defaults.threshold),
        expected_output_clients: args.expected_output_clients.or(defaults.expected_output_clients),
        storage: args.storage.or(defaults.storage),
        storage_of: if args.storage_of.is_empty() { defaults.storage_of } else { args.storage_of },
        stats: args.stats || defaults.stats,
        json: args.json || defaults.json,
        ..args
    }
}

/// Words separated by blanks; quotes hold blanks together.
fn split_words(text: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for c in text.chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    if quote.is_some() { Err("a quote is not closed".to_owned()) } else { Ok(words) }
}

fn inputs(args: &RunArgs, target: &Target) -> Result<Inputs, Error> {
    let mut inputs = Inputs::default();
    for flag in &args.inputs {
        inputs.add_flag(flag)?;
    }
    for flag in &args.client_inputs {
        inputs.add_slot(flag)?;
    }
    if let Some(count) = args.expected_output_clients {
        inputs.set_receivers(count);
    }
    let mut files = args.input_files.clone();
    if files.is_empty() && args.inputs.is_empty() {
        let usual = target.project.as_ref().map(|project| project.root.join("inputs.toml"));
        files.extend(usual.filter(|file| file.is_file()));
    }
    for file in files {
        inputs.add_file(&file)?;
    }
    Ok(inputs)
}

fn options(args: &RunArgs, target: &Target) -> Result<RunOptions, Error> {
    let project = target.project.as_ref();
    let wanted = match (&args.backend, project) {
        _ if args.clear => "clear",
        (Some(name), _) => name,
        (None, Some(project)) => &project.backend,
        (None, None) => "rep3",
    };
    let backend = Backend::parse(wanted)?;
    let from_project = project.filter(|_| args.backend.is_none() && !args.clear);
    let parties = args.parties.or(from_project.and_then(|project| project.parties));
    let threshold = args.threshold.or(from_project.and_then(|project| project.threshold));
    let mode = match () {
        () if args.processes => Mode::Processes,
        () if args.threads => Mode::Threads,
        () => Mode::Auto,
    };
    let options = RunOptions::new(backend, parties, threshold, mode, args.timeout_ms)?
        .exact_rounding(project.is_some_and(|project| project.exact_rounding));
    let options = match args.link {
        Some(kind) => options.link(kind)?,
        None => options,
    };
    let options = match &args.network_profile {
        Some(name) => options.network(name)?,
        None => options,
    };
    Ok(match &args.storage {
        Some(folder) => options.storage(folder, args.storage_of.clone()),
        None => options,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_keep_quoted_blanks() {
        assert_eq!(split_words(" --input 'a=1 2'  b\"c d\" ").unwrap(), ["--input", "a=1 2", "bc d"]);
        assert_eq!(split_words("''").unwrap(), [""]);
        assert!(split_words("'a").is_err());
    }
}
