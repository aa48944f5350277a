//! A series seen value by value.

use super::ChangePoint;
use super::newest::{FARTHEST_BACK, FEWEST, Segment};
use super::noise::Noise;
use crate::stats::{main_mode, main_mode_sorted};

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
/// A segment keeps its newest values only.
const LONGEST: usize = 256;
/// How many of the oldest values are given up at once when it grows longer.
const GIVEN_UP: usize = 56;
/// Values larger than this are left out: their sums would not be finite.
const LARGEST: f64 = 1e300;

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
        if self.noise.is_none() || unseen + self.unlearned > self.segment.values.len() / 16 {
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
        let enough = ENOUGH * (1.0 + MORE_WHEN_YOUNG / length as f64) + MORE_WHEN_RESTLESS * self.restless;
        let best = self.segment.best(noise, sparse_tails(longest), enough)?;
        let start = length - self.segment.date(noise, best, longest);
        let point = ChangePoint {
            index: self.places[start],
            before: best.before,
            after: best.after,
            evidence: best.evidence,
        };
        self.restless += 1.0;
        self.begin_segment(start);
        Some(point)
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
        let Some(mode) = main_mode_sorted(&self.ascending) else { return };
        let older = REMEMBERED.saturating_sub(self.ascending.len()).min(self.residuals.len());
        let noise = if older == 0 {
            Noise::of_mode(&self.ascending, mode)
        } else {
            let mut residuals: Vec<f64> = self.ascending.iter().map(|value| value - mode.center).collect();
            residuals.extend_from_slice(&self.residuals[self.residuals.len() - older..]);
            residuals.sort_by(f64::total_cmp);
            Noise::learn(&residuals)
        };
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

/// Tails whose lengths grow by about a fifth.
fn sparse_tails(longest: usize) -> impl Iterator<Item = usize> {
    std::iter::successors(Some(FEWEST.1), |tail| Some(tail + 1 + tail / 6))
        .take_while(move |tail| *tail <= longest)
}

#[cfg(test)]
#[path = "watch_tests.rs"]
mod tests;
