//! Runs as a list, and one run with everything it measured.

use plimsoll_model::{Measurement, Outcome, Run, RunVerdict};
use serde::Serialize;

use crate::name::Naming;
use crate::screen::{Page, Screen};
use crate::style::{Span, Tone};
use crate::table::{Column, Table};
use crate::wire::RunEntry;
use crate::{RunFacts, json, number, wording};

/// The name and version of the format.
const FORMAT: &str = "plimsoll.runs/1";
/// Characters of a run's identity that are shown in a list.
const SHORT_ID: usize = 12;

/// Stored runs. Rendered by [`RunsView::terminal`] and [`RunsView::json`].
#[derive(Debug, Clone, Copy)]
pub struct RunsView<'a> {
    /// The project.
    pub project: &'a str,
    /// The runs, in the order to be shown.
    pub runs: &'a [ListedRun<'a>],
    /// How many runs there are in all.
    pub total: usize,
}

/// A run in a list.
#[derive(Debug, Clone, Copy)]
pub struct ListedRun<'a> {
    /// What was run, where and when.
    pub run: RunFacts<'a>,
    /// How many measurements it holds.
    pub measurements: usize,
    /// What was decided about it, where it is known.
    pub verdict: Option<RunVerdict>,
}

/// One run with everything it measured. Rendered by [`RunDetailView::terminal`]; its JSON is the run itself
/// (`plimsoll.run/1`).
#[derive(Debug, Clone, Copy)]
pub struct RunDetailView<'a> {
    /// The run.
    pub run: &'a Run,
    /// Why it was taken out of the baselines, if it was.
    pub voided: Option<&'a str>,
}

#[derive(Serialize)]
struct Listing<'a> {
    format: &'static str,
    project: &'a str,
    total: usize,
    runs: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Entry<'a> {
    #[serde(flatten)]
    run: RunEntry<'a>,
    measurements: usize,
    verdict: Option<RunVerdict>,
}

impl RunsView<'_> {
    /// A line a run: identity, date, suite, commit, branch, testbed, measurements, what sets it apart.
    pub fn terminal(&self, screen: &Screen) -> String {
        let mut page = Page::new(screen);
        if self.runs.is_empty() {
            page.line(0, &[Span::plain(wording::NO_RUNS)]);
            return page.finish();
        }
        let mut table = Table::new(
            screen,
            vec![
                Column::left("run", Column::ALWAYS),
                Column::left("date", 8),
                Column::left("suite", 7),
                Column::left("commit", 9),
                Column::prose("branch", 4),
                Column::prose("testbed", 2),
                Column::right("values", 3),
                Column::left("", 6),
            ],
        );
        for listed in self.runs {
            let run = &listed.run;
            let id: String = run.id.chars().take(SHORT_ID).collect();
            table.row(vec![
                vec![Span::plain(&id)],
                vec![Span::quiet(&number::minute(run.started_at))],
                vec![Span::plain(run.suite)],
                vec![Span::plain(run.commit.map_or("", number::short_hash))],
                vec![Span::plain(run.branch.unwrap_or(""))],
                vec![Span::quiet(run.testbed)],
                vec![Span::plain(&number::grouped(listed.measurements))],
                state(run, listed.verdict),
            ]);
        }
        table.write(0, &mut page);
        if self.total > self.runs.len() {
            let more = number::counted(self.total - self.runs.len(), "more run", "more runs");
            page.line(0, &[Span::quiet(&format!("… {more}"))]);
        }
        page.finish()
    }

    /// `plimsoll.runs/1` in one line.
    pub fn json(&self) -> String {
        json::document(&Listing {
            format: FORMAT,
            project: self.project,
            total: self.total,
            runs: self
                .runs
                .iter()
                .map(|listed| Entry {
                    run: RunEntry::from(&listed.run),
                    measurements: listed.measurements,
                    verdict: listed.verdict,
                })
                .collect(),
        })
    }
}

