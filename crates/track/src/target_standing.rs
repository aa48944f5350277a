//! How the newest values stand against the targets.

use std::collections::BTreeMap;

use plimsoll_model::{Detector, Policy, Run, Severity, Target, TargetOutcome};
use plimsoll_store::{RunNumber, SeriesFilter, SeriesRow, SqliteStore, StoreError};

use crate::baseline_runs::BaselineRuns;
use crate::judge::{Rules, Subject, judge};
use crate::series_name::{SeriesPlace, current_series};

/// A target, with a series it is for and how the newest value of that series stands.
#[derive(Debug, Clone, PartialEq)]
pub struct TargetStanding {
    /// The target.
    pub target: Target,
    /// The series; `None` where nothing measured fits.
    pub series: Option<SeriesRow>,
    /// How its newest value stands.
    pub outcome: Option<TargetOutcome>,
    /// How bad it is, where the limit is passed.
    pub severity: Option<Severity>,
}

/// Every target of the rules with every series it is for, in the order of the targets. The newest value is that of the newest
/// clean run that measured the series: on the default branch, or on any where the default branch has none.
pub fn target_standings(
    store: &SqliteStore,
    project: &str,
    rules: Rules<'_>,
) -> Result<Vec<TargetStanding>, StoreError> {
    let all = current_series(store, SeriesPlace { project, ..SeriesPlace::default() })?;
    let mut standings = Vec::new();
    for target in &rules.policy.targets {
        let fitting: Vec<&SeriesRow> = all.iter().filter(|row| target.is_for(&row.key)).collect();
        if fitting.is_empty() {
            standings.push(TargetStanding {
                target: target.clone(),
                series: None,
                outcome: None,
                severity: None,
            });
        }
        let mut by_run: BTreeMap<RunNumber, Vec<&SeriesRow>> = BTreeMap::new();
        for row in fitting {
            match newest_run_of(store, row, rules.default_branch)? {
                Some(run) => by_run.entry(run).or_default().push(row),
                None => standings.push(unmeasured(target, row)),
            }
        }
        for (run, rows) in by_run {
            standings.extend(stand_in_run(store, run, &rows, target, rules)?);
        }
    }
    Ok(standings)
}

fn unmeasured(target: &Target, row: &SeriesRow) -> TargetStanding {
    TargetStanding { target: target.clone(), series: Some(row.clone()), outcome: None, severity: None }
}

fn newest_run_of(
    store: &SqliteStore,
    row: &SeriesRow,
    default_branch: &str,
) -> Result<Option<RunNumber>, StoreError> {
    for branch in [Some(default_branch), None] {
        let filter = SeriesFilter { branch, eligible_only: true, last: Some(1), ..SeriesFilter::default() };
        if let Some(point) = store.read_series(row.id, &filter)?.first() {
            return Ok(Some(point.place.number));
        }
    }
    Ok(None)
}

/// Judges the measurements of one run that `target` is for, against this target alone.
fn stand_in_run(
    store: &SqliteStore,
    number: RunNumber,
    rows: &[&SeriesRow],
    target: &Target,
    rules: Rules<'_>,
) -> Result<Vec<TargetStanding>, StoreError> {
    let mut run: Run = store.load_run(number)?;
    let is_wanted = |key: &_| rows.iter().any(|row| row.key == *key);
    let keys: Vec<_> = run.measurements.iter().map(|one| run.series_of(one)).collect();
    let mut keys = keys.into_iter();
    run.measurements.retain(|_| keys.next().is_some_and(|key| is_wanted(&key)));
    for measurement in &mut run.measurements {
        measurement.target = None;
    }
    let place = store.runs(&[number])?.first().map(|row| row.place);
    let baseline = BaselineRuns::of_branch(store, &run, place, rules.default_branch)?;
    let mut policy = Policy { targets: vec![target.clone()], ..rules.policy.clone() };
    policy.defaults.detectors = vec![Detector::Target];
    for rule in &mut policy.rules {
        rule.patch.detectors = None;
    }
    let rules = Rules { policy: &policy, ..rules };
    let evaluation = judge(store, Subject { run: &run, series: None }, &baseline, rules)?;
    let stand = |row: &&SeriesRow| {
        let judged = evaluation.series.iter().find(|series| series.key == row.key);
        TargetStanding {
            target: target.clone(),
            series: Some((*row).clone()),
            outcome: judged.and_then(|series| series.target.clone()),
            severity: judged.and_then(|series| series.severity),
        }
    };
    Ok(rows.iter().map(stand).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::ScratchHistory;
    use plimsoll_model::{Bound, Limit, TargetStatus};

    fn target(benchmark: &str, max: f64) -> Target {
        Target {
            id: None,
            suite: None,
            benchmark: benchmark.to_owned(),
            metric: "time".to_owned(),
            bound: Bound::Max(max),
            unit: None,
            per: None,
            warn: Limit::Relative(0.1),
            error: Limit::Relative(0.2),
        }
    }

    #[track_caller]
    fn check(target: Target, expected: &[(&str, Option<TargetStatus>, Option<Severity>)]) {
        let mut history = ScratchHistory::quiet();
        // The newest run measured one of the two; a branch counts for nothing here.
        history.track("main", &[("render", 80.0)]);
        history.track("feature", &[("parse", 900.0)]);
        history.policy.targets.push(target);
        let standings = target_standings(&history.store, "p", history.rules()).expect("targets are held");
        let mut found: Vec<_> = standings
            .iter()
            .map(|standing| {
                let name = standing.series.as_ref().map_or("", |row| row.key.benchmark.as_str());
                let status = standing.outcome.as_ref().map(|outcome| outcome.status);
                (name, status, standing.severity)
            })
            .collect();
        found.sort_unstable_by_key(|(name, ..)| *name);
        assert_eq!(found, expected);
    }

    #[test]
    fn every_fitting_series_stands_by_its_newest_value() {
        let (met, over) = (Some(TargetStatus::Met), Some(TargetStatus::Over));
        check(
            target("*", 70.0),
            &[("parse", over, Some(Severity::Critical)), ("render", over, Some(Severity::Warning))],
        );
        check(target("render", 80.0), &[("render", met, None)]);
        check(target("parse", 110.0), &[("parse", met, None)]);
        check(target("link", 1.0), &[("", None, None)]);
    }
}
