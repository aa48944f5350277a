//! Use cases: the only place that knows both sides, the store and the judge.

mod against;
mod alerts;
mod assemble;
mod baseline_runs;
mod compare;
mod execution;
mod judge;
mod reading;
mod renames;
mod run_log;
#[cfg(test)]
mod scratch;
mod series_log;
mod series_name;
mod side;
mod side_values;
mod track;

pub use against::{baseline_up_to, baseline_up_to_commit, judge_against_file};
pub use assemble::{RunParts, assemble, complete};
pub use baseline_runs::BaselineRuns;
pub use compare::{Compared, Comparison, compare};
pub use execution::{Execution, ExecutionError, RunPlan, execute};
pub use judge::{Rules, Subject, judge};
pub use reading::{Reading, ReadingError, Source, read};
pub use renames::Renames;
pub use run_log::{LoggedRun, RunLog, run_log};
pub use series_log::{LoggedPoint, SeriesLog, SeriesLogRequest, series_log};
pub use series_name::{NamedSeries, SeriesNameError, SeriesPlace, find_named_series};
pub use side::{Named, Side, SideError, StoredSide, Surroundings, find_side, newest_side};
pub use track::{Tracked, append_and_judge, confirm, judge_stored, live_alerts, settle_alerts};
