use insta::assert_snapshot;
use plimsoll_model::{RunVerdict, SeriesVerdict};
use plimsoll_report::{CompareView, ComparedSeries, Side};

use crate::history::with_comparison;
use crate::sample::screen;

#[test]
fn the_largest_change_comes_first() {
    assert_snapshot!(with_comparison(|view| view.terminal(&screen(100), false)), @r#"
    ! main → feature: mixed: parse +22.6 % (slower); 3 regressed, 1 improved, 61 unchanged, 1
      inconclusive, 1 new, 1 missing
      A  main · bdd2e9d Teach the lexer to rea… · 2026-11-14 08:01Z · linux/x86_64/2 · median of 20 runs
      B  feature · 4f2a91c Teach the lexer to read numbers without… · 2026-11-20 08:01Z · linux/x86_64/2

       benchmark                      A         B   change  interval         verdict
    ✓  export/csv{rows=10000}  4.100 ms  3.300 ms  −19.5 %  −21.0 … −18.0 %  improved
    ?  query/first_page        2.100 ms  2.600 ms  +23.8 %  +22.3 … +25.3 %  inconclusive
    !  parse                   12.40 ms  15.20 ms  +22.6 %  +21.1 … +24.1 %  critical
         the level rose by 23 % from 12.40 ms to 15.20 ms between bdd2e9d and cee1fae, confidence 99.7 %
    !  import/small               80 µs  91.50 µs  +14.4 %  +12.9 … +15.9 %  warning
    !  startup                   540 ms    561 ms   +3.9 %  +2.4 … +5.4 %    error
       bench/00                    1 ms    994 µs   −0.6 %  −2.1 … +0.9 %    unchanged
       bench/07                1.210 ms  1.203 ms   −0.6 %  −2.1 … +0.9 %    unchanged
       bench/14                1.420 ms  1.411 ms   −0.6 %  −2.1 … +0.9 %    unchanged
       bench/21                1.630 ms  1.620 ms   −0.6 %  −2.1 … +0.9 %    unchanged
       bench/28                1.840 ms  1.829 ms   −0.6 %  −2.1 … +0.9 %    unchanged
       bench/35                2.050 ms  2.038 ms   −0.6 %  −2.1 … +0.9 %    unchanged
       bench/42                2.260 ms  2.246 ms   −0.6 %  −2.1 … +0.9 %    unchanged
       bench/49                2.470 ms  2.455 ms   −0.6 %  −2.1 … +0.9 %    unchanged
       bench/56                2.680 ms  2.664 ms   −0.6 %  −2.1 … +0.9 %    unchanged
       bench/06                1.180 ms  1.187 ms   +0.6 %  −0.9 … +2.1 %    unchanged
       bench/13                1.390 ms  1.398 ms   +0.6 %  −0.9 … +2.1 %    unchanged
       bench/20                1.600 ms  1.610 ms   +0.6 %  −0.9 … +2.1 %    unchanged
       bench/27                1.810 ms  1.821 ms   +0.6 %  −0.9 … +2.1 %    unchanged
       bench/34                2.020 ms  2.032 ms   +0.6 %  −0.9 … +2.1 %    unchanged
       bench/41                2.230 ms  2.243 ms   +0.6 %  −0.9 … +2.1 %    unchanged
       bench/48                2.440 ms  2.455 ms   +0.6 %  −0.9 … +2.1 %    unchanged
       bench/55                2.650 ms  2.666 ms   +0.6 %  −0.9 … +2.1 %    unchanged
       bench/01                1.030 ms  1.026 ms   −0.4 %  −1.9 … +1.1 %    unchanged
       bench/08                1.240 ms  1.235 ms   −0.4 %  −1.9 … +1.1 %    unchanged
       bench/15                1.450 ms  1.444 ms   −0.4 %  −1.9 … +1.1 %    unchanged
       bench/22                1.660 ms  1.653 ms   −0.4 %  −1.9 … +1.1 %    unchanged
       bench/29                1.870 ms  1.863 ms   −0.4 %  −1.9 … +1.1 %    unchanged
       bench/36                2.080 ms  2.072 ms   −0.4 %  −1.9 … +1.1 %    unchanged
       bench/43                2.290 ms  2.281 ms   −0.4 %  −1.9 … +1.1 %    unchanged
       bench/50                2.500 ms  2.490 ms   −0.4 %  −1.9 … +1.1 %    unchanged
      … 38 more series, none changed by more than 0.4 % (--all shows them)

    64 series tested for what noise does not explain
    "#);
}

#[test]
fn a_narrow_terminal_keeps_names_and_changes() {
    assert_snapshot!(with_comparison(|view| view.terminal(&screen(50), false).lines().take(12).collect::<Vec<_>>().join("\n")), @r#"
    ! main → feature: mixed: parse +22.6 % (slower); 3
      regressed, 1 improved, 61 unchanged, 1
      inconclusive, 1 new, 1 missing
      A  main · bdd2e9d · 2026-11-14 08:01Z ·
        linux/x86_64/2 · median of 20 runs
      B  feature · 4f2a91c · 2026-11-20 08:01Z ·
        linux/x86_64/2

       benchmark                  A         B   change
    ✓  export/cs…s=10000}  4.100 ms  3.300 ms  −19.5 %
    ?  query/first_page    2.100 ms  2.600 ms  +23.8 %
    !  parse               12.40 ms  15.20 ms  +22.6 %
    "#);
}

#[test]
fn markdown_is_a_table() {
    let markdown = with_comparison(|view| few(view, |view| view.markdown()));
    assert_snapshot!(markdown, @r#"
    ### ! `main` → `feature`: mixed: `parse` +22.6 % (slower); 3 regressed, 1 improved, 1 unchanged, 1 inconclusive, 1 new, 1 missing

    | benchmark | metric | A | B | change | status |
    |---|---|---:|---:|---:|---|
    | `export/csv{rows=10000}` | `time` | 4.100 ms | 3.300 ms | −19.5 % (−21.0 … −18.0 %) | improved |
    | `query/first_page` | `time` | 2.100 ms | 2.600 ms | +23.8 % (+22.3 … +25.3 %) | inconclusive |
    | `parse` | `time` | 12.40 ms | 15.20 ms | +22.6 % (+21.1 … +24.1 %) | regressed (critical) |
    | `import/small` | `time` | 80 µs | 91.50 µs | +14.4 % (+12.9 … +15.9 %) | regressed (warning) |
    | `startup` | `time` | 540 ms | 561 ms | +3.9 % (+2.4 … +5.4 %) | regressed (error) |
    | `bench/00` | `time` | 1 ms | 994 µs | −0.6 % (−2.1 … +0.9 %) | unchanged |
    | `query/last_page` | `time` | – | 3 ms | – | new |
    | `legacy/render` | `time` | 1.500 ms | – | – | missing |

    Where levels changed between the two:

    - `parse`: the level rose by 23 % from 12.40 ms to 15.20 ms between bdd2e9d and cee1fae, confidence 99.7 %

    64 series tested for what noise does not explain.
    "#);
}

#[test]
fn json_is_the_report_format() {
    let json = with_comparison(|view| few(view, |view| view.json()));
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(value["format"], "plimsoll.report/1");
    assert_eq!(value["verdict"], "mixed");
    assert_eq!(value["gate"]["status"], "open");
    assert_eq!(value["baseline"]["name"], "main");
    assert_eq!(value["b"]["run"]["commit"], "4f2a91c0ffee4f2a91c0ffee4f2a91c0ffee1234");
    assert_eq!(value["series"][0]["series"], "fast:export/csv{rows=10000}#time");
    assert_eq!(value["series"][0]["baseline"]["center"], 4.1e6);
    assert_eq!(value["counts"]["regressed"], 3);
}

#[test]
fn csv_has_a_row_a_series() {
    let csv = with_comparison(|view| few(view, |view| view.csv()));
    assert_snapshot!(csv.replace("\r\n", "\n"), @r#"
    series,suite,testbed,benchmark,parameters,metric,unit,direction,a,b,change,interval_low,interval_high,verdict,severity
    fast:export/csv{rows=10000}#time,fast,linux/x86_64/2,export/csv,rows=10000,time,ns,lower,4100000,3300000,-0.19512195121951215,-0.21012195121951216,-0.18012195121951213,improved,
    fast:query/first_page#time,fast,linux/x86_64/2,query/first_page,,time,ns,lower,2100000,2600000,0.23809523809523814,0.22309523809523812,0.25309523809523815,inconclusive,
    fast:parse#time,fast,linux/x86_64/2,parse,,time,ns,lower,12400000,15200000,0.22580645161290325,0.21080645161290323,0.24080645161290326,regressed,critical
    fast:import/small#time,fast,linux/x86_64/2,import/small,,time,ns,lower,80000,91500,0.14375000000000004,0.12875000000000003,0.15875000000000006,regressed,warning
    fast:startup#time,fast,linux/x86_64/2,startup,,time,ns,lower,540000000,561000000,0.03888888888888897,0.023888888888888973,0.05388888888888897,regressed,error
    fast:bench/00#time,fast,linux/x86_64/2,bench/00,,time,ns,lower,1000000,994000,-0.006000000000000005,-0.021000000000000005,0.008999999999999994,unchanged,
    fast:query/last_page#time,fast,linux/x86_64/2,query/last_page,,time,ns,lower,,3000000,,,,new,
    fast:legacy/render#time,fast,linux/x86_64/2,legacy/render,,time,ns,lower,1500000,,,,,missing,
    "#);
}

#[test]
fn a_comparison_without_common_series_compares_nothing() {
    let headline = with_comparison(|view| {
        let one_sided: Vec<ComparedSeries<'_>> =
            view.series.iter().filter(|series| series.change.is_none()).copied().collect();
        let view = CompareView { series: &one_sided, ..*view };
        view.terminal(&screen(80), false).lines().next().map(str::to_owned)
    });
    assert_eq!(headline.as_deref(), Some("? main → feature: nothing was compared: 1 new, 1 missing"));
    let empty = with_comparison(|view| {
        let view = CompareView { series: &[], ..*view };
        view.terminal(&screen(80), false).lines().next().map(str::to_owned)
    });
    assert_eq!(empty.as_deref(), Some("? main → feature: nothing was compared: neither side has a series"));
}

#[test]
fn a_slower_series_in_doubt_has_no_tick_and_what_is_unchanged_is_no_news() {
    let headline = |verdict, of: SeriesVerdict| {
        with_comparison(|view| {
            let series: Vec<ComparedSeries<'_>> = view
                .series
                .iter()
                .filter(|series| {
                    series.verdict == Some(of) || series.verdict == Some(SeriesVerdict::Unchanged)
                })
                .take(3)
                .copied()
                .collect();
            let view = CompareView { series: &series, verdict, ..*view };
            view.terminal(&screen(80), false).lines().next().unwrap().to_owned()
        })
    };
    assert_eq!(
        headline(RunVerdict::Inconclusive, SeriesVerdict::Inconclusive),
        "? main → feature: inconclusive: query/first_page +23.8 % (slower); 2 unchanged,"
    );
    assert_eq!(headline(RunVerdict::Pass, SeriesVerdict::Unchanged), "✓ main → feature: pass: 3 unchanged");
}

#[test]
fn a_side_that_goes_by_its_commit_is_named_once() {
    let side = with_comparison(|view| {
        let view = CompareView { b: Side { name: "4f2a91c", ..view.b }, ..*view };
        view.terminal(&screen(120), false).lines().find(|line| line.starts_with("  B")).map(str::to_owned)
    });
    assert!(side.as_deref().is_some_and(|side| side.starts_with("  B  4f2a91c Teach the lexer")), "{side:?}");
}

/// The same with its first eight series.
fn few(view: &CompareView<'_>, show: impl FnOnce(&CompareView<'_>) -> String) -> String {
    show(&CompareView { series: &view.series[..8], ..*view })
}
