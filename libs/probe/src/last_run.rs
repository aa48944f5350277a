//! What the command knows of a suite: its last run, and the baseline, limits and newest values of each series.

use crate::json_reader::{JsonError, JsonReader};
use crate::measured::{Direction, Severity};

/// The last run of the suite that the command judged.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LastRun {
    /// The run's identity, for `plimsoll runs show`.
    pub id: String,
    /// The hash of its commit, if it has one.
    pub commit: Option<String>,
    /// The branch it was judged on.
    pub branch: String,
    /// The class of machines it was measured on.
    pub testbed: String,
    /// When it was measured, as RFC 3339 writes it.
    pub measured_at: String,
    /// `pass`, `improved`, `regressed`, `mixed` or `inconclusive`.
    pub verdict: String,
    /// Its performance index: 100 where nothing was worse than its baseline.
    pub index: Option<f64>,
    /// How many alerts of the suite are live.
    pub alerts: u64,
}

/// What a value is held against: the newest good runs of its series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Baseline {
    /// Their median, in the row's unit.
    pub center: f64,
    /// How far they lie apart, as a standard deviation.
    pub spread: f64,
    /// How many they are.
    pub runs: u64,
}

/// A series, all numbers in its unit.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Series {
    pub(crate) benchmark: String,
    /// Sorted by name.
    pub(crate) parameters: Vec<(String, String)>,
    pub(crate) metric: String,
    pub(crate) unit: String,
    pub(crate) direction: Direction,
    /// The last run's.
    pub(crate) value: f64,
    /// Of what was found about the last run's value.
    pub(crate) severity: Option<Severity>,
    pub(crate) baseline: Option<Baseline>,
    /// From here on a value is a warning by itself.
    pub(crate) warn_beyond: Option<f64>,
    /// From here on a value is an error by itself.
    pub(crate) error_beyond: Option<f64>,
    pub(crate) target: Option<SeriesTarget>,
    /// The newest values, the last run's own last.
    pub(crate) trend: Vec<f64>,
}

/// A target of a series.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct SeriesTarget {
    pub(crate) id: Option<String>,
    pub(crate) max: Option<f64>,
    pub(crate) min: Option<f64>,
    /// The items of which each has this budget.
    pub(crate) per: Option<String>,
}

/// The most values of a trend, the newest ones.
pub(crate) const MOST_TREND: usize = 8;
/// Series beyond this number are left alone.
const MOST_SERIES: usize = 256;

/// How a line begins that is about a suite, up to the project.
const BEGINNING: &str = r#"{"format":"plimsoll.summary/1","project":"#;

/// What the beginning of a line tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Subject {
    /// It is about this suite.
    Own,
    /// It is about another suite or project.
    Other,
    /// It is of no version that can be read.
    Unknown,
}

/// What a line is about, from its beginning. A program that does not know its project takes the first.
pub(crate) fn subject(line: &str, project: Option<&str>, suite: &str) -> Subject {
    let mut reader = JsonReader::new(line);
    if !reader.literal(BEGINNING) {
        return Subject::Unknown;
    }
    let Ok(found_project) = reader.string() else {
        return Subject::Unknown;
    };
    if !reader.literal(r#","suite":"#) {
        return Subject::Unknown;
    }
    match reader.string() {
        Ok(found) if found == suite && project.is_none_or(|project| project == found_project) => Subject::Own,
        Ok(_) => Subject::Other,
        Err(_) => Subject::Unknown,
    }
}

/// Reads a line whose subject is our own.
pub(crate) fn read(line: &str) -> Result<(LastRun, Vec<Series>), JsonError> {
    let mut run = LastRun::default();
    let mut series = None;
    let mut reader = JsonReader::new(line);
    reader.object(|reader, name| {
        match name {
            "run" => run.id = reader.string()?.into_owned(),
            "commit" => run.commit = reader.optional(text)?,
            "branch" => run.branch = reader.optional(text)?.unwrap_or_default(),
            "testbed" => run.testbed = text(reader)?,
            "measured_at" => run.measured_at = text(reader)?,
            "verdict" => run.verdict = text(reader)?,
            "index" => run.index = reader.optional(JsonReader::number)?,
            "alerts" => run.alerts = reader.integer()?,
            "series" => series = Some(all_series(reader)?),
            _ => reader.skip()?,
        }
        Ok(())
    })?;
    reader.end()?;
    series.map(|series| (run, series)).ok_or_else(|| reader.expected("`series`"))
}

