//! Where values of hot operations go: each thread has a *lane* of its own, with a *shard* for each operation, so that no
//! thread waits for another and nothing is allocated once both are there. What is put together of all lanes, and what is
//! rare (names, first calls, failures), stands behind one lock.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU32, Ordering::Acquire, Ordering::Relaxed, Ordering::Release};
use std::sync::{Mutex, MutexGuard, Once, OnceLock, PoisonError};

use crate::histogram::{Histogram, Shard};
use crate::inside::Inside;
use crate::name::name;
use crate::process_wide::ProcessTracker;
use crate::{native, settings};

/// A registered operation: what [`crate::Tracker::operation`] gives. Small, `Copy`,
/// and usable from any thread. Once its tracker has finished, recording to it does nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Operation {
    index: u16,
    unique: u32,
}

impl Operation {
    /// An operation that nobody counts: of a tracker that is off, or beyond the [most operations](crate::MAX_OPERATIONS).
    pub const NONE: Self = Self { index: 0, unique: 0 };

    /// Whether it is [`Self::NONE`].
    #[inline(always)]
    pub(crate) fn is_none(self) -> bool {
        self.unique == 0
    }

    /// The operation as one number, for other languages.
    pub fn to_u64(self) -> u64 {
        u64::from(self.unique) << 16 | u64::from(self.index)
    }

    /// The inverse of [`Self::to_u64`]. A number that names no operation is as good as [`Self::NONE`].
    pub fn from_u64(number: u64) -> Self {
        Self { index: number as u16, unique: (number >> 16) as u32 }
    }
}

/// The most operations at a time.
pub const MAX_OPERATIONS: usize = CHUNK * CHUNK;
const CHUNK: usize = 64;
/// First calls are told apart for this many names; those of further names count as warm.
const MAX_SEEN: usize = 65_536;

/// [`STATE`] before anything was asked.
const UNASKED: u32 = 0;
/// [`STATE`] when nothing is recorded.
const OFF: u32 = 1;
/// [`STATE`] of the first process; each fork adds one.
const FIRST: u32 = 2;

/// Whether to record, and in which process: a number from [`FIRST`] on is the generation, which grows in every child.
static STATE: AtomicU32 = AtomicU32::new(UNASKED);
static CORE: OnceLock<Mutex<Core>> = OnceLock::new();

