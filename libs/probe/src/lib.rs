//! Measures a program from inside, and leaves what it measured where `plimsoll` finds it.

mod allocation;
mod book;
mod clock;
mod declaration;
#[cfg(feature = "tracing")]
mod events;
mod histogram;
mod inside;
mod json;
mod json_reader;
mod last_run;
mod measure;
mod measured;
mod memory;
mod name;
mod native;
mod nearness;
mod open_phases;
mod operation;
mod page;
mod phase;
mod process_wide;
mod recorder;
mod row;
mod settings;
mod sparkline;
mod spool;
mod status;
mod summary;
mod summary_file;
mod summary_table;
mod surroundings;
mod text;
mod tracker;
mod unit;
mod warning;

pub use allocation::{Allocated, CountingAllocator};
pub use clock::{Moment, uses_cycle_counter};
pub use declaration::Declaration;
pub use last_run::{Baseline, LastRun};
pub use measured::{Direction, Measured, Outcome, Severity, Target};
pub use memory::ResidentMemory;
pub use operation::Timing;
pub use phase::Phase;
pub use process_wide::{ProcessTracker, tracker};
pub use recorder::{MAX_OPERATIONS, Operation};
pub use row::{Mark, Row};
pub use status::Status;
pub use summary::Summary;
pub use tracker::{Builder, Tracker};
pub use warning::Warning;

/// Whether the crate was built to measure; with the feature `disabled` it is not.
const IS_BUILT: bool = cfg!(not(feature = "disabled"));

/// What macros need; not for use by hand.
#[doc(hidden)]
pub mod hidden {
    pub use crate::measure::{Block, Place};
}
