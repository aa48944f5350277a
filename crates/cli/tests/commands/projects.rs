//! A project that is called otherwise than before.

use crate::scratch::{Scratch, has, results};

const HINT: &str = "has no history yet, and rangebar has 7 runs of the same: to go on with those, write name = \"rangebar\" \
                    under [project] in plimsoll.toml";

/// A history of the project rangebar, whose configuration no longer says that name.
fn renamed() -> Scratch {
    let scratch = Scratch::with_days(7);
    scratch.write("plimsoll.toml", "version = 1\n");
    scratch.write("results.json", &results(&[("parse", 100.0), ("render", 10.0)]));
    scratch
}

fn ingest(scratch: &Scratch, more: &[&str]) -> String {
    let ingest = ["ingest", "results.json", "--harness", "custom-smaller-is-better"];
    let ended = scratch.run(&[&ingest[..], more].concat());
    assert_eq!(ended.code, Some(0), "{ended:?}");
    ended.stderr
}

#[test]
fn the_first_run_under_another_name_says_which_history_it_leaves() {
    let scratch = renamed();
    let folder = scratch.path().file_name().expect("a name").to_string_lossy().into_owned();
    let said = ingest(&scratch, &["--suite", "fast"]);
    has(&said, &[&format!("project {folder} (named after its folder) {HINT}")]);
    assert_eq!(ingest(&scratch, &["--suite", "fast", "--again"]), "", "it is said once");
}

#[test]
fn a_name_after_a_remote_says_so() {
    let scratch = renamed();
    scratch.git(8, &["remote", "add", "origin", "https://example.org/ada/range-bar.git"]);
    let said = ingest(&scratch, &["--suite", "fast"]);
    has(&said, &["project range-bar (named after its git remote)", HINT]);
}

#[test]
fn a_run_that_has_nothing_in_common_or_a_name_given_for_it_says_nothing() {
    assert_eq!(ingest(&renamed(), &["--suite", "slow"]), "");
    assert_eq!(ingest(&renamed(), &["--suite", "fast", "--project", "mine"]), "");
}

#[test]
fn what_shows_no_history_names_the_projects_that_have_one() {
    let scratch = renamed();
    for command in [&["status"][..], &["log"], &["runs", "ls"], &["check"]] {
        let said = scratch.run(command).stderr;
        has(&said, &["(named after its folder) has no run here, but rangebar: --project NAME shows"]);
    }
    assert!(!scratch.run(&["status", "--project", "mine"]).stderr.contains("rangebar"));
}
