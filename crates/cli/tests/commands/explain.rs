use crate::scratch::{Scratch, TARGET, has};

#[test]
fn unknown_codes_are_answered_with_near_ones() {
    let scratch = Scratch::new(TARGET);
    has(&scratch.run(&["explain", "PLM037"]).failed(2), &["error[PLM001]", "near it: PLM036"]);
    has(&scratch.run(&["explain", "what"]).failed(2), &["codes look like PLM031"]);
    has(
        &scratch.run(&["explain", "PLM031", "--json"]).ok(),
        &["\"plimsoll.code-explanation/1\"", "\"exit_code\":6"],
    );
    has(&scratch.run(&["explain", "plm9999"]).failed(2), &["error[PLM001]", "codes look like PLM031"]);
    has(&scratch.run(&["explain", "1"]).failed(6), &["error[PLM030]", "plimsoll run"]);
}

#[test]
fn a_series_is_explained_by_its_newest_run() {
    let scratch = Scratch::new("");
    for (day, parse) in [99.0, 101.0, 100.0, 98.0, 102.0, 100.0, 99.5, 100.5, 130.0].into_iter().enumerate() {
        scratch.day(day as u32 + 1, &[("parse", parse), ("render", 10.0)]);
    }
    has(
        &scratch.run(&["explain", "parse"]).ok(),
        &[
            "fast:parse#time is regressed (critical): 130 ms, +30.0 % (slower) against its baseline",
            "baseline  100 ms",
            "ladder: +30.0 % and",
            "change-point: the level did not move among the newest values",
            "2 series tested",
            "one value over 110 ms is a warning",
            "one value over 120 ms is an error",
            "alert #1 (critical, open): plimsoll explain 1",
        ],
    );
    let json: serde_json::Value =
        serde_json::from_str(&scratch.run(&["explain", "render", "--json"]).ok()).expect("it is JSON");
    assert_eq!(
        (&json["format"], &json["series"], &json["verdict"], &json["run"]["branch"]),
        (
            &"plimsoll.series-explanation/1".into(),
            &"fast:render#time".into(),
            &"unchanged".into(),
            &"main".into()
        )
    );
    has(&scratch.run(&["explain", "rendr"]).failed(2), &["did you mean fast:render#time"]);
    has(
        &scratch.run(&["explain", "parse", "--branch", "none"]).failed(2),
        &["fast:parse#time was not measured on branch none"],
    );
}
