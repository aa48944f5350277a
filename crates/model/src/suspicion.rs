//! What a change would be if chance were out of the question, and how much chance there is.

use crate::{GateLevel, Severity};

/// How a series wobbles when nothing changed, on the scale that its changes are measured on: the natural logarithm of a ratio, or
/// the metric's unit where values reach zero or change their sign.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Noise {
    /// The standard deviation of one run.
    pub between: f64,
    /// The standard error of this run's value, by its own samples; zero where there are none.
    pub within: f64,
    /// How many degrees of freedom `between` is known with.
    pub degrees: f64,
    /// The standard error of the baseline's centre, as a multiple of `between`.
    pub center_error: f64,
    /// The share of runs that jump by themselves about as far as this change, by what the series and those of its kind did.
    pub jumps_seen: f64,
    /// The same, with what is usual anywhere mixed in for lack of a long record.
    pub jump_chance: f64,
    /// The chance that such a jump is still there in the next run.
    pub jump_lasts: f64,
}

/// A change that size and spreads alone would call a regression or an improvement.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Suspicion {
    /// The severity by size and spreads alone; of an improvement, that of its mirror image.
    pub severity: Severity,
    /// What closes the gate for this series.
    pub gate: GateLevel,
    /// It is past the policy's error limit (of an improvement: its mirror image is).
    pub is_large: bool,
    /// It is a change for the worse.
    pub is_worse: bool,
    /// How far the value lies off, positive.
    pub distance: f64,
    /// How far it would lie off by chance.
    pub noise: Noise,
    /// What most series of the run did explains it.
    pub is_shared: bool,
    /// Few runs or a wide spread make the baseline uncertain.
    pub is_uncertain: bool,
    /// How many runs show it.
    pub looks: usize,
}

/// Most series of a run moved by the same factor: the machine did it, or something that they all share.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CommonShift {
    /// The common factor less one; positive when worse.
    pub worsening: f64,
    /// Series that moved in its direction.
    pub moved: usize,
    /// Series that could have: those that wobble with the machine.
    pub of: usize,
}
