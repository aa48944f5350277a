use proptest::prelude::*;

use super::*;

/// Noise of a standard deviation of about 1, the same each time: sums of a small generator's numbers.
fn noise(count: usize, seed: u64) -> Vec<f64> {
    let mut state = seed;
    let mut uniform = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    (0..count).map(|_| (0..12).map(|_| uniform()).sum::<f64>() - 6.0).collect()
}

/// Levels of (how many values, about what), with noise of 1.
fn series(levels: &[(usize, f64)], seed: u64) -> Vec<f64> {
    let steps = levels.iter().flat_map(|(count, level)| std::iter::repeat_n(*level, *count));
    let count = levels.iter().map(|(count, _)| count).sum();
    steps.zip(noise(count, seed)).map(|(level, noise)| level + noise).collect()
}

fn found(values: &[f64]) -> Vec<(usize, usize)> {
    let mut watch = Watch::new();
    let points = values.iter().enumerate();
    points.filter_map(|(at, value)| watch.push(*value).map(|point| (at, point.index))).collect()
}

/// Changes at these places, and each found before so many values more.
#[track_caller]
fn check(values: &[f64], expected: &[usize]) {
    let found = found(values);
    assert_eq!(found.len(), expected.len(), "{found:?}");
    for ((at, began), expected) in found.iter().zip(expected) {
        assert!(began.abs_diff(*expected) <= 3 && at - expected <= 8, "{found:?}");
    }
}

#[test]
fn steps_are_found_where_they_began() {
    check(&series(&[(60, 100.0), (60, 105.0), (60, 100.0)], 1), &[60, 120]);
    check(&series(&[(60, 0.0), (60, 4.0)], 2), &[60]);
    check(&series(&[(60, -2.0), (60, 2.0)], 3), &[60]);
}

#[test]
fn noise_alone_is_no_change() {
    check(&series(&[(200, 100.0)], 4), &[]);
}

#[test]
fn spikes_of_three_and_lone_outliers_are_no_change() {
    let mut values = series(&[(120, 100.0)], 5);
    for place in [40, 41, 42, 70, 90, 91] {
        values[place] *= 1.5;
    }
    check(&values, &[]);
}

#[test]
fn a_second_mode_is_no_change_and_hides_none() {
    let mut values = series(&[(100, 100.0), (40, 108.0)], 6);
    for (value, chance) in values.iter_mut().zip(noise(140, 987_654_321)) {
        *value += if chance > 0.6 { 12.0 } else { 0.0 };
    }
    check(&values, &[100]);
}

#[test]
fn degenerate_series() {
    check(&[], &[]);
    check(&[1.0], &[]);
    check(&[1.0, 2.0], &[]);
    check(&[7.0; 300], &[]);
    let mut one_differs = vec![7.0; 100];
    one_differs[50] = 9.0;
    check(&one_differs, &[]);
    let alternating: Vec<f64> = (0..200).map(|index| if index % 2 == 0 { 1.0 } else { 2.0 }).collect();
    check(&alternating, &[]);
    for before in [12, 20, 50] {
        check(&[vec![7.0; before], vec![8.0; 9]].concat(), &[before]);
        check(&[vec![7.0; before], vec![8.0; 50], vec![7.0; 9]].concat(), &[before, before + 50]);
    }
    let with_gaps: Vec<f64> =
        series(&[(60, 100.0), (60, 110.0)], 8).into_iter().flat_map(|value| [value, f64::NAN]).collect();
    assert_eq!(found(&with_gaps).iter().map(|(_, began)| *began).collect::<Vec<_>>(), [120]);
}

#[test]
fn extreme_scales() {
    for scale in [1e-300, 1e-310, 1e290] {
        let values: Vec<f64> =
            series(&[(60, 100.0), (40, 120.0)], 9).iter().map(|value| value * scale).collect();
        check(&values, &[60]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn any_numbers_are_survived(values in prop::collection::vec(any::<f64>(), 0..300)) {
        for (at, began) in found(&values) {
            prop_assert!(began <= at);
        }
    }

    #[test]
    fn scaling_and_mirroring_change_nothing(seed in 0_u64..1000, step in 0.0_f64..8.0, power in -20_i32..20) {
        let values = series(&[(50, 100.0), (50, 100.0 + step)], seed);
        let scaled: Vec<f64> = values.iter().map(|value| value * 2.0_f64.powi(power)).collect();
        let mirrored: Vec<f64> = values.iter().map(|value| -value).collect();
        prop_assert_eq!(found(&values), found(&scaled));
        prop_assert_eq!(found(&values), found(&mirrored));
    }

    #[test]
    fn a_flat_prefix_takes_no_change_away(seed in 0_u64..1000, prefix in 1_usize..60, step in 6.0_f64..20.0) {
        let values = series(&[(prefix, 100.0), (60, 100.0), (40, 100.0 + step)], seed);
        let is_found = found(&values).iter().any(|(_, began)| began.abs_diff(prefix + 60) <= 2);
        prop_assert!(is_found, "{:?}", found(&values));
    }
}
