//! History: a line a run, or a line a point of one series.

pub(crate) mod chart;
mod runs;
mod series;

pub use runs::{LogRun, LogView};
pub use series::{LogPoint, SeriesLogView, Trend};

/// The name and version of the format.
const FORMAT: &str = "plimsoll.log/1";
