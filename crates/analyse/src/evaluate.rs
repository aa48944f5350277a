//! From the series of a run to its verdict.

use plimsoll_model::{
    Baseline, CommonShift, Complaint, Counts, Detector, Evaluation, Evidence, Finding, Measurement, Outcome,
    Policy, RunVerdict, SeriesEvaluation, SeriesVerdict, Settings, Severity, TargetStatus,
};

use crate::about_zero::{confidence_about_zero, has_baseline_about_zero, spread_about_zero};
use crate::baseline::{LOW_CONFIDENCE, baseline_of_level, runs_to_trust};
use crate::doubtful_limits::limit_doubtful;
use crate::ladder::{self, distance_in_spreads};
use crate::level;
use crate::pooled::judge_pooled;
use crate::run_verdict::{conclude, verdict_together};
use crate::series_input::SeriesInput;
use crate::significance::{Origin, WholeRun, drop_moot_doubts, exclude_chance, is_capped};
use crate::stats::median;
use crate::target::judge_target;
use crate::threshold;
use crate::value_limits::{Regard, value_limits};

/// How many earlier values an evaluation carries for a sparkline.
const SPARKLINE_VALUES: usize = 24;

/// Series that were judged together, each among all.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// In the order of what was judged.
    pub series: Vec<SeriesEvaluation>,
    /// How many were tested for a change that noise does not explain.
    pub tested: usize,
    /// What most of them did alike.
    pub common_shift: Option<CommonShift>,
}

impl Judged {
    /// Whether a change of any series is suspected, believed or not: then it matters how many were tested.
    pub fn has_suspects(&self) -> bool {
        self.series.iter().any(|series| series.suspicion.is_some())
    }

    /// What they come to together, as a run would that measured them.
    pub fn verdict(&self) -> RunVerdict {
        verdict_together(&self.series, &Counts::of(&self.series))
    }
}

