//! The store: one SQLite file, opened by as many processes as like to.

use std::cell::{Cell, RefCell};
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::StoreError;
use crate::cache::Cache;
use crate::schema::{self, APPLICATION_ID, SCHEMA_VERSION};

/// How long a process waits for others before it gives up. Appends take milliseconds.
const PATIENCE: Duration = Duration::from_secs(60);
/// Once the write-ahead log holds more pages than this, the next write moves them into the database first and
/// begins the log anew. A process that opens the store alone reads the whole log, so it must be short. It is
/// begun anew by a write, not cut to nothing: a file that neither grows nor shrinks is made durable in half
/// the time.
const LOG_PAGES: i64 = 256;
/// What a bulk import makes longer is cut back to this.
const LOG_BYTES: i64 = 4 << 20;
const CACHED_STATEMENTS: usize = 96;
/// Room for the pages of the fresh runs of a large suite; used as far as they are read.
const PAGE_CACHE_KIB: i64 = 16 << 10;

/// The history of measurements in one SQLite file.
///
/// Appending is atomic, durable and idempotent, and any number of processes may do it at once. A value of this
/// type belongs to one thread at a time.
pub struct SqliteStore {
    pub(crate) connection: Connection,
    pub(crate) cache: RefCell<Cache>,
    path: PathBuf,
    /// The length of the log at which moving it is tried next.
    log_limit_pages: Cell<i64>,
}

