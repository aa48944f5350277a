//! A branch is not blamed for what its base brought.

use std::collections::HashMap;

use plimsoll_analyse::has_grown;
use plimsoll_model::{
    Alert, BaselineKind, Detector, Evaluation, Evidence, Finding, Policy, Run, SeriesEvaluation, SeriesKey,
    Severity,
};
use plimsoll_store::{AlertFilter, SqliteStore, StoreError};

use crate::baseline_runs::BaselineRuns;
use crate::track::LIVE;

/// Marks the regressions that have an alert on the branch that `run` is held against, opened by a commit that the run is built
/// upon, and that are no worse than what opened it. They are shown and do not close the gate.
pub(crate) fn mark_known_on_base(
    store: &SqliteStore,
    run: &Run,
    baseline: &BaselineRuns,
    policy: &Policy,
    evaluation: &mut Evaluation,
) -> Result<(), StoreError> {
    let branch = &baseline.source.name;
    let is_own = run.context.branch.as_ref() == Some(branch);
    let (false, BaselineKind::Branch, Some(newest)) = (is_own, baseline.source.kind, baseline.runs.last())
    else {
        return Ok(());
    };
    if !evaluation.series.iter().any(is_alarming) {
        return Ok(());
    }
    let alerts = store.alerts(&AlertFilter {
        project: &run.project,
        suite: Some(&run.suite),
        testbed: Some(&run.context.testbed),
        branch: Some(branch),
        states: &LIVE,
        ..AlertFilter::default()
    })?;
    let mut known: HashMap<&SeriesKey, &Alert> = HashMap::new();
    for alert in &alerts {
        let began = match &alert.began {
            Some(hash) => store.commit_order(&run.project, hash)?,
            None => None,
        };
        if began.is_some_and(|began| began <= newest.order) {
            known.insert(&alert.series, alert);
        }
    }
    for series in evaluation.series.iter_mut().filter(|series| is_alarming(series)) {
        if let Some(alert) = known.get(&series.key).filter(|alert| !has_grown(series, alert, policy)) {
            series.closes_gate = false;
            series.findings.push(Finding {
                detector: Detector::Ladder,
                severity: None,
                evidence: Evidence::KnownOnBase { alert: alert.id, branch: branch.clone() },
            });
        }
    }
    Ok(())
}

/// Whether the series would open an alert, now or when a second look shows the same.
fn is_alarming(series: &SeriesEvaluation) -> bool {
    series.severity >= Some(Severity::Warning) || series.suspicion.is_some_and(|suspicion| suspicion.is_worse)
}

/// Whether the regression of a series is the base branch's.
pub(crate) fn is_known_on_base(series: &SeriesEvaluation) -> bool {
    series.findings.iter().any(|finding| matches!(finding.evidence, Evidence::KnownOnBase { .. }))
}
