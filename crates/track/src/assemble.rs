//! From what was measured and what surrounded it to a run that can be stored.

use plimsoll_context::Config;
use plimsoll_model::{Complaint, Context, Direction, Measurement, Outcome, Run, derive, run_identity};

/// What a run is made of.
#[derive(Debug)]
pub struct RunParts {
    /// The project.
    pub project: String,
    /// The suite.
    pub suite: String,
    /// The session, if there is one.
    pub session: Option<String>,
    /// How the measured command ended.
    pub outcome: Outcome,
    /// What surrounded it.
    pub context: Context,
    /// What was measured.
    pub measurements: Vec<Measurement>,
    /// What was not understood.
    pub complaints: Vec<Complaint>,
}

/// Puts a run together; see [`complete`] for what is added.
pub fn assemble(parts: RunParts, config: &Config, salt: &str) -> Run {
    let mut run = Run {
        id: String::new(),
        project: parts.project,
        suite: parts.suite,
        session: parts.session,
        outcome: parts.outcome,
        context: parts.context,
        measurements: parts.measurements,
        allocators: Vec::new(),
        notes: Vec::new(),
        complaints: parts.complaints,
        unknown: std::collections::BTreeMap::new(),
    };
    complete(&mut run, config, salt);
    run
}

/// Adds what the configuration knows: units and directions of metrics that the harness does not describe, derived metrics, and
/// last the identity, unless the run brought one. `salt` tells repeats apart that are stored on purpose.
pub fn complete(run: &mut Run, config: &Config, salt: &str) {
    for measurement in &mut run.measurements {
        describe(measurement, config);
    }
    let (derived, complaints) = derive(&config.derived, run);
    run.measurements.extend(derived);
    run.complaints.extend(complaints);
    if run.id.is_empty() || !salt.is_empty() {
        run.id = run_identity(run, salt);
    }
}

/// What `[metric.NAME]` says of a metric without direction.
fn describe(measurement: &mut Measurement, config: &Config) {
    let Some(declared) = config.metrics.get(measurement.metric.name.as_str()) else {
        return;
    };
    if measurement.metric.direction == Direction::None {
        measurement.metric.direction = declared.direction;
    }
    let Some((unit, factor)) = declared.unit.as_ref().filter(|_| measurement.metric.unit.is_count()) else {
        return;
    };
    measurement.metric.unit = unit.clone();
    measurement.value *= factor;
    let Some(details) = measurement.details.written() else {
        return;
    };
    details.samples.iter_mut().chain(details.estimates.values_mut()).for_each(|value| *value *= factor);
    if let Some(interval) = &mut details.interval {
        interval.low *= factor;
        interval.high *= factor;
    }
}
