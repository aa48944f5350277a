//! Whether the newest values of a segment stand on another level than those before them.

use super::correlation::{Correlation, inflation};
use super::noise::Noise;

/// Values that must stand before a change, and values that must speak for it.
pub(super) const FEWEST: (usize, usize) = (8, 4);
/// How many values before a place its level is taken from: many for steady series, few for wandering ones.
const LEVEL_OVER: [usize; 3] = [100, 6, 14];
/// The most values that a change may lie back.
pub(super) const FARTHEST_BACK: usize = 96;
/// Within this many spreads values belong to a level.
const REACH: f64 = 2.5;
/// A value speaks for a change when it is this much likelier with it, in nats.
const SPEAKS: f64 = 0.3;
/// How much fewer independent places there are among long tails than among short ones, in nats for each e-fold.
const FEWER_PLACES: f64 = 0.4;
/// Rounds of moving a level to the mean of the values about it.
const ROUNDS: usize = 3;

/// A segment: values on one level until perhaps lately, with sums that make any level a difference.
#[derive(Debug, Clone, Default)]
pub(super) struct Segment {
    pub values: Vec<f64>,
    /// How many regular values (no outliers) stand before each place.
    regular: Vec<f64>,
    /// The sum of their distances from `center`.
    distances: Vec<f64>,
    correlation: Correlation,
    center: f64,
}

/// A possible change: `tail` values ago the level moved.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate {
    pub tail: usize,
    pub before: f64,
    pub after: f64,
    pub evidence: f64,
}

impl Segment {
    /// Recomputes every sum about a new centre.
    pub fn recenter(&mut self, center: f64, spread: f64) {
        self.center = center;
        self.regular.clear();
        self.distances.clear();
        self.correlation.clear();
        for index in 0..self.values.len() {
            self.sum_up(self.values[index], spread);
        }
    }

    /// Appends a value.
    pub fn push(&mut self, value: f64, spread: f64) {
        self.values.push(value);
        self.sum_up(value, spread);
    }

    fn sum_up(&mut self, value: f64, spread: f64) {
        let distance = value - self.center;
        let is_regular = distance.abs() <= (REACH + 1.0) * spread;
        let (count, sum) =
            (self.regular.last().copied().unwrap_or(0.0), self.distances.last().copied().unwrap_or(0.0));
        self.regular.push(count + if is_regular { 1.0 } else { 0.0 });
        self.distances.push(sum + if is_regular { distance } else { 0.0 });
        self.correlation.push(is_regular.then(|| if spread > 0.0 { distance / spread } else { 0.0 }));
    }

    /// Mean of the regular values among `from..to`, and how many they are.
    fn level(&self, from: usize, to: usize) -> Option<(f64, f64)> {
        let at = |sums: &[f64], place: usize| place.checked_sub(1).map_or(0.0, |last| sums[last]);
        let count = at(&self.regular, to) - at(&self.regular, from);
        let sum = at(&self.distances, to) - at(&self.distances, from);
        (count >= FEWEST.1 as f64).then(|| (self.center + sum / count, count))
    }

    /// The place with most evidence that the level moved there, over all tails in `tails`.
    pub fn best(&self, noise: &Noise, tails: impl Iterator<Item = usize>) -> Option<Candidate> {
        let candidates = tails.filter_map(|tail| self.candidate(noise, tail));
        candidates.max_by(|left, right| left.evidence.total_cmp(&right.evidence))
    }

    /// The evidence that the level moved `tail` values ago.
    fn candidate(&self, noise: &Noise, tail: usize) -> Option<Candidate> {
        let place = self.values.len() - tail;
        let newest = &self.values[place..];
        let correlation = self.correlation.among(place, self.level(0, place)?.1);
        let levels = levels_of(newest, noise.spread);
        let mut best: Option<Candidate> = None;
        for (choice, over) in LEVEL_OVER.into_iter().enumerate() {
            if choice > 0 && (correlation <= 0.02 || over >= place) {
                continue;
            }
            let Some((before, count)) = self.level(place.saturating_sub(over), place) else { continue };
            let tail_count = tail as f64;
            let share = count / (count + tail_count) / inflation(correlation, count, tail_count);
            for after in levels {
                let evidence = likelihood_ratio(newest, noise, before, after) * share
                    + FEWER_PLACES * (tail_count / FEWEST.1 as f64).ln();
                if best.is_none_or(|best| evidence > best.evidence) {
                    best = Some(Candidate { tail, before, after, evidence });
                }
            }
        }
        best
    }
}

/// Levels that the newest values may stand on: means of what lies around some of them.
fn levels_of(newest: &[f64], spread: f64) -> [f64; 4] {
    let mut sorted = newest.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let count = newest.len();
    [sorted[count / 2], sorted[count / 4], newest[0], newest[count - 1]].map(|start| {
        let mut level = start;
        for _ in 0..ROUNDS {
            let near = newest.iter().filter(|value| (**value - level).abs() < REACH * spread);
            let (sum, count) = near.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
            if count > 0.0 {
                level = sum / count;
            }
        }
        level
    })
}

/// How much likelier the values are about `after` than about `before`, in nats; zero where too few of them speak for it.
fn likelihood_ratio(values: &[f64], noise: &Noise, before: f64, after: f64) -> f64 {
    let mut total = 0.0;
    let mut speaking = 0;
    for value in values {
        let gain = noise.loss(value - before) - noise.loss(value - after);
        total += gain;
        speaking += usize::from(gain > SPEAKS);
    }
    if speaking >= FEWEST.1 { total.max(0.0) } else { 0.0 }
}
