use insta::assert_snapshot;
use plimsoll_model::{Complaint, Context, Interval, Measurement, Metric, Outcome, Run};
use plimsoll_report::RunDetailView;

use crate::history::{listed_runs, runs};
use crate::sample::{screen, time};

#[test]
fn a_line_a_run() {
    assert_snapshot!(runs(&listed_runs()).terminal(&screen(120)), @r#"
    run      date               suite  commit   branch  testbed         values
    bdd2e9d  2026-11-14 08:01Z  fast   bdd2e9d  main    linux/x86_64/2      64  ✓ pass
    acc3d8c  2026-11-13 08:01Z  fast   acc3d8c  main    linux/x86_64/2      64  ✓ pass voided
    fbb4c7b  2026-11-12 08:01Z  fast   fbb4c7b  main    linux/x86_64/2      64  ✓ pass
    eaa5b6a  2026-11-11 08:01Z  fast   eaa5b6a  main    linux/x86_64/2      64  ✓ pass
    d996a59  2026-11-10 08:01Z  fast   d996a59  main    linux/x86_64/2      64  ✓ pass dirty
    c887948  2026-11-09 08:01Z  fast   c887948  main    linux/x86_64/2      64  ✓ pass
    … 14 more runs
    "#);
    assert_snapshot!(runs(&listed_runs()).terminal(&screen(60)), @r#"
    run      date               suite  commit
    bdd2e9d  2026-11-14 08:01Z  fast   bdd2e9d  ✓ pass
    acc3d8c  2026-11-13 08:01Z  fast   acc3d8c  ✓ pass voided
    fbb4c7b  2026-11-12 08:01Z  fast   fbb4c7b  ✓ pass
    eaa5b6a  2026-11-11 08:01Z  fast   eaa5b6a  ✓ pass
    d996a59  2026-11-10 08:01Z  fast   d996a59  ✓ pass dirty
    c887948  2026-11-09 08:01Z  fast   c887948  ✓ pass
    … 14 more runs
    "#);
}

#[test]
fn runs_for_programs() {
    let value: serde_json::Value = serde_json::from_str(&runs(&listed_runs()).json()).unwrap();
    assert_eq!(value["format"], "plimsoll.runs/1");
    assert_eq!(value["total"], 20);
    assert_eq!(value["runs"][0]["measurements"], 64);
    assert_eq!(value["runs"][1]["voided"], "the machine was compiling");
}

#[test]
fn one_run_with_everything() {
    let mut parse = Measurement::new("criterion", "parse", Metric::time(), 12.4e6);
    parse.statistic = "slope".into();
    parse.samples = vec![1.0; 100];
    parse.interval = Some(Interval { low: 12.3e6, high: 12.5e6, level: 0.95 });
    let mut broken = Measurement::new("pytest-benchmark", "test_import", Metric::time(), 80e3);
    broken.outcome = Outcome::Failed;
    let run = Run {
        id: "5e1f0c7a9b3d4e62".to_owned(),
        project: "rangebar".to_owned(),
        suite: "fast".to_owned(),
        session: None,
        outcome: Outcome::Success,
        context: Context {
            branch: Some("main".to_owned()),
            duration_ms: 21_034,
            ..Context::new("linux/x86_64/2", time("2026-11-20T08:01:00Z"))
        },
        measurements: vec![parse, broken],
        allocators: Vec::new(),
        notes: Vec::new(),
        complaints: vec![Complaint::new("one entry was left out")],
        unknown: std::collections::BTreeMap::new(),
    };
    let view = RunDetailView { run: &run, voided: Some("a noisy neighbour") };
    assert_snapshot!(view.terminal(&screen(100)), @r#"
    run 5e1f0c7a9b3d4e62
      project    rangebar
      suite      fast
      outcome    success
      voided     a noisy neighbour
      branch     main
      started    2026-11-20 08:01Z, took 21.03 s
      testbed    linux/x86_64/2

    benchmark                value  interval             statistic  samples  harness
    parse                 12.40 ms  12.30 ms … 12.50 ms  slope          100  criterion
    test_import (failed)     80 µs                       value               pytest-benchmark

    ! one entry was left out
    "#);
}
