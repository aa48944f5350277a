//! A young baseline: too few runs to know how runs differ, so the samples within them stand in.

use plimsoll_model::{Baseline, Limit, Severity};

use crate::baseline::confidence;
use crate::stats::{median, scaled_mad};
use crate::threshold;

/// Fewer pooled samples than this say nothing.
const FEWEST_SAMPLES: usize = 5;

/// What pooled samples say: the baseline they make, the relative change of medians, and the severity by the plain threshold.
pub(crate) struct Pooled {
    pub baseline: Baseline,
    pub change: f64,
    pub severity: Option<Severity>,
}

/// Holds the median of `current` against the pooled samples of a few earlier runs. `None` where there are too few samples, or
/// their median is zero.
pub(crate) fn judge_pooled(
    current: &[f64],
    earlier: &[f64],
    runs: usize,
    age_days: f64,
    worse_sign: f64,
    (warn, error): (Limit, Limit),
) -> Option<Pooled> {
    if earlier.len() < FEWEST_SAMPLES || current.len() < 2 {
        return None;
    }
    let center = median(earlier).filter(|center| *center != 0.0)?;
    let spread = scaled_mad(earlier, center);
    let change = (median(current)? - center) / center.abs();
    let severity = threshold::severity(change * worse_sign, warn, error).map(|(severity, _)| severity);
    let baseline = Baseline { center, spread, runs, confidence: confidence(runs, spread, center, age_days) };
    Some(Pooled { baseline, change, severity })
}
