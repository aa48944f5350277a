//! What changed over a span of history: what got slower first.

mod json;
mod markdown;

use jiff::Timestamp;
use plimsoll_model::{Complaint, Direction, LevelChange, SeriesKey, SeriesVerdict, Severity, Unit};

use crate::sheet::{Cell, Sheet};
use crate::{ListedAlert, RunFacts};

/// What changed over a span of history. Rendered by [`DocumentView::markdown`], [`DocumentView::json`] and
/// [`DocumentView::csv`].
#[derive(Debug, Clone, Copy)]
pub struct DocumentView<'a> {
    /// The project.
    pub project: &'a str,
    /// The span as the user called it: `the last 7 days`, `the time since v1.2`.
    pub span: &'a str,
    /// Where the span begins.
    pub from: Timestamp,
    /// Where it ends.
    pub to: Timestamp,
    /// The runs covered, oldest first.
    pub runs: &'a [RunFacts<'a>],
    /// Every series with a point in the span, in any order.
    pub series: &'a [DocumentSeries<'a>],
    /// Of how many of its newest values a series' level at the end is the median.
    pub level_values: usize,
    /// How many series were tested for a change that noise does not explain.
    pub tested: usize,
    /// A change of one of them is suspected, believed or not.
    pub has_suspects: bool,
    /// The alerts that are open, or were opened in the span.
    pub alerts: &'a [ListedAlert<'a>],
    /// What could not be understood.
    pub complaints: &'a [Complaint],
}

/// A series with its level at both ends of the span.
#[derive(Debug, Clone, Copy)]
pub struct DocumentSeries<'a> {
    /// The series.
    pub key: &'a SeriesKey,
    /// The unit of all values.
    pub unit: &'a Unit,
    /// Which way is better.
    pub direction: Direction,
    /// The level when the span began.
    pub before: Option<f64>,
    /// The level when it ended.
    pub after: Option<f64>,
    /// Relative change between the two, positive when the value rose.
    pub change: Option<f64>,
    /// What is said of the newest point against the level of then.
    pub verdict: SeriesVerdict,
    /// How bad a regression is.
    pub severity: Option<Severity>,
    /// The commit at which the change began, where it is known.
    pub began: Option<&'a str>,
    /// Where its level changed within the span.
    pub changes: &'a [LevelChange],
    /// The values in the span, oldest first.
    pub values: &'a [f64],
}

impl DocumentSeries<'_> {
    fn worsening(&self) -> Option<f64> {
        Some(self.change? * self.direction.worse_sign()?)
    }
}

/// The series by what became of them, each ranked.
struct Groups<'a> {
    /// Worse, the worst first.
    worse: Vec<&'a DocumentSeries<'a>>,
    /// Better, the best first.
    better: Vec<&'a DocumentSeries<'a>>,
    /// Neither.
    stable: Vec<&'a DocumentSeries<'a>>,
    /// Not enough is known, new, or gone.
    unknown: Vec<&'a DocumentSeries<'a>>,
}

impl<'a> DocumentView<'a> {
    fn groups(&self) -> Groups<'a> {
        let mut groups =
            Groups { worse: Vec::new(), better: Vec::new(), stable: Vec::new(), unknown: Vec::new() };
        for series in self.series {
            match series.verdict {
                SeriesVerdict::Regressed => &mut groups.worse,
                SeriesVerdict::Improved => &mut groups.better,
                SeriesVerdict::Unchanged => &mut groups.stable,
                SeriesVerdict::Inconclusive | SeriesVerdict::New | SeriesVerdict::Missing => {
                    &mut groups.unknown
                }
            }
            .push(series);
        }
        let weight = |series: &DocumentSeries<'_>| series.worsening().unwrap_or(f64::NEG_INFINITY);
        groups.worse.sort_by(|left, right| {
            right.severity.cmp(&left.severity).then_with(|| weight(right).total_cmp(&weight(left)))
        });
        groups.better.sort_by(|left, right| weight(left).total_cmp(&weight(right)));
        groups.stable.sort_by(|left, right| weight(right).total_cmp(&weight(left)));
        groups
    }

    /// The changes of level within the span, the largest first; one from a level of zero is larger than any.
    fn changes(&self) -> Vec<(&DocumentSeries<'a>, &'a LevelChange)> {
        let of_series =
            |series: &'a DocumentSeries<'a>| series.changes.iter().map(move |change| (series, change));
        let mut changes: Vec<_> = self.series.iter().flat_map(of_series).collect();
        let size = |change: &LevelChange| change.change().map_or(f64::INFINITY, f64::abs);
        changes.sort_by(|(_, left), (_, right)| size(right).total_cmp(&size(left)));
        changes
    }

    /// One row a series: what got worse first, then what got better, then the rest.
    pub fn csv(&self) -> String {
        let mut sheet =
            Sheet::of_series(&["before", "after", "change", "verdict", "severity", "began", "points"]);
        let groups = self.groups();
        for series in [groups.worse, groups.better, groups.stable, groups.unknown].iter().flatten() {
            sheet.series_row(
                series.key,
                series.unit,
                series.direction,
                &[
                    Cell::number(series.before),
                    Cell::number(series.after),
                    Cell::number(series.change),
                    Cell::Text(series.verdict.name()),
                    Cell::text(series.severity.map(Severity::name)),
                    Cell::text(series.began),
                    Cell::Whole(series.values.len()),
                ],
            );
        }
        sheet.finish()
    }
}
