//! Alerts as a list, and one alert with its story.

use plimsoll_model::{Alert, AlertState, Direction, Unit};
use serde::Serialize;

use crate::screen::{Page, Screen};
use crate::sparkline::sparkline;
use crate::style::{Span, Tone};
use crate::table::{Column, Table};
use crate::wire::AlertEntry;
use crate::{json, number, wording};

/// The name and version of the format.
const FORMAT: &str = "plimsoll.alerts/1";

/// Alerts of a project. Rendered by [`AlertsView::terminal`] and [`AlertsView::json`].
#[derive(Debug, Clone, Copy)]
pub struct AlertsView<'a> {
    /// The project.
    pub project: &'a str,
    /// The alerts, in the order to be shown.
    pub alerts: &'a [ListedAlert<'a>],
}

/// An alert with what is needed to show its numbers.
#[derive(Debug, Clone, Copy)]
pub struct ListedAlert<'a> {
    /// The alert.
    pub alert: &'a Alert,
    /// The unit of its values.
    pub unit: &'a Unit,
    /// Which way is better.
    pub direction: Direction,
}

/// One alert. Rendered by [`AlertView::terminal`] and [`AlertView::json`].
#[derive(Debug, Clone, Copy)]
pub struct AlertView<'a> {
    /// The project.
    pub project: &'a str,
    /// The alert.
    pub alert: ListedAlert<'a>,
    /// The newest values of its series, oldest first.
    pub history: &'a [f64],
}

#[derive(Serialize)]
struct Listing<'a> {
    format: &'static str,
    project: &'a str,
    alerts: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Entry<'a> {
    #[serde(flatten)]
    alert: AlertEntry<'a>,
    unit: &'a Unit,
    direction: Direction,
}

impl AlertsView<'_> {
    /// A line an alert.
    pub fn terminal(&self, screen: &Screen) -> String {
        let mut page = Page::new(screen);
        if self.alerts.is_empty() {
            page.line(0, &[Span::new("✓", Tone::Good), Span::plain(" no alerts")]);
        } else {
            write_table(self.alerts, 0, &mut page);
        }
        page.finish()
    }

    /// `plimsoll.alerts/1` in one line.
    pub fn json(&self) -> String {
        document(self.project, self.alerts)
    }
}

impl AlertView<'_> {
    /// What the alert says, since when, who said what about it, and what to do next.
    pub fn terminal(&self, screen: &Screen) -> String {
        let mut page = Page::new(screen);
        let alert = self.alert.alert;
        let tone = Tone::of_severity(alert.severity);
        let title = format!(
            "! alert #{} {}: {} {}",
            alert.id,
            alert.severity.name(),
            alert.series,
            number::change_or(alert.change(), alert.current_value - alert.expected_value, self.alert.unit)
        );
        page.line(0, &[Span::new(&title, tone).strong()]);
        for (label, text) in self.facts(screen) {
            page.line(2, &[Span::quiet(&format!("{label:<10}")), Span::plain(&text)]);
        }
        if let Some(next) = next_step(alert) {
            page.blank();
            page.line(0, &[Span::plain(&next)]);
        }
        page.finish()
    }

    /// `plimsoll.alerts/1` in one line, with this alert alone.
    pub fn json(&self) -> String {
        document(self.project, &[self.alert])
    }

    fn facts(&self, screen: &Screen) -> Vec<(&'static str, String)> {
        let ListedAlert { alert, unit, .. } = self.alert;
        let mut state = alert.state.name().to_owned();
        if let Some(by) = &alert.by {
            state.push_str(&format!(" by {by}"));
        }
        let opened = format!(
            "{}, {}",
            number::minute(alert.triggered_at),
            number::age(alert.triggered_at, screen.now)
        );
        let mut lines = vec![
            ("state", state),
            ("opened", opened),
            ("value", unit.human(alert.current_value)),
            ("expected", expected(&self.alert)),
        ];
        if let Some(target) = &alert.target {
            lines.push(("target", target.clone()));
        }
        if let Some(branch) = &alert.branch {
            lines.push(("branch", branch.clone()));
        }
        if let Some(began) = &alert.began {
            lines.push(("began at", number::short_hash(began).to_owned()));
        }
        if let Some(notes) = &alert.notes {
            lines.push(("note", notes.clone()));
        }
        lines.push(("testbed", alert.series.testbed.clone()));
        if !self.history.is_empty() {
            lines.push(("history", sparkline(self.history, 40)));
        }
        lines
    }
}

fn document(project: &str, alerts: &[ListedAlert<'_>]) -> String {
    json::document(&Listing {
        format: FORMAT,
        project,
        alerts: alerts
            .iter()
            .map(|listed| Entry {
                alert: AlertEntry::from(listed.alert),
                unit: listed.unit,
                direction: listed.direction,
            })
            .collect(),
    })
}

fn expected(listed: &ListedAlert<'_>) -> String {
    let center = listed.unit.human(listed.alert.expected_value);
    match listed.alert.expected_spread {
        0.0 => center,
        spread => format!("{center} ± {}", listed.unit.human(spread)),
    }
}

fn next_step(alert: &Alert) -> Option<String> {
    match alert.state {
        AlertState::Open => Some(format!(
            "plimsoll alert ack {} --note … says that someone knows; plimsoll baseline accept says that this is the \
             new normal",
            alert.id
        )),
        AlertState::Acknowledged | AlertState::Muted | AlertState::Resolved | AlertState::Withdrawn => None,
    }
}

/// A table of alerts, also part of the status.
pub(crate) fn write_table(alerts: &[ListedAlert<'_>], indent: usize, page: &mut Page<'_>) {
    let mut table = Table::new(
        page.screen,
        vec![
            Column::right("", Column::ALWAYS),
            Column::left("severity", 6),
            Column::long_name("series", 32),
            Column::right("change", 8),
            Column::right("value", 4),
            Column::right("expected", 3),
            Column::left("since", 5),
            Column::left("opened", 2),
            Column::left("state", 7),
            Column::prose("note", 1),
        ],
    );
    for listed in alerts {
        let ListedAlert { alert, unit, direction } = listed;
        let tone = match alert.state {
            AlertState::Open => Tone::of_severity(alert.severity),
            _ => Tone::Quiet,
        };
        table.row(vec![
            vec![Span::new(&format!("#{}", alert.id), tone).strong()],
            vec![Span::new(alert.severity.name(), tone)],
            vec![Span::plain(&alert.series.to_string())],
            vec![Span::new(&wording::alert_change(alert, *direction, unit), tone)],
            vec![Span::plain(&unit.human(alert.current_value))],
            vec![Span::quiet(&unit.human(alert.expected_value))],
            vec![Span::plain(alert.began.as_deref().map_or("", number::short_hash))],
            vec![Span::quiet(&number::age(alert.triggered_at, page.screen.now))],
            vec![Span::plain(alert.state.name())],
            vec![Span::quiet(&target_and_notes(alert))],
        ]);
    }
    table.write(indent, page);
}

/// Whose alert it is, where it is a target's, and what was said about it.
fn target_and_notes(alert: &Alert) -> String {
    let target = alert.target.as_ref().map(|target| format!("target {target}"));
    let parts: Vec<&str> = target.as_deref().into_iter().chain(alert.notes.as_deref()).collect();
    parts.join(": ")
}
