//! What stands behind the newest value of a series, at length.

use plimsoll_model::{Alert, Detector, Direction, LevelTrend, SeriesEvaluation, SmallestStep, ValueLimits};
use serde::Serialize;
use serde_json::Value;

use crate::explained::labelled;
use crate::log::chart;
use crate::screen::{Page, Screen};
use crate::style::{Span, Tone};
use crate::wire::{AlertEntry, RunEntry, Series, smallest_step};
use crate::{LogPoint, RunFacts, json, number, wording};

/// The name and version of the format.
const FORMAT: &str = "plimsoll.series-explanation/1";
/// Fewer points are not drawn.
const FEWEST_FOR_CHART: usize = 8;
/// How high the chart is.
const CHART_LINES: usize = 8;

/// The newest value of a series with everything behind it. Rendered by [`SeriesExplanation::terminal`] and
/// [`SeriesExplanation::json`].
#[derive(Debug, Clone, Copy)]
pub struct SeriesExplanation<'a> {
    /// The project.
    pub project: &'a str,
    /// The run that measured the value.
    pub run: Option<RunFacts<'a>>,
    /// What was decided about it.
    pub evaluation: &'a SeriesEvaluation,
    /// How many series of the run were tested for a change that noise does not explain.
    pub tested: usize,
    /// The newest points of the series, oldest first, for a chart.
    pub points: &'a [LogPoint<'a>],
    /// Where the series is slowly heading.
    pub trend: Option<&'a LevelTrend>,
    /// The smallest changes of level that it can show, the soonest first.
    pub smallest_steps: &'a [SmallestStep],
    /// The alerts about it that still speak.
    pub alerts: &'a [Alert],
}

#[derive(Serialize)]
struct Document<'a> {
    format: &'static str,
    project: &'a str,
    run: Option<RunEntry<'a>>,
    tested: usize,
    #[serde(flatten)]
    series: Series<'a>,
    warn_beyond: Option<f64>,
    error_beyond: Option<f64>,
    smallest_steps: Vec<Value>,
    alerts: Vec<AlertEntry<'a>>,
}

