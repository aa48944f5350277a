//! A series seen value by value.

use super::Trend;
use super::newest::{Ordered, bend, line_no_step};

/// How many of the newest values are asked together.
const LENGTHS: [usize; 4] = [48, 64, 96, 128];
/// They are asked again after so many values.
pub(super) const EVERY: usize = 4;
/// A trend has at least this score.
const ENOUGH: f64 = 4.0;
/// It lasts while so many of the newest values have this score: longer than the shortest length, since a slow trend shows in
/// few values only now and then.
const LASTING: f64 = 2.0;
const LASTING_OVER: usize = 96;
/// Values larger than this are left out: their differences would not be finite.
const LARGEST: f64 = 1e300;

/// Whether some values can end in a trend that lasts: cheap to say where they do not.
pub(super) fn may_end_in_trend(values: &[f64]) -> bool {
    let length = values.len().min(LASTING_OVER);
    let newest = &values[values.len() - length..];
    let usable = newest.iter().all(|value| value.is_finite() && value.abs() <= LARGEST);
    let may_last =
        || lasting_score(&Ordered::new(newest), length).is_some_and(|score| score.abs() >= LASTING);
    length >= LENGTHS[0] && (!usable || may_last())
}

/// What a trend lasts by, among so many of the newest values.
fn lasting_score(ordered: &Ordered<'_>, length: usize) -> Option<f64> {
    ordered.heading(length.min(LASTING_OVER)).map(|heading| heading.score)
}

/// Watches one series. Memory and time for each value are bounded, however long the series grows.
#[derive(Debug, Clone, Default)]
pub struct Watch {
    /// The newest values and their indices in the series.
    values: Vec<f64>,
    places: Vec<usize>,
    count: usize,
    lasting: Option<Trend>,
}

impl Watch {
    /// Watches a series of which nothing is known.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next value. Returns the trend that it gives away, if it does: once for one trend, and not again while it
    /// lasts. Values that are not finite or beyond 1e300 keep their place and are left out.
    pub fn push(&mut self, value: f64) -> Option<Trend> {
        let at = self.count;
        self.count += 1;
        if !value.is_finite() || value.abs() > LARGEST {
            return None;
        }
        let [shortest, .., longest] = LENGTHS;
        if self.values.len() >= 2 * longest {
            self.values.drain(..longest);
            self.places.drain(..longest);
        }
        self.values.push(value);
        self.places.push(at);
        if self.values.len() < shortest || !self.count.is_multiple_of(EVERY) {
            return None;
        }
        match self.lasting {
            Some(trend) => {
                self.ask_whether_over(trend);
                None
            }
            None => {
                self.lasting = self.ask(at);
                self.lasting
            }
        }
    }

    /// The trend that was reported and is not over.
    pub fn lasting(&self) -> Option<&Trend> {
        self.lasting.as_ref()
    }

    /// The most certain trend among the newest values, of those that would last.
    fn ask(&self, at: usize) -> Option<Trend> {
        let count = self.values.len();
        let longest = count.min(LENGTHS[LENGTHS.len() - 1]);
        let ordered = Ordered::new(&self.values[count - longest..]);
        let sign = lasting_score(&ordered, longest).filter(|score| score.abs() >= LASTING)?.signum();
        let headings = LENGTHS.into_iter().filter(|length| *length <= longest);
        let headings = headings.filter_map(|length| Some((length, ordered.heading(length)?)));
        let mut scores: Vec<(usize, f64)> = headings
            .filter(|(_, heading)| !heading.is_step && heading.score * sign >= ENOUGH)
            .map(|(length, heading)| (length, heading.score))
            .collect();
        scores.sort_unstable_by(|left, right| right.1.abs().total_cmp(&left.1.abs()));
        scores.into_iter().find_map(|(length, score)| {
            let newest = &self.values[count - length..];
            let (bend, line) = bend(newest, line_no_step(newest)?);
            let after = line.start + line.slope * (length - bend - 1) as f64;
            let began = self.places[count - length + bend];
            Some(Trend { began, at, before: line.start, after, slope: line.slope, score })
        })
    }

    /// Ends the trend when the newest values no longer say so. The next one cannot begin before its end.
    fn ask_whether_over(&mut self, trend: Trend) {
        let length = self.values.len().min(LASTING_OVER);
        let newest = &self.values[self.values.len() - length..];
        let score = lasting_score(&Ordered::new(newest), length).unwrap_or(0.0);
        if score * trend.score.signum() < LASTING {
            self.lasting = None;
            self.values.clear();
            self.places.clear();
        }
    }
}
