//! What is written is read by the real reader, whole and without complaints.
#![cfg(not(feature = "disabled"))]

use std::path::Path;
use std::time::Duration;

use plimsoll_model::{Direction as Way, Measurement, Run};
use plimsoll_probe::{Direction, Outcome, Severity, Tracker};

/// Starts a tracker with a spool of its own, and gives what it wrote.
fn runs_of(name: &str, tracked: impl FnOnce(&Tracker)) -> Vec<Run> {
    let folder = tempfile::tempdir().expect("a folder");
    let tracker = Tracker::builder(name).spool(folder.path()).start();
    tracked(&tracker);
    drop(tracker);
    read(folder.path())
}

fn run_of(name: &str, tracked: impl FnOnce(&Tracker)) -> Run {
    let runs = runs_of(name, tracked);
    let [run] = <[Run; 1]>::try_from(runs).expect("one line");
    run
}

fn read(spool: &Path) -> Vec<Run> {
    let text = std::fs::read_to_string(spool.join("v1-runs.jsonl")).unwrap_or_default();
    let read = |line: &str| plimsoll_model::format::run::read(line.as_bytes(), "p", "s").expect("a run");
    text.lines().map(read).collect()
}

fn messages(run: &Run) -> Vec<&str> {
    run.complaints.iter().map(|complaint| complaint.message.as_str()).collect()
}

#[track_caller]
fn of<'a>(run: &'a Run, benchmark: &str, metric: &str) -> &'a Measurement {
    let all: Vec<_> = of_all(run, benchmark, metric);
    assert_eq!(all.len(), 1, "{benchmark}#{metric} in {:#?}", run.measurements);
    all[0]
}

fn of_all<'a>(run: &'a Run, benchmark: &str, metric: &str) -> Vec<&'a Measurement> {
    run.measurements.iter().filter(|m| *m.benchmark == *benchmark && *m.metric.name == *metric).collect()
}

fn start_of(measurement: &Measurement) -> Option<&str> {
    measurement.parameters.iter().find(|(name, _)| *name == "start").map(|(_, value)| value)
}

#[test]
fn phases_stand_in_one_another_and_handle_items() {
    let run = run_of("phases", |tracker| {
        let discovery = tracker.phase("discovery");
        discovery.items("pages", 100);
        for _ in 0..3 {
            discovery.phase("read").items("files", 2);
        }
        discovery.end();
        tracker.items("pages", 100);
    });
    assert_eq!(messages(&run), Vec::<&str>::new());
    assert_eq!((run.suite.as_str(), run.project.as_str()), ("phases", "p"));
    assert!(run.id.starts_with("probe-"), "{}", run.id);
    let discovery = of(&run, "phases/discovery", "time");
    assert_eq!(discovery.items.get("pages"), Some(100.0));
    let read = of(&run, "phases/discovery/read", "time");
    assert_eq!(
        (read.iterations.count(), read.items.get("files"), read.statistic.as_str()),
        (Some(3), Some(6.0), "total")
    );
    assert!(read.value <= discovery.value && discovery.value <= of(&run, "phases", "time").value);
    assert_eq!(of(&run, "phases", "peak_rss").items.get("pages"), Some(100.0));
    assert_eq!(of(&run, "phases/discovery", "rss_change").metric.direction, Way::None);
}

#[test]
fn phases_run_on_any_thread() {
    let run = run_of("threads", |tracker| {
        let outer = tracker.phase("outer");
        std::thread::scope(|scope| {
            for _ in 0..4 {
                let inner = outer.phase("inner");
                scope.spawn(move || inner.items("rows", 10));
            }
        });
    });
    let inner = of(&run, "threads/outer/inner", "time");
    assert_eq!((inner.iterations.count(), inner.items.get("rows")), (Some(4), Some(40.0)));
}

#[test]
fn operations_come_as_distributions_and_the_first_call_apart() {
    let run = run_of("operations", |tracker| {
        let parse = tracker.operation("parse");
        parse.record(1_000_000);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (1..=1_000).for_each(|ns| parse.record(ns * 100)));
            }
        });
        parse.record_failed(77);
        let with = tracker.operation_with("request", &[("route", "/users")]);
        with.record(5);
        with.record(7);
        tracker.distribution("size", "KB").record(3);
    });
    assert_eq!(messages(&run), Vec::<&str>::new());
    let [cold, warm, failed] = of_all(&run, "operations/parse", "time")[..] else {
        panic!("three of {:#?}", run.measurements);
    };
    assert_eq!((start_of(cold), cold.value, cold.iterations.count()), (Some("cold"), 1_000_000.0, Some(1)));
    assert_eq!(
        (start_of(warm), warm.iterations.count(), warm.statistic.as_str()),
        (None, Some(4_000), "median")
    );
    for (name, expected) in [("p50", 50e3), ("p95", 95e3), ("p99", 99e3), ("mean", 50_050.0), ("max", 100e3)]
    {
        let found = warm.estimates.get(name).expect("an estimate");
        assert!((found / expected - 1.0).abs() < 0.01, "{name}: {found}");
    }
    assert_eq!((failed.outcome, failed.value), (plimsoll_model::Outcome::Failed, 77.0));
    assert!((of(&run, "operations/parse", "error_rate").value - 1.0 / 4_002.0).abs() < 1e-12);
    let requests = of_all(&run, "operations/request", "time");
    assert!(
        requests
            .iter()
            .all(|m| m.parameters.iter().any(|(name, value)| (name, value) == ("route", "/users")))
    );
    assert_eq!((requests.len(), of(&run, "operations", "size").value), (2, 3_000.0));
}

