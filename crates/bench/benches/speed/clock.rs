//! Timing two things against each other on a machine that is not quiet.

use std::hint::black_box;
use std::time::Instant;

/// Pairs that are measured; the median of each side is taken.
const PAIRS: usize = 15;

/// Median seconds of `subject` and of `floor`, measured in turn so that a slow moment hits both.
pub(crate) fn in_turn<A, B>(mut subject: impl FnMut() -> A, mut floor: impl FnMut() -> B) -> (f64, f64) {
    let mut subjects = Vec::with_capacity(PAIRS);
    let mut floors = Vec::with_capacity(PAIRS);
    for _ in 0..PAIRS {
        subjects.push(seconds(&mut subject));
        floors.push(seconds(&mut floor));
    }
    (median(subjects), median(floors))
}

/// Median seconds of `subject` over `times` calls.
pub(crate) fn alone<A>(times: usize, mut subject: impl FnMut() -> A) -> f64 {
    median((0..times).map(|_| seconds(&mut subject)).collect())
}

/// Seconds of one call, until it returns; what it returns is given back outside of the time.
pub(crate) fn seconds<A>(subject: &mut impl FnMut() -> A) -> f64 {
    let start = Instant::now();
    let result = black_box(subject());
    let seconds = start.elapsed().as_secs_f64();
    drop(result);
    seconds
}

/// The middle of some values.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
