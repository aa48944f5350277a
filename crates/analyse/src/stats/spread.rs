//! How far values lie apart.

use super::location::median_by;

/// What makes the median absolute deviation of normal values equal to their standard deviation.
pub(crate) const NORMAL_CONSISTENCY: f64 = 1.482_602_218_505_602;

/// Factors for 2 to 9 values, by which the raw estimate is too small on average (Croux and Rousseeuw 1992,
/// "Time-efficient algorithms for two highly robust estimators of scale").
const SMALL_SAMPLE: [f64; 8] = [1.196, 1.495, 1.363, 1.206, 1.200, 1.140, 1.129, 1.107];

/// The median absolute deviation around `center`, scaled to estimate a normal standard deviation and corrected for few
/// values. Zero for less than two values. At most half of the values can pull it away.
pub fn scaled_mad(values: &[f64], center: f64) -> f64 {
    let count = values.len();
    if count < 2 {
        return 0.0;
    }
    let correction = match count {
        2..=9 => SMALL_SAMPLE[count - 2],
        _ => count as f64 / (count as f64 - 0.8),
    };
    let deviation = median_by(values, |value| (value - center).abs());
    deviation.unwrap_or(0.0) * NORMAL_CONSISTENCY * correction
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outlier_does_not_move_it() {
        let calm = [9.0, 10.0, 11.0, 10.5, 9.5, 10.2, 9.8, 10.1, 9.9, 10.0];
        let mut wild = calm;
        wild[3] = 1e9;
        assert!((scaled_mad(&calm, 10.0) - scaled_mad(&wild, 10.0)).abs() < 0.25);
    }

    #[test]
    fn equal_values_have_none() {
        assert_eq!(scaled_mad(&[4.0; 7], 4.0), 0.0);
        assert_eq!(scaled_mad(&[4.0], 4.0), 0.0);
        assert_eq!(scaled_mad(&[], 0.0), 0.0);
    }
}
