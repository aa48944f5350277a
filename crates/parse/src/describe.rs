//! What each harness is, how to get its results and what is read from them: the source of the reference page.

use crate::Harness;

/// A harness for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HarnessDescription {
    /// Its name as its makers write it.
    pub title: &'static str,
    /// A command that leaves what is read.
    pub produce: &'static str,
    /// The statistic that is the headline value.
    pub headline: &'static str,
    /// The metrics that are read where the harness reports them.
    pub metrics: &'static [&'static str],
    /// What else travels along: samples, intervals, parameters; and what does not.
    pub carries: &'static str,
}

const fn new(
    title: &'static str,
    produce: &'static str,
    headline: &'static str,
    metrics: &'static [&'static str],
    carries: &'static str,
) -> HarnessDescription {
    HarnessDescription { title, produce, headline, metrics, carries }
}

/// Describes a harness.
pub fn describe(harness: Harness) -> HarnessDescription {
    match harness {
        Harness::Criterion | Harness::CriterionText | Harness::Libtest | Harness::Divan => rust(harness),
        Harness::PytestBenchmark | Harness::PytestJsonReport | Harness::Pyperf => python(harness),
        Harness::GoText | Harness::GoJson | Harness::GoogleBenchmark => compiled(harness),
        _ => any_language(harness),
    }
}

fn rust(harness: Harness) -> HarnessDescription {
    match harness {
        Harness::Criterion => new(
            "Criterion",
            "cargo bench (then the directory target/criterion)",
            "slope; mean in flat mode",
            &["time", "throughput", "throughput_bytes"],
            "samples, 95 % interval, iterations, mean, median and deviations",
        ),
        Harness::CriterionText => new(
            "Criterion, text",
            "cargo bench | tee bench.txt",
            "estimate (the middle one of three)",
            &["time", "throughput", "throughput_bytes"],
            "95 % interval; no samples: the files say more",
        ),
        Harness::Libtest => new(
            "libtest",
            "RUSTC_BOOTSTRAP=1 cargo bench | tee bench.txt",
            "median",
            &["time", "throughput"],
            "the spread between slowest and fastest; also `--output-format bencher` of Criterion and `--format json`",
        ),
        _ => new(
            "divan",
            "cargo bench | tee bench.txt",
            "median",
            &["time", "throughput", "throughput_bytes", "allocations", "allocated_bytes", "heap_peak"],
            "fastest, slowest and mean, iterations; tables of `AllocProfiler`; no samples",
        ),
    }
}

fn python(harness: Harness) -> HarnessDescription {
    match harness {
        Harness::PytestBenchmark => new(
            "pytest-benchmark",
            "pytest --benchmark-json=bench.json",
            "median",
            &["time", "numbers in `extra_info` by their names"],
            "rounds as samples, parameters, iterations, quartiles",
        ),
        Harness::PytestJsonReport => new(
            "pytest-json-report",
            "pytest --json-report --json-report-file=report.json",
            "duration of the call",
            &["time"],
            "set-up and tear-down as estimates, outcome of each test",
        ),
        _ => new(
            "pyperf",
            "python -m pyperf timeit -o bench.json STATEMENT",
            "median of the values",
            &["time", "peak_rss", "heap_peak", "count"],
            "values of all processes as samples; warm-ups are left out",
        ),
    }
}

fn compiled(harness: Harness) -> HarnessDescription {
    let go_metrics = &["time", "throughput", "allocated_bytes", "allocations", "own metrics by their units"];
    match harness {
        Harness::GoText => new(
            "go test -bench",
            "go test -run '^$' -bench . -benchmem -count=10 ./... | tee bench.txt",
            "median over -count",
            go_metrics,
            "repetitions as samples, iterations, `/key=value` as parameters",
        ),
        Harness::GoJson => new(
            "go test -bench -json",
            "go test -run '^$' -bench . -benchmem -count=10 -json ./... > bench.json",
            "median over -count",
            go_metrics,
            "the same as the text",
        ),
        _ => new(
            "Google Benchmark",
            "./bench --benchmark_repetitions=10 --benchmark_out=bench.json --benchmark_out_format=json",
            "median over repetitions",
            &["time", "cpu_time", "throughput", "throughput_bytes", "counters by their names"],
            "repetitions as samples, iterations, arguments",
        ),
    }
}

fn any_language(harness: Harness) -> HarnessDescription {
    match harness {
        Harness::Hyperfine => new(
            "hyperfine",
            "hyperfine --export-json bench.json COMMAND",
            "median; mean of cpu_time",
            &["time", "cpu_time", "peak_rss"],
            "runs as samples, parameters, outcome by exit code",
        ),
        Harness::GnuTime => new(
            "GNU time",
            "/usr/bin/time -v COMMAND 2> time.txt",
            "the value; median over repeated commands",
            &["time", "cpu_time", "peak_rss", "page faults, context switches, file system blocks"],
            "outcome by exit status or signal; repeats as samples",
        ),
        Harness::CustomSmallerIsBetter | Harness::CustomBiggerIsBetter => new(
            "github-action-benchmark, custom JSON",
            "[{\"name\": \"start\", \"unit\": \"ms\", \"value\": 12}]",
            "the value",
            &["by unit"],
            "`range` where it is a number; the file does not say which way is better, the harness's name does",
        ),
        Harness::BencherMetricFormat => new(
            "Bencher Metric Format",
            "{\"start\": {\"latency\": {\"value\": 12.0, \"lower_value\": 11.0, \"upper_value\": 13.0}}}",
            "the value",
            &["measures by their names"],
            "lower and upper value as interval",
        ),
        _ => new(
            "plimsoll.run/1",
            "plimsoll export jsonl > history.jsonl",
            "as written",
            &["as written"],
            "whole runs with their context, one document or one a line",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_harness_has_its_own_description() {
        for harness in Harness::ALL {
            let others = Harness::ALL.into_iter().filter(|other| describe(*other) == describe(harness));
            let is_custom = harness.name().starts_with("custom-");
            assert_eq!(others.count(), if is_custom { 2 } else { 1 }, "{harness}");
        }
    }
}
