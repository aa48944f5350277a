//! Changes of level, as users meet them.

use crate::scratch::{Scratch, has};

/// About `level` milliseconds with a wobble of one per cent, the same for the same day.
fn about(level: f64, day: u32) -> f64 {
    let wobble = [0.0, 0.9, -1.1, 0.4, -0.3, 1.2, -0.8, 0.2, -1.3, 0.7, 0.1];
    level * (1.0 + wobble[day as usize * 7 % wobble.len()] / 100.0)
}

/// Twenty days at 100 ms, then as many days at each level as its count says.
fn history(levels: &[(f64, u32)]) -> Scratch {
    let scratch = Scratch::new("");
    let mut day = 0;
    for (level, count) in [(100.0, 20)].iter().chain(levels) {
        for _ in 0..*count {
            day += 1;
            scratch.day(day, &[("parse", about(*level, day))]);
        }
    }
    scratch
}

/// The beginning of the hash of the commit of a day.
fn hash_of(scratch: &Scratch, day: u32) -> String {
    let log = scratch.run(&["log", "parse", "-n", "40", "--format", "csv"]).ok();
    let date = format!("2026-03-{day:02}T");
    let line = log.lines().find(|line| line.contains(&date)).expect("there is a run of that day");
    line.split(',').nth(2).expect("it has a commit")[..7].to_owned()
}

#[test]
fn a_small_step_is_found_by_its_fourth_run_and_dated() {
    let scratch = history(&[(108.0, 3)]);
    has(&scratch.run(&["alert", "ls"]).ok(), &["no alerts"]);
    scratch.day(24, &[("parse", about(108.0, 24))]);
    let (before, began) = (hash_of(&scratch, 20), hash_of(&scratch, 21));
    has(&scratch.run(&["alert", "ls"]).ok(), &["#1", "info", "fast:parse#time", "slower", &began, "open"]);
    let range = format!("between {before} and {began}, confidence");
    has(&scratch.run(&["check"]).ok(), &["the level rose by", &range, "1 alert of severity info"]);
    has(&scratch.run(&["status"]).ok(), &["1 alert of severity info: plimsoll alert ls shows them"]);
    has(&scratch.run(&["log", "parse"]).ok(), &["change began", "the level rose by", &range]);
    has(&scratch.run(&["log", "parse", "--format", "chart"]).ok(), &["the level rose by", &range]);
    has(
        &scratch.run(&["report", "--since", "2026-03-02"]).ok(),
        &["## Where levels changed", &format!("between {before} and {began}")],
    );
    has(
        &scratch.run(&["baseline", "show", "parse"]).ok(),
        &["4 runs of 20", "starts where the level rose by", &began, "20 runs before that count for spread"],
    );
    scratch.day(25, &[("parse", about(108.0, 25))]);
    // So small a change does not keep the next run from being judged.
    has(&scratch.run(&["check", "--all"]).ok(), &["pass", "unchanged"]);
    scratch.day(26, &[("parse", about(108.0, 26))]);
    has(&scratch.run(&["check"]).ok(), &["pass"]);
    assert!(!scratch.run(&["alert", "ls"]).ok().contains("#2"));
}

#[test]
fn without_the_detector_a_small_step_is_nothing() {
    let scratch = history(&[(108.0, 6)]);
    scratch.write(
        "plimsoll.toml",
        "version = 1\n[project]\nname = \"rangebar\"\n[policy]\ndetectors = [\"ladder\"]\n",
    );
    let log = scratch.run(&["log", "parse"]).ok();
    assert!(!log.contains("change began"), "{log}");
    has(&scratch.run(&["baseline", "show", "parse"]).ok(), &["20 runs of 20"]);
}

#[test]
fn a_spike_of_one_run_is_withdrawn_when_it_is_gone() {
    let scratch = history(&[(130.0, 1)]);
    has(&scratch.run(&["alert", "ls"]).ok(), &["#1", "critical", "open"]);
    scratch.day(22, &[("parse", about(100.0, 22))]);
    has(&scratch.run(&["alert", "show", "1"]).ok(), &["withdrawn by plimsoll", "back at"]);
    has(&scratch.run(&["explain", "1"]).ok(), &["no other run showed it", "finds no lasting change"]);
    has(&scratch.run(&["check"]).ok(), &["pass"]);
    let log = scratch.run(&["log", "parse", "-n", "30"]).ok();
    assert!(!log.contains("change began"), "{log}");
}

