//! A series seen value by value.

use super::ChangePoint;
use super::newest::{FARTHEST_BACK, FEWEST, Segment};
use super::noise::Noise;
use crate::stats::main_mode;

/// The evidence that makes a change point, in nats, of a long segment.
const ENOUGH: f64 = 6.2;
/// By which part of it young segments need more, times their length.
const MORE_WHEN_YOUNG: f64 = 8.0;
/// And how much more, in nats, for each change point among the last `RESTLESS_OVER` values or so: a series that often moves
/// by itself must move farther to be believed.
const MORE_WHEN_RESTLESS: f64 = 2.0;
/// After so many values a change point counts a third.
const RESTLESS_OVER: f64 = 100.0;
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
        let place = self.count;
        self.count += 1;
        if !value.is_finite() || value.abs() > LARGEST {
            return None;
        }
        self.append(place, value);
        self.restless *= (-1.0 / RESTLESS_OVER).exp();
        let length = self.segment.values.len();
        if length < FEWEST.0 + FEWEST.1 {
            return None;
        }
        let noise = self.noise.as_ref().filter(|noise| noise.spread > 0.0)?;
        let longest = (length - FEWEST.0).min(FARTHEST_BACK);
        let enough = ENOUGH * (1.0 + MORE_WHEN_YOUNG / length as f64) + MORE_WHEN_RESTLESS * self.restless;
        self.segment.best(noise, sparse_tails(longest), enough)?;
        let best = self.segment.dated(noise, longest)?;
        let start = length - best.tail;
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

    fn append(&mut self, place: usize, value: f64) {
        if self.segment.values.len() >= LONGEST {
            self.segment.values.drain(..GIVEN_UP);
            self.places.drain(..GIVEN_UP);
            self.unlearned = usize::MAX / 2;
        }
        self.places.push(place);
        self.unlearned += 1;
        let spread = self.noise.as_ref().map_or(0.0, |noise| noise.spread);
        self.segment.push(value, spread);
        if self.noise.is_none() || self.unlearned > self.segment.values.len() / 16 {
            self.learn();
        }
    }

    /// Learns level and noise again.
    fn learn(&mut self) {
        self.unlearned = 0;
        let mut scratch = self.segment.values.clone();
        let Some(center) = main_mode(&mut scratch).map(|mode| mode.center) else { return };
        let older = REMEMBERED.saturating_sub(scratch.len()).min(self.residuals.len());
        for value in &mut scratch {
            *value -= center;
        }
        scratch.extend_from_slice(&self.residuals[self.residuals.len() - older..]);
        let noise = Noise::learn(&mut scratch);
        self.segment.recenter(center, noise.spread);
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
