//! What is said about mistakes in plimsoll.toml, as users see it.

use std::path::Path;

use insta::assert_snapshot;

use super::Config;

/// The error with its hint, as a user reads them.
#[track_caller]
fn mistake(text: &str) -> String {
    let error = Config::parse(Path::new("plimsoll.toml"), text).expect_err("there is a mistake in it");
    let hint = error.hint().map(|hint| format!("\nhint: {hint}")).unwrap_or_default();
    format!("{error}{hint}")
}

#[test]
fn a_misspelt_key_gets_a_caret_and_a_suggestion() {
    assert_snapshot!(mistake("version = 1\n[policy]\nwarn = '10%'\nbaselin = { window = 3 }\n"), @"
    plimsoll.toml:4:1: unknown key `baselin`
      |
    4 | baselin = { window = 3 }
      | ^^^^^^^
    hint: did you mean `baseline`?
    ");
    assert_snapshot!(mistake("version = 1\n[suite.fast]\ncommand = 'x'\ncolour = 'red'\n"), @"
    plimsoll.toml:4:1: unknown key `colour`
      |
    4 | colour = 'red'
      | ^^^^^^
    hint: known here: prepare, command, timeout, repeat, confirm, default
    ");
    assert_snapshot!(mistake("version = 1\n[polcy]\n"), @"
    plimsoll.toml:2:2: unknown key `polcy`
      |
    2 | [polcy]
      |  ^^^^^
    hint: did you mean `policy`?
    ");
    assert_snapshot!(mistake("version = 1\n[policy]\nbaseline = { windw = 20 }\n"), @"
    plimsoll.toml:3:14: unknown key `windw`
      |
    3 | baseline = { windw = 20 }
      |              ^^^^^
    hint: did you mean `window`?
    ");
}

#[test]
fn the_version_comes_first() {
    assert_snapshot!(mistake("version = 2\n[future]\nkey = 1\n"), @"
    plimsoll.toml:1:11: version 2 of the format is not known
      |
    1 | version = 2
      |           ^
    hint: this program reads version 1: `version = 1`
    ");
    assert_snapshot!(mistake("# no version\n[project]\n"), @"
    plimsoll.toml:1:1: the version of the format is missing
      |
    1 | # no version
      | ^
    hint: this program reads version 1: `version = 1`
    ");
    assert_snapshot!(mistake("version = '1'\n"), @"
    plimsoll.toml:1:11: version '1' of the format is not known
      |
    1 | version = '1'
      |           ^^^
    hint: this program reads version 1: `version = 1`
    ");
}

#[test]
fn broken_toml_is_shown() {
    assert_snapshot!(mistake("version = 1\n[policy\nwarn = '10%'\n"), @"
    plimsoll.toml:2:8: unclosed table, expected `]`
      |
    2 | [policy
      |        ^
    ");
    assert_snapshot!(mistake("version = 1\nname = \"a\u{1b}[31m\n"), @r#"
    plimsoll.toml:2:15: invalid basic string, expected `"`
      |
    2 | name = "a�[31m
      |               ^
    "#);
}

#[test]
fn wrong_values_are_shown_where_they_stand() {
    assert_snapshot!(mistake("version = 1\n[policy]\nwarn = 10\n"), @r#"
    plimsoll.toml:3:8: invalid type: integer `10`, expected a text such as "10%"
      |
    3 | warn = 10
      |        ^^
    "#);
    assert_snapshot!(mistake("version = 1\n[policy]\nwarn = '10'\n"), @r#"
    plimsoll.toml:3:8: `10` is not a change such as "10%", "x1.5" or "never"
      |
    3 | warn = '10'
      |        ^^^^
    "#);
    assert_snapshot!(mistake("version = 1\n[policy]\ngate = 'errors'\n"), @"
    plimsoll.toml:3:8: unknown word `errors`
      |
    3 | gate = 'errors'
      |        ^^^^^^^^
    hint: did you mean `error`?
    ");
    assert_snapshot!(mistake("version = 1\n[policy]\ndetectors = ['ladder', 'change_point']\n"), @"
    plimsoll.toml:3:24: unknown word `change_point`
      |
    3 | detectors = ['ladder', 'change_point']
      |                        ^^^^^^^^^^^^^^
    hint: did you mean `change-point`?
    ");
    assert_snapshot!(mistake("version = 1\n[suite.fast]\ncommand = 'x'\ntimeout = '30 sceonds'\n"), @r#"
    plimsoll.toml:4:11: `30 sceonds` is not a time such as "500ms", "30s", "15m", "2h" or "30d"
      |
    4 | timeout = '30 sceonds'
      |           ^^^^^^^^^^^^
    "#);
    assert_snapshot!(mistake("version = 1\n[suite.fast]\ntimeout = '30s'\n"), @"
    plimsoll.toml:2:1: missing key `command`
      |
    2 | [suite.fast]
      | ^^^^^^^^^^^^
    ");
    assert_snapshot!(mistake("version = 1\n[suite.fast]\ncommand = []\n"), @"
    plimsoll.toml:3:11: at least one command is needed
      |
    3 | command = []
      |           ^^
    ");
    assert_snapshot!(mistake("version = 1\n[suite.fast]\ncommand = 'x'\nrepeat = 0\n"), @"
    plimsoll.toml:4:10: this must be between 1 and 10000
      |
    4 | repeat = 0
      |          ^
    ");
    assert_snapshot!(mistake("version = 1\n[suite.'a:b']\ncommand = 'x'\n"), @"
    plimsoll.toml:2:8: a suite's name is made of letters, digits, `-`, `_` and `.`
      |
    2 | [suite.'a:b']
      |        ^^^^^
    ");
    assert_snapshot!(mistake("version = 1\n[project]\ncommit_url = 'https://example.org'\n"), @"
    plimsoll.toml:3:14: the address must hold `{hash}`
      |
    3 | commit_url = 'https://example.org'
      |              ^^^^^^^^^^^^^^^^^^^^^
    ");
}

#[test]
fn values_that_contradict_each_other_are_shown() {
    assert_snapshot!(mistake("version = 1\n[policy]\nwarn = '10%'\nerror = '5%'\n"), @"
    plimsoll.toml:4:9: `error` must not be below `warn`
      |
    4 | error = '5%'
      |         ^^^^
    hint: `warn` is 10% and `error` is 5% here
    ");
    assert_snapshot!(mistake("version = 1\n[policy]\nwarn = 'x1.5'\n"), @"
    plimsoll.toml:3:8: `error` must not be below `warn`
      |
    3 | warn = 'x1.5'
      |        ^^^^^^
    hint: `warn` is 50% and `error` is 20% here
    ");
    assert_snapshot!(mistake("version = 1\n[policy]\nbaseline = { window = 4 }\n"), @"
    plimsoll.toml:3:23: `min` must be at least 1 and at most `window`, and `window` at most 64
      |
    3 | baseline = { window = 4 }
      |                       ^
    hint: `min` is 5 and `window` is 4 here
    ");
    assert_snapshot!(mistake("version = 1\n[[policy.rule]]\nmetric = 'time'\nerror = '1%'\n"), @"
    plimsoll.toml:4:9: `error` must not be below `warn`
      |
    4 | error = '1%'
      |         ^^^^
    hint: `warn` is 10% and `error` is 1% here
    ");
    let two = "[suite.a]\ncommand = 'x'\ndefault = true\n[suite.b]\ncommand = 'y'\ndefault = true\n";
    assert_snapshot!(mistake(&format!("version = 1\n{two}")), @"
    plimsoll.toml:5:8: `a` is marked `default = true` already, and only one suite can be
      |
    5 | [suite.b]
      |        ^
    ");
    assert_snapshot!(mistake("version = 1\n[rename]\n'a/*' = 'b'\n"), @"
    plimsoll.toml:3:9: both sides hold one `*`, or neither holds any
      |
    3 | 'a/*' = 'b'
      |         ^^^
    ");
}

#[test]
fn targets_with_the_wrong_dimension_are_shown() {
    let target = |rest: &str| mistake(&format!("version = 1\n[[target]]\nbenchmark = 'b'\n{rest}\n"));
    assert_snapshot!(target("metric = 'time'\nmax = '5 MB'"), @"
    plimsoll.toml:5:7: `time` is measured in `ns`, and this is in `bytes`
      |
    5 | max = '5 MB'
      |       ^^^^^^
    ");
    assert_snapshot!(target("metric = 'time.p99'\nmax = 500"), @r#"
    plimsoll.toml:5:7: `time.p99` is measured in `ns`: give the unit, as in "500 ns"
      |
    5 | max = 500
      |       ^^^
    "#);
    assert_snapshot!(target("metric = 'time'\nmax = 'fast'"), @r#"
    plimsoll.toml:5:7: `fast` is not a quantity such as "500 ms" or "0.5 MB"
      |
    5 | max = 'fast'
      |       ^^^^^^
    "#);
    assert_snapshot!(target("metric = 'time'"), @"
    plimsoll.toml:2:1: a target needs `max` or `min`
      |
    2 | [[target]]
      | ^^^^^^^^^^
    ");
    assert_snapshot!(target("metric = 'time'\nmax = '5 ms'\nmin = '1 ms'"), @"
    plimsoll.toml:6:7: a target has either `max` or `min`
      |
    6 | min = '1 ms'
      |       ^^^^^^
    ");
}

#[test]
fn what_was_probably_meant_is_said() {
    let target = |rest: &str| mistake(&format!("version = 1\n[[target]]\nbenchmark = 'b'\n{rest}\n"));
    assert_snapshot!(mistake("version = 1\n[target]\nbenchmark = 'b'\n"), @"
    plimsoll.toml:2:1: there may be several of `target`
      |
    2 | [target]
      | ^^^^^^^^
    hint: write `[[target]]`
    ");
    assert_snapshot!(mistake("version = 1\n[policy.rule]\nbenchmark = 'b'\n"), @"
    plimsoll.toml:2:1: there may be several of `policy.rule`
      |
    2 | [policy.rule]
      | ^^^^^^^^^^^^^
    hint: write `[[policy.rule]]`
    ");
    assert_snapshot!(mistake("version = 1\n[suite.fast]\ncommand = 'x'\nrepeat = '3'\n"), @r#"
    plimsoll.toml:4:10: invalid type: string "3", expected a whole number
      |
    4 | repeat = '3'
      |          ^^^
    hint: write 3 without quotes
    "#);
    assert_snapshot!(mistake("version = 1\n[suite.fast]\ncommand = 'x'\nconfirm = 'false'\n"), @r#"
    plimsoll.toml:4:11: invalid type: string "false", expected a boolean
      |
    4 | confirm = 'false'
      |           ^^^^^^^
    hint: write false without quotes
    "#);
    assert_snapshot!(mistake("version = 1\n[suite.fast]\ncommand = 'pytest --benchmark-json={ou}'\n"), @"
    plimsoll.toml:3:11: `{ou}` stands for nothing; a file to be read afterwards is `{out}`
      |
    3 | command = 'pytest --benchmark-json={ou}'
      |           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    ");
    assert_snapshot!(target("metric = 'peak_rss'\nmax = '64M'"), @"
    plimsoll.toml:5:7: `peak_rss` is measured in `bytes`, and this is in `M`
      |
    5 | max = '64M'
      |       ^^^^^
    hint: did you mean `64 MB`?
    ");
    assert_snapshot!(target("metric = 'peak_rss'\nmax = '64 mib'"), @"
    plimsoll.toml:5:7: `peak_rss` is measured in `bytes`, and this is in `mib`
      |
    5 | max = '64 mib'
      |       ^^^^^^^^
    hint: did you mean `64 MiB`?
    ");
    assert_snapshot!(target("metric = 'time'\nmax = '0,5 s'"), @r#"
    plimsoll.toml:5:7: `0,5 s` has a comma: decimals come after a point, as in "0.5 s", and thousands have no separator
      |
    5 | max = '0,5 s'
      |       ^^^^^^^
    "#);
    assert_snapshot!(target("metric = 'time'\nmax = '-5 ms'"), @"
    plimsoll.toml:5:7: `time` is never below zero
      |
    5 | max = '-5 ms'
      |       ^^^^^^^
    ");
}

#[test]
fn mistakes_in_expressions_are_shown_at_their_column() {
    assert_snapshot!(mistake("version = 1\n[derived.d]\nvalue = '\"a#time\" ^ 2'\n"), @r#"
    plimsoll.toml:3:19: expected `+`, `-`, `*` or `/`, found `^` at column 10
      |
    3 | value = '"a#time" ^ 2'
      |                   ^
    "#);
    assert_snapshot!(mistake("version = 1\n[derived.d]\nvalue = \"1 +\"\n"), @r#"
    plimsoll.toml:3:9: expected a number, a "series" or `(`, and the expression ends at column 4
      |
    3 | value = "1 +"
      |         ^^^^^
    "#);
}

#[test]
fn no_control_character_is_shown_raw() {
    let shown = mistake("version = 1\n[policy]\n\"\\u001b[31m\" = 1\n# \t\n");
    assert!(!shown.chars().any(|one| one.is_control() && one != '\n'), "{shown:?}");
    assert!(shown.contains("unknown key `\u{fffd}[31m`"), "{shown}");
}

#[test]
fn long_lines_are_cut_around_the_caret() {
    let long = format!("version = 1\n[suite.a]\ncommand = ['{}', 3]\n", "x".repeat(500));
    let shown = mistake(&long);
    assert!(shown.lines().all(|line| line.chars().count() < 120), "{shown}");
    assert!(shown.ends_with('^'), "{shown}");
}

#[test]
fn mistakes_in_other_manifests_are_shown_at_their_line() {
    let error = Config::parse(Path::new("dir/pyproject.toml"), "[project]\n\n[tool.plimsoll.polcy]\n");
    assert_snapshot!(error.expect_err("it is misspelt"), @"
    pyproject.toml:3:16: unknown key `polcy`
      |
    3 | [tool.plimsoll.polcy]
      |                ^^^^^
    ");
}
