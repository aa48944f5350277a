//! The summary: what the command left of a suite, beside what the program measured.
#![cfg(not(feature = "disabled"))]

use std::fs;
use std::path::Path;

use plimsoll_probe::{Direction, LastRun, Mark, Measured, Outcome, Row, Severity, Summary, Tracker};

/// A line as the command writes it.
fn line(project: &str, suite: &str, alerts: u32, series: &[String]) -> String {
    format!(
        concat!(
            r#"{{"format":"plimsoll.summary/1","project":"{}","suite":"{}","testbed":"debian-12/x86_64/2/intel-xeon","#,
            r#""branch":"main","run":"probe-7","commit":"e0bb904e0bb904e0bb904e0bb904e0bb904e0bb9","#,
            r#""measured_at":"2026-11-21T04:38:00Z","verdict":"regressed","index":61.5,"alerts":{},"#,
            r#""series":[{}]}}"#
        ),
        project,
        suite,
        alerts,
        series.join(",")
    )
}

/// A series of the suite `build` around `center`, with a tenth to a warning and a fifth to an error.
fn series(benchmark: &str, metric: &str, unit: &str, center: f64, target: &str) -> String {
    let (warn, error, trend) = (center * 1.1, center * 1.2, vec![center; 8]);
    format!(
        concat!(
            r#"{{"benchmark":"{}","parameters":{{}},"metric":"{}","unit":"{}","direction":"lower","value":{},"#,
            r#""verdict":"unchanged","severity":null,"baseline":{{"center":{},"spread":{},"runs":12}},"#,
            r#""warn_beyond":{},"error_beyond":{},"target":{},"trend":{:?}}}"#
        ),
        benchmark,
        metric,
        unit,
        center,
        center,
        center / 100.0,
        warn,
        error,
        target,
        trend
    )
}

/// A spool with a summary of these lines.
fn spool(lines: &[String]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    fs::write(folder.path().join("v1-summary.jsonl"), text).expect("a file");
    folder
}

fn time(benchmark: &str, ns: f64) -> Measured {
    Measured {
        benchmark: benchmark.to_owned(),
        parameters: Vec::new(),
        metric: "time".to_owned(),
        unit: Some("ns".to_owned()),
        direction: Some(Direction::Lower),
        outcome: Outcome::Success,
        value: ns,
        statistic: "value",
        estimates: Vec::new(),
        samples: Vec::new(),
        count: 1,
        items: vec![("pages".to_owned(), 100.0)],
        target: None,
    }
}

/// A tracker of the suite `build` that writes beside this summary.
fn build(folder: &Path) -> Tracker {
    Tracker::builder("build").spool(folder).start()
}

#[track_caller]
fn row(summary: &Summary, name: &str) -> Row {
    summary.rows().find(|row| row.name() == name).unwrap_or_else(|| panic!("{name} in {summary:#?}"))
}

/// The time of it all, which is told apart where a tracker of the name ran before in the process.
#[track_caller]
fn whole(summary: &Summary) -> Row {
    let is_whole = |row: &Row| row.benchmark == "build" && row.metric == "time";
    summary.rows().find(is_whole).expect("it has a time")
}

/// What a program of the suite `build` gets from a file of these lines: whether it found its own, and how many errors.
#[track_caller]
fn check(project: Option<&str>, bytes: &[u8], expected: (Option<&str>, u64)) {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("v1-summary.jsonl"), bytes).expect("a file");
    let mut builder = Tracker::builder("build").spool(folder.path());
    if let Some(project) = project {
        builder = builder.project(project);
    }
    let tracker = builder.start();
    let found = tracker.summary().last_run.map(|run: LastRun| run.testbed);
    let status = tracker.finish();
    assert_eq!((found.as_deref(), status.summaries_left_out), expected, "{:?}", status.last_error);
    assert_eq!((status.last_error.is_some(), status.lines_written), (expected.1 > 0, 1));
}

