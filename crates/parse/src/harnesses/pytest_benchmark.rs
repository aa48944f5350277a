//! pytest-benchmark's JSON (`--benchmark-json`, `--benchmark-save`, `.benchmarks/`), versions 3 to 5.
//!
//! * A benchmark is its `fullname` (`tests/test_x.py::test_y`). Where all its `params` are plain values they become
//!   parameters and the `[…]` at the end of the name goes; where one is not (Python writes such as
//!   `UNSERIALIZABLE[<function f at 0x7f…>]`, another address each time), the name keeps its `[…]` instead.
//! * Times are seconds in the file and nanoseconds here. The headline is the median; `mean`, `min`, `max`,
//!   `std_dev`, `iqr`, `q1` and `q3` are estimates, and so are percentiles when the rounds are in the file (`data`,
//!   which becomes the samples). `ops` is one over the mean and no quantity of its own.
//! * Numbers in `extra_info` are metrics of their own, those one level down too (`memory.peak_rss`). A name that is
//!   canonical brings its unit and direction; a canonical time is in seconds like everything else in the file.
//!   Other names have no direction. Truth values, texts and lists are no numbers.
//! * `commit_info`, `datetime`, the processor and the versions of Python and pytest-benchmark are facts.
//!
//! The fields of an object may stand in any order. Rounds are streamed: memory does not grow with them.

use std::fmt;

use plimsoll_model::{Complaint, Direction, Measurement, Metric, Name, Parameters, Unit, known_metric, name};
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};

use crate::json::read_json;
use crate::loose::{Each, Loose};
use crate::samples::{SampleBudget, Samples};
use crate::{Facts, Harness, Input, ParseError, Parsed};

const NANOSECONDS_PER_SECOND: f64 = 1e9;
/// Longer parameters stay in the name.
const MAX_PARAMETER_BYTES: usize = 200;

