//! `plimsoll run`: run a suite or a command, measure, store, judge, show.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::SignedDuration;
use plimsoll_analyse::{closing_series, second_look, suspected_series};
use plimsoll_context::{Suite, SuiteError};
use plimsoll_measure::{CommandLine, Exit, Interrupts, MeasureError, Tee};
use plimsoll_model::{Alert, Complaint, Evaluation, Gate, GateStatus, OUT, Outcome, Run, format, nearest};
use plimsoll_parse::{Called, Harness, called};
use plimsoll_report::SecondLook;
use plimsoll_store::SqliteStore;
use plimsoll_track::{
    Execution, ExecutionError, RunParts, RunPlan, append_and_judge, assemble, confirm,
    execute as execute_plan, harness_before, judge_unstored, live_alerts, settle_alerts,
};

use crate::carrying::carry_over;
use crate::codes;
use crate::commands::ingest::{DEFAULT_SUITE, harness_names, reading_failure};
use crate::context_args::ContextArgs;
use crate::failure::{Ended, Failure};
use crate::house::{House, RuleBook, store_failure};
use crate::outcome_args::{GateArgs, RunFormat};
use crate::project_hint::tell_former_project;
use crate::shown::Judged;

/// The longest name of a benchmark that is a whole command line.
const MOST_NAME_CHARACTERS: usize = 200;

/// Run a suite or a command, measure it, store, judge and show it.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The suite [default: the one marked default, or the only one; for a command of its own, what it calls itself, else the program's
    /// name]
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
    let duration: SignedDuration =
        text.parse().map_err(|_| format!("`{text}` is not a time such as 30s, 5m or 1h30m"))?;
    Duration::try_from(duration).map_err(|_| "a time limit is not negative".to_owned())
}

/// What is to be run and how it is judged.
struct Plan {
    suite: String,
    /// Nobody named the suite: programs that measure themselves may.
    is_unnamed: bool,
    confirm: bool,
    run: RunPlan,
}

/// Runs, stores, judges, shows; the exit code is the gate's.
pub(crate) fn execute(args: &Args, house: &House) -> Ended {
    let plan = plan(args, house)?;
    // A store that cannot be used is told before the time for measuring is spent.
    let store = open_store(args, house)?;
    let interrupts = Interrupts::take().map_err(|error| Failure::from_error(codes::COMMAND_START, &error))?;
    let execution = carry_out(args, house, &plan, &interrupts)?;
    let has_failed = execution.exit.outcome() != Outcome::Success;
    let has_results = execution.has_harness || has_failed;
    let failure = has_failed.then(|| command_failure(&execution, &plan));
    tell_suites(house, &plan, &execution);
    let run = run_of(args, house, &plan, execution)?;
    if !has_results {
        refuse_silence(&run, harness_called(&plan), store.as_ref())?;
    }
    if let Some(path) = &args.bundle {
        write_bundle(path, &run)?;
    }
    if let Some(store) = &store {
        tell_former_project(house, store, &run)?;
    }
    let book = house.rule_book(store.as_ref(), &run.project)?;
    let mut session = Session { args, house, plan: &plan, interrupts: &interrupts, store, book };
    if let Some(failure) = failure {
        session.keep_failed(&run)?;
        return Err(failure);
    }
    session.judge_and_show(&run)
}

/// Says which suite it is where nobody named one and the programs name several.
fn tell_suites(house: &House, plan: &Plan, execution: &Execution) {
    let suites = &execution.told.suites;
    if plan.is_unnamed && suites.len() > 1 {
        let named: Vec<&str> = suites.iter().take(3).map(String::as_str).collect();
        let more = if suites.len() > named.len() { ", …" } else { "" };
        house.terminal.say(&format!(
            "the lines of the programs name several suites ({}{more}): this run is of suite {}; plimsoll run NAME -- CMD names it",
            named.join(", "),
            plan.suite
        ));
    }
}

