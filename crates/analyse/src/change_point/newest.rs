//! Whether the newest values of a segment stand on another level than those before them.

use super::correlation::{Correlation, inflation};
use super::noise::Noise;

/// Values that must stand before a change, and values that must speak for it.
pub(super) const FEWEST: (usize, usize) = (8, 4);
/// How many values before a place its level is taken from, at most.
const LEVEL_OVER: usize = 100;
/// The most values that a change may lie back.
pub(super) const FARTHEST_BACK: usize = 96;
/// Within this many spreads values belong to a level.
const REACH: f64 = 2.5;
/// Within this many they are no outliers.
const REGULAR: f64 = 3.5;
/// A value speaks for a change when it is this much likelier with it, in nats.
pub(super) const SPEAKS: f64 = 0.3;
/// How much fewer independent places there are among long tails than among short ones, in nats for each e-fold.
const FEWER_PLACES: f64 = 0.4;
/// A date is good for something if the change began within this many values of it.
const ABOUT: usize = 5;
/// By which share of all likelihood places must be surer than those about the likeliest one.
const SURER: f64 = 0.03;
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
    /// The sum of the distances of all values before each place, in spreads, none longer than `REGULAR`.
    bounded: Vec<f64>,
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
        self.bounded.clear();
        self.correlation.clear();
        for _ in 0..self.values.len() {
            self.sum_up(spread);
        }
    }

    /// Ends the segment before its value number `start`; returns the values before it.
    pub fn end_before(&mut self, start: usize) -> Vec<f64> {
        self.correlation.end_segment(start);
        self.values.drain(..start).collect()
    }

    /// Adds the value after those summed up.
    pub fn sum_up(&mut self, spread: f64) {
        let value = self.values[self.regular.len()];
        let distance = value - self.center;
        let spreads = if spread > 0.0 { distance / spread } else { 0.0 };
        let is_regular = spreads.abs() <= REGULAR;
        let add = |sums: &mut Vec<f64>, term: f64| sums.push(sums.last().copied().unwrap_or(0.0) + term);
        add(&mut self.regular, if is_regular { 1.0 } else { 0.0 });
        add(&mut self.distances, if is_regular { distance } else { 0.0 });
        add(&mut self.bounded, spreads.clamp(-REGULAR, REGULAR));
        self.correlation.push(is_regular.then_some(spreads));
    }

    /// Mean of the regular values among `from..to`, and how many they are.
    fn level(&self, from: usize, to: usize) -> Option<(f64, f64)> {
        let count = sum_between(&self.regular, from, to);
        let sum = sum_between(&self.distances, from, to);
        (count >= FEWEST.1 as f64).then(|| (self.center + sum / count, count))
    }

    /// What part of a likelihood counts for `tail` values from `place` on, where `count` tell the level before them.
    fn share(&self, place: usize, count: f64, tail: usize) -> f64 {
        let inflated = inflation(self.correlation.among(place), count as usize, tail);
        count / (count + tail as f64) / inflated
    }

    /// What part of a likelihood counts for a change that `tail` values after all of these speak for.
    pub fn share_of_next(&self, tail: usize) -> Option<f64> {
        let place = self.values.len();
        let (_, count) = self.level(place.saturating_sub(LEVEL_OVER), place)?;
        Some(self.share(place, count, tail))
    }

    /// The values less the level they are on.
    pub fn residuals(&self) -> Vec<f64> {
        self.values.iter().map(|value| value - self.center).collect()
    }

    /// Whether means of bounded distances lie so close that there is no point in looking closer: to normal noise they tell
    /// the evidence itself, and most of it is asked for.
    fn seems_steady(&self, from: usize, place: usize, share: f64, enough: f64) -> bool {
        let end = self.values.len();
        let tail = (end - place) as f64;
        let before = sum_between(&self.bounded, from, place) / (place - from) as f64;
        let after = sum_between(&self.bounded, place, end) / tail;
        tail * (after - before).powi(2) / 2.0 * share < enough * 0.7
    }

    /// The place with most evidence that the level moved there, over all tails in `tails`; `None` where nowhere is more than
    /// `enough`.
    pub fn best(&self, noise: &Noise, tails: impl Iterator<Item = usize>, enough: f64) -> Option<Candidate> {
        let mut best: Option<Candidate> = None;
        for tail in tails {
            let least = best.map_or(enough, |best| best.evidence);
            best = self.candidate(noise, tail, least).or(best);
        }
        best
    }

    /// Dates a change between two levels among the newest `longest` values. Returns how many values ago it began.
    pub fn date(&self, noise: &Noise, change: Candidate, longest: usize) -> usize {
        let newest = self.values.iter().rev().take(longest);
        let gains = newest.scan(0.0, |sum, value| {
            *sum += noise.loss(value - change.before) - noise.loss(value - change.after);
            Some(*sum)
        });
        // Fewer values than must speak for a change are none.
        let gains: Vec<f64> = gains.skip(FEWEST.1 - 1).collect();
        date_by(&gains).map_or(change.tail, |place| place + FEWEST.1)
    }

    /// The change `tail` values ago, if its evidence is more than `enough`.
    fn candidate(&self, noise: &Noise, tail: usize, mut enough: f64) -> Option<Candidate> {
        let place = self.values.len() - tail;
        let newest = &self.values[place..];
        let from = place.saturating_sub(LEVEL_OVER);
        let (before, count) = self.level(from, place)?;
        let share = self.share(place, count, tail);
        let fewer_places = fewer_places(tail);
        if self.seems_steady(from, place, share, enough - fewer_places) {
            return None;
        }
        // No level can do better than to leave nothing of what speaks against the old one.
        let against: f64 = newest.iter().map(|value| noise.loss(value - before)).sum();
        if against * share + fewer_places <= enough {
            return None;
        }
        let mut best = None;
        for after in levels_of(newest, noise.spread) {
            let evidence = likelihood_ratio(newest, noise, before, after) * share + fewer_places;
            if evidence > enough {
                enough = evidence;
                best = Some(Candidate { tail, before, after, evidence });
            }
        }
        best
    }
}

