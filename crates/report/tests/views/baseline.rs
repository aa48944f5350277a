use insta::assert_snapshot;
use plimsoll_report::BaselineView;

use crate::history::{CHANGE, baseline_runs, baseline_view};
use crate::sample::{key, screen};

#[test]
fn a_baseline_and_its_runs() {
    let key = key("parse", "time");
    assert_snapshot!(baseline_view(&key, &baseline_runs(4)).terminal(&screen(80)), @r#"
    fast:parse#time
      12.40 ms ±0.9 % · 4 runs of 20 · confidence 0.62 (medium)
      young: 4 of at least 5 runs
      main · linux/x86_64/2
      ▂▅▇▃

      date               commit   subject                         value  from centre
      2026-11-04 08:01Z  d33c4f3  Fix typo                     12.25 ms       −1.2 %
      2026-11-03 08:01Z  c22d3e2  Bump serde                   12.70 ms       +2.4 %
      2026-11-02 08:01Z  b11e2d1  Teach the lexer to read nu…  12.40 ms       ±0.0 %
      2026-11-01 08:01Z  a00f1c0  Fix typo                     12.10 ms       −2.4 %
    "#);
}

#[test]
fn a_level_that_hardly_moved_is_not_young() {
    let key = key("parse", "time");
    let runs = baseline_runs(4);
    let view = BaselineView { carried: 16, since: Some(&CHANGE), ..baseline_view(&key, &runs) };
    let text = view.terminal(&screen(100));
    assert!(!text.contains("young"), "{text}");
    assert!(text.contains("16 runs before that count for spread and confidence"), "{text}");
    let alone = BaselineView { carried: 0, ..view }.terminal(&screen(100));
    assert!(alone.contains("young") && !alone.contains("count for spread"), "{alone}");
}

#[test]
fn a_series_without_a_baseline_says_so() {
    let key = key("parse", "time");
    let view = BaselineView { baseline: None, ..baseline_view(&key, &[]) };
    assert_snapshot!(view.terminal(&screen(80)), @r#"
    fast:parse#time
      no baseline yet: no clean run of this series
      main · linux/x86_64/2
    "#);
}

#[test]
fn a_baseline_for_programs() {
    let key = key("parse", "time");
    let json = baseline_view(&key, &baseline_runs(14)).json();
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(value["format"], "plimsoll.baseline/1");
    assert_eq!(value["baseline"]["center"], 12.4e6);
    assert_eq!(value["runs"].as_array().map(Vec::len), Some(14));
}
