//! The summary, as Python sees it.

use plimsoll_probe as probe;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::measured::{dictionary, direction_name};

/// What was measured, held against baselines and targets.
#[pyclass(frozen, module = "plimsoll")]
pub(crate) struct Summary {
    inner: probe::Summary,
}

impl From<probe::Summary> for Summary {
    fn from(inner: probe::Summary) -> Self {
        Self { inner }
    }
}

#[pymethods]
impl Summary {
    /// The first line.
    #[getter]
    fn headline(&self) -> String {
        self.inner.headline()
    }

    /// Values, the worst first.
    #[getter]
    fn rows(&self) -> Vec<Row> {
        self.inner.rows().map(|inner| Row { inner }).collect()
    }

    /// The performance index: 100 where nothing is worse than its baseline.
    #[getter]
    fn index(&self) -> Option<f64> {
        self.inner.index
    }

    /// How many alerts are live.
    #[getter]
    fn alerts(&self) -> u64 {
        self.last_run().map_or(0, |run| run.alerts)
    }

    /// The identity of the last run that was judged.
    #[getter]
    fn run(&self) -> Option<&str> {
        self.last_run().map(|run| run.id.as_str())
    }

    /// The commit of that run.
    #[getter]
    fn commit(&self) -> Option<&str> {
        self.last_run()?.commit.as_deref()
    }

    /// When that run was measured, as RFC 3339 writes it.
    #[getter]
    fn measured_at(&self) -> Option<&str> {
        self.last_run().map(|run| run.measured_at.as_str())
    }

    /// What was found about that run.
    #[getter]
    fn verdict(&self) -> Option<&str> {
        self.last_run().map(|run| run.verdict.as_str())
    }

    fn __str__(&self) -> String {
        self.inner.to_string()
    }

    fn __repr__(&self) -> String {
        format!("<Summary of {:?}, {} rows>", self.inner.name, self.inner.rows().count())
    }
}

impl Summary {
    fn last_run(&self) -> Option<&probe::LastRun> {
        self.inner.last_run.as_ref()
    }
}

/// A value, and how it stands against its baseline and its target.
#[pyclass(frozen, module = "plimsoll")]
pub(crate) struct Row {
    inner: probe::Row,
}

#[pymethods]
impl Row {
    /// The name as it is shown.
    #[getter]
    fn name(&self) -> String {
        self.inner.name()
    }

    #[getter]
    fn benchmark(&self) -> &str {
        &self.inner.benchmark
    }

    #[getter]
    fn parameters<'py>(&self, python: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        dictionary(python, &self.inner.parameters)
    }

    #[getter]
    fn metric(&self) -> &str {
        &self.inner.metric
    }

    /// As history keeps it: `ns`, `bytes`.
    #[getter]
    fn unit(&self) -> &str {
        &self.inner.unit
    }

    #[getter]
    fn direction(&self) -> &'static str {
        direction_name(self.inner.direction)
    }

    #[getter]
    fn value(&self) -> f64 {
        self.inner.value
    }

    /// Whether this process measured it; otherwise it is of the last run.
    #[getter]
    fn is_measured(&self) -> bool {
        self.inner.is_measured
    }

    /// Centre, spread, and how many runs.
    #[getter]
    fn baseline(&self) -> Option<(f64, f64, u64)> {
        self.inner.baseline.map(|baseline| (baseline.center, baseline.spread, baseline.runs))
    }

    /// Against the baseline: 0.1 is 10 % more.
    #[getter]
    fn change(&self) -> Option<f64> {
        self.inner.change()
    }

    /// The limit: its name, the most and the least.
    #[getter]
    fn target(&self) -> Option<(Option<String>, Option<f64>, Option<f64>)> {
        self.inner.target.as_ref().map(|target| (target.id.clone(), target.max, target.min))
    }

    /// The items of which each has the target as its budget.
    #[getter]
    fn per(&self) -> Option<&str> {
        self.inner.per.as_deref()
    }

    /// How many times better than the target it is; below 1 when past it.
    #[getter]
    fn headroom(&self) -> Option<f64> {
        self.inner.headroom
    }

    /// How it stands.
    #[getter]
    fn mark(&self) -> &'static str {
        match self.inner.mark {
            probe::Mark::Beyond => "beyond",
            probe::Mark::Near => "near",
            probe::Mark::Within => "within",
            probe::Mark::Unknown => "unknown",
        }
    }

    /// The newest values, this one last.
    #[getter]
    fn trend(&self) -> Vec<f64> {
        self.inner.trend.clone()
    }

    fn __repr__(&self) -> String {
        let Self { inner } = self;
        format!("<Row {} {} {}>", inner.mark.symbol(), inner.name(), inner.value_text())
    }
}