impl SqliteStore {
    /// Opens the history at `path`; makes it, and its folder, where there is none.
    ///
    /// A folder that is made here ignores itself for git.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        if !path.exists() {
            create_folder(path)?;
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        Self::open_writable(path, flags).map_err(|error| error.explained(path))
    }

    /// Opens a history that must exist.
    pub fn open_existing(path: &Path) -> Result<Self, StoreError> {
        if !path.exists() {
            return Err(StoreError::Missing { path: path.to_path_buf() });
        }
        Self::open_writable(path, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(|error| error.explained(path))
    }

    /// Opens a history for reading only; it may lie in a folder that cannot be written.
    pub fn open_read_only(path: &Path) -> Result<Self, StoreError> {
        if !path.exists() {
            return Err(StoreError::Missing { path: path.to_path_buf() });
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let plain = Connection::open_with_flags(path, flags)
            .map_err(StoreError::from)
            .and_then(|connection| Self::ready(connection, path));
        match plain {
            Err(StoreError::Sqlite(error)) if cannot_share(&error) && log_is_empty(path) => {
                let connection =
                    Connection::open_with_flags(immutable_address(path), flags | OpenFlags::SQLITE_OPEN_URI)?;
                Self::ready(connection, path)
            }
            other => other,
        }
        .map_err(|error| error.explained(path))
    }

    /// Where the history lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Moves everything into the one database file, so that copying it copies all.
    pub fn checkpoint(&self) -> Result<(), StoreError> {
        match patiently(|| self.log("PRAGMA wal_checkpoint(TRUNCATE)"))
            .map_err(|error| self.explain(error))?
        {
            (true, _) => Ok(()),
            (false, _) => Err(StoreError::Locked { path: self.path.clone() }),
        }
    }

    fn open_writable(path: &Path, flags: OpenFlags) -> Result<Self, StoreError> {
        let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        connection.busy_timeout(PATIENCE)?;
        let version = patiently(|| schema_version(&connection, path))?;
        if version < SCHEMA_VERSION {
            patiently(|| create_or_migrate(&connection, path))?;
        }
        patiently(|| use_write_ahead_log(&connection))?;
        let store = Self::ready(connection, path)?;
        store.connection.pragma_update_and_check(None, "wal_autocheckpoint", 0, |_| Ok(()))?;
        store.connection.pragma_update_and_check(None, "journal_size_limit", LOG_BYTES, |_| Ok(()))?;
        Ok(store)
    }

    fn ready(connection: Connection, path: &Path) -> Result<Self, StoreError> {
        connection.busy_timeout(PATIENCE)?;
        let version = patiently(|| schema_version(&connection, path))?;
        if version == 0 {
            return Err(StoreError::NotOurs { path: path.to_path_buf() });
        }
        // FULL: a run that was acknowledged survives a power cut.
        connection.pragma_update(None, "synchronous", "FULL")?;
        // Closing must not pay for moving the log; commits do, in turn, once it is long enough.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        connection.pragma_update(None, "cache_size", -PAGE_CACHE_KIB)?;
        // The indexes on runs are partial: without a stable plan, each new binding would parse its query anew.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        connection.set_prepared_statement_cache_capacity(CACHED_STATEMENTS);
        Ok(Self {
            connection,
            cache: RefCell::default(),
            path: path.to_path_buf(),
            log_limit_pages: Cell::new(LOG_PAGES),
        })
    }

    /// Runs `work` in a transaction that holds the write lock from its start, so that it never has to start over.
    pub(crate) fn write<T>(
        &mut self,
        work: impl FnOnce(&Self) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.begin()?;
        let result = work(self).and_then(|value| self.commit().map(|()| value));
        if result.is_err() {
            self.roll_back();
        }
        result.map_err(|error| self.explain(error))
    }

    /// Moves the log into the database if it has become long. While others read or write nothing is waited for:
    /// it is tried again when the log has grown by as much again.
    fn move_long_log(&self) -> Result<(), StoreError> {
        let (_, length) = self.log("PRAGMA wal_checkpoint(NOOP)")?;
        if length < self.log_limit_pages.get() {
            return Ok(());
        }
        self.connection.busy_timeout(Duration::ZERO)?;
        let moved = self.log("PRAGMA wal_checkpoint(RESTART)");
        self.connection.busy_timeout(PATIENCE)?;
        self.log_limit_pages.set(match moved {
            Ok((true, _)) => LOG_PAGES,
            // The write that follows tells what is wrong, if it is more than that others are busy.
            Ok((false, _)) | Err(_) => length + LOG_PAGES,
        });
        Ok(())
    }

    /// Whether a checkpoint of the log was done in full, and how many pages the log holds.
    fn log(&self, checkpoint: &str) -> Result<(bool, i64), StoreError> {
        Ok(self
            .connection
            .prepare_cached(checkpoint)?
            .query_row([], |row| Ok((row.get::<_, i64>(0)? == 0, row.get(1)?)))?)
    }

    /// Runs `work` on one state of the history, whatever other processes do meanwhile. May be nested.
    pub fn snapshot<T>(&self, work: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
        if !self.connection.is_autocommit() {
            return work();
        }
        let begin = || Ok(self.connection.prepare_cached("BEGIN")?.execute([])?);
        begin().map_err(|error| self.explain(error))?;
        let result = work().and_then(|value| {
            self.connection.prepare_cached("COMMIT")?.execute([])?;
            Ok(value)
        });
        if result.is_err() && !self.connection.is_autocommit() {
            // Nothing was written; the first error is the one to tell.
            let _ = self.connection.execute_batch("ROLLBACK");
        }
        result.map_err(|error| self.explain(error))
    }

    pub(crate) fn begin(&self) -> Result<(), StoreError> {
        self.move_long_log().map_err(|error| self.explain(error))?;
        patiently(|| Ok(self.connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?))
            .map(|_| ())
            .map_err(|error| self.explain(error))
    }

    pub(crate) fn commit(&self) -> Result<(), StoreError> {
        patiently(|| Ok(self.connection.prepare_cached("COMMIT")?.execute([])?)).map(|_| ())
    }

    /// Undoes what the open transaction did; what was remembered of it is forgotten.
    pub(crate) fn roll_back(&self) {
        self.cache.borrow_mut().clear();
        if !self.connection.is_autocommit() {
            // SQLite has rolled back by itself where this fails; the first error is the one to tell.
            let _ = self.connection.execute_batch("ROLLBACK");
        }
    }

    pub(crate) fn explain(&self, error: StoreError) -> StoreError {
        error.explained(&self.path)
    }
}

fn create_folder(path: &Path) -> Result<(), StoreError> {
    let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) else {
        return Ok(());
    };
    if folder.is_dir() {
        return Ok(());
    }
    let create_error = |path: &Path| {
        let path = path.to_path_buf();
        move |source| StoreError::Create { path, source }
    };
    fs::create_dir_all(folder).map_err(create_error(folder))?;
    let ignore = folder.join(".gitignore");
    fs::write(&ignore, "*\n").map_err(create_error(&ignore))
}

