//! Several runs of the same command as one result.

use plimsoll_model::{MAX_SAMPLES, Measurement, Outcome, name, thin};

/// Makes one measurement of each series out of `repeats`, in the order in which the series were first seen.
///
/// A series that only one repeat has stays as it is. Otherwise the values of the repeats become the samples (at most
/// [`MAX_SAMPLES`]), the headline value is their median, and `mean`, `min` and `max` are estimates. What the harness
/// said about the spread within one run (its samples, interval and other estimates) is left out: it knows nothing of
/// the spread between runs, which is what later runs are judged by. The outcome is the worst of all; parameters,
/// items and target are those of the first repeat, iterations add up. A benchmark that stands twice in one run is
/// two series here: the first goes with the first, the second with the second.
pub fn combine_repeats(repeats: Vec<Vec<Measurement>>) -> Vec<Measurement> {
    let mut series: Vec<Vec<Measurement>> = Vec::new();
    let mut places = std::collections::HashMap::new();
    for repeat in repeats {
        let mut seen = std::collections::HashMap::new();
        for measurement in repeat {
            let key = (
                measurement.harness.clone(),
                measurement.benchmark.clone(),
                measurement.parameters.clone(),
                measurement.metric.clone(),
            );
            let nth: &mut usize = seen.entry(key.clone()).or_default();
            let place = *places.entry((key, *nth)).or_insert_with(|| {
                series.push(Vec::new());
                series.len() - 1
            });
            *nth += 1;
            series[place].push(measurement);
        }
    }
    series.into_iter().filter_map(combine).collect()
}

fn combine(mut measurements: Vec<Measurement>) -> Option<Measurement> {
    if measurements.len() < 2 {
        return measurements.pop();
    }
    let mut values: Vec<f64> = measurements.iter().map(|measurement| measurement.value).collect();
    let outcome =
        measurements.iter().map(|measurement| measurement.outcome).max_by_key(|outcome| match outcome {
            Outcome::Success => 0,
            Outcome::Failed => 1,
            Outcome::TimedOut => 2,
        })?;
    let iterations =
        measurements.iter().map(|measurement| measurement.iterations.count()).sum::<Option<u64>>();
    let mut sorted = values.clone();
    sorted.sort_by(f64::total_cmp);
    let (min, max) = (*sorted.first()?, *sorted.last()?);
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let upper = sorted[sorted.len() / 2];
    let median = match sorted.len() % 2 {
        0 => f64::midpoint(sorted[sorted.len() / 2 - 1], upper),
        _ => upper,
    };
    thin(&mut values, MAX_SAMPLES);
    let mut combined = measurements.swap_remove(0);
    combined.outcome = outcome;
    combined.value = median;
    combined.statistic = name!("median");
    combined.iterations = iterations.into();
    combined.interval = None;
    combined.estimates = [(name!("mean"), mean), (name!("min"), min), (name!("max"), max)].into();
    combined.samples = values;
    Some(combined)
}

#[cfg(test)]
mod tests {
    use super::*;
    use plimsoll_model::Metric;

    fn time(benchmark: &str, value: f64) -> Measurement {
        let mut time = Measurement::new("process", benchmark, Metric::time(), value);
        time.samples = vec![value, value + 1.0];
        time
    }

    #[track_caller]
    fn check(repeats: &[&[(&str, f64)]], expected: &[(&str, f64, &[f64])]) {
        let repeats = repeats
            .iter()
            .map(|repeat| repeat.iter().map(|(name, value)| time(name, *value)).collect())
            .collect();
        let combined = combine_repeats(repeats);
        let actual: Vec<(&str, f64, &[f64])> = combined
            .iter()
            .map(|measurement| {
                (measurement.benchmark.as_str(), measurement.value, measurement.samples.as_slice())
            })
            .collect();
        assert_eq!(actual, expected);
    }

    #[test]
    fn values_of_repeats_become_samples() {
        check(&[], &[]);
        check(
            &[&[("a", 3.0), ("b", 1.0)], &[("b", 2.0), ("a", 1.0)], &[("a", 9.0)]],
            &[("a", 3.0, &[3.0, 1.0, 9.0]), ("b", 1.5, &[1.0, 2.0])],
        );
    }

    #[test]
    fn a_single_value_keeps_what_the_harness_said() {
        check(&[&[("a", 3.0)]], &[("a", 3.0, &[3.0, 4.0])]);
    }

    #[test]
    fn the_same_name_twice_in_one_run_stays_two_series() {
        check(
            &[&[("a", 1.0), ("a", 10.0)], &[("a", 3.0), ("a", 30.0)]],
            &[("a", 2.0, &[1.0, 3.0]), ("a", 20.0, &[10.0, 30.0])],
        );
    }

    #[test]
    fn the_worst_outcome_counts_and_estimates_cover_the_repeats() {
        let mut failed = Measurement { iterations: 5.into(), ..time("a", 4.0) };
        failed.outcome = Outcome::Failed;
        let succeeded = Measurement { iterations: 7.into(), ..time("a", 2.0) };
        let combined = combine_repeats(vec![vec![failed], vec![succeeded]]).remove(0);
        assert_eq!((combined.outcome, combined.iterations.count()), (Outcome::Failed, Some(12)));
        let estimates: Vec<_> = combined.estimates.values().collect();
        assert_eq!((combined.statistic.as_str(), estimates), ("median", vec![4.0, 3.0, 2.0]));
    }
}
