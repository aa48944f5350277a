//! What a series is held against, and the runs behind it.

use plimsoll_model::{Baseline, BaselineSettings, Direction, LevelChange, SeriesKey, Unit};
use serde::Serialize;
use serde_json::Value;

use crate::screen::{Page, Screen};
use crate::sparkline::sparkline;
use crate::style::{Span, Tone};
use crate::table::{Column, Table};
use crate::wire::{Name, RunEntry, SeriesBaseline, change_point};
use crate::{RunFacts, json, number, wording};

/// The name and version of the format.
const FORMAT: &str = "plimsoll.baseline/1";

/// The baseline of one series. Rendered by [`BaselineView::terminal`] and [`BaselineView::json`].
#[derive(Debug, Clone, Copy)]
pub struct BaselineView<'a> {
    /// The project.
    pub project: &'a str,
    /// The series.
    pub key: &'a SeriesKey,
    /// The unit of all values.
    pub unit: &'a Unit,
    /// Which way is better.
    pub direction: Direction,
    /// The branch whose runs count.
    pub branch: Option<&'a str>,
    /// Centre, spread and confidence; `None` without a run.
    pub baseline: Option<Baseline>,
    /// How many runs should count.
    pub settings: BaselineSettings,
    /// The runs that count with their values, oldest first.
    pub runs: &'a [BaselineRun<'a>],
    /// How many runs before them, on other levels nearby, tell the spread too.
    pub carried: usize,
    /// Why the baseline starts where it does, where someone accepted a change: the note.
    pub accepted: Option<&'a str>,
    /// The change of level that it starts at.
    pub since: Option<&'a LevelChange>,
}

/// A run that counts in a baseline.
#[derive(Debug, Clone, Copy)]
pub struct BaselineRun<'a> {
    /// The run.
    pub run: RunFacts<'a>,
    /// Its value.
    pub value: f64,
}

#[derive(Serialize)]
struct Document<'a> {
    format: &'static str,
    project: &'a str,
    #[serde(flatten)]
    name: Name<'a>,
    unit: &'a Unit,
    direction: Direction,
    branch: Option<&'a str>,
    window: usize,
    min: usize,
    baseline: Option<SeriesBaseline>,
    accepted: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<Value>,
    runs: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Entry<'a> {
    #[serde(flatten)]
    run: RunEntry<'a>,
    value: f64,
}

impl BaselineView<'_> {
    /// Centre, spread and confidence in a line, then the runs, newest first.
    pub fn terminal(&self, screen: &Screen) -> String {
        let mut page = Page::new(screen);
        page.line(0, &[Span::plain(&self.key.to_string()).strong()]);
        match &self.baseline {
            Some(baseline) => {
                let text = format!(
                    "{} · {} of {} · confidence {:.2} ({})",
                    number::baseline(baseline, self.unit),
                    number::counted(baseline.runs, "run", "runs"),
                    self.settings.window,
                    baseline.confidence,
                    confidence_word(baseline.confidence)
                );
                page.line(2, &[Span::plain(&text)]);
            }
            None => page.line(2, &[Span::new("no baseline yet: no clean run of this series", Tone::Doubt)]),
        }
        let count = self.runs.len();
        if count > 0 && count + self.carried < self.settings.min {
            let text = format!("young: {count} of at least {} runs", self.settings.min);
            page.line(2, &[Span::new(&text, Tone::Doubt)]);
        }
        if let Some(note) = self.accepted {
            page.line(2, &[Span::plain(&format!("accepted as the new normal: {note}"))]);
        }
        if let Some(change) = self.since {
            let text = format!("starts where {}", wording::level_change(change, self.unit));
            page.line(2, &[Span::plain(&text)]);
            if self.carried > 0 {
                let runs = number::counted(self.carried, "run", "runs");
                let text = format!(
                    "{runs} before that count for spread and confidence: their level differs too little to matter"
                );
                page.line(2, &[Span::plain(&text)]);
            }
        }
        let place = match self.branch {
            Some(branch) => format!("{branch} · {}", self.key.testbed),
            None => self.key.testbed.clone(),
        };
        page.line(2, &[Span::quiet(&place)]);
        if count > 0 {
            let values: Vec<f64> = self.runs.iter().map(|run| run.value).collect();
            page.line(2, &[Span::quiet(&sparkline(&values, 40))]);
            page.blank();
            self.write_runs(&mut page);
        }
        page.finish()
    }

    /// `plimsoll.baseline/1` in one line, runs oldest first.
    pub fn json(&self) -> String {
        json::document(&Document {
            format: FORMAT,
            project: self.project,
            name: Name::from(self.key),
            unit: self.unit,
            direction: self.direction,
            branch: self.branch,
            window: self.settings.window,
            min: self.settings.min,
            baseline: self.baseline.map(SeriesBaseline::from),
            accepted: self.accepted,
            since: self.since.map(change_point),
            runs: self
                .runs
                .iter()
                .map(|run| Entry { run: RunEntry::from(&run.run), value: run.value })
                .collect(),
        })
    }

    fn write_runs(&self, page: &mut Page<'_>) {
        let mut table = Table::new(
            page.screen,
            vec![
                Column::left("date", Column::ALWAYS),
                Column::left("commit", 3),
                Column::prose("subject", 1),
                Column::right("value", Column::ALWAYS),
                Column::right("from centre", 2),
            ],
        );
        for run in self.runs.iter().rev() {
            let distance = self
                .baseline
                .filter(|baseline| baseline.center != 0.0)
                .map_or_else(String::new, |baseline| {
                    number::change((run.value - baseline.center) / baseline.center.abs())
                });
            table.row(vec![
                vec![Span::quiet(&number::minute(run.run.started_at))],
                vec![Span::plain(run.run.commit.map_or("", number::short_hash))],
                vec![Span::quiet(run.run.subject.unwrap_or(""))],
                vec![Span::plain(&self.unit.human(run.value))],
                vec![Span::quiet(&distance)],
            ]);
        }
        table.write(2, page);
    }
}

fn confidence_word(confidence: f64) -> &'static str {
    match confidence {
        low if low < 0.3 => "low",
        medium if medium <= 0.7 => "medium",
        _ => "high",
    }
}
