//! The native half of the Python package: what must be fast, and what the Rust library does anyway.

mod argument;
mod measured;
mod phase;
mod summary;
mod timed;
mod tracker;

use plimsoll_probe::Operation;
use pyo3::prelude::*;

/// Trackers, phases, and callables that time others.
#[pymodule(name = "_native")]
mod native {
    #[pymodule_export]
    use super::measured::Measured;
    #[pymodule_export]
    use super::phase::Phase;
    #[pymodule_export]
    use super::summary::{Row, Summary};
    #[pymodule_export]
    use super::tracker::Tracker;
    #[pymodule_export]
    use super::{is_main_interpreter, record, record_failed, resident_memory, wrap};

    use pyo3::prelude::*;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        super::timed::prepare(module.py())
    }
}

/// Whether this is the interpreter that the process began with. What is measured is the process's: it is the only one
/// that may.
#[pyfunction]
fn is_main_interpreter() -> bool {
    timed::is_main_interpreter()
}

/// Resident memory in bytes, now and at its peak; none where the system does not say.
#[pyfunction]
fn resident_memory() -> Option<(u64, u64)> {
    plimsoll_probe::ResidentMemory::now().map(|memory| (memory.current_bytes, memory.peak_bytes))
}

/// A callable that does what `function` does and records how long it took.
#[pyfunction]
#[pyo3(signature = (function, operation, /))]
fn wrap<'py>(function: &Bound<'py, PyAny>, operation: u64) -> PyResult<Bound<'py, PyAny>> {
    timed::wrap(function, Operation::from_u64(operation))
}

/// Records a call that took `ns` nanoseconds.
#[pyfunction]
#[pyo3(signature = (operation, ns, /))]
fn record(operation: u64, ns: i64) {
    Operation::from_u64(operation).record(ns.max(0).unsigned_abs());
}

/// Records a call that failed after `ns` nanoseconds.
#[pyfunction]
#[pyo3(signature = (operation, ns, /))]
fn record_failed(operation: u64, ns: i64) {
    Operation::from_u64(operation).record_failed(ns.max(0).unsigned_abs());
}
