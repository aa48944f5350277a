//! What a process tree used, and the measurements that makes.

use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::Duration;

use plimsoll_model::{Direction, Measurement, Metric, Unit};

use crate::captured::{Captured, Exit};
use crate::kernel::Usage;
use crate::supervisor::Report;

/// The harness that measurements of a whole process name.
pub const PROCESS_HARNESS: &str = "process";

/// Wall time (`time`), processor time (`cpu_time`, user and kernel together) and, where it is known, the peak RSS
/// of the largest process (`peak_rss`) of a command, as measurements of the benchmark `name`.
pub fn usage_measurements(captured: &Captured, name: &str) -> Vec<Measurement> {
    let cpu_time = captured.user_cpu + captured.system_cpu;
    let cpu_metric = Metric::new("cpu_time", Unit::NANOSECONDS, Direction::Lower);
    let rss_metric = Metric::new("peak_rss", Unit::BYTES, Direction::Lower);
    let rss = captured.peak_rss_bytes.map(|bytes| (rss_metric, bytes as f64));
    let measured =
        [(Metric::time(), captured.wall.as_nanos() as f64), (cpu_metric, cpu_time.as_nanos() as f64)];
    measured
        .into_iter()
        .chain(rss)
        .map(|(metric, value)| {
            let mut measurement = Measurement::new(PROCESS_HARNESS, name, metric, value);
            measurement.iterations = 1.into();
            measurement.outcome = captured.exit.outcome();
            measurement
        })
        .collect()
}

/// Adds up what the supervisor reports.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    started: Option<(i32, Duration, Usage)>,
    ended: Option<(i32, Duration)>,
    total: Usage,
}

/// What a command used, and how it ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Total {
    pub(crate) wall: Duration,
    pub(crate) user_cpu: Duration,
    pub(crate) system_cpu: Duration,
    pub(crate) peak_rss_bytes: Option<u64>,
    pub(crate) peak_rss_floor_bytes: u64,
    pub(crate) exit: Exit,
}

impl Tally {
    /// Takes one report in.
    pub(crate) fn add(&mut self, report: Report) {
        let usage = match report {
            Report::Started { pid, at, floor } => {
                self.started = Some((pid, at, floor));
                return;
            }
            Report::Ended { status, at, usage } => {
                self.ended = Some((status, at));
                usage
            }
            Report::OrphanEnded { usage } => usage,
        };
        self.total.user_us += usage.user_us;
        self.total.system_us += usage.system_us;
        self.total.max_rss_bytes = self.total.max_rss_bytes.max(usage.max_rss_bytes);
    }

    /// The command's process, once it was started.
    pub(crate) fn command_pid(&self) -> Option<i32> {
        self.started.map(|(pid, ..)| pid)
    }

    /// The sum; `None` when the command's end was not seen.
    pub(crate) fn finish(&self, timed_out: bool) -> Option<Total> {
        let (_, started_at, floor) = self.started?;
        let (status, ended_at) = self.ended?;
        let status = ExitStatus::from_raw(status);
        let exit = match (timed_out, status.code(), status.signal()) {
            (true, ..) => Exit::TimedOut,
            (false, Some(code), _) => Exit::Code(code),
            (false, None, signal) => Exit::Signal(signal?),
        };
        let peak = self.total.max_rss_bytes;
        Some(Total {
            wall: ended_at.saturating_sub(started_at),
            user_cpu: Duration::from_micros(self.total.user_us),
            system_cpu: Duration::from_micros(self.total.system_us),
            peak_rss_bytes: (peak > floor.max_rss_bytes).then_some(peak),
            peak_rss_floor_bytes: floor.max_rss_bytes,
            exit,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usage(user_us: u64, system_us: u64, max_rss_bytes: u64) -> Usage {
        Usage { user_us, system_us, max_rss_bytes }
    }

    fn tally(reports: &[Report]) -> Tally {
        let mut tally = Tally::default();
        for report in reports {
            tally.add(*report);
        }
        tally
    }

    const STARTED: Report = Report::Started {
        pid: 7,
        at: Duration::from_secs(5),
        floor: Usage { user_us: 1, system_us: 1, max_rss_bytes: 1_000 },
    };

    fn ended(status: i32, usage: Usage) -> Report {
        let at = Duration::from_secs(8);
        Report::Ended { status, at, usage }
    }

    #[test]
    fn orphans_count_like_children() {
        let orphan = Report::OrphanEnded { usage: usage(10, 20, 9_000) };
        let total = tally(&[STARTED, orphan, ended(0, usage(1, 2, 3_000))]).finish(false).unwrap();
        let expected = Total {
            wall: Duration::from_secs(3),
            user_cpu: Duration::from_micros(11),
            system_cpu: Duration::from_micros(22),
            peak_rss_bytes: Some(9_000),
            peak_rss_floor_bytes: 1_000,
            exit: Exit::Code(0),
        };
        assert_eq!(total, expected);
    }

    #[test]
    fn memory_that_was_there_before_the_program_is_not_the_programs() {
        let total = tally(&[STARTED, ended(9, usage(1, 2, 1_000))]).finish(false).unwrap();
        assert_eq!((total.peak_rss_bytes, total.exit), (None, Exit::Signal(9)));
    }

    #[test]
    fn an_end_that_was_not_seen_is_no_result() {
        assert_eq!(tally(&[STARTED]).finish(false), None);
        assert_eq!(tally(&[ended(0, usage(0, 0, 0))]).finish(true), None);
    }
}
