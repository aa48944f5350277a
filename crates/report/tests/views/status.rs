use insta::assert_snapshot;
use plimsoll_model::RunVerdict;
use plimsoll_report::{RunFacts, StatusView};

use crate::history::with_status;
use crate::sample::screen;

#[test]
fn where_we_stand() {
    assert_snapshot!(with_status(|view| view.terminal(&screen(100))), @r#"
    ! rangebar: performance 96 of 100, down 2.5 in 7 days, 2 of 4 targets met, 1 open alert
      last run 3 h ago (2026-11-20 08:01Z) · fast · 4f2a91c · feature · regressed · 64 series judged

       target   benchmark                           value  limit                headroom
    ✗  APP-001  startup#time                       561 ms  max 500 ms           missed by 12 % (warning)
    ✓  MEM-1    build#peak_rss            160 kB per page  max 500 kB per page  3.2 times
    ✓  THR-1    throughput_1m#throughput  1.249 M items/s  min 1 M items/s      1.2 times
    ?  OLD-1    *#time                                     max 10 ms            nothing measured fits

    ! benchmark legacy/render vanished 3 runs ago

    1 open alert
           severity  series                   change     value  expected  since    opened   state
      #42  critical  fast:parse#time  +22.6 % slower  15.20 ms  12.40 ms  4f2a91c  3 h ago  open
    "#);
    assert_snapshot!(with_status(|view| view.terminal(&screen(50))), @r#"
    ! rangebar: performance 96 of 100, down 2.5 in 7
      days, 2 of 4 targets met, 1 open alert
      last run 3 h ago (2026-11-20 08:01Z) · fast ·
        4f2a91c · feature · regressed · 64 series
        judged

       benchmark                           value
    ✗  startup#time                       561 ms
    ✓  build#peak_rss            160 kB per page
    ✓  throughput_1m#throughput  1.249 M items/s
    ?  *#time

    ! benchmark legacy/render vanished 3 runs ago

    1 open alert
           series                   change  state
      #42  fast:parse#time  +22.6 % slower  open
    "#);
}

#[test]
fn each_suite_has_a_line() {
    let text = with_status(|view| {
        let nightly = (RunFacts { suite: "nightly", ..view.last_runs[0].0 }, RunVerdict::Pass);
        let two = [view.last_runs[0], nightly];
        let many = [nightly; 7];
        let bare = StatusView { targets: &[], warnings: &[], open_alerts: &[], ..*view };
        StatusView { last_runs: &two, ..bare }.terminal(&screen(100))
            + StatusView { last_runs: &many, ..bare }
                .terminal(&screen(100))
                .lines()
                .next_back()
                .unwrap_or_default()
    });
    assert_snapshot!(text, @r"
    ✓ rangebar: performance 96 of 100 over 64 series, down 2.5 in 7 days
      last run 3 h ago (2026-11-20 08:01Z) · fast · 4f2a91c · feature · regressed
      last run 3 h ago (2026-11-20 08:01Z) · nightly · 4f2a91c · feature · pass
      … 2 more suites (--json lists them)
    ");
}

#[test]
fn a_project_without_runs_has_no_index() {
    let empty = StatusView {
        project: "rangebar",
        last_runs: &[],
        targets: &[],
        warnings: &[],
        performance_index: None,
        index_a_week_ago: None,
        judged: 0,
        open_alerts: &[],
    };
    assert_snapshot!(empty.terminal(&screen(80)), @r#"
    ? rangebar: nothing was judged yet
      no runs yet: plimsoll run makes the first one
    "#);
}

#[test]
fn a_quiet_project_is_told_in_a_line() {
    let text = with_status(|view| {
        StatusView {
            targets: &view.targets[1..3],
            warnings: &[],
            open_alerts: &[],
            index_a_week_ago: Some(96.1),
            ..*view
        }
        .terminal(&screen(80))
    });
    assert_eq!(
        text.lines().next(),
        Some("✓ rangebar: performance 96 of 100, steady for 7 days, 2 of 2 targets met")
    );
}

#[test]
fn a_status_for_programs() {
    let json = with_status(|view| view.json());
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(value["format"], "plimsoll.status/1");
    assert_eq!(value["performance_index"], 96.4);
    assert_eq!(value["targets_met"], 2);
    assert_eq!(value["alerts"][0]["id"], 42);
    assert!((value["trend"].as_f64().unwrap() + 2.5).abs() < 1e-9);
}
