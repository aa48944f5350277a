use insta::assert_snapshot;

use crate::scratch::{Scratch, results, usual};

#[test]
fn without_a_series_it_is_a_line_a_run() {
    let scratch = Scratch::with_days(4);
    assert_snapshot!(scratch.plimsoll("log --last 2"), @r"
    date               commit   subject
    2026-03-04 12:00Z  a83babd  Change number 4
    2026-03-03 12:00Z  844be36  Change number 3
    … older runs (--last N shows more)
    ");
}

#[test]
fn of_a_series_it_is_a_line_a_point_with_what_was_said_then() {
    let scratch = Scratch::with_days(8);
    scratch.day(9, &[("parse", 150.0), ("render", 10.0)]);
    assert_snapshot!(scratch.plimsoll("log parse -n 5"), @r"
    fast:parse#time  150 ms  ▁▁▂▁█
      baseline 100 ms ±1.6 % of 9 runs · ci

       date               commit   subject           value   change  verdict
    ✗  2026-03-09 12:00Z  42c7d2c  Change number 9  150 ms  +50.0 %  critical
       2026-03-08 12:00Z  e9c9e2c  Change number 8   99 ms   −1.0 %
       2026-03-07 12:00Z  8aee49b  Change number 7  102 ms   +2.0 %
       2026-03-06 12:00Z  4b852e7  Change number 6  100 ms   ±0.0 %
    ?  2026-03-05 12:00Z  28468a2  Change number 5   98 ms   −2.5 %  inconclusive

    trend: slower, +8.3 % over these 5 points
    … older points (--last N shows more)
    ");
    assert_snapshot!(scratch.plimsoll("log fast:parse#time -n 1 --format csv"), @r"
    run,started_at,commit,subject,branch,value,unit,interval_low,interval_high,change,verdict,severity,change_point,change_point_after,change_point_change,change_point_confidence,remarks
    5cd3112435acc5f04d69595cce7a6749,2026-03-09T12:00:00Z,42c7d2c1e3a610bd2a6abb5934a3129ea9c5a174,Change number 9,main,150000000,ns,,,0.5,regressed,critical,,,,,
    ");
    assert_snapshot!(scratch.plimsoll("log parse -n 1 --json"), @r#"{"format":"plimsoll.log/1","series":"fast:parse#time","suite":"fast","testbed":"ci","benchmark":"parse","parameters":{},"metric":"time","unit":"ns","direction":"lower","has_older":true,"baseline":{"center":100000000.0,"spread":1641240.6558857015,"runs":9,"confidence":0.5125862178967071},"target":null,"trend":null,"smallest_steps":[],"change_points":[],"points":[{"run":"5cd3112435acc5f04d69595cce7a6749","commit":"42c7d2c1e3a610bd2a6abb5934a3129ea9c5a174","subject":"Change number 9","branch":"main","started_at":"2026-03-09T12:00:00Z","value":150000000.0,"interval":null,"change":0.5,"verdict":"regressed","severity":"critical","change_point":false,"dirty":false,"voided":false}]}"#);
}

#[test]
fn a_branch_that_is_checked_out_is_shown_behind_the_default_branch() {
    let scratch = Scratch::with_days(6);
    scratch.git(6, &["checkout", "--quiet", "-b", "feature"]);
    scratch.day(7, &[("parse", 130.0)]);
    scratch.git(7, &["checkout", "--quiet", "-b", "other"]);
    scratch.day(8, &[("parse", 90.0)]);
    scratch.git(8, &["checkout", "--quiet", "feature"]);
    assert_snapshot!(scratch.plimsoll("log parse -n 2"), @r"
    fast:parse#time  130 ms  ▁█
      baseline 100 ms ±1.8 % of 6 runs · ci

       date               commit   subject           value   change  verdict
    ✗  2026-03-07 12:00Z  8aee49b  Change number 7  130 ms  +30.0 %  critical
       2026-03-06 12:00Z  4b852e7  Change number 6  100 ms   ±0.0 %

    … older points (--last N shows more)
    ");
    assert_snapshot!(scratch.plimsoll("log parse -n 2 --branch other"), @r"
    fast:parse#time  90 ms  ▅
      baseline 100 ms ±1.8 % of 6 runs · ci

    date               commit   subject          value   change
    2026-03-08 12:00Z  e9c9e2c  Change number 8  90 ms  −10.0 %
    ");
}

#[test]
fn a_name_that_fits_no_or_several_series_is_an_error_with_a_way_on() {
    let scratch = Scratch::with_days(1);
    scratch.day(2, &[("parse", usual(2)), ("parse_all", 4.0)]);
    assert_snapshot!(scratch.plimsoll("log prase"), @r"
    [stderr] error[PLM005]: no series is called `prase`
    [stderr]   hint: did you mean fast:parse#time?
    [exit 2]
    ");
    scratch.write("twice.json", r#"[{"name": "parse", "unit": "MB", "value": 3}]"#);
    scratch.plimsoll(
        "ingest twice.json --harness custom-smaller-is-better --testbed laptop --suite slow --again",
    );
    assert_snapshot!(scratch.plimsoll("log parse"), @r"
    [stderr] error[PLM007]: `parse` fits 2 series
    [stderr]   cause: fast:parse#time
    [stderr]          slow:parse#bytes
    [stderr]   hint: use one of the longer names listed
    [exit 2]
    ");
}

#[test]
fn the_end_of_a_name_will_do_and_the_newest_testbed_is_meant() {
    let scratch = Scratch::new("");
    scratch.day(1, &[("tests/test_speed.py::test_add", 2.0)]);
    scratch.write("results.json", &results(&[("tests/test_speed.py::test_add", 3.0)]));
    scratch.plimsoll(
        "ingest results.json --harness custom-smaller-is-better --testbed laptop --suite fast --at 2026-03-01T13:00:00Z",
    );
    assert_snapshot!(scratch.plimsoll("log test_add --format csv"), @r"
    run,started_at,commit,subject,branch,value,unit,interval_low,interval_high,change,verdict,severity,change_point,change_point_after,change_point_change,change_point_confidence,remarks
    f7d297ae1c1471922237f049a917cf5f,2026-03-01T13:00:00Z,5d2dfbb939deb2df4b7196afe963df20b02b777c,Change number 1,main,3000000,ns,,,,new,,,,,,
    [stderr] `test_add` is taken for fast:tests/test_speed.py::test_add#time
    [stderr] fast:tests/test_speed.py::test_add#time on testbed laptop, which measured it last; others that did: ci
    ");
    let baseline = scratch.plimsoll("baseline show test_add");
    assert!(baseline.contains("fast:tests/test_speed.py::test_add#time on testbed laptop"), "{baseline}");
}

#[test]
fn what_cannot_be_is_refused() {
    let scratch = Scratch::with_days(1);
    assert_snapshot!(scratch.plimsoll("log --format chart"), @r"
    [stderr] error[PLM001]: a chart is drawn of one series
    [stderr]   hint: plimsoll log SERIES --format chart
    [exit 2]
    ");
    assert_snapshot!(scratch.plimsoll("log --since yesterday"), @r"
    [stderr] error[PLM001]: invalid value 'yesterday' for '--since <WHEN>': `yesterday` is no date (2026-11-20), time (2026-11-20T08:00:00Z) or age (12h, 30d, 8w)
    [stderr] 
    [stderr] For more information, try '--help'.
    [exit 2]
    ");
    let empty = Scratch::new("");
    let here = empty.path().display().to_string();
    assert_snapshot!(empty.plimsoll("log").replace(&here, "HERE"), @r"
    [stderr] error[PLM030]: there is no history at HERE/.plimsoll/history.db
    [stderr]   hint: plimsoll run
    [exit 6]
    ");
}