thread_local! {
    /// No destructor, so that it can be used to the last breath of a thread.
    static BOUND: Cell<Option<Bound>> = const { Cell::new(None) };
    /// Gives the lane back when the thread ends.
    static RETURN: RefCell<Option<Return>> = const { RefCell::new(None) };
    /// The lock that is held over a fork. It is let go before the thread leaves.
    static HELD: RefCell<Option<(MutexGuard<'static, Core>, Inside)>> = const { RefCell::new(None) };
}

/// What a thread holds in a generation.
#[derive(Clone, Copy)]
struct Bound {
    generation: u32,
    lane: &'static Lane,
}

type Chunk = [OnceLock<Shard>; CHUNK];

/// The shards of one thread at a time. Lanes are never freed: a new thread takes over that of one that ended.
struct Lane {
    chunks: [OnceLock<Box<Chunk>>; CHUNK],
}

impl Lane {
    fn new() -> Self {
        Self { chunks: [const { OnceLock::new() }; CHUNK] }
    }

    #[inline(always)]
    fn shard(&self, index: u16) -> Option<&Shard> {
        let index = usize::from(index);
        self.chunks.get(index / CHUNK)?.get()?[index % CHUNK].get()
    }

    fn make_shard(&self, index: u16) -> Option<&Shard> {
        let index = usize::from(index);
        let chunk = self.chunks.get(index / CHUNK)?;
        let chunk = chunk.get_or_init(|| Box::new([const { OnceLock::new() }; CHUNK]));
        Some(chunk[index % CHUNK].get_or_init(Shard::new))
    }
}

/// Gives a thread's lane to the next thread.
struct Return(Bound);

impl Drop for Return {
    fn drop(&mut self) {
        BOUND.set(None);
        if self.0.generation == STATE.load(Relaxed)
            && let Some(inside) = Inside::enter()
        {
            core(&inside).free_lanes.push(self.0.lane);
        }
    }
}

/// Records a value of an operation. A few nanoseconds; no lock, no allocation after a thread's first call of it.
#[inline(always)]
pub(crate) fn record(operation: Operation, value: u64) {
    let state = STATE.load(Relaxed);
    if !crate::IS_BUILT || state == OFF {
        return;
    }
    if let Some(bound) = BOUND.get()
        && bound.generation == state
        && let Some(shard) = bound.lane.shard(operation.index)
        && shard.owner.load(Relaxed) == operation.unique
        && !operation.is_none()
    {
        shard.add(value);
    } else {
        record_first(operation, value);
    }
}

/// A thread's first call of an operation.
#[cold]
fn record_first(operation: Operation, value: u64) {
    if generation().is_none() {
        return;
    }
    // What comes from an allocator while a shard is made cannot wait for the shard.
    let Some(inside) = Inside::enter() else {
        return;
    };
    {
        let mut core = core(&inside);
        let Some(entry) = core.entry(operation) else {
            return;
        };
        if std::mem::replace(&mut entry.was_called, true) {
        } else if entry.tells_cold && core.is_new_name(operation) {
            if let Some(entry) = core.entry(operation) {
                entry.cold = Some(value);
            }
            return;
        }
    }
    let Some(shard) = lane(&inside).and_then(|lane| lane.make_shard(operation.index)) else {
        // The thread is ending and has given its lane back.
        if let Some(entry) = core(&inside).entry(operation) {
            entry.rest.add(value);
        }
        return;
    };
    if shard.owner.load(Relaxed) != operation.unique {
        shard.clear();
        shard.owner.store(operation.unique, Release);
    }
    shard.add(value);
}

/// The lane of this thread; `None` while the thread ends.
fn lane(inside: &Inside) -> Option<&'static Lane> {
    let generation = generation()?;
    if let Some(bound) = BOUND.get().filter(|bound| bound.generation == generation) {
        return Some(bound.lane);
    }
    RETURN
        .try_with(|place| {
            let mut core = core(inside);
            let free = core.free_lanes.pop();
            let lane = free.unwrap_or_else(|| {
                let lane: &'static Lane = Box::leak(Box::new(Lane::new()));
                core.lanes.push(lane);
                lane
            });
            drop(core);
            let bound = Bound { generation, lane };
            let before = place.borrow_mut().replace(Return(bound));
            // It belongs to the parent of this process.
            std::mem::forget(before);
            BOUND.set(Some(bound));
            lane
        })
        .ok()
}

/// What is known of an operation.
pub(crate) struct Entry {
    unique: u32,
    /// The tracker it belongs to.
    scope: u64,
    /// Its benchmark's whole name.
    pub(crate) name: String,
    /// What it is called with.
    pub(crate) parameters: Vec<(String, String)>,
    /// The metric, unless it is `time`.
    pub(crate) metric: Option<(String, String)>,
    tells_cold: bool,
    was_called: bool,
    cold: Option<u64>,
    failed: Histogram,
    /// What could not go to a lane.
    rest: Histogram,
    /// What was told already.
    told: Histogram,
}

impl Entry {
    /// The name and what it is called with.
    fn title(&self) -> String {
        let parameters = self.parameters.iter().map(|(name, value)| format!("\0{name}\0{value}"));
        std::iter::once(self.name.clone()).chain(parameters).collect()
    }
}

/// What is registered: a time, or a distribution of values in a unit.
pub(crate) struct Registration<'a> {
    pub(crate) scope: u64,
    pub(crate) name: String,
    pub(crate) parameters: &'a [(&'a str, &'a str)],
    pub(crate) metric: Option<(&'a str, &'a str)>,
}

