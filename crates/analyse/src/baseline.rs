//! The part of a series that a value is held against.

use plimsoll_model::Baseline;

use crate::stats::{median, scaled_mad};

/// Below this a severity is capped at info.
pub const LOW_CONFIDENCE: f64 = 0.3;
/// Above this nobody needs to ask.
pub const HIGH_CONFIDENCE: f64 = 0.7;

/// Runs after which the part of confidence that comes from their number is one half.
const HALF_CONFIDENCE_RUNS: f64 = 8.0;
/// How fast a wide spread eats confidence: at a spread of half the centre, half is left.
const SPREAD_WEIGHT: f64 = 2.0;
/// Days after which an untouched baseline has lost half of its confidence.
pub(crate) const HALF_CONFIDENCE_AGE_DAYS: f64 = 180.0;

/// The baseline of `history` (oldest first, only values that may count): median and scaled MAD of the newest `window`
/// values; `None` of nothing. `age_days` is how long ago the newest run was.
pub fn baseline_of(history: &[f64], window: usize, age_days: f64) -> Option<Baseline> {
    baseline_of_level(history, 0, window, age_days)
}

/// The baseline of `history` (oldest first, only values that may count) of which the oldest `carried` values stood on earlier levels:
/// centre and number of runs are those of the newest `window` values of its own, the spread is the scaled MAD of the newest `window`
/// of all. `None` of nothing. `age_days` is how long ago the newest run was.
pub(crate) fn baseline_of_level(
    history: &[f64],
    carried: usize,
    window: usize,
    age_days: f64,
) -> Option<Baseline> {
    let own = &history[carried.min(history.len())..];
    let newest = &own[own.len().saturating_sub(window)..];
    let center = median(newest)?;
    let spread = scaled_mad(&history[history.len().saturating_sub(window)..], center);
    let confidence = confidence(history.len(), spread, center, age_days);
    Some(Baseline { center, spread, runs: newest.len(), confidence })
}

/// How far a baseline can be trusted, between 0 and 1: more runs help, a wide spread and age hurt.
///
/// `runs / (runs + 8) · 1 / (1 + 2 · |spread / center|) · 1 / (1 + age / 180 days)`. Five steady runs pass the mark of low
/// confidence, some twenty the mark of high.
pub fn confidence(runs: usize, spread: f64, center: f64, age_days: f64) -> f64 {
    let runs = runs as f64;
    let from_runs = runs / (runs + HALF_CONFIDENCE_RUNS);
    let relative_spread = match (spread, center) {
        (0.0, _) => 0.0,
        (_, 0.0) => 1.0,
        (spread, center) => (spread / center).abs(),
    };
    let from_spread = 1.0 / (1.0 + SPREAD_WEIGHT * relative_spread);
    let from_age = 1.0 / (1.0 + age_days.max(0.0) / HALF_CONFIDENCE_AGE_DAYS);
    from_runs * from_spread * from_age
}

/// How many more runs like those of `baseline`, the newest of them fresh, would lift its confidence out of the low; `None` where the
/// spread is so wide that no number does.
pub(crate) fn runs_to_trust(baseline: &Baseline) -> Option<usize> {
    let from_spread = confidence(usize::MAX, baseline.spread, baseline.center, 0.0);
    let share = LOW_CONFIDENCE / from_spread;
    // runs / (runs + 8) = share
    let needed = HALF_CONFIDENCE_RUNS * share / (1.0 - share);
    let further = needed - baseline.runs as f64;
    (share < 1.0).then(|| further.max(1.0).ceil() as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_runs_make_a_baseline_firm_unless_it_is_too_wide() {
        let further = |runs, spread| {
            runs_to_trust(&Baseline {
                center: 100.0,
                spread,
                runs,
                confidence: confidence(runs, spread, 100.0, 0.0),
            })
        };
        assert_eq!(further(5, 20.0), Some(1));
        assert_eq!(further(5, 50.0), Some(7));
        assert_eq!(further(5, 200.0), None);
    }

    #[test]
    fn confidence_passes_its_marks_where_it_should() {
        assert!(confidence(3, 0.0, 100.0, 0.0) < LOW_CONFIDENCE);
        assert!(confidence(5, 1.0, 100.0, 1.0) > LOW_CONFIDENCE);
        assert!(confidence(5, 20.0, 100.0, 1.0) < LOW_CONFIDENCE);
        assert!(confidence(50, 1.0, 100.0, 1.0) > HIGH_CONFIDENCE);
        assert!(confidence(50, 1.0, 100.0, 400.0) < LOW_CONFIDENCE);
        assert_eq!(confidence(0, 0.0, 0.0, 0.0), 0.0);
    }

    #[test]
    fn only_the_window_counts() {
        let history = [1.0, 1.0, 1.0, 10.0, 10.0, 10.0];
        let baseline = baseline_of(&history, 3, 0.0).expect("a baseline");
        assert_eq!((baseline.center, baseline.spread, baseline.runs), (10.0, 0.0, 3));
        assert_eq!(baseline_of(&[], 3, 0.0), None);
    }
}
