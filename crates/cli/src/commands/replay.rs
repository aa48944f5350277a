//! `plimsoll replay`: history judged again, commit by commit, under a policy.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::num::NonZero;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::thread;

use plimsoll_context::Config;
use plimsoll_model::{Policy, ReplayedAlert, ReplayedChangePoint};
use plimsoll_report::{ReplayChangeRow, ReplayLine, ReplayRow, ReplayRun, ReplayView};
use plimsoll_track::{
    ReplayOptions, ReplayTally, ReplayedLine, ReplayedRun, Tallied, TallySeries, replay_lines,
};

use crate::codes;
use crate::failure::{Ended, Failure};
use crate::house::{House, config_failure};
use crate::progress::{Counted, Progress};
use crate::terminal::Terminal;

/// Bytes that are read at once.
const BUFFER_BYTES: usize = 256 << 10;
/// Complaints about lines that are told; the others are counted.
const MOST_COMPLAINTS: u64 = 100;

/// History judged again, commit by commit: which alerts a policy would have raised, and when.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
What raises an alert: a change point for the worse (by its size: info up to `warn`, warning up to `error`, else error; \
critical where it is over 3 spreads too), a target that is missed, and the plain `threshold` where the policy names it. The \
ladder alone raises nothing here: one value cannot tell an outlier from a change, and a replay cannot look twice as `run` \
does; what stands beyond the ladder for good is a change point a few runs later.

The input is a line for each series: {\"id\": \"a\", \"direction\": \"lower\", \"values\": [1.0, 1.1]}. `samples` and `times` \
may stand beside them and have no say. A line that is not understood is complained of with its number; the others are judged.")]
pub(crate) struct Args {
    /// Judge the series of this file instead of the store, a JSON object a line; `-` is standard input
    #[arg(long, value_name = "FILE")]
    input: Option<PathBuf>,
    /// Judge under the [policy] and targets of this file, written like plimsoll.toml [default: what holds]
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Only change points with hindsight, no alerts
    #[arg(long)]
    only_retrospective: bool,
}

/// Judges the series of a file.
pub(crate) fn execute(args: &Args, house: &House) -> Ended {
    let policy = policy(args, house)?;
    match &args.input {
        Some(path) => replay_input(args, house, path, &policy),
        None => Err(Failure::new(codes::USAGE, "name a file with --input")),
    }
}

/// The policy of the file that was named, else what is configured.
fn policy(args: &Args, house: &House) -> Result<Policy, Failure> {
    match &args.policy {
        None => Ok(house.config.policy.clone()),
        Some(path) => Config::load(&house.directory, None, Some(path))
            .map(|config| config.policy)
            .map_err(|error| config_failure(&error)),
    }
}

fn workers() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}

fn replay_input(args: &Args, house: &House, path: &Path, policy: &Policy) -> Ended {
    let (input, total_bytes) = open(path)?;
    let options = ReplayOptions { policy, only_retrospective: args.only_retrospective, workers: workers() };
    let mut progress = Progress::begin(&house.terminal, "judging", Counted::Bytes);
    let mut answers = Answers::new(house.globals.json, house.terminal);
    let read = replay_lines(
        input,
        &options,
        |bytes| progress.at(bytes, total_bytes),
        |line, answer| answers.take(line, answer),
    );
    progress.end();
    let unwritable = answers.finish();
    read.map_err(|error| unreadable(path, &error))?;
    if let Some(error) = unwritable {
        return Err(
            Failure::new(codes::OUTPUT, "standard output cannot be written").because(error.to_string())
        );
    }
    let name = path.display().to_string();
    match (answers.judged, answers.broken) {
        (0, 0) => return Err(Failure::new(codes::EMPTY, format!("{name} holds no line"))),
        (0, broken) => {
            let message = format!("none of the {broken} lines of {name} is a series");
            return Err(
                Failure::new(codes::NOT_UNDERSTOOD, message).hint("plimsoll replay --help shows a line")
            );
        }
        _ => {}
    }
    if !house.globals.json {
        house.terminal.data(&shown(house, &name, &mut answers.tally, args.only_retrospective))?;
    }
    Ok(0)
}

