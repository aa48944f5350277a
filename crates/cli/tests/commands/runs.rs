use insta::assert_snapshot;

use crate::scratch::Scratch;

#[test]
fn runs_are_listed_newest_first() {
    let scratch = Scratch::with_days(3);
    assert_snapshot!(scratch.plimsoll("runs ls -n 2"), @r"
    run           date               suite  commit   branch  testbed  values
    efe9e379b3cd  2026-03-03 12:00Z  fast   844be36  main    ci            2
    07ba2d8bd497  2026-03-02 12:00Z  fast   8309644  main    ci            2
    … 1 more run
    ");
    assert_snapshot!(scratch.plimsoll("runs ls --branch nowhere"), @"no runs yet: plimsoll run makes the first one");
}

#[test]
fn one_run_is_shown_by_commit_or_identity() {
    let scratch = Scratch::with_days(2);
    let shown = scratch.plimsoll("runs show HEAD --json");
    assert!(shown.starts_with(r#"{"format":"plimsoll.run/1","#), "{shown}");
    scratch.measure(2, &[("parse", 104.0)]);
    let ambiguous = scratch.plimsoll("runs show HEAD");
    assert!(ambiguous.contains("error[PLM007]: `HEAD` fits 2 runs"), "{ambiguous}");
    assert_snapshot!(scratch.plimsoll("runs show nope"), @r"
    [stderr] error[PLM004]: no run is called `nope`
    [stderr]   hint: plimsoll runs ls
    [exit 2]
    ");
}

#[test]
fn a_void_run_leaves_the_baselines_and_stays_in_the_books() {
    let scratch = Scratch::with_days(7);
    assert_snapshot!(scratch.plimsoll("runs void HEAD"), @r"
    [stderr] error[PLM001]: the following required arguments were not provided:
    [stderr]   --note <TEXT>
    [stderr] 
    [stderr] Usage: plimsoll runs void --note <TEXT> <RUN>
    [stderr] 
    [stderr] For more information, try '--help'.
    [exit 2]
    ");
    assert_snapshot!(scratch.plimsoll("runs void HEAD --note busy"), @"[stderr] run 66f1617d3649 of commit 8aee49b is void: it leaves the baselines and stays in the books");
    assert_snapshot!(scratch.plimsoll("runs void HEAD --note noisy"), @"[stderr] run 66f1617d3649 of commit 8aee49b was void already; the note is another now");
    assert_snapshot!(scratch.plimsoll("runs ls -n 1"), @r"
    run           date               suite  commit   branch  testbed  values
    66f1617d3649  2026-03-07 12:00Z  fast   8aee49b  main    ci            2  voided
    … 6 more runs
    ");
    scratch.day(8, &[("parse", 100.0), ("render", 10.0)]);
    let checked = scratch.plimsoll("check");
    assert!(checked.contains("against main (6 runs)"), "{checked}");
}
