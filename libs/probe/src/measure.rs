//! Measuring blocks by [`measure!`](crate::measure!), and what it expands to.

use std::mem::ManuallyDrop;
use std::sync::OnceLock;

use crate::inside::{Inside, Room};
use crate::measured::Outcome;
use crate::operation::Timing;
use crate::recorder::{self, Operation};
use crate::tracker;

/// Times a block as an operation of the process-wide tracker, and gives the block's value.
///
/// A block that is left by `?`, `return`, `break` or a panic before its end counts as failed.
///
/// ```no_run
/// use plimsoll_probe::measure;
///
/// let sum = measure!("sum", {
///     let numbers = 1..=10;
///     numbers.sum::<u32>()
/// });
/// assert_eq!(sum, 55);
/// ```
///
/// Each place in the program asks for its operation once, so that the name must be a constant. For names that come as the
/// program runs there is [`Tracker::operation`](crate::Tracker::operation).
///
/// ```compile_fail,E0435
/// for route in ["/users", "/orders"] {
///     plimsoll_probe::measure!(route, ());
/// }
/// ```
#[macro_export]
macro_rules! measure {
    ($name:expr, $block:expr) => {{
        let block = {
            // Others see items of a macro: no block, and no name, refers to these by accident.
            static PLIMSOLL_OPERATION: $crate::hidden::Place = $crate::hidden::Place::new();
            const PLIMSOLL_NAME: &str = $name;
            $crate::hidden::Block::begin(&PLIMSOLL_OPERATION, PLIMSOLL_NAME)
        };
        let value = $block;
        block.end(true);
        value
    }};
}

/// The same for a block that gives a `Result`: an `Err` counts as failed.
///
/// ```no_run
/// use plimsoll_probe::try_measure;
///
/// let number = try_measure!("read", "12".parse::<i32>());
/// assert_eq!(number, Ok(12));
/// ```
#[macro_export]
macro_rules! try_measure {
    ($name:expr, $block:expr) => {{
        let block = {
            // Others see items of a macro: no block, and no name, refers to these by accident.
            static PLIMSOLL_OPERATION: $crate::hidden::Place = $crate::hidden::Place::new();
            const PLIMSOLL_NAME: &str = $name;
            $crate::hidden::Block::begin(&PLIMSOLL_OPERATION, PLIMSOLL_NAME)
        };
        let value = $block;
        block.end(::std::result::Result::is_ok(&value));
        value
    }};
}

/// Where a `measure!` keeps its operation.
#[derive(Debug, Default)]
pub struct Place(OnceLock<Operation>);

impl Place {
    /// Not yet registered.
    pub const fn new() -> Self {
        Self(OnceLock::new())
    }

    #[inline(always)]
    fn operation(&self, name: &str) -> Operation {
        match self.0.get() {
            Some(operation) => *operation,
            None => self.register(name),
        }
    }

    /// Nothing of ours runs while the place is filled, since it may come back here.
    #[cold]
    fn register(&self, name: &str) -> Operation {
        let Some(_inside) = Inside::enter_room(Room::Register) else {
            return Operation::NONE;
        };
        let tracker = tracker();
        let operation = tracker.operation(name);
        if tracker.is_enabled() { *self.0.get_or_init(|| operation) } else { operation }
    }
}

/// A block that is being timed. Unlike a [`Timing`], which it keeps from being dropped, it fails when it is dropped.
#[derive(Debug)]
pub struct Block(ManuallyDrop<Timing>);

impl Block {
    /// Begins to time.
    #[inline(always)]
    pub fn begin(place: &Place, name: &str) -> Self {
        let operation = if recorder::is_on() { place.operation(name) } else { Operation::NONE };
        Self(ManuallyDrop::new(operation.start()))
    }

    /// The block came to its end.
    #[inline(always)]
    pub fn end(self, is_success: bool) {
        ManuallyDrop::new(self).0.close(if is_success { Outcome::Success } else { Outcome::Failed });
    }
}

impl Drop for Block {
    #[inline(always)]
    fn drop(&mut self) {
        self.0.close(Outcome::Failed);
    }
}
