//! Absolute limits and how the newest values stand against them.

use plimsoll_model::{SeriesKey, Severity, Target, TargetOutcome, TargetStatus, Unit};
use serde::Serialize;

use crate::name::Naming;
use crate::screen::{Page, Screen};
use crate::style::{Span, Tone};
use crate::table::{Column, Table};
use crate::wire::{Name, TargetLimit};
use crate::{json, number, wording};

/// The name and version of the format.
const FORMAT: &str = "plimsoll.targets/1";

/// Targets of a project. Rendered by [`TargetsView::terminal`] and [`TargetsView::json`].
#[derive(Debug, Clone, Copy)]
pub struct TargetsView<'a> {
    /// The project.
    pub project: &'a str,
    /// The targets, in the order to be shown; one that fits several series stands there for each.
    pub targets: &'a [ListedTarget<'a>],
}

/// A target, with the series it applies to and where that stands.
#[derive(Debug, Clone, Copy)]
pub struct ListedTarget<'a> {
    /// The target.
    pub target: &'a Target,
    /// The series; `None` where nothing measured fits.
    pub series: Option<&'a SeriesKey>,
    /// The series' unit; where there is no series, the target's own unit is used, or else a count.
    pub unit: &'a Unit,
    /// How the newest value stands.
    pub outcome: Option<&'a TargetOutcome>,
    /// How bad it is, where the limit is passed.
    pub severity: Option<Severity>,
}

#[derive(Serialize)]
struct Listing<'a> {
    format: &'static str,
    project: &'a str,
    targets: Vec<Entry<'a>>,
}

/// A target as every format writes it.
#[derive(Serialize)]
pub(crate) struct Entry<'a> {
    #[serde(flatten)]
    limit: TargetLimit<'a>,
    benchmark: &'a str,
    metric: &'a str,
    suite: Option<&'a str>,
    warn: Option<f64>,
    error: Option<f64>,
    series: Option<Name<'a>>,
    series_unit: &'a Unit,
    value: Option<f64>,
    status: Option<TargetStatus>,
    headroom: Option<f64>,
    severity: Option<Severity>,
}

impl TargetsView<'_> {
    /// A line a target: mark, name, value, limit, headroom.
    pub fn terminal(&self, screen: &Screen) -> String {
        let mut page = Page::new(screen);
        if self.targets.is_empty() {
            page.line(0, &[Span::plain("no targets: plimsoll target set makes one")]);
        } else {
            write_table(self.targets, 0, &mut page);
        }
        page.finish()
    }

    /// `plimsoll.targets/1` in one line.
    pub fn json(&self) -> String {
        json::document(&Listing {
            format: FORMAT,
            project: self.project,
            targets: self.targets.iter().map(Entry::from).collect(),
        })
    }
}

/// A table of targets, also part of the status.
pub(crate) fn write_table(targets: &[ListedTarget<'_>], indent: usize, page: &mut Page<'_>) {
    let naming = Naming::among(targets.iter().filter_map(|listed| listed.series));
    let mut table = Table::new(
        page.screen,
        vec![
            Column::left("", Column::ALWAYS),
            Column::left("target", 4),
            Column::long_name("benchmark", 24),
            Column::right("value", Column::ALWAYS),
            Column::left("limit", 6),
            Column::left("headroom", 2),
        ],
    );
    for listed in targets {
        let (mark, tone, headroom) = standing(listed);
        let target = listed.target;
        let name = listed
            .series
            .map_or_else(|| format!("{}#{}", target.benchmark, target.metric), |key| naming.of(key));
        let value =
            listed.outcome.map_or_else(String::new, |outcome| wording::target_value(outcome, listed.unit));
        table.row(vec![
            vec![Span::new(mark, tone)],
            vec![Span::plain(target.id.as_deref().unwrap_or(""))],
            vec![Span::plain(&name)],
            vec![Span::plain(&value)],
            vec![Span::quiet(&wording::target_limit(target, listed.unit))],
            vec![Span::new(&headroom, tone)],
        ]);
    }
    table.write(indent, page);
}

/// Mark, tone and words for how a target stands.
fn standing(listed: &ListedTarget<'_>) -> (&'static str, Tone, String) {
    let Some(outcome) = listed.outcome else {
        return ("?", Tone::Doubt, "nothing measured fits".to_owned());
    };
    match (outcome.status, outcome.headroom) {
        (TargetStatus::NotComparable, _) => ("?", Tone::Doubt, "cannot be compared".to_owned()),
        (TargetStatus::Met, Some(headroom)) if headroom.is_finite() => {
            let times = match headroom {
                hardly if hardly < 1.095 => format!("{hardly:.2}"),
                usual => number::factor(usual),
            };
            ("✓", Tone::Good, format!("{times} times"))
        }
        (TargetStatus::Met, _) => ("✓", Tone::Good, String::new()),
        (TargetStatus::Over, _) => {
            let limit = outcome.target.bound.limit();
            let past = if limit == 0.0 {
                "missed".to_owned()
            } else {
                format!("missed by {}", number::percent(outcome.value / limit - 1.0))
            };
            let severity =
                listed.severity.map_or_else(String::new, |severity| format!(" ({})", severity.name()));
            let tone = listed.severity.map_or(Tone::Doubt, Tone::of_severity);
            ("✗", tone, past + &severity)
        }
    }
}

impl<'a> From<&ListedTarget<'a>> for Entry<'a> {
    fn from(listed: &ListedTarget<'a>) -> Self {
        let target = listed.target;
        Self {
            limit: TargetLimit::from(target),
            benchmark: &target.benchmark,
            metric: &target.metric,
            suite: target.suite.as_deref(),
            warn: target.warn.fraction(),
            error: target.error.fraction(),
            series: listed.series.map(Name::from),
            series_unit: listed.unit,
            value: listed.outcome.map(|outcome| outcome.value),
            status: listed.outcome.map(|outcome| outcome.status),
            headroom: listed.outcome.and_then(|outcome| outcome.headroom),
            severity: listed.severity,
        }
    }
}
