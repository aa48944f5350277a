//! What matters most comes first.

use std::cmp::Reverse;

use plimsoll_model::{SeriesEvaluation, SeriesVerdict};

/// Sorts: regressions by severity and size, then what vanished, what is open, what improved (the most first), what is new, the rest by
/// size of change; ties by name.
pub fn rank(series: &mut [SeriesEvaluation]) {
    series.sort_by(|left, right| {
        let order = |evaluation: &SeriesEvaluation| {
            let place = match evaluation.verdict {
                SeriesVerdict::Regressed => 0,
                SeriesVerdict::Missing => 1,
                SeriesVerdict::Inconclusive => 2,
                SeriesVerdict::Improved => 3,
                SeriesVerdict::New => 4,
                SeriesVerdict::Unchanged => 5,
            };
            (place, Reverse(evaluation.severity))
        };
        let size = |evaluation: &SeriesEvaluation| match evaluation.verdict {
            SeriesVerdict::Regressed => evaluation.worsening().unwrap_or(f64::INFINITY),
            _ => evaluation.change.unwrap_or(0.0).abs(),
        };
        order(left)
            .cmp(&order(right))
            .then_with(|| size(right).total_cmp(&size(left)))
            .then_with(|| left.key.cmp(&right.key))
    });
}
