//! Alerts over the life of a series: opened by a change, dated, withdrawn, resolved.

use plimsoll_model::{Alert, AlertState, Bound, Detector, Limit, Severity, Target};
use plimsoll_store::AlertFilter;

use crate::scratch::{ScratchHistory, about, at, hash};

fn history_of(levels: &[(f64, u64)]) -> ScratchHistory {
    let mut history = ScratchHistory::new();
    for (level, count) in levels {
        add(&mut history, *level, *count);
    }
    history
}

fn add(history: &mut ScratchHistory, level: f64, count: u64) {
    for _ in 0..count {
        let place = history.next_place();
        history.track("main", &[("parse", about(level, place))]);
    }
}

fn alerts(history: &ScratchHistory) -> Vec<Alert> {
    let filter = AlertFilter { project: "p", ..AlertFilter::default() };
    let mut alerts = history.store.alerts(&filter).expect("alerts are read");
    alerts.reverse();
    alerts
}

/// State, severity and the place of the commit at which it began, oldest first.
#[track_caller]
fn check(history: &ScratchHistory, expected: &[(AlertState, Severity, u64)]) {
    let told: Vec<_> = alerts(history)
        .iter()
        .map(|alert| {
            let place = (1..200).find(|place| Some(hash(*place)) == alert.began);
            (alert.state, alert.severity, place.expect("it began at a commit of the history"))
        })
        .collect();
    assert_eq!(told, expected, "{:?}", alerts(history));
}

use AlertState::{Acknowledged, Open, Resolved, Withdrawn};

#[test]
fn a_small_step_opens_one_alert_where_it_began() {
    let mut history = history_of(&[(100.0, 40), (108.0, 3)]);
    check(&history, &[]);
    add(&mut history, 108.0, 1);
    check(&history, &[(Open, Severity::Info, 41)]);
    let alert = alerts(&history).remove(0);
    assert!((alert.expected_value - 100.0).abs() < 1.0 && (alert.current_value - 108.0).abs() < 1.0);
    add(&mut history, 108.0, 20);
    check(&history, &[(Open, Severity::Info, 41)]);
}

#[test]
fn a_large_step_is_alerted_at_once_and_stays_one_alert_when_its_change_point_is_found() {
    let mut history = history_of(&[(100.0, 40), (115.0, 1)]);
    check(&history, &[(Open, Severity::Warning, 41)]);
    add(&mut history, 115.0, 40);
    check(&history, &[(Open, Severity::Warning, 41)]);
}

#[test]
fn a_spike_opens_nothing_by_change_point_and_what_it_opened_is_withdrawn() {
    let mut history = history_of(&[(100.0, 40), (130.0, 1)]);
    check(&history, &[(Open, Severity::Critical, 41)]);
    add(&mut history, 100.0, 1);
    check(&history, &[(Withdrawn, Severity::Critical, 41)]);
    let note = alerts(&history).remove(0).notes.unwrap_or_default();
    assert!(note.contains("no other run showed it"), "{note}");
    add(&mut history, 100.0, 12);
    check(&history, &[(Withdrawn, Severity::Critical, 41)]);
}

#[test]
fn what_several_runs_showed_was_no_outlier_though_it_was_undone_soon() {
    let mut history = history_of(&[(100.0, 40), (130.0, 2), (100.0, 1)]);
    check(&history, &[(Resolved, Severity::Critical, 41)]);
    add(&mut history, 100.0, 12);
    check(&history, &[(Resolved, Severity::Critical, 41)]);
}

#[test]
fn a_confirmed_change_is_not_over_by_one_good_value_nor_by_growing_old() {
    let mut history = history_of(&[(100.0, 40), (130.0, 30)]);
    check(&history, &[(Open, Severity::Critical, 41)]);
    add(&mut history, 100.0, 1);
    check(&history, &[(Open, Severity::Critical, 41)]);
    add(&mut history, 130.0, 1);
    add(&mut history, 100.0, 2);
    check(&history, &[(Resolved, Severity::Critical, 41)]);
}

#[test]
fn a_small_change_is_over_when_a_change_point_leads_back() {
    let mut history = history_of(&[(100.0, 40), (108.0, 20), (100.0, 3)]);
    check(&history, &[(Open, Severity::Info, 41)]);
    add(&mut history, 100.0, 12);
    check(&history, &[(Resolved, Severity::Info, 41)]);
    add(&mut history, 108.0, 8);
    check(&history, &[(Resolved, Severity::Info, 41), (Open, Severity::Info, 76)]);
}

#[test]
fn a_further_change_takes_the_place_of_an_open_alert_and_forgives_nothing() {
    let mut history = history_of(&[(100.0, 40), (108.0, 20), (117.0, 8)]);
    check(&history, &[(Resolved, Severity::Info, 41), (Open, Severity::Warning, 61)]);
    let alert = alerts(&history).remove(1);
    assert!((alert.expected_value - 100.0).abs() < 1.0, "{alert:?}");
    add(&mut history, 108.0, 8);
    check(&history, &[(Resolved, Severity::Info, 41), (Resolved, Severity::Warning, 61)]);
}

