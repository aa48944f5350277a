//! Is everything still there, and as it was written?
//!
//! SQLite finds a damaged tree or index, but keeps no checksum of its pages: a bit that flips inside a value
//! goes unseen. So every block and row has one of its own, and at last every run
//! is put together again and held against the digest that was taken when it came.

use std::collections::HashMap;

use rusqlite::Row;

use crate::append::{Prepared, RunRecord, StoredId};
use crate::bytes::Kind;
use crate::commits::CommitRow;
use crate::extras::read_text;
use crate::log_file;
use crate::names::name_checksum;
use crate::segment::{Segment, chunk_key};
use crate::series::series_checksum;
use crate::{RunNumber, SeriesId, SqliteStore, StoreError};

/// More problems than this are not listed.
const MOST_PROBLEMS: usize = 1_000;

/// What a check found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CheckReport {
    /// Runs that were put together again.
    pub runs: u64,
    /// Blocks and rows whose checksum was computed.
    pub blocks: u64,
    /// Measurements that were held against the digest of their run.
    pub measurements: u64,
    /// What is wrong; empty when all is well. At most 1,000.
    pub problems: Vec<Problem>,
}

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where: `run 7`, `chunk`, `database`, …
    pub place: String,
    /// What.
    pub what: String,
}

impl CheckReport {
    /// Nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.problems.is_empty()
    }

    fn problem(&mut self, place: impl Into<String>, what: impl Into<String>) {
        if self.problems.len() < MOST_PROBLEMS {
            self.problems.push(Problem { place: place.into(), what: what.into() });
        }
    }

    /// Counts a block, and notes what is wrong with it.
    fn note(&mut self, place: impl FnOnce() -> String, result: Result<(), StoreError>) {
        self.blocks += 1;
        if let Err(error) = result {
            self.problem(place(), with_sources(&error));
        }
    }
}

/// What is wrong with a table, told once for the whole table when SQLite cannot read it.
fn whole(report: &mut CheckReport, table: &str, result: Result<(), StoreError>) {
    if let Err(error) = result {
        report.problem(table, with_sources(&error));
    }
}

fn with_sources(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}

impl SqliteStore {
    /// Reads everything that is stored. `progress` is told how many runs of how many were checked.
    pub fn check(&self, mut progress: impl FnMut(u64, u64)) -> Result<CheckReport, StoreError> {
        // What was read before may hide what the file holds now.
        self.cache.borrow_mut().clear();
        let mut report = CheckReport::default();
        self.check_log(&mut report)?;
        self.snapshot(|| {
            let result = self.check_tree(&mut report);
            whole(&mut report, "database", result);
            let result = self.check_names(&mut report);
            whole(&mut report, "names", result);
            let result = self.check_commits(&mut report);
            whole(&mut report, "commits", result);
            let result = self.check_environments(&mut report);
            whole(&mut report, "environments", result);
            let result = self.check_ledger(|name, sound| report.note(|| name, agrees(sound)));
            whole(&mut report, "ledger", result);
            let result = self.check_strays(&mut report);
            whole(&mut report, "points", result);
            let result = self.check_runs(&mut report, &mut progress);
            whole(&mut report, "runs", result);
            Ok(report)
        })
    }

    /// The log, while nobody writes to it. A store that is open for reading alone cannot keep writers away; then a log that seems
    /// damaged is looked at once more, since a writer may have been in the middle of a transaction.
    fn check_log(&self, report: &mut CheckReport) -> Result<(), StoreError> {
        let log = log_file::path_of(self.path());
        let keeps_writers_away = self.connection.execute_batch("BEGIN IMMEDIATE").is_ok();
        let mut damage = log_file::damage(&log);
        if keeps_writers_away {
            self.connection.execute_batch("ROLLBACK")?;
        } else if matches!(damage, Ok(Some(_))) {
            damage = log_file::damage(&log);
        }
        match damage {
            Ok(None) => {}
            Ok(Some(what)) => report.problem("log", what),
            Err(error) => report.problem("log", error.to_string()),
        }
        Ok(())
    }

