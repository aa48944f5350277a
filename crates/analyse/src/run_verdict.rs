//! From the verdicts of all series to that of their run.

use plimsoll_model::{
    Complaint, Counts, Evaluation, Evidence, Finding, RunVerdict, SeriesEvaluation, SeriesVerdict,
};

use crate::rank::rank;
use crate::significance::{UNREMARKABLE, WholeRun, is_suspected_of_closing};

/// Ranks the series and gives the run its verdict.
pub(crate) fn conclude(
    mut series: Vec<SeriesEvaluation>,
    whole: WholeRun,
    complaints: Vec<Complaint>,
) -> Evaluation {
    rank(&mut series);
    let counts = Counts::of(&series);
    let WholeRun { tested, common_shift } = whole;
    let verdict = verdict_together(&series, &counts);
    Evaluation { verdict, counts, series, tested, common_shift, baseline: None, complaints }
}

/// The verdict over all series. What hangs on an open question that weighs has not passed.
pub(crate) fn verdict_together(series: &[SeriesEvaluation], counts: &Counts) -> RunVerdict {
    let is_open = || is_explained(series) || is_gravely_doubted(series) || is_all_open(series);
    match run_verdict(counts) {
        RunVerdict::Pass if is_open() => RunVerdict::Inconclusive,
        verdict => verdict,
    }
}

/// What most series did alike explains changes that would count: whether the machine did it or the code, nobody can tell.
fn is_explained(series: &[SeriesEvaluation]) -> bool {
    let explains = |finding: &Finding| matches!(finding.evidence, Evidence::SharedShift { .. });
    series.iter().any(|series| series.findings.iter().any(explains))
}

/// Whether a series would close the gate if chance were out of the question, and it nearly is: then nobody may call it passed.
fn is_gravely_doubted(series: &[SeriesEvaluation]) -> bool {
    let is_unlikely = |finding: &Finding| match finding.evidence {
        Evidence::NotSignificant { chance, .. } => chance <= UNREMARKABLE,
        Evidence::OwnJumps { .. } | Evidence::WildSamples { .. } | Evidence::LowConfidence { .. } => true,
        _ => false,
    };
    series.iter().any(|one| {
        one.verdict == SeriesVerdict::Inconclusive
            && is_suspected_of_closing(one)
            && one.findings.iter().any(is_unlikely)
    })
}

/// Whether of all that can be better or worse nothing could be judged yet.
fn is_all_open(series: &[SeriesEvaluation]) -> bool {
    let mut directed = series.iter().filter(|one| one.direction.worse_sign().is_some()).peekable();
    directed.peek().is_some() && directed.all(|one| one.verdict != SeriesVerdict::Unchanged)
}

/// What the counts alone say.
pub(crate) fn run_verdict(counts: &Counts) -> RunVerdict {
    match (counts.regressed > 0, counts.improved > 0) {
        (true, true) => RunVerdict::Mixed,
        (true, false) => RunVerdict::Regressed,
        (false, true) => RunVerdict::Improved,
        (false, false) if counts.unchanged > 0 => RunVerdict::Pass,
        (false, false) => RunVerdict::Inconclusive,
    }
}
