//! What was accepted on a branch holds where that branch was merged.

use std::collections::BTreeMap;

use plimsoll_analyse::stats::median;
use plimsoll_model::{Outcome, Policy, Run, SeriesEvaluation, SeriesKey};
use plimsoll_store::{BaselineMark, RunFilter, SqliteStore, StoreError};

use crate::baseline_runs::BaselineRuns;
use crate::earlier_looks::judge_in_line;
use crate::judge::{Rules, Subject};
use crate::recovery::OFF_LEVEL_SPREADS;
use crate::track::{Tracked, live_alerts};

/// A merge is as good as new for so many measured runs.
const NEWS_RUNS: usize = 5;

/// Of so many commits at which something was accepted it is asked whether they were merged: of branches that were given up, it is
/// asked again and again.
const MOST_ASKED: usize = 16;

/// A new normal that came to the branch of a run with a merge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CarriedNormal {
    /// The branch that it was accepted on.
    pub branch: String,
    /// Why it was accepted.
    pub note: String,
    /// The series whose baselines start anew at the run.
    pub series: Vec<SeriesKey>,
}

/// Lets what was accepted on another branch hold for the run's branch too, and judges the run by it.
///
/// A series starts anew at the run if somebody accepted it at a commit that the run's commit contains and that was not yet
/// contained a few runs ago, and if the run shows the level that was accepted: within the warning level of it or within the
/// noise. A series with a live alert on the run's branch stays as it is: that is someone else's change. `contains` tells whether
/// its second commit is built upon its first.
pub fn carry_accepted(
    store: &mut SqliteStore,
    run: &Run,
    tracked: Tracked,
    rules: Rules<'_>,
    contains: &dyn Fn(&str, &str) -> bool,
) -> Result<(Tracked, Vec<CarriedNormal>), StoreError> {
    let (Some(branch), Some(commit)) = (&run.context.branch, &run.context.commit) else {
        return Ok((tracked, Vec::new()));
    };
    if !run.is_clean() || run.outcome != Outcome::Success {
        return Ok((tracked, Vec::new()));
    }
    let marks = accepted_elsewhere(store, run)?;
    if marks.is_empty() {
        return Ok((tracked, Vec::new()));
    }
    let baseline = BaselineRuns::of_branch(store, run, Some(tracked.place), rules.default_branch)?;
    let accepted = merged_of_late(store, run, &baseline, marks, |hash, older| {
        contains(hash, &commit.hash) && !contains(hash, older)
    })?;
    if accepted.is_empty() {
        return Ok((tracked, Vec::new()));
    }
    let alerts = live_alerts(store, run)?;
    let mut carried: Vec<CarriedNormal> = Vec::new();
    for series in &tracked.evaluation.series {
        let of_series = accepted.iter().filter(|level| level.is_of(&series.key));
        let newest = of_series.max_by_key(|level| level.mark.at);
        let (Some(level), false) = (newest, alerts.iter().any(|alert| alert.series == series.key)) else {
            continue;
        };
        if !level.value(series).is_some_and(|value| is_same_level(series, value, rules.policy)) {
            continue;
        }
        let BaselineMark { note, by, at, branch: from, .. } = &level.mark;
        // By its words and its time it is known as the same acceptance.
        let key = Some(&series.key);
        store.accept_baseline(&run.project, branch, key, tracked.number, note, by.as_deref(), *at)?;
        match carried.iter_mut().find(|known| known.branch == *from && known.note == *note) {
            Some(known) => known.series.push(series.key.clone()),
            None => carried.push(CarriedNormal {
                branch: from.clone(),
                note: note.clone(),
                series: vec![series.key.clone()],
            }),
        }
    }
    if carried.is_empty() {
        return Ok((tracked, carried));
    }
    let baseline = BaselineRuns::of_branch(store, run, Some(tracked.place), rules.default_branch)?;
    let subject = Subject { run, series: None };
    let evaluation = judge_in_line(store, subject, tracked.place, &baseline, rules)?;
    Ok((Tracked { evaluation, ..tracked }, carried))
}

/// What somebody accepted, with what was measured at that commit.
struct AcceptedLevel {
    mark: BaselineMark,
    runs: Vec<Run>,
}

