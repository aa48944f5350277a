use super::*;
use crate::Level;
use crate::run_verdict::run_verdict;
use plimsoll_model::{Direction, GateLevel, Limit, Metric, Parameters, Rule, SeriesKey, SettingsPatch, Unit};
use proptest::prelude::*;

fn key(benchmark: &str) -> SeriesKey {
    SeriesKey {
        suite: "fast".to_owned(),
        testbed: "t".to_owned(),
        benchmark: benchmark.to_owned(),
        parameters: Parameters::new(),
        metric: "time".to_owned(),
    }
}

fn measured(value: f64) -> Measurement {
    Measurement::new("h", "parse", Metric::time(), value)
}

fn judged(measurement: &Measurement, history: &[f64], policy: &Policy) -> SeriesEvaluation {
    let input = SeriesInput {
        history: history.to_vec(),
        ..SeriesInput::new(
            SeriesKey { parameters: measurement.parameters.clone(), ..key(&measurement.benchmark) },
            measurement,
        )
    };
    evaluate(&[input], policy).series.remove(0)
}

/// Ten runs around 100 with a scaled MAD of about 1.6.
const STEADY: [f64; 10] = [99.0, 101.0, 100.0, 98.0, 102.0, 100.0, 101.0, 99.0, 100.0, 100.0];

#[track_caller]
fn check(value: f64, history: &[f64], verdict: SeriesVerdict, severity: Option<Severity>) {
    let found = judged(&measured(value), history, &Policy::default());
    assert_eq!((found.verdict, found.severity), (verdict, severity), "{found:?}");
}

/// Ten first calls of about so many nanoseconds, and then one more.
fn first_call(center: f64, value: f64) -> SeriesEvaluation {
    let mut measurement = measured(value);
    measurement.parameters = [("start", "cold")].into_iter().collect();
    let history = STEADY.map(|steady| steady / 100.0 * center);
    judged(&measurement, &history, &Policy::default())
}

#[track_caller]
fn check_first_call(center: f64, value: f64, verdict: SeriesVerdict, is_told: bool) {
    let found = first_call(center, value);
    let unnoticeable = |finding: &Finding| matches!(finding.evidence, Evidence::Unnoticeable { .. });
    let told = found.findings.iter().any(unnoticeable);
    let closes_gate = verdict == SeriesVerdict::Regressed;
    assert_eq!((found.verdict, found.closes_gate, told), (verdict, closes_gate, is_told), "{found:?}");
}

#[test]
fn a_first_call_must_be_slower_by_more_than_what_happens_around_it() {
    check_first_call(1_500.0, 1_550.0, SeriesVerdict::Unchanged, false);
    check_first_call(1_500.0, 1_900.0, SeriesVerdict::Unchanged, true);
    check_first_call(1_500.0, 90_000.0, SeriesVerdict::Unchanged, true);
    check_first_call(1_500.0, 102_000.0, SeriesVerdict::Regressed, false);
    check_first_call(90_000.0, 40_000.0, SeriesVerdict::Unchanged, true);
    check_first_call(5_000.0, 40e6, SeriesVerdict::Regressed, false);
    check_first_call(30e6, 45e6, SeriesVerdict::Regressed, false);
    check_first_call(30e6, 10e6, SeriesVerdict::Improved, false);
    check_first_call(0.0, 41.0, SeriesVerdict::Unchanged, false);
    // Any other call is repeated, or a whole.
    assert!(judged(&measured(190.0), &STEADY, &Policy::default()).closes_gate);
    let limits = first_call(1_500.0, 1_500.0).limits;
    assert_eq!((limits.warn_beyond, limits.error_beyond), (Some(101_500.0), Some(101_500.0)));
}

#[test]
fn the_ladder_decides() {
    check(104.0, &STEADY, SeriesVerdict::Unchanged, None);
    check(115.0, &STEADY, SeriesVerdict::Regressed, Some(Severity::Warning));
    check(150.0, &STEADY, SeriesVerdict::Regressed, Some(Severity::Critical));
    check(85.0, &STEADY, SeriesVerdict::Improved, None);
    let wide: Vec<f64> = STEADY.iter().map(|value| 100.0 + (value - 100.0) * 8.0).collect();
    check(88.0, &wide, SeriesVerdict::Unchanged, None);
}

#[test]
fn noise_makes_the_same_change_harmless() {
    let noisy: Vec<f64> = STEADY.iter().map(|value| 100.0 + (value - 100.0) * 10.0).collect();
    check(115.0, &noisy, SeriesVerdict::Unchanged, Some(Severity::Info));
}

#[test]
fn no_history_is_new_and_little_history_is_inconclusive() {
    check(100.0, &[], SeriesVerdict::New, None);
    check(150.0, &[100.0, 100.0], SeriesVerdict::Inconclusive, None);
}

#[test]
fn a_few_runs_give_no_interval() {
    let interval = |history: &[f64]| judged(&measured(104.0), history, &Policy::default()).change_interval;
    assert_eq!(interval(&[100.0, 100.0]), None);
    assert!(interval(&STEADY).is_some());
}

