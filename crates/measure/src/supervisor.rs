//! The process between this program and the command: it holds the tree together and counts what it used.
//!
//! A forked copy of this program stays behind as the command's parent. Being a subreaper, it inherits every descendant
//! whose own parent ended, also daemons that left their session. So the tree below it is exactly the command's: other
//! children of this program are never mistaken for it, and when the supervisor has no children left, nothing of the
//! command is left. It reports what it sees as records of fixed size through a pipe.

use std::io;
use std::os::fd::RawFd;
use std::time::Duration;

use crate::kernel::{self, Forked, Usage};

/// What the supervisor reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Report {
    /// The command is about to be loaded. `floor` is what is already booked to its process.
    Started { pid: i32, at: Duration, floor: Usage },
    /// The command ended.
    Ended { status: i32, at: Duration, usage: Usage },
    /// A descendant ended that had lost its parent.
    OrphanEnded { usage: Usage },
}

/// The size of a report in the pipe; small enough that the kernel never splits one.
pub(crate) const REPORT_BYTES: usize = 48;

/// Signals the terminal or a command's `kill 0` may send to the supervisor too: it outlives them.
const OUTLIVED: [i32; 9] = [
    libc::SIGHUP,
    libc::SIGINT,
    libc::SIGQUIT,
    libc::SIGTERM,
    libc::SIGPIPE,
    libc::SIGALRM,
    libc::SIGUSR1,
    libc::SIGUSR2,
    libc::SIGXCPU,
];

/// Called between fork and exec. Returns in the process that is to become the command; its parent stays in here as
/// the supervisor. With `own_group` both are in a process group of their own.
pub(crate) fn enter(report_to: RawFd, own_group: bool) -> io::Result<()> {
    if own_group {
        rustix::process::setpgid(None, None)?;
    }
    #[cfg(target_os = "linux")]
    rustix::process::set_child_subreaper(rustix::process::Pid::from_raw(1))?;
    // Before the fork: a short command may be over, and have sent its signals, before its parent runs again.
    let dispositions = kernel::ignore_signals(OUTLIVED);
    match kernel::fork()? {
        Forked::Parent(command) => supervise(command, report_to),
        Forked::Child => {
            for disposition in dispositions {
                disposition.restore_for_exec();
            }
            let started = Report::Started {
                pid: std::process::id() as i32,
                at: kernel::monotonic_now(),
                floor: kernel::own_usage(),
            };
            send(report_to, started)
        }
    }
}

fn supervise(command: i32, report_to: RawFd) -> ! {
    // The ends of pipes that others read, the terminal, files: nobody may wait for them because of this process.
    kernel::close_all_but(report_to);
    while let Some(reaped) = kernel::wait_any() {
        let usage = reaped.usage;
        let report = if reaped.pid == command {
            Report::Ended { status: reaped.status, at: kernel::monotonic_now(), usage }
        } else {
            Report::OrphanEnded { usage }
        };
        // Where nobody listens any more, reaping is all that is left to do.
        let _ = send(report_to, report);
    }
    kernel::exit_now()
}

fn send(report_to: RawFd, report: Report) -> io::Result<()> {
    if kernel::write_to(report_to, &report.to_bytes()) {
        Ok(())
    } else {
        Err(io::ErrorKind::BrokenPipe.into())
    }
}

impl Report {
    fn to_bytes(self) -> [u8; REPORT_BYTES] {
        let (kind, number, at, usage) = match self {
            Self::Started { pid, at, floor } => (1, pid, at, floor),
            Self::Ended { status, at, usage } => (2, status, at, usage),
            Self::OrphanEnded { usage } => (3, 0, Duration::ZERO, usage),
        };
        let numbers = [
            kind,
            u64::from(number as u32),
            at.as_nanos() as u64,
            usage.user_us,
            usage.system_us,
            usage.max_rss_bytes,
        ];
        let mut bytes = [0; REPORT_BYTES];
        for (place, number) in bytes.as_chunks_mut::<8>().0.iter_mut().zip(numbers) {
            *place = number.to_ne_bytes();
        }
        bytes
    }

    /// Reads a record; `None` for bytes that no supervisor wrote.
    pub(crate) fn from_bytes(bytes: &[u8; REPORT_BYTES]) -> Option<Self> {
        let mut numbers = [0_u64; REPORT_BYTES / 8];
        for (number, place) in numbers.iter_mut().zip(bytes.as_chunks::<8>().0) {
            *number = u64::from_ne_bytes(*place);
        }
        let [kind, number, at, user_us, system_us, max_rss_bytes] = numbers;
        let number = number as u32 as i32;
        let at = Duration::from_nanos(at);
        let usage = Usage { user_us, system_us, max_rss_bytes };
        match kind {
            1 => Some(Self::Started { pid: number, at, floor: usage }),
            2 => Some(Self::Ended { status: number, at, usage }),
            3 => Some(Self::OrphanEnded { usage }),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(report: Report) {
        assert_eq!(Report::from_bytes(&report.to_bytes()), Some(report));
    }

    #[test]
    fn reports_survive_the_pipe() {
        let usage = Usage { user_us: 1, system_us: u64::MAX, max_rss_bytes: 3 };
        let at = Duration::from_nanos(12_345_678_901);
        check(Report::Started { pid: 7, at, floor: usage });
        check(Report::Ended { status: -1, at, usage });
        check(Report::OrphanEnded { usage });
        assert_eq!(Report::from_bytes(&[0; REPORT_BYTES]), None);
    }
}
