//! The life of alerts.

use plimsoll_model::{AlertState, Severity};
use plimsoll_store::{AlertChange, AlertFilter, AlertMove, NewAlert, SqliteStore, StoreError};

use crate::sample::{append_places, at, lane, store};

pub fn new_alert(store: &SqliteStore, index: usize) -> NewAlert {
    NewAlert {
        project: "p".to_owned(),
        series: store.series_of(lane(store)).unwrap()[index].key.clone(),
        branch: Some("main".to_owned()),
        target: None,
        run: Some(1),
        triggered_at: at(1),
        severity: Severity::Error,
        current_value: 15.0,
        expected_value: 12.0,
        expected_spread: 0.5,
        deviation_percent: 25.0,
        began: Some("abc".to_owned()),
    }
}

pub fn step(state: AlertState, note: &str) -> AlertMove {
    AlertMove { state, at: at(60), by: Some("ann".to_owned()), note: Some(note.to_owned()), until: None }
}

const ALL: AlertFilter<'_> = AlertFilter {
    project: "p",
    suite: None,
    testbed: None,
    branch: None,
    series: None,
    states: &[],
    limit: None,
};

#[test]
fn an_alert_is_opened_once_for_series_branch_and_target() {
    let (_folder, mut store) = store();
    append_places(&mut store, 0..2);
    let first = new_alert(&store, 0);
    let id = store.open_alert(&first).unwrap();
    let mut worse = first.clone();
    worse.severity = Severity::Critical;
    worse.run = Some(2);
    assert_eq!(store.open_alert(&worse).unwrap(), id);
    let mut others = vec![first.clone(), first.clone(), new_alert(&store, 1)];
    others[0].branch = None;
    others[1].target = Some("T-1".to_owned());
    let changes: Vec<AlertChange> = others.into_iter().map(AlertChange::Open).collect();
    let ids = store.change_alerts(&changes).unwrap();
    assert_eq!(store.change_alerts(&changes).unwrap(), ids);
    let alerts = store.alerts(&ALL).unwrap();
    assert_eq!(alerts.len(), 4);
    assert_eq!((alerts[0].id, alerts[3].id), (ids[2], id));
    assert_eq!((alerts[2].branch.as_deref(), alerts[1].target.as_deref()), (None, Some("T-1")));
    let of_series = AlertFilter { series: Some(&first.series), branch: Some("main"), ..ALL };
    assert_eq!(store.alerts(&of_series).unwrap().len(), 2);
}

#[test]
fn every_step_of_its_life_is_kept() {
    let (_folder, mut store) = store();
    append_places(&mut store, 0..2);
    let alert = new_alert(&store, 0);
    let id = store.open_alert(&alert).unwrap();
    let mut muted = step(AlertState::Muted, "known");
    muted.until = Some(at(999));
    for step in [&step(AlertState::Acknowledged, "on it"), &muted, &muted] {
        store.move_alert(id, step).unwrap();
    }
    let history = store.alert_history(id).unwrap();
    let states: Vec<AlertState> = history.iter().map(|step| step.state).collect();
    assert_eq!(states, [AlertState::Open, AlertState::Acknowledged, AlertState::Muted]);
    assert_eq!((history[2].until, history[1].note.as_deref()), (Some(at(999)), Some("on it")));
    let stored = store.alert(id).unwrap();
    assert_eq!(
        (stored.state, stored.by.as_deref(), stored.began.as_deref()),
        (AlertState::Muted, Some("ann"), Some("abc"))
    );
    let open = AlertFilter { states: &[AlertState::Open], ..ALL };
    assert!(store.alerts(&open).unwrap().is_empty());
    assert!(matches!(store.move_alert(77, &muted), Err(StoreError::NoSuchAlert(77))));
}

#[test]
fn a_settled_alert_does_not_come_back_by_judging_the_same_run_again() {
    let (_folder, mut store) = store();
    append_places(&mut store, 0..2);
    let alert = new_alert(&store, 0);
    let id = store.open_alert(&alert).unwrap();
    store.move_alert(id, &step(AlertState::Resolved, "fixed")).unwrap();
    assert_eq!(store.open_alert(&alert).unwrap(), id);
    let mut later = alert.clone();
    later.run = Some(2);
    let second = store.open_alert(&later).unwrap();
    assert_ne!(second, id);
    let error = store.move_alert(id, &step(AlertState::Open, "again")).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("alert {id} cannot be reopened, alert {second} of the same series is open")
    );
    store.move_alert(second, &step(AlertState::Withdrawn, "noise")).unwrap();
    store.move_alert(id, &step(AlertState::Open, "again")).unwrap();
    assert_eq!(store.alert(id).unwrap().state, AlertState::Open);
}

#[test]
fn changes_are_made_together_or_not_at_all() {
    let (_folder, mut store) = store();
    append_places(&mut store, 0..2);
    let changes = [
        AlertChange::Open(new_alert(&store, 0)),
        AlertChange::Move(99, step(AlertState::Resolved, "no such alert")),
    ];
    store.change_alerts(&changes).unwrap_err();
    assert!(store.alerts(&ALL).unwrap().is_empty());
}
