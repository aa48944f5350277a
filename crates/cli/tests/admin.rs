//! Targets, baselines, alerts, the store and its content, the configuration, explanations: as users meet them.

mod support_admin;

use std::fs;
use std::io::Write;

use support_admin::Project;

const CONFIG: &str = "version = 1\n[project]\nname = \"demo\"\n\
    [[target]]\nid = \"APP-001\"\nbenchmark = \"startup\"\nmetric = \"time\"\nmax = \"50 ms\"\n";

#[track_caller]
fn has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "`{part}` is missing in\n{text}");
    }
}

#[test]
fn targets_are_set_listed_and_removed() {
    let project = Project::quiet(CONFIG);
    let set = [
        "target",
        "set",
        "APP-002",
        "--benchmark",
        "par*",
        "--metric",
        "time",
        "--max",
        "0.5 ms",
    ];
    has(
        &project.run(&set).ok(),
        &["✗", "APP-002", "parse", "max 500 µs", "missed by 100 %"],
    );
    let listing = project.run(&["target", "ls"]).ok();
    has(
        &listing,
        &["✗  APP-002  parse", "✓  APP-001  startup", "48 ms", "max 50 ms"],
    );
    has(
        &project.run(&["target", "ls", "--json"]).ok(),
        &[
            "\"plimsoll.targets/1\"",
            "\"status\":\"over\"",
            "\"status\":\"met\"",
        ],
    );
    has(
        &project.run(&["target", "rm", "APP-001"]).failed(2),
        &[
            "error[PLM009]: target `APP-001` stands in plimsoll.toml:5",
            "hint: edit the file",
        ],
    );
    has(&project.run(&["target", "rm", "APP-002"]).ok(), &[]);
    has(
        &project.run(&["target", "rm", "APP-002"]).failed(2),
        &["error[PLM008]", "plimsoll target ls"],
    );
    assert!(!project.run(&["target", "ls"]).ok().contains("APP-002"));
}

#[test]
fn a_target_means_what_it_would_mean_in_the_file() {
    let project = Project::new(CONFIG);
    let set = |extra: &[&str]| {
        let mut arguments = vec!["target", "set", "T", "--benchmark", "b\"\\", "--metric", "time"];
        arguments.extend(extra);
        project.run(&arguments)
    };
    has(
        &set(&["--max", "5 MB"]).failed(2),
        &["error[PLM001]", "`time` is measured in `ns`"],
    );
    has(&set(&["--max", "5"]).failed(2), &["give the unit"]);
    has(&set(&["--max", "fast"]).failed(2), &["not a quantity"]);
    has(
        &set(&["--max", "5 ms", "--warn", "30%", "--error", "20%"]).failed(2),
        &["must not be below"],
    );
    has(&set(&[]).failed(2), &["--max"]);
    has(
        &set(&["--max", "5 ms", "--error", "0%", "--per", "pages"]).ok(),
        &["max 5 ms per page"],
    );
    has(
        &project.run(&["target", "ls", "--json"]).ok(),
        &["\"warn\":0.0,\"error\":0.0"],
    );
}

#[test]
fn a_regression_is_explained_acknowledged_and_accepted() {
    let mut project = Project::quiet(CONFIG);
    project.measure(1_500, 48_000);
    assert_eq!(project.run(&["check"]).code, Some(1));
    has(
        &project.run(&["alert", "ls"]).ok(),
        &["#1", "fast:parse#time", "+50.0 % slower", "open"],
    );
    has(
        &project.run(&["explain", "1"]).ok(),
        &[
            "alert #1 (critical) on fast:parse#time",
            "parse#time was 1.500 ms where 1 ms was normal",
            "still worse than expected",
            "its life",
            "plimsoll baseline accept",
        ],
    );
    has(
        &project
            .run(&["alert", "ack", "1", "--notes", "known\u{1b}[2J"])
            .ok(),
        &["acknowledged by ada", "known\\x1b[2J"],
    );
    assert_eq!(project.run(&["check"]).code, Some(0));
    has(&project.run(&["alert", "reopen", "1"]).ok(), &["open by ada"]);
    assert_eq!(project.run(&["check"]).code, Some(1));
    has(
        &project
            .run(&["baseline", "accept", "--note", "a new allocator"])
            .ok(),
        &[
            "the new normal of main starts at",
            "fast:parse#time",
            "alerts resolved: #1",
        ],
    );
    has(&project.run(&["check"]).ok(), &["pass"]);
    has(
        &project.run(&["baseline", "show", "parse"]).ok(),
        &[
            "1.500 ms",
            "1 run of 20",
            "young: 1 of at least 5 runs",
            "a new allocator",
        ],
    );
    has(&project.run(&["alert", "ls"]).ok(), &["no alerts"]);
    has(&project.run(&["alert", "ls", "--all"]).ok(), &["resolved"]);
    has(
        &project.run(&["explain", "#1", "--json"]).ok(),
        &["\"state\":\"resolved\"", "\"life\":[", "a new allocator"],
    );
    project.measure(1_501, 48_000);
    assert_eq!(project.run(&["check"]).code, Some(0));
}

