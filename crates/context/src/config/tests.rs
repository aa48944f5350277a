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
    assert_eq!((nightly.command.len(), nightly.repeat, nightly.confirm), (2, 1, true));
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

#[test]
fn the_suite_that_is_meant_is_found() {
    let one = parsed("version = 1\n[suite.only]\ncommand = 'x'\n");
    assert_eq!(one.suite(None).map(|(name, _)| name), Ok("only"));
    let several = parsed("version = 1\n[suite.fast]\ncommand = 'x'\n[suite.slow]\ncommand = 'y'\n");
    let say = |error: SuiteError| format!("{error}; {}", error.hint());
    assert_snapshot!(say(several.suite(None).expect_err("which?")), @"which suite? There are `fast`, `slow`; name one (`plimsoll run fast`), or mark one with `default = true`");
    assert_snapshot!(say(several.suite(Some("fsat")).expect_err("misspelt")), @"no suite is called `fsat`; there are `fast`, `slow`; did you mean `fast`?");
    assert_snapshot!(say(Config::default().suite(Some("fast")).expect_err("none")), @"no suite is configured; name a command under `[suite.NAME]` in plimsoll.toml; `plimsoll run -- COMMAND` needs none");
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

    write(&folder.path().join("plimsoll.toml"), "version = 1\n[project]\nname = 'beyond'\n");
    assert_eq!(load().ok().as_ref().and_then(name), None);
    let beyond = Config::load(&inner, None, None);
    assert_eq!(beyond.ok().as_ref().and_then(name).as_deref(), Some("beyond"));

    write(&top.join("Cargo.toml"), "[workspace.metadata.plimsoll.project]\nname = 'cargo'\n");
    assert_eq!(load().ok().as_ref().and_then(name).as_deref(), Some("cargo"));
    write(&top.join("pyproject.toml"), "[project]\nname = 'x'\n[tool.plimsoll.project]\nname = 'python'\n");
    assert_eq!(load().ok().as_ref().and_then(name).as_deref(), Some("python"));
    write(&top.join("plimsoll.toml"), "version = 1\n[project]\nname = 'own'\n");
    assert_eq!(load().ok().as_ref().and_then(name).as_deref(), Some("own"));

    write(&top.join("a/Cargo.toml"), "[dependencies]\nplimsoll-model = '1'\n");
    assert_eq!(load().ok().as_ref().and_then(name).as_deref(), Some("own"), "a mere mention is none");
    let explicit = Config::load(&inner, Some(&top), Some(Path::new("../../pyproject.toml")));
    assert_eq!(explicit.ok().as_ref().and_then(name).as_deref(), Some("python"));
    let absent = Config::load(&inner, Some(&top), Some(Path::new("absent.toml")));
    assert!(matches!(absent, Err(ConfigError::Unreadable { .. })));
}

#[test]
fn every_setting_says_where_it_came_from() {
    let config = parsed(
        "version = 1\n[suite.fast]\ncommand = [\n  'a',\n  'b',\n]\n[policy]\nwarn = '5%'\n[[target]]\nbenchmark='b'\nmetric='time'\nmax='5 ms'\n",
    );
    let env = Env::fixed([("PLIMSOLL_STORE", "sqlite:/x"), ("PLIMSOLL_PROJECT", "from env")]);
    let flags = Flags { project: Some("p"), ..Flags::default() };
    let defaults = [("store", "sqlite:.plimsoll/history.db"), ("testbed", "t/1")];
    let rows = settings_with_origin(&config, &flags, &env, &defaults).expect("it was read before");
    let shown: Vec<String> =
        rows.iter().map(|row| format!("{} = {}  # {}", row.key, row.value, row.origin)).collect();
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
    let properties = schema["properties"].as_object().expect("the schema has properties");
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
    assert_eq!(schema["$defs"]["Policy"]["properties"]["gate"]["enum"][0], "error");
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
