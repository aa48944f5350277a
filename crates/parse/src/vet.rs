//! What every result is held to, whatever the harness: usable names, finite numbers, no negative times, each
//! series once.

use std::collections::{BTreeMap, HashMap};
use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};
use plimsoll_model::format::run::{MAX_ENTRIES, MAX_MEASUREMENTS, MAX_NAME_BYTES};
use plimsoll_model::{Complaint, DetailFields, Measurement, Parameters, Unit, name};

use crate::complaints;
use crate::samples::{SampleBudget, Samples};
use crate::{Harness, Parsed};

/// Leaves out or merges what breaks the rules, each with a complaint that names it.
pub(crate) fn vet(harness: Harness, parsed: &mut Parsed) {
    if !is_flawless(&parsed.measurements) {
        mend_all(harness, parsed);
    }
    let total = parsed.measurements.len();
    if total > MAX_MEASUREMENTS {
        parsed.measurements.truncate(MAX_MEASUREMENTS);
        parsed.complaints.push(Complaint::new(format!(
            "{total} measurements: only the first {MAX_MEASUREMENTS} were kept"
        )));
    }
    complaints::bound(&mut parsed.complaints);
}

/// Whether there is nothing to leave out, to mend or to merge, as is usual: found in one look at each measurement.
/// False where that does not tell.
fn is_flawless(measurements: &[Measurement]) -> bool {
    /// More metrics of one benchmark are not compared with each other.
    const MOST_METRICS: usize = 16;
    let hasher = DefaultHashBuilder::default();
    let is_same = |one: &Measurement, next: &Measurement| {
        one.benchmark == next.benchmark && one.parameters == next.parameters
    };
    // The metrics of one benchmark follow each other, so that a digest for each benchmark tells them apart.
    let mut digests = HashTable::new();
    measurements.chunk_by(is_same).all(|metrics| {
        let (benchmark, parameters) = (&metrics[0].benchmark, &metrics[0].parameters);
        let name = |place: usize| &metrics[place].metric.name;
        let repeats = |place: usize| (0..place).any(|earlier| name(earlier) == name(place));
        let is_good = |measurement| fault_of_value(measurement).is_none() && is_whole(measurement);
        let digest = hasher.hash_one((benchmark, parameters));
        let is_flawless = metrics.len() <= MOST_METRICS
            && is_name(benchmark)
            && fault_of_parameters(parameters).is_none()
            && metrics.iter().all(is_good)
            && !(1..metrics.len()).any(repeats)
            && digests.find(digest, |known| *known == digest).is_none();
        digests.insert_unique(digest, digest, |known| *known);
        is_flawless
    })
}

/// Whether [`mend`] finds nothing to say.
fn is_whole(measurement: &Measurement) -> bool {
    let interval = measurement.interval.as_ref();
    let of_interval = interval.into_iter().flat_map(|interval| [interval.low, interval.high, interval.level]);
    let samples = measurement.samples.iter().copied();
    let is_finite = of_interval.chain(samples).chain(measurement.estimates.values()).all(f64::is_finite);
    is_finite && (measurement.value != 0.0 || measurement.metric.name != "time")
}

fn mend_all(harness: Harness, parsed: &mut Parsed) {
    let complaints = &mut parsed.complaints;
    let mut checked = Parameters::new();
    parsed.measurements.retain_mut(|measurement| match fault(measurement, &mut checked) {
        Some(fault) => {
            complaints.push(Complaint::new(format!("{}: left out, {fault}", shown(measurement))));
            false
        }
        None => {
            mend(measurement, complaints);
            true
        }
    });
    once_each(harness, parsed);
}

/// Why a measurement cannot be kept. `checked` are the parameters that were found good last: those of one benchmark
/// follow each other.
fn fault(measurement: &Measurement, checked: &mut Parameters) -> Option<String> {
    if !is_name(&measurement.benchmark) {
        return Some(format!("its name is empty or longer than {MAX_NAME_BYTES} bytes"));
    }
    if measurement.parameters != *checked {
        if let Some(fault) = fault_of_parameters(&measurement.parameters) {
            return Some(fault);
        }
        checked.clone_from(&measurement.parameters);
    }
    fault_of_value(measurement)
}

