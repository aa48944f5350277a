//! What plimsoll.toml may say, and what is said about mistakes.

use insta::assert_snapshot;

use super::*;
use crate::env::Env;
use plimsoll_model::{Bound, Detector, GateLevel, Limit, SeriesKey};

/// Every key there is.
const EVERYTHING: &str = r#"version = 1
[project]
name = "rangebar"
default_branch = "main"
commit_url = "https://example.org/commit/{hash}"

[suite.fast]
prepare = "cargo bench --no-run"
command = "pytest --benchmark-json={out}"
timeout = "30s"
repeat = 3
confirm = false
default = true
[suite.nightly]
command = ["cargo bench", "pytest --benchmark-json={out}"]
timeout = "15m"

[metric.prompt_tokens]
unit = "tokens"
direction = "lower"
[metric.wait]
unit = "ms"

[policy]
baseline = { window = 30, min = 3 }
warn = "x1.5"
error = "never"
gate = "critical"
detectors = ["target", "threshold"]
[[policy.rule]]
suite = "nightly"
benchmark = "import/*"
metric = "allocations"
error = "50%"
baseline = { min = 1 }

[[target]]
id = "APP-001"
benchmark = "startup"
metric = "time"
max = "500 ms"
warn = "10%"
error = "20%"
[[target]]
benchmark = "build"
metric = "peak_rss"
per = "pages"
max = "0.5 MB"
[[target]]
suite = "fast"
benchmark = "throughput"
metric = "throughput"
min = "1 M ops/s"
[[target]]
benchmark = "leak"
metric = "rss_growth"
max = "1 kB/s"
warn = "0%"
[[target]]
benchmark = "answer"
metric = "prompt_tokens"
max = 4000

[derived.pyo3_overhead]
value = '"python:throughput_1m#throughput" - "rust:process_1m#throughput"'
unit = "items/s"
direction = "lower"

[rename]
"parse_v1/*" = "parse/*"
"old" = "new"

[files]
dir = ".metrics"

[retention]
samples = "30d"
extra = "30d"
daily = "365d"
commits = "forever"
branches = "4w"

[notify.slack]
url_env = "SLACK_WEBHOOK"
on = ["error", "critical"]
[notify.mail]
url_env = "MAIL"
"#;

fn parse(text: &str) -> Result<Config, ConfigError> {
    Config::parse(Path::new("plimsoll.toml"), text)
}

