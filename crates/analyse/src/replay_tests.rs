use plimsoll_model::{Bound, Detector, Direction, Settings, Target, Unit};
use proptest::prelude::*;

use super::*;

/// `count` values about `center` that wobble by about `percent`, always the same.
fn about(center: f64, percent: f64, count: usize) -> Vec<f64> {
    // A low-discrepancy sequence stands in for chance; the sum of three is about normal.
    let share = |index: usize, step: f64| (index as f64 * step).fract() - 0.5;
    let wobble = |index| share(index, 0.618_034) + share(index, 0.414_214) + share(index, 0.732_051);
    (0..count).map(|index| center * (1.0 + percent / 100.0 * 2.0 * wobble(index))).collect()
}

fn judged(values: &[f64], direction: Direction, settings: &Settings) -> Replayed {
    replay(&ReplayInput { values, direction, settings, target: None })
}

/// What the alerts are, as `detector severity +change`, the change to the next 5 %.
fn told(replayed: &Replayed) -> Vec<String> {
    let line = |alert: &ReplayedAlert| {
        let change =
            alert.change.map_or("-".to_owned(), |change| format!("{:+}%", (change * 20.0).round() * 5.0));
        format!("{} {} {change}", alert.detector.name(), alert.severity.name())
    };
    replayed.alerts.iter().map(line).collect()
}

#[track_caller]
fn check(values: &[f64], detectors: &[Detector], start: usize, expected: &[&str]) {
    let settings = Settings { detectors: detectors.to_vec(), ..Settings::default() };
    let replayed = judged(values, Direction::Lower, &settings);
    assert_eq!(told(&replayed), expected);
    for alert in replayed.alerts {
        assert!(alert.began.abs_diff(start) <= 2 && alert.at < start + 8, "{alert:?}");
    }
}

const ONLY_CHANGES: &[Detector] = &[Detector::ChangePoint];

fn step(factor: f64) -> Vec<f64> {
    [about(100.0, 0.4, 60), about(100.0 * factor, 0.4, 40)].concat()
}

#[test]
fn a_step_is_one_alert_of_its_size() {
    check(&step(1.05), ONLY_CHANGES, 60, &["change-point info +5%"]);
    check(&step(1.15), ONLY_CHANGES, 60, &["change-point warning +15%"]);
    check(&step(1.5), ONLY_CHANGES, 60, &["change-point critical +50%"]);
}

#[test]
fn what_never_varied_before_is_one_alert_that_stays() {
    for (before, after) in [(20, 40), (100, 40)] {
        let values = [vec![5.0; before], vec![6.0; after]].concat();
        let replayed = judged(&values, Direction::Lower, &Settings::default());
        let [alert] = replayed.alerts.as_slice() else { panic!("{replayed:?}") };
        assert_eq!((alert.at, alert.began, alert.change), (before + 3, before, Some(0.2)));
        assert_eq!((alert.severity, alert.withdrawn_at), (Severity::Warning, None));
    }
}

#[test]
fn a_slow_rise_is_one_alert() {
    let ramp = |place: usize| 1.0 + 0.25 * (place.saturating_sub(60) as f64 / 120.0);
    let values: Vec<f64> =
        about(100.0, 2.0, 180).iter().enumerate().map(|(place, value)| value * ramp(place)).collect();
    let settings = Settings { detectors: vec![Detector::Trend], ..Settings::default() };
    let replayed = judged(&values, Direction::Lower, &settings);
    let [alert] = replayed.alerts.as_slice() else { panic!("{replayed:?}") };
    assert!(
        alert.began.abs_diff(60) < 20 && alert.at < 140 && alert.severity <= Severity::Warning,
        "{alert:?}"
    );
    assert_eq!(judged(&values, Direction::Higher, &settings).alerts, []);
}

#[test]
fn a_change_for_the_better_is_a_change_point_and_no_alert() {
    let replayed = judged(&step(0.8), Direction::Lower, &Settings::default());
    assert_eq!(replayed.alerts, []);
    let [point] = replayed.change_points.as_slice() else { panic!("{replayed:?}") };
    assert_eq!((point.index, (point.change.unwrap() * 100.0).round()), (60, -20.0));
    assert!(point.confidence > 0.95, "{point:?}");
}

