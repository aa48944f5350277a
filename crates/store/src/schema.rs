//! The tables, and how an older file becomes a newer one.

use rusqlite::Connection;

use crate::StoreError;
use crate::ledger;

/// Marks the file as ours in its header: `PLIM`.
pub(crate) const APPLICATION_ID: i32 = 0x504c_494d;

/// The newest schema this version knows: one for each entry of [`MIGRATIONS`].
pub(crate) const SCHEMA_VERSION: i32 = MIGRATIONS.len() as i32;

/// What turns schema `n` into schema `n + 1`. An entry that was released never changes.
const MIGRATIONS: &[Migration] = &[
    Migration { sql: FIRST, after: None },
    Migration { sql: LEDGER_CHECKSUMS, after: Some(ledger::seal_all) },
];

/// A step from one schema to the next.
struct Migration {
    sql: &'static str,
    /// What SQL alone cannot do.
    after: Option<Change>,
}

type Change = fn(&Connection) -> Result<(), StoreError>;

/// Two halves. *Points* are append-only: `fresh`, `segments`, `chunks`, `details`, `samples`. The *ledger* is
/// small and may change: everything else. Every unique key of the points holds the lane or the series.
///
/// `checksum` columns cover the other columns of their row that do not change.
const FIRST: &str = "
CREATE TABLE names (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE, checksum INTEGER NOT NULL);
CREATE TABLE lanes (id INTEGER PRIMARY KEY, project INTEGER NOT NULL, suite INTEGER NOT NULL,
  testbed INTEGER NOT NULL, newest_layout INTEGER,
  open_segment INTEGER, done_to INTEGER, UNIQUE (project, suite, testbed));
CREATE TABLE series (id INTEGER PRIMARY KEY, lane INTEGER NOT NULL, benchmark INTEGER NOT NULL,
  parameters INTEGER NOT NULL, metric INTEGER NOT NULL, unit INTEGER NOT NULL, direction INTEGER NOT NULL,
  exact INTEGER NOT NULL, checksum INTEGER NOT NULL);
CREATE UNIQUE INDEX series_key ON series (lane, benchmark, metric, parameters, unit);
CREATE TABLE environments (id INTEGER PRIMARY KEY, digest INTEGER NOT NULL UNIQUE, block BLOB NOT NULL);
CREATE TABLE layouts (id INTEGER PRIMARY KEY, lane INTEGER NOT NULL, digest BLOB NOT NULL, block BLOB NOT NULL,
  UNIQUE (lane, digest));
CREATE TABLE commits (id INTEGER PRIMARY KEY, project INTEGER NOT NULL, hash_start INTEGER NOT NULL,
  hash_rest BLOB NOT NULL, place INTEGER NOT NULL, parent_back INTEGER, commit_time_back INTEGER, subject TEXT,
  checksum INTEGER NOT NULL);
CREATE INDEX commits_by_hash ON commits (hash_start);
CREATE TABLE runs (number INTEGER PRIMARY KEY, lane INTEGER NOT NULL, id BLOB NOT NULL UNIQUE, place INTEGER NOT NULL,
  tie INTEGER NOT NULL, started_after INTEGER NOT NULL, started_us INTEGER AS (place + started_after),
  started_rest INTEGER NOT NULL, commit_id INTEGER, flags INTEGER NOT NULL,
  ancestors INTEGER NOT NULL, branch INTEGER, session INTEGER, pull_request INTEGER, outcome INTEGER NOT NULL,
  duration_ms INTEGER NOT NULL, environment INTEGER NOT NULL, layout INTEGER NOT NULL, digest INTEGER NOT NULL,
  checksum INTEGER NOT NULL, eligible INTEGER NOT NULL, segment INTEGER);
CREATE INDEX runs_in_place ON runs (lane, place);
CREATE INDEX runs_of_branch ON runs (lane, branch, place) WHERE eligible = 1;
CREATE INDEX runs_of_session ON runs (session) WHERE session IS NOT NULL;
CREATE INDEX runs_unfolded ON runs (lane, place) WHERE segment IS NULL;
CREATE TABLE extras (run INTEGER PRIMARY KEY, block BLOB NOT NULL);
CREATE TABLE voids (run INTEGER PRIMARY KEY, note TEXT NOT NULL, by TEXT, at INTEGER NOT NULL);

CREATE TABLE fresh (run INTEGER PRIMARY KEY, block BLOB NOT NULL);
CREATE TABLE segments (id INTEGER PRIMARY KEY, lane INTEGER NOT NULL, first_place INTEGER NOT NULL,
  last_place INTEGER NOT NULL, block BLOB NOT NULL);
CREATE INDEX segments_of_lane ON segments (lane, last_place);
CREATE TABLE chunks (key INTEGER PRIMARY KEY, block BLOB NOT NULL);
CREATE TABLE details (run INTEGER PRIMARY KEY, block BLOB NOT NULL);
CREATE TABLE samples (run INTEGER PRIMARY KEY, block BLOB NOT NULL);

CREATE TABLE alerts (id INTEGER PRIMARY KEY, lane INTEGER NOT NULL, benchmark INTEGER NOT NULL, parameters INTEGER NOT NULL,
  metric INTEGER NOT NULL, branch INTEGER NOT NULL, target TEXT NOT NULL, run INTEGER, triggered_at INTEGER NOT NULL,
  severity INTEGER NOT NULL, current_value REAL NOT NULL, expected_value REAL NOT NULL, expected_spread REAL NOT NULL,
  deviation_percent REAL NOT NULL, began TEXT, state INTEGER NOT NULL, by TEXT, notes TEXT, muted_until INTEGER);
CREATE INDEX alerts_by_series ON alerts (lane, benchmark, metric, parameters, branch, target, state);
CREATE TABLE alert_moves (alert INTEGER NOT NULL, step INTEGER NOT NULL, at INTEGER NOT NULL, state INTEGER NOT NULL,
  by TEXT, note TEXT, until INTEGER, PRIMARY KEY (alert, step)) WITHOUT ROWID;
CREATE TABLE baseline_marks (project INTEGER NOT NULL, branch INTEGER NOT NULL, step INTEGER NOT NULL, suite INTEGER,
  testbed INTEGER, benchmark INTEGER, parameters INTEGER, metric INTEGER, run INTEGER NOT NULL, note TEXT NOT NULL,
  by TEXT, at INTEGER NOT NULL, PRIMARY KEY (project, branch, step)) WITHOUT ROWID;
CREATE TABLE targets (project INTEGER NOT NULL, id TEXT NOT NULL, block BLOB NOT NULL, PRIMARY KEY (project, id)) WITHOUT ROWID;
";

/// What people and judging wrote is guarded too. Every row gets its checksum as it is written, so the column is empty only in between.
const LEDGER_CHECKSUMS: &str = "
ALTER TABLE alerts ADD COLUMN checksum INTEGER;
ALTER TABLE alert_moves ADD COLUMN checksum INTEGER;
ALTER TABLE baseline_marks ADD COLUMN checksum INTEGER;
ALTER TABLE targets ADD COLUMN checksum INTEGER;
ALTER TABLE voids ADD COLUMN checksum INTEGER;
";

/// Brings the schema up to date inside the caller's transaction.
pub(crate) fn migrate(connection: &Connection, from: i32) -> Result<(), StoreError> {
    let done = usize::try_from(from).unwrap_or(0);
    for migration in MIGRATIONS.iter().skip(done) {
        connection.execute_batch(migration.sql)?;
        if let Some(after) = migration.after {
            after(connection)?;
        }
    }
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    connection.pragma_update(None, "user_version", SCHEMA_VERSION)?;
    Ok(())
}
