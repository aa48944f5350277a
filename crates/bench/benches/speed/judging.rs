//! The engine, with all its detectors as `replay` uses them; its change points beside those of Otava and ruptures in the same run.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;

use plimsoll_analyse::change_point::{Watch, change_points};
use plimsoll_analyse::{ReplayInput, replay, trend};
use plimsoll_model::{Detector, Direction, Settings, Unit};

use crate::clock::{alone, in_turn};
use crate::table::Table;

/// Nanoseconds in a second.
const NANOSECONDS: f64 = 1e9;
/// Reads a file of numbers, times both libraries on it, writes seconds as JSON.
const DRIVER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/speed/peers.py");
/// What the driver imports.
const PEERS: [&str; 2] = ["apache-otava==0.8.0", "ruptures==1.1.10"];
/// Different series in the fleet; each is judged many times.
const DIFFERENT: usize = 1_000;
/// Series in the fleet, and values in each.
const FLEET: (usize, usize) = (100_000, 500);

pub(crate) fn measure(table: &mut Table, folder: &Path) -> Result<(), Box<dyn Error>> {
    online(table);
    replayed(table);
    retrospective(table);
    fleet(table);
    peers(table, folder)
}

/// Noise of 1 % about 100 with a step of +5 % at three quarters, the same each time.
fn series(length: usize, seed: u64) -> Vec<f64> {
    let mut state = seed;
    let mut uniform = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    let mut value = |index: usize| {
        let noise = (0..12).map(|_| uniform()).sum::<f64>() - 6.0;
        100.0 + noise + if index >= length / 4 * 3 { 5.0 } else { 0.0 }
    };
    (0..length).map(&mut value).collect()
}

/// What the last 100 of `values` took each, after those before them: watched for change points and for trends.
fn push_ns(values: &[f64]) -> f64 {
    let (before, newest) = values.split_at(values.len() - 100);
    let mut watched = (Watch::new(), trend::Watch::new());
    for value in before {
        watched.0.push(*value);
        watched.1.push(*value);
    }
    let repeated = 200;
    let seconds = alone(9, || {
        for _ in 0..repeated {
            let mut watched = watched.clone();
            for value in newest {
                std::hint::black_box((watched.0.push(*value), watched.1.push(*value)));
            }
        }
    });
    seconds * NANOSECONDS / f64::from(repeated) / newest.len() as f64
}

fn online(table: &mut Table) {
    let at_500 = push_ns(&series(500, 1));
    table.at_most("watch one more value of 500", at_500, Unit::NANOSECONDS, 15_000.0);
    let at_100_000 = push_ns(&series(100_000, 1));
    let floor = ("of 500", at_500);
    table.against_floor("watch one more value of 100,000", at_100_000, Unit::NANOSECONDS, floor, 1.5);
}

/// Whole series judged again, value by value, by every detector; what each value took.
fn replayed(table: &mut Table) {
    let settings = Settings { detectors: Detector::ALL.to_vec(), ..Settings::default() };
    let each_ns = |length: usize| {
        let values = series(length, 3);
        let input =
            ReplayInput { values: &values, direction: Direction::Lower, settings: &settings, target: None };
        alone(9, || replay(&input)) * NANOSECONDS / length as f64
    };
    let of_1_000 = each_ns(1_000);
    table.at_most("replay 1,000 values, all detectors, each", of_1_000, Unit::NANOSECONDS, 15_000.0);
    let of_100_000 = each_ns(100_000);
    let floor = ("of 1,000", of_1_000);
    table.against_floor("replay 100,000 values, each", of_100_000, Unit::NANOSECONDS, floor, 1.5);
}

fn retrospective(table: &mut Table) {
    let ns = |length: usize| {
        let values = series(length, 2);
        alone(9, || change_points(&values)) * NANOSECONDS
    };
    let of_1_000 = ns(1_000);
    let of_1_000_000 = ns(1_000_000);
    let long = series(100_000, 2);
    let (found, read) = in_turn(|| change_points(&long), || long.iter().sum::<f64>());
    let reading = format!("reading them {}", Unit::NANOSECONDS.human(read * NANOSECONDS));
    table.at_most(
        &format!("change points of 100,000 values ({reading})"),
        found * NANOSECONDS,
        Unit::NANOSECONDS,
        100e6,
    );
    let floor = ("1,000 times that of 1,000", of_1_000 * 1_000.0);
    // An exponent of 1.15 over three decades: 1,000 to the power of 0.15.
    table.against_floor("change points of 1,000,000 values", of_1_000_000, Unit::NANOSECONDS, floor, 2.82);
}

/// Two threads share 100,000 series of 500 values.
fn fleet(table: &mut Table) {
    let different: Vec<Vec<f64>> = (0..DIFFERENT).map(|seed| series(FLEET.1, seed as u64)).collect();
    let half = || {
        for values in different.iter().cycle().take(FLEET.0 / 2) {
            std::hint::black_box(change_points(values));
        }
    };
    let seconds = alone(1, || {
        std::thread::scope(|scope| {
            scope.spawn(half);
            half();
        });
    });
    let name = "change points of 100,000 series of 500 values, on two threads";
    table.at_most(name, seconds * NANOSECONDS, Unit::NANOSECONDS, 10e9);
}

/// Otava and ruptures on the same values. They are installed with pip under `target/` the first time.
fn peers(table: &mut Table, folder: &Path) -> Result<(), Box<dyn Error>> {
    let python = environment()?;
    for length in [1_000, 100_000] {
        let values = series(length, 2);
        let path = folder.join(format!("series-{length}.json"));
        std::fs::write(&path, serde_json::to_vec(&values)?)?;
        let output = Command::new(&python).arg(DRIVER).arg(&path).output()?;
        if !output.status.success() {
            return Err(format!("{DRIVER} failed: {}", String::from_utf8_lossy(&output.stderr)).into());
        }
        let seconds: std::collections::BTreeMap<String, f64> = serde_json::from_slice(&output.stdout)?;
        let ours = alone(9, || change_points(&values)) * NANOSECONDS;
        for (peer, seconds) in seconds {
            let name = format!("change points of {length} values, beside {peer}");
            let floor = (peer.as_str(), seconds * NANOSECONDS);
            table.against_floor(&name, ours, Unit::NANOSECONDS, floor, 1.0);
        }
    }
    Ok(())
}

/// A Python that has both libraries.
fn environment() -> Result<PathBuf, Box<dyn Error>> {
    let environment = Path::new(env!("CARGO_TARGET_TMPDIR")).join("speed-peers");
    let python = environment.join("bin/python");
    let has_peers = |python: &Path| {
        Command::new(python)
            .args(["-c", "import otava.series, ruptures"])
            .output()
            .is_ok_and(|it| it.status.success())
    };
    if !has_peers(&python) {
        let steps: [(&Path, Vec<&str>); 2] = [
            (Path::new("python3"), vec!["-m", "venv", environment.to_str().unwrap_or_default()]),
            (&python, [&["-m", "pip", "install", "--quiet"], &PEERS[..]].concat()),
        ];
        for (program, arguments) in steps {
            let status = Command::new(program).args(arguments).status()?;
            if !status.success() {
                return Err(
                    "Otava and ruptures could not be installed: python3 with venv and pip is needed".into()
                );
            }
        }
    }
    Ok(python)
}
