//! The tracker of the whole process, for numbers that belong to no run of their own.

use std::ops::Deref;
use std::sync::Once;

use crate::inside::{Inside, Room};
use crate::native;
use crate::recorder;
use crate::settings;
use crate::tracker::{Builder, PROCESS_SCOPE, Tracker};

static OFF: ProcessTracker = ProcessTracker(Tracker::OFF);

/// The tracker of this process: `tracker().start("startup")`, `tracker().stop("startup")`,
/// `tracker().record("cache_hit_rate", 0.93)`, `tracker().snapshot()`. It is started when it is first asked for, its suite is the program's name, and what no snapshot
/// has written is written when the process ends by returning from `main` or by `exit`.
#[inline]
pub fn tracker() -> &'static ProcessTracker {
    if recorder::generation().is_none() { &OFF } else { running() }
}

/// The one that runs, or a new one.
fn running() -> &'static ProcessTracker {
    match Inside::enter().map(|inside| recorder::core(&inside).process_wide) {
        Some(Some(tracker)) => return tracker,
        Some(None) => {}
        None => return &OFF,
    }
    let Some(_inside) = Inside::enter_room(Room::Start) else {
        return &OFF;
    };
    start(Tracker::builder(&settings::program_name()))
}

/// The tracker of this process, which is started by this builder unless it runs.
pub(crate) fn start(builder: Builder) -> &'static ProcessTracker {
    if recorder::generation().is_none() {
        return &OFF;
    }
    let started = Tracker::begin(builder, true);
    let Some(inside) = Inside::enter() else {
        return &OFF;
    };
    let mut core = recorder::core(&inside);
    match core.process_wide {
        Some(tracker) => {
            drop(core);
            // It runs already; ours has nothing to write.
            std::mem::forget(started);
            tracker
        }
        None => {
            static AT_EXIT: Once = Once::new();
            AT_EXIT.call_once(|| native::at_exit(write_last));
            let started: &'static ProcessTracker = Box::leak(Box::new(ProcessTracker(started)));
            core.process_wide = Some(started);
            started
        }
    }
}

/// The [`Tracker`] that stands for the process, and all that one can do. Its operations and phases go by their own names.
#[derive(Debug)]
pub struct ProcessTracker(Tracker);

impl ProcessTracker {
    /// Begins a call that [`Tracker::stop`] ends; the same as [`Tracker::start_call`].
    pub fn start(&self, name: &str) {
        self.0.start_call(name);
    }
}

impl Deref for ProcessTracker {
    type Target = Tracker;

    #[inline]
    fn deref(&self) -> &Tracker {
        &self.0
    }
}

/// What is left when the process ends. A child of the process that asked writes what it recorded itself.
extern "C" fn write_last() {
    let written = std::panic::catch_unwind(|| {
        let has_recorded =
            || Inside::enter().is_some_and(|inside| recorder::core(&inside).has_recorded(PROCESS_SCOPE));
        if recorder::generation().is_some() && has_recorded() {
            tracker().write_quietly();
        }
    });
    // There is nobody left to tell.
    drop(written);
}
