use insta::assert_snapshot;
use plimsoll_model::{Bound, TargetOutcome, TargetStatus, Unit};
use plimsoll_report::{ListedTarget, TargetsView};

use crate::history::with_targets;
use crate::sample::{key, screen, target};

#[test]
fn a_line_a_target() {
    assert_snapshot!(with_targets(|view| view.terminal(&screen(100))), @r#"
       target   benchmark                           value  limit                headroom
    ✗  APP-001  startup#time                       561 ms  max 500 ms           missed by 12 % (warning)
    ✓  MEM-1    build#peak_rss            160 kB per page  max 500 kB per page  3.2 times
    ✓  THR-1    throughput_1m#throughput  1.249 M items/s  min 1 M items/s      1.2 times
    ?  OLD-1    *#time                                     max 10 ms            nothing measured fits
    "#);
    assert_snapshot!(with_targets(|view| view.terminal(&screen(50))), @r#"
       benchmark                           value
    ✗  startup#time                       561 ms
    ✓  build#peak_rss            160 kB per page
    ✓  throughput_1m#throughput  1.249 M items/s
    ?  *#time
    "#);
}

#[test]
fn targets_for_programs() {
    let json = with_targets(|view| view.json());
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(value["format"], "plimsoll.targets/1");
    assert_eq!(value["targets"][0]["status"], "over");
    assert_eq!(value["targets"][1]["per"], "pages");
    assert_eq!(value["targets"][2]["min"], 1e6);
    assert_eq!(value["targets"][3]["series"], serde_json::Value::Null);
}

#[test]
fn little_headroom_has_two_decimals() {
    let limit = target("COV-1", Bound::Min(0.98), None);
    let outcome = TargetOutcome {
        target: limit.clone(),
        value: 0.99,
        status: TargetStatus::Met,
        headroom: Some(0.99 / 0.98),
    };
    let (key, unit) = (key("tests", "coverage"), Unit::RATIO);
    let listed = ListedTarget {
        target: &limit,
        series: Some(&key),
        unit: &unit,
        outcome: Some(&outcome),
        severity: None,
    };
    let text = TargetsView { project: "rangebar", targets: &[listed] }.terminal(&screen(80));
    assert!(text.contains("99 %  min 98 %  1.01 times"), "{text}");
}