#[test]
fn one_run_is_enough_for_the_plain_threshold() {
    let mut policy = Policy::default();
    policy.defaults.detectors = vec![Detector::Threshold];
    let verdict = |value| judged(&measured(value), &[100.0], &policy).verdict;
    assert_eq!(verdict(104.0), SeriesVerdict::Unchanged);
    assert_eq!(verdict(130.0), SeriesVerdict::Regressed);
}

#[test]
fn little_history_with_samples_is_judged_by_the_plain_threshold() {
    let mut measurement = measured(130.0);
    measurement.samples = vec![129.0, 130.0, 131.0];
    let mut input = SeriesInput {
        key: key("parse"),
        unit: Unit::NANOSECONDS,
        direction: Direction::Lower,
        measurement: Some(&measurement),
        history: vec![100.0; 4],
        level: Level::default(),
        pooled_samples: vec![99.0, 100.0, 101.0, 99.5, 100.5, 100.0],
        newest_age_days: 0.0,
        unit_before: None,
        testbed_is_new: false,
    };
    let found = evaluate(&[input.clone()], &Policy::default()).series.remove(0);
    assert_eq!((found.verdict, found.severity), (SeriesVerdict::Regressed, Some(Severity::Error)));
    assert!(matches!(found.findings[0].evidence, Evidence::YoungBaseline { runs: 4, min: 5, pooled: true }));
    let mut first_call = input.clone();
    first_call.key.parameters = [("start", "cold")].into_iter().collect();
    let found = evaluate(&[first_call], &Policy::default()).series.remove(0);
    assert_eq!((found.verdict, found.severity), (SeriesVerdict::Unchanged, None));
    input.history.truncate(1);
    let found = evaluate(&[input], &Policy::default()).series.remove(0);
    assert_eq!((found.verdict, found.severity), (SeriesVerdict::Inconclusive, Some(Severity::Info)));
}

#[test]
fn exact_values_without_spread() {
    check(100.0, &[100.0; 6], SeriesVerdict::Unchanged, None);
    check(109.0, &[100.0; 6], SeriesVerdict::Unchanged, None);
    check(121.0, &[100.0; 6], SeriesVerdict::Regressed, Some(Severity::Critical));
}

#[test]
fn from_zero_any_worsening_counts() {
    check(0.0, &[0.0; 6], SeriesVerdict::Unchanged, None);
    check(1.0, &[0.0; 6], SeriesVerdict::Regressed, Some(Severity::Critical));
    let found = judged(&measured(1.0), &[0.0; 6], &Policy::default());
    assert_eq!(
        (found.change, &found.findings[0].evidence),
        (None, &Evidence::ZeroBaseline { difference: 1.0 })
    );
}

#[test]
fn a_metric_without_direction_is_shown_and_never_gated() {
    let mut measurement = measured(500.0);
    measurement.metric.direction = Direction::None;
    let found = judged(&measurement, &STEADY, &Policy::default());
    assert_eq!((found.verdict, found.severity, found.closes_gate), (SeriesVerdict::Unchanged, None, false));
    assert_eq!(found.change, Some(4.0));
}

#[test]
fn a_failed_benchmark_is_inconclusive() {
    let mut measurement = measured(10.0);
    measurement.outcome = Outcome::Failed;
    assert_eq!(judged(&measurement, &STEADY, &Policy::default()).verdict, SeriesVerdict::Inconclusive);
}

#[test]
fn a_rule_moves_the_limits_and_the_gate() {
    let patch = SettingsPatch {
        warn: Some(Limit::Relative(0.5)),
        error: Some(Limit::Never),
        gate: Some(GateLevel::Never),
        ..SettingsPatch::default()
    };
    let rules = vec![Rule { benchmark: Some("par*".to_owned()), patch, ..Rule::default() }];
    let policy = Policy { rules, ..Policy::default() };
    assert_eq!(judged(&measured(140.0), &STEADY, &policy).verdict, SeriesVerdict::Unchanged);
    let found = judged(&measured(500.0), &STEADY, &policy);
    assert_eq!((found.severity, found.closes_gate), (Some(Severity::Warning), false));
}

#[test]
fn the_plain_threshold_ignores_noise_and_says_so() {
    let noisy: Vec<f64> = STEADY.iter().map(|value| 100.0 + (value - 100.0) * 15.0).collect();
    let mut policy = Policy::default();
    policy.defaults.detectors = vec![Detector::Threshold];
    let found = judged(&measured(125.0), &noisy, &policy);
    assert_eq!(found.severity, Some(Severity::Error));
    assert!(
        matches!(found.findings[0].evidence, Evidence::Threshold { noise_rate, .. } if noise_rate == 0.1),
        "{found:?}"
    );
}

