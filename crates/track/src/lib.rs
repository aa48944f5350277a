//! Use cases: the only place that knows both sides, the store and the judge.

mod alerts;
mod execution;
mod reading;
mod renames;

pub use alerts::{AlertChange, OpenAlert, alert_changes};
pub use execution::{Execution, ExecutionError, RunPlan, execute};
pub use reading::{Reading, ReadingError, Source, read};
pub use renames::Renames;
