//! What somebody accepted and took back.

use plimsoll_model::{AlertId, SeriesKey};
use serde::Serialize;

use crate::json;
use crate::screen::{Page, Screen};
use crate::style::{Span, Tone};
use crate::wire::Name;

/// The name and version of the format.
const FORMAT: &str = "plimsoll.withdrawal/1";

/// What is no longer accepted. Rendered by [`WithdrawnView::terminal`] and [`WithdrawnView::json`].
#[derive(Debug, Clone, Copy)]
pub struct WithdrawnView<'a> {
    /// The project.
    pub project: &'a str,
    /// What was taken back, one by one.
    pub normals: &'a [WithdrawnNormal<'a>],
}

/// One new normal that is none any more.
#[derive(Debug, Clone, Copy)]
pub struct WithdrawnNormal<'a> {
    /// Why it had been accepted.
    pub note: &'a str,
    /// Who had said so.
    pub by: Option<&'a str>,
    /// The branches that it held for.
    pub branches: &'a [String],
    /// The series that it held for; every one of the branches when empty.
    pub series: &'a [SeriesKey],
    /// The alerts that speak again.
    pub reopened: &'a [AlertId],
}

#[derive(Serialize)]
struct Document<'a> {
    format: &'static str,
    project: &'a str,
    withdrawn: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Entry<'a> {
    note: &'a str,
    by: Option<&'a str>,
    branches: &'a [String],
    series: Vec<Name<'a>>,
    reopened_alerts: &'a [AlertId],
}

impl<'a> WithdrawnView<'a> {
    /// What holds no more, and which alerts speak again.
    pub fn terminal(&self, screen: &Screen) -> String {
        let mut page = Page::new(screen);
        for normal in self.normals {
            let branches = normal.branches.join(", ");
            let text = format!(" no longer the new normal of {branches}: {}", normal.note);
            page.line(0, &[Span::new("✓", Tone::Good), Span::plain(&text)]);
            for key in normal.series {
                page.line(2, &[Span::plain(&key.to_string())]);
            }
            if !normal.reopened.is_empty() {
                let numbers: Vec<String> = normal.reopened.iter().map(|id| format!("#{id}")).collect();
                page.line(0, &[Span::plain(&format!("alerts open again: {}", numbers.join(", ")))]);
            }
        }
        page.finish()
    }

    /// `plimsoll.withdrawal/1` in one line.
    pub fn json(&self) -> String {
        let entry = |normal: &WithdrawnNormal<'a>| Entry {
            note: normal.note,
            by: normal.by,
            branches: normal.branches,
            series: normal.series.iter().map(Name::from).collect(),
            reopened_alerts: normal.reopened,
        };
        let withdrawn = self.normals.iter().map(entry).collect();
        json::document(&Document { format: FORMAT, project: self.project, withdrawn })
    }
}
