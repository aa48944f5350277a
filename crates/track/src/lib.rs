//! Use cases: the only place that knows both sides, the store and the judge.

mod alerts;
mod baseline_runs;
mod execution;
mod judge;
mod reading;
mod renames;

pub use alerts::{AlertChange, OpenAlert, alert_changes};
pub use baseline_runs::BaselineRuns;
pub use execution::{Execution, ExecutionError, RunPlan, execute};
pub use judge::{Rules, Subject, judge};
pub use reading::{Reading, ReadingError, Source, read};
pub use renames::Renames;