/// A run without results measured nothing where the suite's runs hold those of a harness: its filter fits nothing, or nobody told
/// it where to write.
fn refuse_silence(run: &Run, called: Option<Called>, store: Option<&SqliteStore>) -> Result<(), Failure> {
    let Some(store) = store else { return Ok(()) };
    match harness_before(store, run).map_err(|error| store_failure(&error))? {
        None => Ok(()),
        Some(harness) => Err(Failure::new(
            codes::EMPTY,
            format!("the command left no results, and suite {} holds those of {harness}", run.suite),
        )
        .hint(format!(
            "{}; a program that measures itself writes nothing where PLIMSOLL_DISABLE=1 is set; for another command name \
             another suite: plimsoll run NAME -- CMD",
            how_results_come(called)
        ))),
    }
}

/// What a harness needs so that its results are found.
fn how_results_come(called: Option<Called>) -> String {
    match called {
        Some(Called { title, option: Some(option) }) => {
            format!("{title} writes what is read with `{option}` in its command")
        }
        Some(Called { title, option: None }) => {
            format!("what {title} prints is read: check that it builds, and that its filter fits a benchmark")
        }
        None => "a harness that writes a file needs {out} in its command, and one whose filter fits nothing writes none".to_owned(),
    }
}

/// The harness that the plan's commands call, as far as their words tell.
fn harness_called(plan: &Plan) -> Option<Called> {
    plan.run.commands.iter().find_map(|command| match command {
        CommandLine::Shell(text) => called(text),
        CommandLine::Words(words) => {
            let words: Vec<_> = words.iter().map(|word| word.to_string_lossy()).collect();
            called(&words.join(" "))
        }
    })
}

/// Says that a harness was called and nothing of it was found, so that its process was measured instead.
fn silence_complaint(plan: &Plan, execution: &Execution) -> Option<Complaint> {
    let is_silent = !execution.has_harness && execution.exit.outcome() == Outcome::Success;
    let called = harness_called(plan).filter(|_| is_silent)?;
    Some(Complaint::new(format!(
        "no results of {} were found, and the process itself was measured instead: {}",
        called.title,
        how_results_come(Some(called))
    )))
}

/// The store; without `--no-store` it is made if there is none yet.
fn open_store(args: &Args, house: &House) -> Result<Option<SqliteStore>, Failure> {
    if !args.no_store {
        return house.create_store().map(Some);
    }
    house.store_path()?.exists().then(|| house.read_store()).transpose()
}

/// Everything that judging and looking twice need.
struct Session<'a> {
    args: &'a Args,
    house: &'a House,
    plan: &'a Plan,
    interrupts: &'a Interrupts,
    store: Option<SqliteStore>,
    book: RuleBook,
}

/// What came of running everything once more.
enum Again {
    /// It was measured.
    Measured(Box<Run>),
    /// It failed, so that nothing confirms or excuses the first run; a failed run is recorded where there is one.
    Failed(Failure, Option<Box<Run>>),
}

