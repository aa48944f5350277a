//! `plimsoll.run/1`: bundle file, line of `history.jsonl`, body of `POST /api/v1/runs`.
//!
//! The wire types below are private: what comes in is checked on its way to [`Run`], and a bad measurement
//! becomes a complaint, not the loss of the file.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{
    AllocationSite, Bound, Complaint, Context, DetailFields, Direction, Interval, MAX_SAMPLES, Measurement,
    Metric, Name, NamedNumbers, Note, Outcome, Parameters, Run, Target, Unit, known_metric, name,
    run_identity, thin,
};

/// The name and version of the format.
pub const FORMAT: &str = "plimsoll.run/1";

/// Stands for a class of machine that a document without a context does not name; the reader fills in its own.
pub const UNNAMED: &str = "default";

/// Longest name of a project, suite, branch, benchmark, parameter or metric, in bytes.
pub const MAX_NAME_BYTES: usize = 1_024;
/// Most measurements in one run.
pub const MAX_MEASUREMENTS: usize = 1_000_000;
/// Most parameters, estimates or item counts of one measurement.
pub const MAX_ENTRIES: usize = 64;

/// Why a document is not a run.
#[derive(Debug)]
pub enum RunFormatError {
    /// Not JSON, or JSON of another shape.
    Json(serde_json::Error),
    /// JSON of another format or version.
    Format(String),
    /// A name that is missing, or too long.
    Name(&'static str),
    /// More measurements than [`MAX_MEASUREMENTS`].
    TooMany(usize),
}

impl fmt::Display for RunFormatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(error) => write!(f, "not a {FORMAT} document: {error}"),
            Self::Format(format) => write!(f, "the format is `{format}`, this version reads `{FORMAT}`"),
            Self::Name(field) => write!(f, "`{field}` is empty or longer than {MAX_NAME_BYTES} bytes"),
            Self::TooMany(count) => write!(f, "{count} measurements are more than {MAX_MEASUREMENTS}"),
        }
    }
}

impl std::error::Error for RunFormatError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Json(error) => Some(error),
            _ => None,
        }
    }
}

/// Everything measured at one time, on one commit and testbed. Fields of other names are kept.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "Run")]
struct ReadRun<'a> {
    /// `plimsoll.run/1`.
    #[serde(borrow)]
    #[schemars(extend("const" = FORMAT))]
    format: Cow<'a, str>,
    /// The run's identity; without one it is a digest of its content.
    #[serde(default)]
    id: Option<String>,
    /// The project; without one the reader's.
    #[serde(default)]
    #[schemars(length(min = 1, max = MAX_NAME_BYTES))]
    project: Option<String>,
    /// The suite; without one the reader's.
    #[serde(default)]
    #[schemars(length(min = 1, max = MAX_NAME_BYTES))]
    suite: Option<String>,
    /// The session of an application that the run belongs to.
    #[serde(default)]
    session: Option<String>,
    /// How the measured command ended.
    #[serde(default)]
    outcome: Outcome,
    /// What surrounded the run; without it, the reader's surroundings.
    #[serde(default)]
    context: Option<Context>,
    /// What was measured. One that cannot be understood is left out and complained of.
    #[serde(borrow)]
    #[schemars(with = "Vec<WireMeasurement<'static>>", length(max = MAX_MEASUREMENTS))]
    measurements: Vec<&'a RawValue>,
    /// Where most memory was allocated.
    #[serde(default)]
    allocators: Vec<AllocationSite>,
    /// Remarks the program made.
    #[serde(default)]
    notes: Vec<Note>,
    /// What an earlier reader did not understand.
    #[serde(default)]
    complaints: Vec<Complaint>,
    #[serde(flatten)]
    unknown: BTreeMap<String, serde_json::Value>,
}

#[derive(Serialize)]
struct WriteRun<'a> {
    format: &'static str,
    id: &'a str,
    project: &'a str,
    suite: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<&'a str>,
    outcome: Outcome,
    context: &'a Context,
    measurements: Vec<WireMeasurement<'a>>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    allocators: &'a [AllocationSite],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    notes: &'a [Note],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    complaints: &'a [Complaint],
    #[serde(flatten)]
    unknown: &'a BTreeMap<String, serde_json::Value>,
}

