//! `plimsoll ingest`: read results that exist, store, judge, show.

mod spool;

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use plimsoll_context::{CommitLookup, Gathered};
use plimsoll_measure::discover_criterion;
use plimsoll_model::{Alert, Commit, Complaint, Context, Evaluation, Outcome, Run, named_identity};
use plimsoll_parse::{Harness, ParseError};
use plimsoll_store::{SqliteStore, StoreError};
use plimsoll_track::{
    Reading, ReadingError, RunParts, Source, append_and_judge, assemble, complete, judge_unstored, read,
    settle_alerts, stored_before,
};

use crate::carrying::carry_over;
use crate::codes;
use crate::context_args::ContextArgs;
use crate::failure::{Ended, Failure};
use crate::house::{House, RuleBook, store_failure};
use crate::outcome_args::GateArgs;
use crate::project_hint::tell_former_project;
use crate::shown::{Judged, Showing};

/// The suite of results that come without one.
pub(crate) const DEFAULT_SUITE: &str = "default";

/// Read results that exist, store, judge and show them.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Result files, directories of Criterion's, or `-` for standard input [default: the project's spool, which is emptied]
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// What the files are [default: recognised by content]
    #[arg(long, value_name = "NAME", requires = "files", value_parser = harness_names())]
    harness: Option<String>,
    /// The suite the results belong to [default: the one they name, else the harness's name]
    #[arg(long, value_name = "NAME")]
    suite: Option<String>,
    /// When it was measured [default: what the file says, else now]
    #[arg(long, value_name = "TIME", requires = "files")]
    at: Option<Timestamp>,
    /// Store a repeat of the same results on purpose
    #[arg(long, requires = "files")]
    again: bool,
    /// Judge and show, but store nothing and leave the spool as it is
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    context: ContextArgs,
    #[command(flatten)]
    gate: GateArgs,
}

/// The names that `--harness` takes.
pub(crate) fn harness_names() -> clap::builder::PossibleValuesParser {
    clap::builder::PossibleValuesParser::new(Harness::ALL.map(Harness::name))
}

/// Ingesting gates nothing: the exit code says whether the results were understood and stored.
pub(crate) fn execute(args: &Args, house: &House) -> Ended {
    let now = House::now();
    if args.files.is_empty() {
        return spool::ingest(args, house, now);
    }
    // git answers while the files are read and the store is opened.
    let (gathered, readings, store) = std::thread::scope(|scope| {
        let gathering = scope.spawn(|| house.gather(&args.context, args.at.unwrap_or(now)));
        let readings = read_all(args, house);
        let store = if readings.is_ok() { open(args, house) } else { Ok(None) };
        let gathered = gathering.join().unwrap_or_else(|_| {
            Err(Failure::new(codes::GIT, "what surrounds the run could not be gathered"))
        });
        (gathered, readings, store)
    });
    let mut runs = runs_of(args, house, readings?, gathered?);
    let mut store = store?;
    let project = runs.first().map_or("", |run| run.project.as_str());
    let book = house.rule_book(store.as_ref(), project)?;
    if let (Some(store), Some(first)) = (&store, runs.first()) {
        tell_former_project(house, store, first)?;
    }
    let mut showing = Showing::new(house, &args.gate);
    let ingested = runs
        .iter_mut()
        .try_for_each(|run| ingest_one(args, (house, &mut showing), run, store.as_mut(), &book, now));
    // What was stored before something failed is told.
    showing.summaries.leave();
    showing.finish()?;
    ingested.map(|()| 0)
}

fn open(args: &Args, house: &House) -> Result<Option<SqliteStore>, Failure> {
    match args.dry_run {
        false => house.create_store().map(Some),
        true => house.store_path()?.exists().then(|| house.read_store()).transpose(),
    }
}

