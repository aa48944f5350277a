use super::*;
use crate::renames::Renames;
use crate::scratch::{TESTBED, about, append, hash, run, scratch_store};
use crate::series_name::{SeriesPlace, find_named_series};
use plimsoll_model::{Base, Policy};

fn log_of(store: &SqliteStore, name: &str, request: SeriesLogRequest<'_>, renames: &Renames) -> SeriesLog {
    let place = SeriesPlace { project: "p", ..SeriesPlace::default() };
    let series = find_named_series(store, place, name, &[]).unwrap();
    let rules = Rules { policy: &Policy::default(), renames, default_branch: "main" };
    series_log(store, &series.row, &SeriesLogRequest { project: "p", ..request }, rules).unwrap()
}

fn verdicts(log: &SeriesLog) -> Vec<&'static str> {
    let name = |point: &LoggedPoint| point.verdict.map_or("-", SeriesVerdict::name);
    log.points.iter().map(name).collect()
}

#[test]
fn each_point_is_held_against_the_values_before_it() {
    let (_folder, mut store) = scratch_store();
    for place in 1..=8 {
        append(&mut store, &run(place, &[("parse", about(100.0, place))]));
    }
    append(&mut store, &run(9, &[("parse", 150.0)]));
    let log = log_of(&store, "parse", SeriesLogRequest::default(), &Renames::default());
    assert_eq!(
        verdicts(&log),
        [
            "new",
            "inconclusive",
            "inconclusive",
            "inconclusive",
            "inconclusive",
            "unchanged",
            "unchanged",
            "unchanged",
            "regressed"
        ]
    );
    assert_eq!(log.points[8].severity, Some(Severity::Critical));
    assert_eq!(log.baseline.map(|baseline| baseline.runs), Some(9));
    assert_eq!((log.key.testbed.as_str(), log.has_older), (TESTBED, false));
}

#[test]
fn the_newest_points_are_judged_by_older_ones_that_are_not_shown() {
    let (_folder, mut store) = scratch_store();
    for place in 1..=30 {
        append(&mut store, &run(place, &[("parse", about(100.0, place))]));
    }
    let request = SeriesLogRequest { last: Some(2), ..SeriesLogRequest::default() };
    let log = log_of(&store, "parse", request, &Renames::default());
    assert_eq!(verdicts(&log), ["unchanged", "unchanged"]);
    assert_eq!((log.points.len(), log.has_older), (2, true));
}

#[test]
fn a_late_run_stands_where_its_commit_stands() {
    let (_folder, mut store) = scratch_store();
    for place in [3, 1, 5, 2, 4] {
        append(&mut store, &run(place, &[("parse", place as f64)]));
    }
    let log = log_of(&store, "parse", SeriesLogRequest::default(), &Renames::default());
    let values: Vec<f64> = log.points.iter().map(|point| point.value).collect();
    assert_eq!(values, [1.0, 2.0, 3.0, 4.0, 5.0]);
    assert_eq!(log.trend_change, Some(4.0));
}

#[test]
fn a_branch_is_held_against_its_base_up_to_where_it_left() {
    let (_folder, mut store) = scratch_store();
    for place in 1..=6 {
        append(&mut store, &run(place, &[("parse", about(100.0, place))]));
    }
    let mut on_branch = run(7, &[("parse", 130.0)]);
    on_branch.context.branch = Some("feature".to_owned());
    on_branch.context.base = Some(Base { branch: "main".to_owned(), hash: Some(hash(6)) });
    append(&mut store, &on_branch);
    let request = SeriesLogRequest { branches: &["feature"], ..SeriesLogRequest::default() };
    let log = log_of(&store, "parse", request, &Renames::default());
    assert_eq!(verdicts(&log), ["regressed"]);
    let request = SeriesLogRequest { branches: &["elsewhere"], ..SeriesLogRequest::default() };
    let log = log_of(&store, "parse", request, &Renames::default());
    assert_eq!((log.points.len(), log.has_older), (0, false));
}

#[test]
fn what_was_measured_under_an_old_name_belongs_to_the_series() {
    let (_folder, mut store) = scratch_store();
    append(&mut store, &run(1, &[("parse_v1", 1.0)]));
    append(&mut store, &run(2, &[("parse", 2.0)]));
    let renames = Renames::new([("parse_v1".to_owned(), "parse".to_owned())]);
    let log = log_of(&store, "parse", SeriesLogRequest::default(), &renames);
    let values: Vec<f64> = log.points.iter().map(|point| point.value).collect();
    assert_eq!(values, [1.0, 2.0]);
    let has_older = |last| {
        let request = SeriesLogRequest { last: Some(last), ..SeriesLogRequest::default() };
        log_of(&store, "parse", request, &renames).has_older
    };
    assert_eq!([1, 2, 3].map(has_older), [true, false, false]);
}

#[test]
fn a_voided_point_is_shown_and_not_judged() {
    let (_folder, mut store) = scratch_store();
    for place in 1..=6 {
        append(&mut store, &run(place, &[("parse", about(100.0, place))]));
    }
    let bad = append(&mut store, &run(7, &[("parse", 900.0)]));
    append(&mut store, &run(8, &[("parse", 100.0)]));
    store.void_run(bad, "the machine was busy", None, crate::scratch::at(9)).unwrap();
    let request = SeriesLogRequest { last: Some(2), ..SeriesLogRequest::default() };
    let log = log_of(&store, "parse", request, &Renames::default());
    assert_eq!(verdicts(&log), ["-", "unchanged"]);
    assert_eq!(log.points[1].change.map(|change| change.abs() < 0.02), Some(true));
}

#[test]
fn runs_are_chosen_by_time_and_session() {
    let (_folder, mut store) = scratch_store();
    for place in 1..=5 {
        let mut some = run(place, &[("parse", place as f64)]);
        some.session = (place % 2 == 0).then(|| "tuesday".to_owned());
        append(&mut store, &some);
    }
    let values = |request| -> Vec<f64> {
        let log = log_of(&store, "parse", request, &Renames::default());
        log.points.iter().map(|point| point.value).collect()
    };
    let since = SeriesLogRequest { since: Some(crate::scratch::at(4)), ..SeriesLogRequest::default() };
    assert_eq!(values(since), [4.0, 5.0]);
    let session = SeriesLogRequest { session: Some("tuesday"), ..SeriesLogRequest::default() };
    assert_eq!(values(session), [2.0, 4.0]);
}