#[test]
fn one_run_suffices_for_the_plain_threshold() {
    let mut policy = Policy::default();
    policy.defaults.detectors = vec![Detector::Threshold];
    let found = judged(&measured(125.0), &[100.0], &policy);
    assert_eq!((found.verdict, found.severity), (SeriesVerdict::Regressed, Some(Severity::Error)));
}

#[test]
fn only_what_both_runs_show_counts() {
    let evaluation = |value: f64, other: f64| {
        let (parse, render) = (measured(value), {
            let mut render = measured(other);
            render.benchmark = "render".into();
            render
        });
        fn input(measurement: &Measurement) -> SeriesInput<'_> {
            SeriesInput {
                key: key(&measurement.benchmark),
                unit: Unit::NANOSECONDS,
                direction: Direction::Lower,
                measurement: Some(measurement),
                history: STEADY.to_vec(),
                level: Level::default(),
                pooled_samples: Vec::new(),
                newest_age_days: 0.0,
                unit_before: None,
                testbed_is_new: false,
            }
        }
        evaluate(&[input(&parse), input(&render)], &Policy::default())
    };
    let both = crate::second_look(evaluation(150.0, 150.0), evaluation(151.0, 100.0));
    assert_eq!((both.series[0].key.benchmark.as_str(), both.series[0].value), ("parse", Some(150.0)));
    assert!(both.series[0].closes_gate);
    // A warning and a critical look are a warning, whichever came first.
    for (one, other) in [(115.0, 150.0), (150.0, 115.0)] {
        let both = crate::second_look(evaluation(one, 100.0), evaluation(other, 100.0));
        let parse = &both.series[0];
        assert_eq!((parse.value, parse.severity), (Some(115.0), Some(Severity::Warning)));
        assert!(!parse.closes_gate);
    }
    assert_eq!((both.counts.regressed, both.counts.unchanged), (1, 1));
    let expected = Evidence::NotConfirmed { first_value: 150.0, would_be: Severity::Critical };
    assert_eq!(both.series[1].findings[0].evidence, expected);
}

#[test]
fn the_gate_names_its_reason_and_its_exit_code() {
    let gate_of = |value: f64, history: &[f64], fail_on| {
        let measurement = measured(value);
        let evaluation = Evaluation {
            series: vec![judged(&measurement, history, &Policy::default())],
            ..evaluate(&[], &Policy::default())
        };
        let counts = Counts::of(&evaluation.series);
        let evaluation = Evaluation { verdict: run_verdict(&counts), counts, ..evaluation };
        let gate = crate::gate(&evaluation, &[], &Policy::default(), fail_on);
        (gate.exit_code, gate.because)
    };
    use plimsoll_model::FailOn;
    let strict = FailOn { inconclusive: true, ..FailOn::default() };
    let expect = |code, because: &str| (code, because.to_owned());
    assert_eq!(
        gate_of(150.0, &STEADY, FailOn::default()),
        expect(1, "1 series regressed, severity critical")
    );
    assert_eq!(
        gate_of(115.0, &STEADY, FailOn::default()),
        expect(0, "1 series regressed, none of gate severity")
    );
    assert_eq!(gate_of(100.0, &STEADY, strict), expect(0, "1 series judged, none regressed"));
    assert_eq!(gate_of(100.0, &[], FailOn::default()), expect(0, "nothing could be compared yet"));
    assert_eq!(gate_of(100.0, &[], strict), expect(5, "nothing could be compared"));
    assert_eq!(gate_of(100.0, &[100.0], strict), expect(5, "1 series inconclusive"));
}

proptest! {
    #[test]
    fn scaling_a_series_leaves_its_verdict(
        history in prop::collection::vec(50.0..200.0_f64, 0..40),
        value in 50.0..200.0_f64,
        exponent in -40_i32..40,
    ) {
        let scale = 2.0_f64.powi(exponent);
        let scaled: Vec<f64> = history.iter().map(|value| value * scale).collect();
        let plain = judged(&measured(value), &history, &Policy::default());
        let other = judged(&measured(value * scale), &scaled, &Policy::default());
        prop_assert_eq!((plain.verdict, plain.severity), (other.verdict, other.severity));
    }

    #[test]
    fn mirroring_the_direction_and_the_sign_leaves_the_verdict(
        history in prop::collection::vec(50.0..200.0_f64, 0..40),
        value in 50.0..200.0_f64,
    ) {
        let negated: Vec<f64> = history.iter().map(|value| -value).collect();
        let mut mirrored = measured(-value);
        mirrored.metric.direction = Direction::Higher;
        let plain = judged(&measured(value), &history, &Policy::default());
        let other = judged(&mirrored, &negated, &Policy::default());
        prop_assert_eq!((plain.verdict, plain.severity), (other.verdict, other.severity));
    }

    #[test]
    fn whatever_the_numbers_there_is_a_verdict(
        history in prop::collection::vec(prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL | prop::num::f64::ZERO, 0..30),
        value in prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL | prop::num::f64::ZERO,
    ) {
        judged(&measured(value), &history, &Policy::default());
    }
}