#[test]
fn timings_record_once_and_failures_apart() {
    let run = run_of("timings", |tracker| {
        let work = tracker.operation("work");
        work.start().finish();
        drop(work.start());
        work.start().fail();
        work.start().cancel();
        assert_eq!(work.time(|| 5), 5);
        assert_eq!(work.try_time(|| Err::<(), i32>(3)), Err(3));
        let panicked = std::panic::catch_unwind(|| {
            let _timing = work.start();
            panic!("on purpose");
        });
        assert!(panicked.is_err());
    });
    let counts: Vec<_> = of_all(&run, "timings/work", "time").iter().map(|m| m.iterations.count()).collect();
    assert_eq!(counts, [Some(1), Some(2), Some(3)]);
}

#[test]
fn values_have_declared_units_directions_and_targets() {
    let run = run_of("values", |tracker| {
        tracker.declare("spent", "USD", Direction::Lower).target_max(0.01).target_id("APP-3");
        tracker.declare("work", "ms", Direction::Lower).target_max(500.0);
        tracker.record("spent", 0.005);
        tracker.record("spent", 0.007);
        tracker.record("unheard_of", 4_123.0);
        tracker.record("hit_rate", 0.93);
        tracker.count("retries", 2);
        tracker.count("retries", 1);
        tracker.operation("work").record(1_000);
        tracker.note(Severity::Warning, "cache miss \"detected\"\n");
    });
    assert_eq!(messages(&run), Vec::<&str>::new());
    let spent = of(&run, "values", "spent");
    assert_eq!((spent.value, spent.metric.unit.symbol(), spent.metric.direction), (0.006, "USD", Way::Lower));
    assert_eq!((spent.samples.as_slice(), spent.estimates.get("last")), (&[0.005, 0.007][..], Some(0.007)));
    let target = spent.target.as_ref().expect("a target");
    assert_eq!((target.id.as_deref(), target.bound.limit()), (Some("APP-3"), 0.01));
    assert_eq!(of(&run, "values", "unheard_of").metric.direction, Way::None);
    assert_eq!(of(&run, "values", "hit_rate").metric.direction, Way::Higher);
    assert_eq!(of(&run, "values", "retries").value, 3.0);
    let work = of(&run, "values/work", "time").target.as_ref().expect("a target");
    assert_eq!(work.bound.limit(), 500e6);
    assert_eq!(run.notes[0].message, "cache miss \"detected\"\n");
}

#[test]
fn bad_use_is_named_and_harms_nothing() {
    let run = run_of("misused", |tracker| {
        let twice = tracker.phase("twice");
        twice.end();
        twice.end();
        twice.items("late", 1);
        std::mem::forget(tracker.phase("open"));
        tracker.record("nan", f64::NAN);
        tracker.record("infinite", f64::INFINITY);
        tracker.count("nan", f64::NAN);
        tracker.items("nan", f64::NAN);
        tracker.stop("never started");
        tracker.record("new\nline \"and\" \\ \u{1}", 1.0);
        tracker.phase("").end();
        tracker.phase(&"ä".repeat(5_000)).end();
        tracker.declare("x", "y", Direction::None).target_max(f64::NAN);
        let status = tracker.status();
        assert_eq!((status.misuses, status.values_left_out), (3, 4));
    });
    assert_eq!(
        messages(&run),
        [
            "`infinite`: inf is no number",
            "`nan`: NaN is no number (2 times)",
            "`nan`: NaN is no number of items",
            "`never started` was stopped and not started",
            "phase `misused/twice` got items after its end",
            "phase `misused/twice` was ended twice",
            "phase `misused/open` was never closed",
        ]
    );
    assert_eq!(of(&run, "misused", "new\nline \"and\" \\ \u{1}").value, 1.0);
    assert_eq!(of_all(&run, "misused/open", "time").len(), 0);
}

#[test]
fn what_comes_after_the_end_is_left_out() {
    let folder = tempfile::tempdir().expect("a folder");
    let tracker = Tracker::builder("ended").spool(folder.path()).start();
    let late = tracker.phase("late");
    let operation = tracker.operation("late");
    operation.record(1);
    let status = tracker.finish();
    assert_eq!((status.lines_written, status.values_left_out), (1, 0));
    late.end();
    operation.record(2);
    operation.record_failed(2);
    tracker.record("late", 1.0);
    assert_eq!(tracker.operation("later").to_u64(), 0);
    tracker.finish();
    drop(tracker);
    assert_eq!(read(folder.path()).len(), 1);
}

