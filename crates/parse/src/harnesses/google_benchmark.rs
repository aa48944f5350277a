//! Google Benchmark's JSON (`--benchmark_format=json`, `--benchmark_out`).
//!
//! * A benchmark is its `run_name`. Named arguments (`/n:64`) and `/threads:2` are parameters; unnamed ones (`/8/64`),
//!   settings (`/min_time:0.5`, `/iterations:10`, `/repeats:3`, `/min_warmup_time:…`) and the clock (`/real_time`)
//!   stay in the name.
//! * Repetitions are samples and the headline is their median. Aggregates are read only of benchmarks without
//!   repetitions in the file (`--benchmark_report_aggregates_only`): the median, or else the mean, the others as
//!   estimates. `cv` and what a program computes by `ComputeStatistics` is no estimate in the metric's unit.
//! * `real_time` is `time` and `cpu_time` is itself, both in `time_unit`. `items_per_second` is `throughput` in items,
//!   `bytes_per_second` in bytes; of a benchmark that has both, items are `throughput` and bytes `throughput_bytes`. Other numbers are counters of the program: metrics by their name, with a direction only if it is canonical.
//! * An entry with `error_occurred` (1.8 and later: also `skipped`) is left out by name, and what else was measured of
//!   that benchmark counts as failed. A debug build of the library is a complaint.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use plimsoll_model::{
    Complaint, Direction, Measurement, Metric, Name, Outcome, Parameters, Unit, known_metric, name,
};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};

use crate::json::read_json;
use crate::loose::{Each, Loose};
use crate::samples::{SampleBudget, Samples};
use crate::{Facts, Harness, Input, ParseError, Parsed};

/// Numbers of an entry that are no counters.
const OWN_NUMBERS: [&str; 10] = [
    "family_index",
    "per_family_instance_index",
    "repetitions",
    "repetition_index",
    "threads",
    "iterations",
    "real_time",
    "cpu_time",
    "bytes_per_second",
    "items_per_second",
];
/// Most numbers of an entry.
const MAX_METRICS: usize = 256;
/// Parts of a name that have the shape of named arguments and are settings.
const SETTINGS: [&str; 4] = ["min_time", "min_warmup_time", "iterations", "repeats"];

