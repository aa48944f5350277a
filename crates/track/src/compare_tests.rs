use super::*;
use crate::baseline_runs::BaselineRuns;
use crate::judge::{Subject, judge as judge_run};
use crate::renames::Renames;
use crate::scratch::{SUITE_SERIES, about, append, hash, run, scratch_store, suite};
use crate::side::{Named, StoredSide};
use plimsoll_model::{Base, Detector, Run, Settings};

fn stored(store: &SqliteStore, places: &[u64]) -> Side {
    let ids = places.iter().map(|place| format!("{place:032x}"));
    let runs = ids.flat_map(|id| store.resolve_run("p", &id).unwrap()).collect();
    Side::Stored(StoredSide { named: Named::Commit, runs, complaints: Vec::new() })
}

fn file(run: Run) -> Side {
    Side::File(Box::new(run))
}

fn compared(store: &SqliteStore, a: &Side, b: &Side, renames: &Renames) -> Comparison {
    let rules = Rules { policy: &Policy::default(), renames, default_branch: "main" };
    compare(store, "p", (a, b), rules, None).unwrap()
}

/// `name a b change verdict`, a line a series.
fn told(comparison: &Comparison) -> String {
    let line = |series: &Compared| {
        let value = |value: Option<f64>| value.map_or("-".to_owned(), |value| value.to_string());
        format!(
            "{} {} {} {} {}\n",
            series.key.benchmark,
            value(series.a),
            value(series.b),
            series.change.map_or("-".to_owned(), |change| format!("{:+.1}%", change * 100.0)),
            series.verdict.map_or("-", SeriesVerdict::name),
        )
    };
    comparison.series.iter().map(line).collect()
}

#[test]
fn b_is_held_against_the_level_of_a_with_the_noise_of_history() {
    let (_folder, mut store) = scratch_store();
    for place in 1..=10 {
        let times = [("parse", about(100.0, place)), ("render", about(50.0, place))];
        append(&mut store, &run(place, &times));
    }
    append(&mut store, &run(11, &[("parse", 140.0), ("render", 50.5), ("new", 1.0)]));
    let comparison = compared(&store, &stored(&store, &[5]), &stored(&store, &[11]), &Renames::default());
    assert_eq!(
        told(&comparison),
        "new - 1 - -\nparse 99 140 +41.4% regressed\nrender 49.5 50.5 +2.0% unchanged\n"
    );
    let (low, high) = comparison.series[1].interval.unwrap();
    assert!(low > 0.35 && high < 0.48, "{low} {high}");
}

#[test]
fn more_runs_on_each_side_narrow_the_interval() {
    let (_folder, mut store) = scratch_store();
    for place in 1..=10 {
        append(&mut store, &run(place, &[("parse", about(100.0, place))]));
    }
    let width = |a: &[u64], b: &[u64]| {
        let comparison = compared(&store, &stored(&store, a), &stored(&store, b), &Renames::default());
        let (low, high) = comparison.series[0].interval.unwrap();
        high - low
    };
    assert!(width(&[5, 6, 7, 8], &[9, 10]) < 0.75 * width(&[8], &[10]));
}

#[test]
fn a_change_of_level_in_history_is_no_noise() {
    let (_folder, mut store) = scratch_store();
    for place in 1..=41 {
        let level = if place > 31 { 130.0 } else { 100.0 };
        append(&mut store, &run(place, &[("parse", about(level, place))]));
    }
    let comparison = compared(&store, &stored(&store, &[40]), &stored(&store, &[41]), &Renames::default());
    let (low, high) = comparison.series[0].interval.unwrap();
    assert!(high - low < 0.08, "{low} {high}");
}

/// `name last-before..began change`, a line a change, commits by their places.
fn changes(comparison: &Comparison) -> Vec<String> {
    let place = |commit: &Option<String>| {
        (0..100)
            .find(|place| commit.as_deref() == Some(&hash(*place)))
            .map_or("-".to_owned(), |at| at.to_string())
    };
    let of_series = comparison
        .series
        .iter()
        .flat_map(|series| series.changes.iter().map(move |change| (series.key.benchmark.as_str(), change)));
    of_series
        .map(|(name, change)| {
            let size = change.change().unwrap() * 100.0;
            format!(
                "{name} {}..{} {size:+.0}% {} ago",
                place(&change.last_before),
                place(&change.began),
                change.began_back
            )
        })
        .collect()
}

