//! Result files as harnesses write them.

use std::fmt::Write as _;

use crate::Noise;

/// pytest-benchmark's JSON with `benchmarks` benchmarks of `rounds` rounds.
pub fn pytest_benchmark(benchmarks: usize, rounds: usize) -> String {
    let mut noise = Noise::seeded(1);
    let mut text = String::from(
        "{\"machine_info\":{\"node\":\"n\",\"processor\":\"\",\"machine\":\"x86_64\",\"python_version\":\"3.11.7\",\
         \"system\":\"Linux\",\"cpu\":{\"brand_raw\":\"cpu\",\"count\":2}},\"commit_info\":{\"id\":\"unversioned\",\
         \"time\":null,\"dirty\":false,\"branch\":\"main\"},\"benchmarks\":[",
    );
    for index in 0..benchmarks {
        let center = 1e-3 * (1.0 + index as f64 / 100.0);
        let data: Vec<f64> = (0..rounds).map(|_| noise.around(center, 0.02)).collect();
        let separator = if index == 0 { "" } else { "," };
        let _ = write!(
            text,
            "{separator}{{\"group\":null,\"name\":\"test_{index}\",\"fullname\":\"tests/test_speed.py::test_{index}\",\
             \"params\":null,\"param\":null,\"extra_info\":{{}},\"options\":{{\"disable_gc\":false,\"timer\":\"perf_counter\",\
             \"min_rounds\":5,\"max_time\":1.0,\"min_time\":0.000005,\"warmup\":false}},\"stats\":{{\"min\":{center},\
             \"max\":{center},\"mean\":{center},\"stddev\":1e-05,\"rounds\":{rounds},\"median\":{center},\"iqr\":1e-05,\
             \"q1\":{center},\"q3\":{center},\"iqr_outliers\":0,\"stddev_outliers\":0,\"outliers\":\"0;0\",\
             \"ld15iqr\":{center},\"hd15iqr\":{center},\"ops\":{},\"total\":1.0,\"data\":[",
            1.0 / center
        );
        for (place, value) in data.iter().enumerate() {
            let _ = write!(text, "{}{value}", if place == 0 { "" } else { "," });
        }
        text.push_str("],\"iterations\":1}}");
    }
    text.push_str("],\"datetime\":\"2026-11-20T08:00:00.000000+00:00\",\"version\":\"5.3.1\"}");
    text
}

/// Criterion's three files of one benchmark.
#[derive(Debug, Clone)]
pub struct Criterion {
    /// Where they would stand: `target/criterion/NAME/new`.
    pub directory: String,
    /// `benchmark.json`.
    pub benchmark: String,
    /// `estimates.json`.
    pub estimates: String,
    /// `sample.json`.
    pub sample: String,
}

impl Criterion {
    /// Name and content of each file.
    pub fn files(&self) -> [(String, &str); 3] {
        let name = |file: &str| format!("{}/{file}", self.directory);
        [
            (name("benchmark.json"), &self.benchmark),
            (name("estimates.json"), &self.estimates),
            (name("sample.json"), &self.sample),
        ]
    }
}

/// Criterion's files of `benchmarks` benchmarks with 100 samples each.
pub fn criterion(benchmarks: usize) -> Vec<Criterion> {
    let mut noise = Noise::seeded(2);
    let one = |index: usize| {
        let center = 1_000.0 + index as f64;
        let iterations: Vec<String> = (1..=100).map(|step| format!("{step}.0")).collect();
        let times: Vec<String> =
            (1..=100).map(|step| (f64::from(step) * noise.around(center, 0.02)).to_string()).collect();
        let estimate = |value: f64| {
            format!(
                "{{\"confidence_interval\":{{\"confidence_level\":0.95,\"lower_bound\":{},\"upper_bound\":{}}},\
                 \"point_estimate\":{value},\"standard_error\":1.25}}",
                value * 0.99,
                value * 1.01
            )
        };
        Criterion {
            directory: format!("target/criterion/bench_{index}/new"),
            benchmark: format!(
                "{{\"group_id\":\"bench_{index}\",\"function_id\":null,\"value_str\":null,\"throughput\":{{\"Elements\":1000}},\
                 \"full_id\":\"bench_{index}\",\"directory_name\":\"bench_{index}\",\"title\":\"bench_{index}\"}}"
            ),
            estimates: format!(
                "{{\"mean\":{0},\"median\":{0},\"median_abs_dev\":{1},\"slope\":{0},\"std_dev\":{1}}}",
                estimate(center),
                estimate(center / 50.0)
            ),
            sample: format!(
                "{{\"sampling_mode\":\"Linear\",\"iters\":[{}],\"times\":[{}]}}",
                iterations.join(","),
                times.join(",")
            ),
        }
    };
    (0..benchmarks).map(one).collect()
}

