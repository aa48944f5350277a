//! Where the middle of some values is.

/// So many values are sorted faster than their middle is looked for.
const FEW: usize = 32;

/// The median; the mean of the two middle values when their number is even. `None` of nothing.
/// Values must not be NaN.
pub fn median(values: &[f64]) -> Option<f64> {
    median_by(values, |value| value)
}

/// The median of what `of` makes of each value. A few values, as most baselines are, need no memory but the stack.
pub(super) fn median_by(values: &[f64], of: impl Fn(f64) -> f64) -> Option<f64> {
    if values.len() > FEW {
        let mut all: Vec<f64> = values.iter().map(|value| of(*value)).collect();
        return median_in_place(&mut all);
    }
    let mut few = [0; FEW];
    for (rank, value) in few.iter_mut().zip(values) {
        *rank = ranked(of(*value).to_bits().cast_signed());
    }
    let few = &mut few[..values.len()];
    few.sort_unstable();
    let at = |place: usize| f64::from_bits(ranked(few[place]).cast_unsigned());
    let middle = values.len() / 2;
    match values.len() {
        0 => None,
        count if count.is_multiple_of(2) => Some(at(middle - 1) / 2.0 + at(middle) / 2.0),
        _ => Some(at(middle)),
    }
}

/// The bits of a number as an integer that compares as the number does, and back: the order is that of [`f64::total_cmp`].
fn ranked(bits: i64) -> i64 {
    bits ^ ((bits >> 63) & i64::MAX)
}

/// The median, reordering `values`. Linear time.
pub(super) fn median_in_place(values: &mut [f64]) -> Option<f64> {
    let middle = values.len() / 2;
    if values.is_empty() {
        return None;
    }
    let is_even = values.len().is_multiple_of(2);
    let (below, upper, _) = values.select_nth_unstable_by(middle, f64::total_cmp);
    let upper = *upper;
    if !is_even {
        return Some(upper);
    }
    let lower = below.iter().copied().max_by(f64::total_cmp)?;
    Some(lower / 2.0 + upper / 2.0)
}

/// The quantile at `share` (0 to 1) of ascending values, interpolated linearly between neighbours
/// (Hyndman and Fan 1996, type 7). `None` of nothing.
pub fn quantile_sorted(sorted: &[f64], share: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let place = share.clamp(0.0, 1.0) * last as f64;
    let below = place.floor() as usize;
    let above = (below + 1).min(last);
    let weight = place - below as f64;
    Some(sorted[below] * (1.0 - weight) + sorted[above] * weight)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    #[test]
    fn medians() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[3.0]), Some(3.0));
        assert_eq!(median(&[3.0, 1.0]), Some(2.0));
        assert_eq!(median(&[5.0, 1.0, 9.0]), Some(5.0));
        assert_eq!(median(&[f64::MAX, f64::MAX]), Some(f64::MAX));
    }

    proptest! {
        #[test]
        fn few_values_have_the_median_that_many_would(values in vec(-1e9..1e9_f64, 0..=FEW), digits in 0..9_i32) {
            // Few digits make for equal values.
            let scale = 10.0_f64.powi(digits);
            let rounded: Vec<f64> = values.iter().map(|value| (value / scale).round()).collect();
            let bits = |median: Option<f64>| median.map(f64::to_bits);
            prop_assert_eq!(bits(median(&rounded)), bits(median_in_place(&mut rounded.clone())));
        }
    }

    #[test]
    fn quantiles_interpolate() {
        let sorted = [1.0, 2.0, 3.0, 4.0, 5.0];
        assert_eq!(quantile_sorted(&sorted, 0.5), Some(3.0));
        assert_eq!(quantile_sorted(&sorted, 0.95), Some(4.8));
        assert_eq!(quantile_sorted(&sorted, 2.0), Some(5.0));
        assert_eq!(quantile_sorted(&[], 0.5), None);
    }
}
