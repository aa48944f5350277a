use insta::assert_snapshot;

use crate::scratch::{Scratch, results};

#[test]
fn a_run_is_judged_against_what_is_named() {
    let scratch = Scratch::with_days(6);
    scratch.git(6, &["tag", "v1"]);
    for day in 7..=12 {
        scratch.day(day, &[("parse", 108.0 + f64::from(day % 2)), ("render", 10.0)]);
    }
    scratch.git(12, &["checkout", "--quiet", "-b", "feature"]);
    scratch.day(13, &[("parse", 127.0), ("render", 10.0)]);
    assert_snapshot!(scratch.plimsoll("check --against v1"), @r"
    ✗ gate closed: parse regressed +27.0 % (critical)
      rangebar fast · b217b6e Change number 13 · feature against v1 (6 runs) · ci

       benchmark  history     now       baseline   change  interval         verdict
    ✗  parse      ▁▂▁▂▁▁█  127 ms  100 ms ±1.8 %  +27.0 %  +23.1 … +30.9 %  critical
         +27.0 % and 15 spreads over the baseline of 6 runs
       render     ▅▅▅▅▅▅▅   10 ms     10 ms ±0 %   ±0.0 %  ±0.0 … ±0.0 %    unchanged

    1 regressed, 1 unchanged
    ! alert #1 open parse#time since b217b6e · plimsoll alert ack 1 --note …
    run 833b49a4166e4342a5b88863e2c8a9d2
    [exit 1]
    ");
    assert_snapshot!(scratch.plimsoll("check --against nope"), @r"
    [stderr] error[PLM004]: `nope` is no run, no revision and no file
    [stderr]   hint: plimsoll runs ls
    [exit 2]
    ");
    scratch.write("before.json", &results(&[("parse", 127.0), ("render", 10.0)]));
    assert_snapshot!(scratch.plimsoll("check --against before.json --format csv"), @r"
    series,suite,testbed,benchmark,parameters,metric,unit,direction,value,baseline_center,baseline_spread,baseline_runs,baseline_confidence,change,interval_low,interval_high,verdict,severity,target,findings
    fast:parse#time,fast,ci,parse,,time,ns,lower,127000000,127000000,0,1,0.1111111111111111,0,,,inconclusive,,,baseline is young: 1 of 5 runs; 4 more runs settle it
    fast:render#time,fast,ci,render,,time,ns,lower,10000000,10000000,0,1,0.1111111111111111,0,,,inconclusive,,,baseline is young: 1 of 5 runs; 4 more runs settle it
    [exit 1]
    ");
}

#[test]
fn json_of_several_suites_is_one_document() {
    let scratch = Scratch::with_days(8);
    scratch.day(9, &[("parse", 150.0), ("render", 10.0)]);
    let json = |line: &str| -> serde_json::Value {
        let ended = scratch.run(&line.split_whitespace().collect::<Vec<_>>());
        serde_json::from_str(&ended.stdout).unwrap()
    };
    let one = json("check --json");
    assert_eq!((&one["format"], &one["suite"]), (&"plimsoll.report/1".into(), &"fast".into()));
    scratch.write("slow.json", &results(&[("import", 7.0)]));
    scratch.run(&["ingest", "slow.json", "--harness", "custom-smaller-is-better", "--suite", "slow"]).ok();
    let both = json("check --json");
    assert_eq!(both["format"], "plimsoll.reports/1");
    assert_eq!(both["gate"]["exit_code"], 1);
    assert_eq!(both["gate"]["because"], "suite fast: 1 series regressed, severity critical");
    assert_eq!((&both["verdict"], &both["counts"]["new"]), (&"regressed".into(), &1.into()));
    let reports = both["reports"].as_array().unwrap();
    assert!(reports.contains(&one), "{both}");
    assert_eq!(reports.len(), 2);
    assert_eq!(json("check --suite slow --json")["suite"], "slow");
}
