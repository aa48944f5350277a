//! Our own rule, as users have it.

use plimsoll_analyse::{ReplayInput, replay};
use plimsoll_model::{Direction, Settings};

use super::scoring::Alert;

/// Every alert that `plimsoll replay` lists under the default policy, withdrawn ones too, upwards only.
pub(super) fn plimsoll(values: &[f64]) -> Vec<Alert> {
    let settings = Settings::default();
    let input = ReplayInput { values, direction: Direction::Lower, settings: &settings, target: None };
    let rises = replay(&input).alerts.into_iter().filter(|alert| alert.difference > 0.0);
    rises.map(|alert| Alert { raised_at: alert.at, began: alert.began }).collect()
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
