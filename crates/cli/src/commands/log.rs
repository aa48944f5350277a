//! `plimsoll log`: history, a line a run or a line a point of one series.

use clap::ValueEnum;
use plimsoll_report::{LogRun, LogView, SeriesLogView, Trend};
use plimsoll_store::{RunFilter, SeriesRow, SqliteStore};
use plimsoll_track::{RunLog, SeriesLogRequest, SeriesPlace, run_log, series_log};

use crate::codes;
use crate::failure::{Ended, Failure};
use crate::house::{House, RuleBook, store_failure};
use crate::moment::Moment;
use crate::project_hint::known_project;
use crate::row_facts::{log_points, row_facts};
use crate::series_choice::the_series;

/// Lines shown when nobody says how many.
const DEFAULT_LAST: usize = 10;
/// Lines of a chart.
const CHART_LINES: usize = 12;

/// History: a line a run, or a line a point of one series.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A series, `suite:benchmark{parameter=value}#metric` with any part left out where that is clear (a benchmark alone
    /// means its time), or a target's id
    #[arg(value_name = "SERIES")]
    series: Option<String>,
    /// Show the newest N [default: 10; all with --since or --session]
    #[arg(short = 'n', long, value_name = "N")]
    last: Option<usize>,
    /// Only runs since a time, a date, or an age such as 7d
    #[arg(long, value_name = "WHEN", value_parser = Moment::parse)]
    since: Option<Moment>,
    /// Only runs of this session
    #[arg(long, value_name = "NAME")]
    session: Option<String>,
    /// Only runs of this branch [default: all; of a series, the default branch and the one checked out]
    #[arg(long, value_name = "NAME")]
    branch: Option<String>,
    /// Only runs of this suite
    #[arg(long, value_name = "NAME")]
    suite: Option<String>,
    /// Only runs on this class of machine
    #[arg(long, value_name = "NAME")]
    testbed: Option<String>,
    /// How to print it
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: LogFormat,
}

/// How a log is printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum LogFormat {
    /// A table for a terminal.
    #[default]
    Table,
    /// `plimsoll.log/1`.
    Json,
    /// A line of dots over commits; of a series.
    Chart,
    /// A row a line.
    Csv,
}

impl Args {
    fn format(&self, house: &House) -> LogFormat {
        house.format(self.format, LogFormat::Json)
    }

    /// How many lines: a span that was asked for is shown whole.
    fn limit(&self) -> Option<usize> {
        let is_span = self.since.is_some() || self.session.is_some();
        self.last.or((!is_span).then_some(DEFAULT_LAST))
    }
}

/// Reads history by index and prints it.
pub(crate) fn execute(args: &Args, house: &House) -> Ended {
    let format = args.format(house);
    if args.series.is_none() && format == LogFormat::Chart {
        return Err(Failure::new(codes::USAGE, "a chart is drawn of one series")
            .hint("plimsoll log SERIES --format chart"));
    }
    let store = house.read_store()?;
    let project = known_project(house, &store)?;
    match &args.series {
        None => show_runs(args, house, &store, &project, format),
        Some(name) => {
            let book = house.rule_book(Some(&store), &project)?;
            let place = SeriesPlace {
                project: &project,
                suite: args.suite.as_deref(),
                testbed: args.testbed.as_deref(),
            };
            let series = the_series(&store, place, &book.policy, name, &house.terminal)?;
            show_series(args, house, &store, &project, &series, &book)
        }
    }
}

fn show_runs(args: &Args, house: &House, store: &SqliteStore, project: &str, format: LogFormat) -> Ended {
    let filter = RunFilter {
        project,
        suite: args.suite.as_deref(),
        testbed: args.testbed.as_deref(),
        branch: args.branch.as_deref(),
        session: args.session.as_deref(),
        since: args.since.map(|since| since.past(House::now())),
        limit: args.limit(),
        ..RunFilter::default()
    };
    let RunLog { runs, has_older } = run_log(store, &filter).map_err(|error| store_failure(&error))?;
    let lines: Vec<LogRun<'_>> = runs
        .iter()
        .map(|logged| LogRun {
            run: row_facts(project, &logged.row),
            items: logged.items.as_ref().map(|(count, noun)| (*count, noun.as_str())),
            time_ns: logged.time_ns,
            peak_rss_bytes: logged.peak_rss_bytes,
            heap_bytes: logged.heap_bytes,
            verdict: None,
        })
        .collect();
    let view = LogView { project, runs: &lines, has_older };
    house.terminal.data(&match format {
        LogFormat::Table | LogFormat::Chart => view.terminal(&house.screen()),
        LogFormat::Json => view.json(),
        LogFormat::Csv => view.csv(),
    })?;
    Ok(0)
}

fn show_series(
    args: &Args,
    house: &House,
    store: &SqliteStore,
    project: &str,
    series: &SeriesRow,
    book: &RuleBook,
) -> Ended {
    let branches = branches(args, house);
    let names: Vec<&str> = branches.iter().map(String::as_str).collect();
    let request = SeriesLogRequest {
        project,
        branches: &names,
        session: args.session.as_deref(),
        since: args.since.map(|since| since.past(House::now())),
        last: args.limit(),
    };
    let read =
        |request| series_log(store, series, &request, book.rules()).map_err(|error| store_failure(&error));
    let mut log = read(request)?;
    if log.points.is_empty() && args.branch.is_none() && !names.is_empty() {
        log = read(SeriesLogRequest { branches: &[], ..request })?;
        if !log.points.is_empty() {
            let asked = names.join(" or ");
            house.terminal.say(&format!("no point is of branch {asked}: all branches are shown"));
        }
    }
    let points = log_points(project, &log);
    let view = SeriesLogView {
        key: &log.key,
        unit: &log.unit,
        direction: log.direction,
        points: &points,
        has_older: log.has_older,
        baseline: log.baseline,
        target: book.policy.target_for(&log.key),
        smallest_steps: &log.smallest_steps,
        trend: log.trend_change.map(|change| Trend { change, interval: None }),
    };
    house.terminal.data(&match args.format(house) {
        LogFormat::Table => view.terminal(&house.screen()),
        LogFormat::Chart => view.chart(&house.screen(), CHART_LINES),
        LogFormat::Json => view.json(),
        LogFormat::Csv => view.csv(),
    })?;
    Ok(0)
}

/// The branch asked for; else the default branch and the one checked out, as `git log` shows what both share. Without a repository
/// all.
fn branches(args: &Args, house: &House) -> Vec<String> {
    if let Some(branch) = &args.branch {
        return vec![branch.clone()];
    }
    let Some(git) = house.git().filter(|_| args.session.is_none()) else {
        return Vec::new();
    };
    let mut branches = vec![house.default_branch().to_owned()];
    branches.extend(git.current_branch().ok().flatten().filter(|current| *current != branches[0]));
    branches
}
