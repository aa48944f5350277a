//! `plimsoll run`: run a suite or a command, measure, store, judge, show.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::SignedDuration;
use plimsoll_context::Suite;
use plimsoll_measure::{CommandLine, Exit, Interrupts, MeasureError, Tee};
use plimsoll_model::{Evaluation, Outcome, Run, format};
use plimsoll_parse::Harness;
use plimsoll_report::SecondLook;
use plimsoll_store::SqliteStore;
use plimsoll_track::{
    Execution, ExecutionError, RunParts, RunPlan, Tracked, append_and_judge, assemble, confirm,
    execute as execute_plan, live_alerts, settle_alerts,
};

use crate::codes;
use crate::commands::ingest::{DEFAULT_SUITE, harness_names, judge_alone, judge_unstored, reading_failure};
use crate::context_args::ContextArgs;
use crate::failure::{Ended, Failure};
use crate::house::{House, RuleBook, store_failure};
use crate::outcome_args::{GateArgs, RunFormat};
use crate::shown::Judged;

/// The longest name of a benchmark that is a whole command line.
const MOST_NAME_CHARACTERS: usize = 200;

/// Run a suite or a command, measure it, store, judge and show it.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The suite [default: the one marked default, or the only one; for a command of its own, the program's name]
    #[arg(value_name = "SUITE")]
    suite: Option<String>,
    /// A command to run instead of the suite's; `{out}` in it stands for its result file
    #[arg(last = true, value_name = "CMD")]
    command: Vec<OsString>,
    /// Run the command N times; the values become samples
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    repeat: Option<u32>,
    /// End the command and its children after this time, such as `30s`
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    timeout: Option<Duration>,
    /// Also write the run to a file, as plimsoll.run/1
    #[arg(long, value_name = "FILE")]
    bundle: Option<PathBuf>,
    /// Judge and show, but store nothing
    #[arg(long)]
    no_store: bool,
    /// Do not run the command again before the gate closes
    #[arg(long)]
    no_confirm: bool,
    /// What the results are [default: recognised by content]
    #[arg(long, value_name = "NAME", value_parser = harness_names())]
    harness: Option<String>,
    #[command(flatten)]
    context: ContextArgs,
    #[command(flatten)]
    gate: GateArgs,
}

fn parse_time(text: &str) -> Result<Duration, String> {
    let duration: SignedDuration = text
        .parse()
        .map_err(|_| format!("`{text}` is not a time such as 30s, 5m or 1h30m"))?;
    Duration::try_from(duration).map_err(|_| "a time limit is not negative".to_owned())
}

/// What is to be run and how it is judged.
struct Plan {
    suite: String,
    confirm: bool,
    run: RunPlan,
}

/// Runs, stores, judges, shows; the exit code is the gate's.
pub(crate) fn execute(args: &Args, house: &House) -> Ended {
    let plan = plan(args, house)?;
    let interrupts = Interrupts::take().map_err(|error| Failure::from_error(codes::COMMAND_START, &error))?;
    let execution = carry_out(args, house, &plan, &interrupts)?;
    let has_failed = execution.exit.outcome() != Outcome::Success;
    let failure = has_failed.then(|| command_failure(&execution, &plan));
    let run = run_of(args, house, &plan, execution)?;
    if let Some(path) = &args.bundle {
        write_bundle(path, &run)?;
    }
    if let Some(failure) = failure {
        if !args.no_store {
            let mut store = house.create_store()?;
            store.append(&run).map_err(|error| store_failure(&error))?;
        }
        return Err(failure);
    }
    let mut session = Session {
        args,
        house,
        plan: &plan,
        interrupts: &interrupts,
    };
    session.judge_and_show(run)
}

/// Everything that judging and looking twice need.
struct Session<'a> {
    args: &'a Args,
    house: &'a House,
    plan: &'a Plan,
    interrupts: &'a Interrupts,
}

