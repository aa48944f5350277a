//! Prints what the store costs, beside the floors of the same machine: `cargo run --release -p plimsoll-store
//! --example measure [COMMITS]` (10,000 commits of 1,000 series unless told otherwise).

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a measuring program prints, and fails loudly")]

use std::path::Path;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use plimsoll_model::{Commit, Context, Measurement, Metric, Outcome, Run};
use plimsoll_store::{SeriesFilter, SqliteStore};
use rusqlite::Connection;

const SERIES: usize = 1_000;
const BASELINE_RUNS: usize = 64;

/// Noise that looks the same every time: SplitMix64.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((bits ^ (bits >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Roughly normal, around 1, with a deviation of 2 %.
    fn around_one(&mut self) -> f64 {
        let sum: f64 = (0..12).map(|_| self.next()).sum();
        1.0 + (sum - 6.0) * 0.02
    }
}

fn hash(place: usize) -> String {
    let start = (place as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    format!("{start:016x}{:024x}", start.rotate_left(17))
}

fn run(place: usize, series: usize, noise: &mut Noise) -> Run {
    let committed = 1_600_000_000 + place as i64 * 600;
    let mut context = Context::new("linux/x86_64/2", Timestamp::from_second(committed + 60).unwrap());
    context.branch = Some("main".to_owned());
    context.duration_ms = 21_034;
    context.environment.os = Some("Debian 13".to_owned());
    context.environment.cpu = Some("Some Processor @ 2.10 GHz".to_owned());
    context.environment.cores = Some(2);
    let ancestors = place.min(256);
    context.commit = Some(Commit {
        hash: hash(place),
        ancestors: (1..=ancestors).map(|back| hash(place - back)).collect(),
        ancestor_times: (1..=ancestors).map(|back| committed - 600 * back as i64).collect(),
        committed_at: Some(Timestamp::from_second(committed).unwrap()),
        subject: Some(format!("Make the frobnicator a little faster, step {place}")),
        dirty: false,
    });
    let measurements = (0..series)
        .map(|index| {
            let level = 1_000.0 * (1 + index) as f64;
            Measurement::new(
                "criterion",
                format!("group_{}/benchmark_{index}", index / 50),
                Metric::time(),
                level * noise.around_one(),
            )
        })
        .collect();
    Run {
        id: format!(
            "{:032x}",
            u128::from(place as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835)
        ),
        project: "demo".to_owned(),
        suite: "fast".to_owned(),
        session: None,
        outcome: Outcome::Success,
        context,
        measurements,
        allocators: Vec::new(),
        notes: Vec::new(),
        complaints: Vec::new(),
        unknown: Default::default(),
    }
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    times[times.len() / 2].as_secs_f64() * 1e3
}

fn mean(times: &[Duration]) -> f64 {
    times.iter().sum::<Duration>().as_secs_f64() * 1e3 / times.len() as f64
}

fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let began = Instant::now();
    let value = work();
    (began.elapsed(), value)
}

