//! Before the gate closes, look twice: only what both runs show counts.

use plimsoll_model::{Counts, Detector, Evaluation, Evidence, Finding, SeriesEvaluation, SeriesVerdict};

use crate::evaluate::run_verdict;
use crate::rank::rank;

/// Two evaluations of the same commit, the second from a repeated run, become one: of each series the milder. Where the first
/// would have closed the gate and the second does not, a finding says so. A series that only one of the runs measured keeps what
/// that one said.
pub fn second_look(first: Evaluation, second: Evaluation) -> Evaluation {
    let mut series: Vec<SeriesEvaluation> = Vec::with_capacity(second.series.len());
    let mut firsts: std::collections::BTreeMap<_, _> =
        first.series.into_iter().map(|evaluation| (evaluation.key.clone(), evaluation)).collect();
    for again in second.series {
        series.push(match firsts.remove(&again.key) {
            Some(before) => milder(before, again),
            None => again,
        });
    }
    series.extend(firsts.into_values());
    rank(&mut series);
    let counts = Counts::of(&series);
    Evaluation {
        verdict: run_verdict(&counts),
        counts,
        series,
        baseline: second.baseline,
        complaints: second.complaints,
    }
}

fn milder(before: SeriesEvaluation, mut again: SeriesEvaluation) -> SeriesEvaluation {
    if again.verdict == SeriesVerdict::Missing {
        return before;
    }
    if before.verdict != SeriesVerdict::Missing && is_worse(&again, &before) {
        return before;
    }
    if before.closes_gate
        && !again.closes_gate
        && let (Some(first_value), Some(would_be)) = (before.value, before.severity)
    {
        let evidence = Evidence::NotConfirmed { first_value, would_be };
        again.findings.push(Finding { detector: Detector::Ladder, severity: None, evidence });
    }
    again
}

/// Whether `left` looks worse than `right`: by severity, then by size.
fn is_worse(left: &SeriesEvaluation, right: &SeriesEvaluation) -> bool {
    let size = |series: &SeriesEvaluation| series.worsening().unwrap_or(0.0);
    (left.severity, size(left)) > (right.severity, size(right))
}