impl RunDetailView<'_> {
    /// What was run, where and when, and a line a measurement.
    pub fn terminal(&self, screen: &Screen) -> String {
        let mut page = Page::new(screen);
        let facts = RunFacts { voided: self.voided, ..RunFacts::of(self.run) };
        page.line(0, &[Span::plain(&format!("run {}", self.run.id)).strong()]);
        for (label, text) in self.facts(&facts) {
            page.line(2, &[Span::quiet(&format!("{label:<11}")), Span::plain(&text)]);
        }
        if !self.run.measurements.is_empty() {
            page.blank();
            self.write_measurements(&mut page);
        }
        if !self.run.notes.is_empty() || !self.run.complaints.is_empty() {
            page.blank();
        }
        for note in &self.run.notes {
            let mark = Span::new(note.severity.name(), Tone::of_severity(note.severity));
            page.line(0, &[mark, Span::plain(&format!(" {}", note.message))]);
        }
        for complaint in &self.run.complaints {
            let text = wording::complaint(complaint);
            page.line(0, &[Span::new("! ", Tone::Doubt), Span::plain(&text)]);
        }
        page.finish()
    }

    fn facts(&self, facts: &RunFacts<'_>) -> Vec<(&'static str, String)> {
        let environment = &self.run.context.environment;
        let mut lines = vec![
            ("project", facts.project.to_owned()),
            ("suite", facts.suite.to_owned()),
            ("outcome", outcome(facts.outcome).to_owned()),
        ];
        if let Some(note) = facts.voided {
            lines.push(("voided", note.to_owned()));
        }
        if facts.commit.is_some() {
            let commit = format!("{} {}", facts.commit_label(), facts.subject.unwrap_or(""));
            lines.push(("commit", commit.trim_end().to_owned()));
        }
        if let Some(branch) = facts.branch {
            let base = facts.base_branch.map_or_else(String::new, |base| format!(", into {base}"));
            lines.push(("branch", format!("{branch}{base}")));
        }
        let duration = plimsoll_model::Unit::NANOSECONDS.human(facts.duration_ms as f64 * 1e6);
        lines.push(("started", format!("{}, took {duration}", number::minute(facts.started_at))));
        lines.push(("testbed", facts.testbed.to_owned()));
        if let Some(cpu) = &environment.cpu {
            lines.push(("processor", cpu.clone()));
        }
        if !environment.tools.is_empty() {
            let tools: Vec<String> =
                environment.tools.iter().map(|(tool, version)| format!("{tool} {version}")).collect();
            lines.push(("tools", tools.join(", ")));
        }
        if let Some(url) = self.run.context.ci.as_ref().and_then(|ci| ci.url.as_ref()) {
            lines.push(("job", url.clone()));
        }
        lines
    }

    fn write_measurements(&self, page: &mut Page<'_>) {
        let keys: Vec<_> =
            self.run.measurements.iter().map(|measurement| self.run.series_of(measurement)).collect();
        let naming = Naming::among(keys.iter());
        let mut table = Table::new(
            page.screen,
            vec![
                Column::name("benchmark"),
                Column::right("value", Column::ALWAYS),
                Column::left("interval", 2),
                Column::left("statistic", 4),
                Column::right("samples", 3),
                Column::left("harness", 1),
            ],
        );
        for (measurement, key) in self.run.measurements.iter().zip(&keys) {
            table.row(measurement_row(measurement, &naming.of(key)));
        }
        table.write(0, page);
    }
}

fn measurement_row(measurement: &Measurement, name: &str) -> Vec<Vec<Span>> {
    let unit = &measurement.metric.unit;
    let interval = measurement.interval.map_or_else(String::new, |interval| {
        format!("{} … {}", unit.human(interval.low), unit.human(interval.high))
    });
    let samples = match measurement.samples.len() {
        0 => String::new(),
        some => number::grouped(some),
    };
    let name = match measurement.outcome {
        Outcome::Success => Span::plain(name),
        Outcome::Failed | Outcome::TimedOut => {
            Span::new(&format!("{name} ({})", outcome(measurement.outcome)), Tone::Bad)
        }
    };
    vec![
        vec![name],
        vec![Span::plain(&unit.human(measurement.value))],
        vec![Span::quiet(&interval)],
        vec![Span::quiet(&measurement.statistic)],
        vec![Span::quiet(&samples)],
        vec![Span::quiet(&measurement.harness)],
    ]
}

fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Success => "success",
        Outcome::Failed => "failed",
        Outcome::TimedOut => "timed out",
    }
}

/// What sets a run apart: `✗ regressed`, `voided`, `dirty`.
pub(crate) fn state(run: &RunFacts<'_>, verdict: Option<RunVerdict>) -> Vec<Span> {
    let mut spans = Vec::new();
    if let Some(verdict) = verdict {
        let (mark, tone) = match verdict {
            RunVerdict::Regressed | RunVerdict::Mixed => ("✗", Tone::Bad),
            RunVerdict::Improved => ("✓", Tone::Good),
            RunVerdict::Inconclusive => ("?", Tone::Quiet),
            RunVerdict::Pass => ("✓", Tone::Quiet),
        };
        spans.push(Span::new(&format!("{mark} {}", verdict.name()), tone));
    }
    for remark in run.remarks() {
        let gap = if spans.is_empty() { "" } else { " " };
        spans.push(Span::new(&format!("{gap}{remark}"), Tone::Doubt));
    }
    spans
}
