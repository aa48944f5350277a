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
    seen.lines().filter(keeps).map(|line| format!("{line}\n")).collect()
}

#[test]
fn targets_warnings_alerts_and_one_number_for_all() {
    let scratch = Scratch::new(TARGETS);
    for day in 1..=14 {
        scratch.day(day, &[("parse", usual(day)), ("render", 10.0), ("old", 1.0)]);
    }
    scratch.day(15, &[("parse", 150.0), ("render", 10.0)]);
    let seen = scratch.plimsoll("status");
    assert_snapshot!(timeless(&seen).replace("just now", "now"), @r"
    ! rangebar: performance 50 of 100, down 50.0 in 7 days, 0 of 2 targets met, 1 open alert

       target   benchmark      value  limit       headroom
    ✗  APP-001  parse         150 ms  max 110 ms  missed by 36 % (critical)
    ?  APP-002  startup#time          max 500 ms  nothing measured fits

    ! benchmark old was measured before and is missing now

    1 open alert
          severity  series                   change   value  expected  since    opened    state
      #1  critical  fast:parse#time  +36.4 % slower  150 ms    110 ms  a7e0e67  now  open
    ");
    let json = scratch.plimsoll("status --json");
    assert!(json.contains(r#""performance_index":50.0,"#), "{json}");
    assert!(json.contains(r#""targets_met":0,"#), "{json}");
}
