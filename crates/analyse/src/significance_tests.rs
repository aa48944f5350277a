use super::*;
use crate::{evaluate, second_look};
use plimsoll_model::{Bound, Evaluation, Metric, Parameters, RunVerdict, SeriesKey, Suspicion, Target};
use proptest::prelude::*;

/// A made-up series: its name, earlier values and the newest.
#[derive(Debug, Clone)]
struct Made {
    name: String,
    metric: Metric,
    history: Vec<f64>,
    value: f64,
    samples: Vec<f64>,
}

/// Six values around `center`, wobbling by `spread` of it, another way for each `place`.
fn made(place: usize, center: f64, spread: f64, ratio: f64) -> Made {
    let wobble = |run: usize| [0.0, 1.0, -1.0, 0.5, -0.5, 0.9, -1.2, 0.2][(run * 5 + place * 3) % 8];
    Made {
        name: format!("bench_{place:03}"),
        metric: Metric::time(),
        history: (0..6).map(|run| center * (1.0 + spread * wobble(run))).collect(),
        value: center * ratio,
        samples: Vec::new(),
    }
}

fn judged(suite: &[Made]) -> Evaluation {
    judged_after(suite, 0.0)
}

/// The same, so long after the newest earlier run.
fn judged_after(suite: &[Made], newest_age_days: f64) -> Evaluation {
    judged_by(suite, newest_age_days, &Policy::default())
}

fn judged_by(suite: &[Made], newest_age_days: f64, policy: &Policy) -> Evaluation {
    let measurements = measured(suite);
    let mut inputs: Vec<SeriesInput<'_>> =
        measurements.iter().zip(suite).map(|(measurement, made)| input(measurement, made)).collect();
    inputs.iter_mut().for_each(|input| input.newest_age_days = newest_age_days);
    evaluate(&inputs, policy)
}

fn measured(suite: &[Made]) -> Vec<Measurement> {
    let measure = |made: &Made| {
        let mut measured = Measurement::new("h", made.name.clone(), made.metric.clone(), made.value);
        measured.samples.clone_from(&made.samples);
        measured
    };
    suite.iter().map(measure).collect()
}

fn input<'a>(measurement: &'a Measurement, made: &Made) -> SeriesInput<'a> {
    SeriesInput {
        history: made.history.clone(),
        level: crate::Level::default(),
        ..SeriesInput::new(
            SeriesKey {
                suite: "fast".to_owned(),
                testbed: "t".to_owned(),
                benchmark: made.name.clone(),
                parameters: Parameters::new(),
                metric: made.metric.name.to_string(),
            },
            measurement,
        )
    }
}

fn of<'a>(evaluation: &'a Evaluation, name: &str) -> &'a SeriesEvaluation {
    evaluation.series.iter().find(|series| series.key.benchmark == name).expect("it was judged")
}

/// The doubt that keeps a series from being called anything.
#[track_caller]
fn doubt(series: &SeriesEvaluation) -> &Evidence {
    assert_eq!((series.verdict, series.closes_gate), (SeriesVerdict::Inconclusive, false), "{series:?}");
    &series.findings.iter().find(|finding| is_doubt(&finding.evidence)).expect("a doubt").evidence
}

/// Six runs that wobble by a third of the centre are of low confidence.
#[track_caller]
fn check_uncertain(ratio: f64, expected: SeriesVerdict) {
    let evaluation = judged(&[made(0, 100.0, 0.3, ratio)]);
    let series = of(&evaluation, "bench_000");
    let is_uncertain = |finding: &Finding| matches!(finding.evidence, Evidence::LowConfidence { .. });
    assert_eq!(series.verdict, expected, "{series:?}");
    assert_eq!(series.closes_gate, expected == SeriesVerdict::Regressed, "{series:?}");
    assert_eq!(series.findings.iter().any(is_uncertain), expected == SeriesVerdict::Inconclusive);
}

#[test]
fn an_uncertain_baseline_hides_a_change_that_may_be_chance_and_no_other() {
    check_uncertain(2.0, SeriesVerdict::Inconclusive);
    check_uncertain(4.0, SeriesVerdict::Inconclusive);
    check_uncertain(100.0, SeriesVerdict::Regressed);
}

