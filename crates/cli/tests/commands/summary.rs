//! What `run` and `ingest` leave for programs: `plimsoll.summary/1` beside the spool.

use std::fs;

use serde_json::Value;

use crate::scratch::{Scratch, has, results, usual};

const FILE: &str = ".plimsoll/spool/v1-summary.jsonl";

/// A project with a spool and some days of history.
fn spooled(days: u32) -> Scratch {
    let scratch = Scratch::new("");
    make_spool(&scratch);
    for day in 1..=days {
        scratch.day(day, &[("parse", usual(day)), ("render", 10.0)]);
    }
    scratch
}

fn make_spool(scratch: &Scratch) {
    fs::create_dir_all(scratch.path().join(".plimsoll/spool")).expect("a spool");
}

fn has_file(scratch: &Scratch) -> bool {
    scratch.path().join(FILE).exists()
}

fn lines(scratch: &Scratch) -> Vec<Value> {
    scratch.read(FILE).lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
}

/// A run as a program writes it.
fn own_run(id: &str, suite: &str, at: &str, time_ms: f64, harness: &str) -> String {
    format!(
        r#"{{"format":"plimsoll.run/1","id":"{id}","project":"rangebar","suite":"{suite}","context":{{"testbed":"ci","branch":"main","started_at":"{at}"}},"measurements":[{{"benchmark":"build","harness":"{harness}","metric":"time","unit":"ms","direction":"lower","value":{time_ms}}}]}}"#
    ) + "\n"
}

