//! What a run may say of its series, given that many were looked at and all of them wobble.

use std::collections::BTreeMap;

use plimsoll_model::{
    CommonShift, Detector, Evidence, Finding, GateLevel, Measurement, Noise, Outcome, Policy,
    SeriesEvaluation, SeriesKey, SeriesVerdict, Settings, Severity, Suspicion, Unit,
};

use crate::baseline::HALF_CONFIDENCE_AGE_DAYS;
use crate::chance::{LEVEL, chance, further_runs};
use crate::ladder::{distance_in_spreads, severity};
use crate::series_input::SeriesInput;
use crate::stats::{believable, shared_shift};
use crate::wobble::{Kind, MOST_SPREADS, Wobble, is_exact, log_worsening};

/// A single look at a series that jumps about as far in a larger share of its runs says nothing yet.
pub(crate) const JUMPY: f64 = 0.02;
/// Where the baseline is uncertain, chance must be so many times rarer to be out of the question.
pub(crate) const RARER_WHEN_UNCERTAIN: f64 = 10.0;
/// A change between `warn` and `error` that is likelier by chance than this is none: it stays unchanged, with the reason.
pub(crate) const UNREMARKABLE: f64 = 0.05;
/// A common shift smaller than this matters to nobody.
const LEAST_SHIFT: f64 = 0.03;
/// Benchmarks that a common shift must be seen in.
const FEWEST_BENCHMARKS: usize = 4;

/// What the judged values are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Measured at one time: a slow moment of the machine is in all of them.
    OneTime,
    /// The levels of runs of several commits: what all of them did alike lasted, and explains nothing away.
    Levels,
}

/// What all series of a run say together.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WholeRun {
    pub(crate) tested: usize,
    pub(crate) common_shift: Option<CommonShift>,
}

/// A series with what it is judged by.
pub(crate) struct Tested<'a, 'b> {
    pub(crate) input: &'b SeriesInput<'a>,
    pub(crate) evaluation: &'b mut SeriesEvaluation,
    pub(crate) measurement: &'a Measurement,
}

/// Lets stand of what size and spreads called regressions and improvements only what neither chance nor the whole run explains.
/// `series` are those of `inputs`, in the same order.
pub(crate) fn exclude_chance(
    inputs: &[SeriesInput<'_>],
    series: &mut [SeriesEvaluation],
    policy: &Policy,
    origin: Origin,
) -> WholeRun {
    let mut tested = tested_of(inputs, series, policy);
    let common_shift = match origin {
        Origin::OneTime => common_shift(&tested),
        Origin::Levels => None,
    };
    let whole = WholeRun { tested: tested.len(), common_shift };
    let suspects: Vec<usize> = (0..tested.len()).filter(|index| tested[*index].is_suspect()).collect();
    if suspects.is_empty() {
        return whole;
    }
    let kinds = kinds(&tested, &suspects);
    for index in suspects {
        let Some((kind, wobbles)) = kinds.get(&kind_of(&tested[index].input.key)) else { continue };
        let Ok(place) = wobbles.binary_search_by_key(&index, |(of, _)| *of) else { continue };
        let settings = policy.settings_for(&tested[index].input.key);
        tested[index].suspect(&wobbles[place].1, kind, common_shift.as_ref(), &settings);
    }
    let mut evaluations: Vec<&mut SeriesEvaluation> =
        tested.into_iter().map(|tested| tested.evaluation).collect();
    settle(&mut evaluations, whole.tested);
    whole
}

/// The series whose changes noise may explain.
pub(crate) fn tested_of<'a, 'b>(
    inputs: &'b [SeriesInput<'a>],
    series: &'b mut [SeriesEvaluation],
    policy: &Policy,
) -> Vec<Tested<'a, 'b>> {
    let is_plain = policy.rules.is_empty();
    let mut tested: Vec<Tested<'_, '_>> = Vec::with_capacity(series.len());
    for (input, evaluation) in inputs.iter().zip(series) {
        if let Some(measurement) = input.measurement.filter(|measurement| wobbles(measurement, evaluation))
            && (is_plain || policy.settings_for(&input.key).uses(Detector::Ladder))
        {
            tested.push(Tested { input, evaluation, measurement });
        }
    }
    if is_plain && !policy.defaults.uses(Detector::Ladder) {
        tested.clear();
    }
    tested
}