impl SeriesExplanation<'_> {
    /// The verdict in a sentence, a chart, the numbers, what each detector says, what would change its mind, and what the series
    /// can show at all.
    pub fn terminal(&self, screen: &Screen) -> String {
        let mut page = Page::new(screen);
        let series = self.evaluation;
        let verdict = wording::verdict(series.verdict, series.severity);
        page.line(
            0,
            &[
                Span::plain(&format!("{} is ", series.key)),
                Span::new(&verdict, Tone::of(series.verdict, series.severity)).strong(),
                Span::plain(&self.by_how_much()),
            ],
        );
        page.blank();
        if self.points.len() >= FEWEST_FOR_CHART {
            chart::write(self.points, &series.unit, CHART_LINES, &mut page);
            page.blank();
        }
        for (label, text) in self.facts() {
            labelled(&mut page, label, &text);
        }
        for (heading, lines) in [
            ("what the detectors say", self.detector_lines()),
            ("what would change its mind", self.limit_lines()),
            (
                "what this series can show",
                wording::smallest_steps(self.smallest_steps, &series.unit).into_iter().collect(),
            ),
        ] {
            if lines.is_empty() {
                continue;
            }
            page.blank();
            page.line(0, &[Span::plain(heading).strong()]);
            for line in lines {
                page.line(2, &[Span::plain(&line)]);
            }
        }
        for alert in self.alerts {
            page.blank();
            let text = format!(
                "alert #{} ({}, {}): plimsoll explain {}",
                alert.id,
                alert.severity.name(),
                alert.state.name(),
                alert.id
            );
            page.line(0, &[Span::quiet(&text)]);
        }
        page.finish()
    }

    /// `plimsoll.series-explanation/1` in one line.
    pub fn json(&self) -> String {
        let ValueLimits { warn_beyond, error_beyond } = self.evaluation.limits;
        json::document(&Document {
            format: FORMAT,
            project: self.project,
            run: self.run.as_ref().map(RunEntry::from),
            tested: self.tested,
            series: Series::from(self.evaluation),
            warn_beyond,
            error_beyond,
            smallest_steps: self.smallest_steps.iter().map(smallest_step).collect(),
            alerts: self.alerts.iter().map(AlertEntry::from).collect(),
        })
    }

    /// `: 15.20 ms, +22.6 % slower than its baseline`.
    fn by_how_much(&self) -> String {
        let SeriesEvaluation { value, change, direction, unit, .. } = self.evaluation;
        let Some(value) = value.map(|value| unit.human(value)) else { return String::new() };
        let change = change.map(|change| {
            let comparative = wording::comparative(change, *direction, unit);
            format!(", {} ({comparative}) against its baseline", number::change(change))
        });
        format!(": {value}{}", change.unwrap_or_default())
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        let SeriesEvaluation { key, baseline, unit, .. } = self.evaluation;
        let mut lines = Vec::new();
        if let Some(baseline) = baseline {
            let runs = number::counted(baseline.runs, "run", "runs");
            let confidence = format!("confidence {:.2}", baseline.confidence);
            lines.push(("baseline", format!("{} of {runs}, {confidence}", number::baseline(baseline, unit))));
        }
        if let Some(run) = &self.run {
            let commit =
                run.commit.map_or_else(String::new, |hash| format!(" at {}", number::short_hash(hash)));
            lines.push(("measured", format!("{}{commit}", number::minute(run.started_at))));
            lines.extend(run.branch.map(|branch| ("branch", branch.to_owned())));
        }
        lines.push(("testbed", key.testbed.clone()));
        lines
    }

    /// What each finding says, and what change points and trends say where they found nothing in this run.
    fn detector_lines(&self) -> Vec<String> {
        let series = self.evaluation;
        let mut lines: Vec<String> = series
            .findings
            .iter()
            .map(|finding| format!("{}: {}", finding.detector.name(), wording::finding(finding, series)))
            .collect();
        let says = |detector| series.findings.iter().any(|finding| finding.detector == detector);
        if lines.is_empty() {
            lines.push("ladder: nothing that would matter".to_owned());
        }
        if !says(Detector::ChangePoint) {
            // As hindsight dates it, where that is shown too.
            let shown = self.points.iter().rev().find_map(|point| point.change_point);
            let last = shown.or_else(|| series.level_changes.iter().rfind(|change| change.holds));
            lines.push(last.map_or_else(
                || "change-point: the level did not move among the newest values".to_owned(),
                |change| format!("change-point: {}", wording::level_change(change, &series.unit)),
            ));
        }
        if !says(Detector::Trend) {
            lines.push(self.trend.map_or_else(
                || "trend: the newest runs are heading nowhere".to_owned(),
                |trend| format!("trend: it {}", wording::level_trend(trend, &series.unit)),
            ));
        }
        if self.tested > 1 && series.suspicion.is_some() {
            lines.push(wording::tested(self.tested));
        }
        lines
    }

    /// From which values on the next run would be told.
    fn limit_lines(&self) -> Vec<String> {
        let SeriesEvaluation { unit, direction, limits, baseline, .. } = self.evaluation;
        let beyond = match direction {
            Direction::Higher => "under",
            Direction::Lower | Direction::None => "over",
        };
        let line = |limit: Option<f64>, what: &str| {
            Some(format!("one value {beyond} {} is {what}, if noise does not explain it", unit.human(limit?)))
        };
        let lines: Vec<String> =
            [line(limits.warn_beyond, "a warning"), line(limits.error_beyond, "an error")]
                .into_iter()
                .flatten()
                .collect();
        match (lines.is_empty(), baseline, direction) {
            (true, _, Direction::None) => vec!["neither way is better: no value would be told".to_owned()],
            (true, None, _) => vec!["a first run to hold the next one against".to_owned()],
            _ => lines,
        }
    }
}
