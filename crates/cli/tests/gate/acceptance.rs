//! Accepting a new normal on a branch: whose it is, what a merge makes of it, and taking it back.

use crate::scratch::Scratch;

const ACCEPT: [&str; 4] = ["baseline", "accept", "--note", "exact rounding"];

/// A quiet main, and a branch whose newest commit is slower by half; its gate is closed.
fn regressed_on_a_branch() -> Scratch {
    let mut scratch = Scratch::quiet();
    scratch.git(&["checkout", "--quiet", "-b", "feature"]);
    scratch.commit();
    scratch.run(&["1500"], &[]).check(1, "gate closed");
    scratch
}

#[test]
fn a_detached_head_accepts_nothing_of_other_commits() {
    let mut scratch = regressed_on_a_branch();
    scratch.git(&["checkout", "--quiet", "main"]);
    scratch.commit();
    scratch.git(&["checkout", "--quiet", "--detach"]);
    let refused = scratch.plimsoll(&ACCEPT);
    refused.check(4, "");
    assert!(refused.stderr.contains("no branch is checked out"), "{}", refused.stderr);
    assert!(refused.stderr.contains("--branch NAME"), "{}", refused.stderr);
    // The branch's regression is as it was.
    scratch.git(&["checkout", "--quiet", "--detach", "feature"]);
    scratch.plimsoll(&["check"]).check(1, "gate closed");
    scratch.plimsoll(&ACCEPT).check(0, "the new normal of feature starts");
}

#[test]
fn in_ci_a_detached_head_is_of_the_branch_that_is_built() {
    let scratch = regressed_on_a_branch();
    let head = scratch.git(&["rev-parse", "HEAD"]);
    scratch.git(&["checkout", "--quiet", "--detach"]);
    let accept_in_ci = |reference: &str| {
        let mut command = scratch.command();
        let ci = [("GITHUB_ACTIONS", "true"), ("GITHUB_SHA", &head), ("GITHUB_REF", reference)];
        let output = command.args(ACCEPT).envs(ci).env("PLIMSOLL_TESTBED", "x").output().expect("it starts");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        (output.status.code(), text + &String::from_utf8_lossy(&output.stderr))
    };
    let (code, text) = accept_in_ci("refs/heads/other");
    assert_eq!(code, Some(4), "{text}");
    assert!(text.contains("no clean run of branch other"), "{text}");
    let (code, text) = accept_in_ci("refs/heads/feature");
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("the new normal of feature starts"), "{text}");
}

#[test]
fn the_newest_run_of_a_branch_must_be_part_of_what_is_checked_out() {
    let mut scratch = Scratch::quiet();
    scratch.commit();
    scratch.run(&["1500"], &[]).check(1, "gate closed");
    scratch.git(&["reset", "--quiet", "--hard", "HEAD~1"]);
    let refused = scratch.plimsoll(&ACCEPT);
    refused.check(2, "");
    assert!(refused.stderr.contains("not part of what is checked out"), "{}", refused.stderr);
    scratch.plimsoll(&[&ACCEPT[..], &["--branch", "main"]].concat()).check(0, "alerts resolved: #1");
}

#[test]
fn what_was_accepted_on_a_branch_is_the_normal_after_its_merge() {
    let mut scratch = regressed_on_a_branch();
    scratch.plimsoll(&ACCEPT).check(0, "the new normal of feature starts");
    scratch.plimsoll(&["baseline", "show", "BenchmarkParse#time"]).check(0, "feature · ");
    // The branch goes on, and so does main.
    scratch.commit();
    scratch.run(&["1503"], &[]).check(0, "");
    scratch.git(&["checkout", "--quiet", "main"]);
    scratch.commit();
    scratch.run(&["1000"], &[]).check(0, "✓ pass");
    scratch.git(&["merge", "--quiet", "--no-ff", "--message", "merge", "feature"]);
    let merged = scratch.run(&["1498"], &[]);
    merged.check(0, "");
    assert!(merged.stderr.contains("accepted on feature, merged"), "{}", merged.stderr);
    scratch.plimsoll(&["check"]).check(0, "");
    scratch.plimsoll(&["alert", "ls", "--all"]).check(0, "resolved");
    scratch.plimsoll(&["baseline", "show", "BenchmarkParse#time"]).check(0, "exact rounding");
    for value in ["1500", "1502", "1499", "1501", "1500"] {
        scratch.commit();
        scratch.run(&[value], &[]).check(0, "");
    }
    scratch.commit();
    scratch.run(&["2200"], &[]).check(1, "gate closed");
}

#[test]
fn what_was_accepted_excuses_nothing_that_is_not_merged() {
    let mut scratch = regressed_on_a_branch();
    scratch.plimsoll(&ACCEPT).check(0, "the new normal of feature starts");
    scratch.git(&["checkout", "--quiet", "main"]);
    scratch.commit();
    scratch.run(&["1500"], &[]).check(1, "gate closed");
}

#[test]
fn what_was_accepted_can_be_taken_back() {
    let scratch = regressed_on_a_branch();
    let accepted = scratch.plimsoll(&ACCEPT);
    accepted.check(0, "alerts resolved: #1");
    let (_, command) = accepted.stderr.split_once("plimsoll ").expect("the way back is named");
    let back: Vec<&str> = command.split_whitespace().collect();
    scratch.plimsoll(&["check"]).check(0, "");
    let withdrawn = scratch.plimsoll(&back);
    withdrawn.check(0, "no longer the new normal of feature: exact rounding");
    withdrawn.check(0, "alerts open again: #1");
    scratch.plimsoll(&["check"]).check(1, "gate closed");
    let again = scratch.plimsoll(&back);
    again.check(2, "");
    assert!(again.stderr.contains("nothing was accepted at"), "{}", again.stderr);
}
