//! From what someone calls a series to the series.

use std::collections::HashMap;

use plimsoll_model::{SeriesKey, Target};
use plimsoll_store::{Place, SeriesFilter, SeriesRow, SqliteStore, StoreError};

/// How many near names are offered when none fits.
const MOST_NEAR_NAMES: usize = 5;

/// The metric that a benchmark is named for.
const TIME: &str = "time";

/// What parts the names within a benchmark's name.
const NAME_BOUNDARIES: [&str; 3] = ["::", "/", "."];

/// A series that was found by name.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedSeries {
    /// The series, in its newest unit.
    pub row: SeriesRow,
    /// It is not called exactly so: its benchmark ends with what was asked for.
    pub is_by_ending: bool,
    /// Other classes of machine that measured the same; this is the one of the newest value.
    pub other_testbeds: Vec<String>,
}

/// Where to look for a series.
#[derive(Debug, Clone, Copy, Default)]
pub struct SeriesPlace<'a> {
    /// The project.
    pub project: &'a str,
    /// Only in this suite.
    pub suite: Option<&'a str>,
    /// Only on this class of machine.
    pub testbed: Option<&'a str>,
}

/// Why a name leads to no series.
#[derive(Debug, thiserror::Error)]
pub enum SeriesNameError {
    /// No series is called that.
    #[error("no series is called `{name}`")]
    Unknown {
        /// What was asked for.
        name: String,
        /// Full names that are like it, the likest first.
        near: Vec<String>,
    },
    /// Several are.
    #[error("`{name}` fits {} series", candidates.len())]
    Ambiguous {
        /// What was asked for.
        name: String,
        /// Their full names.
        candidates: Vec<String>,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The series called `name`: its name with any part left out where that is unambiguous, or the id of a target. A name that is
/// written in full goes before one that only fits. Where no series is called so, the one whose benchmark ends with it at a
/// boundary is meant, `tests/speed.py::parse` by `parse`. A benchmark's name alone means its time, as where a program tells of
/// itself.
pub fn find_named_series(
    store: &SqliteStore,
    place: SeriesPlace<'_>,
    name: &str,
    targets: &[Target],
) -> Result<NamedSeries, SeriesNameError> {
    let known = current_series(store, place)?;
    let target = targets.iter().rev().find(|target| target.id.as_deref() == Some(name));
    let exact: [&dyn Fn(&SeriesKey) -> bool; 4] =
        [&|key| key.to_string() == name, &|key| key.short() == name, &|key| key.is_called(name), &|key| {
            target.is_some_and(|target| target.is_for(key))
        }];
    let mut several: Option<Vec<&SeriesRow>> = None;
    for fits in exact {
        let fitting = fitting(&known, fits);
        if let Some(series) = on_newest_testbed(store, &fitting)? {
            return Ok(series);
        }
        if several.is_none() && !fitting.is_empty() {
            several = Some(fitting);
        }
    }
    let is_by_ending = several.is_none();
    let several = several.unwrap_or_else(|| fitting(&known, |key| is_called_by_ending(key, name)));
    for fitting in [&several, &times_of_one_benchmark(&several)] {
        if let Some(series) = on_newest_testbed(store, fitting)? {
            return Ok(NamedSeries { is_by_ending, ..series });
        }
    }
    let name = name.to_owned();
    if several.is_empty() {
        let near = near_names(&name, &known);
        return Err(SeriesNameError::Unknown { name, near });
    }
    let mut candidates: Vec<String> = several.iter().map(|row| row.key.to_string()).collect();
    candidates.sort_unstable();
    candidates.dedup();
    Err(SeriesNameError::Ambiguous { name, candidates })
}

/// Every series of a place, each in its newest unit, by lane and age.
pub(crate) fn current_series(
    store: &SqliteStore,
    place: SeriesPlace<'_>,
) -> Result<Vec<SeriesRow>, StoreError> {
    let mut current: Vec<SeriesRow> = Vec::new();
    for lane in store.lanes(place.project)? {
        if place.suite.is_some_and(|suite| suite != lane.suite)
            || place.testbed.is_some_and(|testbed| testbed != lane.testbed)
        {
            continue;
        }
        let mut positions = HashMap::new();
        for row in store.series_of(lane.id)? {
            match positions.get(&row.key) {
                Some(position) => current[*position] = row,
                None => {
                    positions.insert(row.key.clone(), current.len());
                    current.push(row);
                }
            }
        }
    }
    Ok(current)
}

fn fitting(known: &[SeriesRow], fits: impl Fn(&SeriesKey) -> bool) -> Vec<&SeriesRow> {
    known.iter().filter(|row| fits(&row.key)).collect()
}

/// The times among the series of one benchmark, first calls apart: `parse#time` of it, `parse#heap` and `parse{start=cold}#time`.
/// Nothing where the series are of several benchmarks.
fn times_of_one_benchmark<'a>(fitting: &[&'a SeriesRow]) -> Vec<&'a SeriesRow> {
    let [first, others @ ..] = fitting else {
        return Vec::new();
    };
    let is_of_first =
        |row: &&SeriesRow| (&row.key.suite, &row.key.benchmark) == (&first.key.suite, &first.key.benchmark);
    if !others.iter().all(is_of_first) {
        return Vec::new();
    }
    let times = fitting.iter().copied().filter(|row| &*row.key.metric == TIME);
    let (plain, with_parameters): (Vec<_>, Vec<_>) = times.partition(|row| row.key.parameters.is_empty());
    if plain.is_empty() { with_parameters } else { plain }
}

