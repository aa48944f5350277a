//! What is allocated, and that recording allocates nothing.
#![cfg(not(feature = "disabled"))]

use std::alloc::System;
use std::fs;
use std::path::Path;
use std::sync::{Barrier, Mutex};
use std::thread;

use plimsoll_probe::{Allocated, CountingAllocator, Measured, Phase, Tracker};

#[global_allocator]
static ALLOCATOR: CountingAllocator<System> = CountingAllocator::system();

/// The counts are those of the whole process: one test at a time.
static ALONE: Mutex<()> = Mutex::new(());

fn count() -> u64 {
    Allocated::now().expect("it counts").count
}

fn value(measured: &[Measured], benchmark: &str, metric: &str) -> f64 {
    measured.iter().find(|m| m.benchmark == benchmark && m.metric == metric).expect("it was measured").value
}

#[test]
fn a_call_that_is_recorded_allocates_nothing() {
    let _alone = ALONE.lock();
    let folder = tempfile::tempdir().expect("a folder");
    let tracker = Tracker::builder("hot").spool(folder.path()).start();
    let work = tracker.operation("work");
    // The first call of the process stands apart, the first of a thread makes its shard.
    (0..2).for_each(|_| work.start().finish());
    // The test runner's own threads may allocate meanwhile: of ten rounds, one is theirs alone.
    let rounds = (0..10).map(|_| {
        let before = count();
        for number in 0..10_000 {
            work.start().finish();
            work.record(number * number);
            work.time(|| std::hint::black_box(number));
        }
        count() - before
    });
    assert_eq!(rounds.min(), Some(0));
}

#[test]
fn nor_does_it_on_eight_threads() {
    const THREADS: usize = 8;
    let _alone = ALONE.lock();
    let folder = tempfile::tempdir().expect("a folder");
    let tracker = Tracker::builder("crowd").spool(folder.path()).start();
    let (work, size) = (tracker.operation("work"), tracker.distribution("size", "bytes"));
    Tracker::builder("blocks").start_process_wide().write_to(None);
    let meeting = Barrier::new(THREADS + 1);
    let call = |number| {
        work.start().finish();
        size.record(number);
        plimsoll_probe::measure!("block", std::hint::black_box(number));
    };
    let least = thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                // The first call of the process stands apart, the first of a thread makes its shard.
                (0..2).for_each(call);
                for _ in 0..10 {
                    meeting.wait();
                    (0..1_000).for_each(call);
                    meeting.wait();
                }
            });
        }
        // The test runner's own threads may allocate meanwhile: of ten rounds, one is theirs alone.
        let rounds = (0..10).map(|_| {
            let before = count();
            meeting.wait();
            meeting.wait();
            count() - before
        });
        rounds.min()
    });
    assert_eq!(least, Some(0));
    let measured = tracker.measured();
    let calls = |metric| measured.iter().filter(|m| m.metric == metric).map(|m| m.count).sum::<u64>();
    // Of the times, the first of the process is told apart.
    assert_eq!((calls("time"), calls("size")), (8 * 10_002, 8 * 10_002));
}

#[test]
fn phases_know_what_was_allocated() {
    let _alone = ALONE.lock();
    let folder = tempfile::tempdir().expect("a folder");
    let tracker = Tracker::builder("phases").spool(folder.path()).start();
    let phase = tracker.phase("reading");
    let kept: Vec<Vec<u8>> = (0..100).map(|_| Vec::with_capacity(10_000)).collect();
    phase.end();
    drop(kept);
    let measured = tracker.measured();
    let allocations = value(&measured, "phases/reading", "allocations");
    let bytes = value(&measured, "phases/reading", "allocated_bytes");
    assert!((101.0..140.0).contains(&allocations), "{allocations}");
    assert!((1e6..1.1e6).contains(&bytes), "{bytes}");
    let heap = value(&measured, "phases/reading", "heap");
    assert!(value(&measured, "phases", "heap") < heap - 0.9e6);
}