/// A value of one metric of one benchmark.
#[derive(Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Measurement")]
struct WireMeasurement<'a> {
    /// The benchmark's full name.
    #[serde(borrow)]
    #[schemars(length(min = 1, max = MAX_NAME_BYTES))]
    benchmark: Cow<'a, str>,
    /// What it was run with.
    #[serde(default, skip_serializing_if = "Parameters::is_empty")]
    #[schemars(with = "BTreeMap<String, String>", extend("maxProperties" = MAX_ENTRIES))]
    parameters: Parameters,
    /// The program that measured.
    #[serde(default, borrow)]
    harness: Cow<'a, str>,
    /// How the benchmark ended.
    #[serde(default)]
    outcome: Outcome,
    /// The kind of quantity: `time`, `throughput`, `peak_rss`, or a name of one's own.
    #[serde(borrow)]
    #[schemars(length(min = 1, max = MAX_NAME_BYTES))]
    metric: Cow<'a, str>,
    /// The unit of all values, as it is usually written; without one that of a known metric, else a count.
    #[serde(default, borrow, skip_serializing_if = "Option::is_none")]
    unit: Option<Cow<'a, str>>,
    /// Which way is better; without it that of a known metric, else none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    direction: Option<Direction>,
    /// The value does not wobble by itself, as a count of instructions.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    exact: bool,
    /// The headline value.
    value: f64,
    /// What the value is of the samples: `median`, `mean`, …
    #[serde(default, borrow, skip_serializing_if = "Option::is_none")]
    statistic: Option<Cow<'a, str>>,
    /// A confidence interval of the value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    interval: Option<Interval>,
    /// Other statistics by name: `mean`, `p95`.
    #[serde(default, skip_serializing_if = "NamedNumbers::is_empty")]
    #[schemars(with = "BTreeMap<String, f64>", extend("maxProperties" = MAX_ENTRIES))]
    estimates: NamedNumbers,
    /// Raw values; more than 1,000 are thinned evenly.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    samples: Vec<f64>,
    /// How often the operation ran.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    iterations: Option<u64>,
    /// What one operation handled, by noun.
    #[serde(default, skip_serializing_if = "NamedNumbers::is_empty")]
    #[schemars(with = "BTreeMap<String, f64>", extend("maxProperties" = MAX_ENTRIES))]
    items: NamedNumbers,
    /// A limit that came along.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    target: Option<WireTarget>,
}

/// A limit for a measurement, in its unit: `max` or `min`.
#[derive(Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Target")]
struct WireTarget {
    /// What it goes by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    /// The value may not be above it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max: Option<f64>,
    /// The value may not be below it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    min: Option<f64>,
}

