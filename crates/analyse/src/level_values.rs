//! The values that make a baseline: those on the present level say where it is, and with them what came before says how far
//! values scatter.
//!
//! A change that is too small to matter moves where values lie and not how: the values of earlier levels are put on the present one
//! and tell its spread. They never tell its centre.

use plimsoll_model::{Baseline, Settings};

use crate::baseline::baseline_of_level;
use crate::stats::median;

/// Values on one level.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LevelValues {
    /// Oldest first.
    pub values: Vec<f64>,
    /// How many of them, the oldest, stood on earlier levels and were put on the present one.
    pub carried: usize,
}

impl LevelValues {
    /// The values from the last of `starts` on, and before them those of the earlier levels that lie about there: within what the
    /// settings call relevant, and on the same side of zero. `starts` are the places where levels begin, ascending.
    pub fn of(values: &[f64], starts: &[usize], settings: &Settings) -> Self {
        let Some((&start, earlier)) = starts.split_last() else {
            return Self { values: values.to_vec(), carried: 0 };
        };
        let present = &values[start..];
        let mut all = Vec::with_capacity(values.len());
        if let Some(level) = median(present) {
            let edges: Vec<usize> = [0].into_iter().chain(earlier.iter().copied()).chain([start]).collect();
            for edge in edges.windows(2) {
                carry(&values[edge[0]..edge[1]], level, settings, &mut all);
            }
        }
        let carried = all.len();
        all.extend_from_slice(present);
        Self { values: all, carried }
    }

    /// The baseline that they make; see `baseline_of_level`.
    pub fn baseline(&self, window: usize, age_days: f64) -> Option<Baseline> {
        baseline_of_level(&self.values, self.carried, window, age_days)
    }
}

/// Puts the values of an earlier level on the present one, where that lies about there.
fn carry(values: &[f64], level: f64, settings: &Settings, onto: &mut Vec<f64>) {
    let Some(earlier) = median(values) else { return };
    let scale = level / earlier;
    let change = (scale - 1.0).abs();
    let is_relevant = settings.is_noticeable(level - earlier)
        && (settings.warn.is_exceeded_by(change) || settings.error.is_exceeded_by(change));
    if scale > 0.0 && scale.is_finite() && !is_relevant {
        onto.extend(values.iter().map(|value| level + (value - earlier) * scale));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baseline::confidence;
    use plimsoll_model::Limit;

    #[track_caller]
    fn check(levels: &[&[f64]], expected: &[f64], carried: usize) {
        let mut starts = Vec::new();
        let mut values = Vec::new();
        for level in levels {
            starts.push(values.len());
            values.extend_from_slice(level);
        }
        let found = LevelValues::of(&values, &starts[1..], &Settings::default());
        assert_eq!(found, LevelValues { values: expected.to_vec(), carried });
    }

    #[test]
    fn what_matters_little_carries_its_scatter_over_and_what_matters_does_not() {
        check(&[&[9.0, 10.0, 11.0]], &[9.0, 10.0, 11.0], 0);
        check(&[&[90.0, 100.0, 110.0], &[108.0]], &[97.2, 108.0, 118.8, 108.0], 3);
        check(&[&[90.0, 100.0, 110.0], &[112.0]], &[112.0], 0);
        check(&[&[90.0, 100.0, 110.0], &[88.0]], &[88.0], 0);
        // A level that came and went does not hide the one before it.
        check(&[&[90.0, 100.0, 110.0], &[150.0], &[100.0]], &[90.0, 100.0, 110.0, 100.0], 3);
        check(&[&[-10.0], &[-10.5]], &[-10.5, -10.5], 1);
    }

    #[test]
    fn what_cannot_be_put_on_a_level_is_left_out() {
        check(&[&[0.0, 0.0], &[5.0]], &[5.0], 0);
        check(&[&[5.0], &[0.0]], &[0.0], 0);
        check(&[&[-5.0], &[5.0]], &[5.0], 0);
        check(&[&[f64::INFINITY], &[f64::INFINITY]], &[f64::INFINITY], 0);
        assert_eq!(LevelValues::of(&[], &[], &Settings::default()).baseline(20, 0.0), None);
        let never = Settings { warn: Limit::Never, error: Limit::Never, ..Settings::default() };
        assert_eq!(LevelValues::of(&[1.0, 5.0], &[1], &never).carried, 1);
    }

    #[test]
    fn the_center_is_of_the_present_level_alone_and_the_spread_of_all() {
        let values = LevelValues { values: vec![8.0, 9.0, 10.0, 11.0, 12.0, 10.4, 10.5, 10.6], carried: 5 };
        let baseline = values.baseline(20, 0.0).expect("a baseline");
        assert_eq!((baseline.center, baseline.runs), (10.5, 3));
        assert!(baseline.spread > 0.8 && baseline.confidence > confidence(7, 1.0, 10.5, 0.0), "{baseline:?}");
        let own = LevelValues { values: values.values[5..].to_vec(), carried: 0 };
        assert!(own.baseline(20, 0.0).is_some_and(|own| own.spread < 0.3));
    }
}
