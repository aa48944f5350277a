//! Measurements as rows of a spreadsheet.

use plimsoll_model::Run;

use crate::json;
use crate::sheet::{Cell, Sheet};
use crate::wording;

const HEADINGS: [&str; 22] = [
    "run",
    "project",
    "suite",
    "testbed",
    "branch",
    "commit",
    "dirty",
    "started_at",
    "outcome",
    "benchmark",
    "parameters",
    "metric",
    "unit",
    "direction",
    "value",
    "statistic",
    "low",
    "high",
    "samples",
    "iterations",
    "harness",
    "session",
];

/// The row of headings for [`measurement_rows`].
pub fn measurement_headings() -> String {
    Sheet::new(&HEADINGS).finish()
}

/// A row for each measurement of a run, without headings, so that many runs make one sheet.
pub fn measurement_rows(run: &Run) -> String {
    let mut sheet = Sheet::without_headings();
    let context = &run.context;
    let commit = context.commit.as_ref();
    let started_at = context.started_at.to_string();
    for measurement in &run.measurements {
        let interval = measurement.interval;
        sheet.row(&[
            Cell::Text(&run.id),
            Cell::Text(&run.project),
            Cell::Text(&run.suite),
            Cell::Text(&context.testbed),
            Cell::text(context.branch.as_deref()),
            Cell::text(commit.map(|commit| commit.hash.as_str())),
            Cell::Text(if commit.is_some_and(|commit| commit.dirty) { "true" } else { "false" }),
            Cell::Text(&started_at),
            Cell::Text(&json::word(&measurement.outcome)),
            Cell::Text(&measurement.benchmark),
            Cell::Text(&wording::parameters(&measurement.parameters)),
            Cell::Text(&measurement.metric.name),
            Cell::Text(measurement.metric.unit.symbol()),
            Cell::Text(wording::direction(measurement.metric.direction)),
            Cell::Number(measurement.value),
            Cell::Text(&measurement.statistic),
            Cell::number(interval.map(|interval| interval.low)),
            Cell::number(interval.map(|interval| interval.high)),
            Cell::Whole(measurement.samples.len()),
            Cell::number(measurement.iterations.count().map(|count| count as f64)),
            Cell::Text(&measurement.harness),
            Cell::text(run.session.as_deref()),
        ]);
    }
    sheet.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;
    use plimsoll_model::{Context, Measurement, Metric, Outcome};

    #[test]
    fn a_measurement_is_a_row_and_formulas_are_defused() {
        let run = Run {
            id: "r".to_owned(),
            project: "p".to_owned(),
            suite: "fast".to_owned(),
            session: None,
            outcome: Outcome::Success,
            context: Context::new("t", Timestamp::UNIX_EPOCH),
            measurements: vec![Measurement::new("h", "=cmd|' /C calc'!A0", Metric::time(), 12.5)],
            allocators: Vec::new(),
            notes: Vec::new(),
            complaints: Vec::new(),
            unknown: std::collections::BTreeMap::new(),
        };
        assert_eq!(
            measurement_rows(&run),
            "r,p,fast,t,,,false,1970-01-01T00:00:00Z,success,'=cmd|' /C calc'!A0,,time,ns,lower,12.5,value,,,0,,h,\r\n"
        );
        assert_eq!(measurement_headings().matches(',').count() + 1, HEADINGS.len());
    }
}
