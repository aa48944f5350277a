//! The summary: what the program measured, beside what is known of it.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError};

use crate::last_run::{LastRun, Series};
use crate::measured::{Direction, Measured, Outcome};
use crate::memory::ResidentMemory;
use crate::packed_series::PackedSeries;
use crate::row::{Mark, Row};
use crate::summary_file;
use crate::text;
use crate::tracker::{Inner, Tracker};
use crate::unit;
use crate::warning::Warning;

/// What a tracker measured until now, held against the baselines and targets that the command left beside the spool.
///
/// It shows itself as a table of plain text, at most 80 columns wide.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Summary {
    /// The tracker's name; empty where nothing is measured.
    pub name: String,
    /// Items handled, time, and the peak of resident memory: `100 pages | 2.31s | 35.2MB RSS`.
    pub line: String,
    /// The performance index of the values measured here: 100 where none is worse than its baseline, 0 where all are by what is an
    /// error, as the command computes it; what is not known well enough and what noise explains is left out. That of the last run where
    /// none of them can be judged.
    pub index: Option<f64>,
    /// The last run that the command judged, which is where baselines, targets and alerts come from.
    pub last_run: Option<LastRun>,
    /// Of what was measured here.
    measured: Vec<Row>,
    /// What the others are made of.
    known: Option<Arc<(LastRun, PackedSeries)>>,
    /// All of them, the worst first.
    pub(crate) places: Vec<Place>,
}

impl Summary {
    /// Values, the worst first. Those that only the last run had are there too; those of what failed are not, and neither are
    /// changes of resident memory, which say little beside its peak. Each is made when its turn comes: a program may have
    /// hundreds of them and show a few.
    pub fn rows(&self) -> impl Iterator<Item = Row> {
        self.places.iter().filter_map(|place| match place.row {
            Source::Measured(index) => self.measured.get(index as usize).cloned(),
            Source::LastRun(index) => {
                let known = self.known.as_ref()?;
                known.1.get(index as usize).map(Row::of_last_run)
            }
        })
    }

    /// The first line: `build: 100 pages | 2.31s | 35.2MB RSS | performance 97 of 100 | 1 alert`.
    pub fn headline(&self) -> String {
        let mut headline = text::visible(&format!("{}: {}", self.name, self.line));
        if let Some(index) = self.index {
            headline.push_str(&format!(" | performance {index:.0} of 100{}", self.index_words()));
        }
        match self.last_run.as_ref().map_or(0, |run| run.alerts) {
            0 => {}
            1 => headline.push_str(" | 1 alert"),
            alerts => headline.push_str(&format!(" | {alerts} alerts")),
        }
        headline
    }
}

impl Summary {
    /// Over how many values the index is, where not over all: ` (8 of 12)`; or whose it is: ` (last run)`.
    fn index_words(&self) -> String {
        let own = || self.measured.iter().filter(|row| row.direction != Direction::None);
        match (own().filter_map(Row::share_of_index).count(), own().count()) {
            (0, _) => " (last run)".to_owned(),
            (some, all) if some < all => format!(" ({some} of {all})"),
            _ => String::new(),
        }
    }
}

/// What was read of the suite, once for a folder.
#[derive(Debug, Default)]
pub(crate) struct Known {
    folder: PathBuf,
    /// What there was, if there was any.
    suite: Option<Arc<(LastRun, PackedSeries)>>,
}

impl Tracker {
    /// What was measured until now, held against baselines and targets. The file that they are read from is read once, when
    /// this or [`Self::warnings`] is first called, and never where nothing is written.
    pub fn summary(&self) -> Summary {
        self.live().map(|inner| inner.summary()).unwrap_or_default()
    }

