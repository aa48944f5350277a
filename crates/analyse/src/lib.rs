//! Statistics, detectors and verdicts.
//!
//! `stats` works on `&[f64]` and knows no word of the domain; each detector has a file; [`evaluate()`] puts them
//! together and is total. Nothing here reads a clock or draws a random number: the same history gives the same
//! verdict, always.

mod about_zero;
mod baseline;
mod chance;
pub mod change_point;
mod doubtful_limits;
mod evaluate;
mod gate;
mod in_a_row;
mod ladder;
mod level;
mod level_values;
mod performance_index;
mod pooled;
mod rank;
mod replay;
mod run_verdict;
mod second_look;
mod series_input;
mod significance;
#[cfg(test)]
mod simulated;
pub mod stats;
mod steady;
mod target;
mod threshold;
pub mod trend;
mod value_limits;
mod wobble;

pub use baseline::{HIGH_CONFIDENCE, LOW_CONFIDENCE, baseline_of, confidence};
pub use evaluate::{Judged, evaluate, judge_together};
pub use gate::{alert_closes_gate, closing_series, gate, has_grown, suspected_series};
pub use in_a_row::{add_seen_in_a_row, is_doubtful, seen_in_a_row};
pub use level::{
    HISTORY, Scatter, change_severity, lasting_changes, level_change, level_trend, newest_level,
    newest_level_values, on_newest_level, trend_severity,
};
pub use level_values::LevelValues;
pub use performance_index::performance_index;
pub use rank::rank;
pub use replay::{ReplayInput, replay, retrospect};
pub use second_look::second_look;
pub use series_input::{Level, SeriesInput};
pub use significance::Origin;
pub use steady::detections_unless_steady;
