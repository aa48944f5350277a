//! What a run says below its rows.

use insta::assert_snapshot;
use plimsoll_model::{CommonShift, Detector, Evidence, RunVerdict, SeriesVerdict, Severity};

use crate::sample::{evaluation, finding, open, run_view, screen, series};

#[test]
fn what_is_said_of_many_series_is_said_once() {
    let mut young: Vec<_> =
        (0..5).map(|index| series(&format!("young/{index}"), 10.0, 10.0, SeriesVerdict::New)).collect();
    for series in &mut young {
        series.findings = vec![finding(Detector::Ladder, None, Evidence::NewTestbed)];
    }
    let terminal = run_view(&evaluation(young.clone(), RunVerdict::Inconclusive), &open(), &[], &[])
        .terminal(&screen(100), false);
    assert_eq!(terminal.matches("first run of suite").count(), 1, "{terminal}");
    assert!(terminal.contains("5 series: first run of suite fast on testbed linux"), "{terminal}");
    young.truncate(3);
    let terminal = run_view(&evaluation(young.clone(), RunVerdict::Inconclusive), &open(), &[], &[])
        .terminal(&screen(100), false);
    assert_eq!(terminal.matches("first run of suite").count(), 1, "{terminal}");
    young[0].findings.clear();
    let terminal = run_view(&evaluation(young, RunVerdict::Inconclusive), &open(), &[], &[])
        .terminal(&screen(100), false);
    assert_eq!(terminal.matches("first run of suite").count(), 2, "{terminal}");
}

