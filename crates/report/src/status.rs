//! Where the project stands: targets, alerts, warnings, one number for all.

use plimsoll_model::{RunVerdict, Severity};
use serde::Serialize;

use crate::alerts::{self, ListedAlert};
use crate::screen::{Page, Screen};
use crate::style::{Span, Tone};
use crate::targets::{self, ListedTarget};
use crate::wire::{AlertEntry, RunEntry};
use crate::{RunFacts, json, number, wording};

/// The name and version of the format.
const FORMAT: &str = "plimsoll.status/1";
/// An index that moved by less than this over a week is called steady.
const STEADY: f64 = 0.5;
/// Runs that are shown, one a suite.
const MOST_RUNS: usize = 5;

/// Where the project stands. Rendered by [`StatusView::terminal`] and [`StatusView::json`].
#[derive(Debug, Clone, Copy)]
pub struct StatusView<'a> {
    /// The project.
    pub project: &'a str,
    /// The newest run of each suite that matters, and what was decided about it; the suite that matters most comes first.
    pub last_runs: &'a [(RunFacts<'a>, RunVerdict)],
    /// The targets and how they stand.
    pub targets: &'a [ListedTarget<'a>],
    /// What someone should look at, in words.
    pub warnings: &'a [String],
    /// 100 minus the mean worsening of the judged series as a share of its error threshold, 0 to 100; `None` when
    /// nothing was judged.
    pub performance_index: Option<f64>,
    /// What the index was seven days ago.
    pub index_a_week_ago: Option<f64>,
    /// How many series were judged for the index.
    pub judged: usize,
    /// The open alerts.
    pub open_alerts: &'a [ListedAlert<'a>],
}

#[derive(Serialize)]
struct Document<'a> {
    format: &'static str,
    project: &'a str,
    last_run: Option<RunEntry<'a>>,
    verdict: Option<RunVerdict>,
    last_runs: Vec<LastRun<'a>>,
    performance_index: Option<f64>,
    index_a_week_ago: Option<f64>,
    trend: Option<f64>,
    judged: usize,
    targets_met: usize,
    targets: Vec<targets::Entry<'a>>,
    warnings: &'a [String],
    alerts: Vec<AlertEntry<'a>>,
}

#[derive(Serialize)]
struct LastRun<'a> {
    run: RunEntry<'a>,
    verdict: RunVerdict,
}

