//! Warnings and the summary as events of `tracing`, to the target `plimsoll`.

use tracing::{Level, event};

use crate::measured::Severity;
use crate::tracker::Tracker;
use crate::warning::Warning;

/// Where the events go.
const TARGET: &str = "plimsoll";

impl Tracker {
    /// Tells what is beyond its limits, and at the end the summary. Where nobody listens, nothing is looked at.
    pub(crate) fn tell_events(&self, is_end: bool) {
        // A subscriber that panics while the program does would end it.
        if std::thread::panicking() || !tracing::enabled!(target: TARGET, Level::ERROR) {
            return;
        }
        let Some(inner) = self.live() else {
            return;
        };
        let warnings = if is_end { self.warnings() } else { inner.warnings(&inner.last_line()) };
        warnings.iter().for_each(tell);
        if is_end {
            let summary = self.summary();
            let alerts = summary.last_run.as_ref().map(|run| run.alerts);
            event!(target: TARGET, Level::INFO, name = summary.name, index = summary.index, alerts, "{}", summary.headline());
        }
    }
}

fn tell(warning: &Warning) {
    let row = warning.row.as_ref();
    let name = row.map(|row| row.name());
    let (metric, unit) = (row.map(|row| row.metric.as_str()), row.map(|row| row.unit.as_str()));
    let (value, baseline) =
        (row.map(|row| row.value), row.and_then(|row| row.baseline).map(|baseline| baseline.center));
    let target = row.and_then(|row| row.target.as_ref()).and_then(|target| target.max.or(target.min));
    if warning.severity == Severity::Error {
        event!(target: TARGET, Level::ERROR, series = name, metric, unit, value, baseline, target, "{}", warning.message);
    } else {
        event!(target: TARGET, Level::WARN, series = name, metric, unit, value, baseline, target, "{}", warning.message);
    }
}
