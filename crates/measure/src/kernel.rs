//! The system calls that have no safe wrapper elsewhere; the only unsafe code of this crate.
#![expect(unsafe_code, reason = "fork, wait4 and signal handlers have no safe interface")]

use std::io::{self, PipeWriter};
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, BorrowedFd, RawFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};
use std::ptr;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::Duration;

/// Which side of a fork this is.
pub(crate) enum Forked {
    /// The process that forked, with the number of its child.
    Parent(i32),
    /// The child.
    Child,
}

/// What a process used until it ended, its waited-for descendants included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Usage {
    pub(crate) user_us: u64,
    pub(crate) system_us: u64,
    pub(crate) max_rss_bytes: u64,
}

/// A child that ended.
pub(crate) struct Reaped {
    pub(crate) pid: i32,
    pub(crate) status: i32,
    pub(crate) usage: Usage,
}

/// Spawns `command` with `hook` called in the child between fork and exec.
///
/// `hook` may only do what is allowed in the child of a process with several threads: system calls, no allocation,
/// no locks.
pub(crate) fn spawn_with_hook(
    command: &mut Command,
    hook: impl FnMut() -> io::Result<()> + Send + Sync + 'static,
) -> io::Result<Child> {
    // Memory freed since the last run would be copied into the child and counted as its own.
    #[cfg(target_env = "gnu")]
    // SAFETY: `malloc_trim` takes no pointers and may be called at any time.
    unsafe {
        libc::malloc_trim(0);
    }
    // SAFETY: the only hook of this crate is `supervisor::enter`, which makes system calls on plain integers and
    // arrays: it does not allocate, lock, or touch what another thread may have left half done.
    unsafe { command.pre_exec(hook) };
    command.spawn()
}

/// Splits this process in two.
pub(crate) fn fork() -> io::Result<Forked> {
    // SAFETY: called between fork and exec, where this process has a single thread.
    match unsafe { libc::fork() } {
        -1 => Err(io::Error::last_os_error()),
        0 => Ok(Forked::Child),
        pid => Ok(Forked::Parent(pid)),
    }
}

/// Waits for any child to end; `None` when there are no children.
pub(crate) fn wait_any() -> Option<Reaped> {
    loop {
        let mut status = 0;
        let mut usage = MaybeUninit::<libc::rusage>::zeroed();
        // SAFETY: both pointers are to live variables of the right type.
        let pid = unsafe { libc::wait4(-1, &raw mut status, 0, usage.as_mut_ptr()) };
        if pid > 0 {
            // SAFETY: all bytes zero is a valid `rusage`, and wait4 filled it in.
            let usage = usage_of(unsafe { usage.assume_init_ref() });
            return Some(Reaped { pid, status, usage });
        }
        if io::Error::last_os_error().kind() != io::ErrorKind::Interrupted {
            return None;
        }
    }
}

/// What this process used so far.
pub(crate) fn own_usage() -> Usage {
    let mut usage = MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: the pointer is to a live variable of the right type; all bytes zero is a valid `rusage`.
    usage_of(unsafe {
        libc::getrusage(libc::RUSAGE_SELF, usage.as_mut_ptr());
        usage.assume_init_ref()
    })
}

fn usage_of(usage: &libc::rusage) -> Usage {
    // Linux counts in KiB, Apple's systems in bytes.
    let rss_unit_bytes = if cfg!(target_vendor = "apple") { 1 } else { 1024 };
    let microseconds = |time: libc::timeval| {
        (time.tv_sec as u64).saturating_mul(1_000_000).saturating_add(time.tv_usec as u64)
    };
    Usage {
        user_us: microseconds(usage.ru_utime),
        system_us: microseconds(usage.ru_stime),
        max_rss_bytes: (usage.ru_maxrss as u64).saturating_mul(rss_unit_bytes),
    }
}

/// Ends this process without running anything that was registered for its end.
pub(crate) fn exit_now() -> ! {
    // SAFETY: `_exit` takes no pointers and does not return.
    unsafe { libc::_exit(0) }
}

/// Lets none of `signals` do anything to this process. Returns what they did before.
pub(crate) fn ignore_signals<const COUNT: usize>(signals: [i32; COUNT]) -> [Disposition; COUNT] {
    signals.map(|signal| Disposition {
        signal,
        // SAFETY: SIG_IGN is a valid disposition for any signal; a signal that cannot be ignored is refused.
        handler: unsafe { libc::signal(signal, libc::SIG_IGN) },
    })
}

/// What a signal does to this process.
#[derive(Clone, Copy)]
pub(crate) struct Disposition {
    signal: i32,
    handler: libc::sighandler_t,
}

