//! The smallest step that is found nine times in ten.

use std::fmt::Write as _;

use plimsoll_analyse::change_point::Watch;

use crate::Noise;

/// Series for each cell.
const SERIES: usize = 300;
/// Of them, so many must find it.
const NINE_IN_TEN: usize = SERIES * 9 / 10;
/// Runs before the step.
const BEFORE: [usize; 3] = [100, 40, 20];
/// Runs since it.
const SINCE: [usize; 5] = [4, 6, 8, 12, 30];
/// Noise, as a part of the level. What is found is counted in spreads, so that each is a multiple.
const NOISES: [f64; 5] = [0.005, 0.01, 0.02, 0.05, 0.10];
/// Sizes of steps that are tried, in steps of a spread's part.
const PARTS_OF_SPREAD: f64 = 10.0;
const LARGEST: usize = 120;
/// A change dated farther off is another one.
const NEAR: usize = 5;

/// In Markdown. Noise is normal; a step is so many spreads up.
pub(super) fn table() -> String {
    let mut text = String::from("| runs before | runs since | in spreads |");
    for noise in NOISES {
        let _ = write!(text, " noise {} % |", 100.0 * noise);
    }
    text.push_str("\n|---:|---:|---:|");
    text.push_str(&"---:|".repeat(NOISES.len()));
    text.push('\n');
    for before in BEFORE {
        let started = started(before);
        for since in SINCE {
            let Some(spreads) = smallest(&started, before, since) else {
                let _ = writeln!(text, "| {before} | {since} | – |{}", " – |".repeat(NOISES.len()));
                continue;
            };
            let _ = write!(text, "| {before} | {since} | {spreads:.1} |");
            for noise in NOISES {
                let _ = write!(text, " {:.*} % |", usize::from(noise < 0.05), 100.0 * noise * spreads);
            }
            text.push('\n');
        }
    }
    text
}

/// A series that was watched for a while, and what comes next.
#[derive(Clone)]
struct Started {
    watch: Watch,
    noise: Noise,
}

fn started(before: usize) -> Vec<Started> {
    let start = |index: usize| {
        let mut noise = Noise::of(&[before as u64, index as u64]);
        let mut watch = Watch::new();
        for _ in 0..before {
            watch.push(noise.normal());
        }
        Started { watch, noise }
    };
    (0..SERIES).map(start).collect()
}

/// The smallest step, in spreads, that nine in ten find within so many runs; `None` where none is found so surely.
fn smallest(started: &[Started], before: usize, since: usize) -> Option<f64> {
    let is_found = |parts: usize| {
        let size = parts as f64 / PARTS_OF_SPREAD;
        let found = started.iter().filter(|series| finds(series, before, since, size)).count();
        found >= NINE_IN_TEN
    };
    let (mut too_small, mut large_enough) = (0, LARGEST);
    while large_enough - too_small > 1 {
        let middle = usize::midpoint(too_small, large_enough);
        if is_found(middle) { large_enough = middle } else { too_small = middle }
    }
    (large_enough < LARGEST).then_some(large_enough as f64 / PARTS_OF_SPREAD)
}

fn finds(series: &Started, before: usize, since: usize, size: f64) -> bool {
    let Started { mut watch, mut noise } = series.clone();
    (0..since).any(|_| {
        let found = watch.push(size + noise.normal());
        found.is_some_and(|point| point.after > point.before && point.index.abs_diff(before) <= NEAR)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_runs_see_smaller_steps() {
        let series = started(100);
        let (four, thirty) = (smallest(&series, 100, 4), smallest(&series, 100, 30));
        assert!(thirty < four && four < Some(5.0), "{thirty:?} {four:?}");
    }
}