#[test]
fn a_program_shows_itself_beside_its_history() {
    let budget = r#"{"id":"SITE-001","max":50000000.0,"min":null,"per":"pages"}"#;
    let folder = spool(&[
        line("other", "deploy", 0, &[]),
        line(
            "site",
            "build",
            1,
            &[
                series("build/rendering", "time", "ns", 1.655e6, "null"),
                series("build/discovery", "time", "ns", 4.1e6, "null"),
                series("build/discovery/markdown-with-a-long-name", "time", "ns", 2e6, budget),
                series("build/post-processing", "time", "ns", 8.2e6, "null"),
            ],
        ),
    ]);
    let tracker = build(folder.path());
    tracker.declare("prompt_tokens", "tokens", Direction::Lower).target_max(4_000.0).target_id("TOK-1");
    tracker.record("prompt_tokens", 4_123.0);
    tracker.add(time("build/rendering", 305.6e6));
    tracker.add(time("build/discovery", 4.6e6));
    tracker.add(time("build/discovery/markdown-with-a-long-name", 1.9e6));
    let mut summary = tracker.summary();
    let index = "performance 46 of 100 (3 of 5)";
    assert_eq!(summary.headline(), format!("build: {} | {index} | 1 alert", summary.line));
    assert!(
        summary.line.starts_with("100 pages | 0.") && summary.line.ends_with("MB RSS"),
        "{}",
        summary.line
    );
    summary.line = "100 pages | 0.32s | 13.8MB RSS".to_owned();
    let expected = "\
build: 100 pages | 0.32s | 13.8MB RSS | performance 46 of 100 (3 of 5) | 1 alert
                                       value   change  target           trend
✗  build/rendering                 305.6 ms      x185                   ▁▁▁▁▁▁▁█
✗  build#prompt_tokens          4123 tokens            max 4000 tokens
⚠  build/discovery                 4.600 ms   +12.2 %                   ▁▁▁▁▁▁▁█
✓  build/discove…h-a-long-name     1.900 ms    −5.0 %  max 50 ms/page   ▇▇▇▇▇▇▇▂
✓  build/post-processing           8.200 ms*   ±0.0 %                   ▅▅▅▅▅▅▅▅
   * not measured yet: of the last run, e0bb904 on 2026-11-21";
    // What the kernel says of memory is another thing each time.
    let shown = summary.to_string();
    let shown: Vec<&str> = shown.lines().filter(|line| !line.contains("rss")).collect();
    assert_eq!(shown.join("\n"), expected);
    let rendering = row(&summary, "build/rendering");
    assert_eq!((rendering.mark, rendering.is_measured, rendering.trend.len()), (Mark::Beyond, true, 8));
    assert_eq!(row(&summary, "build/discovery/markdown-with-a-long-name").per.as_deref(), Some("pages"));
}

#[test]
fn warnings_are_told_of_the_line_and_stay_after_the_end() {
    let folder = spool(&[line("site", "build", 2, &[series("build/rendering", "time", "ns", 1e6, "null")])]);
    let tracker = build(folder.path());
    tracker.add(time("build/rendering", 1.15e6));
    tracker.declare("hits", "ratio", Direction::Higher).target_min(0.9);
    tracker.record("hits", 0.5);
    let messages = || -> Vec<String> { tracker.warnings().into_iter().map(|it| it.message).collect() };
    let expected = [
        "build#hits is 50 %, below its target of 90 %",
        "build/rendering is 1.150 ms, +15.0 % against its baseline of 1 ms over 12 runs",
        "2 alerts of build are live: `plimsoll alert ls` shows them",
    ];
    assert_eq!(messages(), expected);
    tracker.snapshot();
    assert_eq!(messages(), expected[2..]);
    tracker.add(time("build/rendering", 1.25e6));
    tracker.finish();
    let warnings = tracker.warnings();
    assert_eq!(
        warnings[0].message,
        "build/rendering is 1.250 ms, +25.0 % against its baseline of 1 ms over 12 runs"
    );
    assert_eq!(
        (warnings.len(), warnings[0].severity, warnings[1].severity),
        (2, Severity::Error, Severity::Warning)
    );
    // What an earlier line told is still there.
    let summary = tracker.summary();
    assert_eq!((row(&summary, "build#hits").value, row(&summary, "build/rendering").value), (0.5, 1.25e6));
    assert!(whole(&summary).is_measured && summary.to_string().contains("\n✗  build/rendering"));
    tracker.reset();
    assert!(tracker.summary().rows().all(|row| !row.is_measured));
}

