//! What an import did.

use plimsoll_model::Complaint;
use serde::Serialize;

use crate::screen::{Page, Screen};
use crate::style::{Span, Tone};
use crate::{json, number, wording};

/// The name and version of the format.
const FORMAT: &str = "plimsoll.import/1";
/// More complaints or conflicts are counted only.
const MOST_LISTED: usize = 20;

/// What an import did. Rendered by [`ImportView::terminal`] and [`ImportView::json`].
#[derive(Debug, Clone, Copy, Serialize)]
pub struct ImportView<'a> {
    /// Where it was read from.
    pub source: &'a str,
    /// Runs that were not stored before.
    pub new_runs: usize,
    /// Their measurements.
    pub new_measurements: usize,
    /// Runs that were stored already, with the same content.
    pub known_runs: usize,
    /// The ids of runs that are stored with other content, and were left out.
    pub conflicts: &'a [String],
    /// Lines that are no run.
    pub broken_lines: usize,
    /// What was not understood.
    pub complaints: &'a [Complaint],
    /// Complaints that are not listed.
    pub unlisted_complaints: usize,
    /// The projects of the runs.
    pub projects: &'a [String],
    /// The project that other commands speak of here.
    pub own_project: &'a str,
}

#[derive(Serialize)]
struct Document<'a> {
    format: &'static str,
    #[serde(flatten)]
    content: &'a ImportView<'a>,
}

impl ImportView<'_> {
    /// How many runs are new, known or left out, and what was not understood.
    pub fn terminal(&self, screen: &Screen) -> String {
        let mut page = Page::new(screen);
        let mut parts = vec![format!(
            "{} with {}",
            number::counted(self.new_runs, "new run", "new runs"),
            number::counted(self.new_measurements, "measurement", "measurements")
        )];
        if self.known_runs > 0 {
            parts.push(format!("{} stored already", number::grouped(self.known_runs)));
        }
        if !self.conflicts.is_empty() {
            parts.push(format!(
                "{} left out: stored already with other content",
                number::grouped(self.conflicts.len())
            ));
        }
        if self.broken_lines > 0 {
            parts.push(number::counted(self.broken_lines, "broken line", "broken lines"));
        }
        let is_whole = self.conflicts.is_empty() && self.broken_lines == 0;
        let (mark, tone) = if is_whole { ("✓", Tone::Good) } else { ("!", Tone::Doubt) };
        let text = format!(" {}: {}", self.source, parts.join(", "));
        page.line(0, &[Span::new(mark, tone), Span::plain(&text)]);
        for id in self.conflicts.iter().take(MOST_LISTED) {
            page.line(2, &[Span::plain(&format!("conflict: run {id}"))]);
        }
        for complaint in self.complaints.iter().take(MOST_LISTED) {
            page.line(2, &[Span::plain(&wording::complaint(complaint))]);
        }
        let unlisted = self.complaints.len().saturating_sub(MOST_LISTED) + self.unlisted_complaints;
        if unlisted > 0 {
            page.line(2, &[Span::quiet(&format!("and {} more", number::grouped(unlisted)))]);
        }
        let others: Vec<&str> =
            self.projects.iter().map(String::as_str).filter(|project| *project != self.own_project).collect();
        if let Some(first) = others.first() {
            let text = format!(
                "stored under project {}, which is not {}: other commands show it with --project {first}",
                others.join(", "),
                self.own_project
            );
            page.line(0, &[Span::quiet(&text)]);
        }
        page.finish()
    }

    /// `plimsoll.import/1` in one line.
    pub fn json(&self) -> String {
        json::document(&Document { format: FORMAT, content: self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    #[test]
    fn what_was_left_out_is_named() {
        let complaint = Complaint { line: Some(3), ..Complaint::new("not a plimsoll.run/1 document") };
        let view = ImportView {
            source: "history.jsonl",
            new_runs: 1_000,
            new_measurements: 21_000,
            known_runs: 2,
            conflicts: &["abc".to_owned()],
            broken_lines: 1,
            complaints: &[complaint],
            unlisted_complaints: 4,
            projects: &["other".to_owned()],
            own_project: "demo",
        };
        let screen = Screen { width: 100, color: false, unicode: true, now: Timestamp::UNIX_EPOCH };
        insta::assert_snapshot!(view.terminal(&screen), @r#"
    ! history.jsonl: 1,000 new runs with 21,000 measurements, 2 stored already, 1 left out: stored
      already with other content, 1 broken line
      conflict: run abc
      line 3: not a plimsoll.run/1 document
      and 4 more
    stored under project other, which is not demo: other commands show it with --project other
    "#);
        insta::assert_snapshot!(view.json(), @r#"{"format":"plimsoll.import/1","source":"history.jsonl","new_runs":1000,"new_measurements":21000,"known_runs":2,"conflicts":["abc"],"broken_lines":1,"complaints":[{"line":3,"message":"not a plimsoll.run/1 document"}],"unlisted_complaints":4,"projects":["other"],"own_project":"demo"}"#);
    }
}
