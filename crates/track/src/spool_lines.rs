//! The lines of a spool's file: runs, and what is none.

use plimsoll_model::{Complaint, Run};
use plimsoll_parse::{Harness, Input, parse};

/// What a file of the spool holds.
#[derive(Debug, Default)]
pub(crate) struct SpoolLines {
    /// The runs, in the order of their lines.
    pub runs: Vec<Run>,
    /// The lines that are no runs.
    pub broken: Vec<BrokenLine>,
}

/// A line that is no run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokenLine {
    /// Which line it is, and why it is no run.
    pub complaint: Complaint,
    /// The line as it stands, without its end.
    pub text: Vec<u8>,
}

/// Reads the lines of the file `name`. Each stands for itself: a broken one takes no other with it.
pub(crate) fn read_lines(name: &str, bytes: &[u8]) -> SpoolLines {
    let mut lines = SpoolLines::default();
    for (line, number) in bytes.split(|byte| *byte == b'\n').zip(1..) {
        if line.trim_ascii().is_empty() {
            continue;
        }
        let mut reader = line;
        let input = Input { name: "it", modified: None, reader: &mut reader };
        match parse(Harness::PlimsollRun, &mut [input]) {
            Ok(parsed) => lines.runs.extend(parsed.runs),
            Err(error) => {
                let message = format!("left out: {error}");
                let complaint = Complaint::at_line(number, message).in_source(name);
                lines.broken.push(BrokenLine { complaint, text: line.to_owned() });
            }
        }
    }
    lines
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A line as `libs/probe` writes it, of a program that took so many milliseconds.
    pub(crate) fn line(id: &str, suite: &str, time_ms: f64) -> String {
        format!(
            r#"{{"format":"plimsoll.run/1","id":"{id}","suite":"{suite}","session":"s-{id}","context":{{"commit":{{"hash":"97455918c99cdcc5962355e2808a026cd49164c7"}},"branch":"main","testbed":"default","environment":{{"tools":{{"cpython":"3.11.7"}}}},"started_at":"2026-11-21T04:14:39.669Z","duration_ms":55}},"measurements":[{{"benchmark":"{suite}","harness":"plimsoll-probe","metric":"time","unit":"ms","direction":"lower","value":{time_ms:.1},"statistic":"value","iterations":1}}]}}"#
        )
    }

    #[track_caller]
    fn check(text: &str, expected: &[&str], complaints: &[&str]) {
        let lines = read_lines("v1-runs.jsonl", text.as_bytes());
        let runs: Vec<&str> = lines.runs.iter().map(|run| run.id.as_str()).collect();
        let said: Vec<String> = lines
            .broken
            .iter()
            .map(|broken| {
                let complaint = &broken.complaint;
                format!("{}: {}", complaint.line.unwrap_or(0), complaint.message)
            })
            .collect();
        assert_eq!(runs, expected);
        assert_eq!(said, complaints);
    }

    #[test]
    fn a_broken_line_takes_no_other_with_it() {
        let good = line("a", "build", 1.0);
        check(&format!("{good}\n\n{}\n", line("b", "build", 2.0)), &["a", "b"], &[]);
        let torn = &good[..90];
        check(
            &format!("{torn}\n{good}\n\u{0}\n{}", good.replace("run/1", "run/7")),
            &["a"],
            &[
                "1: left out: it ends in the middle: EOF while parsing a string at line 1 column 90",
                "3: left out: it is not what plimsoll-run writes: expected value at line 1 column 1",
                "4: left out: it is not what plimsoll-run writes: line 1: the format is `plimsoll.run/7`, this version reads `plimsoll.run/1`",
            ],
        );
    }

    #[test]
    fn a_line_that_measured_nothing_is_named() {
        let empty = r#"{"format":"plimsoll.run/1","id":"e","measurements":[]}"#;
        check(empty, &[], &["1: left out: no measurement was found in what plimsoll-run left behind"]);
    }
}