#[test]
fn without_history_there_are_values_and_targets() {
    let folder = tempfile::tempdir().expect("a folder");
    let tracker = Tracker::builder("fresh").spool(folder.path()).start();
    tracker.declare("fresh", "s", Direction::Lower).target_max(60.0).target_id("B-1");
    tracker.phase("discovery").items("pages", 1_234);
    tracker.phase("failing").fail();
    tracker.finish();
    let summary = tracker.summary();
    assert_eq!(
        (row(&summary, "fresh").mark, row(&summary, "fresh/discovery").mark),
        (Mark::Within, Mark::Unknown)
    );
    assert!(summary.rows().all(|row| !row.name().contains("outcome=failed")));
    let shown = summary.to_string();
    assert!(shown.starts_with("fresh: 1,234 pages | 0.") && !shown.contains("performance"), "{shown}");
    assert!(shown.ends_with("\n   no baselines yet: plimsoll ingest reads what runs leave"), "{shown}");
    assert!(shown.contains("max 60 s") && !shown.contains("baseline "), "{shown}");
    assert_eq!(tracker.status().summaries_left_out, 0);
}

#[test]
fn units_and_parameters_are_those_of_history() {
    let mut cold = series("build/read", "time", "ns", 5e6, "null");
    cold = cold.replace(r#""parameters":{}"#, r#""parameters":{"start":"cold","kind":"small"}"#);
    let folder =
        spool(&[line("site", "build", 0, &[cold, series("build", "response", "bytes", 2e6, "null")])]);
    let tracker = build(folder.path());
    tracker.operation_with("read", &[("kind", "small")]).record(4_000_000);
    tracker.declare("response", "MB", Direction::Lower).target_max(4.0);
    tracker.record("response", 2.1);
    let summary = tracker.summary();
    let read = row(&summary, "build/read{kind=small,start=cold}");
    assert_eq!((read.is_measured, read.change()), (true, Some(-0.2)));
    let response = row(&summary, "build#response");
    assert_eq!((response.value, response.unit.as_str(), response.mark), (2.1e6, "bytes", Mark::Within));
    assert_eq!(response.target.as_ref().and_then(|target| target.max), Some(4e6));
}

#[test]
fn many_rows_fit_a_screen() {
    let folder = tempfile::tempdir().expect("a folder");
    let tracker = build(folder.path());
    tracker.declare("odd", &"unit\u{1b} ".repeat(100), Direction::Lower);
    tracker.record("odd", 1.0);
    for number in 0..499 {
        tracker
            .record(&format!("a name that is long, \u{1b}[31m日本語, and has a number: {number}"), 1e5 + 0.5);
    }
    let shown = tracker.summary().to_string();
    assert_eq!(shown.lines().count(), 28);
    assert!(shown.contains("\n   and 477 more within their limits or without any\n"), "{shown}");
    assert!(shown.lines().all(|line| line.chars().count() <= 80) && !shown.contains('\u{1b}'), "{shown}");
}

#[test]
fn the_own_line_is_found_among_others() {
    let here = |project, suite| line(project, suite, 0, &[]).replace("debian-12/x86_64/2/intel-xeon", "here");
    let there = |project, suite| line(project, suite, 0, &[]);
    let file = |lines: &[String]| lines.join("\n").into_bytes();
    check(
        None,
        &file(&[there("shop", "deploy"), here("shop", "build"), there("site", "build")]),
        (Some("here"), 0),
    );
    check(Some("site"), &file(&[there("shop", "build"), here("site", "build")]), (Some("here"), 0));
    check(Some("site"), &file(&[there("shop", "build"), there("site", "build2")]), (None, 0));
    check(
        None,
        &file(&[there(r#"a\"b\u00e4"#, "x"), "garbage".to_owned(), here(r#"\u0000"#, "b\\u0075ild")]),
        (Some("here"), 0),
    );
    check(Some("x"), &file(&[here("x", "build") + "\r"]), (Some("here"), 0));
    check(None, b"", (None, 0));
    check(None, b"\n\n", (None, 0));
}

#[test]
fn what_cannot_be_understood_is_as_if_absent_and_counted() {
    let whole = line("site", "build", 0, &[series("build", "time", "ns", 1e6, "null")]);
    check(None, whole.as_bytes(), (Some("debian-12/x86_64/2/intel-xeon"), 0));
    check(None, &whole.as_bytes()[..whole.len() - 1], (None, 1));
    check(None, &whole.as_bytes()[..100], (None, 1));
    check(None, whole.replace("summary/1", "summary/2").as_bytes(), (None, 1));
    check(None, whole.replace(r#""value":1000000"#, r#""value":"fast""#).as_bytes(), (None, 1));
    check(None, whole.replace(r#""metric":"time","#, "").as_bytes(), (None, 1));
    check(None, whole.replace("debian", "\u{0}").as_bytes(), (None, 1));
    check(None, &[whole.as_bytes(), b"\xff\n"].concat(), (None, 1));
    check(
        None,
        whole.replace(r#""verdict""#, r#""later":[{"a":null}],"verdict""#).as_bytes(),
        (Some("debian-12/x86_64/2/intel-xeon"), 0),
    );
    check(
        None,
        whole
            .replace("\"series\":[", &format!("\"pad\":\"{}\",\"series\":[", "x".repeat(1 << 20)))
            .as_bytes(),
        (None, 1),
    );
    // A line of another suite may be as long as it likes.
    let long = line("site", "deploy", 0, &[]).replace("main", &"x".repeat(2 << 20));
    check(None, format!("{long}\n{whole}").as_bytes(), (Some("debian-12/x86_64/2/intel-xeon"), 0));
}

#[test]
fn what_is_no_file_or_too_large_is_not_opened() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("v1-summary.jsonl");
    let left_out = || {
        let tracker = build(folder.path());
        assert_eq!((tracker.summary().last_run, tracker.warnings().len()), (None, 0));
        tracker.status().summaries_left_out
    };
    assert_eq!(left_out(), 0);
    fs::File::create(&path).and_then(|file| file.set_len(33 << 20)).expect("a large file");
    assert_eq!(left_out(), 1);
    fs::remove_file(&path).expect("it goes");
    fs::create_dir(&path).expect("a folder");
    assert_eq!(left_out(), 1);
    #[cfg(unix)]
    {
        fs::remove_dir(&path).expect("it goes");
        let made = std::process::Command::new("mkfifo").arg(&path).status().expect("it runs");
        assert!(made.success());
        assert_eq!(left_out(), 1);
    }
}

#[test]
fn it_is_whole_while_others_replace_it() {
    let folder = spool(&[line("site", "build", 0, &[])]);
    let write = |number: u32| {
        let new = folder.path().join("new");
        let series = vec![series("build", "time", "ns", 1e6, "null"); number as usize % 200];
        fs::write(&new, line("site", "build", number, &series) + "\n").expect("a file");
        fs::rename(&new, folder.path().join("v1-summary.jsonl")).expect("it is replaced");
    };
    let is_over = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            (1..).take_while(|_| !is_over.load(std::sync::atomic::Ordering::Relaxed)).for_each(write);
        });
        for _ in 0..200 {
            let tracker = build(folder.path());
            let summary = tracker.summary();
            assert_eq!((summary.last_run.is_some(), tracker.status().summaries_left_out), (true, 0));
            tracker.write_to(None);
        }
        is_over.store(true, std::sync::atomic::Ordering::Relaxed);
    });
}

#[test]
fn it_is_read_once_and_not_where_nothing_is_written() {
    let folder = spool(&[line("site", "build", 0, &[])]);
    let path = folder.path().join("v1-summary.jsonl");
    let tracker = build(folder.path());
    tracker.write_to(None);
    assert_eq!(tracker.summary().last_run, None);
    tracker.write_to(Some(folder.path().to_owned()));
    assert!(tracker.summary().last_run.is_some());
    // Whoever replaces it does so while programs run.
    fs::write(&path, "torn").expect("a file");
    assert!(tracker.summary().last_run.is_some());
    tracker.finish();
    assert_eq!((tracker.summary().last_run.is_some(), tracker.status().summaries_left_out), (true, 0));
}
