//! pytest-json-report's JSON (`--json-report-file`), version 1.
//!
//! * A benchmark is a test's `nodeid`, its `[parameters]` included, since the report does not name them. The `time` is
//!   that of its `call`; what set-up and tear-down took are the estimates `setup` and `teardown`.
//! * A failed test keeps its time, marked as failed. One whose set-up failed has none. Tests that were skipped or
//!   failed as expected are left out by name, since their time is not that of the work.
//! * The duration of the whole session is no measurement: it grows with every test that is added.

use std::fmt;

use plimsoll_model::{Complaint, Measurement, Metric, Outcome};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};

use crate::json::read_json;
use crate::loose::{Each, Loose};
use crate::{Facts, Harness, Input, ParseError, Parsed};

const NANOSECONDS_PER_SECOND: f64 = 1e9;

/// Reads the inputs as one result.
pub(crate) fn parse(inputs: &mut [Input<'_>]) -> Result<Parsed, ParseError> {
    let mut parsed = Parsed::default();
    for input in inputs {
        let document = read_json(Harness::PytestJsonReport, input, FileSeed(&mut parsed))?;
        parsed.complaints.extend(document.complaints);
        match document.value {
            Content::Tests => {}
            Content::Summary => parsed.complaints.push(
                Complaint::new("it holds only a summary: run without --json-report-summary")
                    .in_source(input.name),
            ),
            Content::Other => {
                return Err(ParseError::NotUnderstood {
                    name: input.name.to_owned(),
                    harness: Harness::PytestJsonReport,
                    reason: "it has neither `tests` nor a `summary`".to_owned(),
                });
            }
        }
    }
    Ok(parsed)
}

/// What a file turned out to hold.
#[derive(Clone, Copy, PartialEq)]
enum Content {
    Tests,
    Summary,
    Other,
}

fn report(test: &Loose, parsed: &mut Parsed) {
    let mut left_out = |message: String| parsed.complaints.push(Complaint::new(message));
    let Some(name) = test.get("nodeid").text() else {
        left_out("a test has no nodeid: left out".to_owned());
        return;
    };
    let outcome = match test.get("outcome").text() {
        Some("passed" | "xpassed") => Outcome::Success,
        Some("failed" | "error") => Outcome::Failed,
        Some("skipped") => return left_out(format!("{name} was skipped")),
        Some("xfailed") => return left_out(format!("{name} failed as expected: left out")),
        other => {
            let outcome = other.unwrap_or("none");
            return left_out(format!("{name}: its outcome `{outcome}` is not known: left out"));
        }
    };
    let seconds = |stage: &str| test.get(stage).get("duration").number();
    let Some(call) = seconds("call") else {
        let what = if outcome == Outcome::Failed {
            "it failed before it was called"
        } else {
            "its call has no duration"
        };
        return left_out(format!("{name}: {what}: left out"));
    };
    if outcome == Outcome::Failed {
        left_out(format!("{name} failed"));
    }
    let harness = Harness::PytestJsonReport.name();
    let mut time = Measurement::new(harness, name, Metric::time(), call * NANOSECONDS_PER_SECOND);
    time.outcome = outcome;
    time.iterations = 1.into();
    for stage in ["setup", "teardown"] {
        if let Some(seconds) = seconds(stage) {
            time.estimates.insert(stage.to_owned(), seconds * NANOSECONDS_PER_SECOND);
        }
    }
    parsed.measurements.push(time);
}

fn environment_facts(environment: &Loose, facts: &mut Facts) {
    if let Some(version) = environment.get("Python").text() {
        facts.tools.insert("python".to_owned(), version.to_owned());
    }
    if let Some(version) = environment.get("Packages").get("pytest").text() {
        facts.tools.insert("pytest".to_owned(), version.to_owned());
    }
}

/// `created` is in seconds since 1970.
fn timestamp(created: &Loose) -> Option<jiff::Timestamp> {
    let microseconds = created.number()? * 1e6;
    // The cast saturates, and a time out of range is none.
    jiff::Timestamp::from_microsecond(microseconds as i64).ok()
}

/// Reads a file.
struct FileSeed<'a>(&'a mut Parsed);

impl<'de> DeserializeSeed<'de> for FileSeed<'_> {
    type Value = Content;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Content, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for FileSeed<'_> {
    type Value = Content;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object with `tests`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Content, A::Error> {
        let mut content = Content::Other;
        while let Some(field) = map.next_key::<String>()? {
            match field.as_str() {
                "tests" => {
                    content = Content::Tests;
                    map.next_value_seed(Each::new(|test: Loose| report(&test, self.0)))?;
                }
                "summary" if content == Content::Other => {
                    content = Content::Summary;
                    map.next_value::<IgnoredAny>()?;
                }
                "created" => self.0.facts.measured_at = timestamp(&map.next_value()?),
                "environment" => environment_facts(&map.next_value()?, &mut self.0.facts),
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(content)
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::listing::{listing, parse_one};

    fn list(text: &str) -> String {
        listing(Harness::PytestJsonReport, text.as_bytes())
    }

    #[test]
    fn calls_are_times_and_stages_are_estimates() {
        let text = r#"{"created": 1795219280.5, "environment": {"Python": "3.11.7", "Packages": {"pytest": "9.2.0"}},
            "tests": [{"nodeid": "t.py::a[1]", "outcome": "passed", "call": {"duration": 0.25}, "setup": {"duration": 1}, "teardown": {"duration": 0.5}}],
            "summary": {"passed": 1}}"#;
        assert_snapshot!(list(text), @"t.py::a[1]#time 250000000 ns, lower, value, 1 iterations");
        let parsed = parse_one(Harness::PytestJsonReport, text.as_bytes()).expect("result");
        assert_eq!(parsed.measurements[0].estimates["setup"], 1e9);
        assert_eq!(parsed.measurements[0].estimates["teardown"], 0.5e9);
        assert_eq!(parsed.facts.measured_at.map(|at| at.as_millisecond()), Some(1_795_219_280_500));
        assert_eq!(parsed.facts.tools["pytest"], "9.2.0");
    }

    #[test]
    fn outcomes_are_kept_or_named() {
        assert_snapshot!(list(r#"{"tests": [
            {"nodeid": "ok", "outcome": "xpassed", "call": {"duration": 1}},
            {"nodeid": "bad", "outcome": "failed", "call": {"duration": 2}},
            {"nodeid": "broken", "outcome": "error", "setup": {"duration": 2}},
            {"nodeid": "skip", "outcome": "skipped", "setup": {"duration": 2}},
            {"nodeid": "known", "outcome": "xfailed", "call": {"duration": 2}},
            {"nodeid": "odd", "outcome": "rerun", "call": {"duration": 2}},
            {"nodeid": "empty", "outcome": "passed", "call": {}},
            {"outcome": "passed"}]}"#), @r"
        ok#time 1000000000 ns, lower, value, 1 iterations
        bad#time 2000000000 ns, lower, value, Failed, 1 iterations
        ! bad failed
        ! broken: it failed before it was called: left out
        ! skip was skipped
        ! known failed as expected: left out
        ! odd: its outcome `rerun` is not known: left out
        ! empty: its call has no duration: left out
        ! a test has no nodeid: left out
        ");
        assert_snapshot!(list(r#"{"summary": {"passed": 3}, "duration": 2}"#), @r"
        ! it holds only a summary: run without --json-report-summary
        empty
        ");
        assert_snapshot!(list(r#"{"results": []}"#), @"in is not what pytest-json-report writes: it has neither `tests` nor a `summary`");
    }
}
