//! A part of what a tracker measures.

use plimsoll_probe as probe;
use pyo3::prelude::*;

use crate::argument::{self, Number, Text};

/// An open phase.
#[pyclass(frozen, module = "plimsoll._native")]
pub(crate) struct Phase {
    inner: probe::Phase,
}

impl From<probe::Phase> for Phase {
    fn from(inner: probe::Phase) -> Self {
        Self { inner }
    }
}

#[pymethods]
impl Phase {
    /// Begins a phase within this one.
    fn phase(&self, name: Text) -> Self {
        Self { inner: self.inner.phase(&name.0) }
    }

    /// Adds items that were handled.
    fn items(&self, noun: Text, count: Number) {
        self.inner.items(&noun.0, count.0);
    }

    /// Ends it.
    fn end(&self, failed: bool) {
        self.inner.end_with(argument::outcome(failed));
    }

    /// The whole name; empty where nothing is measured.
    #[getter]
    fn path(&self) -> &str {
        self.inner.path()
    }
}
