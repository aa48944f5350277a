//! One number for how far a run lies from what its series were before.

use plimsoll_model::{Evaluation, Evidence, SeriesEvaluation};

/// A run beside its baselines.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BaselineIndex {
    /// 100 where values are as their baselines, larger where they are better: 110 where rates are a tenth higher, or times a
    /// tenth shorter by ratio. The geometric mean over the series.
    pub index: f64,
    /// Over so many series.
    pub series: usize,
}

/// How the run stands beside its baselines, over the series that have one and a direction; `None` without any. What failed counts
/// for nothing, nor does a value of zero or less, of which no ratio can be told.
pub fn baseline_index(evaluation: &Evaluation) -> Option<BaselineIndex> {
    let mut sum = 0.0;
    let mut series = 0;
    for betterment in evaluation.series.iter().filter_map(log_betterment) {
        sum += betterment;
        series += 1;
    }
    let index = 100.0 * (sum / series as f64).exp();
    (series > 0 && index.is_finite()).then_some(BaselineIndex { index, series })
}

/// The logarithm of how many times better the value is than its baseline's centre.
fn log_betterment(series: &SeriesEvaluation) -> Option<f64> {
    if series.findings.iter().any(|finding| finding.evidence == Evidence::Failed) {
        return None;
    }
    let worse_sign = series.direction.worse_sign()?;
    let center = series.baseline?.center;
    let value = series.value.filter(|value| *value > 0.0 && center > 0.0)?;
    Some(worse_sign * (center.ln() - value.ln())).filter(|betterment| betterment.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Level, SeriesInput, evaluate};
    use plimsoll_model::{Direction, Measurement, Metric, Outcome, Parameters, Policy, SeriesKey};

    fn measured(direction: Direction, value: f64) -> Measurement {
        Measurement::new("h", "parse", Metric { direction, ..Metric::time() }, value)
    }

    #[track_caller]
    fn check(measurements: &[Measurement], center: f64, expected: Option<(f64, usize)>) {
        let inputs: Vec<_> = measurements
            .iter()
            .enumerate()
            .map(|(place, measurement)| SeriesInput {
                key: SeriesKey {
                    suite: "fast".to_owned(),
                    testbed: "t".to_owned(),
                    benchmark: format!("parse/{place}"),
                    parameters: Parameters::new(),
                    metric: "time".to_owned(),
                },
                unit: measurement.metric.unit.clone(),
                direction: measurement.metric.direction,
                measurement: Some(measurement),
                history: vec![center; 5],
                level: Level::default(),
                pooled_samples: Vec::new(),
                newest_age_days: 0.0,
                unit_before: None,
                testbed_is_new: false,
            })
            .collect();
        let found = baseline_index(&evaluate(&inputs, &Policy::default()));
        let rounded = found.map(|found| ((found.index * 1e3).round() / 1e3, found.series));
        assert_eq!(rounded, expected);
    }

    #[test]
    fn it_is_the_mean_ratio_and_larger_is_better() {
        let (lower, higher) = (Direction::Lower, Direction::Higher);
        check(&[measured(lower, 100.0)], 100.0, Some((100.0, 1)));
        check(&[measured(lower, 50.0)], 100.0, Some((200.0, 1)));
        check(&[measured(higher, 50.0)], 100.0, Some((50.0, 1)));
        check(&[measured(lower, 50.0), measured(lower, 200.0)], 100.0, Some((100.0, 2)));
        check(&[measured(higher, 110.0), measured(lower, 100.0)], 100.0, Some((104.881, 2)));
    }

    #[test]
    fn what_has_no_ratio_or_direction_counts_for_nothing() {
        let mut failed = measured(Direction::Lower, 1.0);
        failed.outcome = Outcome::Failed;
        check(&[failed, measured(Direction::None, 3.0), measured(Direction::Lower, 0.0)], 100.0, None);
        check(&[measured(Direction::Lower, 3.0)], 0.0, None);
        check(&[measured(Direction::Lower, -3.0)], -3.0, None);
        check(&[], 100.0, None);
    }
}
