//! "This is the new normal": a baseline starts anew.

use jiff::Timestamp;
use plimsoll_model::{Alert, AlertId, AlertState, Evaluation, Run, SeriesKey, SeriesVerdict, TargetStatus};
use plimsoll_store::{AlertChange, AlertFilter, AlertMove, RunNumber, SqliteStore, StoreError};

use crate::judge::Rules;
use crate::track::{LIVE, first_of_pair, judge_stored};

/// With more series than this, one mark for all of them is kept: marks are read whenever a run is judged.
const MOST_MARKS: usize = 64;

/// What is accepted, by whom and why.
#[derive(Debug, Clone, Copy)]
pub struct Acceptance<'a> {
    /// The first run of the new normal.
    pub run: RunNumber,
    /// Only this series; otherwise whatever changed in that run or has a live alert.
    pub series: Option<&'a SeriesKey>,
    /// Why.
    pub note: &'a str,
    /// Who says so.
    pub by: Option<&'a str>,
    /// The present.
    pub now: Timestamp,
}

/// What was accepted.
#[derive(Debug, Clone, PartialEq)]
pub struct Accepted {
    /// The run.
    pub run: Run,
    /// The branch whose baselines start anew.
    pub branch: String,
    /// The series whose baselines start anew, by name.
    pub series: Vec<SeriesKey>,
    /// So much changed that all baselines of the branch start anew.
    pub is_whole: bool,
    /// The alerts that are resolved by it.
    pub resolved: Vec<AlertId>,
    /// Series that miss a target all the same: accepting moves no target.
    pub missed_targets: Vec<(SeriesKey, String)>,
}

/// Starts baselines anew at a run and resolves the alerts that it settles.
///
/// Without a series, those are accepted that the run shows as changed or that have a live alert: what did not change keeps its
/// baseline, and with it the confidence that it has earned.
pub fn accept(
    store: &mut SqliteStore,
    acceptance: Acceptance<'_>,
    rules: Rules<'_>,
) -> Result<Accepted, StoreError> {
    let (run, evaluation) = judge_stored(store, acceptance.run, None, rules)?;
    let context = &run.context;
    let branch = context.branch.as_deref().unwrap_or(rules.default_branch).to_owned();
    let alerts = store.alerts(&AlertFilter {
        project: &run.project,
        suite: Some(&run.suite),
        testbed: Some(&context.testbed),
        branch: context.branch.as_deref(),
        series: acceptance.series,
        states: &LIVE,
        ..AlertFilter::default()
    })?;
    let series = match acceptance.series {
        Some(key) => vec![key.clone()],
        None => what_changed(&evaluation, &alerts),
    };
    let is_whole = series.len() > MOST_MARKS;
    let marks: Vec<Option<&SeriesKey>> = match is_whole {
        true => vec![None],
        false => series.iter().map(Some).collect(),
    };
    // Of a run that was looked at twice, the new normal begins with the first look.
    let begins = first_of_pair(store, &run)?.map_or(acceptance.run, |first| first.number);
    for mark in marks {
        store.accept_baseline(
            &run.project,
            &branch,
            mark,
            begins,
            acceptance.note,
            acceptance.by,
            acceptance.now,
        )?;
    }
    let resolve = |id: &AlertId| {
        let step = AlertMove {
            state: AlertState::Resolved,
            at: acceptance.now,
            by: acceptance.by.map(str::to_owned),
            note: Some(acceptance.note.to_owned()),
            until: None,
        };
        AlertChange::Move(*id, step)
    };
    let mut resolved: Vec<AlertId> = alerts.iter().map(|alert| alert.id).collect();
    resolved.sort_unstable();
    store.change_alerts(&resolved.iter().map(resolve).collect::<Vec<_>>())?;
    Ok(Accepted {
        missed_targets: missed_targets(&evaluation, &series),
        branch,
        series,
        is_whole,
        resolved,
        run,
    })
}

