//! `go test -bench -json`: the same text, wrapped into events by `test2json`.
//!
//! The `Output` of a package's events, joined, is what its test binary printed, so a result may begin in one event and
//! end in another, and events of packages tested at once may alternate. What the lines mean is said in
//! [`super::go_text`] and [`super::go_results`]. Lines that are no JSON (a compiler's errors) are complaints.

use std::borrow::Cow;
use std::collections::HashMap;

use serde::Deserialize;

use super::go_results::GoResults;
use super::go_text::PackageOutput;
use crate::lines::{Line, Lines, plain};
use crate::{Harness, Input, ParseError, Parsed};

/// A package may print this much without ending its line.
const MAX_OUTPUT_LINE_BYTES: usize = 1024 * 1024;
/// So many lines that are no JSON are named one by one.
const NAMED_LINES: u64 = 10;

/// Reads the inputs as one result.
pub(crate) fn parse(inputs: &mut [Input<'_>]) -> Result<Parsed, ParseError> {
    let mut results = GoResults::default();
    let mut complaints = Vec::new();
    for input in inputs {
        let name = input.name;
        let mut lines = Lines::new(Harness::GoJson, input);
        read_events(name, &mut lines, &mut results)?;
        complaints.extend(lines.into_complaints());
        let own = std::mem::take(&mut results.complaints);
        complaints.extend(own.into_iter().map(|complaint| complaint.in_source(name)));
    }
    let mut parsed = results.finish(Harness::GoJson);
    complaints.append(&mut parsed.complaints);
    parsed.complaints = complaints;
    Ok(parsed)
}

/// What `test2json` says at one time.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Event<'a> {
    #[serde(borrow, default)]
    time: Cow<'a, str>,
    #[serde(borrow, default)]
    action: Cow<'a, str>,
    #[serde(borrow, default)]
    package: Cow<'a, str>,
    #[serde(borrow, default)]
    output: Cow<'a, str>,
}

/// A package under test.
struct Package {
    output: PackageOutput,
    /// The beginning of a line that has not ended yet.
    unfinished: String,
}

fn read_events(name: &str, lines: &mut Lines<'_>, results: &mut GoResults) -> Result<(), ParseError> {
    let mut packages: HashMap<String, Package> = HashMap::new();
    let mut not_events = 0;
    while let Some(line) = lines.next_line()? {
        if line.text.trim_start().is_empty() {
            continue;
        }
        let event: Event<'_> = match serde_json::from_str(line.text) {
            Ok(event) => event,
            Err(error) if error.is_eof() && !line.whole && line.text.starts_with('{') => {
                return Err(ParseError::Truncated {
                    name: name.to_owned(),
                    reason: format!("line {} stops within an event", line.number),
                });
            }
            Err(_) => {
                not_events += 1;
                if not_events <= NAMED_LINES {
                    results.complain(line.number, "not an event of go test -json: skipped");
                }
                continue;
            }
        };
        if results.facts.measured_at.is_none() {
            results.facts.measured_at = event.time.parse().ok();
        }
        if event.action != "output" {
            continue;
        }
        if !packages.contains_key(event.package.as_ref()) {
            let package =
                Package { output: PackageOutput::new(results, &event.package), unfinished: String::new() };
            packages.insert(event.package.clone().into_owned(), package);
        }
        if let Some(package) = packages.get_mut(event.package.as_ref()) {
            package.take(&event.output, line.number, results);
        }
    }
    if not_events > NAMED_LINES {
        let message = format!("{not_events} lines in all are not events of go test -json");
        results.complain_of_all(message);
    }
    let mut unended: Vec<_> = packages.into_iter().collect();
    unended.sort_by(|(left, _), (right, _)| left.cmp(right));
    for (_, mut package) in unended {
        package.take("\n", 0, results);
        package.output.end(results);
    }
    Ok(())
}

