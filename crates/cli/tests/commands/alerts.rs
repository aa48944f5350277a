use crate::scratch::{has, quiet};

#[test]
fn a_regression_is_explained_acknowledged_and_accepted() {
    let scratch = quiet();
    scratch.day(8, &[("parse", 1.5), ("startup", 48.0)]);
    assert_eq!(scratch.run(&["check"]).code, Some(1));
    has(&scratch.run(&["alert", "ls"]).ok(), &["#1", "fast:parse#time", "+50.0 % slower", "open"]);
    has(
        &scratch.run(&["explain", "1"]).ok(),
        &[
            "alert #1 (critical) on fast:parse#time",
            "parse#time was 1.500 ms where 1 ms was normal",
            "still worse than expected",
            "its life",
            "plimsoll baseline accept",
        ],
    );
    has(
        &scratch.run(&["alert", "ack", "1", "--notes", "known\u{1b}[2J"]).ok(),
        &["acknowledged by ada", "known\\x1b[2J"],
    );
    assert_eq!(scratch.run(&["check"]).code, Some(0));
    has(&scratch.run(&["alert", "reopen", "1"]).ok(), &["open by ada"]);
    assert_eq!(scratch.run(&["check"]).code, Some(1));
    has(
        &scratch.run(&["baseline", "accept", "--note", "a new allocator"]).ok(),
        &["the new normal of main starts at", "fast:parse#time", "alerts resolved: #1"],
    );
    has(&scratch.run(&["check"]).ok(), &["pass"]);
    has(
        &scratch.run(&["baseline", "show", "parse"]).ok(),
        &["1.500 ms", "1 run of 20", "young: 1 of at least 5 runs", "a new allocator"],
    );
    has(&scratch.run(&["alert", "ls"]).ok(), &["no alerts"]);
    has(&scratch.run(&["alert", "ls", "--all"]).ok(), &["resolved"]);
    has(
        &scratch.run(&["explain", "#1", "--json"]).ok(),
        &["\"state\":\"resolved\"", "\"life\":[", "a new allocator"],
    );
    scratch.day(9, &[("parse", 1.501), ("startup", 48.0)]);
    assert_eq!(scratch.run(&["check"]).code, Some(0));
}

#[test]
fn alerts_refuse_what_makes_no_sense() {
    let scratch = quiet();
    scratch.day(8, &[("parse", 1.5), ("startup", 48.0)]);
    has(&scratch.run(&["alert", "show", "9"]).failed(2), &["error[PLM006]: there is no alert number 9"]);
    has(&scratch.run(&["alert", "show", "1", "--project", "other"]).failed(2), &["PLM006"]);
    has(&scratch.run(&["alert", "ack", "1"]).failed(2), &["--note"]);
    has(&scratch.run(&["alert", "ack", "1", "--note", " "]).failed(2), &["a note says why"]);
    has(&scratch.run(&["alert", "mute", "1", "--note", "x"]).failed(2), &["--until"]);
    let past = ["alert", "mute", "1", "--note", "x", "--until", "2020-01-01"];
    has(&scratch.run(&past).failed(2), &["--until lies in the past"]);
    let mute = ["alert", "mute", "1", "--note", "x", "--until", "30d"];
    has(&scratch.run(&mute).ok(), &["muted by ada"]);
    has(&scratch.run(&["alert", "resolve", "1"]).ok(), &["resolved"]);
    has(
        &scratch.run(&["alert", "ack", "1", "--note", "x"]).failed(2),
        &["PLM060", "plimsoll alert reopen 1"],
    );
    has(&scratch.run(&["alert", "ls", "--state", "resolved", "--json"]).ok(), &["\"id\":1"]);
}
