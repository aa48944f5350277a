//! A measurement, as Python sees it.

use plimsoll_probe as probe;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::argument::{self, Text};

/// A value of one metric of one benchmark.
#[pyclass(frozen, module = "plimsoll")]
pub(crate) struct Measured {
    inner: probe::Measured,
}

impl From<probe::Measured> for Measured {
    fn from(inner: probe::Measured) -> Self {
        Self { inner }
    }
}

#[pymethods]
impl Measured {
    /// The operation, the phase or the tracker.
    #[getter]
    fn benchmark(&self) -> &str {
        &self.inner.benchmark
    }

    /// What it was called with.
    #[getter]
    fn parameters<'py>(&self, python: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        dictionary(python, &self.inner.parameters)
    }

    /// The kind of quantity: `time`, `peak_rss`, or a name of the program's own.
    #[getter]
    fn metric(&self) -> &str {
        &self.inner.metric
    }

    #[getter]
    fn unit(&self) -> Option<&str> {
        self.inner.unit.as_deref()
    }

    /// `lower`, `higher` or `none`.
    #[getter]
    fn direction(&self) -> Option<&'static str> {
        self.inner.direction.map(direction_name)
    }

    /// Whether it failed.
    #[getter]
    fn failed(&self) -> bool {
        self.inner.outcome == probe::Outcome::Failed
    }

    #[getter]
    fn value(&self) -> f64 {
        self.inner.value
    }

    /// Which statistic the value is.
    #[getter]
    fn statistic(&self) -> &str {
        self.inner.statistic
    }

    /// Other statistics by name.
    #[getter]
    fn estimates<'py>(&self, python: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        dictionary(python, &self.inner.estimates)
    }

    /// The values it was made of, where they are few.
    #[getter]
    fn samples(&self) -> Vec<f64> {
        self.inner.samples.clone()
    }

    /// How many times it happened.
    #[getter]
    fn count(&self) -> u64 {
        self.inner.count
    }

    /// Items handled, by noun.
    #[getter]
    fn items<'py>(&self, python: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        dictionary(python, &self.inner.items)
    }

    /// The declared limit: its name, the most and the least.
    #[getter]
    fn target(&self) -> Option<(Option<String>, Option<f64>, Option<f64>)> {
        self.inner.target.as_ref().map(|target| (target.id.clone(), target.max, target.min))
    }

    fn __repr__(&self) -> String {
        let Self { inner } = self;
        let unit = inner.unit.as_deref().unwrap_or_default();
        format!("<Measured {}#{} {} {unit}>", inner.title(), inner.metric, inner.value)
    }
}

pub(crate) fn direction_name(direction: probe::Direction) -> &'static str {
    match direction {
        probe::Direction::Lower => "lower",
        probe::Direction::Higher => "higher",
        probe::Direction::None => "none",
    }
}

pub(crate) fn dictionary<'py, V>(python: Python<'py>, pairs: &[(String, V)]) -> PyResult<Bound<'py, PyDict>>
where
    V: Clone + IntoPyObject<'py>,
{
    let dictionary = PyDict::new(python);
    for (name, value) in pairs {
        dictionary.set_item(name, value.clone())?;
    }
    Ok(dictionary)
}

/// A measurement that was made elsewhere, as Python describes it.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Description {
    benchmark: Text,
    metric: Text,
    value: f64,
    #[pyo3(default)]
    unit: Option<String>,
    #[pyo3(default)]
    direction: Option<String>,
    #[pyo3(default)]
    statistic: Option<String>,
    #[pyo3(default)]
    parameters: Vec<(Text, Text)>,
    #[pyo3(default)]
    estimates: Vec<(Text, f64)>,
    #[pyo3(default)]
    samples: Vec<f64>,
    #[pyo3(default)]
    failed: bool,
    #[pyo3(default)]
    count: Option<u64>,
}

impl TryFrom<Description> for probe::Measured {
    type Error = PyErr;

    fn try_from(description: Description) -> PyResult<Self> {
        Ok(Self {
            benchmark: description.benchmark.0,
            parameters: description.parameters.into_iter().map(|(name, value)| (name.0, value.0)).collect(),
            metric: description.metric.0,
            unit: description.unit,
            direction: description.direction.as_deref().map(argument::direction).transpose()?,
            outcome: argument::outcome(description.failed),
            value: description.value,
            statistic: statistic(description.statistic.as_deref())?,
            estimates: description.estimates.into_iter().map(|(name, value)| (name.0, value)).collect(),
            samples: description.samples,
            count: description.count.unwrap_or(1),
            items: Vec::new(),
            target: None,
        })
    }
}

fn statistic(name: Option<&str>) -> PyResult<&'static str> {
    const KNOWN: [&str; 8] = ["value", "median", "mean", "min", "max", "total", "last", "at least"];
    let Some(name) = name else {
        return Ok("value");
    };
    let known = KNOWN.into_iter().find(|known| *known == name);
    known.ok_or_else(|| PyValueError::new_err(format!("`{name}` is no known statistic")))
}
