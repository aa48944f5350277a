//! Trends of simulated series with known truth.

use super::{Trend, trends};
use crate::simulated::{Chance, Noise, series};

/// Where every simulated change begins.
const CHANGE: usize = 80;

fn flat(_: usize) -> f64 {
    0.0
}

/// A rise by `size` over `length` values.
fn ramp(size: f64, length: usize) -> impl Fn(usize) -> f64 {
    move |place| size * ((place + 1).saturating_sub(CHANGE) as f64 / length as f64).min(1.0)
}

fn step(size: f64) -> impl Fn(usize) -> f64 {
    move |place| if place < CHANGE { 0.0 } else { size }
}

/// How many of `count` series have a trend of the wanted sign.
#[track_caller]
fn check(
    (noise, deviation): (Noise, f64),
    shape: impl Fn(usize) -> f64,
    is_wanted: impl Fn(&[Trend]) -> bool,
    (count, expected): (usize, std::ops::RangeInclusive<usize>),
) {
    let mut chance = Chance(2);
    let found =
        (0..count).filter(|_| is_wanted(&trends(&series(noise, deviation, &shape, &mut chance)))).count();
    assert!(expected.contains(&found), "{found} of {count}");
}

fn any(found: &[Trend]) -> bool {
    !found.is_empty()
}

#[test]
fn noise_has_no_trend() {
    check((Noise::Plain, 0.02), flat, any, (40, 0..=0));
    check((Noise::Heavy, 0.03), flat, any, (30, 0..=1));
    check((Noise::Bimodal, 0.03), flat, any, (30, 0..=1));
}

#[test]
fn noise_that_drifts_has_few() {
    // Both ways, about one in five of 200 values that wander off by their own deviation and come back.
    check((Noise::Drift, 0.01), flat, any, (60, 2..=19));
    check((Noise::Drift, 0.03), flat, any, (60, 2..=19));
}

#[test]
fn a_step_is_no_trend() {
    check((Noise::Plain, 0.02), step(0.1), any, (30, 0..=0));
    check((Noise::Plain, 0.02), step(-0.5), any, (20, 0..=0));
    check((Noise::Heavy, 0.01), step(0.05), any, (20, 0..=0));
    check((Noise::Bimodal, 0.01), step(0.2), any, (20, 0..=0));
}

#[test]
fn slowly_worse_is_one_with_direction_beginning_and_size() {
    let is_right = |sign: f64| {
        move |found: &[Trend]| {
            found.len() == 1
                && found[0].at.abs_diff(CHANGE + 40) <= 30
                && found[0].began.abs_diff(CHANGE) <= 40
                && found[0].change().is_some_and(|change| (0.02..0.15).contains(&(change * sign)))
                && found[0].confidence() > 0.9
        }
    };
    check((Noise::Plain, 0.02), ramp(0.1, 60), is_right(1.0), (30, 28..=30));
    check((Noise::Plain, 0.02), ramp(-0.1, 60), is_right(-1.0), (30, 28..=30));
    check((Noise::Heavy, 0.01), ramp(0.1, 60), is_right(1.0), (20, 19..=20));
    check((Noise::Bimodal, 0.01), ramp(0.1, 60), is_right(1.0), (20, 11..=20));
    check((Noise::Drift, 0.01), ramp(0.15, 60), any, (20, 18..=20));
}

#[test]
fn a_long_one_is_reported_once() {
    check((Noise::Plain, 0.01), ramp(0.3, 120), |found| found.len() == 1, (20, 19..=20));
}

#[test]
fn few_values_equal_ones_and_extreme_ones() {
    assert_eq!(trends(&[]), []);
    assert_eq!(trends(&[1.0; 400]), []);
    let rising = |scale: f64| (0..48).map(|place| f64::from(place) * scale).collect::<Vec<f64>>();
    assert_eq!(trends(&rising(1.0)[..47]), []);
    for scale in [1.0, 1e298, 1e-300, 1e-310] {
        let found = trends(&rising(scale));
        assert!(matches!(found[..], [trend] if trend.at == 47 && trend.slope > 0.0), "{scale}: {found:?}");
    }
    let mut broken = rising(1.0);
    broken.splice(20..20, [f64::NAN, f64::INFINITY, 1e301, -f64::MAX]);
    assert!(matches!(trends(&broken)[..], [trend] if trend.at == 51), "{:?}", trends(&broken));
}

#[test]
fn scale_and_sign_change_nothing_else() {
    let mut chance = Chance(7);
    for _ in 0..5 {
        let values = series(Noise::Drift, 0.01, ramp(0.1, 60), &mut chance);
        let original = trends(&values);
        let places = |found: &[Trend], sign: f64| -> Vec<(usize, bool)> {
            found.iter().map(|trend| (trend.at, trend.slope * sign > 0.0)).collect()
        };
        let scaled: Vec<f64> = values.iter().map(|value| value * 1024.0).collect();
        assert_eq!(places(&trends(&scaled), 1.0), places(&original, 1.0));
        let mirrored: Vec<f64> = values.iter().map(|value| -value).collect();
        assert_eq!(places(&trends(&mirrored), -1.0), places(&original, 1.0));
    }
}

#[test]
fn values_may_end_in_one_that_the_newest_gives_away_once() {
    let mut chance = Chance(4);
    let values = series(Noise::Plain, 0.02, ramp(0.2, 80), &mut chance);
    let ends: Vec<usize> = (0..160)
        .filter(|last| {
            let first = (last + 1_usize).saturating_sub(129);
            super::newest(&values[first..=*last])
                .is_some_and(|trend| first + trend.at == *last && trend.slope > 0.0)
        })
        .collect();
    // Asked again in every run, each fourth run counts for itself.
    assert!((1..=4).contains(&ends.len()) && ends[0].abs_diff(120) < 20, "{ends:?}");
}
