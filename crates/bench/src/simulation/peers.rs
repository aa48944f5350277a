//! The rules that other tools decide by, as few lines each. They look upwards only.

use std::ops::Range;

use super::scoring::Alert;
use super::statistics::{mean_and_variance, median, scaled_mad, student_99};

/// A change dated so near to one that was listed before is the same, dated better.
const SAME_CHANGE: usize = 5;

fn on_the_spot(index: usize) -> Alert {
    Alert { raised_at: index, began: index }
}

/// More than 150 % of the last value: the default of github-action-benchmark.
pub(super) fn last_value(values: &[f64]) -> Vec<Alert> {
    (1..values.len()).filter(|index| values[*index] > 1.5 * values[index - 1]).map(on_the_spot).collect()
}

/// More than three spreads (scaled MAD) above the median of the last 20.
pub(crate) fn rolling_median(values: &[f64]) -> Vec<Alert> {
    const WINDOW: usize = 20;
    let is_high = |index: &usize| {
        let window = &values[index - WINDOW..*index];
        let center = median(window);
        values[*index] > center + 3.0 * scaled_mad(window, center)
    };
    (WINDOW..values.len()).filter(is_high).map(on_the_spot).collect()
}

/// Beyond the upper 99 % of a t-distribution around the mean of the last 64: Bencher's rule.
pub(super) fn t_test(values: &[f64]) -> Vec<Alert> {
    const WINDOW: usize = 64;
    const FEWEST: usize = 10;
    let is_high = |index: &usize| {
        let window = &values[index.saturating_sub(WINDOW)..*index];
        let (mean, variance) = mean_and_variance(window);
        values[*index] > mean + student_99(window.len() as f64 - 1.0) * variance.sqrt()
    };
    (FEWEST..values.len()).filter(is_high).map(on_the_spot).collect()
}

/// Student's t over 7 between the 12 runs before and the 12 runs from a commit on: Perfherder's rule. Of neighbours over the
/// mark only the first counts.
pub(super) fn perfherder(values: &[f64]) -> Vec<Alert> {
    const WINDOW: usize = 12;
    let mut alerts: Vec<Alert> = Vec::new();
    let mut last_over = None;
    for began in WINDOW..(values.len() + 1).saturating_sub(WINDOW) {
        let (mean_before, variance_before) = mean_and_variance(&values[began - WINDOW..began]);
        let (mean_after, variance_after) = mean_and_variance(&values[began..began + WINDOW]);
        let t = (mean_after - mean_before) / ((variance_before + variance_after) / WINDOW as f64).sqrt();
        if t > 7.0 {
            if last_over.is_none_or(|last| began - last > SAME_CHANGE) {
                alerts.push(Alert { raised_at: began + WINDOW - 1, began });
            }
            last_over = Some(began);
        }
    }
    alerts
}

/// PELT (Killick, Fearnhead and Eckley 2012) for changes in mean, run again after each commit on values scaled by the MAD
/// of their differences, at a penalty of 3 ln n.
pub(super) fn plain_pelt(values: &[f64]) -> Vec<Alert> {
    const FEWEST: usize = 10;
    online(values.len(), FEWEST, |seen| {
        let values = &values[..seen];
        let differences: Vec<f64> = values.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let scale = scaled_mad(&differences, 0.0) / 2.0_f64.sqrt();
        if scale <= 0.0 {
            return Vec::new();
        }
        let scaled: Vec<f64> = values.iter().map(|value| value / scale).collect();
        let begins = change_points(&scaled, 3.0 * (seen as f64).ln());
        rises(values, &begins)
    })
}

/// Alerts of what finds changes anew after each commit: one for each change that it did not list the commit before.
fn online(commits: usize, fewest: usize, mut rises_in: impl FnMut(usize) -> Vec<usize>) -> Vec<Alert> {
    let mut alerts = Vec::new();
    let mut listed: Vec<usize> = Vec::new();
    for seen in fewest..=commits {
        let rises = rises_in(seen);
        for began in &rises {
            if listed.iter().all(|earlier| earlier.abs_diff(*began) > SAME_CHANGE) {
                alerts.push(Alert { raised_at: seen - 1, began: *began });
            }
        }
        listed = rises;
    }
    alerts
}

/// Those change points after which the segment's mean is higher than before.
fn rises(values: &[f64], begins: &[usize]) -> Vec<usize> {
    let bounds: Vec<usize> = [0].iter().chain(begins).chain([&values.len()]).copied().collect();
    let mean = |segment: Range<usize>| {
        let length = segment.len() as f64;
        values[segment].iter().sum::<f64>() / length
    };
    bounds.windows(3).filter(|b| mean(b[1]..b[2]) > mean(b[0]..b[1])).map(|b| b[1]).collect()
}