impl Session<'_> {
    /// Nothing is stored before the last command has ended: whoever interrupts it leaves no trace.
    fn judge_and_show(&mut self, run: &Run) -> Ended {
        if !run.is_clean() {
            self.house.terminal.say("there are changes that are not committed: this run enters no baseline");
        }
        let first = self.judge_unstored(run)?;
        let suspects = self.suspects(run, &first)?;
        if suspects == 0 {
            let (evaluation, alerts) = self.keep(run, first)?;
            return self.show(run, evaluation, &alerts, None, None);
        }
        match self.run_again(suspects)? {
            Again::Measured(again) => {
                let mut again = *again;
                let (evaluation, alerts) = self.keep_pair(run, first, &mut again)?;
                let confirmed = closing_series(&evaluation, &alerts, &self.book.policy).len();
                let look = SecondLook { suspected: suspects, confirmed };
                self.show(&again, evaluation, &alerts, Some(look), None)
            }
            Again::Failed(failure, failed) => {
                let (evaluation, alerts) = self.keep_unconfirmed(run, first)?;
                if let Some(failed) = failed {
                    self.keep_failed(&failed)?;
                }
                self.show(run, evaluation, &alerts, None, Some(&failure))?;
                Err(failure.because("this was the second look: the first verdict stands unconfirmed"))
            }
        }
    }

    /// How many series ask for a second look: those that would close the gate if this run were the last word.
    fn suspects(&self, run: &Run, evaluation: &Evaluation) -> Result<usize, Failure> {
        if !self.plan.confirm || !self.args.gate.fail_on().regressed {
            return Ok(0);
        }
        if suspected_series(evaluation, &[], &self.book.policy).is_empty() {
            return Ok(0);
        }
        let alerts = self.live_alerts(run)?;
        Ok(suspected_series(evaluation, &alerts, &self.book.policy).len())
    }

    /// Runs everything once more. An interrupt ends it all.
    fn run_again(&self, suspects: usize) -> Result<Again, Failure> {
        self.house.terminal.say(&format!(
            "{suspects} series would close the gate: running once more to be sure (--no-confirm skips this)"
        ));
        let execution = match carry_out(self.args, self.house, self.plan, self.interrupts) {
            Ok(execution) => execution,
            Err(failure) if failure.is(codes::INTERRUPTED) => return Err(failure),
            Err(failure) => return Ok(Again::Failed(failure, None)),
        };
        let failure =
            (execution.exit.outcome() != Outcome::Success).then(|| command_failure(&execution, self.plan));
        let again = Box::new(run_of(self.args, self.house, self.plan, execution)?);
        Ok(match failure {
            None => Again::Measured(again),
            Some(failure) => Again::Failed(failure, Some(again)),
        })
    }

    fn judge_unstored(&self, run: &Run) -> Result<Evaluation, Failure> {
        judge_unstored(self.store.as_ref(), run, self.book.rules()).map_err(|error| store_failure(&error))
    }

    fn live_alerts(&self, run: &Run) -> Result<Vec<Alert>, Failure> {
        match &self.store {
            Some(store) => live_alerts(store, run).map_err(|error| store_failure(&error)),
            None => Ok(Vec::new()),
        }
    }

    fn keep_failed(&mut self, run: &Run) -> Result<(), Failure> {
        match self.store.as_mut().filter(|_| !self.args.no_store) {
            Some(store) => store.append(run).map(drop).map_err(|error| store_failure(&error)),
            None => Ok(()),
        }
    }

    /// Stores a run and settles the alerts. `judged` is what is known of it before.
    fn keep(&mut self, run: &Run, judged: Evaluation) -> Result<(Evaluation, Vec<Alert>), Failure> {
        let failed = |error| store_failure(&error);
        let Some(store) = self.store.as_mut().filter(|_| !self.args.no_store) else {
            return Ok((judged, self.live_alerts(run)?));
        };
        let rules = self.book.rules();
        let tracked = append_and_judge(store, run, rules).map_err(failed)?;
        let tracked = carry_over(self.house, store, run, tracked, rules).map_err(failed)?;
        let alerts = settle_alerts(store, run, &tracked, rules, House::now()).map_err(failed)?;
        Ok((tracked.evaluation, alerts))
    }

    /// Stores both runs of a pair and settles the alerts by what both show.
    fn keep_pair(
        &mut self,
        first: &Run,
        judged: Evaluation,
        again: &mut Run,
    ) -> Result<(Evaluation, Vec<Alert>), Failure> {
        let failed = |error| store_failure(&error);
        let Some(store) = self.store.as_mut().filter(|_| !self.args.no_store) else {
            let evaluation = second_look(judged, self.judge_unstored(again)?);
            return Ok((evaluation, self.live_alerts(again)?));
        };
        let rules = self.book.rules();
        let tracked = append_and_judge(store, first, rules).map_err(failed)?;
        let tracked = carry_over(self.house, store, first, tracked, rules).map_err(failed)?;
        let tracked = confirm(store, first, tracked, again, rules).map_err(failed)?;
        let alerts = settle_alerts(store, again, &tracked, rules, House::now()).map_err(failed)?;
        Ok((tracked.evaluation, alerts))
    }

    /// Stores a run that could not be looked at twice; it moves no alert.
    fn keep_unconfirmed(
        &mut self,
        run: &Run,
        judged: Evaluation,
    ) -> Result<(Evaluation, Vec<Alert>), Failure> {
        let failed = |error| store_failure(&error);
        let Some(store) = self.store.as_mut().filter(|_| !self.args.no_store) else {
            return Ok((judged, self.live_alerts(run)?));
        };
        let tracked = append_and_judge(store, run, self.book.rules()).map_err(failed)?;
        Ok((tracked.evaluation, live_alerts(store, run).map_err(failed)?))
    }

    /// Shows the verdict, then writes the plain files; the exit code is the gate's.
    fn show(
        &self,
        run: &Run,
        mut evaluation: Evaluation,
        alerts: &[Alert],
        second_look: Option<SecondLook>,
        unconfirmed: Option<&Failure>,
    ) -> Ended {
        let misfits = self.book.misfits(self.house, self.store.as_ref(), run)?;
        evaluation.complaints.extend(misfits);
        let judged =
            Judged { run, evaluation: &evaluation, alerts, complaints: &run.complaints, second_look };
        let gate = match unconfirmed {
            None => judged.gate(&self.book, &self.args.gate),
            Some(failure) => Gate {
                status: GateStatus::Closed,
                exit_code: failure.exit_code(),
                because: "the second look failed, and the first stands unconfirmed".to_owned(),
                alerts: Vec::new(),
            },
        };
        judged.show(self.house, &gate, &self.args.gate)?;
        if !self.args.no_store {
            judged.write_files(self.house, &gate)?;
            judged.leave_summary(self.house, &self.book.policy);
        }
        Ok(gate.exit_code)
    }
}