/// The schema's version: 0 for a file without content, an error for a file that is not ours.
fn schema_version(connection: &Connection, path: &Path) -> Result<i32, StoreError> {
    // All three questions are about one state: another process may be creating the file right now.
    let _snapshot = match connection.is_autocommit() {
        true => Some(connection.unchecked_transaction()?),
        false => None,
    };
    let version: i32 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let application: i32 = connection.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    let is_empty = || -> Result<bool, StoreError> {
        Ok(connection.query_row("SELECT NOT EXISTS (SELECT 1 FROM sqlite_schema)", [], |row| row.get(0))?)
    };
    if application != APPLICATION_ID {
        return if application == 0 && version == 0 && is_empty()? {
            Ok(0)
        } else {
            Err(StoreError::NotOurs { path: path.to_path_buf() })
        };
    }
    if version > SCHEMA_VERSION {
        return Err(StoreError::Newer { path: path.to_path_buf(), found: version, known: SCHEMA_VERSION });
    }
    Ok(version)
}

/// Whoever gets the lock first does it; the others find it done.
fn create_or_migrate(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    connection.execute_batch("BEGIN EXCLUSIVE")?;
    let result = schema_version(connection, path).and_then(|version| {
        if version < SCHEMA_VERSION {
            schema::migrate(connection, version)?;
        }
        Ok(connection.execute_batch("COMMIT")?)
    });
    if result.is_err() && !connection.is_autocommit() {
        connection.execute_batch("ROLLBACK")?;
    }
    result
}

/// The switch is kept in the file. SQLite refuses it at once while another process reads, whatever the timeout.
fn use_write_ahead_log(connection: &Connection) -> Result<(), StoreError> {
    let mode: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    if mode == "wal" {
        return Ok(());
    }
    Err(StoreError::Sqlite(rusqlite::Error::SqliteFailure(
        rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY),
        Some("the write-ahead log could not be switched on".to_owned()),
    )))
}

/// Tries again while SQLite says that it is busy, which it does at once where waiting could be a deadlock.
fn patiently<T>(mut work: impl FnMut() -> Result<T, StoreError>) -> Result<T, StoreError> {
    let began = Instant::now();
    let mut pause = Duration::from_millis(1);
    loop {
        match work() {
            Err(StoreError::Sqlite(error)) if is_busy(&error) && began.elapsed() < PATIENCE => {
                thread::sleep(pause);
                pause = (pause * 2).min(Duration::from_millis(50));
            }
            other => return other,
        }
    }
}

fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

/// Whether reading failed because the files shared between processes cannot be made beside the database.
fn cannot_share(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly))
}

fn log_is_empty(path: &Path) -> bool {
    fs::metadata(log_path(path)).map_or(true, |log| log.len() == 0)
}

/// Where SQLite keeps the write-ahead log.
pub(crate) fn log_path(path: &Path) -> PathBuf {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    log.into()
}

/// Tells SQLite that nobody can change the file while it is read.
fn immutable_address(path: &Path) -> String {
    use std::fmt::Write as _;
    let mut address = "file:".to_owned();
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => {
                address.push(char::from(*byte));
            }
            other => {
                // Writing to a string cannot fail.
                let _ = write!(address, "%{other:02x}");
            }
        }
    }
    address + "?immutable=1"
}

#[cfg(test)]
pub(crate) mod tests {
    use std::collections::BTreeSet;
    use std::sync::{Arc, Mutex};

    use jiff::Timestamp;
    use plimsoll_model::{AlertState, Commit, Context, Measurement, Metric, Outcome, Run};
    use rusqlite::trace::{TraceEvent, TraceEventCodes};

    use super::*;
    use crate::{AlertFilter, Place, RunFilter, SeriesFilter};

    pub(crate) fn run(number: usize, measurements: usize) -> Run {
        let mut context = Context::new("t", Timestamp::from_second(number as i64).unwrap());
        context.branch = Some("main".to_owned());
        context.commit = Some(Commit {
            hash: format!("ab{number}"),
            ancestors: vec![format!("ab{}", number - 1)],
            ancestor_times: Vec::new(),
            committed_at: None,
            subject: None,
            dirty: false,
        });
        let measurement =
            |index| Measurement::new("h", format!("b{index}"), Metric::time(), index as f64 + 0.1);
        Run {
            id: number.to_string(),
            project: "p".to_owned(),
            suite: "s".to_owned(),
            session: Some(format!("ab{number}")),
            outcome: Outcome::Success,
            context,
            measurements: (0..measurements).map(measurement).collect(),
            allocators: Vec::new(),
            notes: Vec::new(),
            complaints: Vec::new(),
            unknown: Default::default(),
        }
    }

