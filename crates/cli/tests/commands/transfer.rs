use std::fs;
use std::io::Write;

use crate::scratch::{has, quiet};

#[test]
fn what_is_exported_is_imported_the_same() {
    let scratch = quiet();
    has(&scratch.run(&["export", "jsonl", "-o", "a.jsonl"]).ok(), &[]);
    let import = scratch.run(&["--store", "other.db", "import", "jsonl", "a.jsonl"]).ok();
    has(&import, &["✓ a.jsonl: 7 new runs with 14 measurements"]);
    let again = scratch.run(&["--store", "other.db", "export", "jsonl"]).ok();
    assert_eq!(again, scratch.read("a.jsonl"));
    let repeat = scratch.run_with_input(&["--store", "other.db", "import", "jsonl", "-"], "a.jsonl");
    has(&repeat.ok(), &["0 new runs with 0 measurements, 7 stored already"]);
    has(&scratch.run(&["--store", "other.db", "alert", "ls"]).ok(), &["no alerts"]);
}

#[test]
fn exports_come_in_three_forms() {
    let scratch = quiet();
    let csv = scratch.run(&["export", "csv"]).ok();
    assert_eq!(csv.lines().count(), 15);
    has(&csv, &["run,project,suite,testbed,branch,commit", "parse,,time,ns,lower,1000000"]);
    let json = scratch.run(&["export", "json", "--suite", "fast", "--since", "2026-03-01"]).ok();
    assert!(json.starts_with("[\n{\"format\":\"plimsoll.run/1\"") && json.ends_with("}\n]\n"), "{json}");
    let none = scratch.run(&["export", "json", "--branch", "nope"]);
    assert_eq!(none.stdout, "[\n]\n");
    has(&none.stderr, &["no run of project rangebar passes these filters"]);
    let unwritable = scratch.run(&["export", "csv", "-o", "missing/x.csv"]);
    has(&unwritable.failed(6), &["error[PLM050]: missing/x.csv cannot be written"]);
}

#[test]
fn broken_lines_are_named_and_nothing_understood_is_an_error() {
    let scratch = quiet();
    let good = scratch.run(&["export", "jsonl"]).ok();
    let mut file = fs::File::create(scratch.path().join("b.jsonl")).expect("the file is made");
    write!(file, "{{\"half\": \n{good}\u{1b}[2J\n").expect("the file is written");
    let import = scratch.run(&["--store", "other.db", "import", "jsonl", "b.jsonl"]).ok();
    has(&import, &["! b.jsonl: 7 new runs", "2 broken lines", "line 1: ", "line 9: "]);
    scratch.write("c.jsonl", "nonsense\n");
    let nothing = scratch.run(&["--store", "third.db", "import", "jsonl", "c.jsonl"]);
    has(&nothing.failed(4), &["error[PLM022]: none of the 1 lines of c.jsonl is a run", "line 1: "]);
    scratch.write("d.jsonl", "");
    has(&scratch.run(&["import", "jsonl", "d.jsonl"]).failed(4), &["error[PLM024]"]);
    has(&scratch.run(&["import", "jsonl", "e.jsonl"]).failed(4), &["error[PLM020]: e.jsonl cannot be read"]);
    let other = good.replace("\"value\":1000000.0", "\"value\":1000001.0");
    scratch.write("f.jsonl", &other);
    let conflict = scratch.run(&["import", "jsonl", "f.jsonl"]);
    assert_eq!(conflict.code, Some(6));
    has(&conflict.stdout, &["5 stored already, 2 left out", "conflict: run "]);
}
