//! The product in four steps: append, judge, look twice where it matters, settle the alerts.

use jiff::Timestamp;
use plimsoll_analyse::second_look;
use plimsoll_measure::PROCESS_HARNESS;
use plimsoll_model::{
    Alert, AlertState, DERIVED_HARNESS, Evaluation, Outcome, Run, SeriesEvaluation, Severity,
};
use plimsoll_store::{AlertFilter, Place, RunFilter, RunNumber, RunRow, SqliteStore, StoreError};
use serde_json::Value;

use crate::alert_book::wake_muted;
use crate::alerts::{Cause, Lateness, alert_changes, news, trend_news};
use crate::baseline_runs::BaselineRuns;
use crate::commit_line::CommitLine;
use crate::earlier_looks::judge_in_line;
use crate::judge::{Rules, Subject, judge};
use crate::recovery::is_orphan;

/// The field of a run that names the run it confirms: the second look of a pair.
const CONFIRMS: &str = "confirms";

/// The states in which an alert still speaks.
pub(crate) const LIVE: [AlertState; 3] = [AlertState::Open, AlertState::Acknowledged, AlertState::Muted];

/// A stored run and what was decided about it.
#[derive(Debug)]
pub struct Tracked {
    /// Its number in the store.
    pub number: RunNumber,
    /// It was not stored before.
    pub is_new: bool,
    /// Where the first look of it stands.
    pub place: Place,
    /// What was decided.
    pub evaluation: Evaluation,
}

/// The states in which an alert speaks no more.
const OVER: [AlertState; 2] = [AlertState::Resolved, AlertState::Withdrawn];

/// Stores a run and judges it.
pub fn append_and_judge(store: &mut SqliteStore, run: &Run, rules: Rules<'_>) -> Result<Tracked, StoreError> {
    let appended = store.append(run)?;
    let baseline = BaselineRuns::of_branch(store, run, Some(appended.place), rules.default_branch)?;
    let subject = Subject { run, series: Some(&appended.series) };
    let evaluation = judge_in_line(store, subject, appended.place, &baseline, rules)?;
    Ok(Tracked { number: appended.number, is_new: appended.is_new, place: appended.place, evaluation })
}

/// The second look: stores `again`, marked as confirming `first_run`, judges it against what the first was held against, and
/// keeps of each series what both show.
pub fn confirm(
    store: &mut SqliteStore,
    first_run: &Run,
    first: Tracked,
    again: &mut Run,
    rules: Rules<'_>,
) -> Result<Tracked, StoreError> {
    again.unknown.insert(CONFIRMS.to_owned(), Value::from(first_run.id.as_str()));
    let appended = store.append(again)?;
    let baseline = BaselineRuns::of_branch(store, again, Some(first.place), rules.default_branch)?;
    let subject = Subject { run: again, series: Some(&appended.series) };
    let second = judge_in_line(store, subject, first.place, &baseline, rules)?;
    Ok(Tracked {
        number: appended.number,
        is_new: appended.is_new,
        place: first.place,
        evaluation: second_look(first.evaluation, second),
    })
}

/// Judges a stored run again. Where it was the second look of a pair, the pair counts. `against` replaces the baseline that
/// would be chosen.
pub fn judge_stored(
    store: &SqliteStore,
    number: RunNumber,
    against: Option<&BaselineRuns>,
    rules: Rules<'_>,
) -> Result<(Run, Evaluation), StoreError> {
    let run = store.load_run(number)?;
    let place = place_of(store, number)?;
    let first = first_of_pair(store, &run)?;
    let first_place = first.as_ref().map_or(place, |first| first.place);
    let chosen;
    let baseline = match against {
        Some(baseline) => baseline,
        None => {
            chosen = BaselineRuns::of_branch(store, &run, Some(first_place), rules.default_branch)?;
            &chosen
        }
    };
    let judge_one = |run: &Run, number| {
        let series = store.series_of_run(number)?;
        let subject = Subject { run, series: Some(&series) };
        match against {
            None => judge_in_line(store, subject, first_place, baseline, rules),
            Some(_) => judge(store, subject, baseline, rules),
        }
    };
    let evaluation = judge_one(&run, number)?;
    let evaluation = match first {
        Some(first) => second_look(judge_one(&store.load_run(first.number)?, first.number)?, evaluation),
        None => evaluation,
    };
    Ok((run, evaluation))
}

/// Whether a stored run is the second look of a pair, so that [`judge_stored`] tells of each series the milder of both values.
pub fn is_of_two_looks(store: &SqliteStore, run: &Run) -> Result<bool, StoreError> {
    Ok(first_of_pair(store, run)?.is_some())
}

/// The run that this one confirms, unless somebody took it out of the books since.
pub(crate) fn first_of_pair(store: &SqliteStore, run: &Run) -> Result<Option<RunRow>, StoreError> {
    let number = match run.unknown.get(CONFIRMS).and_then(Value::as_str) {
        Some(id) => store.find_run(id)?,
        None => None,
    };
    let Some(number) = number else { return Ok(None) };
    let row = store.runs(&[number])?.into_iter().next();
    Ok(row.filter(|row| row.voided.is_none()))
}

