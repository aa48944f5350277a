//! What the values of a series do when nothing changes.

use std::cell::OnceCell;

use crate::stats::{Mode, main_mode_sorted};

/// Distances beyond this many spreads count as this many.
const FARTHEST: f64 = 32.0;
/// Steps of the table for each spread.
const STEPS: f64 = 4.0;
/// Entries of the table: from 0 to `FARTHEST`, on both sides.
const ENTRIES: usize = 2 * (FARTHEST * STEPS) as usize + 1;
/// The most that one value may say against a level, in nats. Bounded, so that a few wild values cannot stand for a change
/// (biweight loss: Fearnhead and Rigaill 2019, "Changepoint detection in the presence of outliers").
const CAP: f64 = 4.5;
/// A residual farther off than this many spreads is no part of the main mode.
const OUTLYING: f64 = 3.0;
/// So many outliers in so many values are supposed before any value was seen.
const PRIOR_OUTLIERS: (f64, f64) = (0.5, 20.0);
/// The width of the distribution of outliers that were never seen, in spreads.
const WIDE: f64 = 6.0;

/// The noise of a series, learned from its residuals: the spread of its main mode, and how likely every distance from
/// the level is. A second mode, or tails that were seen before, are part of the noise and no evidence of change.
#[derive(Debug, Clone)]
pub(super) struct Noise {
    /// The standard deviation of the main mode, in the unit of the values. Zero where all residuals are zero.
    pub spread: f64,
    /// Distances of outliers, in spreads.
    outliers: Vec<f64>,
    /// How many values it was learned from.
    count: usize,
    /// For each distance from the level, in steps: how many nats less likely than the level itself, at most `CAP`. Made
    /// when first asked for: steady values never ask.
    losses: OnceCell<Box<[f64; ENTRIES]>>,
}

impl Noise {
    /// Learns from ascending residuals (values less the level they belong to).
    pub fn learn(residuals: &[f64]) -> Self {
        match main_mode_sorted(residuals) {
            Some(mode) => Self::of_mode(residuals, mode),
            None => Self { spread: 0.0, outliers: Vec::new(), count: 0, losses: OnceCell::new() },
        }
    }

    /// Learns from ascending values of one level, whose main mode is known.
    pub fn of_mode(values: &[f64], mode: Mode) -> Self {
        let Mode { center, spread } = mode;
        let reach = OUTLYING * spread;
        let below = values.partition_point(|value| *value < center - reach);
        let above = values.partition_point(|value| *value <= center + reach);
        let outliers = values[..below].iter().chain(&values[above..]);
        let outliers = outliers.map(|value| (value - center) / spread).collect();
        Self { spread, outliers, count: values.len(), losses: OnceCell::new() }
    }

    /// What a value says against a level that lies `distance` below it (in the unit of the values), in nats.
    pub fn loss(&self, distance: f64) -> f64 {
        let place = (distance / self.spread).clamp(-FARTHEST, FARTHEST) * STEPS + FARTHEST * STEPS;
        let below = (place as usize).min(ENTRIES - 2);
        let weight = place - below as f64;
        let losses = self.losses.get_or_init(|| Box::new(losses(&self.outliers, self.count)));
        losses[below] + (losses[below + 1] - losses[below]) * weight
    }
}

/// The table of losses: a normal main mode, and outliers as they were seen, smoothed, with a wide prior.
fn losses(outliers: &[f64], count: usize) -> [f64; ENTRIES] {
    let (prior_outliers, prior_values) = PRIOR_OUTLIERS;
    let share = (outliers.len() as f64 + prior_outliers) / (count as f64 + prior_values);
    let mut seen = [0.0; ENTRIES];
    for outlier in outliers {
        let place = (outlier.clamp(-FARTHEST, FARTHEST) + FARTHEST) * STEPS;
        let reach = (3.0 * STEPS) as usize;
        let first = (place as usize).saturating_sub(reach);
        for (index, density) in seen.iter_mut().enumerate().skip(first).take(2 * reach + 1) {
            *density += normal_density((index as f64 - place) / STEPS);
        }
    }
    let mut losses = [0.0; ENTRIES];
    for (index, loss) in losses.iter_mut().enumerate() {
        let distance = index as f64 / STEPS - FARTHEST;
        let wide = 1.0 / (std::f64::consts::PI * WIDE * (1.0 + (distance / WIDE).powi(2)));
        let outlying = (seen[index] + wide) / (outliers.len() as f64 + 1.0);
        *loss = -((1.0 - share) * normal_density(distance) + share * outlying).ln();
    }
    let least = losses.iter().copied().fold(f64::INFINITY, f64::min);
    losses.map(|loss| (loss - least).min(CAP))
}

fn normal_density(distance: f64) -> f64 {
    (-0.5 * distance * distance).exp() * 0.398_942_280_401_432_7
}
