//! What a run is held against, and what its alerts do to the gate.

use crate::scratch::Scratch;

#[test]
fn a_step_closes_the_gate_by_its_name_and_undoing_it_opens_it() {
    let mut scratch = Scratch::quiet();
    scratch.commit();
    let slow = scratch.run(&["1500"], &[]);
    slow.check(1, "✗ gate closed: p.BenchmarkParse regressed +50.0 % (critical)");
    assert!(!slow.stdout.contains("Render regressed"));
    scratch.plimsoll(&["check"]).check(1, "gate closed");
    scratch.commit();
    scratch.run(&["1001"], &[]).check(0, "✓ pass");
    scratch.plimsoll(&["check"]).check(0, "✓ pass");
}

#[test]
fn a_regression_does_not_go_green_by_waiting() {
    let mut scratch = Scratch::quiet();
    for _ in 0..12 {
        scratch.commit();
        assert_eq!(scratch.run(&["1500"], &["--no-confirm"]).code, Some(1));
    }
    let closed = scratch.run(&["1500"], &[]);
    closed.check(1, "alert 1 on p.BenchmarkParse#time is still open");
    let rows: Vec<&str> = closed.stdout.lines().skip_while(|line| !line.contains("benchmark ")).collect();
    assert!(
        rows[1].starts_with("✗  p.BenchmarkParse") && rows[1].ends_with("unchanged"),
        "{}",
        closed.stdout
    );
    assert!(rows[2].contains("closes the gate: alert 1 is still open, 1.500 µs where 1 µs was expected"));
    scratch.plimsoll(&["check", "--json"]).check(1, "\"alerts\":[1]");
    scratch.plimsoll(&["check", "--format", "md"]).check(1, "| 🔴 | `p.BenchmarkParse` |");
}

#[test]
fn a_dirty_run_is_judged_and_leaves_no_trace_in_baselines_and_alerts() {
    let mut scratch = Scratch::quiet();
    let config = std::fs::read_to_string(scratch.path("plimsoll.toml")).expect("a file");
    scratch.write("plimsoll.toml", &format!("{config}# not committed\n"));
    let dirty = scratch.run(&["1500"], &[]);
    dirty.check(1, "+dirty");
    assert!(dirty.stderr.contains("this run enters no baseline"), "{}", dirty.stderr);
    scratch.plimsoll(&["check"]).check(1, "gate closed");
    scratch.write("plimsoll.toml", &config);
    scratch.run(&["1000"], &[]).check(0, "against main (5 runs)");
    // The newest run of the commit is the clean one, though dirty runs stand behind it.
    scratch.plimsoll(&["check"]).check(0, "✓ pass");
    scratch.commit();
    scratch.run(&["1000"], &[]).check(0, "✓ pass");
}

#[test]
fn a_late_run_of_an_older_commit_neither_opens_nor_resolves() {
    let mut scratch = Scratch::quiet();
    let old = scratch.git(&["rev-parse", "HEAD~2"]);
    scratch.commit();
    assert_eq!(scratch.run(&["1500"], &[]).code, Some(1));
    let late = |value: &str| {
        let lines =
            format!("pkg: p\nBenchmarkParse-2 1000 {value} ns/op\nBenchmarkRender-2 1000 200 ns/op\n");
        scratch.write(".git/late.txt", &lines);
        let place = ["--suite", "fast", "--commit", &old, "--branch", "main"];
        scratch.plimsoll(&[&["ingest", ".git/late.txt"], &place[..]].concat())
    };
    late("1003").check(0, "");
    scratch.plimsoll(&["check", "--json"]).check(1, "\"id\":1");
    late("9000").check(0, "");
    let alerts = scratch.plimsoll(&["check", "--json"]);
    assert!(!alerts.stdout.contains("\"id\":2"), "{}", alerts.stdout);
}

#[test]
fn a_benchmark_that_vanished_closes_the_gate_when_asked() {
    let mut scratch = Scratch::quiet();
    scratch.commit();
    let bench = "printf 'pkg: p\\nBenchmarkParse-2 1000 1000 ns/op\\n'";
    let config = std::fs::read_to_string(scratch.path("plimsoll.toml")).expect("a file");
    scratch.write("plimsoll.toml", &config.replace("sh bench.sh", "sh .git/less.sh"));
    scratch.write(".git/less.sh", bench);
    scratch.plimsoll(&["run"]).check(0, "1 missing");
    scratch.plimsoll(&["run", "--fail-on", "missing"]).check(1, "1 series missing");
}

#[test]
fn no_baseline_is_inconclusive() {
    let scratch = Scratch::new();
    let first = scratch.run(&["1000"], &["--all", "--json"]);
    first.check(0, "first run of suite");
    scratch.run(&["1000"], &[]).check(0, "nothing was compared");
    scratch.run(&["1000"], &["--fail-on", "inconclusive"]).check(5, "✗ gate closed");
}
