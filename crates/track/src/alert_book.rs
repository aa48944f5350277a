//! Alerts with what is needed to show them, and the steps people make them take.

use std::cmp::Reverse;

use jiff::Timestamp;
use plimsoll_model::{Alert, AlertId, AlertState, Direction, Unit};
use plimsoll_store::{AlertChange, AlertFilter, AlertMove, SeriesFilter, SeriesRow, SqliteStore, StoreError};

use crate::alerts::MOVED_BY;
use crate::judge::Rules;
use crate::outlook::{AlertEvidence, alert_evidence};
use crate::recovery::is_as_expected;
use crate::series_log::{SeriesLog, SeriesLogRequest, series_log};
use crate::track::LIVE;

/// The newest values that are shown with an alert.
const HISTORY_VALUES: usize = 40;
/// The newest points that a chart of its series shows.
const CHART_POINTS: usize = 60;

/// An alert with the unit and direction of its values.
#[derive(Debug, Clone, PartialEq)]
pub struct BookedAlert {
    /// The alert.
    pub alert: Alert,
    /// The unit of its values.
    pub unit: Unit,
    /// Which way is better.
    pub direction: Direction,
}

/// An alert with its whole story.
#[derive(Debug, Clone, PartialEq)]
pub struct AlertStory {
    /// The alert.
    pub booked: BookedAlert,
    /// The newest values of its series on its branch, oldest first.
    pub history: Vec<f64>,
    /// Every step of its life, oldest first.
    pub life: Vec<AlertMove>,
    /// The newest value is as expected again: within the warning level of what was expected, or within one spread. `None`
    /// where that cannot be said.
    pub has_recovered: Option<bool>,
    /// What stands behind it; nothing where its series is gone.
    pub evidence: Option<AlertEvidence>,
    /// The newest points of its series on its branch, judged.
    pub log: Option<SeriesLog>,
}

