//! How big a history is.

use std::fs;
use std::path::Path;

use crate::store::log_path;
use crate::{SqliteStore, StoreError};

/// How big a history is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StoreStats {
    /// Stored runs.
    pub runs: u64,
    /// Runs whose points still lie run by run.
    pub fresh_runs: u64,
    /// Segments that older runs were folded into.
    pub segments: u64,
    /// Series.
    pub series: u64,
    /// Points: one value of one series in one run each.
    pub points: u64,
    /// Commits, ancestors that were never measured among them.
    pub commits: u64,
    /// Alerts of all states.
    pub alerts: u64,
    /// Bytes on disk, the write-ahead log included.
    pub bytes: u64,
}

impl SqliteStore {
    /// How big the history is. Reads every run's row.
    pub fn stats(&self) -> Result<StoreStats, StoreError> {
        self.snapshot(|| {
            let count = |sql: &str| -> Result<u64, StoreError> {
                let count: i64 = self.connection.query_row(sql, [], |row| row.get(0))?;
                Ok(count.unsigned_abs())
            };
            let mut points = 0;
            let mut statement =
                self.connection.prepare("SELECT layout, COUNT(*) FROM runs GROUP BY layout")?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let runs: i64 = row.get(1)?;
                points += self.layout(row.get(0)?)?.points.len() as u64 * runs.unsigned_abs();
            }
            Ok(StoreStats {
                runs: count("SELECT COUNT(*) FROM runs")?,
                fresh_runs: count("SELECT COUNT(*) FROM fresh")?,
                segments: count(
                    "SELECT COUNT(*) FROM segments WHERE id NOT IN \
                     (SELECT open_segment FROM lanes WHERE open_segment IS NOT NULL)",
                )?,
                series: count("SELECT COUNT(*) FROM series")?,
                points,
                commits: count("SELECT COUNT(*) FROM commits")?,
                alerts: count("SELECT COUNT(*) FROM alerts")?,
                bytes: self.bytes_on_disk(),
            })
        })
    }

    fn bytes_on_disk(&self) -> u64 {
        let size = |path: &Path| fs::metadata(path).map_or(0, |file| file.len());
        size(self.path()) + size(&log_path(self.path()))
    }
}
