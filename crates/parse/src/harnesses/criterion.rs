//! Criterion's files under `target/criterion`: `NAME/new/{benchmark,estimates,sample}.json`.
//!
//! The benchmark is called `full_id`, as on Criterion's own screen, and has no parameters: `value_str` is
//! already the last part of that name, and so the files and the text continue one series. Other files, and
//! those under `base/` and `change/`, are passed over.
//!
//! | field | metric | role |
//! |---|---|---|
//! | `slope`, in flat mode `mean` | `time`, ns, lower is better | headline with its interval |
//! | `mean`, `median`, `median_abs_dev`, `std_dev` | `time` | estimates |
//! | `times[i] / iters[i]` | `time` | samples, from which `min`, `max`, `p50`, `p95`, `p99` |
//! | sum of `iters` | `time` | iterations |
//! | `throughput` | `throughput`, items/s, bytes/s or bits/s, higher is better | headline with its interval |
//! | both kinds of `throughput` | `throughput` in items/s, `throughput_bytes` in bytes/s | headlines |
//!
//! Criterion does not write which unit a custom measurement has; it is read as nanoseconds.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use plimsoll_model::{Complaint, Direction, Interval, Measurement, Metric, Name, Unit, name};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::json::read_json;
use crate::samples::{SampleBudget, Samples};
use crate::{Harness, Input, ParseError, Parsed};

#[derive(Deserialize)]
struct BenchmarkFile {
    full_id: String,
    #[serde(default)]
    throughput: serde_json::Value,
}

#[derive(Deserialize)]
struct EstimatesFile {
    mean: Estimate,
    median: Estimate,
    median_abs_dev: Estimate,
    std_dev: Estimate,
    #[serde(default)]
    slope: Option<Estimate>,
}

#[derive(Deserialize)]
struct Estimate {
    confidence_interval: ConfidenceInterval,
    point_estimate: Option<f64>,
}

#[derive(Deserialize)]
struct ConfidenceInterval {
    confidence_level: Option<f64>,
    lower_bound: Option<f64>,
    upper_bound: Option<f64>,
}

#[derive(Deserialize)]
struct SampleFile {
    iters: Vec<Option<f64>>,
    times: Vec<Option<f64>>,
}

/// The files of one benchmark, as far as they were met.
#[derive(Default)]
struct Files {
    benchmark: Option<BenchmarkFile>,
    estimates: Option<EstimatesFile>,
    sample: Option<SampleFile>,
    failed: bool,
}

