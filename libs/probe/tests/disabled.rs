//! Built to measure nothing: everything can be called, and nothing is read or written.
#![cfg(feature = "disabled")]

use std::fs;

use plimsoll_probe::{Direction, Status, Summary, Tracker, measure, tracker};

#[test]
fn nothing_is_measured_read_or_written() {
    let folder = tempfile::tempdir().expect("a folder");
    // Whoever opened it would be counted.
    fs::write(folder.path().join("v1-summary.jsonl"), "torn").expect("a file");
    let build = Tracker::builder("build").spool(folder.path()).start();
    build.declare("cost", "USD", Direction::Lower).target_max(0.0);
    build.record("cost", 1.0);
    build.phase("discovery").items("pages", 100);
    assert_eq!(measure!("sum", 1 + 1), 2);
    tracker().start("startup");
    assert_eq!(tracker().stop("startup"), None);
    assert_eq!((build.summary(), build.warnings().len()), (Summary::default(), 0));
    assert_eq!(build.summary().to_string(), "nothing is measured");
    assert_eq!(
        (build.snapshot().len(), build.finish(), tracker().finish()),
        (0, Status::default(), Status::default())
    );
    assert_eq!(fs::read_dir(folder.path()).expect("the folder").count(), 1);
}
