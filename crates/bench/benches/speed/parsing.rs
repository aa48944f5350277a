//! Parsers against `serde_json` reading the same bytes into typed structs.

use std::io::BufReader;

use plimsoll_bench as inputs;
use plimsoll_model::Unit;
use plimsoll_parse::{Harness, Input, Parsed, parse};
use serde::Deserialize;

use crate::clock::{alone, in_turn};
use crate::table::Table;

/// Nanoseconds in a second.
const NANOSECONDS: f64 = 1e9;

#[derive(Deserialize)]
struct PytestFile {
    #[expect(dead_code, reason = "read to be timed")]
    benchmarks: Vec<PytestEntry>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "read to be timed")]
struct PytestEntry {
    fullname: String,
    params: Option<serde_json::Value>,
    extra_info: serde_json::Value,
    stats: PytestStats,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "read to be timed")]
struct PytestStats {
    min: f64,
    max: f64,
    mean: f64,
    stddev: f64,
    median: f64,
    rounds: u64,
    iterations: u64,
    data: Vec<f64>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "read to be timed")]
struct CriterionSample {
    iters: Vec<f64>,
    times: Vec<f64>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "read to be timed")]
struct CriterionEstimates {
    mean: CriterionEstimate,
    median: CriterionEstimate,
    slope: Option<CriterionEstimate>,
    std_dev: CriterionEstimate,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "read to be timed")]
struct CriterionEstimate {
    confidence_interval: CriterionInterval,
    point_estimate: f64,
    standard_error: f64,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "read to be timed")]
struct CriterionInterval {
    confidence_level: f64,
    lower_bound: f64,
    upper_bound: f64,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "read to be timed")]
struct CriterionName {
    full_id: String,
    group_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(dead_code, reason = "read to be timed")]
struct GoEvent {
    action: String,
    package: String,
    output: Option<String>,
}

fn parsed(harness: Harness, text: &str) -> Option<Parsed> {
    let mut reader = text.as_bytes();
    parse(harness, &mut [Input { name: "-", modified: None, reader: &mut reader }]).ok()
}

/// Measures every promise about parsing.
pub(crate) fn measure(table: &mut Table) {
    let text = inputs::pytest_benchmark(100, 2_000);
    let floor = || serde_json::from_reader::<_, PytestFile>(BufReader::new(text.as_bytes())).ok();
    let (own, floor) = in_turn(|| parsed(Harness::PytestBenchmark, &text), floor);
    against_serde(table, "parse pytest-benchmark", own, floor);

    let text = inputs::go_json(20_000);
    let floor = || {
        let stream = serde_json::Deserializer::from_reader(BufReader::new(text.as_bytes()));
        stream.into_iter::<GoEvent>().map_while(Result::ok).collect::<Vec<_>>()
    };
    let (own, floor) = in_turn(|| parsed(Harness::GoJson, &text), floor);
    against_serde(table, "parse go test -json", own, floor);

    measure_criterion(table);
    for (name, harness, text) in [
        ("parse go test -bench -count 10", Harness::GoText, inputs::go_text(10_000, 10)),
        ("parse go test -bench, each line another benchmark", Harness::GoText, inputs::go_text(100_000, 1)),
        ("parse divan text", Harness::Divan, inputs::divan_text(10_000)),
    ] {
        let seconds = alone(9, || parsed(harness, &text));
        table.at_least(name, text.len() as f64 / seconds, Unit::BYTES_PER_SECOND, 200e6);
    }
}

fn measure_criterion(table: &mut Table) {
    let benchmarks = inputs::criterion(500);
    let named: Vec<(String, &str)> = benchmarks.iter().flat_map(inputs::Criterion::files).collect();
    let own = || {
        let mut readers: Vec<(&str, &[u8])> =
            named.iter().map(|(name, text)| (name.as_str(), text.as_bytes())).collect();
        let mut opened: Vec<Input<'_>> =
            readers.iter_mut().map(|(name, reader)| Input { name, modified: None, reader }).collect();
        parse(Harness::Criterion, &mut opened).ok()
    };
    let floor = || {
        let read = |one: &inputs::Criterion| {
            let name: CriterionName =
                serde_json::from_reader(BufReader::new(one.benchmark.as_bytes())).ok()?;
            let estimates: CriterionEstimates =
                serde_json::from_reader(BufReader::new(one.estimates.as_bytes())).ok()?;
            let sample: CriterionSample =
                serde_json::from_reader(BufReader::new(one.sample.as_bytes())).ok()?;
            Some((name, estimates, sample))
        };
        benchmarks.iter().map(read).collect::<Vec<_>>()
    };
    let (own, floor) = in_turn(own, floor);
    against_serde(table, "parse Criterion", own, floor);
}

fn against_serde(table: &mut Table, name: &str, own: f64, floor: f64) {
    let floor = ("serde_json::from_reader, typed", floor * NANOSECONDS);
    table.against_floor(name, own * NANOSECONDS, Unit::NANOSECONDS, floor, 2.0);
}