#[test]
fn what_somebody_took_note_of_is_not_alerted_again() {
    let mut history = history_of(&[(100.0, 40), (130.0, 2)]);
    let step = plimsoll_store::AlertMove {
        state: Acknowledged,
        at: at(42),
        by: Some("Ada".to_owned()),
        note: Some("a new allocator".to_owned()),
        until: None,
    };
    crate::step_alert(&mut history.store, "p", 1, &step).expect("it is acknowledged");
    add(&mut history, 130.0, 20);
    check(&history, &[(Acknowledged, Severity::Critical, 41)]);
    assert_eq!(alerts(&history)[0].notes.as_deref(), Some("a new allocator"));
}

#[test]
fn what_somebody_resolved_is_not_opened_again_by_its_change_point() {
    let mut history = history_of(&[(100.0, 40), (130.0, 2)]);
    let step = plimsoll_store::AlertMove {
        state: Resolved,
        at: at(42),
        by: Some("Ada".to_owned()),
        note: None,
        until: None,
    };
    crate::step_alert(&mut history.store, "p", 1, &step).expect("it is resolved");
    add(&mut history, 130.0, 20);
    let opened_by_change = alerts(&history).iter().filter(|alert| alert.id > 2).count();
    assert_eq!(opened_by_change, 0, "{:?}", alerts(&history));
}

#[test]
fn voided_runs_take_their_alert_with_them() {
    let mut history = history_of(&[(100.0, 40), (108.0, 6)]);
    check(&history, &[(Open, Severity::Info, 41)]);
    for place in 41..=46 {
        let run = history.store.find_run(&format!("{place:032x}")).expect("it is read").expect("it is there");
        history.store.void_run(run, "the machine was hot", None, at(46)).expect("it is voided");
    }
    add(&mut history, 100.0, 2);
    check(&history, &[(Withdrawn, Severity::Info, 41)]);
}

#[test]
fn a_branch_opens_no_alert_for_the_change_of_its_base() {
    let mut history = history_of(&[(100.0, 40), (108.0, 3)]);
    history.track("feature", &[("parse", 108.0)]);
    check(&history, &[]);
}

#[test]
fn without_the_detector_a_small_step_is_nothing() {
    let mut history = ScratchHistory::new();
    history.policy.defaults.detectors = vec![Detector::Ladder];
    add(&mut history, 100.0, 40);
    add(&mut history, 108.0, 10);
    check(&history, &[]);
}

#[test]
fn a_slow_rise_is_one_alert_that_one_good_value_does_not_end() {
    let mut history = ScratchHistory::new();
    history.policy.defaults.detectors = vec![Detector::Ladder, Detector::Trend];
    add(&mut history, 100.0, 40);
    for step in 1..=100_u32 {
        add(&mut history, 100.0 + f64::from(step) * 0.2, 1);
    }
    let found = alerts(&history);
    assert_eq!(found.len(), 1, "{found:?}");
    let (first, state) = (&found[0], found[0].state);
    assert!(state == Open && first.severity == Severity::Info && first.deviation_percent > 0.0, "{first:?}");
    let began = (1..200).find(|place| Some(hash(*place)) == first.began).expect("it began at a commit");
    assert!((20..=70).contains(&began), "{began}");
    add(&mut history, 100.0, 1);
    assert!(alerts(&history).iter().any(|alert| alert.state == Open));
}

#[test]
fn an_alert_of_a_target_stays_while_the_target_holds_and_goes_with_it() {
    let target = Target {
        id: Some("S4".to_owned()),
        suite: None,
        benchmark: "parse".to_owned(),
        metric: "time".to_owned(),
        bound: Bound::Max(80.0),
        unit: None,
        per: None,
        warn: Limit::Relative(0.1),
        error: Limit::Relative(0.2),
    };
    let mut history = history_of(&[(100.0, 7)]);
    let add_with = |history: &mut ScratchHistory, own: Option<Target>| {
        let place = history.next_place();
        let mut run = history.run("main", &[("parse", about(100.0, place))]);
        run.measurements[0].target = own.map(Box::new);
        history.keep(&run);
    };
    // The program brings its target along: no configuration knows it.
    add_with(&mut history, Some(target.clone()));
    add_with(&mut history, Some(target.clone()));
    check(&history, &[(Open, Severity::Critical, 8)]);
    // A run that measures something else says nothing about it.
    history.track("main", &[("render", 50.0)]);
    check(&history, &[(Open, Severity::Critical, 8)]);
    add_with(&mut history, None);
    check(&history, &[(Resolved, Severity::Critical, 8)]);
    // The same goes for a configured one.
    history.policy.targets.push(target);
    add(&mut history, 100.0, 2);
    check(&history, &[(Resolved, Severity::Critical, 8), (Open, Severity::Critical, 12)]);
    history.policy.targets.clear();
    add(&mut history, 100.0, 1);
    check(&history, &[(Resolved, Severity::Critical, 8), (Resolved, Severity::Critical, 12)]);
    assert_eq!(alerts(&history)[1].notes.as_deref(), Some("the target is gone"));
}