/// Why a measurement's value cannot be kept, whatever its benchmark is.
fn fault_of_value(measurement: &Measurement) -> Option<String> {
    if !is_name(&measurement.metric.name) {
        return Some(format!("its name is empty or longer than {MAX_NAME_BYTES} bytes"));
    }
    if measurement.items.len() > MAX_ENTRIES {
        return Some(format!("more than {MAX_ENTRIES} kinds of item"));
    }
    let metric = &measurement.metric;
    if !measurement.value.is_finite() {
        return Some(format!("its {} is not a finite number", metric.name));
    }
    (measurement.value < 0.0 && metric.unit == Unit::NANOSECONDS)
        .then(|| format!("its {} is negative: {} ns", metric.name, measurement.value))
}

fn fault_of_parameters(parameters: &Parameters) -> Option<String> {
    for (place, (name, value)) in parameters.iter().enumerate() {
        if place == MAX_ENTRIES {
            return Some(format!("more than {MAX_ENTRIES} parameters"));
        }
        if !is_name(name) || value.len() > MAX_NAME_BYTES {
            return Some(format!("a parameter is empty or longer than {MAX_NAME_BYTES} bytes"));
        }
    }
    None
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.len() <= MAX_NAME_BYTES
}

/// Drops the parts of a good measurement that are not finite.
fn mend(measurement: &mut Measurement, complaints: &mut Vec<Complaint>) {
    let dropped = measurement.details.written().map(drop_not_finite).unwrap_or_default();
    if !dropped.is_empty() {
        complaints.push(Complaint::new(format!(
            "{}: not finite and left out: {}",
            shown(measurement),
            dropped.join(", ")
        )));
    }
    if measurement.value == 0.0 && measurement.metric.name == "time" {
        complaints.push(Complaint::new(format!("{}: its time is zero", shown(measurement))));
    }
}

/// Leaves out what is not finite; returns what that was.
fn drop_not_finite(details: &mut DetailFields) -> Vec<String> {
    let mut dropped = Vec::new();
    if details.estimates.values().any(|value| !value.is_finite()) {
        details.estimates.retain(|name, value| {
            if !value.is_finite() {
                dropped.push(name.to_owned());
            }
            value.is_finite()
        });
    }
    if details.interval.is_some_and(|interval| {
        ![interval.low, interval.high, interval.level].iter().all(|end| end.is_finite())
    }) {
        details.interval = None;
        dropped.push("interval".to_owned());
    }
    let samples = details.samples.len();
    details.samples.retain(|sample| sample.is_finite());
    if details.samples.len() < samples {
        dropped.push(format!("{} samples", samples - details.samples.len()));
    }
    dropped
}

/// Makes one measurement of each series: repeats are samples where the harness repeats by design, and are left
/// out with a complaint where it does not.
fn once_each(harness: Harness, parsed: &mut Parsed) {
    let first_places = first_places(&parsed.measurements);
    if first_places.iter().all(Option::is_none) {
        return;
    }
    let merges =
        matches!(harness, Harness::GnuTime | Harness::GoText | Harness::GoJson | Harness::GoogleBenchmark);
    let mut merged: BTreeMap<usize, Samples> = BTreeMap::new();
    let mut new_places = vec![0; first_places.len()];
    let mut kept: Vec<Measurement> = Vec::with_capacity(first_places.len());
    for (place, measurement) in std::mem::take(&mut parsed.measurements).into_iter().enumerate() {
        match first_places[place] {
            None => {
                new_places[place] = kept.len();
                kept.push(measurement);
            }
            Some(first) if merges => {
                let first_place = new_places[first];
                let first = &mut kept[first_place];
                let samples = merged.entry(first_place).or_insert_with(|| samples_of(first));
                samples_of_into(&measurement, samples);
                first.iterations = match (first.iterations.count(), measurement.iterations.count()) {
                    (Some(one), Some(other)) => one.checked_add(other),
                    _ => None,
                }
                .into();
                if first.outcome == plimsoll_model::Outcome::Success {
                    first.outcome = measurement.outcome;
                }
            }
            Some(_) => parsed.complaints.push(Complaint::new(format!(
                "{}: {} stands here twice, the first was kept",
                shown(&measurement),
                measurement.metric.name
            ))),
        }
    }
    let mut budget = SampleBudget::new();
    for (place, samples) in merged {
        let measurement = &mut kept[place];
        if let Some(median) = samples.median() {
            measurement.value = median;
            measurement.statistic = name!("median");
            measurement.interval = None;
            measurement.estimates.clear();
        }
        budget.fill(measurement, &samples, &mut parsed.complaints);
    }
    budget.finish(&mut parsed.complaints);
    parsed.measurements = kept;
}

