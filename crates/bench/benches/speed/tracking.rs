//! Storing, judging and reading, beside bare SQLite doing the same work.

use std::error::Error;
use std::path::Path;

use plimsoll_bench as inputs;
use plimsoll_model::{Policy, Unit};
use plimsoll_parse::{Harness, Input, parse};
use plimsoll_store::{SeriesFilter, SqliteStore};
use plimsoll_track::{Renames, Rules, append_and_judge, settle_alerts};
use rusqlite::Connection;
use serde::Deserialize;

use crate::clock::{alone, median, seconds};
use crate::table::Table;

/// Series of every run.
const SERIES: usize = 1_000;
/// Runs of a baseline.
const BASELINE_RUNS: usize = 64;
/// Runs that are tracked for one figure.
const TRACKED: usize = 41;
/// Nanoseconds in a second.
const NANOSECONDS: f64 = 1e9;

#[derive(Deserialize)]
struct RunDocument<'a> {
    #[serde(borrow)]
    measurements: Vec<MeasurementDocument<'a>>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "read to be timed")]
struct MeasurementDocument<'a> {
    benchmark: &'a str,
    metric: &'a str,
    unit: &'a str,
    value: f64,
}

/// Measures every promise about the store.
pub(crate) fn measure(table: &mut Table, folder: &Path) -> Result<(), Box<dyn Error>> {
    let floor = floor(&folder.join("floor.db"))?;
    let floor_name = "JSON + bare insert + range scan";
    let mut short = SqliteStore::open(&folder.join("short.db"))?;
    import(&mut short, 0..100)?;
    let of_short = track(&mut short, 100)?;
    table.against_floor(
        "track 1,000 measurements, 100 commits of history",
        of_short * NANOSECONDS,
        Unit::NANOSECONDS,
        (floor_name, floor * NANOSECONDS),
        3.0,
    );
    let path = folder.join("long.db");
    let mut long = SqliteStore::open(&path)?;
    let imported = seconds(&mut || import(&mut long, 0..1_000));
    table.at_least("import", 1_000.0 * SERIES as f64 / imported, Unit::normalise("points/s").0, 300e3);
    long.checkpoint()?;
    let bytes = std::fs::metadata(&path)?.len() as f64;
    table.at_most("bytes a point at 10^6 points", bytes / (1_000.0 * SERIES as f64), Unit::BYTES, 16.0);
    import(&mut long, 1_000..10_000)?;
    let of_long = track(&mut long, 10_000)?;
    table.against_floor(
        "track 1,000 measurements, 10,000 commits of history",
        of_long * NANOSECONDS,
        Unit::NANOSECONDS,
        ("the same at 100 commits", of_short * NANOSECONDS),
        1.5,
    );
    read(table, &long)?;
    small_history(table, &folder.join("small.db"))
}

fn import(store: &mut SqliteStore, commits: std::ops::Range<usize>) -> Result<(), Box<dyn Error>> {
    let mut importer = store.importer();
    for commit in commits {
        importer.push(inputs::run_of(commit, SERIES))?;
    }
    importer.finish()?;
    Ok(())
}

/// Median seconds of parsing, storing, judging and settling one run of 1,000 measurements.
fn track(store: &mut SqliteStore, from: usize) -> Result<f64, Box<dyn Error>> {
    let (policy, renames) = (Policy::default(), Renames::default());
    let rules = Rules { policy: &policy, renames: &renames, default_branch: "main" };
    let mut times = Vec::with_capacity(TRACKED);
    for commit in from..from + TRACKED {
        let json = inputs::run_json(commit, SERIES);
        let mut once = || -> Result<usize, Box<dyn Error>> {
            let mut reader = json.as_bytes();
            let parsed =
                parse(Harness::PlimsollRun, &mut [Input { name: "-", modified: None, reader: &mut reader }])?;
            let run = parsed.runs.first().ok_or("no run")?;
            let tracked = append_and_judge(store, run, rules)?;
            settle_alerts(store, run, &tracked, rules, run.context.started_at)?;
            Ok(tracked.evaluation.series.len())
        };
        let start = std::time::Instant::now();
        let judged = once()?;
        times.push(start.elapsed().as_secs_f64());
        if judged != SERIES {
            return Err(format!("{judged} series were judged").into());
        }
    }
    Ok(median(times))
}

/// Parsing the JSON, inserting the rows durably and scanning the baselines, without anything of ours.
fn floor(path: &Path) -> Result<f64, Box<dyn Error>> {
    let mut connection = Connection::open(path)?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
         CREATE TABLE points (run INTEGER, series INTEGER, value REAL, PRIMARY KEY (run, series)) WITHOUT ROWID;",
    )?;
    let mut times = Vec::with_capacity(TRACKED);
    for commit in 0..BASELINE_RUNS + TRACKED {
        let json = inputs::run_json(commit, SERIES);
        let start = std::time::Instant::now();
        let document: RunDocument<'_> = serde_json::from_str(&json)?;
        let transaction = connection.transaction()?;
        {
            let mut insert = transaction.prepare_cached("INSERT INTO points VALUES (?1, ?2, ?3)")?;
            for (series, measurement) in document.measurements.iter().enumerate() {
                insert.execute((commit as i64, series as i64, measurement.value))?;
            }
        }
        transaction.commit()?;
        let mut scan =
            connection.prepare_cached("SELECT series, value FROM points WHERE run >= ?1 AND run < ?2")?;
        let first = commit.saturating_sub(BASELINE_RUNS) as i64;
        let mut rows = scan.query((first, commit as i64))?;
        let mut sum = 0.0;
        while let Some(row) = rows.next()? {
            sum += row.get::<_, f64>(1)?;
        }
        std::hint::black_box(sum);
        if commit >= BASELINE_RUNS {
            times.push(start.elapsed().as_secs_f64());
        }
    }
    Ok(median(times))
}

fn read(table: &mut Table, store: &SqliteStore) -> Result<(), Box<dyn Error>> {
    let lane = store.lanes("made-up")?.first().ok_or("no lane")?.id;
    let series = store.series_of(lane)?;
    let last = SeriesFilter { last: Some(200), ..SeriesFilter::default() };
    let mut ids = series.iter().map(|row| row.id).cycle();
    let newest = alone(51, || ids.next().map(|id| store.read_series(id, &last)));
    table.at_most("read the last 200 of 10^7 points", newest * NANOSECONDS, Unit::NANOSECONDS, 1e6);
    let mut points = 0;
    let whole = seconds(&mut || {
        for row in series.iter().take(50) {
            points += store.read_series(row.id, &SeriesFilter::default()).map_or(0, |points| points.len());
        }
    });
    table.at_least("read whole series", f64::from(points as u32) / whole, Unit::normalise("points/s").0, 5e6);
    Ok(())
}

/// 600 runs of 21 metrics.
fn small_history(table: &mut Table, path: &Path) -> Result<(), Box<dyn Error>> {
    let mut store = SqliteStore::open(path)?;
    store.append(&inputs::run_of(0, 21))?;
    store.checkpoint()?;
    let before = std::fs::metadata(path)?.len();
    for commit in 1..=600 {
        store.append(&inputs::run_of(commit, 21))?;
    }
    store.checkpoint()?;
    let added = std::fs::metadata(path)?.len() - before;
    table.at_most("bytes that 600 runs of 21 metrics add", added as f64, Unit::BYTES, 300e3);
    Ok(())
}
