//! Bencher Metric Format: `{benchmark: {measure: {value, lower_value?, upper_value?}}}`.
//!
//! * Measures that the service has by itself: `latency` is `time` in nanoseconds, `throughput` operations a second,
//!   `build-time` seconds, `file-size` bytes (`size`). A measure whose name is canonical, written with hyphens or
//!   underscores, brings its unit and direction. Any other one, a UUID too, keeps its name and has no direction.
//! * Both bounds make an interval, without a level of their own: 0.95 is what it says. One alone is the estimate
//!   `lower_value` or `upper_value`.
//! * A benchmark whose name ends with `-bencher-ignore` (or `_bencher_ignore`, `BencherIgnore`) is shown without the
//!   ending and never gated: its metrics have no direction.

use std::fmt;

use plimsoll_model::{Complaint, Direction, Interval, Measurement, Metric, Unit, known_metric, name};
use serde::de::{DeserializeSeed, Deserializer, MapAccess, Visitor};

use crate::json::read_json;
use crate::loose::Loose;
use crate::{Harness, Input, ParseError, Parsed};

/// The level that two bounds are taken to have.
const BOUNDS_LEVEL: f64 = 0.95;
/// Endings of benchmarks that nobody wants to be alerted of.
const IGNORED: [&str; 3] = ["-bencher-ignore", "_bencher_ignore", "BencherIgnore"];

/// Reads the inputs as one result.
pub(crate) fn parse(inputs: &mut [Input<'_>]) -> Result<Parsed, ParseError> {
    let mut parsed = Parsed::default();
    for input in inputs {
        let document = read_json(Harness::BencherMetricFormat, input, FileSeed(&mut parsed))?;
        parsed.complaints.extend(document.complaints);
    }
    Ok(parsed)
}

fn report(benchmark: &str, measures: &Loose, parsed: &mut Parsed) {
    let name =
        IGNORED.into_iter().find_map(|ending| benchmark.strip_suffix(ending)).filter(|name| !name.is_empty());
    if !matches!(measures, Loose::Fields(_)) {
        parsed.complaints.push(Complaint::new(format!("{benchmark}: it has no measures: left out")));
    }
    for (measure, metric_value) in measures.fields() {
        let Some(value) = metric_value.get("value").number() else {
            parsed.complaints.push(Complaint::new(format!(
                "{benchmark}: the value of `{measure}` is not a finite number: left out"
            )));
            continue;
        };
        let (mut metric, factor) = metric(measure);
        if name.is_some() {
            metric.direction = Direction::None;
        }
        let harness = Harness::BencherMetricFormat;
        let mut measurement = Measurement::new(harness, name.unwrap_or(benchmark), metric, value * factor);
        let bounds = ["lower_value", "upper_value"].map(|field| (field, metric_value.get(field).number()));
        if let [(_, Some(low)), (_, Some(high))] = bounds {
            measurement.interval =
                Some(Interval { low: low * factor, high: high * factor, level: BOUNDS_LEVEL });
        } else {
            for (field, bound) in bounds {
                if let Some(bound) = bound {
                    measurement.estimates.insert(field.to_owned(), bound * factor);
                }
            }
        }
        parsed.measurements.push(measurement);
    }
}

/// The metric that a measure is, and the factor into its normal unit.
fn metric(measure: &str) -> (Metric, f64) {
    let canonical = measure.replace('-', "_");
    match measure {
        "latency" => (Metric::time(), 1.0),
        "throughput" => {
            let (unit, factor) = Unit::normalise("ops/s");
            (Metric::new(name!("throughput"), unit, Direction::Higher), factor)
        }
        "build-time" => (Metric::new("build-time", Unit::NANOSECONDS, Direction::Lower), 1e9),
        "file-size" => (Metric::new(name!("size"), Unit::BYTES, Direction::Lower), 1.0),
        _ => match known_metric(&canonical) {
            Some((unit, direction)) => (Metric::new(&canonical, unit, direction), 1.0),
            None => (Metric::new(measure, Unit::COUNT, Direction::None), 1.0),
        },
    }
}

/// Reads a file.
struct FileSeed<'a>(&'a mut Parsed);

impl<'de> DeserializeSeed<'de> for FileSeed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for FileSeed<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object of benchmarks")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some((benchmark, measures)) = map.next_entry::<String, Loose>()? {
            report(&benchmark, &measures, self.0);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::listing::{listing, parse_one};

    fn list(text: &str) -> String {
        listing(Harness::BencherMetricFormat, text.as_bytes())
    }

    #[test]
    fn measures_are_metrics() {
        assert_snapshot!(list(r#"{"parse": {"latency": {"value": 88.5, "lower_value": 87, "upper_value": 90}, "throughput": {"value": 5}},
            "serve": {"peak-rss": {"value": 1024}, "build-time": {"value": 12}, "file-size": {"value": 7}, "3b5bc2a4-14b4": {"value": 3}}}"#), @r"
        parse#time 88.5 ns, lower, value, 87..90 at 0.95
        parse#throughput 5 ops/s, higher, value
        serve#peak_rss 1024 bytes, lower, value
        serve#build-time 12000000000 ns, lower, value
        serve#size 7 bytes, lower, value
        serve#3b5bc2a4-14b4 3 count, neither, value
        ");
    }

    #[test]
    fn one_bound_is_an_estimate() {
        let text = br#"{"a": {"latency": {"value": 3, "lower_value": 2}}}"#;
        let parsed = parse_one(Harness::BencherMetricFormat, text).expect("result");
        assert_eq!(parsed.measurements[0].interval, None);
        assert_eq!(parsed.measurements[0].estimates["lower_value"], 2.0);
    }

    #[test]
    fn an_ignored_benchmark_is_never_gated() {
        assert_snapshot!(list(r#"{"a-bencher-ignore": {"latency": {"value": 3}}}"#), @"a#time 3 ns, neither, value");
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        assert_snapshot!(list(r#"{"a": {"latency": {"value": "x"}, "b": 7, "c": {"value": NaN}}, "d": 3, "e": {}}"#), @r"
        ! a: the value of `latency` is not a finite number: left out
        ! a: the value of `b` is not a finite number: left out
        ! a: the value of `c` is not a finite number: left out
        ! d: it has no measures: left out
        ! 1 bare NaN or Infinity were read as null
        empty
        ");
        assert_snapshot!(list("{}"), @"empty");
        assert_snapshot!(list("[]"), @"in is not what bencher-metric-format writes: invalid type: sequence, expected an object of benchmarks at line 1 column 0");
    }
}