#[test]
fn what_a_second_look_does_not_believe_is_taken_back_on_an_uncertain_baseline_too() {
    let mut series = judged(&[made(0, 100.0, 0.3, 100.0)]).series.remove(0);
    assert!(series.closes_gate);
    series.suspicion = series.suspicion.map(|suspicion| Suspicion { looks: 2, ..suspicion });
    settle(&mut [&mut series], usize::MAX);
    assert!(matches!(doubt(&series), Evidence::NotSignificant { .. }), "{series:?}");
}

#[test]
fn what_noise_explains_is_unchanged_and_says_so() {
    let mut suite: Vec<Made> = (0..4).map(|place| made(place, 100.0, 0.08, 1.0)).collect();
    suite[0].value = 112.0;
    let evaluation = judged(&suite);
    let series = of(&evaluation, "bench_000");
    assert_eq!((series.verdict, series.suspicion), (SeriesVerdict::Unchanged, None), "{series:?}");
    let reason = series.findings.iter().find_map(|finding| match finding.evidence {
        Evidence::NotSignificant { chance, would_be, .. } => Some((chance > UNREMARKABLE, would_be)),
        _ => None,
    });
    assert_eq!(reason, Some((true, Some(Severity::Warning))), "{series:?}");
}

/// One of forty series is so many times slower; the others are as ever.
#[track_caller]
fn check_run(ratio: f64, expected: RunVerdict) {
    let mut suite: Vec<Made> = (0..40).map(|place| made(place, 100.0, 0.12, 1.0)).collect();
    suite[0].value = 100.0 * ratio;
    let evaluation = judged(&suite);
    assert_eq!(evaluation.verdict, expected, "{:?}", of(&evaluation, "bench_000"));
}

/// What is said of the first of forty series, which is slower by a half in noise that may do as much, where a limit of its own says
/// something too.
fn doubted_and_over(max: f64) -> SeriesEvaluation {
    let mut suite: Vec<Made> = (0..40).map(|place| made(place, 100.0, 0.12, 1.0)).collect();
    suite[0].value = 150.0;
    let target = Target {
        id: None,
        suite: None,
        benchmark: "bench_000".to_owned(),
        metric: "time".to_owned(),
        bound: Bound::Max(max),
        unit: None,
        per: None,
        warn: Target::DEFAULT_WARN,
        error: Target::DEFAULT_ERROR,
    };
    let policy = Policy { targets: vec![target], ..Policy::default() };
    of(&judged_by(&suite, 0.0, &policy), "bench_000").clone()
}

#[test]
fn no_doubt_is_shown_of_a_series_that_closes_the_gate() {
    let has_doubt = |series: &SeriesEvaluation| series.findings.iter().any(|one| is_doubt(&one.evidence));
    let fine = doubted_and_over(200.0);
    assert_eq!((fine.verdict, has_doubt(&fine)), (SeriesVerdict::Inconclusive, true));
    let over = doubted_and_over(60.0);
    assert_eq!((over.verdict, over.closes_gate), (SeriesVerdict::Regressed, true));
    assert!(!has_doubt(&over), "{over:?}");
    // What is only a warning may still turn out to be worse.
    let warned = doubted_and_over(130.0);
    assert_eq!((warned.verdict, warned.closes_gate), (SeriesVerdict::Regressed, false));
    assert!(has_doubt(&warned), "{warned:?}");
    let again = |series: &SeriesEvaluation| Evaluation {
        series: vec![series.clone()],
        ..judged(&[made(0, 100.0, 0.12, 1.0)])
    };
    let twice = second_look(again(&over), again(&over)).series.remove(0);
    assert!(twice.closes_gate && !has_doubt(&twice), "{twice:?}");
}

