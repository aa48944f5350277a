//! `plimsoll report`: a document of what changed over a span of history.

use std::fs;
use std::path::PathBuf;

use clap::ValueEnum;
use jiff::{SignedDuration, Timestamp};
use plimsoll_report::{DocumentSeries, DocumentView};
use plimsoll_store::{RunFilter, SqliteStore};
use plimsoll_track::{Span, SpanStart, span};

use crate::codes;
use crate::commands::alert::listed;
use crate::failure::{Ended, Failure};
use crate::house::{House, store_failure};
use crate::moment::Moment;
use crate::row_facts::row_facts;

/// Days covered when nobody says how many.
const DEFAULT_DAYS: u32 = 7;
/// Hours of a day.
const DAY_HOURS: i64 = 24;

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
    let (start, name) = start(args, house, &store, &project, now)?;
    let branch = branch(args, house, &store, &project)?;
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

/// Where the span begins, and what it is called.
fn start(
    args: &Args,
    house: &House,
    store: &SqliteStore,
    project: &str,
    now: Timestamp,
) -> Result<(SpanStart, String), Failure> {
    let Some(since) = &args.since else {
        let age = SignedDuration::from_hours(i64::from(args.days) * DAY_HOURS);
        let name = match args.days {
            1 => "the last day".to_owned(),
            days => format!("the last {days} days"),
        };
        let from = now.checked_sub(age).unwrap_or(Timestamp::MIN);
        return Ok((SpanStart { from, after: None }, name));
    };
    let name = format!("the time since {since}");
    if let Some(hash) = house.git().and_then(|git| git.resolve(since).ok()) {
        let order =
            store.commit_order(project, &hash).map_err(|error| store_failure(&error))?.ok_or_else(|| {
                Failure::new(
                    codes::REVISION,
                    format!(
                        "history does not know where {since} stands: nothing was measured on it or near it"
                    ),
                )
                .hint("name a date instead")
            })?;
        // Commit order follows commit time, in microseconds.
        let from = Timestamp::from_microsecond(order).unwrap_or(Timestamp::MIN);
        return Ok((SpanStart { from, after: Some(order) }, name));
    }
    let moment = Moment::parse(since).map_err(|_| {
        Failure::new(
            codes::REVISION,
            format!("`{since}` is no revision that git knows, no date, no time and no age"),
        )
        .hint("plimsoll report --since 2026-11-01")
    })?;
    Ok((SpanStart { from: moment.past(now), after: None }, name))
}

/// The branch asked for; else the default branch if anything was measured on it, else the one checked out, else all.
fn branch(args: &Args, house: &House, store: &SqliteStore, project: &str) -> Result<Option<String>, Failure> {
    if args.branch.is_some() {
        return Ok(args.branch.clone());
    }
    let current = house.git().and_then(|git| git.current_branch().ok().flatten());
    for branch in [Some(house.default_branch().to_owned()), current].into_iter().flatten() {
        let any = store.select_runs(&RunFilter {
            project,
            branch: Some(&branch),
            newest_first: true,
            limit: Some(1),
            ..RunFilter::default()
        });
        if !any.map_err(|error| store_failure(&error))?.is_empty() {
            return Ok(Some(branch));
        }
    }
    Ok(None)
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
