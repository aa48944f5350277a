//! What the rules and the scores share: medians, spreads, quantiles.

/// The median; NaN without values.
pub(super) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => f64::NAN,
        odd if odd % 2 == 1 => sorted[middle],
        _ => 0.5 * (sorted[middle - 1] + sorted[middle]),
    }
}

/// Median absolute deviation from `center`, scaled to the standard deviation of normal values.
pub(super) fn scaled_mad(values: &[f64], center: f64) -> f64 {
    let distances: Vec<f64> = values.iter().map(|value| (value - center).abs()).collect();
    1.4826 * median(&distances)
}

/// Mean and variance (by n - 1).
pub(super) fn mean_and_variance(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (mean, squares / (count - 1.0))
}

/// Student's t at 99 %, one-sided: the normal quantile, corrected for the degrees of freedom (Cornish and Fisher 1938;
/// off by less than 0.1 % from 10 on).
pub(super) fn student_99(degrees: f64) -> f64 {
    const Z: f64 = 2.326_347_874_040_841;
    let (z3, z5, z7) = (Z.powi(3), Z.powi(5), Z.powi(7));
    let first = (z3 + Z) / 4.0;
    let second = (5.0 * z5 + 16.0 * z3 + 3.0 * Z) / 96.0;
    let third = (3.0 * z7 + 19.0 * z5 + 17.0 * z3 - 15.0 * Z) / 384.0;
    Z + first / degrees + second / degrees.powi(2) + third / degrees.powi(3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_and_spreads() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), 2.5);
        assert!(median(&[]).is_nan());
        assert_eq!(scaled_mad(&[1.0, 2.0, 4.0], 2.0), 1.4826);
        assert_eq!(mean_and_variance(&[1.0, 2.0, 3.0]), (2.0, 1.0));
    }

    #[test]
    fn students_quantiles_are_those_of_tables() {
        for (degrees, expected) in [(10.0, 2.764), (30.0, 2.457), (60.0, 2.390)] {
            assert!((student_99(degrees) - expected).abs() < 0.002, "{degrees}: {}", student_99(degrees));
        }
    }
}