fn plan(args: &Args, house: &House) -> Result<Plan, Failure> {
    let configured = configured_suite(args, house)?;
    let (suite, settings) = match configured {
        Some((name, suite)) => (name.to_owned(), Some(suite)),
        None => (args.suite.clone().unwrap_or_else(|| program_name(&args.command)), None),
    };
    let commands = match settings {
        _ if !args.command.is_empty() => vec![CommandLine::Words(args.command.clone())],
        Some(suite) => suite.command.iter().cloned().map(CommandLine::Shell).collect(),
        None => Vec::new(),
    };
    if let Some(written) = commands.iter().find_map(CommandLine::misspelt_out) {
        return Err(Failure::new(codes::USAGE, format!("`{written}` in the command stands for nothing"))
            .hint(format!("did you mean `{OUT}`? It stands for a file that is read afterwards")));
    }
    let name = match &commands[..] {
        [CommandLine::Words(words)] => command_name(words),
        _ => suite.clone(),
    };
    let own = settings.filter(|_| args.command.is_empty());
    let path_variable = |name: &str| house.env.get(name).map(PathBuf::from);
    Ok(Plan {
        confirm: !args.no_confirm && settings.is_none_or(|suite| suite.confirm),
        is_unnamed: settings.is_none() && args.suite.is_none(),
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
            repeat: args.repeat.or_else(|| settings.map(|suite| suite.repeat)).unwrap_or(1),
            harness: args.harness.as_deref().and_then(|name| name.parse::<Harness>().ok()),
            cargo_target_dir: path_variable("CARGO_TARGET_DIR"),
            criterion_home: path_variable("CRITERION_HOME"),
            temp_dir: std::env::temp_dir(),
            spool: house.spool_folder(),
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
    house.config.suite(name).map(Some).map_err(|error| {
        let hint = match name.filter(|name| is_program(name, &error, house)) {
            Some(program) => format!("a command stands behind `--`: plimsoll run -- {program}"),
            None => error.hint(),
        };
        Failure::from_error(codes::SUITE, &error).hint(hint)
    })
}

/// Whether what was taken for a suite is a program: a path, or what the shell would find, where no suite is called nearly so.
fn is_program(name: &str, error: &SuiteError, house: &House) -> bool {
    if name.contains('/') {
        return true;
    }
    let is_near = match error {
        SuiteError::UnknownSuite { known, .. } => nearest(name, known.iter().map(String::as_str)).is_some(),
        _ => false,
    };
    let path = house.env.get("PATH").unwrap_or_default();
    !is_near && std::env::split_paths(&path).any(|folder| folder.join(name).is_file())
}

/// A suite's commands run where its configuration lies, so that they mean the same from every folder below.
fn working_directory(house: &House, is_configured: bool) -> PathBuf {
    let home = house.config.path().and_then(Path::parent).filter(|_| is_configured);
    home.map_or_else(|| house.directory.clone(), |home| house.directory.join(home))
}

/// A command without a suite is a suite of its own, named after its program.
fn program_name(words: &[OsString]) -> String {
    let program = words.first().map(Path::new).and_then(Path::file_name);
    program.map_or_else(|| DEFAULT_SUITE.to_owned(), |name| name.to_string_lossy().into_owned())
}

fn command_name(words: &[OsString]) -> String {
    let words: Vec<_> = words.iter().map(|word| word.to_string_lossy()).collect();
    words.join(" ").chars().take(MOST_NAME_CHARACTERS).collect()
}

fn carry_out(args: &Args, house: &House, plan: &Plan, interrupts: &Interrupts) -> Result<Execution, Failure> {
    let wants_data = house.globals.json || args.gate.format != RunFormat::Table;
    let mut stdout: Box<dyn Write> = if wants_data { Box::new(io::stderr()) } else { Box::new(io::stdout()) };
    let mut stderr = io::stderr();
    let mut tee = Tee { stdout: &mut *stdout, stderr: &mut stderr };
    execute_plan(&plan.run, &mut tee, interrupts, &House::now).map_err(execution_failure)
}

fn run_of(args: &Args, house: &House, plan: &Plan, execution: Execution) -> Result<Run, Failure> {
    let gathered = house.gather(&args.context, execution.started_at)?;
    let silence = silence_complaint(plan, &execution);
    let mut context = gathered.context;
    context.duration_ms = execution.usage.wall_ns / 1_000_000;
    context.usage = execution.has_harness.then_some(execution.usage);
    context.environment.tools.extend(execution.facts.tools);
    let mut complaints = gathered.complaints;
    complaints.extend(silence);
    complaints.extend(execution.complaints);
    let told = execution.told;
    let parts = RunParts {
        project: gathered.project,
        suite: told.suite().filter(|_| plan.is_unnamed).unwrap_or(&plan.suite).to_owned(),
        session: args.context.session.clone().or_else(|| told.session().map(str::to_owned)),
        outcome: execution.exit.outcome(),
        context,
        measurements: execution.measurements,
        complaints,
    };
    let mut run = assemble(parts, &house.config, "");
    (run.allocators, run.notes) = (told.allocators, told.notes);
    Ok(run)
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
    let failure = match execution.exit {
        Exit::TimedOut => {
            let limit = plan.run.timeout.unwrap_or_default();
            Failure::new(codes::COMMAND_TIMEOUT, format!("`{command}` ran longer than {}", human(limit)))
        }
        exit => {
            let failure = Failure::new(codes::COMMAND_FAILED, format!("`{command}` {exit}"));
            match exit.hint() {
                Some(hint) => failure.hint(hint),
                None => failure,
            }
        }
    };
    match execution.told.left_out() {
        Some(left_out) => failure.because(left_out),
        None => failure,
    }
}

fn human(duration: Duration) -> String {
    plimsoll_model::Unit::NANOSECONDS.human(duration.as_nanos() as f64)
}

/// The name of a program that is none because it is meant for a shell.
fn shell_text(error: &MeasureError) -> Option<&str> {
    let is_for_shell = |one: char| one.is_whitespace() || "&|;<>$`*".contains(one);
    match error {
        MeasureError::CommandNotFound { command, .. } if command.contains(is_for_shell) => Some(command),
        _ => None,
    }
}

/// A text as one word of a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// A suite that came to nothing, as a user meets it.
fn execution_failure(error: ExecutionError) -> Failure {
    match error {
        ExecutionError::Measure(error) => {
            let code = match &error {
                MeasureError::Interrupted { .. } => codes::INTERRUPTED,
                _ => codes::COMMAND_START,
            };
            let failure = Failure::from_error(code, &error);
            match shell_text(&error) {
                Some(text) => {
                    failure.hint(format!("a shell takes this apart: plimsoll run -- sh -c {}", quoted(text)))
                }
                None => failure,
            }
        }
        ExecutionError::Prepare { .. } => Failure::from_error(codes::COMMAND_FAILED, &error),
        ExecutionError::OutMissing { .. } => Failure::from_error(codes::OUT_MISSING, &error),
        ExecutionError::OutUnreadable(_) => Failure::from_error(codes::UNREADABLE, &error),
        ExecutionError::Reading(error) => reading_failure(error),
    }
}
