//! What is measured elsewhere, and trackers that write elsewhere.
#![cfg(not(feature = "disabled"))]

use plimsoll_model::Run;
use plimsoll_probe::{Direction, Measured, Outcome, Tracker};

fn read(spool: &std::path::Path) -> Vec<Run> {
    let text = std::fs::read_to_string(spool.join("v1-runs.jsonl")).unwrap_or_default();
    let read = |line: &str| plimsoll_model::format::run::read(line.as_bytes(), "p", "s").expect("a run");
    text.lines().map(read).collect()
}

fn heap(value: f64) -> Measured {
    Measured {
        benchmark: "build/rendering".to_owned(),
        parameters: vec![("kind".to_owned(), "large".to_owned())],
        metric: "heap".to_owned(),
        unit: Some("bytes".to_owned()),
        direction: Some(Direction::Lower),
        outcome: Outcome::Success,
        value,
        statistic: "last",
        estimates: Vec::new(),
        samples: vec![value],
        count: 1,
        items: Vec::new(),
        target: None,
    }
}

#[test]
fn measurements_tools_and_places_are_taken_as_they_are() {
    let folder = tempfile::tempdir().expect("a folder");
    let tracker = Tracker::builder("build").tool("python", "3.13.1").spool(folder.path()).start();
    tracker.add(heap(5e6));
    tracker.add(heap(f64::NAN));
    (0..101).for_each(|line| tracker.allocator(&format!("site.py:{line}"), 4_096, 2));
    assert_eq!(tracker.finish().values_left_out, 2);
    let [run] = <[Run; 1]>::try_from(read(folder.path())).expect("one line");
    let found = run.measurements.iter().find(|m| *m.metric.name == *"heap").expect("the heap");
    assert_eq!((&*found.benchmark, found.value), ("build/rendering", 5e6));
    assert_eq!(run.context.environment.tools.get("python").map(String::as_str), Some("3.13.1"));
    assert_eq!((run.allocators.len(), run.allocators[0].site.as_str()), (100, "site.py:0"));
    assert_eq!(run.complaints.len(), 2);
}

#[test]
fn a_tracker_writes_where_it_is_told_or_nowhere() {
    let (first, second) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let tracker = Tracker::builder("t").spool(first.path()).start();
    tracker.write_to(None);
    tracker.record("unwritten", 1.0);
    assert!(tracker.snapshot().iter().any(|measured| measured.metric == "unwritten"));
    assert_eq!((tracker.status().lines_written, tracker.status().spool.as_os_str().len()), (0, 0));
    tracker.write_to(Some(second.path().to_owned()));
    tracker.record("written", 1.0);
    assert_eq!(tracker.finish().lines_written, 1);
    assert_eq!((read(first.path()).len(), read(second.path()).len()), (0, 1));
}

#[test]
fn what_was_written_is_not_measured_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let tracker = Tracker::builder("again").spool(folder.path()).start();
    let calls = || {
        let measured = tracker.measured();
        measured.iter().filter(|m| m.benchmark == "again/work").map(|m| m.count).sum::<u64>()
    };
    let work = tracker.operation("work");
    (0..5).for_each(|_| work.record(10));
    assert_eq!(calls(), 5);
    tracker.snapshot();
    assert_eq!(calls(), 0);
    work.record(10);
    assert_eq!(calls(), 1);
    tracker.reset();
    assert_eq!(calls(), 0);
}