/// The series that all of `fitting` are but for the testbed, where there is one such: on the testbed that measured it last.
fn on_newest_testbed(store: &SqliteStore, fitting: &[&SeriesRow]) -> Result<Option<NamedSeries>, StoreError> {
    let [first, others @ ..] = fitting else {
        return Ok(None);
    };
    let is_same = |row: &&SeriesRow| {
        let testbed = first.key.testbed.clone();
        let key = row.key.clone();
        SeriesKey { testbed, ..key } == first.key
    };
    if !others.iter().all(is_same) {
        return Ok(None);
    }
    let mut newest: Option<(Option<_>, &SeriesRow)> = None;
    for row in fitting {
        let place = match others {
            [] => None,
            _ => newest_place(store, row)?,
        };
        if newest.is_none_or(|(best, _)| place > best) {
            newest = Some((place, row));
        }
    }
    let testbeds = |chosen: &SeriesRow| -> Vec<String> {
        let others = fitting.iter().map(|row| &row.key.testbed);
        others.filter(|testbed| **testbed != chosen.key.testbed).cloned().collect()
    };
    Ok(newest.map(|(_, row)| NamedSeries {
        row: row.clone(),
        is_by_ending: false,
        other_testbeds: testbeds(row),
    }))
}

/// Where the newest value of a series stands in history.
fn newest_place(store: &SqliteStore, row: &SeriesRow) -> Result<Option<Place>, StoreError> {
    let filter = SeriesFilter { last: Some(1), ..SeriesFilter::default() };
    let points = store.read_series(row.id, &filter)?;
    Ok(points.last().map(|point| point.place))
}

/// Whether the series would be called `name` if its benchmark had the end of its name alone.
fn is_called_by_ending(key: &SeriesKey, name: &str) -> bool {
    let starts = NAME_BOUNDARIES
        .iter()
        .flat_map(|boundary| key.benchmark.match_indices(boundary).map(|(place, _)| place + boundary.len()));
    let mut endings = starts.filter_map(|start| key.benchmark.get(start..));
    endings.any(|ending| {
        // The cheap test first: there may be many series.
        !ending.is_empty()
            && name.contains(ending)
            && SeriesKey { benchmark: ending.to_owned(), ..key.clone() }.is_called(name)
    })
}

