//! Phases: parts of a tracked run, that may stand in one another.

use std::sync::{Arc, Mutex, PoisonError};

use crate::book::{Items, PhaseTotal, Reading};
use crate::inside::Inside;
use crate::measured::Outcome;
use crate::name::name;
use crate::tracker::Inner;

/// A part of what a tracker measures: duration, resident memory, and the items it handles. It ends when it is dropped, and
/// may be ended on another thread than it began on.
///
/// Phases of the same name add up: `time` is then the total, with the mean, the least and the most beside it. Memory is that of
/// the process: two phases that overlap, unless one stands in the other, have no `rss_change`, which both would claim.
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
    /// Its own number among the open phases, and those of what it stands in.
    number: u64,
    stands_in: Vec<u64>,
    start: Reading,
    /// `None` once the phase has ended.
    items: Mutex<Option<Items>>,
}

impl Phase {
    /// A phase that measures nothing.
    pub(crate) const OFF: Self = Self { open: None };

    /// A phase of the tracker itself.
    pub(crate) fn open_in(tracker: &Arc<Inner>, name: &str) -> Self {
        Self::open(tracker, &tracker.path(name), Vec::new())
    }

    fn open(tracker: &Arc<Inner>, path: &str, stands_in: Vec<u64>) -> Self {
        let path = name(path);
        let number = tracker.with_book(|book| book.open_phase(&path, &stands_in));
        let Some(number) = number.flatten() else {
            return Self::OFF;
        };
        let items = Mutex::new(Some(Items::default()));
        let (tracker, start) = (Arc::clone(tracker), Reading::first());
        Self { open: Some(Box::new(Open { tracker, path, number, stands_in, start, items })) }
    }

    /// Begins a phase within this one: `build/discovery/read`.
    pub fn phase(&self, name: &str) -> Self {
        match &self.open {
            Some(open) => {
                let stands_in = [open.stands_in.as_slice(), &[open.number]].concat();
                Self::open(&open.tracker, &format!("{}/{name}", open.path), stands_in)
            }
            None => Self::OFF,
        }
    }

    /// Adds items that were handled: `phase.items("pages", 100)`. A target can then be a budget for each of them.
    pub fn items(&self, noun: &str, count: impl Into<f64>) {
        let (Some(open), count) = (&self.open, count.into()) else {
            return;
        };
        let added = open.with_items(|items| items.as_mut().map(|items| items.add(noun, count)));
        open.tracker.with_book(|book| match added.flatten() {
            Some(Ok(())) => {}
            Some(Err(reason)) => book.leave_out(reason),
            None => book.misuse(format!("phase `{}` got items after its end", open.path)),
        });
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
            && open.close(outcome) == Some(false)
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
    /// False where it had ended before; `None` where nobody may look.
    fn close(&self, outcome: Outcome) -> Option<bool> {
        let Some(items) = self.with_items(Option::take)? else {
            return Some(false);
        };
        let total = PhaseTotal { items, ..PhaseTotal::between(self.start, Reading::last(), outcome) };
        self.tracker.with_book(|book| book.close_phase(&self.path, self.number, total));
        Some(true)
    }

    fn with_items<T>(&self, use_items: impl FnOnce(&mut Option<Items>) -> T) -> Option<T> {
        // A lock of the parent's may be held for ever in its child.
        let _inside = Inside::enter().filter(|_| self.tracker.is_of_this_process())?;
        Some(use_items(&mut self.items.lock().unwrap_or_else(PoisonError::into_inner)))
    }
}
