//! A run is stored whole and once.

use plimsoll_model::{Direction, Outcome, Unit};
use plimsoll_store::{RunFilter, SeriesFilter, SqliteStore, StoreError};

use crate::sample::{append_places, check_error, check_sound, lane, run, series, store};

#[test]
fn the_same_run_again_changes_nothing() {
    let (_folder, mut store) = store();
    let first = store.append(&run(1, &[1.0, 2.0])).unwrap();
    let mut later = run(1, &[1.0, 2.0]);
    later.context.started_at = crate::sample::at(9_999_999);
    later.context.duration_ms = 77;
    let again = store.append(&later).unwrap();
    assert!(first.is_new && !again.is_new);
    assert_eq!((first.number, &first.series), (again.number, &again.series));
    assert_eq!(store.stats().unwrap().runs, 1);
    check_sound(&store);
}

#[test]
fn the_same_id_with_other_content_is_an_error() {
    let (_folder, mut store) = store();
    let original = run(1, &[1.0]);
    store.append(&original).unwrap();
    let mut others =
        vec![run(1, &[1.5]), run(1, &[1.0]), run(1, &[1.0]), run(1, &[1.0]), run(1, &[1.0, 1.0])];
    others[1].measurements[0].samples = vec![1.0];
    others[2].context.branch = None;
    others[3].measurements[0].metric.unit = Unit::BYTES;
    for other in others {
        check_error(
            store.append(&other),
            "run 00000000000000000000000000000001 is stored already, with other content",
        );
    }
    assert_eq!(store.load_run(1).unwrap(), original);
}

#[test]
fn a_value_that_is_no_number_stores_nothing() {
    let (_folder, mut store) = store();
    check_error(store.append(&run(1, &[1.0, f64::NAN])), "a value of `benchmark/1` is not a finite number");
    let mut sampled = run(1, &[1.0]);
    sampled.measurements[0].samples = vec![1.0, f64::INFINITY];
    assert!(matches!(store.append(&sampled), Err(StoreError::NotFinite { .. })));
    assert_eq!(store.stats().unwrap().runs, 0);
}

#[test]
fn folded_runs_read_as_fresh_ones() {
    let (_folder, mut store) = store();
    append_places(&mut store, 0..700);
    let stats = store.stats().unwrap();
    assert_eq!((stats.runs, stats.points), (700, 2_100));
    assert!(stats.segments >= 4 && (64..=190).contains(&stats.fresh_runs), "{stats:?}");
    let points = store.read_series(series(&store, 1), &SeriesFilter::default()).unwrap();
    assert!(points.iter().map(|point| point.value).eq((0..700).map(|place| f64::from(place) * 1000.0 + 1.0)));
    let last = SeriesFilter { last: Some(250), ..SeriesFilter::default() };
    assert_eq!(store.read_series(series(&store, 1), &last).unwrap(), points[450..]);
    let numbers = [700, 1, 350, 351];
    let columns = store.columns(&[series(&store, 2), series(&store, 0)], &numbers).unwrap();
    assert_eq!(columns.series(0), [699_002.0, 2.0, 349_002.0, 350_002.0]);
    assert_eq!(columns.series(1), [699_000.0, 0.0, 349_000.0, 350_000.0]);
    assert_eq!(store.load_run(5).unwrap(), run(4, &[4000.0, 4001.0, 4002.0]));
    check_sound(&store);
}

#[test]
fn a_failed_benchmark_has_no_point() {
    let (_folder, mut store) = store();
    let mut failed = run(1, &[1.0, 2.0, 3.0]);
    failed.measurements[1].outcome = Outcome::Failed;
    store.append(&failed).unwrap();
    let all: Vec<i64> = store.series_of(lane(&store)).unwrap().iter().map(|row| row.id).collect();
    let columns = store.columns(&all, &[1]).unwrap();
    assert_eq!((columns.series(0), columns.series(2)), (&[1.0][..], &[3.0][..]));
    assert!(columns.series(1)[0].is_nan());
    assert_eq!(store.load_run(1).unwrap(), failed);
}

#[test]
fn a_series_measured_twice_in_a_run_counts_once() {
    let (_folder, mut store) = store();
    let mut twice = run(1, &[1.0, 2.0]);
    twice.measurements[1].benchmark = twice.measurements[0].benchmark.clone();
    store.append(&twice).unwrap();
    let points = store.read_series(series(&store, 0), &SeriesFilter::default()).unwrap();
    assert_eq!(points.iter().map(|point| point.value).collect::<Vec<_>>(), [1.0]);
    assert_eq!(store.load_run(1).unwrap(), twice);
    check_sound(&store);
}

