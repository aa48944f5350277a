//! Accepted baselines and targets.

use plimsoll_model::{Bound, Target, Unit};
use plimsoll_store::StoreError;

use crate::sample::{append_places, at, lane, store};

#[test]
fn accepted_baselines_are_kept_by_branch() {
    let (_folder, mut store) = store();
    append_places(&mut store, 0..5);
    let key = store.series_of(lane(&store)).unwrap()[1].key.clone();
    store.accept_baseline("p", "main", Some(&key), 4, "new allocator", Some("ann"), at(1)).unwrap();
    store.accept_baseline("p", "main", None, 5, "new compiler", None, at(2)).unwrap();
    let marks = store.baseline_marks("p", "main").unwrap();
    assert_eq!(
        (marks[0].series.as_ref(), marks[0].run, marks[0].by.as_deref()),
        (Some(&key), 4, Some("ann"))
    );
    assert_eq!(
        (marks[1].series.as_ref(), marks[1].note.as_str(), marks[1].at),
        (None, "new compiler", at(2))
    );
    assert_eq!(marks[1].place, store.runs(&[5]).unwrap()[0].place);
    assert!(store.baseline_marks("p", "feature").unwrap().is_empty());
    let missing = store.accept_baseline("p", "main", None, 77, "", None, at(3));
    assert!(matches!(missing, Err(StoreError::NoSuchRun(77))));
}

#[test]
fn an_accepted_baseline_can_be_withdrawn() {
    let (_folder, mut store) = store();
    append_places(&mut store, 0..3);
    store.accept_baseline("p", "main", None, 1, "a", None, at(1)).unwrap();
    store.accept_baseline("p", "feature", None, 2, "b", None, at(2)).unwrap();
    store.accept_baseline("p", "main", None, 3, "c", None, at(3)).unwrap();
    let all = store.all_baseline_marks("p").unwrap();
    let notes: Vec<_> = all.iter().map(|mark| (mark.branch.as_str(), mark.note.as_str())).collect();
    assert_eq!(notes, [("main", "a"), ("main", "c"), ("feature", "b")]);
    store.withdraw_baselines("p", &all[..1]).unwrap();
    assert_eq!(store.baseline_marks("p", "main").unwrap(), all[1..2]);
    assert_eq!(store.baseline_marks("p", "feature").unwrap(), all[2..]);
    assert!(store.all_baseline_marks("q").unwrap().is_empty());
    // What was withdrawn already is no error.
    store.withdraw_baselines("p", &all[..1]).unwrap();
}

#[test]
fn targets_are_kept_by_project_and_id() {
    let (_folder, mut store) = store();
    let mut target = Target {
        id: Some("APP-001".to_owned()),
        suite: None,
        benchmark: "start".to_owned(),
        metric: "time".to_owned(),
        bound: Bound::Max(5e8),
        unit: Some(Unit::NANOSECONDS),
        per: None,
        warn: Target::DEFAULT_WARN,
        error: Target::DEFAULT_ERROR,
    };
    store.set_target("p", &target).unwrap();
    target.bound = Bound::Min(1.5);
    assert_eq!(store.set_target("p", &target).unwrap(), "APP-001");
    let unnamed = Target { id: None, ..target.clone() };
    assert_eq!(store.set_target("p", &unnamed).unwrap(), "start#time");
    let expected = [("APP-001".to_owned(), target), ("start#time".to_owned(), unnamed)];
    assert_eq!(store.targets("p").unwrap(), expected);
    assert!(store.targets("q").unwrap().is_empty());
    assert!(store.remove_target("p", "APP-001").unwrap());
    assert!(!store.remove_target("p", "APP-001").unwrap());
    assert_eq!(store.targets("p").unwrap().len(), 1);
}
