//! `plimsoll compare`: two refs, runs or files side by side.

use clap::ValueEnum;
use plimsoll_model::Complaint;
use plimsoll_report::{CompareView, ComparedSeries, RunFacts, Side as ShownSide};
use plimsoll_track::{Comparison, Side, StoredSide, compare, newest_side};

use crate::codes;
use crate::failure::{Ended, Failure};
use crate::house::{House, store_failure};
use crate::row_facts::row_facts;
use crate::sides::{side, side_failure, surroundings};

/// Two refs, runs, tags, branches or files side by side: every series, the largest change first.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The before: a branch, tag, commit, run or file of results
    #[arg(value_name = "A")]
    a: String,
    /// The after [default: the newest run of HEAD]
    #[arg(value_name = "B")]
    b: Option<String>,
    /// Show every series
    #[arg(long)]
    all: bool,
    /// Only series whose benchmark or name fits, such as `import/*` or `*#time`
    #[arg(long, value_name = "GLOB")]
    filter: Option<String>,
    /// How to print it
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: CompareFormat,
}

/// How a comparison is printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum CompareFormat {
    /// A table for a terminal.
    #[default]
    Table,
    /// A table for a pull request.
    Md,
    /// `plimsoll.report/1`.
    Json,
    /// A row a series.
    Csv,
}

/// Compares; gates nothing.
pub(crate) fn execute(args: &Args, house: &House) -> Ended {
    let store = house.read_store()?;
    let project = house.project();
    let book = house.rule_book(Some(&store), &project)?;
    let git = house.git();
    let places = surroundings(house, &store, &project, git.as_ref());
    let a = side(places, &args.a)?;
    let (name_of_b, b) = match &args.b {
        Some(name) => (name.clone(), side(places, name)?),
        None => match newest_side(places).map_err(side_failure)? {
            Some(newest) => (newest_name(&newest), Side::Stored(newest)),
            None => {
                return Err(
                    Failure::new(codes::REVISION, "there is no run to compare with").hint("plimsoll run")
                );
            }
        },
    };
    let mut comparison = compare(&store, &project, (&a, &b), book.rules(), args.filter.as_deref())
        .map_err(|error| store_failure(&error))?;
    comparison.complaints.splice(0..0, said(&args.a, &a, &name_of_b, &b));
    if comparison.series.is_empty()
        && let Some(pattern) = &args.filter
    {
        comparison.complaints.push(Complaint::new(format!("no series fits `{pattern}`")));
    }
    show(args, house, &project, (&args.a, &a), (&name_of_b, &b), &comparison)
}

/// The newest run of HEAD is called so; one that stands in for it goes by its commit.
fn newest_name(newest: &StoredSide) -> String {
    let Some(row) = newest.runs.last() else {
        return String::new();
    };
    let name = match &row.commit {
        Some(_) if newest.complaints.is_empty() => "HEAD",
        Some(hash) => hash.get(..7).unwrap_or(hash),
        None => "newest run",
    };
    let dirty = if row.dirty { "+dirty" } else { "" };
    format!("{name}{dirty}")
}

/// What a reader should know of the sides themselves.
fn said(name_of_a: &str, a: &Side, name_of_b: &str, b: &Side) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for side in [a, b] {
        match side {
            Side::Stored(stored) => complaints.extend(stored.complaints.iter().cloned()),
            Side::File(run) => complaints.extend(run.complaints.iter().cloned()),
        }
    }
    if let (Side::Stored(a), Side::Stored(b)) = (a, b)
        && a.runs == b.runs
    {
        complaints.push(Complaint::new(format!(
            "{name_of_a} and {name_of_b} stand for the same runs: nothing can differ"
        )));
    }
    complaints
}

fn show(
    args: &Args,
    house: &House,
    project: &str,
    (name_of_a, a): (&str, &Side),
    (name_of_b, b): (&str, &Side),
    comparison: &Comparison,
) -> Ended {
    let series: Vec<ComparedSeries<'_>> = comparison
        .series
        .iter()
        .map(|compared| ComparedSeries {
            key: &compared.key,
            unit: &compared.unit,
            direction: compared.direction,
            a: compared.a,
            b: compared.b,
            change: compared.change,
            interval: compared.interval,
            verdict: compared.verdict,
            severity: compared.severity,
            changes: &compared.changes,
        })
        .collect();
    let view = CompareView {
        project,
        a: shown(project, name_of_a, a),
        b: shown(project, name_of_b, b),
        verdict: comparison.verdict,
        series: &series,
        tested: comparison.tested,
        has_suspects: comparison.has_suspects,
        common_shift: comparison.common_shift,
        complaints: &comparison.complaints,
    };
    let format = house.format(args.format, CompareFormat::Json);
    house.terminal.data(&match format {
        CompareFormat::Table => view.terminal(&house.screen(), args.all),
        CompareFormat::Md => view.markdown(),
        CompareFormat::Json => view.json(),
        CompareFormat::Csv => view.csv(),
    })?;
    Ok(0)
}

fn shown<'a>(project: &'a str, name: &'a str, side: &'a Side) -> ShownSide<'a> {
    match side {
        Side::Stored(stored) => ShownSide {
            name,
            run: stored.runs.last().map(|row| row_facts(project, row)),
            runs: stored.runs_of_a_suite(),
        },
        Side::File(run) => ShownSide { name, run: Some(RunFacts::of(run)), runs: 1 },
    }
}
