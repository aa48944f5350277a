//! A series seen value by value.

use super::ChangePoint;
use super::newest::{FARTHEST_BACK, FEWEST, Segment};
use super::noise::Noise;
use crate::stats::{Mode, main_mode, main_mode_sorted};

/// The evidence that makes a change point, in nats, of a long segment.
const ENOUGH: f64 = 6.2;
/// By which part of it young segments need more, times their length.
const MORE_WHEN_YOUNG: f64 = 8.0;
/// And how much more, in nats, for each change point among the last hundred values or so: a series that often moves
/// by itself must move farther to be believed.
const MORE_WHEN_RESTLESS: f64 = 2.0;
/// What is left of a change point's restlessness after each value.
const FADING: f64 = 0.99;
/// Residuals of closed segments and of this one that the noise is learned from.
const REMEMBERED: usize = 150;
/// So many of the newest values, at most a third of them, teach nothing about outliers.
const UNSETTLED: usize = 24;
/// A segment keeps its newest values only.
const LONGEST: usize = 256;
/// How many of the oldest values are given up at once when it grows longer.
const GIVEN_UP: usize = 56;
/// Values larger than this are left out: their sums would not be finite.
const LARGEST: f64 = 1e300;
/// A level that so large a share of the values have to the last digit is exact.
const EXACT_SHARE: f64 = 0.9;
/// What leaves an exact level does so by this many spreads: far enough to say all that one value may.
const EXACT_SPREADS: f64 = 6.0;

/// Watches one series. Memory and time for each value are bounded, however long the series grows.
#[derive(Debug, Clone, Default)]
pub struct Watch {
    segment: Segment,
    /// The values of the segment, ascending.
    ascending: Vec<f64>,
    /// The index in the series of each value of the segment.
    places: Vec<usize>,
    /// Residuals of segments that are over.
    residuals: Vec<f64>,
    noise: Option<Noise>,
    /// Values since the noise was learned.
    unlearned: usize,
    count: usize,
    /// Change points lately, fading.
    restless: f64,
}

impl Watch {
    /// Watches a series of which nothing is known.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next value. Returns the change point that it gives away, if it does; its index may lie some values back.
    /// Values that are not finite or beyond 1e300 keep their place and are left out.
    pub fn push(&mut self, value: f64) -> Option<ChangePoint> {
        if !self.append(value) {
            return None;
        }
        let unseen = self.segment.values.len() - self.ascending.len();
        let is_first_to_vary =
            || self.spread() == 0.0 && self.ascending.first().is_some_and(|level| *level != value);
        let is_due = || unseen + self.unlearned > self.segment.values.len() / 16;
        if self.noise.is_none() || is_due() || is_first_to_vary() {
            self.learn();
        } else {
            self.ascending.insert(self.ascending.partition_point(|other| *other < value), value);
            self.unlearned += 1;
            self.segment.sum_up(self.spread());
        }
        self.look()
    }

    /// Takes the next value without looking for a change; returns whether it counts.
    pub(super) fn append(&mut self, value: f64) -> bool {
        let place = self.count;
        self.count += 1;
        if !value.is_finite() || value.abs() > LARGEST {
            return false;
        }
        if self.segment.values.len() >= LONGEST {
            self.segment.values.drain(..GIVEN_UP);
            self.places.drain(..GIVEN_UP);
            self.forget_learned();
        }
        self.places.push(place);
        self.segment.values.push(value);
        self.restless *= FADING;
        true
    }

    /// How many values have been appended since the last look, and how many there are in the segment.
    pub(super) fn unseen(&self) -> (usize, usize) {
        (self.segment.values.len() - self.ascending.len(), self.segment.values.len())
    }

    /// Looks for a change among all values so far, those that were only appended too.
    pub(super) fn look_again(&mut self) -> Option<ChangePoint> {
        if self.ascending.len() < self.segment.values.len() {
            self.learn();
        }
        self.look()
    }

    fn look(&mut self) -> Option<ChangePoint> {
        let length = self.segment.values.len();
        if length < FEWEST.0 + FEWEST.1 {
            return None;
        }
        let noise = self.noise.as_ref().filter(|noise| noise.spread > 0.0)?;
        let longest = (length - FEWEST.0).min(FARTHEST_BACK);
        let enough = self.enough(length);
        let best = self.segment.best(noise, sparse_tails(longest), enough)?;
        let start = length - self.segment.date(noise, best, longest);
        let point = ChangePoint {
            index: self.places[start],
            before: best.before,
            after: best.after,
            spread: noise.spread,
            evidence: best.evidence,
        };
        self.restless += 1.0;
        self.begin_segment(start);
        Some(point)
    }

