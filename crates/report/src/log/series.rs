//! One series: a line a point, or a chart, and the trend of what is shown.

use jiff::Timestamp;
use plimsoll_model::{
    Baseline, Direction, LevelChange, SeriesKey, SeriesVerdict, Severity, SmallestStep, Target, Unit,
};
use serde::Serialize;
use serde_json::Value;

use super::{FORMAT, chart};
use crate::screen::{Page, Screen};
use crate::sheet::{Cell, Sheet};
use crate::sparkline::sparkline;
use crate::style::{Span, Tone};
use crate::table::{Column, Table};
use crate::wire::{Name, SeriesBaseline, TargetLimit, change_point, smallest_step};
use crate::{RunFacts, json, number, wording};

/// Points of one series. Rendered by [`SeriesLogView::terminal`], [`SeriesLogView::chart`],
/// [`SeriesLogView::json`] and [`SeriesLogView::csv`].
#[derive(Debug, Clone, Copy)]
pub struct SeriesLogView<'a> {
    /// The series.
    pub key: &'a SeriesKey,
    /// The unit of all values.
    pub unit: &'a Unit,
    /// Which way is better.
    pub direction: Direction,
    /// The points to show in commit order, oldest first; tables show them newest first.
    pub points: &'a [LogPoint<'a>],
    /// The series has older points than these.
    pub has_older: bool,
    /// What the next run will be held against.
    pub baseline: Option<Baseline>,
    /// The limit that was set.
    pub target: Option<&'a Target>,
    /// The trend over the points shown.
    pub trend: Option<Trend>,
    /// The smallest changes of level that the series can show, the soonest first.
    pub smallest_steps: &'a [SmallestStep],
}

/// One point of a series.
#[derive(Debug, Clone, Copy)]
pub struct LogPoint<'a> {
    /// The run that measured it.
    pub run: RunFacts<'a>,
    /// The value.
    pub value: f64,
    /// The harness's interval for the value.
    pub interval: Option<(f64, f64)>,
    /// Relative change against the baseline of then, positive when the value rose.
    pub change: Option<f64>,
    /// What was said of it then.
    pub verdict: Option<SeriesVerdict>,
    /// How bad it was.
    pub severity: Option<Severity>,
    /// The change of level that began here.
    pub change_point: Option<&'a LevelChange>,
}

/// The slope of what is shown (Theil-Sen), over the whole span that is shown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trend {
    /// Relative change from the first to the last point along the slope, positive when it rises.
    pub change: f64,
    /// An interval for the change, at 95 %.
    pub interval: Option<(f64, f64)>,
}

#[derive(Serialize)]
struct Log<'a> {
    format: &'static str,
    #[serde(flatten)]
    name: Name<'a>,
    unit: &'a Unit,
    direction: Direction,
    has_older: bool,
    baseline: Option<SeriesBaseline>,
    target: Option<TargetLimit<'a>>,
    trend: Option<TrendEntry>,
    smallest_steps: Vec<Value>,
    change_points: Vec<Value>,
    points: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct TrendEntry {
    change: f64,
    interval: Option<(f64, f64)>,
}

#[derive(Serialize)]
struct Entry<'a> {
    run: &'a str,
    commit: Option<&'a str>,
    subject: Option<&'a str>,
    branch: Option<&'a str>,
    started_at: Timestamp,
    value: f64,
    interval: Option<(f64, f64)>,
    change: Option<f64>,
    verdict: Option<SeriesVerdict>,
    severity: Option<Severity>,
    change_point: bool,
    dirty: bool,
    voided: bool,
}