/// Whether noise has a part in what was measured and there is something to know it by.
fn wobbles(measurement: &Measurement, evaluation: &SeriesEvaluation) -> bool {
    let is_judged = !matches!(evaluation.verdict, SeriesVerdict::New | SeriesVerdict::Missing);
    let lacks_runs =
        |finding: &Finding| matches!(finding.evidence, Evidence::YoungBaseline { pooled: false, .. });
    is_judged
        && measurement.outcome == Outcome::Success
        && evaluation.direction.worse_sign().is_some()
        && !evaluation.findings.iter().any(lacks_runs)
        && evaluation.baseline.is_some_and(|baseline| !is_exact(&measurement.metric, &baseline))
}

/// Where the finding stands that noise may explain: neither targets nor the plain threshold regard noise, but the threshold that
/// stands in for the ladder while a baseline is young.
fn judgement(evaluation: &SeriesEvaluation) -> Option<usize> {
    let mut is_young = false;
    evaluation.findings.iter().position(|finding| {
        is_young |= matches!(finding.evidence, Evidence::YoungBaseline { .. });
        match finding.evidence {
            Evidence::Ladder { .. } => true,
            Evidence::ZeroBaseline { .. } | Evidence::AbsoluteScale { .. } => finding.severity.is_some(),
            Evidence::Threshold { .. } => is_young,
            _ => false,
        }
    })
}

/// What moves when the machine is slow: times and rates. Bytes and shares do not.
fn is_timed(unit: &Unit) -> bool {
    *unit == Unit::NANOSECONDS || unit.symbol().ends_with("/s")
}

fn common_shift(tested: &[Tested<'_, '_>]) -> Option<CommonShift> {
    let mut moves = Vec::with_capacity(tested.len());
    let mut noises = Vec::with_capacity(tested.len());
    let mut benchmarks: Vec<&str> = Vec::with_capacity(FEWEST_BENCHMARKS);
    for series in tested.iter().filter(|series| is_timed(&series.input.unit)) {
        let Some(baseline) = series.evaluation.baseline else { continue };
        let Some(moved) = log_worsening(series.measurement.value, baseline.center, series.input.direction)
        else {
            continue;
        };
        moves.push(moved);
        noises.push(baseline.spread / baseline.center.abs());
        let benchmark = series.input.key.benchmark.as_str();
        if benchmarks.len() < FEWEST_BENCHMARKS && !benchmarks.contains(&benchmark) {
            benchmarks.push(benchmark);
        }
    }
    if benchmarks.len() < FEWEST_BENCHMARKS {
        return None;
    }
    let shared = shared_shift(&moves, &noises).filter(|shared| shared.shift.abs() >= LEAST_SHIFT)?;
    Some(CommonShift { worsening: shared.shift.exp_m1(), moved: shared.moved, of: moves.len() })
}

/// What series of a run have in common: their metric, and whether they are first calls, which jump more than any other.
pub(crate) type KindName<'a> = (&'a str, bool);

pub(crate) fn kind_of(key: &SeriesKey) -> KindName<'_> {
    (&key.metric, key.is_first_call())
}

/// The wobble of the series of one kind, each with its place among all that were tested, ascending.
pub(crate) type Wobbles = Vec<(usize, Wobble)>;

/// The kinds that have suspects, with the wobble of each of their series.
pub(crate) fn kinds<'b>(
    tested: &[Tested<'_, 'b>],
    suspects: &[usize],
) -> BTreeMap<KindName<'b>, (Kind, Wobbles)> {
    let mut wobbles: BTreeMap<KindName<'_>, Wobbles> = BTreeMap::new();
    for index in suspects {
        wobbles.entry(kind_of(&tested[*index].input.key)).or_default();
    }
    for (index, series) in tested.iter().enumerate() {
        if let Some(wobbles) = wobbles.get_mut(&kind_of(&series.input.key)) {
            wobbles.extend(series.wobble().map(|wobble| (index, wobble)));
        }
    }
    let of = |wobbles: Wobbles| {
        let mut chosen: Vec<&(usize, Wobble)> = wobbles.iter().collect();
        if chosen.len() > MOST_SPREADS {
            chosen.sort_by_cached_key(|(index, _)| scattered(&tested[*index].input.key));
        }
        let chosen: Vec<&Wobble> = chosen.into_iter().map(|(_, wobble)| wobble).collect();
        (Kind::of(&chosen), wobbles)
    };
    wobbles.into_iter().map(|(name, wobbles)| (name, of(wobbles))).collect()
}