/// What is added to the evidence of a tail, in nats, for there being fewer places so far back.
pub(super) fn fewer_places(tail: usize) -> f64 {
    FEWER_PLACES * (tail as f64 / FEWEST.1 as f64).ln()
}

/// The place of a change: the likeliest one, unless the places about another one hold [`SURER`] more of all likelihood; then the
/// nearest of those. `gains` says of each place how much likelier the values are with it, in nats.
fn date_by(gains: &[f64]) -> Option<usize> {
    let (likeliest, most) =
        gains.iter().copied().enumerate().reduce(|best, next| if next.1 > best.1 { next } else { best })?;
    let likelihoods: Vec<f64> = gains.iter().map(|gain| (gain - most).exp()).collect();
    let all: f64 = likelihoods.iter().sum();
    let about = |place: usize| -> f64 {
        let span = place.saturating_sub(ABOUT)..(place + ABOUT + 1).min(likelihoods.len());
        likelihoods[span].iter().sum::<f64>() / all
    };
    let abouts: Vec<f64> = (0..gains.len()).map(about).collect();
    let surest = abouts.iter().copied().fold(0.0, f64::max);
    if abouts[likeliest] >= surest - SURER {
        return Some(likeliest);
    }
    let is_as_sure = |place: &usize| abouts[*place] >= surest - SURER / 3.0;
    (0..gains.len()).filter(is_as_sure).min_by_key(|place| place.abs_diff(likeliest))
}

/// What running sums grew by from one place to another.
fn sum_between(sums: &[f64], from: usize, to: usize) -> f64 {
    let before = |place: usize| place.checked_sub(1).map_or(0.0, |last| sums[last]);
    before(to) - before(from)
}

/// Levels that the newest values may stand on: means of what lies around some of them.
fn levels_of(newest: &[f64], spread: f64) -> [f64; 4] {
    let mut sorted = newest.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let count = newest.len();
    let (quarter, middle) = (count / 4, sorted[(count - 1) / 2] / 2.0 + sorted[count / 2] / 2.0);
    [middle, sorted[quarter], sorted[count - 1 - quarter], newest[count - 1]].map(|start| {
        let mut level = start;
        for _ in 0..ROUNDS {
            let near = newest.iter().filter(|value| (**value - level).abs() < REACH * spread);
            let (sum, count) = near.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
            let mean = if count > 0.0 { sum / count } else { level };
            if mean == level {
                break;
            }
            level = mean;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_date(gains: &[f64], expected: Option<usize>) {
        assert_eq!(date_by(gains), expected);
    }

    #[test]
    fn a_change_is_dated_where_it_is_likeliest_unless_it_is_likelier_about_another_place() {
        check_date(&[], None);
        check_date(&[1.0, 9.0, 8.9, 1.0], Some(1));
        let mut gains = vec![0.0; 40];
        gains[3] = 2.0;
        gains[20..30].fill(1.5);
        // All ten lie about places 24 and 25; the nearer one is the date.
        check_date(&gains, Some(24));
        gains[3] = 6.0;
        check_date(&gains, Some(3));
    }
}
