//! pyperf's JSON (`-o`), version 1.0.
//!
//! * A benchmark is the `name` in its metadata, or in the file's where there is only one benchmark. Metadata of a run
//!   goes before that of its benchmark, and that before the file's, which stands last in the file.
//! * Each run is a process. Only `values` count: runs without (calibration) and `warmups` do not. All values are
//!   samples. The headline is their median, which one disturbed process does not move; the mean and the standard
//!   deviation that pyperf itself shows are estimates.
//! * The `unit` decides the metric: seconds are `time`; bytes are what `--track-memory` and `--tracemalloc` measure,
//!   `peak_rss` and `heap_peak`; whole numbers are `count`, whose direction nobody says.
//! * The peak memory of a run's process (`mem_max_rss`, of a measured command `command_max_rss`) is `peak_rss`.
//! * `date` is local time of an unknown zone and tells nothing. `iterations` are values times `loops` times `inner_loops`.

use std::fmt;

use plimsoll_model::{Complaint, Direction, Measurement, Metric, Unit, name};
use serde::Deserialize;
use serde::de::{Deserializer, SeqAccess, Visitor};

use crate::json::read_json;
use crate::loose::Loose;
use crate::samples::{SampleBudget, Samples};
use crate::{Harness, Input, ParseError, Parsed};

/// Reads the inputs as one result.
pub(crate) fn parse(inputs: &mut [Input<'_>]) -> Result<Parsed, ParseError> {
    let mut parsed = Parsed::default();
    let mut budget = SampleBudget::new();
    for input in inputs {
        let document = read_json(Harness::Pyperf, input, std::marker::PhantomData::<File>)?;
        parsed.complaints.extend(document.complaints);
        let file = document.value;
        for (place, benchmark) in file.benchmarks.into_iter().enumerate() {
            benchmark.report(place + 1, &file.metadata, &mut parsed, &mut budget);
        }
        facts(&file.metadata, &mut parsed);
    }
    budget.finish(&mut parsed.complaints);
    Ok(parsed)
}

fn facts(metadata: &Loose, parsed: &mut Parsed) {
    let facts = &mut parsed.facts;
    if let Some(cpu) = metadata.get("cpu_model_name").text() {
        facts.cpu = Some(cpu.to_owned());
    }
    for (field, tool) in [("perf_version", "pyperf"), ("python_version", "python")] {
        if let Some(version) = metadata.get(field).text() {
            let version = version.split(' ').next().unwrap_or(version);
            facts.tools.insert(tool.to_owned(), version.to_owned());
        }
    }
}

#[derive(Deserialize)]
struct File {
    benchmarks: Vec<Benchmark>,
    #[serde(default)]
    metadata: Loose,
}

#[derive(Deserialize)]
struct Benchmark {
    #[serde(default)]
    metadata: Loose,
    #[serde(default)]
    runs: Runs,
}

#[derive(Deserialize)]
struct Run {
    #[serde(default)]
    metadata: Loose,
    #[serde(default)]
    values: Vec<Option<f64>>,
}

/// All runs of a benchmark, collected while they are read.
#[derive(Default)]
struct Runs {
    values: Samples,
    peak_rss: Samples,
    /// `None` as long as the runs say nothing of their own about loops.
    iterations: Option<u64>,
    /// Values of runs that say nothing about loops.
    plain_values: u64,
    traced: bool,
}

impl Runs {
    fn add(&mut self, run: &Run) {
        if run.values.is_empty() {
            return;
        }
        for value in &run.values {
            self.values.push(value.unwrap_or(f64::NAN));
        }
        let peak = ["command_max_rss", "mem_max_rss"].map(|field| run.metadata.get(field).number());
        if let Some(bytes) = peak.into_iter().flatten().next() {
            self.peak_rss.push(bytes);
        }
        self.traced |= run.metadata.get("tracemalloc_peak").number().is_some();
        let values = run.values.len() as u64;
        match run.metadata.get("loops").count() {
            Some(loops) => {
                let inner = run.metadata.get("inner_loops").count().unwrap_or(1);
                let more = values.saturating_mul(loops).saturating_mul(inner);
                self.iterations = Some(self.iterations.unwrap_or(0).saturating_add(more));
            }
            None => self.plain_values += values,
        }
    }
}

impl Benchmark {
    /// Adds its measurements; `place` counts the benchmarks from 1, for those without a name.
    fn report(self, place: usize, file: &Loose, parsed: &mut Parsed, budget: &mut SampleBudget) {
        let own = |field: &str| match self.metadata.get(field) {
            Loose::Nothing => file.get(field),
            value => value,
        };
        let complaints = &mut parsed.complaints;
        let Some(name) = own("name").text() else {
            complaints.push(Complaint::new(format!("benchmark {place} has no name: left out")));
            return;
        };
        let runs = self.runs;
        let unit = own("unit").text().unwrap_or("second");
        let Some(median) = runs.values.median() else {
            complaints.push(Complaint::new(format!("{name}: it has no values: left out")));
            return;
        };
        let Some((metric, factor)) = metric(unit, runs.traced) else {
            complaints.push(Complaint::new(format!("{name}: the unit `{unit}` is not known: left out")));
            return;
        };
        let loops = own("loops").count().unwrap_or(1);
        let inner = own("inner_loops").count().unwrap_or(1);
        let plain = runs.plain_values.saturating_mul(loops).saturating_mul(inner);
        let is_memory = metric.unit == Unit::BYTES;
        let mut main = Measurement::new(Harness::Pyperf, name, metric, median * factor);
        main.statistic = name!("median");
        main.iterations = plain.saturating_add(runs.iterations.unwrap_or(0)).into();
        let mut values = runs.values;
        values.scale(factor);
        budget.fill(&mut main, &values, complaints);
        parsed.measurements.push(main);
        if let Some(median) = runs.peak_rss.median()
            && !is_memory
        {
            let metric = Metric::new(name!("peak_rss"), Unit::BYTES, Direction::Lower);
            let mut peak = Measurement::new(Harness::Pyperf, name, metric, median);
            peak.statistic = name!("median");
            budget.fill(&mut peak, &runs.peak_rss, complaints);
            parsed.measurements.push(peak);
        }
    }
}

/// The metric that values of `unit` are of, and the factor into its normal unit.
fn metric(unit: &str, traced: bool) -> Option<(Metric, f64)> {
    let metric = match unit {
        "second" => return Some((Metric::time(), 1e9)),
        "byte" => {
            let name = if traced { "heap_peak" } else { "peak_rss" };
            Metric::new(name, Unit::BYTES, Direction::Lower)
        }
        "integer" => Metric::new(name!("count"), Unit::COUNT, Direction::None),
        _ => return None,
    };
    Some((metric, 1.0))
}

impl<'de> Deserialize<'de> for Runs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(RunsVisitor)
    }
}

