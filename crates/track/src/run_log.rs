//! A line a run: what it handled, how long it took, what memory it used.

use std::collections::BTreeMap;

use plimsoll_store::{LaneId, RunFilter, RunNumber, RunRow, SeriesId, SeriesRow, SqliteStore, StoreError};

/// Runs, oldest first, and whether there are older ones.
#[derive(Debug, Clone, PartialEq)]
pub struct RunLog {
    /// The runs that were asked for.
    pub runs: Vec<LoggedRun>,
    /// Older runs pass the filter too. How many is not known: that would mean to read history from its beginning.
    pub has_older: bool,
}

/// A run and the measurements that stand for it.
#[derive(Debug, Clone, PartialEq)]
pub struct LoggedRun {
    /// The run.
    pub row: RunRow,
    /// Items handled, with their noun.
    pub items: Option<(f64, String)>,
    /// Wall time in nanoseconds.
    pub time_ns: Option<f64>,
    /// Peak memory of the largest single process, in bytes.
    pub peak_rss_bytes: Option<f64>,
    /// Heap in use at its peak, in bytes.
    pub heap_bytes: Option<f64>,
}

/// Reads the newest runs that pass `filter`, by index; of their measurements, only those that stand for a run.
pub fn run_log(store: &SqliteStore, filter: &RunFilter<'_>) -> Result<RunLog, StoreError> {
    store.snapshot(|| {
        let most = filter.limit.unwrap_or(usize::MAX);
        let mut rows = store.select_runs(&RunFilter {
            newest_first: true,
            limit: filter.limit.map(|limit| limit.saturating_add(1)),
            ..*filter
        })?;
        let has_older = rows.len() > most;
        rows.truncate(most);
        let values = RootValues::read(store, &rows)?;
        let mut runs =
            rows.into_iter().map(|row| logged(store, row, &values)).collect::<Result<Vec<_>, _>>()?;
        runs.reverse();
        Ok(RunLog { runs, has_older })
    })
}

/// What the root benchmark measured comes first: the same program has it whether a command ran it or not. What the command used
/// comes second; of repeats that is their sum.
fn logged(store: &SqliteStore, row: RunRow, values: &RootValues) -> Result<LoggedRun, StoreError> {
    let glance = store.glance(row.number)?;
    let of = |metric| values.0.get(&(row.number, metric)).copied();
    let used = |amount: u64| (amount > 0).then_some(amount as f64);
    let usage = glance.usage;
    Ok(LoggedRun {
        items: most_named(glance.items),
        time_ns: of("time")
            .or_else(|| used(usage?.wall_ns))
            .or_else(|| used(row.duration_ms).map(|milliseconds| milliseconds * 1e6)),
        peak_rss_bytes: of("peak_rss").or_else(|| used(usage?.peak_rss_bytes)),
        heap_bytes: of("heap_peak").or_else(|| of("heap")),
        row,
    })
}

/// Of several nouns the one with the most items: pages rather than documents.
fn most_named(items: BTreeMap<String, f64>) -> Option<(f64, String)> {
    let largest = items.into_iter().max_by(|left, right| left.1.total_cmp(&right.1))?;
    Some((largest.1, largest.0))
}

/// The metrics that stand for a whole run.
const METRICS: [&str; 4] = ["time", "peak_rss", "heap_peak", "heap"];

/// What the root benchmark of each lane measured, by run and metric.
struct RootValues(BTreeMap<(RunNumber, &'static str), f64>);

impl RootValues {
    fn read(store: &SqliteStore, rows: &[RunRow]) -> Result<Self, StoreError> {
        let mut by_lane: BTreeMap<LaneId, Vec<RunNumber>> = BTreeMap::new();
        for row in rows {
            by_lane.entry(row.lane).or_default().push(row.number);
        }
        let mut values = BTreeMap::new();
        for (lane, runs) in by_lane {
            let series = store.series_of(lane)?;
            let roots: Vec<(&str, SeriesId)> =
                METRICS.iter().filter_map(|metric| Some((*metric, root(&series, metric)?))).collect();
            let ids: Vec<SeriesId> = roots.iter().map(|(_, id)| *id).collect();
            let columns = store.columns(&ids, &runs)?;
            for (place, (metric, _)) in roots.into_iter().enumerate() {
                let measured = runs.iter().zip(columns.series(place));
                values.extend(
                    measured
                        .filter(|(_, value)| !value.is_nan())
                        .map(|(run, value)| ((*run, metric), *value)),
                );
            }
        }
        Ok(Self(values))
    }
}

/// The benchmark that all others are parts of (`build` of `build/discovery`), or the only one. Where there is none, no benchmark
/// stands for the run.
fn root(series: &[SeriesRow], metric: &str) -> Option<SeriesId> {
    let mut of_metric = series.iter().filter(|row| row.key.metric == metric);
    let shortest = of_metric.clone().min_by_key(|row| row.key.benchmark.len())?;
    let is_part = |row: &SeriesRow| {
        let rest = row.key.benchmark.strip_prefix(shortest.key.benchmark.as_str());
        rest.is_some_and(|rest| rest.starts_with('/')) || row.id == shortest.id
    };
    of_metric.all(is_part).then_some(shortest.id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::{append, run, scratch_store};
    use plimsoll_model::{Measurement, Metric, Unit, Usage, known_metric};

    #[test]
    fn the_root_benchmark_stands_for_a_run_and_goes_before_what_the_command_used() {
        let (_folder, mut store) = scratch_store();
        let mut first = run(1, &[("build", 7e9), ("build/discovery", 2e9)]);
        first.measurements[1].items.insert("pages".to_owned(), 120.0);
        let (unit, direction) =
            known_metric("heap_peak").unwrap_or((Unit::BYTES, plimsoll_model::Direction::Lower));
        let heap = Metric::new("heap_peak", unit, direction);
        first.measurements.push(Measurement::new("h", "build", heap, 5e6));
        append(&mut store, &first);
        let mut second = run(2, &[("build", 7.5e9), ("build/discovery", 2e9)]);
        second.context.usage =
            Some(Usage { wall_ns: 8_000_000_000, peak_rss_bytes: 30_000_000, ..Usage::default() });
        append(&mut store, &second);
        let filter = RunFilter { project: "p", limit: Some(10), ..RunFilter::default() };
        let log = run_log(&store, &filter).unwrap();
        let told = |run: &LoggedRun| (run.items.clone(), run.time_ns, run.peak_rss_bytes, run.heap_bytes);
        assert!(!log.has_older);
        assert_eq!(
            log.runs.iter().map(told).collect::<Vec<_>>(),
            [
                (Some((120.0, "pages".to_owned())), Some(7e9), None, Some(5e6)),
                (None, Some(7.5e9), Some(30e6), None),
            ]
        );
    }

    #[test]
    fn benchmarks_side_by_side_stand_for_nothing_and_older_runs_are_mentioned() {
        let (_folder, mut store) = scratch_store();
        for place in 1..=3 {
            append(&mut store, &run(place, &[("a", 1.0), ("b", 2.0)]));
        }
        let filter = RunFilter { project: "p", limit: Some(2), ..RunFilter::default() };
        let log = run_log(&store, &filter).unwrap();
        let subjects: Vec<_> = log.runs.iter().filter_map(|run| run.row.subject.as_deref()).collect();
        assert_eq!((log.has_older, log.runs[1].time_ns), (true, None));
        assert_eq!(subjects, ["Change number 2", "Change number 3"]);
    }
}
