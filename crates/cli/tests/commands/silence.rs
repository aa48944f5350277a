//! What would count for nothing is said: targets and rules that fit nothing, harnesses that were not heard, alerts of targets that
//! are gone.

use crate::scratch::{Scratch, has, quiet};

#[test]
fn a_target_or_rule_that_fits_nothing_is_named() {
    let scratch = quiet();
    let config = scratch.read("plimsoll.toml");
    let misfits = "[[target]]\nid = \"APP-002\"\nbenchmark = \"strtup\"\nmetric = \"time\"\nmax = \"50 ms\"\n\
        [[target]]\nid = \"APP-003\"\nbenchmark = \"parse\"\nmetric = \"tme\"\nmax = \"50 ms\"\n\
        [[policy.rule]]\nbenchmark = \"star\"\nerror = \"50%\"\n\
        [[policy.rule]]\nsuite = \"fsat\"\nerror = \"50%\"\n";
    scratch.write("plimsoll.toml", &format!("{config}{misfits}"));
    let said = [
        "target APP-002 fits no series: no benchmark is called `strtup`; did you mean `startup`?",
        "target APP-003 fits no series: no metric is called `tme`; did you mean `time`?",
        "the rule for benchmark star fits no series: no benchmark is called `star`; did you mean `startup`?",
        "the rule for suite fsat fits no series: no suite is called `fsat`; did you mean `fast`?",
    ];
    has(&scratch.run(&["check"]).ok(), &said);
    let checked = scratch.run(&["config", "check"]);
    has(&checked.stderr, &said[..3]);
    has(&checked.ok(), &["plimsoll.toml can be used, with 3 warnings"]);
    let bench = "[suite.fast]\ncommand = \"echo BenchmarkOther 1000 5 ns/op\"\n";
    scratch.write("plimsoll.toml", &format!("{config}{misfits}{bench}"));
    has(&scratch.run(&["run"]).ok(), &said);
    has(
        &scratch.run(&["config", "check"]).stderr,
        &["is for suite `fsat`, which is not configured; did you mean `fast`?"],
    );
    scratch.write("plimsoll.toml", &format!("{config}{bench}"));
    let quiet = scratch.run(&["run"]).ok();
    assert!(!quiet.contains("fits no series"), "{quiet}");
}

#[test]
fn what_is_for_a_suite_that_was_never_run_is_left_alone() {
    let scratch = quiet();
    let config = scratch.read("plimsoll.toml");
    let slow = "[suite.slow]\ncommand = \"true\"\n[suite.fast]\ncommand = \"true\"\n\
        [[target]]\nsuite = \"slow\"\nbenchmark = \"parse\"\nmetric = \"time\"\nmax = \"50 ms\"\n";
    scratch.write("plimsoll.toml", &format!("{config}{slow}"));
    let checked = scratch.run(&["check"]).ok();
    assert!(!checked.contains("fits no series"), "{checked}");
    has(&scratch.run(&["config", "check"]).ok(), &["plimsoll.toml is right"]);
}

#[test]
fn a_harness_that_left_no_results_is_named() {
    let scratch = Scratch::new("");
    let said = |command: &str| scratch.run(&["run", "--", "sh", "-c", command]).ok();
    has(
        &said(": pytest --benchmark-only"),
        &[
            "no results of pytest-benchmark were found, and the process itself was measured instead",
            "--benchmark-json={out}",
        ],
    );
    has(
        &said(": cargo bench --bench sums -- zzz"),
        &["no results of cargo bench were found", "its filter fits a benchmark"],
    );
    has(
        &said(": go test -bench . ./...; true"),
        &["no results of go test -bench were found", "check that it builds"],
    );
    let other = said(": ./target/release/tally");
    assert!(!other.contains("no results of"), "{other}");
}

#[test]
fn a_placeholder_that_is_nearly_out_is_refused() {
    let scratch = Scratch::new("");
    has(
        &scratch.run(&["run", "--", "true", "--json={ou}"]).failed(2),
        &["error[PLM001]: `{ou}` in the command stands for nothing", "did you mean `{out}`?"],
    );
    has(&scratch.run(&["run", "--", "echo", "${ou}", "{}"]).ok(), &["${ou} {}"]);
}

#[test]
fn an_alert_goes_with_its_target() {
    let scratch = quiet();
    let set = ["target", "set", "S4", "--benchmark", "parse", "--metric", "time", "--max", "0.5 ms"];
    scratch.run(&set).ok();
    scratch.day(8, &[("parse", 1.0), ("startup", 48.0)]);
    has(&scratch.run(&["alert", "ls"]).ok(), &["#1", "target S4"]);
    scratch.day(9, &[("parse", 0.56), ("startup", 48.0)]);
    has(
        &scratch.plimsoll("check"),
        &["gate closed: alert 1 on parse#time (target S4) is still open", "[exit 1]"],
    );
    scratch.run(&["target", "rm", "S4"]).ok();
    let checked = scratch.run(&["check"]);
    has(&checked.stderr, &["alert 1 on parse#time is resolved: its target S4 is gone"]);
    has(&checked.ok(), &["✓ improved"]);
    let again = scratch.run(&["check"]);
    assert_eq!(again.stderr, "");
    has(&again.ok(), &["✓ improved"]);
    has(&scratch.run(&["alert", "ls"]).ok(), &["no alerts"]);
    has(&scratch.run(&["alert", "show", "1"]).ok(), &["resolved by plimsoll", "the target is gone"]);
}

#[test]
fn a_run_after_its_target_is_gone_resolves_an_alert_too() {
    let scratch = quiet();
    let set = ["target", "set", "S4", "--benchmark", "parse", "--metric", "time", "--max", "0.5 ms"];
    scratch.run(&set).ok();
    scratch.day(8, &[("parse", 1.0), ("startup", 48.0)]);
    scratch.run(&["target", "rm", "S4"]).ok();
    scratch.day(9, &[("parse", 1.0), ("startup", 48.0)]);
    has(&scratch.run(&["alert", "ls"]).ok(), &["no alerts"]);
    let check = scratch.run(&["check"]);
    assert_eq!(check.stderr, "");
    has(&check.ok(), &["✓ pass"]);
}
