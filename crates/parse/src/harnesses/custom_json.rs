//! github-action-benchmark's custom JSON, in both directions: a list of `{name, unit, value, range?, extra?}`.
//!
//! * The direction is that of the tool's name (`customSmallerIsBetter`, `customBiggerIsBetter`), not of the unit.
//! * The unit names the metric: a unit of time is `time`, a rate (`…/s`) `throughput`, any other one is its own name in
//!   small letters (`KiB` is `bytes`, `Frames Dropped` is `frames_dropped`), `count` without a unit.
//! * `value` may be a number or text that holds one. `range` is free text. Half a width (`± 3`, `+/- 3`, `±3 ms`,
//!   `4%` of the value) makes an interval around the value. The format names no confidence level, and tools put a
//!   deviation there as well as a margin of 95 %; 0.95 is what the interval says. Other texts are passed over.
//! * `extra` is text for people and is passed over.

use plimsoll_model::{Complaint, Direction, Interval, Measurement, Metric, Unit};

use crate::json::read_json;
use crate::loose::{Each, Loose};
use crate::{Harness, Input, ParseError, Parsed};

/// The level that a range is taken to have.
const RANGE_LEVEL: f64 = 0.95;

/// Reads the inputs as one result.
pub(crate) fn parse(inputs: &mut [Input<'_>], direction: Direction) -> Result<Parsed, ParseError> {
    let harness = match direction {
        Direction::Higher => Harness::CustomBiggerIsBetter,
        Direction::Lower | Direction::None => Harness::CustomSmallerIsBetter,
    };
    let mut parsed = Parsed::default();
    for input in inputs {
        let mut place = 0_u64;
        let entries = Each::new(|entry: Loose| {
            place += 1;
            match measurement(harness, direction, &entry) {
                Ok(measurement) => parsed.measurements.push(measurement),
                Err(fault) => {
                    let name = entry.get("name").text();
                    let name = name.map_or_else(|| format!("entry {place}"), str::to_owned);
                    parsed.complaints.push(Complaint::new(format!("{name}: {fault}: left out")));
                }
            }
        });
        let document = read_json(harness, input, entries)?;
        parsed.complaints.extend(document.complaints);
    }
    Ok(parsed)
}

fn measurement(harness: Harness, direction: Direction, entry: &Loose) -> Result<Measurement, &'static str> {
    let name = entry.get("name").text().ok_or("it has no name")?;
    let value = match entry.get("value") {
        Loose::Nothing => return Err("it has no value"),
        value => number(value).ok_or("its value is not a number")?,
    };
    let unit_text = entry.get("unit").text().unwrap_or("");
    let (unit, factor) = Unit::normalise(unit_text);
    let metric = Metric::new(metric_name(&unit), unit.clone(), direction);
    let mut measurement = Measurement::new(harness, name, metric, value * factor);
    let half_width = entry.get("range").text().and_then(|range| half_width(range, value, &unit, factor));
    measurement.interval = half_width.map(|half_width| Interval {
        low: measurement.value - half_width,
        high: measurement.value + half_width,
        level: RANGE_LEVEL,
    });
    Ok(measurement)
}

fn number(value: &Loose) -> Option<f64> {
    value.number().or_else(|| value.text()?.trim().parse().ok()).filter(|value: &f64| value.is_finite())
}

fn metric_name(unit: &Unit) -> String {
    let symbol = unit.symbol();
    if *unit == Unit::NANOSECONDS {
        return "time".to_owned();
    }
    if symbol.ends_with("/s") {
        return "throughput".to_owned();
    }
    let mut name = String::with_capacity(symbol.len());
    for letter in symbol.chars().flat_map(char::to_lowercase) {
        if letter.is_alphanumeric() {
            name.push(letter);
        } else if !name.is_empty() && !name.ends_with('_') {
            name.push('_');
        }
    }
    let name = name.trim_end_matches('_');
    if name.is_empty() { "value" } else { name }.to_owned()
}

/// Half the width that `range` gives, in the normal unit; `None` when it says something else.
fn half_width(range: &str, value: f64, unit: &Unit, factor: f64) -> Option<f64> {
    let range = range.trim();
    let stripped = ["±", "+/-", "+-"].iter().find_map(|mark| range.strip_prefix(mark));
    let text = stripped.unwrap_or(range).trim();
    let split = text.find(|letter: char| !(letter.is_ascii_digit() || ".eE+-".contains(letter)));
    let (number, rest) = text.split_at(split.unwrap_or(text.len()));
    let number: f64 = number.parse().ok()?;
    let half_width = match rest.trim() {
        "" => number * factor,
        "%" => (value * factor).abs() * number / 100.0,
        other => match Unit::normalise(other) {
            (own, own_factor) if own == *unit => number * own_factor,
            _ => return None,
        },
    };
    (half_width.is_finite() && half_width >= 0.0).then_some(half_width)
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::listing::listing;

    fn list(text: &str) -> String {
        listing(Harness::CustomSmallerIsBetter, text.as_bytes())
    }

    #[test]
    fn units_name_metrics_and_ranges_are_intervals() {
        assert_snapshot!(list(r#"[
            {"name": "start", "unit": "ms", "value": 512.5, "range": "± 3", "extra": "x"},
            {"name": "size", "unit": "KiB", "value": "2", "range": "50%"},
            {"name": "serve", "unit": "req/s", "value": 100, "range": "+/- 1.5 req/s"},
            {"name": "frames", "unit": "Frames Dropped", "value": 3, "range": "1..5"},
            {"name": "plain", "value": 3}]"#), @r"
        start#time 512500000 ns, lower, value, 509500000..515500000 at 0.95
        size#bytes 2048 bytes, lower, value, 1024..3072 at 0.95
        serve#throughput 100 req/s, lower, value, 98.5..101.5 at 0.95
        frames#frames_dropped 3 Frames Dropped, lower, value
        plain#count 3 count, lower, value
        ");
    }

    #[test]
    fn the_direction_is_the_tools() {
        let text = br#"[{"name": "a", "unit": "ms", "value": 1}]"#;
        assert_snapshot!(listing(Harness::CustomBiggerIsBetter, text), @"a#time 1000000 ns, higher, value");
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        assert_snapshot!(list(r#"[{"name": "a", "unit": "ms"}, {"name": "b", "value": "fast"}, {"value": 3}, 7, {"name": "c", "value": NaN}]"#), @r"
        ! a: it has no value: left out
        ! b: its value is not a number: left out
        ! entry 3: it has no name: left out
        ! entry 4: it has no name: left out
        ! c: it has no value: left out
        ! 1 bare NaN or Infinity were read as null
        empty
        ");
        assert_snapshot!(list("[]"), @"empty");
        assert_snapshot!(list("{}"), @"in is not what custom-smaller-is-better writes: invalid type: map, expected a list at line 1 column 0");
    }

    #[track_caller]
    fn range(text: &str, expected: Option<f64>) {
        assert_eq!(half_width(text, 200.0, &Unit::NANOSECONDS, 1e6), expected, "{text}");
    }

    #[test]
    fn ranges_are_free_text() {
        range("± 3", Some(3e6));
        range("±3us", Some(3e3));
        range("3", Some(3e6));
        range("±1.5%", Some(3e6));
        range("+- 2e1", Some(2e7));
        range("1..5", None);
        range("-3", None);
        range("± 3 bytes", None);
        range("", None);
    }
}