impl AcceptedLevel {
    fn is_of(&self, key: &SeriesKey) -> bool {
        self.mark.series.as_ref().is_none_or(|series| series == key)
    }

    /// The value that was accepted: the middle one where the commit was measured more than once.
    fn value(&self, series: &SeriesEvaluation) -> Option<f64> {
        let values = self.runs.iter().flat_map(|run| {
            let of_series = run.measurements.iter().filter(|measurement| {
                measurement.outcome == Outcome::Success
                    && measurement.metric.unit == series.unit
                    && run.series_of(measurement) == series.key
            });
            of_series.map(|measurement| measurement.value)
        });
        median(&values.collect::<Vec<_>>())
    }
}

/// What was accepted on other branches than the run's own, of its suite.
fn accepted_elsewhere(store: &SqliteStore, run: &Run) -> Result<Vec<BaselineMark>, StoreError> {
    let own = run.context.branch.as_ref();
    let of_suite = |key: &SeriesKey| key.suite == run.suite && key.testbed == run.context.testbed;
    let mut marks = store.all_baseline_marks(&run.project)?;
    marks.retain(|mark| own != Some(&mark.branch) && mark.series.as_ref().is_none_or(of_suite));
    Ok(marks)
}

/// Those of `marks` that the branch that `run` is held against does not know, and that came with a merge of late. `came_after`
/// tells whether a commit came to the run's after another one.
fn merged_of_late(
    store: &SqliteStore,
    run: &Run,
    baseline: &BaselineRuns,
    mut marks: Vec<BaselineMark>,
    came_after: impl Fn(&str, &str) -> bool,
) -> Result<Vec<AcceptedLevel>, StoreError> {
    marks.retain(|mark| {
        let is_known = |known: &BaselineMark| {
            (&known.note, &known.by, known.at) == (&mark.note, &mark.by, mark.at)
                && known.series.as_ref().is_none_or(|series| mark.series.as_ref() == Some(series))
        };
        baseline.source.name != mark.branch && !baseline.marks.iter().any(is_known)
    });
    let of_base = &baseline.runs[..baseline.base_runs];
    let Some(older) = of_base.get(of_base.len().saturating_sub(NEWS_RUNS)).filter(|_| !marks.is_empty())
    else {
        return Ok(Vec::new());
    };
    let Some(older) = store.runs(&[older.number])?.pop().and_then(|row| row.commit) else {
        return Ok(Vec::new());
    };
    marks.sort_by_key(|mark| std::cmp::Reverse(mark.at));
    let mut merged: BTreeMap<String, bool> = BTreeMap::new();
    let mut accepted = Vec::new();
    for mark in marks {
        let Some(hash) = store.runs(&[mark.run])?.pop().and_then(|row| row.commit) else { continue };
        if !merged.contains_key(&hash) {
            if merged.len() == MOST_ASKED {
                continue;
            }
            merged.insert(hash.clone(), came_after(&hash, &older));
        }
        if merged.get(&hash) == Some(&true) {
            let runs = runs_at(store, run, &mark.branch, &hash)?;
            accepted.push(AcceptedLevel { mark, runs });
        }
    }
    Ok(accepted)
}

/// What was measured on a branch at a commit, in the lane of `run`.
fn runs_at(store: &SqliteStore, run: &Run, branch: &str, hash: &str) -> Result<Vec<Run>, StoreError> {
    let rows = store.select_runs(&RunFilter {
        project: &run.project,
        suite: Some(&run.suite),
        testbed: Some(&run.context.testbed),
        branch: Some(branch),
        commit: Some(hash),
        eligible_only: true,
        ..RunFilter::default()
    })?;
    rows.iter().map(|row| store.load_run(row.number)).collect()
}