#[test]
fn alerts_refuse_what_makes_no_sense() {
    let mut project = Project::quiet(CONFIG);
    project.measure(1_500, 48_000);
    has(
        &project.run(&["alert", "show", "9"]).failed(2),
        &["error[PLM006]: there is no alert number 9"],
    );
    has(
        &project
            .run(&["alert", "show", "1", "--project", "other"])
            .failed(2),
        &["PLM006"],
    );
    has(&project.run(&["alert", "ack", "1"]).failed(2), &["--note"]);
    has(
        &project.run(&["alert", "ack", "1", "--note", " "]).failed(2),
        &["a note says why"],
    );
    has(
        &project.run(&["alert", "mute", "1", "--note", "x"]).failed(2),
        &["--until"],
    );
    let past = ["alert", "mute", "1", "--note", "x", "--until", "2020-01-01"];
    has(&project.run(&past).failed(2), &["--until lies in the past"]);
    let mute = ["alert", "mute", "1", "--note", "x", "--until", "30d"];
    has(&project.run(&mute).ok(), &["muted by ada"]);
    has(&project.run(&["alert", "resolve", "1"]).ok(), &["resolved"]);
    has(
        &project.run(&["alert", "ack", "1", "--note", "x"]).failed(2),
        &["PLM060", "plimsoll alert reopen 1"],
    );
    has(
        &project
            .run(&["alert", "ls", "--state", "resolved", "--json"])
            .ok(),
        &["\"id\":1"],
    );
}

#[test]
fn a_series_must_be_named_clearly() {
    let project = Project::quiet(CONFIG);
    has(
        &project.run(&["baseline", "show", "APP-001"]).ok(),
        &["fast:startup#time", "48 ms"],
    );
    has(
        &project.run(&["baseline", "show", "nothing"]).failed(2),
        &["error[PLM005]"],
    );
    let set = [
        "target",
        "set",
        "BOTH",
        "--benchmark",
        "*",
        "--metric",
        "time",
        "--max",
        "1 s",
    ];
    project.run(&set).ok();
    has(
        &project.run(&["baseline", "show", "BOTH"]).failed(2),
        &[
            "error[PLM007]: `BOTH` fits 2 series",
            "fast:parse#time",
            "fast:startup#time",
        ],
    );
    let accept = ["baseline", "accept", "--run", "ffffff", "--note", "x"];
    has(&project.run(&accept).failed(2), &["error[PLM004]"]);
}

#[test]
fn what_is_exported_is_imported_the_same() {
    let project = Project::quiet(CONFIG);
    has(&project.run(&["export", "jsonl", "-o", "a.jsonl"]).ok(), &[]);
    let import = project
        .run(&["--store", "other.db", "import", "jsonl", "a.jsonl"])
        .ok();
    has(&import, &["✓ a.jsonl: 7 new runs with 14 measurements"]);
    let again = project.run(&["--store", "other.db", "export", "jsonl"]).ok();
    assert_eq!(again, project.read("a.jsonl"));
    let input = project.path("a.jsonl");
    let repeat = project.run_with_input(&["--store", "other.db", "import", "jsonl", "-"], &input);
    has(
        &repeat.ok(),
        &["0 new runs with 0 measurements, 7 stored already"],
    );
    has(
        &project.run(&["--store", "other.db", "alert", "ls"]).ok(),
        &["no alerts"],
    );
}

#[test]
fn exports_come_in_three_forms() {
    let project = Project::quiet(CONFIG);
    let csv = project.run(&["export", "csv"]).ok();
    assert_eq!(csv.lines().count(), 15);
    has(
        &csv,
        &[
            "run,project,suite,testbed,branch,commit",
            "parse,,time,ns,lower,1000000",
        ],
    );
    let json = project
        .run(&["export", "json", "--suite", "fast", "--since", "1d"])
        .ok();
    assert!(
        json.starts_with("[\n{\"format\":\"plimsoll.run/1\"") && json.ends_with("}\n]\n"),
        "{json}"
    );
    let none = project.run(&["export", "json", "--branch", "nope"]);
    assert_eq!(none.stdout, "[\n]\n");
    has(&none.stderr, &["no run of project demo passes these filters"]);
    let unwritable = project.run(&["export", "csv", "-o", "missing/x.csv"]);
    has(
        &unwritable.failed(6),
        &["error[PLM050]: missing/x.csv cannot be written"],
    );
}

