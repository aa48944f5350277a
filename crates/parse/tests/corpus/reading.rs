//! What is read from each case of the corpus, held by a snapshot a case.

use std::fmt::Write as _;

use plimsoll_model::{Measurement, Outcome};
use plimsoll_parse::{HEAD_BYTES, Harness, Parsed, recognise};

use crate::cases::{Case, cases};

#[test]
fn every_case_is_read_as_expected() {
    for case in cases() {
        let seen = match case.parse_as(case.harness) {
            Ok(parsed) => table(&parsed),
            Err(error) => format!("error: {error}\n"),
        };
        insta::with_settings!({prepend_module_to_snapshot => false, snapshot_path => "../snapshots", omit_expression => true}, {
            insta::assert_snapshot!(case.name.replace('/', "__"), format!("{}{seen}", recognition(&case)));
        });
    }
}

#[test]
fn no_case_is_taken_for_another_harness() {
    for case in cases() {
        for (name, bytes) in &case.files {
            if name.ends_with("tukey.json") {
                continue;
            }
            let found = recognise(name, &bytes[..bytes.len().min(HEAD_BYTES)]);
            // github-action-benchmark's array does not say which way is better, its units at most hint at it.
            let is_custom = |harness: Harness| harness.name().starts_with("custom-");
            if is_custom(case.harness) {
                assert!(found.harness.is_none_or(is_custom), "{} {name}: {}", case.name, found.because);
                continue;
            }
            let is_readable = case.parse_as(case.harness).is_ok();
            if found.harness.is_some() || is_readable {
                assert_eq!(found.harness, Some(case.harness), "{} {name}: {}", case.name, found.because);
            }
        }
    }
}

#[test]
fn every_case_says_where_it_comes_from() {
    for case in cases() {
        let is_genuine = case.origin.contains("origin = \"genuine\"");
        assert!(is_genuine || case.origin.contains("origin = \"synthetic\""), "{}", case.name);
        assert!(!is_genuine || case.origin.contains("command = "), "{}", case.name);
    }
}

fn recognition(case: &Case) -> String {
    let (name, bytes) = &case.files[0];
    let found = recognise(name, &bytes[..bytes.len().min(HEAD_BYTES)]);
    let harness = found.harness.map_or("nothing", |harness| harness.name());
    let mut text = format!("recognised as {harness}: {}\n", found.because);
    for (harness, why) in found.rejected {
        let _ = writeln!(text, "not {harness}: {why}");
    }
    text
}

fn table(parsed: &Parsed) -> String {
    let mut text = String::new();
    for measurement in &parsed.measurements {
        line(measurement, &mut text);
    }
    for run in &parsed.runs {
        let _ = writeln!(text, "run {}/{} {}", run.project, run.suite, run.id);
        for measurement in &run.measurements {
            line(measurement, &mut text);
        }
        for complaint in &run.complaints {
            let _ = writeln!(text, "run complaint: {}", complaint.message.escape_debug());
        }
    }
    if parsed.facts != plimsoll_parse::Facts::default() {
        let _ = writeln!(text, "facts: {:?}", parsed.facts);
    }
    for complaint in &parsed.complaints {
        let place = match (&complaint.source, complaint.line) {
            (Some(source), Some(line)) => format!("{source}:{line}: "),
            (Some(source), None) => format!("{source}: "),
            (None, _) => String::new(),
        };
        let _ = writeln!(text, "complaint: {place}{}", complaint.message.escape_debug());
    }
    text
}

fn line(measurement: &Measurement, text: &mut String) {
    let metric = &measurement.metric;
    let _ = write!(text, "{}", measurement.benchmark.escape_debug());
    for (name, value) in &measurement.parameters {
        let _ = write!(text, " {name}={}", value.escape_debug());
    }
    let exact = if metric.exact { " exact" } else { "" };
    let _ = write!(
        text,
        " | {} {} {} {:?}{exact} | {}",
        metric.name, measurement.value, metric.unit, metric.direction, measurement.statistic
    );
    if let Some(interval) = measurement.interval {
        let _ = write!(text, " {}..{} at {}", interval.low, interval.high, interval.level);
    }
    for (name, value) in measurement.estimates.iter().chain(measurement.items.iter()) {
        let _ = write!(text, " {name}={value}");
    }
    if let Some(iterations) = measurement.iterations.count() {
        let _ = write!(text, " | x{iterations}");
    }
    if let ([first, ..], [.., last]) = (measurement.samples.as_slice(), measurement.samples.as_slice()) {
        let _ = write!(text, " | {} samples {first} … {last}", measurement.samples.len());
    }
    if measurement.outcome != Outcome::Success {
        let _ = write!(text, " | {:?}", measurement.outcome);
    }
    text.push('\n');
}
