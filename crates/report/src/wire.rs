//! What several of the JSON formats write the same way.

use jiff::Timestamp;
use plimsoll_model::{
    Alert, Baseline, BaselineKind, BaselineSource, CommonShift, Direction, Evidence, LevelChange, LevelTrend,
    Outcome, Parameters, SeriesEvaluation, SeriesKey, SeriesVerdict, Severity, SmallestStep, Target,
    TargetOutcome, TargetStatus, Unit,
};
use serde::Serialize;
use serde_json::{Value, json};

use crate::{ComparedSeries, RunFacts, wording};

/// The name and version of the format that `run`, `check` and `compare` write.
pub(crate) const REPORT_FORMAT: &str = "plimsoll.report/1";

/// A series' name and the parts it is made of.
#[derive(Serialize)]
pub(crate) struct Name<'a> {
    series: String,
    suite: &'a str,
    testbed: &'a str,
    benchmark: &'a str,
    parameters: &'a Parameters,
    metric: &'a str,
}

/// What `report/1` says of one series.
#[derive(Serialize)]
pub(crate) struct Series<'a> {
    #[serde(flatten)]
    name: Name<'a>,
    unit: &'a Unit,
    direction: Direction,
    value: Option<f64>,
    baseline: Option<SeriesBaseline>,
    change: Option<f64>,
    interval: Option<(f64, f64)>,
    verdict: SeriesVerdict,
    severity: Option<Severity>,
    closes_gate: bool,
    target: Option<TargetStanding<'a>>,
    findings: Vec<Finding>,
    history: &'a [f64],
    /// Where the level moved among the values that were looked at, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    change_points: Vec<Value>,
    /// Where the level is slowly moving.
    #[serde(skip_serializing_if = "Option::is_none")]
    level_trend: Option<Value>,
}

#[derive(Serialize)]
pub(crate) struct SeriesBaseline {
    center: f64,
    spread: Option<f64>,
    runs: usize,
    confidence: Option<f64>,
}

/// A limit, with what a value did to it.
#[derive(Serialize)]
pub(crate) struct TargetStanding<'a> {
    #[serde(flatten)]
    limit: TargetLimit<'a>,
    status: TargetStatus,
    value: f64,
    headroom: Option<f64>,
}

#[derive(Serialize)]
pub(crate) struct TargetLimit<'a> {
    id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    min: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<&'a Unit>,
    #[serde(skip_serializing_if = "Option::is_none")]
    per: Option<&'a str>,
}

#[derive(Serialize)]
struct Finding {
    detector: &'static str,
    severity: Option<Severity>,
    message: String,
    evidence: Value,
}

/// What most series did alike; `worsening` is positive when worse.
#[derive(Serialize)]
pub(crate) struct CommonShiftEntry {
    worsening: f64,
    moved: usize,
    of: usize,
}

/// What a run was held against.
#[derive(Serialize)]
pub(crate) struct Source<'a> {
    pub(crate) kind: BaselineKind,
    pub(crate) name: &'a str,
    pub(crate) runs: usize,
}

/// An alert as every format writes it.
#[derive(Serialize)]
pub(crate) struct AlertEntry<'a> {
    id: i64,
    triggered_at: Timestamp,
    severity: Severity,
    series: String,
    branch: Option<&'a str>,
    target: Option<&'a str>,
    current_value: f64,
    expected_value: f64,
    expected_spread: f64,
    deviation_percent: f64,
    state: &'static str,
    by: Option<&'a str>,
    notes: Option<&'a str>,
    began: Option<&'a str>,
}

/// A run without its measurements.
#[derive(Serialize)]
pub(crate) struct RunEntry<'a> {
    run: &'a str,
    project: &'a str,
    suite: &'a str,
    commit: Option<&'a str>,
    subject: Option<&'a str>,
    branch: Option<&'a str>,
    base_branch: Option<&'a str>,
    testbed: &'a str,
    dirty: bool,
    outcome: Outcome,
    voided: Option<&'a str>,
    started_at: Timestamp,
    duration_ms: u64,
}

