//! The tracker.

use std::ffi::OsString;
use std::path::PathBuf;

use plimsoll_probe as probe;
use pyo3::prelude::*;

use crate::argument::{self, Number, Text};
use crate::measured::{Description, Measured};
use crate::phase::Phase;
use crate::summary::Summary;

/// Measures something that begins and ends, or the process.
#[pyclass(frozen, module = "plimsoll._native")]
pub(crate) struct Tracker {
    inner: probe::Tracker,
}

fn list(measured: Vec<probe::Measured>) -> Vec<Measured> {
    measured.into_iter().map(Measured::from).collect()
}

#[pymethods]
impl Tracker {
    /// Starts to measure something that begins and ends.
    #[new]
    #[pyo3(signature = (name, tools, spool=None, project=None, suite=None, session=None))]
    fn new(
        name: Text,
        tools: Vec<(Text, Text)>,
        spool: Option<PathBuf>,
        project: Option<Text>,
        suite: Option<Text>,
        session: Option<Text>,
    ) -> Self {
        let mut builder = probe::Tracker::builder(&name.0);
        for (tool, version) in tools {
            builder = builder.tool(&tool.0, &version.0);
        }
        if let Some(spool) = spool {
            builder = builder.spool(spool);
        }
        if let Some(project) = project {
            builder = builder.project(&project.0);
        }
        if let Some(suite) = suite {
            builder = builder.suite(&suite.0);
        }
        if let Some(session) = session {
            builder = builder.session(&session.0);
        }
        Self { inner: builder.start() }
    }

    /// The tracker of the process, which is started under this name unless it runs.
    #[staticmethod]
    fn process_wide(name: Text, tools: Vec<(Text, Text)>) -> Self {
        let mut builder = probe::Tracker::builder(&name.0);
        for (tool, version) in tools {
            builder = builder.tool(&tool.0, &version.0);
        }
        let tracker: &probe::Tracker = builder.start_process_wide();
        Self { inner: tracker.clone() }
    }

    /// Begins a phase.
    fn phase(&self, name: Text) -> Phase {
        self.inner.phase(&name.0).into()
    }

    /// The number of an operation, for `wrap` and `record`.
    fn operation(&self, name: Text, parameters: Vec<(Text, Text)>) -> u64 {
        let parameters: Vec<(&str, &str)> =
            parameters.iter().map(|(name, value)| (name.0.as_str(), value.0.as_str())).collect();
        self.inner.operation_with(&name.0, &parameters).to_u64()
    }

    /// Begins a call.
    fn start(&self, name: Text) {
        self.inner.start_call(&name.0);
    }

    /// Ends a call, and gives its nanoseconds.
    fn stop(&self, name: Text, failed: bool) -> Option<u64> {
        self.inner.stop_with(&name.0, argument::outcome(failed))
    }

    /// Records a value.
    fn record(&self, name: Text, value: Number) {
        self.inner.record(&name.0, value.0);
    }

    /// Adds to a count.
    fn count(&self, name: Text, by: Number) {
        self.inner.count(&name.0, by.0);
    }

    /// Adds items that the whole handled.
    fn items(&self, noun: Text, count: Number) {
        self.inner.items(&noun.0, count.0);
    }

    /// Says what unit a name has, which way is better, and what its limits are.
    #[pyo3(signature = (name, unit, direction, max=None, min=None, id=None))]
    fn declare(
        &self,
        name: Text,
        unit: Text,
        direction: &str,
        max: Option<f64>,
        min: Option<f64>,
        id: Option<Text>,
    ) -> PyResult<()> {
        let mut declaration = self.inner.declare(&name.0, &unit.0, argument::direction(direction)?);
        if let Some(max) = max {
            declaration = declaration.target_max(max);
        }
        if let Some(min) = min {
            declaration = declaration.target_min(min);
        }
        if let Some(id) = id {
            declaration.target_id(&id.0);
        }
        Ok(())
    }

    /// Adds a measurement that was made elsewhere.
    fn add(&self, description: Description) -> PyResult<()> {
        self.inner.add(description.try_into()?);
        Ok(())
    }

    /// Says how much a place in the program has allocated.
    fn allocator(&self, site: Text, bytes: u64, count: u64) {
        self.inner.allocator(&site.0, bytes, count);
    }

    /// Adds a remark.
    fn note(&self, severity: &str, message: Text) -> PyResult<()> {
        self.inner.note(argument::severity(severity)?, &message.0);
        Ok(())
    }

    /// Says that what is tracked failed.
    fn fail(&self) {
        self.inner.fail();
    }

    /// What was measured since the last line, without writing it.
    fn measured(&self, python: Python<'_>) -> Vec<Measured> {
        list(python.detach(|| self.inner.measured()))
    }

    /// Writes what was measured since the last line.
    fn snapshot(&self, python: Python<'_>) -> Vec<Measured> {
        list(python.detach(|| self.inner.snapshot()))
    }

    /// What was measured until now, held against baselines and targets, under this line.
    fn summary(&self, python: Python<'_>, line: Text) -> Summary {
        let mut summary = python.detach(|| self.inner.summary());
        summary.line = line.0;
        summary.into()
    }

    /// What is beyond its limits since the last line, and after the end in it: how bad, and the message. At an end the alerts
    /// that are live too.
    fn warnings(&self, python: Python<'_>, is_end: bool) -> Vec<(&'static str, String)> {
        let warnings = python.detach(|| self.inner.warnings());
        let wanted = warnings.into_iter().filter(|warning| is_end || warning.row.is_some());
        wanted.map(|warning| (argument::severity_name(warning.severity), warning.message)).collect()
    }

    /// Forgets what was measured since the last line.
    fn reset(&self, python: Python<'_>) {
        python.detach(|| self.inner.reset());
    }

    /// Ends it and writes its line.
    fn finish(&self, python: Python<'_>) {
        python.detach(|| self.inner.finish());
    }

    /// Writes to another folder from now on; to none without one.
    #[pyo3(signature = (folder=None))]
    fn write_to(&self, folder: Option<PathBuf>) {
        self.inner.write_to(folder);
    }

    /// Whether it measures.
    #[getter]
    fn is_enabled(&self) -> bool {
        self.inner.is_enabled()
    }

    /// The folder it writes to, lines written and left out, values left out, misuses, summaries left out, and the last error.
    fn status(&self) -> (Option<OsString>, u64, u64, u64, u64, u64, Option<String>) {
        let status = self.inner.status();
        // A path would make Python import a module that takes longer than all of the package.
        let spool = Some(status.spool.into_os_string()).filter(|spool| !spool.is_empty());
        (
            spool,
            status.lines_written,
            status.lines_left_out,
            status.values_left_out,
            status.misuses,
            status.summaries_left_out,
            status.last_error,
        )
    }
}
