use insta::assert_snapshot;
use plimsoll_model::Bound;
use plimsoll_report::{LogPoint, LogView, Screen, SeriesLogView};

use crate::history::{log, log_runs, points, series_log};
use crate::sample::{key, screen, target};

#[track_caller]
fn with_series_log(show: impl FnOnce(&SeriesLogView<'_>) -> String) -> String {
    let points = points();
    show(&series_log(&key("parse", "time"), &points, &target("PAR-1", Bound::Max(15e6), None)))
}

#[test]
fn a_line_a_run() {
    assert_snapshot!(log(&log_runs()).terminal(&screen(120)), @r#"
    date               commit   subject                                              items     time       rss
    2026-11-20 08:01Z  4f2a91c  Teach the lexer to read numbers without alloc…  20 k pages  15.38 s  37.10 MB  ✗ regressed
    2026-11-19 08:01Z  a2233e2  Fix typo                                        19 k pages  15.02 s     37 MB  ✗ regressed
    2026-11-18 08:01Z  f1122d1  Bump serde                                      18 k pages  15.56 s  36.90 MB  ✗ regressed
    2026-11-17 08:01Z  e0011c0  Teach the lexer to read numbers without alloc…  17 k pages  15.20 s  36.80 MB  ✗ regressed
    2026-11-16 08:01Z  dff00bf  Fix typo                                        16 k pages  14.84 s  36.70 MB  ✗ regressed
    2026-11-15 08:01Z  cee1fae  Bump serde                                      15 k pages  15.38 s  36.60 MB  ✗ regressed
    2026-11-14 08:01Z  bdd2e9d  Teach the lexer to read numbers without alloc…  14 k pages  12.25 s  36.50 MB  ✓ pass
    2026-11-13 08:01Z  acc3d8c  Fix typo                                        13 k pages  12.70 s  36.40 MB  ✓ pass voided
    2026-11-12 08:01Z  fbb4c7b  Bump serde                                      12 k pages  12.40 s  36.30 MB  ✓ pass
    2026-11-11 08:01Z  eaa5b6a  Teach the lexer to read numbers without alloc…  11 k pages  12.10 s  36.20 MB  ✓ pass
    2026-11-10 08:01Z  d996a59  Fix typo                                        10 k pages  12.55 s  36.10 MB  ✓ pass dirty
    2026-11-09 08:01Z  c887948  Bump serde                                      9000 pages  12.25 s     36 MB  ✓ pass
    2026-11-08 08:01Z  b778837  Teach the lexer to read numbers without alloc…  8000 pages  12.70 s  35.90 MB  ✓ pass
    2026-11-07 08:01Z  a669726  Fix typo                                        7000 pages  12.40 s  35.80 MB  ✓ pass
    2026-11-06 08:01Z  f55a615  Bump serde                                      6000 pages  12.10 s  35.70 MB  ✓ pass failed
    2026-11-05 08:01Z  e44b504  Teach the lexer to read numbers without alloc…  5000 pages  12.55 s  35.60 MB  ✓ pass
    2026-11-04 08:01Z  d33c4f3  Fix typo                                        4000 pages  12.25 s  35.50 MB  ✓ pass
    2026-11-03 08:01Z  c22d3e2  Bump serde                                      3000 pages  12.70 s  35.40 MB  ✓ pass
    2026-11-02 08:01Z  b11e2d1  Teach the lexer to read numbers without alloc…  2000 pages  12.40 s  35.30 MB  ✓ pass
    2026-11-01 08:01Z  a00f1c0  Fix typo                                        1000 pages  12.10 s  35.20 MB  ✓ pass
    … older runs (--last N shows more)
    "#);
}

#[test]
fn a_narrow_log_keeps_date_and_commit() {
    assert_snapshot!(log(&log_runs()[10..]).terminal(&screen(50)), @r#"
    date               commit      time
    2026-11-20 08:01Z  4f2a91c  15.38 s  ✗ regressed
    2026-11-19 08:01Z  a2233e2  15.02 s  ✗ regressed
    2026-11-18 08:01Z  f1122d1  15.56 s  ✗ regressed
    2026-11-17 08:01Z  e0011c0  15.20 s  ✗ regressed
    2026-11-16 08:01Z  dff00bf  14.84 s  ✗ regressed
    2026-11-15 08:01Z  cee1fae  15.38 s  ✗ regressed
    2026-11-14 08:01Z  bdd2e9d  12.25 s  ✓ pass
    2026-11-13 08:01Z  acc3d8c  12.70 s  ✓ pass voided
    2026-11-12 08:01Z  fbb4c7b  12.40 s  ✓ pass
    2026-11-11 08:01Z  eaa5b6a  12.10 s  ✓ pass
    … older runs (--last N shows more)
    "#);
}

#[test]
fn an_empty_log_says_what_to_do() {
    let empty = LogView { project: "rangebar", runs: &[], has_older: false };
    assert_eq!(empty.terminal(&screen(80)), "no runs yet: plimsoll run makes the first one\n");
}

#[test]
fn a_log_for_programs() {
    let runs = log_runs();
    assert_snapshot!(log(&runs[..2]).csv().replace("\r\n", "\n"), @r#"
    run,started_at,suite,commit,subject,branch,testbed,items,time_ns,peak_rss_bytes,heap_bytes,verdict,remarks
    b11e2d1,2026-11-02T08:01:00Z,fast,b11e2d1,Teach the lexer to read numbers without allocating,main,linux/x86_64/2,2000,12400000000,35300000,,pass,
    a00f1c0,2026-11-01T08:01:00Z,fast,a00f1c0,Fix typo,main,linux/x86_64/2,1000,12102400000,35200000,,pass,
    "#);
    let value: serde_json::Value = serde_json::from_str(&log(&runs).json()).unwrap();
    assert_eq!(value["format"], "plimsoll.log/1");
    assert_eq!(value["runs"][0]["commit"], "4f2a91c");
    assert_eq!(value["runs"][0]["items_noun"], "pages");
    assert_eq!(value["runs"][7]["voided"], "the machine was compiling");
}

#[test]
fn a_line_a_point() {
    assert_snapshot!(with_series_log(|view| view.terminal(&screen(100))), @r#"
    fast:parse#time  15.38 ms  ▁▂▂▁▂▁▂▂▁▂▁▂▂▁█▇▇█▇█
      baseline 12.40 ms ±0.9 % of 20 runs · target PAR-1 (max 15 ms) · linux/x86_64/2

       date               commit   subject                        value   change  verdict
    ✗  2026-11-20 08:01Z  4f2a91c  Teach the lexer to read n…  15.38 ms  +24.1 %  critical
    ✗  2026-11-19 08:01Z  a2233e2  Fix typo                    15.02 ms  +21.1 %  critical
    ✗  2026-11-18 08:01Z  f1122d1  Bump serde                  15.56 ms  +25.5 %  critical
    ✗  2026-11-17 08:01Z  e0011c0  Teach the lexer to read n…  15.20 ms  +22.6 %  critical
    ✗  2026-11-16 08:01Z  dff00bf  Fix typo                    14.84 ms  +19.6 %  critical
    ✗  2026-11-15 08:01Z  cee1fae  Bump serde                  15.38 ms  +24.1 %  critical, change began
       2026-11-14 08:01Z  bdd2e9d  Teach the lexer to read n…  12.25 ms   −1.2 %
       2026-11-13 08:01Z  acc3d8c  Fix typo                    12.70 ms   +2.4 %  voided
       2026-11-12 08:01Z  fbb4c7b  Bump serde                  12.40 ms   ±0.0 %
       2026-11-11 08:01Z  eaa5b6a  Teach the lexer to read n…  12.10 ms   −2.4 %
       2026-11-10 08:01Z  d996a59  Fix typo                    12.55 ms   +1.2 %  dirty
       2026-11-09 08:01Z  c887948  Bump serde                  12.25 ms   −1.2 %
       2026-11-08 08:01Z  b778837  Teach the lexer to read n…  12.70 ms   +2.4 %
       2026-11-07 08:01Z  a669726  Fix typo                    12.40 ms   ±0.0 %
       2026-11-06 08:01Z  f55a615  Bump serde                  12.10 ms   −2.4 %  failed
    ?  2026-11-05 08:01Z  e44b504  Teach the lexer to read n…  12.55 ms           inconclusive
    ?  2026-11-04 08:01Z  d33c4f3  Fix typo                    12.25 ms           inconclusive
    ?  2026-11-03 08:01Z  c22d3e2  Bump serde                  12.70 ms           inconclusive
    ?  2026-11-02 08:01Z  b11e2d1  Teach the lexer to read n…  12.40 ms           inconclusive
    ?  2026-11-01 08:01Z  a00f1c0  Fix typo                    12.10 ms           inconclusive

    ! the level rose by 23 % from 12.40 ms to 15.20 ms between bdd2e9d and cee1fae, confidence 99.7 %
    trend: slower, +21.3 % over these 20 points (+12.0 … +26.0 %)
    a lasting change of 3.2 % shows within 10 runs nine times in ten
    … older points (--last N shows more)
    "#);
}

#[test]
fn a_line_a_point_in_a_narrow_terminal() {
    let text = with_series_log(|view| view.terminal(&screen(50)));
    assert_snapshot!(text.lines().take(8).collect::<Vec<_>>().join("\n"), @r#"
    fast:parse#time  15.38 ms  ▁▂▂▁▂▁▂▂▁▂▁▂▂▁█▇▇█▇█
      baseline 12.40 ms ±0.9 % of 20 runs · target
        PAR-1 (max 15 ms) · linux/x86_64/2

       date               commit      value   change
    ✗  2026-11-20 08:01Z  4f2a91c  15.38 ms  +24.1 %
    ✗  2026-11-19 08:01Z  a2233e2  15.02 ms  +21.1 %
    ✗  2026-11-18 08:01Z  f1122d1  15.56 ms  +25.5 %
    "#);
}

#[test]
fn a_chart_with_marks_at_commits() {
    assert_snapshot!(with_series_log(|view| view.chart(&screen(80), 8)), @r#"
    fast:parse#time  15.38 ms
      baseline 12.40 ms ±0.9 % of 20 runs · target PAR-1 (max 15 ms) ·
        linux/x86_64/2

    15.56 ms ┤                                                  ⣄⡀     ⢀⡠⠔⠊⠑⠢⡀   ⣀⠤
             │                                                 ⢰⠁⠈⠒⠤⡠⠔⠊⠁     ⠈⠑⠊⠉
             │                                                 ⡎
             │                                                ⢰⠁
    13.59 ms ┤                                                ⡎
             │                                               ⢰⠁
             │    ⢀⣀⡠⢄⡀    ⢀⡀       ⢀⣀⡠⢄⡀    ⢀⡀       ⢀⣀⡠⢄⡀  ⡎
    12.10 ms ┤⣀⠤⠒⠉⠁   ⠈⠑⠢⠔⠊⠁⠈⠑⠢⢄⣀⠤⠒⠉⠁   ⠈⠑⠢⠔⠊⠁⠈⠑⠢⢄⣀⠤⠒⠉⠁   ⠈⠑⠲⠁
             └┬─────────────────────────────────────────────────┬─────────────────┬
              a00f1c0                                       !cee1fae       !4f2a91c

    ! the level rose by 23 % from 12.40 ms to 15.20 ms between bdd2e9d and cee1fae,
      confidence 99.7 %
    trend: slower, +21.3 % over these 20 points (+12.0 … +26.0 %)
    a lasting change of 3.2 % shows within 10 runs nine times in ten
    … older points (--last N shows more)
    "#);
}

#[test]
fn a_chart_in_ascii() {
    let plain = Screen { unicode: false, ..screen(50) };
    let chart = with_series_log(|view| view.chart(&plain, 6));
    assert!(chart.is_ascii());
    assert_snapshot!(chart, @r#"
    fast:parse#time  15.38 ms
      baseline 12.40 ms +/-0.9 % of 20 runs | target
        PAR-1 (max 15 ms) | linux/x86_64/2

    15.56 ms |                            ** ********
             |                           * ***    *
             |                           *
    13.49 ms |                          **
             |    *         *         * *
    12.10 ms |***************************
             ++-------------------------------------+
              a00f1c0                        !4f2a91c

    ! the level rose by 23 % from 12.40 ms to 15.20 ms
      between bdd2e9d and cee1fae, confidence 99.7 %
    trend: slower, +21.3 % over these 20 points (+12.0
      ... +26.0 %)
    a lasting change of 3.2 % shows within 10 runs
      nine times in ten
    ... older points (--last N shows more)
    "#);
}

#[test]
fn a_chart_of_odd_values_does_not_fail() {
    let points = points();
    for values in [
        vec![],
        vec![1.0],
        vec![5.0, 5.0, 5.0],
        vec![0.0],
        vec![f64::NAN, 1.0, f64::INFINITY, 2.0],
        vec![f64::NAN],
        vec![-f64::MAX, f64::MAX],
    ] {
        let odd: Vec<LogPoint<'_>> =
            values.iter().zip(&points).map(|(value, point)| LogPoint { value: *value, ..*point }).collect();
        let key = key("parse", "time");
        let target = target("PAR-1", Bound::Max(15e6), None);
        for (width, height) in [(0, 0), (20, 3), (80, 1_000)] {
            let text = series_log(&key, &odd, &target).chart(&screen(width), height);
            assert!(text.starts_with("fast:parse#time"), "{text}");
        }
    }
}

#[test]
fn a_series_for_programs() {
    let csv = with_series_log(|view| view.csv());
    assert_snapshot!(csv.lines().take(3).collect::<Vec<_>>().join("\n"), @r#"
    run,started_at,commit,subject,branch,value,unit,interval_low,interval_high,change,verdict,severity,change_point,change_point_after,change_point_change,change_point_confidence,remarks
    4f2a91c,2026-11-20T08:01:00Z,4f2a91c,Teach the lexer to read numbers without allocating,main,15382400,ns,15228576,15536224,0.24051612903225816,regressed,critical,,,,,
    a2233e2,2026-11-19T08:01:00Z,a2233e2,Fix typo,main,15017600,ns,14867424,15167776,0.21109677419354833,regressed,critical,,,,,
    "#);
    let json = with_series_log(|view| view.json());
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(value["format"], "plimsoll.log/1");
    assert_eq!(value["series"], "fast:parse#time");
    assert_eq!(value["points"][5]["change_point"], true);
    assert_eq!(value["trend"]["change"], 0.213);
    assert_eq!(value["target"]["max"], 15e6);
}