#[test]
fn without_a_direction_nothing_is_worse() {
    let replayed = judged(&step(1.5), Direction::None, &Settings::default());
    assert_eq!((replayed.alerts.len(), replayed.change_points.len()), (0, 1));
}

#[test]
fn the_ladder_alone_raises_nothing() {
    let mut values = about(100.0, 0.4, 60);
    values[40] = 180.0;
    check(&values, &[Detector::Ladder, Detector::ChangePoint], 0, &[]);
    check(&step(1.5), &[Detector::Ladder], 0, &[]);
}

#[test]
fn the_plain_threshold_alerts_at_once_and_once() {
    let mut values = about(100.0, 0.4, 60);
    values[40..44].fill(115.0);
    check(&values, &[Detector::Threshold], 40, &["threshold warning +15%"]);
    check(&step(1.5), &[Detector::Threshold, Detector::ChangePoint], 60, &["threshold error +50%"]);
}

fn target(bound: Bound) -> Target {
    Target {
        id: Some("APP-001".to_owned()),
        suite: None,
        benchmark: "startup".to_owned(),
        metric: "time".to_owned(),
        bound,
        unit: Some(Unit::NANOSECONDS),
        per: None,
        warn: Target::DEFAULT_WARN,
        error: Target::DEFAULT_ERROR,
    }
}

#[test]
fn a_target_alerts_as_long_as_it_is_missed() {
    let target = target(Bound::Max(120.0));
    let values = [about(100.0, 0.4, 30), about(150.0, 0.4, 10), about(100.0, 0.4, 30)].concat();
    let settings = Settings { detectors: vec![Detector::Target], ..Settings::default() };
    let input = |target| ReplayInput {
        values: &values,
        direction: Direction::Lower,
        settings: &settings,
        target: Some(target),
    };
    assert_eq!(told(&replay(&input(&target))), ["target critical +25%"]);
    let for_each_item = Target { per: Some("pages".to_owned()), ..target.clone() };
    assert_eq!(replay(&input(&for_each_item)).alerts, []);
}

#[test]
fn past_a_limit_of_zero_the_change_has_no_per_cent() {
    let mut values = [0.0; 20];
    values[12] = 3.0;
    let target = target(Bound::Max(0.0));
    let settings = Settings { detectors: vec![Detector::Target], ..Settings::default() };
    let input = ReplayInput {
        values: &values,
        direction: Direction::Lower,
        settings: &settings,
        target: Some(&target),
    };
    let [alert] = replay(&input).alerts[..] else { panic!("one alert") };
    assert_eq!((alert.at, alert.change, alert.difference), (12, None, 3.0));
}

#[test]
fn what_hindsight_does_not_see_is_withdrawn() {
    let settings = Settings::default();
    let mut withdrawn = 0;
    for length in 5..9 {
        // Too long for a spike, and then as before.
        let values = [about(100.0, 0.4, 60), about(101.2, 0.4, length), about(100.0, 0.4, 60)].concat();
        let replayed = judged(&values, Direction::Lower, &settings);
        for alert in &replayed.alerts {
            let later = alert.withdrawn_at.map(|at| at - alert.at);
            assert!(matches!(later, None | Some(10 | 20 | 30)), "{alert:?}");
            withdrawn += usize::from(later.is_some());
        }
    }
    assert_eq!(judged(&step(1.15), Direction::Lower, &settings).alerts[0].withdrawn_at, None);
    assert!(withdrawn > 0);
}

/// A step of `by` spreads from `level`, of noise with a spread of one: the alert's change, difference and severity.
#[track_caller]
fn check_about_zero(level: f64, by: f64, expected: (Option<f64>, f64, Severity)) {
    let noise = about(1.0, 100.0, 120).into_iter().map(|value| value - 1.0);
    let values: Vec<f64> =
        noise.enumerate().map(|(place, value)| value + level + if place < 80 { 0.0 } else { by }).collect();
    let replayed = judged(
        &values,
        Direction::Lower,
        &Settings { detectors: ONLY_CHANGES.to_vec(), ..Settings::default() },
    );
    let [alert] = replayed.alerts[..] else { panic!("{replayed:?}") };
    let change = alert.change.map(|change| (change * 10.0).round() / 10.0);
    assert_eq!((change, alert.difference.round(), alert.severity), expected, "{alert:?}");
    assert_eq!(replayed.change_points[0].change.is_none(), expected.0.is_none());
}

