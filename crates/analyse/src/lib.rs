//! Statistics, detectors and verdicts.
//!
//! `stats` works on `&[f64]` and knows no word of the domain; each detector has a file; [`evaluate()`] puts them
//! together and is total. Nothing here reads a clock or draws a random number: the same history gives the same
//! verdict, always.

mod baseline;
mod chance;
pub mod change_point;
mod evaluate;
mod gate;
mod ladder;
mod performance_index;
mod pooled;
mod rank;
mod second_look;
mod significance;
pub mod stats;
mod target;
mod threshold;
mod wobble;

pub use baseline::{HIGH_CONFIDENCE, LOW_CONFIDENCE, baseline_of, confidence};
pub use evaluate::{SeriesInput, evaluate};
pub use gate::{alert_closes_gate, closing_series, gate, has_grown, suspected_series};
pub use performance_index::performance_index;
pub use rank::rank;
pub use second_look::second_look;
