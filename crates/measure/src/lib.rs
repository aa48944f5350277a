//! Runs commands, measures what they use, and ends them with all their descendants.
//!
//! [`run()`] spawns one command, lets its output through to the user while it is captured, and says how it ended
//! and what it used. Nothing of the command survives it: see [`run()`] for how the tree is held together.
//! Nothing here reads the environment or the time of day: the caller says both.

mod capture;
mod captured;
mod criterion_files;
mod ending;
mod interrupts;
mod kernel;
mod out_files;
mod plan;
mod private_spool;
mod repeats;
mod run;
mod running;
mod stream;
mod supervisor;
mod tree;
mod usage;

pub use capture::{CAPTURE_LIMIT_BYTES, Output};
pub use captured::{Captured, Exit};
pub use criterion_files::{CriterionFiles, CriterionFound, criterion_homes, discover_criterion};
pub use interrupts::Interrupts;
pub use out_files::OutFiles;
pub use plan::{CommandLine, CommandPlan};
pub use private_spool::PrivateSpool;
pub use repeats::combine_repeats;
pub use run::{MeasureError, Tee, run};
pub use usage::{PROCESS_HARNESS, usage_measurements};
