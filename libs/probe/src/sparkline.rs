//! A series in one line of blocks.

/// Heights of a block, lowest first.
const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// Values that differ by less than this share of their middle look flat: noise should not look like mountains.
const LEAST_RANGE: f64 = 0.08;

/// The values, oldest first, one block each.
pub(crate) fn of(values: &[f64]) -> String {
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    // Halves first: the sum of two large values may not be finite.
    let middle = low / 2.0 + high / 2.0;
    let half = (high / 2.0 - low / 2.0).max(middle.abs() * LEAST_RANGE / 2.0);
    let block = |value: &f64| match (value - middle) / half {
        place if place.is_nan() => BLOCKS[3],
        place => BLOCKS[((place + 1.0) / 2.0 * 7.0).round().clamp(0.0, 7.0) as usize],
    };
    values.iter().map(block).collect()
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn a_change_stands_out_and_noise_does_not() {
        let check = |values: &[f64], expected: &str| assert_eq!(of(values), expected);
        check(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0], "▁▂▃▄▅▆▇█");
        check(&[100.0, 100.5, 99.5, 100.0], "▅▅▄▅");
        check(&[0.0, 0.0], "▄▄");
        check(&[-f64::MAX, f64::MAX], "▁█");
        check(&[], "");
    }
}