#[track_caller]
fn parsed(text: &str) -> Config {
    parse(text).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn every_key_of_the_contract_is_read() {
    let config = parsed(EVERYTHING);
    assert_eq!(config.project.name.as_deref(), Some("rangebar"));
    let (name, fast) = config.suite(None).expect("one is the default");
    assert_eq!((name, fast.repeat, fast.confirm), ("fast", 3, false));
    assert_eq!(fast.timeout, Some(Duration::from_secs(30)));
    let nightly = &config.suites["nightly"];
    assert_eq!(
        (nightly.command.len(), nightly.repeat, nightly.confirm),
        (2, 1, true)
    );
    assert_eq!(config.metrics["prompt_tokens"].direction, Direction::Lower);
    assert_eq!(config.metrics["wait"].unit, Some((Unit::NANOSECONDS, 1e6)));
    assert_eq!(config.metrics["wait"].direction, Direction::None);
    assert_eq!(config.derived[0].name, "pyo3_overhead");
    assert_eq!(config.files_directory(), Some(PathBuf::from(".metrics")));
    let day = Duration::from_secs(86_400);
    assert_eq!(config.retention.branches, Age::For(28 * day));
    assert_eq!(config.retention.commits, Age::Forever);
    assert_eq!(config.notify["slack"].url_variable, "SLACK_WEBHOOK");
    assert_eq!(config.notify["mail"].on, [Severity::Error, Severity::Critical]);
}

#[test]
fn the_policy_is_read() {
    let policy = parsed(EVERYTHING).policy;
    assert_eq!(policy.defaults.warn, Limit::Relative(0.5));
    assert_eq!(policy.defaults.error, Limit::Never);
    assert_eq!(policy.defaults.gate, GateLevel::Critical);
    assert_eq!(policy.defaults.detectors, [Detector::Target, Detector::Threshold]);
    let key = SeriesKey {
        suite: "nightly".to_owned(),
        testbed: "t".to_owned(),
        benchmark: "import/all".to_owned(),
        parameters: plimsoll_model::Parameters::new(),
        metric: "allocations".to_owned(),
    };
    let settings = policy.settings_for(&key);
    assert_eq!(settings.error, Limit::Relative(0.5));
    assert_eq!((settings.baseline.window, settings.baseline.min), (30, 1));
}

#[test]
fn targets_are_in_the_unit_of_their_metric() {
    let targets = parsed(EVERYTHING).policy.targets;
    let shown: Vec<String> = targets
        .iter()
        .map(|target| {
            let side = match target.bound {
                Bound::Max(limit) => format!("<= {limit}"),
                Bound::Min(limit) => format!(">= {limit}"),
            };
            let unit = target.unit.as_ref().map_or("-", Unit::symbol);
            format!("{} {side} {unit} {} {}", target.metric, target.warn, target.error)
        })
        .collect();
    assert_eq!(
        shown,
        [
            "time <= 500000000 ns 10% 20%",
            "peak_rss <= 500000 bytes 10% 20%",
            "throughput >= 1000000 ops/s 10% 20%",
            "rss_growth <= 3600000 bytes/hour 0% 20%",
            "prompt_tokens <= 4000 - 10% 20%",
        ]
    );
}

#[test]
fn renames_carry_what_the_star_stands_for() {
    let config = parsed(EVERYTHING);
    assert_eq!(config.renamed("parse_v1/json").as_deref(), Some("parse/json"));
    assert_eq!(config.renamed("old").as_deref(), Some("new"));
    assert_eq!(config.renamed("older"), None);
}

/// The error with its hint, as a user reads them.
#[track_caller]
fn mistake(text: &str) -> String {
    let error = parse(text).expect_err("there is a mistake in it");
    let hint = error
        .hint()
        .map(|hint| format!("\nhint: {hint}"))
        .unwrap_or_default();
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
    plimsoll.toml:3:23: `min` must be at least 1 and at most `window`
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
fn long_lines_are_cut_around_the_caret() {
    let long = format!("version = 1\n[suite.a]\ncommand = ['{}', 3]\n", "x".repeat(500));
    let shown = mistake(&long);
    assert!(shown.lines().all(|line| line.chars().count() < 120), "{shown}");
    assert!(shown.ends_with('^'), "{shown}");
}

#[test]
fn the_suite_that_is_meant_is_found() {
    let one = parsed("version = 1\n[suite.only]\ncommand = 'x'\n");
    assert_eq!(one.suite(None).map(|(name, _)| name), Ok("only"));
    let several = parsed("version = 1\n[suite.fast]\ncommand = 'x'\n[suite.slow]\ncommand = 'y'\n");
    let say = |error: SuiteError| format!("{error}; {}", error.hint());
    assert_snapshot!(say(several.suite(None).expect_err("which?")), @"which suite? There are `fast`, `slow`; name one (`plimsoll run fast`), or mark one with `default = true`");
    assert_snapshot!(say(several.suite(Some("fsat")).expect_err("misspelt")), @"no suite is called `fsat`; there are `fast`, `slow`; did you mean `fast`?");
    assert_snapshot!(say(Config::default().suite(Some("fast")).expect_err("none")), @"no suite is configured; `plimsoll init` writes a plimsoll.toml, `plimsoll run -- COMMAND` needs none");
}

fn write(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().expect("it lies in a folder")).expect("a folder can be made");
    std::fs::write(path, text).expect("a file can be written");
}

#[test]
fn the_nearest_file_holds_up_to_the_top() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let top = folder.path().join("repo");
    let inner = top.join("a/b");
    std::fs::create_dir_all(&inner).expect("a folder can be made");
    let name = |config: &Config| config.project.name.clone();
    let load = || Config::load(&inner, Some(&top), None);

    write(
        &folder.path().join("plimsoll.toml"),
        "version = 1\n[project]\nname = 'beyond'\n",
    );
    assert_eq!(load().ok().as_ref().and_then(name), None);
    let beyond = Config::load(&inner, None, None);
    assert_eq!(beyond.ok().as_ref().and_then(name).as_deref(), Some("beyond"));

    write(
        &top.join("Cargo.toml"),
        "[workspace.metadata.plimsoll.project]\nname = 'cargo'\n",
    );
    assert_eq!(load().ok().as_ref().and_then(name).as_deref(), Some("cargo"));
    write(
        &top.join("pyproject.toml"),
        "[project]\nname = 'x'\n[tool.plimsoll.project]\nname = 'python'\n",
    );
    assert_eq!(load().ok().as_ref().and_then(name).as_deref(), Some("python"));
    write(
        &top.join("plimsoll.toml"),
        "version = 1\n[project]\nname = 'own'\n",
    );
    assert_eq!(load().ok().as_ref().and_then(name).as_deref(), Some("own"));

    write(
        &top.join("a/Cargo.toml"),
        "[dependencies]\nplimsoll-model = '1'\n",
    );
    assert_eq!(
        load().ok().as_ref().and_then(name).as_deref(),
        Some("own"),
        "a mere mention is none"
    );
    let explicit = Config::load(&inner, Some(&top), Some(Path::new("../../pyproject.toml")));
    assert_eq!(explicit.ok().as_ref().and_then(name).as_deref(), Some("python"));
    let absent = Config::load(&inner, Some(&top), Some(Path::new("absent.toml")));
    assert!(matches!(absent, Err(ConfigError::Unreadable { .. })));
}

