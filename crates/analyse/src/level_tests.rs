use super::*;
use crate::evaluate;
use plimsoll_model::{Measurement, Metric, Parameters, Policy, SeriesEvaluation, SeriesKey, SeriesVerdict};

/// Values about `level` that wobble by one per cent, the same for the same place.
fn about(level: f64, places: std::ops::Range<usize>) -> Vec<f64> {
    let wobble = [0.0, 0.009, -0.011, 0.004, -0.003, 0.012, -0.008, 0.002, -0.013, 0.007, 0.001];
    places.map(|place| level * (1.0 + wobble[place * 7 % wobble.len()])).collect()
}

#[track_caller]
fn judged(history: &[f64], value: f64, detectors: &[Detector], continues: bool) -> SeriesEvaluation {
    let measurement = Measurement::new("h", "parse", Metric::time(), value);
    let mut policy = Policy::default();
    policy.defaults.detectors = detectors.to_vec();
    let mut input = SeriesInput {
        history: history.to_vec(),
        ..SeriesInput::new(
            SeriesKey {
                suite: "fast".to_owned(),
                testbed: "t".to_owned(),
                benchmark: "parse".to_owned(),
                parameters: Parameters::new(),
                metric: "time".to_owned(),
            },
            &measurement,
        )
    };
    input.keep_level(&policy.defaults, continues);
    evaluate(&[input], &policy).series.remove(0)
}

const ALL: [Detector; 2] = [Detector::Ladder, Detector::ChangePoint];

/// Forty values about 100, then `count` about `level`.
fn stepped(level: f64, count: usize) -> Vec<f64> {
    [about(100.0, 0..40), about(level, 40..40 + count)].concat()
}

fn change_points(evaluation: &SeriesEvaluation) -> Vec<(Option<Severity>, usize)> {
    let mut told = Vec::new();
    for finding in &evaluation.findings {
        if let Evidence::ChangePoint(change) = &finding.evidence {
            told.push((finding.severity, change.began_back));
        }
    }
    told
}

/// How many values of the new level it takes until one of them gives the change away, and what is said then.
#[track_caller]
fn given_away(level: f64) -> (usize, SeriesEvaluation) {
    (1..12)
        .map(|count| (count, judged(&stepped(level, count - 1), level, &ALL, true)))
        .find(|(_, found)| !found.level_changes.is_empty())
        .expect("the change is found")
}

#[test]
fn a_change_is_found_within_a_few_values_and_sized_by_the_steps_of_the_ladder() {
    for (level, severity) in
        [(108.0, Severity::Info), (115.0, Severity::Warning), (130.0, Severity::Critical)]
    {
        let (count, found) = given_away(level);
        assert!((4..=6).contains(&count), "{level}: {count}");
        assert_eq!(change_points(&found), [(Some(severity), count - 1)]);
        assert!(found.baseline.is_some_and(|baseline| (baseline.center - 100.0).abs() < 1.0), "{found:?}");
    }
}

#[test]
fn the_baseline_starts_anew_at_the_change_and_says_so_while_it_is_young() {
    let young = judged(&stepped(115.0, 4), 115.0, &ALL, true);
    assert_eq!((young.verdict, change_points(&young)), (SeriesVerdict::Inconclusive, vec![(None, 4)]));
    let grown = judged(&stepped(115.0, 9), 115.0, &ALL, true);
    assert_eq!((grown.verdict, change_points(&grown)), (SeriesVerdict::Unchanged, vec![]));
    assert_eq!(grown.baseline.map(|baseline| baseline.runs), Some(9));
    assert_eq!(grown.history.len(), 24);
}

#[test]
fn a_change_too_small_to_matter_moves_the_center_and_hides_nothing_that_follows() {
    for level in [92.0, 95.0, 106.0, 108.0] {
        let same = judged(&stepped(level, 4), level, &ALL, true);
        assert_eq!((same.verdict, change_points(&same)), (SeriesVerdict::Unchanged, vec![(None, 4)]));
        let worse = judged(&stepped(level, 4), level * 1.25, &ALL, true);
        assert_eq!((worse.verdict, worse.closes_gate), (SeriesVerdict::Regressed, true), "{worse:?}");
        let baseline = worse.baseline.expect("a baseline");
        let of_four = median(&about(level, 40..44)).expect("a level");
        assert_eq!((baseline.center, baseline.runs), (of_four, 4));
        assert!(baseline.confidence > 0.8 && baseline.spread > 0.005 * level, "{baseline:?}");
    }
    // A policy that calls 5 % relevant wants to know more of the new level first.
    let strict = Settings { warn: plimsoll_model::Limit::Relative(0.05), ..Settings::default() };
    let carried = |level| newest_level_values(&stepped(level, 4), &strict).carried;
    assert_eq!((carried(104.0), carried(108.0)), (40, 0));
}