impl Registration<'_> {
    /// A text that no two operations share.
    fn key(&self) -> String {
        format!("{}\0{:?}\0{:?}\0{:?}", self.scope, self.name, self.parameters, self.metric)
    }
}

/// What an operation did since the last time that was asked.
pub(crate) struct Recorded {
    pub(crate) name: String,
    pub(crate) parameters: Vec<(String, String)>,
    pub(crate) metric: Option<(String, String)>,
    /// The first call in the process.
    pub(crate) cold: Option<u64>,
    /// Calls that succeeded.
    pub(crate) warm: Histogram,
    /// Calls that failed.
    pub(crate) failed: Histogram,
}

/// Everything behind the lock.
#[derive(Default)]
pub(crate) struct Core {
    lanes: Vec<&'static Lane>,
    free_lanes: Vec<&'static Lane>,
    entries: Vec<Option<Entry>>,
    free_entries: Vec<u16>,
    /// Operations by tracker, name and parameters.
    names: HashMap<String, Operation>,
    last_unique: u32,
    /// Trackers and operations that ran in this process.
    seen: HashSet<String>,
    /// The tracker of this process.
    pub(crate) process_wide: Option<&'static ProcessTracker>,
}

impl Core {
    fn entry(&mut self, operation: Operation) -> Option<&mut Entry> {
        let entry = self.entries.get_mut(usize::from(operation.index))?.as_mut();
        entry.filter(|entry| entry.unique == operation.unique)
    }

    /// Whether the process never called an operation of this name.
    fn is_new_name(&mut self, operation: Operation) -> bool {
        let Some(entry) = self.entry(operation) else {
            return false;
        };
        let name = entry.title();
        self.seen.len() < MAX_SEEN && self.seen.insert(name)
    }

    /// The operation, which is new or was registered before; `None` where there are too many.
    pub(crate) fn register(&mut self, registration: Registration<'_>) -> Option<Operation> {
        let key = registration.key();
        if let Some(known) = self.names.get(&key) {
            return Some(*known);
        }
        let index = match self.free_entries.pop() {
            Some(index) => index,
            None if self.entries.len() < MAX_OPERATIONS => {
                self.entries.push(None);
                (self.entries.len() - 1) as u16
            }
            None => return None,
        };
        self.last_unique = self.last_unique.wrapping_add(1).max(1);
        let owned = |(left, right): &(&str, &str)| (name(left), name(right));
        let entry = Entry {
            unique: self.last_unique,
            scope: registration.scope,
            name: registration.name,
            parameters: registration.parameters.iter().map(owned).collect(),
            metric: registration.metric.as_ref().map(owned),
            tells_cold: registration.metric.is_none(),
            was_called: false,
            cold: None,
            failed: Histogram::default(),
            rest: Histogram::default(),
            told: Histogram::default(),
        };
        let place = self.entries.get_mut(usize::from(index))?;
        *place = Some(entry);
        let operation = Operation { index, unique: self.last_unique };
        self.names.insert(key, operation);
        Some(operation)
    }

    /// Counts a call that failed. It is no first call's time, but the next call is not the first.
    pub(crate) fn record_failed(&mut self, operation: Operation, value: u64) {
        if let Some(entry) = self.entry(operation) {
            entry.failed.add(value);
            if !std::mem::replace(&mut entry.was_called, true) {
                self.is_new_name(operation);
            }
        }
    }

    /// What the operations of a tracker did since the last time it was taken. When it ends, they are forgotten.
    pub(crate) fn take(&mut self, scope: u64, is_end: bool) -> Vec<Recorded> {
        let lanes = &self.lanes;
        let mut taken = Vec::new();
        for (index, entry) in self.entries.iter_mut().enumerate() {
            let Some(entry) = entry.as_mut().filter(|entry| entry.scope == scope) else {
                continue;
            };
            let now = merged(lanes, index as u16, entry);
            let warm = now.since(&entry.told);
            entry.told = now;
            let (cold, failed) = (entry.cold.take(), std::mem::take(&mut entry.failed));
            if warm.count > 0 || cold.is_some() || failed.count > 0 {
                let (name, parameters) = (entry.name.clone(), entry.parameters.clone());
                taken.push(Recorded { name, parameters, metric: entry.metric.clone(), cold, warm, failed });
            }
        }
        if is_end {
            self.retire(scope);
        }
        taken
    }