impl Disposition {
    /// Lets the signal do again what it did, for a process that is about to load a program: a handler would go away
    /// then, so the default takes its place at once.
    pub(crate) fn restore_for_exec(self) {
        if self.handler != libc::SIG_IGN && self.handler != libc::SIG_ERR {
            // SAFETY: SIG_DFL is a valid disposition for any signal.
            unsafe { libc::signal(self.signal, libc::SIG_DFL) };
        }
    }
}

/// Writes to a descriptor of which only the number is known; whether all bytes went through.
pub(crate) fn write_to(descriptor: RawFd, bytes: &[u8]) -> bool {
    // SAFETY: the callers hold the descriptor open for as long as they write to it.
    let descriptor = unsafe { BorrowedFd::borrow_raw(descriptor) };
    loop {
        match rustix::io::write(descriptor, bytes) {
            Err(rustix::io::Errno::INTR) => {}
            written => return written == Ok(bytes.len()),
        }
    }
}

/// Closes every descriptor of this process but `kept`.
pub(crate) fn close_all_but(kept: RawFd) {
    let close_range = |first: u32, last: u32| -> bool {
        #[cfg(target_os = "linux")]
        // SAFETY: the caller never returns to code that owns one of the descriptors.
        return unsafe { libc::syscall(libc::SYS_close_range, first, last, 0) } == 0;
        #[cfg(not(target_os = "linux"))]
        false
    };
    let kept_number = kept as u32;
    let below = kept_number == 0 || close_range(0, kept_number - 1);
    let above = close_range(kept_number + 1, u32::MAX);
    if !(below && above) {
        for descriptor in (0..65_536).filter(|descriptor| *descriptor != kept) {
            // SAFETY: as above.
            unsafe { libc::close(descriptor) };
        }
    }
}

/// Time since some fixed moment, by a clock that never goes back and is the same in all processes.
pub(crate) fn monotonic_now() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    Duration::new(now.tv_sec as u64, now.tv_nsec as u32)
}

/// The write end of the pipe that the signal handler reports to.
static REPORT_TO: AtomicI32 = AtomicI32::new(-1);

/// How many bytes the handler writes for one signal: its number, then its sender or 0.
pub(crate) const SIGNAL_RECORD_BYTES: usize = 8;

/// Reports signals to a pipe instead of acting on them, until it is dropped.
#[derive(Debug)]
pub(crate) struct SignalReports {
    replaced: Vec<(i32, libc::sigaction)>,
}

impl SignalReports {
    /// Starts to report `signals` to `pipe`, which must not block and must never be closed. Signals that this process
    /// was told to ignore (`nohup`) stay ignored.
    pub(crate) fn start(signals: &[i32], pipe: &'static PipeWriter) -> Self {
        REPORT_TO.store(pipe.as_raw_fd(), Ordering::SeqCst);
        let handler: extern "C" fn(i32, *mut libc::siginfo_t, *mut libc::c_void) = report_signal;
        let mut replaced = Vec::new();
        for signal in signals {
            // SAFETY: all bytes zero is a valid `sigaction`; the pointers are to live variables; the handler only
            // does what is allowed in one.
            unsafe {
                let mut before = MaybeUninit::<libc::sigaction>::zeroed().assume_init();
                libc::sigaction(*signal, ptr::null(), &raw mut before);
                if before.sa_sigaction == libc::SIG_IGN {
                    continue;
                }
                let mut action = MaybeUninit::<libc::sigaction>::zeroed().assume_init();
                action.sa_sigaction = handler as *const () as usize;
                action.sa_flags = libc::SA_SIGINFO | libc::SA_RESTART;
                libc::sigaction(*signal, &raw const action, ptr::null_mut());
                replaced.push((*signal, before));
            }
        }
        Self { replaced }
    }
}

impl Drop for SignalReports {
    fn drop(&mut self) {
        for (signal, before) in &self.replaced {
            // SAFETY: `before` is what the kernel gave for the same signal.
            unsafe { libc::sigaction(*signal, &raw const *before, ptr::null_mut()) };
        }
    }
}

/// Only loads a number and writes to a pipe, both allowed in a handler.
extern "C" fn report_signal(signal: i32, info: *mut libc::siginfo_t, _context: *mut libc::c_void) {
    // SAFETY: the kernel hands over a valid `siginfo_t`; a code of zero or less says that a process sent the signal,
    // and only then is its number there.
    let sender = unsafe {
        match info.as_ref() {
            Some(info) if info.si_code <= 0 => info.si_pid(),
            _ => 0,
        }
    };
    let mut record = [0; SIGNAL_RECORD_BYTES];
    record[..4].copy_from_slice(&signal.to_ne_bytes());
    record[4..].copy_from_slice(&sender.to_ne_bytes());
    // A full pipe means that many signals wait to be read already.
    write_to(REPORT_TO.load(Ordering::SeqCst), &record);
}
