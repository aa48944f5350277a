//! The rows that people and judging write: alerts, their moves, accepted baselines, targets, voided runs. Each has a checksum of all
//! its other columns, taken whenever the row is written.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Params, Row};

use crate::bytes::{Kind, Writer, checksum};
use crate::{SqliteStore, StoreError};

/// A table of the ledger.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LedgerTable {
    name: &'static str,
    /// What a row is called.
    noun: &'static str,
    /// The columns that tell rows apart, which are the first of [`Self::columns`].
    key: &'static [&'static str],
    /// Every column but the checksum.
    columns: &'static [&'static str],
}

/// Alerts, as they stand.
pub(crate) const ALERTS: LedgerTable = LedgerTable {
    name: "alerts",
    noun: "alert",
    key: &["id"],
    columns: &[
        "id",
        "lane",
        "benchmark",
        "parameters",
        "metric",
        "branch",
        "target",
        "run",
        "triggered_at",
        "severity",
        "current_value",
        "expected_value",
        "expected_spread",
        "deviation_percent",
        "began",
        "state",
        "by",
        "notes",
        "muted_until",
    ],
};

/// The steps of alerts' lives.
pub(crate) const ALERT_MOVES: LedgerTable = LedgerTable {
    name: "alert_moves",
    noun: "move of an alert",
    key: &["alert", "step"],
    columns: &["alert", "step", "at", "state", "by", "note", "until"],
};

/// What was accepted as the new normal.
pub(crate) const BASELINE_MARKS: LedgerTable = LedgerTable {
    name: "baseline_marks",
    noun: "accepted baseline",
    key: &["project", "branch", "step"],
    columns: &[
        "project",
        "branch",
        "step",
        "suite",
        "testbed",
        "benchmark",
        "parameters",
        "metric",
        "run",
        "note",
        "by",
        "at",
    ],
};

/// Targets kept with the history.
pub(crate) const TARGETS: LedgerTable = LedgerTable {
    name: "targets",
    noun: "target",
    key: &["project", "id"],
    columns: &["project", "id", "block"],
};

/// Runs taken out of the baselines, with the reason.
pub(crate) const VOIDS: LedgerTable =
    LedgerTable { name: "voids", noun: "voided run", key: &["run"], columns: &["run", "note", "by", "at"] };

/// The first schema whose rows have checksums here.
const FIRST_SEALED_SCHEMA: i32 = 2;

const ALL: [LedgerTable; 5] = [ALERTS, ALERT_MOVES, BASELINE_MARKS, TARGETS, VOIDS];

impl LedgerTable {
    fn select(self) -> String {
        format!("SELECT {}, checksum FROM {}", self.columns.join(", "), self.name)
    }

    fn condition(self) -> String {
        let parts = self.key.iter().enumerate().map(|(place, column)| format!("{column} = ?{}", place + 1));
        parts.collect::<Vec<_>>().join(" AND ")
    }

    /// The checksum that belongs in a row of [`Self::select`].
    fn checksum(self, row: &Row<'_>) -> Result<i32, rusqlite::Error> {
        let mut out = Writer::default();
        out.text(self.name);
        for place in 0..self.columns.len() {
            match row.get_ref(place)? {
                ValueRef::Null => out.byte(0),
                ValueRef::Integer(value) => {
                    out.byte(1);
                    out.signed(value);
                }
                ValueRef::Real(value) => {
                    out.byte(2);
                    out.float(value);
                }
                ValueRef::Text(bytes) => {
                    out.byte(3);
                    out.count(bytes.len());
                    out.bytes.extend_from_slice(bytes);
                }
                ValueRef::Blob(bytes) => {
                    out.byte(4);
                    out.count(bytes.len());
                    out.bytes.extend_from_slice(bytes);
                }
            }
        }
        Ok(checksum(Kind::Ledger, 0, &out.bytes) as i32)
    }

    /// What a row of [`Self::select`] is called.
    fn name_of(self, row: &Row<'_>) -> String {
        let part = |place| match row.get_ref(place) {
            Ok(ValueRef::Integer(value)) => value.to_string(),
            Ok(ValueRef::Text(text)) => String::from_utf8_lossy(text).into_owned(),
            _ => "?".to_owned(),
        };
        let parts: Vec<String> = (0..self.key.len()).map(part).collect();
        format!("{} {}", self.noun, parts.join("/"))
    }
}

/// Gives every row the checksum of what it holds now: of a history that was made before rows had one.
pub(crate) fn seal_all(connection: &Connection) -> Result<(), StoreError> {
    for table in ALL {
        let keys = format!("SELECT {} FROM {}", table.key.join(", "), table.name);
        let mut statement = connection.prepare(&keys)?;
        let mut rows = statement.query([])?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            let key: Result<Vec<rusqlite::types::Value>, _> =
                (0..table.key.len()).map(|place| row.get(place)).collect();
            all.push(key?);
        }
        for key in all {
            seal_row(connection, table, rusqlite::params_from_iter(&key))?;
        }
    }
    Ok(())
}

fn seal_row(connection: &Connection, table: LedgerTable, key: impl Params + Clone) -> Result<(), StoreError> {
    let condition = table.condition();
    let sum = connection
        .prepare_cached(&format!("{} WHERE {condition}", table.select()))?
        .query_row(key.clone(), |row| table.checksum(row))?;
    // The number comes from no one's text.
    let update = format!("UPDATE {} SET checksum = {sum} WHERE {condition}", table.name);
    connection.execute(&update, key)?;
    Ok(())
}

impl SqliteStore {
    /// Gives a row of the ledger, just written in the open transaction, its checksum.
    pub(crate) fn seal(&self, table: LedgerTable, key: impl Params + Clone) -> Result<(), StoreError> {
        seal_row(&self.connection, table, key)
    }

    /// Calls `each` with the name of every row of the ledger and whether it is as it was written.
    pub(crate) fn check_ledger(
        &self,
        mut each: impl FnMut(String, Result<bool, rusqlite::Error>),
    ) -> Result<(), StoreError> {
        let version: i32 = self.connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        if version < FIRST_SEALED_SCHEMA {
            // It is open for reading alone, and nobody has written to it since.
            return Ok(());
        }
        for table in ALL {
            let mut statement = self.connection.prepare(&table.select())?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let kept = row.get::<_, Option<i32>>(table.columns.len());
                let sound = table.checksum(row).and_then(|sum| Ok(kept? == Some(sum)));
                each(table.name_of(row), sound);
            }
        }
        Ok(())
    }
}
