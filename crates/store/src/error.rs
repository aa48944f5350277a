//! Why the store could not do what was asked.

use std::path::{Path, PathBuf};

/// Why the store could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no store at this path.
    #[error("there is no history at {}", path.display())]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The file is no SQLite database, or one of another program.
    #[error("{} is not a Plimsoll history", path.display())]
    NotOurs {
        /// The file.
        path: PathBuf,
    },
    /// The file was written by a newer version.
    #[error("{} has schema {found}, this version knows schemas up to {known}", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// The schema's version in the file.
        found: i32,
        /// The newest schema this version knows.
        known: i32,
    },
    /// What is stored contradicts itself or its checksum.
    #[error("the history is damaged: {0}")]
    Damaged(String),
    /// The file or its folder cannot be written.
    #[error("{} cannot be written", path.display())]
    ReadOnly {
        /// The file.
        path: PathBuf,
    },
    /// The file or its folder cannot be opened.
    #[error("{} cannot be opened", path.display())]
    CannotOpen {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        #[source]
        source: rusqlite::Error,
    },
    /// The disk, or a quota, is full; nothing of the run was stored.
    #[error("the disk of {} is full", path.display())]
    DiskFull {
        /// The file.
        path: PathBuf,
    },
    /// Other processes held the store for longer than a minute.
    #[error("{} stayed locked by other processes", path.display())]
    Locked {
        /// The file.
        path: PathBuf,
    },
    /// A run of this identity is stored already, with other content.
    #[error("run {id} is stored already, with other content")]
    Conflict {
        /// The run's identity.
        id: String,
    },
    /// A number of the run is not finite.
    #[error("a value of `{benchmark}` is not a finite number")]
    NotFinite {
        /// The benchmark.
        benchmark: String,
    },
    /// No run has this number.
    #[error("there is no run number {0}")]
    NoSuchRun(i64),
    /// No alert has this number.
    #[error("there is no alert number {0}")]
    NoSuchAlert(i64),
    /// The alert cannot come to life again beside another one of the same series, branch and target.
    #[error("alert {id} cannot be reopened, alert {other} of the same series is open")]
    AlertIsLive {
        /// The alert that was to be moved.
        id: i64,
        /// The alert that is live.
        other: i64,
    },
    /// A folder or file beside the store could not be made.
    #[error("{} cannot be created", path.display())]
    Create {
        /// The folder or file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A part of a run could not be written as JSON.
    #[error("a part of the run cannot be written as JSON")]
    Json(#[from] serde_json::Error),
    /// Anything else that SQLite reports.
    #[error("the database failed")]
    Sqlite(#[from] rusqlite::Error),
}

impl StoreError {
    pub(crate) fn damaged(what: impl Into<String>) -> Self {
        Self::Damaged(what.into())
    }

    /// Gives SQLite's result codes that a user can act on their own names.
    pub(crate) fn explained(self, path: &Path) -> Self {
        use rusqlite::ErrorCode;
        let Self::Sqlite(error) = self else { return self };
        let path = path.to_path_buf();
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::DiskFull { path },
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => Self::ReadOnly { path },
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Locked { path },
            Some(ErrorCode::NotADatabase) => Self::NotOurs { path },
            Some(ErrorCode::CannotOpen) => Self::CannotOpen { path, source: error },
            Some(ErrorCode::DatabaseCorrupt) => Self::Damaged(error.to_string()),
            _ => Self::Sqlite(error),
        }
    }
}
