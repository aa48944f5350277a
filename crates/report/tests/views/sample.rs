//! What the tests and `examples/look.rs` show.

use jiff::Timestamp;
use plimsoll_model::{
    Alert, AlertState, Baseline, BaselineKind, BaselineSource, Bound, Complaint, Counts, Detector, Direction,
    Evaluation, Evidence, Finding, Gate, GateStatus, Outcome, Parameters, RunVerdict, SeriesEvaluation,
    SeriesKey, SeriesVerdict, Severity, Target, TargetOutcome, TargetStatus, Unit, Usage, ValueLimits,
};
use plimsoll_report::{RunFacts, RunView, Screen, SecondLook};

pub fn time(text: &str) -> Timestamp {
    text.parse().expect("a timestamp")
}

pub fn screen(width: usize) -> Screen {
    Screen { width, color: false, unicode: true, now: time("2026-11-20T12:00:00Z") }
}

pub fn key(benchmark: &str, metric: &str) -> SeriesKey {
    SeriesKey {
        suite: "fast".to_owned(),
        testbed: "linux/x86_64/2".to_owned(),
        benchmark: benchmark.to_owned(),
        parameters: Parameters::new(),
        metric: metric.to_owned(),
    }
}

pub fn facts() -> RunFacts<'static> {
    RunFacts {
        id: "5e1f0c7a9b3d4e62",
        project: "rangebar",
        suite: "fast",
        commit: Some("4f2a91c0ffee4f2a91c0ffee4f2a91c0ffee1234"),
        subject: Some("Teach the lexer to read numbers without allocating"),
        branch: Some("feature"),
        base_branch: Some("main"),
        testbed: "linux/x86_64/2",
        dirty: false,
        outcome: Outcome::Success,
        voided: None,
        started_at: time("2026-11-20T08:01:00Z"),
        duration_ms: 21_034,
    }
}

/// A series around `center` that now has `value`.
pub fn series(benchmark: &str, center: f64, value: f64, verdict: SeriesVerdict) -> SeriesEvaluation {
    let change = value / center - 1.0;
    let history = (0..20).map(|index| center * (1.0 + 0.006 * f64::from((index * 7) % 5 - 2))).collect();
    SeriesEvaluation {
        key: key(benchmark, "time"),
        unit: Unit::NANOSECONDS,
        direction: Direction::Lower,
        value: Some(value),
        baseline: Some(Baseline { center, spread: center * 0.009, runs: 20, confidence: 0.92 }),
        limits: ValueLimits { warn_beyond: Some(center * 1.1), error_beyond: Some(center * 1.2) },
        change: Some(change),
        change_interval: Some((change - 0.015, change + 0.015)),
        verdict,
        severity: None,
        target: None,
        findings: Vec::new(),
        history,
        level_changes: Vec::new(),
        level_trend: None,
        closes_gate: false,
        suspicion: None,
    }
}

pub fn finding(detector: Detector, severity: Option<Severity>, evidence: Evidence) -> Finding {
    Finding { detector, severity, evidence }
}

pub fn target(id: &str, bound: Bound, per: Option<&str>) -> Target {
    Target {
        id: Some(id.to_owned()),
        suite: None,
        benchmark: "*".to_owned(),
        metric: "time".to_owned(),
        bound,
        unit: None,
        per: per.map(str::to_owned),
        warn: Target::DEFAULT_WARN,
        error: Target::DEFAULT_ERROR,
    }
}

fn regressed(mut series: SeriesEvaluation, severity: Severity) -> SeriesEvaluation {
    let change = series.change.unwrap_or(0.0);
    series.severity = Some(severity);
    series.closes_gate = severity >= Severity::Error;
    let evidence = Evidence::Ladder { change, spreads: change / 0.009 };
    series.findings.push(finding(Detector::Ladder, Some(severity), evidence));
    series
}