/// Reads the inputs as one result.
pub(crate) fn parse(inputs: &mut [Input<'_>]) -> Result<Parsed, ParseError> {
    let mut parsed = Parsed::default();
    let mut budget = SampleBudget::new();
    for input in inputs {
        let seed = FileSeed { parsed: &mut parsed, budget: &mut budget };
        let document = read_json(Harness::PytestBenchmark, input, seed)?;
        parsed.complaints.extend(document.complaints);
        if !document.value {
            return Err(ParseError::NotUnderstood {
                name: input.name.to_owned(),
                harness: Harness::PytestBenchmark,
                reason: "it has no `benchmarks`".to_owned(),
            });
        }
    }
    budget.finish(&mut parsed.complaints);
    Ok(parsed)
}

/// Reads a file; its value says whether there were `benchmarks`.
struct FileSeed<'a> {
    parsed: &'a mut Parsed,
    budget: &'a mut SampleBudget,
}

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
        let Self { parsed, budget } = self;
        let mut found = false;
        while let Some(field) = map.next_key::<String>()? {
            match field.as_str() {
                "benchmarks" => {
                    found = true;
                    let mut place = 0_u64;
                    map.next_value_seed(Each::new(|benchmark: Benchmark| {
                        place += 1;
                        benchmark.report(place, parsed, budget);
                    }))?;
                }
                "machine_info" => machine_facts(&map.next_value()?, &mut parsed.facts),
                "commit_info" => commit_facts(&map.next_value()?, &mut parsed.facts),
                "datetime" => parsed.facts.measured_at = timestamp(&map.next_value()?),
                "version" => {
                    if let Some(version) = map.next_value::<Loose>()?.text() {
                        let tools = &mut parsed.facts.tools;
                        tools.insert(Harness::PytestBenchmark.name().to_owned(), version.to_owned());
                    }
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(found)
    }
}

fn machine_facts(machine: &Loose, facts: &mut Facts) {
    let cpu = machine.get("cpu");
    let brand = [cpu.get("brand_raw"), cpu.get("brand"), machine.get("processor")];
    facts.cpu = brand.into_iter().filter_map(Loose::text).find(|brand| !brand.is_empty()).map(str::to_owned);
    if let Some(version) = machine.get("python_version").text() {
        let implementation = machine.get("python_implementation").text().unwrap_or("CPython");
        let tool =
            if implementation == "CPython" { "python".to_owned() } else { implementation.to_lowercase() };
        facts.tools.insert(tool, version.to_owned());
    }
}

fn commit_facts(commit: &Loose, facts: &mut Facts) {
    let known = |field: &str, unknown: &[&str]| {
        let text = commit.get(field).text()?;
        (!unknown.contains(&text)).then(|| text.to_owned())
    };
    facts.commit = known("id", &["", "unversioned"]);
    facts.branch = known("branch", &["", "(unknown)", "(error)", "(detached head)"]);
}

/// `datetime` has an offset since version 5 and was UTC without one before.
fn timestamp(datetime: &Loose) -> Option<jiff::Timestamp> {
    let text = datetime.text()?;
    text.parse().or_else(|_| format!("{text}Z").parse()).ok()
}

#[derive(Deserialize)]
struct Benchmark {
    #[serde(default)]
    name: Loose,
    #[serde(default)]
    fullname: Loose,
    #[serde(default)]
    params: Loose,
    #[serde(default)]
    param: Loose,
    #[serde(default)]
    extra_info: Loose,
    #[serde(default)]
    stats: Stats,
}

#[derive(Deserialize, Default)]
struct Stats {
    #[serde(default)]
    min: Loose,
    #[serde(default)]
    max: Loose,
    #[serde(default)]
    mean: Loose,
    #[serde(default)]
    stddev: Loose,
    #[serde(default)]
    rounds: Loose,
    #[serde(default)]
    median: Loose,
    #[serde(default)]
    iqr: Loose,
    #[serde(default)]
    q1: Loose,
    #[serde(default)]
    q3: Loose,
    #[serde(default)]
    iterations: Loose,
    #[serde(default)]
    data: Samples,
}

impl Benchmark {
    /// Adds its measurements; `place` counts the benchmarks from 1, for those without a name.
    fn report(mut self, place: u64, parsed: &mut Parsed, budget: &mut SampleBudget) {
        let Some(fullname) = self.fullname.text().or(self.name.text()) else {
            parsed.complaints.push(Complaint::new(format!("benchmark {place} has no name: left out")));
            return;
        };
        let (name, parameters) = identity(fullname, &self.params, self.param.text());
        let new = |metric: Metric, value: f64| {
            let mut measurement = Measurement::new(Harness::PytestBenchmark, name.as_str(), metric, value);
            measurement.parameters = parameters.clone();
            measurement
        };
        self.stats.data.scale(NANOSECONDS_PER_SECOND);
        let extras = extra_metrics(&self.extra_info, fullname, &mut parsed.complaints);
        match self.stats.headline() {
            Some((statistic, value)) => {
                let mut time = new(Metric::time(), value);
                time.statistic = statistic;
                self.stats.complete(&mut time);
                budget.fill(&mut time, &self.stats.data, &mut parsed.complaints);
                parsed.measurements.push(time);
            }
            None => parsed.complaints.push(Complaint::new(format!(
                "{fullname}: its statistics hold neither a median nor a mean nor rounds: its time was left out"
            ))),
        }
        for (metric, value) in extras {
            parsed.measurements.push(new(metric, value));
        }
    }
}

impl Stats {
    /// The median in nanoseconds, or the nearest to it that there is.
    fn headline(&self) -> Option<(Name, f64)> {
        if let Some(median) = self.median.number() {
            return Some((name!("median"), median * NANOSECONDS_PER_SECOND));
        }
        if let Some(median) = self.data.median() {
            return Some((name!("median"), median));
        }
        let mean = self.mean.number()?;
        Some((name!("mean"), mean * NANOSECONDS_PER_SECOND))
    }

    fn complete(&self, time: &mut Measurement) {
        let estimates = [
            (name!("mean"), &self.mean),
            (name!("min"), &self.min),
            (name!("max"), &self.max),
            (name!("std_dev"), &self.stddev),
            (name!("iqr"), &self.iqr),
            (name!("q1"), &self.q1),
            (name!("q3"), &self.q3),
        ];
        for (name, value) in estimates {
            if let Some(value) = value.number() {
                time.estimates.insert(name, value * NANOSECONDS_PER_SECOND);
            }
        }
        let rounds = self.rounds.count();
        let iterations = self.iterations.count();
        time.iterations = match (rounds, iterations) {
            (Some(rounds), Some(iterations)) => rounds.checked_mul(iterations),
            (rounds, iterations) => rounds.or(iterations),
        }
        .into();
    }
}

/// The benchmark's name and parameters.
fn identity(fullname: &str, params: &Loose, param: Option<&str>) -> (String, Parameters) {
    let whole = || (fullname.to_owned(), Parameters::new());
    let Some(test) = param
        .and_then(|param| fullname.strip_suffix(']')?.strip_suffix(param)?.strip_suffix('['))
        .or_else(|| without_brackets(fullname))
    else {
        return whole();
    };
    let mut parameters = Parameters::new();
    for (name, value) in params.fields() {
        match value.scalar() {
            Some(value) if value.len() <= MAX_PARAMETER_BYTES && !value.starts_with("UNSERIALIZABLE[") => {
                parameters.insert(name.clone(), value);
            }
            _ => return whole(),
        }
    }
    if parameters.is_empty() { whole() } else { (test.to_owned(), parameters) }
}

/// The name before the `[…]` at its end; a path may hold brackets too.
fn without_brackets(fullname: &str) -> Option<&str> {
    let test = fullname.rfind("::").map_or(0, |place| place + 2);
    let bracket = test + fullname.strip_suffix(']')?.get(test..)?.find('[')?;
    fullname.get(..bracket)
}

/// The numbers in `extra_info` with their metrics.
fn extra_metrics(extra: &Loose, benchmark: &str, complaints: &mut Vec<Complaint>) -> Vec<(Metric, f64)> {
    let mut metrics = Vec::new();
    let mut add = |name: &str, value: &Loose| {
        if let Some(value) = value.number() {
            metrics.push(extra_metric(name, value));
        } else if *value == Loose::Nothing {
            complaints.push(Complaint::new(format!(
                "{benchmark}: `{name}` in extra_info is not a finite number: left out"
            )));
        }
    };
    for (name, value) in extra.fields() {
        match value {
            Loose::Fields(inner) => {
                for (part, value) in inner {
                    add(&format!("{name}.{part}"), value);
                }
            }
            value => add(name, value),
        }
    }
    metrics
}

fn extra_metric(name: &str, value: f64) -> (Metric, f64) {
    let canonical = name.rsplit('.').next().unwrap_or(name);
    match known_metric(canonical) {
        // The benchmark's own time has that name.
        _ if name == "time" => (
            Metric::new("extra_info.time", Unit::NANOSECONDS, Direction::Lower),
            value * NANOSECONDS_PER_SECOND,
        ),
        Some((unit, direction)) if unit == Unit::NANOSECONDS => {
            (Metric::new(name, Unit::NANOSECONDS, direction), value * NANOSECONDS_PER_SECOND)
        }
        Some((unit, direction)) => (Metric::new(name, unit, direction), value),
        None => (Metric::new(name, Unit::COUNT, Direction::None), value),
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use proptest::prelude::*;

    use super::*;
    use crate::listing::{listing, parse_one};

    fn list(text: &str) -> String {
        listing(Harness::PytestBenchmark, text.as_bytes())
    }

    #[test]
    fn medians_rounds_parameters_and_extra_info_are_read() {
        assert_snapshot!(list(r#"{"benchmarks": [
            {"fullname": "t.py::test_fib[5]", "param": "5", "params": {"n": 5}, "extra_info": {},
             "stats": {"data": [1e-6, 3e-6, 2e-6], "iterations": 4, "rounds": 3, "median": 2e-6, "mean": 2e-6}},
            {"fullname": "t.py::T::test_x", "params": null, "param": null,
             "extra_info": {"hit_rate": 0.93, "tokens": 12, "label": "x", "cached": true, "memory": {"peak_rss": 1048576},
                            "latency_p99": 0.25, "time": 2, "share": NaN},
             "stats": {"median": 0.5, "rounds": 7, "iterations": 1}}]}"#), @r"
        t.py::test_fib{n=5}#time 2000 ns, lower, median, 3 samples, 12 iterations
        t.py::T::test_x#time 500000000 ns, lower, median, 7 iterations
        t.py::T::test_x#hit_rate 0.93 ratio, higher, value
        t.py::T::test_x#tokens 12 count, neither, value
        t.py::T::test_x#memory.peak_rss 1048576 bytes, lower, value
        t.py::T::test_x#latency_p99 250000000 ns, lower, value
        t.py::T::test_x#extra_info.time 2000000000 ns, lower, value
        ! t.py::T::test_x: `share` in extra_info is not a finite number: left out
        ! 1 bare NaN or Infinity were read as null
        ");
    }

    #[track_caller]
    fn named(fullname: &str, param: &str, params: &str, expected: &str) {
        let params: Loose = serde_json::from_str(params).expect("JSON");
        let (name, parameters) = identity(fullname, &params, Some(param));
        assert_eq!(format!("{name} {parameters:?}"), expected);
    }

    #[test]
    fn brackets_become_parameters_where_they_can() {
        named("a.py::t[x-1]", "x-1", r#"{"k": "x", "n": 1}"#, r#"a.py::t {"k": "x", "n": "1"}"#);
        named("a.py::t[a]b]", "a]b", r#"{"k": "a]b"}"#, r#"a.py::t {"k": "a]b"}"#);
        named("a[1].py::t[1.0]", "other", r#"{"k": 1.0}"#, r#"a[1].py::t {"k": "1.0"}"#);
        named("a.py::t[f]", "f", r#"{"k": "UNSERIALIZABLE[<f at 0x7f>]"}"#, "a.py::t[f] {}");
        named("a.py::t[v0]", "v0", r#"{"k": {"deep": 1}}"#, "a.py::t[v0] {}");
        named("a.py::t", "", "null", "a.py::t {}");
    }

    #[test]
    fn facts_are_read() {
        let text = r#"{"datetime": "2026-11-21T00:01:19.827364+00:00", "version": "5.3.1", "benchmarks": [{"fullname": "a", "stats": {"mean": 1}}],
            "commit_info": {"id": "4b825dc6", "branch": "main"},
            "machine_info": {"python_version": "3.11.7", "python_implementation": "CPython", "cpu": {"brand_raw": "Cpu 9"}}}"#;
        let facts = parse_one(Harness::PytestBenchmark, text.as_bytes()).expect("result").facts;
        assert_eq!(facts.commit.as_deref(), Some("4b825dc6"));
        assert_eq!(facts.branch.as_deref(), Some("main"));
        assert_eq!(facts.cpu.as_deref(), Some("Cpu 9"));
        assert_eq!(facts.tools["python"], "3.11.7");
        assert_eq!(facts.tools["pytest-benchmark"], "5.3.1");
        assert_eq!(facts.measured_at.map(|at| at.as_second()), Some(1_795_219_279));
        let unversioned = text.replace("4b825dc6", "unversioned").replace("main", "(unknown)");
        let facts = parse_one(Harness::PytestBenchmark, unversioned.as_bytes()).expect("result").facts;
        assert_eq!((facts.commit, facts.branch), (None, None));
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        assert_snapshot!(list(r#"{"benchmarks": [{"stats": {"median": 1}}, {"name": "n", "stats": {"median": "x"}}, {"name": "m", "stats": {"median": 0}}]}"#), @r"
        m#time 0 ns, lower, median
        ! benchmark 1 has no name: left out
        ! n: its statistics hold neither a median nor a mean nor rounds: its time was left out
        ! m: its time is zero
        ");
        assert_snapshot!(list(r#"{"benchmarks": []}"#), @"empty");
        assert_snapshot!(list(r#"{"results": []}"#), @"in is not what pytest-benchmark writes: it has no `benchmarks`");
        assert_snapshot!(list(r#"{"benchmarks": [{"#), @"in ends in the middle: EOF while parsing an object at line 1 column 17");
    }

    proptest! {
        #[test]
        fn the_order_of_benchmarks_and_fields_is_irrelevant(medians in prop::collection::vec(1_u32..1000, 1..20)) {
            let entry = |(place, median): (usize, &u32)| format!(r#"{{"fullname": "b{place}", "stats": {{"data": [{median}, 1], "median": {median}}}}}"#);
            let turned = |(place, median): (usize, &u32)| format!(r#"{{"stats": {{"median": {median}, "data": [{median}, 1]}}, "fullname": "b{place}"}}"#);
            let forwards: Vec<_> = medians.iter().enumerate().map(entry).collect();
            let backwards: Vec<_> = medians.iter().enumerate().map(turned).rev().collect();
            let read = |entries: Vec<String>| {
                let text = format!(r#"{{"benchmarks": [{}]}}"#, entries.join(","));
                let mut measurements = parse_one(Harness::PytestBenchmark, text.as_bytes()).expect("result").measurements;
                measurements.sort_by(|left, right| left.benchmark.cmp(&right.benchmark));
                measurements
            };
            prop_assert_eq!(read(forwards), read(backwards));
        }
    }
}