fn ingest_one(
    args: &Args,
    (house, showing): (&House, &mut Showing<'_>),
    run: &mut Run,
    store: Option<&mut SqliteStore>,
    book: &RuleBook,
    now: Timestamp,
) -> Result<(), Failure> {
    let Kept { evaluation, alerts, is_new } =
        keep(args, house, run, store, book, now).map_err(|error| store_failure(&error))?;
    if !is_new {
        house.terminal.say(&format!("run {} is stored already; nothing was added", run.id));
    }
    let complaints = &run.complaints;
    let judged = Judged { run, evaluation: &evaluation, alerts: &alerts, complaints, second_look: None };
    let gate = judged.gate(book, &args.gate);
    if !args.dry_run {
        judged.write_files(house, &gate)?;
        showing.summaries.take(&judged, &book.policy);
    }
    showing.show(&judged, &gate)
}

/// A run that was stored, or with `--dry-run` only judged.
struct Kept {
    evaluation: Evaluation,
    /// The alerts of its branch that still speak.
    alerts: Vec<Alert>,
    is_new: bool,
}

/// Stores and judges a run. One that was stored before, when something else was known of its surroundings, becomes what it was.
fn keep(
    args: &Args,
    house: &House,
    run: &mut Run,
    store: Option<&mut SqliteStore>,
    book: &RuleBook,
    now: Timestamp,
) -> Result<Kept, StoreError> {
    let store = match store {
        Some(store) if !args.dry_run => store,
        store => {
            let evaluation = judge_unstored(store.as_deref(), run, book.rules())?;
            return Ok(Kept { evaluation, alerts: Vec::new(), is_new: true });
        }
    };
    let tracked = match append_and_judge(store, run, book.rules()) {
        Err(error @ StoreError::Conflict { .. }) => {
            *run = stored_before(store, run)?.ok_or(error)?;
            append_and_judge(store, run, book.rules())?
        }
        tracked => tracked?,
    };
    let tracked = carry_over(house, store, run, tracked, book.rules())?;
    let alerts = settle_alerts(store, run, &tracked, book.rules(), now)?;
    Ok(Kept { evaluation: tracked.evaluation, alerts, is_new: tracked.is_new })
}

fn read_all(args: &Args, house: &House) -> Result<Vec<Reading>, Failure> {
    let harness: Option<Harness> = args.harness.as_deref().and_then(|name| name.parse().ok());
    let mut readings = Vec::new();
    for path in &args.files {
        let source = source_of(path)?;
        let reading = read(source, harness).map_err(reading_failure)?;
        if let Some(because) = &reading.because {
            house.terminal.detail(&format!(
                "{}: read as {} because {because}",
                path.display(),
                reading.harness
            ));
        }
        readings.push(reading);
    }
    Ok(readings)
}

/// A directory is Criterion's, whatever its age; everything else is a file.
fn source_of(path: &Path) -> Result<Source, Failure> {
    if path == Path::new("-") {
        return Ok(Source::Stdin);
    }
    if !path.is_dir() {
        return Ok(Source::File(path.to_owned()));
    }
    let found = discover_criterion(path, std::time::SystemTime::UNIX_EPOCH);
    if found.benchmarks.is_empty() {
        return Err(Failure::new(
            codes::UNRECOGNISED,
            format!("{} holds no Criterion results", path.display()),
        )
        .hint("name a file, or a directory such as target/criterion"));
    }
    let files = found
        .benchmarks
        .into_iter()
        .flat_map(|files| [Some(files.benchmark), Some(files.estimates), files.sample])
        .flatten()
        .collect();
    Ok(Source::Files(files))
}

/// All files that hold bare measurements are one run; a file that holds whole runs is as many.
fn runs_of(args: &Args, house: &House, readings: Vec<Reading>, gathered: Gathered) -> Vec<Run> {
    let mut runs = Vec::new();
    let mut measurements = Vec::new();
    let mut complaints = gathered.complaints.clone();
    let mut context = gathered.context.clone();
    let mut measured_at = args.at;
    let suite = args.suite.clone().unwrap_or_else(|| suite_of(&readings));
    let mut commits = CommitLookup::new(house.repository.as_ref()).knowing(gathered.context.commit.as_ref());
    for reading in readings {
        measurements.extend(reading.parsed.measurements);
        complaints.extend(reading.parsed.complaints);
        let facts = reading.parsed.facts;
        measured_at = measured_at.or(facts.measured_at).or(reading.modified);
        context.environment.tools.extend(facts.tools);
        if context.commit.is_none() && args.context.commit.is_none() {
            context.commit = facts.commit.map(commit_of);
        }
        for run in reading.parsed.runs {
            runs.push(filled(run, args, house, &gathered, &mut commits));
        }
    }
    if measurements.is_empty() {
        if let Some(first) = runs.first_mut() {
            first.complaints.extend(complaints);
        }
        return runs;
    }
    context.started_at = measured_at.unwrap_or(context.started_at);
    let parts = RunParts {
        project: gathered.project,
        suite,
        session: args.context.session.clone(),
        outcome: Outcome::Success,
        context,
        measurements,
        complaints,
    };
    runs.push(assemble(parts, &house.config, &salt(args)));
    runs
}

/// Results without a suite go by their harness, so that two harnesses ingested in turn do not miss each other's benchmarks.
fn suite_of(readings: &[Reading]) -> String {
    let mut harnesses = readings.iter().map(|reading| reading.harness);
    match harnesses.next() {
        Some(first) if harnesses.all(|harness| harness == first) => first.name().to_owned(),
        _ => DEFAULT_SUITE.to_owned(),
    }
}

fn commit_of(hash: String) -> Commit {
    Commit {
        hash,
        ancestors: Vec::new(),
        ancestor_times: Vec::new(),
        committed_at: None,
        subject: None,
        dirty: false,
    }
}

/// What a whole run leaves open is filled in from the flags and the surroundings. A run that is not what it was has another
/// identity.
fn filled(mut run: Run, args: &Args, house: &House, gathered: &Gathered, commits: &mut CommitLookup) -> Run {
    let unnamed = plimsoll_parse::UNNAMED;
    let mut has_changed = false;
    if run.context.testbed == unnamed && run.context.commit.is_none() {
        let own = std::mem::replace(&mut run.context, gathered.context.clone());
        run.context.unknown = own.unknown;
        run.context.duration_ms = own.duration_ms;
        run.context.environment.tools.extend(own.environment.tools);
        if own.started_at != Timestamp::UNIX_EPOCH {
            run.context.started_at = own.started_at;
        }
        has_changed = true;
    } else if run.context.testbed == unnamed {
        complete_here(&mut run.context, gathered, commits);
    }
    has_changed |= fill(&mut run.project, house.globals.project.as_ref(), &gathered.project);
    has_changed |= fill(&mut run.suite, args.suite.as_ref(), DEFAULT_SUITE);
    has_changed |= fill(&mut run.context.testbed, args.context.testbed.as_ref(), &gathered.context.testbed);
    if has_changed && !run.id.is_empty() {
        run.id = named_identity(&run.id, &run);
    }
    complete(&mut run, &house.config, &salt(args));
    run
}

/// What is known of commits here, and whom to ask for others.
fn commits(house: &House, gathered: &Gathered) -> CommitLookup {
    CommitLookup::new(house.repository.as_ref()).knowing(gathered.context.commit.as_ref())
}

/// Completes what a program wrote down that measured itself here: its commit's place in history, whether that was changed, the
/// machine.
fn complete_here(context: &mut Context, gathered: &Gathered, commits: &mut CommitLookup) {
    let here = &gathered.context;
    let own = std::mem::replace(&mut context.environment, here.environment.clone());
    let environment = &mut context.environment;
    environment.os = own.os.or_else(|| environment.os.take());
    environment.cpu = own.cpu.or_else(|| environment.cpu.take());
    environment.cores = own.cores.or(environment.cores);
    environment.memory_bytes = own.memory_bytes.or(environment.memory_bytes);
    environment.tools.extend(own.tools);
    let Some(commit) = &mut context.commit else { return };
    if let Some(known) = commits.find(&commit.hash) {
        let dirty = commit.dirty || known.dirty;
        *commit = Commit { dirty, ..known.clone() };
    }
    let is_here = here.commit.as_ref().is_some_and(|here| here.hash == commit.hash);
    if is_here && context.branch == here.branch {
        context.base = context.base.take().or_else(|| here.base.clone());
        context.pull_request = context.pull_request.or(here.pull_request);
    }
}

/// Sets a name that a flag gives or that was left open; tells whether it is another now.
fn fill(name: &mut String, flag: Option<&String>, fallback: &str) -> bool {
    let is_open = name == plimsoll_parse::UNNAMED;
    let value = flag.cloned().or_else(|| is_open.then(|| fallback.to_owned()));
    match value {
        Some(value) if value != *name => {
            *name = value;
            true
        }
        _ => false,
    }
}

/// `--again` stores the same results another time: the clock tells the repeats apart.
fn salt(args: &Args) -> String {
    if args.again { House::now().to_string() } else { String::new() }
}

/// An input that could not be read, as a user meets it.
pub(crate) fn reading_failure(error: ReadingError) -> Failure {
    match error {
        ReadingError::Unrecognised { recognition, .. } => {
            let message = "no harness is known to write this".to_owned();
            let mut failure = Failure::new(codes::UNRECOGNISED, message).because(recognition.because);
            for (harness, reason) in recognition.rejected.iter().take(4) {
                failure = failure.because(format!("not {harness}: {reason}"));
            }
            failure
        }
        ReadingError::Empty { .. } => Failure::from_error(codes::EMPTY, &error)
            .hint("nothing was written there: read what the harness itself says, and check its filter"),
        ReadingError::Unreadable { .. } => Failure::from_error(codes::UNREADABLE, &error),
        ReadingError::Parse(error) => {
            let code = match &error {
                ParseError::Read { .. } => codes::UNREADABLE,
                ParseError::NotUnderstood { .. } => codes::NOT_UNDERSTOOD,
                ParseError::Truncated { .. } => codes::TRUNCATED,
                ParseError::Empty { .. } => codes::EMPTY,
            };
            let mut failure = Failure::from_error(code, &error);
            if let ParseError::Empty { complaints, .. } = &error {
                for complaint in complaints.iter().take(4) {
                    failure = failure.because(told(complaint));
                }
            }
            failure
        }
    }
}

fn told(complaint: &Complaint) -> String {
    match complaint.line {
        Some(line) => format!("line {line}: {}", complaint.message),
        None => complaint.message.clone(),
    }
}