/// Series of every verdict, and `unchanged` unchanged ones.
pub fn mixed_series(unchanged: usize) -> Vec<SeriesEvaluation> {
    use SeriesVerdict::{Improved, Inconclusive, Missing, New, Regressed, Unchanged};
    let parse = regressed(series("parse", 12.4e6, 15.2e6, Regressed), Severity::Critical);
    let import = regressed(series("import/small", 80e3, 91.5e3, Regressed), Severity::Warning);
    let mut startup = series("startup", 540e6, 561e6, Regressed);
    startup.severity = Some(Severity::Error);
    startup.closes_gate = true;
    startup.target = Some(TargetOutcome {
        target: target("APP-001", Bound::Max(500e6), None),
        value: 561e6,
        status: TargetStatus::Over,
        headroom: Some(500.0 / 561.0),
    });
    let over = Evidence::Target { over: 0.122, spreads: Some(6.8) };
    startup.findings.push(finding(Detector::Target, Some(Severity::Error), over));
    let mut export = series("export/csv{rows}", 4.1e6, 3.3e6, Improved);
    export.key.parameters.insert("rows", "10000");
    export.key.benchmark = "export/csv".to_owned();
    export.target = Some(TargetOutcome {
        target: target("EXP-2", Bound::Max(10.6e6), None),
        value: 3.3e6,
        status: TargetStatus::Met,
        headroom: Some(3.2),
    });
    let mut young = series("query/first_page", 2.1e6, 2.6e6, Inconclusive);
    young.history.truncate(2);
    young.baseline = young.baseline.map(|baseline| Baseline { runs: 2, ..baseline });
    young.findings.push(finding(
        Detector::Ladder,
        None,
        Evidence::YoungBaseline { runs: 2, min: 5, pooled: false },
    ));
    let mut fresh = series("query/last_page", 3.0e6, 3.0e6, New);
    fresh.history.clear();
    (fresh.baseline, fresh.change, fresh.change_interval) = (None, None, None);
    let mut gone = series("legacy/render", 1.5e6, 1.5e6, Missing);
    (gone.value, gone.change, gone.change_interval) = (None, None, None);
    let mut all = vec![parse, import, startup, export, young, fresh, gone];
    for index in 0..unchanged {
        let center = 1e6 + index as f64 * 3e4;
        let change = 1.0 + 0.002 * ((index % 7) as f64 - 3.0);
        all.push(series(&format!("bench/{index:02}"), center, center * change, Unchanged));
    }
    all
}

pub fn evaluation(series: Vec<SeriesEvaluation>, verdict: RunVerdict) -> Evaluation {
    Evaluation {
        counts: Counts::of(&series),
        series,
        verdict,
        tested: 0,
        common_shift: None,
        baseline: Some(BaselineSource { kind: BaselineKind::Branch, name: "main".to_owned(), runs: 20 }),
        complaints: Vec::new(),
    }
}

pub fn closed() -> Gate {
    Gate {
        status: GateStatus::Closed,
        exit_code: 1,
        because: "2 series regressed, severity critical".to_owned(),
        alerts: Vec::new(),
    }
}

pub fn open() -> Gate {
    let because = "nothing regressed".to_owned();
    Gate { status: GateStatus::Open, exit_code: 0, because, alerts: Vec::new() }
}

pub fn alert() -> Alert {
    Alert {
        id: 42,
        triggered_at: time("2026-11-20T08:02:00Z"),
        severity: Severity::Critical,
        series: key("parse", "time"),
        branch: Some("feature".to_owned()),
        target: None,
        current_value: 15.2e6,
        expected_value: 12.4e6,
        expected_spread: 0.11e6,
        deviation_percent: 22.6,
        state: AlertState::Open,
        by: None,
        notes: None,
        began: Some("4f2a91c0ffee4f2a91c0ffee4f2a91c0ffee1234".to_owned()),
    }
}

pub fn complaint() -> Complaint {
    Complaint::at_line(7, "the mean is not a number; the entry was left out").in_source("bench.json")
}

pub fn run_view<'a>(
    evaluation: &'a Evaluation,
    gate: &'a Gate,
    alerts: &'a [Alert],
    complaints: &'a [Complaint],
) -> RunView<'a> {
    RunView {
        run: facts(),
        evaluation,
        gate,
        usage: Some(Usage {
            wall_ns: 21_034_000_000,
            user_cpu_ns: 18_200_000_000,
            system_cpu_ns: 1_600_000_000,
            peak_rss_bytes: 35_200_000,
        }),
        alerts,
        complaints,
        second_look: Some(SecondLook { suspected: 3, confirmed: 2 }),
    }
}