#[test]
fn mistakes_in_other_manifests_are_shown_at_their_line() {
    let error = Config::parse(
        Path::new("dir/pyproject.toml"),
        "[project]\n\n[tool.plimsoll.polcy]\n",
    );
    assert_snapshot!(error.expect_err("it is misspelt"), @"
    pyproject.toml:3:16: unknown key `polcy`
      |
    3 | [tool.plimsoll.polcy]
      |                ^^^^^
    ");
}

#[test]
fn every_setting_says_where_it_came_from() {
    let config = parsed(
        "version = 1\n[suite.fast]\ncommand = [\n  'a',\n  'b',\n]\n[policy]\nwarn = '5%'\n[[target]]\nbenchmark='b'\nmetric='time'\nmax='5 ms'\n",
    );
    let env = Env::fixed([("PLIMSOLL_STORE", "sqlite:/x"), ("PLIMSOLL_PROJECT", "from env")]);
    let flags = Flags {
        project: Some("p"),
        ..Flags::default()
    };
    let defaults = [("store", "sqlite:.plimsoll/history.db"), ("testbed", "t/1")];
    let rows = settings_with_origin(&config, &flags, &env, &defaults).expect("it was read before");
    let shown: Vec<String> = rows
        .iter()
        .map(|row| format!("{} = {}  # {}", row.key, row.value, row.origin))
        .collect();
    assert_snapshot!(shown.join("\n"), @r#"
    config = "plimsoll.toml"  # default
    policy.baseline.min = 5  # default
    policy.baseline.window = 20  # default
    policy.detectors = ["target", "ladder", "trend", "change-point"]  # default
    policy.error = "20%"  # default
    policy.gate = "error"  # default
    policy.warn = '5%'  # plimsoll.toml:8
    project.name = "p"  # --project
    retention.branches = "forever"  # default
    retention.commits = "forever"  # default
    retention.daily = "forever"  # default
    retention.extra = "forever"  # default
    retention.samples = "forever"  # default
    store = "sqlite:/x"  # PLIMSOLL_STORE
    suite.fast.command = [ 'a', 'b', ]  # plimsoll.toml:3
    suite.fast.confirm = true  # default
    suite.fast.repeat = 1  # default
    target[0].benchmark = 'b'  # plimsoll.toml:10
    target[0].max = '5 ms'  # plimsoll.toml:12
    target[0].metric = 'time'  # plimsoll.toml:11
    testbed = "t/1"  # default
    version = 1  # plimsoll.toml:1
    "#);
}

#[test]
fn the_schema_names_every_table() {
    let schema = config_schema();
    let properties = schema["properties"]
        .as_object()
        .expect("the schema has properties");
    let mut names: Vec<&str> = properties.keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "derived",
            "files",
            "metric",
            "notify",
            "policy",
            "project",
            "rename",
            "retention",
            "suite",
            "target",
            "version"
        ]
    );
    assert_eq!(schema["additionalProperties"], false);
    assert_eq!(
        schema["$defs"]["Policy"]["properties"]["gate"]["enum"][0],
        "error"
    );
}

proptest::proptest! {
    #[test]
    fn no_text_makes_reading_panic(text in r#"(version = 1\n)?[a-z\[\]="'. 0-9\n{},%é#]{0,120}"#) {
        let _ = parse(&text);
    }

    #[test]
    fn no_cut_makes_reading_panic(at in 0..EVERYTHING.len()) {
        let _ = parse(&EVERYTHING[..at]).map_err(|error| error.to_string());
    }
}
