//! What programs that measure themselves leave behind: read by `ingest`, taken by `run`.

use std::fs;

use crate::scratch::{Scratch, has};

/// A line as `libs/probe` writes it.
const LINE: &str = r#"{"format":"plimsoll.run/1","id":"probe-33f2699cf5c889133a9e9a6a92705b17-ID","suite":"SUITE","session":"33f2699cf5c889133a9e9a6a92705b17","context":{"branch":"main","testbed":"default","environment":{"tools":{"cpython":"3.12.1"}},"started_at":"2020-11-21T06:MM:09.489Z","duration_ms":28},"measurements":[{"benchmark":"SUITE","harness":"plimsoll-probe","metric":"time","unit":"ns","direction":"lower","value":VALUE,"statistic":"value","iterations":1,"items":{"pages":100.0}},{"benchmark":"SUITE","harness":"plimsoll-probe","metric":"rss_change","unit":"bytes","direction":"none","value":606208.0,"statistic":"value","iterations":1,"items":{"pages":100.0}}],"notes":[{"severity":"info","message":"cache miss"}]}"#;

/// What the program does in `plimsoll run -- sh program.sh`: it leaves the lines of a file where the environment says.
const PROGRAM: &str = "cat lines.jsonl >> \"$PLIMSOLL_SPOOL/v1-runs.jsonl\"; cat \"$PLIMSOLL_SPOOL/v1-summary.jsonl\" 2>/dev/null; exit \"${1:-0}\"\n";

/// Prints what `go test -bench` does.
const GO_RESULTS: &str = "printf 'goos: linux\\npkg: p\\nBenchmarkParse-2 1000 200 ns/op\\nPASS\\n'; ";

fn line(number: usize, suite: &str, time_ms: f64) -> String {
    LINE.replace("-ID", &format!("-{number}"))
        .replace("SUITE", suite)
        .replace(":MM:", &format!(":{number:02}:"))
        .replace("VALUE", &format!("{:?}", time_ms * 1e6))
}

fn lines(suite: &str, times_ms: &[f64]) -> String {
    times_ms.iter().zip(0..).map(|(time_ms, number)| line(number, suite, *time_ms) + "\n").collect()
}

/// A project with these lines in its spool.
fn spooled(text: &str) -> Scratch {
    let scratch = Scratch::new("");
    scratch.commit(1);
    fs::create_dir_all(scratch.path().join(".plimsoll/spool")).expect("a folder");
    scratch.write(SPOOL, text);
    scratch
}

const SPOOL: &str = ".plimsoll/spool/v1-runs.jsonl";
const REJECTED: &str = ".plimsoll/spool/v1-rejected.jsonl";

/// A project with a program that leaves these lines.
fn program(text: &str) -> Scratch {
    let scratch = Scratch::new("");
    scratch.write("lines.jsonl", text);
    scratch.write("program.sh", PROGRAM);
    scratch.git(1, &["add", "."]);
    scratch.commit(1);
    scratch
}

fn in_spool(scratch: &Scratch) -> Vec<String> {
    let entries = fs::read_dir(scratch.path().join(".plimsoll/spool")).expect("a folder");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    // What programs read of their last runs stays.
    names.retain(|name| name != "v1-summary.jsonl");
    names.sort();
    names
}

/// How many runs there are of each suite.
fn stored(scratch: &Scratch) -> String {
    let listing = scratch.run(&["runs", "ls"]).ok();
    let count = |suite: &str| listing.lines().filter(|line| line.contains(suite)).count();
    format!("build {}, serve {}, sh {}", count("  build  "), count("  serve  "), count("  sh  "))
}

#[test]
fn ingest_stores_what_is_in_the_spool_and_empties_it() {
    let text = lines("build", &[10.0, 10.1, 9.9]) + &line(7, "serve", 3.0) + "\n";
    let scratch = spooled(&text);
    scratch.write(".plimsoll/spool/v1-17-1763.jsonl", &(line(8, "serve", 3.1) + "\n"));
    let ingest = scratch.run(&["ingest"]);
    has(&ingest.stderr, &["3 runs of build stored; the newest:", "2 runs of serve stored; the newest:"]);
    let shown = ingest.ok();
    has(&shown, &["9.900 ms", "3.100 ms", "rangebar build", "rangebar serve"]);
    assert!(!shown.contains("10.10 ms  new"), "{shown}");
    assert_eq!(in_spool(&scratch), Vec::<String>::new());
    assert_eq!(stored(&scratch), "build 3, serve 2, sh 0");
    let again = scratch.run(&["ingest"]);
    has(&again.stderr, &["nothing to read: no program has left lines in ", "/.plimsoll/spool"]);
    assert_eq!(again.ok(), "");
}