    /// Whether a tracker has operations that were called since they were last taken, or has noted something.
    pub(crate) fn has_recorded(&self, scope: u64) -> bool {
        self.process_wide.is_some()
            || self.look(scope).iter().any(|recorded| {
                recorded.warm.count > 0 || recorded.failed.count > 0 || recorded.cold.is_some()
            })
    }

    /// Whether no tracker of this name was started in the process.
    pub(crate) fn is_first_tracker(&mut self, name: &str) -> bool {
        self.seen.len() < MAX_SEEN && self.seen.insert(format!("\0{name}"))
    }

    /// Whether a tracker of this name was started in the process.
    pub(crate) fn has_begun(&self, name: &str) -> bool {
        self.seen.contains(&format!("\0{name}"))
    }

    /// The same without taking it.
    pub(crate) fn look(&self, scope: u64) -> Vec<Recorded> {
        let entries = self.entries.iter().enumerate();
        let of_scope = entries.filter_map(|(index, entry)| Some((index, entry.as_ref()?)));
        of_scope
            .filter(|(_, entry)| entry.scope == scope)
            .map(|(index, entry)| Recorded {
                name: entry.name.clone(),
                parameters: entry.parameters.clone(),
                metric: entry.metric.clone(),
                cold: entry.cold,
                warm: merged(&self.lanes, index as u16, entry).since(&entry.told),
                failed: entry.failed.clone(),
            })
            .collect()
    }

    /// Forgets what the operations of a tracker did, and that they were ever called.
    pub(crate) fn reset(&mut self, scope: u64) {
        for (index, entry) in self.entries.iter_mut().enumerate() {
            let Some(entry) = entry.as_mut().filter(|entry| entry.scope == scope) else {
                continue;
            };
            for shard in self.lanes.iter().filter_map(|lane| lane.shard(index as u16)) {
                // Its thread finds that it is nobody's, asks here again, and clears it.
                if shard.owner.load(Relaxed) == entry.unique {
                    shard.owner.store(0, Relaxed);
                }
            }
            self.seen.remove(&entry.title());
            (entry.was_called, entry.cold) = (false, None);
            entry.failed = Histogram::default();
            entry.rest = Histogram::default();
            entry.told = Histogram::default();
        }
    }

    /// Forgets the operations of a tracker that has finished.
    fn retire(&mut self, scope: u64) {
        for (index, entry) in self.entries.iter_mut().enumerate() {
            if entry.as_ref().is_some_and(|entry| entry.scope == scope) {
                *entry = None;
                self.free_entries.push(index as u16);
            }
        }
        let entries = &self.entries;
        self.names
            .retain(|_, operation| entries.get(usize::from(operation.index)).is_some_and(Option::is_some));
    }
}

fn merged(lanes: &[&'static Lane], index: u16, entry: &Entry) -> Histogram {
    let mut histogram = entry.rest.clone();
    for shard in lanes.iter().filter_map(|lane| lane.shard(index)) {
        if shard.owner.load(Acquire) == entry.unique {
            histogram.merge(shard);
        }
    }
    histogram
}

/// The generation of this process; `None` where nothing is recorded.
#[inline]
pub(crate) fn generation() -> Option<u32> {
    match STATE.load(Relaxed) {
        _ if !crate::IS_BUILT => None,
        UNASKED => ask(),
        OFF => None,
        generation => Some(generation),
    }
}

/// Whether values are recorded; the cheapest question there is.
#[inline(always)]
pub(crate) fn is_on() -> bool {
    crate::IS_BUILT && STATE.load(Relaxed) != OFF
}

/// Reads the environment, once.
#[cold]
fn ask() -> Option<u32> {
    static ONCE: Once = Once::new();
    let _inside = Inside::enter()?;
    ONCE.call_once(|| {
        if settings::is_disabled() {
            STATE.store(OFF, Release);
        } else {
            native::around_fork(before_fork, in_parent, in_child);
            STATE.store(FIRST, Release);
        }
    });
    Some(STATE.load(Acquire)).filter(|state| *state >= FIRST)
}

/// Counts a call that failed.
pub(crate) fn record_failed(operation: Operation, value: u64) {
    if operation != Operation::NONE
        && generation().is_some()
        && let Some(inside) = Inside::enter()
    {
        core(&inside).record_failed(operation, value);
    }
}

/// The part behind the lock, for whoever is inside.
pub(crate) fn core(_: &Inside) -> MutexGuard<'_, Core> {
    lock()
}

