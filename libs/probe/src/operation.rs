//! Timing operations that happen often.

use std::mem::{self, ManuallyDrop};

use crate::clock::Moment;
use crate::measured::Outcome;
use crate::recorder::{self, Operation};

impl Operation {
    /// Begins to time a call. The returned [`Timing`] records it when it is dropped.
    #[inline(always)]
    pub fn start(self) -> Timing {
        if !recorder::is_on() {
            return Timing { operation: Self::NONE, start: Moment::ZERO };
        }
        Timing { operation: self, start: Moment::now() }
    }

    /// Times a call.
    #[inline(always)]
    pub fn time<T>(self, call: impl FnOnce() -> T) -> T {
        let timing = self.start();
        let value = call();
        timing.finish();
        value
    }

    /// Times a call that may fail; an error is recorded as a failed call.
    ///
    /// # Errors
    ///
    /// Those of the call.
    #[inline(always)]
    pub fn try_time<T, E>(self, call: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        let timing = self.start();
        let value = call();
        timing.end(if value.is_ok() { Outcome::Success } else { Outcome::Failed });
        value
    }

    /// Records a call that took `ns` nanoseconds, or a value of a distribution in its unit.
    #[inline(always)]
    pub fn record(self, ns: u64) {
        recorder::record(self, ns);
    }

    /// Records a call that failed after `ns` nanoseconds. It enters no timing; how often it happens is `error_rate`.
    pub fn record_failed(self, ns: u64) {
        recorder::record_failed(self, ns);
    }
}

/// A call that is being timed. It may be ended on another thread than it began on.
#[derive(Debug)]
#[must_use = "it records when it is dropped"]
pub struct Timing {
    operation: Operation,
    start: Moment,
}

impl Timing {
    /// Records the call as successful; so does dropping it, unless the thread panics.
    #[inline(always)]
    pub fn finish(self) {
        self.end(Outcome::Success);
    }

    /// Records the call as failed; so does dropping it while the thread panics.
    pub fn fail(self) {
        self.end(Outcome::Failed);
    }

    /// Records the call with an outcome.
    #[inline(always)]
    pub fn end(self, outcome: Outcome) {
        // It is not dropped, which would record it once more.
        ManuallyDrop::new(self).close(outcome);
    }

    /// Records nothing.
    pub fn cancel(self) {
        mem::forget(self);
    }

    #[inline(always)]
    pub(crate) fn close(&self, outcome: Outcome) {
        let operation = self.operation;
        if operation.is_none() {
            return;
        }
        let ns = self.start.elapsed_ns();
        if outcome == Outcome::Success {
            operation.record(ns);
        } else {
            operation.record_failed(ns);
        }
    }
}

impl Drop for Timing {
    #[inline(always)]
    fn drop(&mut self) {
        if !self.operation.is_none() {
            self.close(if std::thread::panicking() { Outcome::Failed } else { Outcome::Success });
        }
    }
}
