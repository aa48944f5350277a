//! Where history lives: one SQLite file, in two halves.
//!
//! *Points* are append-only: the values of a run lie in one block, the newest runs of a suite side by side, so
//! that a run is stored and its whole baseline read in a few pages; older runs are folded into a compressed
//! chunk for each series, so that a series is read fast and takes little room. The *ledger* is small and may
//! change: runs, names, commits, alerts, targets. Every stored block and row that measurements depend on
//! carries a checksum.
//!
//! Runs stand in *commit order*, wherever and whenever they were measured; see [`Place`].

mod alerts;
mod append;
mod bytes;
mod cache;
mod check;
mod columns;
mod commits;
mod error;
mod extras;
mod fold;
mod glance;
mod importer;
mod layout;
mod ledger;
mod load;
mod load_many;
mod log_file;
mod names;
mod numbers;
mod pack;
mod place;
mod read_series;
mod runs;
mod schema;
mod segment;
mod series;
mod series_row;
mod settings;
mod stats;
mod store;
mod target_block;

pub use alerts::{AlertChange, AlertFilter, AlertMove, NewAlert};
pub use append::Appended;
pub use check::{CheckReport, Problem};
pub use columns::Columns;
pub use error::StoreError;
pub use glance::Glance;
pub use importer::{Imported, Importer};
pub use place::Place;
pub use read_series::{Point, SeriesFilter};
pub use runs::{RunFilter, RunRow};
pub use series::Lane;
pub use series_row::SeriesRow;
pub use settings::BaselineMark;
pub use stats::StoreStats;
pub use store::SqliteStore;

/// The number of a lane (project, suite, testbed) in a store.
pub type LaneId = i64;
/// The number of a run in a store; it grows with arrival.
pub type RunNumber = i64;
/// The number of a series in a store.
pub type SeriesId = i64;
