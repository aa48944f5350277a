//! `plimsoll export`: history run by run.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use plimsoll_model::{Run, format};
use plimsoll_report::{measurement_headings, measurement_rows};
use plimsoll_store::StoreError;
use plimsoll_track::{ExportFilter, export};

use crate::codes;
use crate::failure::{Ended, Failure};
use crate::house::{House, store_failure};
use crate::moment::Moment;
use crate::progress::{Counted, Progress};

/// Bytes that are gathered before they are written.
const BUFFER_BYTES: usize = 1 << 20;

/// Write history out, run by run.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// As what
    #[arg(value_enum)]
    kind: Kind,
    /// Into this file [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Only this suite
    #[arg(long, value_name = "NAME")]
    suite: Option<String>,
    /// Only runs that started then or later: `2026-11-20`, or how long ago: `12h`, `30d`
    #[arg(long, value_name = "DATE|AGE", value_parser = Moment::parse)]
    since: Option<Moment>,
    /// Only this branch
    #[arg(long, value_name = "NAME")]
    branch: Option<String>,
}

/// The form that history is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// One plimsoll.run/1 document a line, which `plimsoll import jsonl` reads.
    Jsonl,
    /// An array of plimsoll.run/1 documents.
    Json,
    /// A row a measurement.
    Csv,
}

/// Why writing ended.
enum Stopped {
    Store(StoreError),
    Format(String),
    Write(io::Error),
}

impl From<StoreError> for Stopped {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<io::Error> for Stopped {
    fn from(error: io::Error) -> Self {
        Self::Write(error)
    }
}

/// Writes every run that is asked for, in commit order.
pub(crate) fn execute(args: &Args, house: &House) -> Ended {
    let store = house.read_store()?;
    let project = house.project();
    let filter = ExportFilter {
        project: &project,
        suite: args.suite.as_deref(),
        branch: args.branch.as_deref(),
        since: args.since.map(|since| since.past(House::now())),
    };
    let out: Box<dyn Write> = match &args.output {
        Some(path) => Box::new(File::create(path).map_err(|error| unwritable(&error, path))?),
        None => Box::new(io::stdout().lock()),
    };
    let mut out = BufWriter::with_capacity(BUFFER_BYTES, out);
    let mut progress = Progress::begin(&house.terminal, "exporting", Counted::Runs);
    let written = write_all(&mut out, args.kind, |each| {
        export(&store, &filter, |run, done, total| {
            progress.at(done as u64, u64::try_from(total).ok());
            each(&run)
        })
    });
    progress.end();
    let count = match written {
        Ok(count) => count,
        // A reader that went away (`| head`) has what it wanted.
        Err(Stopped::Write(error)) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(0),
        Err(Stopped::Write(error)) => {
            return Err(unwritable(&error, args.output.as_deref().unwrap_or(Path::new("-"))));
        }
        Err(Stopped::Store(error)) => return Err(store_failure(&error)),
        Err(Stopped::Format(message)) => return Err(Failure::new(codes::OUTPUT, message)),
    };
    match (&args.output, count) {
        (_, 0) => house.terminal.say(&format!("no run of project {project} passes these filters")),
        (Some(path), count) => house.terminal.say(&format!("{count} runs written to {}", path.display())),
        (None, _) => {}
    }
    Ok(0)
}

fn unwritable(error: &io::Error, path: &Path) -> Failure {
    let message = format!("{} cannot be written", path.display());
    Failure::new(codes::OUTPUT, message).because(error.to_string())
}

/// Writes what stands before, between and after the runs; `runs` hands each of them over.
fn write_all(
    out: &mut impl Write,
    kind: Kind,
    runs: impl FnOnce(&mut dyn FnMut(&Run) -> Result<(), Stopped>) -> Result<usize, Stopped>,
) -> Result<usize, Stopped> {
    match kind {
        Kind::Jsonl => {}
        Kind::Json => out.write_all(b"[")?,
        Kind::Csv => out.write_all(measurement_headings().as_bytes())?,
    }
    let mut is_first = true;
    let count = runs(&mut |run| {
        match kind {
            Kind::Jsonl => {
                out.write_all(document(run)?.as_bytes())?;
                out.write_all(b"\n")?;
            }
            Kind::Json => {
                out.write_all(if is_first { b"\n" } else { b",\n" })?;
                out.write_all(document(run)?.as_bytes())?;
            }
            Kind::Csv => out.write_all(measurement_rows(run).as_bytes())?,
        }
        is_first = false;
        Ok(())
    })?;
    if kind == Kind::Json {
        out.write_all(b"\n]\n")?;
    }
    out.flush()?;
    Ok(count)
}

fn document(run: &Run) -> Result<String, Stopped> {
    format::run::write(run).map_err(|error| Stopped::Format(error.to_string()))
}
