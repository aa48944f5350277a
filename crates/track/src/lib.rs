//! Use cases: the only place that knows both sides, the store and the judge.

mod acceptance;
mod against;
mod alert_book;
#[cfg(test)]
mod alert_life_tests;
mod alerts;
#[cfg(test)]
mod arrival_tests;
mod assemble;
mod baseline_runs;
mod between_sides;
mod carried;
mod commit_line;
mod compare;
mod earlier_looks;
mod error_rates;
mod execution;
mod exporting;
mod failures;
mod former_project;
mod importing;
mod in_order;
mod judge;
mod known_on_base;
mod levels;
mod misfit;
mod outlook;
mod pairs;
mod point_pool;
mod program_lines;
mod reading;
mod recovery;
mod renames;
mod replay_history;
mod replay_input;
mod replay_line;
mod replay_tally;
mod run_log;
#[cfg(test)]
mod scratch;
mod series_baseline;
mod series_log;
mod series_name;
mod series_story;
mod side;
mod side_noise;
mod side_values;
mod span;
mod span_series;
mod spool;
mod spool_lines;
mod standing;
mod stored_before;
mod target_standing;
mod track;
mod withdrawal;

pub use acceptance::{Acceptance, Accepted, accept};
pub use against::{baseline_up_to, baseline_up_to_commit, judge_against_file};
pub use alert_book::{AlertStepError, AlertStory, BookedAlert, alert_story, booked_alerts, step_alert};
pub use assemble::{RunParts, assemble, complete};
pub use baseline_runs::BaselineRuns;
pub use carried::{CarriedNormal, carry_accepted};
pub use compare::{Compared, Comparison, compare};
pub use error_rates::PROBE_HARNESS;
pub use execution::{Execution, ExecutionError, RunPlan, execute};
pub use exporting::{ExportFilter, export};
pub use former_project::{FormerProject, former_project};
pub use importing::{ImportDefaults, ImportError, ImportSummary, import_lines};
pub use judge::{Rules, Subject, judge, judge_unstored};
pub use misfit::{misfits_of_project, misfits_of_run};
pub use outlook::AlertEvidence;
pub use program_lines::Told;
pub use reading::{Reading, ReadingError, Source, read};
pub use recovery::orphan_ending;
pub use renames::Renames;
pub use replay_history::{ReplayRequest, ReplayedRun, ReplayedRuns, ReplayedSeries, replay_history};
pub use replay_input::{ReplayOptions, ReplayedLine, replay_lines};
pub use replay_tally::{ReplayTally, Tallied, TallySeries};
pub use run_log::{LoggedRun, RunLog, run_log};
pub use series_baseline::{SeriesBaseline, series_baseline};
pub use series_log::{LoggedPoint, SeriesLog, SeriesLogRequest, series_log};
pub use series_name::{NamedSeries, SeriesNameError, SeriesPlace, find_named_series};
pub use series_story::{SeriesStory, series_story};
pub use side::{Named, Side, SideError, StoredSide, Surroundings, find_side, newest_side};
pub use span::{Span, SpanStart, span};
pub use span_series::{LEVEL_VALUES, SpanSeries};
pub use spool::{LeftFile, Rejected, SpoolError, SpoolReading, holds_lines, look_into_spool, take_spool};
pub use spool_lines::BrokenLine;
pub use standing::{LastRun, Standing, standing};
pub use stored_before::stored_before;
pub use target_standing::{TargetStanding, target_standings};
pub use track::{
    Tracked, append_and_judge, confirm, harness_before, is_of_two_looks, judge_stored, live_alerts,
    orphaned_alerts, settle_alerts,
};
pub use withdrawal::{Withdrawn, withdraw};
