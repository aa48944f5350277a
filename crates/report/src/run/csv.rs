//! A run for a spreadsheet.

use plimsoll_model::SeriesEvaluation;

use super::RunView;
use crate::sheet::{Cell, Sheet};
use crate::wording;

const HEADINGS: [&str; 12] = [
    "value",
    "baseline_center",
    "baseline_spread",
    "baseline_runs",
    "baseline_confidence",
    "change",
    "interval_low",
    "interval_high",
    "verdict",
    "severity",
    "target",
    "findings",
];

impl RunView<'_> {
    /// One row a series, ranked; numbers in the series' own unit, changes as fractions. Cells that a spreadsheet
    /// would run as a formula are defused.
    pub fn csv(&self) -> String {
        let mut sheet = Sheet::of_series(&HEADINGS);
        for series in self.ranked() {
            write_row(&mut sheet, series);
        }
        sheet.finish()
    }
}

fn write_row(sheet: &mut Sheet, series: &SeriesEvaluation) {
    let baseline = series.baseline;
    let target = series.target.as_ref().map(|outcome| wording::standing(outcome, &series.unit));
    let findings: Vec<String> =
        series.findings.iter().map(|finding| wording::finding(finding, series)).collect();
    sheet.series_row(
        &series.key,
        &series.unit,
        series.direction,
        &[
            Cell::number(series.value),
            Cell::number(baseline.map(|baseline| baseline.center)),
            Cell::number(baseline.map(|baseline| baseline.spread)),
            baseline.map_or(Cell::Empty, |baseline| Cell::Whole(baseline.runs)),
            Cell::number(baseline.map(|baseline| baseline.confidence)),
            Cell::number(series.change),
            Cell::number(series.change_interval.map(|(low, _)| low)),
            Cell::number(series.change_interval.map(|(_, high)| high)),
            Cell::Text(series.verdict.name()),
            Cell::text(series.severity.map(plimsoll_model::Severity::name)),
            Cell::text(target.as_deref()),
            Cell::Text(&findings.join("; ")),
        ],
    );
}
