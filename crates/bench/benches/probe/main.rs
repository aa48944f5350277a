//! What a call costs that the probe measures, beside other ways to measure it, in one run.
//!
//! `cargo bench -p plimsoll-bench --bench probe` prints the tables of docs/performance.md.

mod apart;
mod crowd;
mod rounds;
mod rows;
mod table;

use rounds::Rounds;
use table::Promises;

/// How many clock pairs a timing may take, and what remains of a call that is switched off.
const MOST_PAIRS: f64 = 2.5;
const MOST_DISABLED_NS: f64 = 2.0;
/// How many times as much as reading the clock a call may come to cost on many threads, where a lock doubles it.
const MOST_GROWTH: f64 = 1.25;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let allocations = apart::allocations()?;
    let at_run_time = apart::disabled_at_run_time()?;
    let at_build_time = apart::disabled_at_build_time()?;
    let rounds = Rounds::measure(&rows::all()?);

    let mut promises = Promises::default();
    for own in [rows::GUARD, rows::MEASURE] {
        promises.at_most(own, rounds.ratio(own, rows::COUNTER_PAIR), rows::COUNTER_PAIR, MOST_PAIRS);
    }
    let timers = [
        rows::PROMETHEUS_TIMER,
        rows::HDR_TIMER,
        rows::FASTRACE,
        rows::TRACING_REGISTRY,
        rows::TRACING_FORMATTER,
        rows::TRACING_CLOSE,
    ];
    for peer in timers {
        promises.at_most(rows::GUARD, rounds.ratio(rows::GUARD, peer), peer, 1.0);
    }
    for peer in [rows::PROMETHEUS_OBSERVE, rows::HDR_RECORD] {
        promises.at_most(rows::RECORD, rounds.ratio(rows::RECORD, peer), peer, 1.0);
    }
    for own in [rows::GUARD, rows::MEASURE, rows::RECORD] {
        let name = format!("{own}: allocations a call");
        promises.number(&name, allocations.get(own).copied().unwrap_or(f64::NAN), "", 0.0);
    }
    for own in [rows::GUARD, rows::MEASURE, rows::RECORD] {
        let name = format!("{own}: growth on {} threads, of the clock's", crowd::THREADS);
        promises.number(&name, rounds.growth_beside(own, rows::COUNTER_PAIR), " times", MOST_GROWTH);
    }
    print(&table::overheads(&rounds, &allocations));
    print(&promises.markdown());
    print(&table::disabled(&at_run_time, &at_build_time, MOST_DISABLED_NS));
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the tables are what this program is for")]
fn print(text: &str) {
    println!("{text}");
}
