//! What went wrong is told with a step that helps.

use crate::scratch::{CONFIG, Scratch, has, quiet};

#[test]
fn a_command_is_told_from_a_suite() {
    let scratch = Scratch::new("[suite.fast]\ncommand = \"true\"\n");
    let refused = |arguments: &[&str]| scratch.run(arguments).failed(2);
    let behind = "hint: a command stands behind `--`: plimsoll run --";
    has(&refused(&["run", "./prog"]), &["error[PLM003]", &format!("{behind} ./prog")]);
    has(&refused(&["run", "sh"]), &[&format!("{behind} sh")]);
    has(&refused(&["run", "fsat"]), &["did you mean `fast`?"]);
    has(&refused(&["run", "./prog", "1"]), &["error[PLM001]", &format!("{behind} CMD")]);
    has(
        &scratch.run(&["run", "--", "true && echo 'b'"]).failed(3),
        &["error[PLM010]: command not found", r"plimsoll run -- sh -c 'true && echo '\''b'\'''"],
    );
    has(&scratch.run(&["run", "--", "no-such-program"]).failed(3), &["hint: check the command and PATH"]);
    has(&scratch.run(&["run", "--", "false"]).failed(3), &["error[PLM011]: `false` ended with exit code 1"]);
    let help = scratch.run(&[]).failed(2);
    assert!(help.starts_with("Continuous performance tracking"), "{help}");
}

#[test]
fn a_store_is_a_file() {
    let scratch = Scratch::new("");
    let folder = scratch.path().display().to_string();
    has(
        &scratch.run(&["status", "--store", &folder]).failed(2),
        &["error[PLM036]", "is a folder, and history is a file", "hint: name a file in it: ", "history.db"],
    );
    has(
        &scratch.run(&["run", "--store", "/proc/h.db", "--", "true"]).failed(6),
        &["error[PLM033]", "another place with --store"],
    );
}

#[test]
fn a_configuration_that_cannot_be_used_is_not_to_be_checked_again() {
    let scratch = Scratch::new("");
    has(
        &scratch.run(&["config", "check", "--config", "nope.toml"]).failed(2),
        &["error[PLM002]", "nope.toml` cannot be read", "hint: check the path: --config"],
    );
    scratch.write("plimsoll.toml", &format!("{CONFIG}[policy]\nwarn = 10\n"));
    let said = scratch.run(&["config", "check"]).failed(2);
    has(&said, &["error[PLM002]", "hint: correct the file there"]);
    assert!(!said.contains("plimsoll config check"), "{said}");
}

#[test]
fn a_file_that_holds_no_results_is_told_what_it_is() {
    let scratch = Scratch::new("");
    let refused = |name: &str| scratch.run(&["ingest", name]).failed(4);
    scratch.write("Cargo.toml", "[package]\nname = \"x\"\n");
    has(&refused("Cargo.toml"), &["error[PLM021]", "it begins with a table of TOML"]);
    scratch.write("empty.json", "");
    let empty = refused("empty.json");
    has(&empty, &["error[PLM024]: empty.json is empty", "hint: nothing was written there"]);
    assert!(!empty.contains("--harness"), "{empty}");
    let of_run = scratch.run(&["run", "--", "sh", "-c", ": > {out}"]).failed(4);
    has(&of_run, &["error[PLM024]", "is empty", "hint: nothing was written there"]);
}

#[test]
fn a_name_that_is_nearly_right_is_recognised() {
    let scratch = quiet();
    scratch.git(7, &["tag", "v1.0"]);
    has(
        &scratch.run(&["check", "--suite", "fsat"]).failed(2),
        &["error[PLM003]: no suite is called `fsat`; there are `fast`", "hint: did you mean `fast`?"],
    );
    has(&scratch.run(&["compare", "v1.1"]).failed(2), &["error[PLM004]", "hint: did you mean `v1.0`?"]);
    has(&scratch.run(&["check", "--against", "mian"]).failed(2), &["hint: did you mean `main`?"]);
    has(&scratch.run(&["check", "--against", "nothing-like-it"]).failed(2), &["hint: plimsoll runs ls"]);
}

#[test]
fn a_target_that_makes_no_sense_is_doubted() {
    let set = |scratch: &Scratch, metric: &str, max: &str| {
        scratch.run(&["target", "set", "T", "--benchmark", "parse", "--metric", metric, "--max", max])
    };
    let scratch = quiet();
    has(&set(&scratch, "time", "-5 ms").failed(2), &["error[PLM001]: `time` is never below zero"]);
    has(&set(&scratch, "peak_rss", "64M").failed(2), &["did you mean `64 MB`?"]);
    has(
        &set(&scratch, "tiem", "5 ms").stderr,
        &["warning: target T fits no series: no metric is called `tiem`; did you mean `time`?"],
    );
    let unmeasured = Scratch::new("");
    has(
        &set(&unmeasured, "tiem", "5 ms").stderr,
        &["warning: no metric is called `tiem` yet; did you mean `time`?"],
    );
    assert_eq!(set(&unmeasured, "time", "5 ms").stderr, "");
}
