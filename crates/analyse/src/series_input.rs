//! What the judge is given of a series.

use plimsoll_model::{Direction, LevelChange, LevelTrend, Measurement, SeriesKey, Unit};

/// One series as the judge sees it.
#[derive(Debug, Clone)]
pub struct SeriesInput<'a> {
    /// The series.
    pub key: SeriesKey,
    /// Its unit.
    pub unit: Unit,
    /// Which way is better.
    pub direction: Direction,
    /// What the run measured; `None` when the benchmark vanished.
    pub measurement: Option<&'a Measurement>,
    /// Earlier values that may enter a baseline, oldest first: successful, clean, unvoided, of one unit.
    pub history: Vec<f64>,
    /// What the change points of the series say; filled by [`SeriesInput::keep_level`], which cuts the history.
    pub level: Level,
    /// The samples within those runs, pooled; only needed while there are fewer runs than the policy's `min`.
    pub pooled_samples: Vec<f64>,
    /// Days between the newest of those runs and this one.
    pub newest_age_days: f64,
    /// The unit the series had before, when it is another now.
    pub unit_before: Option<Unit>,
    /// The suite has not been measured on this testbed before.
    pub testbed_is_new: bool,
}

impl<'a> SeriesInput<'a> {
    /// A measured series that nothing is known of yet.
    pub fn new(key: SeriesKey, measurement: &'a Measurement) -> Self {
        Self {
            key,
            unit: measurement.metric.unit.clone(),
            direction: measurement.metric.direction,
            measurement: Some(measurement),
            history: Vec::new(),
            level: Level::default(),
            pooled_samples: Vec::new(),
            newest_age_days: 0.0,
            unit_before: None,
            testbed_is_new: false,
        }
    }
}

/// What the change points of a series say about a value to be judged. Empty where nobody looked for any.
#[derive(Debug, Clone, Default)]
pub struct Level {
    /// All values that were looked at, where the history of the input is only a part of them.
    pub whole: Vec<f64>,
    /// Where the level moved, oldest first, without commits.
    pub changes: Vec<LevelChange>,
    /// Where the level is slowly moving, if it still does, without commit.
    pub trend: Option<LevelTrend>,
    /// How many of the newest values stand behind the history of the input: those of a change that the judged value gave away.
    pub behind: usize,
    /// How many of the oldest values of the history stood on earlier levels, from which the present one is not relevantly far: they
    /// were put on it, and tell its spread but not its centre.
    pub carried: usize,
    /// With such values, how many of the newest of the history tell the spread.
    pub spread_runs: usize,
}
