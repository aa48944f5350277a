//! One number for how a project stands.

use plimsoll_model::{Evaluation, Policy, SeriesEvaluation, SeriesVerdict};

/// 100 minus 100 times the mean, over the series that were judged, of how far each is on the way from its baseline to the value from
/// which on one is an error, clamped to 0..1; where that is not known, of its worsening divided by the error threshold. `None` when
/// nothing was judged. Programs compute the same of themselves, from the summary.
pub fn performance_index(evaluation: &Evaluation, policy: &Policy) -> Option<f64> {
    let mut sum = 0.0;
    let mut judged = 0_u32;
    for series in &evaluation.series {
        let is_judged = matches!(
            series.verdict,
            SeriesVerdict::Unchanged | SeriesVerdict::Improved | SeriesVerdict::Regressed
        );
        let Some(worsening) = series.worsening().filter(|_| is_judged) else {
            continue;
        };
        judged += 1;
        sum += share_of_error(series).unwrap_or_else(|| {
            match policy.settings_for(&series.key).error.fraction() {
                Some(error) if error > 0.0 => (worsening / error).clamp(0.0, 1.0),
                Some(_) if worsening > 0.0 => 1.0,
                _ => 0.0,
            }
        });
    }
    (judged > 0).then(|| 100.0 - 100.0 * sum / f64::from(judged))
}

fn share_of_error(series: &SeriesEvaluation) -> Option<f64> {
    let center = series.baseline?.center;
    let share = (series.value? - center) / (series.limits.error_beyond? - center);
    share.is_finite().then(|| share.clamp(0.0, 1.0))
}
