//! Samples of history: twenty runs of one series, and views over them.

use std::sync::LazyLock;

use plimsoll_model::{
    Alert, Baseline, BaselineSettings, Direction, LevelChange, Outcome, RunVerdict, SeriesKey, SeriesVerdict,
    Severity, SmallestStep, Target, TargetOutcome, TargetStatus, Unit,
};
use plimsoll_report::{
    AlertView, AlertsView, BaselineRun, BaselineView, CompareView, ComparedSeries, DocumentSeries,
    DocumentView, ListedAlert, ListedRun, ListedTarget, LogPoint, LogRun, LogView, RunFacts, RunsView,
    SeriesLogView, Side, StatusView, TargetsView, Trend,
};

use crate::sample::{alert, facts, key, mixed_series, target, time};

const HASHES: [&str; 20] = [
    "a00f1c0", "b11e2d1", "c22d3e2", "d33c4f3", "e44b504", "f55a615", "a669726", "b778837", "c887948",
    "d996a59", "eaa5b6a", "fbb4c7b", "acc3d8c", "bdd2e9d", "cee1fae", "dff00bf", "e0011c0", "f1122d1",
    "a2233e2", "4f2a91c",
];
const SUBJECTS: [&str; 3] = ["Fix typo", "Teach the lexer to read numbers without allocating", "Bump serde"];

/// Run `index` of twenty, one a day.
pub fn run(index: usize) -> RunFacts<'static> {
    RunFacts {
        id: HASHES[index],
        commit: Some(HASHES[index]),
        subject: Some(SUBJECTS[index % 3]),
        branch: Some("main"),
        started_at: time("2026-11-01T08:01:00Z") + jiff::SignedDuration::from_hours(24 * index as i64),
        dirty: index == 9,
        outcome: if index == 5 { Outcome::Failed } else { Outcome::Success },
        voided: (index == 12).then_some("the machine was compiling"),
        ..facts()
    }
}

pub fn value(index: usize) -> f64 {
    let level = if index >= 14 { 15.2e6 } else { 12.4e6 };
    level * (1.0 + 0.012 * ((index * 7 % 5) as f64 - 2.0))
}

/// The change at point 14.
pub static CHANGE: LazyLock<LevelChange> = LazyLock::new(|| LevelChange {
    began_back: 5,
    found_back: 2,
    holds: true,
    last_before: run(13).commit.map(str::to_owned),
    began: run(14).commit.map(str::to_owned),
    before: 12.4e6,
    after: 15.2e6,
    spread: 0.2e6,
    confidence: 0.9971,
    evidence: 9.1,
});

pub fn points() -> Vec<LogPoint<'static>> {
    (0..20)
        .map(|index| LogPoint {
            run: run(index),
            value: value(index),
            interval: Some((value(index) * 0.99, value(index) * 1.01)),
            change: (index >= 5).then(|| value(index) / 12.4e6 - 1.0),
            verdict: Some(match index {
                0..5 => SeriesVerdict::Inconclusive,
                14.. => SeriesVerdict::Regressed,
                _ => SeriesVerdict::Unchanged,
            }),
            severity: (index >= 14).then_some(Severity::Critical),
            change_point: (index == 14).then(|| &*CHANGE),
        })
        .collect()
}

pub fn series_log<'a>(
    key: &'a SeriesKey,
    points: &'a [LogPoint<'a>],
    target: &'a Target,
) -> SeriesLogView<'a> {
    SeriesLogView {
        key,
        unit: &UNITS[0],
        direction: Direction::Lower,
        points,
        has_older: true,
        baseline: Some(baseline()),
        target: Some(target),
        smallest_steps: &[SmallestStep { within_runs: 10, step: 4e5, change: Some(0.032) }],
        trend: Some(Trend { change: 0.213, interval: Some((0.12, 0.26)) }),
    }
}

pub fn baseline() -> Baseline {
    Baseline { center: 12.4e6, spread: 0.11e6, runs: 20, confidence: 0.62 }
}

