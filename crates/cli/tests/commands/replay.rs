use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use crate::scratch::{Scratch, has};

/// About `center`, off by one per cent at most, the same for the same place.
fn about(center: f64, place: usize) -> f64 {
    let share = |step: f64| (place as f64 * step).fract() - 0.5;
    center * (1.0 + 0.01 * (share(0.618_034) + share(0.414_214)))
}

/// A line of input: `count` values about 100, about `after` from the 60th on.
fn line(id: &str, direction: &str, after: f64, count: usize) -> String {
    let value = |place| about(if place < 60 { 100.0 } else { after }, place).to_string();
    let values: Vec<String> = (0..count).map(value).collect();
    format!("{{\"id\":\"{id}\",\"direction\":\"{direction}\",\"values\":[{}]}}\n", values.join(","))
}

/// A history of ninety days: `parse` gets 30 % slower on day 60, `render` faster.
fn ninety_days() -> Scratch {
    let scratch = Scratch::new("");
    let mut runs = String::new();
    for day in 0..90 {
        let (parse, render) = if day < 60 { (100.0, 20.0) } else { (130.0, 10.0) };
        let time = format!("2026-{:02}-{:02}T12:00:00Z", 1 + day / 30, 1 + day % 30);
        let time =
            if time.contains("-02-29") || time.contains("-02-30") { "2026-02-28T13:00:00Z" } else { &time };
        let measurements: Vec<String> = [("parse", parse), ("render", render)]
            .into_iter()
            .map(|(name, value)| {
                let value = about(value, day);
                format!(r#"{{"benchmark":"{name}","metric":"time","unit":"ms","value":{value}}}"#)
            })
            .collect();
        let _ = writeln!(
            runs,
            r#"{{"format":"plimsoll.run/1","id":"{day}","project":"rangebar","suite":"fast","outcome":"success","context":{{"commit":{{"hash":"{:07x}{:033}","committed_at":"{time}"}},"branch":"main","testbed":"linux","started_at":"{time}"}},"measurements":[{}]}}"#,
            day * 7919 + 0x00ab_cdef,
            0,
            measurements.join(",")
        );
    }
    scratch.write("runs.jsonl", &runs);
    scratch.run(&["import", "jsonl", "runs.jsonl"]).ok();
    scratch
}

#[test]
fn history_is_judged_again() {
    let scratch = ninety_days();
    let all = scratch.run(&["replay"]).ok();
    has(
        &all,
        &[
            "1 alert in all of history with this policy: 1 critical",
            "2 series · 180 values",
            "fast:parse#time  +30.",
        ],
    );
    has(
        &scratch.run(&["replay", "--since", "2026-03-20"]).ok(),
        &["✓ no alert in the time since 2026-03-20"],
    );
    let one = scratch.run(&["replay", "--filter", "render*", "--only-retrospective"]).ok();
    has(&one, &["1 change point in all of history", "fast:render#time  −50."]);
    let json = scratch.run(&["replay", "--json"]).ok();
    let lines: Vec<&str> = json.lines().collect();
    assert_eq!(lines.len(), 2);
    has(
        lines[0],
        &[
            r#"{"format":"plimsoll.replay/1","id":"fast:parse#time","testbed":"linux","alerts":[{"at":"#,
            r#""detector":"change-point""#,
            r#""began_commit":"0b"#,
        ],
    );
    has(
        lines[1],
        &[r#""id":"fast:render#time","testbed":"linux","alerts":[],"change_points":[{"index":60,"#],
    );
    let none = scratch.run(&["replay", "--suite", "slow"]);
    has(&none.stderr, &["no series was measured in all of history on main, or none fits"]);
    has(&none.ok(), &["? no alert"]);
}

#[test]
fn a_policy_is_tried_out() {
    let scratch = ninety_days();
    let policy = "version = 1\n[policy]\nwarn = \"x1.5\"\nerror = \"never\"\ndetectors = [\"change-point\", \"target\"]\n\
                  [[target]]\nid = \"R-1\"\nbenchmark = \"render\"\nmetric = \"time\"\nmax = \"15 ms\"\n";
    scratch.write("loose.toml", policy);
    let tried = scratch.run(&["replay", "--policy", "loose.toml"]).ok();
    has(&tried, &["2 alerts in all of history with this policy: 1 error, 1 info", "target"]);
    scratch.write("wrong.toml", "version = 1\n[policy]\nwarn = 3\n");
    has(&scratch.run(&["replay", "--policy", "wrong.toml"]).failed(2), &["error[PLM002]"]);
    has(&scratch.run(&["replay", "--input", "x", "--since", "7d"]).failed(2), &["error[PLM001]"]);
    has(&scratch.run(&["replay", "--since", "nonsense"]).failed(2), &["error[PLM004]"]);
}

#[test]
fn lines_come_out_in_order() {
    let scratch = Scratch::new("");
    let mut input = String::new();
    for series in 0..60 {
        let count = if series % 10 == 0 { 300 } else { 80 };
        input += &line(&format!("s{series}"), "higher", if series == 7 { 80.0 } else { 100.0 }, count);
    }
    scratch.write("series.jsonl", &input);
    let json = scratch.run(&["replay", "--input", "series.jsonl", "--json"]).ok();
    let ids: Vec<&str> = json.lines().map(|line| line.split('"').nth(7).expect("an id")).collect();
    let expected: Vec<String> = (0..60).map(|series| format!("s{series}")).collect();
    assert_eq!(ids, expected);
    let found: Vec<&str> = json.lines().filter(|line| line.contains("\"at\"")).collect();
    assert_eq!(found.len(), 1);
    has(found[0], &[r#""id":"s7""#, r#""began":60,"change":-0."#, r#""withdrawn_at":null"#]);
    let table = scratch.run_with_input(&["replay", "--input", "-"], "series.jsonl").ok();
    has(&table, &["1 alert in standard input with this policy: 1 ", "60 series", "s7"]);
    let later = scratch.run(&["replay", "--input", "series.jsonl", "--json", "--only-retrospective"]).ok();
    assert_eq!(later.matches("\"alerts\":[]").count(), 60);
    assert_eq!(later.matches("\"index\":60").count(), 1);
}

#[test]
fn a_bad_line_is_named_and_the_others_judged() {
    let scratch = Scratch::new("");
    let good = line("good", "lower", 150.0, 80);
    let many = format!("{{\"id\":\"m\",\"direction\":\"lower\",\"values\":[{}1]}}\n", "1,".repeat(5_000_000));
    let bad = [
        "{\"id\": \"half\", \n",
        "{\"id\":\"a\",\"direction\":\"lower\",\"values\":[1,NaN]}\n",
        "{\"id\":\"a\",\"direction\":\"lower\"}\n",
        "\n",
        "{\"id\":\"a\",\"direction\":\"lower\",\"values\":[1,null,\"\u{1b}[2J\"]}\n",
        &many,
    ]
    .concat();
    scratch.write("mixed.jsonl", &format!("{good}{bad}{good}"));
    let mixed = scratch.run(&["replay", "--input", "mixed.jsonl", "--json"]);
    let expected = [
        "line 2: no JSON: EOF while parsing",
        "line 3: NaN and Infinity are no JSON, at column",
        "line 4: missing field `values`",
        "line 6: invalid type: null, expected a number",
        "line 7: more than 5000000 values",
    ];
    has(&mixed.stderr, &expected);
    assert_eq!(mixed.ok().lines().count(), 2);
    scratch.write("bad.jsonl", &bad);
    let broken = scratch.run(&["replay", "--input", "bad.jsonl"]);
    has(&broken.failed(4), &["line 1: ", "error[PLM025]: none of the 5 lines of bad.jsonl is a series"]);
    scratch.write("empty.jsonl", "\n");
    has(
        &scratch.run(&["replay", "--input", "empty.jsonl"]).failed(4),
        &["error[PLM025]: empty.jsonl holds no line"],
    );
    has(
        &scratch.run(&["replay", "--input", "gone.jsonl"]).failed(4),
        &["error[PLM020]: gone.jsonl cannot be read"],
    );
    has(&scratch.run(&["replay", "--input", "."]).failed(4), &["error[PLM020]"]);
}

#[test]
fn odd_series_have_no_alerts() {
    let scratch = Scratch::new("");
    let alternating = "1,2,".repeat(40) + "1";
    let but_one = format!("{}9,{}7", "7,".repeat(30), "7,".repeat(30));
    let odd = ["", "1", "1,2", "5,5,5,5", &but_one, &alternating, "1e-300,1e300,5e-324,0,-0.0,1e308"];
    let mut input = String::new();
    for (place, values) in odd.iter().enumerate() {
        let _ = writeln!(
            input,
            r#"{{"id":"{place}","direction":"lower","values":[{values}],"samples":null,"times":[1,"2026-11-20T08:00:00Z"]}}"#
        );
    }
    scratch.write("odd.jsonl", &input);
    let json = scratch.run(&["replay", "--input", "odd.jsonl", "--json"]).ok();
    assert_eq!(json.matches("\"alerts\":[],\"change_points\":[]").count(), odd.len(), "{json}");
}

#[test]
fn an_answer_does_not_wait_for_the_next_line() {
    let scratch = Scratch::new("");
    let mut program = Command::new(env!("CARGO_BIN_EXE_plimsoll"))
        .args(["replay", "--input", "-", "--json"])
        .current_dir(scratch.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut input = program.stdin.take().expect("its input");
    let mut answers = BufReader::new(program.stdout.take().expect("its output")).lines();
    for id in ["first", "second"] {
        input.write_all(line(id, "none", 100.0, 20).as_bytes()).expect("a line is written");
        let answer = answers.next().expect("an answer").expect("a line of text");
        has(&answer, &[&format!("\"id\":\"{id}\"")]);
    }
    drop(input);
    assert_eq!(program.wait().expect("it ends").code(), Some(0));
}
