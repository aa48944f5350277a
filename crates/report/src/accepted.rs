//! What somebody accepted as the new normal.

use plimsoll_model::{AlertId, SeriesKey};
use serde::Serialize;

use crate::screen::{Page, Screen};
use crate::style::{Span, Tone};
use crate::wire::{Name, RunEntry};
use crate::{RunFacts, json};

/// The name and version of the format.
const FORMAT: &str = "plimsoll.acceptance/1";

/// What somebody accepted as the new normal. Rendered by [`AcceptedView::terminal`] and [`AcceptedView::json`].
#[derive(Debug, Clone, Copy)]
pub struct AcceptedView<'a> {
    /// The first run of the new normal.
    pub run: RunFacts<'a>,
    /// The branch whose baselines start anew.
    pub branch: &'a str,
    /// The series whose baselines start anew.
    pub series: &'a [SeriesKey],
    /// So much changed that every baseline of the branch starts anew.
    pub is_whole: bool,
    /// The alerts that are resolved by it.
    pub resolved: &'a [AlertId],
    /// Series that miss a target all the same, with its name.
    pub missed_targets: &'a [(SeriesKey, String)],
}

#[derive(Serialize)]
struct Document<'a> {
    format: &'static str,
    #[serde(flatten)]
    run: RunEntry<'a>,
    baseline_branch: &'a str,
    is_whole: bool,
    series: Vec<Name<'a>>,
    resolved_alerts: &'a [AlertId],
    missed_targets: Vec<MissedTarget<'a>>,
}

#[derive(Serialize)]
struct MissedTarget<'a> {
    target: &'a str,
    #[serde(flatten)]
    series: Name<'a>,
}

impl AcceptedView<'_> {
    /// What starts anew, what that settles, and what it does not.
    pub fn terminal(&self, screen: &Screen) -> String {
        let mut page = Page::new(screen);
        let start = self.run.commit_label();
        if self.is_whole {
            let text = format!(" every baseline of {} starts anew at {start}", self.branch);
            page.line(0, &[Span::new("✓", Tone::Good), Span::plain(&text)]);
        } else if self.series.is_empty() {
            let text = format!(
                "nothing changed at {start}: every baseline of {} stays; name a series to start its baseline anew",
                self.branch
            );
            page.line(0, &[Span::plain(&text)]);
        } else {
            let text = format!(" the new normal of {} starts at {start} for", self.branch);
            page.line(0, &[Span::new("✓", Tone::Good), Span::plain(&text)]);
            for key in self.series {
                page.line(2, &[Span::plain(&key.to_string())]);
            }
        }
        if !self.resolved.is_empty() {
            let numbers: Vec<String> = self.resolved.iter().map(|id| format!("#{id}")).collect();
            page.line(0, &[Span::plain(&format!("alerts resolved: {}", numbers.join(", ")))]);
        }
        for (key, target) in self.missed_targets {
            let text = format!(
                "! {key} misses target {target} all the same: plimsoll target set or plimsoll.toml moves a target"
            );
            page.line(0, &[Span::new(&text, Tone::Doubt)]);
        }
        page.finish()
    }

    /// `plimsoll.acceptance/1` in one line.
    pub fn json(&self) -> String {
        let missed =
            self.missed_targets.iter().map(|(key, target)| MissedTarget { target, series: Name::from(key) });
        json::document(&Document {
            format: FORMAT,
            run: RunEntry::from(&self.run),
            baseline_branch: self.branch,
            is_whole: self.is_whole,
            series: self.series.iter().map(Name::from).collect(),
            resolved_alerts: self.resolved,
            missed_targets: missed.collect(),
        })
    }
}