fn go_line(noise: &mut Noise, index: usize) -> String {
    let time = noise.around(1_000.0 + index as f64, 0.02);
    format!(
        "BenchmarkDecode/size={index}-2         \t  {:7}\t      {time:.1} ns/op\t {:.2} MB/s\t    {} B/op\t     {} allocs/op",
        1_000_000 + index,
        1e6 / time,
        64 + index % 512,
        1 + index % 8
    )
}

/// `go test -bench -benchmem -count COUNT` text of `benchmarks` benchmarks.
pub fn go_text(benchmarks: usize, count: usize) -> String {
    let mut noise = Noise::seeded(3);
    let mut text = String::from("goos: linux\ngoarch: amd64\npkg: example.com/decode\ncpu: cpu\n");
    for index in 0..benchmarks * count {
        text.push_str(&go_line(&mut noise, index / count));
        text.push('\n');
    }
    text.push_str("PASS\nok  \texample.com/decode\t12.345s\n");
    text
}

/// The same as `go test -json` writes it: a result in two events.
pub fn go_json(lines: usize) -> String {
    let mut noise = Noise::seeded(3);
    let mut text = String::new();
    let mut event = |output: &str| {
        let _ = writeln!(
            text,
            "{{\"Time\":\"2026-11-20T08:00:00.000000001Z\",\"Action\":\"output\",\"Package\":\"example.com/decode\",\
             \"Output\":\"{}\"}}",
            output.replace('\t', "\\t").replace('\n', "\\n")
        );
    };
    for header in ["goos: linux\n", "goarch: amd64\n", "pkg: example.com/decode\n", "cpu: cpu\n"] {
        event(header);
    }
    for index in 0..lines {
        let line = go_line(&mut noise, index);
        let (name, result) = line.split_once('\t').unwrap_or((&line, ""));
        event(&format!("{name}\t"));
        event(&format!("{result}\n"));
    }
    event("PASS\n");
    text
}

/// divan's tree of `groups` groups with ten benchmarks each.
pub fn divan_text(groups: usize) -> String {
    let mut noise = Noise::seeded(4);
    let mut text = String::from(
        "speed              fastest       │ slowest       │ median        │ mean          │ samples │ iters\n",
    );
    for group in 0..groups {
        let (branch, stem) = if group + 1 == groups { ("╰─", "   ") } else { ("├─", "│  ") };
        let _ = writeln!(
            text,
            "{branch} group_{group:<9}               │               │               │               │         │"
        );
        for index in 0..10 {
            let leaf = if index == 9 { "╰─" } else { "├─" };
            let mut cell = || format!("{:.1} ns", noise.around(100.0, 0.02));
            let (fastest, slowest, median, mean) = (cell(), cell(), cell(), cell());
            let _ = writeln!(
                text,
                "{stem}{leaf} bench_{index:<7} {fastest:<13} │ {slowest:<13} │ {median:<13} │ {mean:<13} │ 100     │ 12800"
            );
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use plimsoll_parse::{Harness, Input, parse};

    #[track_caller]
    fn check(harness: Harness, text: &str, measurements: usize) {
        let mut reader = text.as_bytes();
        let parsed = parse(harness, &mut [Input { name: "x", modified: None, reader: &mut reader }]);
        let parsed = parsed.expect("the harness's own parser reads it");
        assert_eq!((parsed.measurements.len(), &parsed.complaints[..]), (measurements, &[][..]));
    }

    #[test]
    fn what_is_made_is_what_the_parsers_read() {
        check(Harness::PytestBenchmark, &pytest_benchmark(3, 10), 3);
        check(Harness::GoText, &go_text(5, 3), 20);
        check(Harness::GoJson, &go_json(5), 20);
        check(Harness::Divan, &divan_text(2), 20);
    }
}
