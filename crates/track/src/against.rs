//! Judging a run against what somebody names instead of the baseline that would be chosen.

use std::collections::BTreeSet;

use plimsoll_analyse::{SeriesInput, evaluate};
use plimsoll_model::{
    BaselineKind, BaselineSource, Complaint, Evaluation, Measurement, Outcome, Run, SeriesKey,
};
use plimsoll_store::{Place, RunRow, SqliteStore, StoreError};

use crate::baseline_runs::BaselineRuns;
use crate::failures::leave_failures_out;
use crate::judge::{DAY_US, Rules};
use crate::renames::Renames;
use crate::side::{Named, StoredSide};

/// The runs that `subject` is held against when somebody names a revision or a run: those of its branch up to and including it.
/// The subject itself and what came after it play no part.
pub fn baseline_up_to(
    store: &SqliteStore,
    project: &str,
    subject: &RunRow,
    (name, side): (&str, &StoredSide),
    default_branch: &str,
) -> Result<BaselineRuns, StoreError> {
    let of_lane = side.runs.iter().rfind(|row| row.lane == subject.lane);
    let newest = of_lane.or(side.runs.last());
    let branch = match side.named {
        Named::Branch => name,
        Named::Commit | Named::Run => newest.and_then(|row| row.branch.as_deref()).unwrap_or(default_branch),
    };
    let limit = newest.map(|row| match side.named {
        Named::Run => Place { number: row.number + 1, ..row.place },
        Named::Branch | Named::Commit => Place::after_commit(row.place.order),
    });
    up_to(store, project, subject, name, branch, limit)
}

/// The same for a commit that nothing was measured on, if its place in history is known.
pub fn baseline_up_to_commit(
    store: &SqliteStore,
    project: &str,
    subject: &RunRow,
    (name, hash): (&str, &str),
    default_branch: &str,
) -> Result<Option<BaselineRuns>, StoreError> {
    let Some(order) = store.commit_order(project, hash)? else {
        return Ok(None);
    };
    let limit = Some(Place::after_commit(order));
    up_to(store, project, subject, name, default_branch, limit).map(Some)
}

fn up_to(
    store: &SqliteStore,
    project: &str,
    subject: &RunRow,
    name: &str,
    branch: &str,
    limit: Option<Place>,
) -> Result<BaselineRuns, StoreError> {
    let before = limit.map_or(subject.place, |limit| limit.min(subject.place));
    let mut found = BaselineRuns::on(store, subject.lane, project, branch, Some(before))?;
    found.source.kind = BaselineKind::Revision;
    name.clone_into(&mut found.source.name);
    if found.runs.is_empty() {
        found.complaints.push(Complaint::new(format!(
            "branch {branch} has no clean run of suite {} on {} up to {name}",
            subject.suite, subject.testbed
        )));
    }
    Ok(found)
}

/// Judges a run against the one run of a file. That is a young baseline: samples decide, where both have them. Suite and testbed of
/// the file are taken to be the run's.
pub fn judge_against_file(run: &Run, name: &str, baseline: &Run, rules: Rules<'_>) -> Evaluation {
    let age_us = run.context.started_at.as_microsecond() - baseline.context.started_at.as_microsecond();
    let newest_age_days = age_us as f64 / DAY_US;
    let earlier = |key: &SeriesKey, measurement: &Measurement| {
        baseline.measurements.iter().find(|earlier| {
            earlier.outcome == Outcome::Success
                && key_of(run, earlier, rules.renames) == *key
                && earlier.metric.unit == measurement.metric.unit
        })
    };
    let mut inputs: Vec<SeriesInput<'_>> = Vec::with_capacity(run.measurements.len());
    let mut measured = BTreeSet::new();
    for measurement in &run.measurements {
        let key = run.series_of(measurement);
        let before = earlier(&key, measurement);
        measured.insert(key.clone());
        inputs.push(SeriesInput {
            history: before.map(|before| before.value).into_iter().collect(),
            pooled_samples: before.map_or_else(Vec::new, |before| before.samples.clone()),
            ..input(key, measurement, newest_age_days)
        });
    }
    for gone in &baseline.measurements {
        let key = key_of(run, gone, rules.renames);
        if gone.outcome == Outcome::Success && measured.insert(key.clone()) {
            inputs.push(SeriesInput {
                measurement: None,
                history: vec![gone.value],
                ..input(key, gone, newest_age_days)
            });
        }
    }
    leave_failures_out(&mut inputs);
    let mut evaluation = evaluate(&inputs, rules.policy);
    evaluation.baseline = Some(BaselineSource { kind: BaselineKind::File, name: name.to_owned(), runs: 1 });
    evaluation
}

fn input<'a>(key: SeriesKey, measurement: &'a Measurement, newest_age_days: f64) -> SeriesInput<'a> {
    SeriesInput { newest_age_days, ..SeriesInput::new(key, measurement) }
}

/// The series of a file's measurement, as the run would call it.
fn key_of(run: &Run, measurement: &Measurement, renames: &Renames) -> SeriesKey {
    let mut key = run.series_of(measurement);
    if let Some(name) = renames.new_name(&key.benchmark) {
        key.benchmark = name;
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::{about, append, run, scratch_store};
    use plimsoll_model::{Policy, SeriesVerdict};

    fn side(store: &SqliteStore, place: u64, named: Named) -> StoredSide {
        StoredSide {
            named,
            runs: store.resolve_run("p", &format!("{place:032x}")).unwrap(),
            complaints: Vec::new(),
        }
    }

    #[test]
    fn the_runs_up_to_what_was_named_are_the_baseline_and_never_the_run_itself() {
        let (_folder, mut store) = scratch_store();
        for place in 1..=9 {
            append(&mut store, &run(place, &[("parse", about(100.0, place))]));
        }
        let subject = store.resolve_run("p", &format!("{:032x}", 9)).unwrap().remove(0);
        let count = |place, named| {
            let side = side(&store, place, named);
            let found = baseline_up_to(&store, "p", &subject, ("v1", &side), "main").unwrap();
            (found.source.runs, found.complaints.len())
        };
        assert_eq!(count(4, Named::Commit), (4, 0));
        assert_eq!(count(4, Named::Run), (4, 0));
        assert_eq!(count(9, Named::Commit), (8, 0));
        let mut lone = side(&store, 4, Named::Branch);
        lone.complaints.clear();
        let found = baseline_up_to(&store, "p", &subject, ("nowhere", &lone), "main").unwrap();
        assert_eq!((found.source.runs, found.complaints.len()), (0, 1));
    }

    #[test]
    fn a_file_is_a_young_baseline() {
        let mut before = run(1, &[("parse", 10.0), ("gone", 1.0)]);
        before.measurements[0].samples = vec![9.9, 10.0, 10.1, 10.0, 10.05];
        let mut now = run(2, &[("parse", 10.1), ("new", 1.0)]);
        now.measurements[0].samples = vec![10.0, 10.1, 10.2];
        let renames = Renames::default();
        let rules = Rules { policy: &Policy::default(), renames: &renames, default_branch: "main" };
        let evaluation = judge_against_file(&now, "before.json", &before, rules);
        let told: Vec<(&str, SeriesVerdict)> =
            evaluation.series.iter().map(|series| (series.key.benchmark.as_str(), series.verdict)).collect();
        assert_eq!(
            told,
            [
                ("gone", SeriesVerdict::Missing),
                ("new", SeriesVerdict::New),
                ("parse", SeriesVerdict::Unchanged)
            ]
        );
    }
}