/// Whether the value of `series` belongs to the level that was accepted, and more so than to its baseline.
fn is_same_level(series: &SeriesEvaluation, accepted: f64, policy: &Policy) -> bool {
    let (Some(value), Some(baseline)) = (series.value, series.baseline) else {
        return false;
    };
    // Noise grows with the level.
    let scale = if baseline.center == 0.0 { 1.0 } else { (accepted / baseline.center).abs() };
    let noise = OFF_LEVEL_SPREADS * baseline.spread * scale;
    let warn = policy.settings_for(&series.key).warn.fraction().unwrap_or(0.0) * accepted.abs();
    let distance = (value - accepted).abs();
    distance <= warn.max(noise) && distance < (value - baseline.center).abs()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::acceptance::{Acceptance, accept};
    use crate::scratch::{ScratchHistory, at, hash};
    use crate::track::{append_and_judge, settle_alerts};
    use plimsoll_model::SeriesVerdict::{self, Inconclusive, New, Regressed, Unchanged};

    /// Five main runs, and a branch whose newest commit made `parse` 150 and was accepted.
    fn accepted_on_a_branch() -> (ScratchHistory, String) {
        let mut history = ScratchHistory::quiet();
        let slow = history.track("feature", &[("parse", 150.0), ("render", 50.0)]).number;
        let commit = hash(history.next_place() - 1);
        accept_run(&mut history, slow);
        (history, commit)
    }

    fn accept_run(history: &mut ScratchHistory, run: i64) {
        let policy = history.policy.clone();
        let acceptance = Acceptance { run, series: None, note: "exact", by: Some("Ada"), now: at(100) };
        let renames = crate::Renames::default();
        let rules = Rules { policy: &policy, renames: &renames, default_branch: "main" };
        accept(&mut history.store, acceptance, rules).expect("it is accepted");
    }

    /// Tracks a run of a branch that contains `merged` from its commit `merge` on; tells the verdicts of parse and render, the
    /// live alerts, and what was carried.
    fn track(
        history: &mut ScratchHistory,
        branch: &str,
        values: [f64; 2],
        contains: &dyn Fn(&str, &str) -> bool,
    ) -> ([SeriesVerdict; 2], usize, Vec<(String, usize)>) {
        let run = history.run(branch, &[("parse", values[0]), ("render", values[1])]);
        let policy = history.policy.clone();
        let renames = crate::Renames::default();
        let rules = Rules { policy: &policy, renames: &renames, default_branch: "main" };
        let tracked = append_and_judge(&mut history.store, &run, rules).expect("it is stored");
        let (tracked, carried) =
            carry_accepted(&mut history.store, &run, tracked, rules, contains).expect("it is judged");
        let alerts = settle_alerts(&mut history.store, &run, &tracked, rules, at(50)).expect("alerts settle");
        let verdict = |name: &str| {
            let mut series = tracked.evaluation.series.iter();
            series.find(|series| series.key.benchmark == name).expect("it was measured").verdict
        };
        let carried = carried.into_iter().map(|normal| (normal.branch, normal.series.len()));
        ([verdict("parse"), verdict("render")], alerts.len(), carried.collect())
    }

    /// Every commit from this place on contains `merged`.
    fn since(place: u64, merged: &str) -> impl Fn(&str, &str) -> bool {
        let containing: Vec<String> = (place..place + 20).map(hash).collect();
        let merged = merged.to_owned();
        move |ancestor, commit| ancestor == merged && containing.iter().any(|hash| hash == commit)
    }

    #[test]
    fn what_was_accepted_holds_after_the_merge() {
        let (mut history, commit) = accepted_on_a_branch();
        let contains = since(history.next_place(), &commit);
        let merged = track(&mut history, "main", [151.0, 50.0], &contains);
        assert_eq!(merged, ([New, Unchanged], 0, vec![("feature".to_owned(), 1)]));
        for value in [150.0, 149.0, 150.5, 149.5] {
            let (_, alerts, carried) = track(&mut history, "main", [value, 50.0], &contains);
            assert_eq!((alerts, carried), (0, Vec::new()));
        }
        let marks = history.store.baseline_marks("p", "main").expect("marks are read");
        assert_eq!((marks.len(), marks[0].note.as_str(), marks[0].by.as_deref()), (1, "exact", Some("Ada")));
        let worse = track(&mut history, "main", [225.0, 50.0], &contains);
        assert_eq!(worse, ([Regressed, Unchanged], 1, Vec::new()));
    }

    /// With a new normal the run is judged as it will be by whoever asks for it later: with the runs right before it.
    #[test]
    fn what_runs_in_a_row_show_stays_beside_what_was_accepted() {
        let mut history = ScratchHistory::quiet();
        for render in [50.0, 150.0, 50.0, 50.5, 49.5, 50.0, 150.0, 150.0, 50.0, 50.5, 49.5, 50.0, 50.0] {
            history.track("main", &[("parse", 100.0), ("render", render)]);
        }
        let slow = history.track("feature", &[("parse", 150.0), ("render", 50.0)]).number;
        let commit = hash(history.next_place() - 1);
        accept_run(&mut history, slow);
        let nothing = |_: &str, _: &str| false;
        let mut before = Vec::new();
        for _ in 0..2 {
            before.push(track(&mut history, "main", [100.0, 150.0], &nothing).0[1]);
        }
        let contains = since(history.next_place(), &commit);
        let (verdicts, _, carried) = track(&mut history, "main", [150.0, 150.0], &contains);
        assert_eq!((before, verdicts), (vec![Inconclusive; 2], [New, Regressed]));
        assert_eq!(carried, [("feature".to_owned(), 1)]);
    }

    #[test]
    fn without_the_commit_nothing_was_merged() {
        let (mut history, _) = accepted_on_a_branch();
        let slow = track(&mut history, "main", [150.0, 50.0], &|_, _| false);
        assert_eq!(slow, ([Regressed, Unchanged], 1, Vec::new()));
    }

    #[test]
    fn another_level_is_not_what_was_accepted() {
        let (mut history, commit) = accepted_on_a_branch();
        let contains = since(history.next_place(), &commit);
        let worse = track(&mut history, "main", [190.0, 80.0], &contains);
        assert_eq!(worse, ([Regressed, Regressed], 2, Vec::new()));
        // The alert is someone's to answer for, though the value is the accepted one now.
        let (_, alerts, carried) = track(&mut history, "main", [150.0, 50.0], &contains);
        assert_eq!((alerts > 0, carried), (true, Vec::new()));
    }

    #[test]
    fn a_merge_long_ago_excuses_nothing() {
        let (mut history, commit) = accepted_on_a_branch();
        let contains = since(history.next_place(), &commit);
        for value in [100.0, 101.0, 99.0, 100.0, 100.5, 99.5] {
            let fixed = track(&mut history, "main", [value, 50.0], &contains);
            assert_eq!(fixed, ([Unchanged, Unchanged], 0, Vec::new()));
        }
        let slow = track(&mut history, "main", [150.0, 50.0], &contains);
        assert_eq!(slow, ([Regressed, Unchanged], 1, Vec::new()));
    }

    #[test]
    fn of_branches_that_were_given_up_it_is_asked_with_measure() {
        let mut history = ScratchHistory::quiet();
        for number in 0..MOST_ASKED + 4 {
            let values = [("parse", 150.0), ("render", 80.0)];
            let slow = history.track(&format!("given-up-{number}"), &values).number;
            accept_run(&mut history, slow);
        }
        let asked = std::cell::Cell::new(0);
        let contains = |_: &str, _: &str| {
            asked.set(asked.get() + 1);
            false
        };
        let quiet = track(&mut history, "main", [100.0, 50.0], &contains);
        assert_eq!(quiet, ([Unchanged, Unchanged], 0, Vec::new()));
        assert_eq!(asked.get(), MOST_ASKED);
    }

    #[test]
    fn a_branch_on_top_of_the_branch_takes_it_over_and_a_branch_of_main_has_it_from_there() {
        let (mut history, commit) = accepted_on_a_branch();
        let contains = since(history.next_place(), &commit);
        let above = track(&mut history, "above", [150.0, 50.0], &contains);
        assert_eq!(above, ([New, Unchanged], 0, vec![("feature".to_owned(), 1)]));
        let merged = track(&mut history, "main", [150.0, 50.0], &contains);
        assert_eq!(merged.2.iter().map(|(_, series)| series).sum::<usize>(), 1);
        let (_, alerts, carried) = track(&mut history, "later", [150.0, 50.0], &contains);
        assert_eq!((alerts, carried), (0, Vec::new()));
    }
}
