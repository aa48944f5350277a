//! Before the gate closes, the command is run once more, and only what both runs show counts.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use crate::scratch::Scratch;

#[test]
fn what_the_second_run_does_not_show_does_not_count() {
    let mut scratch = Scratch::quiet();
    scratch.commit();
    let before = scratch.times_run();
    let run = scratch.run(&["1500", "1001"], &[]);
    run.check(0, "✓ pass");
    assert!(run.stderr.contains("1 series would close the gate: running once more"), "{}", run.stderr);
    assert_eq!(scratch.times_run(), before + 2);
    let check = scratch.plimsoll(&["check"]);
    check.check(0, "✓ pass");
    assert!(
        check.stderr.contains("was looked at twice: each value is the milder of both"),
        "{}",
        check.stderr
    );
}

#[test]
fn it_can_be_skipped() {
    let mut scratch = Scratch::quiet();
    scratch.commit();
    scratch.run(&["1500", "1001"], &["--no-confirm"]).check(1, "gate closed");
}

#[test]
fn what_somebody_does_not_gate_on_needs_no_second_look() {
    let mut scratch = Scratch::quiet();
    scratch.commit();
    let before = scratch.times_run();
    scratch.run(&["1500"], &["--fail-on", "missing"]).check(0, "+50.0 %");
    assert_eq!(scratch.times_run(), before + 1);
}

#[test]
fn it_is_taken_without_storing_too() {
    let mut scratch = Scratch::quiet();
    scratch.commit();
    scratch.run(&["1500", "1001"], &["--no-store"]).check(0, "✓ pass");
    scratch.run(&["1500", "1500"], &["--no-store"]).check(1, "gate closed");
    let nothing = scratch.plimsoll(&["check"]);
    assert_eq!(nothing.code, Some(4), "{}", nothing.stderr);
}

#[test]
fn when_it_fails_the_first_verdict_is_shown_and_opens_no_alert() {
    let mut scratch = Scratch::quiet();
    scratch.commit();
    let run = scratch.run(&["1500", "fail"], &["--json"]);
    run.check(3, "the second look failed, and the first stands unconfirmed");
    run.check(3, "\"alerts\":[]");
    assert!(run.stderr.contains("error[PLM011]"), "{}", run.stderr);
    assert!(run.stderr.contains("the first verdict stands unconfirmed"), "{}", run.stderr);
    let check = scratch.plimsoll(&["check"]);
    assert_eq!(check.code, Some(3), "{}", check.stderr);
    assert!(check.stderr.contains("the newest run of suite fast on this commit failed"));
    scratch.run(&["1000"], &[]).check(0, "✓ pass");
    scratch.plimsoll(&["check"]).check(0, "✓ pass");
}

#[test]
fn an_interrupt_in_it_leaves_nothing_behind() {
    let mut scratch = Scratch::quiet();
    scratch.commit();
    scratch.takes(&["1500", "hang"]);
    let mut child = scratch
        .command()
        .arg("run")
        .process_group(0)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let stdout = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut lines = stdout.lines();
    assert!(lines.any(|line| line.is_ok_and(|line| line == "hanging")));
    let group = format!("-{}", child.id());
    let killed = Command::new("kill").args(["-INT", "--", &group]).status();
    assert!(killed.is_ok_and(|status| status.success()));
    assert_eq!(child.wait().expect("it ends").code(), Some(130));
    let check = scratch.plimsoll(&["check"]);
    assert_eq!(check.code, Some(4), "{}", check.stderr);
    assert!(check.stderr.contains("there is no run of commit"), "{}", check.stderr);
}

#[test]
fn what_was_looked_at_twice_is_accepted_whole() {
    let mut scratch = Scratch::quiet();
    scratch.commit();
    assert_eq!(scratch.run(&["1500", "1510"], &[]).code, Some(1));
    assert_eq!(scratch.plimsoll(&["baseline", "accept", "--note", "a price worth paying"]).code, Some(0));
    let check = scratch.plimsoll(&["check"]);
    assert_eq!(check.code, Some(0), "{}", check.stdout);
}
