use insta::assert_snapshot;
use plimsoll_report::DocumentView;

use crate::history::with_document;

#[test]
fn what_got_slower_comes_first() {
    let markdown = with_document(|view| DocumentView { runs: &view.runs[2..], ..*view }.markdown());
    assert_snapshot!(markdown, @r#"
    # `rangebar`: performance over the last 7 days

    **3 got worse, 1 got better**, 4 stayed, of 3 nothing can be said yet, in 5 runs (2026-11-13 12:00Z to 2026-11-20 12:00Z). 64 series tested for what noise does not explain.

    *Before* is the level when the span began: the median of the runs before it, from the last change of level on. *After* is the median of the newest values, at most 3. Where an open alert says more, they are what it expected and the newest value. *Newest* is what `plimsoll check` judges: the last value alone.

    ## What got slower

    | benchmark | before | after | newest | change | status | since | history |
    |---|---:|---:|---:|---:|---|---|---|
    | `parse` | 12.40 ms | 15.20 ms | 12.47 ms | +22.6 % | regressed (critical) | `cee1fae` | ▃▅▆▄▅▃▅▆▄▅▃▅▆▄▅▃▅▆▄▅ |
    | `startup` | 540 ms | 561 ms | 543.2 ms | +3.9 % | regressed (error) | `cee1fae` | ▃▅▆▄▅▃▅▆▄▅▃▅▆▄▅▃▅▆▄▅ |
    | `import/small` | 80 µs | 91.50 µs | 80.48 µs | +14.4 % | regressed (warning) | `cee1fae` | ▃▅▆▄▅▃▅▆▄▅▃▅▆▄▅▃▅▆▄▅ |

    ## What got faster

    | benchmark | before | after | newest | change | status | since | history |
    |---|---:|---:|---:|---:|---|---|---|
    | `export/csv{rows=10000}` | 4.100 ms | 3.300 ms | 4.125 ms | −19.5 % | improved |  | ▃▅▆▄▅▃▅▆▄▅▃▅▆▄▅▃▅▆▄▅ |

    ## What stayed

    <details><summary>4 stable</summary>

    | benchmark | before | after | newest | change | status | since | history |
    |---|---:|---:|---:|---:|---|---|---|
    | `bench/03` | 1.090 ms | 1.090 ms | 1.097 ms | ±0.0 % | unchanged |  | ▃▅▆▄▅▃▅▆▄▅▃▅▆▄▅▃▅▆▄▅ |
    | `bench/02` | 1.060 ms | 1.058 ms | 1.066 ms | −0.2 % | unchanged |  | ▃▅▆▄▅▃▅▆▄▅▃▅▆▄▅▃▅▆▄▅ |
    | `bench/01` | 1.030 ms | 1.026 ms | 1.036 ms | −0.4 % | unchanged |  | ▃▅▆▄▅▃▅▆▄▅▃▅▆▄▅▃▅▆▄▅ |
    | `bench/00` | 1 ms | 994 µs | 1.006 ms | −0.6 % | unchanged |  | ▃▅▆▄▅▃▅▆▄▅▃▅▆▄▅▃▅▆▄▅ |

    </details>

    ## What cannot be said yet

    | benchmark | before | after | newest | change | status | since | history |
    |---|---:|---:|---:|---:|---|---|---|
    | `query/first_page` | 2.100 ms | 2.600 ms | 2.100 ms | +23.8 % | inconclusive |  | ▄▅ |
    | `query/last_page` | – | 3 ms | – | – | new |  |  |
    | `legacy/render` | 1.500 ms | – | 1.509 ms | – | missing |  | ▃▅▆▄▅▃▅▆▄▅▃▅▆▄▅▃▅▆▄▅ |

    ## Where levels changed

    | benchmark | from | to | change | commits | confidence |
    |---|---:|---:|---:|---|---:|
    | `parse` | 12.40 ms | 15.20 ms | +22.6 % | between bdd2e9d and cee1fae | 99.7 % |

    ## Alerts

    - 42 open, critical: `fast:parse#time` since 2026-11-20 08:02Z
    - 7 acknowledged, warning: `fast:import/small#throughput` since 2026-11-20 08:02Z

    ## Runs covered

    <details><summary>5 runs</summary>

    | date | suite | commit | subject | branch | |
    |---|---|---|---|---|---|
    | 2026-11-20 08:01Z | `fast` | `4f2a91c` | `Teach the lexer to read numbers without allocating` | `main` |  |
    | 2026-11-19 08:01Z | `fast` | `a2233e2` | `Fix typo` | `main` |  |
    | 2026-11-18 08:01Z | `fast` | `f1122d1` | `Bump serde` | `main` |  |
    | 2026-11-17 08:01Z | `fast` | `e0011c0` | `Teach the lexer to read numbers without allocating` | `main` |  |
    | 2026-11-16 08:01Z | `fast` | `dff00bf` | `Fix typo` | `main` |  |

    </details>
    "#);
}

#[test]
fn an_empty_span_says_that_nothing_was_compared() {
    let markdown = with_document(|view| {
        DocumentView { runs: &[], series: &[], tested: 0, alerts: &[], ..*view }.markdown()
    });
    assert_snapshot!(markdown, @r#"
    # `rangebar`: performance over the last 7 days

    **Nothing was compared**: no series was measured in this span (2026-11-13 12:00Z to 2026-11-20 12:00Z).
    "#);
}

#[test]
fn a_document_for_programs() {
    let json = with_document(|view| view.json());
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(value["format"], "plimsoll.document/1");
    assert_eq!(value["worse"][0]["benchmark"], "parse");
    assert_eq!(value["better"][0]["benchmark"], "export/csv");
    assert_eq!(value["runs"].as_array().map(Vec::len), Some(7));
    let csv = with_document(|view| view.csv());
    assert_snapshot!(csv.lines().take(3).collect::<Vec<_>>().join("\n"), @r#"
    series,suite,testbed,benchmark,parameters,metric,unit,direction,before,after,change,verdict,severity,began,points
    fast:parse#time,fast,linux/x86_64/2,parse,,time,ns,lower,12400000,15200000,0.22580645161290325,regressed,critical,cee1fae,20
    fast:startup#time,fast,linux/x86_64/2,startup,,time,ns,lower,540000000,561000000,0.03888888888888897,regressed,error,cee1fae,20
    "#);
}