/// Why an alert cannot take a step.
#[derive(Debug, thiserror::Error)]
pub enum AlertStepError {
    /// The step makes no sense from where the alert is.
    #[error("alert {id} is {} already", .state.name())]
    AlreadyThere {
        /// The alert.
        id: AlertId,
        /// Where it is.
        state: AlertState,
    },
    /// Only a live alert can be acknowledged, muted or resolved.
    #[error("alert {id} is over: it was {}", .state.name())]
    Over {
        /// The alert.
        id: AlertId,
        /// Where it is.
        state: AlertState,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The alerts of a project in these states (all when empty): those that still speak first, then the worst, then the newest.
pub fn booked_alerts(
    store: &SqliteStore,
    project: &str,
    states: &[AlertState],
) -> Result<Vec<BookedAlert>, StoreError> {
    let filter = AlertFilter { project, states, ..AlertFilter::default() };
    let mut alerts = store.alerts(&filter)?;
    alerts.sort_by_key(|alert| (!LIVE.contains(&alert.state), Reverse(alert.severity)));
    alerts
        .into_iter()
        .map(|alert| Ok(booked(alert_series(store, project, &alert)?.as_ref(), alert)))
        .collect()
}

/// One alert of a project with its story. An alert of another project is none.
pub fn alert_story(
    store: &SqliteStore,
    project: &str,
    id: AlertId,
    rules: Rules<'_>,
) -> Result<AlertStory, StoreError> {
    let alert = alert_of_project(store, project, id)?;
    let series = alert_series(store, project, &alert)?;
    let history = match &series {
        Some(row) => {
            let filter = SeriesFilter {
                branch: alert.branch.as_deref(),
                eligible_only: true,
                last: Some(HISTORY_VALUES),
                ..SeriesFilter::default()
            };
            let points = store.read_series(row.id, &filter)?;
            points.iter().map(|point| point.value).collect()
        }
        None => Vec::new(),
    };
    let life = store.alert_history(id)?;
    let booked = booked(series.as_ref(), alert);
    // A target may be for each item: the value alone does not tell.
    let newest = history.last().filter(|_| booked.alert.target.is_none());
    let has_recovered =
        newest.and_then(|newest| is_as_expected(*newest, &booked.alert, booked.direction, rules.policy));
    let (mut evidence, mut log) = (None, None);
    if let Some(row) = &series {
        let branch = booked.alert.branch.as_deref();
        let request = SeriesLogRequest {
            project,
            branches: branch.as_slice(),
            last: Some(CHART_POINTS),
            ..SeriesLogRequest::default()
        };
        let told = series_log(store, row, &request, rules)?;
        evidence = Some(alert_evidence(store, project, &booked.alert, row, told.baseline, rules)?);
        log = Some(told);
    }
    Ok(AlertStory { booked, history, life, has_recovered, evidence, log })
}

/// Moves an alert to where a person wants it. Acknowledging again with other words is allowed, resolving what is over is not.
pub fn step_alert(
    store: &mut SqliteStore,
    project: &str,
    id: AlertId,
    step: &AlertMove,
) -> Result<(), AlertStepError> {
    let alert = alert_of_project(store, project, id)?;
    let state = alert.state;
    let is_over = matches!(state, AlertState::Resolved | AlertState::Withdrawn);
    if step.state == state && (is_over || state == AlertState::Open) {
        return Err(AlertStepError::AlreadyThere { id, state });
    }
    if is_over && step.state != AlertState::Open {
        return Err(AlertStepError::Over { id, state });
    }
    Ok(store.move_alert(id, step)?)
}

/// Alerts that were muted until a time speak again after it; tells whether there was any.
pub(crate) fn wake_muted(
    store: &mut SqliteStore,
    live: &[Alert],
    now: Timestamp,
) -> Result<bool, StoreError> {
    let mut changes = Vec::new();
    for alert in live.iter().filter(|alert| alert.state == AlertState::Muted) {
        let until = store.alert_history(alert.id)?.last().and_then(|step| step.until);
        if until.is_some_and(|until| until <= now) {
            let step = AlertMove {
                state: AlertState::Open,
                at: now,
                by: Some(MOVED_BY.to_owned()),
                note: Some("the time it was muted for is over".to_owned()),
                until: None,
            };
            changes.push(AlertChange::Move(alert.id, step));
        }
    }
    if changes.is_empty() {
        return Ok(false);
    }
    store.change_alerts(&changes)?;
    Ok(true)
}

fn alert_of_project(store: &SqliteStore, project: &str, id: AlertId) -> Result<Alert, StoreError> {
    let alert = store.alert(id)?;
    let of_project = store.alerts(&AlertFilter {
        project,
        suite: Some(&alert.series.suite),
        testbed: Some(&alert.series.testbed),
        series: Some(&alert.series),
        ..AlertFilter::default()
    })?;
    match of_project.iter().any(|other| other.id == id) {
        true => Ok(alert),
        false => Err(StoreError::NoSuchAlert(id)),
    }
}

/// The series of an alert, in its newest unit.
fn alert_series(store: &SqliteStore, project: &str, alert: &Alert) -> Result<Option<SeriesRow>, StoreError> {
    let key = &alert.series;
    let Some(lane) = store.lane(project, &key.suite, &key.testbed)? else {
        return Ok(None);
    };
    match store.find_series(lane, key)?.last() {
        Some(id) => store.series(*id).map(Some),
        None => Ok(None),
    }
}

fn booked(series: Option<&SeriesRow>, alert: Alert) -> BookedAlert {
    BookedAlert {
        alert,
        unit: series.map_or(Unit::COUNT, |row| row.unit.clone()),
        direction: series.map_or(Direction::None, |row| row.direction),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::{ScratchHistory, at};

    fn regressed() -> ScratchHistory {
        let mut history = ScratchHistory::quiet();
        history.track("main", &[("parse", 150.0), ("render", 50.0)]);
        history
    }

    fn step(state: AlertState, until: Option<Timestamp>) -> AlertMove {
        AlertMove { state, at: at(50), by: Some("Ada".to_owned()), note: Some("known".to_owned()), until }
    }

    #[test]
    fn an_alert_comes_with_its_story() {
        let history = regressed();
        let story = alert_story(&history.store, "p", 1, history.rules()).expect("there is an alert");
        assert_eq!(story.booked.unit, Unit::NANOSECONDS);
        assert_eq!(story.history.last(), Some(&150.0));
        assert_eq!(story.life.len(), 1);
        assert_eq!(story.has_recovered, Some(false));
        let other = alert_story(&history.store, "other", 1, history.rules());
        assert!(matches!(other, Err(StoreError::NoSuchAlert(1))), "{other:?}");
    }

    #[test]
    fn only_steps_that_make_sense_are_taken() {
        use AlertState::{Acknowledged, Open, Resolved};
        let mut history = regressed();
        let mut take = |state| step_alert(&mut history.store, "p", 1, &step(state, None));
        assert!(matches!(take(Open), Err(AlertStepError::AlreadyThere { .. })));
        assert!(take(Acknowledged).is_ok());
        assert!(take(Resolved).is_ok());
        assert!(matches!(take(Acknowledged), Err(AlertStepError::Over { .. })));
        assert!(matches!(take(Resolved), Err(AlertStepError::AlreadyThere { .. })));
        assert!(take(Open).is_ok());
    }

    #[test]
    fn a_muted_alert_speaks_again_after_its_time() {
        let mut history = regressed();
        let mute = |hour| step(AlertState::Muted, Some(at(hour)));
        let state = |history: &ScratchHistory| history.store.alert(1).expect("it is there").state;
        step_alert(&mut history.store, "p", 1, &mute(10)).expect("it is muted");
        history.track("main", &[("parse", 150.0), ("render", 50.0)]);
        assert_eq!(state(&history), AlertState::Muted);
        history.track("main", &[("parse", 150.0), ("render", 50.0)]);
        assert_eq!(state(&history), AlertState::Open);
    }

    #[test]
    fn alerts_are_listed_by_state() {
        let mut history = regressed();
        let count = |history: &ScratchHistory, states: &[AlertState]| {
            booked_alerts(&history.store, "p", states).expect("alerts are read").len()
        };
        assert_eq!(count(&history, &[AlertState::Open]), 1);
        step_alert(&mut history.store, "p", 1, &step(AlertState::Resolved, None)).expect("it is resolved");
        assert_eq!(count(&history, &[AlertState::Open]), 0);
        assert_eq!(count(&history, &[]), 1);
    }
}
