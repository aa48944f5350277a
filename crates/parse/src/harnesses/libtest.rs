//! `cargo bench` with the standard library's harness, as text or as JSON lines, and Criterion's
//! `--output-format bencher`.
//!
//! | field | metric | role |
//! |---|---|---|
//! | `bench: N ns/iter`, `median` | `time`, ns, lower is better | headline, statistic `median` |
//! | `(+/- N)`, `deviation` | `time` | estimate `spread`: slowest less fastest |
//! | `= N MB/s`, `mib_per_second` | `throughput`, bytes/s, higher is better | headline |
//!
//! The harness computes millions of bytes a second and calls them MiB in its JSON: 10^6 is what is meant.

use std::borrow::Cow;

use plimsoll_model::{Direction, Measurement, Metric, Unit, name};
use serde::Deserialize;

use crate::Harness;

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
    #[serde(default, borrow)]
    event: Cow<'a, str>,
    #[serde(default, borrow)]
    name: Cow<'a, str>,
    median: Option<f64>,
    deviation: Option<f64>,
    mib_per_second: Option<f64>,
}

/// What one line says.
#[derive(Debug, PartialEq)]
enum Said<'a> {
    Measured { name: Cow<'a, str>, median_ns: f64, spread_ns: Option<f64>, megabytes_per_second: Option<f64> },
    Failed(Cow<'a, str>),
    NotUnderstood(String),
    Nothing,
}

/// Takes one line; returns a complaint if it should have been a measurement.
pub(crate) fn read(line: &str, measurements: &mut Vec<Measurement>) -> Option<String> {
    match read_line(line) {
        Said::Nothing => None,
        Said::Measured { name, median_ns, spread_ns, megabytes_per_second } => {
            push(measurements, &name, median_ns, spread_ns, megabytes_per_second);
            None
        }
        Said::Failed(name) => Some(format!("{name}: it failed, nothing was measured")),
        Said::NotUnderstood(reason) => Some(reason),
    }
}

fn push(
    measurements: &mut Vec<Measurement>,
    name: &str,
    median_ns: f64,
    spread_ns: Option<f64>,
    megabytes_per_second: Option<f64>,
) {
    let harness = Harness::Libtest;
    let mut time = Measurement::new(harness, name, Metric::time(), median_ns);
    time.statistic = name!("median");
    if let Some(spread_ns) = spread_ns {
        time.estimates.insert(name!("spread"), spread_ns);
    }
    measurements.push(time);
    if let Some(megabytes_per_second) = megabytes_per_second {
        let metric = Metric::new(name!("throughput"), Unit::BYTES_PER_SECOND, Direction::Higher);
        let mut throughput = Measurement::new(harness, name, metric, megabytes_per_second * 1e6);
        throughput.statistic = name!("median");
        measurements.push(throughput);
    }
}

fn read_line(line: &str) -> Said<'_> {
    let line = line.trim();
    if line.starts_with('{') {
        return read_event(line);
    }
    let Some(rest) = line.strip_prefix("test ") else {
        return Said::Nothing;
    };
    if let Some(name) = rest.strip_suffix("... FAILED") {
        return Said::Failed(name.trim_end().into());
    }
    let Some((name, figures)) = rest.rsplit_once("... bench:") else {
        return Said::Nothing;
    };
    let name = name.trim_end();
    read_figures(name, figures).unwrap_or_else(|| {
        Said::NotUnderstood(format!("{name}: left out, `{}` is not understood", figures.trim()))
    })
}

/// Reads `1,234.5 ns/iter (+/- 6.7) = 89 MB/s`.
fn read_figures<'a>(name: &'a str, figures: &str) -> Option<Said<'a>> {
    let (median, rest) = figures.trim().split_once(" ns/iter")?;
    let rest = rest.trim();
    let (spread, rest) = match rest.strip_prefix("(+/- ") {
        Some(rest) => {
            let (spread, rest) = rest.split_once(')')?;
            (Some(number(spread)?), rest.trim())
        }
        None => (None, rest),
    };
    let megabytes_per_second = match rest.strip_prefix('=') {
        Some(rest) => Some(number(rest.trim().strip_suffix("MB/s")?)?),
        None => None,
    };
    Some(Said::Measured {
        name: name.into(),
        median_ns: number(median)?,
        spread_ns: spread,
        megabytes_per_second,
    })
}

/// A number with commas between thousands.
fn number(text: &str) -> Option<f64> {
    let text = text.trim();
    if text.contains(',') { text.replace(',', "").parse().ok() } else { text.parse().ok() }
}

fn read_event(line: &str) -> Said<'_> {
    let event: Event<'_> = match serde_json::from_str(line) {
        Ok(event) => event,
        Err(error) if line.contains("\"bench\"") => {
            return Said::NotUnderstood(format!("left out, not a JSON event: {error}"));
        }
        Err(_) => return Said::Nothing,
    };
    match (event.kind.as_ref(), event.event.as_ref()) {
        ("bench", _) => match event.median {
            Some(median_ns) => Said::Measured {
                name: event.name,
                median_ns,
                spread_ns: event.deviation,
                megabytes_per_second: event.mib_per_second,
            },
            None => Said::NotUnderstood(format!("{}: left out, it has no median", event.name)),
        },
        ("test", "failed") => Said::Failed(event.name),
        _ => Said::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, expected: Option<(&str, f64, Option<f64>, Option<f64>)>) {
        let said = read_line(line);
        let seen = match &said {
            Said::Measured { name, median_ns, spread_ns, megabytes_per_second } => {
                Some((name.as_ref(), *median_ns, *spread_ns, *megabytes_per_second))
            }
            _ => None,
        };
        assert_eq!(seen, expected, "{said:?}");
    }

    #[test]
    fn text_lines_are_read() {
        check(
            "test sum_bytes       ... bench:         610.43 ns/iter (+/- 213.86) = 6714 MB/s",
            Some(("sum_bytes", 610.43, Some(213.86), Some(6714.0))),
        );
        check(
            "test sleep ... bench:     193,158.85 ns/iter (+/- 21,204.40)",
            Some(("sleep", 193_158.85, Some(21_204.4), None)),
        );
        check(
            "test fib 10/with space ... bench:   266 ns/iter (+/- 141)",
            Some(("fib 10/with space", 266.0, Some(141.0), None)),
        );
        check("test a_test ... ignored", None);
        check("test result: ok. 0 passed", None);
        check("test odd ... bench: fast", None);
    }

    #[test]
    fn json_lines_are_read() {
        check(
            r#"{ "type": "bench", "name": "a::b", "median": 578.9, "deviation": 1.5, "mib_per_second": 7086 }"#,
            Some(("a::b", 578.9, Some(1.5), Some(7086.0))),
        );
        check(r#"{ "type": "test", "event": "started", "name": "a" }"#, None);
    }

    #[test]
    fn failures_are_named() {
        assert_eq!(read_line("test a::b ... FAILED"), Said::Failed("a::b".into()));
        assert_eq!(read_line(r#"{"type":"test","event":"failed","name":"a"}"#), Said::Failed("a".into()));
        assert_eq!(
            read_line("test odd ... bench: fast"),
            Said::NotUnderstood("odd: left out, `fast` is not understood".to_owned())
        );
    }
}
