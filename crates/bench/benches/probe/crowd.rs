//! The same call on many threads at once.

use std::sync::Barrier;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::thread::{Scope, available_parallelism};
use std::time::Instant;

use crate::rows::Row;

/// How many threads call.
pub(crate) const THREADS: usize = 8;

/// Threads that stay, so that what each of them sets up once is set up once.
pub(crate) struct Crowd<'a> {
    rows: &'a [Row],
    /// Which row to run; one past the last ends the threads.
    row: AtomicUsize,
    calls: AtomicU64,
    first_start_ns: AtomicU64,
    last_end_ns: AtomicU64,
    meeting: Barrier,
    epoch: Instant,
}

impl<'a> Crowd<'a> {
    pub(crate) fn new(rows: &'a [Row]) -> Self {
        Self {
            rows,
            row: AtomicUsize::new(0),
            calls: AtomicU64::new(0),
            first_start_ns: AtomicU64::new(0),
            last_end_ns: AtomicU64::new(0),
            meeting: Barrier::new(THREADS + 1),
            epoch: Instant::now(),
        }
    }

    /// Starts the threads, which wait.
    pub(crate) fn gather<'scope>(&'scope self, scope: &'scope Scope<'scope, '_>) {
        for _ in 0..THREADS {
            scope.spawn(|| self.serve());
        }
    }

    /// Ends the threads.
    pub(crate) fn dismiss(&self) {
        self.row.store(self.rows.len(), Relaxed);
        self.meeting.wait();
    }

    /// Processor time a call, in nanoseconds, when every thread makes so many: what the processors had of time, by all calls.
    pub(crate) fn ns_a_call(&self, row: usize, calls: u64) -> f64 {
        self.row.store(row, Relaxed);
        self.calls.store(calls, Relaxed);
        self.first_start_ns.store(u64::MAX, Relaxed);
        self.last_end_ns.store(0, Relaxed);
        self.meeting.wait();
        self.meeting.wait();
        let elapsed = self.last_end_ns.load(Relaxed).saturating_sub(self.first_start_ns.load(Relaxed));
        let processors = available_parallelism().map_or(1, usize::from).min(THREADS);
        elapsed as f64 * processors as f64 / (calls as f64 * THREADS as f64)
    }

    fn serve(&self) {
        loop {
            self.meeting.wait();
            let Some(row) = self.rows.get(self.row.load(Relaxed)) else {
                return;
            };
            let now_ns = || self.epoch.elapsed().as_nanos() as u64;
            self.first_start_ns.fetch_min(now_ns(), Relaxed);
            row.run(self.calls.load(Relaxed));
            self.last_end_ns.fetch_max(now_ns(), Relaxed);
            self.meeting.wait();
        }
    }
}
