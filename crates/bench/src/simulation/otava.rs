//! The real Apache Otava, asked through a small Python program.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use super::scoring::Alert;

/// Reads series, appends value by value, writes alerts.
const DRIVER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/simulation/replay_otava.py");

/// Otava did not answer.
#[derive(Debug, thiserror::Error)]
pub enum OtavaError {
    /// Its process could not be started, written to or read.
    #[error("its process failed")]
    Process(#[from] std::io::Error),
    /// Its answer is not what the driver writes.
    #[error("its answer is not a list of alerts: `{line}`")]
    Answer {
        /// What it wrote.
        line: String,
        /// Where it fails.
        #[source]
        source: serde_json::Error,
    },
}

/// A process that has Otava loaded. It ends when this is dropped.
pub(super) struct Otava {
    process: Child,
    series: Option<ChildStdin>,
    alerts: BufReader<ChildStdout>,
}

impl Otava {
    /// Starts one that ignores changes below `min_magnitude` (a fraction).
    pub(super) fn start(python: &Path, min_magnitude: f64) -> Result<Self, OtavaError> {
        let mut process = Command::new(python)
            .args([DRIVER, &min_magnitude.to_string()])
            // It calculates on small arrays: more threads would only take turns.
            .env("OPENBLAS_NUM_THREADS", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let closed = || std::io::Error::other("it has no standard input or output");
        let series = process.stdin.take().ok_or_else(closed)?;
        let alerts = BufReader::new(process.stdout.take().ok_or_else(closed)?);
        Ok(Self { process, series: Some(series), alerts })
    }

    /// What it raised on a series, appended value by value.
    pub(super) fn alerts(&mut self, values: &[f64]) -> Result<Vec<Alert>, OtavaError> {
        if let Some(series) = &mut self.series {
            let numbers: Vec<String> = values.iter().map(f64::to_string).collect();
            writeln!(series, "[{}]", numbers.join(","))?;
            series.flush()?;
        }
        let mut line = String::new();
        self.alerts.read_line(&mut line)?;
        let pairs: Vec<(usize, usize)> =
            serde_json::from_str(&line).map_err(|source| OtavaError::Answer { line, source })?;
        Ok(pairs.into_iter().map(|(raised_at, began)| Alert { raised_at, began }).collect())
    }
}

impl Drop for Otava {
    fn drop(&mut self) {
        // Without input it ends by itself; how it ended changes no result any more.
        self.series = None;
        let _ = self.process.wait();
    }
}
