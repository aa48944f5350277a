//! A line a run: date, commit, items, time, memory.

use plimsoll_model::{RunVerdict, Unit};
use serde::Serialize;

use super::FORMAT;
use crate::screen::{Page, Screen};
use crate::sheet::{Cell, Sheet};
use crate::style::Span;
use crate::table::{Column, Table};
use crate::wire::RunEntry;
use crate::{RunFacts, json, number, runs, wording};

/// Runs in the order of history. Rendered by [`LogView::terminal`], [`LogView::json`] and [`LogView::csv`].
#[derive(Debug, Clone, Copy)]
pub struct LogView<'a> {
    /// The project.
    pub project: &'a str,
    /// The runs to show, oldest first; they are shown newest first.
    pub runs: &'a [LogRun<'a>],
    /// There are older runs than these.
    pub has_older: bool,
}

/// A run and the measurements that stand for it.
#[derive(Debug, Clone, Copy)]
pub struct LogRun<'a> {
    /// What was run, where and when.
    pub run: RunFacts<'a>,
    /// Items handled, with their noun: `(120.0, "pages")`.
    pub items: Option<(f64, &'a str)>,
    /// Wall time in nanoseconds.
    pub time_ns: Option<f64>,
    /// Peak memory of the largest single process, in bytes.
    pub peak_rss_bytes: Option<f64>,
    /// Heap in use at its peak, in bytes.
    pub heap_bytes: Option<f64>,
    /// What was decided about the run, where it is known.
    pub verdict: Option<RunVerdict>,
}

#[derive(Serialize)]
struct Log<'a> {
    format: &'static str,
    project: &'a str,
    has_older: bool,
    runs: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Entry<'a> {
    #[serde(flatten)]
    run: RunEntry<'a>,
    items: Option<f64>,
    items_noun: Option<&'a str>,
    time_ns: Option<f64>,
    peak_rss_bytes: Option<f64>,
    heap_bytes: Option<f64>,
    verdict: Option<RunVerdict>,
}

impl LogView<'_> {
    /// A line a run, newest first. Columns that no run fills are left out.
    pub fn terminal(&self, screen: &Screen) -> String {
        let mut page = Page::new(screen);
        if self.runs.is_empty() {
            page.line(0, &[Span::plain(wording::NO_RUNS)]);
            return page.finish();
        }
        let mut table = Table::new(
            screen,
            vec![
                Column::left("date", Column::ALWAYS),
                Column::left("commit", 9),
                Column::prose("subject", 2),
                Column::left("suite", 3),
                Column::right("items", 4),
                Column::right("time", 8),
                Column::right("rss", 6),
                Column::right("heap", 5),
                Column::left("", 7),
            ],
        );
        let has_suites = self.runs.iter().any(|log| log.run.suite != self.runs[0].run.suite);
        for log in self.runs.iter().rev() {
            table.row(row(log, has_suites));
        }
        table.write(0, &mut page);
        if self.has_older {
            page.line(0, &[Span::quiet("… older runs (--last N shows more)")]);
        }
        page.finish()
    }

    /// `plimsoll.log/1` in one line, newest run first.
    pub fn json(&self) -> String {
        json::document(&Log {
            format: FORMAT,
            project: self.project,
            has_older: self.has_older,
            runs: self
                .runs
                .iter()
                .rev()
                .map(|log| Entry {
                    run: RunEntry::from(&log.run),
                    items: log.items.map(|(count, _)| count),
                    items_noun: log.items.map(|(_, noun)| noun),
                    time_ns: log.time_ns,
                    peak_rss_bytes: log.peak_rss_bytes,
                    heap_bytes: log.heap_bytes,
                    verdict: log.verdict,
                })
                .collect(),
        })
    }

    /// One row a run, newest first.
    pub fn csv(&self) -> String {
        let mut sheet = Sheet::new(&[
            "run",
            "started_at",
            "suite",
            "commit",
            "subject",
            "branch",
            "testbed",
            "items",
            "time_ns",
            "peak_rss_bytes",
            "heap_bytes",
            "verdict",
            "remarks",
        ]);
        for log in self.runs.iter().rev() {
            let run = &log.run;
            sheet.row(&[
                Cell::Text(run.id),
                Cell::Text(&run.started_at.to_string()),
                Cell::Text(run.suite),
                Cell::text(run.commit),
                Cell::text(run.subject),
                Cell::text(run.branch),
                Cell::Text(run.testbed),
                Cell::number(log.items.map(|(count, _)| count)),
                Cell::number(log.time_ns),
                Cell::number(log.peak_rss_bytes),
                Cell::number(log.heap_bytes),
                Cell::text(log.verdict.map(RunVerdict::name)),
                Cell::Text(&run.remarks().join(" ")),
            ]);
        }
        sheet.finish()
    }
}

fn row(log: &LogRun<'_>, has_suites: bool) -> Vec<Vec<Span>> {
    let run = &log.run;
    let human = |unit: &Unit, value: Option<f64>| {
        Span::plain(&value.map_or_else(String::new, |value| unit.human(value)))
    };
    let items = log.items.map_or_else(String::new, |(count, noun)| Unit::normalise(noun).0.human(count));
    vec![
        vec![Span::quiet(&number::minute(run.started_at))],
        vec![Span::plain(run.commit.map_or("", number::short_hash))],
        vec![Span::quiet(run.subject.unwrap_or(""))],
        vec![Span::plain(if has_suites { run.suite } else { "" })],
        vec![Span::plain(&items)],
        vec![human(&Unit::NANOSECONDS, log.time_ns)],
        vec![human(&Unit::BYTES, log.peak_rss_bytes)],
        vec![human(&Unit::BYTES, log.heap_bytes)],
        runs::state(run, log.verdict),
    ]
}
