//! Before the gate closes, look twice: only what both runs show counts.

use std::collections::BTreeMap;

use plimsoll_model::{
    Detector, Evaluation, Evidence, Finding, SeriesEvaluation, SeriesKey, SeriesVerdict, Suspicion,
};

use crate::run_verdict::conclude;
use crate::significance::{WholeRun, drop_moot_doubts, is_suspected_of_closing, settle};

/// Two evaluations of the same commit, the second from a repeated run, become one: of each series the milder. What both suspect is
/// tested again with both looks, among all series. Where the first would have closed the gate and the second does not, a finding
/// says so. A series that only one of the runs measured keeps what that one said.
pub fn second_look(first: Evaluation, second: Evaluation) -> Evaluation {
    let whole = WholeRun {
        tested: first.tested.max(second.tested),
        common_shift: first.common_shift.and(second.common_shift),
    };
    let mut series: Vec<SeriesEvaluation> = Vec::with_capacity(second.series.len());
    let mut firsts: BTreeMap<SeriesKey, SeriesEvaluation> =
        first.series.into_iter().map(|evaluation| (evaluation.key.clone(), evaluation)).collect();
    let mut seen_twice: Vec<usize> = Vec::new();
    for again in second.series {
        let merged = match firsts.remove(&again.key) {
            None => again,
            Some(before) => {
                let (merged, is_suspect) = merged(before, again);
                if is_suspect {
                    seen_twice.push(series.len());
                }
                merged
            }
        };
        series.push(merged);
    }
    let mut suspects: Vec<&mut SeriesEvaluation> = series
        .iter_mut()
        .enumerate()
        .filter(|(index, _)| seen_twice.binary_search(index).is_ok())
        .map(|(_, evaluation)| evaluation)
        .collect();
    settle(&mut suspects, whole.tested);
    series.iter_mut().for_each(drop_moot_doubts);
    series.extend(firsts.into_values());
    Evaluation { baseline: second.baseline, ..conclude(series, whole, second.complaints) }
}

/// The milder of two looks, and whether both suspect the same, so that it is to be tested again.
fn merged(before: SeriesEvaluation, again: SeriesEvaluation) -> (SeriesEvaluation, bool) {
    if again.verdict == SeriesVerdict::Missing {
        return (before, false);
    }
    if before.verdict == SeriesVerdict::Missing {
        return (again, false);
    }
    match (before.suspicion, again.suspicion) {
        (Some(one), Some(other)) if one.is_worse == other.is_worse => agreed(before, again, one, other),
        _ => (milder(before, again), false),
    }
}

/// Both looks suspect the same. What the whole run explains in one of them stays open.
fn agreed(
    before: SeriesEvaluation,
    again: SeriesEvaluation,
    one: Suspicion,
    other: Suspicion,
) -> (SeriesEvaluation, bool) {
    match (one.is_shared, other.is_shared) {
        (true, _) => return (before, false),
        (false, true) => return (again, false),
        (false, false) => {}
    }
    let looks = one.looks.max(other.looks) + 1;
    let mut milder = if one.distance < other.distance { before } else { again };
    milder.suspicion = Some(common_suspicion(one, other, looks));
    (milder, true)
}

/// What two suspicions of one series have in common: the nearer one, with what both claim.
pub(crate) fn common_suspicion(one: Suspicion, other: Suspicion, looks: usize) -> Suspicion {
    let nearer = if one.distance < other.distance { one } else { other };
    Suspicion {
        severity: one.severity.min(other.severity),
        is_large: one.is_large && other.is_large,
        looks,
        ..nearer
    }
}

fn milder(before: SeriesEvaluation, mut again: SeriesEvaluation) -> SeriesEvaluation {
    let would_be = match before.suspicion {
        Some(suspicion) if suspicion.is_worse => Some(suspicion.severity).max(before.severity),
        _ => before.severity,
    };
    let would_close = before.closes_gate || is_suspected_of_closing(&before);
    if is_worse(&again, &before) {
        return unconfirmed(before);
    }
    if would_close
        && !again.closes_gate
        && let (Some(first_value), Some(would_be)) = (before.value, would_be)
    {
        let evidence = Evidence::NotConfirmed { first_value, would_be };
        again.findings.push(Finding { detector: Detector::Ladder, severity: None, evidence });
    }
    unconfirmed(again)
}

/// An improvement that only one look shows is none.
fn unconfirmed(mut evaluation: SeriesEvaluation) -> SeriesEvaluation {
    if evaluation.suspicion.is_some() && evaluation.verdict == SeriesVerdict::Improved {
        evaluation.verdict = SeriesVerdict::Unchanged;
    }
    evaluation
}

/// Whether `left` looks worse than `right`: by severity, then by size.
fn is_worse(left: &SeriesEvaluation, right: &SeriesEvaluation) -> bool {
    let size = |series: &SeriesEvaluation| series.worsening().unwrap_or(0.0);
    (left.severity, size(left)) > (right.severity, size(right))
}
