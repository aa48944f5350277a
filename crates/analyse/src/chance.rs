//! The chance that nothing changed.

use plimsoll_model::Noise;

use crate::stats::student_upper_tail;

/// Of what a run calls a regression or an improvement, the share that is expected to be chance; of runs in which nothing changed,
/// the share that call anything so.
pub(crate) const LEVEL: f64 = 0.01;
/// That all of several looks lie so far off is rarer than that their mean does: of two, by this factor (from 1/4 at
/// two deviations of the noise to 1/6 at three, in the normal case; the gate characteristics hold it to account).
const EACH_OF_MEAN: f64 = 0.15;
/// Farther than this many doublings of the noise no value is looked for.
const MOST_DOUBLINGS: usize = 24;
/// So many halvings tell values apart that nobody can.
const BISECTIONS: usize = 48;
/// Nobody waits for more runs than this.
const MOST_FURTHER_RUNS: usize = 20;

/// The chance that `looks` runs all lie at least `distance` off on one side though nothing changed.
///
/// By noise alone: if all of them do, so does their mean; its deviation is that of one run over `√looks`, with the baseline's own
/// uncertainty added, and Student's tails for the spread's. A single look has no more to go by. Of several, each may also be
/// one of the jumps that come by themselves, all of them the same one that lasts, or one of them and noise the rest.
pub(crate) fn chance(noise: &Noise, distance: f64, looks: usize) -> f64 {
    if looks < 2 {
        return chance_by_noise(noise, distance, 1);
    }
    let jumps = noise.jump_chance * noise.jump_lasts.powf(looks as f64 - 1.0);
    let mixed = looks as f64 * noise.jump_chance * chance_by_noise(noise, distance, looks - 1);
    let of_mean = chance_by_noise(noise, distance, looks) + mixed;
    (EACH_OF_MEAN * of_mean + jumps).min(1.0)
}

fn chance_by_noise(noise: &Noise, distance: f64, looks: usize) -> f64 {
    // Tight samples do not make a run tighter than runs are; wild ones make it worse.
    let of_one = noise.between.max(noise.within);
    let of_center = noise.between * noise.center_error;
    let deviation = (of_one * of_one / looks as f64 + of_center * of_center).sqrt();
    if deviation == 0.0 {
        return if distance > 0.0 { 0.0 } else { 0.5 };
    }
    student_upper_tail(distance / deviation, noise.degrees)
}

/// How far off a single look must be, so that its chance by noise is no more than `most`; without any noise, off at all.
pub(crate) fn distance_of(noise: &Noise, most: f64) -> Option<f64> {
    let is_beyond = |distance: f64| chance_by_noise(noise, distance, 1) <= most;
    let mut far = noise.between.max(noise.within);
    if far == 0.0 {
        return Some(0.0);
    }
    for _ in 0..MOST_DOUBLINGS {
        if is_beyond(far) {
            return Some(least(0.0, far, is_beyond));
        }
        far *= 2.0;
    }
    None
}

/// The least distance between two for which something holds, which does at the farther one.
pub(crate) fn least(mut near: f64, mut far: f64, holds: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..BISECTIONS {
        let middle = f64::midpoint(near, far);
        if holds(middle) { far = middle } else { near = middle }
    }
    far
}

/// How many runs besides the `looks` there are would settle it if they all showed the same; `None` when a few would not.
pub(crate) fn further_runs(noise: &Noise, distance: f64, looks: usize, tested: usize) -> Option<usize> {
    let limit = LEVEL / tested.max(1) as f64;
    let would_settle = |further: &usize| chance(noise, distance, looks + further) <= limit;
    would_settle(&MOST_FURTHER_RUNS)
        .then(|| (1..MOST_FURTHER_RUNS).find(would_settle).unwrap_or(MOST_FURTHER_RUNS))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const QUIET: Noise = Noise {
        between: 0.05,
        within: 0.0,
        degrees: 20.0,
        center_error: 0.56,
        jumps_seen: 0.0,
        jump_chance: 0.002,
        jump_lasts: 0.1,
    };

    #[test]
    fn a_large_change_is_no_chance_and_a_small_one_may_be() {
        assert!(chance(&QUIET, 0.4, 1) < 1e-5);
        assert!(chance(&QUIET, 0.4, 2) < 0.01 / 40.0);
        assert!(chance(&QUIET, 0.05, 1) > 0.15);
    }

    #[test]
    fn a_series_that_jumps_needs_more_looks() {
        let jumpy = Noise { jump_chance: 0.05, ..QUIET };
        assert_eq!(further_runs(&QUIET, 0.4, 1, 40), Some(1));
        assert_eq!(further_runs(&jumpy, 0.4, 1, 40), Some(3));
        assert_eq!(further_runs(&QUIET, 0.01, 1, 40), None);
    }

    #[test]
    fn wild_samples_say_less_and_tight_ones_no_more() {
        let with = |within| chance(&Noise { within, ..QUIET }, 0.3, 1);
        assert_eq!(with(0.001), with(0.0));
        assert!(with(0.3) > 0.1);
    }

    proptest! {
        #[test]
        fn further_off_and_more_looks_are_never_more_likely(
            distance in 0.0..2.0_f64,
            further in 0.0..1.0_f64,
            between in 0.0..0.5_f64,
            degrees in 0.5..60.0_f64,
            looks in 2_usize..6,
        ) {
            let noise = Noise { between, degrees, ..QUIET };
            prop_assert!(chance(&noise, distance + further, looks) <= chance(&noise, distance, looks) + 1e-12);
            // But for one more run that may jump.
            let once_more = chance(&noise, distance, looks) + noise.jump_chance;
            prop_assert!(chance(&noise, distance, looks + 1) <= once_more);
        }
    }
}
