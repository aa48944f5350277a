//! Any number of samples in bounded memory.

use std::fmt;

use plimsoll_model::{Complaint, MAX_SAMPLES, Measurement, name};
use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::complaints::grouped;

/// Most samples that are remembered while reading; past it every second one is forgotten.
const REMEMBERED: usize = 65_536;
/// As many repeats as statisticians ask for, and so what is usual.
const FEW: usize = 10;
/// Most samples that all measurements of one result keep together.
const KEPT_BY_ALL: usize = 2_000_000;
/// How many a measurement keeps once that is used up.
const KEPT_PAST_BUDGET: usize = 20;

/// Collects the samples of one measurement. Count, mean, deviation and extremes are exact, whatever their number;
/// percentiles are exact up to 65,536 samples and are those of an evenly spaced subset beyond.
#[derive(Debug, Clone)]
pub(crate) struct Samples {
    remembered: Vec<f64>,
    stride: u64,
    seen: u64,
    mean: f64,
    squares: f64,
    min: f64,
    max: f64,
    not_finite: u64,
}

impl Samples {
    /// An empty collector.
    pub(crate) fn new() -> Self {
        Self {
            remembered: Vec::new(),
            stride: 1,
            seen: 0,
            mean: 0.0,
            squares: 0.0,
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
            not_finite: 0,
        }
    }

    /// A collector with its first sample, where a few more are to come.
    pub(crate) fn first(sample: f64) -> Self {
        let mut samples = Self { remembered: Vec::with_capacity(FEW), ..Self::new() };
        samples.push(sample);
        samples
    }

    /// Adds a sample. One that is not finite is counted and left out.
    pub(crate) fn push(&mut self, sample: f64) {
        if !sample.is_finite() {
            self.not_finite += 1;
            return;
        }
        if self.seen.is_multiple_of(self.stride) {
            if self.remembered.len() == REMEMBERED {
                self.forget_every_second();
            }
            if self.seen.is_multiple_of(self.stride) {
                self.remembered.push(sample);
            }
        }
        self.seen += 1;
        // Welford's update, which does not cancel when the deviation is far below the mean.
        let distance = sample - self.mean;
        self.mean += distance / self.seen as f64;
        self.squares += distance * (sample - self.mean);
        self.min = self.min.min(sample);
        self.max = self.max.max(sample);
    }

    /// How many samples were added, without those that were not finite.
    pub(crate) fn count(&self) -> u64 {
        self.seen
    }

    /// Multiplies all samples by `factor`, which is positive: from the harness's unit to ours.
    pub(crate) fn scale(&mut self, factor: f64) {
        self.remembered.iter_mut().for_each(|sample| *sample *= factor);
        self.mean *= factor;
        self.squares *= factor * factor;
        self.min *= factor;
        self.max *= factor;
    }

    /// The same samples, multiplied by `factor`.
    pub(crate) fn scaled(&self, factor: f64) -> Self {
        let mut scaled = self.clone();
        scaled.scale(factor);
        scaled
    }

    /// The median; `None` without any sample.
    pub(crate) fn median(&self) -> Option<f64> {
        let mut sorted = self.remembered.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        (!sorted.is_empty()).then(|| percentile(&sorted, 0.5))
    }

    fn forget_every_second(&mut self) {
        let mut place = 0_usize;
        self.remembered.retain(|_| {
            place += 1;
            place % 2 == 1
        });
        self.stride *= 2;
    }
}

impl Default for Samples {
    fn default() -> Self {
        Self::new()
    }
}

impl<'de> Deserialize<'de> for Samples {
    /// Reads an array of numbers without holding it; `null` is a sample that was not finite.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;

        impl<'de> Visitor<'de> for Collect {
            type Value = Samples;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array of numbers")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Samples, A::Error> {
                let mut samples = Samples::new();
                while let Some(sample) = array.next_element::<Option<f64>>()? {
                    samples.push(sample.unwrap_or(f64::NAN));
                }
                Ok(samples)
            }
        }

        deserializer.deserialize_seq(Collect)
    }
}

/// What all measurements of one result may keep together.
#[derive(Debug)]
pub(crate) struct SampleBudget {
    left: usize,
    exhausted: bool,
    /// How many measurements were thinned.
    thinned: u64,
    /// The most samples of any of them.
    longest: u64,
    /// Room for sorting.
    sorted: Vec<f64>,
}

impl SampleBudget {
    /// The budget of one call of [`crate::parse`].
    pub(crate) fn new() -> Self {
        Self { left: KEPT_BY_ALL, exhausted: false, thinned: 0, longest: 0, sorted: Vec::new() }
    }

