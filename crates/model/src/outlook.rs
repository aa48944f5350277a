//! What further runs of a series would tell.

/// The smallest lasting change of level that is found within some runs nine times in ten.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SmallestStep {
    /// Runs after the change.
    pub within_runs: usize,
    /// Its size in the metric's unit, for the worse where the metric has a direction, else upwards.
    pub step: f64,
    /// Its size relative to the present level; `None` on a level of zero.
    pub change: Option<f64>,
}

/// What further runs would make of an alert.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outlook {
    /// The change is confirmed: hindsight finds it lasting.
    pub is_confirmed: bool,
    /// So many further runs at `present` would confirm it; `None` where it is confirmed, or so many are not looked at.
    pub confirming_runs: Option<usize>,
    /// The newest value.
    pub present: f64,
    /// So many further runs at `expected` would end it; `None` where so many are not looked at.
    pub ending_runs: Option<usize>,
    /// What was normal when it opened, or its target.
    pub expected: f64,
}
