//! Where most values crowd, and how closely.

/// Half of a normal distribution lies within this many standard deviations of its centre.
const HALF_OF_NORMAL: f64 = 0.674_489_750_196_081_7;
/// Values within this many spreads of the centre are of the mode.
const REACH: f64 = 2.5;
/// The variance of a standard normal distribution that is cut off at `REACH`.
const VARIANCE_WITHIN_REACH: f64 = 0.911;
/// Rounds of choosing the values within reach again.
const ROUNDS: usize = 4;

/// The main mode of a distribution.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mode {
    /// Its mean.
    pub center: f64,
    /// Its standard deviation, as if it were normal.
    pub spread: f64,
}

/// The main mode of values, which are sorted on the way; `None` of nothing. It starts from the shortest interval with half
/// of the values (the "shorth": Rousseeuw and Leroy 1988, "A robust scale estimator based on the shortest half") and
/// then takes mean and deviation of what lies within 2.5 deviations, a few times over. A second mode with a third
/// of the values hardly moves it, where it more than doubles a median absolute deviation. Values must be finite.
///
/// Of values of which more than half are equal (rounded, or counts) the spread is at least half the least gap between
/// different values; it is zero only where all are equal.
pub fn main_mode(values: &mut [f64]) -> Option<Mode> {
    values.sort_unstable_by(f64::total_cmp);
    main_mode_sorted(values)
}

/// The main mode of ascending values; see [`main_mode`].
pub(crate) fn main_mode_sorted(values: &[f64]) -> Option<Mode> {
    let (first, last) = (*values.first()?, *values.last()?);
    if first == last {
        return Some(Mode { center: first, spread: 0.0 });
    }
    let half = values.len() / 2 + 1;
    let (mut start, mut width) = (0, f64::INFINITY);
    for (index, window) in values.windows(half).enumerate() {
        let this = window[half - 1] - window[0];
        if this < width {
            (start, width) = (index, this);
        }
    }
    let least = if width == 0.0 { least_gap(values) / 2.0 } else { 0.0 };
    let mut mode = Mode {
        center: values[start] / 2.0 + values[start + half - 1] / 2.0,
        spread: (width / 2.0 / HALF_OF_NORMAL * (1.0 + 4.0 / values.len() as f64)).max(least),
    };
    for _ in 0..ROUNDS {
        let again = within_reach(values, mode, least);
        let is_settled = (again.spread - mode.spread).abs() <= 1e-3 * mode.spread;
        mode = again;
        if is_settled {
            break;
        }
    }
    Some(mode)
}

/// Mean and deviation of the ascending values within reach of a mode.
fn within_reach(values: &[f64], mode: Mode, least: f64) -> Mode {
    let reach = REACH * mode.spread;
    let first = values.partition_point(|value| *value < mode.center - reach);
    let end = values.partition_point(|value| *value <= mode.center + reach);
    let chosen = &values[first..end];
    if chosen.len() < 3 {
        return mode;
    }
    // In spreads, so that squares of very large and very small values stay finite.
    let per_spread = 1.0 / mode.spread;
    let (mean, squares) = if per_spread.is_finite() {
        moments(chosen, |value| (value - mode.center) * per_spread)
    } else {
        moments(chosen, |value| (value - mode.center) / mode.spread)
    };
    let deviation = (squares / (chosen.len() as f64 - 1.0) / VARIANCE_WITHIN_REACH).sqrt();
    Mode { center: mode.center + mean * mode.spread, spread: (deviation * mode.spread).max(least) }
}

/// The mean of what `scaled` makes of values, and the sum of squares about it.
fn moments(values: &[f64], scaled: impl Fn(f64) -> f64) -> (f64, f64) {
    let (mut sum, mut squares) = (0.0, 0.0);
    for value in values {
        let value = scaled(*value);
        sum += value;
        squares += value * value;
    }
    let mean = sum / values.len() as f64;
    (mean, (squares - sum * mean).max(0.0))
}

/// The least gap between two different neighbours of ascending values.
fn least_gap(values: &[f64]) -> f64 {
    let gaps = values.windows(2).map(|pair| pair[1] - pair[0]);
    gaps.filter(|gap| *gap > 0.0).fold(f64::INFINITY, f64::min)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(values: &[f64], center: f64, spread: f64) {
        let mode = main_mode(&mut values.to_vec()).expect("values");
        assert!((mode.center - center).abs() <= 0.02 * center.abs().max(spread), "{mode:?}");
        assert!((mode.spread - spread).abs() <= 0.2 * spread, "{mode:?}");
    }

    /// Normal quantiles around 100 with a deviation of 1.
    fn bell(count: usize) -> Vec<f64> {
        let logit = |share: f64| (share / (1.0 - share)).ln();
        (0..count).map(|index| 100.0 + logit((index as f64 + 0.5) / count as f64) / 1.702).collect()
    }

    #[test]
    fn a_bell_has_its_mean_and_deviation() {
        check(&bell(100), 100.0, 1.0);
    }

    #[test]
    fn a_second_mode_hardly_moves_it() {
        let mut values = bell(70);
        values.extend(bell(30).iter().map(|value| value + 12.0));
        check(&values, 100.0, 1.0);
    }

    #[test]
    fn equal_values_and_rounded_ones() {
        assert_eq!(main_mode(&mut []), None);
        assert_eq!(main_mode(&mut [4.0; 5]), Some(Mode { center: 4.0, spread: 0.0 }));
        check(&[5.0, 5.0, 5.0, 7.0, 5.0, 5.0, 5.0, 5.0], 5.25, 1.0);
    }

    #[test]
    fn extreme_scales() {
        let large: Vec<f64> = bell(50).iter().map(|value| value * 1e298).collect();
        let small: Vec<f64> = bell(50).iter().map(|value| value * 1e-302).collect();
        check(&large, 1e300, 1e298);
        check(&small, 1e-300, 1e-302);
    }
}
