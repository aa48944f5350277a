//! Our own rule, as users have it.

use plimsoll_analyse::change_point;

use super::scoring::Alert;

/// What is alerted on under the default policy, upwards only.
pub(super) fn plimsoll(values: &[f64]) -> Vec<Alert> {
    let detections = change_point::detections(values);
    let rises = detections.iter().filter(|detection| detection.point.after > detection.point.before);
    rises.map(|detection| Alert { raised_at: detection.at, began: detection.point.index }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 100 values about 100 that wobble by one, with a step at index 60.
    #[track_caller]
    fn check(by: f64, expected: &[usize]) {
        let wobble = |index: usize| [0.0, 1.0, -1.0, 0.5, -0.5][index * 7 % 5];
        let value = |index| 100.0 + wobble(index) + if index >= 60 { by } else { 0.0 };
        let values: Vec<f64> = (0..100).map(value).collect();
        let began: Vec<usize> = plimsoll(&values).iter().map(|alert| alert.began).collect();
        assert_eq!(began, expected);
    }

    #[test]
    fn it_looks_upwards_only() {
        check(10.0, &[60]);
        check(0.0, &[]);
        check(-10.0, &[]);
    }
}
