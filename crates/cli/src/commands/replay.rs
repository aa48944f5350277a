//! `plimsoll replay`: history judged again, commit by commit, under a policy.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::thread;

use plimsoll_context::Config;
use plimsoll_model::Policy;
use plimsoll_store::SqliteStore;
use plimsoll_track::{ReplayOptions, ReplayRequest, replay_history, replay_lines};

use crate::codes;
use crate::failure::{Ended, Failure};
use crate::house::{House, RuleBook, config_failure, store_failure};
use crate::progress::{Counted, Progress};
use crate::replay_shown::Answers;
use crate::span_choice::{span_branch, span_since};

/// Bytes that are read at once.
const BUFFER_BYTES: usize = 256 << 10;

/// History judged again, commit by commit: which alerts a policy would have raised, and when.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
What raises an alert: a change point for the worse (info up to `warn`, warning up to `error`, else error; critical where it \
is larger than 3 spreads too), a target that is missed, and the plain `threshold` where the policy names it. The ladder \
raises none here: one value cannot tell an outlier from a change, and a replay cannot look twice as `run` does. What stands \
beyond the ladder for good is a change point a few runs later.

The input is a line for each series: {\"id\": \"a\", \"direction\": \"lower\", \"values\": [1.0, 1.1]}. `samples` and `times` \
may stand beside them and have no say. A line that is not understood is named with its number; the others are judged.")]
pub(crate) struct Args {
    /// Judge the series of this file instead of the store, a JSON object a line; `-` is standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["since", "filter", "branch", "suite", "testbed"])]
    input: Option<PathBuf>,
    /// Judge under the policy and targets of this file, written like plimsoll.toml [default: what holds]
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Show what would have been raised since a revision, a date or an age such as 90d [default: all of history]
    #[arg(long, value_name = "REF|DATE")]
    since: Option<String>,
    /// Only series whose benchmark or name fits, such as `import/*` or `*#time`
    #[arg(long, value_name = "GLOB")]
    filter: Option<String>,
    /// The branch [default: the default branch, else the one checked out]
    #[arg(long, value_name = "NAME")]
    branch: Option<String>,
    /// Only this suite
    #[arg(long, value_name = "NAME")]
    suite: Option<String>,
    /// Only this class of machine
    #[arg(long, value_name = "NAME")]
    testbed: Option<String>,
    /// Only change points with hindsight, no alerts
    #[arg(long)]
    only_retrospective: bool,
}

/// Judges the series of the store or of a file again. Nothing is written to the store.
pub(crate) fn execute(args: &Args, house: &House) -> Ended {
    let policy = args.policy.as_deref().map(|path| read_policy(path, house)).transpose()?;
    match &args.input {
        Some(path) => replay_input(args, house, path, policy.as_ref().unwrap_or(&house.config.policy)),
        None => replay_store(args, house, policy),
    }
}

/// The policy and targets of a file, and nothing else of it.
fn read_policy(path: &Path, house: &House) -> Result<Policy, Failure> {
    let config = Config::load(&house.directory, None, Some(path)).map_err(|error| config_failure(&error))?;
    Ok(config.policy)
}

fn options<'a>(args: &Args, policy: &'a Policy) -> ReplayOptions<'a> {
    let workers = thread::available_parallelism().map_or(1, NonZero::get);
    ReplayOptions { policy, only_retrospective: args.only_retrospective, workers }
}

fn replay_store(args: &Args, house: &House, policy: Option<Policy>) -> Ended {
    let store = house.read_store()?;
    let project = house.project();
    let mut book = house.rule_book(Some(&store), &project)?;
    // A policy that is tried out holds alone, its targets too.
    book.policy = policy.unwrap_or(book.policy);
    let (start, span) = match &args.since {
        Some(since) => {
            let (start, span) = span_since(house, &store, &project, since, "replay")?;
            (Some(start), span)
        }
        None => (None, "all of history".to_owned()),
    };
    let branch = span_branch(args.branch.as_deref(), house, &store, &project)?;
    let request = ReplayRequest {
        project: &project,
        branch: branch.as_deref(),
        suite: args.suite.as_deref(),
        testbed: args.testbed.as_deref(),
        filter: args.filter.as_deref(),
        start,
    };
    let mut answers = judge_store(args, house, &store, &request, &book)?;
    if answers.judged == 0 {
        let on = request.branch.map_or_else(String::new, |branch| format!(" on {branch}"));
        house.terminal.say(&format!("no series was measured in {span}{on}, or none fits"));
    }
    answers.show(house, &span, args.only_retrospective)?;
    Ok(0)
}

fn judge_store(
    args: &Args,
    house: &House,
    store: &SqliteStore,
    request: &ReplayRequest<'_>,
    book: &RuleBook,
) -> Result<Answers, Failure> {
    let mut progress = Progress::begin(&house.terminal, "judging", Counted::Series);
    let mut answers = Answers::new(house);
    let judged = replay_history(
        store,
        request,
        &book.renames,
        &options(args, &book.policy),
        |done, total| progress.at(done as u64, u64::try_from(total).ok()),
        |series| answers.take_series(&series),
    );
    progress.end();
    judged.map_err(|error| store_failure(&error))?;
    answers.end()?;
    Ok(answers)
}

fn replay_input(args: &Args, house: &House, path: &Path, policy: &Policy) -> Ended {
    let name = match path == Path::new("-") {
        true => "standard input".to_owned(),
        false => path.display().to_string(),
    };
    let unreadable = |error: io::Error| {
        Failure::new(codes::UNREADABLE, format!("{name} cannot be read")).because(error.to_string())
    };
    let (input, total_bytes) = open(path).map_err(unreadable)?;
    let mut progress = Progress::begin(&house.terminal, "judging", Counted::Bytes);
    let mut answers = Answers::new(house);
    let read = replay_lines(
        input,
        &options(args, policy),
        |bytes| progress.at(bytes, total_bytes),
        |line, answer| answers.take_line(line, answer),
    );
    progress.end();
    answers.end()?;
    read.map_err(unreadable)?;
    if answers.judged == 0 {
        let message = match answers.broken {
            0 => format!("{name} holds no line"),
            1 => format!("the line of {name} is no series"),
            broken => format!("none of the {broken} lines of {name} is a series"),
        };
        return Err(Failure::new(codes::NO_SERIES, message));
    }
    answers.show(house, &name, args.only_retrospective)?;
    Ok(0)
}

fn open(path: &Path) -> io::Result<(Box<dyn BufRead>, Option<u64>)> {
    if path == Path::new("-") {
        return Ok((Box::new(BufReader::with_capacity(BUFFER_BYTES, io::stdin())), None));
    }
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    if metadata.is_dir() {
        return Err(io::Error::from(io::ErrorKind::IsADirectory));
    }
    let length = metadata.is_file().then_some(metadata.len());
    Ok((Box::new(BufReader::with_capacity(BUFFER_BYTES, file)), length))
}