    /// What is beyond its limits of what was measured since the last line, and after the end of the last line itself, the worst
    /// first; then the alerts that are live.
    pub fn warnings(&self) -> Vec<Warning> {
        let Some(inner) = self.live() else {
            return Vec::new();
        };
        let measured = if inner.is_finished() { inner.last_line() } else { inner.since_last_line() };
        let mut warnings = inner.warnings(&measured);
        let alerts = inner.known().map_or(0, |known| known.0.alerts);
        warnings.extend(Warning::about_alerts(&inner.suite, alerts));
        warnings
    }
}

impl Inner {
    fn summary(&self) -> Summary {
        let known = self.known();
        let all_series = known.as_ref().map(|known| &known.1);
        let measured = self.all_measured();
        let rows: Vec<Row> = rows_of(&measured, all_series).collect();
        let index = performance_index(&rows);
        let is_new = |(_, series): &(usize, Series)| {
            is_telling(&series.metric)
                && !rows.iter().any(|row| row.metric == series.metric && is_row_of(row, series))
        };
        let of_last_run = all_series.into_iter().flat_map(PackedSeries::iter).enumerate().filter(is_new);
        let of_measured =
            rows.iter().enumerate().map(|(index, row)| Place::of(row, Source::Measured(index as u32)));
        let mut places: Vec<Place> = of_measured.collect();
        places.extend(
            of_last_run
                .map(|(index, series)| Place::of(&Row::of_last_run(series), Source::LastRun(index as u32))),
        );
        places.sort_by(Place::order);
        let last_run = known.as_ref().map(|known| known.0.clone());
        let index = index.or(last_run.as_ref().and_then(|run| run.index));
        let line = self.line(&measured);
        Summary { name: self.teller.name.clone(), line, index, last_run, measured: rows, known, places }
    }

    /// What is beyond its limits of these values.
    pub(crate) fn warnings(&self, measured: &[Measured]) -> Vec<Warning> {
        let known = self.known();
        let all_series = known.as_ref().map(|known| &known.1);
        let mut rows: Vec<Row> =
            rows_of(measured, all_series).filter(|row| row.mark < Mark::Within).collect();
        rows.sort_by(|left, right| {
            Place::of(left, Source::Measured(0)).order(&Place::of(right, Source::Measured(0)))
        });
        rows.into_iter().filter_map(Warning::about).collect()
    }

    fn is_finished(&self) -> bool {
        self.look(|book| book.is_finished) == Some(true)
    }

    /// What stands in the last line.
    pub(crate) fn last_line(&self) -> Vec<Measured> {
        self.look(|book| {
            let of_line = book.told.iter().filter(|(line, _)| *line == book.lines);
            of_line.map(|(_, measured)| measured.clone()).collect()
        })
        .unwrap_or_default()
    }

    /// The newest value of everything that was ever measured.
    fn all_measured(&self) -> Vec<Measured> {
        let newest = self.since_last_line();
        let keys: HashSet<_> = newest.iter().map(Measured::key).collect();
        let mut all: Vec<Measured> = self
            .look(|book| {
                let told = book.told.iter().map(|(_, measured)| measured);
                told.filter(|old| !keys.contains(&old.key())).cloned().collect()
            })
            .unwrap_or_default();
        all.extend_from_slice(&newest);
        all
    }

    /// What the command left of this suite. An error is counted, and is as if there were nothing.
    pub(crate) fn known(&self) -> Option<Arc<(LastRun, PackedSeries)>> {
        let folder = self.look(|book| book.status.spool.clone())?;
        if folder.as_os_str().is_empty() {
            return None;
        }
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.folder == folder {
            return known.suite.clone();
        }
        let suite = summary_file::read(&folder, self.surroundings.project.as_deref(), &self.suite);
        let suite = suite.unwrap_or_else(|error| {
            self.look(|book| {
                book.status.summaries_left_out += 1;
                book.status.last_error = Some(error.to_string());
            });
            None
        });
        *known = Known { folder, suite: suite.map(Arc::new) };
        known.suite.clone()
    }

