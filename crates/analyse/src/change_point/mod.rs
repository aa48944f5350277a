//! Change points: where the level of a series moved, how far, and how sure that is.
//!
//! [`Watch`] sees a series value by value and says when it holds a new change point, having seen nothing of what comes
//! later. It compares, for every recent place, two stories about the newest values: the level is what it was, or it
//! moved there. How likely each value is under either story comes from the series' own past: the spread of its main mode,
//! its outliers and second modes, and how much neighbours resemble each other. What one value may say is bounded, and a
//! change needs four values that speak for it: spikes of one to three runs are no change.
//!
//! The parts are known; this joins them. A generalised likelihood ratio over recent places (Lorden 1971; Siegmund and
//! Venkatraman 1995), a bounded loss (Fearnhead and Rigaill 2019, "Changepoint detection in the presence of outliers"),
//! allowance for correlated noise (Romano, Rigaill, Runge and Fearnhead 2022, "Detecting abrupt changes in the
//! presence of local fluctuations and autocorrelated noise").

use plimsoll_model::relative_change;

mod correlation;
mod detectable;
mod newest;
mod noise;
mod retrospective;
mod strength;
mod watch;

pub use retrospective::{change_points, detections};
pub use strength::Strength;
pub use watch::Watch;

/// A place where the level of a series moved.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChangePoint {
    /// The index of the first value of the new level.
    pub index: usize,
    /// The level before it.
    pub before: f64,
    /// The level from it on.
    pub after: f64,
    /// The spread of the main mode of the noise; zero of values that do not vary.
    pub spread: f64,
    /// How much likelier the newest values are with the change than without it, in nats, less what chance finds among
    /// so many places.
    pub evidence: f64,
}

/// A change point and the index of the value that gave it away.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Detection {
    /// The index of the newest value when it was found.
    pub at: usize,
    /// What was found.
    pub point: ChangePoint,
}

/// False alarms in 100 values of noise at an evidence of zero, and so e times fewer at each nat.
/// Measured by the operating characteristics over all their kinds of noise.
const FALSE_ALARMS_AT_ZERO: f64 = 35.0;

impl ChangePoint {
    /// How far the level moved relative to where it was; positive when it rose. `None` about zero ([`relative_change`]).
    pub fn change(&self) -> Option<f64> {
        relative_change(self.before, self.after, self.spread)
    }

    /// Between 0 and 1: how likely it is a change and no chance, if one value in a hundred begins a change.
    pub fn confidence(&self) -> f64 {
        1.0 / (1.0 + FALSE_ALARMS_AT_ZERO * (-self.evidence).exp())
    }
}
