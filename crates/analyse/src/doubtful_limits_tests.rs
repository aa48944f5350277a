use plimsoll_model::{Direction, Measurement, Metric, Parameters, SeriesKey, Severity};

use super::*;
use crate::stats::median;
use crate::{Level, baseline_of, evaluate};

/// A history of so many runs about a centre, whose values lie this far apart, the same each time.
#[derive(Debug, Clone, Copy)]
struct Past {
    center: f64,
    width: f64,
    runs: usize,
    age_days: f64,
    direction: Direction,
}

impl Past {
    fn history(self) -> Vec<f64> {
        let steps = [0.0, 0.9, -0.9, 0.3, -0.4, 1.0, -1.0, 0.1, -0.2, 0.6, -0.7];
        (0..self.runs).map(|run| self.center + self.width * steps[run % steps.len()]).collect()
    }

    /// The limits that hold whatever chance says.
    fn limits_if_firm(self) -> ValueLimits {
        let measurement = Measurement::new("h", "b0", Metric::time(), self.center);
        let input = self.input(&measurement);
        let settings = Settings::default();
        let baseline = baseline_of(&input.history, settings.baseline.window, self.age_days).expect("runs");
        value_limits(&input, &baseline, &settings, Regard::Firm)
    }

    fn input(self, measurement: &Measurement) -> SeriesInput<'_> {
        SeriesInput {
            key: SeriesKey {
                suite: "fast".to_owned(),
                testbed: "t".to_owned(),
                benchmark: measurement.benchmark.to_string(),
                parameters: Parameters::new(),
                metric: "time".to_owned(),
            },
            unit: measurement.metric.unit.clone(),
            direction: self.direction,
            measurement: Some(measurement),
            history: self.history(),
            level: Level::default(),
            pooled_samples: Vec::new(),
            newest_age_days: self.age_days,
            unit_before: None,
            testbed_is_new: false,
        }
    }

    /// What is decided about a value, in a run that measured it beside `others` like it that are as ever.
    fn judged(self, value: f64, others: usize) -> SeriesEvaluation {
        let metric = Metric { direction: self.direction, ..Metric::time() };
        let usual = median(&self.history()).expect("runs");
        let measurements: Vec<Measurement> = (0..=others)
            .map(|number| {
                let value = if number == 0 { value } else { usual };
                Measurement::new("h", format!("b{number}"), metric.clone(), value)
            })
            .collect();
        let inputs: Vec<SeriesInput<'_>> = measurements.iter().map(|one| self.input(one)).collect();
        let evaluation = evaluate(&inputs, &Policy::default());
        evaluation.series.into_iter().find(|series| series.key.benchmark == "b0").expect("it is judged")
    }
}

fn grid() -> Vec<Past> {
    let mut grid = Vec::new();
    for direction in [Direction::Lower, Direction::Higher] {
        for runs in [5, 6, 8, 11, 20, 40] {
            for width in [0.0, 1.0, 5.0, 10.0, 15.0, 20.0, 30.0, 50.0, 80.0, 150.0] {
                for age_days in [0.0, 60.0, 150.0, 200.0] {
                    for center in [100.0, 0.0] {
                        grid.push(Past { center, width, runs, age_days, direction });
                    }
                }
            }
        }
    }
    grid
}

/// Values on the worse side of a centre, from near to far.
const FAR: [f64; 7] = [1.0, 30.0, 50.0, 99.0, 101.0, 1e3, 1e6];

#[test]
fn a_value_just_beyond_an_error_closes_the_gate_and_one_just_within_does_not() {
    let (mut moved, mut without) = (0, 0);
    for (past, others) in grid().into_iter().flat_map(|past| [0, 11].map(|others| (past, others))) {
        let seen = past.judged(past.center, others);
        let worse = if past.direction == Direction::Lower { 1.0 } else { -1.0 };
        let is_firm = past.limits_if_firm().error_beyond.is_some();
        let Some(limit) = seen.limits.error_beyond else {
            assert!(!is_firm);
            without += 1;
            for far in FAR {
                let far = past.judged(past.center + worse * far, others);
                assert!(!far.closes_gate, "{past:?} beside {others}: {far:#?}");
            }
            continue;
        };
        let hair = worse * 1e-6 * (limit - past.center).abs().max(1e-3);
        let within = past.judged(limit - hair, others);
        assert!(!within.closes_gate, "{past:?} beside {others}, within {limit}");
        let warn = seen.limits.warn_beyond.expect("an error is a warning, too");
        assert!((limit - warn) * worse >= 0.0, "{past:?}: {warn} and {limit}");
        if !is_firm {
            let beyond = past.judged(warn + hair, others);
            assert!(beyond.severity >= Some(Severity::Warning), "{past:?} beside {others}, beyond {warn}");
            moved += 1;
            let beyond = past.judged(limit + hair, others);
            assert!(beyond.closes_gate, "{past:?} beside {others}, beyond {limit}: {beyond:#?}");
        }
    }
    assert!(moved > 200 && without > 50, "{moved} and {without}");
}

/// A series that was twice as slow now and then.
#[test]
fn a_series_that_jumps_by_itself_has_its_limit_beyond_its_jumps() {
    let past = Past { center: 100.0, width: 20.0, runs: 30, age_days: 150.0, direction: Direction::Lower };
    let mut history = past.history();
    for jump in [7, 15, 23] {
        history[jump] *= 2.0;
    }
    let judged = |value: f64| {
        let measurement = Measurement::new("h", "b0", Metric::time(), value);
        let input = SeriesInput { history: history.clone(), ..past.input(&measurement) };
        evaluate(&[input], &Policy::default()).series.remove(0)
    };
    let seen = judged(100.0);
    let limit = seen.limits.error_beyond.expect("a limit");
    assert!(seen.baseline.is_some_and(|baseline| is_doubtful(&baseline)) && limit > 200.0, "{limit}");
    assert!(!judged(limit * 0.999).closes_gate && judged(limit * 1.001).closes_gate);
}
