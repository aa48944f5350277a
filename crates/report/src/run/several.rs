//! Several judged runs as one JSON document.

use plimsoll_model::{Counts, ENGINE, Gate, RunVerdict, SeriesVerdict};
use serde::Serialize;
use serde_json::value::RawValue;

use super::RunView;
use crate::json;

/// The name and version of the format.
const FORMAT: &str = "plimsoll.reports/1";

/// Judged runs, one added after the other. Their views need not stay.
#[derive(Debug, Default)]
pub struct RunReports {
    reports: Vec<Box<RawValue>>,
    verdicts: Vec<RunVerdict>,
    series: Vec<SeriesVerdict>,
    /// With the suite that each gate is of.
    gates: Vec<(String, Gate)>,
}

#[derive(Serialize)]
struct Document<'a> {
    format: &'static str,
    engine: &'static str,
    verdict: RunVerdict,
    gate: Gate,
    counts: Counts,
    reports: &'a [Box<RawValue>],
}

impl RunReports {
    /// Adds a run.
    pub fn add(&mut self, view: &RunView<'_>) {
        let report = RawValue::from_string(view.json().trim_end().to_owned());
        self.reports.push(report.expect("a report is JSON"));
        self.verdicts.push(view.evaluation.verdict);
        self.series.extend(view.evaluation.series.iter().map(|series| series.verdict));
        self.gates.push((view.run.suite.to_owned(), view.gate.clone()));
    }

    /// Of one run its `plimsoll.report/1`. Of several one `plimsoll.reports/1`, which has verdict, gate and counts in
    /// the same places, over all of them, and the reports besides. `None` of no run.
    pub fn json(&self) -> Option<String> {
        if let [report] = self.reports.as_slice() {
            return Some(format!("{report}\n"));
        }
        let (_, worst) = self.gates.iter().max_by_key(|(_, gate)| weight(gate))?;
        let decisive = self.gates.iter().filter(|(_, gate)| weight(gate) == weight(worst));
        let alerts = decisive.clone().flat_map(|(_, gate)| gate.alerts.iter().copied()).collect();
        let because: Vec<String> =
            decisive.map(|(suite, gate)| format!("suite {suite}: {}", gate.because)).collect();
        let gate = Gate { because: because.join("; "), alerts, ..worst.clone() };
        Some(json::document(&Document {
            format: FORMAT,
            engine: ENGINE,
            verdict: verdict(&self.verdicts),
            gate,
            counts: self.series.iter().copied().collect(),
            reports: &self.reports,
        }))
    }
}

/// A closed gate (1) goes before doubt (5) and both before a pass.
fn weight(gate: &Gate) -> usize {
    [5, 1].iter().position(|code| *code == gate.exit_code).map_or(0, |place| place + 1)
}

fn verdict(of: &[RunVerdict]) -> RunVerdict {
    use RunVerdict::{Improved, Inconclusive, Mixed, Pass, Regressed};
    let has = |verdict| of.contains(&verdict);
    match (has(Mixed) || has(Regressed), has(Mixed) || has(Improved)) {
        (true, true) => Mixed,
        (true, false) => Regressed,
        (false, true) => Improved,
        (false, false) if has(Pass) => Pass,
        (false, false) => Inconclusive,
    }
}

#[cfg(test)]
mod tests {
    use RunVerdict::{Improved, Inconclusive, Mixed, Pass, Regressed};

    use super::*;

    #[test]
    fn one_verdict_stands_for_all() {
        for (of, expected) in [
            (&[Pass, Regressed, Inconclusive][..], Regressed),
            (&[Improved, Regressed], Mixed),
            (&[Improved, Pass], Improved),
            (&[Mixed, Pass], Mixed),
            (&[Inconclusive, Pass], Pass),
            (&[Inconclusive, Inconclusive], Inconclusive),
        ] {
            assert_eq!(verdict(of), expected, "{of:?}");
        }
    }
}
