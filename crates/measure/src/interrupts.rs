//! Signals that ask this program to end while a command runs.

use std::io::{self, PipeReader, PipeWriter};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use crate::kernel::{SIGNAL_RECORD_BYTES, SignalReports};

/// The signals that end a run: from the terminal, from whoever supervises this program, and a terminal that is gone.
const SIGNALS: [i32; 3] = [libc::SIGINT, libc::SIGTERM, libc::SIGHUP];

/// Where the handler writes and a run reads. Never closed, since a handler may be at work in any thread.
static PIPE: OnceLock<(PipeReader, PipeWriter)> = OnceLock::new();
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// A signal that asked this program to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Raised {
    /// Its number.
    pub(crate) signal: i32,
    /// The process that sent it; `None` when the kernel did, or a process of another container.
    pub(crate) sender: Option<i32>,
}

impl Raised {
    /// Whether the terminal sent it, to all processes of the group it listens to.
    pub(crate) fn is_from_terminal(self) -> bool {
        self.sender.is_none() && self.signal != libc::SIGTERM
    }
}

/// While this lives, SIGINT, SIGTERM and SIGHUP do not end this program but the command it runs, and the run says
/// that it was interrupted. When it is dropped they do again what they did before.
#[derive(Debug)]
pub struct Interrupts {
    active: Option<Active>,
}

#[derive(Debug)]
struct Active {
    // Dropped in this order: the signals are given back before another may take them.
    _reports: SignalReports,
    _alone: MutexGuard<'static, ()>,
    pipe: &'static PipeReader,
}

impl Interrupts {
    /// Takes the signals, for as long as the value lives. A call in another thread waits until this value is
    /// dropped; a second call in the same thread would wait for ever. Fails when no pipe can be made.
    pub fn take() -> io::Result<Self> {
        let alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let (reader, writer) = match PIPE.get() {
            Some(pipe) => pipe,
            None => {
                let (reader, writer) = io::pipe()?;
                rustix::io::ioctl_fionbio(&reader, true)?;
                rustix::io::ioctl_fionbio(&writer, true)?;
                PIPE.get_or_init(|| (reader, writer))
            }
        };
        let active = Active { _reports: SignalReports::start(&SIGNALS, writer), _alone: alone, pipe: reader };
        let interrupts = Self { active: Some(active) };
        // What came in after an earlier run was over concerns nobody.
        while interrupts.next()?.is_some() {}
        Ok(interrupts)
    }

    /// Leaves the signals as they are: they end this program, and the command goes on without it.
    pub fn none() -> Self {
        Self { active: None }
    }

    /// Becomes readable when a signal came.
    pub(crate) fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        self.active.as_ref().map(|active| active.pipe.as_fd())
    }

    /// The next signal that came.
    pub(crate) fn next(&self) -> io::Result<Option<Raised>> {
        let Some(active) = &self.active else {
            return Ok(None);
        };
        let mut record = [0; SIGNAL_RECORD_BYTES];
        match rustix::io::read(active.pipe, &mut record) {
            // Records are written whole, so a short one does not happen.
            Ok(SIGNAL_RECORD_BYTES) => {
                let [a, b, c, d, e, f, g, h] = record;
                let sender = i32::from_ne_bytes([e, f, g, h]);
                Ok(Some(Raised {
                    signal: i32::from_ne_bytes([a, b, c, d]),
                    sender: (sender != 0).then_some(sender),
                }))
            }
            Ok(_) | Err(rustix::io::Errno::AGAIN | rustix::io::Errno::INTR) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Pretends that a signal came.
    #[cfg(test)]
    pub(crate) fn pretend(signal: i32, sender: i32) {
        let mut record = signal.to_ne_bytes().to_vec();
        record.extend_from_slice(&sender.to_ne_bytes());
        let (_, writer) = PIPE.get().unwrap();
        rustix::io::write(writer, &record).unwrap();
    }
}