impl Session<'_> {
    fn judge_and_show(&mut self, run: Run) -> Ended {
        let (house, args) = (self.house, self.args);
        let mut store = self.open_store()?;
        let book = house.rule_book(store.as_ref(), &run.project)?;
        let mut run = run;
        let mut second_look = None;
        let failed = |error| store_failure(&error);
        let (evaluation, alerts) = match &mut store {
            Some(store) if !args.no_store => {
                let mut tracked = append_and_judge(store, &run, book.rules()).map_err(failed)?;
                if self.should_look_twice(&tracked.evaluation) {
                    (run, tracked, second_look) = self.look_twice(store, run, tracked, &book)?;
                }
                let alerts =
                    settle_alerts(store, &run, &tracked, book.rules(), House::now()).map_err(failed)?;
                (tracked.evaluation, alerts)
            }
            Some(store) => (
                judge_unstored(store, &run, &book)?,
                live_alerts(store, &run).map_err(failed)?,
            ),
            None => (judge_alone(&run, &book), Vec::new()),
        };
        let complaints = &run.complaints;
        let judged = Judged {
            run: &run,
            evaluation: &evaluation,
            alerts: &alerts,
            complaints,
            second_look,
        };
        let gate = judged.gate(&book, &args.gate);
        if !args.no_store {
            self.write_files(&judged, &gate)?;
        }
        judged.show(house, &gate, &args.gate)?;
        Ok(gate.exit_code)
    }

    fn open_store(&self) -> Result<Option<SqliteStore>, Failure> {
        if !self.args.no_store {
            return self.house.create_store().map(Some);
        }
        self.house
            .store_path()?
            .exists()
            .then(|| self.house.read_store())
            .transpose()
    }

    fn should_look_twice(&self, evaluation: &Evaluation) -> bool {
        self.plan.confirm && evaluation.series.iter().any(|series| series.closes_gate)
    }

    /// Runs everything once more; what both runs show counts.
    fn look_twice(
        &self,
        store: &mut SqliteStore,
        run: Run,
        tracked: Tracked,
        book: &RuleBook,
    ) -> Result<(Run, Tracked, Option<SecondLook>), Failure> {
        let suspects = |evaluation: &Evaluation| {
            evaluation
                .series
                .iter()
                .filter(|series| series.closes_gate)
                .count()
        };
        let suspected = suspects(&tracked.evaluation);
        self.house.terminal.say(&format!(
            "{suspected} series would close the gate: running once more to be sure (--no-confirm skips this)"
        ));
        let execution = carry_out(self.args, self.house, self.plan, self.interrupts)?;
        if execution.exit.outcome() != Outcome::Success {
            return Err(command_failure(&execution, self.plan));
        }
        let mut again = run_of(self.args, self.house, self.plan, execution)?;
        let tracked =
            confirm(store, &run, tracked, &mut again, book.rules()).map_err(|error| store_failure(&error))?;
        let confirmed = suspects(&tracked.evaluation);
        Ok((again, tracked, Some(SecondLook { suspected, confirmed })))
    }

    /// The plain files beside the store, where the configuration asks for them.
    fn write_files(&self, judged: &Judged<'_>, gate: &plimsoll_model::Gate) -> Result<(), Failure> {
        let Some(directory) = self.house.config.files_directory() else {
            return Ok(());
        };
        let line = run_line(judged.run)?;
        let started_at = judged.run.context.started_at;
        plimsoll_publish::write_files(&directory, started_at, &line, &judged.view(gate).json())
            .map_err(|error| Failure::from_error(codes::OUTPUT, &error))?;
        Ok(())
    }
}

fn plan(args: &Args, house: &House) -> Result<Plan, Failure> {
    let configured = configured_suite(args, house)?;
    let (suite, settings) = match configured {
        Some((name, suite)) => (name.to_owned(), Some(suite)),
        None => (
            args.suite.clone().unwrap_or_else(|| program_name(&args.command)),
            None,
        ),
    };
    let commands = match settings {
        _ if !args.command.is_empty() => vec![CommandLine::Words(args.command.clone())],
        Some(suite) => suite.command.iter().cloned().map(CommandLine::Shell).collect(),
        None => Vec::new(),
    };
    let name = match &commands[..] {
        [CommandLine::Words(words)] => command_name(words),
        _ => suite.clone(),
    };
    let own = settings.filter(|_| args.command.is_empty());
    let path_variable = |name: &str| house.env.get(name).map(PathBuf::from);
    Ok(Plan {
        confirm: !args.no_confirm && settings.is_none_or(|suite| suite.confirm),
        suite,
        run: RunPlan {
            name,
            prepare: own
                .and_then(|suite| suite.prepare.clone())
                .map(CommandLine::Shell)
                .into_iter()
                .collect(),
            commands,
            working_dir: working_directory(house, own.is_some()),
            timeout: args.timeout.or_else(|| settings.and_then(|suite| suite.timeout)),
            repeat: args
                .repeat
                .or_else(|| settings.map(|suite| suite.repeat))
                .unwrap_or(1),
            harness: args
                .harness
                .as_deref()
                .and_then(|name| name.parse::<Harness>().ok()),
            cargo_target_dir: path_variable("CARGO_TARGET_DIR"),
            criterion_home: path_variable("CRITERION_HOME"),
            temp_dir: std::env::temp_dir(),
        },
    })
}