#[test]
fn broken_lines_are_named_and_nothing_understood_is_an_error() {
    let project = Project::quiet(CONFIG);
    let good = project.run(&["export", "jsonl"]).ok();
    let mut file = fs::File::create(project.path("b.jsonl")).expect("the file is made");
    write!(file, "{{\"half\": \n{good}\u{1b}[2J\n").expect("the file is written");
    let import = project
        .run(&["--store", "other.db", "import", "jsonl", "b.jsonl"])
        .ok();
    has(
        &import,
        &["! b.jsonl: 7 new runs", "2 broken lines", "line 1: ", "line 9: "],
    );
    project.write("c.jsonl", "nonsense\n");
    let nothing = project.run(&["--store", "third.db", "import", "jsonl", "c.jsonl"]);
    has(
        &nothing.failed(4),
        &[
            "error[PLM022]: none of the 1 lines of c.jsonl is a run",
            "line 1: ",
        ],
    );
    project.write("d.jsonl", "");
    has(
        &project.run(&["import", "jsonl", "d.jsonl"]).failed(4),
        &["error[PLM024]"],
    );
    has(
        &project.run(&["import", "jsonl", "e.jsonl"]).failed(4),
        &["error[PLM020]: e.jsonl cannot be read"],
    );
    let other = good.replace("\"value\":1000000.0", "\"value\":1000001.0");
    project.write("f.jsonl", &other);
    let conflict = project.run(&["import", "jsonl", "f.jsonl"]);
    assert_eq!(conflict.code, Some(6));
    has(
        &conflict.stdout,
        &["5 stored already, 2 left out", "conflict: run "],
    );
}

/// So many runs that SQLite's log has become part of the database file.
fn long_history() -> String {
    let run = |index: usize| {
        let measurements: Vec<String> = (0..40)
            .map(|bench| {
                format!(
                    "{{\"benchmark\":\"group/bench_{bench}\",\"metric\":\"time\",\"value\":{}}}",
                    1_000_000 + (index * 7_919 + bench * 104_729) % 65_537
                )
            })
            .collect();
        format!(
            "{{\"format\":\"plimsoll.run/1\",\"id\":\"{index:032x}\",\"project\":\"demo\",\"suite\":\"fast\",\
             \"context\":{{\"testbed\":\"t\",\"branch\":\"main\",\"started_at\":\"2026-01-01T00:{:02}:{:02}Z\"}},\
             \"measurements\":[{}]}}\n",
            index / 60,
            index % 60,
            measurements.join(",")
        )
    };
    (0..3_000).map(run).collect()
}

#[test]
fn a_flipped_bit_is_found() {
    let project = Project::new(CONFIG);
    project.write("long.jsonl", &long_history());
    let import = project.run(&["import", "jsonl", "long.jsonl"]).ok();
    has(&import, &["3,000 new runs with 120,000 measurements"]);
    has(
        &project.run(&["db", "stats"]).ok(),
        &[
            "projects demo",
            "runs     3,000",
            "series   40",
            "points   120,000",
            "B a point",
        ],
    );
    has(&project.run(&["db", "check"]).ok(), &["is sound: 3,000 runs"]);
    let history = project.path(".plimsoll/history.db");
    let mut bytes = fs::read(&history).expect("the file is read");
    let name = b"group/bench_17";
    let place = bytes.windows(name.len()).position(|window| window == name);
    bytes[place.expect("the name is in the file")] ^= 1;
    fs::write(&history, bytes).expect("the file is written");
    let check = project.run(&["db", "check"]);
    assert_eq!(check.code, Some(6), "{check:?}");
    has(
        &check.stdout,
        &["✗", "is damaged", "name ", "the checksum is wrong"],
    );
    has(
        &project.run(&["explain", "plm031"]).ok(),
        &["PLM031 the store is damaged", "exit code 6"],
    );
}

#[test]
fn the_configuration_is_shown_and_checked() {
    let project = Project::new(CONFIG);
    let shown = project.run(&["config", "show"]).ok();
    has(
        &shown,
        &[
            "project.name",
            "plimsoll.toml:3",
            "policy.warn",
            "default",
            "PLIMSOLL_TESTBED",
            "history.db",
        ],
    );
    has(
        &project.run(&["config", "check"]).ok(),
        &["plimsoll.toml is right"],
    );
    has(
        &project.run(&["config", "schema"]).ok(),
        &["\"title\": \"plimsoll.toml\""],
    );
    let rule = "[suite.fast]\ncommand = \"true\"\n[[policy.rule]]\nsuite = \"nightly\"\nerror = \"50%\"\n";
    project.write("plimsoll.toml", &format!("{CONFIG}{rule}"));
    let warned = project.run(&["config", "check"]);
    has(
        &warned.stderr,
        &[
            "warning: a rule or target is for suite `nightly`",
            "there are `fast`",
        ],
    );
    has(&warned.ok(), &["is right"]);
    project.write("plimsoll.toml", "version = 1\n[suite.fast]\ncomand = \"true\"\n");
    has(
        &project.run(&["config", "check"]).failed(2),
        &[
            "error[PLM002]: plimsoll.toml:3:1: unknown key `comand`",
            "^^^^^^",
            "did you mean `command`?",
        ],
    );
}

#[test]
fn unknown_codes_are_answered_with_near_ones() {
    let project = Project::new(CONFIG);
    has(
        &project.run(&["explain", "PLM037"]).failed(2),
        &["error[PLM001]", "near it: PLM036"],
    );
    has(
        &project.run(&["explain", "what"]).failed(2),
        &["codes look like PLM031"],
    );
    has(
        &project.run(&["explain", "PLM031", "--json"]).ok(),
        &["\"plimsoll.code-explanation/1\"", "\"exit_code\":6"],
    );
    has(
        &project.run(&["explain", "1"]).failed(6),
        &["error[PLM030]", "plimsoll run"],
    );
}