fn lock() -> MutexGuard<'static, Core> {
    CORE.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner)
}

/// Nobody else holds the lock while the process is copied, so that the copy can use it.
extern "C" fn before_fork() {
    let _ = HELD.try_with(|held| {
        if let Ok(mut held) = held.try_borrow_mut() {
            *held = Inside::enter().map(|inside| (lock(), inside));
        }
    });
}

extern "C" fn in_parent() {
    let _ = HELD.try_with(|held| held.try_borrow_mut().map(|mut held| held.take()));
}

/// The child begins with empty hands: what was measured so far is its parent's to write. Nothing is freed, since other
/// threads of the parent may have been at it.
extern "C" fn in_child() {
    let _ = HELD.try_with(|held| {
        let Some((mut core, _inside)) = held.try_borrow_mut().ok().and_then(|mut held| held.take()) else {
            STATE.store(OFF, Relaxed);
            return;
        };
        STATE.fetch_add(1, Relaxed);
        std::mem::forget(std::mem::take(&mut core.lanes));
        std::mem::forget(std::mem::take(&mut core.free_lanes));
        core.process_wide = None;
        for entry in core.entries.iter_mut().flatten() {
            entry.cold = None;
            std::mem::forget(std::mem::take(&mut entry.failed));
            std::mem::forget(std::mem::take(&mut entry.rest));
            std::mem::forget(std::mem::take(&mut entry.told));
        }
    });
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::sync::mpsc::channel;
    use std::thread;
    use std::time::Duration;

    use super::*;

    /// How long a thread may wait for a lock before it is clear that it does.
    const PATIENCE: Duration = Duration::from_secs(60);

    #[test]
    fn threads_record_while_another_holds_the_lock() {
        const THREADS: usize = 8;
        let folder = tempfile::tempdir().expect("a folder");
        let tracker = crate::Tracker::builder("lock").spool(folder.path()).start();
        crate::Tracker::builder("blocks").start_process_wide().write_to(None);
        let operation = tracker.operation("work");
        let call = || {
            operation.start().finish();
            operation.record(1);
            crate::measure!("block", ());
        };
        let meeting = Barrier::new(THREADS + 1);
        let (done, is_done) = channel();
        thread::scope(|scope| {
            for _ in 0..THREADS {
                let (done, meeting) = (done.clone(), &meeting);
                scope.spawn(move || {
                    (0..2).for_each(|_| call());
                    meeting.wait();
                    meeting.wait();
                    (0..100).for_each(|_| call());
                    done.send(())
                });
            }
            meeting.wait();
            let inside = Inside::enter().expect("nobody of this thread is inside");
            let held = core(&inside);
            meeting.wait();
            let answers = (0..THREADS).filter(|_| is_done.recv_timeout(PATIENCE).is_ok()).count();
            drop(held);
            assert_eq!(answers, THREADS, "a thread waits for the lock");
        });
    }

    #[test]
    fn an_operation_is_a_number_for_other_languages() {
        let operation = Operation { index: 4_095, unique: u32::MAX };
        assert_eq!(Operation::from_u64(operation.to_u64()), operation);
        assert_eq!(Operation::from_u64(0), Operation::NONE);
    }
}