/// First indices of all segments but the first that minimise squared errors plus `penalty` for each.
fn change_points(values: &[f64], penalty: f64) -> Vec<usize> {
    let (mut sums, mut squares) = (vec![0.0], vec![0.0]);
    for (index, value) in values.iter().enumerate() {
        sums.push(sums[index] + value);
        squares.push(squares[index] + value * value);
    }
    let cost = |from: usize, to: usize| {
        let sum: f64 = sums[to] - sums[from];
        squares[to] - squares[from] - sum * sum / (to - from) as f64
    };
    let mut best = vec![-penalty];
    let mut begins = vec![0];
    let mut candidates = vec![0];
    for end in 1..=values.len() {
        let total = |from: usize, best: &[f64]| best[from] + cost(from, end);
        let (mut least, mut begin) = (f64::INFINITY, 0);
        for &from in &candidates {
            if total(from, &best) < least {
                (least, begin) = (total(from, &best), from);
            }
        }
        best.push(least + penalty);
        begins.push(begin);
        candidates.retain(|&from| total(from, &best) <= best[end]);
        candidates.push(end);
    }
    let mut found = Vec::new();
    let mut begin = begins[values.len()];
    while begin > 0 {
        found.push(begin);
        begin = begins[begin];
    }
    found.reverse();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 60 values about 100 that wobble by one, with a step up or down at index 40.
    fn stepped(by: f64) -> Vec<f64> {
        let wobble = |index: usize| [0.0, 1.0, -1.0, 0.5, -0.5][index * 7 % 5];
        (0..60).map(|index| 100.0 + wobble(index) + if index >= 40 { by } else { 0.0 }).collect()
    }

    #[track_caller]
    fn check(rule: fn(&[f64]) -> Vec<Alert>, by: f64, expected: &[(usize, usize)]) {
        let found: Vec<(usize, usize)> =
            rule(&stepped(by)).iter().map(|alert| (alert.raised_at, alert.began)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn the_last_value() {
        check(last_value, 60.0, &[(40, 40)]);
        check(last_value, 40.0, &[]);
        check(last_value, -60.0, &[]);
    }

    #[test]
    fn the_rolling_median_alerts_until_it_has_moved() {
        let found = rolling_median(&stepped(10.0));
        assert_eq!(found.first(), Some(&on_the_spot(40)));
        assert!(found.iter().all(|alert| alert.raised_at <= 51));
        check(rolling_median, 0.0, &[]);
        check(rolling_median, -10.0, &[]);
    }

    #[test]
    fn the_t_test() {
        assert_eq!(t_test(&stepped(10.0)).first(), Some(&on_the_spot(40)));
        check(t_test, 0.0, &[]);
        check(t_test, -10.0, &[]);
    }

    #[test]
    fn perfherders_windows() {
        // The window straddles the step from three commits before on, enough for t > 7.
        let found = perfherder(&stepped(10.0));
        assert_eq!(found.len(), 1);
        assert!(found[0].began.abs_diff(40) <= 5 && found[0].raised_at == found[0].began + 11);
        check(perfherder, 0.0, &[]);
        check(perfherder, -10.0, &[]);
    }

    #[test]
    fn pelt_dates_a_step() {
        check(plain_pelt, 20.0, &[(40, 40)]);
        check(plain_pelt, 0.0, &[]);
        check(plain_pelt, -20.0, &[]);
    }

    #[test]
    fn pelt_is_optimal() {
        // All partitions of a short series, the slow way.
        let values = [1.0, 1.2, 0.9, 5.0, 5.1, 4.9, 5.2, 2.0, 2.1];
        let cost = |begins: &[usize]| {
            let bounds: Vec<usize> = [0].iter().chain(begins).chain([&values.len()]).copied().collect();
            let squares = |pair: &[usize]| {
                let segment = &values[pair[0]..pair[1]];
                let mean = segment.iter().sum::<f64>() / segment.len() as f64;
                segment.iter().map(|value| (value - mean).powi(2)).sum::<f64>()
            };
            bounds.windows(2).map(squares).sum::<f64>() + 1.5 * begins.len() as f64
        };
        let all = (0_u32..1 << (values.len() - 1))
            .map(|mask| (1..values.len()).filter(|at| mask >> (at - 1) & 1 == 1).collect::<Vec<_>>());
        let best = all.min_by(|a, b| cost(a).total_cmp(&cost(b))).expect("there are some");
        assert_eq!(change_points(&values, 1.5), best);
    }

    #[test]
    fn a_change_is_listed_once_while_it_stays() {
        let listings = [vec![], vec![10], vec![12], vec![], vec![11], vec![11, 20]];
        let alerts = online(5, 0, |seen| listings[seen].clone());
        let pairs: Vec<(usize, usize)> = alerts.iter().map(|alert| (alert.raised_at, alert.began)).collect();
        assert_eq!(pairs, [(0, 10), (3, 11), (4, 20)]);
    }
}
