//! What one run came to: its verdict, the gate's answer and every series, ranked.

mod csv;
mod folding;
mod headline;
mod holding;
mod json;
mod markdown;
mod several;
mod terminal;

use plimsoll_model::{
    Alert, Complaint, Evaluation, Evidence, Finding, Gate, GateStatus, SeriesEvaluation, SeriesVerdict,
    Severity, TargetStatus, Usage,
};

use crate::RunFacts;

/// A value so many spreads from its baseline looks as if it had changed.
const FAR_SPREADS: f64 = 3.0;

pub(crate) use holding::Holding;
pub use several::RunReports;

/// What one run came to. Rendered by [`RunView::terminal`], [`RunView::markdown`], [`RunView::json`] and
/// [`RunView::csv`].
#[derive(Debug, Clone, Copy)]
pub struct RunView<'a> {
    /// What was run, where and when.
    pub run: RunFacts<'a>,
    /// What was decided about it.
    pub evaluation: &'a Evaluation,
    /// The policy's answer.
    pub gate: &'a Gate,
    /// What the command itself used, where a harness brought the measurements.
    pub usage: Option<Usage>,
    /// The alerts this run opened or found open.
    pub alerts: &'a [Alert],
    /// What the reader of the results did not understand; those of the evaluation are added.
    pub complaints: &'a [Complaint],
    /// What a second run of the command said, where there was one.
    pub second_look: Option<SecondLook>,
}

/// What a second run of the command said of the series that seemed to close the gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SecondLook {
    /// Series that the first look would have closed the gate for.
    pub suspected: usize,
    /// Those of them that the second look showed too.
    pub confirmed: usize,
}

impl<'a> RunView<'a> {
    /// The series, what matters most first.
    fn ranked(&self) -> Vec<&'a SeriesEvaluation> {
        ranked(self.evaluation, &Holding::of(self))
    }

    fn is_gate_closed(&self) -> bool {
        self.gate.status == GateStatus::Closed
    }

    /// The alerts that ask for something, and how many are of severity info.
    fn grave_alerts(&self) -> (Vec<&'a Alert>, usize) {
        let grave: Vec<&Alert> = self.alerts.iter().filter(|alert| alert.severity > Severity::Info).collect();
        let minor = self.alerts.len() - grave.len();
        (grave, minor)
    }

    fn all_complaints(&self) -> impl Iterator<Item = &'a Complaint> {
        self.complaints.iter().chain(&self.evaluation.complaints)
    }
}

/// The series in the order of what a reader should see first: those that close the gate, then those that alerts hold it closed by;
/// regressed (by severity, then worsening), improved, inconclusive, missing, new, unchanged. Among equals the order of the evaluation
/// stays: it knows what of the new matters most.
pub(crate) fn ranked<'a>(evaluation: &'a Evaluation, holding: &Holding<'_>) -> Vec<&'a SeriesEvaluation> {
    let mut series: Vec<&SeriesEvaluation> = evaluation.series.iter().collect();
    let place = |series: &SeriesEvaluation| match (series.verdict, holding.alert(series)) {
        (SeriesVerdict::Regressed, _) if series.closes_gate => 0,
        (_, Some(_)) => 1,
        (verdict, None) => rank(verdict),
    };
    series.sort_by(|left, right| {
        place(left)
            .cmp(&place(right))
            .then_with(|| right.closes_gate.cmp(&left.closes_gate))
            .then_with(|| right.severity.cmp(&left.severity))
            .then_with(|| is_over_target(right).cmp(&is_over_target(left)))
            .then_with(|| is_notable(right).cmp(&is_notable(left)))
            .then_with(|| weight(right).total_cmp(&weight(left)))
    });
    series
}

/// Whether an unchanged series still has something to tell: a first look that was not confirmed, a change point, a target, or why a
/// change that looks far out of the noise is none.
fn is_notable(series: &SeriesEvaluation) -> bool {
    let is_far = |finding: &Finding| match finding.evidence {
        Evidence::Ladder { spreads, .. } => spreads.abs() >= FAR_SPREADS,
        _ => false,
    };
    let tells = |finding: &Finding| match finding.evidence {
        Evidence::NotConfirmed { .. } | Evidence::ChangePoint(_) => true,
        Evidence::NotSignificant { .. } => series.findings.iter().any(is_far),
        _ => false,
    };
    series.target.is_some() || series.findings.iter().any(tells)
}

/// Whether the value is past its target, be it by ever so little.
fn is_over_target(series: &SeriesEvaluation) -> bool {
    series.target.as_ref().is_some_and(|outcome| outcome.status == TargetStatus::Over)
}

fn rank(verdict: SeriesVerdict) -> u8 {
    match verdict {
        SeriesVerdict::Regressed => 2,
        SeriesVerdict::Improved => 3,
        SeriesVerdict::Inconclusive => 4,
        SeriesVerdict::Missing => 5,
        SeriesVerdict::New => 6,
        SeriesVerdict::Unchanged => 7,
    }
}

/// How much a series stands out among those of its verdict.
fn weight(series: &SeriesEvaluation) -> f64 {
    let size = match series.verdict {
        SeriesVerdict::Improved => series.worsening().map(|worsening| -worsening),
        SeriesVerdict::Regressed | SeriesVerdict::Unchanged => series.worsening(),
        _ => series.change.map(f64::abs),
    };
    size.filter(|size| !size.is_nan()).unwrap_or(f64::NEG_INFINITY)
}

/// The sign before a series: what is said of it without colour.
fn mark(series: &SeriesEvaluation, holding: &Holding<'_>) -> &'static str {
    match series.verdict {
        _ if holding.alert(series).is_some() => "✗",
        SeriesVerdict::Regressed if series.closes_gate || series.severity >= Some(Severity::Error) => "✗",
        SeriesVerdict::Regressed => "!",
        _ if series.closes_gate => "✗",
        SeriesVerdict::Improved => "✓",
        SeriesVerdict::Inconclusive => "?",
        SeriesVerdict::New => "+",
        SeriesVerdict::Missing => "−",
        SeriesVerdict::Unchanged if is_over_target(series) => "!",
        SeriesVerdict::Unchanged => "",
    }
}