impl SeriesLogView<'_> {
    /// A sparkline, then a line a point, newest first, then the trend.
    pub fn terminal(&self, screen: &Screen) -> String {
        let mut page = Page::new(screen);
        self.write_header(&mut page, true);
        if !self.points.is_empty() {
            page.blank();
            let mut table = Table::new(
                screen,
                vec![
                    Column::left("", Column::ALWAYS),
                    Column::left("date", 4),
                    Column::left("commit", 5),
                    Column::prose("subject", 1),
                    Column::right("value", Column::ALWAYS),
                    Column::right("change", 6),
                    Column::left("verdict", 3),
                ],
            );
            for point in self.points.iter().rev() {
                table.row(self.row(point));
            }
            table.write(0, &mut page);
        }
        self.write_footer(&mut page);
        page.finish()
    }

    /// The same as a chart of `height` lines between header and trend.
    pub fn chart(&self, screen: &Screen, height: usize) -> String {
        let mut page = Page::new(screen);
        self.write_header(&mut page, false);
        if !self.points.is_empty() {
            page.blank();
            chart::write(self.points, self.unit, height, &mut page);
        }
        self.write_footer(&mut page);
        page.finish()
    }

    /// `plimsoll.log/1` in one line, newest point first.
    pub fn json(&self) -> String {
        json::document(&Log {
            format: FORMAT,
            name: Name::from(self.key),
            unit: self.unit,
            direction: self.direction,
            has_older: self.has_older,
            baseline: self.baseline.map(SeriesBaseline::from),
            target: self.target.map(TargetLimit::from),
            trend: self.trend.map(|trend| TrendEntry { change: trend.change, interval: trend.interval }),
            smallest_steps: self.smallest_steps.iter().map(smallest_step).collect(),
            change_points: self.changes().map(change_point).collect(),
            points: self.points.iter().rev().map(Entry::from).collect(),
        })
    }

    /// One row a point, newest first; values in the series' unit.
    pub fn csv(&self) -> String {
        let mut sheet = Sheet::new(&[
            "run",
            "started_at",
            "commit",
            "subject",
            "branch",
            "value",
            "unit",
            "interval_low",
            "interval_high",
            "change",
            "verdict",
            "severity",
            "change_point",
            "change_point_after",
            "change_point_change",
            "change_point_confidence",
            "remarks",
        ]);
        for point in self.points.iter().rev() {
            let run = &point.run;
            let found = point.change_point;
            sheet.row(&[
                Cell::Text(run.id),
                Cell::Text(&run.started_at.to_string()),
                Cell::text(run.commit),
                Cell::text(run.subject),
                Cell::text(run.branch),
                Cell::Number(point.value),
                Cell::Text(self.unit.symbol()),
                Cell::number(point.interval.map(|(low, _)| low)),
                Cell::number(point.interval.map(|(_, high)| high)),
                Cell::number(point.change),
                Cell::text(point.verdict.map(SeriesVerdict::name)),
                Cell::text(point.severity.map(Severity::name)),
                Cell::Text(if found.is_some() { "yes" } else { "" }),
                Cell::text(found.and_then(|change| change.last_before.as_deref())),
                Cell::number(found.and_then(LevelChange::change)),
                Cell::number(found.map(|change| change.confidence)),
                Cell::Text(&run.remarks().join(" ")),
            ]);
        }
        sheet.finish()
    }

    fn write_header(&self, page: &mut Page<'_>, has_sparkline: bool) {
        let mut title = vec![Span::plain(&self.key.to_string()).strong()];
        if let Some(newest) = self.points.last() {
            title.push(Span::plain(&format!("  {}", self.unit.human(newest.value))));
            if has_sparkline {
                let values: Vec<f64> = self.points.iter().map(|point| point.value).collect();
                let columns = (page.screen.columns() / 2).min(40);
                title.push(Span::quiet(&format!("  {}", sparkline(&values, columns))));
            }
        }
        page.line(0, &title);
        let mut facts = Vec::new();
        if let Some(baseline) = &self.baseline {
            facts.push(format!(
                "baseline {} of {}",
                number::baseline(baseline, self.unit),
                number::counted(baseline.runs, "run", "runs")
            ));
        }
        if let Some(target) = self.target {
            facts.push(wording::target_name(target, self.unit));
        }
        facts.push(self.key.testbed.clone());
        page.line(2, &[Span::quiet(&facts.join(" · "))]);
    }

    /// The changes of level among the points, newest first.
    fn changes(&self) -> impl Iterator<Item = &LevelChange> {
        self.points.iter().rev().filter_map(|point| point.change_point)
    }

    fn write_footer(&self, page: &mut Page<'_>) {
        page.blank();
        if self.points.is_empty() {
            page.line(0, &[Span::plain("no points yet")]);
            return;
        }
        for change in self.changes() {
            let text = wording::level_change(change, self.unit);
            let is_worse =
                self.direction.worse_sign().is_some_and(|sign| (change.after - change.before) * sign > 0.0);
            let mark = if is_worse { Span::new("! ", Tone::Doubt) } else { Span::new("✓ ", Tone::Good) };
            page.line(0, &[mark, Span::plain(&text)]);
        }
        if let Some(trend) = &self.trend {
            let text = wording::trend(trend, self.points.len(), self.direction, self.unit);
            page.line(0, &[Span::plain(&text)]);
        }
        if let Some(text) = wording::smallest_steps(self.smallest_steps, self.unit) {
            page.line(0, &[Span::quiet(&text)]);
        }
        if self.has_older {
            page.line(0, &[Span::quiet("… older points (--last N shows more)")]);
        }
    }

    fn row(&self, point: &LogPoint<'_>) -> Vec<Vec<Span>> {
        let run = &point.run;
        let verdict = point.verdict.unwrap_or(SeriesVerdict::Unchanged);
        let tone = Tone::of(verdict, point.severity);
        let value_tone = if run.voided.is_some() { Tone::Quiet } else { Tone::Plain };
        let mut words = Vec::new();
        if let Some(known) = point.verdict
            && known != SeriesVerdict::Unchanged
        {
            words.push(wording::brief_verdict(known, point.severity));
        }
        if point.change_point.is_some() {
            words.push("change began");
        }
        words.extend(run.remarks());
        vec![
            vec![Span::new(mark(point), tone)],
            vec![Span::quiet(&number::minute(run.started_at))],
            vec![Span::plain(run.commit.map_or("", number::short_hash))],
            vec![Span::quiet(run.subject.unwrap_or(""))],
            vec![Span::new(&self.unit.human(point.value), value_tone)],
            vec![Span::new(&point.change.map_or_else(String::new, number::change), tone)],
            vec![Span::new(&words.join(", "), tone)],
        ]
    }
}

/// The sign before a point.
fn mark(point: &LogPoint<'_>) -> &'static str {
    match point.verdict {
        Some(SeriesVerdict::Regressed) if point.severity >= Some(Severity::Error) => "✗",
        Some(SeriesVerdict::Regressed) => "!",
        Some(SeriesVerdict::Improved) => "✓",
        Some(SeriesVerdict::Inconclusive) => "?",
        _ => "",
    }
}

impl<'a> From<&LogPoint<'a>> for Entry<'a> {
    fn from(point: &LogPoint<'a>) -> Self {
        Self {
            run: point.run.id,
            commit: point.run.commit,
            subject: point.run.subject,
            branch: point.run.branch,
            started_at: point.run.started_at,
            value: point.value,
            interval: point.interval,
            change: point.change,
            verdict: point.verdict,
            severity: point.severity,
            change_point: point.change_point.is_some(),
            dirty: point.run.dirty,
            voided: point.run.voided.is_some(),
        }
    }
}
