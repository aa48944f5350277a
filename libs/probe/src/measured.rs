//! What a tracker tells: values with names, units and directions, as they stand in the run format.

use crate::json::Json;
use crate::name::name;

/// Which way is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Smaller is better: times, bytes, costs.
    Lower,
    /// Larger is better: rates, hit rates.
    Higher,
    /// Neither: shown, never gated.
    None,
}

impl Direction {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Lower => "lower",
            Self::Higher => "higher",
            Self::None => "none",
        }
    }
}

/// How something ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Outcome {
    /// It did what it should.
    #[default]
    Success,
    /// It failed; its values enter no baseline.
    Failed,
}

/// How bad a note is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Worth a look.
    Warning,
    /// Something is wrong.
    Error,
    /// Something is very wrong.
    Critical,
}

impl Severity {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Critical => "critical",
        }
    }
}

/// A limit that someone set.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Target {
    /// What people call it: `APP-001`.
    pub id: Option<String>,
    /// The value must not be above.
    pub max: Option<f64>,
    /// The value must not be below.
    pub min: Option<f64>,
}

/// A value of one metric of one benchmark.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// The benchmark: an operation, a phase with those it stands in (`build/discovery`), or the tracker itself.
    pub benchmark: String,
    /// What it was called with, and `start` where first calls are told apart.
    pub parameters: Vec<(String, String)>,
    /// The kind of quantity: `time`, `peak_rss`, or a name of the program's own.
    pub metric: String,
    /// The unit, if it is known; the reader knows those of the usual metrics.
    pub unit: Option<String>,
    /// Which way is better, if it is known.
    pub direction: Option<Direction>,
    /// How it ended.
    pub outcome: Outcome,
    /// The value.
    pub value: f64,
    /// Which statistic the value is: `median`, `total`, `last`, …
    pub statistic: &'static str,
    /// Other estimates by name: `mean`, `p99`, …
    pub estimates: Vec<(String, f64)>,
    /// The values it was made of, where they are few.
    pub samples: Vec<f64>,
    /// How many times it happened.
    pub count: u64,
    /// Items handled, by noun.
    pub items: Vec<(String, f64)>,
    /// A limit that was declared.
    pub target: Option<Target>,
}

impl Measured {
    pub(crate) fn new(benchmark: &str, metric: &str, value: f64, statistic: &'static str) -> Self {
        Self {
            benchmark: benchmark.to_owned(),
            parameters: Vec::new(),
            metric: metric.to_owned(),
            unit: None,
            direction: None,
            outcome: Outcome::Success,
            value,
            statistic,
            estimates: Vec::new(),
            samples: Vec::new(),
            count: 1,
            items: Vec::new(),
            target: None,
        }
    }

    pub(crate) fn with_unit(mut self, unit: &str, direction: Direction) -> Self {
        self.unit = Some(unit.to_owned());
        self.direction = Some(direction);
        self
    }

    /// The same with names that the reader takes.
    pub(crate) fn within_bounds(mut self) -> Self {
        for text in [&mut self.benchmark, &mut self.metric] {
            *text = name(text);
        }
        for (parameter, value) in &mut self.parameters {
            (*parameter, *value) = (name(parameter), name(value));
        }
        self.unit = self.unit.as_deref().map(name);
        self
    }

    /// The name with what it was called with: `read{start=cold}`.
    pub fn title(&self) -> String {
        if self.parameters.is_empty() {
            return self.benchmark.clone();
        }
        let parameters: Vec<String> =
            self.parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
        format!("{}{{{}}}", self.benchmark, parameters.join(","))
    }

    /// What tells it from others of the same tracker.
    pub(crate) fn key(&self) -> (&str, &str, &[(String, String)]) {
        (&self.benchmark, &self.metric, &self.parameters)
    }

    /// The same without the values it was made of.
    pub(crate) fn brief(&self) -> Self {
        Self {
            benchmark: self.benchmark.clone(),
            parameters: self.parameters.clone(),
            metric: self.metric.clone(),
            unit: self.unit.clone(),
            estimates: Vec::new(),
            samples: Vec::new(),
            items: self.items.clone(),
            target: self.target.clone(),
            ..*self
        }
    }

    pub(crate) fn write(&self, json: &mut Json) {
        json.object(|json| {
            json.key("benchmark").string(&self.benchmark);
            if !self.parameters.is_empty() {
                json.key("parameters").object(|json| {
                    self.parameters.iter().for_each(|(name, value)| json.key(name).string(value));
                });
            }
            json.key("harness").string(HARNESS);
            if self.outcome == Outcome::Failed {
                json.key("outcome").string("failed");
            }
            json.key("metric").string(&self.metric);
            if let Some(unit) = &self.unit {
                json.key("unit").string(unit);
            }
            if let Some(direction) = self.direction {
                json.key("direction").string(direction.name());
            }
            json.key("value").number(self.value);
            json.key("statistic").string(self.statistic);
            numbers(json, "estimates", &self.estimates);
            if !self.samples.is_empty() {
                json.key("samples").array(|json| self.samples.iter().for_each(|sample| json.number(*sample)));
            }
            json.key("iterations").integer(self.count);
            numbers(json, "items", &self.items);
            if let Some(target) = &self.target {
                target.write(json.key("target"));
            }
        });
    }
}

/// The name by which history knows who measured.
const HARNESS: &str = "plimsoll-probe";

fn numbers(json: &mut Json, key: &str, numbers: &[(String, f64)]) {
    if !numbers.is_empty() {
        json.key(key).object(|json| numbers.iter().for_each(|(name, value)| json.key(name).number(*value)));
    }
}

impl Target {
    fn write(&self, json: &mut Json) {
        json.object(|json| {
            if let Some(id) = &self.id {
                json.key("id").string(id);
            }
            if let Some(max) = self.max {
                json.key("max").number(max);
            }
            if let Some(min) = self.min {
                json.key("min").number(min);
            }
        });
    }
}
