//! Measures a program from inside, and leaves what it measured where `plimsoll` finds it.

mod allocation;
mod book;
mod clock;
mod declaration;
mod histogram;
mod inside;
mod json;
mod measure;
mod measured;
mod memory;
mod name;
mod native;
mod open_phases;
mod operation;
mod page;
mod phase;
mod process_wide;
mod recorder;
mod settings;
mod spool;
mod status;
mod surroundings;
mod tracker;

pub use allocation::{Allocated, CountingAllocator};
pub use clock::{Moment, uses_cycle_counter};
pub use declaration::Declaration;
pub use measured::{Direction, Measured, Outcome, Severity, Target};
pub use memory::ResidentMemory;
pub use operation::Timing;
pub use phase::Phase;
pub use process_wide::{ProcessTracker, tracker};
pub use recorder::{MAX_OPERATIONS, Operation};
pub use status::Status;
pub use tracker::{Builder, Tracker};

/// Whether the crate was built to measure; with the feature `disabled` it is not.
const IS_BUILT: bool = cfg!(not(feature = "disabled"));

/// What macros need; not for use by hand.
#[doc(hidden)]
pub mod hidden {
    pub use crate::measure::{Block, Place};
}
