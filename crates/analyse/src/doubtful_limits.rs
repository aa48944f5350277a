//! Limits on a doubtful baseline: where runs are few or far apart the ladder says nothing above info, unless chance is out of the
//! question. So the limits are those of the ladder, moved out to where it is.

use plimsoll_model::{Baseline, Policy, SeriesEvaluation, Settings, ValueLimits};

use crate::baseline::LOW_CONFIDENCE;
use crate::chance::{LEVEL, chance, distance_of, least};
use crate::series_input::SeriesInput;
use crate::significance::{JUMPY, RARER_WHEN_UNCERTAIN, Tested, is_old, kind_of, kinds, tested_of};
use crate::value_limits::{Regard, value_limits};
use crate::wobble::{Kind, Wobble, log_worsening};

/// A value is looked at so far beyond a limit, as a share of its distance: at the limit itself rounding decides.
const HAIR: f64 = 1e-9;
/// Where a series jumps by itself, limits are looked for up to so many doublings beyond what noise alone says.
const MOST_DOUBLINGS: i32 = 16;

/// Fills in the limits of the series whose baselines are doubtful: those that hold if one alone stands out of all that were tested.
pub(crate) fn limit_doubtful(inputs: &[SeriesInput<'_>], series: &mut [SeriesEvaluation], policy: &Policy) {
    if !series.iter().any(|evaluation| evaluation.baseline.is_some_and(|baseline| is_doubtful(&baseline))) {
        return;
    }
    let mut tested = tested_of(inputs, series, policy);
    let most_chance = LEVEL / (tested.len().max(1) as f64 * RARER_WHEN_UNCERTAIN);
    let firm = |(index, one): (usize, &Tested<'_, '_>)| {
        let baseline = one.evaluation.baseline.filter(is_doubtful)?;
        let firm = limits_if_firm(one, &baseline, &policy.settings_for(&one.input.key))?;
        Some((index, firm))
    };
    let doubtful: Vec<(usize, ValueLimits)> = tested.iter().enumerate().filter_map(firm).collect();
    let indices: Vec<usize> = doubtful.iter().map(|(index, _)| *index).collect();
    let kinds = kinds(&tested, &indices);
    let moved = |(index, firm): (usize, ValueLimits)| {
        let (kind, _) = kinds.get(&kind_of(&tested[index].input.key))?;
        let field = Field::of(&tested[index], kind, most_chance)?;
        Some((index, field.limits(firm)))
    };
    let found: Vec<(usize, ValueLimits)> = doubtful.into_iter().filter_map(moved).collect();
    for (index, limits) in found {
        tested[index].evaluation.limits = limits;
    }
}

fn is_doubtful(baseline: &Baseline) -> bool {
    baseline.confidence < LOW_CONFIDENCE
}

/// The limits if the baseline were not doubtful; `None` where that changes nothing, or no value would be believed.
fn limits_if_firm(tested: &Tested<'_, '_>, baseline: &Baseline, settings: &Settings) -> Option<ValueLimits> {
    let is_young = tested.input.history.len() < settings.baseline.min;
    let firm = value_limits(tested.input, baseline, settings, Regard::All);
    (!is_young && !is_old(tested.input) && firm != tested.evaluation.limits).then_some(firm)
}

/// The values that a series may have, and which of them are believed.
struct Field<'a, 'b, 'c> {
    tested: &'c Tested<'a, 'b>,
    kind: &'c Kind,
    baseline: Baseline,
    worse_sign: f64,
    most_chance: f64,
}

impl<'a, 'b, 'c> Field<'a, 'b, 'c> {
    fn of(tested: &'c Tested<'a, 'b>, kind: &'c Kind, most_chance: f64) -> Option<Self> {
        let (baseline, worse_sign) = (tested.evaluation.baseline?, tested.input.direction.worse_sign()?);
        Some(Self { tested, kind, baseline, worse_sign, most_chance })
    }

    /// The limits of a firm baseline, moved out. What the plain threshold says regards no doubt and stays.
    fn limits(&self, firm: ValueLimits) -> ValueLimits {
        let own = self.tested.evaluation.limits;
        let nearer = |own: Option<f64>, firm: Option<f64>| {
            let moved = firm.and_then(|limit| self.moved_out(limit));
            let distance = |limit: &f64| (limit - self.baseline.center) * self.worse_sign;
            own.into_iter().chain(moved).min_by(|one, other| distance(one).total_cmp(&distance(other)))
        };
        ValueLimits {
            warn_beyond: nearer(own.warn_beyond, firm.warn_beyond),
            error_beyond: nearer(own.error_beyond, firm.error_beyond),
        }
    }

    /// The nearest value from `limit` on that is believed.
    fn moved_out(&self, limit: f64) -> Option<f64> {
        let wobble = Wobble::of(self.tested.input, limit, &self.baseline);
        let start = self.distance(&wobble, limit);
        let noise = wobble.noise(
            self.kind,
            self.tested.measurement,
            self.baseline.runs,
            (start, self.is_rise(&wobble, limit)),
        );
        let by_noise = start.max(distance_of(&noise, self.most_chance)?);
        let is_believed = |distance: f64| {
            self.is_believed(self.value_at(&wobble, distance * (1.0 + HAIR) + f64::MIN_POSITIVE))
        };
        let mut distance = by_noise;
        if !is_believed(distance) {
            // It jumps by itself: what is farther off than its jumps is believed.
            let is_far = |far: &f64| is_believed(*far);
            let far = (1..=MOST_DOUBLINGS).map(|times| by_noise * 2.0_f64.powi(times)).find(is_far)?;
            distance = least(far / 2.0, far, is_believed);
        }
        Some(self.value_at(&wobble, distance)).filter(|value| value.is_finite())
    }

    /// Whether a value by itself is no chance, however doubtful what it is held against.
    fn is_believed(&self, value: f64) -> bool {
        let wobble = Wobble::of(self.tested.input, value, &self.baseline);
        let distance = self.distance(&wobble, value);
        let noise = wobble.noise(
            self.kind,
            self.tested.measurement,
            self.baseline.runs,
            (distance, self.is_rise(&wobble, value)),
        );
        chance(&noise, distance, 1) <= self.most_chance && noise.jumps_seen <= JUMPY
    }

    /// How much worse than the centre a value is, on the scale that the series wobbles on.
    fn distance(&self, wobble: &Wobble, value: f64) -> f64 {
        let relative = log_worsening(value, self.baseline.center, self.tested.input.direction);
        relative.filter(|_| wobble.is_relative).unwrap_or((value - self.baseline.center) * self.worse_sign)
    }

    /// The value that is so much worse.
    fn value_at(&self, wobble: &Wobble, distance: f64) -> f64 {
        let center = self.baseline.center;
        match wobble.is_relative {
            true => center * (distance * self.worse_sign * center.signum()).exp(),
            false => center + distance * self.worse_sign,
        }
    }

    fn is_rise(&self, wobble: &Wobble, value: f64) -> bool {
        let center = self.baseline.center;
        if wobble.is_relative { value.abs() > center.abs() } else { value > center }
    }
}

#[cfg(test)]
#[path = "doubtful_limits_tests.rs"]
mod tests;