#[test]
fn a_run_is_stored_once_however_often_it_is_read() {
    let scratch = spooled(&lines("build", &[10.0, 10.1]));
    scratch.run(&["ingest", SPOOL]).ok();
    assert_eq!(in_spool(&scratch), ["v1-runs.jsonl"]);
    // A reader took the file and was ended before it removed it.
    let taken = scratch.path().join(".plimsoll/spool/v1-taken-1763-17-0.jsonl");
    fs::rename(scratch.path().join(SPOOL), taken).expect("a file");
    scratch.write(SPOOL, &(line(5, "build", 10.2) + "\n"));
    let ingest = scratch.run(&["ingest"]);
    has(&ingest.stderr, &["3 runs of build stored, 2 of them before; the newest:"]);
    has(&ingest.ok(), &["10.20 ms"]);
    assert_eq!((stored(&scratch), in_spool(&scratch).len()), ("build 3, serve 0, sh 0".to_owned(), 0));
}

#[test]
fn what_is_read_after_an_edit_is_said_to_enter_no_baseline() {
    let scratch = spooled(&lines("build", &[2.0, 2.1]));
    assert!(!scratch.run(&["ingest", "--dry-run"]).stderr.contains("not committed"));
    scratch.git(2, &["add", "plimsoll.toml"]);
    scratch.commit(2);
    scratch.write("plimsoll.toml", &format!("{}# changed\n", scratch.read("plimsoll.toml")));
    let ended = scratch.run(&["ingest"]);
    has(
        &ended.stderr,
        &["there are changes that are not committed: 2 runs of this commit enter no baseline"],
    );
    has(&ended.ok(), &["+dirty"]);
}

#[test]
fn a_dry_run_takes_and_stores_nothing() {
    let scratch = spooled(&lines("build", &[10.0, 10.1]));
    let ingest = scratch.run(&["ingest", "--dry-run"]);
    has(&ingest.stderr, &["2 runs of build; the newest:"]);
    has(&ingest.ok(), &["10.10 ms"]);
    assert_eq!(in_spool(&scratch), ["v1-runs.jsonl"]);
    assert!(!scratch.path().join(".plimsoll/history.db").exists());
}

#[test]
fn broken_lines_are_named_and_kept() {
    let torn = &line(1, "build", 10.0)[..200];
    let scratch = spooled(&format!("{torn}\n{}\nno run\n", line(2, "build", 10.1)));
    let ingest = scratch.run(&["ingest"]);
    has(
        &ingest.stderr,
        &[
            "v1-runs.jsonl line 1: left out: it ends in the middle",
            "v1-runs.jsonl line 3: left out: it is not what plimsoll-run writes",
            "2 broken lines kept in ",
            REJECTED,
        ],
    );
    ingest.ok();
    assert_eq!(scratch.read(REJECTED), format!("{torn}\nno run\n"));
    assert_eq!((stored(&scratch).as_str(), in_spool(&scratch).len()), ("build 1, serve 0, sh 0", 1));
    scratch.write(SPOOL, "no run\n");
    has(&scratch.run(&["ingest"]).failed(4), &["error[PLM022]: no line of the spool is a run", REJECTED]);
}

#[test]
fn a_line_that_contradicts_a_stored_run_is_kept_apart() {
    // A run keeps the identity that it brought where nothing has to be filled in.
    let whole = |value| {
        line(1, "build", value)
            .replace("\"testbed\":\"default\"", "\"testbed\":\"t\"")
            .replace("\"suite\"", "\"project\":\"rangebar\",\"suite\"")
    };
    let scratch = spooled(&format!("{}\n{}\n", whole(10.0), whole(20.0)));
    let ingest = scratch.run(&["ingest"]);
    has(&ingest.stderr, &["-1 left out: ", "1 broken line kept in "]);
    has(&ingest.ok(), &["10 ms"]);
    assert_eq!(scratch.read(REJECTED).lines().count(), 1);
}

