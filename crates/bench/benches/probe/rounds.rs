//! Rounds over all rows, so that a busy moment of the machine meets every row alike. What is compared is compared within a
//! round.

use std::time::Instant;

use crate::crowd::Crowd;
use crate::rows::Row;

const ROUNDS: usize = 101;
/// How long the calls of a row last in a round.
const SLICE_NS: f64 = 1e6;
/// Calls before anything counts: lanes, buffers and pools are made.
const WARM_CALLS: u64 = 2_000;

/// Nanoseconds a call, of each row in each round.
pub(crate) struct Rounds {
    rows: Vec<Measured>,
}

/// What was measured of a row, round by round.
pub(crate) struct Measured {
    pub(crate) name: &'static str,
    alone_ns: Vec<f64>,
    crowded_ns: Vec<f64>,
}

impl Rounds {
    /// Measures every row, alone and in a crowd.
    pub(crate) fn measure(rows: &[Row]) -> Self {
        let measured = |row: &Row| Measured { name: row.name, alone_ns: Vec::new(), crowded_ns: Vec::new() };
        let mut all: Vec<Measured> = rows.iter().map(measured).collect();
        let crowd = Crowd::new(rows);
        std::thread::scope(|scope| {
            crowd.gather(scope);
            let calls: Vec<u64> = rows.iter().map(calls_of_a_slice).collect();
            for (index, calls) in calls.iter().enumerate() {
                crowd.ns_a_call(index, WARM_CALLS.min(*calls));
            }
            for _ in 0..ROUNDS {
                for ((index, row), calls) in rows.iter().enumerate().zip(&calls) {
                    all[index].alone_ns.push(ns_a_call(row, *calls));
                    all[index].crowded_ns.push(crowd.ns_a_call(index, *calls));
                }
            }
            crowd.dismiss();
        });
        Self { rows: all }
    }

    /// Every row.
    pub(crate) fn rows(&self) -> &[Measured] {
        &self.rows
    }

    /// How many times as long a row takes as another one.
    pub(crate) fn ratio(&self, row: &str, other: &str) -> f64 {
        self.compare(row, other, |row, round| row.alone_ns[round])
    }

    /// How many times as much a row grows in a crowd as another one does.
    pub(crate) fn growth_beside(&self, row: &str, other: &str) -> f64 {
        self.compare(row, other, |row, round| row.crowded_ns[round] / row.alone_ns[round])
    }

    /// The median over the rounds of what two rows are to each other.
    fn compare(&self, row: &str, other: &str, value: impl Fn(&Measured, usize) -> f64) -> f64 {
        let named = |name| self.rows.iter().find(|row| row.name == name);
        let (Some(row), Some(other)) = (named(row), named(other)) else {
            return f64::NAN;
        };
        share((0..ROUNDS).map(|round| value(row, round) / value(other, round)), 0.5)
    }
}

impl Measured {
    /// Nanoseconds a call that a share of the rounds stayed below.
    pub(crate) fn ns_at(&self, part: f64) -> f64 {
        share(self.alone_ns.iter().copied(), part)
    }

    /// How many times as much processor time a call takes in a crowd.
    pub(crate) fn growth(&self) -> f64 {
        share(self.crowded_ns.iter().zip(&self.alone_ns).map(|(crowded, alone)| crowded / alone), 0.5)
    }
}

fn calls_of_a_slice(row: &Row) -> u64 {
    row.run(WARM_CALLS);
    let ns = (0..3).map(|_| ns_a_call(row, WARM_CALLS)).fold(f64::INFINITY, f64::min);
    ((SLICE_NS / ns) as u64).max(1)
}

fn ns_a_call(row: &Row, calls: u64) -> f64 {
    let start = Instant::now();
    row.run(calls);
    start.elapsed().as_nanos() as f64 / calls as f64
}

/// The value below which a share of the values lies.
fn share(values: impl Iterator<Item = f64>, part: f64) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let place = (values.len().saturating_sub(1) as f64 * part).round() as usize;
    values.get(place).copied().unwrap_or(f64::NAN)
}