    fn line(&self, measured: &[Measured]) -> String {
        let is_whole =
            |measured: &&Measured| measured.benchmark == self.teller.name && !measured.items.is_empty();
        let whole = measured.iter().find(is_whole);
        let of_whole = whole.into_iter().flat_map(|whole| &whole.items);
        let of_phases = measured.iter().filter(|_| whole.is_none()).flat_map(|measured| &measured.items);
        let mut items: Vec<(&str, f64)> = Vec::new();
        // Phases handle the same items one after the other.
        for (noun, count) in of_whole.chain(of_phases) {
            match items.iter_mut().find(|(known, _)| known == noun) {
                Some((_, most)) => *most = most.max(*count),
                None => items.push((noun, *count)),
            }
        }
        let mut parts: Vec<String> =
            items.iter().map(|(noun, count)| format!("{} {noun}", unit::counted(*count))).collect();
        parts.push(format!("{:.2}s", self.elapsed().as_secs_f64()));
        if let Some(memory) = ResidentMemory::now() {
            parts.push(format!("{:.1}MB RSS", memory.peak_bytes as f64 / 1e6));
        }
        parts.join(" | ")
    }
}

/// Whether values of a metric say something by themselves.
pub(crate) fn is_telling(metric: &str) -> bool {
    metric != "rss_change"
}

/// A row for each value of what succeeded.
fn rows_of<'a>(measured: &'a [Measured], series: Option<&'a PackedSeries>) -> impl Iterator<Item = Row> + 'a {
    let is_shown =
        |measured: &&Measured| measured.outcome == Outcome::Success && is_telling(&measured.metric);
    measured.iter().filter(is_shown).map(move |measured| {
        let find = |all: &PackedSeries| all.find(&measured.benchmark, &measured.metric, &measured.parameters);
        Row::measured(measured, series.and_then(find).as_ref())
    })
}

fn is_row_of(row: &Row, series: &Series) -> bool {
    row.benchmark == series.benchmark && sorted(&row.parameters) == series.parameters
}

fn sorted(parameters: &[(String, String)]) -> Vec<(String, String)> {
    let mut sorted = parameters.to_vec();
    sorted.sort();
    sorted
}

/// Where a row stands among all.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Place {
    pub(crate) mark: Mark,
    is_of_last_run: bool,
    /// Nobody knows which way is better.
    is_undirected: bool,
    row: Source,
    /// How much worse than its baseline, or how far past its target.
    badness: f64,
}

/// Where a row comes from, and which one it is there.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Source {
    Measured(u32),
    LastRun(u32),
}

impl Place {
    fn of(row: &Row, source: Source) -> Self {
        let past = row.standing.past_target.unwrap_or(f64::NEG_INFINITY);
        Self {
            mark: row.mark,
            is_of_last_run: !row.is_measured,
            is_undirected: row.direction == Direction::None,
            row: source,
            badness: row.worsening().unwrap_or(f64::NEG_INFINITY).max(past),
        }
    }

    /// The worst first; of equal ones those measured here; otherwise as they were measured.
    fn order(&self, other: &Self) -> Ordering {
        let by_badness = || other.badness.total_cmp(&self.badness);
        let by_mark = self.mark.cmp(&other.mark).then(self.is_of_last_run.cmp(&other.is_of_last_run));
        by_mark.then_with(|| match self.mark {
            Mark::Unknown => self.is_undirected.cmp(&other.is_undirected).then_with(by_badness),
            _ => by_badness(),
        })
    }
}

/// 100 less 100 times the mean worsening, as the command computes it.
fn performance_index(rows: &[Row]) -> Option<f64> {
    let worsenings: Vec<f64> = rows.iter().filter_map(Row::share_of_index).collect();
    let mean = worsenings.iter().sum::<f64>() / worsenings.len() as f64;
    Some(100.0 - 100.0 * mean).filter(|index| index.is_finite())
}
