//! The hot paths of every run: parse, append, judge, render. The default suite; under 30 seconds.

use divan::{Bencher, counter::BytesCount};
use plimsoll_analyse::{SeriesInput, evaluate};
use plimsoll_bench as inputs;
use plimsoll_model::{Policy, Run, SeriesKey};
use plimsoll_parse::{Harness, Input};

fn main() {
    divan::main();
}

fn parse_text(bencher: Bencher<'_, '_>, harness: Harness, text: &str) {
    bencher.counter(BytesCount::of_str(text)).bench(|| {
        let mut reader = text.as_bytes();
        plimsoll_parse::parse(harness, &mut [Input { name: "-", modified: None, reader: &mut reader }])
    });
}

#[divan::bench(min_time = 1)]
fn parse_pytest_benchmark(bencher: Bencher<'_, '_>) {
    parse_text(bencher, Harness::PytestBenchmark, &inputs::pytest_benchmark(50, 1_000));
}

#[divan::bench(min_time = 1)]
fn parse_go_text(bencher: Bencher<'_, '_>) {
    parse_text(bencher, Harness::GoText, &inputs::go_text(1_000, 10));
}

#[divan::bench(min_time = 1)]
fn parse_go_json(bencher: Bencher<'_, '_>) {
    parse_text(bencher, Harness::GoJson, &inputs::go_json(5_000));
}

#[divan::bench(min_time = 1)]
fn parse_divan(bencher: Bencher<'_, '_>) {
    parse_text(bencher, Harness::Divan, &inputs::divan_text(1_000));
}

#[divan::bench(min_time = 1)]
fn parse_plimsoll_run(bencher: Bencher<'_, '_>) {
    parse_text(bencher, Harness::PlimsollRun, &inputs::run_json(1, 1_000));
}

#[divan::bench(min_time = 1)]
fn parse_criterion(bencher: Bencher<'_, '_>) {
    let benchmarks = inputs::criterion(100);
    let files: Vec<(String, &str)> = benchmarks.iter().flat_map(inputs::Criterion::files).collect();
    let bytes: usize = files.iter().map(|(_, text)| text.len()).sum();
    bencher.counter(BytesCount::new(bytes)).bench(|| {
        let mut readers: Vec<(&str, &[u8])> =
            files.iter().map(|(name, text)| (name.as_str(), text.as_bytes())).collect();
        let mut opened: Vec<Input<'_>> =
            readers.iter_mut().map(|(name, reader)| Input { name, modified: None, reader }).collect();
        plimsoll_parse::parse(Harness::Criterion, &mut opened)
    });
}

fn judged_series<'a>(run: &'a Run, history: &[Run]) -> Vec<SeriesInput<'a>> {
    run.measurements
        .iter()
        .enumerate()
        .map(|(index, measurement)| SeriesInput {
            key: SeriesKey {
                suite: run.suite.clone(),
                testbed: run.context.testbed.clone(),
                benchmark: measurement.benchmark.to_string(),
                parameters: measurement.parameters.clone(),
                metric: measurement.metric.name.to_string(),
            },
            unit: measurement.metric.unit.clone(),
            direction: measurement.metric.direction,
            measurement: Some(measurement),
            history: history.iter().map(|run| run.measurements[index].value).collect(),
            pooled_samples: Vec::new(),
            newest_age_days: 0.0,
            unit_before: None,
            testbed_is_new: false,
        })
        .collect()
}

#[divan::bench(min_time = 1)]
fn judge_1000_series(bencher: Bencher<'_, '_>) {
    let history: Vec<Run> = (0..64).map(|commit| inputs::run_of(commit, 1_000)).collect();
    let run = inputs::run_of(64, 1_000);
    let series = judged_series(&run, &history);
    let policy = Policy::default();
    bencher.bench(|| evaluate(&series, &policy));
}
