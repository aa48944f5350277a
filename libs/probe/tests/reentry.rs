//! An allocator that is measured itself: whatever the library allocates comes back to it.
//!
//! This program is its own test: called with `play` it is the measured program.
#![expect(clippy::print_stdout, reason = "a test runner of its own tells what it ran")]
#![expect(unsafe_code, reason = "an allocator cannot be had without")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use plimsoll_probe::{Operation, Tracker, measure, tracker};

struct Measured;

static IS_MEASURED: AtomicBool = AtomicBool::new(false);
static KEPT: OnceLock<Operation> = OnceLock::new();

impl Measured {
    /// Everything that an allocator might think of.
    fn measure(bytes: usize) {
        if IS_MEASURED.load(Relaxed) {
            measure!("allocate", ());
            tracker().record("allocated", bytes as f64);
            if let Some(kept) = KEPT.get() {
                kept.start().finish();
                kept.record_failed(1);
            }
        }
    }
}

// SAFETY: all calls go to the system's allocator as they came.
unsafe impl GlobalAlloc for Measured {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        Self::measure(layout.size());
        // SAFETY: the caller keeps the contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        Self::measure(0);
        // SAFETY: the caller keeps the contract.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Measured = Measured;

fn main() {
    if cfg!(feature = "disabled") {
        // Of what measures nothing there is nothing to see.
        return;
    }
    if std::env::args().nth(1).as_deref() == Some("play") {
        play();
        std::process::exit(7);
    }
    println!("\nrunning 1 test");
    let folder = tempfile::tempdir().expect("a folder");
    let mut program = Command::new(std::env::current_exe().expect("a path"));
    let ended = program.arg("play").env("PLIMSOLL_SPOOL", folder.path()).status().expect("it starts");
    assert_eq!(ended.code(), Some(7));
    let text = std::fs::read_to_string(folder.path().join("v1-runs.jsonl")).expect("the spool");
    let read = |line: &str| plimsoll_model::format::run::read(line.as_bytes(), "p", "s").expect("a run");
    let runs: Vec<_> = text.lines().map(read).collect();
    let count = |benchmark: &str, metric: &str| {
        let all = runs.iter().flat_map(|run| &run.measurements);
        let of = all.filter(|m| *m.benchmark == *benchmark && *m.metric.name == *metric);
        of.filter_map(|m| m.iterations.count()).sum::<u64>()
    };
    assert!(count("allocate", "time") >= 2_000, "{text}");
    assert!(count("inner/kept", "time") >= 2_000 && count("inner/part", "time") == 1, "{text}");
    assert!(runs.iter().any(|run| run.measurements.iter().any(|m| *m.metric.name == *"allocated")), "{text}");
    let complaints = runs.iter().flat_map(|run| &run.complaints);
    assert!(complaints.filter(|c| c.message.contains("came while others were noted")).count() > 0, "{text}");
    println!("test an allocator that is measured itself ... ok");
}

fn play() {
    IS_MEASURED.store(true, Relaxed);
    let inner = Tracker::start("inner");
    let kept = inner.operation("kept");
    assert!(KEPT.set(kept).is_ok());
    let work = || {
        for number in 0..1_000_u32 {
            std::hint::black_box(number.to_string());
        }
    };
    let phase = inner.phase("part");
    let threads = [std::thread::spawn(work), std::thread::spawn(work)];
    threads.into_iter().for_each(|thread| thread.join().expect("it ends"));
    phase.items("numbers", 2_000);
    phase.end();
    inner.finish();
    tracker().snapshot();
}
