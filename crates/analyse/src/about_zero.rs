//! Values about zero, of which per cent say nothing.

use plimsoll_model::Baseline;

use crate::baseline::confidence;
use crate::series_input::SeriesInput;

/// Whether the centre is zero, or a quarter of the baseline lies on the other side of it.
pub(crate) fn has_baseline_about_zero(history: &[f64], baseline: &Baseline) -> bool {
    let newest = &history[history.len().saturating_sub(baseline.runs)..];
    let beyond = newest.iter().filter(|earlier| **earlier * baseline.center < 0.0).count();
    baseline.center == 0.0 || 4 * beyond >= newest.len()
}

/// Beside a centre about zero every spread is wide: only number and age of the runs tell how far they can be trusted.
pub(crate) fn confidence_about_zero(input: &SeriesInput<'_>, baseline: &Baseline) -> f64 {
    confidence(input.history.len(), 0.0, baseline.center, input.newest_age_days)
}

/// The spread of a baseline about zero; where most of its values are equal, half of how far the others lie off.
pub(crate) fn spread_about_zero(history: &[f64], baseline: &Baseline) -> f64 {
    if baseline.spread > 0.0 {
        return baseline.spread;
    }
    let off = history.iter().map(|earlier| (earlier - baseline.center).abs());
    off.fold(0.0_f64, f64::max) / 2.0
}
