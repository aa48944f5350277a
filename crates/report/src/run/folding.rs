//! Long lists of one verdict are folded: the first are shown, the others counted.

use plimsoll_model::{SeriesEvaluation, SeriesVerdict};

use super::holding::Holding;
use crate::number;

/// Rows that a glance takes in: unchanged series are shown only as far as this many rows go.
const GLANCE_ROWS: usize = 12;
/// Metrics that are named of new series that are not shown.
const MOST_METRICS: usize = 4;

/// What is shown of ranked series, and what hides.
pub(super) struct Folding<'a> {
    /// In their order.
    pub(super) shown: Vec<&'a SeriesEvaluation>,
    /// Those of one verdict together.
    pub(super) folds: Vec<Fold<'a>>,
}

/// Series of one verdict that are not shown.
pub(super) struct Fold<'a> {
    verdict: SeriesVerdict,
    /// Those before them, which are shown.
    kept: &'a [&'a SeriesEvaluation],
    hidden: &'a [&'a SeriesEvaluation],
}

impl<'a> Folding<'a> {
    /// Folds `ranked` series, unless `all` are wanted; those that alerts hold the gate closed by stand together.
    pub(super) fn of(ranked: &'a [&'a SeriesEvaluation], holding: &Holding<'_>, all: bool) -> Self {
        if all {
            return Self { shown: ranked.to_vec(), folds: Vec::new() };
        }
        let mut shown = Vec::new();
        let mut folds = Vec::new();
        let kind = |series: &SeriesEvaluation| (series.verdict, holding.alert(series).is_some());
        for group in ranked.chunk_by(|left, right| kind(left) == kind(right)) {
            let (verdict, is_holding) = kind(group[0]);
            let most = match verdict {
                _ if is_holding => 50,
                SeriesVerdict::Regressed => 50,
                SeriesVerdict::Improved | SeriesVerdict::Missing => 25,
                // Most of them wait for more history, and say no more than that.
                SeriesVerdict::Inconclusive | SeriesVerdict::New => GLANCE_ROWS,
                SeriesVerdict::Unchanged => GLANCE_ROWS.saturating_sub(shown.len()),
            };
            // A fold that hides a row or two would take as much room as they do.
            let most = if group.len() <= most + 2 { group.len() } else { most };
            let (kept, hidden) = group.split_at(most);
            shown.extend_from_slice(kept);
            if !hidden.is_empty() {
                folds.push(Fold { verdict, kept, hidden });
            }
        }
        Self { shown, folds }
    }
}

impl Fold<'_> {
    /// `… 56 more unchanged (--all shows them)`; of new series also which metrics they are, and how large at most where the larger
    /// ones are shown: `… 14 more new (--all shows them): 5 of peak_rss up to 17.68 MB, 8 of rss_change, 1 of links`.
    pub(super) fn words(&self) -> String {
        let number = number::grouped(self.hidden.len());
        let words = format!("… {number} more {} (--all shows them)", self.verdict.name());
        match self.verdict {
            SeriesVerdict::New => words + ": " + &self.metrics(),
            _ => words,
        }
    }

    /// What is new is ranked by metric, the largest first.
    fn metrics(&self) -> String {
        let kind = |series: &&SeriesEvaluation| (series.key.metric.clone(), series.unit.clone());
        let mut metrics: Vec<String> = Vec::new();
        for group in self.hidden.chunk_by(|left, right| kind(left) == kind(right)) {
            let first = group[0];
            let mut words = match group.len() {
                all if all == self.hidden.len() => first.key.metric.clone(),
                some => format!("{} of {}", number::grouped(some), first.key.metric),
            };
            let are_larger_shown = self.kept.last().is_some_and(|last| kind(last) == kind(&first));
            if let Some(value) = first.value.filter(|_| are_larger_shown) {
                words.push_str(&format!(" up to {}", first.unit.human(value)));
            }
            metrics.push(words);
        }
        let others = metrics.len().saturating_sub(MOST_METRICS);
        metrics.truncate(MOST_METRICS);
        if others > 0 {
            metrics.push(number::counted(others, "other metric", "other metrics"));
        }
        metrics.join(", ")
    }
}