/// A bare table keyed by commit and series: what storing and reading the same numbers costs without a store.
fn floors(folder: &Path) {
    let connection = Connection::open(folder.join("floor.db")).unwrap();
    connection
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
             CREATE TABLE tiny (x INTEGER);
             CREATE TABLE points (run INTEGER, series INTEGER, value REAL, PRIMARY KEY (run, series)) WITHOUT ROWID;",
        )
        .unwrap();
    let tiny = (0..200)
        .map(|x| timed(|| connection.execute("INSERT INTO tiny VALUES (?1)", [x]).unwrap()).0)
        .collect();
    let mut noise = Noise(1);
    let mut json = Vec::new();
    let mut inserts = Vec::new();
    let mut scans = Vec::new();
    for place in 0..200 {
        let run = run(place, SERIES, &mut noise);
        let text = plimsoll_model::format::run::write(&run).unwrap();
        json.push(timed(|| plimsoll_model::format::run::read(text.as_bytes(), "p", "s").unwrap()).0);
        let insert = timed(|| {
            connection.execute_batch("BEGIN IMMEDIATE").unwrap();
            let mut statement = connection.prepare_cached("INSERT INTO points VALUES (?1, ?2, ?3)").unwrap();
            for (series, measurement) in run.measurements.iter().enumerate() {
                statement.execute((place as i64, series as i64, measurement.value)).unwrap();
            }
            connection.execute_batch("COMMIT").unwrap();
        });
        inserts.push(insert.0);
        let scan = timed(|| {
            let mut statement = connection
                .prepare_cached("SELECT series, value FROM points WHERE run > ?1 AND run <= ?2")
                .unwrap();
            let mut sum = 0.0;
            let mut rows = statement.query((place as i64 - BASELINE_RUNS as i64, place as i64)).unwrap();
            while let Some(row) = rows.next().unwrap() {
                sum += row.get::<_, f64>(1).unwrap();
            }
            assert!(sum > 0.0);
        });
        scans.push(scan.0);
    }
    println!("floor: commit of one row, FULL            {:8.3} ms", median(tiny));
    println!("floor: reading the run's JSON             {:8.3} ms", median(json));
    println!("floor: bare insert of {SERIES} rows, FULL    {:8.3} ms", median(inserts));
    println!(
        "floor: range scan of {SERIES} x {BASELINE_RUNS}           {:8.3} ms",
        median(scans[100..].to_vec())
    );
}

fn appends(store: &mut SqliteStore, from: usize, noise: &mut Noise) -> usize {
    let count = 192;
    let mut append_times = Vec::new();
    let mut baseline_times = Vec::new();
    let mut totals = Vec::new();
    for place in from..from + count {
        let run = run(place, SERIES, noise);
        let (append, appended) = timed(|| store.append(&run).unwrap());
        let (baseline, ()) = timed(|| {
            let runs =
                store.baseline_runs(appended.lane, "main", Some(appended.place), BASELINE_RUNS).unwrap();
            let numbers: Vec<i64> = runs.iter().map(|place| place.number).collect();
            let columns = store.columns(&appended.series, &numbers).unwrap();
            assert!(columns.series(7)[0] > 0.0);
        });
        append_times.push(append);
        baseline_times.push(baseline);
        totals.push(append + baseline);
    }
    println!(
        "{from:6} commits: append median {:6.3} mean {:6.3} max {:6.3} ms; baseline median {:6.3} mean {:6.3} ms; both median {:6.3} mean {:6.3} ms",
        median(append_times.clone()),
        mean(&append_times),
        append_times.iter().max().unwrap().as_secs_f64() * 1e3,
        median(baseline_times.clone()),
        mean(&baseline_times),
        median(totals.clone()),
        mean(&totals),
    );
    from + count
}

fn import(store: &mut SqliteStore, places: std::ops::Range<usize>, noise: &mut Noise) {
    let count = places.len() * SERIES;
    let mut spent = Duration::ZERO;
    let mut importer = store.importer();
    for place in places {
        let run = run(place, SERIES, noise);
        spent += timed(|| importer.push(run).unwrap()).0;
    }
    spent += timed(|| importer.finish().unwrap()).0;
    println!("import: {count} points at {:.0} points/s", count as f64 / spent.as_secs_f64());
}

