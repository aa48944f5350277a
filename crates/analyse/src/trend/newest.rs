//! Whether some values in a row are heading somewhere.

use crate::stats::{median, theil_sen_slope};

/// How fast resemblance is supposed to fade from one value to the next.
const FADING: f64 = 0.9;
/// The lags over which resemblance is averaged, and what it would be there if all noise faded so.
const LAGS: usize = 3;
const FULL_RESEMBLANCE: f64 = (FADING + FADING * FADING + FADING * FADING * FADING) / LAGS as f64;
/// A line through correlated values takes part of their resemblance away: about this over their number.
const TAKEN_BY_LINE: f64 = 8.0;
/// Values that must stand on either side of a step.
const SIDE: usize = 4;
/// By how many nats the ranks must be nearer to a line than to the best step.
const NEARER: f64 = 0.5;
/// A residual counts as at most this many spreads.
const FARTHEST: f64 = 3.0;

/// Places of values in ascending order of the values, and the values.
pub(super) struct Ordered<'a> {
    values: &'a [f64],
    order: Vec<usize>,
}

/// Where ranks are heading.
#[derive(Debug, Clone, Copy)]
pub(super) struct Heading {
    /// Their slope over places, in standard errors.
    pub score: f64,
    /// They are no nearer to a line than to the best step.
    pub is_step: bool,
}

/// A straight line through values: the level at the first of them, and the rise in each.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line {
    pub start: f64,
    pub slope: f64,
}

impl<'a> Ordered<'a> {
    /// Orders finite values.
    pub fn new(values: &'a [f64]) -> Self {
        let mut order: Vec<usize> = (0..values.len()).collect();
        order.sort_unstable_by(|left, right| values[*left].total_cmp(&values[*right]));
        Self { values, order }
    }

    /// Where the ranks of the newest `length` values are heading. `None` where all are equal.
    pub fn heading(&self, length: usize) -> Option<Heading> {
        let mut ranks = self.centered_ranks(length);
        let count = length as f64;
        let middle = (count - 1.0) / 2.0;
        let of_places = count * (count * count - 1.0) / 12.0;
        let of_ranks: f64 = ranks.iter().map(|rank| rank * rank).sum();
        let joint: f64 = ranks.iter().enumerate().map(|(place, rank)| rank * (place as f64 - middle)).sum();
        if of_ranks <= 0.0 {
            return None;
        }
        let by_line = joint * joint / (of_ranks * of_places);
        let left_by_line = (1.0 - by_line).max(1e-9);
        let left_by_step = (1.0 - best_step(&ranks) / of_ranks).max(1e-9);
        let is_step = count / 2.0 * (left_by_step / left_by_line).ln() < NEARER;
        for (place, rank) in ranks.iter_mut().enumerate() {
            *rank -= joint / of_places * (place as f64 - middle);
        }
        let variance = left_by_line / (count - 2.0) * inflation(resemblance(&ranks), length);
        Some(Heading { score: (by_line / variance).sqrt().copysign(joint), is_step })
    }

    /// The ranks of the newest `length` values less their mean; equal values share theirs.
    fn centered_ranks(&self, length: usize) -> Vec<f64> {
        let skipped = self.values.len() - length;
        let mut ranks = vec![0.0; length];
        let newest: Vec<usize> = self.order.iter().filter_map(|place| place.checked_sub(skipped)).collect();
        let middle = (length as f64 - 1.0) / 2.0;
        let mut rank = 0.0;
        for equal in
            newest.chunk_by(|left, right| self.values[left + skipped] == self.values[right + skipped])
        {
            let count = equal.len() as f64;
            for place in equal {
                ranks[*place] = rank + (count - 1.0) / 2.0 - middle;
            }
            rank += count;
        }
        ranks
    }
}

/// What the best single step explains of the squares of values whose mean is zero.
fn best_step(centered: &[f64]) -> f64 {
    let length = centered.len();
    let (mut sum, mut best) = (0.0, 0.0_f64);
    for (index, value) in centered.iter().enumerate() {
        sum += value;
        let (before, after) = (index + 1, length - index - 1);
        if before >= SIDE && after >= SIDE {
            best = best.max(sum * sum * length as f64 / (before * after) as f64);
        }
    }
    best
}

/// The share of the residuals' noise that resembles its neighbours, between 0 and 1.
fn resemblance(residuals: &[f64]) -> f64 {
    let squares: f64 = residuals.iter().map(|residual| residual * residual).sum();
    if squares <= 0.0 {
        return 0.0;
    }
    let products = |lag: usize| -> f64 {
        residuals[lag..].iter().zip(residuals).map(|(later, earlier)| later * earlier).sum()
    };
    let mean = (1..=LAGS).map(products).sum::<f64>() / LAGS as f64 / squares;
    (mean / FULL_RESEMBLANCE + TAKEN_BY_LINE / residuals.len() as f64).clamp(0.0, 1.0)
}

