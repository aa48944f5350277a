//! Running a suite: its commands, as often as asked, and what their harnesses left behind.

use std::io;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use plimsoll_measure::{
    Captured, CommandLine, CommandPlan, Exit, Interrupts, MeasureError, PrivateSpool, Tee, combine_repeats,
    criterion_homes, discover_criterion, run, usage_measurements,
};
use plimsoll_model::{Complaint, Measurement, Outcome, Usage};
use plimsoll_parse::{Facts, HEAD_BYTES, Harness, ParseError, recognise};

use crate::program_lines::{ProgramLines, Told};
use crate::reading::{Reading, ReadingError, Source, read};
use crate::spool::SUMMARY_FILE;

/// What is to be run.
#[derive(Debug, Clone)]
pub struct RunPlan {
    /// What measurements of the process itself are named after.
    pub name: String,
    /// Run first, outside of time and limit.
    pub prepare: Vec<CommandLine>,
    /// Run and measured, one after the other.
    pub commands: Vec<CommandLine>,
    /// Where they run.
    pub working_dir: PathBuf,
    /// The time for all commands of one repeat together.
    pub timeout: Option<Duration>,
    /// How often the commands are run; their values become samples.
    pub repeat: u32,
    /// What the results are, when somebody says so.
    pub harness: Option<Harness>,
    /// `CARGO_TARGET_DIR`.
    pub cargo_target_dir: Option<PathBuf>,
    /// `CRITERION_HOME`.
    pub criterion_home: Option<PathBuf>,
    /// Where room for `{out}` and the private spool is made.
    pub temp_dir: PathBuf,
    /// The project's spool, whose summary the programs find in the private one.
    pub spool: PathBuf,
}

/// What came of it.
#[derive(Debug)]
pub struct Execution {
    /// When the first measured command started.
    pub started_at: Timestamp,
    /// How the commands ended.
    pub exit: Exit,
    /// The command that did not succeed.
    pub failed_command: Option<String>,
    /// What the commands used; added up over commands and repeats.
    pub usage: Usage,
    /// What was measured: by harnesses, or of the process itself.
    pub measurements: Vec<Measurement>,
    /// A harness was recognised, so that usage is context and not a measurement.
    pub has_harness: bool,
    /// What the results say of their origin.
    pub facts: Facts,
    /// What programs that measure themselves said besides.
    pub told: Told,
    /// What was not understood or not as it should be.
    pub complaints: Vec<Complaint>,
}

