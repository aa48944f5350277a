//! What the samples within one run say of its value.

use super::location::median;
use super::spread::scaled_mad;

/// The standard error of a normal median, times the root of their number, in standard deviations: √(π/2).
const MEDIAN_ERROR: f64 = 1.253_314_137_315_500_3;

/// The standard error of the median of `samples` (in the order of measuring): `√(π/2) · spread / √n`, with the median absolute
/// deviation as spread and, in the place of n, the number of independent samples that tell as much, `n · (1 − r) / (1 + r)` for a
/// correlation of `r` between neighbours (Bayley and Hammersley 1946). `None` under three samples.
pub fn median_error(samples: &[f64]) -> Option<f64> {
    if samples.len() < 3 {
        return None;
    }
    let center = median(samples)?;
    let spread = scaled_mad(samples, center);
    let correlation = neighbour_correlation(samples, center).clamp(0.0, 0.95);
    let independent = (samples.len() as f64 * (1.0 - correlation) / (1.0 + correlation)).max(1.0);
    Some(MEDIAN_ERROR * spread / independent.sqrt())
}

/// How alike neighbouring samples are, from the signs of their deviations alone, so that outliers count no more than others:
/// `sin(π/2 · mean of the products of signs)` (Blomqvist 1950).
fn neighbour_correlation(samples: &[f64], center: f64) -> f64 {
    let sign = |value: f64| if value == center { 0.0 } else { (value - center).signum() };
    let sum: f64 = samples.windows(2).map(|pair| sign(pair[0]) * sign(pair[1])).sum();
    (std::f64::consts::FRAC_PI_2 * sum / (samples.len() as f64 - 1.0)).sin()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_that_follow_each_other_tell_less() {
        let apart: Vec<f64> = (0..40).map(|index| f64::from(index * 7 % 40)).collect();
        let mut sorted = apart.clone();
        sorted.sort_by(f64::total_cmp);
        let (apart, drifting) = (median_error(&apart), median_error(&sorted));
        assert!(apart.zip(drifting).is_some_and(|(apart, drifting)| drifting > 3.0 * apart), "{apart:?}");
        assert_eq!(median_error(&[1.0, 2.0]), None);
        assert_eq!(median_error(&[4.0; 9]), Some(0.0));
    }
}
