//! What the values of a series do when nothing changes.

use crate::stats::{Mode, main_mode};

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
    /// For each distance from the level, in steps: how many nats less likely than the level itself, at most `CAP`.
    losses: [f64; ENTRIES],
}

impl Noise {
    /// Learns from residuals (values less the level they belong to), which are reordered.
    pub fn learn(residuals: &mut [f64]) -> Self {
        let Some(Mode { center, spread }) = main_mode(residuals) else {
            return Self { spread: 0.0, losses: [0.0; ENTRIES] };
        };
        if spread == 0.0 {
            return Self { spread, losses: [0.0; ENTRIES] };
        }
        let outliers = residuals.iter().map(|residual| (residual - center) / spread);
        let outliers: Vec<f64> = outliers.filter(|distance| distance.abs() > OUTLYING).collect();
        Self { spread, losses: losses(&outliers, residuals.len()) }
    }

    /// What a value says against a level that lies `distance` below it (in the unit of the values), in nats.
    pub fn loss(&self, distance: f64) -> f64 {
        let place = (distance / self.spread).clamp(-FARTHEST, FARTHEST) * STEPS + FARTHEST * STEPS;
        let below = (place as usize).min(ENTRIES - 2);
        let weight = place - below as f64;
        self.losses[below] + (self.losses[below + 1] - self.losses[below]) * weight
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