#[test]
fn what_happened_in_between_is_told_and_programs_get_everything() {
    let mut times = vec![10.0, 10.1, 9.9, 10.0, 10.1, 9.9, 10.0];
    times.extend([25.0, 25.1, 10.0, 10.1]);
    let scratch = spooled(&lines("build", &times));
    let told = scratch.run(&["ingest", "--json", "--dry-run"]).ok();
    assert_eq!(told.matches("\"format\":\"plimsoll.report/1\"").count(), times.len());
    has(&told, &["\"format\":\"plimsoll.reports/1\""]);
    let ingest = scratch.run(&["ingest"]);
    has(
        &ingest.stderr,
        &[
            "2020-11-21 06:07Z build 5d2dfbb: alert 1 opened: critical build#time",
            "2020-11-21 06:07Z build 5d2dfbb: it would close the gate: 1 series regressed",
            "alert 1 is over",
            "11 runs of build stored; the newest:",
        ],
    );
    has(&ingest.ok(), &["✓ pass", "10.10 ms"]);
}

#[test]
fn what_cannot_be_taken_is_said_and_the_rest_is_stored() {
    let scratch = spooled("");
    fs::remove_file(scratch.path().join(SPOOL)).expect("a file");
    fs::create_dir(scratch.path().join(SPOOL)).expect("a folder");
    scratch.write(".plimsoll/spool/v1-17-1763.jsonl", &(line(8, "serve", 3.1) + "\n"));
    scratch.write(".plimsoll/spool/notes.txt", "junk");
    let ingest = scratch.run(&["ingest"]);
    has(&ingest.stdout, &["rangebar serve"]);
    has(
        &ingest.failed(4),
        &["error[PLM026]: v1-runs.jsonl cannot be read: it is no regular file", "plimsoll ingest FILE"],
    );
    assert_eq!(in_spool(&scratch), ["notes.txt", "v1-runs.jsonl"]);
}

#[test]
fn what_belongs_to_files_needs_a_file() {
    let scratch = spooled("");
    for flag in [&["--harness", "go"][..], &["--at", "2026-11-21T06:00:00Z"], &["--again"]] {
        assert_eq!(scratch.run(&[&["ingest"], flag].concat()).code, Some(2), "{flag:?}");
    }
}

#[test]
fn run_takes_what_the_command_measured_itself() {
    let scratch = program(&lines("build", &[10.0]));
    fs::create_dir_all(scratch.path().join(".plimsoll/spool")).expect("a folder");
    scratch.write(SPOOL, &lines("build", &[10.1]));
    scratch.run(&["ingest"]).ok();
    let run = scratch.run(&["run", "--", "sh", "program.sh"]).ok();
    has(&run, &["rangebar build", "build#time", "10 ms", "the command: wall "]);
    assert!(!run.contains("sh program.sh#time"), "{run}");
    assert_eq!(in_spool(&scratch), Vec::<String>::new());
    // The same series as the same program without `run`.
    has(&run, &["baseline is young: 1 of 5 runs"]);
    assert_eq!(stored(&scratch), "build 2, serve 0, sh 0");
}

#[test]
fn values_of_several_lines_and_repeats_are_samples() {
    let scratch = program(&lines("build", &[10.0, 12.0, 30.0]));
    let run = scratch.run(&["run", "--bundle", "run.json", "--", "sh", "program.sh"]).ok();
    has(&run, &["build#time", "12 ms"]);
    let bundle = scratch.read("run.json");
    has(
        &bundle,
        &[
            "\"suite\":\"build\",\"session\":\"33f2699cf5c889133a9e9a6a92705b17\"",
            "\"samples\":[10000000.0,12000000.0,30000000.0]",
            "\"statistic\":\"median\"",
            "\"notes\":[{\"severity\":\"info\",\"message\":\"cache miss\"}]",
            "\"cpython\":\"3.12.1\"",
        ],
    );
    assert_eq!(bundle.matches("cache miss").count(), 1);
    scratch.run(&["run", "--repeat", "2", "--bundle", "run.json", "--", "sh", "program.sh"]).ok();
    has(&scratch.read("run.json"), &["\"samples\":[12000000.0,12000000.0]"]);
}

