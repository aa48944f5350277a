//! A value of one metric of one benchmark in one run.

use std::ops::{Deref, DerefMut};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{DetailFields, Details, Iterations, Metric, Name, Parameters, name};

/// The most samples that are kept for one measurement.
pub const MAX_SAMPLES: usize = 1_000;

/// How something that ran ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It did what it should.
    #[default]
    Success,
    /// It failed; its values enter no baseline.
    Failed,
    /// It ran out of its time and was ended.
    TimedOut,
}

/// A confidence interval of a measurement's value, in the metric's unit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// The confidence level, between 0 and 1.
    pub level: f64,
}

/// A value of one metric of one benchmark in one run. All numbers are finite and in the metric's unit.
///
/// A result holds up to hundreds of thousands, and the time to read it is the time to write this memory. So what most
/// measurements of such a result do not have (samples, estimates, …) lies behind one pointer in `details`, and is
/// read and written as if it were a field: `measurement.samples`.
#[derive(Debug, Clone, PartialEq)]
pub struct Measurement {
    /// The benchmark's full name.
    pub benchmark: Name,
    /// What the benchmark was run with.
    pub parameters: Parameters,
    /// The harness that measured it.
    pub harness: Name,
    /// The kind of quantity.
    pub metric: Metric,
    /// The headline value.
    pub value: f64,
    /// Which statistic the headline value is: `median`, `mean`, `slope`, …
    pub statistic: Name,
    /// How many times the operation ran for this value.
    pub iterations: Iterations,
    /// Outcome, interval, estimates, samples, items and target.
    pub details: Details,
}

impl Measurement {
    /// A successful measurement with a value and nothing else.
    pub fn new(harness: impl Into<Name>, benchmark: impl Into<Name>, metric: Metric, value: f64) -> Self {
        Self {
            benchmark: benchmark.into(),
            parameters: Parameters::new(),
            harness: harness.into(),
            metric,
            value,
            statistic: name!("value"),
            iterations: Iterations::UNKNOWN,
            details: Details::none(),
        }
    }
}

impl Deref for Measurement {
    type Target = DetailFields;

    fn deref(&self) -> &DetailFields {
        &self.details
    }
}

impl DerefMut for Measurement {
    fn deref_mut(&mut self) -> &mut DetailFields {
        &mut self.details
    }
}

/// Keeps at most `most` of `samples`, evenly spaced, the first and the last among them.
pub fn thin(samples: &mut Vec<f64>, most: usize) {
    let total = samples.len();
    if total <= most || most < 2 {
        return;
    }
    for kept in 0..most {
        samples[kept] = samples[kept * (total - 1) / (most - 1)];
    }
    samples.truncate(most);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_measurement_without_details_is_small() {
        assert!(size_of::<Measurement>() <= 80);
    }

    #[test]
    fn thinning_keeps_both_ends() {
        let mut samples: Vec<f64> = (0..2_500).map(f64::from).collect();
        thin(&mut samples, MAX_SAMPLES);
        assert_eq!((samples.len(), samples[0], samples[999]), (1_000, 0.0, 2_499.0));
        assert!(samples.is_sorted());
    }
}
