//! What matters most comes first.

use std::cmp::{Ordering, Reverse};

use plimsoll_model::{SeriesEvaluation, SeriesVerdict, Unit};

/// Sorts: regressions by severity and size, then what vanished, what is open, what improved (the most first), what is new (see
/// `newcomers`), the rest by size of change; ties by name.
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
            .then_with(|| newcomers(left, right))
            .then_with(|| left.key.cmp(&right.key))
    });
}

/// Of two new series, of which no change is known, first the one with a target, then what can be better or worse before what cannot,
/// times before other metrics; of one metric the largest.
fn newcomers(left: &SeriesEvaluation, right: &SeriesEvaluation) -> Ordering {
    if left.verdict != SeriesVerdict::New {
        return Ordering::Equal;
    }
    let kind = |series: &SeriesEvaluation| {
        let place = match &*series.key.metric {
            "time" => 0,
            _ if series.unit == Unit::NANOSECONDS => 1,
            _ => 2,
        };
        (series.target.is_none(), series.direction.worse_sign().is_none(), place)
    };
    let value = |series: &SeriesEvaluation| series.value.unwrap_or(f64::NEG_INFINITY);
    kind(left)
        .cmp(&kind(right))
        .then_with(|| left.key.metric.cmp(&right.key.metric))
        .then_with(|| left.unit.symbol().cmp(right.unit.symbol()))
        .then_with(|| value(right).total_cmp(&value(left)))
}

#[cfg(test)]
mod tests {
    use plimsoll_model::{
        Bound, Direction, Measurement, Metric, Parameters, Policy, SeriesKey, Target, Unit,
    };

    use crate::{SeriesInput, evaluate};

    #[test]
    fn what_is_new_comes_in_the_order_of_what_matters() {
        let bytes = Unit::BYTES;
        let metrics = [
            ("build", Metric::new("coverage", Unit::RATIO, Direction::Higher), 0.99),
            ("build", Metric::new("links", Unit::COUNT, Direction::None), 812.0),
            ("build", Metric::new("peak_rss", bytes, Direction::Lower), 24e6),
            ("build", Metric::time(), 150.0),
            ("build/a", Metric::new("cpu_time", Unit::NANOSECONDS, Direction::Lower), 20.0),
            ("build/a", Metric::time(), 20.0),
            ("build/b", Metric::time(), 100.0),
        ];
        let measurements: Vec<Measurement> = metrics
            .into_iter()
            .map(|(benchmark, metric, value)| Measurement::new("h", benchmark, metric, value))
            .collect();
        let inputs: Vec<SeriesInput<'_>> = measurements.iter().map(input).collect();
        let policy = Policy { targets: vec![target()], ..Policy::default() };
        let evaluation = evaluate(&inputs, &policy);
        let shown: Vec<String> = evaluation.series.iter().map(|series| series.key.short()).collect();
        assert_eq!(
            shown,
            [
                "build#coverage",
                "build#time",
                "build/b#time",
                "build/a#time",
                "build/a#cpu_time",
                "build#peak_rss",
                "build#links"
            ]
        );
    }

    fn input(measurement: &Measurement) -> SeriesInput<'_> {
        SeriesInput::new(
            SeriesKey {
                suite: "fast".to_owned(),
                testbed: "t".to_owned(),
                benchmark: measurement.benchmark.to_string(),
                parameters: Parameters::new(),
                metric: measurement.metric.name.to_string(),
            },
            measurement,
        )
    }

    fn target() -> Target {
        Target {
            id: None,
            suite: None,
            benchmark: "build".to_owned(),
            metric: "coverage".to_owned(),
            bound: Bound::Min(0.98),
            unit: None,
            per: None,
            warn: Target::DEFAULT_WARN,
            error: Target::DEFAULT_ERROR,
        }
    }
}