#[test]
fn changes_of_level_between_the_sides_are_named_on_one_branch_alone() {
    let (_folder, mut store) = scratch_store();
    for place in 1..=50 {
        let parse = if place > 40 { 105.0 } else { 100.0 };
        let render = if place > 20 { 60.0 } else { 50.0 };
        let spiked = if place == 46 { 30.0 } else { 20.0 };
        let times = [
            ("parse", about(parse, place)),
            ("render", about(render, place)),
            ("spiked", about(spiked, place)),
            ("quiet", about(9.0, place + 2)),
        ];
        let mut some = run(place, &times);
        if place == 50 {
            some.context.branch = Some("feature".to_owned());
        }
        append(&mut store, &some);
    }
    let between =
        |a, b| changes(&compared(&store, &stored(&store, &[a]), &stored(&store, &[b]), &Renames::default()));
    assert_eq!(between(30, 49), ["parse 40..41 +5% 8 ago"]);
    assert_eq!(between(15, 49), ["parse 40..41 +5% 8 ago", "render 20..21 +20% 28 ago"]);
    // Between neighbours, backwards and across branches nothing lies.
    assert_eq!(between(48, 49), [""; 0]);
    assert_eq!(between(49, 30), [""; 0]);
    assert_eq!(between(30, 50), [""; 0]);
    let policy = Policy {
        defaults: Settings { detectors: vec![Detector::Ladder], ..Settings::default() },
        ..Policy::default()
    };
    let rules = Rules { policy: &policy, renames: &Renames::default(), default_branch: "main" };
    let plain = compare(&store, "p", (&stored(&store, &[30]), &stored(&store, &[49])), rules, None).unwrap();
    assert_eq!(changes(&plain), [""; 0]);
}

/// Of comparisons in which nothing changed, one in a hundred is to call anything changed: of these ten hardly one.
#[test]
fn of_many_series_that_only_wobble_none_is_called_changed_and_one_that_changed_is() {
    let mut mistaken = 0;
    for seed in 0..10 {
        let (_folder, mut store) = scratch_store();
        for run in suite(seed, 22, 22) {
            append(&mut store, &run);
        }
        let comparison =
            compared(&store, &stored(&store, &[21]), &stored(&store, &[22]), &Renames::default());
        assert_eq!((comparison.tested, comparison.common_shift), (SUITE_SERIES, None));
        let changed = |series: &&Compared| {
            matches!(series.verdict, Some(SeriesVerdict::Regressed | SeriesVerdict::Improved))
        };
        let is_changed: Vec<&str> =
            comparison.series.iter().filter(changed).map(|series| series.key.benchmark.as_str()).collect();
        assert!(is_changed.contains(&"bench_0"), "{is_changed:?}");
        mistaken += is_changed.len() - 1;
    }
    assert!(mistaken <= 1, "{mistaken} series that only wobble were called changed");
}

/// Jumps of the suite's own that came and went are no less a reason to doubt where the level of its series moved a little besides.
#[test]
fn what_a_run_against_its_base_leaves_in_doubt_a_comparison_with_the_base_does_too() {
    let (_folder, mut store) = scratch_store();
    for place in 1..=18 {
        let jumpy = if place <= 7 { 88.0 } else { 80.0 };
        let jumpy = if [3, 6, 7].contains(&place) { 43_000.0 } else { jumpy };
        let times = [
            ("wrap", about(242.0, place)),
            ("slug", about(495.0, place)),
            ("uniq", about(jumpy, place)),
            ("uniq_all", about(jumpy / 20.0, place)),
        ];
        append(&mut store, &run(place, &times));
    }
    let mut change = run(19, &[("wrap", 1262.0), ("slug", 491.5), ("uniq", 80.0), ("uniq_all", 4.0)]);
    change.context.branch = Some("feature".to_owned());
    append(&mut store, &change);
    change.context.base = Some(Base { branch: "main".to_owned(), hash: Some(hash(18)) });
    let policy = Policy::default();
    let rules = Rules { policy: &policy, renames: &Renames::default(), default_branch: "main" };
    let baseline = BaselineRuns::of_branch(&store, &change, None, "main").unwrap();
    let subject = Subject { run: &change, series: None };
    let judged = judge_run(&store, subject, &baseline, rules).unwrap();
    let comparison = compared(&store, &stored(&store, &[18]), &stored(&store, &[19]), &Renames::default());
    assert_eq!(judged.verdict, RunVerdict::Inconclusive);
    assert_eq!(comparison.verdict, judged.verdict);
    assert!(told(&comparison).contains("wrap 241.274 1262 +423.1% inconclusive"), "{}", told(&comparison));
}

/// Eleven runs of twelve series and then some in which all are slower by 30 %; compared with as many before them.
fn slower_together(slow: u64) -> Comparison {
    let (_folder, mut store) = scratch_store();
    let names: Vec<String> = (0..12).map(|index| format!("bench_{index}")).collect();
    for place in 1..=11 + slow {
        let level = if place > 11 { 130.0 } else { 100.0 };
        let values: Vec<(&str, f64)> =
            (0..12).map(|index| (names[index].as_str(), about(level, place + index as u64))).collect();
        append(&mut store, &run(place, &values));
    }
    let before: Vec<u64> = (12 - slow..12).collect();
    let after: Vec<u64> = (12..12 + slow).collect();
    compared(&store, &stored(&store, &before), &stored(&store, &after), &Renames::default())
}

