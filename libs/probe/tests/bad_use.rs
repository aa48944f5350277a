//! What is used as it should not be: the program goes on, the line can be read, and what is missing is named.
#![cfg(not(feature = "disabled"))]

use std::path::Path;

use plimsoll_model::{Measurement, Run};
use plimsoll_probe::{Direction, Measured, Operation, Tracker};

fn read(spool: &Path) -> Vec<Run> {
    let text = std::fs::read_to_string(spool.join("v1-runs.jsonl")).unwrap_or_default();
    let read = |line: &str| plimsoll_model::format::run::read(line.as_bytes(), "p", "s").expect("a run");
    text.lines().map(read).collect()
}

fn run_of(name: &str, tracked: impl FnOnce(&Tracker)) -> Run {
    let folder = tempfile::tempdir().expect("a folder");
    let tracker = Tracker::builder(name).spool(folder.path()).start();
    tracked(&tracker);
    drop(tracker);
    let [run] = <[Run; 1]>::try_from(read(folder.path())).expect("one line");
    run
}

fn messages(run: &Run) -> Vec<&str> {
    run.complaints.iter().map(|complaint| complaint.message.as_str()).collect()
}

fn of_all<'a>(run: &'a Run, benchmark: &str, metric: &str) -> Vec<&'a Measurement> {
    run.measurements.iter().filter(|m| *m.benchmark == *benchmark && *m.metric.name == *metric).collect()
}

#[test]
fn names_of_a_megabyte_fit_and_stay_apart() {
    let long = "n".repeat(1_000_000);
    let longer = format!("{long}, and more");
    let folder = tempfile::tempdir().expect("a folder");
    let builder = Tracker::builder(&long).suite(&long).project(&long).session(&long).tool(&long, &long);
    let tracker = builder.spool(folder.path()).start();
    for name in [&long, &longer] {
        tracker.record(name, 1.0);
        tracker.items(name, 2);
        tracker.phase(name).items(name, 3);
        tracker.operation_with(name, &[(name, &long), ("other", name)]).record(4);
        tracker.distribution(name, name).record(5);
        tracker.start_call(name);
        assert!(tracker.stop(name).is_some());
        tracker.declare(name, name, Direction::Lower).target_max(5.0).target_id(name);
        let elsewhere = Measured { benchmark: name.clone(), unit: Some(name.clone()), ..heap() };
        tracker.add(Measured { parameters: vec![(name.clone(), name.clone())], ..elsewhere });
    }
    let status = tracker.finish();
    assert_eq!((status.lines_written, status.values_left_out, status.misuses), (1, 0, 0), "{status:?}");
    let length = std::fs::metadata(folder.path().join("v1-runs.jsonl")).expect("a file").len();
    assert!(length < 100_000, "{length}");
    let [run] = <[Run; 1]>::try_from(read(folder.path())).expect("one line");
    assert_eq!(messages(&run), Vec::<&str>::new());
    let names = |metric: &str| {
        let of_metric = run.measurements.iter().filter(|m| *m.metric.name == *metric);
        of_metric.map(|m| m.benchmark.to_string()).collect::<std::collections::BTreeSet<_>>().len()
    };
    // The tracker, and what is in it by each of the two names.
    assert_eq!((names("time"), names("heap")), (3, 2));
    let values = run.measurements.iter().filter(|m| m.metric.name.starts_with("nnnn"));
    assert_eq!(values.map(|m| m.metric.name.to_string()).collect::<std::collections::BTreeSet<_>>().len(), 2);
}

fn heap() -> Measured {
    Measured {
        benchmark: "b".to_owned(),
        parameters: Vec::new(),
        metric: "heap".to_owned(),
        unit: None,
        direction: Some(Direction::Lower),
        outcome: plimsoll_probe::Outcome::Success,
        value: 1.0,
        statistic: "last",
        estimates: Vec::new(),
        samples: Vec::new(),
        count: 1,
        items: Vec::new(),
        target: None,
    }
}