fn reads(store: &SqliteStore) {
    let lane = store.lane("demo", "fast", "linux/x86_64/2").unwrap().unwrap();
    let series = store.series_of(lane).unwrap();
    let last = SeriesFilter { last: Some(200), ..SeriesFilter::default() };
    let cold = timed(|| {
        let again = SqliteStore::open_existing(store.path()).unwrap();
        let (spent, points) = timed(|| again.read_series(series[3].id, &last).unwrap());
        assert_eq!(points.len(), 200);
        spent
    });
    let warm =
        series[..50].iter().map(|series| timed(|| store.read_series(series.id, &last).unwrap()).0).collect();
    println!(
        "last 200 points: first {:.3} ms, then median {:.3} ms",
        cold.1.as_secs_f64() * 1e3,
        median(warm)
    );
    let all = SeriesFilter::default();
    let (first, points) = timed(|| store.read_series(series[500].id, &all).unwrap().len());
    let (spent, total) = timed(|| {
        let lens = series.iter().step_by(10).map(|series| store.read_series(series.id, &all).unwrap().len());
        lens.sum::<usize>()
    });
    println!(
        "whole series: first {:.1} million points/s, then {:.1} million points/s",
        points as f64 / first.as_secs_f64() / 1e6,
        total as f64 / spent.as_secs_f64() / 1e6
    );
}

/// Opening, one append of 50 measurements and its baselines, closing: what a whole process pays.
fn process(folder: &Path) {
    let path = folder.join("process.db");
    let mut noise = Noise(5);
    let mut store = SqliteStore::open(&path).unwrap();
    let mut importer = store.importer();
    (0..20_000).for_each(|place| importer.push(run(place, 50, &mut noise)).unwrap());
    importer.finish().unwrap();
    drop(store);
    let mut times = Vec::new();
    let mut opens = Vec::new();
    let mut first = Vec::new();
    for place in 20_000..20_200 {
        let run = run(place, 50, &mut noise);
        let whole = timed(|| {
            let (open, store) = timed(|| SqliteStore::open(&path).unwrap());
            let mut store = store;
            let (append, appended) = timed(|| store.append(&run).unwrap());
            opens.push(open);
            first.push(append);
            let runs =
                store.baseline_runs(appended.lane, "main", Some(appended.place), BASELINE_RUNS).unwrap();
            let numbers: Vec<i64> = runs.iter().map(|place| place.number).collect();
            store.columns(&appended.series, &numbers).unwrap();
        });
        times.push(whole.0);
    }
    println!(
        "open + append 50 + baselines + close over 10^6 points: median {:.3} mean {:.3} ms (open {:.3}, append {:.3})",
        median(times.clone()),
        mean(&times),
        median(opens),
        median(first)
    );
}

fn small(folder: &Path) {
    let path = folder.join("small.db");
    let mut store = SqliteStore::open(&path).unwrap();
    store.checkpoint().unwrap();
    let before = store.stats().unwrap().bytes;
    let mut noise = Noise(3);
    for place in 300..900 {
        store.append(&run(place, 21, &mut noise)).unwrap();
    }
    store.checkpoint().unwrap();
    let after = store.stats().unwrap().bytes;
    println!(
        "600 runs of 21 metrics: {} KB over {} KB of an empty store",
        (after - before) / 1_000,
        before / 1_000
    );
}

fn main() {
    let commits: usize = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(10_000);
    let folder = tempfile::tempdir_in(".").unwrap();
    floors(folder.path());
    small(folder.path());
    let mut noise = Noise(2);
    let mut store = SqliteStore::open(&folder.path().join("history.db")).unwrap();
    import(&mut store, 0..100, &mut noise);
    let mut place = appends(&mut store, 100, &mut noise);
    for target in [1_000, commits] {
        import(&mut store, place..target, &mut noise);
        if target == 1_000 {
            store.checkpoint().unwrap();
            let stats = store.stats().unwrap();
            println!(
                "{} points: {:.2} bytes a point",
                stats.points,
                stats.bytes as f64 / stats.points as f64
            );
        }
        place = appends(&mut store, target, &mut noise);
    }
    store.checkpoint().unwrap();
    let stats = store.stats().unwrap();
    println!("{} points: {:.2} bytes a point", stats.points, stats.bytes as f64 / stats.points as f64);
    reads(&store);
    let (spent, report) = timed(|| store.check(|_, _| {}).unwrap());
    println!(
        "check: {} measurements in {:.1} s, {} problems",
        report.measurements,
        spent.as_secs_f64(),
        report.problems.len()
    );
    drop(store);
    process(folder.path());
}