/// Reads the inputs as one result.
pub(crate) fn parse(inputs: &mut [Input<'_>]) -> Result<Parsed, ParseError> {
    let mut results = Results::default();
    for input in inputs {
        let document = read_json(Harness::GoogleBenchmark, input, FileSeed(&mut results))?;
        results.complaints.extend(document.complaints);
        if !document.value {
            return Err(ParseError::NotUnderstood {
                name: input.name.to_owned(),
                harness: Harness::GoogleBenchmark,
                reason: "it has no `benchmarks`".to_owned(),
            });
        }
    }
    Ok(results.finish())
}

#[derive(Default)]
struct Results {
    entries: Vec<Entry>,
    places: HashMap<String, usize>,
    facts: Facts,
    complaints: Vec<Complaint>,
}

/// Everything of one `run_name`.
#[derive(Default)]
struct Entry {
    run_name: String,
    repetitions: Values,
    iterations: u64,
    aggregates: BTreeMap<String, Aggregate>,
    failed: bool,
}

/// Repetitions by metric, in the order in which metrics were first seen.
#[derive(Default)]
struct Values(Vec<(Metric, Samples)>);

/// What an aggregate says of each metric.
type Aggregate = Vec<(Metric, f64)>;

impl Values {
    fn push(&mut self, metric: Metric, value: f64) {
        let place = self.0.iter().position(|(known, _)| *known == metric);
        match place {
            Some(place) => self.0[place].1.push(value),
            None => {
                let mut samples = Samples::new();
                samples.push(value);
                self.0.push((metric, samples));
            }
        }
    }
}

impl Results {
    fn take(&mut self, entry: &Loose) {
        let Some(run_name) = entry.get("run_name").text().or(entry.get("name").text()) else {
            self.complaints.push(Complaint::new("an entry of `benchmarks` has no name: left out"));
            return;
        };
        let place = *self.places.entry(run_name.to_owned()).or_insert_with(|| {
            self.entries.push(Entry { run_name: run_name.to_owned(), ..Entry::default() });
            self.entries.len() - 1
        });
        let benchmark = &mut self.entries[place];
        if let Some(fault) = fault(entry) {
            benchmark.failed |= entry.get("error_occurred") == &Loose::Flag(true);
            self.complaints.push(Complaint::new(format!("{run_name}: {fault}: left out")));
            return;
        }
        let metrics = match metrics(entry) {
            Ok(metrics) => metrics,
            Err(fault) => {
                self.complaints.push(Complaint::new(format!("{run_name}: {fault}: left out")));
                return;
            }
        };
        match aggregate_name(entry) {
            Some(aggregate) => {
                benchmark.aggregates.insert(aggregate.to_owned(), metrics);
            }
            None => {
                let iterations = entry.get("iterations").count().unwrap_or(0);
                benchmark.iterations = benchmark.iterations.saturating_add(iterations);
                for (metric, value) in metrics {
                    benchmark.repetitions.push(metric, value);
                }
            }
        }
    }

    fn context(&mut self, context: &Loose) {
        let date = context.get("date").text();
        self.facts.measured_at = date.and_then(|date| date.parse().ok());
        if let Some(version) = context.get("library_version").text() {
            let version = version.trim_start_matches('v').to_owned();
            let tools = &mut self.facts.tools;
            tools.insert(Harness::GoogleBenchmark.name().to_owned(), version);
        }
        if context.get("library_build_type").text() == Some("debug") {
            self.complaints.push(Complaint::new(
                "the benchmark library was built as debug: it adds overhead to every iteration",
            ));
        }
        if context.get("cpu_scaling_enabled") == &Loose::Flag(true) {
            self.complaints
                .push(Complaint::new("CPU frequency scaling was on: real time measurements are noisy"));
        }
    }

    fn finish(self) -> Parsed {
        let mut parsed = Parsed { complaints: self.complaints, facts: self.facts, ..Parsed::default() };
        let mut budget = SampleBudget::new();
        for entry in self.entries {
            entry.report(&mut parsed, &mut budget);
        }
        budget.finish(&mut parsed.complaints);
        parsed
    }
}

impl Entry {
    fn report(self, parsed: &mut Parsed, budget: &mut SampleBudget) {
        let (name, parameters) = name_and_parameters(&self.run_name);
        let outcome = if self.failed { Outcome::Failed } else { Outcome::Success };
        let new = |metric: Metric, value: f64, statistic: &str| {
            let mut measurement = Measurement::new(Harness::GoogleBenchmark, name.as_str(), metric, value);
            measurement.parameters = parameters.clone();
            measurement.statistic = statistic.into();
            measurement.outcome = outcome;
            measurement
        };
        if !self.repetitions.0.is_empty() {
            for (metric, samples) in self.repetitions.0 {
                let statistic = if samples.count() > 1 { "median" } else { "mean" };
                let mut measurement = new(metric, samples.median().unwrap_or(f64::NAN), statistic);
                measurement.iterations = self.iterations.into();
                budget.fill(&mut measurement, &samples, &mut parsed.complaints);
                parsed.measurements.push(measurement);
            }
            return;
        }
        let headline = ["median", "mean"]
            .into_iter()
            .find_map(|statistic| Some((statistic, self.aggregates.get(statistic)?)));
        let Some((statistic, values)) = headline else {
            if !self.aggregates.is_empty() {
                let message = format!("{name}: it has neither a median nor a mean: left out");
                parsed.complaints.push(Complaint::new(message));
            }
            return;
        };
        for (metric, value) in values {
            let mut measurement = new(metric.clone(), *value, statistic);
            for (aggregate, estimate) in [("mean", "mean"), ("median", "median"), ("stddev", "std_dev")] {
                let values = self.aggregates.get(aggregate).into_iter().flatten();
                for (_, value) in values.filter(|(other, _)| other == metric && aggregate != statistic) {
                    measurement.estimates.insert(estimate.to_owned(), *value);
                }
            }
            parsed.measurements.push(measurement);
        }
    }
}

/// Why an entry measured nothing.
fn fault(entry: &Loose) -> Option<String> {
    let says = |flag: &str, message: &str, what: &str| {
        (entry.get(flag) == &Loose::Flag(true))
            .then(|| format!("{what}: {}", entry.get(message).text().unwrap_or("no reason given")))
    };
    says("error_occurred", "error_message", "it failed")
        .or_else(|| says("skipped", "skip_message", "it was skipped"))
        .or_else(|| says("skipped", "error_message", "it was skipped"))
}

/// Which statistic an aggregate is of; `None` for a repetition. Before 1.5 only the name tells.
fn aggregate_name(entry: &Loose) -> Option<&str> {
    match entry.get("run_type").text() {
        Some("aggregate") => entry.get("aggregate_name").text().or(Some("")),
        Some(_) => None,
        None => {
            let name = entry.get("name").text()?;
            ["mean", "median", "stddev", "cv"]
                .into_iter()
                .find(|statistic| name.strip_suffix(statistic).is_some_and(|head| head.ends_with('_')))
        }
    }
}

/// The quantities that an entry holds.
fn metrics(entry: &Loose) -> Result<Vec<(Metric, f64)>, String> {
    let time_unit = entry.get("time_unit").text().unwrap_or("ns");
    let (unit, factor) = Unit::normalise(time_unit);
    if unit != Unit::NANOSECONDS {
        return Err(format!("the time unit `{time_unit}` is not known"));
    }
    let mut metrics = Vec::new();
    let times =
        [("real_time", Metric::time()), ("cpu_time", Metric::new(name!("cpu_time"), unit, Direction::Lower))];
    for (field, metric) in times {
        if let Some(value) = entry.get(field).number() {
            metrics.push((metric, value * factor));
        }
    }
    let rate = |name: Name, unit: Unit| Metric::new(name, unit, Direction::Higher);
    let bytes = entry.get("bytes_per_second").number();
    let items = entry.get("items_per_second").number();
    if let Some(items) = items {
        metrics.push((rate(name!("throughput"), Unit::ITEMS_PER_SECOND), items));
    }
    if let Some(bytes) = bytes {
        let name = if items.is_some() { name!("throughput_bytes") } else { name!("throughput") };
        metrics.push((rate(name, Unit::BYTES_PER_SECOND), bytes));
    }
    for (name, value) in entry.fields() {
        if let Some(value) = value.number()
            && !OWN_NUMBERS.contains(&name.as_str())
        {
            metrics.push((counter(name), value));
        }
    }
    if metrics.len() > MAX_METRICS {
        return Err(format!("it holds more than {MAX_METRICS} numbers"));
    }
    if metrics.is_empty() {
        return Err("it holds no number".to_owned());
    }
    Ok(metrics)
}

/// A counter of the program. One with the name of a metric above is kept apart from it.
fn counter(name: &str) -> Metric {
    match known_metric(name) {
        _ if ["time", "cpu_time", "throughput", "throughput_bytes"].contains(&name) => {
            Metric::new(format!("counter.{name}"), Unit::COUNT, Direction::None)
        }
        Some((unit, direction)) => Metric::new(name, unit, direction),
        None => Metric::new(name, Unit::COUNT, Direction::None),
    }
}

/// Takes the named arguments out of a name.
fn name_and_parameters(run_name: &str) -> (String, Parameters) {
    let mut parameters = Parameters::new();
    let mut name = String::with_capacity(run_name.len());
    for (index, part) in run_name.split('/').enumerate() {
        match part.split_once(':') {
            Some((key, value))
                if index > 0
                    && is_argument_name(key)
                    && !value.is_empty()
                    && !value.starts_with(':')
                    && !parameters.contains_key(key) =>
            {
                parameters.insert(key, value);
            }
            _ => {
                if index > 0 {
                    name.push('/');
                }
                name.push_str(part);
            }
        }
    }
    (name, parameters)
}

fn is_argument_name(key: &str) -> bool {
    !key.is_empty()
        && !SETTINGS.contains(&key)
        && key.chars().all(|letter| letter.is_alphanumeric() || "_- ".contains(letter))
}

/// Reads a file; its value says whether there were `benchmarks`.
struct FileSeed<'a>(&'a mut Results);