/// The suite that is meant. With a command of its own, a suite need not be configured.
fn configured_suite<'a>(args: &Args, house: &'a House) -> Result<Option<(&'a str, &'a Suite)>, Failure> {
    let name = args.suite.as_deref();
    if !args.command.is_empty() {
        return Ok(name
            .and_then(|name| house.config.suites.get_key_value(name))
            .map(|(name, suite)| (name.as_str(), suite)));
    }
    house
        .config
        .suite(name)
        .map(Some)
        .map_err(|error| Failure::from_error(codes::SUITE, &error).hint(error.hint()))
}

/// A suite's commands run where its configuration lies, so that they mean the same from every folder below.
fn working_directory(house: &House, is_configured: bool) -> PathBuf {
    let home = house
        .config
        .path()
        .and_then(Path::parent)
        .filter(|_| is_configured);
    home.map_or_else(|| house.directory.clone(), |home| house.directory.join(home))
}

/// A command without a suite is a suite of its own, named after its program.
fn program_name(words: &[OsString]) -> String {
    let program = words.first().map(Path::new).and_then(Path::file_name);
    program.map_or_else(
        || DEFAULT_SUITE.to_owned(),
        |name| name.to_string_lossy().into_owned(),
    )
}

fn command_name(words: &[OsString]) -> String {
    let words: Vec<_> = words.iter().map(|word| word.to_string_lossy()).collect();
    words.join(" ").chars().take(MOST_NAME_CHARACTERS).collect()
}

fn carry_out(args: &Args, house: &House, plan: &Plan, interrupts: &Interrupts) -> Result<Execution, Failure> {
    let wants_data = house.globals.json || args.gate.format != RunFormat::Table;
    let mut stdout: Box<dyn Write> = if wants_data {
        Box::new(io::stderr())
    } else {
        Box::new(io::stdout())
    };
    let mut stderr = io::stderr();
    let mut tee = Tee {
        stdout: &mut *stdout,
        stderr: &mut stderr,
    };
    execute_plan(&plan.run, &mut tee, interrupts, &House::now).map_err(execution_failure)
}

fn run_of(args: &Args, house: &House, plan: &Plan, execution: Execution) -> Result<Run, Failure> {
    let gathered = house.gather(&args.context, execution.started_at)?;
    let mut context = gathered.context;
    context.duration_ms = execution.usage.wall_ns / 1_000_000;
    context.usage = execution.has_harness.then_some(execution.usage);
    context.environment.tools.extend(execution.facts.tools);
    let mut complaints = gathered.complaints;
    complaints.extend(execution.complaints);
    let parts = RunParts {
        project: gathered.project,
        suite: plan.suite.clone(),
        session: args.context.session.clone(),
        outcome: execution.exit.outcome(),
        context,
        measurements: execution.measurements,
        complaints,
    };
    Ok(assemble(parts, &house.config, ""))
}

fn run_line(run: &Run) -> Result<String, Failure> {
    format::run::write(run).map_err(|error| Failure::from_error(codes::OUTPUT, &error))
}

fn write_bundle(path: &Path, run: &Run) -> Result<(), Failure> {
    std::fs::write(path, run_line(run)? + "\n")
        .map_err(|error| Failure::from_error(codes::OUTPUT, &error).because(path.display().to_string()))
}

/// A measured command that did not succeed.
fn command_failure(execution: &Execution, plan: &Plan) -> Failure {
    let command = execution.failed_command.as_deref().unwrap_or(&plan.suite);
    match execution.exit {
        Exit::TimedOut => {
            let limit = plan.run.timeout.unwrap_or_default();
            Failure::new(
                codes::COMMAND_TIMEOUT,
                format!("`{command}` ran longer than {}", human(limit)),
            )
        }
        exit => {
            let failure = Failure::new(codes::COMMAND_FAILED, format!("`{command}` {exit}"));
            match exit.hint() {
                Some(hint) => failure.hint(hint),
                None => failure,
            }
        }
    }
}

fn human(duration: Duration) -> String {
    plimsoll_model::Unit::NANOSECONDS.human(duration.as_nanos() as f64)
}

/// A suite that came to nothing, as a user meets it.
fn execution_failure(error: ExecutionError) -> Failure {
    match error {
        ExecutionError::Measure(error) => {
            let code = match &error {
                MeasureError::Interrupted { .. } => codes::INTERRUPTED,
                _ => codes::COMMAND_START,
            };
            Failure::from_error(code, &error)
        }
        ExecutionError::Prepare { .. } => Failure::from_error(codes::COMMAND_FAILED, &error),
        ExecutionError::OutMissing { .. } => Failure::from_error(codes::OUT_MISSING, &error),
        ExecutionError::OutUnreadable(_) => Failure::from_error(codes::UNREADABLE, &error),
        ExecutionError::Reading(error) => reading_failure(error),
    }
}
