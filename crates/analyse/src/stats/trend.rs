//! Where values are heading.

use super::location::median_in_place;

/// The most values that every pair is formed of; beyond it, evenly spaced ones stand for all.
const MOST_VALUES: usize = 512;

/// The median slope over all pairs of points, a step being one place in `values` (Theil 1950, Sen 1968). `None` under
/// two values. Robust against up to 29 % of outliers.
pub fn theil_sen_slope(values: &[f64]) -> Option<f64> {
    let step = values.len().div_ceil(MOST_VALUES).max(1);
    let chosen: Vec<(f64, f64)> =
        values.iter().enumerate().step_by(step).map(|(place, value)| (place as f64, *value)).collect();
    let mut slopes = Vec::with_capacity(chosen.len() * chosen.len().saturating_sub(1) / 2);
    for (index, (place, value)) in chosen.iter().enumerate() {
        for (later_place, later) in &chosen[index + 1..] {
            slopes.push((later - value) / (later_place - place));
        }
    }
    median_in_place(&mut slopes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_its_slope_and_an_outlier_does_not_tilt_it() {
        let mut values: Vec<f64> = (0..30).map(|place| 5.0 + 0.5 * f64::from(place)).collect();
        assert_eq!(theil_sen_slope(&values), Some(0.5));
        values[7] = 1e6;
        assert_eq!(theil_sen_slope(&values), Some(0.5));
        assert_eq!(theil_sen_slope(&[1.0]), None);
    }

    #[test]
    fn long_series_are_thinned() {
        let values: Vec<f64> = (0..5_000).map(|place| 2.0 * f64::from(place)).collect();
        assert_eq!(theil_sen_slope(&values), Some(2.0));
    }
}
