//! Runs that a program wrote down about itself.

use crate::scratch::{Scratch, has};

/// A line as a program leaves it: the commit is a hash, and nobody said what machine this is.
fn line(scratch: &Scratch, value: u32) -> String {
    format!(
        r#"{{"format":"plimsoll.run/1","id":"probe-{value}","suite":"build","context":{{"commit":{{"hash":"{}"}},"branch":"main","testbed":"default","environment":{{"tools":{{"python":"3.13.1"}}}},"started_at":"2026-03-02T12:00:0{value}Z"}},"measurements":[{{"benchmark":"build","metric":"time","unit":"ms","value":{value}}}]}}"#,
        scratch.read(".git/refs/heads/main").trim()
    )
}

#[test]
fn the_commit_finds_its_place_and_the_machine_is_this_one() {
    let scratch = Scratch::new("");
    scratch.git(1, &["add", "."]);
    scratch.commit(1);
    scratch.commit(2);
    scratch.write("runs.jsonl", &line(&scratch, 1));
    scratch.run(&["ingest", "runs.jsonl"]).ok();
    let stored = scratch.run(&["export", "jsonl"]).ok();
    has(&stored, &[r#""ancestors":[""#, r#""subject":"Change number 2""#, r#""dirty":false"#]);
    has(&stored, &[r#""python":"3.13.1""#, r#""cores":"#, r#""testbed":"ci""#]);
}

#[test]
fn what_was_measured_on_changed_files_enters_no_baseline() {
    let scratch = Scratch::new("");
    scratch.git(1, &["add", "."]);
    scratch.commit(1);
    scratch.write("plimsoll.toml", &format!("{}\n# changed\n", scratch.read("plimsoll.toml")));
    scratch.write("runs.jsonl", &format!("{}\n{}\n", line(&scratch, 1), line(&scratch, 2)));
    let shown = scratch.run(&["ingest", "runs.jsonl"]).ok();
    has(&shown, &["(0 runs)", "dirty"]);
    scratch.git(2, &["add", "."]);
    scratch.commit(2);
    // The commit that was checked out then is no longer the one that is now: nothing is known against it.
    scratch.write("late.jsonl", &line(&scratch, 3));
    scratch.commit(3);
    scratch.run(&["ingest", "late.jsonl"]).ok();
    let stored = scratch.run(&["export", "jsonl"]).ok();
    assert_eq!(stored.matches(r#""dirty":true"#).count(), 2, "{stored}");
    assert_eq!(stored.matches(r#""dirty":false"#).count(), 1, "{stored}");
}
