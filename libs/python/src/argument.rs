//! What Python passes in, taken as far as it goes: measuring never fails the program, so that a name that is no text is
//! shown as Python shows it, and a value that is no number is counted as left out.

use plimsoll_probe::{Direction, Outcome, Severity};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyString;

/// A name.
pub(crate) struct Text(pub(crate) String);

impl FromPyObject<'_, '_> for Text {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
        let text = match object.cast::<PyString>() {
            Ok(text) => text.to_string_lossy().into_owned(),
            Err(_) => {
                object.str().map_or_else(|_| "unnamed".to_owned(), |text| text.to_string_lossy().into_owned())
            }
        };
        Ok(Self(text))
    }
}

/// A number; NaN for what is none.
pub(crate) struct Number(pub(crate) f64);

impl FromPyObject<'_, '_> for Number {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
        Ok(Self(object.extract::<f64>().unwrap_or(f64::NAN)))
    }
}

/// `lower`, `higher` or `none`.
pub(crate) fn direction(name: &str) -> PyResult<Direction> {
    match name {
        "lower" => Ok(Direction::Lower),
        "higher" => Ok(Direction::Higher),
        "none" => Ok(Direction::None),
        _ => Err(PyValueError::new_err(format!("`{name}` is no direction: lower, higher or none"))),
    }
}

/// `info`, `warning`, `error` or `critical`.
pub(crate) fn severity(name: &str) -> PyResult<Severity> {
    match name {
        "info" => Ok(Severity::Info),
        "warning" => Ok(Severity::Warning),
        "error" => Ok(Severity::Error),
        "critical" => Ok(Severity::Critical),
        _ => Err(PyValueError::new_err(format!("`{name}` is no severity: info, warning, error or critical"))),
    }
}

/// The other way round.
pub(crate) fn severity_name(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "info",
        Severity::Warning => "warning",
        Severity::Error => "error",
        Severity::Critical => "critical",
    }
}

/// Whether it failed.
pub(crate) fn outcome(failed: bool) -> Outcome {
    if failed { Outcome::Failed } else { Outcome::Success }
}
