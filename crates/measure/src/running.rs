//! A command that runs: waiting for it, listening to it, ending it.

use std::io::{self, PipeReader, Read};
use std::os::fd::{AsFd, AsRawFd};
use std::process::Child;
use std::time::Duration;

use plimsoll_model::Complaint;
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::process::{Pid, Signal};

use crate::ending::{Ending, Step};
use crate::interrupts::{Interrupts, Raised};
use crate::kernel;
use crate::run::Tee;
use crate::stream::Stream;
use crate::supervisor::{REPORT_BYTES, Report};
use crate::tree;
use crate::usage::Tally;

/// A command that was started. Dropped before its end, it is ended with all its descendants.
pub(crate) struct Running {
    supervisor: Child,
    reports: PipeReader,
    own_group: bool,
    is_over: bool,
    pub(crate) tally: Tally,
    pub(crate) stdout: Stream,
    pub(crate) stderr: Stream,
    pub(crate) complaints: Vec<Complaint>,
}

impl Running {
    /// Follows a command that `supervisor` stands above.
    pub(crate) fn new(
        mut supervisor: Child,
        reports: PipeReader,
        own_group: bool,
        capture_limit_bytes: usize,
    ) -> Self {
        Self {
            stdout: Stream::new(supervisor.stdout.take().map(Into::into), capture_limit_bytes),
            stderr: Stream::new(supervisor.stderr.take().map(Into::into), capture_limit_bytes),
            supervisor,
            reports,
            own_group,
            is_over: false,
            tally: Tally::default(),
            complaints: Vec::new(),
        }
    }

    /// Waits until nothing of the command is left. Returns the signal that interrupted it, if one did.
    pub(crate) fn watch(
        &mut self,
        ending: &mut Ending,
        tee: &mut Tee<'_>,
        interrupts: &Interrupts,
        began: Duration,
    ) -> io::Result<Option<i32>> {
        let mut interrupted_by = None;
        loop {
            let now = kernel::monotonic_now().saturating_sub(began);
            match ending.step(now) {
                Step::Wait(timeout) => {
                    let ready = self.poll(timeout, interrupts)?;
                    self.pass_output(&ready, tee);
                    if ready.reports && !self.read_report(ending, now)? {
                        break;
                    }
                    while let Some(raised) = interrupts.next()? {
                        if !self.is_from_tree(raised) {
                            interrupted_by = Some(raised.signal);
                            ending.interrupted(now, raised.is_from_terminal() && !self.own_group);
                        }
                    }
                }
                Step::Terminate => {
                    if ending.left_processes_behind() {
                        self.complain_of_descendants(
                            "were still running after the command ended, and were ended",
                        );
                    }
                    self.signal(Signal::TERM);
                }
                Step::Kill => self.signal(Signal::KILL),
                Step::Abandon => {
                    self.complain_of_descendants("could not be ended");
                    break;
                }
            }
        }
        // All that was written is in the pipes by now.
        loop {
            let ready = self.poll(Some(Duration::ZERO), &Interrupts::none())?;
            if !ready.stdout && !ready.stderr {
                break;
            }
            self.pass_output(&ready, tee);
        }
        self.end()?;
        Ok(interrupted_by)
    }

    fn poll(&self, timeout: Option<Duration>, interrupts: &Interrupts) -> io::Result<Ready> {
        let signals = interrupts.descriptor();
        let mut polled: Vec<PollFd<'_>> = Vec::with_capacity(4);
        polled.push(PollFd::new(&self.reports, PollFlags::IN));
        for pipe in [&self.stdout.pipe, &self.stderr.pipe].into_iter().flatten() {
            polled.push(PollFd::new(pipe, PollFlags::IN));
        }
        if let Some(signals) = &signals {
            polled.push(PollFd::new(signals, PollFlags::IN));
        }
        let timeout = timeout.map(|timeout| Timespec {
            tv_sec: i64::try_from(timeout.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: timeout.subsec_nanos().into(),
        });
        match rustix::event::poll(&mut polled, timeout.as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let is_ready = |pipe: Option<&PipeReader>| {
            pipe.is_some_and(|pipe| {
                polled.iter().any(|polled| {
                    polled.as_fd().as_raw_fd() == pipe.as_raw_fd() && !polled.revents().is_empty()
                })
            })
        };
        Ok(Ready {
            reports: is_ready(Some(&self.reports)),
            stdout: is_ready(self.stdout.pipe.as_ref()),
            stderr: is_ready(self.stderr.pipe.as_ref()),
        })
    }

    fn pass_output(&mut self, ready: &Ready, tee: &mut Tee<'_>) {
        if ready.stdout {
            self.stdout.pass(tee.stdout);
        }
        if ready.stderr {
            self.stderr.pass(tee.stderr);
        }
    }

    /// Takes a report in; false when there are no more because nothing is left of the command.
    fn read_report(&mut self, ending: &mut Ending, now: Duration) -> io::Result<bool> {
        let mut record = [0; REPORT_BYTES];
        match self.reports.read(&mut record) {
            Ok(0) => return Ok(false),
            Ok(REPORT_BYTES) => {}
            Ok(_) => return Err(io::ErrorKind::InvalidData.into()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(true),
            Err(error) => return Err(error),
        }
        let report = Report::from_bytes(&record).ok_or(io::ErrorKind::InvalidData)?;
        if let Report::Ended { .. } = report {
            ending.command_ended(now);
        }
        self.tally.add(report);
        Ok(true)
    }

    /// Whether the command sent the signal, or one of its descendants.
    fn is_from_tree(&self, raised: Raised) -> bool {
        raised.sender.is_some_and(|sender| {
            self.tally.command_pid() == Some(sender)
                || tree::descendants(self.supervisor_pid()).iter().any(|process| process.pid == sender)
        })
    }

    fn complain_of_descendants(&mut self, what: &str) {
        let processes = tree::descendants(self.supervisor_pid());
        if !processes.is_empty() {
            let names: Vec<_> = processes
                .iter()
                .map(|process| format!("{} ({})", process.name.escape_debug(), process.pid))
                .collect();
            let message = format!("processes of the command {what}: {}", names.join(", "));
            self.complaints.push(Complaint::new(message));
        }
    }

    fn supervisor_pid(&self) -> i32 {
        self.supervisor.id() as i32
    }

    fn signal(&self, signal: Signal) {
        let pid = self.supervisor_pid();
        tree::signal_descendants(pid, signal, self.own_group.then_some(pid));
    }

    /// Takes leave of the supervisor, which has nothing left to do.
    fn end(&mut self) -> io::Result<()> {
        self.is_over = true;
        if let Some(pid) = Pid::from_raw(self.supervisor_pid()) {
            // It is gone already as a rule, and then there is nobody to tell.
            let _ = rustix::process::kill_process(pid, Signal::KILL);
        }
        self.supervisor.wait().map(drop)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.is_over {
            self.signal(Signal::KILL);
            // The error that led here is the one that is told.
            let _ = self.end();
        }
    }
}

struct Ready {
    reports: bool,
    stdout: bool,
    stderr: bool,
}
