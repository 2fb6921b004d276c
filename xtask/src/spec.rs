//! Markdown and `.stfl` files with directives in; passed, failed and not-yet per file out.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use stoffel::SpecOutcome;

/// Runs the `stoffel` blocks of Markdown files and `.stfl` files with directives (LANGUAGE §0).
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Files or folders; `docs/language`, `docs/diagnostics.md` and `tests/cases/run` if none.
    pub paths: Vec<PathBuf>,
    /// Fail if a block is not supported yet.
    #[arg(long)]
    pub strict: bool,
    /// Also list the blocks that passed.
    #[arg(long)]
    pub verbose: bool,
    /// Blocks that may be not-yet; the committed count if absent and no path is named.
    #[arg(long, value_name = "N")]
    pub not_yet_max: Option<usize>,
}

/// The committed number of not-yet blocks of the default paths; it may only fall.
const NOT_YET_FILE: &str = "docs/language/not-yet.txt";

impl Args {
    /// The project's own reference, held to the committed count.
    pub(crate) fn reference() -> Self {
        Self { paths: Vec::new(), strict: false, verbose: false, not_yet_max: None }
    }
}

/// Runs the blocks and prints a line per file, a reason per block that did not pass, and the sums.
///
/// # Errors
/// If a block fails, not-yet rises above its bound, or a path cannot be read.
pub(crate) fn run(args: &Args) -> Result<()> {
    let root = crate::root();
    let by_default = args.paths.is_empty();
    let paths = if by_default {
        ["docs/language", "docs/diagnostics.md", "tests/cases/run"].map(|path| root.join(path)).to_vec()
    } else {
        args.paths.clone()
    };
    let mut files = Vec::new();
    for path in &paths {
        collect(path, &mut files).with_context(|| format!("cannot read {}", path.display()))?;
    }
    let mut sums = [0usize; 3];
    for file in files {
        let shown = file.strip_prefix(&root).unwrap_or(&file).display().to_string();
        let text = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let mut counts = [0usize; 3];
        for result in stoffel::run_spec(&shown, &text) {
            let (index, reason) = match &result.outcome {
                SpecOutcome::Passed => (0, None),
                SpecOutcome::Failed(reason) => (1, Some(("FAILED", reason))),
                SpecOutcome::NotYet(reason) => (2, Some(("not yet", reason))),
            };
            counts[index] += 1;
            if let Some((word, reason)) = reason {
                println!("  {word} {shown}:{}: {}", result.line, reason.replace('\n', "\n    "));
            } else if args.verbose {
                println!("  passed {shown}:{}", result.line);
            }
        }
        println!("{shown}: passed {} failed {} not-yet {}", counts[0], counts[1], counts[2]);
        sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
    }
    let [passed, failed, not_yet] = sums;
    let bound = match args.not_yet_max {
        Some(bound) => Some(bound),
        None if by_default => Some(fs::read_to_string(root.join(NOT_YET_FILE))?.trim().parse()?),
        None => None,
    };
    println!("passed {passed} failed {failed} not-yet {not_yet}");
    ensure!(failed == 0, "{failed} block{} failed", if failed == 1 { "" } else { "s" });
    ensure!(!(args.strict && not_yet > 0), "{not_yet} blocks are not supported yet");
    if let Some(bound) = bound {
        ensure!(not_yet <= bound, "not-yet rose from {bound} to {not_yet}");
    }
    Ok(())
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    if !path.is_dir() {
        files.push(path.to_path_buf());
        return Ok(());
    }
    let mut entries: Vec<PathBuf> = fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    entries.sort();
    for entry in entries {
        let known = entry.extension().is_some_and(|extension| extension == "md" || extension == "stfl");
        if entry.is_dir() || known {
            collect(&entry, files)?;
        }
    }
    Ok(())
}
