//! How a command ended and what it left behind.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use plimsoll_model::{Complaint, Outcome};

use crate::capture::Output;
use crate::out_files::OutFiles;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// It ended by itself with this code.
    Code(i32),
    /// A signal of this number ended it.
    Signal(i32),
    /// It ran out of its time and was ended with all its descendants.
    TimedOut,
}

impl Exit {
    /// The word that a run records.
    pub fn outcome(self) -> Outcome {
        match self {
            Self::Code(0) => Outcome::Success,
            Self::Code(_) | Self::Signal(_) => Outcome::Failed,
            Self::TimedOut => Outcome::TimedOut,
        }
    }

    /// What the code usually means, where it has a meaning by convention.
    pub fn hint(self) -> Option<&'static str> {
        match self {
            Self::Code(126) => Some("a shell says this when a command is not executable"),
            Self::Code(127) => Some("a shell says this when a command is not found"),
            Self::Signal(libc::SIGKILL) => Some("the kernel does this when memory runs out"),
            _ => None,
        }
    }
}

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Code(code) => write!(f, "ended with exit code {code}"),
            Self::Signal(signal) => write!(f, "was killed by {}", signal_name(signal)),
            Self::TimedOut => write!(f, "timed out"),
        }
    }
}

/// The name of a signal, `signal 35` where it has none.
pub(crate) fn signal_name(signal: i32) -> String {
    let name = match signal {
        libc::SIGHUP => "SIGHUP",
        libc::SIGINT => "SIGINT",
        libc::SIGQUIT => "SIGQUIT",
        libc::SIGILL => "SIGILL",
        libc::SIGTRAP => "SIGTRAP",
        libc::SIGABRT => "SIGABRT",
        libc::SIGBUS => "SIGBUS",
        libc::SIGFPE => "SIGFPE",
        libc::SIGKILL => "SIGKILL",
        libc::SIGUSR1 => "SIGUSR1",
        libc::SIGSEGV => "SIGSEGV",
        libc::SIGUSR2 => "SIGUSR2",
        libc::SIGPIPE => "SIGPIPE",
        libc::SIGALRM => "SIGALRM",
        libc::SIGTERM => "SIGTERM",
        libc::SIGXCPU => "SIGXCPU",
        libc::SIGXFSZ => "SIGXFSZ",
        libc::SIGSYS => "SIGSYS",
        other => return format!("signal {other}"),
    };
    name.to_owned()
}

/// How a command ended and what it left behind.
#[derive(Debug)]
pub struct Captured {
    /// When it started.
    pub started_at: Timestamp,
    /// From just before the program was started until it ended, by a clock that never goes back. What its
    /// descendants do after it is not part of this.
    pub wall: Duration,
    /// Processor time in user mode, of the command and all descendants that somebody waited for, or that were
    /// orphaned.
    pub user_cpu: Duration,
    /// Processor time in the kernel on their behalf.
    pub system_cpu: Duration,
    /// The largest resident set that any single process of the tree ever had; two processes of 1 GB at the same
    /// time count as 1 GB. `None` when it is not above [`Captured::peak_rss_floor_bytes`] and so not visible.
    pub peak_rss_bytes: Option<u64>,
    /// What the kernel had already booked to the process before the program was loaded into it: the memory of this
    /// program that the fork copied, a few hundred kilobytes unless this program holds much itself.
    pub peak_rss_floor_bytes: u64,
    /// How it ended.
    pub exit: Exit,
    /// What it wrote to standard output.
    pub stdout: Output,
    /// What it wrote to standard error.
    pub stderr: Output,
    /// The files it left for `{out}`; they go away when this is dropped.
    pub out_files: OutFiles,
    /// What was not as it should be: output left out, processes left behind, a terminal gone.
    pub complaints: Vec<Complaint>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(exit: Exit, text: &str, outcome: Outcome) {
        assert_eq!((exit.to_string().as_str(), exit.outcome()), (text, outcome));
    }

    #[test]
    fn endings_have_names() {
        check(Exit::Code(0), "ended with exit code 0", Outcome::Success);
        check(Exit::Code(3), "ended with exit code 3", Outcome::Failed);
        check(Exit::Signal(libc::SIGSEGV), "was killed by SIGSEGV", Outcome::Failed);
        check(Exit::Signal(40), "was killed by signal 40", Outcome::Failed);
        check(Exit::TimedOut, "timed out", Outcome::TimedOut);
        assert!(Exit::Code(127).hint().is_some_and(|hint| hint.contains("not found")));
        assert_eq!(Exit::Code(1).hint(), None);
    }
}