#[test]
fn what_most_series_did_alike_over_several_runs_is_no_moment_of_the_machine() {
    let comparison = slower_together(3);
    assert_eq!(comparison.common_shift, None);
    assert!(comparison.series.iter().all(|series| series.verdict == Some(SeriesVerdict::Regressed)));
}

#[test]
fn what_most_series_did_alike_is_told_and_blamed_on_none() {
    let comparison = slower_together(1);
    let shift = comparison.common_shift.unwrap();
    assert_eq!((shift.moved, shift.of), (12, 12));
    assert!((shift.worsening - 0.3).abs() < 0.03, "{shift:?}");
    assert!(comparison.series.iter().all(|series| series.verdict == Some(SeriesVerdict::Inconclusive)));
}

#[test]
fn without_history_only_samples_can_tell() {
    let (_folder, store) = scratch_store();
    let with = |value: f64, samples: &[f64]| {
        let mut some = run(1, &[("parse", value)]);
        some.measurements[0].samples = samples.to_vec();
        file(some)
    };
    let a = with(10.0, &[9.9, 10.0, 10.1, 10.0, 10.05]);
    let told_of = |b: &Side| told(&compared(&store, &a, b, &Renames::default()));
    assert_eq!(told_of(&with(10.1, &[10.0, 10.1, 10.1])), "parse 10 10.1 +1.0% unchanged\n");
    assert_eq!(told_of(&with(10.1, &[])), "parse 10 10.1 +1.0% inconclusive\n");
}

#[test]
fn an_old_name_meets_the_new_one() {
    let (_folder, mut store) = scratch_store();
    append(&mut store, &run(1, &[("parse_v1", 4.0)]));
    append(&mut store, &run(2, &[("parse", 5.0)]));
    let renames = Renames::new([("parse_v1".to_owned(), "parse".to_owned())]);
    let comparison = compared(&store, &stored(&store, &[1]), &stored(&store, &[2]), &renames);
    assert_eq!(told(&comparison), "parse 4 5 +25.0% inconclusive\n");
}

#[test]
fn a_file_without_a_place_is_taken_for_one_of_the_other_side() {
    let (_folder, mut store) = scratch_store();
    for place in 1..=8 {
        append(&mut store, &run(place, &[("parse", about(100.0, place))]));
    }
    let mut bare = run(1, &[("parse", 70.0)]);
    plimsoll_parse::UNNAMED.clone_into(&mut bare.suite);
    plimsoll_parse::UNNAMED.clone_into(&mut bare.context.testbed);
    let comparison = compared(&store, &file(bare), &stored(&store, &[8]), &Renames::default());
    assert_eq!(told(&comparison), "parse 70 99.7 +42.4% regressed\n");
    assert_eq!(comparison.complaints, []);
}

#[test]
fn nothing_is_concluded_across_machines_and_what_only_one_side_ran_is_left_out() {
    let (_folder, mut store) = scratch_store();
    append(&mut store, &run(1, &[("parse", 1.0)]));
    let mut elsewhere = run(2, &[("parse", 2.0)]);
    elsewhere.context.testbed = "laptop".to_owned();
    append(&mut store, &elsewhere);
    let comparison = compared(&store, &stored(&store, &[1]), &stored(&store, &[2]), &Renames::default());
    assert_eq!(told(&comparison), "parse 1 2 +100.0% -\n");
    assert_eq!(
        comparison.complaints[0].message,
        "side A was measured as fast on linux/x86_64/4, side B as fast on laptop: the values are shown side by side, and \
         nothing is concluded"
    );
    let comparison = compared(&store, &stored(&store, &[1, 2]), &stored(&store, &[1]), &Renames::default());
    assert_eq!(told(&comparison), "parse 1 1 +0.0% inconclusive\n");
    assert_eq!(
        comparison.complaints[0].message,
        "suite fast on laptop was measured on side A alone and is left out"
    );
}

#[test]
fn a_pattern_chooses_series() {
    let key = SeriesKey {
        suite: "fast".to_owned(),
        testbed: "t".to_owned(),
        benchmark: "import/small".to_owned(),
        parameters: plimsoll_model::Parameters::new(),
        metric: "time".to_owned(),
    };
    for pattern in ["import/*", "*#time", "fast:*", "import/small"] {
        assert!(fits(pattern, &key), "{pattern}");
    }
    for pattern in ["import", "*#heap", "slow:*"] {
        assert!(!fits(pattern, &key), "{pattern}");
    }
}
