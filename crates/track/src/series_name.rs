//! From what someone calls a series to the series.

use plimsoll_model::{SeriesKey, Target};
use plimsoll_store::{SeriesId, SqliteStore, StoreError};

/// How many near names are offered when none fits.
const MOST_NEAR_NAMES: usize = 5;

/// A series that was found by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedSeries {
    /// Its full name.
    pub key: SeriesKey,
    /// One series for each unit it was measured in, oldest first.
    pub ids: Vec<SeriesId>,
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
        /// Their full names, with the testbed where that alone tells them apart.
        candidates: Vec<String>,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The series called `name`: its name with any part left out where that is unambiguous, or the id of a target. A name that is
/// written in full goes before one that only fits.
pub fn find_named_series(
    store: &SqliteStore,
    place: SeriesPlace<'_>,
    name: &str,
    targets: &[Target],
) -> Result<NamedSeries, SeriesNameError> {
    let known = all_series(store, place)?;
    let named = |fits: &dyn Fn(&SeriesKey) -> bool| -> Vec<&NamedSeries> {
        known.iter().filter(|series| fits(&series.key)).collect()
    };
    let target = targets
        .iter()
        .rev()
        .find(|target| target.id.as_deref() == Some(name));
    let candidates = [
        named(&|key| target.is_some_and(|target| target.is_for(key))),
        named(&|key| key.to_string() == name),
        named(&|key| key.short() == name),
        named(&|key| key.is_called(name)),
    ];
    let candidates = candidates.into_iter().find(|fitting| !fitting.is_empty());
    match candidates.as_deref() {
        None => Err(SeriesNameError::Unknown {
            name: name.to_owned(),
            near: near_names(name, &known),
        }),
        Some([only]) => Ok((*only).clone()),
        Some(several) => Err(SeriesNameError::Ambiguous {
            name: name.to_owned(),
            candidates: told_apart(several),
        }),
    }
}

fn all_series(store: &SqliteStore, place: SeriesPlace<'_>) -> Result<Vec<NamedSeries>, StoreError> {
    let mut known: Vec<NamedSeries> = Vec::new();
    for lane in store.lanes(place.project)? {
        if place.suite.is_some_and(|suite| suite != lane.suite)
            || place.testbed.is_some_and(|testbed| testbed != lane.testbed)
        {
            continue;
        }
        known.extend(store.series_of(lane.id)?.into_iter().map(|row| NamedSeries {
            key: row.key,
            ids: vec![row.id],
        }));
    }
    known.sort_by(|left, right| (&left.key, &left.ids).cmp(&(&right.key, &right.ids)));
    known.dedup_by(|later, earlier| {
        let is_same = later.key == earlier.key;
        if is_same {
            earlier.ids.append(&mut later.ids);
        }
        is_same
    });
    Ok(known)
}

fn told_apart(several: &[&NamedSeries]) -> Vec<String> {
    let name = |series: &NamedSeries| {
        let full = series.key.to_string();
        let is_shared = several
            .iter()
            .any(|other| other.key.testbed != series.key.testbed && other.key.to_string() == full);
        if is_shared {
            format!("{full} on testbed {}", series.key.testbed)
        } else {
            full
        }
    };
    several.iter().map(|series| name(series)).collect()
}

/// Names that hold the text come first, then names that are few letters away.
fn near_names(name: &str, known: &[NamedSeries]) -> Vec<String> {
    let wanted = name.to_lowercase();
    let mut near: Vec<(usize, String)> = Vec::new();
    for series in known {
        let full = series.key.to_string();
        let benchmark = series.key.benchmark.to_lowercase();
        let distance = if full.to_lowercase().contains(&wanted) {
            0
        } else {
            let shorter = [
                &benchmark,
                &series.key.short().to_lowercase(),
                &full.to_lowercase(),
            ]
            .map(|text| strsim::damerau_levenshtein(&wanted, text));
            shorter.into_iter().min().unwrap_or(usize::MAX)
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
        let mut first = run(1, &[("parse", 1.0), ("render", 2.0)]);
        let mut bytes = first.measurements[0].clone();
        bytes.metric = Metric::new("heap", Unit::BYTES, plimsoll_model::Direction::Lower);
        first.measurements.push(bytes);
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
        let place = SeriesPlace {
            project: "p",
            ..SeriesPlace::default()
        };
        let told = match find_named_series(&store, place, name, &[target]) {
            Ok(series) => series.key.to_string(),
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
    fn what_fits_several_lists_them() {
        check("parse", "one of fast:parse#heap, fast:parse#time");
        check(
            "render",
            "one of fast:render#time on testbed laptop, fast:render#time on testbed linux/x86_64/4",
        );
    }

    #[test]
    fn what_fits_none_offers_what_is_near() {
        check("prase", "none, near fast:parse#heap, fast:parse#time");
        check("zzz", "none, near ");
    }
}
