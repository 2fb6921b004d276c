//! The library behind every face: projects, programs, analyses, runs and clients.

mod analysis;
mod backend;
mod client;
mod error;
mod explain;
mod input;
pub mod interrupt;
pub mod keys;
mod manifest;
mod names;
mod processes;
mod profile;
mod program;
mod project;
mod run;
mod spec;
mod stats;
mod test;

pub use analysis::{Analysis, CompileOptions};
pub use backend::Backend;
pub use client::{ClientFiles, run_client, write_outputs};
pub use error::Error;
pub use explain::{codes, explain};
pub use input::{Bound, BoundClient, InputError, Inputs};
pub use manifest::{DisclosureEntry, InputEntry, Manifest, OutputEntry, SlotEntry};
pub use profile::{ProfileFiles, profile};
pub use program::Program;
pub use project::Project;
pub use run::{Event, Mode, Report, RunOptions, run};
pub use spec::{SpecOutcome, SpecResult, run_spec};
pub use stats::{LineCost, OpCost, Opened, RunStats, RunTime, TimeCost};
pub use stoffel_mpc::frame::HEADER_LEN as FRAME_HEADER_BYTES;
pub use stoffel_net::LinkKind;
pub use stoffel_value::Value;
pub use test::{TestOutcome, TestResult, run_tests, tests_to_json, write_junit};

/// Bytes as lower-case hex digits.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
