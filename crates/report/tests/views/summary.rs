use plimsoll_model::{
    Alert, AlertState, Bound, Direction, Evaluation, RunVerdict, SeriesEvaluation, SeriesVerdict, Severity,
    TargetOutcome, TargetStatus, Unit, ValueLimits,
};
use plimsoll_report::{RunFacts, SummaryView};
use proptest::prelude::*;
use serde_json::Value;

use crate::sample::{alert, evaluation, facts, key, mixed_series, series, target};

fn view<'a>(run: RunFacts<'a>, evaluation: &'a Evaluation, alerts: &'a [Alert]) -> SummaryView<'a> {
    SummaryView { run, evaluation, alerts, index: Some(98.2) }
}

fn line(series: Vec<SeriesEvaluation>) -> String {
    let evaluation = evaluation(series, RunVerdict::Regressed);
    view(facts(), &evaluation, &[]).line().expect("names are short")
}

#[track_caller]
fn read(line: &str) -> Value {
    assert_eq!(line.find('\n'), Some(line.len() - 1), "it is no line: {line:?}");
    serde_json::from_str(line).expect("it is JSON")
}

#[test]
fn a_summary_for_programs() {
    let mut render = series("render", 14.12e6, 15.6e6, SeriesVerdict::Regressed);
    render.key.parameters.insert("kind", "small");
    render.severity = Some(Severity::Warning);
    render.history.drain(3..);
    render.target = Some(TargetOutcome {
        target: target("SITE-001", Bound::Max(50e6), Some("pages")),
        value: 0.16e6,
        status: TargetStatus::Met,
        headroom: Some(300.0),
    });
    let mut fresh = series("start", 1.0, 7.0, SeriesVerdict::New);
    (fresh.baseline, fresh.limits, fresh.direction) = (None, ValueLimits::default(), Direction::None);
    fresh.history.clear();
    let evaluation = evaluation(vec![fresh, render], RunVerdict::Regressed);
    let mut noted = alert();
    noted.state = AlertState::Acknowledged;
    let mut minor = alert();
    minor.severity = Severity::Info;
    let alerts = [alert(), noted, minor];
    insta::assert_snapshot!(view(facts(), &evaluation, &alerts).line().unwrap(), @r#"{"format":"plimsoll.summary/1","project":"rangebar","suite":"fast","testbed":"linux/x86_64/2","branch":"feature","run":"5e1f0c7a9b3d4e62","commit":"4f2a91c0ffee4f2a91c0ffee4f2a91c0ffee1234","measured_at":"2026-11-20T08:01:00Z","verdict":"regressed","index":98.2,"alerts":1,"series":[{"benchmark":"render","parameters":{"kind":"small"},"metric":"time","unit":"ns","direction":"lower","value":15600000.0,"verdict":"regressed","severity":"warning","baseline":{"center":14120000.0,"spread":127079.99999999999,"runs":20},"warn_beyond":15532000.000000002,"error_beyond":16944000.0,"target":{"id":"SITE-001","max":50000000.0,"min":null,"per":"pages"},"trend":[13950560.0,14120000.0,14289440.0,15600000.0]},{"benchmark":"start","parameters":{},"metric":"time","unit":"ns","direction":"none","value":7.0,"verdict":"new","severity":null,"baseline":null,"warn_beyond":null,"error_beyond":null,"target":null,"trend":[7.0]}]}"#);
}

#[test]
fn what_is_not_known_is_null() {
    let evaluation = evaluation(Vec::new(), RunVerdict::Inconclusive);
    let run = RunFacts { commit: None, branch: None, ..facts() };
    let line = SummaryView { index: None, ..view(run, &evaluation, &[]) }.line().unwrap();
    insta::assert_snapshot!(line, @r#"{"format":"plimsoll.summary/1","project":"rangebar","suite":"fast","testbed":"linux/x86_64/2","branch":null,"run":"5e1f0c7a9b3d4e62","commit":null,"measured_at":"2026-11-20T08:01:00Z","verdict":"inconclusive","index":null,"alerts":0,"series":[]}"#);
}

#[test]
fn what_has_no_value_is_left_out_and_the_rest_is_ranked() {
    let document = read(&line(mixed_series(2)));
    let names = |field: &str| -> Vec<String> {
        let all = document["series"].as_array().unwrap();
        all.iter().map(|series| series[field].as_str().unwrap().to_owned()).collect()
    };
    insta::assert_snapshot!(names("benchmark").join(" "), @"parse startup import/small export/csv query/first_page query/last_page bench/01 bench/00");
    assert!(!names("verdict").contains(&"missing".to_owned()));
}

#[test]
fn numbers_that_no_reader_can_read_are_left_out() {
    let mut wild = series("wild", 100.0, 110.0, SeriesVerdict::Unchanged);
    wild.history = vec![f64::NAN, 100.0, f64::INFINITY];
    wild.baseline.as_mut().unwrap().spread = f64::INFINITY;
    let mut nowhere = wild.clone();
    nowhere.value = Some(f64::NAN);
    let document = read(&line(vec![wild, nowhere]));
    assert_eq!(document["series"].as_array().unwrap().len(), 1);
    assert_eq!(document["series"][0]["baseline"], Value::Null);
    assert_eq!(document["series"][0]["trend"], serde_json::json!([100.0, 110.0]));
}

#[test]
fn a_target_in_another_unit_is_left_out() {
    let mut other = series("other", 100.0, 110.0, SeriesVerdict::Unchanged);
    let mut limit = target("B-1", Bound::Min(5.0), None);
    let outcome =
        |target| TargetOutcome { target, value: 1.0, status: TargetStatus::NotComparable, headroom: None };
    limit.unit = Some(Unit::BYTES);
    other.target = Some(outcome(limit.clone()));
    assert_eq!(read(&line(vec![other.clone()]))["series"][0]["target"], Value::Null);
    limit.unit = Some(Unit::NANOSECONDS);
    other.target = Some(outcome(limit));
    assert_eq!(read(&line(vec![other]))["series"][0]["target"]["min"], 5.0);
}

#[test]
fn the_line_is_bounded() {
    let many = |name: &dyn Fn(usize) -> String| -> Vec<_> {
        (0..1_000)
            .map(|index| {
                let center = 1e6 + (index as f64).sqrt() * 7e4;
                let mut one = series(&name(index), center, center * 1.0123, SeriesVerdict::Unchanged);
                one.key.parameters.insert("size", "1000000");
                one
            })
            .collect()
    };
    let usual = line(many(&|index| format!("site/rendering/page_{index:04}")));
    assert_eq!(read(&usual)["series"].as_array().unwrap().len(), 256);
    assert!(usual.len() < 150_000, "{}", usual.len());
    let long = line(many(&|index| format!("{index}{}", "\u{202e}".repeat(300))));
    assert!(!read(&long)["series"].as_array().unwrap().is_empty());
    assert!(long.len() <= 150_000, "{}", long.len());
}

#[test]
fn one_series_of_a_monstrous_name_takes_no_room_from_the_others() {
    let mut monstrous = series(&"x\n".repeat(500_000), 1.0, 3.0, SeriesVerdict::Regressed);
    monstrous.severity = Some(Severity::Critical);
    let document = read(&line(vec![monstrous, series("usual", 1.0, 1.0, SeriesVerdict::Unchanged)]));
    assert_eq!(document["series"].as_array().unwrap().len(), 1);
    assert_eq!(document["series"][0]["benchmark"], "usual");
}

#[test]
fn a_suite_of_a_monstrous_name_has_no_line() {
    let evaluation = evaluation(Vec::new(), RunVerdict::Pass);
    let name = "x".repeat(1_000_000);
    for run in [RunFacts { suite: &name, ..facts() }, RunFacts { project: &name, ..facts() }] {
        assert_eq!(view(run, &evaluation, &[]).line(), None);
    }
}

proptest! {
    #[test]
    fn whatever_the_names_it_is_one_line_that_is_found_by_its_beginning(
        names in prop::collection::vec("\\PC{0,20}|(?s).{0,20}|[\\\\\"\n\r\u{1b}\u{2028}a]{0,20}", 7),
    ) {
        let [project, suite, testbed, branch, id, benchmark, unit] = &names[..] else { unreachable!() };
        let mut one = series(benchmark, 1.0, 1.0, SeriesVerdict::Unchanged);
        one.key = key(benchmark, unit);
        one.key.parameters.insert(branch, testbed);
        one.unit = Unit::normalise(unit).0;
        let evaluation = evaluation(vec![one], RunVerdict::Pass);
        let run = RunFacts { project, suite, testbed, branch: Some(branch), id, commit: Some(id), ..facts() };
        let view = view(run, &evaluation, &[]);
        let line = view.line().unwrap();
        prop_assert!(line.starts_with(&view.beginning()));
        prop_assert!(!line.trim_end().chars().any(|character| character.is_control()));
        let document = read(&line);
        prop_assert_eq!(document["project"].as_str(), Some(project.as_str()));
        prop_assert_eq!(document["suite"].as_str(), Some(suite.as_str()));
        prop_assert_eq!(document["series"][0]["benchmark"].as_str(), Some(benchmark.as_str()));
    }
}
