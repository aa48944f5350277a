//! From where on one new value would be a warning or an error: the ladder and the plain threshold, solved for the value.

use plimsoll_model::{Baseline, Detector, Settings, ValueLimits};

use crate::about_zero::{confidence_about_zero, has_baseline_about_zero, spread_about_zero};
use crate::baseline::LOW_CONFIDENCE;
use crate::ladder::{error_distance, nearer, warning_distance};
use crate::series_input::SeriesInput;

/// Distances from the centre, on the worse side.
#[derive(Debug, Clone, Copy, Default)]
struct Distances {
    warning: Option<f64>,
    error: Option<f64>,
}

/// Which baselines the ladder regards.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Regard {
    /// Those that are firm.
    Firm,
    /// All, as if they were.
    All,
}

/// The limits of values that are held against `baseline`, which is of the input's history. Exact but for rounding.
pub(crate) fn value_limits(
    input: &SeriesInput<'_>,
    baseline: &Baseline,
    settings: &Settings,
    regard: Regard,
) -> ValueLimits {
    let Some(worse_sign) = input.direction.worse_sign() else {
        return ValueLimits::default();
    };
    let center = baseline.center;
    let is_young = input.history.len() < settings.baseline.min;
    let about_zero = || match is_young {
        true => Distances::default(),
        false => on_ladder(
            0.0,
            spread_about_zero(&input.history, baseline),
            regard == Regard::All || confidence_about_zero(input, baseline) >= LOW_CONFIDENCE,
            settings,
        ),
    };
    let distances = if is_young {
        past_threshold(center.abs(), settings)
    } else if has_baseline_about_zero(&input.history, baseline) {
        about_zero()
    } else {
        let is_firm = regard == Regard::All || baseline.confidence >= LOW_CONFIDENCE;
        let on_ladder = on_ladder(center.abs(), baseline.spread, is_firm, settings);
        let usual = on_ladder.or_nearer(past_threshold(center.abs(), settings));
        match worse_sign * center < 0.0 {
            // Past zero a change is infinite, however far: limits of more than 100 % begin there.
            true => usual.before(center.abs()).or_nearer(about_zero().behind(center.abs())),
            false => usual,
        }
    };
    let beyond = |distance: Option<f64>| {
        distance.map(|distance| center + worse_sign * distance).filter(|value| value.is_finite())
    };
    ValueLimits { warn_beyond: beyond(distances.warning), error_beyond: beyond(distances.error) }
}

/// What the ladder says: by itself nothing above info where confidence is low. `size` is what changes are relative to; of none, any is
/// infinite.
fn on_ladder(size: f64, spread: f64, is_firm: bool, settings: &Settings) -> Distances {
    if !settings.uses(Detector::Ladder) || !is_firm {
        return Distances::default();
    }
    Distances {
        warning: warning_distance(size, spread, settings.warn, settings.error),
        error: error_distance(size, spread, settings.error),
    }
    .behind(settings.least)
}

/// What the plain threshold says, where it is asked for: the same without regard to spreads. There are no per cent of nothing.
fn past_threshold(size: f64, settings: &Settings) -> Distances {
    if !settings.uses(Detector::Threshold) || size == 0.0 {
        return Distances::default();
    }
    Distances {
        warning: warning_distance(size, 0.0, settings.warn, settings.error),
        error: error_distance(size, 0.0, settings.error),
    }
}

impl Distances {
    fn each(self, change: impl Fn(Option<f64>) -> Option<f64>) -> Self {
        Self { warning: change(self.warning), error: change(self.error) }
    }

    fn before(self, end: f64) -> Self {
        self.each(|distance| distance.filter(|distance| *distance < end))
    }

    fn behind(self, start: f64) -> Self {
        self.each(|distance| distance.map(|distance| distance.max(start)))
    }

    fn or_nearer(self, other: Self) -> Self {
        Self { warning: nearer(self.warning, other.warning), error: nearer(self.error, other.error) }
    }
}

#[cfg(test)]
#[path = "value_limits_tests.rs"]
mod tests;
