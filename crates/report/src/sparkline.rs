//! A series in one line of blocks.

/// Heights of a block, lowest first.
const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// Values that differ by less than this share of their middle look flat: noise should not look like mountains.
const LEAST_RANGE: f64 = 0.08;

/// The newest `columns` of `values`, oldest first, one block each. A value that is not finite leaves a gap.
pub(crate) fn sparkline(values: &[f64], columns: usize) -> String {
    let shown = &values[values.len().saturating_sub(columns)..];
    let finite = || shown.iter().copied().filter(|value| value.is_finite());
    let low = finite().fold(f64::INFINITY, f64::min);
    let high = finite().fold(f64::NEG_INFINITY, f64::max);
    // Halves first: the sum of two large values may not be finite.
    let middle = low / 2.0 + high / 2.0;
    let half = (high / 2.0 - low / 2.0).max(middle.abs() * LEAST_RANGE / 2.0);
    shown
        .iter()
        .map(|value| match (value - middle) / half {
            _ if !value.is_finite() => ' ',
            place if place.is_nan() => BLOCKS[3],
            place => BLOCKS[(((place + 1.0) / 2.0 * 7.0).round().clamp(0.0, 7.0)) as usize],
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(values: &[f64], expected: &str) {
        assert_eq!(sparkline(values, 8), expected);
    }

    #[test]
    fn a_change_stands_out_and_noise_does_not() {
        check(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0], "▁▂▃▄▅▆▇█");
        check(&[9.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 2.0], "▁▁▁▁▁▁▁█");
        check(&[100.0, 100.5, 99.5, 100.0], "▅▅▄▅");
        check(&[0.0, 0.0], "▄▄");
        check(&[1.0, f64::NAN, 2.0], "▁ █");
        check(&[-f64::MAX, f64::MAX], "▁█");
        check(&[], "");
    }
}
