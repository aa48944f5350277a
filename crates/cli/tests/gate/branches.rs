//! Branches, pull requests and detached heads.

use crate::scratch::Scratch;

#[test]
fn a_branch_is_held_against_its_base_and_not_blamed_for_it() {
    let mut scratch = Scratch::quiet();
    scratch.commit();
    assert_eq!(scratch.run(&["1500"], &[]).code, Some(1));
    scratch.git(&["checkout", "--quiet", "-b", "feature"]);
    scratch.commit();
    let known = scratch.run(&["1505"], &[]);
    known.check(0, "known on main as alert 1: not this branch's doing");
    known.check(0, "feature against main");
    scratch.plimsoll(&["check"]).check(0, "known on main");
    scratch.commit();
    scratch.run(&["2500"], &[]).check(1, "gate closed: p.BenchmarkParse regressed");
}

#[test]
fn a_regression_that_came_to_the_base_later_excuses_nothing() {
    let mut scratch = Scratch::quiet();
    scratch.git(&["branch", "feature"]);
    scratch.commit();
    assert_eq!(scratch.run(&["1500"], &[]).code, Some(1));
    scratch.git(&["checkout", "--quiet", "feature"]);
    scratch.commit();
    scratch.run(&["1500"], &[]).check(1, "gate closed: p.BenchmarkParse regressed");
}

#[test]
fn a_detached_head_does_not_answer_for_the_alerts_of_branches() {
    let mut scratch = Scratch::quiet();
    scratch.commit();
    assert_eq!(scratch.run(&["1500"], &[]).code, Some(1));
    scratch.git(&["checkout", "--quiet", "--detach", "HEAD~1"]);
    scratch.run(&["1000"], &[]).check(0, "✓ pass");
    scratch.git(&["checkout", "--quiet", "main"]);
    // The good run elsewhere has not resolved the alert either.
    scratch.plimsoll(&["check", "--json"]).check(1, "\"state\":\"open\"");
}

#[test]
fn check_finds_the_run_of_a_trial_merge() {
    let mut scratch = Scratch::quiet();
    let base = scratch.git(&["rev-parse", "HEAD"]);
    scratch.git(&["checkout", "--quiet", "-b", "feature"]);
    scratch.commit();
    let head = scratch.git(&["rev-parse", "HEAD"]);
    scratch.git(&["checkout", "--quiet", "--detach", "main"]);
    scratch.git(&["merge", "--quiet", "--no-ff", "--message", "trial", "feature"]);
    let merge = scratch.git(&["rev-parse", "HEAD"]);
    scratch.write(
        ".git/event.json",
        &format!(
            r#"{{"number": 12, "pull_request": {{"number": 12, "head": {{"sha": "{head}", "ref": "feature"}}, "base": {{"sha": "{base}", "ref": "main"}}}}}}"#
        ),
    );
    let in_ci = |arguments: &[&str]| {
        let output = scratch
            .command()
            .args(arguments)
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_EVENT_NAME", "pull_request")
            .env("GITHUB_EVENT_PATH", scratch.path(".git/event.json"))
            .env("GITHUB_SHA", &merge)
            .env("GITHUB_REF", "refs/pull/12/merge")
            .env("GITHUB_HEAD_REF", "feature")
            .env("GITHUB_BASE_REF", "main")
            .env("PLIMSOLL_TESTBED", "ci")
            .output()
            .expect("it starts");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        (output.status.code(), text + &String::from_utf8_lossy(&output.stderr))
    };
    scratch.takes(&["1000"]);
    let (code, text) = in_ci(&["run"]);
    assert_eq!(code, Some(0), "{text}");
    let (code, text) = in_ci(&["check"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains(&head[..7]), "{text}");
}
