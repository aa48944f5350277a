//! What `cargo bench` prints: the text of Criterion, libtest and divan, often all three in one, since a workspace has
//! targets of several harnesses and those without benchmarks announce `running 0 tests`.
//!
//! Every line goes to the harness whose line it is; each measurement carries the harness that printed it.

use plimsoll_model::Measurement;

use super::criterion_text::CriterionLines;
use super::divan::{self, Tree};
use super::libtest;
use crate::lines::Lines;
use crate::{Harness, Input, ParseError, Parsed};

/// Reads the inputs as one result. `harness` is the one that most of it was recognised as.
pub(crate) fn parse(harness: Harness, inputs: &mut [Input<'_>]) -> Result<Parsed, ParseError> {
    let mut parsed = Parsed::default();
    for input in inputs {
        let mut lines = Lines::new(harness, input);
        let mut targets = Targets::default();
        while let Some(line) = lines.next_line()? {
            if let Some(complaint) = targets.read(line.text, &mut parsed.measurements) {
                lines.complain(complaint);
            }
        }
        parsed.complaints.append(&mut lines.into_complaints());
    }
    parsed
        .measurements
        .chunk_by_mut(|one, next| one.harness == next.harness)
        .filter(|measurements| measurements[0].harness == Harness::Divan.name())
        .for_each(divan::name_rates);
    Ok(parsed)
}

/// Where each harness's text stood.
#[derive(Default)]
struct Targets {
    tree: Tree,
    criterion: CriterionLines,
}

impl Targets {
    /// Takes one line; returns a complaint if it should have been a measurement.
    fn read(&mut self, line: &str, measurements: &mut Vec<Measurement>) -> Option<String> {
        if is_libtest(line) {
            return libtest::read(line, measurements);
        }
        if divan::is_row(line) {
            return self.tree.read(line, measurements);
        }
        self.criterion.read(line, measurements)
    }
}

/// Whether a line is of libtest's: `test name ... bench: …`, an event, or a remark about a whole target.
fn is_libtest(line: &str) -> bool {
    match line.trim_start().as_bytes().first() {
        Some(b't') => line.trim_start().starts_with("test ") && line.contains("... "),
        Some(b'{') => line.contains("\"type\""),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listing::{listing, parse_one};

    const MIXED: &str = "\nrunning 1 test\ntest a::b ... ignored\n\n\
        sum/test of a hundred   time:   [19 ns 20 ns 21 ns]\n                        thrpt:  [34 GiB/s 35 GiB/s 37 GiB/s]\n\
        running 2 tests\ntest sum_thousand ... bench:         328.30 ns/iter (+/- 203.29)\ntest odd ... bench: fast\n\n\
        tree       fastest       │ slowest       │ median        │ mean          │ samples │ iters\n\
        ╰─ ten   2.1 ns        │ 2.3 ns        │ 2.2 ns        │ 2.2 ns        │ 20      │ 20480\n\n\
        test of a name          time:   [1 ns 2 ns 3 ns]\n";

    #[test]
    fn every_line_goes_to_its_harness() {
        for harness in [Harness::CriterionText, Harness::Libtest, Harness::Divan] {
            let measurements = parse_one(harness, MIXED.as_bytes()).expect("results").measurements;
            let seen: Vec<_> = measurements
                .iter()
                .map(|one| format!("{}: {} {}", one.harness, one.benchmark, one.metric.name))
                .collect();
            assert_eq!(
                seen,
                [
                    "criterion-text: sum/test of a hundred time",
                    "criterion-text: sum/test of a hundred throughput",
                    "libtest: sum_thousand time",
                    "divan: tree::ten time",
                    "criterion-text: test of a name time",
                ]
            );
            let complaint = "! 9: odd: left out, `fast` is not understood";
            assert_eq!(listing(harness, MIXED.as_bytes()).lines().last(), Some(complaint));
        }
    }
}
