//! From alerts to false alarms, detections and delays.

use serde::{Deserialize, Serialize};

use super::statistics::{mean_and_variance, median};

/// Alerts on the first commits are not judged: a rule may still be learning.
pub(super) const FIRST_JUDGED: usize = 30;
/// An alert counts for a step when it comes at most so many commits later.
const LATEST: usize = 30;
/// It must date the step within so many commits; alerts no further apart are one.
const NEAR: usize = 5;
/// After how many commits the level may step.
pub(super) const STEP_COMMITS: std::ops::RangeInclusive<usize> = 80..=120;
/// How large steps are.
pub const STEP_SIZES: [f64; 4] = [0.03, 0.05, 0.10, 0.20];

/// A rule says that something became larger. One that is withdrawn later counts all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alert {
    /// Index of the commit after which it was raised, having seen nothing later.
    pub raised_at: usize,
    /// Index of the first commit of the new level, as the rule dates it.
    pub began: usize,
}

/// A value, and how far chance may have moved it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// What was measured.
    pub value: f64,
    /// One standard error of it.
    pub standard_error: f64,
}

/// How a rule did on one configuration, or on all on average. Arrays follow [`STEP_SIZES`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// Distinct alerts on 100 judged commits without a change.
    pub false_alarms: Estimate,
    /// Share of the steps found, corrected for what would be found by chance.
    pub detected: [Estimate; 4],
    /// Harmonic mean of precision and recall, supposing one change in 100 commits.
    pub f1: [Estimate; 4],
    /// Median commits from the step to its alert (0: on the very commit); `None` when nothing was found.
    pub delay: [Option<f64>; 4],
}

/// What was counted for one size of step.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally {
    /// Distinct alerts on each series without a change.
    pub false_alarms: Vec<usize>,
    /// The sum, over those series, of the share of places for a step where one would have counted as found.
    pub chance: f64,
    /// Series with a step.
    pub stepped: usize,
    /// Delays of the steps that were found.
    pub delays: Vec<usize>,
}

impl Tally {
    /// Counts a series without a change, of `commits` commits.
    pub(super) fn add_null(&mut self, alerts: &[Alert]) {
        self.false_alarms.push(distinct(alerts));
        let places = STEP_COMMITS.count();
        let found = STEP_COMMITS.filter(|step| delay_of(alerts, *step).is_some()).count();
        self.chance += found as f64 / places as f64;
    }

    /// Counts a series with a step.
    pub(super) fn add_stepped(&mut self, alerts: &[Alert], step: usize) {
        self.stepped += 1;
        self.delays.extend(delay_of(alerts, step));
    }
}

impl Score {
    /// The score from the counts of each size of step. False alarms are those of +5 % (a rule that does not know the size has
    /// the same for all).
    pub(super) fn from_tallies(tallies: &[Tally; 4], judged_commits: usize) -> Self {
        let false_alarms = tallies.each_ref().map(|tally| false_alarms(tally, judged_commits));
        let detected = tallies.each_ref().map(detected);
        Self {
            false_alarms: false_alarms[1],
            detected,
            f1: std::array::from_fn(|size| f1(detected[size], false_alarms[size])),
            delay: tallies.each_ref().map(|tally| {
                let delays: Vec<f64> = tally.delays.iter().map(|delay| *delay as f64).collect();
                (!delays.is_empty()).then(|| median(&delays))
            }),
        }
    }

    /// The mean of every number; of delays, of those that are.
    pub(super) fn mean(scores: &[Self]) -> Self {
        let mean_of = |pick: &dyn Fn(&Self) -> Estimate| {
            let count = scores.len() as f64;
            let value = scores.iter().map(|score| pick(score).value).sum::<f64>() / count;
            let variance: f64 = scores.iter().map(|score| pick(score).standard_error.powi(2)).sum();
            Estimate { value, standard_error: variance.sqrt() / count }
        };
        Self {
            false_alarms: mean_of(&|score| score.false_alarms),
            detected: std::array::from_fn(|size| mean_of(&|score| score.detected[size])),
            f1: std::array::from_fn(|size| mean_of(&|score| score.f1[size])),
            delay: std::array::from_fn(|size| {
                let delays: Vec<f64> = scores.iter().filter_map(|score| score.delay[size]).collect();
                (!delays.is_empty()).then(|| delays.iter().sum::<f64>() / delays.len() as f64)
            }),
        }
    }
}