/// The harness whose results the newest good run of the run's suite and testbed holds; `None` where there is no such run, or where
/// the process itself is what is tracked.
pub fn harness_before(store: &SqliteStore, run: &Run) -> Result<Option<String>, StoreError> {
    let Some(lane) = store.lane(&run.project, &run.suite, &run.context.testbed)? else { return Ok(None) };
    let Some(before) = store.good_run(lane)? else { return Ok(None) };
    let measurements = store.load_run(before)?.measurements;
    let mut harnesses = measurements.into_iter().map(|measurement| measurement.harness.to_string());
    Ok(harnesses.find(|harness| harness != PROCESS_HARNESS && harness != DERIVED_HARNESS))
}

fn place_of(store: &SqliteStore, number: RunNumber) -> Result<Place, StoreError> {
    let row = store.runs(&[number])?.into_iter().next();
    Ok(row.ok_or(StoreError::NoSuchRun(number))?.place)
}

/// Opens and resolves alerts by what was decided, and returns those of the run's branch that still speak. A dirty or failed run
/// is no part of history and moves none; nor does one that arrives after runs of later commits, which know better.
pub fn settle_alerts(
    store: &mut SqliteStore,
    run: &Run,
    tracked: &Tracked,
    rules: Rules<'_>,
    now: Timestamp,
) -> Result<Vec<Alert>, StoreError> {
    let mut live = live_alerts(store, run)?;
    if wake_muted(store, &live, now)? {
        live = live_alerts(store, run)?;
    }
    if !run.is_clean() || run.outcome != Outcome::Success {
        return Ok(live);
    }
    let is_alarming = |series: &SeriesEvaluation| {
        series.severity >= Some(Severity::Warning) || news(series).is_some() || trend_news(series).is_some()
    };
    if live.is_empty() && !tracked.evaluation.series.iter().any(is_alarming) {
        return Ok(live);
    }
    let Some(lateness) = lateness(store, run, tracked.place)? else {
        return Ok(live);
    };
    let over = match tracked.evaluation.series.iter().any(|series| news(series).is_some()) {
        true => alerts_in(store, run, &OVER)?,
        false => Vec::new(),
    };
    let alerts = [&live[..], &over[..]].concat();
    let line = CommitLine::of(store, run, tracked.place, rules.default_branch, &alerts, &tracked.evaluation)?;
    let cause = Cause { run, number: tracked.number, lateness, now, line: &line };
    let changes = alert_changes(&tracked.evaluation, &live, &over, rules.policy, cause);
    if changes.is_empty() {
        return Ok(live);
    }
    store.change_alerts(&changes)?;
    live_alerts(store, run)
}

/// Those of the live `alerts` whose target is gone, by what `evaluation` says of the stored run. As in [`settle_alerts`], a dirty
/// run and one that is not the newest of its branch say nothing.
pub fn orphaned_alerts(
    store: &SqliteStore,
    run: &Run,
    row: &RunRow,
    evaluation: &Evaluation,
    alerts: &[Alert],
) -> Result<Vec<Alert>, StoreError> {
    let is_orphaned = |alert: &Alert| {
        let mut of_series = evaluation.series.iter().filter(|series| series.key == alert.series);
        of_series.any(|series| is_orphan(series, alert))
    };
    let orphaned: Vec<Alert> = alerts.iter().filter(|alert| is_orphaned(alert)).cloned().collect();
    let is_newest = || Ok::<_, StoreError>(lateness(store, run, row.place)? == Some(Lateness::Newest));
    if orphaned.is_empty() || !run.is_clean() || !is_newest()? {
        return Ok(Vec::new());
    }
    Ok(orphaned)
}

/// Where a run stands among those of its branch; `None` when later commits have been measured.
fn lateness(store: &SqliteStore, run: &Run, place: Place) -> Result<Option<Lateness>, StoreError> {
    let newest = store
        .select_runs(&RunFilter {
            project: &run.project,
            suite: Some(&run.suite),
            testbed: Some(&run.context.testbed),
            branch: run.context.branch.as_deref(),
            eligible_only: true,
            newest_first: true,
            limit: Some(1),
            ..RunFilter::default()
        })?
        .pop();
    Ok(match newest {
        Some(newest) if newest.place.order > place.order => None,
        // The second look of a pair stands behind its first.
        Some(newest) if newest.place > place && newest.id != run.id => Some(Lateness::EarlierOfItsCommit),
        _ => Some(Lateness::Newest),
    })
}

/// The alerts on the run's branch, suite and testbed that still speak; of a run without a branch, those of runs without one.
pub fn live_alerts(store: &SqliteStore, run: &Run) -> Result<Vec<Alert>, StoreError> {
    alerts_in(store, run, &LIVE)
}

fn alerts_in(store: &SqliteStore, run: &Run, states: &[AlertState]) -> Result<Vec<Alert>, StoreError> {
    let mut alerts = store.alerts(&AlertFilter {
        project: &run.project,
        suite: Some(&run.suite),
        testbed: Some(&run.context.testbed),
        branch: run.context.branch.as_deref(),
        states,
        ..AlertFilter::default()
    })?;
    alerts.retain(|alert| alert.branch == run.context.branch);
    Ok(alerts)
}