impl StatusView<'_> {
    /// The index and its trend first, then the last runs, targets, warnings and open alerts.
    pub fn terminal(&self, screen: &Screen) -> String {
        let mut page = Page::new(screen);
        self.write_headline(&mut page);
        self.write_last_runs(&mut page);
        if !self.targets.is_empty() {
            page.blank();
            targets::write_table(self.targets, 0, &mut page);
        }
        if !self.warnings.is_empty() {
            page.blank();
        }
        for warning in self.warnings {
            page.line(0, &[Span::new("! ", Tone::Doubt), Span::plain(warning)]);
        }
        self.write_alerts(&mut page);
        page.finish()
    }

    /// `plimsoll.status/1` in one line.
    pub fn json(&self) -> String {
        json::document(&Document {
            format: FORMAT,
            project: self.project,
            last_run: self.last_runs.first().map(|(run, _)| RunEntry::from(run)),
            verdict: self.last_runs.first().map(|(_, verdict)| *verdict),
            last_runs: self
                .last_runs
                .iter()
                .map(|(run, verdict)| LastRun { run: RunEntry::from(run), verdict: *verdict })
                .collect(),
            performance_index: self.performance_index,
            index_a_week_ago: self.index_a_week_ago,
            trend: self.trend(),
            judged: self.judged,
            targets_met: self.targets_met(),
            targets: self.targets.iter().map(targets::Entry::from).collect(),
            warnings: self.warnings,
            alerts: self.open_alerts.iter().map(|listed| AlertEntry::from(listed.alert)).collect(),
        })
    }

    /// The open alerts that ask for something.
    fn grave_alerts(&self) -> Vec<ListedAlert<'_>> {
        self.open_alerts.iter().copied().filter(|listed| listed.alert.severity > Severity::Info).collect()
    }

    fn write_alerts(&self, page: &mut Page<'_>) {
        if self.open_alerts.is_empty() {
            return;
        }
        page.blank();
        let grave = self.grave_alerts();
        if !grave.is_empty() {
            let title = number::counted(grave.len(), "open alert", "open alerts");
            page.line(0, &[Span::plain(&title).strong()]);
            alerts::write_table(&grave, 2, page);
        }
        let minor = self.open_alerts.len() - grave.len();
        if minor > 0 {
            let noun = number::counted(minor, "alert", "alerts");
            let text = format!("{noun} of severity info: plimsoll alert ls shows them");
            page.line(0, &[Span::quiet(&text)]);
        }
    }

    /// Points of the index won or lost in a week.
    fn trend(&self) -> Option<f64> {
        Some(self.performance_index? - self.index_a_week_ago?)
    }

    fn targets_met(&self) -> usize {
        self.targets
            .iter()
            .filter(|listed| {
                listed.outcome.is_some_and(|outcome| outcome.status == plimsoll_model::TargetStatus::Met)
            })
            .count()
    }

    fn write_headline(&self, page: &mut Page<'_>) {
        let met = self.targets_met();
        let is_all_well =
            met == self.targets.len() && self.grave_alerts().is_empty() && self.warnings.is_empty();
        let (mark, tone) = match self.performance_index {
            None => ("?", Tone::Doubt),
            Some(_) if is_all_well => ("✓", Tone::Good),
            Some(_) => ("!", Tone::Doubt),
        };
        let mut parts = vec![match self.performance_index {
            Some(index) => {
                let over = match self.last_runs.len() {
                    0 | 1 => String::new(),
                    _ => format!(" over {}", number::counted(self.judged, "series", "series")),
                };
                format!("{mark} {}: performance {index:.0} of 100{over}", self.project)
            }
            None => format!("{mark} {}: nothing was judged yet", self.project),
        }];
        if let Some(trend) = self.trend() {
            parts.push(match trend {
                up if up >= STEADY => format!("up {up:.1} in 7 days"),
                down if down <= -STEADY => format!("down {:.1} in 7 days", down.abs()),
                _ => "steady for 7 days".to_owned(),
            });
        }
        if !self.targets.is_empty() {
            parts.push(format!("{met} of {} targets met", self.targets.len()));
        }
        let grave = self.grave_alerts().len();
        if grave > 0 {
            parts.push(number::counted(grave, "open alert", "open alerts"));
        }
        page.line(0, &[Span::new(&parts.join(", "), tone).strong()]);
    }

    fn write_last_runs(&self, page: &mut Page<'_>) {
        if self.last_runs.is_empty() {
            page.line(2, &[Span::quiet(wording::NO_RUNS)]);
        }
        let shown = &self.last_runs[..self.last_runs.len().min(MOST_RUNS)];
        for (run, verdict) in shown {
            let mut facts = vec![format!(
                "last run {} ({})",
                number::age(run.started_at, page.screen.now),
                number::minute(run.started_at)
            )];
            facts.push(run.suite.to_owned());
            facts.push(run.commit_label());
            facts.extend(run.branch.map(str::to_owned));
            let verdict = if run.voided.is_some() { "void" } else { verdict.name() };
            facts.push(verdict.to_owned());
            if self.judged > 0 && self.last_runs.len() == 1 {
                facts.push(number::counted(self.judged, "series judged", "series judged"));
            }
            page.line(2, &[Span::quiet(&facts.join(" · "))]);
        }
        let left_out = self.last_runs.len() - shown.len();
        if left_out > 0 {
            let suites = number::counted(left_out, "more suite", "more suites");
            page.line(2, &[Span::quiet(&format!("… {suites} (--json lists them)"))]);
        }
    }
}