/// By what factor the variance of a slope over `length` values exceeds that over independent ones.
fn inflation(resemblance: f64, length: usize) -> f64 {
    let mut pairs = 0.0;
    let mut fading = 1.0;
    for lag in 1..length {
        fading *= FADING;
        let part = lag as f64 / length as f64;
        // What places and places so many later have in common.
        pairs += fading * (1.0 - 1.5 * part + 0.5 * part * part * part);
    }
    1.0 + resemblance * 2.0 * pairs
}

/// The line through `values`, where they are nearer to it than to any step.
pub(super) fn line_no_step(values: &[f64]) -> Option<Line> {
    let slope = theil_sen_slope(values)?;
    let level: Vec<f64> =
        values.iter().enumerate().map(|(place, value)| value - slope * place as f64).collect();
    let line = Line { start: median(&level)?, slope };
    let of_line: Vec<f64> = level.iter().map(|value| value - line.start).collect();
    let mut steps = Vec::new();
    for place in (SIDE..=values.len().checked_sub(SIDE)?).step_by(SIDE) {
        let (before, after) = values.split_at(place);
        let (low, high) = (median(before)?, median(after)?);
        let of_step = before.iter().map(|value| value - low).chain(after.iter().map(|value| value - high));
        steps.push(of_step.collect::<Vec<f64>>());
    }
    let absolute = |residuals: &Vec<f64>| residuals.iter().map(|residual| residual.abs()).sum::<f64>();
    let best = steps.into_iter().min_by(|left, right| absolute(left).total_cmp(&absolute(right)))?;
    let spread = typical(&of_line)?.min(typical(&best)?);
    (loss(&of_line, spread) <= loss(&best, spread)).then_some(line)
}

/// Where a level turned into a rise: the place of the first value of the rise, and the line of the rise. None earlier than
/// the first value, for which `line` stands.
pub(super) fn bend(values: &[f64], line: Line) -> (usize, Line) {
    let absolute = |residuals: &[f64]| residuals.iter().map(|residual| residual.abs()).sum::<f64>();
    let of_line =
        |line: Line| move |(place, value): (usize, &f64)| value - line.start - line.slope * place as f64;
    let straight: Vec<f64> = values.iter().enumerate().map(of_line(line)).collect();
    let mut best = (absolute(&straight), 0, line);
    for place in (2 * SIDE..values.len() * 3 / 4).step_by(SIDE) {
        let (flat, rising) = values.split_at(place);
        let Some(start) = median(flat) else { continue };
        let slopes: Vec<f64> =
            rising.iter().enumerate().map(|(ahead, value)| (value - start) / (ahead + 1) as f64).collect();
        let Some(slope) = weighted(&slopes) else { continue };
        let line = Line { start, slope };
        let level: Vec<f64> = flat.iter().map(|value| value - start).collect();
        let risen: Vec<f64> = rising
            .iter()
            .enumerate()
            .map(|(ahead, value)| value - start - slope * (ahead + 1) as f64)
            .collect();
        let off = absolute(&level) + absolute(&risen);
        if off < best.0 {
            best = (off, place, line);
        }
    }
    (best.1, best.2)
}

/// The median of slopes from a common start, each weighing as much as its distance: what makes the sum of absolute
/// residuals least.
fn weighted(slopes: &[f64]) -> Option<f64> {
    let mut order: Vec<(f64, f64)> =
        slopes.iter().enumerate().map(|(ahead, slope)| (*slope, (ahead + 1) as f64)).collect();
    order.sort_unstable_by(|left, right| left.0.total_cmp(&right.0));
    let half = order.iter().map(|(_, weight)| weight).sum::<f64>() / 2.0;
    let mut sum = 0.0;
    order.into_iter().find_map(|(slope, weight)| {
        sum += weight;
        (sum >= half).then_some(slope)
    })
}

/// The median distance from zero, scaled to a standard deviation.
fn typical(residuals: &[f64]) -> Option<f64> {
    let absolute: Vec<f64> = residuals.iter().map(|residual| residual.abs()).collect();
    Some(1.4826 * median(&absolute)?)
}

/// Squares in spreads, each of them bounded.
fn loss(residuals: &[f64], spread: f64) -> f64 {
    let bounded = |residual: &f64| {
        if *residual == 0.0 { 0.0 } else { (residual / spread).abs().min(FARTHEST).powi(2) }
    };
    residuals.iter().map(bounded).sum()
}
