//! What the [`measure!`](crate::measure!) macro expands to.

use std::ops::Deref;
use std::sync::OnceLock;

use crate::measured::Outcome;
use crate::operation::Timing;
use crate::recorder::{self, Operation};
use crate::tracker;

/// Times a block as an operation of the process-wide tracker, and gives the block's value.
///
/// A block that gives an `Err`, or is left by `?`, `return`, `break` or a panic before its end, counts as failed.
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
#[macro_export]
macro_rules! measure {
    ($name:expr, $block:expr) => {{
        static OPERATION: $crate::hidden::Place = $crate::hidden::Place::new();
        let block = $crate::hidden::Block::begin(&OPERATION, $name);
        let value = $block;
        block.end($crate::hidden::Value(&value).outcome());
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
}

/// A block that is being timed.
#[derive(Debug)]
pub struct Block(Option<Timing>);

impl Block {
    /// Begins to time.
    #[inline(always)]
    pub fn begin(place: &Place, name: &str) -> Self {
        if !recorder::is_on() {
            return Self(None);
        }
        Self(Some(place.0.get_or_init(|| tracker().operation(name)).start()))
    }

    /// The block came to its end.
    #[inline(always)]
    pub fn end(mut self, outcome: Outcome) {
        if let Some(timing) = self.0.take() {
            timing.end(outcome);
        }
    }
}

impl Drop for Block {
    #[inline(always)]
    fn drop(&mut self) {
        if let Some(timing) = self.0.take() {
            timing.fail();
        }
    }
}

/// The value of a block. A `Result` answers by itself; any other value leaves it to what it refers to, [`Plain`].
#[derive(Debug)]
pub struct Value<'a, T>(pub &'a T);

/// A value that cannot be a failure.
#[derive(Debug)]
pub struct Plain;

impl<T, E> Value<'_, Result<T, E>> {
    /// Failed on an `Err`.
    #[inline(always)]
    pub fn outcome(&self) -> Outcome {
        if self.0.is_ok() { Outcome::Success } else { Outcome::Failed }
    }
}

impl Plain {
    /// Well.
    #[inline(always)]
    pub fn outcome(&self) -> Outcome {
        Outcome::Success
    }
}

impl<T> Deref for Value<'_, T> {
    type Target = Plain;

    #[inline(always)]
    fn deref(&self) -> &Plain {
        &Plain
    }
}