#[test]
fn each_ingest_tells_of_its_run() {
    let scratch = spooled(1);
    let first = lines(&scratch).remove(0);
    assert_eq!((&first["verdict"], &first["index"]), (&Value::from("inconclusive"), &Value::Null));
    assert_eq!(first["series"][0]["baseline"], Value::Null);
    for day in 2..=7 {
        scratch.day(day, &[("parse", usual(day)), ("render", 10.0)]);
    }
    scratch.day(8, &[("parse", 200.0), ("render", 10.0)]);
    let text = scratch.read(FILE).replace(lines(&scratch)[0]["run"].as_str().expect("an id"), "ID");
    insta::assert_snapshot!(text, @r#"{"format":"plimsoll.summary/1","project":"rangebar","suite":"fast","testbed":"ci","branch":"main","run":"ID","commit":"e9c9e2c73103dd5447bba2f826e1815af8378db5","measured_at":"2026-03-08T12:00:00Z","verdict":"regressed","index":50.0,"alerts":1,"series":[{"benchmark":"parse","parameters":{},"metric":"time","unit":"ns","direction":"lower","value":200000000.0,"verdict":"regressed","severity":"critical","baseline":{"center":100000000.0,"spread":1690166.5290963862,"runs":7},"warn_beyond":110000000.0,"error_beyond":120000000.0,"target":null,"trend":[100000000.0,102000000.0,99000000.0,101000000.0,98000000.0,100000000.0,102000000.0,200000000.0]},{"benchmark":"render","parameters":{},"metric":"time","unit":"ns","direction":"lower","value":10000000.0,"verdict":"unchanged","severity":null,"baseline":{"center":10000000.0,"spread":0.0,"runs":7},"warn_beyond":11000000.0,"error_beyond":12000000.0,"target":null,"trend":[10000000.0,10000000.0,10000000.0,10000000.0,10000000.0,10000000.0,10000000.0,10000000.0]}]}"#);
}

#[test]
fn without_a_spool_nobody_asks() {
    let scratch = Scratch::with_days(2);
    assert!(!scratch.path().join(".plimsoll/spool").exists());
    make_spool(&scratch);
    scratch.run(&["ingest", "results.json", "--harness", "custom-smaller-is-better", "--dry-run"]).ok();
    scratch.run(&["check"]).ok();
    assert!(!has_file(&scratch));
}

#[test]
fn a_program_that_measures_itself_makes_the_spool() {
    let scratch = Scratch::new("");
    scratch.write("own.jsonl", &own_run("1", "site", "2026-03-01T12:00:00Z", 10.0, "plimsoll-probe"));
    scratch.run(&["ingest", "own.jsonl"]).ok();
    assert_eq!(lines(&scratch)[0]["suite"], "site");
}

#[test]
fn a_program_under_run_reads_what_its_last_run_left() {
    let scratch = Scratch::new("");
    scratch.write("own.jsonl", &own_run("1", "site", "2026-03-01T12:00:00Z", 10.0, "plimsoll-probe"));
    let command =
        r#"cat "$PLIMSOLL_SPOOL/v1-summary.jsonl" 2>&1; cat own.jsonl >> "$PLIMSOLL_SPOOL/v1-runs.jsonl""#;
    let run = ["run", "site", "--", "sh", "-c", command];
    has(&scratch.run(&run).ok(), &["v1-summary.jsonl: No such file"]);
    let left = scratch.read(FILE);
    has(&left, &[r#""suite":"site""#, r#""benchmark":"build""#]);
    has(&scratch.run(&run).ok(), &[&left]);
}

#[test]
fn run_leaves_one_too_unless_it_stores_nothing_or_the_command_fails() {
    let scratch = spooled(0);
    scratch.run(&["run", "sleepless", "--no-store", "--", "true"]).ok();
    scratch.run(&["run", "sleepless", "--", "false"]).failed(3);
    assert!(!has_file(&scratch));
    scratch.run(&["run", "sleepless", "--", "true"]).ok();
    let line = lines(&scratch).remove(0);
    assert_eq!((&line["suite"], &line["project"]), (&Value::from("sleepless"), &Value::from("rangebar")));
    assert!(line["series"].as_array().is_some_and(|series| !series.is_empty()), "{line}");
}

#[test]
fn of_several_runs_the_newest_of_each_suite_stays() {
    let scratch = spooled(0);
    let run = |id, suite, day, time| own_run(id, suite, &format!("2026-03-{day:02}T12:00:00Z"), time, "h");
    let runs = [run("1", "site", 1, 10.0), run("3", "site", 3, 30.0), run("2", "site", 2, 20.0)];
    scratch.write("runs.jsonl", &(runs.concat() + &run("4", "other", 4, 40.0)));
    scratch.run(&["ingest", "runs.jsonl"]).ok();
    let newest = |lines: &[Value]| -> Vec<String> {
        lines.iter().map(|line| format!("{} {}", line["suite"], line["run"])).collect()
    };
    assert_eq!(newest(&lines(&scratch)), [r#""other" "4""#, r#""site" "3""#]);
    scratch.write(".plimsoll/spool/v1-runs.jsonl", &run("5", "site", 5, 50.0));
    scratch.run(&["ingest"]).ok();
    assert_eq!(newest(&lines(&scratch)), [r#""site" "5""#, r#""other" "4""#]);
}

#[test]
fn a_failed_run_leaves_what_is_known() {
    let scratch = spooled(0);
    let good = own_run("1", "site", "2026-03-01T12:00:00Z", 10.0, "h");
    let failed = own_run("2", "site", "2026-03-02T12:00:00Z", 1.0, "h");
    let failed = failed.replacen("\"context\"", "\"outcome\":\"failed\",\"context\"", 1);
    scratch.write("runs.jsonl", &(good + &failed));
    scratch.run(&["ingest", "runs.jsonl"]).ok();
    assert_eq!(lines(&scratch)[0]["run"], "1");
}

#[test]
fn where_it_cannot_be_written_one_line_says_so() {
    let scratch = spooled(0);
    fs::create_dir(scratch.path().join(FILE)).expect("a folder in its place");
    scratch.write("results.json", &results(&[("parse", 100.0)]));
    let ended = scratch.run(&["ingest", "results.json", "--harness", "custom-smaller-is-better"]);
    let told: Vec<&str> = ended.stderr.lines().filter(|line| line.contains("summary")).collect();
    assert_eq!((ended.code, told.len()), (Some(0), 1), "{ended:?}");
    has(told[0], &["no summary for programs: cannot open", "v1-summary.jsonl", "directory"]);
}

#[test]
fn hostile_names_break_nothing() {
    let scratch = spooled(0);
    scratch.write("results.json", &results(&[("a\\nb\\u001b[2J\\u2028", 100.0)]));
    let ingest = ["ingest", "results.json", "--harness", "custom-smaller-is-better", "--suite"];
    scratch.run(&[&ingest[..], &["x\n\"},\u{1b}\\"]].concat()).ok();
    let line = lines(&scratch).remove(0);
    assert_eq!(line["suite"], "x\n\"},\u{1b}\\");
    assert_eq!(line["series"][0]["benchmark"], "a\nb\u{1b}[2J\u{2028}");
    let ended = scratch.run(&[&ingest[..], &[&"x".repeat(100_000)]].concat());
    assert_eq!(ended.code, Some(0));
    has(&ended.stderr, &["no summary for programs: the name of project or suite is too long\n"]);
    assert_eq!(lines(&scratch).len(), 1);
}

#[test]
fn a_large_suite_tells_what_a_report_shows_first() {
    let scratch = spooled(0);
    let names: Vec<String> = (0..1_000).map(|index| format!("site/rendering/page_{index:04}")).collect();
    let series: Vec<(&str, f64)> =
        names.iter().zip(0..).map(|(name, index)| (name.as_str(), 100.0 + f64::from(index).sqrt())).collect();
    for day in 1..=3 {
        scratch.day(day, &series);
    }
    assert_eq!(lines(&scratch)[0]["series"].as_array().map(Vec::len), Some(256));
    assert!(scratch.read(FILE).len() < 150_000);
}
