//! Two runs, revisions or files side by side: every series, ranked by the size of its change.

mod json;
mod markdown;
mod terminal;

use plimsoll_model::{
    CommonShift, Complaint, Counts, Direction, LevelChange, RunVerdict, SeriesKey, SeriesVerdict, Severity,
    Unit,
};

use crate::sheet::{Cell, Sheet};
use crate::style::Tone;
use crate::{RunFacts, number, wording};

/// A smaller change is shown as `±0.0 %`.
const SMALLEST_SHOWN: f64 = 0.0005;

/// Two sides and every series of either. Rendered by [`CompareView::terminal`], [`CompareView::markdown`],
/// [`CompareView::json`] and [`CompareView::csv`].
#[derive(Debug, Clone, Copy)]
pub struct CompareView<'a> {
    /// The project.
    pub project: &'a str,
    /// What is compared against: the before.
    pub a: Side<'a>,
    /// What is compared: the after.
    pub b: Side<'a>,
    /// What they come to together.
    pub verdict: RunVerdict,
    /// The series of either side, in any order.
    pub series: &'a [ComparedSeries<'a>],
    /// How many series were tested for a change that noise does not explain.
    pub tested: usize,
    /// A change of one of them is suspected, believed or not.
    pub has_suspects: bool,
    /// What most of them did alike.
    pub common_shift: Option<CommonShift>,
    /// What could not be understood or compared.
    pub complaints: &'a [Complaint],
}

/// One side of a comparison.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    /// As the user called it: `main`, `v1.2`, `4f2a91c`, `before.json`.
    pub name: &'a str,
    /// The run it stands for, or the newest of them.
    pub run: Option<RunFacts<'a>>,
    /// How many runs its values are the medians of, at most.
    pub runs: usize,
}

/// A series with its value on each side.
#[derive(Debug, Clone, Copy)]
pub struct ComparedSeries<'a> {
    /// The series.
    pub key: &'a SeriesKey,
    /// The unit of both values.
    pub unit: &'a Unit,
    /// Which way is better.
    pub direction: Direction,
    /// The value on side A.
    pub a: Option<f64>,
    /// The value on side B.
    pub b: Option<f64>,
    /// Relative change from A to B, positive when the value rose.
    pub change: Option<f64>,
    /// An interval for the change, at 95 %.
    pub interval: Option<(f64, f64)>,
    /// The verdict, where something could be judged.
    pub verdict: Option<SeriesVerdict>,
    /// How bad a regression is.
    pub severity: Option<Severity>,
    /// Where its level changed between the sides, oldest first.
    pub changes: &'a [LevelChange],
}

impl ComparedSeries<'_> {
    /// The verdict; where nobody judged it is new, missing or inconclusive.
    fn verdict(&self) -> SeriesVerdict {
        self.verdict.unwrap_or(match (self.a, self.b) {
            (Some(_), None) => SeriesVerdict::Missing,
            (None, Some(_)) => SeriesVerdict::New,
            _ => SeriesVerdict::Inconclusive,
        })
    }

    /// How far apart the sides are, so that a doubling and a halving weigh the same.
    fn distance(&self) -> f64 {
        match self.change {
            Some(change) if change > -1.0 => change.ln_1p().abs(),
            Some(_) => f64::INFINITY,
            None => -1.0,
        }
    }
}

/// The first line of a comparison.
struct Headline<'a> {
    mark: &'static str,
    tone: Tone,
    /// What it came to: the first word behind the two names.
    word: &'static str,
    /// How many series of each verdict.
    words: String,
    /// Of the series that made the verdict the one that changed most, with what it did.
    largest: Option<(&'a SeriesKey, String)>,
}

impl<'a> CompareView<'a> {
    /// The series, the largest change first.
    fn ranked(&self) -> Vec<&'a ComparedSeries<'a>> {
        let mut series: Vec<_> = self.series.iter().map(|series| (series.distance(), series)).collect();
        series.sort_by(|(left, _), (right, _)| right.total_cmp(left));
        series.into_iter().map(|(_, series)| series).collect()
    }

    fn counts(&self) -> Counts {
        self.series.iter().map(ComparedSeries::verdict).collect()
    }

    fn headline(&self, ranked: &[&ComparedSeries<'a>]) -> Headline<'a> {
        let counts = self.counts();
        let in_both = self.series.iter().filter(|series| series.change.is_some()).count();
        if in_both == 0 {
            return Headline {
                mark: "?",
                tone: Tone::Doubt,
                word: "nothing was compared",
                words: match wording::counts(&counts) {
                    none if none.is_empty() => "neither side has a series".to_owned(),
                    some => some,
                },
                largest: None,
            };
        }
        let (mark, tone, word, named) = match self.verdict {
            RunVerdict::Pass => ("✓", Tone::Good, "pass", None),
            RunVerdict::Improved => ("✓", Tone::Good, "improved", Some(SeriesVerdict::Improved)),
            RunVerdict::Regressed => ("!", Tone::Doubt, "regressed", Some(SeriesVerdict::Regressed)),
            RunVerdict::Mixed => ("!", Tone::Doubt, "mixed", Some(SeriesVerdict::Regressed)),
            RunVerdict::Inconclusive => ("?", Tone::Doubt, "inconclusive", Some(SeriesVerdict::Inconclusive)),
        };
        // The largest change of those that made the verdict: what is unchanged is not news, however far it lies.
        let largest = ranked.iter().find(|series| named.is_some() && series.verdict == named);
        let largest = largest.and_then(|series| {
            let change = series.change.filter(|change| change.abs() >= SMALLEST_SHOWN)?;
            let comparative = wording::comparative(change, series.direction, series.unit);
            Some((series.key, format!("{} ({comparative})", number::change(change))))
        });
        Headline { mark, tone, word, words: wording::counts(&counts), largest }
    }

    /// What holds for all series together, as sentences without a full stop.
    fn remarks(&self) -> Vec<String> {
        let tested = (self.tested > 1 && self.has_suspects).then(|| wording::tested(self.tested));
        tested.into_iter().chain(self.common_shift.as_ref().map(wording::common_shift)).collect()
    }

    /// One row a series, the largest change first; numbers in the series' own unit, changes as fractions.
    pub fn csv(&self) -> String {
        let mut sheet =
            Sheet::of_series(&["a", "b", "change", "interval_low", "interval_high", "verdict", "severity"]);
        for series in self.ranked() {
            sheet.series_row(
                series.key,
                series.unit,
                series.direction,
                &[
                    Cell::number(series.a),
                    Cell::number(series.b),
                    Cell::number(series.change),
                    Cell::number(series.interval.map(|(low, _)| low)),
                    Cell::number(series.interval.map(|(_, high)| high)),
                    Cell::Text(series.verdict().name()),
                    Cell::text(series.severity.map(Severity::name)),
                ],
            );
        }
        sheet.finish()
    }
}

/// The sign before a series.
fn mark(series: &ComparedSeries<'_>) -> &'static str {
    match series.verdict() {
        SeriesVerdict::Regressed => "!",
        SeriesVerdict::Improved => "✓",
        SeriesVerdict::Inconclusive if series.verdict.is_some() => "?",
        SeriesVerdict::New => "+",
        SeriesVerdict::Missing => "−",
        SeriesVerdict::Inconclusive | SeriesVerdict::Unchanged => "",
    }
}
