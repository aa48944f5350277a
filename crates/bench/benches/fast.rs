//! The hot paths of every run: parse, append, judge, render. The default suite; under 30 seconds.

use divan::{Bencher, counter::BytesCount};
use plimsoll_analyse::{SeriesInput, evaluate};
use plimsoll_bench as inputs;
use plimsoll_model::{FailOn, Policy, Run, SeriesKey};
use plimsoll_parse::{Harness, Input};
use plimsoll_report::{RunFacts, RunView, Screen};
use plimsoll_store::SqliteStore;

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

/// Results of the harnesses that need no large ones: small genuine files, as `crates/parse/corpus` keeps them.
const SMALL_RESULTS: [(&str, Harness, &str); 10] = [
    ("bencher_metric_format", Harness::BencherMetricFormat, "bencher-metric-format/schema/measures.json"),
    ("criterion_text", Harness::CriterionText, "criterion-text/0.8.2/coloured.txt"),
    ("custom_bigger", Harness::CustomBiggerIsBetter, "custom-bigger-is-better/schema/entries.json"),
    ("custom_smaller", Harness::CustomSmallerIsBetter, "custom-smaller-is-better/schema/entries.json"),
    ("gnu_time", Harness::GnuTime, "gnu-time/1.9/several.txt"),
    ("google_benchmark", Harness::GoogleBenchmark, "google-benchmark/1.7.1/repetitions.json"),
    ("hyperfine", Harness::Hyperfine, "hyperfine/1.20.0/parameters.json"),
    ("libtest", Harness::Libtest, "libtest/1.95/sums-json.json"),
    ("pyperf", Harness::Pyperf, "pyperf/2.10.0/suite.json"),
    ("pytest_json_report", Harness::PytestJsonReport, "pytest-json-report/1.5.0/outcomes.json"),
];

#[divan::bench(min_time = 0.4, args = SMALL_RESULTS.map(|(name, _, _)| name))]
fn parse_small(bencher: Bencher<'_, '_>, name: &str) {
    let corpus = concat!(env!("CARGO_MANIFEST_DIR"), "/../parse/corpus");
    let (_, harness, file) =
        SMALL_RESULTS.into_iter().find(|small| small.0 == name).unwrap_or(SMALL_RESULTS[0]);
    let text = std::fs::read(format!("{corpus}/{file}")).unwrap_or_default();
    assert!(!text.is_empty(), "{corpus}/{file} holds nothing");
    bencher.counter(BytesCount::of_slice(&text)).bench(|| {
        let mut reader = text.as_slice();
        plimsoll_parse::parse(harness, &mut [Input { name: "-", modified: None, reader: &mut reader }])
    });
}

fn judged_series<'a>(run: &'a Run, history: &[Run]) -> Vec<SeriesInput<'a>> {
    run.measurements
        .iter()
        .enumerate()
        .map(|(index, measurement)| SeriesInput {
            history: history.iter().map(|run| run.measurements[index].value).collect(),
            ..SeriesInput::new(
                SeriesKey {
                    suite: run.suite.clone(),
                    testbed: run.context.testbed.clone(),
                    benchmark: measurement.benchmark.to_string(),
                    parameters: measurement.parameters.clone(),
                    metric: measurement.metric.name.to_string(),
                },
                measurement,
            )
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

/// Durable on disk: the disk's own mood is part of it.
#[divan::bench(min_time = 1)]
fn append_1000_measurements(bencher: Bencher<'_, '_>) {
    let folder = tempfile::tempdir().expect("a folder for the history");
    let mut store = SqliteStore::open(&folder.path().join("history.db")).expect("a new history");
    let mut commit = 0;
    bencher
        .with_inputs(|| {
            commit += 1;
            inputs::run_of(commit, 1_000)
        })
        .bench_local_refs(|run| store.append(run));
}

fn bench_view(bencher: Bencher<'_, '_>, render: impl Fn(&RunView<'_>) -> String + Sync) {
    let history: Vec<Run> = (0..20).map(|commit| inputs::run_of(commit, 1_000)).collect();
    let run = inputs::run_of(20, 1_000);
    let policy = Policy::default();
    let evaluation = evaluate(&judged_series(&run, &history), &policy);
    let gate = plimsoll_analyse::gate(&evaluation, &[], &policy, FailOn::default());
    let view = RunView {
        run: RunFacts::of(&run),
        evaluation: &evaluation,
        gate: &gate,
        usage: None,
        alerts: &[],
        complaints: &[],
        second_look: None,
    };
    bencher.bench(|| render(&view));
}

#[divan::bench(min_time = 0.5)]
fn render_terminal(bencher: Bencher<'_, '_>) {
    let screen = Screen { width: 100, color: true, unicode: true, now: jiff::Timestamp::UNIX_EPOCH };
    bench_view(bencher, |view| view.terminal(&screen, true));
}

#[divan::bench(min_time = 0.5)]
fn render_markdown(bencher: Bencher<'_, '_>) {
    bench_view(bencher, |view| view.markdown());
}

#[divan::bench(min_time = 0.5)]
fn render_json(bencher: Bencher<'_, '_>) {
    bench_view(bencher, |view| view.json());
}