    #[test]
    fn a_full_disk_is_told_and_leaves_nothing_half_stored() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = SqliteStore::open(&folder.path().join("history.db")).unwrap();
        store.append(&run(1, 10)).unwrap();
        let pages: i64 = store.connection.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
        store.connection.pragma_update_and_check(None, "max_page_count", pages + 2, |_| Ok(())).unwrap();
        let error = store.append(&run(2, 5_000)).unwrap_err();
        assert!(matches!(error, StoreError::DiskFull { .. }), "{error:?}");
        let stats = store.stats().unwrap();
        assert_eq!((stats.runs, stats.series, stats.points), (1, 10, 10));
        store.append(&run(3, 10)).unwrap();
        assert!(store.check(|_, _| {}).unwrap().is_sound());
    }

    /// Everything but checking and counting the store, on a history that has folded and fresh runs.
    fn use_everything(store: &mut SqliteStore) {
        for number in 1..200 {
            store.append(&run(number, 10)).unwrap();
        }
        let place = store.append(&run(200, 11)).unwrap().place;
        for filter in every_filter(place) {
            store.select_runs(&filter).unwrap();
        }
        let lane = store.lane("p", "s", "t").unwrap().unwrap();
        let series = store.series_of(lane).unwrap();
        store.find_series(lane, &series[0].key).unwrap();
        store.baseline_runs(lane, "main", Some(place), 64).unwrap();
        store.columns(&[1, 2], &[1, 150, 200]).unwrap();
        store.samples(&[1, 2], &[1, 150, 200]).unwrap();
        store.read_series(1, &SeriesFilter::default()).unwrap();
        store.load_run(1).unwrap();
        store.load_run(200).unwrap();
        store.resolve_run("p", "ab1").unwrap();
        store.newest_run(lane).unwrap();
        store
            .alerts(&AlertFilter { project: "p", states: &[AlertState::Open], ..AlertFilter::default() })
            .unwrap();
        store.baseline_marks("p", "main").unwrap();
        store.targets("p").unwrap();
    }

    #[test]
    fn no_query_reads_a_whole_table() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = SqliteStore::open(&folder.path().join("history.db")).unwrap();
        let seen = Arc::new(Mutex::new(BTreeSet::new()));
        let remember = {
            let seen = Arc::clone(&seen);
            move |event: TraceEvent<'_>| {
                if let TraceEvent::Stmt(_, sql) = event {
                    seen.lock().unwrap().insert(sql.to_owned());
                }
            }
        };
        let everything = TraceEventCodes::SQLITE_TRACE_STMT;
        store.connection.trace_v2(everything, Some(remember)).unwrap();
        use_everything(&mut store);
        let queries = seen.lock().unwrap().clone();
        assert!(queries.len() > 50, "{}", queries.len());
        for query in queries.iter().filter(|query| !query.starts_with("PRAGMA")) {
            let mut statement = store.connection.prepare(&format!("EXPLAIN QUERY PLAN {query}")).unwrap();
            let plan: Vec<String> =
                statement.raw_query().mapped(|row| row.get("detail")).collect::<Result<_, _>>().unwrap();
            let sorts_runs = query.contains("FROM runs");
            let whole = plan.iter().find(|step| {
                step.starts_with("SCAN") || (sorts_runs && *step == "USE TEMP B-TREE FOR ORDER BY")
            });
            assert_eq!(whole, None, "{query}");
        }
    }

    fn every_filter(place: Place) -> Vec<RunFilter<'static>> {
        let none = RunFilter { project: "p", ..RunFilter::default() };
        let mut filters =
            vec![RunFilter { commit: Some("ab1"), ..none }, RunFilter { session: Some("ab1"), ..none }];
        for newest_first in [false, true] {
            for branch in [None, Some("main")] {
                for eligible_only in [false, true] {
                    for before in [None, Some(place)] {
                        filters.push(RunFilter {
                            branch,
                            eligible_only,
                            before,
                            newest_first,
                            up_to: before.map(|place| place.order),
                            limit: Some(20),
                            ..none
                        });
                    }
                }
            }
        }
        filters
    }
}
