//! A quick look that tells that a short series is steady, so that nobody need look closely.
//!
//! For every place, the mean of the values before it is held against the mean of those from it on (a CUSUM test, Page 1954;
//! its maximum over places, Hawkins 1977), outliers drawn in (winsorised, Huber 1964). What a change point needs in evidence
//! is more than what is let pass here as steady.

use crate::change_point::{Detection, detections};
use crate::stats::{median, scaled_mad};

/// Fewer values on one side of a place are no level.
const FEWEST: usize = 4;
/// Values are drawn in to so many spreads about the median.
const REACH_SPREADS: f64 = 3.0;
/// Two means so many standard errors apart may be two levels. Of 128 independent values, three series in a hundred reach it.
const APART: f64 = 3.3;

/// Every change point as it is found value by value; of a series that is steady as a whole none, at once.
pub fn detections_unless_steady(values: &[f64]) -> Vec<Detection> {
    if is_steady(values) { Vec::new() } else { detections(values) }
}

/// Whether no place divides the values into two levels. What went away again long ago is not seen.
fn is_steady(values: &[f64]) -> bool {
    let count = values.len();
    if count < 2 * FEWEST {
        return true;
    }
    let Some(center) = median(values) else { return true };
    let spread = scaled_mad(values, center);
    if !(spread > 0.0 && spread.is_finite()) {
        return values.iter().all(|value| *value == center);
    }
    let drawn_in = |value: f64| ((value - center) / spread).clamp(-REACH_SPREADS, REACH_SPREADS);
    let total: f64 = values.iter().map(|value| drawn_in(*value)).sum();
    let mut sum = 0.0;
    values.iter().enumerate().all(|(index, value)| {
        sum += drawn_in(*value);
        let (before, after) = ((index + 1) as f64, (count - index - 1) as f64);
        if (index + 1).min(count - index - 1) < FEWEST {
            return true;
        }
        let difference = sum / before - (total - sum) / after;
        difference.abs() <= APART * (1.0 / before + 1.0 / after).sqrt()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about(level: f64, count: usize) -> Vec<f64> {
        let wobble = [0.0, 0.009, -0.011, 0.004, -0.003, 0.012, -0.008, 0.002, -0.013, 0.007, 0.001];
        (0..count).map(|place| level * (1.0 + wobble[place * 7 % wobble.len()])).collect()
    }

    #[track_caller]
    fn check(levels: &[(f64, usize)], expected: bool) {
        let values: Vec<f64> = levels.iter().flat_map(|(level, count)| about(*level, *count)).collect();
        assert_eq!(is_steady(&values), expected, "{levels:?}");
    }

    #[test]
    fn a_steady_series_needs_no_closer_look_and_one_that_moved_does() {
        check(&[], true);
        check(&[(100.0, 128)], true);
        check(&[(0.0, 128)], true);
        check(&[(100.0, 40), (130.0, 1), (100.0, 40)], true);
        for level in [90.0, 105.0, 108.0, 200.0] {
            check(&[(100.0, 8), (level, 4)], false);
            check(&[(100.0, 40), (level, 4)], false);
            check(&[(100.0, 60), (level, 60)], false);
            check(&[(100.0, 40), (level, 40), (100.0, 3)], false);
        }
        assert!(!is_steady(&[vec![7.0; 30], vec![8.0; 5]].concat()));
    }
}