fn judged(alerts: &[Alert]) -> impl Iterator<Item = &Alert> {
    alerts.iter().filter(|alert| alert.raised_at >= FIRST_JUDGED)
}

/// How many alerts there are when those raised within [`NEAR`] commits of one that counted are not counted again.
fn distinct(alerts: &[Alert]) -> usize {
    let mut raised: Vec<usize> = judged(alerts).map(|alert| alert.raised_at).collect();
    raised.sort_unstable();
    let mut count = 0;
    let mut last_counted = None;
    for at in raised {
        if last_counted.is_none_or(|last| at - last > NEAR) {
            count += 1;
            last_counted = Some(at);
        }
    }
    count
}

/// Commits from the step to the first alert that counts for it.
fn delay_of(alerts: &[Alert], step: usize) -> Option<usize> {
    judged(alerts)
        .filter(|alert| {
            (step..=step + LATEST).contains(&alert.raised_at) && alert.began.abs_diff(step) <= NEAR
        })
        .map(|alert| alert.raised_at - step)
        .min()
}

fn false_alarms(tally: &Tally, judged_commits: usize) -> Estimate {
    let counts: Vec<f64> = tally.false_alarms.iter().map(|count| *count as f64).collect();
    let (mean, variance) = mean_and_variance(&counts);
    let scale = 100.0 / judged_commits as f64;
    Estimate { value: mean * scale, standard_error: (variance / counts.len() as f64).sqrt() * scale }
}

fn detected(tally: &Tally) -> Estimate {
    let chance = tally.chance / tally.false_alarms.len() as f64;
    let series = tally.stepped as f64;
    let raw = tally.delays.len() as f64 / series;
    if chance >= 1.0 {
        return Estimate { value: 0.0, standard_error: 0.0 };
    }
    Estimate {
        value: ((raw - chance) / (1.0 - chance)).max(0.0),
        standard_error: (raw * (1.0 - raw) / series).sqrt() / (1.0 - chance),
    }
}

