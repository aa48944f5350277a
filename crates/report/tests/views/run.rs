use insta::assert_snapshot;
use plimsoll_model::{
    Alert, AlertState, Bound, Detector, Evaluation, Evidence, Gate, RunVerdict, SeriesVerdict, Severity,
    TargetOutcome, TargetStatus,
};

use crate::sample::{
    alert, closed, complaint, evaluation, finding, mixed_series, open, run_view, screen, series, target,
};

fn terminal(width: usize) -> String {
    let evaluation = evaluation(mixed_series(61), RunVerdict::Mixed);
    run_view(&evaluation, &closed(), &[alert()], &[complaint()]).terminal(&screen(width), false)
}

#[test]
fn a_wide_terminal_shows_everything() {
    assert_snapshot!(terminal(120), @r#"
    ✗ gate closed by 2 series: parse +22.6 %, startup over target APP-001 (max 500 ms) by 12 %
      rangebar fast · 4f2a91c Teach the lexer to read numbers without all… · feature against main (20 runs) · linux/x86_64/2

       benchmark               history                now         baseline   change  interval         verdict
    ✗  parse                   ▁▁▂▁▂▁▁▂▁▂▁▁▂▁▂█  15.20 ms  12.40 ms ±0.9 %  +22.6 %  +21.1 … +24.1 %  critical
         +22.6 % and 25 spreads over the baseline of 20 runs
    ✗  startup                 ▂▃▄▃▄▂▃▄▃▄▂▃▄▃▄▇    561 ms    540 ms ±0.9 %   +3.9 %  +2.4 … +5.4 %    error
         over target APP-001 (max 500 ms) by 12 % and 6.8 spreads
    !  import/small            ▁▂▂▁▂▁▂▂▁▂▁▂▂▁▂█  91.50 µs     80 µs ±0.9 %  +14.4 %  +12.9 … +15.9 %  warning
         +14.4 % and 16 spreads over the baseline of 20 runs
    ✓  export/csv{rows=10000}  ▇██▇█▇██▇█▇██▇█▁  3.300 ms  4.100 ms ±0.9 %  −19.5 %  −21.0 … −18.0 %  improved
         3.2 times under target EXP-2 (max 10.60 ms)
    ?  query/first_page        ▁▁█               2.600 ms  2.100 ms ±0.9 %  +23.8 %  +22.3 … +25.3 %  inconclusive
         baseline is young: 2 of 5 runs; 3 more runs settle it
    −  legacy/render           ▅▃▅▆▄▅▃▅▆▄▅▃▅▆▄▅            1.500 ms ±0.9 %                            missing
         measured before, not in this run
    +  query/last_page                               3 ms                                             new
       bench/06                ▃▅▆▄▅▃▅▆▄▅▃▅▆▄▅▅  1.187 ms  1.180 ms ±0.9 %   +0.6 %  −0.9 … +2.1 %    unchanged
       bench/13                ▃▅▆▄▅▃▅▆▄▅▃▅▆▄▅▅  1.398 ms  1.390 ms ±0.9 %   +0.6 %  −0.9 … +2.1 %    unchanged
       bench/20                ▃▅▆▄▅▃▅▆▄▅▃▅▆▄▅▅  1.610 ms  1.600 ms ±0.9 %   +0.6 %  −0.9 … +2.1 %    unchanged
       bench/27                ▃▅▆▄▅▃▅▆▄▅▃▅▆▄▅▅  1.821 ms  1.810 ms ±0.9 %   +0.6 %  −0.9 … +2.1 %    unchanged
       bench/34                ▃▅▆▄▅▃▅▆▄▅▃▅▆▄▅▅  2.032 ms  2.020 ms ±0.9 %   +0.6 %  −0.9 … +2.1 %    unchanged
      … 56 more unchanged (--all shows them)

    3 regressed, 1 improved, 61 unchanged, 1 inconclusive, 1 new, 1 missing
    looked twice: 2 of 3 suspected regressions confirmed; each value is the milder of both
    the command: wall 21.03 s · cpu 19.80 s · peak memory 35.20 MB (largest process)
    ! alert #42 open parse#time since 4f2a91c · plimsoll alert ack 42 --note …
    ! bench.json:7: the mean is not a number; the entry was left out
    run 5e1f0c7a9b3d4e62
    "#);
}

#[test]
fn an_ordinary_terminal_leaves_out_the_interval() {
    assert_snapshot!(terminal(80), @r#"
    ✗ gate closed by 2 series: parse +22.6 %, startup over target APP-001 (max 500
      ms) by 12 %
      rangebar fast · 4f2a91c · feature against main (20 runs) · linux/x86_64/2

       benchmark          history        now         baseline   change  verdict
    ✗  parse              ▁▂▁▁▂▁▂█  15.20 ms  12.40 ms ±0.9 %  +22.6 %  critical
         +22.6 % and 25 spreads over the baseline of 20 runs
    ✗  startup            ▃▄▂▃▄▃▄▇    561 ms    540 ms ±0.9 %   +3.9 %  error
         over target APP-001 (max 500 ms) by 12 % and 6.8 spreads
    !  import/small       ▁▂▁▂▂▁▂█  91.50 µs     80 µs ±0.9 %  +14.4 %  warning
         +14.4 % and 16 spreads over the baseline of 20 runs
    ✓  export/c…s=10000}  ▇█▇██▇█▁  3.300 ms  4.100 ms ±0.9 %  −19.5 %  improved
         3.2 times under target EXP-2 (max 10.60 ms)
    ?  query/first_page   ▁▁█       2.600 ms  2.100 ms ±0.9 %  +23.8 %  inconclusive
         baseline is young: 2 of 5 runs; 3 more runs settle it
    −  legacy/render      ▆▄▅▃▅▆▄▅            1.500 ms ±0.9 %           missing
         measured before, not in this run
    +  query/last_page                  3 ms                            new
       bench/06           ▄▅▃▅▆▄▅▅  1.187 ms  1.180 ms ±0.9 %   +0.6 %  unchanged
       bench/13           ▄▅▃▅▆▄▅▅  1.398 ms  1.390 ms ±0.9 %   +0.6 %  unchanged
       bench/20           ▄▅▃▅▆▄▅▅  1.610 ms  1.600 ms ±0.9 %   +0.6 %  unchanged
       bench/27           ▄▅▃▅▆▄▅▅  1.821 ms  1.810 ms ±0.9 %   +0.6 %  unchanged
       bench/34           ▄▅▃▅▆▄▅▅  2.032 ms  2.020 ms ±0.9 %   +0.6 %  unchanged
      … 56 more unchanged (--all shows them)

    3 regressed, 1 improved, 61 unchanged, 1 inconclusive, 1 new, 1 missing
    looked twice: 2 of 3 suspected regressions confirmed; each value is the milder
      of both
    the command: wall 21.03 s · cpu 19.80 s · peak memory 35.20 MB (largest process)
    ! alert #42 open parse#time since 4f2a91c · plimsoll alert ack 42 --note …
    ! bench.json:7: the mean is not a number; the entry was left out
    run 5e1f0c7a9b3d4e62
    "#);
}

#[test]
fn a_narrow_terminal_keeps_name_and_change() {
    assert_snapshot!(terminal(50), @r#"
    ✗ gate closed by 2 series: parse +22.6 %, startup
      over target APP-001 (max 500 ms) by 12 %
      rangebar fast · 4f2a91c · feature against main
        (20 runs) · linux/x86_64/2

       benchmark                    now   change
    ✗  parse                   15.20 ms  +22.6 %
         +22.6 % and 25 spreads over the baseline of
           20 runs
    ✗  startup                   561 ms   +3.9 %
         over target APP-001 (max 500 ms) by 12 % and
           6.8 spreads
    !  import/small            91.50 µs  +14.4 %
         +14.4 % and 16 spreads over the baseline of
           20 runs
    ✓  export/csv{rows=10000}  3.300 ms  −19.5 %
         3.2 times under target EXP-2 (max 10.60 ms)
    ?  query/first_page        2.600 ms  +23.8 %
         baseline is young: 2 of 5 runs; 3 more runs
           settle it
    −  legacy/render
         measured before, not in this run
    +  query/last_page             3 ms
       bench/06                1.187 ms   +0.6 %
       bench/13                1.398 ms   +0.6 %
       bench/20                1.610 ms   +0.6 %
       bench/27                1.821 ms   +0.6 %
       bench/34                2.032 ms   +0.6 %
      … 56 more unchanged (--all shows them)

    3 regressed, 1 improved, 61 unchanged, 1
      inconclusive, 1 new, 1 missing
    looked twice: 2 of 3 suspected regressions
      confirmed; each value is the milder of both
    the command: wall 21.03 s · cpu 19.80 s · peak
      memory 35.20 MB (largest process)
    ! alert #42 open parse#time since 4f2a91c ·
      plimsoll alert ack 42 --note …
    ! bench.json:7: the mean is not a number; the
      entry was left out
    run 5e1f0c7a9b3d4e62
    "#);
}

#[test]
fn a_plain_terminal_needs_ascii_only() {
    let evaluation = evaluation(mixed_series(1), RunVerdict::Mixed);
    let plain = plimsoll_report::Screen { unicode: false, ..screen(100) };
    let text = run_view(&evaluation, &closed(), &[], &[]).terminal(&plain, false);
    assert!(text.is_ascii());
    assert_snapshot!(text, @r#"
    x gate closed by 2 series: parse +22.6 %, startup over target APP-001 (max 500 ms) by 12 %
      rangebar fast | 4f2a91c Teach the lexer to re... | feature against main (20 runs) | linux/x86_64/2

        benchmark               history                now           baseline   change  verdict
    x   parse                   __._.__._.__._.#  15.20 ms  12.40 ms +/-0.9 %  +22.6 %  critical
          +22.6 % and 25 spreads over the baseline of 20 runs
    x   startup                 .:-:-.:-:-.:-:-*    561 ms    540 ms +/-0.9 %   +3.9 %  error
          over target APP-001 (max 500 ms) by 12 % and 6.8 spreads
    !   import/small            _.._._.._._.._.#  91.50 us     80 us +/-0.9 %  +14.4 %  warning
          +14.4 % and 16 spreads over the baseline of 20 runs
    ok  export/csv{rows=10000}  *##*#*##*#*##*#_  3.300 ms  4.100 ms +/-0.9 %  -19.5 %  improved
          3.2 times under target EXP-2 (max 10.60 ms)
    ?   query/first_page        __#               2.600 ms  2.100 ms +/-0.9 %  +23.8 %  inconclusive
          baseline is young: 2 of 5 runs; 3 more runs settle it
    -   legacy/render           =:=+-=:=+-=:=+-=            1.500 ms +/-0.9 %           missing
          measured before, not in this run
    +   query/last_page                               3 ms                              new
        bench/00                :=+-=:=+-=:=+-=-    994 us      1 ms +/-0.9 %   -0.6 %  unchanged

    3 regressed, 1 improved, 1 unchanged, 1 inconclusive, 1 new, 1 missing
    looked twice: 2 of 3 suspected regressions confirmed; each value is the milder of both
    the command: wall 21.03 s | cpu 19.80 s | peak memory 35.20 MB (largest process)
    run 5e1f0c7a9b3d4e62
    "#);
}

#[track_caller]
fn headline(evaluation: &Evaluation, gate: &Gate, expected: &str) {
    let text = run_view(evaluation, gate, &[], &[]).terminal(&screen(120), false);
    assert_eq!(text.lines().next(), Some(expected));
}

#[test]
fn the_first_line_is_the_verdict() {
    use RunVerdict::{Improved, Inconclusive, Mixed, Pass, Regressed};
    let of = |names: &[&str], verdict| {
        let chosen = mixed_series(3)
            .into_iter()
            .filter(|series| names.iter().any(|name| series.key.benchmark.starts_with(name)))
            .collect();
        evaluation(chosen, verdict)
    };
    headline(&of(&["bench"], Pass), &open(), "✓ pass: 3 unchanged");
    headline(&of(&["bench", "export"], Improved), &open(), "✓ improved: export/csv{rows=10000} −19.5 %");
    headline(&of(&["import"], Regressed), &open(), "! regressed, gate open: import/small +14.4 %");
    headline(&of(&["import", "export"], Mixed), &open(), "! mixed, gate open: import/small +14.4 %");
    headline(&of(&["parse"], Regressed), &closed(), "✗ gate closed: parse regressed +22.6 % (critical)");
    headline(
        &of(&["startup"], Regressed),
        &closed(),
        "✗ gate closed: startup is over target APP-001 (max 500 ms) by 12 % (error)",
    );
    headline(&of(&["query/last"], Inconclusive), &open(), "? nothing was compared: 1 new");
    let alerted = Gate { because: "alert #42 is open".to_owned(), ..closed() };
    headline(&of(&["bench"], Pass), &alerted, "✗ gate closed: alert #42 is open");
}

#[test]
fn what_someone_took_note_of_is_not_what_closes_the_gate() {
    let evaluation = evaluation(mixed_series(0), RunVerdict::Mixed);
    let acknowledged = Alert {
        state: AlertState::Acknowledged,
        by: Some("ada".to_owned()),
        notes: Some("the new lexer is worth it".to_owned()),
        ..alert()
    };
    let text = run_view(&evaluation, &closed(), &[acknowledged], &[]).terminal(&screen(100), false);
    assert_eq!(
        text.lines().next(),
        Some("✗ gate closed: startup is over target APP-001 (max 500 ms) by 12 % (error)")
    );
    assert!(text.contains("acknowledged parse#time since 4f2a91c by ada: the new lexer is worth it"));
}

#[test]
fn the_series_that_an_alert_holds_the_gate_closed_by_is_the_first_row() {
    let held = Alert { series: crate::sample::key("bench/40", "time"), ..alert() };
    let because = "alert 42 on bench/40#time is still open: acknowledge, resolve or accept it".to_owned();
    let gate = Gate { because, alerts: vec![42], ..closed() };
    let evaluation = evaluation(mixed_series(61).split_off(1), RunVerdict::Mixed);
    let evaluation = Evaluation {
        series: evaluation.series.into_iter().filter(|series| !series.closes_gate).collect(),
        ..evaluation
    };
    let alerts = [held];
    let view = run_view(&evaluation, &gate, &alerts, &[]);
    let text = view.terminal(&screen(80), false);
    assert_snapshot!(text.lines().take(8).collect::<Vec<_>>().join("\n"), @"
    ✗ gate closed: alert 42 on bench/40#time is still open: acknowledge, resolve or
      accept it
      rangebar fast · 4f2a91c · feature against main (20 runs) · linux/x86_64/2

       benchmark          history        now         baseline   change  verdict
    ✗  bench/40           ▄▅▃▅▆▄▅▅  2.209 ms  2.200 ms ±0.9 %   +0.4 %  unchanged
         closes the gate: alert 42 is still open, 15.20 ms where 12.40 ms was
           expected
    ");
    let rows: Vec<String> = view
        .markdown()
        .lines()
        .filter(|line| line.starts_with("| ") || line.starts_with("- "))
        .map(str::to_owned)
        .collect();
    assert!(rows[1].starts_with("| 🔴 | `bench/40` |"), "{rows:#?}");
    assert!(rows.iter().any(|row| row.contains("alert 42 is still open")), "{rows:#?}");
    assert!(view.json().contains("\"because\":\"alert 42 on bench/40#time is still open: acknowledge, resolve or accept it\",\"alerts\":[42]"));
}

#[test]
fn an_unchanged_series_still_tells_of_its_target_and_of_a_first_look() {
    let mut all = mixed_series(14).split_off(7);
    all[5].target = Some(TargetOutcome {
        target: target("NEW-1", Bound::Max(1.1e6), None),
        value: 1.149e6,
        status: TargetStatus::Over,
        headroom: Some(0.957),
    });
    all[5].findings.push(finding(Detector::Target, None, Evidence::Target { over: 0.045, spreads: None }));
    all[9].findings.push(finding(
        Detector::Ladder,
        None,
        Evidence::NotConfirmed { first_value: 1.7e6, would_be: Severity::Error },
    ));
    let evaluation = evaluation(all, RunVerdict::Pass);
    let text = run_view(&evaluation, &open(), &[], &[]).terminal(&screen(80), false);
    assert_snapshot!(text.lines().take(8).collect::<Vec<_>>().join("\n"), @r#"
    ✓ pass: 14 unchanged
      rangebar fast · 4f2a91c · feature against main (20 runs) · linux/x86_64/2

       benchmark  history                now         baseline  change  verdict
    !  bench/05   ▃▅▆▄▅▃▅▆▄▅▃▅▆▄▅▅  1.155 ms  1.150 ms ±0.9 %  +0.4 %  unchanged
         over target NEW-1 (max 1.100 ms) by 4.5 %
       bench/09   ▃▅▆▄▅▃▅▆▄▅▃▅▆▄▅▄  1.267 ms  1.270 ms ±0.9 %  −0.2 %  unchanged
         not confirmed: the first look was 1.700 ms (error), the second counts
    "#);
}

#[test]
fn nothing_compared_never_looks_like_a_pass() {
    for verdict in [RunVerdict::Pass, RunVerdict::Inconclusive] {
        let empty = evaluation(Vec::new(), verdict);
        headline(&empty, &open(), "? nothing was compared: the run has no series");
        let markdown = run_view(&empty, &open(), &[], &[]).markdown();
        assert!(markdown.starts_with("### ? Nothing was compared"), "{markdown}");
    }
}

#[test]
fn a_comment_has_a_headline_a_table_and_a_fold() {
    let evaluation = evaluation(mixed_series(3), RunVerdict::Mixed);
    let markdown = run_view(&evaluation, &closed(), &[alert()], &[complaint()]).markdown();
    assert_snapshot!(markdown, @r#"
    ### ✗ Gate closed by 2 series: `parse` +22.6 %, `startup` over target APP-001 (max 500 ms) by 12 %

    **Branch:** `feature` · **Baseline:** `main` (20 runs) · **Commit:** `4f2a91c`

    | | benchmark | metric | baseline | current | change | status |
    |---|---|---|---:|---:|---:|---|
    | 🔴 | `parse` | `time` | 12.40 ms ±0.9 % | 15.20 ms | **+22.6 %** (+21.1 … +24.1 %) | regressed (critical) |
    | 🔴 | `startup` | `time` | 540 ms ±0.9 % | 561 ms | **+3.9 %** (+2.4 … +5.4 %) | regressed (error) |
    | 🟡 | `import/small` | `time` | 80 µs ±0.9 % | 91.50 µs | **+14.4 %** (+12.9 … +15.9 %) | regressed (warning) |
    | 🟢 | `export/csv{rows=10000}` | `time` | 4.100 ms ±0.9 % | 3.300 ms | **−19.5 %** (−21.0 … −18.0 %) | improved |
    | ❔ | `query/first_page` | `time` | 2.100 ms ±0.9 % | 2.600 ms | +23.8 % (+22.3 … +25.3 %) | inconclusive |
    | ➖ | `legacy/render` | `time` | 1.500 ms ±0.9 % | – | – | missing |
    | 🆕 | `query/last_page` | `time` | – | 3 ms | – | new |

    **1 improved, 3 regressed (gate closed)**, 1 inconclusive, 1 missing, 1 new, 3 unchanged

    - `parse` `time`: +22.6 % and 25 spreads over the baseline of 20 runs
    - `startup` `time`: over target APP-001 (max 500 ms) by 12 % and 6.8 spreads
    - `import/small` `time`: +14.4 % and 16 spreads over the baseline of 20 runs
    - `export/csv{rows=10000}` `time`: 3.2 times under target EXP-2 (max 10.60 ms)
    - `query/first_page` `time`: baseline is young: 2 of 5 runs; 3 more runs settle it
    - `legacy/render` `time`: measured before, not in this run

    <details><summary>3 unchanged</summary>

    | | benchmark | metric | baseline | current | change | status |
    |---|---|---|---:|---:|---:|---|
    | ⚪ | `bench/02` | `time` | 1.060 ms ±0.9 % | 1.058 ms | −0.2 % (−1.7 … +1.3 %) | unchanged |
    | ⚪ | `bench/01` | `time` | 1.030 ms ±0.9 % | 1.026 ms | −0.4 % (−1.9 … +1.1 %) | unchanged |
    | ⚪ | `bench/00` | `time` | 1 ms ±0.9 % | 994 µs | −0.6 % (−2.1 … +0.9 %) | unchanged |

    </details>

    Looked twice: 2 of 3 suspected regressions confirmed; each value is the milder of both.

    Alerts: 42 `parse#time` (open)

    <details><summary>1 complaint about the input</summary>

    - `bench.json:7: the mean is not a number; the entry was left out`

    </details>

    <sub>`rangebar` · suite `fast` · testbed `linux/x86_64/2` · 2026-11-20 08:01Z · run `5e1f0c7a9b3d4e62`</sub>
    "#);
}

#[test]
fn a_comment_stays_within_its_bound_and_keeps_regressions() {
    let mut all = mixed_series(3_000);
    for index in 0..40 {
        let mut slow = series(&format!("slow/{index}"), 1e6, 1.5e6, SeriesVerdict::Regressed);
        slow.severity = Some(Severity::Error);
        all.push(slow);
    }
    let evaluation = evaluation(all, RunVerdict::Mixed);
    let markdown = run_view(&evaluation, &closed(), &[], &[]).markdown();
    assert!(markdown.len() < 65_536, "{}", markdown.len());
    assert!((0..40).all(|index| markdown.contains(&format!("`slow/{index}`"))));
    assert!(markdown.contains("more rows left out for length"));
    assert!(markdown.contains("3,000 unchanged"));
    assert!(markdown.trim_end().ends_with("</sub>"));
}

#[test]
fn json_is_the_report_format() {
    let mut evaluation = evaluation(mixed_series(0), RunVerdict::Mixed);
    evaluation.series.truncate(1);
    evaluation.series[0].history.truncate(2);
    let json = run_view(&evaluation, &closed(), &[alert()], &[complaint()]).json();
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_snapshot!("plimsoll_report_1", serde_json::to_string_pretty(&value).unwrap());
}

#[test]
fn numbers_without_end_are_null() {
    let mut evaluation = evaluation(mixed_series(0), RunVerdict::Mixed);
    evaluation.series[0].findings[0].evidence = Evidence::Ladder { change: 0.2, spreads: f64::INFINITY };
    let json = run_view(&evaluation, &closed(), &[], &[]).json();
    assert!(json.contains(r#""spreads":null"#));
    assert!(json.contains("over a baseline of 20 runs that never varied"));
}

#[test]
fn csv_has_a_row_a_series() {
    let mut evaluation = evaluation(mixed_series(0), RunVerdict::Mixed);
    evaluation.series[0].key.benchmark = "=cmd|' /C calc'!A0".to_owned();
    let csv = run_view(&evaluation, &closed(), &[], &[]).csv();
    assert_snapshot!(csv.replace("\r\n", "\n"), @r#"
    series,suite,testbed,benchmark,parameters,metric,unit,direction,value,baseline_center,baseline_spread,baseline_runs,baseline_confidence,change,interval_low,interval_high,verdict,severity,target,findings
    fast:=cmd|' /C calc'!A0#time,fast,linux/x86_64/2,'=cmd|' /C calc'!A0,,time,ns,lower,15200000,12400000,111599.99999999999,20,0.92,0.22580645161290325,0.21080645161290323,0.24080645161290326,regressed,critical,,'+22.6 % and 25 spreads over the baseline of 20 runs
    fast:startup#time,fast,linux/x86_64/2,startup,,time,ns,lower,561000000,540000000,4860000,20,0.92,0.03888888888888897,0.023888888888888973,0.05388888888888897,regressed,error,misses target APP-001 (max 500 ms),over target APP-001 (max 500 ms) by 12 % and 6.8 spreads
    fast:import/small#time,fast,linux/x86_64/2,import/small,,time,ns,lower,91500,80000,720,20,0.92,0.14375000000000004,0.12875000000000003,0.15875000000000006,regressed,warning,,'+14.4 % and 16 spreads over the baseline of 20 runs
    fast:export/csv{rows=10000}#time,fast,linux/x86_64/2,export/csv,rows=10000,time,ns,lower,3300000,4100000,36900,20,0.92,-0.19512195121951215,-0.21012195121951216,-0.18012195121951213,improved,,3.2 times under target EXP-2 (max 10.60 ms),
    fast:query/first_page#time,fast,linux/x86_64/2,query/first_page,,time,ns,lower,2600000,2100000,18900,2,0.92,0.23809523809523814,0.22309523809523812,0.25309523809523815,inconclusive,,,baseline is young: 2 of 5 runs; 3 more runs settle it
    fast:legacy/render#time,fast,linux/x86_64/2,legacy/render,,time,ns,lower,,1500000,13499.999999999998,20,0.92,,,,missing,,,
    fast:query/last_page#time,fast,linux/x86_64/2,query/last_page,,time,ns,lower,3000000,,,,,,,,new,,,
    "#);
}

/// Names as an attacker or an accident would choose them.
pub const HOSTILE: [&str; 8] = [
    "two\nlines\tand\ra tab",
    "\u{1b}[2J\u{1b}]0;owned\u{7}",
    "right\u{202e}tfel\u{2066}",
    "zero\u{200b}width\u{feff}\u{e0041}",
    "pipe | `tick` **bold** <img src=x onerror=alert(1)> @everyone #1",
    "[link](https://example.org) https://example.org ![i](x)",
    "\u{9b}31mC1\u{85}",
    "日本語のとても長い名前日本語のとても長い名前日本語のとても長い名前日本語のとても長い名前日本語のとても長い名前",
];

#[test]
fn hostile_names_never_get_through() {
    let mut all = Vec::new();
    for name in HOSTILE {
        let mut one = series(name, 1e6, 1.5e6, SeriesVerdict::Regressed);
        one.severity = Some(Severity::Error);
        one.key.metric = name.to_owned();
        one.key.parameters.insert(name, name);
        all.push(one);
    }
    let evaluation = evaluation(all, RunVerdict::Regressed);
    let complaints = HOSTILE.map(plimsoll_model::Complaint::new);
    let gate = closed();
    let mut view = run_view(&evaluation, &gate, &[], &complaints);
    view.run.branch = Some(HOSTILE[0]);
    view.run.subject = Some(HOSTILE[1]);
    let terminal = view.terminal(&screen(100), true);
    for text in [&terminal, &view.markdown(), &view.json()] {
        assert!(!text.contains(is_active), "{text}");
    }
    for line in terminal.lines() {
        assert!(unicode_width::UnicodeWidthStr::width(line) <= 100, "{line}");
    }
    assert!(!view.csv().contains(|character| is_active(character) && !"\r\t".contains(character)));
    assert_snapshot!(view.markdown().lines().skip(4).take(10).collect::<Vec<_>>().join("\n"), @r#"
    | | benchmark | metric | baseline | current | change | status |
    |---|---|---|---:|---:|---:|---|
    | 🔴 | `two\nlines\tand\ra tab{two\nlines\tand\ra tab=two\nlines\tand\ra tab}` | `two\nlines\tand\ra tab` | 1 ms ±0.9 % | 1.500 ms | **+50.0 %** (+48.5 … +51.5 %) | regressed (error) |
    | 🔴 | `\x1b[2J\x1b]0;owned\x07{\x1b[2J\x1b]0;owned\x07=\x1b[2J\x1b]0;owned\x07}` | `\x1b[2J\x1b]0;owned\x07` | 1 ms ±0.9 % | 1.500 ms | **+50.0 %** (+48.5 … +51.5 %) | regressed (error) |
    | 🔴 | `right\u{202e}tfel\u{2066}{right\u{202e}tfel\u{2066}=right\u{202e}tfel\u{2066}}` | `right\u{202e}tfel\u{2066}` | 1 ms ±0.9 % | 1.500 ms | **+50.0 %** (+48.5 … +51.5 %) | regressed (error) |
    | 🔴 | `zero\u{200b}width\u{feff}\u{e0041}{zero\u{200b}width\u{feff}\u{e0041}=zero\u{200b}width\u{feff}\u{e0041}}` | `zero\u{200b}width\u{feff}\u{e0041}` | 1 ms ±0.9 % | 1.500 ms | **+50.0 %** (+48.5 … +51.5 %) | regressed (error) |
    | 🔴 | ``pipe \| `tick` **bold** <img src=x onerror=alert(1)> @everyon… `tick` **bold** <img src=x onerror=alert(1)> @everyone #1}`` | ``pipe \| `tick` **bold** <img src=x onerror=alert(1)> @everyone #1`` | 1 ms ±0.9 % | 1.500 ms | **+50.0 %** (+48.5 … +51.5 %) | regressed (error) |
    | 🔴 | `[link](https://example.org) https://example.org ![i](x){[lin…x)=[link](https://example.org) https://example.org ![i](x)}` | `[link](https://example.org) https://example.org ![i](x)` | 1 ms ±0.9 % | 1.500 ms | **+50.0 %** (+48.5 … +51.5 %) | regressed (error) |
    | 🔴 | `\x9b31mC1\x85{\x9b31mC1\x85=\x9b31mC1\x85}` | `\x9b31mC1\x85` | 1 ms ±0.9 % | 1.500 ms | **+50.0 %** (+48.5 … +51.5 %) | regressed (error) |
    | 🔴 | `日本語のとても長い名前日本語のとても長い名前日本語のとても長…とても長い名前日本語のとても長い名前日本語のとても長い名前}` | `日本語のとても長い名前日本語のとても長い名前日本語のとても長い名前日本語のとても長い名前日本語のとても長い名前` | 1 ms ±0.9 % | 1.500 ms | **+50.0 %** (+48.5 … +51.5 %) | regressed (error) |
    "#);
}

/// Whether a terminal or a reader would obey the character (newlines end our own lines).
fn is_active(character: char) -> bool {
    (character.is_control() && character != '\n')
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{e0041}')
}

#[test]
fn work_grows_with_the_number_of_series() {
    let text = |number| {
        let evaluation = evaluation(mixed_series(number), RunVerdict::Mixed);
        run_view(&evaluation, &closed(), &[], &[]).terminal(&screen(120), true)
    };
    assert_eq!(text(10_000).lines().count(), text(1_000).lines().count() + 9_000);
}