/// Names that hold the text come first, then names that are few letters away.
fn near_names(name: &str, known: &[SeriesRow]) -> Vec<String> {
    let wanted = name.to_lowercase();
    let mut near: Vec<(usize, String)> = Vec::new();
    for SeriesRow { key, .. } in known {
        let full = key.to_string();
        let lowered = full.to_lowercase();
        let distance = if lowered.contains(&wanted) {
            0
        } else {
            let forms = [key.benchmark.to_lowercase(), key.short().to_lowercase(), lowered];
            let distances = forms.map(|form| strsim::damerau_levenshtein(&wanted, &form));
            distances.into_iter().min().unwrap_or(usize::MAX)
        };
        if distance <= 1 + wanted.chars().count() / 3 {
            near.push((distance, full));
        }
    }
    near.sort();
    near.dedup();
    near.truncate(MOST_NEAR_NAMES);
    near.into_iter().map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::{append, run, scratch_store};
    use plimsoll_model::{Bound, Metric, Unit};

    #[track_caller]
    fn check(name: &str, expected: &str) {
        let (_folder, mut store) = scratch_store();
        let mut first = run(
            1,
            &[
                ("parse", 1.0),
                ("render", 2.0),
                ("tests/speed.py::add", 3.0),
                ("app::load", 4.0),
                ("io/file.load", 5.0),
                ("first::parse", 6.0),
            ],
        );
        let mut bytes = first.measurements[0].clone();
        bytes.metric = Metric::new("heap", Unit::BYTES, plimsoll_model::Direction::Lower);
        first.measurements.push(bytes);
        let mut cold = first.measurements[0].clone();
        cold.parameters = [("start", "cold")].into_iter().collect();
        first.measurements.push(cold);
        append(&mut store, &first);
        let mut elsewhere = run(2, &[("render", 2.0)]);
        elsewhere.context.testbed = "laptop".to_owned();
        append(&mut store, &elsewhere);
        let target = Target {
            id: Some("APP-1".to_owned()),
            suite: None,
            benchmark: "parse".to_owned(),
            metric: "time".to_owned(),
            bound: Bound::Max(1.0),
            unit: None,
            per: None,
            warn: Target::DEFAULT_WARN,
            error: Target::DEFAULT_ERROR,
        };
        let place = SeriesPlace { project: "p", ..SeriesPlace::default() };
        let told = match find_named_series(&store, place, name, &[target]) {
            Ok(series) => {
                let mut told = series.row.key.to_string();
                if series.is_by_ending {
                    told += " by its ending";
                }
                if !series.other_testbeds.is_empty() {
                    told += &format!(
                        " on {}, not on {}",
                        series.row.key.testbed,
                        series.other_testbeds.join(", ")
                    );
                }
                told
            }
            Err(SeriesNameError::Unknown { near, .. }) => format!("none, near {}", near.join(", ")),
            Err(SeriesNameError::Ambiguous { candidates, .. }) => format!("one of {}", candidates.join(", ")),
            Err(SeriesNameError::Store(error)) => panic!("{error}"),
        };
        assert_eq!(told, expected);
    }

    #[test]
    fn a_series_is_found_by_any_name_that_fits_it_alone() {
        check("fast:parse#time", "fast:parse#time");
        check("parse#heap", "fast:parse#heap");
        check("APP-1", "fast:parse#time");
    }

    #[test]
    fn a_benchmarks_name_alone_means_its_time() {
        check("parse", "fast:parse#time");
        check("fast:parse", "fast:parse#time");
        check("parse{start=cold}", "fast:parse{start=cold}#time");
    }

    #[test]
    fn what_fits_several_lists_them() {
        check("load", "one of fast:app::load#time, fast:io/file.load#time");
    }

    #[test]
    fn of_several_testbeds_that_of_the_newest_value_is_meant() {
        check("render", "fast:render#time on laptop, not on linux/x86_64/4");
    }

    #[test]
    fn an_ending_names_a_series_where_nothing_is_called_so() {
        check("add", "fast:tests/speed.py::add#time by its ending");
        check("speed.py::add#time", "fast:tests/speed.py::add#time by its ending");
        check("fast:file.load", "fast:io/file.load#time by its ending");
        check("first::parse", "fast:first::parse#time");
        check("dd", "none, near fast:tests/speed.py::add#time");
    }

    #[test]
    fn what_fits_none_offers_what_is_near() {
        check("prase", "none, near fast:parse#heap, fast:parse#time, fast:parse{start=cold}#time");
        check("zzz", "none, near ");
    }
}
