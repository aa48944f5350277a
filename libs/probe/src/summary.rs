//! The summary: what the program measured, beside what is known of it.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::{Arc, PoisonError};

use crate::last_run::{LastRun, Series};
use crate::measured::{Direction, Measured, Outcome};
use crate::memory::ResidentMemory;
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
    /// Values, the worst first. Those that only the last run had are there too; those of what failed are not, and neither are
    /// changes of resident memory, which say little beside its peak.
    pub rows: Vec<Row>,
    /// The performance index of the values measured here: 100 where none is worse than its baseline, 0 where all are by what is an
    /// error, as the command computes it; what is not known well enough and what noise explains is left out. That of the last run where
    /// none of them can be judged.
    pub index: Option<f64>,
    /// The last run that the command judged, which is where baselines, targets and alerts come from.
    pub last_run: Option<LastRun>,
}

impl Summary {
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
        let own = || self.rows.iter().filter(|row| row.is_measured && row.direction != Direction::None);
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
    suite: Option<Arc<(LastRun, Vec<Series>)>>,
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
        let all_series = known.as_ref().map_or(&[][..], |known| &known.1);
        let measured = self.all_measured();
        let mut rows: Vec<Row> = rows_of(&measured, all_series).collect();
        let index = performance_index(&rows);
        let measured_rows = rows.len();
        let is_new = |series: &&Series| {
            is_telling(&series.metric)
                && !rows
                    .iter()
                    .take(measured_rows)
                    .any(|row| row.metric == series.metric && is_row_of(row, series))
        };
        let of_last_run: Vec<Row> = all_series.iter().filter(is_new).map(Row::of_last_run).collect();
        rows.extend(of_last_run);
        rank(&mut rows);
        let last_run = known.map(|known| known.0.clone());
        let index = index.or(last_run.as_ref().and_then(|run| run.index));
        Summary { name: self.teller.name.clone(), line: self.line(&measured), rows, index, last_run }
    }

    /// What is beyond its limits of these values.
    pub(crate) fn warnings(&self, measured: &[Measured]) -> Vec<Warning> {
        let known = self.known();
        let all_series = known.as_ref().map_or(&[][..], |known| &known.1);
        let mut rows: Vec<Row> =
            rows_of(measured, all_series).filter(|row| row.mark < Mark::Within).collect();
        rank(&mut rows);
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
    pub(crate) fn known(&self) -> Option<Arc<(LastRun, Vec<Series>)>> {
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
fn rows_of<'a>(measured: &'a [Measured], series: &'a [Series]) -> impl Iterator<Item = Row> + 'a {
    let mut by_name: HashMap<(&'a str, &'a str), Vec<&'a Series>> = HashMap::new();
    for series in series {
        by_name.entry((&series.benchmark, &series.metric)).or_default().push(series);
    }
    let is_shown =
        |measured: &&Measured| measured.outcome == Outcome::Success && is_telling(&measured.metric);
    measured.iter().filter(is_shown).map(move |measured| {
        let of_name = by_name.get(&(measured.benchmark.as_str(), measured.metric.as_str()));
        let parameters = sorted(&measured.parameters);
        let series = of_name.and_then(|all| all.iter().find(|series| series.parameters == parameters));
        Row::measured(measured, series.copied())
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

/// The worst first; of equal ones those measured here; otherwise as they were measured.
fn rank(rows: &mut [Row]) {
    let badness = |row: &Row| {
        let past = row.standing.past_target.unwrap_or(f64::NEG_INFINITY);
        row.worsening().unwrap_or(f64::NEG_INFINITY).max(past)
    };
    rows.sort_by(|left, right| {
        let by_mark = left.mark.cmp(&right.mark).then(right.is_measured.cmp(&left.is_measured));
        by_mark.then_with(|| match left.mark {
            Mark::Unknown => {
                let has_none = |row: &Row| row.direction == Direction::None;
                has_none(left).cmp(&has_none(right)).then_with(|| badness(right).total_cmp(&badness(left)))
            }
            _ => badness(right).total_cmp(&badness(left)),
        })
    });
}

/// 100 less 100 times the mean worsening, as the command computes it.
fn performance_index(rows: &[Row]) -> Option<f64> {
    let worsenings: Vec<f64> = rows.iter().filter_map(Row::share_of_index).collect();
    let mean = worsenings.iter().sum::<f64>() / worsenings.len() as f64;
    Some(100.0 - 100.0 * mean).filter(|index| index.is_finite())
}