pub fn log_runs() -> Vec<LogRun<'static>> {
    (0..20)
        .map(|index| LogRun {
            run: run(index),
            items: Some((1_000.0 * (index + 1) as f64, "pages")),
            time_ns: Some(value(index) * 1e3),
            peak_rss_bytes: Some(35.2e6 + 1e5 * index as f64),
            heap_bytes: None,
            verdict: Some(if index >= 14 { RunVerdict::Regressed } else { RunVerdict::Pass }),
        })
        .collect()
}

pub fn log<'a>(runs: &'a [LogRun<'a>]) -> LogView<'a> {
    LogView { project: "rangebar", runs, has_older: true }
}

pub fn listed_runs() -> Vec<ListedRun<'static>> {
    (8..14)
        .rev()
        .map(|index| ListedRun { run: run(index), measurements: 64, verdict: Some(RunVerdict::Pass) })
        .collect()
}

pub fn runs<'a>(runs: &'a [ListedRun<'a>]) -> RunsView<'a> {
    RunsView { project: "rangebar", runs, total: 20 }
}

/// Calls `show` with a comparison of everything that [`mixed_series`] holds.
pub fn with_comparison<T>(show: impl FnOnce(&CompareView<'_>) -> T) -> T {
    let evaluated = mixed_series(61);
    let series: Vec<ComparedSeries<'_>> = evaluated
        .iter()
        .map(|series| ComparedSeries {
            key: &series.key,
            unit: &series.unit,
            direction: series.direction,
            a: series.baseline.map(|baseline| baseline.center),
            b: series.value,
            change: series.change,
            interval: series.change_interval,
            verdict: Some(series.verdict),
            severity: series.severity,
            changes: if series.severity == Some(Severity::Critical) {
                std::slice::from_ref(&*CHANGE)
            } else {
                &[]
            },
        })
        .collect();
    show(&CompareView {
        project: "rangebar",
        a: Side { name: "main", run: Some(run(13)), runs: 20 },
        b: Side { name: "feature", run: Some(facts()), runs: 1 },
        verdict: RunVerdict::Mixed,
        series: &series,
        tested: 64,
        has_suspects: true,
        common_shift: None,
        complaints: &[],
    })
}

pub fn alerts() -> Vec<Alert> {
    let acknowledged = Alert {
        id: 7,
        severity: Severity::Warning,
        series: key("import/small", "throughput"),
        current_value: 1.1e6,
        expected_value: 1.25e6,
        deviation_percent: -12.0,
        state: plimsoll_model::AlertState::Acknowledged,
        by: Some("ada".to_owned()),
        notes: Some("known: the new format is checked".to_owned()),
        ..alert()
    };
    vec![alert(), acknowledged]
}

pub fn listed_alerts<'a>(alerts: &'a [Alert], units: &'a [Unit; 2]) -> Vec<ListedAlert<'a>> {
    alerts
        .iter()
        .zip(units)
        .map(|(alert, unit)| ListedAlert {
            alert,
            unit,
            direction: if *unit == Unit::NANOSECONDS { Direction::Lower } else { Direction::Higher },
        })
        .collect()
}

pub static UNITS: [Unit; 2] = [Unit::NANOSECONDS, Unit::ITEMS_PER_SECOND];

pub fn alerts_view<'a>(alerts: &'a [ListedAlert<'a>]) -> AlertsView<'a> {
    AlertsView { project: "rangebar", alerts }
}

pub fn alert_view<'a>(alert: ListedAlert<'a>, history: &'a [f64]) -> AlertView<'a> {
    AlertView { project: "rangebar", alert, history }
}

/// Calls `show` with a target that is met, one that is missed, a budget for each item and one that fits nothing.
pub fn with_targets<T>(show: impl FnOnce(&TargetsView<'_>) -> T) -> T {
    use plimsoll_model::Bound::{Max, Min};
    let keys = [key("startup", "time"), key("build", "peak_rss"), key("throughput_1m", "throughput")];
    let outcome = |target: Target, value, status, headroom| TargetOutcome {
        target,
        value,
        status,
        headroom: Some(headroom),
    };
    let outcomes = [
        outcome(target("APP-001", Max(500e6), None), 561e6, TargetStatus::Over, 0.89),
        outcome(target("MEM-1", Max(0.5e6), Some("pages")), 0.16e6, TargetStatus::Met, 3.2),
        outcome(target("THR-1", Min(1e6), None), 1.249e6, TargetStatus::Met, 1.249),
    ];
    let units = [Unit::NANOSECONDS, Unit::BYTES, Unit::ITEMS_PER_SECOND];
    let mut targets: Vec<ListedTarget<'_>> = (0..3)
        .map(|index| ListedTarget {
            target: &outcomes[index].target,
            series: Some(&keys[index]),
            unit: &units[index],
            outcome: Some(&outcomes[index]),
            severity: (index == 0).then_some(Severity::Warning),
        })
        .collect();
    let unused = target("OLD-1", Max(10e6), None);
    targets.push(ListedTarget {
        target: &unused,
        series: None,
        unit: &UNITS[0],
        outcome: None,
        severity: None,
    });
    show(&TargetsView { project: "rangebar", targets: &targets })
}

/// Calls `show` with the status of a project with some of everything.
pub fn with_status<T>(show: impl FnOnce(&StatusView<'_>) -> T) -> T {
    let alerts = alerts();
    let listed = listed_alerts(&alerts, &UNITS);
    with_targets(|targets| {
        show(&StatusView {
            project: "rangebar",
            last_runs: &[(facts(), RunVerdict::Regressed)],
            targets: targets.targets,
            warnings: &["benchmark legacy/render vanished 3 runs ago".to_owned()],
            performance_index: Some(96.4),
            index_a_week_ago: Some(98.9),
            judged: 64,
            open_alerts: &listed[..1],
        })
    })
}

pub fn baseline_view<'a>(key: &'a SeriesKey, runs: &'a [BaselineRun<'a>]) -> BaselineView<'a> {
    BaselineView {
        project: "rangebar",
        key,
        unit: &UNITS[0],
        direction: Direction::Lower,
        branch: Some("main"),
        baseline: Some(Baseline { runs: runs.len(), ..baseline() }),
        settings: BaselineSettings { window: 20, min: 5 },
        runs,
        carried: 0,
        accepted: None,
        since: None,
    }
}

pub fn baseline_runs(count: usize) -> Vec<BaselineRun<'static>> {
    (0..count).map(|index| BaselineRun { run: run(index), value: value(index) }).collect()
}

/// Calls `show` with the document of a week.
pub fn with_document<T>(show: impl FnOnce(&DocumentView<'_>) -> T) -> T {
    let evaluated = mixed_series(4);
    let series: Vec<DocumentSeries<'_>> = evaluated
        .iter()
        .map(|series| DocumentSeries {
            key: &series.key,
            unit: &series.unit,
            direction: series.direction,
            before: series.baseline.map(|baseline| baseline.center),
            after: series.value,
            change: series.change,
            verdict: series.verdict,
            severity: series.severity,
            began: series.severity.map(|_| HASHES[14]),
            changes: if series.severity == Some(Severity::Critical) {
                std::slice::from_ref(&*CHANGE)
            } else {
                &[]
            },
            values: &series.history,
        })
        .collect();
    let alerts = alerts();
    let listed = listed_alerts(&alerts, &UNITS);
    let runs: Vec<RunFacts<'_>> = (13..20).map(run).collect();
    show(&DocumentView {
        project: "rangebar",
        span: "the last 7 days",
        from: time("2026-11-13T12:00:00Z"),
        to: time("2026-11-20T12:00:00Z"),
        runs: &runs,
        series: &series,
        level_values: 3,
        tested: 64,
        has_suspects: true,
        alerts: &listed,
        complaints: &[],
    })
}