/// Judges every series and ranks them: what matters most comes first. Total: whatever the numbers, there is a verdict.
pub fn evaluate(inputs: &[SeriesInput<'_>], policy: &Policy) -> Evaluation {
    let Judged { mut series, tested, common_shift } = judge_together(inputs, policy, Origin::OneTime);
    limit_doubtful(inputs, &mut series, policy);
    for (input, evaluation) in inputs.iter().zip(&mut series) {
        let shown = if input.level.whole.is_empty() { &input.history } else { &input.level.whole };
        evaluation.history = shown[shown.len().saturating_sub(SPARKLINE_VALUES)..].to_vec();
    }
    let complaints = series.iter().filter_map(target_complaint).collect();
    conclude(series, WholeRun { tested, common_shift }, complaints)
}

/// Judges every series, and believes of what stands out only what is not chance among so many. The evaluations carry no history.
pub fn judge_together(inputs: &[SeriesInput<'_>], policy: &Policy, origin: Origin) -> Judged {
    let mut series: Vec<SeriesEvaluation> = inputs.iter().map(|input| judge(input, policy)).collect();
    let WholeRun { tested, common_shift } = exclude_chance(inputs, &mut series, policy, origin);
    series.iter_mut().for_each(drop_moot_doubts);
    Judged { series, tested, common_shift }
}

fn target_complaint(series: &SeriesEvaluation) -> Option<Complaint> {
    let outcome = series.target.as_ref().filter(|outcome| outcome.status == TargetStatus::NotComparable)?;
    let name = outcome.target.id.as_deref().unwrap_or(&outcome.target.benchmark);
    let why = match &outcome.target.per {
        Some(noun) => format!("the measurement does not say how many {noun} it handled"),
        None => format!("the measurement is in {}", series.unit),
    };
    Some(Complaint::new(format!("target {name} was not compared with {}: {why}", series.key)))
}

/// Judges one series by itself: without what the other series of the run make likely.
pub(crate) fn judge(input: &SeriesInput<'_>, policy: &Policy) -> SeriesEvaluation {
    let settings = policy.settings_for(&input.key);
    let baseline = baseline_of_level(
        &input.history,
        input.level.carried,
        settings.baseline.window,
        input.newest_age_days,
    );
    let mut evaluation = SeriesEvaluation {
        key: input.key.clone(),
        unit: input.unit.clone(),
        direction: input.direction,
        value: input.measurement.map(|measurement| measurement.value),
        baseline,
        limits: baseline
            .map(|baseline| value_limits(input, &baseline, &settings, Regard::Firm))
            .unwrap_or_default(),
        change: None,
        change_interval: None,
        verdict: SeriesVerdict::Missing,
        severity: None,
        target: None,
        findings: Vec::new(),
        history: Vec::new(),
        level_changes: input.level.changes.clone(),
        level_trend: input.level.trend.clone(),
        closes_gate: false,
        suspicion: None,
    };
    let Some(measurement) = input.measurement else {
        return evaluation;
    };
    if measurement.outcome != Outcome::Success {
        evaluation.verdict = SeriesVerdict::Inconclusive;
        evaluation.findings.push(remark(Evidence::Failed));
        return evaluation;
    }
    evaluation.verdict = judge_against_history(input, measurement, &settings, &mut evaluation);
    let is_young = input.history.len() - input.level.carried < settings.baseline.min;
    evaluation.findings.extend(level::finding(input, &settings, evaluation.baseline.as_ref(), is_young));
    evaluation.findings.extend(level::trend_finding(input, &settings));
    let target = measurement.target.as_deref().or_else(|| policy.target_for(&input.key));
    if let Some(target) = target.filter(|_| settings.uses(Detector::Target)) {
        let (outcome, finding) = judge_target(measurement, target, evaluation.baseline.as_ref());
        evaluation.target = Some(outcome);
        evaluation.findings.extend(finding);
    }
    evaluation.severity = evaluation.findings.iter().filter_map(|finding| finding.severity).max();
    if evaluation.severity >= Some(Severity::Warning) {
        evaluation.verdict = SeriesVerdict::Regressed;
    }
    evaluation.closes_gate = settings.gate.is_closed_by(evaluation.severity);
    evaluation
}

fn remark(evidence: Evidence) -> Finding {
    Finding { detector: Detector::Ladder, severity: None, evidence }
}

/// Fills in change and findings; returns the verdict as far as history alone decides it.
fn judge_against_history(
    input: &SeriesInput<'_>,
    measurement: &Measurement,
    settings: &Settings,
    evaluation: &mut SeriesEvaluation,
) -> SeriesVerdict {
    let Some(baseline) = evaluation.baseline else {
        if let Some(before) = &input.unit_before {
            evaluation.findings.push(remark(Evidence::UnitChanged { before: before.clone() }));
            return SeriesVerdict::Inconclusive;
        }
        if input.testbed_is_new {
            evaluation.findings.push(remark(Evidence::NewTestbed));
        }
        return SeriesVerdict::New;
    };
    let change = (baseline.center != 0.0)
        .then(|| (measurement.value - baseline.center) / baseline.center.abs())
        .filter(|change| change.is_finite());
    evaluation.change = change;
    // A few runs do not tell how far runs lie apart.
    evaluation.change_interval = change
        .filter(|_| input.history.len() >= settings.baseline.min)
        .map(|change| change_interval(change, &baseline));
    let Some(worse_sign) = input.direction.worse_sign() else {
        evaluation.findings.push(remark(Evidence::NoDirection));
        return SeriesVerdict::Unchanged;
    };
    let reliable_runs = settings.baseline.min;
    if input.history.len() < reliable_runs {
        return judge_young(input, measurement, settings, worse_sign, evaluation);
    }
    if is_about_zero(input, measurement.value, &baseline) {
        return judge_about_zero(input, measurement.value, worse_sign, &baseline, settings, evaluation);
    }
    judge_grown(input, measurement.value, change.unwrap_or(0.0), worse_sign, &baseline, settings, evaluation)
}

/// Enough runs: the ladder, and the plain threshold where it is asked for.
fn judge_grown(
    input: &SeriesInput<'_>,
    value: f64,
    change: f64,
    worse_sign: f64,
    baseline: &Baseline,
    settings: &Settings,
    evaluation: &mut SeriesEvaluation,
) -> SeriesVerdict {
    let difference = value - baseline.center;
    let spreads = distance_in_spreads(value, baseline.center, baseline.spread);
    let mut worsening = change * worse_sign;
    if !settings.is_noticeable(difference) {
        if settings.warn.is_exceeded_by(worsening.abs()) || settings.error.is_exceeded_by(worsening.abs()) {
            let least = settings.least;
            evaluation.findings.push(remark(Evidence::Unnoticeable { difference, least }));
        }
        worsening = 0.0;
    }
    if settings.uses(Detector::Ladder)
        && let Some(severity) = ladder::severity(worsening, spreads, settings.warn, settings.error)
    {
        let evidence = Evidence::Ladder { change, spreads };
        add_capped(
            evaluation,
            baseline,
            Finding { detector: Detector::Ladder, severity: Some(severity), evidence },
        );
    }
    evaluation.findings.extend(plain_threshold(&input.history, change, worse_sign, baseline, settings));
    verdict_of(worsening, spreads, settings, evaluation)
}

/// The finding of the plain threshold, where it is asked for. Neither noise nor a young baseline softens it.
fn plain_threshold(
    history: &[f64],
    change: f64,
    worse_sign: f64,
    baseline: &Baseline,
    settings: &Settings,
) -> Option<Finding> {
    if !settings.uses(Detector::Threshold) {
        return None;
    }
    let (severity, limit) = threshold::severity(change * worse_sign, settings.warn, settings.error)?;
    let fraction = limit.fraction().unwrap_or(0.0);
    let noise_rate = threshold::noise_rate(history, baseline.center, worse_sign, fraction);
    let evidence = Evidence::Threshold { change, limit, noise_rate };
    Some(Finding { detector: Detector::Threshold, severity: Some(severity), evidence })
}

/// Whether values lie about zero, so that per cent of them say nothing: the baseline does, or the value lies on the other side of
/// zero than its centre.
fn is_about_zero(input: &SeriesInput<'_>, value: f64, baseline: &Baseline) -> bool {
    value * baseline.center < 0.0 || has_baseline_about_zero(&input.history, baseline)
}

/// What lies about zero has no relative change: the distance in spreads decides alone, and where all earlier values were equal,
/// any worsening counts.
fn judge_about_zero(
    input: &SeriesInput<'_>,
    value: f64,
    worse_sign: f64,
    baseline: &Baseline,
    settings: &Settings,
    evaluation: &mut SeriesEvaluation,
) -> SeriesVerdict {
    let difference = value - baseline.center;
    if !settings.is_noticeable(difference) {
        return SeriesVerdict::Unchanged;
    }
    (evaluation.change, evaluation.change_interval) = (None, None);
    let baseline = &Baseline { confidence: confidence_about_zero(input, baseline), ..*baseline };
    evaluation.baseline = Some(*baseline);
    let spread = spread_about_zero(&input.history, baseline);
    let spreads = distance_in_spreads(value, baseline.center, spread);
    let worsening = difference.signum() * worse_sign * f64::INFINITY;
    let severity = ladder::severity(worsening, spreads, settings.warn, settings.error);
    let evidence = match baseline.center == 0.0 {
        true => Evidence::ZeroBaseline { difference },
        false => Evidence::AbsoluteScale { difference },
    };
    match severity.filter(|_| settings.uses(Detector::Ladder)) {
        Some(severity) => add_capped(
            evaluation,
            baseline,
            Finding { detector: Detector::Ladder, severity: Some(severity), evidence },
        ),
        None => evaluation.findings.push(remark(evidence)),
    }
    verdict_of(worsening, spreads, settings, evaluation)
}

/// Fewer runs than the policy asks for: pooled samples and the plain threshold, else nothing can be said.
fn judge_young(
    input: &SeriesInput<'_>,
    measurement: &Measurement,
    settings: &Settings,
    worse_sign: f64,
    evaluation: &mut SeriesEvaluation,
) -> SeriesVerdict {
    let runs = input.history.len();
    if let (Some(baseline), Some(change)) = (evaluation.baseline, evaluation.change) {
        evaluation.findings.extend(plain_threshold(&input.history, change, worse_sign, &baseline, settings));
    }
    let pooled = judge_pooled(
        &measurement.samples,
        &input.pooled_samples,
        runs,
        input.newest_age_days,
        worse_sign,
        (settings.warn, settings.error),
    );
    let young = |pooled| remark(Evidence::YoungBaseline { runs, min: settings.baseline.min, pooled });
    let Some(pooled) = pooled else {
        evaluation.findings.push(young(false));
        // To the plain threshold one run is enough.
        return match evaluation.change {
            Some(_) if settings.uses(Detector::Threshold) => SeriesVerdict::Unchanged,
            _ => SeriesVerdict::Inconclusive,
        };
    };
    evaluation.findings.push(young(true));
    evaluation.baseline = Some(pooled.baseline);
    evaluation.change = Some(pooled.change);
    evaluation.change_interval = Some(change_interval(pooled.change, &pooled.baseline));
    let is_noticeable = settings.is_noticeable(pooled.change * pooled.baseline.center);
    if let Some(severity) = pooled.severity.filter(|_| is_noticeable) {
        let limit = if severity >= Severity::Error { settings.error } else { settings.warn };
        let fraction = limit.fraction().unwrap_or(0.0);
        let noise_rate =
            threshold::noise_rate(&input.pooled_samples, pooled.baseline.center, worse_sign, fraction);
        let evidence = Evidence::Threshold { change: pooled.change, limit, noise_rate };
        let finding = Finding { detector: Detector::Threshold, severity: Some(severity), evidence };
        add_capped(evaluation, &pooled.baseline, finding);
    }
    let center = median(&measurement.samples).unwrap_or(measurement.value);
    let spreads = distance_in_spreads(center, pooled.baseline.center, pooled.baseline.spread);
    let worsening = if is_noticeable { pooled.change * worse_sign } else { 0.0 };
    verdict_of(worsening, spreads, settings, evaluation)
}

/// Adds a finding; on a baseline of low confidence its severity is capped at info, and the cap is said.
fn add_capped(evaluation: &mut SeriesEvaluation, baseline: &Baseline, mut finding: Finding) {
    if let Some(severity) = finding.severity
        && severity > Severity::Info
        && baseline.confidence < LOW_CONFIDENCE
    {
        finding.severity = Some(Severity::Info);
        evaluation.findings.push(finding);
        evaluation.findings.push(low_confidence(baseline, Some(severity)));
    } else {
        evaluation.findings.push(finding);
    }
}

fn low_confidence(baseline: &Baseline, would_be: Option<Severity>) -> Finding {
    let further_runs = runs_to_trust(baseline);
    remark(Evidence::LowConfidence { confidence: baseline.confidence, would_be, further_runs })
}

/// The verdict once the findings are in. Improved mirrors regressed: by more than `warn`, beyond one spread.
fn verdict_of(
    worsening: f64,
    spreads: f64,
    settings: &Settings,
    evaluation: &mut SeriesEvaluation,
) -> SeriesVerdict {
    if is_capped(evaluation) {
        return SeriesVerdict::Inconclusive;
    }
    let has_improved = settings.warn.is_exceeded_by(-worsening) && spreads > 1.0;
    match evaluation.baseline.filter(|baseline| has_improved && baseline.confidence < LOW_CONFIDENCE) {
        Some(baseline) => {
            evaluation.findings.push(low_confidence(&baseline, None));
            SeriesVerdict::Inconclusive
        }
        None if has_improved => SeriesVerdict::Improved,
        None => SeriesVerdict::Unchanged,
    }
}

/// An interval for the change at 95 %: the noise of one run and the uncertainty of the median it is held against
/// (standard error 1.2533 σ/√n for normal values).
fn change_interval(change: f64, baseline: &Baseline) -> (f64, f64) {
    let relative_spread =
        if baseline.center == 0.0 { 0.0 } else { (baseline.spread / baseline.center).abs() };
    let median_error = 1.2533 / (baseline.runs.max(1) as f64).sqrt();
    let half = 1.96 * relative_spread * (1.0 + median_error * median_error).sqrt();
    (change - half, change + half)
}

#[cfg(test)]
#[path = "evaluate_tests.rs"]
mod tests;