/// The JSON Schema of the format, generated from the types that read it.
pub fn schema() -> serde_json::Value {
    let mut schema = schemars::schema_for!(ReadRun<'static>);
    schema.insert("title".to_owned(), FORMAT.into());
    schema.to_value()
}

/// Reads a run. `project` and `suite` stand in where the document names none.
///
/// A measurement that cannot be understood is left out and named in the run's complaints; a document that is
/// not a run at all is an error.
pub fn read(json: &[u8], project: &str, suite: &str) -> Result<Run, RunFormatError> {
    let document: ReadRun<'_> = serde_json::from_slice(json).map_err(RunFormatError::Json)?;
    if document.format != FORMAT {
        return Err(RunFormatError::Format(document.format.into_owned()));
    }
    if document.measurements.len() > MAX_MEASUREMENTS {
        return Err(RunFormatError::TooMany(document.measurements.len()));
    }
    let mut run = Run {
        id: document.id.unwrap_or_default(),
        project: document.project.unwrap_or_else(|| project.to_owned()),
        suite: document.suite.unwrap_or_else(|| suite.to_owned()),
        session: document.session,
        outcome: document.outcome,
        context: document.context.unwrap_or_else(|| Context::new(UNNAMED, jiff::Timestamp::UNIX_EPOCH)),
        measurements: Vec::with_capacity(document.measurements.len()),
        allocators: document.allocators,
        notes: document.notes,
        complaints: document.complaints,
        unknown: document.unknown,
    };
    for (field, name) in
        [("project", &run.project), ("suite", &run.suite), ("context.testbed", &run.context.testbed)]
    {
        if !is_name(name) {
            return Err(RunFormatError::Name(field));
        }
    }
    for (index, raw) in document.measurements.iter().enumerate() {
        match read_measurement(raw.get(), &mut run.complaints) {
            Ok(measurement) => run.measurements.push(measurement),
            Err(reason) => run.complaints.push(Complaint::new(format!("measurements[{index}]: {reason}"))),
        }
    }
    if run.id.is_empty() {
        run.id = run_identity(&run, "");
    }
    Ok(run)
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.len() <= MAX_NAME_BYTES
}

fn read_measurement(json: &str, complaints: &mut Vec<Complaint>) -> Result<Measurement, String> {
    let wire: WireMeasurement<'_> = serde_json::from_str(json).map_err(|error| error.to_string())?;
    check_bounds(&wire)?;
    let known = known_metric(&wire.metric);
    let (unit, factor) = match &wire.unit {
        Some(text) => Unit::normalise(text),
        None => (known.as_ref().map_or(Unit::COUNT, |(unit, _)| unit.clone()), 1.0),
    };
    let direction = wire.direction.or(known.map(|(_, direction)| direction)).unwrap_or(Direction::None);
    let samples = read_samples(&wire.benchmark, wire.samples, factor, complaints);
    let value = wire.value * factor;
    if !value.is_finite() || samples.iter().any(|sample| !sample.is_finite()) {
        return Err("a value is too large".to_owned());
    }
    let mut estimates = wire.estimates;
    estimates.values_mut().for_each(|value| *value *= factor);
    let benchmark = Name::from(wire.benchmark);
    let metric = Metric { name: wire.metric.into(), unit, direction, exact: wire.exact };
    let details = DetailFields {
        outcome: wire.outcome,
        target: wire.target.and_then(|target| read_target(target, factor, &benchmark, &metric)).map(Box::new),
        interval: wire.interval.map(|interval| Interval {
            low: interval.low * factor,
            high: interval.high * factor,
            level: interval.level,
        }),
        estimates,
        samples,
        items: wire.items,
    };
    Ok(Measurement {
        benchmark,
        parameters: wire.parameters,
        harness: wire.harness.into(),
        metric,
        value,
        statistic: wire.statistic.map_or_else(|| name!("value"), Name::from),
        iterations: wire.iterations.into(),
        details: details.into(),
    })
}

fn check_bounds(wire: &WireMeasurement<'_>) -> Result<(), String> {
    for (field, name) in [("benchmark", &wire.benchmark), ("metric", &wire.metric)] {
        if !is_name(name) {
            return Err(format!("`{field}` is empty or longer than {MAX_NAME_BYTES} bytes"));
        }
    }
    if [wire.parameters.len(), wire.estimates.len(), wire.items.len()].iter().any(|len| *len > MAX_ENTRIES) {
        return Err(format!("more than {MAX_ENTRIES} parameters, estimates or items"));
    }
    if wire.parameters.iter().any(|(name, value)| !is_name(name) || value.len() > MAX_NAME_BYTES) {
        return Err(format!("a parameter is empty or longer than {MAX_NAME_BYTES} bytes"));
    }
    Ok(())
}

/// The samples in the normal unit, at most [`MAX_SAMPLES`].
fn read_samples(
    benchmark: &str,
    mut samples: Vec<f64>,
    factor: f64,
    complaints: &mut Vec<Complaint>,
) -> Vec<f64> {
    if samples.len() > MAX_SAMPLES {
        complaints.push(Complaint::new(format!(
            "{benchmark}: {} samples were thinned evenly to {MAX_SAMPLES}",
            samples.len()
        )));
        thin(&mut samples, MAX_SAMPLES);
    }
    samples.iter_mut().for_each(|sample| *sample *= factor);
    samples
}

fn read_target(wire: WireTarget, factor: f64, benchmark: &str, metric: &Metric) -> Option<Target> {
    let bound = match (wire.max, wire.min) {
        (Some(max), _) => Bound::Max(max * factor),
        (None, Some(min)) => Bound::Min(min * factor),
        (None, None) => return None,
    };
    Some(Target {
        id: wire.id,
        suite: None,
        benchmark: benchmark.to_owned(),
        metric: metric.name.to_string(),
        bound,
        unit: Some(metric.unit.clone()),
        per: None,
        warn: Target::DEFAULT_WARN,
        error: Target::DEFAULT_ERROR,
    })
}

/// Writes a run on one line, without a line feed at its end.
pub fn write(run: &Run) -> Result<String, serde_json::Error> {
    serde_json::to_string(&WriteRun {
        format: FORMAT,
        id: &run.id,
        project: &run.project,
        suite: &run.suite,
        session: run.session.as_deref(),
        outcome: run.outcome,
        context: &run.context,
        measurements: run.measurements.iter().map(wire_measurement).collect(),
        allocators: &run.allocators,
        notes: &run.notes,
        complaints: &run.complaints,
        unknown: &run.unknown,
    })
}

fn wire_measurement(measurement: &Measurement) -> WireMeasurement<'_> {
    WireMeasurement {
        benchmark: Cow::Borrowed(&measurement.benchmark),
        parameters: measurement.parameters.clone(),
        harness: Cow::Borrowed(&measurement.harness),
        outcome: measurement.outcome,
        metric: Cow::Borrowed(&measurement.metric.name),
        unit: Some(Cow::Borrowed(measurement.metric.unit.symbol())),
        direction: Some(measurement.metric.direction),
        exact: measurement.metric.exact,
        value: measurement.value,
        statistic: Some(Cow::Borrowed(&measurement.statistic)),
        interval: measurement.interval,
        estimates: measurement.estimates.clone(),
        samples: measurement.samples.clone(),
        iterations: measurement.iterations.count(),
        items: measurement.items.clone(),
        target: measurement.target.as_ref().map(|target| WireTarget {
            id: target.id.clone(),
            max: matches!(target.bound, Bound::Max(_)).then(|| target.bound.limit()),
            min: matches!(target.bound, Bound::Min(_)).then(|| target.bound.limit()),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = r#"{"format": "plimsoll.run/1", "project": "rangebar", "suite": "fast", "colour": "blue",
        "context": {"testbed": "ubuntu", "started_at": "2026-11-20T08:01:00Z", "weather": "rain",
          "commit": {"hash": "abc", "dirty": false}},
        "measurements": [
          {"benchmark": "parse", "metric": "time", "unit": "ms", "value": 1.5, "samples": [1.5, 2.5],
           "target": {"max": 2.0, "id": "T-1"}},
          {"benchmark": "broken", "metric": "time", "value": "fast"},
          {"benchmark": "own", "metric": "widgets", "value": 3}]}"#;

    fn document() -> Run {
        read(DOCUMENT.as_bytes(), "p", "s").expect("a run")
    }

    #[test]
    fn units_are_normalised_on_the_way_in() {
        let run = document();
        let parse = &run.measurements[0];
        assert_eq!((parse.value, parse.metric.unit.symbol()), (1.5e6, "ns"));
        assert_eq!(parse.samples, [1.5e6, 2.5e6]);
        assert_eq!(parse.metric.direction, Direction::Lower);
        assert_eq!(parse.target.as_ref().map(|target| target.bound), Some(Bound::Max(2e6)));
        assert_eq!(run.measurements[1].metric.direction, Direction::None);
    }

    #[test]
    fn a_bad_measurement_is_a_complaint() {
        let run = document();
        assert_eq!(run.measurements.len(), 2);
        assert!(
            run.complaints[0].message.starts_with("measurements[1]: invalid type"),
            "{:?}",
            run.complaints
        );
    }

    #[test]
    fn unknown_fields_are_kept_and_writing_is_the_inverse_of_reading() {
        let run = document();
        let again = read(write(&run).expect("json").as_bytes(), "", "").expect("a run");
        assert_eq!(again, run);
        assert_eq!(again.unknown["colour"], "blue");
        assert_eq!(again.context.unknown["weather"], "rain");
    }

    #[test]
    fn other_documents_are_refused() {
        let error = |text: &str| read(text.as_bytes(), "p", "s").map_err(|error| error.to_string());
        assert!(error("{").is_err());
        assert!(error("[]").is_err());
        let newer = DOCUMENT.replace("run/1", "run/2");
        assert_eq!(
            error(&newer).err().as_deref(),
            Some("the format is `plimsoll.run/2`, this version reads `plimsoll.run/1`")
        );
    }
}
