use insta::assert_snapshot;

use crate::scratch::{Scratch, usual};

const TARGETS: &str = r#"
[[target]]
id = "APP-001"
benchmark = "parse"
metric = "time"
max = "110 ms"
[[target]]
id = "APP-002"
benchmark = "startup"
metric = "time"
max = "500 ms"
"#;

/// Lines that do not tell the time of day.
fn timeless(seen: &str) -> String {
    let keeps = |line: &&str| !line.contains(" ago") && !line.contains("nothing was measured for");
    seen.lines()
        .filter(keeps)
        .map(|line| format!("{line}\n"))
        .collect()
}

#[test]
fn targets_warnings_alerts_and_one_number_for_all() {
    let scratch = Scratch::new(TARGETS);
    for day in 1..=14 {
        scratch.day(day, &[("parse", usual(day)), ("render", 10.0), ("old", 1.0)]);
    }
    scratch.day(15, &[("parse", 150.0), ("render", 10.0)]);
    let seen = scratch.plimsoll("status");
    assert!(seen.contains("fast · 6"), "{seen}");
    assert_snapshot!(timeless(&seen).replace("just now", "now"), @"");
    let json = scratch.plimsoll("status --json");
    assert!(json.contains(r#""performance_index":50.0,"#), "{json}");
    assert!(json.contains(r#""targets_met":0,"#), "{json}");
}
