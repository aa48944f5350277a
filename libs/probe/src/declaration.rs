//! What a program says of its numbers once: units, directions, targets.

use crate::measured::{Direction, Measured, Target};
use crate::name::{MOST_BYTES, beginning, name};
use crate::tracker::Tracker;

/// What was said of a name.
#[derive(Debug, Clone)]
pub(crate) struct Declared {
    unit: String,
    direction: Direction,
    target: Option<Target>,
}

impl Declared {
    pub(crate) fn new(unit: &str, direction: Direction) -> Self {
        Self { unit: beginning(unit, MOST_BYTES).to_owned(), direction, target: None }
    }

    /// Completes a value that was recorded under this name.
    pub(crate) fn describe(&self, measured: &mut Measured) {
        measured.unit = Some(self.unit.clone());
        measured.direction = Some(self.direction);
        measured.target = self.target.clone();
    }

    /// Completes a time, which is in nanoseconds. False where the declared unit is none of time.
    pub(crate) fn describe_time(&self, measured: &mut Measured) -> bool {
        let Some(factor) = nanoseconds(&self.unit) else {
            return false;
        };
        measured.direction = Some(self.direction);
        measured.target = self.target.clone().map(|target| Target {
            id: target.id,
            max: target.max.map(|max| max * factor),
            min: target.min.map(|min| min * factor),
        });
        true
    }
}

/// How many nanoseconds a unit of time is.
fn nanoseconds(unit: &str) -> Option<f64> {
    Some(match unit {
        "ns" => 1.0,
        "us" | "µs" | "μs" => 1e3,
        "ms" => 1e6,
        "s" => 1e9,
        "min" => 60e9,
        "h" => 3_600e9,
        _ => return None,
    })
}

/// What [`Tracker::declare`] gives, to set a target.
#[derive(Debug)]
pub struct Declaration<'a> {
    pub(crate) tracker: &'a Tracker,
    pub(crate) name: String,
}

impl Declaration<'_> {
    /// The value must not be above `max`, in the declared unit. A number that is not finite is no target.
    pub fn target_max(self, max: f64) -> Self {
        self.set(|target| target.max = Some(max).filter(|max| max.is_finite()))
    }

    /// The value must not be below `min`, in the declared unit.
    pub fn target_min(self, min: f64) -> Self {
        self.set(|target| target.min = Some(min).filter(|min| min.is_finite()))
    }

    /// What people call the target: `APP-001`.
    pub fn target_id(self, id: &str) -> Self {
        self.set(|target| target.id = Some(name(id)))
    }

    fn set(self, change: impl FnOnce(&mut Target)) -> Self {
        self.tracker.with_book(|book| {
            if let Some(declared) = book.declared.get_mut(&self.name) {
                change(declared.target.get_or_insert_default());
            }
        });
        self
    }
}
