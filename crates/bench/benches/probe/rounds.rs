//! Rounds over all rows, so that a busy moment of the machine meets every row alike. What is compared is compared within a
//! round.

use std::time::Instant;

use crate::crowd::Crowd;
use crate::rows::Row;

const ROUNDS: usize = 201;
/// How long the calls of a row last in a round.
const SLICE_NS: f64 = 1e6;
/// Every so many rounds a crowd calls too, and each of its threads so many times as often: threads need some time to spread
/// over the processors.
const CROWDED_EVERY: usize = 10;
const CROWDED_SLICES: u64 = 10;
/// Calls before anything counts: lanes, buffers and pools are made.
const WARM_CALLS: u64 = 2_000;

/// What was measured.
pub(crate) struct Rounds {
    rows: Vec<Measured>,
}

/// One row, round by round.
pub(crate) struct Measured {
    pub(crate) name: &'static str,
    /// Nanoseconds a call.
    alone_ns: Vec<f64>,
    /// How many times as much processor time a call took in a crowd, in the rounds with one.
    growth: Vec<f64>,
}

impl Rounds {
    /// Measures every row, alone and in a crowd.
    pub(crate) fn measure(rows: &[Row]) -> Self {
        let measured = |row: &Row| Measured { name: row.name, alone_ns: Vec::new(), growth: Vec::new() };
        let mut all: Vec<Measured> = rows.iter().map(measured).collect();
        let crowd = Crowd::new(rows);
        std::thread::scope(|scope| {
            crowd.gather(scope);
            let calls: Vec<u64> = rows.iter().map(calls_of_a_slice).collect();
            for (index, calls) in calls.iter().enumerate() {
                crowd.ns_a_call(index, WARM_CALLS.min(*calls));
            }
            for round in 0..ROUNDS {
                for ((index, row), calls) in rows.iter().enumerate().zip(&calls) {
                    let alone_ns = ns_a_call(row, *calls);
                    all[index].alone_ns.push(alone_ns);
                    if round.is_multiple_of(CROWDED_EVERY) {
                        let crowded_ns = crowd.ns_a_call(index, *calls * CROWDED_SLICES);
                        all[index].growth.push(crowded_ns / alone_ns);
                    }
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
        self.compare(row, other, |row| &row.alone_ns)
    }

    /// How many times as much a row grows in a crowd as another one does.
    pub(crate) fn growth_beside(&self, row: &str, other: &str) -> f64 {
        self.compare(row, other, |row| &row.growth)
    }

    /// The median over the rounds of what two rows are to each other.
    fn compare(&self, row: &str, other: &str, values: impl Fn(&Measured) -> &[f64]) -> f64 {
        let named = |name| self.rows.iter().find(|row| row.name == name);
        let (Some(row), Some(other)) = (named(row), named(other)) else {
            return f64::NAN;
        };
        share(values(row).iter().zip(values(other)).map(|(row, other)| row / other), 0.5)
    }
}

impl Measured {
    /// Nanoseconds a call that a share of the rounds stayed below.
    pub(crate) fn ns_at(&self, part: f64) -> f64 {
        share(self.alone_ns.iter().copied(), part)
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