#[test]
fn phases_that_overlap_claim_no_allocations() {
    let _alone = ALONE.lock();
    let folder = tempfile::tempdir().expect("a folder");
    let tracker = Tracker::builder("overlap").spool(folder.path()).start();
    let outer = tracker.phase("outer");
    let (left, right) = (outer.phase("left"), outer.phase("right"));
    let kept: Vec<u8> = Vec::with_capacity(100_000);
    [left, right, outer].iter().for_each(Phase::end);
    drop(kept);
    let measured = tracker.measured();
    let claim = |benchmark: &str, metric: &str| {
        measured.iter().filter(|m| m.benchmark == benchmark && m.metric == metric).count()
    };
    let changes = ["allocations", "allocated_bytes", "rss_change"];
    let states = ["time", "heap", "peak_rss"];
    assert_eq!(changes.map(|metric| claim("overlap/outer", metric)), [1; 3]);
    for part in ["overlap/outer/left", "overlap/outer/right"] {
        assert_eq!(changes.map(|metric| claim(part, metric)), [0; 3], "{part}");
        assert_eq!(states.map(|metric| claim(part, metric)), [1; 3], "{part}");
    }
}

#[test]
fn memory_stays_as_it_is_however_much_is_recorded() {
    let _alone = ALONE.lock();
    let folder = tempfile::tempdir().expect("a folder");
    let tracker = Tracker::builder("many").spool(folder.path()).start();
    let (work, phase) = (tracker.operation("work"), tracker.phase("part"));
    let round = |count: u64| {
        for number in 0..count {
            work.record(number);
            work.record_failed(number % 1_000);
            tracker.record("value", number as f64);
            tracker.count("count", 1);
            phase.items("pages", 1);
            tracker.start_call("call");
            tracker.stop("call");
        }
    };
    let live = || Allocated::now().expect("it counts").live_bytes();
    // As many values as are kept of one name.
    round(2_000);
    let before = live();
    round(200_000);
    let grown = live().saturating_sub(before);
    assert!(grown < 20_000, "{grown} bytes");
}

#[test]
fn a_tracked_start_takes_little_memory() {
    let _alone = ALONE.lock();
    let folder = tempfile::tempdir().expect("a folder");
    let live = || Allocated::now().expect("it counts").live_bytes();
    let before = live();
    let tracker = Tracker::builder("start").spool(folder.path()).start();
    for name in ["one", "two", "three", "four"] {
        let operation = tracker.operation(name);
        (0..10).for_each(|_| operation.start().finish());
        tracker.phase(name).end();
        tracker.record(name, 1.0);
    }
    let taken = live() - before;
    assert!(taken < 100_000, "{taken} bytes");
}

/// A summary of the suite `start` as the command leaves it, with so many series.
fn leave_summary(folder: &Path, series: usize) {
    let one = |number: usize| {
        let center = 1_234_567.890_123_4 + number as f64;
        let trend: Vec<String> =
            (0..8).map(|run| (center * (1.0 + f64::from(run) / 97.0)).to_string()).collect();
        format!(
            r#"{{"benchmark":"start/rendering/step {number}","parameters":{{}},"metric":"time","unit":"ns","direction":"lower","value":{},"verdict":"unchanged","severity":null,"baseline":{{"center":{center},"spread":{},"runs":12}},"warn_beyond":{},"error_beyond":{},"target":null,"trend":[{}]}}"#,
            trend[7],
            center / 51.0,
            center * 1.1,
            center * 1.2,
            trend.join(",")
        )
    };
    let all: Vec<String> = (0..series).map(one).collect();
    let line = format!(
        r#"{{"format":"plimsoll.summary/1","project":"p","suite":"start","testbed":"t","branch":"main","run":"r","commit":null,"measured_at":"2026-11-21T04:38:00Z","verdict":"pass","index":100.0,"alerts":1,"series":[{}]}}"#,
        all.join(",")
    );
    fs::write(folder.join("v1-summary.jsonl"), line + "\n").expect("a file");
}

#[test]
fn what_is_known_of_many_series_takes_little_more_than_their_numbers() {
    const SERIES: usize = 256;
    let _alone = ALONE.lock();
    let folder = tempfile::tempdir().expect("a folder");
    leave_summary(folder.path(), SERIES);
    let tracker = Tracker::builder("start").project("p").spool(folder.path()).start();
    tracker.phase("rendering/step 7").end();
    let live = || Allocated::now().expect("it counts").live_bytes();
    let before = live();
    let warnings = tracker.warnings().len();
    let known = live() - before;
    // Thirteen numbers each, and names of some thirty bytes.
    assert!((1..45_000).contains(&known), "{known} bytes");
    let summary = tracker.summary();
    assert!(summary.rows().count() > SERIES && warnings > 0);
    let shown = live() - before - known;
    assert!(shown < 20_000, "{shown} bytes");
}
