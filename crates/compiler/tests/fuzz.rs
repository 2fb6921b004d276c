//! Mutants of every program of the project in; a panic, a hang, or memory out of proportion to the text is a defect out.
//!
//! The same seed makes the same mutants on every machine. `cargo xtask fuzz` runs more of them. One test, so that the peak of the
//! allocator is that of one compilation.

#![allow(clippy::unwrap_used, reason = "a failed helper fails its test")]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "who runs many rounds wants to see what came of them")]

#[path = "fuzz/corpus.rs"]
mod corpus;
#[path = "fuzz/hard.rs"]
mod hard;
#[path = "fuzz/mutate.rs"]
mod mutate;
#[path = "fuzz/watch.rs"]
mod watch;

use peak_alloc::PeakAlloc;
use stoffel_compiler::{Options, Package, SourceFile, Sources};
use stoffel_syntax::{Code, Severity};

use mutate::Mutator;
use watch::Watch;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// Bytes of a compilation that do not depend on the text: the embedded library, if it is imported.
const BYTES_FIXED: usize = 48 << 20;
/// Bytes of a compilation for each byte of text; generic code is made anew for every type it is called with.
const BYTES_PER_BYTE: usize = 24 << 10;

#[test]
fn whatever_the_text_the_compiler_ends_within_bounds() {
    let watch = Watch::start();
    for (text, wanted) in hard::texts() {
        let found = compile(&text, &watch);
        assert_eq!(found.codes, wanted, "{:.300}", text);
    }
    memory_grows_with_the_text(&watch);
    let corpus = corpus::programs();
    let (mut accepted, mut rejected) = (0, 0);
    let mut mutator = Mutator::new(&corpus, number("STOFFEL_FUZZ_SEED", 7));
    for _ in 0..number("STOFFEL_FUZZ_ROUNDS", 3_000) {
        let mutant = mutator.next();
        if compile(&mutant, &watch).accepted { accepted += 1 } else { rejected += 1 }
    }
    println!("{} programs: {accepted} mutants accepted, {rejected} rejected", corpus.len());
    // Mutants that are all rejected would test the first phases only.
    assert!(accepted + rejected < 100 || accepted * 20 > rejected, "{accepted} accepted, {rejected} rejected");
}

/// What came of a text.
struct Found {
    /// It is a program.
    accepted: bool,
    /// Codes of the findings, in their order.
    codes: Vec<Code>,
}

/// Compiles at both levels.
fn compile(text: &str, watch: &Watch) -> Found {
    watch.begin(text);
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let package = package(text);
    let (mut disclosed, mut codes) = (Vec::new(), Vec::new());
    for opt_level in [0, 2] {
        let compilation = package.compile(&Options { opt_level, entry: None, backend: None });
        codes = compilation.diagnostics.iter().map(|found| found.code).collect();
        let failed = codes.iter().any(|code| code.severity() == Severity::Error);
        assert!(compilation.program.is_none() || !failed, "a program with errors:\n{text}");
        for found in &compilation.diagnostics {
            assert!(found.span.start <= found.span.end, "{found:?}\n{text}");
        }
        if let Some(program) = compilation.program {
            let verified = stoffel_bytecode::verify(program).unwrap_or_else(|error| panic!("{error}\n{text}"));
            disclosed.push(verified.disclosures.clone());
        }
    }
    let peak = MEMORY.peak_usage().saturating_sub(before);
    let bound = BYTES_FIXED + BYTES_PER_BYTE * text.len();
    assert!(peak <= bound, "{peak} bytes for a text of {}, allowed {bound}:\n{:.2000}", text.len(), text);
    watch.end();
    assert!(disclosed.windows(2).all(|pair| pair[0] == pair[1]), "levels disclose alike:\n{text}");
    Found { accepted: !disclosed.is_empty(), codes }
}

fn package(text: &str) -> Package {
    let main = SourceFile { name: "main.stfl".into(), text: text.into() };
    Package::of(&Sources { files: vec![main] })
}

/// Eight times the text takes at most ten times the memory.
fn memory_grows_with_the_text(watch: &Watch) {
    let peak = |functions: usize| {
        let text = corpus::functions(functions);
        let whole = MEMORY.current_usage();
        MEMORY.reset_peak_usage();
        assert!(compile(&text, watch).accepted, "{:.500}", text);
        MEMORY.peak_usage() - whole
    };
    let (small, large) = (peak(100), peak(800));
    assert!(large <= 10 * small, "{small} bytes, {large} bytes");
}

/// A number from the environment: the test command sets none, `cargo xtask fuzz` does.
fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}
