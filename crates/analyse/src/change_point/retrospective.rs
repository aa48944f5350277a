//! The change points of a whole series, with hindsight.

use super::correlation::{Correlation, inflation};
use super::noise::Noise;
use super::{ChangePoint, Detection, Watch};
use crate::stats::main_mode;

/// With hindsight a look after so many values, or this part of the segment, is enough: a change that lasts is seen from
/// later too.
const LOOK_EVERY: (usize, usize) = (8, 8);
/// Values on either side of a change that tell its levels.
const SIDE: usize = 100;
/// A change point may be dated again by up to so many places.
const DATED_WITHIN: usize = 12;
/// The fewest values between two change points.
const FEWEST_BETWEEN: usize = 4;
/// The evidence that keeps a change point, in nats. Less than what makes one: of many places it was chosen already.
const ENOUGH: f64 = 5.0;

/// Every detection that a [`Watch`] makes over `values`, in order.
pub fn detections(values: &[f64]) -> Vec<Detection> {
    let mut watch = Watch::new();
    let found = values.iter().enumerate();
    found.filter_map(|(at, value)| watch.push(*value).map(|point| Detection { at, point })).collect()
}

/// The change points of `values`, in order, seen from its end. Time and memory are linear in their number.
pub fn change_points(values: &[f64]) -> Vec<ChangePoint> {
    let mut points = looks(values);
    while let Some(weakest) = look_back(values, &mut points) {
        points.remove(weakest);
    }
    points
}

/// What a watch finds that looks only now and then, and at the end.
fn looks(values: &[f64]) -> Vec<ChangePoint> {
    let mut watch = Watch::new();
    let mut points = Vec::new();
    for (index, value) in values.iter().enumerate() {
        watch.append(*value);
        let (unseen, length) = watch.unseen();
        let (fewest, part) = LOOK_EVERY;
        if unseen >= fewest.max(length / part) || index + 1 == values.len() {
            points.extend(std::iter::from_fn(|| watch.look_again()));
        }
    }
    points
}

/// Judges every change point by the levels on both sides of it, and dates it again. Returns the weakest, if its evidence is
/// not enough.
fn look_back(values: &[f64], points: &mut [ChangePoint]) -> Option<usize> {
    for position in 0..points.len() {
        let start = position.checked_sub(1).map_or(0, |before| points[before].index);
        let end = points.get(position + 1).map_or(values.len(), |after| after.index);
        points[position] = with_hindsight(&values[start..end], start, points[position]);
    }
    let weak = points.iter().enumerate().filter(|(_, point)| point.evidence < ENOUGH);
    weak.min_by(|left, right| left.1.evidence.total_cmp(&right.1.evidence)).map(|(position, _)| position)
}

/// A change point between two segments, `values` being both and beginning at `start`.
fn with_hindsight(values: &[f64], start: usize, point: ChangePoint) -> ChangePoint {
    let place = point.index - start;
    let first = place.saturating_sub(SIDE);
    let end = (place + SIDE).min(values.len());
    let side =
        |range: &[f64]| -> Vec<f64> { range.iter().copied().filter(|value| value.is_finite()).collect() };
    let (before, after) = (side(&values[first..place]), side(&values[place..end]));
    let modes = main_mode(&mut before.clone()).zip(main_mode(&mut after.clone()));
    let Some((old, new)) = modes else { return ChangePoint { evidence: 0.0, ..point } };
    let residuals =
        before.iter().map(|value| value - old.center).chain(after.iter().map(|value| value - new.center));
    let mut residuals: Vec<f64> = residuals.collect();
    let mut correlation = Correlation::default();
    let ordered = residuals.clone();
    residuals.sort_by(f64::total_cmp);
    let noise = Noise::learn(&residuals);
    if noise.spread == 0.0 {
        return ChangePoint { before: old.center, after: new.center, spread: 0.0, ..point };
    }
    ordered.iter().for_each(|residual| correlation.push(Some(residual / noise.spread)));
    let cost = |side: &[f64], level: f64| -> f64 { side.iter().map(|value| noise.loss(value - level)).sum() };
    let apart = cost(&before, old.center) + cost(&after, new.center);
    let share = before.len() as f64 / (before.len() + after.len()) as f64;
    let joint = old.center * share + new.center * (1.0 - share);
    let levels = [old.center, new.center, joint];
    let together = levels.map(|level| cost(&before, level) + cost(&after, level));
    let together = together.into_iter().fold(f64::INFINITY, f64::min);
    let inflated = inflation(correlation.among(ordered.len()), before.len(), after.len());
    let index = date(values, &noise, place, (old.center, new.center)) + start;
    let evidence = (together - apart) / inflated;
    ChangePoint { index, before: old.center, after: new.center, spread: noise.spread, evidence }
}

/// The place near `place` where values stop belonging to the old level and begin to belong to the new one.
fn date(values: &[f64], noise: &Noise, place: usize, (old, new): (f64, f64)) -> usize {
    let first = place.saturating_sub(DATED_WITHIN).max(FEWEST_BETWEEN);
    let last = (place + DATED_WITHIN).min(values.len().saturating_sub(FEWEST_BETWEEN));
    let (mut sum, mut best, mut chosen) = (0.0, 0.0, place);
    for index in (first..last).rev().filter(|index| values[*index].is_finite()) {
        sum += noise.loss(values[index] - old) - noise.loss(values[index] - new);
        if sum > best {
            (best, chosen) = (sum, index);
        }
    }
    chosen
}

#[cfg(test)]
#[path = "retrospective_tests.rs"]
mod tests;
