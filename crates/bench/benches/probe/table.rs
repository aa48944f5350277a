//! What was measured, as Markdown.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::crowd::THREADS;
use crate::rounds::Rounds;
use crate::rows;

/// Each row beside the two clocks.
pub(crate) fn overheads(rounds: &Rounds, allocations: &BTreeMap<String, f64>) -> String {
    let mut text = format!(
        "| a call of | ns | middle half of the rounds | of `Instant` pairs | of cycle counter pairs | grows on {THREADS} threads | allocations |\n\
         |---|---:|---:|---:|---:|---:|---:|\n"
    );
    for row in rounds.rows() {
        let [low, middle, high] = [0.25, 0.5, 0.75].map(|part| digits(row.ns_at(part)));
        let pairs = [rows::INSTANT_PAIR, rows::COUNTER_PAIR].map(|pair| digits(rounds.ratio(row.name, pair)));
        let [instants, counters] = pairs;
        let growth = digits(rounds.growth_beside(row.name, rows::COUNTER_PAIR));
        let allocations = allocations.get(row.name).map_or_else(String::new, |count| digits(*count));
        let _ = writeln!(
            text,
            "| {} | {middle} | {low}–{high} | {instants} | {counters} | {growth} | {allocations} |",
            row.name
        );
    }
    text
}

/// What is promised, and whether it was kept.
#[derive(Default)]
pub(crate) struct Promises {
    lines: Vec<String>,
}

impl Promises {
    /// A row that must take at most so many times what another takes.
    pub(crate) fn at_most(&mut self, row: &str, ratio: f64, other: &str, most: f64) {
        self.number(&format!("{row}, of {other}"), ratio, " times", most);
    }

    /// A number that must be at most so much.
    pub(crate) fn number(&mut self, name: &str, value: f64, unit: &str, most: f64) {
        let (value, kept) = (digits(value), kept(value <= most));
        self.lines.push(format!("| {name} | {value}{unit} | at most {most}{unit} | {kept} |"));
    }

    /// A Markdown table.
    pub(crate) fn markdown(&self) -> String {
        let head = "| what | measured | promised | kept |\n|---|---:|---|---|\n";
        self.lines.iter().fold(head.to_owned(), |text, line| text + line + "\n")
    }
}

/// What is left of each call, switched off when the program starts and when it is built.
pub(crate) fn disabled(
    at_run_time: &[(String, f64)],
    at_build_time: &[(String, f64)],
    most_ns: f64,
) -> String {
    let mut text = String::from(
        "| switched off | by `PLIMSOLL_DISABLE=1` | by the feature `disabled` | promised | kept |\n\
         |---|---:|---:|---|---|\n",
    );
    for ((call, run_ns), (_, build_ns)) in at_run_time.iter().zip(at_build_time) {
        let kept = kept(*run_ns <= most_ns && *build_ns <= most_ns);
        let [run_ns, build_ns] = [run_ns, build_ns].map(|ns| digits(*ns));
        let _ = writeln!(text, "| {call} | {run_ns} ns | {build_ns} ns | at most {most_ns} ns | {kept} |");
    }
    text
}

fn kept(is_kept: bool) -> &'static str {
    if is_kept { "yes" } else { "**no**" }
}

/// Three digits, or all before the point.
fn digits(value: f64) -> String {
    // A difference of two times may be less than nothing, and -0.00 is none.
    let value = if value.abs() < 0.005 { 0.0 } else { value };
    let decimals = if value == 0.0 || value.abs() >= 100.0 {
        0
    } else if value.abs() >= 10.0 {
        1
    } else {
        2
    };
    format!("{value:.decimals$}")
}
