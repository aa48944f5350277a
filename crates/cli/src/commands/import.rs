//! `plimsoll import`: history from elsewhere.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use plimsoll_report::ImportView;
use plimsoll_track::{ImportDefaults, ImportError, ImportSummary, import_lines};

use crate::codes;
use crate::commands::ingest::DEFAULT_SUITE;
use crate::failure::{Ended, Failure};
use crate::house::{House, store_failure};
use crate::progress::{Counted, Progress};

/// Bytes that are read at once.
const BUFFER_BYTES: usize = 1 << 20;

/// Read runs from elsewhere into history, without judging them.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What it is
    #[arg(value_enum)]
    kind: Kind,
    /// The file, or `-` for standard input
    path: PathBuf,
}

/// What can be imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// One plimsoll.run/1 document a line, as `plimsoll export jsonl` writes.
    Jsonl,
}

/// Stores every run that is understood. Nothing is judged and no alert is opened.
pub(crate) fn execute(args: &Args, house: &House) -> Ended {
    let Kind::Jsonl = args.kind;
    let unreadable = |error: &io::Error| {
        let message = format!("{} cannot be read", args.path.display());
        Failure::new(codes::UNREADABLE, message).because(error.to_string())
    };
    let is_stdin = args.path == Path::new("-");
    let (input, total_bytes): (Box<dyn BufRead + Send>, Option<u64>) = match is_stdin {
        true => (Box::new(BufReader::with_capacity(BUFFER_BYTES, io::stdin())), None),
        false => {
            let file = File::open(&args.path).map_err(|error| unreadable(&error))?;
            let metadata = file.metadata().map_err(|error| unreadable(&error))?;
            if metadata.is_dir() {
                return Err(unreadable(&io::Error::from(io::ErrorKind::IsADirectory)));
            }
            let length = metadata.is_file().then_some(metadata.len());
            (Box::new(BufReader::with_capacity(BUFFER_BYTES, file)), length)
        }
    };
    let project = house.project();
    let defaults = ImportDefaults { project: &project, suite: DEFAULT_SUITE };
    let mut store = house.create_store()?;
    let mut progress = Progress::begin(&house.terminal, "importing", Counted::Bytes);
    let summary = import_lines(&mut store, input, defaults, |bytes| {
        progress.at(bytes, total_bytes);
    });
    progress.end();
    let summary = summary.map_err(|error| match &error {
        ImportError::Store(error) => store_failure(error),
        ImportError::Read(error) => unreadable(error),
    })?;
    tell(&summary, &args.path, &project, house)
}

fn tell(summary: &ImportSummary, path: &Path, project: &str, house: &House) -> Ended {
    let understood = summary.lines - summary.broken;
    let name = path.display().to_string();
    if understood == 0 {
        let (code, message) = match summary.lines {
            0 => (codes::EMPTY, format!("{name} holds no line")),
            lines => (codes::NOT_UNDERSTOOD, format!("none of the {lines} lines of {name} is a run")),
        };
        let failure = Failure::new(code, message);
        let failure = summary.complaints.iter().take(4).fold(failure, |failure, complaint| {
            let line = complaint.line.map_or_else(String::new, |line| format!("line {line}: "));
            failure.because(format!("{line}{}", complaint.message))
        });
        return Err(failure.hint(
            "plimsoll export jsonl writes what this reads; plimsoll ingest reads what harnesses write",
        ));
    }
    let view = ImportView {
        source: &name,
        new_runs: summary.stored.new,
        new_measurements: summary.stored.measurements,
        known_runs: summary.stored.runs - summary.stored.new - summary.stored.conflicts.len(),
        conflicts: &summary.stored.conflicts,
        broken_lines: summary.broken,
        complaints: &summary.complaints,
        unlisted_complaints: summary.unlisted,
        projects: &summary.projects,
        own_project: project,
    };
    house.show(|| view.json(), |screen| view.terminal(screen))?;
    // The runs that conflict were left out; everything else is stored.
    match summary.stored.conflicts.is_empty() {
        true => Ok(0),
        false => Ok(codes::STORE_CONFLICT.exit),
    }
}
