//! Use cases: the only place that knows both sides, the store and the judge.

mod alerts;
mod assemble;
mod baseline_runs;
mod execution;
mod judge;
mod known_on_base;
mod reading;
mod renames;
mod track;

pub use assemble::{RunParts, assemble, complete};
pub use baseline_runs::BaselineRuns;
pub use execution::{Execution, ExecutionError, RunPlan, execute};
pub use judge::{Rules, Subject, judge};
pub use reading::{Reading, ReadingError, Source, read};
pub use renames::Renames;
pub use track::{Tracked, append_and_judge, confirm, judge_stored, live_alerts, settle_alerts};