/// The series that the run shows as changed or suspects of it, and those that have an alert: whoever accepts, knows.
fn what_changed(evaluation: &Evaluation, alerts: &[Alert]) -> Vec<SeriesKey> {
    let has_changed = |verdict| matches!(verdict, SeriesVerdict::Regressed | SeriesVerdict::Improved);
    let changed =
        evaluation.series.iter().filter(|series| has_changed(series.verdict) || series.suspicion.is_some());
    let alerted = alerts.iter().map(|alert| alert.series.clone());
    let mut series: Vec<SeriesKey> = changed.map(|series| series.key.clone()).chain(alerted).collect();
    series.sort_unstable();
    series.dedup();
    series
}

/// Those of `series` that are beyond a target, with the target's name.
fn missed_targets(evaluation: &Evaluation, series: &[SeriesKey]) -> Vec<(SeriesKey, String)> {
    let missed = evaluation.series.iter().filter_map(|judged| {
        let outcome = judged.target.as_ref()?;
        let is_missed = outcome.status == TargetStatus::Over && series.contains(&judged.key);
        let target = &outcome.target;
        let id = target.id.clone();
        let name = id.unwrap_or_else(|| format!("{}#{}", target.benchmark, target.metric));
        is_missed.then(|| (judged.key.clone(), name))
    });
    missed.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::{ScratchHistory, at};
    use crate::track::live_alerts;
    use plimsoll_analyse::gate;
    use plimsoll_model::{Bound, FailOn, GateStatus, Limit, Target};

    fn accept_run(history: &mut ScratchHistory, run: RunNumber, series: Option<&SeriesKey>) -> Accepted {
        let policy = history.policy.clone();
        let acceptance = Acceptance { run, series, note: "a new allocator", by: Some("Ada"), now: at(100) };
        let renames = crate::Renames::default();
        let rules = Rules { policy: &policy, renames: &renames, default_branch: "main" };
        accept(&mut history.store, acceptance, rules).expect("it is accepted")
    }

    /// What `check` would say of a stored run.
    fn check(history: &ScratchHistory, run: RunNumber) -> (GateStatus, Vec<(String, SeriesVerdict)>) {
        let (run, evaluation) =
            judge_stored(&history.store, run, None, history.rules()).expect("it is judged");
        let alerts = live_alerts(&history.store, &run).expect("alerts are read");
        let gate = gate(&evaluation, &alerts, &history.policy, FailOn::default());
        let verdict =
            |series: &plimsoll_model::SeriesEvaluation| (series.key.benchmark.clone(), series.verdict);
        let mut verdicts: Vec<_> = evaluation.series.iter().map(verdict).collect();
        verdicts.sort_unstable_by(|left, right| left.0.cmp(&right.0));
        (gate.status, verdicts)
    }

    fn verdicts(parse: SeriesVerdict, render: SeriesVerdict) -> Vec<(String, SeriesVerdict)> {
        vec![("parse".to_owned(), parse), ("render".to_owned(), render)]
    }

    #[test]
    fn accepting_opens_the_gate_and_leaves_what_did_not_change() {
        use SeriesVerdict::{Inconclusive, New, Regressed, Unchanged};
        let mut history = ScratchHistory::quiet();
        let slow = history.track("main", &[("parse", 150.0), ("render", 50.0)]).number;
        assert_eq!(check(&history, slow), (GateStatus::Closed, verdicts(Regressed, Unchanged)));
        let accepted = accept_run(&mut history, slow, None);
        let names: Vec<String> = accepted.series.iter().map(SeriesKey::to_string).collect();
        assert_eq!((names, accepted.resolved), (vec!["fast:parse#time".to_owned()], vec![1]));
        assert_eq!(check(&history, slow), (GateStatus::Open, verdicts(New, Unchanged)));
        let next = history.track("main", &[("parse", 151.0), ("render", 50.0)]).number;
        assert_eq!(check(&history, next), (GateStatus::Open, verdicts(Inconclusive, Unchanged)));
        let story = crate::alert_story(&history.store, "p", 1, history.rules()).expect("there is an alert");
        let held = story.evidence.and_then(|evidence| evidence.baseline).expect("a baseline");
        assert_eq!((held.runs, held.center), (2, 150.5), "the next run is held against what was accepted");
        for value in [150.0, 149.0, 150.5, 149.5] {
            history.track("main", &[("parse", value), ("render", 50.0)]);
        }
        let slower = history.track("main", &[("parse", 225.0), ("render", 50.0)]).number;
        assert_eq!(check(&history, slower), (GateStatus::Closed, verdicts(Regressed, Unchanged)));
    }

    #[test]
    fn one_series_can_be_accepted_alone() {
        let mut history = ScratchHistory::quiet();
        let slow = history.track("main", &[("parse", 150.0), ("render", 80.0)]).number;
        let key = history.store.alert(1).expect("it was opened").series;
        let accepted = accept_run(&mut history, slow, Some(&key));
        assert_eq!((accepted.series, accepted.resolved), (vec![key], vec![1]));
        assert_eq!(check(&history, slow).0, GateStatus::Closed);
    }

    #[test]
    fn what_a_branch_accepts_holds_on_the_branch_alone() {
        let mut history = ScratchHistory::quiet();
        let slow = history.track("feature", &[("parse", 150.0), ("render", 50.0)]).number;
        assert_eq!(check(&history, slow).0, GateStatus::Closed);
        accept_run(&mut history, slow, None);
        assert_eq!(check(&history, slow).0, GateStatus::Open);
        let next = history.track("feature", &[("parse", 150.0), ("render", 50.0)]).number;
        assert_eq!(check(&history, next).0, GateStatus::Open);
        for value in [150.0, 149.0, 150.5, 149.5] {
            history.track("feature", &[("parse", value), ("render", 90.0)]);
        }
        let slower = history.track("feature", &[("parse", 225.0), ("render", 50.0)]).number;
        use SeriesVerdict::{Regressed, Unchanged};
        assert_eq!(check(&history, slower), (GateStatus::Closed, verdicts(Regressed, Unchanged)));
        let merged = history.track("main", &[("parse", 150.0), ("render", 50.0)]).number;
        assert_eq!(check(&history, merged).0, GateStatus::Closed);
    }

    #[test]
    fn nothing_is_accepted_where_nothing_changed() {
        let mut history = ScratchHistory::quiet();
        let quiet = history.track("main", &[("parse", 100.0), ("render", 50.0)]).number;
        let accepted = accept_run(&mut history, quiet, None);
        assert_eq!((accepted.series, accepted.is_whole), (Vec::new(), false));
        assert_eq!(history.store.baseline_marks("p", "main").expect("marks are read"), []);
    }

    #[test]
    fn when_very_much_changed_one_mark_is_for_all() {
        let mut history = ScratchHistory::new();
        let named = |group: &str| -> Vec<String> {
            (0..=MOST_MARKS).map(|index| format!("{group}_{index}")).collect()
        };
        // If everything had slowed alike, it would be the machine's doing as well as theirs.
        let (names, others) = (named("bench"), named("other"));
        let values = |value: f64| -> Vec<(&str, f64)> {
            let steady = others.iter().map(|name| (name.as_str(), 100.0));
            names.iter().map(|name| (name.as_str(), value)).chain(steady).collect()
        };
        for wobble in [0.0, 1.0, -1.0, 0.5, -0.5] {
            history.track("main", &values(100.0 + wobble));
        }
        let slow = history.track("main", &values(200.0)).number;
        let accepted = accept_run(&mut history, slow, None);
        assert!(accepted.is_whole);
        assert_eq!(accepted.resolved.len(), names.len());
        assert_eq!(history.store.baseline_marks("p", "main").expect("marks are read").len(), 1);
        assert_eq!(check(&history, slow).0, GateStatus::Open);
    }

    #[test]
    fn a_target_is_not_moved_by_accepting() {
        let mut history = ScratchHistory::quiet();
        history.policy.targets.push(Target {
            id: Some("APP-001".to_owned()),
            suite: None,
            benchmark: "parse".to_owned(),
            metric: "time".to_owned(),
            bound: Bound::Max(110.0),
            unit: None,
            per: None,
            warn: Limit::Relative(0.1),
            error: Limit::Relative(0.2),
        });
        let slow = history.track("main", &[("parse", 150.0), ("render", 50.0)]).number;
        let accepted = accept_run(&mut history, slow, None);
        assert_eq!(accepted.missed_targets.len(), 1);
        assert_eq!(check(&history, slow).0, GateStatus::Closed);
    }
}