    /// The evidence that makes a change point of a segment so long.
    pub(super) fn enough(&self, length: usize) -> f64 {
        ENOUGH * (1.0 + MORE_WHEN_YOUNG / length as f64) + MORE_WHEN_RESTLESS * self.restless
    }

    /// The present segment and its noise, where there is any.
    pub(super) fn present(&self) -> Option<(&Segment, &Noise)> {
        let noise = self.noise.as_ref().filter(|noise| noise.spread > 0.0)?;
        Some((&self.segment, noise))
    }

    fn spread(&self) -> f64 {
        self.noise.as_ref().map_or(0.0, |noise| noise.spread)
    }

    fn forget_learned(&mut self) {
        self.ascending.clear();
        self.noise = None;
    }

    /// Learns level and noise from all values of the segment.
    fn learn(&mut self) {
        self.unlearned = 0;
        self.ascending.extend_from_slice(&self.segment.values[self.ascending.len()..]);
        // Ascending but for its end, which a stable sort makes use of.
        self.ascending.sort_by(f64::total_cmp);
        let length = self.segment.values.len();
        let older = REMEMBERED.saturating_sub(length).min(self.residuals.len());
        let older = &self.residuals[self.residuals.len() - older..];
        // The newest values may stand on a new level: they must not teach that it is a second mode of the old one.
        let (settled, newest) = self.segment.values.split_at(length - (length / 3).min(UNSETTLED));
        let exact = exact_mode(&self.ascending, settled, newest, older);
        let Some(mode) = exact.or_else(|| main_mode_sorted(&self.ascending)) else { return };
        let mut spread = mode.spread;
        if exact.is_none() && !older.is_empty() {
            let here = self.ascending.iter().map(|value| value - mode.center);
            let mut residuals: Vec<f64> = here.chain(older.iter().copied()).collect();
            residuals.sort_by(f64::total_cmp);
            spread = main_mode_sorted(&residuals).map_or(0.0, |mode| mode.spread);
        }
        let settled = settled.iter().map(|value| value - mode.center);
        let noise = Noise::of_spread(spread, settled.chain(older.iter().copied()));
        self.segment.recenter(mode.center, noise.spread);
        self.noise = Some(noise);
    }

    /// What stands before `start` is over; its residuals are kept.
    fn begin_segment(&mut self, start: usize) {
        let mut closed = self.segment.end_before(start);
        self.places.drain(..start);
        let ordered = closed.clone();
        if let Some(mode) = main_mode(&mut closed) {
            self.residuals.extend(ordered.iter().map(|value| value - mode.center));
        }
        let surplus = self.residuals.len().saturating_sub(REMEMBERED);
        self.residuals.drain(..surplus);
        self.forget_learned();
        self.learn();
    }
}

/// The level that all but a few of the settled values have to the last digit, and of the older residuals, if there is one. What lies
/// off it owes nothing to noise; a spread taken from it would hide it. So the newest values tell how far off is far.
fn exact_mode(ascending: &[f64], settled: &[f64], newest: &[f64], older: &[f64]) -> Option<Mode> {
    // Settled values are two thirds of all or more: where nearly all of them are equal, the middle one of all is.
    let level = *ascending.get(ascending.len() / 2)?;
    let equal = settled.iter().filter(|value| **value == level).count();
    let equal_before = older.iter().filter(|residual| **residual == 0.0).count();
    if ((equal + equal_before) as f64) < EXACT_SHARE * (settled.len() + older.len()) as f64 {
        return None;
    }
    let mut off: Vec<f64> =
        newest.iter().map(|value| (value - level).abs()).filter(|off| *off > 0.0).collect();
    off.sort_unstable_by(f64::total_cmp);
    let usual = off.get(off.len().saturating_sub(1) / 2).copied().unwrap_or(0.0);
    Some(Mode { center: level, spread: usual / EXACT_SPREADS })
}

/// Tails whose lengths grow by about a fifth.
pub(super) fn sparse_tails(longest: usize) -> impl Iterator<Item = usize> {
    std::iter::successors(Some(FEWEST.1), |tail| Some(tail + 1 + tail / 6))
        .take_while(move |tail| *tail <= longest)
}

#[cfg(test)]
#[path = "watch_tests.rs"]
mod tests;