/// Why a suite came to nothing. Nothing is stored.
#[derive(Debug, thiserror::Error)]
pub enum ExecutionError {
    /// A command could not be run.
    #[error(transparent)]
    Measure(#[from] MeasureError),
    /// A prepare command failed.
    #[error("the prepare command `{command}` {how}")]
    Prepare {
        /// The command.
        command: String,
        /// How it ended.
        how: String,
    },
    /// The command names `{out}` and left nothing there.
    #[error("`{command}` left nothing at {{out}}")]
    OutMissing {
        /// The command.
        command: String,
    },
    /// The room for `{out}` cannot be read.
    #[error("the result files cannot be listed")]
    OutUnreadable(#[source] io::Error),
    /// The results were not understood.
    #[error(transparent)]
    Reading(#[from] ReadingError),
}

/// Runs the plan. The commands' output reaches `tee` while they run.
pub fn execute(
    plan: &RunPlan,
    tee: &mut Tee<'_>,
    interrupts: &Interrupts,
    now: &dyn Fn() -> Timestamp,
) -> Result<Execution, ExecutionError> {
    for command in &plan.prepare {
        prepare(plan, command, interrupts, now)?;
    }
    let mut repeats: Vec<Vec<Measurement>> = Vec::new();
    let mut execution = execute_once(plan, tee, interrupts, now)?;
    while execution.exit.outcome() == Outcome::Success && repeats.len() + 1 < plan.repeat as usize {
        let mut again = execute_once(plan, tee, interrupts, now)?;
        repeats.push(std::mem::take(&mut again.measurements));
        execution.absorb(again);
    }
    if execution.exit.outcome() == Outcome::Success && !repeats.is_empty() {
        repeats.insert(0, std::mem::take(&mut execution.measurements));
        execution.measurements = combine_repeats(repeats);
    }
    Ok(execution)
}

/// The commands of one repeat, in order; the first that does not succeed is the last.
fn execute_once(
    plan: &RunPlan,
    tee: &mut Tee<'_>,
    interrupts: &Interrupts,
    now: &dyn Fn() -> Timestamp,
) -> Result<Execution, ExecutionError> {
    let mut whole: Option<Execution> = None;
    let mut left = plan.timeout;
    let mut of_processes = Vec::new();
    for command in &plan.commands {
        let began = SystemTime::now();
        let (captured, lines) =
            run_with_spool(plan, command_plan(plan, command, left), tee, interrupts, now)?;
        left = left.map(|left| left.saturating_sub(captured.wall));
        let name = if plan.commands.len() == 1 { plan.name.clone() } else { command.name() };
        of_processes.extend(usage_measurements(&captured, &name));
        let mut one = collect(plan, command, (captured, lines), began)?;
        let has_failed = one.exit.outcome() != Outcome::Success;
        match &mut whole {
            None => whole = Some(one),
            Some(whole) => {
                whole.measurements.append(&mut one.measurements);
                whole.absorb(one);
            }
        }
        if has_failed {
            break;
        }
    }
    let mut whole = whole.ok_or(MeasureError::EmptyCommand)?;
    let outcome = whole.exit.outcome();
    if !whole.has_harness || outcome != Outcome::Success {
        whole.has_harness = false;
        whole.measurements = of_processes;
        whole.measurements.iter_mut().for_each(|measurement| measurement.outcome = outcome);
    }
    Ok(whole)
}

impl Execution {
    /// Adds everything of `other` but its measurements.
    fn absorb(&mut self, other: Self) {
        self.exit = other.exit;
        self.failed_command = self.failed_command.take().or(other.failed_command);
        self.usage.wall_ns += other.usage.wall_ns;
        self.usage.user_cpu_ns += other.usage.user_cpu_ns;
        self.usage.system_cpu_ns += other.usage.system_cpu_ns;
        self.usage.peak_rss_bytes = self.usage.peak_rss_bytes.max(other.usage.peak_rss_bytes);
        self.has_harness |= other.has_harness;
        self.facts.tools.extend(other.facts.tools);
        self.told.absorb(other.told);
        for complaint in other.complaints {
            if !self.complaints.contains(&complaint) {
                self.complaints.push(complaint);
            }
        }
    }
}

fn command_plan(plan: &RunPlan, command: &CommandLine, timeout: Option<Duration>) -> CommandPlan {
    let mut command_plan = CommandPlan::new(command.clone(), plan.working_dir.clone(), plan.temp_dir.clone());
    command_plan.timeout = timeout;
    command_plan
}

/// Runs a command whose programs find a spool of this run alone, and reads what they left there.
fn run_with_spool(
    plan: &RunPlan,
    mut command_plan: CommandPlan,
    tee: &mut Tee<'_>,
    interrupts: &Interrupts,
    now: &dyn Fn() -> Timestamp,
) -> Result<(Captured, ProgramLines), ExecutionError> {
    let summary = plan.spool.join(SUMMARY_FILE);
    let spool = match PrivateSpool::make(&plan.temp_dir, [summary.as_path()]) {
        Ok(spool) => spool,
        Err(error) => {
            let captured = run(&command_plan, tee, interrupts, now)?;
            return Ok((captured, ProgramLines::without_room(&error)));
        }
    };
    command_plan.environment.push(("PLIMSOLL_SPOOL".into(), spool.path().into()));
    let captured = run(&command_plan, tee, interrupts, now)?;
    Ok((captured, ProgramLines::read(spool.path())))
}

/// Prepare commands talk to standard error alone: what they print is no data.
fn prepare(
    plan: &RunPlan,
    command: &CommandLine,
    interrupts: &Interrupts,
    now: &dyn Fn() -> Timestamp,
) -> Result<(), ExecutionError> {
    let mut tee = Tee { stdout: &mut io::stderr(), stderr: &mut io::stderr() };
    let captured = run(&command_plan(plan, command, None), &mut tee, interrupts, now)?;
    match captured.exit.outcome() {
        Outcome::Success => Ok(()),
        _ => Err(ExecutionError::Prepare { command: command.name(), how: captured.exit.to_string() }),
    }
}

/// What one command left behind: the files at `{out}`, Criterion's files, its standard output, in that order of trust; and the lines
/// of its programs.
fn collect(
    plan: &RunPlan,
    command: &CommandLine,
    (captured, lines): (Captured, ProgramLines),
    began: SystemTime,
) -> Result<Execution, ExecutionError> {
    let nanoseconds = |duration: Duration| u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
    let mut execution = Execution {
        started_at: captured.started_at,
        exit: captured.exit,
        failed_command: None,
        usage: Usage {
            wall_ns: nanoseconds(captured.wall),
            user_cpu_ns: nanoseconds(captured.user_cpu),
            system_cpu_ns: nanoseconds(captured.system_cpu),
            peak_rss_bytes: captured.peak_rss_bytes.unwrap_or(0),
        },
        measurements: Vec::new(),
        has_harness: false,
        facts: Facts::default(),
        told: Told::default(),
        complaints: captured.complaints.clone(),
    };
    if captured.exit.outcome() != Outcome::Success {
        execution.failed_command = Some(command.name());
        let (told, complaints) = lines.left_out();
        execution.told = told;
        execution.complaints.extend(complaints);
        return Ok(execution);
    }
    // Who says that the lines are the results does not mean what is printed besides.
    let is_said = lines.told.lines > 0 && plan.harness == Some(Harness::PlimsollRun);
    let harness = plan.harness.filter(|_| !is_said);
    for reading in readings(plan, command, (captured, harness), began, &mut execution.complaints)? {
        execution.has_harness = true;
        execution.measurements.extend(reading.parsed.measurements);
        for run in reading.parsed.runs {
            execution.measurements.extend(run.measurements);
        }
        execution.complaints.extend(reading.parsed.complaints);
        execution.facts.tools.extend(reading.parsed.facts.tools);
    }
    execution.has_harness |= !lines.measurements.is_empty();
    execution.measurements.extend(lines.measurements);
    execution.facts.tools.extend(lines.tools);
    execution.told = lines.told;
    execution.complaints.extend(lines.complaints);
    Ok(execution)
}

fn readings(
    plan: &RunPlan,
    command: &CommandLine,
    (captured, harness): (Captured, Option<Harness>),
    began: SystemTime,
    complaints: &mut Vec<Complaint>,
) -> Result<Vec<Reading>, ExecutionError> {
    if command.wants_out() {
        let files = captured.out_files.existing().map_err(ExecutionError::OutUnreadable)?;
        if files.is_empty() {
            return Err(ExecutionError::OutMissing { command: command.name() });
        }
        let from_file = |path| read(Source::File(path), harness).map_err(ExecutionError::from);
        return files.into_iter().map(from_file).collect();
    }
    let mut readings = Vec::new();
    let homes =
        criterion_homes(&plan.working_dir, plan.cargo_target_dir.as_deref(), plan.criterion_home.as_deref());
    for home in homes {
        let found = discover_criterion(&home, began);
        complaints.extend(found.complaints);
        let files: Vec<PathBuf> = found
            .benchmarks
            .into_iter()
            .flat_map(|files| [Some(files.benchmark), Some(files.estimates), files.sample])
            .flatten()
            .collect();
        if !files.is_empty() {
            readings.push(read(Source::Files(files), Some(Harness::Criterion))?);
        }
    }
    readings.extend(read_stdout(captured, harness, !readings.is_empty())?);
    Ok(readings)
}

/// What a harness printed, if one is recognised there. Criterion's files say more than its text: what the text alone
/// measured is passed over when they are there, what other targets of the same `cargo bench` printed is not.
fn read_stdout(
    captured: Captured,
    harness: Option<Harness>,
    has_criterion_files: bool,
) -> Result<Option<Reading>, ExecutionError> {
    let bytes = captured.stdout.bytes;
    let harness = match harness {
        Some(harness) => harness,
        None => {
            let head = &bytes[..bytes.len().min(HEAD_BYTES)];
            match recognise("standard output", head).harness {
                Some(harness) => harness,
                None => return Ok(None),
            }
        }
    };
    if has_criterion_files && harness == Harness::Criterion {
        return Ok(None);
    }
    let source = Source::Bytes { name: "standard output".to_owned(), bytes };
    match read(source, Some(harness)) {
        // `cargo bench` announces zero tests of targets that hold none.
        Err(ReadingError::Parse(ParseError::Empty { .. })) if has_criterion_files => Ok(None),
        reading => {
            let mut reading = reading?;
            let measurements = &mut reading.parsed.measurements;
            measurements.retain(|one| !has_criterion_files || one.harness != Harness::CriterionText.name());
            let has_results = !measurements.is_empty() || !reading.parsed.runs.is_empty();
            Ok(has_results.then_some(reading))
        }
    }
}
