use plimsoll_model::{
    BaselineSettings, Detector, Direction, Limit, Measurement, Metric, Parameters, Policy, SeriesKey,
    Settings, Severity, ValueLimits,
};
use proptest::prelude::*;

use crate::evaluate::judge;
use crate::{Level, SeriesInput};

fn settings(warn: Limit, error: Limit, detectors: Vec<Detector>) -> Settings {
    Settings { warn, error, detectors, ..Settings::default() }
}

/// The limits, and how bad the value itself is.
fn judged(
    value: f64,
    direction: Direction,
    history: &[f64],
    settings: &Settings,
) -> (ValueLimits, Option<Severity>) {
    let measurement = Measurement::new("h", "parse", Metric { direction, ..Metric::time() }, value);
    let input = SeriesInput {
        key: SeriesKey {
            suite: "fast".to_owned(),
            testbed: "t".to_owned(),
            benchmark: "parse".to_owned(),
            parameters: Parameters::new(),
            metric: "time".to_owned(),
        },
        unit: measurement.metric.unit.clone(),
        direction,
        measurement: Some(&measurement),
        history: history.to_vec(),
        level: Level::default(),
        pooled_samples: Vec::new(),
        newest_age_days: 0.0,
        unit_before: None,
        testbed_is_new: false,
    };
    let policy = Policy { defaults: settings.clone(), ..Policy::default() };
    let series = judge(&input, &policy);
    (series.limits, series.severity)
}

#[track_caller]
fn check(history: &[f64], direction: Direction, settings: &Settings, expected: (Option<f64>, Option<f64>)) {
    let (limits, _) = judged(100.0, direction, history, settings);
    let rounded = |limit: Option<f64>| limit.map(|limit| (limit * 1e6).round() / 1e6);
    assert_eq!((rounded(limits.warn_beyond), rounded(limits.error_beyond)), expected);
}

/// Ten runs around 100 with a scaled MAD of about 1.6.
const STEADY: [f64; 10] = [99.0, 101.0, 100.0, 98.0, 102.0, 100.0, 101.0, 99.0, 100.0, 100.0];

#[test]
fn the_wider_of_policy_and_spread_counts() {
    let usual = Settings::default();
    check(&STEADY, Direction::Lower, &usual, (Some(110.0), Some(120.0)));
    check(&STEADY, Direction::Higher, &usual, (Some(90.0), Some(80.0)));
    let noisy = STEADY.map(|value| 100.0 + (value - 100.0) * 10.0);
    // Past 20 % it is a warning, however wide the spread.
    check(&noisy, Direction::Lower, &usual, (Some(116.115242), Some(132.230483)));
    let noisier = STEADY.map(|value| 100.0 + (value - 100.0) * 15.0);
    check(&noisier, Direction::Lower, &usual, (Some(120.0), Some(148.345725)));
}

#[test]
fn there_are_none_where_no_value_would_be_worse() {
    let usual = Settings::default();
    check(&STEADY, Direction::None, &usual, (None, None));
    check(&STEADY[..4], Direction::Lower, &usual, (None, None));
    check(&[], Direction::Lower, &usual, (None, None));
    let off = settings(Limit::Never, Limit::Never, usual.detectors.clone());
    check(&STEADY, Direction::Lower, &off, (None, None));
    let only_targets = settings(usual.warn, usual.error, vec![Detector::Target]);
    check(&STEADY, Direction::Lower, &only_targets, (None, None));
    let wild = [20.0, 180.0, 100.0, 10.0, 190.0, 100.0];
    check(&wild, Direction::Lower, &usual, (None, None));
}

#[test]
fn one_limit_may_be_switched_off() {
    let detectors = Settings::default().detectors;
    let no_warning = settings(Limit::Never, Limit::Relative(0.2), detectors.clone());
    check(&STEADY, Direction::Lower, &no_warning, (Some(120.0), Some(120.0)));
    let no_error = settings(Limit::Relative(0.1), Limit::Never, detectors);
    check(&STEADY, Direction::Lower, &no_error, (Some(110.0), None));
}

#[test]
fn the_plain_threshold_knows_no_spread_and_no_youth() {
    let plain = settings(Limit::Relative(0.1), Limit::Relative(0.2), vec![Detector::Threshold]);
    let noisy = STEADY.map(|value| 100.0 + (value - 100.0) * 10.0);
    check(&noisy, Direction::Lower, &plain, (Some(110.0), Some(120.0)));
    check(&[100.0], Direction::Lower, &plain, (Some(110.0), Some(120.0)));
    check(&[0.0], Direction::Lower, &plain, (None, None));
}

#[test]
fn about_zero_the_distance_decides() {
    let usual = Settings::default();
    check(&[0.0; 6], Direction::Lower, &usual, (Some(0.0), Some(0.0)));
    check(&[0.0, 0.0, 0.0, 4.0, 0.0, 0.0], Direction::Lower, &usual, (Some(0.0), Some(4.0)));
}

fn limit() -> impl Strategy<Value = Option<f64>> {
    prop_oneof![1 => Just(None), 5 => (0.0_f64..1.5).prop_map(Some), 1 => Just(Some(0.0))]
}

fn history() -> impl Strategy<Value = Vec<f64>> {
    prop_oneof![
        3 => (prop::collection::vec(-1.0_f64..1.0, 1..30), 0.0_f64..0.4)
            .prop_map(|(noise, width)| noise.iter().map(|noise| 100.0 * (1.0 + width * noise)).collect()),
        1 => prop::collection::vec(-50.0_f64..50.0, 1..30),
        1 => prop::collection::vec(prop_oneof![Just(0.0), Just(7.0), Just(50.0), Just(-3.0)], 1..30),
        1 => (1_usize..30).prop_map(|runs| vec![42.0; runs]),
    ]
}

proptest! {
    #[test]
    fn a_value_beyond_is_what_one_short_of_it_is_not(
        history in history(),
        (one, other) in (limit(), limit()),
        is_higher in any::<bool>(),
        has_threshold in any::<bool>(),
        runs in 1_usize..6,
    ) {
        let (warn, error) = match (one, other) {
            (Some(one), Some(other)) => (Some(one.min(other)), Some(one.max(other))),
            pair => pair,
        };
        let as_limit = |fraction: Option<f64>| fraction.map_or(Limit::Never, Limit::Relative);
        let mut detectors = vec![Detector::Ladder];
        detectors.extend(has_threshold.then_some(Detector::Threshold));
        let mut settings = settings(as_limit(warn), as_limit(error), detectors);
        settings.baseline = BaselineSettings { min: runs, ..settings.baseline };
        let direction = if is_higher { Direction::Higher } else { Direction::Lower };
        let worse = if is_higher { -1.0 } else { 1.0 };
        let severity = |value: f64| judged(value, direction, &history, &settings).1;
        let (limits, _) = judged(1.0, direction, &history, &settings);
        for (limit, least) in [(limits.warn_beyond, Severity::Warning), (limits.error_beyond, Severity::Error)] {
            match limit {
                Some(limit) => {
                    let hair = 1e-9 * limit.abs().max(100.0);
                    let beyond = severity(limit + worse * hair);
                    prop_assert!(beyond >= Some(least), "{beyond:?} beyond {limit}, not {least:?}");
                    let short = severity(limit - worse * hair);
                    prop_assert!(short < Some(least), "{short:?} short of {limit}");
                }
                None => {
                    for far in [1.0, 30.0, 99.0, 101.0, 1e4, 1e9] {
                        let found = severity(history[0] + worse * far);
                        prop_assert!(found < Some(least), "{found:?} though without limit");
                    }
                }
            }
        }
    }
}