impl<'de> DeserializeSeed<'de> for FileSeed<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for FileSeed<'_> {
    type Value = bool;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object with `benchmarks`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<bool, A::Error> {
        let mut found = false;
        while let Some(field) = map.next_key::<String>()? {
            match field.as_str() {
                "benchmarks" => {
                    found = true;
                    map.next_value_seed(Each::new(|entry: Loose| self.0.take(&entry)))?;
                }
                "context" => self.0.context(&map.next_value()?),
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use proptest::prelude::*;

    use super::*;
    use crate::listing::{listing, parse_one};

    fn list(benchmarks: &str) -> String {
        listing(Harness::GoogleBenchmark, format!(r#"{{"benchmarks": [{benchmarks}]}}"#).as_bytes())
    }

    #[test]
    fn repetitions_are_samples_and_aggregates_are_dropped() {
        assert_snapshot!(list(r#"
            {"name": "S/n:64", "run_name": "S/n:64", "run_type": "iteration", "repetition_index": 0, "threads": 1, "iterations": 10, "real_time": 3, "cpu_time": 2, "time_unit": "us", "items_per_second": 5, "swaps": 12.5, "label": "x"},
            {"name": "S/n:64", "run_name": "S/n:64", "run_type": "iteration", "repetition_index": 1, "threads": 1, "iterations": 10, "real_time": 1, "cpu_time": 4, "time_unit": "us", "items_per_second": 7, "swaps": 12.5, "label": "x"},
            {"name": "S/n:64_mean", "run_name": "S/n:64", "run_type": "aggregate", "aggregate_name": "mean", "iterations": 2, "real_time": 2, "cpu_time": 3, "time_unit": "us"}"#), @r"
        S{n=64}#time 2000 ns, lower, median, 2 samples, 20 iterations
        S{n=64}#cpu_time 3000 ns, lower, median, 2 samples, 20 iterations
        S{n=64}#throughput 6 items/s, higher, median, 2 samples, 20 iterations
        S{n=64}#swaps 12.5 count, neither, median, 2 samples, 20 iterations
        ");
    }

    #[test]
    fn aggregates_stand_in_where_repetitions_are_missing() {
        assert_snapshot!(list(r#"
            {"name": "C_mean", "run_name": "C", "run_type": "aggregate", "aggregate_name": "mean", "real_time": 2, "cpu_time": 3, "time_unit": "ms", "bytes_per_second": 9, "items_per_second": 8},
            {"name": "C_median", "run_name": "C", "run_type": "aggregate", "aggregate_name": "median", "real_time": 4, "cpu_time": 5, "time_unit": "ms", "bytes_per_second": 9, "items_per_second": 8},
            {"name": "C_cv", "run_name": "C", "run_type": "aggregate", "aggregate_name": "cv", "real_time": 0.1, "cpu_time": 0.1, "time_unit": "ms"},
            {"name": "D_cv", "run_name": "D", "run_type": "aggregate", "aggregate_name": "cv", "real_time": 0.1, "time_unit": "ms"}"#), @r"
        C#time 4000000 ns, lower, median
        C#cpu_time 5000000 ns, lower, median
        C#throughput 8 items/s, higher, median
        C#throughput_bytes 9 bytes/s, higher, median
        ! D: it has neither a median nor a mean: left out
        ");
    }

    #[test]
    fn errors_and_debug_builds_are_named() {
        assert_snapshot!(listing(Harness::GoogleBenchmark, br#"{"context": {"library_build_type": "debug"}, "benchmarks": [
            {"name": "B", "error_occurred": true, "error_message": "no input", "real_time": 0},
            {"name": "B", "iterations": 3, "real_time": 7},
            {"name": "E", "real_time": 7, "time_unit": "parsec"},
            {"real_time": 7}]}"#), @r"
        B#time 7 ns, lower, mean, Failed, 3 iterations
        ! the benchmark library was built as debug: it adds overhead to every iteration
        ! B: it failed: no input: left out
        ! E: the time unit `parsec` is not known: left out
        ! an entry of `benchmarks` has no name: left out
        ");
    }

    #[track_caller]
    fn named(run_name: &str, expected: &str) {
        let (name, parameters) = name_and_parameters(run_name);
        assert_eq!(format!("{name} {parameters:?}"), expected);
    }

    #[test]
    fn named_arguments_are_parameters() {
        named("BM/8/64", "BM/8/64 {}");
        named("BM/n:8/real_time/threads:2", r#"BM/real_time {"n": "8", "threads": "2"}"#);
        named("BM<std::vector<int>>/min_time:0.500", "BM<std::vector<int>>/min_time:0.500 {}");
        named("BM/f<a::b>", "BM/f<a::b> {}");
    }

    proptest! {
        #[test]
        fn the_order_of_entries_is_irrelevant(times in prop::collection::vec((0_usize..3, 1_u32..1000), 1..30)) {
            let entry = |(place, time): &(usize, u32)| format!(r#"{{"name": "b{place}", "real_time": {time}, "iterations": 1}}"#);
            let read = |entries: Vec<String>| {
                let text = format!(r#"{{"benchmarks": [{}]}}"#, entries.join(","));
                let parsed = parse_one(Harness::GoogleBenchmark, text.as_bytes()).expect("result");
                let mut values: Vec<_> = parsed.measurements.into_iter().map(|one| (one.benchmark.clone(), one.value, one.samples.len())).collect();
                values.sort_by(|left, right| left.0.cmp(&right.0));
                values
            };
            prop_assert_eq!(read(times.iter().map(entry).collect()), read(times.iter().rev().map(entry).collect()));
        }
    }
}