fn open(path: &Path) -> Result<(Box<dyn BufRead>, Option<u64>), Failure> {
    if path == Path::new("-") {
        return Ok((Box::new(BufReader::with_capacity(BUFFER_BYTES, io::stdin())), None));
    }
    let file = File::open(path).map_err(|error| unreadable(path, &error))?;
    let metadata = file.metadata().map_err(|error| unreadable(path, &error))?;
    if metadata.is_dir() {
        return Err(unreadable(path, &io::Error::from(io::ErrorKind::IsADirectory)));
    }
    let length = metadata.is_file().then_some(metadata.len());
    Ok((Box::new(BufReader::with_capacity(BUFFER_BYTES, file)), length))
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    Failure::new(codes::UNREADABLE, format!("{} cannot be read", path.display())).because(error.to_string())
}

/// Takes the answers to lines in their order: writes them or tallies them, and tells what is wrong with the others.
struct Answers {
    out: Option<io::Stdout>,
    unwritable: Option<io::Error>,
    terminal: Terminal,
    tally: ReplayTally,
    judged: u64,
    broken: u64,
}

impl Answers {
    fn new(is_json: bool, terminal: Terminal) -> Self {
        let out = is_json.then(io::stdout);
        Self { out, unwritable: None, terminal, tally: ReplayTally::default(), judged: 0, broken: 0 }
    }

    fn take(&mut self, line: u64, answer: Result<ReplayedLine, String>) -> ControlFlow<()> {
        let series = match answer {
            Ok(series) => series,
            Err(why) => {
                self.broken += 1;
                if self.broken <= MOST_COMPLAINTS {
                    self.terminal.say(&format!("line {line}: {why}"));
                }
                return ControlFlow::Continue(());
            }
        };
        self.judged += 1;
        let Some(out) = &mut self.out else {
            let tallied = TallySeries { name: &series.id, values: &series.values, unit: None, runs: &[] };
            self.tally.add(&tallied, &series.replayed);
            return ControlFlow::Continue(());
        };
        let view = ReplayLine { id: &series.id, testbed: None, replayed: &series.replayed, runs: &[] };
        match out.write_all(view.json().as_bytes()) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                self.unwritable = Some(error);
                ControlFlow::Break(())
            }
        }
    }

    /// Writes what is left to write. A reader that went away (`| head`) has what it wanted.
    fn finish(&mut self) -> Option<io::Error> {
        if self.broken > MOST_COMPLAINTS {
            self.terminal.say(&format!("and {} more lines", self.broken - MOST_COMPLAINTS));
        }
        let flushed = self.out.as_mut().and_then(|out| out.flush().err());
        let error = self.unwritable.take().or(flushed);
        error.filter(|error| error.kind() != io::ErrorKind::BrokenPipe)
    }
}

/// The tally as a table.
fn shown(house: &House, span: &str, tally: &mut ReplayTally, only_retrospective: bool) -> String {
    let counts = tally.counts();
    if only_retrospective {
        let rows: Vec<ReplayChangeRow<'_>> = tally.change_points().iter().map(change_row).collect();
        let view = ReplayView { span, counts, alerts: &[], change_points: Some(&rows) };
        return view.terminal(&house.screen());
    }
    let rows: Vec<ReplayRow<'_>> = tally.alerts().iter().map(alert_row).collect();
    ReplayView { span, counts, alerts: &rows, change_points: None }.terminal(&house.screen())
}

fn alert_row(tallied: &Tallied<ReplayedAlert>) -> ReplayRow<'_> {
    ReplayRow {
        series: &tallied.series,
        alert: &tallied.found,
        unit: tallied.unit.as_ref(),
        runs: tallied.at.as_ref().zip(tallied.began.as_ref()).map(|(at, began)| (run(at), run(began))),
        values: &tallied.values,
    }
}

fn change_row(tallied: &Tallied<ReplayedChangePoint>) -> ReplayChangeRow<'_> {
    ReplayChangeRow {
        series: &tallied.series,
        point: &tallied.found,
        unit: tallied.unit.as_ref(),
        run: tallied.began.as_ref().map(run),
        values: &tallied.values,
    }
}

fn run(run: &ReplayedRun) -> ReplayRun<'_> {
    ReplayRun { commit: run.commit.as_deref(), started_at: run.started_at }
}
