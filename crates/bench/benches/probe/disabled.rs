//! What is left of the probe's calls when it is switched off; for the bench `probe`, which runs this once with
//! `PLIMSOLL_DISABLE=1` and once built with the feature `disabled`.

use std::hint::black_box;
use std::time::Instant;

use plimsoll_probe::{Tracker, measure, tracker};

/// Calls that are timed together.
const CALLS: u64 = 100_000;
const ROUNDS: usize = 101;

fn main() {
    let own = Tracker::start("disabled");
    assert!(!own.is_enabled(), "set PLIMSOLL_DISABLE=1, or build with the feature `disabled`");
    let operation = own.operation("operation");
    let distribution = own.distribution("size", "bytes");
    let loops: [(&str, &dyn Fn()); 7] = [
        ("nothing", &|| repeat(|_| ())),
        ("`operation.start()`, `.finish()`", &|| {
            repeat(|number| {
                let timing = operation.start();
                black_box(number);
                timing.finish();
            });
        }),
        ("`measure!`", &|| {
            repeat(|number| {
                measure!("measured", {
                    black_box(number);
                });
            });
        }),
        ("`operation.record(…)`", &|| repeat(|number| distribution.record(number))),
        ("`tracker.record(\"name\", …)`", &|| repeat(|number| own.record("value", number as f64))),
        ("`tracker().count(\"name\", 1)`", &|| repeat(|number| tracker().count("count", number as f64))),
        ("`tracker.phase(\"name\")`", &|| {
            repeat(|number| {
                let phase = own.phase("phase");
                black_box(number);
                phase.end();
            });
        }),
    ];
    let mut added = [const { Vec::new() }; 7];
    for _ in 0..ROUNDS {
        let ns = loops.map(|(_, run)| ns_a_call(run));
        added.iter_mut().zip(ns).for_each(|(added, ns_a_call)| added.push(ns_a_call - ns[0]));
    }
    for ((name, _), mut added) in loops.iter().zip(added).skip(1) {
        added.sort_by(f64::total_cmp);
        print(name, added[ROUNDS / 2]);
    }
}

/// Each call gets a number that the compiler does not know.
#[inline(always)]
fn repeat(call: impl Fn(u64)) {
    (0..CALLS).for_each(|number| call(black_box(number)));
}

fn ns_a_call(run: &dyn Fn()) -> f64 {
    let start = Instant::now();
    run();
    start.elapsed().as_nanos() as f64 / CALLS as f64
}

#[expect(clippy::print_stdout, reason = "the bench `probe` reads it")]
fn print(name: &str, ns: f64) {
    println!("{name}\t{ns}");
}
