//! Exit codes, and what goes to which stream.

use std::fs;

use crate::scratch::Scratch;

#[test]
fn a_failed_command_is_recorded_and_no_gate_passes_on_it() {
    let mut scratch = Scratch::quiet();
    scratch.commit();
    let run = scratch.run(&["fail"], &[]);
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    assert!(run.stderr.contains("error[PLM011]: `sh bench.sh` ended with exit code 7"), "{}", run.stderr);
    assert_eq!(scratch.plimsoll(&["check"]).code, Some(3));
}

#[test]
fn a_command_out_of_time_is_ended() {
    let mut scratch = Scratch::quiet();
    scratch.commit();
    let run = scratch.run(&["hang"], &["--timeout", "300ms"]);
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    assert!(run.stderr.contains("error[PLM012]"), "{}", run.stderr);
    let check = scratch.plimsoll(&["check"]);
    assert_eq!(check.code, Some(3));
    assert!(check.stderr.contains("ran out of its time"), "{}", check.stderr);
}

#[test]
fn a_store_that_cannot_be_used_is_told_before_anything_is_measured() {
    let scratch = Scratch::new();
    fs::create_dir(scratch.path(".plimsoll")).expect("a folder");
    scratch.write(".plimsoll/history.db", "this is no database, and longer than its header would be");
    let run = scratch.run(&["1000"], &[]);
    assert_eq!(run.code, Some(6), "{}", run.stderr);
    assert!(run.stderr.contains("error[PLM031]"), "{}", run.stderr);
    assert_eq!(scratch.times_run(), 0);
}

#[test]
fn data_goes_to_standard_output_alone() {
    let scratch = Scratch::quiet();
    let run = scratch.run(&["1000"], &["--json"]);
    assert!(run.stdout.starts_with("{") && run.stdout.trim_end().ends_with('}'), "{}", run.stdout);
    run.check(0, "\"format\":\"plimsoll.report/1\"");
    assert!(!run.stdout.contains("BenchmarkParse-2") && run.stderr.contains("BenchmarkParse-2"));
}

#[test]
fn plain_files_that_cannot_be_written_do_not_hide_the_verdict() {
    let scratch = Scratch::quiet();
    let config = fs::read_to_string(scratch.path("plimsoll.toml")).expect("a file");
    scratch.write("plimsoll.toml", &(config + "[files]\ndir = \"bench.sh\"\n"));
    let run = scratch.run(&["1000"], &[]);
    run.check(6, "✓ pass");
    assert!(run.stderr.contains("error[PLM050]"), "{}", run.stderr);
}

#[test]
fn what_is_asked_wrongly_is_usage() {
    let scratch = Scratch::new();
    for arguments in [
        &["run", "nosuch"][..],
        &["run", "--fail-on", "weather"],
        &["run", "--store", "https://example.org"],
        &["run", "--timeout", "soon"],
    ] {
        assert_eq!(scratch.plimsoll(arguments).code, Some(2), "{arguments:?}");
    }
    assert_eq!(scratch.times_run(), 0);
}

#[test]
fn changes_that_are_gone_are_not_judged() {
    let mut scratch = Scratch::quiet();
    scratch.commit();
    assert_eq!(scratch.run(&["1000"], &[]).code, Some(0));
    scratch.write("plimsoll.toml", &format!("{}# changed\n", scratch.read("plimsoll.toml")));
    assert_eq!(scratch.run(&["1500", "1500"], &[]).code, Some(1));
    assert_eq!(scratch.plimsoll(&["check"]).code, Some(1), "the changes are still there");
    scratch.git(&["checkout", "--quiet", "plimsoll.toml"]);
    assert_eq!(scratch.plimsoll(&["check"]).code, Some(0), "the changes are gone");
}

#[test]
fn a_suite_that_lost_its_results_measured_nothing() {
    let scratch = Scratch::quiet();
    let said = scratch.plimsoll(&["run", "fast", "--", "true"]);
    assert_eq!(said.code, Some(4), "{}", said.stdout);
    assert!(said.stderr.contains("error[PLM024]") && said.stderr.contains("{out}"), "{}", said.stderr);
}

#[test]
fn a_command_that_never_worked_is_not_judged_beside_one_that_does() {
    let mut scratch = Scratch::quiet();
    scratch.commit();
    assert_eq!(scratch.run(&["1000"], &[]).code, Some(0));
    assert_eq!(scratch.plimsoll(&["run", "--", "false"]).code, Some(3));
    let check = scratch.plimsoll(&["check"]);
    assert_eq!(check.code, Some(0), "{}", check.stderr);
    assert!(check.stderr.contains("suite false never had a good run"), "{}", check.stderr);
}

#[test]
fn a_report_over_a_young_project_tells_what_an_open_alert_has_found() {
    let mut scratch = Scratch::quiet();
    scratch.commit();
    assert_eq!(scratch.run(&["1500", "1510"], &[]).code, Some(1));
    let report = scratch.plimsoll(&["report", "--days", "7"]).stdout;
    assert!(report.contains("**1 got worse") && report.contains("+51.0 %"), "{report}");
}
