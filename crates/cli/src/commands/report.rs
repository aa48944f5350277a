//! `plimsoll report`: a document of what changed over a span of history.

use std::fs;
use std::path::PathBuf;

use clap::ValueEnum;
use jiff::Timestamp;
use plimsoll_report::{DocumentSeries, DocumentView};
use plimsoll_track::{LEVEL_VALUES, Span, span};

use crate::codes;
use crate::commands::alert::listed;
use crate::failure::{Ended, Failure};
use crate::house::{House, store_failure};
use crate::row_facts::row_facts;
use crate::span_choice::{span_branch, span_of_days, span_since};

/// Days covered when nobody says how many.
const DEFAULT_DAYS: u32 = 7;

/// A document: what got slower first, over the last days or since a revision.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Cover the last N days
    #[arg(long, value_name = "N", conflicts_with = "since", default_value_t = DEFAULT_DAYS)]
    days: u32,
    /// Cover everything since a revision (`v1.2`), a date or a time
    #[arg(long, value_name = "REF|DATE")]
    since: Option<String>,
    /// The branch [default: the default branch, else the one checked out]
    #[arg(long, value_name = "NAME")]
    branch: Option<String>,
    /// How to write it
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: DocumentFormat,
    /// Write to a file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// How a document is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum DocumentFormat {
    /// For people.
    #[default]
    Md,
    /// `plimsoll.document/1`.
    Json,
    /// A row a series.
    Csv,
}

/// Reads the span, judges its two ends and writes the document.
pub(crate) fn execute(args: &Args, house: &House) -> Ended {
    let store = house.read_store()?;
    let project = house.project();
    let book = house.rule_book(Some(&store), &project)?;
    let now = House::now();
    let (start, name) = match &args.since {
        Some(since) => span_since(house, &store, &project, since, "report")?,
        None => span_of_days(args.days, now),
    };
    let branch = span_branch(args.branch.as_deref(), house, &store, &project)?;
    let span = span(&store, &project, branch.as_deref(), start, book.rules())
        .map_err(|error| store_failure(&error))?;
    let text = rendered(args, house, &project, &name, (start.from, now), &span);
    match &args.output {
        None => house.terminal.data(&text)?,
        Some(path) => {
            fs::write(path, text).map_err(|error| {
                Failure::new(codes::OUTPUT, format!("{} cannot be written", path.display()))
                    .because(error.to_string())
            })?;
        }
    }
    Ok(0)
}

fn rendered(
    args: &Args,
    house: &House,
    project: &str,
    name: &str,
    (from, to): (Timestamp, Timestamp),
    span: &Span,
) -> String {
    let runs: Vec<_> = span.runs.iter().map(|row| row_facts(project, row)).collect();
    let alerts: Vec<_> = span.alerts.iter().map(listed).collect();
    let series: Vec<DocumentSeries<'_>> = span
        .series
        .iter()
        .map(|series| DocumentSeries {
            key: &series.key,
            unit: &series.unit,
            direction: series.direction,
            before: series.before,
            after: series.after,
            change: series.change,
            verdict: series.verdict,
            severity: series.severity,
            began: series.began.as_deref(),
            changes: &series.changes,
            values: &series.values,
        })
        .collect();
    let view = DocumentView {
        project,
        span: name,
        from,
        to,
        runs: &runs,
        series: &series,
        level_values: LEVEL_VALUES,
        tested: span.tested,
        has_suspects: span.has_suspects,
        alerts: &alerts,
        complaints: &span.complaints,
    };
    let format = house.format(args.format, DocumentFormat::Json);
    match format {
        DocumentFormat::Md => view.markdown(),
        DocumentFormat::Json => view.json(),
        DocumentFormat::Csv => view.csv(),
    }
}