#[test]
fn a_change_point_leaves_no_doubt_of_the_value_that_gave_it_away() {
    let mut suite: Vec<Made> = (0..40).map(|place| made(place, 100.0, 0.12, 1.0)).collect();
    suite[0].value = 150.0;
    let measurements = measured(&suite);
    let mut inputs: Vec<SeriesInput<'_>> =
        measurements.iter().zip(&suite).map(|(measurement, made)| input(measurement, made)).collect();
    let after = |inputs: &[SeriesInput<'_>]| of(&evaluate(inputs, &Policy::default()), "bench_000").clone();
    assert!(matches!(doubt(&after(&inputs)), Evidence::NotSignificant { .. }));
    inputs[0].level.changes.push(plimsoll_model::LevelChange {
        spread: 1.0,
        began_back: 3,
        found_back: 0,
        holds: true,
        last_before: None,
        began: None,
        before: 100.0,
        after: 150.0,
        confidence: 0.999,
        evidence: 12.0,
    });
    let found = after(&inputs);
    assert_eq!((found.verdict, found.closes_gate), (SeriesVerdict::Regressed, true));
    assert!(!found.findings.iter().any(|finding| is_doubt(&finding.evidence)), "{found:?}");
}

#[test]
fn a_run_with_a_grave_doubt_has_not_passed() {
    check_run(1.3, RunVerdict::Pass);
    check_run(1.5, RunVerdict::Inconclusive);
    check_run(3.0, RunVerdict::Regressed);
}

#[test]
fn a_run_of_which_nothing_could_be_judged_has_not_passed() {
    let mut suite: Vec<Made> = (0..3).map(|place| made(place, 100.0, 0.01, 1.0)).collect();
    suite.iter_mut().for_each(|made| made.history.truncate(1));
    suite[0].metric = Metric::new("pages", Unit::COUNT, plimsoll_model::Direction::None);
    let evaluation = judged(&suite);
    assert_eq!(of(&evaluation, "bench_000").verdict, SeriesVerdict::Unchanged);
    assert_eq!(evaluation.verdict, RunVerdict::Inconclusive);
}

#[test]
fn an_old_baseline_hides_any_change() {
    let age_days = |days: f64| {
        let suite = [made(0, 100.0, 0.01, 100.0)];
        judged_after(&suite, days).series[0].verdict
    };
    assert_eq!(age_days(100.0), SeriesVerdict::Regressed);
    assert_eq!(age_days(400.0), SeriesVerdict::Inconclusive);
}

#[test]
fn one_slow_series_of_many_is_named_alone() {
    let mut suite: Vec<Made> = (0..40).map(|place| made(place, 100.0, 0.03, 1.01)).collect();
    suite[7].value = 150.0;
    let evaluation = judged(&suite);
    let closing: Vec<&str> = evaluation
        .series
        .iter()
        .filter(|series| series.closes_gate)
        .map(|series| series.key.benchmark.as_str())
        .collect();
    assert_eq!((closing, evaluation.tested), (vec!["bench_007"], 40));
}

#[test]
fn what_counts_for_one_series_does_not_count_for_one_of_many() {
    let alone = judged(&[made(0, 100.0, 0.07, 1.42)]);
    assert_eq!(alone.series[0].verdict, SeriesVerdict::Regressed, "{alone:?}");
    let mut suite: Vec<Made> = (0..500).map(|place| made(place, 100.0, 0.07, 1.0)).collect();
    suite[0].value = 128.0;
    let many = judged(&suite);
    let Evidence::NotSignificant { tested: 500, would_be: Some(Severity::Critical), chance, .. } =
        doubt(of(&many, "bench_000"))
    else {
        panic!("{many:?}");
    };
    assert!(*chance > LEVEL / 500.0 && *chance < UNREMARKABLE, "{chance}");
}

#[test]
fn a_series_that_jumps_by_itself_is_not_believed_at_once() {
    let mut jumpy = made(0, 100.0, 0.01, 1.5);
    jumpy.history =
        (0..30).map(|run| if run % 9 == 4 { 150.0 } else { 100.0 + f64::from(run % 3) }).collect();
    let evaluation = judged(&[jumpy]);
    let Evidence::OwnJumps { share, further_runs, .. } = doubt(&evaluation.series[0]) else {
        panic!("{evaluation:?}");
    };
    assert!(*share > 0.02 && further_runs.is_some(), "{share} {further_runs:?}");
}

/// Three other series of 20 runs were half as slow again in these runs; one is now.
#[track_caller]
fn check_slow_runs(slow: [&[usize]; 3], expected: SeriesVerdict) {
    let mut suite: Vec<Made> = (0..4).map(|place| made(place, 100.0, 0.01, 1.0)).collect();
    for (series, runs) in suite[1..].iter_mut().zip(slow) {
        series.history = (0..20).map(|run| 100.0 + (run % 3) as f64 * 0.5).collect();
        runs.iter().for_each(|run| series.history[*run] *= 1.5);
    }
    suite[0].value = 150.0;
    assert_eq!(of(&judged(&suite), "bench_000").verdict, expected, "{slow:?}");
}

#[test]
fn slow_code_that_was_mended_is_no_habit() {
    check_slow_runs([&[], &[], &[]], SeriesVerdict::Regressed);
    check_slow_runs([&[9, 10], &[9, 10], &[]], SeriesVerdict::Regressed);
    check_slow_runs([&[9, 10, 11], &[9, 10, 11], &[9, 10, 11]], SeriesVerdict::Regressed);
    check_slow_runs([&[4, 5], &[9, 10], &[]], SeriesVerdict::Inconclusive);
    check_slow_runs([&[9, 10], &[9, 10, 11], &[]], SeriesVerdict::Inconclusive);
    check_slow_runs([&[4], &[9], &[14]], SeriesVerdict::Inconclusive);
}

#[test]
fn wild_samples_say_less_and_tight_ones_no_more() {
    let mut wild = made(0, 100.0, 0.01, 1.5);
    wild.samples = vec![90.0, 210.0, 150.0, 100.0, 220.0];
    let evaluation = judged(std::slice::from_ref(&wild));
    assert!(matches!(doubt(&evaluation.series[0]), Evidence::WildSamples { .. }), "{evaluation:?}");
    wild.samples = vec![149.9, 150.0, 150.1, 150.0, 150.0];
    assert_eq!(judged(&[wild]).series[0].verdict, SeriesVerdict::Regressed);
}

/// A slow machine: times by 14 %, one series much more; what is counted stays.
fn slow_run() -> Vec<Made> {
    let mut suite: Vec<Made> = (0..20).map(|place| made(place, 100.0, 0.01, 1.14)).collect();
    suite[3].value = 171.0;
    for place in 20..40 {
        let mut count = made(place, 1_000.0, 0.0, 1.0);
        count.metric =
            Metric { exact: true, ..Metric::new("instructions", Unit::COUNT, suite[0].metric.direction) };
        suite.push(count);
    }
    suite
}

#[test]
fn a_slow_machine_is_named_and_what_is_slower_still_is_found() {
    let mut suite = slow_run();
    let evaluation = judged(&suite);
    let shift = evaluation.common_shift.expect("a common shift");
    assert_eq!((shift.moved, shift.of, evaluation.tested), (20, 20, 20));
    assert!((shift.worsening - 0.14).abs() < 0.005);
    assert_eq!(of(&evaluation, "bench_003").verdict, SeriesVerdict::Regressed);
    assert!(of(&evaluation, "bench_003").closes_gate);
    assert!(matches!(doubt(of(&evaluation, "bench_004")), Evidence::SharedShift { .. }));
    assert_eq!(evaluation.verdict, RunVerdict::Regressed);
    suite[3].value = 114.0;
    assert_eq!(judged(&suite).verdict, RunVerdict::Inconclusive);
    // Once more, and the machine is itself again.
    let calm: Vec<Made> = (0..20).map(|place| made(place, 100.0, 0.01, 1.0)).collect();
    let both = second_look(judged(&suite[..20]), judged(&calm));
    assert_eq!((both.verdict, both.common_shift), (RunVerdict::Pass, None));
}

#[test]
fn a_common_shift_of_less_than_three_per_cent_is_not_named() {
    let shift = |ratio: f64| {
        let suite: Vec<Made> = (0..20).map(|place| made(place, 100.0, 0.001, ratio)).collect();
        judged(&suite).common_shift.is_some()
    };
    assert_eq!((shift(1.028), shift(1.033)), (false, true));
}

#[test]
fn a_slow_machine_in_both_looks_stays_open() {
    let suite = &slow_run()[4..20];
    let both = second_look(judged(suite), judged(suite));
    assert_eq!((both.verdict, both.counts.inconclusive), (RunVerdict::Inconclusive, 16));
}

#[test]
fn improvements_must_stand_out_as_regressions_must() {
    let verdict = |ratio| judged(&[made(0, 100.0, 0.05, ratio)]).series[0].verdict;
    assert_eq!(verdict(0.5), SeriesVerdict::Improved);
    assert_eq!(verdict(0.88), SeriesVerdict::Inconclusive);
    assert_eq!(verdict(1.0 / 0.88), SeriesVerdict::Inconclusive);
    assert_eq!(verdict(2.0), SeriesVerdict::Regressed);
}

#[test]
fn an_improvement_that_one_look_shows_is_none() {
    let look = |ratio| judged(&[made(0, 100.0, 0.02, ratio)]);
    assert_eq!(second_look(look(0.5), look(1.0)).series[0].verdict, SeriesVerdict::Unchanged);
    assert_eq!(second_look(look(1.0), look(0.5)).series[0].verdict, SeriesVerdict::Unchanged);
    assert_eq!(second_look(look(0.5), look(0.5)).series[0].verdict, SeriesVerdict::Improved);
}

#[test]
fn values_on_both_sides_of_zero_are_judged_by_distance() {
    let mut around = made(0, 1.0, 0.0, 30.0);
    around.history = vec![1.0, -1.0, 0.5, 2.0, -0.5, 1.5, 0.2, -1.2];
    let evaluation = judged(&[around.clone()]);
    let series = &evaluation.series[0];
    assert_eq!((series.verdict, series.change), (SeriesVerdict::Regressed, None));
    assert!(matches!(series.findings[0].evidence, Evidence::AbsoluteScale { .. }), "{series:?}");
    around.value = 1.9;
    assert_eq!(judged(&[around]).series[0].verdict, SeriesVerdict::Unchanged);
}

/// Verdict and severity of each series, by name.
fn told(evaluation: &Evaluation) -> BTreeMap<String, (SeriesVerdict, Option<Severity>)> {
    let one = |series: &SeriesEvaluation| (series.key.benchmark.clone(), (series.verdict, series.severity));
    evaluation.series.iter().map(one).collect()
}

fn any_suite() -> impl Strategy<Value = Vec<Made>> {
    let series = (1.0..1e6_f64, prop::sample::select(vec![0.0, 0.01, 0.05, 0.1]), 0.5..2.0_f64);
    prop::collection::vec(series, 1..30).prop_map(|series| {
        series
            .into_iter()
            .enumerate()
            .map(|(place, (center, spread, ratio))| made(place, center, spread, ratio))
            .collect()
    })
}

proptest! {
    #[test]
    fn the_order_of_series_changes_nothing(suite in any_suite()) {
        let mut reversed = suite.clone();
        reversed.reverse();
        prop_assert_eq!(told(&judged(&suite)), told(&judged(&reversed)));
    }

    #[test]
    fn series_that_never_move_create_no_finding(suite in any_suite(), flat in 1_usize..40) {
        let before = told(&judged(&suite));
        let mut more = suite.clone();
        more.extend((0..flat).map(|place| made(100 + place, 10.0, 0.0, 1.0)));
        let evaluation = judged(&more);
        // What moved alike is another factor among more series, or none: then other changes are left.
        let shift_before = judged(&suite).common_shift.map(|shift| shift.worsening);
        let is_another_shift =
            shift_before.is_some() && shift_before != evaluation.common_shift.map(|shift| shift.worsening);
        for (name, (verdict, _)) in told(&evaluation) {
            if matches!(verdict, SeriesVerdict::Regressed | SeriesVerdict::Improved) && !is_another_shift {
                prop_assert_eq!(before.get(&name).map(|told| told.0), Some(verdict), "{}", name);
            }
        }
    }

    #[test]
    fn other_units_change_nothing(suite in any_suite(), exponent in -30_i32..30) {
        let mut scaled = suite.clone();
        for made in &mut scaled {
            let scale = 2.0_f64.powi(exponent);
            made.value *= scale;
            made.history.iter_mut().for_each(|value| *value *= scale);
        }
        prop_assert_eq!(told(&judged(&suite)), told(&judged(&scaled)));
    }

    #[test]
    fn rates_mirror_times(suite in any_suite()) {
        let mut rates = suite.clone();
        for made in &mut rates {
            made.metric = Metric::new("throughput", Unit::ITEMS_PER_SECOND, plimsoll_model::Direction::Higher);
            made.value = -made.value;
            made.history.iter_mut().for_each(|value| *value = -*value);
        }
        prop_assert_eq!(told(&judged(&suite)), told(&judged(&rates)));
    }
}