#[test]
fn a_suite_that_somebody_named_is_kept() {
    let scratch = program(&(lines("build", &[10.0]) + &line(5, "serve", 3.0)));
    has(&scratch.run(&["run", "mine", "--", "sh", "program.sh"]).ok(), &["rangebar mine", "serve#time"]);
    // Lines of two suites do not say which it is.
    let run = scratch.run(&["run", "--", "sh", "program.sh"]);
    has(&run.stderr, &["name several suites (build, serve): this run is of suite sh"]);
    has(&run.ok(), &["rangebar sh", "build#time", "serve#time"]);
}

#[test]
fn printed_results_count_too() {
    let scratch = program(&lines("build", &[10.0]));
    scratch.write("program.sh", &format!("{GO_RESULTS}{PROGRAM}"));
    has(&scratch.run(&["run", "--", "sh", "program.sh"]).ok(), &["rangebar build", "build#time", "Parse"]);
    let told = scratch.run(&["run", "--harness", "plimsoll-run", "--", "sh", "-c", "echo hi; sh program.sh"]);
    has(&told.ok(), &["build#time"]);
}

#[test]
fn a_program_finds_the_summary_of_its_last_runs() {
    let scratch = program(&lines("build", &[10.0]));
    fs::create_dir_all(scratch.path().join(".plimsoll/spool")).expect("a folder");
    scratch.write(".plimsoll/spool/v1-summary.jsonl", "a summary\n");
    has(&scratch.run(&["run", "--", "sh", "program.sh"]).ok(), &["a summary\n"]);
}

#[test]
fn a_command_that_leaves_no_line_is_measured_as_ever() {
    let scratch = program("");
    has(&scratch.run(&["run", "--", "sh", "program.sh"]).ok(), &["rangebar sh", "sh program.sh#time"]);
}

#[test]
fn lines_of_a_failed_command_are_not_results() {
    let scratch = program(&lines("build", &[10.0]));
    let said = scratch.run(&["run", "--", "sh", "program.sh", "3"]).failed(3);
    has(&said, &["error[PLM011]", "cause: 1 line of its programs left out: the command failed"]);
    let listing = scratch.run(&["runs", "ls"]).ok();
    has(&listing, &["  build  ", "failed"]);
    assert_eq!(listing.lines().count(), 2, "{listing}");
}

#[test]
fn a_line_that_failed_enters_no_baseline() {
    let failed = lines("build", &[10.0]).replace("\"suite\"", "\"outcome\":\"failed\",\"suite\"");
    let scratch = program(&failed);
    scratch.run(&["run", "--bundle", "run.json", "--", "sh", "program.sh"]).ok();
    assert_eq!(scratch.read("run.json").matches("\"outcome\":\"failed\"").count(), 2);
    scratch.write("lines.jsonl", &lines("build", &[10.0]));
    has(&scratch.run(&["run", "--", "sh", "program.sh"]).ok(), &["new"]);
}

#[test]
fn before_the_gate_closes_the_program_runs_once_more() {
    let scratch = program(&lines("build", &[10.0]));
    // Where git does not see it, so that the tree stays clean.
    let program = "cat .git/now >> \"$PLIMSOLL_SPOOL/v1-runs.jsonl\"; cp .git/next .git/now";
    let run = |first_ms: f64, second_ms: f64| {
        scratch.write(".git/now", &lines("build", &[first_ms]));
        scratch.write(".git/next", &lines("build", &[second_ms]));
        scratch.run(&["run", "--", "sh", "-c", program])
    };
    for time_ms in [10.0, 10.1, 9.9, 10.0, 10.1, 9.9] {
        run(time_ms, time_ms).ok();
    }
    let excused = run(25.0, 10.0);
    has(&excused.stderr, &["1 series would close the gate: running once more"]);
    has(&excused.ok(), &["✓ pass", "rangebar build"]);
    let confirmed = run(25.0, 25.1);
    has(&confirmed.stdout, &["gate closed", "build#time"]);
    confirmed.failed(1);
}