    fn check_tree(&self, report: &mut CheckReport) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare("PRAGMA integrity_check")?;
        for line in statement.query_map([], |row| row.get::<_, String>(0))? {
            let line = line?;
            if line != "ok" {
                report.problem("database", line);
            }
        }
        Ok(())
    }

    fn check_names(&self, report: &mut CheckReport) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare("SELECT id, text, checksum FROM names")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let id: i64 = row.get(0)?;
            let sound = (|| {
                Ok::<_, rusqlite::Error>(name_checksum(&row.get::<_, String>(1)?) == row.get::<_, i32>(2)?)
            })();
            report.note(|| format!("name {id}"), agrees(sound));
        }
        let mut statement = self
            .connection
            .prepare("SELECT id, lane, benchmark, metric, parameters, unit, checksum FROM series")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let id: i64 = row.get(0)?;
            let sound = (|| {
                let key = [row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?];
                Ok::<_, rusqlite::Error>(series_checksum(key) == row.get::<_, i32>(6)?)
            })();
            report.note(|| format!("series {id}"), agrees(sound));
        }
        Ok(())
    }

    fn check_commits(&self, report: &mut CheckReport) -> Result<(), StoreError> {
        let mut statement =
            self.connection.prepare(&format!("SELECT {}, checksum FROM commits", CommitRow::COLUMNS))?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let id: i64 = row.get(0)?;
            let sound =
                CommitRow::read(row).and_then(|commit| Ok(commit.checksum() == row.get::<_, i32>(7)?));
            report.note(|| format!("commit {id}"), agrees(sound));
        }
        Ok(())
    }

    fn check_environments(&self, report: &mut CheckReport) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare("SELECT digest, block FROM environments")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let digest: i64 = row.get(0)?;
            let block: Vec<u8> = row.get(1)?;
            let sound = read_text(Kind::Environment, digest, &block).map(|_| ());
            report.note(|| format!("environment {digest}"), sound);
        }
        Ok(())
    }

    /// Blocks that belong to no run, and runs that belong to no block.
    fn check_strays(&self, report: &mut CheckReport) -> Result<(), StoreError> {
        let laws = [
            (
                "fresh points of a folded or missing run",
                "SELECT COUNT(*) FROM fresh f WHERE NOT EXISTS (SELECT 1 FROM runs r WHERE r.number = f.run AND r.segment IS NULL)",
            ),
            (
                "fresh runs without points",
                "SELECT COUNT(*) FROM runs r WHERE segment IS NULL AND NOT EXISTS (SELECT 1 FROM fresh f WHERE f.run = r.number)",
            ),
            (
                "chunks of a missing segment",
                "SELECT COUNT(*) FROM chunks c WHERE NOT EXISTS (SELECT 1 FROM segments s WHERE s.id = c.key >> 32)",
            ),
            (
                "folded runs of a missing or unfinished segment",
                "SELECT COUNT(*) FROM runs r WHERE segment IS NOT NULL AND NOT EXISTS \
              (SELECT 1 FROM segments s WHERE s.id = r.segment AND s.id NOT IN \
               (SELECT open_segment FROM lanes WHERE open_segment IS NOT NULL))",
            ),
            (
                "runs whose place is not their commit's",
                "SELECT COUNT(*) FROM runs r JOIN commits c ON c.id = r.commit_id WHERE r.place <> c.place",
            ),
            (
                "voided runs that may enter a baseline",
                "SELECT COUNT(*) FROM voids v JOIN runs r ON r.number = v.run WHERE r.eligible <> 0",
            ),
        ];
        for (law, sql) in laws {
            let count: i64 = self.connection.query_row(sql, [], |row| row.get(0))?;
            if count > 0 {
                report.problem("points", format!("{law}: {count}"));
            }
        }
        Ok(())
    }

    fn check_runs(
        &self,
        report: &mut CheckReport,
        progress: &mut impl FnMut(u64, u64),
    ) -> Result<(), StoreError> {
        let total: i64 = self.connection.query_row("SELECT COUNT(*) FROM runs", [], |row| row.get(0))?;
        let sql = format!(
            "SELECT {}, id, checksum, segment, eligible FROM runs ORDER BY segment, number",
            RunRecord::COLUMNS
        );
        let mut statement = self.connection.prepare(&sql)?;
        let mut rows = statement.query([])?;
        let mut folded = Folded::default();
        while let Some(row) = rows.next()? {
            let number: RunNumber = row.get(0)?;
            let result = self.check_run(row, &mut folded, report);
            report.note(|| format!("run {number}"), result);
            report.runs += 1;
            progress(report.runs, total.unsigned_abs());
        }
        Ok(())
    }

    fn check_run(
        &self,
        row: &Row<'_>,
        folded: &mut Folded,
        report: &mut CheckReport,
    ) -> Result<(), StoreError> {
        let record = RunRecord::read(row)?;
        let id = StoredId::read(row.get_ref(17)?).map_err(rusqlite::Error::from)?;
        agrees(Ok(record.checksum() == row.get::<_, i32>(18)?))?;
        let layout = self.layout(record.layout)?;
        let points = match row.get::<_, Option<i64>>(19)? {
            None => {
                let (layout_of_points, points) = self.fresh_points(record.number)?;
                agrees(Ok(layout_of_points == layout.id))?;
                points
            }
            Some(segment) => {
                if folded.segment.as_ref().is_none_or(|current| current.id != segment) {
                    *folded = self.read_whole_segment(segment, report)?;
                }
                folded.points(record.number, &layout.points)?
            }
        };
        let run = self.assemble(&record, id, &layout, &points)?;
        report.measurements += run.measurements.len() as u64;
        if Prepared::of(&run)?.digest != record.place.digest {
            return Err(StoreError::damaged("its content is not what was stored"));
        }
        if row.get::<_, bool>(20)? && !run.is_clean() {
            return Err(StoreError::damaged("it enters baselines though it failed or was dirty"));
        }
        Ok(())
    }

    fn read_whole_segment(&self, id: i64, report: &mut CheckReport) -> Result<Folded, StoreError> {
        let segment = self.segment(id)?;
        let mut statement =
            self.connection.prepare_cached("SELECT key, block FROM chunks WHERE key BETWEEN ?1 AND ?2")?;
        let mut rows = statement.query((chunk_key(id, 0), chunk_key(id + 1, 0) - 1))?;
        let mut columns = HashMap::new();
        while let Some(row) = rows.next()? {
            let key: i64 = row.get(0)?;
            let block = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
            let mut values = vec![f64::NAN; segment.runs.len()];
            let read =
                crate::segment::read_chunk(key, block, values.len(), |slot, value| values[slot] = value);
            report.note(|| format!("chunk {key}"), read);
            columns.insert(key & 0xffff_ffff, values);
        }
        Ok(Folded { segment: Some(segment), columns })
    }
}

/// All chunks of one segment.
#[derive(Default)]
struct Folded {
    segment: Option<std::sync::Arc<Segment>>,
    columns: HashMap<SeriesId, Vec<f64>>,
}

impl Folded {
    fn points(&self, run: RunNumber, series: &[SeriesId]) -> Result<Vec<f64>, StoreError> {
        let slot = self
            .segment
            .as_ref()
            .and_then(|segment| segment.slot(run))
            .ok_or_else(|| StoreError::damaged("it is not in its segment"))?;
        let value =
            |id: &SeriesId| self.columns.get(id).map(|column| column[slot]).filter(|value| !value.is_nan());
        series
            .iter()
            .map(|id| {
                value(id).ok_or_else(|| StoreError::damaged(format!("its point of series {id} is missing")))
            })
            .collect()
    }
}

fn agrees(sound: Result<bool, rusqlite::Error>) -> Result<(), StoreError> {
    match sound? {
        true => Ok(()),
        false => Err(StoreError::damaged("the checksum is wrong")),
    }
}