    /// Puts the samples into `measurement`, at most [`MAX_SAMPLES`] of them, and adds the estimates that they
    /// give (`mean`, `min`, `max`, `std_dev`, `p50`, `p95`, `p99`) unless the harness gave them; a single sample
    /// says no more than the value and is not kept. The headline value stays as it is. Returns the median. What
    /// was left out becomes a complaint; what was thinned does in [`Self::finish`].
    pub(crate) fn fill(
        &mut self,
        measurement: &mut Measurement,
        samples: &Samples,
        complaints: &mut Vec<Complaint>,
    ) -> Option<f64> {
        let name = &measurement.benchmark;
        if samples.not_finite > 0 {
            complaints.push(Complaint::new(format!(
                "{name}: {} samples of {} were not finite and were left out",
                samples.not_finite, measurement.metric.name
            )));
        }
        let kept = &samples.remembered;
        if samples.seen < 2 {
            return kept.first().copied();
        }
        self.sorted.clone_from(kept);
        self.sorted.sort_unstable_by(f64::total_cmp);
        let sorted = &self.sorted[..];
        let median = percentile(sorted, 0.5);
        let estimates = [
            (name!("max"), samples.max),
            (name!("mean"), samples.mean),
            (name!("min"), samples.min),
            (name!("p50"), median),
            (name!("p95"), percentile(sorted, 0.95)),
            (name!("p99"), percentile(sorted, 0.99)),
            (name!("std_dev"), (samples.squares / (samples.seen - 1) as f64).sqrt()),
        ];
        measurement.estimates.insert_absent(estimates);
        let most = self.allowance(complaints);
        let mut kept = kept.clone();
        if samples.seen > most as u64 {
            plimsoll_model::thin(&mut kept, most);
            kept.shrink_to_fit();
            self.thinned += 1;
            self.longest = self.longest.max(samples.seen);
        }
        self.left = self.left.saturating_sub(kept.len());
        measurement.samples = kept;
        Some(median)
    }

    /// Says how many measurements were thinned, once for all: it is routine, and loses nothing but samples.
    pub(crate) fn finish(self, complaints: &mut Vec<Complaint>) {
        if self.thinned == 0 {
            return;
        }
        let (thinned, longest) = (grouped(self.thinned), grouped(self.longest));
        let most = if self.exhausted { "at most " } else { "" };
        complaints.push(Complaint::new(format!(
            "samples of {thinned} measurements were thinned evenly to {most}{} each, the longest had {longest}",
            grouped(MAX_SAMPLES as u64),
        )));
    }

    fn allowance(&mut self, complaints: &mut Vec<Complaint>) -> usize {
        if self.left >= MAX_SAMPLES {
            return MAX_SAMPLES;
        }
        if !self.exhausted {
            self.exhausted = true;
            complaints.push(Complaint::new(format!(
                "{} samples are kept in one result; measurements past that keep {KEPT_PAST_BUDGET} each",
                grouped(KEPT_BY_ALL as u64)
            )));
        }
        KEPT_PAST_BUDGET
    }
}

/// The percentile at `share` (0..=1) between the two nearest of `sorted`, which is not empty.
fn percentile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let below = sorted[place.floor() as usize];
    let above = sorted[place.ceil() as usize];
    below + (above - below) * place.fract()
}

#[cfg(test)]
mod tests {
    use plimsoll_model::Metric;

    use super::*;

    #[track_caller]
    fn filled(samples: impl Iterator<Item = f64>) -> (Measurement, Vec<String>) {
        let mut collected = Samples::new();
        samples.for_each(|sample| collected.push(sample));
        let mut measurement = Measurement::new("h", "b", Metric::time(), 0.0);
        let mut complaints = Vec::new();
        let mut budget = SampleBudget::new();
        budget.fill(&mut measurement, &collected, &mut complaints);
        budget.finish(&mut complaints);
        (measurement, complaints.into_iter().map(|complaint| complaint.message).collect())
    }

    #[test]
    fn few_samples_are_kept_as_they_are() {
        let (measurement, complaints) = filled([4.0, 1.0, f64::NAN, 3.0, 2.0].into_iter());
        assert_eq!(measurement.samples, [4.0, 1.0, 3.0, 2.0]);
        assert_eq!(measurement.estimates["mean"], 2.5);
        assert_eq!(measurement.estimates["p50"], 2.5);
        assert_eq!(measurement.estimates["max"], 4.0);
        assert_eq!(complaints, ["b: 1 samples of time were not finite and were left out"]);
    }

    #[test]
    fn many_samples_are_thinned_and_it_says_so() {
        let (measurement, complaints) = filled((0..1_000_000).map(f64::from));
        assert_eq!(measurement.samples.len(), MAX_SAMPLES);
        assert!(measurement.samples.is_sorted());
        assert_eq!(measurement.estimates["mean"], 499_999.5);
        assert_eq!(measurement.estimates["max"], 999_999.0);
        assert!((measurement.estimates["p95"] - 950_000.0).abs() < 100.0);
        assert!((measurement.estimates["std_dev"] - 288_675.278).abs() < 0.1);
        assert_eq!(
            complaints,
            ["samples of 1 measurements were thinned evenly to 1,000 each, the longest had 1,000,000"]
        );
    }

    #[test]
    fn an_array_is_read_as_samples() {
        let mut samples: Samples = serde_json::from_str("[1, null, 3]").expect("an array");
        samples.scale(10.0);
        assert_eq!((samples.count(), samples.median(), samples.not_finite), (2, Some(20.0), 1));
    }

    #[test]
    fn a_result_past_its_budget_keeps_fewer() {
        let mut budget =
            SampleBudget { left: 1_500, exhausted: false, thinned: 0, longest: 0, sorted: Vec::new() };
        let mut complaints = Vec::new();
        let mut kept = Vec::new();
        for _ in 0..3 {
            let mut samples = Samples::new();
            (0..1_000).for_each(|sample| samples.push(f64::from(sample)));
            let mut measurement = Measurement::new("h", "b", Metric::time(), 0.0);
            budget.fill(&mut measurement, &samples, &mut complaints);
            kept.push(measurement.samples.len());
        }
        assert_eq!(kept, [1_000, 20, 20]);
        budget.finish(&mut complaints);
        assert_eq!(complaints.len(), 2, "{complaints:?}");
    }
}
