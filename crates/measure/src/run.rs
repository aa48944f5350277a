//! Runs one command to its end, and to the end of all it started.

use std::io::{self, IsTerminal, Write};
use std::os::fd::AsRawFd;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use jiff::Timestamp;
use plimsoll_model::Complaint;

use crate::capture::CAPTURE_LIMIT_BYTES;
use crate::captured::{Captured, signal_name};
use crate::ending::Ending;
use crate::interrupts::Interrupts;
use crate::kernel;
use crate::out_files::OutFiles;
use crate::plan::{CommandLine, CommandPlan};
use crate::running::Running;
use crate::supervisor;

/// Why a command could not be run to an end that means anything.
#[derive(Debug, thiserror::Error)]
pub enum MeasureError {
    /// There is nothing to run.
    #[error("the command is empty")]
    EmptyCommand,
    /// No such program, or no such interpreter for a script.
    #[error("command not found: {command}")]
    CommandNotFound {
        /// The program's name.
        command: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The program is there and cannot be executed.
    #[error("command is not executable: {command}")]
    NotExecutable {
        /// The program's name.
        command: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The directory to run in is missing or is no directory.
    #[error("cannot run in directory {}", path.display())]
    WorkingDirectory {
        /// The directory.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// There is no room for the file that `{out}` stands for.
    #[error("cannot make a private directory for {{out}} in {}", path.display())]
    OutDirectory {
        /// Where it was to be made.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The system refused to start a process.
    #[error("cannot start {command}")]
    Spawn {
        /// The program's name or the shell text.
        command: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The command was lost sight of; what was left of it was ended.
    #[error("lost sight of {command}")]
    Lost {
        /// The program's name or the shell text.
        command: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Someone asked this program to end; the command was ended with all its descendants.
    #[error("interrupted by {}", signal_name(*signal))]
    Interrupted {
        /// The signal's number.
        signal: i32,
    },
}

/// Where the command's output goes while it is captured.
pub struct Tee<'a> {
    /// Gets what the command writes to standard output.
    pub stdout: &'a mut dyn Write,
    /// Gets what the command writes to standard error.
    pub stderr: &'a mut dyn Write,
}

/// Runs a command, passes its output on while it is captured, and returns when nothing of it is left.
///
/// `now` is the time of day, for [`Captured::started_at`]; durations come from a clock that never goes back.
/// Standard input is the caller's own.
///
/// **How the tree is held together.** A small copy of this process stands between it and the command and inherits
/// every descendant that loses its parent, so the tree is known exactly, daemons that left their session included.
/// When the time limit has passed, all get SIGTERM, then, after the grace, SIGKILL. Descendants that outlive the
/// command by more than a quarter of a second are ended in the same way, and a complaint names them. Time for which
/// the user stopped the command counts. Writing to `tee` is part of the loop that watches the time: a reader that
/// stops reading holds up both the command and its limit.
///
/// **Process groups.** With a terminal as standard input the command stays in this program's process group: Ctrl-C and
/// Ctrl-Z reach both, reading from the terminal works, and a shell's job control sees one job. Otherwise (CI, pipes)
/// it gets a group of its own, so that a script's `kill 0` ends the script alone.
///
/// **Interrupts.** A signal that `interrupts` took ends the tree and becomes [`MeasureError::Interrupted`]; one that a
/// process of the tree itself sent does not count. A tree that got the terminal's own signal has the grace to end in
/// its own way; a second signal ends the patience.
pub fn run(
    plan: &CommandPlan,
    tee: &mut Tee<'_>,
    interrupts: &Interrupts,
    now: &dyn Fn() -> Timestamp,
) -> Result<Captured, MeasureError> {
    let surroundings =
        Surroundings { own_group: !io::stdin().is_terminal(), capture_limit_bytes: CAPTURE_LIMIT_BYTES };
    run_in(surroundings, plan, tee, interrupts, now)
}

/// What tests choose for themselves.
#[derive(Clone, Copy)]
struct Surroundings {
    own_group: bool,
    capture_limit_bytes: usize,
}

fn run_in(
    surroundings: Surroundings,
    plan: &CommandPlan,
    tee: &mut Tee<'_>,
    interrupts: &Interrupts,
    now: &dyn Fn() -> Timestamp,
) -> Result<Captured, MeasureError> {
    let out_files = make_out_files(plan)?;
    let mut command = command(plan, &out_files)?;
    let (reports, report_to) = io::pipe().map_err(|source| spawn_error(plan, source))?;
    let own_group = surroundings.own_group;
    let report_number = report_to.as_raw_fd();
    let started_at = now();
    let mut ending = Ending::new(plan.timeout, plan.grace);
    let began = kernel::monotonic_now();
    let child = kernel::spawn_with_hook(&mut command, move || supervisor::enter(report_number, own_group))
        .map_err(|source| spawn_error(plan, source))?;
    drop(report_to);
    let mut running = Running::new(child, reports, own_group, surroundings.capture_limit_bytes);
    let interrupted_by =
        running.watch(&mut ending, tee, interrupts, began).map_err(|source| lost_error(plan, source))?;
    if let Some(signal) = interrupted_by {
        return Err(MeasureError::Interrupted { signal });
    }
    let lost = || lost_error(plan, io::ErrorKind::UnexpectedEof.into());
    let usage = running.tally.finish(ending.has_timed_out()).ok_or_else(lost)?;
    let mut complaints = std::mem::take(&mut running.complaints);
    if usage.peak_rss_bytes.is_none() {
        complaints.push(Complaint::new(format!(
            "the peak RSS is not above {} bytes and was not measured",
            usage.peak_rss_floor_bytes
        )));
    }
    let stdout = running.stdout.take("stdout", &mut complaints);
    let stderr = running.stderr.take("stderr", &mut complaints);
    Ok(Captured {
        started_at,
        wall: usage.wall,
        user_cpu: usage.user_cpu,
        system_cpu: usage.system_cpu,
        peak_rss_bytes: usage.peak_rss_bytes,
        peak_rss_floor_bytes: usage.peak_rss_floor_bytes,
        exit: usage.exit,
        stdout,
        stderr,
        out_files,
        complaints,
    })
}

fn make_out_files(plan: &CommandPlan) -> Result<OutFiles, MeasureError> {
    if !plan.command.wants_out() {
        return Ok(OutFiles::default());
    }
    OutFiles::make(&plan.temp_dir)
        .map_err(|source| MeasureError::OutDirectory { path: plan.temp_dir.clone(), source })
}

fn command(plan: &CommandPlan, out_files: &OutFiles) -> Result<Command, MeasureError> {
    let mut command = match &plan.command {
        CommandLine::Shell(text) if text.trim().is_empty() => return Err(MeasureError::EmptyCommand),
        CommandLine::Shell(text) => {
            let mut command = Command::new("sh");
            command.arg("-c").arg(out_files.fill(text));
            command
        }
        CommandLine::Words(words) => {
            let fill = |word: &std::ffi::OsString| {
                word.to_str().map_or_else(|| word.clone(), |text| out_files.fill(text).into())
            };
            let mut filled = words.iter().map(fill);
            let program =
                filled.next().filter(|program| !program.is_empty()).ok_or(MeasureError::EmptyCommand)?;
            let mut command = Command::new(program);
            command.args(filled);
            command
        }
    };
    command
        .current_dir(&plan.working_dir)
        .envs(plan.environment.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::inherit())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    Ok(command)
}

fn spawn_error(plan: &CommandPlan, source: io::Error) -> MeasureError {
    let is_directory = std::fs::metadata(&plan.working_dir).and_then(|metadata| match metadata.is_dir() {
        true => Ok(()),
        false => Err(io::ErrorKind::NotADirectory.into()),
    });
    if let Err(source) = is_directory {
        return MeasureError::WorkingDirectory { path: plan.working_dir.clone(), source };
    }
    let command = match &plan.command {
        CommandLine::Shell(_) => "sh".to_owned(),
        words @ CommandLine::Words(_) => words.name(),
    };
    match source.kind() {
        io::ErrorKind::NotFound => MeasureError::CommandNotFound { command, source },
        io::ErrorKind::PermissionDenied => MeasureError::NotExecutable { command, source },
        _ if source.raw_os_error() == Some(libc::ENOEXEC) => MeasureError::NotExecutable { command, source },
        _ => MeasureError::Spawn { command, source },
    }
}

fn lost_error(plan: &CommandPlan, source: io::Error) -> MeasureError {
    MeasureError::Lost { command: plan.command.name(), source }
}

#[cfg(test)]
mod tests;
