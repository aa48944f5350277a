use super::*;

/// A wave that does not repeat soon stands in for noise of about 1.
fn series(levels: &[(usize, f64)]) -> Vec<f64> {
    let steps = levels.iter().flat_map(|(count, level)| std::iter::repeat_n(*level, *count));
    steps.enumerate().map(|(index, level)| level + 1.4 * (index as f64 * index as f64 * 0.7).sin()).collect()
}

#[track_caller]
fn check(values: &[f64], expected: &[usize]) {
    let found: Vec<usize> = change_points(values).iter().map(|point| point.index).collect();
    assert_eq!(found.len(), expected.len(), "{found:?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.abs_diff(*expected) <= 2, "{found} is not {expected}");
    }
}

#[test]
fn levels_up_and_down_are_told_apart() {
    check(&series(&[(50, 100.0), (30, 110.0), (60, 100.0), (25, 104.0)]), &[50, 80, 140]);
    check(&series(&[(300, 100.0)]), &[]);
    check(&[3.0; 40], &[]);
    check(&[], &[]);
}

#[test]
fn exact_levels_are_told_apart_however_long_they_lasted() {
    for (before, after) in [(8, 4), (20, 40), (100, 15), (100, 40), (200, 31), (500, 90)] {
        for level in [1001.0, 1300.0] {
            let values = [vec![1000.0; before], vec![level; after]].concat();
            let points = change_points(&values);
            let [point] = points[..] else { panic!("{before} {after}: {points:?}") };
            assert_eq!((point.index, point.before, point.after), (before, 1000.0, level));
        }
    }
}

#[test]
fn what_came_back_is_no_change_with_hindsight() {
    let mut values = series(&[(120, 100.0)]);
    for value in &mut values[60..63] {
        *value *= 1.4;
    }
    check(&values, &[]);
}

#[test]
fn levels_are_those_of_the_segments() {
    let points = change_points(&series(&[(60, 100.0), (60, 120.0)]));
    let [point] = points[..] else { panic!("{points:?}") };
    assert!((point.before - 100.0).abs() < 0.5 && (point.after - 120.0).abs() < 0.5, "{point:?}");
    assert!(point.confidence() > 0.99);
    assert!(point.change().is_some_and(|change| (change - 0.2).abs() < 0.01));
}