impl<'a> From<&'a SeriesKey> for Name<'a> {
    fn from(key: &'a SeriesKey) -> Self {
        Self {
            series: key.to_string(),
            suite: &key.suite,
            testbed: &key.testbed,
            benchmark: &key.benchmark,
            parameters: &key.parameters,
            metric: &key.metric,
        }
    }
}

impl<'a> From<&'a SeriesEvaluation> for Series<'a> {
    fn from(series: &'a SeriesEvaluation) -> Self {
        Self {
            name: Name::from(&series.key),
            unit: &series.unit,
            direction: series.direction,
            value: series.value,
            baseline: series.baseline.map(SeriesBaseline::from),
            change: series.change,
            interval: series.change_interval,
            verdict: series.verdict,
            severity: series.severity,
            closes_gate: series.closes_gate,
            target: series.target.as_ref().map(TargetStanding::from),
            findings: series
                .findings
                .iter()
                .map(|finding| Finding {
                    detector: finding.detector.name(),
                    severity: finding.severity,
                    message: wording::finding(finding, series),
                    evidence: evidence(&finding.evidence),
                })
                .collect(),
            history: &series.history,
            change_points: series.level_changes.iter().map(change_point).collect(),
            level_trend: series.level_trend.as_ref().map(level_trend),
        }
    }
}

impl<'a> Series<'a> {
    /// A series of a comparison: side A, of `runs` runs, stands for the baseline.
    pub(crate) fn compared(series: &ComparedSeries<'a>, verdict: SeriesVerdict, runs: usize) -> Self {
        Self {
            name: Name::from(series.key),
            unit: series.unit,
            direction: series.direction,
            value: series.b,
            baseline: series.a.map(|center| SeriesBaseline { center, spread: None, runs, confidence: None }),
            change: series.change,
            interval: series.interval,
            verdict,
            severity: series.severity,
            closes_gate: false,
            target: None,
            findings: Vec::new(),
            history: &[],
            change_points: series.changes.iter().map(change_point).collect(),
            level_trend: None,
        }
    }
}

impl From<CommonShift> for CommonShiftEntry {
    fn from(shift: CommonShift) -> Self {
        Self { worsening: shift.worsening, moved: shift.moved, of: shift.of }
    }
}

impl From<Baseline> for SeriesBaseline {
    fn from(baseline: Baseline) -> Self {
        Self {
            center: baseline.center,
            spread: Some(baseline.spread),
            runs: baseline.runs,
            confidence: Some(baseline.confidence),
        }
    }
}

impl<'a> From<&'a TargetOutcome> for TargetStanding<'a> {
    fn from(outcome: &'a TargetOutcome) -> Self {
        Self {
            limit: TargetLimit::from(&outcome.target),
            status: outcome.status,
            value: outcome.value,
            headroom: outcome.headroom,
        }
    }
}

impl<'a> From<&'a Target> for TargetLimit<'a> {
    fn from(target: &'a Target) -> Self {
        let (max, min) = target.bound.sides();
        Self { id: target.id.as_deref(), max, min, unit: target.unit.as_ref(), per: target.per.as_deref() }
    }
}

impl<'a> From<&'a BaselineSource> for Source<'a> {
    fn from(source: &'a BaselineSource) -> Self {
        Self { kind: source.kind, name: &source.name, runs: source.runs }
    }
}

impl<'a> From<&'a Alert> for AlertEntry<'a> {
    fn from(alert: &'a Alert) -> Self {
        Self {
            id: alert.id,
            triggered_at: alert.triggered_at,
            severity: alert.severity,
            series: alert.series.to_string(),
            branch: alert.branch.as_deref(),
            target: alert.target.as_deref(),
            current_value: alert.current_value,
            expected_value: alert.expected_value,
            expected_spread: alert.expected_spread,
            deviation_percent: alert.deviation_percent,
            state: alert.state.name(),
            by: alert.by.as_deref(),
            notes: alert.notes.as_deref(),
            began: alert.began.as_deref(),
        }
    }
}

impl<'a> From<&RunFacts<'a>> for RunEntry<'a> {
    fn from(facts: &RunFacts<'a>) -> Self {
        Self {
            run: facts.id,
            project: facts.project,
            suite: facts.suite,
            commit: facts.commit,
            subject: facts.subject,
            branch: facts.branch,
            base_branch: facts.base_branch,
            testbed: facts.testbed,
            dirty: facts.dirty,
            outcome: facts.outcome,
            voided: facts.voided,
            started_at: facts.started_at,
            duration_ms: facts.duration_ms,
        }
    }
}