#[test]
fn a_level_that_moved_unnoticeably_is_a_remark() {
    let settings = Settings { least: 20.0, ..Settings::default() };
    let severity = |after| {
        let point = ChangePoint { index: 0, before: 100.0, after, spread: 1.0, evidence: 9.0 };
        change_severity(&level_change(&point, 5), 1.0, &settings)
    };
    assert_eq!((severity(119.0), severity(150.0)), (Severity::Info, Severity::Critical));
    assert_eq!(newest_level_values(&stepped(115.0, 4), &settings).carried, 40);
}

/// What is said of a value of an exact metric after so many equal values, and then others.
#[track_caller]
fn exact(levels: [(f64, usize); 2], value: f64) -> SeriesEvaluation {
    let history: Vec<f64> = levels.iter().flat_map(|(level, count)| vec![*level; *count]).collect();
    judged(&history, value, &ALL, true)
}

#[test]
fn what_never_varied_is_held_against_its_newest_level() {
    for level in [1_001_000.0, 999_000.0] {
        let found = exact([(1e6, 12), (level, 8)], level * 1.21);
        assert_eq!((found.verdict, found.closes_gate), (SeriesVerdict::Regressed, true), "{found:?}");
        assert_eq!(found.baseline.map(|baseline| (baseline.center, baseline.runs)), Some((level, 8)));
    }
    // Better by 15 %, and then as bad as before.
    let back = exact([(1e6, 12), (850_000.0, 8)], 1_030_000.0);
    assert_eq!((back.verdict, back.closes_gate), (SeriesVerdict::Regressed, true), "{back:?}");
}

#[test]
fn an_improvement_starts_it_anew_too_and_is_a_remark() {
    let found = judged(&stepped(80.0, 3), 80.0, &ALL, true);
    assert_eq!((found.verdict, change_points(&found)), (SeriesVerdict::Improved, vec![(None, 3)]));
    let next = judged(&stepped(80.0, 6), 100.0, &ALL, true);
    assert_eq!((next.verdict, next.severity), (SeriesVerdict::Regressed, Some(Severity::Critical)));
}

#[test]
fn a_spike_of_three_is_no_change() {
    let spiked = [about(100.0, 0..40), about(140.0, 40..43), about(100.0, 43..50)].concat();
    assert_eq!(judged(&spiked, 100.0, &ALL, true).level_changes, []);
}

#[test]
fn a_branch_does_not_give_the_change_of_its_base_away() {
    assert_eq!(judged(&stepped(108.0, 3), 108.0, &ALL, false).level_changes, []);
    let young = judged(&stepped(115.0, 4), 115.0, &ALL, false);
    assert_eq!((young.verdict, change_points(&young)), (SeriesVerdict::Inconclusive, vec![(None, 4)]));
}

#[test]
fn without_the_detector_the_baseline_is_the_plain_window() {
    let plain = judged(&stepped(108.0, 4), 108.0, &[Detector::Ladder], true);
    assert_eq!((plain.level_changes.len(), plain.baseline.map(|baseline| baseline.runs)), (0, Some(20)));
    assert_eq!(plain.verdict, SeriesVerdict::Unchanged);
}

#[test]
fn the_noise_of_a_stepped_series_is_that_of_its_levels() {
    let stepped = stepped(130.0, 12);
    let leveled = on_newest_level(&stepped);
    assert_eq!((newest_level(&stepped).len(), leveled.len()), (12, 52));
    assert!(leveled.iter().all(|value| (value - 130.0).abs() < 3.0), "{leveled:?}");
    assert!(Scatter::of(&stepped[34..48]).is_restless, "six values and eight");
    let steady = about(100.0, 0..40);
    assert_eq!(on_newest_level(&steady), steady);
    assert_eq!(on_newest_level(&[]), [0.0; 0]);
    for calm in [&steady[..], &[], &[7.0], &[7.0; 9], &[7.0, 7.0, 7.0, 8.0]] {
        assert!(!Scatter::of(calm).is_restless, "{calm:?}");
    }
}