#[test]
fn what_two_runs_showed_is_resolved_when_it_is_gone() {
    let scratch = history(&[(130.0, 2)]);
    has(&scratch.run(&["explain", "1"]).ok(), &["seen in 2 runs in a row", "it is resolved"]);
    scratch.day(23, &[("parse", about(100.0, 23))]);
    has(&scratch.run(&["alert", "show", "1"]).ok(), &["resolved by plimsoll", "recovered to"]);
}

#[test]
fn a_regression_keeps_the_gate_closed_until_it_is_fixed() {
    let scratch = history(&[(130.0, 9)]);
    has(&scratch.run(&["alert", "ls"]).ok(), &["#1", "critical", &hash_of(&scratch, 21), "open"]);
    has(
        &scratch.run(&["explain", "1"]).ok(),
        &[
            &format!("slower since {}, confidence", hash_of(&scratch, 21)),
            "change-point: the level rose by",
            "the change is confirmed",
            "2 runs back at",
        ],
    );
    has(&scratch.run(&["explain", "1", "--json"]).ok(), &["\"ending_runs\":2", "\"is_confirmed\":true"]);
    // The baseline has moved on, and nothing of the newest run is unusual.
    let check = scratch.run(&["check"]);
    assert_eq!(check.code, Some(1), "{check:?}");
    has(&check.stdout, &["gate closed: alert 1 on parse#time is still open"]);
    scratch.day(30, &[("parse", about(100.0, 30))]);
    assert_eq!(scratch.run(&["check"]).code, Some(1));
    scratch.day(31, &[("parse", about(100.0, 31))]);
    has(&scratch.run(&["alert", "show", "1"]).ok(), &["resolved by plimsoll", "recovered to"]);
    assert_eq!(scratch.run(&["check"]).code, Some(0));
}

#[test]
fn a_regression_that_somebody_takes_passes() {
    let scratch = history(&[(130.0, 6)]);
    assert_eq!(scratch.run(&["check"]).code, Some(1));
    scratch.run(&["alert", "ack", "1", "--note", "a new allocator"]).ok();
    assert_eq!(scratch.run(&["check"]).code, Some(0));
    scratch.run(&["alert", "reopen", "1"]).ok();
    assert_eq!(scratch.run(&["check"]).code, Some(1));
    scratch.run(&["baseline", "accept", "--note", "a new allocator"]).ok();
    assert_eq!(scratch.run(&["check"]).code, Some(0));
    scratch.day(27, &[("parse", about(130.0, 27))]);
    assert_eq!(scratch.run(&["check"]).code, Some(0));
    has(&scratch.run(&["alert", "ls"]).ok(), &["no alerts"]);
}

#[test]
fn a_branch_is_held_against_the_newest_level_of_its_base() {
    let scratch = history(&[(130.0, 7)]);
    scratch.git(27, &["checkout", "--quiet", "-b", "feature"]);
    scratch.day(28, &[("parse", about(130.0, 28))]);
    let check = scratch.run(&["check"]);
    assert_eq!(check.code, Some(0), "{check:?}");
    has(&check.stdout, &["pass", "against main"]);
}

#[test]
fn compare_names_the_changes_between_its_sides() {
    let scratch = history(&[(105.0, 8)]);
    let (before, began) = (hash_of(&scratch, 20), hash_of(&scratch, 21));
    let range = format!("between {before} and {began}, confidence");
    let (first, last) = (hash_of(&scratch, 12), hash_of(&scratch, 28));
    has(&scratch.run(&["compare", &first, &last]).ok(), &["the level rose by", &range]);
    has(
        &scratch.run(&["compare", &first, &last, "--format", "md"]).ok(),
        &["Where levels changed between the two:", "- `parse`: the level rose by", &range],
    );
    let json: serde_json::Value =
        serde_json::from_str(&scratch.run(&["compare", &first, &last, "--json"]).ok()).expect("it is JSON");
    let change = &json["series"][0]["change_points"][0];
    assert!(change["began"].as_str().is_some_and(|hash| hash.starts_with(&began)), "{json}");
    assert_eq!((change["began_back"].as_u64(), json["tested"].as_u64()), (Some(7), Some(1)));
    assert!(!scratch.run(&["compare", &last, &first]).ok().contains("the level"));
}