/// The numbers behind a finding. What is not finite becomes null.
fn evidence(evidence: &Evidence) -> Value {
    match evidence {
        Evidence::Ladder { change, spreads } => {
            json!({"kind": "ladder", "change": change, "spreads": spreads})
        }
        Evidence::Threshold { change, limit, noise_rate } => {
            json!({"kind": "threshold", "change": change, "limit": limit.fraction(), "noise_rate": noise_rate})
        }
        Evidence::Target { over, spreads } => json!({"kind": "target", "over": over, "spreads": spreads}),
        Evidence::YoungBaseline { runs, min, pooled } => {
            json!({"kind": "young_baseline", "runs": runs, "min": min, "pooled": pooled})
        }
        Evidence::LowConfidence { confidence, would_be, further_runs } => {
            json!({"kind": "low_confidence", "confidence": confidence, "would_be": would_be,
                "further_runs": further_runs})
        }
        Evidence::NotSignificant { chance, tested, would_be, further_runs } => {
            json!({"kind": "not_significant", "chance": chance, "tested": tested, "would_be": would_be,
                "further_runs": further_runs})
        }
        Evidence::OwnJumps { share, would_be, further_runs } => {
            json!({"kind": "own_jumps", "share": share, "would_be": would_be, "further_runs": further_runs})
        }
        Evidence::WildSamples { within, between, would_be, further_runs } => {
            json!({"kind": "wild_samples", "within": within, "between": between, "would_be": would_be,
                "further_runs": further_runs})
        }
        Evidence::Unnoticeable { difference, least } => {
            json!({"kind": "unnoticeable", "difference": difference, "least": least})
        }
        Evidence::SharedShift { worsening, remaining, would_be, further_runs } => {
            json!({"kind": "shared_shift", "worsening": worsening, "remaining": remaining, "would_be": would_be,
                "further_runs": further_runs})
        }
        Evidence::AbsoluteScale { difference } => json!({"kind": "absolute_scale", "difference": difference}),
        Evidence::UnitChanged { before } => json!({"kind": "unit_changed", "before": before}),
        Evidence::ZeroBaseline { difference } => json!({"kind": "zero_baseline", "difference": difference}),
        Evidence::NoDirection => json!({"kind": "no_direction"}),
        Evidence::NewTestbed => json!({"kind": "new_testbed"}),
        Evidence::KnownOnBase { alert, branch } => {
            json!({"kind": "known_on_base", "alert": alert, "branch": branch})
        }
        Evidence::NotConfirmed { first_value, would_be } => {
            json!({"kind": "not_confirmed", "first_value": first_value, "would_be": would_be})
        }
        Evidence::ChangePoint(change) => {
            let mut entry = change_point(change);
            entry["kind"] = json!("change_point");
            entry
        }
        Evidence::Trend(trend) => {
            let mut entry = level_trend(trend);
            entry["kind"] = json!("trend");
            entry
        }
        Evidence::Failed => json!({"kind": "failed"}),
    }
}

/// A change that can be seen: how large, within how many runs nine times in ten.
pub(crate) fn smallest_step(smallest: &SmallestStep) -> Value {
    json!({
        "within_runs": smallest.within_runs,
        "step": smallest.step,
        "change": smallest.change,
        "power": 0.9,
    })
}

/// A trend: since which commit, how far, how fast, how sure.
pub(crate) fn level_trend(trend: &LevelTrend) -> Value {
    json!({
        "began": trend.began,
        "began_back": trend.began_back,
        "before": trend.before,
        "after": trend.after,
        "change": trend.change(),
        "change_each_run": trend.change_each(),
        "confidence": trend.confidence,
    })
}

/// A change point: between which commits, how far, how sure.
pub(crate) fn change_point(change: &LevelChange) -> Value {
    json!({
        "last_before": change.last_before,
        "began": change.began,
        "began_back": change.began_back,
        "before": change.before,
        "after": change.after,
        "change": change.change(),
        "confidence": change.confidence,
        "evidence_nats": change.evidence,
    })
}