/// For each measurement the place of the first one of the same series, `None` for the first itself.
fn first_places(measurements: &[Measurement]) -> Vec<Option<usize>> {
    let mut seen = HashMap::with_capacity(measurements.len());
    measurements
        .iter()
        .enumerate()
        .map(|(place, measurement)| {
            let series = (&measurement.benchmark, &measurement.parameters, &measurement.metric.name);
            let first = *seen.entry(series).or_insert(place);
            (first != place).then_some(first)
        })
        .collect()
}

fn samples_of(measurement: &Measurement) -> Samples {
    let mut samples = Samples::new();
    samples_of_into(measurement, &mut samples);
    samples
}

fn samples_of_into(measurement: &Measurement, samples: &mut Samples) {
    if measurement.samples.is_empty() {
        samples.push(measurement.value);
    }
    for sample in &measurement.samples {
        samples.push(*sample);
    }
}

/// The benchmark's name, cut where it is too long to be shown.
fn shown(measurement: &Measurement) -> String {
    const MOST_CHARACTERS: usize = 80;
    let name = &measurement.benchmark;
    match name.char_indices().nth(MOST_CHARACTERS) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_model::{Interval, Metric};

    use super::*;

    fn time(benchmark: &str, value: f64) -> Measurement {
        Measurement::new("h", benchmark, Metric::time(), value)
    }

    #[track_caller]
    fn check(
        harness: Harness,
        measurements: Vec<Measurement>,
        expected: &[(&str, f64)],
        complaints: &[&str],
    ) {
        let mut parsed = Parsed { measurements, ..Parsed::default() };
        vet(harness, &mut parsed);
        let kept: Vec<_> = parsed
            .measurements
            .iter()
            .map(|measurement| (measurement.benchmark.as_str(), measurement.value))
            .collect();
        assert_eq!(kept, expected);
        let said: Vec<_> = parsed.complaints.iter().map(|complaint| complaint.message.as_str()).collect();
        assert_eq!(said, complaints);
    }

    #[test]
    fn unusable_entries_are_left_out_by_name() {
        let long = "x".repeat(MAX_NAME_BYTES + 1);
        let cut = format!("{}…: left out, its name is empty or longer than 1024 bytes", "x".repeat(80));
        check(
            Harness::Divan,
            vec![time("a", 1.0), time("b", f64::NAN), time("c", -1.0), time("d", 0.0), time(&long, 1.0)],
            &[("a", 1.0), ("d", 0.0)],
            &[
                "b: left out, its time is not a finite number",
                "c: left out, its time is negative: -1 ns",
                "d: its time is zero",
                &cut,
            ],
        );
    }

    #[test]
    fn parts_that_are_not_finite_are_left_out() {
        let mut measurement = time("a", 1.0);
        measurement.estimates.insert("mean".to_owned(), f64::INFINITY);
        measurement.interval = Some(Interval { low: f64::NAN, high: 1.0, level: 0.95 });
        measurement.samples = vec![1.0, f64::NAN];
        check(
            Harness::Divan,
            vec![measurement],
            &[("a", 1.0)],
            &["a: not finite and left out: mean, interval, 1 samples"],
        );
    }

    #[test]
    fn a_series_stands_once() {
        let measurements = || vec![time("a", 1.0), time("b", 5.0), time("a", 3.0), time("a", 2.0)];
        check(Harness::GoText, measurements(), &[("a", 2.0), ("b", 5.0)], &[]);
        let complaint = "a: time stands here twice, the first was kept";
        check(Harness::Divan, measurements(), &[("a", 1.0), ("b", 5.0)], &[complaint, complaint]);
    }
}
