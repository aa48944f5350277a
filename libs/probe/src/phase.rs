//! Phases: parts of a tracked run, that may stand in one another.

use std::sync::{Arc, Mutex, PoisonError};

use crate::book::{self, PhaseTotal, Reading};
use crate::measured::Outcome;
use crate::tracker::Inner;

/// A part of what a tracker measures: duration, resident memory, and the items it handles. It ends when it is dropped, and
/// may be ended on another thread than it began on.
///
/// Phases of the same name add up: `time` is then the total, with the mean, the least and the most beside it.
#[derive(Debug)]
#[must_use = "a phase ends when it is dropped"]
pub struct Phase {
    /// Behind a pointer, so that one that measures nothing is a word.
    open: Option<Box<Open>>,
}

#[derive(Debug)]
struct Open {
    tracker: Arc<Inner>,
    path: String,
    start: Reading,
    /// `None` once the phase has ended.
    items: Mutex<Option<Vec<(String, f64)>>>,
}

impl Phase {
    /// A phase that measures nothing.
    pub(crate) const OFF: Self = Self { open: None };

    /// A phase of the tracker itself.
    pub(crate) fn open_in(tracker: &Arc<Inner>, name: &str) -> Self {
        Self::open(tracker, &tracker.path(name))
    }

    fn open(tracker: &Arc<Inner>, path: &str) -> Self {
        let path = book::cut(path, book::MOST_NAME_BYTES);
        let is_open = tracker.with_book(|book| book.open_phase(&path));
        if is_open != Some(true) {
            return Self::OFF;
        }
        let items = Mutex::new(Some(Vec::new()));
        let open = Open { tracker: Arc::clone(tracker), path, start: Reading::first(), items };
        Self { open: Some(Box::new(open)) }
    }

    /// Begins a phase within this one: `build/discovery/read`.
    pub fn phase(&self, name: &str) -> Self {
        match &self.open {
            Some(open) => Self::open(&open.tracker, &format!("{}/{name}", open.path)),
            None => Self::OFF,
        }
    }

    /// Adds items that were handled: `phase.items("pages", 100)`. A target can then be a budget for each of them.
    pub fn items(&self, noun: &str, count: impl Into<f64>) {
        let (Some(open), count) = (&self.open, count.into()) else {
            return;
        };
        let mut items = open.items.lock().unwrap_or_else(PoisonError::into_inner);
        match items.as_mut() {
            Some(items) if count.is_finite() => items.push((noun.to_owned(), count)),
            Some(_) => {
                open.tracker.with_book(|book| book.leave_out(format!("`{noun}`: {count} is no number")));
            }
            None => {
                open.tracker
                    .with_book(|book| book.misuse(format!("phase `{}` got items after its end", open.path)));
            }
        }
    }

    /// The whole name: `build/discovery`. Empty where nothing is measured.
    pub fn path(&self) -> &str {
        self.open.as_ref().map_or("", |open| &open.path)
    }

    /// Ends the phase.
    #[inline]
    pub fn end(&self) {
        self.end_with(Outcome::Success);
    }

    /// Ends the phase as failed: its time stands apart from those of phases that succeeded.
    pub fn fail(&self) {
        self.end_with(Outcome::Failed);
    }

    /// Ends the phase with an outcome. What is ended twice stays as it was ended first, and is a misuse in
    /// [`Status`](crate::Status).
    #[inline]
    pub fn end_with(&self, outcome: Outcome) {
        if let Some(open) = &self.open
            && !open.close(outcome)
        {
            open.tracker.with_book(|book| book.misuse(format!("phase `{}` was ended twice", open.path)));
        }
    }
}

impl Drop for Phase {
    #[inline]
    fn drop(&mut self) {
        if let Some(open) = &self.open {
            open.close(if std::thread::panicking() { Outcome::Failed } else { Outcome::Success });
        }
    }
}

impl Open {
    /// False where it had ended before.
    fn close(&self, outcome: Outcome) -> bool {
        let items = self.items.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(items) = items else {
            return false;
        };
        let mut total = PhaseTotal::between(self.start, Reading::last(), outcome);
        for (noun, count) in items {
            if let Some(sum) = book::room(&mut total.items, &noun) {
                *sum += count;
            }
        }
        self.tracker.with_book(|book| book.close_phase(&self.path, &total));
        true
    }
}
