//! What it costs to read a summary and to show it: `cargo bench -p plimsoll-probe --bench summary`.

#![expect(clippy::print_stdout, reason = "a bench of its own tells what it measured")]

use std::alloc::System;
use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use plimsoll_probe::{Allocated, CountingAllocator, Tracker};

#[global_allocator]
static ALLOCATOR: CountingAllocator<System> = CountingAllocator::system();

/// How often each is done; the least counts, because what else runs on the machine only adds.
const TIMES: usize = 50;

fn main() {
    let folder = std::env::temp_dir().join(format!("plimsoll-bench-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder");
    println!("{:42} {:>9} {:>9} {:>11} {:>9}", "", "read", "shown", "allocated", "kept");
    measure(&folder, "no summary", &[]);
    measure(&folder, "10 series", &[line("bench", 10)]);
    measure(&folder, "256 series", &[line("bench", 256)]);
    let others: Vec<String> = (0..63).map(|number| line(&format!("suite-{number}"), 256)).collect();
    measure(&folder, "256 series behind 63 suites of 256", &[others, vec![line("bench", 256)]].concat());
    fs::remove_dir_all(&folder).expect("it goes");
}

fn measure(folder: &Path, what: &str, lines: &[String]) {
    let path = folder.join("v1-summary.jsonl");
    if !lines.is_empty() {
        fs::write(&path, lines.join("\n") + "\n").expect("a file");
    }
    let (mut read, mut shown, mut allocated, mut kept) = (Duration::MAX, Duration::MAX, 0, 0);
    for _ in 0..TIMES {
        let tracker = Tracker::builder("bench").spool(folder).start();
        let before = Allocated::now().unwrap_or_default();
        let start = Instant::now();
        // The first that asks makes it be read.
        black_box(tracker.warnings());
        read = read.min(start.elapsed());
        let after = Allocated::now().unwrap_or_default();
        (allocated, kept) =
            (after.bytes - before.bytes, after.live_bytes().saturating_sub(before.live_bytes()));
        let start = Instant::now();
        black_box(tracker.summary().to_string());
        shown = shown.min(start.elapsed());
        tracker.write_to(None);
    }
    println!(
        "{what:42} {:6.0} µs {:6.0} µs {:8.0} kB {:6.0} kB",
        read.as_secs_f64() * 1e6,
        shown.as_secs_f64() * 1e6,
        allocated as f64 / 1e3,
        kept as f64 / 1e3
    );
}

/// A line as the command writes it.
fn line(suite: &str, count: usize) -> String {
    let series: Vec<String> = (0..count).map(series).collect();
    format!(
        concat!(
            r#"{{"format":"plimsoll.summary/1","project":"bench","suite":"{}","testbed":"debian-12/x86_64/2/intel-xeon","#,
            r#""branch":"main","run":"probe-0123456789abcdef0123456789abcdef-0","#,
            r#""commit":"e0bb904e0bb904e0bb904e0bb904e0bb904e0bb9","measured_at":"2026-11-21T04:38:00Z","#,
            r#""verdict":"regressed","index":61.5,"alerts":1,"series":[{}]}}"#
        ),
        suite,
        series.join(",")
    )
}

fn series(number: usize) -> String {
    format!(
        concat!(
            r#"{{"benchmark":"build/rendering/phase-{}","parameters":{{"kind":"small"}},"metric":"time","unit":"ns","#,
            r#""direction":"lower","value":305612345.5,"verdict":"regressed","severity":"critical","#,
            r#""baseline":{{"center":14123456.5,"spread":221234.125,"runs":12}},"warn_beyond":15212345.25,"#,
            r#""error_beyond":18112345.75,"target":{{"id":"SITE-001","max":50000000.0,"min":null,"per":"pages"}},"#,
            r#""trend":[14123456.5,14023456.5,14223456.5,14123456.25,14123456.75,14123400.5,14123499.5,305612345.5]}}"#
        ),
        number
    )
}
