//! The smallest step that a series can show at all.

use super::newest::{FEWEST, SPEAKS, fewer_places};
use super::noise::Noise;
use super::watch::Watch;

/// A step is found nine times in ten when it stands so many standard errors beyond what is enough.
const NINE_IN_TEN: (f64, f64) = (0.9, 1.281_6);
/// Fewer values than this, or than twice those that come after a step, do not tell what it takes: the step itself becomes
/// part of what the noise is learned from.
const FEWEST_BEFORE: usize = 40;
/// How much larger steps must be where the noise was learned from few values, as a part for each of them.
const YOUNG: f64 = 6.0;
/// Steps beyond so many spreads are not looked at.
const LARGEST_SPREADS: f64 = 64.0;
/// Rounds of halving what the size may be.
const ROUNDS: usize = 24;

impl Watch {
    /// The smallest step from the present level, in the unit of the values, that would be found within so many values nine
    /// times in ten: a rise where `sign` is 1, a fall where it is -1. `None` where none is found so surely: after too few
    /// values, among so many outliers that too few values could speak for it, and where nothing ever varied (there, any step
    /// that lasts is found).
    ///
    /// It follows from what makes a change point: how much likelier the values are on a level of their own by this series' own
    /// noise, and what part of that counts where the old level is uncertain or neighbours are alike.
    pub fn smallest_step(&self, within: usize, sign: f64) -> Option<f64> {
        let (segment, noise) = self.present()?;
        let before = segment.values.len();
        if before < FEWEST_BEFORE.max(within.saturating_mul(2)) || within < FEWEST.1 {
            return None;
        }
        let share = segment.share_of_next(within)?;
        let needed = (self.enough(before + within) - fewer_places(within)) / share;
        let question = Question { noise, residuals: segment.residuals(), needed, share, within };
        let (mut too_small, mut found) = (0.0, LARGEST_SPREADS * noise.spread);
        if !question.is_found(found * sign) {
            return None;
        }
        for _ in 0..ROUNDS {
            let middle = too_small / 2.0 + found / 2.0;
            if question.is_found(middle * sign) { found = middle } else { too_small = middle }
        }
        Some(found * (1.0 + YOUNG / before as f64))
    }
}

/// Would a step of some size be found?
struct Question<'a> {
    noise: &'a Noise,
    residuals: Vec<f64>,
    /// The likelihood that is enough, in nats.
    needed: f64,
    share: f64,
    within: usize,
}

impl Question<'_> {
    fn is_found(&self, step: f64) -> bool {
        let gain = |residual: &f64| self.noise.loss(residual + step) - self.noise.loss(*residual);
        let gains: Vec<f64> = self.residuals.iter().map(gain).collect();
        let count = gains.len() as f64;
        let mean = gains.iter().sum::<f64>() / count;
        let variance = gains.iter().map(|gain| (gain - mean).powi(2)).sum::<f64>() / count;
        let within = self.within as f64;
        let (power, errors) = NINE_IN_TEN;
        // The uncertainty of the old level and the likeness of neighbours spread the sum as much as they make it count less.
        let low = within * mean - errors * (variance * within / self.share).sqrt();
        let speaking = gains.iter().filter(|gain| **gain > SPEAKS).count() as f64 / count;
        low >= self.needed && at_least(FEWEST.1, self.within, speaking) >= power
    }
}

/// How likely at least `wanted` of `count` independent trials succeed.
fn at_least(wanted: usize, count: usize, chance: f64) -> f64 {
    // How likely each number of successes below `wanted` is after some trials.
    let mut fewer = vec![0.0; wanted];
    fewer[0] = 1.0;
    for _ in 0..count {
        for number in (0..wanted).rev() {
            let one_less = if number > 0 { fewer[number - 1] } else { 0.0 };
            fewer[number] = fewer[number] * (1.0 - chance) + one_less * chance;
        }
    }
    1.0 - fewer.iter().sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulated::{Chance, Noise, series};

    /// How many of 60 series of 100 values show within `within` values a step as small as they say they can.
    #[track_caller]
    fn check(noise: Noise, deviation: f64, within: usize, expected: std::ops::RangeInclusive<usize>) {
        let mut chance = Chance(3);
        let is_found = |values: Vec<f64>| {
            let mut watch = Watch::new();
            for value in &values[..100] {
                watch.push(*value);
            }
            let Some(step) = watch.smallest_step(within, 1.0) else { return false };
            let after = values[100..100 + within].iter();
            after.filter_map(|value| watch.push(value + step)).any(|point| point.after > point.before)
        };
        let found = (0..60).filter(|_| is_found(series(noise, deviation, |_| 0.0, &mut chance))).count();
        assert!(expected.contains(&found), "{found} of 60");
    }

    #[test]
    fn a_step_as_small_as_can_be_seen_is_seen_nine_times_in_ten() {
        check(Noise::Plain, 0.02, 4, 51..=60);
        check(Noise::Plain, 0.02, 10, 51..=60);
        check(Noise::Plain, 0.02, 30, 51..=60);
        check(Noise::Heavy, 0.03, 10, 51..=60);
        check(Noise::Bimodal, 0.01, 30, 46..=60);
    }

    #[test]
    fn a_smaller_step_is_seen_later_and_less_is_seen_in_more_noise() {
        let smallest = |deviation: f64, within: usize| {
            let mut watch = Watch::new();
            for value in series(Noise::Plain, deviation, |_| 0.0, &mut Chance(3)) {
                watch.push(value);
            }
            watch.smallest_step(within, 1.0).expect("a step can be seen")
        };
        assert!(smallest(0.02, 30) < smallest(0.02, 10) && smallest(0.02, 10) < smallest(0.02, 4));
        let ratio = smallest(0.02, 10) / smallest(0.01, 10);
        assert!((1.8..2.2).contains(&ratio), "{ratio}");
        // In per cent of the level of 100: about four standard deviations within four runs, two within ten.
        assert!((6.0..10.0).contains(&smallest(0.02, 4)), "{}", smallest(0.02, 4));
        assert!((3.0..5.0).contains(&smallest(0.02, 10)), "{}", smallest(0.02, 10));
    }

    #[test]
    fn too_few_values_and_values_that_never_varied_say_nothing() {
        let after = |values: &[f64], within| {
            let mut watch = Watch::new();
            for value in values {
                watch.push(*value);
            }
            watch.smallest_step(within, 1.0)
        };
        assert_eq!(after(&[], 10), None);
        assert_eq!(after(&[7.0; 100], 10), None);
        let values = series(Noise::Plain, 0.02, |_| 0.0, &mut Chance(3));
        assert_eq!(after(&values[..30], 10), None);
        assert_eq!(after(&values, 3), None);
        assert!(after(&values, usize::MAX).is_none());
    }
}