fn all_series(reader: &mut JsonReader<'_>) -> Result<Vec<Series>, JsonError> {
    let mut series = Vec::new();
    reader.array(|reader| {
        if series.len() < MOST_SERIES {
            series.push(one_series(reader)?);
            Ok(())
        } else {
            reader.skip()
        }
    })?;
    series.shrink_to_fit();
    Ok(series)
}

fn one_series(reader: &mut JsonReader<'_>) -> Result<Series, JsonError> {
    let (mut benchmark, mut metric, mut unit, mut value) = (None, None, None, None);
    let (mut parameters, mut trend) = (Vec::new(), Vec::with_capacity(MOST_TREND));
    let (mut direction, mut severity, mut baseline, mut target) = (None, None, None, None);
    let (mut warn_beyond, mut error_beyond) = (None, None);
    reader.object(|reader, name| {
        match name {
            "benchmark" => benchmark = Some(text(reader)?),
            "parameters" => reader.object(|reader, name| {
                parameters.push((name.to_owned(), text(reader)?));
                Ok(())
            })?,
            "metric" => metric = Some(text(reader)?),
            "unit" => unit = Some(text(reader)?),
            "direction" => direction = reader.optional(self::direction)?,
            "value" => value = Some(reader.number()?),
            "severity" => severity = reader.optional(self::severity)?,
            "baseline" => baseline = reader.optional(self::baseline)?,
            "warn_beyond" => warn_beyond = reader.optional(JsonReader::number)?,
            "error_beyond" => error_beyond = reader.optional(JsonReader::number)?,
            "target" => target = reader.optional(self::target)?,
            "trend" => reader.array(|reader| {
                if trend.len() >= MOST_TREND {
                    trend.remove(0);
                }
                trend.push(reader.number()?);
                Ok(())
            })?,
            _ => reader.skip()?,
        }
        Ok(())
    })?;
    parameters.sort();
    let missing = |what| reader.expected(what);
    Ok(Series {
        benchmark: benchmark.ok_or_else(|| missing("`benchmark`"))?,
        parameters,
        metric: metric.ok_or_else(|| missing("`metric`"))?,
        unit: unit.ok_or_else(|| missing("`unit`"))?,
        direction: direction.unwrap_or(Direction::None),
        value: value.ok_or_else(|| missing("`value`"))?,
        severity,
        baseline,
        warn_beyond,
        error_beyond,
        target,
        trend,
    })
}

fn baseline(reader: &mut JsonReader<'_>) -> Result<Baseline, JsonError> {
    let (mut center, mut spread, mut runs) = (None, 0.0, 0);
    reader.object(|reader, name| {
        match name {
            "center" => center = Some(reader.number()?),
            "spread" => spread = reader.number()?,
            "runs" => runs = reader.integer()?,
            _ => reader.skip()?,
        }
        Ok(())
    })?;
    let center = center.ok_or_else(|| reader.expected("`center`"))?;
    Ok(Baseline { center, spread, runs })
}

fn target(reader: &mut JsonReader<'_>) -> Result<SeriesTarget, JsonError> {
    let mut target = SeriesTarget::default();
    reader.object(|reader, name| {
        match name {
            "id" => target.id = reader.optional(text)?,
            "max" => target.max = reader.optional(JsonReader::number)?,
            "min" => target.min = reader.optional(JsonReader::number)?,
            "per" => target.per = reader.optional(text)?,
            _ => reader.skip()?,
        }
        Ok(())
    })?;
    Ok(target)
}

fn text(reader: &mut JsonReader<'_>) -> Result<String, JsonError> {
    reader.string().map(std::borrow::Cow::into_owned)
}

fn direction(reader: &mut JsonReader<'_>) -> Result<Direction, JsonError> {
    let name = reader.string()?;
    let all = [Direction::Lower, Direction::Higher, Direction::None];
    all.into_iter().find(|direction| direction.name() == name).ok_or_else(|| reader.expected("a direction"))
}

fn severity(reader: &mut JsonReader<'_>) -> Result<Severity, JsonError> {
    let name = reader.string()?;
    let all = [Severity::Info, Severity::Warning, Severity::Error, Severity::Critical];
    all.into_iter().find(|severity| severity.name() == name).ok_or_else(|| reader.expected("a severity"))
}