#[test]
fn sums_that_are_no_numbers_are_left_out() {
    let run = run_of("sums", |tracker| {
        let phase = tracker.phase("part");
        for _ in 0..3 {
            tracker.record("value", 1e308);
            tracker.count("count", -1e308);
            tracker.items("pages", 1e308);
            phase.items("pages", 1e308);
        }
        (0..70).for_each(|number| tracker.items(&format!("kind {number}"), 1));
        tracker.record("zero", -0.0);
        let operation = tracker.operation("work");
        (0..3).for_each(|_| operation.record(u64::MAX));
        phase.end();
        assert_eq!(tracker.status().values_left_out, 15);
    });
    assert_eq!(
        messages(&run),
        [
            "`count`: with -1e308 the sum of its values is no number (2 times)",
            "`pages`: with 1e308 the sum of its values is no number (4 times)",
            "`value`: with 1e308 the sum of its values is no number (2 times)",
            "more than 64 kinds of items (7 times)",
        ]
    );
    for (metric, value) in [("value", 1e308), ("count", -1e308), ("zero", 0.0)] {
        assert_eq!(of_all(&run, "sums", metric)[0].value, value, "{metric}");
    }
    let [_, warm] = of_all(&run, "sums/work", "time")[..] else { panic!("{:#?}", run.measurements) };
    assert_eq!((warm.value, warm.estimates.get("mean")), (u64::MAX as f64, Some(u64::MAX as f64)));
}

#[test]
fn an_operation_may_call_itself() {
    fn descend(work: Operation, levels: u32) -> u32 {
        work.time(|| if levels == 0 { 0 } else { descend(work, levels - 1) + 1 })
    }
    let run = run_of("recursion", |tracker| {
        assert_eq!(descend(tracker.operation("work"), 1_000), 1_000);
        (0..5_000).for_each(|_| tracker.start_call("call"));
        while tracker.stop("call").is_some() {}
    });
    let count =
        |name: &str| of_all(&run, name, "time").iter().filter_map(|m| m.iterations.count()).sum::<u64>();
    assert_eq!((count("recursion/work"), count("recursion/call")), (1_001, 4_096));
    assert_eq!(
        messages(&run),
        ["`call` was stopped and not started", "more than 4096 calls without an end (904 times)"]
    );
}

#[test]
fn phases_that_overlap_claim_no_memory() {
    let run = run_of("overlap", |tracker| {
        let both = std::sync::Barrier::new(2);
        std::thread::scope(|scope| {
            for name in ["left", "right"] {
                let (tracker, both) = (tracker.clone(), &both);
                scope.spawn(move || {
                    let phase = tracker.phase(name);
                    both.wait();
                    phase.phase("part").end();
                    both.wait();
                });
            }
        });
        tracker.phase("alone").phase("part").end();
    });
    let claims = |name: &str| of_all(&run, name, "rss_change").len();
    let names = ["overlap/left", "overlap/right", "overlap/left/part", "overlap/alone", "overlap/alone/part"];
    assert_eq!(names.map(claims), [0, 0, 0, 1, 1]);
    assert!(names.iter().all(|name| of_all(&run, name, "peak_rss").len() == 1));
}

#[test]
fn an_ended_tracker_may_still_be_asked() {
    let folder = tempfile::tempdir().expect("a folder");
    let tracker = Tracker::builder("asked").spool(folder.path()).start();
    let stale = tracker.operation("gone");
    stale.record(1);
    let status = tracker.finish();
    assert!(tracker.measured().is_empty() && tracker.snapshot().is_empty());
    tracker.reset();
    assert_eq!(tracker.finish(), status);
    let other = Tracker::builder("other").spool(folder.path()).start();
    // A number of an operation that is no more is nobody's.
    other.operation("there").record(1);
    stale.record(1);
    assert_eq!(other.measured().iter().filter(|m| m.benchmark == "other/there").count(), 1);
    other.finish();
    assert_eq!(read(folder.path()).len(), 2);
}
