use insta::assert_snapshot;

use crate::scratch::{Scratch, usual};

fn slower_since_v1() -> Scratch {
    let scratch = Scratch::with_days(8);
    scratch.git(8, &["tag", "v1"]);
    for day in 9..=12 {
        scratch.day(day, &[("parse", 30.0 + usual(day)), ("render", 10.0)]);
    }
    scratch
}

/// Without the line that says when it was written and the alerts, which tell the time of day.
fn timeless(seen: &str) -> String {
    let keeps = |line: &&str| !line.starts_with("**") && !line.starts_with("- ");
    seen.lines().filter(keeps).map(|line| format!("{line}\n")).collect()
}

#[test]
fn what_got_slower_since_a_revision() {
    let scratch = slower_since_v1();
    assert_snapshot!(timeless(&scratch.plimsoll("report --since v1")), @r#"
    # `rangebar`: performance since `v1`


    *Before* is the level when the span began: the median of the runs before it, from the last change of level on. *After* is the median of the newest values, at most 3. Where an open alert says more, they are what it expected and the newest value. *Newest* is what `plimsoll check` judges: the last value alone.

    ## What got slower

    | benchmark | before | after | newest | change | status | since | history |
    |---|---:|---:|---:|---:|---|---|---|
    | `parse` | 100 ms | 130 ms | 132 ms | +30.0 % | regressed (critical) | `42c7d2c` | ▅▃▅▆ |

    ## What got faster

    Nothing that stands out.

    ## What stayed

    <details><summary>1 stable</summary>

    | benchmark | before | after | newest | change | status | since | history |
    |---|---:|---:|---:|---:|---|---|---|
    | `render` | 10 ms | 10 ms | 10 ms | ±0.0 % | unchanged |  | ▅▅▅▅ |

    </details>

    ## Where levels changed

    | benchmark | from | to | change | commits | confidence |
    |---|---:|---:|---:|---|---:|
    | `parse` | 100.1 ms | 130.2 ms | +30.1 % | between e9c9e2c and 42c7d2c | over 99.9 % |

    ## Alerts


    ## Runs covered

    <details><summary>4 runs</summary>

    | date | suite | commit | subject | branch | |
    |---|---|---|---|---|---|
    | 2026-03-12 12:00Z | `fast` | `4ee9658` | `Change number 12` | `main` |  |
    | 2026-03-11 12:00Z | `fast` | `98a900e` | `Change number 11` | `main` |  |
    | 2026-03-10 12:00Z | `fast` | `fc9d3a2` | `Change number 10` | `main` |  |
    | 2026-03-09 12:00Z | `fast` | `42c7d2c` | `Change number 9` | `main` |  |

    </details>
    "#);
    assert_snapshot!(scratch.plimsoll("report --since 2026-03-09 --format csv"), @r"
    series,suite,testbed,benchmark,parameters,metric,unit,direction,before,after,change,verdict,severity,began,points
    fast:parse#time,fast,ci,parse,,time,ns,lower,100000000,130000000,0.3,regressed,critical,42c7d2c1e3a610bd2a6abb5934a3129ea9c5a174,4
    fast:render#time,fast,ci,render,,time,ns,lower,10000000,10000000,0,unchanged,,,4
    ");
}

#[test]
fn it_is_written_to_a_file() {
    let scratch = slower_since_v1();
    assert_eq!(scratch.plimsoll("report --since v1 --json -o report.json"), "");
    let written = scratch.read("report.json");
    assert!(written.starts_with(r#"{"format":"plimsoll.document/1","#), "{written}");
    assert_snapshot!(scratch.plimsoll("report --since v1 -o nowhere/report.md"), @r"
    [stderr] error[PLM050]: nowhere/report.md cannot be written
    [stderr]   cause: No such file or directory (os error 2)
    [stderr]   hint: check the path and free space
    [exit 6]
    ");
}

#[test]
fn a_span_that_nobody_knows_is_an_error() {
    let scratch = slower_since_v1();
    assert_snapshot!(scratch.plimsoll("report --since nope"), @r"
    [stderr] error[PLM004]: `nope` is no revision that git knows, no date, no time and no age
    [stderr]   hint: plimsoll report --since 2026-11-01
    [exit 2]
    ");
    assert_snapshot!(scratch.plimsoll("report --since v1 --days 3"), @r"
    [stderr] error[PLM001]: the argument '--since <REF|DATE>' cannot be used with '--days <N>'
    [stderr] 
    [stderr] Usage: plimsoll report --since <REF|DATE>
    [stderr] 
    [stderr] For more information, try '--help'.
    [exit 2]
    ");
}
