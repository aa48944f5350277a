//! Results as lines of text, so that a test shows input and outcome side by side.

use std::fmt::Write;

use plimsoll_model::{Direction, Measurement, Outcome};

use crate::{Harness, Input, ParseError, Parsed, parse};

/// Parses one input.
pub(crate) fn parse_one(harness: Harness, text: &[u8]) -> Result<Parsed, ParseError> {
    let mut reader = text;
    parse(harness, &mut [Input { name: "in", modified: None, reader: &mut reader }])
}

/// What one input says: a line for each measurement, then one for each complaint (`! …`); or the error.
pub(crate) fn listing(harness: Harness, text: &[u8]) -> String {
    let (measurements, complaints, error) = match parse_one(harness, text) {
        Ok(parsed) => (parsed.measurements, parsed.complaints, None),
        Err(ParseError::Empty { complaints, .. }) => (Vec::new(), complaints, Some("empty".to_owned())),
        Err(error) => (Vec::new(), Vec::new(), Some(error.to_string())),
    };
    let mut lines: Vec<String> = measurements.iter().map(line).collect();
    for complaint in complaints {
        let place = complaint.line.map_or(String::new(), |line| format!("{line}: "));
        lines.push(format!("! {place}{}", complaint.message));
    }
    lines.extend(error);
    lines.join("\n")
}

/// `benchmark{parameter=value}#metric value unit, lower, statistic, …`
fn line(measurement: &Measurement) -> String {
    let metric = &measurement.metric;
    let mut text = measurement.benchmark.to_string();
    for (name, value) in &measurement.parameters {
        let _ = write!(text, "{{{name}={value}}}");
    }
    let direction = match metric.direction {
        Direction::Lower => "lower",
        Direction::Higher => "higher",
        Direction::None => "neither",
    };
    let _ = write!(
        text,
        "#{} {} {}, {direction}, {}",
        metric.name,
        rounded(measurement.value),
        metric.unit,
        measurement.statistic
    );
    if metric.exact {
        text.push_str(", exact");
    }
    if measurement.outcome != Outcome::Success {
        let _ = write!(text, ", {:?}", measurement.outcome);
    }
    if let Some(interval) = measurement.interval {
        let (low, high) = (rounded(interval.low), rounded(interval.high));
        let _ = write!(text, ", {low}..{high} at {}", interval.level);
    }
    if !measurement.samples.is_empty() {
        let _ = write!(text, ", {} samples", measurement.samples.len());
    }
    if let Some(iterations) = measurement.iterations.count() {
        let _ = write!(text, ", {iterations} iterations");
    }
    text
}

/// Seven significant digits: what a conversion of units leaves behind them is no matter of a test.
fn rounded(value: f64) -> f64 {
    format!("{value:.6e}").parse().unwrap_or(value)
}