impl Package {
    /// Takes a piece of output, which may end lines and begin one.
    fn take(&mut self, mut output: &str, number: u64, results: &mut GoResults) {
        while let Some(end) = memchr::memchr(b'\n', output.as_bytes()) {
            let (text, rest) = (&output[..end], &output[end + 1..]);
            if self.unfinished.is_empty() {
                self.read(text, number, results);
            } else {
                let mut whole = std::mem::take(&mut self.unfinished);
                whole.push_str(text);
                self.read(&whole, number, results);
                whole.clear();
                self.unfinished = whole;
            }
            output = rest;
        }
        if self.unfinished.len() + output.len() > MAX_OUTPUT_LINE_BYTES {
            results.complain(
                number,
                format!("skipped: a line of output is longer than {MAX_OUTPUT_LINE_BYTES} bytes"),
            );
            self.unfinished.clear();
        } else {
            self.unfinished.push_str(output);
        }
    }

    fn read(&mut self, text: &str, number: u64, results: &mut GoResults) {
        let text = plain(text);
        let line = Line { number, text: &text, whole: true };
        if let Err(fault) = self.output.read(line, results) {
            results.complain(number, fault);
        }
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use proptest::prelude::*;

    use super::*;
    use crate::listing::{listing, parse_one};

    fn event(package: &str, output: &str) -> String {
        format!(
            "{{\"Time\":\"2026-11-21T00:00:56.05Z\",\"Action\":\"output\",\"Package\":{package:?},\"Output\":{}}}\n",
            serde_json::Value::from(output)
        )
    }

    fn list(events: &[String]) -> String {
        listing(Harness::GoJson, events.concat().as_bytes())
    }

    #[test]
    fn a_result_may_be_split_over_events_of_alternating_packages() {
        let events = [
            event("a", "BenchmarkX-2 \t"),
            event("b", "cpu: Cpu 9\nBenchmarkX-2 \t"),
            event("a", "     100\t 5 ns"),
            event("b", "     100\t 7 ns/op\n"),
            event("a", "/op\nPASS\n"),
        ];
        assert_snapshot!(list(&events), @r"
        b.BenchmarkX#time 7 ns, lower, mean, 100 iterations
        a.BenchmarkX#time 5 ns, lower, mean, 100 iterations
        ");
        let facts = parse_one(Harness::GoJson, events.concat().as_bytes()).expect("result").facts;
        assert_eq!(facts.measured_at.map(|at| at.as_second()), Some(1_795_219_256));
        assert_eq!(facts.cpu.as_deref(), Some("Cpu 9"));
    }

    #[test]
    fn what_is_not_an_event_is_named() {
        let events = [
            "# example.com/x\n".to_owned(),
            event(
                "a",
                "\u{1b}[1mBenchmarkX-2\u{1b}[0m \t 100\t 5 ns/op\n--- FAIL: BenchmarkY\nFAIL\ta\t0.1s\n",
            ),
            "{\"Action\":\"fail\",\"Package\":\"a\"}\n".to_owned(),
        ];
        assert_snapshot!(list(&events), @r"
        a.BenchmarkX#time 5 ns, lower, mean, 100 iterations
        ! 1: not an event of go test -json: skipped
        ! 2: BenchmarkY failed
        ! 2: package failed: a 0.1s
        ");
        assert_snapshot!(list(&[event("a", "x\n"), "{\"Action\":\"out".to_owned()]), @"in ends in the middle: line 2 stops within an event");
        assert_snapshot!(list(&[]), @"empty");
    }

    proptest! {
        #[test]
        fn text_and_events_say_the_same(values in prop::collection::vec((0_usize..4, 1_u32..1000), 1..30), cut in 1_usize..40) {
            let text: String = values.iter().map(|(place, value)| format!("BenchmarkN{place}-2 \t 10\t {value} ns/op\n")).collect();
            let pieces = text.as_bytes().chunks(cut);
            let events: String = pieces.map(|piece| event("p", &String::from_utf8_lossy(piece))).collect();
            let mut wrapped = parse_one(Harness::GoJson, events.as_bytes()).expect("result").measurements;
            for measurement in &mut wrapped {
                measurement.harness = Harness::GoText.into();
            }
            let plain = parse_one(Harness::GoText, format!("pkg: p\n{text}").as_bytes()).expect("result").measurements;
            prop_assert_eq!(wrapped, plain);
        }
    }
}
