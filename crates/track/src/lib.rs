//! Use cases: the only place that knows both sides, the store and the judge.

mod alerts;
mod assemble;
mod baseline_runs;
mod execution;
mod judge;
mod reading;
mod renames;
mod run_log;
#[cfg(test)]
mod scratch;
mod series_log;
mod series_name;
mod track;

pub use assemble::{RunParts, assemble, complete};
pub use baseline_runs::BaselineRuns;
pub use execution::{Execution, ExecutionError, RunPlan, execute};
pub use judge::{Rules, Subject, judge};
pub use reading::{Reading, ReadingError, Source, read};
pub use renames::Renames;
pub use run_log::{LoggedRun, RunLog, run_log};
pub use series_log::{LoggedPoint, SeriesLog, SeriesLogRequest, series_log};
pub use series_name::{NamedSeries, SeriesNameError, SeriesPlace, find_named_series};
pub use track::{Tracked, append_and_judge, confirm, judge_stored, live_alerts, settle_alerts};
