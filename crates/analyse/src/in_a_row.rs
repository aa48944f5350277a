//! What one run may not say, several in a row may.

use std::collections::BTreeMap;

use plimsoll_model::{
    Detector, Evaluation, Evidence, Finding, SeriesEvaluation, SeriesKey, SeriesVerdict, Suspicion,
};

use crate::run_verdict::conclude;
use crate::second_look::common_suspicion;
use crate::significance::{WholeRun, drop_moot_doubts, settle};

/// Whether a change of the series is suspected that further runs could settle.
pub fn is_doubtful(series: &SeriesEvaluation) -> bool {
    series.verdict == SeriesVerdict::Inconclusive && open_suspicion(series).is_some()
}

/// The series that `newest` and all of the `earlier` runs right before it suspect of the same, each judged again with all these
/// looks. All of the runs must have been held against the same, in which none of them takes part. `began` is the commit of the
/// first of them.
pub fn seen_in_a_row(
    newest: &Evaluation,
    earlier: &[Evaluation],
    began: Option<&str>,
) -> Vec<SeriesEvaluation> {
    let runs = earlier.len() + 1;
    let earlier: Vec<BTreeMap<&SeriesKey, Suspicion>> = earlier.iter().map(open_suspicions).collect();
    let common = |series: &SeriesEvaluation| {
        let own = open_suspicion(series)?;
        earlier.iter().try_fold(own, |own, of_run| {
            let other = of_run.get(&series.key).filter(|other| other.is_worse == own.is_worse)?;
            Some(common_suspicion(own, *other, runs))
        })
    };
    let mut seen: Vec<SeriesEvaluation> = newest
        .series
        .iter()
        .filter_map(|series| Some(SeriesEvaluation { suspicion: Some(common(series)?), ..series.clone() }))
        .collect();
    settle(&mut seen.iter_mut().collect::<Vec<_>>(), newest.tested);
    let evidence = Evidence::SeenInARow { runs, began: began.map(str::to_owned) };
    seen.iter_mut().for_each(drop_moot_doubts);
    for series in seen.iter_mut().filter(|series| is_changed(series)) {
        let evidence = evidence.clone();
        series.findings.push(Finding { detector: Detector::Ladder, severity: None, evidence });
    }
    seen
}

/// Puts what several runs in a row have shown in the place of what `evaluation` doubts.
pub fn add_seen_in_a_row(evaluation: Evaluation, seen: Vec<SeriesEvaluation>) -> Evaluation {
    let mut seen: BTreeMap<SeriesKey, SeriesEvaluation> =
        seen.into_iter().map(|series| (series.key.clone(), series)).collect();
    let Evaluation { series, tested, common_shift, baseline, complaints, .. } = evaluation;
    let settled = |series: SeriesEvaluation| match seen.remove(&series.key) {
        Some(settled) if is_doubtful(&series) => in_place_of(series, settled),
        _ => series,
    };
    let series = series.into_iter().map(settled).collect();
    Evaluation { baseline, ..conclude(series, WholeRun { tested, common_shift }, complaints) }
}

/// What was found without the runs before says nothing of change points and trends: of them, what all runs say stays.
fn in_place_of(doubtful: SeriesEvaluation, mut settled: SeriesEvaluation) -> SeriesEvaluation {
    let is_of_level = |finding: &Finding| matches!(finding.detector, Detector::ChangePoint | Detector::Trend);
    settled.findings.retain(|finding| !is_of_level(finding));
    settled.findings.extend(doubtful.findings.into_iter().filter(is_of_level));
    SeriesEvaluation {
        level_changes: doubtful.level_changes,
        level_trend: doubtful.level_trend,
        history: doubtful.history,
        ..settled
    }
}

fn is_changed(series: &SeriesEvaluation) -> bool {
    matches!(series.verdict, SeriesVerdict::Regressed | SeriesVerdict::Improved)
}

/// What is suspected and not explained by the whole run.
fn open_suspicion(series: &SeriesEvaluation) -> Option<Suspicion> {
    series.suspicion.filter(|suspicion| !suspicion.is_shared)
}

fn open_suspicions(evaluation: &Evaluation) -> BTreeMap<&SeriesKey, Suspicion> {
    evaluation.series.iter().filter_map(|series| Some((&series.key, open_suspicion(series)?))).collect()
}