/// A number that has nothing to do with the place of a series in its run, nor with what its name means: FNV-1a (Fowler, Noll and Vo).
fn scattered(key: &SeriesKey) -> u64 {
    let parameters = key.parameters.iter().flat_map(|(name, value)| name.bytes().chain(value.bytes()));
    let bytes = key.benchmark.bytes().chain(parameters);
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

impl Tested<'_, '_> {
    fn is_suspect(&self) -> bool {
        let evaluation = &self.evaluation;
        let severity = judgement(evaluation).and_then(|place| evaluation.findings[place].severity);
        evaluation.verdict == SeriesVerdict::Improved
            || severity.max(self.capped()) >= Some(Severity::Warning)
    }

    /// What the change would be on a firm baseline, where few runs or a wide spread make it uncertain: how much that matters is
    /// known. How much an old one still says is not, nor how far single runs with samples lie apart.
    fn capped(&self) -> Option<Severity> {
        let is_young = |finding: &Finding| matches!(finding.evidence, Evidence::YoungBaseline { .. });
        let findings = &self.evaluation.findings;
        if is_old(self.input) || findings.iter().any(is_young) {
            return None;
        }
        findings.iter().find_map(|finding| match finding.evidence {
            Evidence::LowConfidence { would_be, .. } => would_be,
            _ => None,
        })
    }

    fn wobble(&self) -> Option<Wobble> {
        let baseline = self.evaluation.baseline.as_ref()?;
        Some(Wobble::of(self.input, self.measurement.value, baseline))
    }

    /// Notes what the change would be if chance were out of the question, or that the whole run explains it.
    fn suspect(&mut self, wobble: &Wobble, kind: &Kind, shift: Option<&CommonShift>, settings: &Settings) {
        let (Some(baseline), Some(worse_sign)) =
            (self.evaluation.baseline, self.input.direction.worse_sign())
        else {
            return;
        };
        let value = match self.evaluation.change {
            // A young baseline compares the medians of samples.
            Some(change) => baseline.center + change * baseline.center.abs(),
            None => self.measurement.value,
        };
        let relative =
            log_worsening(value, baseline.center, self.input.direction).filter(|_| wobble.is_relative);
        let worsening = relative.unwrap_or((value - baseline.center) * worse_sign);
        let is_worse = worsening > 0.0;
        let mut left = Left { distance: worsening.abs(), severity: None };
        let shift = shift.filter(|shift| is_timed(&self.input.unit) && (shift.worsening > 0.0) == is_worse);
        if let (Some(shift), Some(_)) = (shift, relative) {
            left.distance -= shift.worsening.ln_1p().abs();
            let remaining = left.distance.exp_m1();
            let spreads = distance_in_spreads(remaining * baseline.center.abs(), 0.0, baseline.spread);
            left.severity = Some(severity(remaining, spreads, settings.warn, settings.error));
        }
        let size = match self.evaluation.change {
            Some(change) => change.abs(),
            None => f64::INFINITY,
        };
        let spreads = distance_in_spreads(value, baseline.center, baseline.spread);
        let capped = self.capped();
        let found = judgement(self.evaluation).and_then(|place| self.evaluation.findings[place].severity);
        let alone = capped
            .or(found)
            .or(severity(size, spreads, settings.warn, settings.error))
            .unwrap_or(Severity::Warning);
        let is_rise =
            if relative.is_some() { value.abs() > baseline.center.abs() } else { value > baseline.center };
        let is_shared = matches!(left.severity, Some(None | Some(Severity::Info)));
        let distance = if is_shared { worsening.abs() } else { left.distance };
        let noise = wobble.noise(kind, self.measurement, baseline.runs, (distance, is_rise));
        let severity = match left.severity.flatten() {
            Some(left) if !is_shared => alone.min(left),
            _ => alone,
        };
        self.evaluation.suspicion = Some(Suspicion {
            severity,
            gate: settings.gate,
            is_large: size.is_finite() && settings.error.is_exceeded_by(size),
            is_worse,
            distance,
            noise,
            is_shared,
            is_uncertain: capped.is_some(),
            looks: 1,
        });
        if let Some(shift) = shift.filter(|_| is_shared) {
            let remaining = (worsening - shift.worsening.ln_1p()).exp_m1();
            let evidence = Evidence::SharedShift {
                worsening: shift.worsening,
                remaining,
                would_be: is_worse.then_some(severity),
                further_runs: 1,
            };
            dismiss(self.evaluation, SeriesVerdict::Inconclusive, Some(evidence));
        }
    }
}

/// Whether nobody knows how much a baseline still says.
pub(crate) fn is_old(input: &SeriesInput<'_>) -> bool {
    input.newest_age_days > HALF_CONFIDENCE_AGE_DAYS
}

/// What is left of a change when the common shift is taken off it.
struct Left {
    distance: f64,
    /// The severity of the rest; absent without a common shift.
    severity: Option<Option<Severity>>,
}

/// Believes the suspicions that stand out of all that was tested, for the worse and for the better each by itself, and gives each
/// series its verdict.
pub(crate) fn settle(series: &mut [&mut SeriesEvaluation], tested: usize) {
    for is_worse in [true, false] {
        let mut suspected: Vec<(f64, usize)> = series
            .iter()
            .enumerate()
            .filter_map(|(index, evaluation)| {
                let suspicion = evaluation.suspicion.as_ref()?;
                let is_of_side = suspicion.is_worse == is_worse && !suspicion.is_shared;
                let rarer = if suspicion.is_uncertain { RARER_WHEN_UNCERTAIN } else { 1.0 };
                let chance = || chance(&suspicion.noise, suspicion.distance, suspicion.looks) * rarer;
                is_of_side.then(|| (chance().min(1.0), index))
            })
            .collect();
        suspected.sort_by(|left, right| left.0.total_cmp(&right.0));
        let chances: Vec<f64> = suspected.iter().map(|(chance, _)| *chance).collect();
        let believed = believable(&chances, tested, LEVEL);
        for (rank, (chance, index)) in suspected.into_iter().enumerate() {
            let doubt = Doubt { chance, tested, is_believed: rank < believed };
            doubt.settle(series[index]);
        }
    }
}

/// How one suspicion stands among the others.
struct Doubt {
    chance: f64,
    tested: usize,
    is_believed: bool,
}

impl Doubt {
    fn settle(&self, evaluation: &mut SeriesEvaluation) {
        let Some(suspicion) = evaluation.suspicion else { return };
        let jumps = suspicion.looks == 1 && suspicion.noise.jumps_seen > JUMPY;
        if self.is_believed && !jumps {
            return believe(evaluation, &suspicion);
        }
        // A look that believed the change has taken the cap off: what another does not believe goes the way of all doubts.
        if suspicion.is_uncertain && is_capped(evaluation) {
            // That is said already, and what may well be chance is not worth a second look.
            evaluation.suspicion = evaluation.suspicion.filter(|_| self.chance <= UNREMARKABLE);
            return;
        }
        let would_be = suspicion.is_worse.then_some(suspicion.severity);
        let Suspicion { noise, distance, looks, .. } = suspicion;
        let further_runs = further_runs(&noise, distance, looks, self.tested);
        let without_samples = Noise { within: 0.0, ..noise };
        let evidence = if jumps && self.is_believed {
            Evidence::OwnJumps { share: noise.jumps_seen, would_be, further_runs }
        } else if noise.within > noise.between
            && chance(&without_samples, distance, looks) <= LEVEL / self.tested.max(1) as f64
        {
            Evidence::WildSamples { within: noise.within, between: noise.between, would_be, further_runs }
        } else {
            Evidence::NotSignificant { chance: self.chance, tested: self.tested, would_be, further_runs }
        };
        if !self.is_believed && self.chance > UNREMARKABLE && !suspicion.is_large {
            dismiss(evaluation, SeriesVerdict::Unchanged, Some(evidence));
            evaluation.suspicion = None;
        } else {
            dismiss(evaluation, SeriesVerdict::Inconclusive, Some(evidence));
        }
    }
}

fn believe(evaluation: &mut SeriesEvaluation, suspicion: &Suspicion) {
    let is_over =
        |evidence: &Evidence| is_doubt(evidence) || matches!(evidence, Evidence::LowConfidence { .. });
    evaluation.findings.retain(|finding| !is_over(&finding.evidence));
    if !suspicion.is_worse {
        evaluation.verdict = SeriesVerdict::Improved;
        return;
    }
    if let Some(place) = judgement(evaluation) {
        evaluation.findings[place].severity = Some(suspicion.severity);
    }
    evaluation.verdict = SeriesVerdict::Regressed;
    evaluation.severity = evaluation.severity.max(Some(suspicion.severity));
    evaluation.closes_gate =
        suspicion.gate.is_closed_by(evaluation.severity) && !is_known_on_base(evaluation);
}

/// Whether somebody has said that the base branch brought it.
pub(crate) fn is_known_on_base(evaluation: &SeriesEvaluation) -> bool {
    evaluation.findings.iter().any(|finding| matches!(finding.evidence, Evidence::KnownOnBase { .. }))
}

/// Whether the series would close the gate if chance were out of the question.
pub(crate) fn is_suspected_of_closing(series: &SeriesEvaluation) -> bool {
    !is_known_on_base(series)
        && series.suspicion.is_some_and(|suspicion| {
            suspicion.is_worse && suspicion.gate.is_closed_by(Some(suspicion.severity))
        })
}

/// Whether an uncertain baseline hides a change.
pub(crate) fn is_capped(evaluation: &SeriesEvaluation) -> bool {
    evaluation.findings.iter().any(|finding| matches!(finding.evidence, Evidence::LowConfidence { .. }))
}

/// Takes a finding back, saying why. What targets and the plain threshold found stays.
fn dismiss(evaluation: &mut SeriesEvaluation, verdict: SeriesVerdict, why: Option<Evidence>) {
    evaluation.findings.retain(|finding| !is_doubt(&finding.evidence));
    if let Some(place) = judgement(evaluation) {
        let finding = &mut evaluation.findings[place];
        finding.severity = finding.severity.map(|_| Severity::Info);
    }
    evaluation.findings.extend(why.map(|evidence| Finding {
        detector: Detector::Ladder,
        severity: None,
        evidence,
    }));
    evaluation.severity = evaluation.findings.iter().filter_map(|finding| finding.severity).max();
    let is_found_otherwise = evaluation.severity >= Some(Severity::Warning);
    evaluation.verdict = if is_found_otherwise { SeriesVerdict::Regressed } else { verdict };
    let gate = evaluation.suspicion.map_or(GateLevel::Error, |suspicion| suspicion.gate);
    evaluation.closes_gate = evaluation.closes_gate && gate.is_closed_by(evaluation.severity);
}

/// Takes back the doubts that change nothing: what was found otherwise, by a change point, a target or the plain threshold, closes
/// the gate or is as bad as what they leave open.
pub(crate) fn drop_moot_doubts(evaluation: &mut SeriesEvaluation) {
    if evaluation.verdict != SeriesVerdict::Regressed {
        return;
    }
    let (closes_gate, severity) = (evaluation.closes_gate, evaluation.severity);
    evaluation.findings.retain(|finding| match finding.evidence {
        Evidence::NotSignificant { would_be, .. }
        | Evidence::OwnJumps { would_be, .. }
        | Evidence::WildSamples { would_be, .. }
        | Evidence::SharedShift { would_be, .. }
        | Evidence::LowConfidence { would_be, .. } => !closes_gate && would_be > severity,
        _ => true,
    });
}

fn is_doubt(evidence: &Evidence) -> bool {
    matches!(
        evidence,
        Evidence::NotSignificant { .. }
            | Evidence::OwnJumps { .. }
            | Evidence::WildSamples { .. }
            | Evidence::SharedShift { .. }
    )
}

#[cfg(test)]
#[path = "significance_tests.rs"]
mod tests;