#[test]
fn a_failed_run_says_so() {
    let run = run_of("failed", |tracker| {
        tracker.phase("good").end();
        tracker.phase("bad").fail();
        tracker.phase("worse").end_with(Outcome::Failed);
        tracker.fail();
    });
    assert_eq!(run.outcome, plimsoll_model::Outcome::Failed);
    assert_eq!(of(&run, "failed/bad", "time").outcome, plimsoll_model::Outcome::Failed);
    assert_eq!(of(&run, "failed/good", "time").outcome, plimsoll_model::Outcome::Success);
}

#[test]
fn snapshots_tell_what_came_since_the_last() {
    let runs = runs_of("snapshots", |tracker| {
        let work = tracker.operation("work");
        work.record(1);
        (0..10).for_each(|_| work.record(100));
        tracker.record("rate", 0.5);
        assert_eq!(tracker.measured().iter().filter(|m| m.metric == "rate").count(), 1);
        assert!(!tracker.snapshot().is_empty());
        assert!(tracker.snapshot().is_empty(), "nothing came since");
        (0..5).for_each(|_| work.record(10_000));
        tracker.snapshot();
        work.record(7);
        tracker.reset();
        work.record(8);
        work.record(50);
    });
    assert_eq!(runs.len(), 3);
    let ids: std::collections::BTreeSet<_> = runs.iter().map(|run| &run.id).collect();
    assert_eq!(ids.len(), 3);
    let cold = |run: &Run| {
        of_all(run, "snapshots/work", "time").iter().find(|m| start_of(m).is_some()).map(|m| m.value)
    };
    // What is forgotten was never called.
    assert_eq!([cold(&runs[0]), cold(&runs[1]), cold(&runs[2])], [Some(1.0), None, Some(8.0)]);
    let warm = |run: &Run| {
        let of_run = of_all(run, "snapshots/work", "time");
        of_run
            .iter()
            .filter(|m| start_of(m).is_none())
            .map(|m| (m.iterations.count(), m.value.round()))
            .collect::<Vec<_>>()
    };
    assert_eq!(warm(&runs[0]), [(Some(10), 100.0)]);
    let [(Some(5), value)] = warm(&runs[1])[..] else { panic!("{:?}", runs[1].measurements) };
    assert!((value / 10_000.0 - 1.0).abs() < 0.01, "{value}");
    assert_eq!(warm(&runs[2]), [(Some(1), 50.0)]);
}

#[test]
fn a_second_tracker_of_the_same_name_is_warm() {
    for expected in [None, Some("warm")] {
        let run = run_of("again", |tracker| {
            tracker.phase("part").end();
            tracker.operation("work").record(5);
        });
        assert_eq!(start_of(of(&run, "again", "time")), expected);
        assert_eq!(start_of(of(&run, "again/part", "time")), expected);
        let cold = expected.is_none().then_some("cold");
        assert_eq!(start_of(of(&run, "again/work", "time")), cold);
    }
}

#[test]
fn a_spool_that_cannot_be_written_is_counted() {
    let tracker = Tracker::builder("nowhere").spool("/proc/nowhere").start();
    tracker.record("x", 1.0);
    tracker.snapshot();
    tracker.record("x", 1.0);
    let status = tracker.finish();
    assert_eq!((status.lines_written, status.lines_left_out), (0, 2));
    assert!(status.last_error.is_some_and(|error| error.starts_with("cannot make the spool")));
}

#[test]
fn ten_million_records_take_constant_memory() {
    let run = run_of("many", |tracker| {
        let work = tracker.operation("work");
        (0..10_000_001_u64).for_each(|number| work.record(number % 1_000_000));
        for number in 0..100_000 {
            tracker.record("value", f64::from(number));
        }
        for number in 0..10_000 {
            tracker.record(&format!("name {number}"), 1.0);
            tracker.operation(&format!("operation {number}")).record(1);
        }
    });
    let warm = of_all(&run, "many/work", "time")[1];
    assert_eq!(warm.iterations.count(), Some(10_000_000));
    assert!((warm.estimates.get("p99").expect("p99") / 990_000.0 - 1.0).abs() < 0.01);
    assert_eq!(warm.estimates.get("mean"), Some(499_999.5));
    assert!(of(&run, "many", "value").samples.len() <= 1_000);
    assert!(messages(&run).contains(&"more than 4096 named values (5905 times)"), "{:?}", messages(&run));
    assert!(messages(&run).iter().any(|message| message.starts_with("more than 4096 operations")));
}

#[test]
fn many_threads_and_trackers_come_and_go() {
    let mut lengths = Vec::new();
    for _ in 0..20 {
        let run = run_of("busy", |tracker| {
            let work = tracker.operation("work");
            work.record(3);
            std::thread::scope(|scope| {
                for _ in 0..8 {
                    scope.spawn(|| (0..100).for_each(|_| work.start().finish()));
                }
            });
        });
        let all = of_all(&run, "busy/work", "time");
        lengths.push(all.iter().filter_map(|m| m.iterations.count()).sum::<u64>());
        assert!(run.context.duration_ms < Duration::from_mins(1).as_millis() as u64);
    }
    assert_eq!(lengths, [801; 20]);
}