#[test]
fn a_change_of_unit_is_a_new_series_of_the_same_key() {
    let (_folder, mut store) = store();
    store.append(&run(1, &[1.0])).unwrap();
    let mut other = run(2, &[1.0]);
    other.measurements[0].metric.unit = Unit::BYTES;
    store.append(&other).unwrap();
    let rows = store.series_of(lane(&store)).unwrap();
    assert_eq!(rows[0].key, rows[1].key);
    assert_eq!(store.find_series(lane(&store), &rows[0].key).unwrap(), [rows[0].id, rows[1].id]);
    assert_eq!([rows[0].unit.symbol(), rows[1].unit.symbol()], ["ns", "bytes"]);
}

#[test]
fn the_series_of_some_runs_are_those_they_measured() {
    let (_folder, mut store) = store();
    let wide: Vec<f64> = (0..200).map(f64::from).collect();
    store.append(&run(1, &wide)).unwrap();
    let mut narrow = run(2, &[1.0, 2.0, 3.0]);
    narrow.measurements[0].benchmark = "benchmark/150".into();
    narrow.measurements[1].parameters.insert("n", "8");
    store.append(&narrow).unwrap();
    let names = |runs: &[i64]| -> Vec<String> {
        store.series_of_runs(runs).unwrap().iter().map(|row| row.key.short()).collect()
    };
    assert_eq!(names(&[2]), ["benchmark/2#time", "benchmark/150#time", "benchmark/1{n=8}#time"]);
    assert_eq!(store.series_of_runs(&[2, 1]).unwrap(), store.series_of(lane(&store)).unwrap());
    assert_eq!(names(&[]), [""; 0]);
    assert!(store.series_of_runs(&[3]).is_err());
}

#[test]
fn the_direction_of_the_newest_run_holds() {
    let (_folder, mut store) = store();
    let mut directions = Vec::new();
    for (place, direction) in [(1, Direction::Lower), (2, Direction::Higher), (3, Direction::Lower)] {
        let mut run = run(place, &[1.0]);
        run.measurements[0].metric.direction = direction;
        store.append(&run).unwrap();
        directions.push(store.series_of(lane(&store)).unwrap()[0].direction);
    }
    assert_eq!(directions, [Direction::Lower, Direction::Higher, Direction::Lower]);
    assert_eq!(store.load_run(2).unwrap().measurements[0].metric.direction, Direction::Higher);
}

#[test]
fn an_import_stores_what_appending_stores() {
    let runs: Vec<_> = (0..900).map(|place| run(place, &[place as f64, 0.5])).collect();
    let (_folder, mut imported) = store();
    let mut importer = imported.importer();
    for run in runs.iter().chain(&runs[..3]) {
        importer.push(run.clone()).unwrap();
    }
    importer.push(run(7, &[0.25])).unwrap();
    let report = importer.finish().unwrap();
    assert_eq!((report.runs, report.new, report.measurements), (904, 900, 1_800));
    assert_eq!(report.conflicts, ["00000000000000000000000000000007"]);
    let (_other_folder, mut appended) = store();
    for run in &runs {
        appended.append(run).unwrap();
    }
    let all = SeriesFilter::default();
    assert_eq!(
        imported.read_series(series(&imported, 0), &all).unwrap(),
        appended.read_series(series(&appended, 0), &all).unwrap()
    );
    check_sound(&imported);
}

#[test]
fn the_folder_ignores_itself() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(".plimsoll/history.db");
    drop(SqliteStore::open(&path).unwrap());
    let ignore = std::fs::read_to_string(folder.path().join(".plimsoll/.gitignore")).unwrap();
    assert_eq!(ignore, "*\n");
}

#[test]
fn the_log_is_bounded_though_nobody_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    for place in 0..300 {
        SqliteStore::open(&path).unwrap().append(&run(place, &[1.0; 50])).unwrap();
    }
    let log = std::fs::metadata(folder.path().join("history.db-wal")).unwrap().len();
    assert!(log <= 2 << 20, "{log}");
    let store = SqliteStore::open_read_only(&path).unwrap();
    let filter = RunFilter { project: "p", ..RunFilter::default() };
    assert_eq!(store.select_runs(&filter).unwrap().len(), 300);
    drop(store);
    SqliteStore::open_existing(&path).unwrap().checkpoint().unwrap();
    assert_eq!(std::fs::metadata(folder.path().join("history.db-wal")).unwrap().len(), 0);
}
