//! How fast each format is read, beside the floor: `serde_json::from_reader` into a typed structure of the same
//! bytes. `cargo bench -p plimsoll-parse`

use std::fmt::Write as _;
use std::hint::black_box;
use std::io::BufReader;

use divan::Bencher;
use divan::counter::BytesCount;
use plimsoll_parse::{Harness, Input, parse};
use serde::Deserialize;

fn main() {
    divan::main();
}

/// Reads `files` again and again.
fn bench(bencher: Bencher<'_, '_>, harness: Harness, files: &[(String, String)]) {
    let total: usize = files.iter().map(|(_, text)| text.len()).sum();
    bencher.counter(BytesCount::new(total)).bench_local(|| {
        let mut readers: Vec<_> = files.iter().map(|(name, text)| (name, text.as_bytes())).collect();
        let mut inputs: Vec<_> =
            readers.iter_mut().map(|(name, reader)| Input { name, modified: None, reader }).collect();
        parse(harness, &mut inputs)
    });
}

fn one(text: String) -> Vec<(String, String)> {
    vec![("-".to_owned(), text)]
}

/// A number with the digits that a clock leaves.
fn noise(seed: usize) -> f64 {
    let mixed = (seed as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 11;
    1e-4 + mixed as f64 / (1_u64 << 53) as f64 * 1e-5
}

mod text {
    use super::*;

    #[divan::bench(sample_count = 20)]
    fn divan(bencher: Bencher<'_, '_>) {
        let mut text =
            "plain             fastest       │ slowest       │ median        │ mean          │ samples │ iters\n".to_owned();
        for group in 0..50 {
            let _ = writeln!(
                text,
                "├─ group{group}                     │               │               │               │         │"
            );
            for case in 0..20 {
                let _ = writeln!(
                    text,
                    "│  ├─ case{case}      2.{group} ns      │ 3.{case} ns      │ 2.377 ns      │ 2.377 ns      │ 20      │ 20480"
                );
            }
        }
        bench(bencher, Harness::Divan, &one(text));
    }

    #[divan::bench(sample_count = 20)]
    fn divan_with_allocations(bencher: Bencher<'_, '_>) {
        let case = include_str!("../corpus/divan/0.1.21/alloc.txt");
        let text: String = (0..200)
            .map(|copy| case.replace("alloc       fastest", &format!("alloc{copy}     fastest")))
            .collect();
        bench(bencher, Harness::Divan, &one(text));
    }

    #[divan::bench(sample_count = 20)]
    fn libtest(bencher: Bencher<'_, '_>) {
        let mut text = String::new();
        for case in 0..10_000 {
            let _ = writeln!(
                text,
                "test group::case_{case:<8} ... bench:     193,158.85 ns/iter (+/- 21,204.40)"
            );
        }
        bench(bencher, Harness::Libtest, &one(text));
    }

    #[divan::bench(sample_count = 20)]
    fn go(bencher: Bencher<'_, '_>) {
        bench(bencher, Harness::GoText, &one(go_text()));
    }

    pub(super) fn go_text() -> String {
        let mut text = "goos: linux\ngoarch: amd64\npkg: example.com/sums\ncpu: Some Processor\n".to_owned();
        for case in 0..1_000 {
            for count in 0..10 {
                let _ = writeln!(
                    text,
                    "BenchmarkSum/size={case}-2         \t 1000000\t      10{count}.5 ns/op\t 727.76 MB/s\t      64 B/op\t       1 allocs/op"
                );
            }
        }
        text + "PASS\nok  \texample.com/sums\t1.234s\n"
    }
}

mod criterion {
    use super::*;

    fn files() -> Vec<(String, String)> {
        let (mut iters, mut times) = (Vec::new(), Vec::new());
        for sample in 1..=100 {
            iters.push(format!("{}.0", sample * 750));
            times.push(format!("{}", (sample * 750) as f64 * noise(sample) * 1e6));
        }
        let sample = format!(
            r#"{{"sampling_mode":"Linear","iters":[{}],"times":[{}]}}"#,
            iters.join(","),
            times.join(",")
        );
        let estimates = include_str!("../corpus/criterion/0.8.2/sums/sum/bytes/new/estimates.json");
        let benchmark = include_str!("../corpus/criterion/0.8.2/sums/sum/bytes/new/benchmark.json");
        (0..300)
            .flat_map(|case| {
                let id = format!(r#""full_id":"sum/{case}""#);
                [
                    (
                        format!("{case}/new/benchmark.json"),
                        benchmark.replace(r#""full_id":"sum/bytes""#, &id),
                    ),
                    (format!("{case}/new/estimates.json"), estimates.to_owned()),
                    (format!("{case}/new/sample.json"), sample.clone()),
                ]
            })
            .collect()
    }

    #[divan::bench(sample_count = 20)]
    fn ours(bencher: Bencher<'_, '_>) {
        bench(bencher, Harness::Criterion, &files());
    }

    #[derive(Deserialize)]
    #[expect(dead_code, reason = "only the reading counts")]
    struct Sample {
        iters: Vec<f64>,
        times: Vec<f64>,
    }

    #[derive(Deserialize)]
    #[expect(dead_code, reason = "only the reading counts")]
    struct Benchmark {
        full_id: String,
        group_id: String,
        title: String,
    }

    #[divan::bench(sample_count = 20)]
    fn floor(bencher: Bencher<'_, '_>) {
        let files = files();
        let total: usize = files.iter().map(|(_, text)| text.len()).sum();
        bencher.counter(BytesCount::new(total)).bench_local(|| {
            for (name, text) in &files {
                let reader = BufReader::new(text.as_bytes());
                if name.ends_with("sample.json") {
                    black_box(serde_json::from_reader::<_, Sample>(reader).is_ok());
                } else if name.ends_with("benchmark.json") {
                    black_box(serde_json::from_reader::<_, Benchmark>(reader).is_ok());
                } else {
                    black_box(serde_json::from_reader::<_, Estimates>(reader).is_ok());
                }
            }
        });
    }

    #[derive(Deserialize)]
    #[expect(dead_code, reason = "only the reading counts")]
    struct Estimates {
        mean: Estimate,
        median: Estimate,
        median_abs_dev: Estimate,
        slope: Option<Estimate>,
        std_dev: Estimate,
    }

    #[derive(Deserialize)]
    #[expect(dead_code, reason = "only the reading counts")]
    struct Estimate {
        confidence_interval: Interval,
        point_estimate: f64,
        standard_error: f64,
    }

    #[derive(Deserialize)]
    #[expect(dead_code, reason = "only the reading counts")]
    struct Interval {
        confidence_level: f64,
        lower_bound: f64,
        upper_bound: f64,
    }
}

mod pytest_benchmark {
    use super::*;

    fn file() -> String {
        let entries: Vec<_> = (0..50)
            .map(|case| {
                let data: Vec<_> = (0..2_000).map(|round| noise(case * 2_000 + round).to_string()).collect();
                format!(
                    r#"{{"group": null, "name": "test_{case}", "fullname": "tests/test_sum.py::test_{case}", "params": null, "param": null,
                    "extra_info": {{}}, "options": {{"timer": "perf_counter"}}, "stats": {{"min": 1e-4, "max": 2e-4, "mean": 1.5e-4,
                    "stddev": 1e-5, "rounds": 2000, "median": 1.5e-4, "iqr": 1e-5, "q1": 1e-4, "q3": 2e-4, "ops": 6666.6,
                    "total": 0.3, "data": [{}], "iterations": 1}}}}"#,
                    data.join(", ")
                )
            })
            .collect();
        format!(
            r#"{{"machine_info": {{"cpu": {{"brand_raw": "Some Processor"}}}}, "commit_info": {{"id": "unversioned"}},
            "benchmarks": [{}], "datetime": "2026-11-20T08:01:00.000000+00:00", "version": "5.3.1"}}"#,
            entries.join(", ")
        )
    }

    #[divan::bench(sample_count = 20)]
    fn ours(bencher: Bencher<'_, '_>) {
        bench(bencher, Harness::PytestBenchmark, &one(file()));
    }

    #[derive(Deserialize)]
    #[expect(dead_code, reason = "only the reading counts")]
    struct File {
        benchmarks: Vec<Benchmark>,
        datetime: String,
    }

    #[derive(Deserialize)]
    #[expect(dead_code, reason = "only the reading counts")]
    struct Benchmark {
        fullname: String,
        stats: Stats,
    }

    #[derive(Deserialize)]
    #[expect(dead_code, reason = "only the reading counts")]
    struct Stats {
        min: f64,
        max: f64,
        mean: f64,
        median: f64,
        stddev: f64,
        data: Vec<f64>,
    }

    #[divan::bench(sample_count = 20)]
    fn floor(bencher: Bencher<'_, '_>) {
        let text = file();
        bencher
            .counter(BytesCount::new(text.len()))
            .bench_local(|| serde_json::from_reader::<_, File>(BufReader::new(text.as_bytes())));
    }
}

mod go_json {
    use super::*;

    fn file() -> String {
        let mut json = String::new();
        for line in text::go_text().lines() {
            let output = serde_json::to_string(&format!("{line}\n")).expect("a string");
            let _ = writeln!(
                json,
                r#"{{"Time":"2026-11-20T08:01:00.000000001Z","Action":"output","Package":"example.com/sums","Output":{output}}}"#
            );
        }
        json
    }

    #[divan::bench(sample_count = 20)]
    fn ours(bencher: Bencher<'_, '_>) {
        bench(bencher, Harness::GoJson, &one(file()));
    }

    #[derive(Deserialize)]
    #[expect(dead_code, reason = "only the reading counts")]
    #[serde(rename_all = "PascalCase")]
    struct Event {
        time: String,
        action: String,
        package: String,
        output: Option<String>,
    }

    #[divan::bench(sample_count = 20)]
    fn floor(bencher: Bencher<'_, '_>) {
        let text = file();
        bencher.counter(BytesCount::new(text.len())).bench_local(|| {
            let events =
                serde_json::Deserializer::from_reader(BufReader::new(text.as_bytes())).into_iter::<Event>();
            black_box(events.filter(Result::is_ok).count())
        });
    }
}