#[test]
fn about_zero_the_distance_is_told_and_decides() {
    check_about_zero(0.0, 6.0, (None, 6.0, Severity::Critical));
    check_about_zero(-3.0, 6.0, (None, 6.0, Severity::Critical));
    check_about_zero(-3.0, 2.0, (Some(0.6), 2.0, Severity::Error));
    check_about_zero(0.0, 1.8, (None, 2.0, Severity::Warning));
    check_about_zero(20.0, 6.0, (Some(0.3), 6.0, Severity::Critical));
}

#[test]
fn short_and_odd_series() {
    for values in [&[][..], &[1.0], &[1.0, 9.0], &[f64::NAN, f64::INFINITY, 1.0], &[5e-324; 40]] {
        let replayed = judged(values, Direction::Lower, &Settings::default());
        assert_eq!(replayed, Replayed::default(), "{values:?}");
    }
    let mut but_one = vec![7.0; 60];
    but_one[30] = 9.0;
    let alternating: Vec<f64> = (0..60).map(|index| if index % 2 == 0 { 7.0 } else { 9.0 }).collect();
    for values in [but_one, alternating] {
        assert_eq!(judged(&values, Direction::Lower, &Settings::default()).alerts, []);
    }
}

/// Noise with a step somewhere, at any scale.
fn series() -> impl Strategy<Value = Vec<f64>> {
    let noise = prop::collection::vec(0.97..1.03_f64, 30..120);
    (noise, 0.5..2.0_f64, 10..100_usize).prop_map(|(mut values, factor, start)| {
        for value in values.iter_mut().skip(start) {
            *value *= factor;
        }
        values
    })
}

fn all_detectors() -> Settings {
    Settings { detectors: Detector::ALL.to_vec(), ..Settings::default() }
}

fn places(values: &[f64], direction: Direction) -> Vec<(usize, usize)> {
    let replayed = judged(values, direction, &all_detectors());
    replayed.alerts.iter().map(|alert| (alert.at, alert.began)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn no_finite_input_panics(values in prop::collection::vec(prop::num::f64::ANY, 0..200)) {
        let replayed = judged(&values, Direction::Higher, &all_detectors());
        for alert in &replayed.alerts {
            prop_assert!(alert.began <= alert.at && alert.at < values.len());
        }
    }

    #[test]
    fn scale_is_irrelevant(values in series(), factor in prop::sample::select(vec![0.25, 1024.0, 3.7])) {
        let scaled: Vec<f64> = values.iter().map(|value| value * factor).collect();
        prop_assert_eq!(places(&values, Direction::Lower), places(&scaled, Direction::Lower));
    }

    #[test]
    fn the_mirror_image_is_judged_alike(values in series()) {
        let mirrored: Vec<f64> = values.iter().map(|value| -value).collect();
        let [lower, higher] = [(&values, Direction::Lower), (&mirrored, Direction::Higher)]
            .map(|(values, direction)| judged(values, direction, &all_detectors()));
        let negated = |alert: &ReplayedAlert| ReplayedAlert {
            difference: -alert.difference,
            change: alert.change.map(|change| -change),
            ..*alert
        };
        prop_assert_eq!(lower.alerts.iter().map(negated).collect::<Vec<_>>(), higher.alerts);
        prop_assert_eq!(lower.change_points.len(), higher.change_points.len());
    }

    #[test]
    fn what_comes_later_changes_no_alert(values in series(), share in 0.0..1.0_f64) {
        let cut = (values.len() as f64 * share) as usize;
        let whole = places(&values, Direction::Lower);
        let begun: Vec<_> = whole.into_iter().filter(|(at, _)| *at < cut).collect();
        prop_assert_eq!(places(&values[..cut], Direction::Lower), begun);
    }
}