/// With one change and f false alarms in 100 commits, precision is d / (d + f), recall d, and F1 = 2d / (1 + d + f).
fn f1(detected: Estimate, false_alarms: Estimate) -> Estimate {
    let (found, imagined) = (detected.value, false_alarms.value);
    let whole = 1.0 + found + imagined;
    let by_found = 2.0 * (1.0 + imagined) / whole.powi(2) * detected.standard_error;
    let by_imagined = 2.0 * found / whole.powi(2) * false_alarms.standard_error;
    Estimate { value: 2.0 * found / whole, standard_error: by_found.hypot(by_imagined) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alerts(pairs: &[(usize, usize)]) -> Vec<Alert> {
        pairs.iter().map(|(raised_at, began)| Alert { raised_at: *raised_at, began: *began }).collect()
    }

    #[track_caller]
    fn check_distinct(raised: &[usize], expected: usize) {
        let pairs: Vec<(usize, usize)> = raised.iter().map(|at| (*at, *at)).collect();
        assert_eq!(distinct(&alerts(&pairs)), expected);
    }

    #[test]
    fn alerts_close_together_are_one() {
        check_distinct(&[], 0);
        check_distinct(&[50], 1);
        check_distinct(&[50, 55], 1);
        check_distinct(&[50, 56], 2);
        // Counted from the last that counted, so that an alert on every commit is not one for ever.
        check_distinct(&[50, 53, 56, 59], 2);
        check_distinct(&[56, 50], 2);
        // The first 30 are not judged.
        check_distinct(&[0, 29], 0);
        check_distinct(&[29, 30], 1);
    }

    #[track_caller]
    fn check_delay(pairs: &[(usize, usize)], expected: Option<usize>) {
        assert_eq!(delay_of(&alerts(pairs), 100), expected);
    }

    #[test]
    fn a_detection_is_near_in_time_and_in_date() {
        check_delay(&[(100, 100)], Some(0));
        check_delay(&[(99, 99)], None);
        check_delay(&[(130, 105)], Some(30));
        check_delay(&[(131, 100)], None);
        check_delay(&[(110, 95)], Some(10));
        check_delay(&[(110, 94)], None);
        check_delay(&[(110, 106)], None);
        // The first that counts, wherever it stands.
        check_delay(&[(40, 40), (120, 99), (104, 102)], Some(4));
    }

    fn tally(false_alarms: &[usize], chance: f64, stepped: usize, delays: &[usize]) -> Tally {
        Tally { false_alarms: false_alarms.to_vec(), chance, stepped, delays: delays.to_vec() }
    }

    #[test]
    fn rates_are_per_hundred_judged_commits() {
        // Four alerts on two series of 170 judged commits.
        let estimate = false_alarms(&tally(&[1, 3], 0.0, 0, &[]), 170);
        assert!((estimate.value - 4.0 / 3.4).abs() < 1e-12);
        assert!((estimate.standard_error - 1.0 / 1.7).abs() < 1e-12);
    }

    #[test]
    fn what_chance_would_find_is_taken_off() {
        // Three of four found, one of four by chance: 0.5 / 0.75.
        let estimate = detected(&tally(&[0, 0, 0, 0], 1.0, 4, &[0, 1, 2]));
        assert!((estimate.value - 2.0 / 3.0).abs() < 1e-12);
        let worse_than_chance = detected(&tally(&[0, 0], 1.0, 4, &[0]));
        assert_eq!(worse_than_chance.value, 0.0);
    }

    #[test]
    fn chance_is_the_share_of_steps_that_a_false_alarm_would_meet() {
        let mut tally = Tally::default();
        // Dated 100 and raised at 102: counts for steps at 95..=102.
        tally.add_null(&alerts(&[(102, 100)]));
        assert!((tally.chance - 8.0 / 41.0).abs() < 1e-12);
        assert_eq!(tally.false_alarms, [1]);
        tally.add_null(&[]);
        assert!((tally.chance - 8.0 / 41.0).abs() < 1e-12);
    }

    #[track_caller]
    fn check_f1(found: f64, imagined: f64, expected: f64) {
        let exact = |value| Estimate { value, standard_error: 0.0 };
        assert!((f1(exact(found), exact(imagined)).value - expected).abs() < 1e-12);
    }

    #[test]
    fn f1_supposes_one_change_in_a_hundred_commits() {
        check_f1(1.0, 0.0, 1.0);
        check_f1(0.0, 1.0, 0.0);
        // Precision 0.5 and recall 1; precision 1 and recall 0.5.
        check_f1(1.0, 1.0, 2.0 / 3.0);
        check_f1(0.5, 0.0, 2.0 / 3.0);
    }

    #[test]
    fn scores_are_averaged_over_configurations() {
        let good = tally(&[0, 0], 0.0, 2, &[1, 3]);
        let blind = tally(&[2, 2], 0.0, 2, &[]);
        let score = |tally: &Tally| Score::from_tallies(&std::array::from_fn(|_| tally.clone()), 200);
        let mean = Score::mean(&[score(&good), score(&blind)]);
        assert_eq!(mean.false_alarms.value, 0.5);
        assert_eq!(mean.detected[1].value, 0.5);
        assert_eq!(mean.f1[1].value, 0.5);
        assert_eq!(mean.delay[1], Some(2.0));
    }
}