/// Reads the files of any number of benchmarks, which may come in any order.
pub(crate) fn parse(inputs: &mut [Input<'_>]) -> Result<Parsed, ParseError> {
    let mut parsed = Parsed::default();
    let mut failures = Vec::new();
    let mut directories: BTreeMap<String, Files> = BTreeMap::new();
    for input in inputs {
        let Some((directory, kind)) = place(input.name) else {
            continue;
        };
        let files = directories.entry(directory.to_owned()).or_default();
        let read = match kind {
            Kind::Benchmark => read(input, &mut parsed).map(|file| files.benchmark = Some(file)),
            Kind::Estimates => read(input, &mut parsed).map(|file| files.estimates = Some(file)),
            Kind::Sample => read(input, &mut parsed).map(|file| files.sample = Some(file)),
        };
        if let Err(error) = read {
            files.failed = true;
            failures.push(error);
        }
    }
    let mut budget = SampleBudget::new();
    for (directory, files) in directories {
        measure(&directory, &files, &mut budget, &mut parsed);
    }
    budget.finish(&mut parsed.complaints);
    if parsed.measurements.is_empty() && !failures.is_empty() {
        return Err(failures.swap_remove(0));
    }
    for failure in failures {
        parsed.complaints.push(Complaint::new(failure.to_string()));
    }
    Ok(parsed)
}

enum Kind {
    Benchmark,
    Estimates,
    Sample,
}

/// The directory of a file of the latest measurement, and which of the files it is.
fn place(path: &str) -> Option<(&str, Kind)> {
    let (directory, file) = path.rsplit_once(['/', '\\']).unwrap_or(("", path));
    let kind = match file {
        "benchmark.json" => Kind::Benchmark,
        "estimates.json" => Kind::Estimates,
        "sample.json" => Kind::Sample,
        _ => return None,
    };
    let parent = directory.rsplit(['/', '\\']).next()?;
    (!matches!(parent, "base" | "change")).then_some((directory, kind))
}

fn read<T: DeserializeOwned>(input: &mut Input<'_>, parsed: &mut Parsed) -> Result<T, ParseError> {
    let document = read_json(Harness::Criterion, input, PhantomData::<T>)?;
    parsed.complaints.extend(document.complaints);
    Ok(document.value)
}

fn measure(directory: &str, files: &Files, budget: &mut SampleBudget, parsed: &mut Parsed) {
    let (Some(benchmark), Some(estimates)) = (&files.benchmark, &files.estimates) else {
        if !files.failed {
            let missing = match files.benchmark {
                None => "benchmark.json",
                Some(_) => "estimates.json",
            };
            parsed
                .complaints
                .push(Complaint::new(format!("left out: {missing} is missing")).in_source(directory));
        }
        return;
    };
    let (statistic, headline) = match &estimates.slope {
        Some(slope) => (name!("slope"), slope),
        None => (name!("mean"), &estimates.mean),
    };
    let value = headline.point_estimate.unwrap_or(f64::NAN);
    let mut time = Measurement::new(Harness::Criterion, benchmark.full_id.clone(), Metric::time(), value);
    time.statistic = statistic;
    time.interval = headline.interval();
    for (name, estimate) in [
        (name!("mean"), &estimates.mean),
        (name!("median"), &estimates.median),
        (name!("median_abs_dev"), &estimates.median_abs_dev),
        (name!("std_dev"), &estimates.std_dev),
    ] {
        if let Some(value) = estimate.point_estimate {
            time.estimates.insert(name, value);
        }
    }
    match &files.sample {
        Some(sample) => add_samples(&mut time, sample, budget, parsed),
        None if files.failed => {}
        None => parsed.complaints.push(
            Complaint::new(format!("{}: sample.json is missing, no samples", time.benchmark))
                .in_source(directory),
        ),
    }
    let handled = handled(&benchmark.throughput);
    if handled.is_empty() && !benchmark.throughput.is_null() {
        parsed.complaints.push(
            Complaint::new(format!(
                "{}: throughput `{}` is not known and was left out",
                time.benchmark, benchmark.throughput
            ))
            .in_source(directory),
        );
    }
    let rates: Vec<_> = handled
        .into_iter()
        .map(|handled| {
            time.items.insert(handled.noun.to_owned(), handled.count);
            rate(&time, &handled)
        })
        .collect();
    parsed.measurements.push(time);
    parsed.measurements.extend(rates);
}

impl Estimate {
    fn interval(&self) -> Option<Interval> {
        Some(Interval {
            low: self.confidence_interval.lower_bound?,
            high: self.confidence_interval.upper_bound?,
            level: self.confidence_interval.confidence_level?,
        })
    }
}

/// A sample is the total time of several iterations.
fn add_samples(time: &mut Measurement, file: &SampleFile, budget: &mut SampleBudget, parsed: &mut Parsed) {
    let mut samples = Samples::new();
    let mut iterations = 0.0;
    for (total, count) in file.times.iter().zip(&file.iters) {
        let (total, count) = (total.unwrap_or(f64::NAN), count.unwrap_or(f64::NAN));
        samples.push(total / count);
        iterations += count;
    }
    if file.times.len() != file.iters.len() {
        parsed.complaints.push(Complaint::new(format!(
            "{}: {} times for {} counts of iterations, the surplus was left out",
            time.benchmark,
            file.times.len(),
            file.iters.len()
        )));
    }
    if (1.0..=2f64.powi(53)).contains(&iterations) {
        time.iterations = (iterations as u64).into();
    }
    budget.fill(time, &samples, &mut parsed.complaints);
}

/// What one iteration handles.
struct Handled {
    count: f64,
    noun: &'static str,
    metric: Name,
    unit: Unit,
}

impl Handled {
    fn new(count: f64, noun: &'static str, metric: Name) -> Self {
        let unit = match noun {
            "bytes" => Unit::BYTES_PER_SECOND,
            "items" => Unit::ITEMS_PER_SECOND,
            other => Unit::normalise(&format!("{other}/s")).0,
        };
        Self { count, noun, metric, unit }
    }
}

/// What `throughput` says: nothing, one count, or items and bytes together.
fn handled(throughput: &serde_json::Value) -> Vec<Handled> {
    let count = |name: &str| throughput.get(name).and_then(serde_json::Value::as_f64);
    let single = [("Elements", "items"), ("Bytes", "bytes"), ("BytesDecimal", "bytes"), ("Bits", "bits")]
        .into_iter()
        .find_map(|(name, noun)| Some(Handled::new(count(name)?, noun, name!("throughput"))));
    let both = throughput.get("ElementsAndBytes").and_then(|both| {
        let count = |name: &str| both.get(name).and_then(serde_json::Value::as_f64);
        Some([
            Handled::new(count("elements")?, "items", name!("throughput")),
            Handled::new(count("bytes")?, "bytes", name!("throughput_bytes")),
        ])
    });
    single.into_iter().chain(both.into_iter().flatten()).collect()
}

/// The rate at which `handled` goes by when one iteration takes `time`.
fn rate(time: &Measurement, handled: &Handled) -> Measurement {
    let per_second = |nanoseconds: f64| handled.count * 1e9 / nanoseconds;
    let metric = Metric::new(handled.metric.clone(), handled.unit.clone(), Direction::Higher);
    let mut rate =
        Measurement::new(time.harness.clone(), time.benchmark.clone(), metric, per_second(time.value));
    rate.statistic.clone_from(&time.statistic);
    rate.interval = time.interval.map(|interval| Interval {
        low: per_second(interval.high),
        high: per_second(interval.low),
        level: interval.level,
    });
    rate.iterations = time.iterations;
    rate
}

#[cfg(test)]
mod tests {
    use super::*;

    const BENCHMARK: &str = r#"{"group_id":"sum","function_id":"bytes","value_str":null,
        "throughput":{"Bytes":100},"full_id":"sum/bytes","directory_name":"sum/bytes","title":"sum/bytes"}"#;
    const ESTIMATES: &str = r#"{
        "mean":{"confidence_interval":{"confidence_level":0.95,"lower_bound":9.0,"upper_bound":12.0},"point_estimate":11.0,"standard_error":0.1},
        "median":{"confidence_interval":{"confidence_level":0.95,"lower_bound":9.0,"upper_bound":12.0},"point_estimate":10.5,"standard_error":0.1},
        "median_abs_dev":{"confidence_interval":{"confidence_level":0.95,"lower_bound":0.1,"upper_bound":0.3},"point_estimate":0.2,"standard_error":0.1},
        "slope":{"confidence_interval":{"confidence_level":0.95,"lower_bound":8.0,"upper_bound":12.5},"point_estimate":10.0,"standard_error":0.1},
        "std_dev":{"confidence_interval":{"confidence_level":0.95,"lower_bound":0.1,"upper_bound":0.3},"point_estimate":0.25,"standard_error":0.1}}"#;
    const SAMPLE: &str = r#"{"sampling_mode":"Linear","iters":[1.0,2.0],"times":[10.0,24.0]}"#;

    fn parse_files(files: &[(&str, &str)]) -> Result<Parsed, ParseError> {
        let mut readers: Vec<_> = files.iter().map(|(name, text)| (*name, text.as_bytes())).collect();
        let mut inputs: Vec<_> =
            readers.iter_mut().map(|(name, reader)| Input { name, modified: None, reader }).collect();
        crate::parse(Harness::Criterion, &mut inputs)
    }

    #[test]
    fn three_files_are_one_benchmark() {
        let parsed = parse_files(&[
            ("c/sum_bytes/new/sample.json", SAMPLE),
            ("c/sum_bytes/new/benchmark.json", BENCHMARK),
            ("c/sum_bytes/base/estimates.json", "broken"),
            ("c/sum_bytes/new/tukey.json", "[1]"),
            ("c/sum_bytes/new/estimates.json", ESTIMATES),
        ])
        .expect("three files");
        let [time, rate] = &parsed.measurements[..] else {
            panic!("{:?}", parsed.measurements);
        };
        assert_eq!(
            (time.benchmark.as_str(), time.value, time.statistic.as_str()),
            ("sum/bytes", 10.0, "slope")
        );
        assert_eq!(time.interval, Some(Interval { low: 8.0, high: 12.5, level: 0.95 }));
        assert_eq!((time.samples.as_slice(), time.iterations.count()), ([10.0, 12.0].as_slice(), Some(3)));
        assert_eq!((time.estimates["median"], time.estimates["std_dev"]), (10.5, 0.25));
        assert_eq!((rate.value, rate.metric.unit.symbol()), (1e10, "bytes/s"));
        assert_eq!(rate.interval.map(|interval| (interval.low, interval.high)), Some((8e9, 1.25e10)));
        assert!(parsed.complaints.is_empty(), "{:?}", parsed.complaints);
    }

    #[test]
    fn flat_mode_has_no_slope() {
        let flat = ESTIMATES.replace("\"slope\":{", "\"slope\":null,\"other\":{");
        let parsed = parse_files(&[("a/new/benchmark.json", BENCHMARK), ("a/new/estimates.json", &flat)])
            .expect("two files");
        let time = &parsed.measurements[0];
        assert_eq!((time.value, time.statistic.as_str()), (11.0, "mean"));
        assert_eq!(parsed.complaints[0].message, "sum/bytes: sample.json is missing, no samples");
    }

    #[test]
    fn a_broken_benchmark_does_not_hide_the_others() {
        let parsed = parse_files(&[
            ("a/new/benchmark.json", BENCHMARK),
            ("a/new/estimates.json", ESTIMATES),
            ("a/new/sample.json", SAMPLE),
            ("b/new/benchmark.json", BENCHMARK),
            ("b/new/estimates.json", &ESTIMATES[..200]),
            ("c/new/estimates.json", ESTIMATES),
        ])
        .expect("one is whole");
        let complaints: Vec<_> =
            parsed.complaints.iter().map(|complaint| complaint.message.as_str()).collect();
        assert_eq!(
            complaints,
            [
                "left out: benchmark.json is missing",
                "b/new/estimates.json ends in the middle: EOF while parsing a string at line 3 column 52",
            ]
        );
        let error = parse_files(&[("b/new/benchmark.json", "{")]).expect_err("nothing is whole");
        assert!(matches!(error, ParseError::Truncated { .. }), "{error}");
    }
}
