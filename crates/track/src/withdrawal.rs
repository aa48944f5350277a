//! Taking back what was accepted.

use jiff::Timestamp;
use plimsoll_model::{Alert, AlertId, AlertState, SeriesKey};
use plimsoll_store::{AlertChange, AlertFilter, AlertMove, BaselineMark, RunNumber, SqliteStore, StoreError};

use crate::track::{LIVE, first_of_pair};

/// What was taken back.
#[derive(Debug, Clone, PartialEq)]
pub struct Withdrawn {
    /// Why it had been accepted.
    pub note: String,
    /// Who had said so.
    pub by: Option<String>,
    /// The branches that it held for: where it was accepted first, then where it was merged.
    pub branches: Vec<String>,
    /// The series whose baselines are again what they were; every one of the branches when empty.
    pub series: Vec<SeriesKey>,
    /// The alerts that speak again.
    pub reopened: Vec<AlertId>,
}

/// Takes back what was accepted at one of `runs`, wherever it holds by now, and reopens the alerts that were resolved by it. Empty
/// if nothing was accepted there.
pub fn withdraw(
    store: &mut SqliteStore,
    project: &str,
    runs: &[RunNumber],
    by: Option<&str>,
    now: Timestamp,
) -> Result<Vec<Withdrawn>, StoreError> {
    let mut runs = runs.to_vec();
    for number in runs.clone() {
        // Of a run that was looked at twice, the new normal begins with the first look.
        runs.extend(first_of_pair(store, &store.load_run(number)?)?.map(|first| first.number));
    }
    let all = store.all_baseline_marks(project)?;
    let mut withdrawn: Vec<Withdrawn> = Vec::new();
    let mut seen: Vec<&BaselineMark> = Vec::new();
    for first in all.iter().filter(|mark| runs.contains(&mark.run)) {
        if seen.iter().any(|known| is_one(known, first)) {
            continue;
        }
        seen.push(first);
        let mut marks: Vec<BaselineMark> = all.iter().filter(|mark| is_one(mark, first)).cloned().collect();
        marks.sort_by_key(|mark| mark.place);
        // First the alerts: whoever is interrupted here repeats the command and finds the rest to do.
        let reopened = reopen(store, project, first, by, now)?;
        store.withdraw_baselines(project, &marks)?;
        let mut branches: Vec<String> = marks.iter().map(|mark| mark.branch.clone()).collect();
        branches.dedup();
        let mut series: Vec<SeriesKey> = marks.into_iter().filter_map(|mark| mark.series).collect();
        series.sort_unstable();
        series.dedup();
        withdrawn.push(Withdrawn {
            note: first.note.clone(),
            by: first.by.clone(),
            branches,
            series,
            reopened,
        });
    }
    Ok(withdrawn)
}

/// Whether somebody said both with the same words.
fn is_one(left: &BaselineMark, right: &BaselineMark) -> bool {
    (left.at, &left.note, &left.by) == (right.at, &right.note, &right.by)
}

/// Lets the alerts speak again that ended with an acceptance, unless another one speaks for their series by now.
fn reopen(
    store: &mut SqliteStore,
    project: &str,
    mark: &BaselineMark,
    by: Option<&str>,
    now: Timestamp,
) -> Result<Vec<AlertId>, StoreError> {
    let alerts = |states| store.alerts(&AlertFilter { project, states, ..AlertFilter::default() });
    let live = alerts(&LIVE)?;
    let has_another = |alert: &Alert| {
        let is_another = |other: &Alert| {
            (&other.series, &other.branch, &other.target) == (&alert.series, &alert.branch, &alert.target)
        };
        live.iter().any(is_another)
    };
    let mut reopened = Vec::new();
    for alert in alerts(&[AlertState::Resolved])? {
        let ended = store.alert_history(alert.id)?.pop();
        let is_by_it = ended.is_some_and(|step| step.at == mark.at && step.note.as_ref() == Some(&mark.note));
        if is_by_it && !has_another(&alert) {
            reopened.push(alert.id);
        }
    }
    reopened.sort_unstable();
    let step = |id: &AlertId| {
        let note = format!("what was accepted was withdrawn: {}", mark.note);
        let by = by.map(str::to_owned);
        AlertChange::Move(
            *id,
            AlertMove { state: AlertState::Open, at: now, by, note: Some(note), until: None },
        )
    };
    store.change_alerts(&reopened.iter().map(step).collect::<Vec<_>>())?;
    Ok(reopened)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::acceptance::{Acceptance, accept};
    use crate::judge::Rules;
    use crate::scratch::{ScratchHistory, at};
    use crate::track::judge_stored;
    use plimsoll_model::SeriesVerdict;

    fn accept_run(history: &mut ScratchHistory, run: RunNumber, at: Timestamp) {
        let policy = history.policy.clone();
        let renames = crate::Renames::default();
        let rules = Rules { policy: &policy, renames: &renames, default_branch: "main" };
        let acceptance = Acceptance { run, series: None, note: "exact", by: Some("Ada"), now: at };
        accept(&mut history.store, acceptance, rules).expect("it is accepted");
    }

    fn verdict_of_parse(history: &ScratchHistory, run: RunNumber) -> Option<SeriesVerdict> {
        let (_, evaluation) = judge_stored(&history.store, run, None, history.rules()).expect("it is judged");
        let mut series = evaluation.series.iter();
        series.find(|series| series.key.benchmark == "parse").map(|series| series.verdict)
    }

    #[test]
    fn what_was_accepted_is_taken_back_with_all_that_followed() {
        let mut history = ScratchHistory::quiet();
        let slow = history.track("main", &[("parse", 150.0), ("render", 50.0)]).number;
        accept_run(&mut history, slow, at(100));
        assert_eq!(verdict_of_parse(&history, slow), Some(SeriesVerdict::New));
        let back = withdraw(&mut history.store, "p", &[slow], Some("Eve"), at(101)).expect("it is withdrawn");
        assert_eq!(back.len(), 1);
        assert_eq!((back[0].note.as_str(), back[0].by.as_deref()), ("exact", Some("Ada")));
        assert_eq!((back[0].series.len(), &back[0].reopened), (1, &vec![1]));
        assert_eq!(verdict_of_parse(&history, slow), Some(SeriesVerdict::Regressed));
        let alert = history.store.alert(1).expect("it is there");
        assert_eq!((alert.state, alert.by.as_deref()), (AlertState::Open, Some("Eve")));
        assert_eq!(alert.notes.as_deref(), Some("what was accepted was withdrawn: exact"));
        let again = withdraw(&mut history.store, "p", &[slow], None, at(102)).expect("nothing is left");
        assert_eq!(again, []);
    }

    #[test]
    fn what_was_accepted_elsewhere_stays() {
        let mut history = ScratchHistory::quiet();
        let slow = history.track("main", &[("parse", 150.0), ("render", 50.0)]).number;
        accept_run(&mut history, slow, at(100));
        let other = history.track("feature", &[("parse", 150.0), ("render", 90.0)]).number;
        accept_run(&mut history, other, at(101));
        let back = withdraw(&mut history.store, "p", &[other], None, at(102)).expect("it is withdrawn");
        assert_eq!(back.iter().map(|one| one.branches.clone()).collect::<Vec<_>>(), [["feature"]]);
        assert_eq!(history.store.baseline_marks("p", "main").expect("marks are read").len(), 1);
        assert_eq!(verdict_of_parse(&history, slow), Some(SeriesVerdict::New));
    }
}