struct RunsVisitor;

impl<'de> Visitor<'de> for RunsVisitor {
    type Value = Runs;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list of runs")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Runs, A::Error> {
        let mut runs = Runs::default();
        while let Some(run) = list.next_element::<Run>()? {
            runs.add(&run);
        }
        Ok(runs)
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use proptest::prelude::*;

    use super::*;
    use crate::listing::{listing, parse_one};

    fn list(text: &str) -> String {
        listing(Harness::Pyperf, text.as_bytes())
    }

    #[test]
    fn values_of_all_processes_are_samples_and_calibration_is_not() {
        assert_snapshot!(list(r#"{"benchmarks": [{"runs": [
            {"metadata": {"calibrate_loops": 8, "mem_max_rss": 9}, "warmups": [[1, 5.0], [8, 4.0]]},
            {"metadata": {"date": "2026-11-21 00:01:24.9", "mem_max_rss": 100}, "values": [1e-6, 3e-6], "warmups": [[8, 9.0]]},
            {"metadata": {"mem_max_rss": 300}, "values": [2e-6]}]}],
            "metadata": {"loops": 8, "inner_loops": 10, "name": "parse", "unit": "second"}, "version": "1.0"}"#), @r"
        parse#time 2000 ns, lower, median, 3 samples, 240 iterations
        parse#peak_rss 200 bytes, lower, median, 2 samples
        ");
    }

    #[test]
    fn names_and_units_of_a_suite_are_its_benchmarks_own() {
        assert_snapshot!(list(r#"{"metadata": {"unit": "byte", "loops": 5}, "benchmarks": [
            {"metadata": {"name": "a"}, "runs": [{"values": [4096, 8192], "metadata": {"mem_max_rss": 1}}]},
            {"metadata": {"name": "b", "unit": "integer"}, "runs": [{"values": [3], "metadata": {"loops": 2}}]},
            {"metadata": {"name": "c", "unit": "parsec"}, "runs": [{"values": [3]}]},
            {"metadata": {"name": "d"}, "runs": [{"warmups": [[1, 2]]}]},
            {"runs": [{"values": [3]}]}]}"#), @r"
        a#peak_rss 6144 bytes, lower, median, 2 samples, 10 iterations
        b#count 3 count, neither, median, 2 iterations
        ! c: the unit `parsec` is not known: left out
        ! d: it has no values: left out
        ! benchmark 5 has no name: left out
        ");
        assert_snapshot!(list(r#"{"results": []}"#), @"in is not what pyperf writes: missing field `benchmarks` at line 1 column 15");
    }

    #[test]
    fn facts_are_read() {
        let text = r#"{"benchmarks": [{"runs": [{"metadata": {"date": "2026-11-21 00:01:24.9"}, "values": [1]}]}],
            "metadata": {"name": "x", "perf_version": "2.10.0", "python_version": "3.11.7 (64-bit)", "cpu_model_name": "Cpu 9"}}"#;
        let facts = parse_one(Harness::Pyperf, text.as_bytes()).expect("result").facts;
        assert_eq!(facts.cpu.as_deref(), Some("Cpu 9"));
        assert_eq!((facts.tools["pyperf"].as_str(), facts.tools["python"].as_str()), ("2.10.0", "3.11.7"));
        assert_eq!(facts.measured_at, None);
    }

    proptest! {
        #[test]
        fn how_values_are_spread_over_processes_does_not_move_the_headline(values in prop::collection::vec(1_u32..1000, 1..40), size in 1_usize..10) {
            let read = |size: usize| {
                let runs: Vec<_> = values.chunks(size).map(|values| format!(r#"{{"values": {values:?}}}"#)).collect();
                let text = format!(r#"{{"benchmarks": [{{"runs": [{}]}}], "metadata": {{"name": "x"}}}}"#, runs.join(","));
                parse_one(Harness::Pyperf, text.as_bytes()).expect("result").measurements
            };
            prop_assert_eq!(read(size), read(values.len()));
        }
    }
}
