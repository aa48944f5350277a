//! Whether a value that meets its target is near to missing it.

use crate::last_run::Baseline;
use crate::measured::Target;
use crate::row::NOISE_SPREADS;

/// This share of the way to the limit is so much that a value is near it: from the usual value, and from the best there can be.
const MOST_OF_USUAL: f64 = 0.5;
const MOST_OF_BEST: f64 = 0.9;
/// No more than all: where a value of a ratio with a smallest limit can be at most.
const WHOLE: f64 = 1.0;

/// What tells how far a value may go on.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Known {
    /// The values that are usual for it.
    Usual(Baseline),
    /// Only its kind: `true` of a ratio.
    Kind { is_ratio: bool },
}

/// Whether `value` is past a limit of `target`, or near it.
///
/// Where it is known what is usual, a value is near when noise may carry the next one past the limit, when it has gone more than half
/// of the way from the usual value to the limit, or when the usual value misses the limit. Where nothing is known, it is near
/// when it has used nine tenths of the room: from zero to a largest limit, from 100 % to a smallest one of a ratio; of what has
/// no best value, when it is within a tenth of the limit.
pub(crate) fn is_near(value: f64, target: &Target, known: Known) -> bool {
    let of_max = target.max.is_some_and(|max| is_near_limit(value, max, 1.0, known));
    of_max || target.min.is_some_and(|min| is_near_limit(value, min, -1.0, known))
}

/// `worse` is 1 where values above the limit miss it, else -1.
fn is_near_limit(value: f64, limit: f64, worse: f64, known: Known) -> bool {
    let distance = (limit - value) * worse;
    if distance < 0.0 {
        return true;
    }
    match known {
        Known::Usual(Baseline { center, spread, .. }) => {
            let room = (limit - center) * worse;
            room < 0.0 || distance < NOISE_SPREADS * spread || distance < (1.0 - MOST_OF_USUAL) * room
        }
        Known::Kind { is_ratio } => {
            let is_bounded = is_ratio && worse < 0.0 && limit <= WHOLE;
            let room = if is_bounded { WHOLE - limit } else { limit.abs() };
            distance < (1.0 - MOST_OF_BEST) * room
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIN: fn(f64) -> Target = |min| Target { id: None, max: None, min: Some(min) };
    const MAX: fn(f64) -> Target = |max| Target { id: None, max: Some(max), min: None };

    fn usual(center: f64, spread: f64) -> Known {
        Known::Usual(Baseline { center, spread, runs: 12 })
    }

    #[track_caller]
    fn check(target: &Target, known: Known, far: &[f64], near: &[f64]) {
        let is_near = |value: &&f64| is_near(**value, target, known);
        assert_eq!(far.iter().filter(is_near).collect::<Vec<_>>(), Vec::<&f64>::new(), "far of {target:?}");
        assert_eq!(near.iter().filter(is_near).count(), near.len(), "near {target:?} of {near:?}");
    }

    #[test]
    fn a_percentage_is_measured_by_what_is_left_of_all() {
        let ratio = Known::Kind { is_ratio: true };
        check(&MIN(0.98), ratio, &[1.0, 0.99, 0.983], &[0.981, 0.98, 0.97]);
        check(&MIN(1.0), ratio, &[1.0], &[0.999]);
        check(&MIN(2.0), ratio, &[2.3], &[2.1]);
        check(&MAX(0.02), ratio, &[0.0, 0.01], &[0.019, 0.03]);
    }

    #[test]
    fn what_is_usual_is_not_near_however_close_the_limit() {
        check(&MIN(0.98), usual(0.99, 0.001), &[1.0, 0.99, 0.986], &[0.984, 0.981, 0.97]);
        check(&MAX(108.0), usual(100.0, 1.0), &[90.0, 100.0, 103.0], &[104.5, 107.0, 109.0]);
    }

    #[test]
    fn what_noise_may_carry_past_the_limit_is_near() {
        check(&MAX(108.0), usual(100.0, 4.0), &[90.0, 95.0], &[97.0, 100.0]);
        check(&MIN(0.98), usual(0.99, 0.01), &[], &[0.99, 1.0]);
    }

    #[test]
    fn a_usual_value_that_misses_the_limit_makes_the_others_near() {
        check(&MAX(100.0), usual(103.0, 0.1), &[], &[90.0, 99.0]);
    }

    #[test]
    fn what_stands_still_at_its_limit_meets_it() {
        check(&MAX(0.0), usual(0.0, 0.0), &[0.0], &[1.0]);
        check(&MAX(5.0), usual(5.0, 0.0), &[5.0, 4.0], &[6.0]);
        check(&MAX(0.0), Known::Kind { is_ratio: false }, &[0.0], &[1.0]);
    }

    #[test]
    fn without_history_a_tenth_is_near() {
        let kind = Known::Kind { is_ratio: false };
        check(&MAX(100.0), kind, &[50.0, 89.0], &[91.0, 100.0]);
        check(&MIN(100.0), kind, &[200.0, 111.0], &[109.0, 100.0]);
    }
}
