//! Many processes at once, and processes that are ended in the middle of their work.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use plimsoll_store::{SeriesFilter, SqliteStore};

use crate::sample::{check_sound, run, series};

/// Tells a copy of this test program to be a worker: store, first place, step, runs.
const WORK: &str = "PLIMSOLL_STORE_WORK";

/// Not a test of its own: what the worker processes of the tests below do.
#[test]
fn worker() {
    let Ok(work) = std::env::var(WORK) else { return };
    let parts: Vec<&str> = work.split('|').collect();
    let [path, first, step, count] = parts[..] else { panic!("{work}") };
    let (first, step, count): (u64, u64, u64) =
        (first.parse().unwrap(), step.parse().unwrap(), count.parse().unwrap());
    for turn in 0..count {
        let place = first + turn * step;
        let mut store = SqliteStore::open(Path::new(path)).unwrap();
        for again in 0..2 {
            let appended = store.append(&run(place * 2 + again, &[place as f64, 1.0])).unwrap();
            println!("stored {}", appended.number);
        }
    }
}

fn work(path: &Path, first: u64, step: u64, count: u64) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "processes::worker", "--nocapture", "--test-threads=1"])
        .env(WORK, format!("{}|{first}|{step}|{count}", path.display()))
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap()
}

#[test]
fn eight_processes_create_and_write_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new/history.db");
    let workers: Vec<Child> = (0..8).map(|worker| work(&path, worker, 8, 12)).collect();
    for worker in workers {
        let output = worker.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
    let store = SqliteStore::open_existing(&path).unwrap();
    let points = store.read_series(series(&store, 0), &SeriesFilter::default()).unwrap();
    let values: Vec<f64> = points.iter().map(|point| point.value).collect();
    assert_eq!(values, (0..192).map(|place| f64::from(place / 2)).collect::<Vec<_>>());
    check_sound(&store);
}

#[test]
fn a_killed_process_loses_nothing_it_was_told_is_stored() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    let mut stored = 0;
    for (round, patience) in [(0, 1), (1, 40), (2, 73)] {
        let mut worker = work(&path, round * 10_000, 1, 10_000);
        let mut lines = BufReader::new(worker.stdout.take().unwrap()).lines();
        let mut acknowledged = 0;
        while acknowledged < patience {
            let line = lines.next().unwrap().unwrap();
            if let Some(number) = line.split("stored ").nth(1) {
                stored = number.parse().unwrap();
                acknowledged += 1;
            }
        }
        worker.kill().unwrap();
        worker.wait().unwrap();
        let store = SqliteStore::open_existing(&path).unwrap();
        let runs = store.stats().unwrap().runs;
        assert!(runs >= stored, "{runs} of {stored}");
        for number in 1..=stored {
            assert_eq!(store.load_run(number as i64).unwrap().measurements.len(), 2);
        }
        check_sound(&store);
    }
}

#[test]
fn a_reader_sees_one_state_while_another_writes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    let mut writer = SqliteStore::open(&path).unwrap();
    crate::sample::append_places(&mut writer, 0..128);
    let reader = SqliteStore::open_read_only(&path).unwrap();
    let count = || reader.read_series(1, &SeriesFilter::default()).unwrap().len();
    let seen = reader.snapshot(|| {
        let before = count();
        crate::sample::append_places(&mut writer, 128..200);
        Ok((before, count()))
    });
    assert_eq!(seen.unwrap(), (128, 128));
    assert_eq!(count(), 200);
}