#[test]
fn what_all_names_begin_with_is_said_once() {
    let all = ["test_wrap", "test_slug", "test_unique[100]"]
        .map(|name| series(&format!("tests/test_bench.py::{name}"), 10.0, 10.0, SeriesVerdict::Unchanged));
    let evaluation = evaluation(all.to_vec(), RunVerdict::Pass);
    let text = run_view(&evaluation, &open(), &[], &[]).terminal(&screen(80), false);
    assert_snapshot!(text.lines().skip(3).take(5).collect::<Vec<_>>().join("\n"), @r#"
      all benchmarks begin with tests/test_bench.py::
    benchmark         history             now      baseline  change  verdict
    test_wrap         ▃▅▆▄▅▃▅▆▄▅▃▅▆▄▅▅  10 ns  10 ns ±0.9 %  ±0.0 %  unchanged
    test_slug         ▃▅▆▄▅▃▅▆▄▅▃▅▆▄▅▅  10 ns  10 ns ±0.9 %  ±0.0 %  unchanged
    test_unique[100]  ▃▅▆▄▅▃▅▆▄▅▃▅▆▄▅▅  10 ns  10 ns ±0.9 %  ±0.0 %  unchanged
    "#);
}

#[test]
fn what_hides_of_new_series_is_named_by_metric() {
    let fresh = |benchmark: &str, metric: &str, value: f64| {
        let mut one = series(benchmark, value, value, SeriesVerdict::New);
        metric.clone_into(&mut one.key.metric);
        (one.baseline, one.change, one.change_interval) = (None, None, None);
        one
    };
    let times = (0..20).map(|index| fresh(&format!("part/{index:02}"), "time", 9e6 - 1e5 * f64::from(index)));
    let others = ["allocations", "heap", "heap", "links", "peak_rss", "rss_change"];
    let others = others.into_iter().map(|metric| fresh("whole", metric, 7.0));
    let last_line = |all: Vec<_>, width| {
        let evaluation = evaluation(all, RunVerdict::Inconclusive);
        let text = run_view(&evaluation, &open(), &[], &[]).terminal(&screen(width), false);
        text.lines().skip_while(|line| !line.contains("… ")).take(2).collect::<Vec<_>>().join("\n")
    };
    assert_snapshot!(last_line(times.clone().collect(), 80), @"  … 8 more new (--all shows them): time up to 7.800 ms");
    assert_snapshot!(last_line(times.chain(others).collect(), 80), @"
      … 14 more new (--all shows them): 8 of time up to 7.800 ms, 1 of allocations,
        2 of heap, 1 of links, 2 other metrics
    ");
}

#[test]
fn a_run_that_moved_as_a_whole_says_so_first() {
    let mut slow = series("parse", 12.4e6, 14.2e6, SeriesVerdict::Inconclusive);
    let shared = Evidence::SharedShift {
        worsening: 0.14,
        remaining: 0.004,
        would_be: Some(Severity::Warning),
        further_runs: 1,
    };
    slow.findings.push(finding(Detector::Ladder, None, shared));
    let mut evaluation = evaluation(vec![slow], RunVerdict::Inconclusive);
    evaluation.counts.unchanged = 4;
    evaluation.common_shift = Some(CommonShift { worsening: 0.14, moved: 41, of: 45 });
    let text = run_view(&evaluation, &open(), &[], &[]).terminal(&screen(200), false);
    let first = text.lines().next().unwrap_or_default();
    assert_eq!(
        first,
        "? inconclusive: whole run 14 % slower, 41 of 45 series: the machine, or something they all share; another run or \
         another machine would tell"
    );
    assert!(text.contains("would be warning, and most of the run moved alike (14 % worse): +0.4 % is left; 1 more run would tell"), "{text}");
}

#[test]
fn what_looks_like_a_change_and_is_none_says_that_noise_explains_it() {
    let told = |spreads: f64| {
        let mut calm = series("parse", 143.7e6, 164.4e6, SeriesVerdict::Unchanged);
        let would_be = Some(Severity::Warning);
        calm.findings = vec![
            finding(Detector::Ladder, Some(Severity::Info), Evidence::Ladder { change: 0.144, spreads }),
            finding(
                Detector::Ladder,
                None,
                Evidence::NotSignificant { chance: 0.08, tested: 4, would_be, further_runs: Some(2) },
            ),
        ];
        let evaluation = evaluation(vec![calm], RunVerdict::Pass);
        run_view(&evaluation, &open(), &[], &[]).terminal(&screen(100), false)
    };
    let reason = "would be warning; noise explains it: chance alone does as much in 8 % of runs (4 tested)";
    assert!(told(4.2).contains(reason), "{}", told(4.2));
    assert!(!told(2.0).contains("noise explains"), "{}", told(2.0));
}

#[test]
fn a_first_call_says_that_a_change_is_too_small_to_count() {
    let mut first = series("parse", 1_500.0, 1_900.0, SeriesVerdict::Unchanged);
    let evidence = Evidence::Unnoticeable { difference: 400.0, least: 100_000.0 };
    first.findings.push(finding(Detector::Ladder, None, evidence));
    let text =
        run_view(&evaluation(vec![first], RunVerdict::Pass), &open(), &[], &[]).terminal(&screen(200), true);
    let expected = "of a first call, less than 100 µs more or less may have reasons outside of the program";
    assert!(text.contains(expected), "{text}");
}

#[test]
fn what_is_inconclusive_says_what_would_settle_it() {
    #[track_caller]
    fn check(evidence: Evidence, expected: &str) {
        let mut doubtful = series("parse", 12.4e6, 15.2e6, SeriesVerdict::Inconclusive);
        doubtful.findings.push(finding(Detector::Ladder, None, evidence));
        let evaluation = evaluation(vec![doubtful], RunVerdict::Inconclusive);
        let json = run_view(&evaluation, &open(), &[], &[]).json();
        assert!(json.contains(expected), "{json}");
        assert!(json.contains("\"further_runs\":"), "{json}");
    }
    let would_be = Some(Severity::Critical);
    check(
        Evidence::NotSignificant { chance: 0.004, tested: 45, would_be, further_runs: Some(3) },
        "would be critical, and chance alone does as much in 0.4 % of runs (45 tested); 3 more runs that show the same would settle it",
    );
    check(
        Evidence::OwnJumps { share: 0.05, would_be, further_runs: Some(1) },
        "would be critical, and jumps as large come and go in 5 % of the runs of such series; 1 more run that shows the same would settle it",
    );
    check(
        Evidence::WildSamples { within: 0.2, between: 0.01, would_be: None, further_runs: None },
        "would be an improvement, and the samples of this run are wild",
    );
    check(
        Evidence::LowConfidence { confidence: 0.21, would_be, further_runs: Some(2) },
        "on a firm one this would be critical; 2 more runs like it would make it firm",
    );
}
