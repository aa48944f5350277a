//! An allocator that counts, for a program that wants to know what its phases allocate.

use std::alloc::System;
use std::cell::Cell;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};

/// An allocator that counts bytes and allocations and leaves the work to another one.
///
/// ```
/// use std::alloc::System;
///
/// use plimsoll_probe::CountingAllocator;
///
/// #[global_allocator]
/// static ALLOCATOR: CountingAllocator<System> = CountingAllocator::system();
/// # fn main() {}
/// ```
///
/// Every phase then comes with `allocations`, `allocated_bytes` and `heap` (what is allocated when it ends). The numbers
/// are those of the whole process while the phase was open, as resident memory is; phases that overlapped have no
/// `allocations` and `allocated_bytes`, since both would claim the same. Each thread counts for itself, so that counting
/// makes no thread wait for another.
///
/// It does not say where in the program most is allocated: to walk the stack takes microseconds, where the allocation itself
/// takes some ten nanoseconds. Whoever knows the places says them with [`Tracker::allocator`](crate::Tracker::allocator).
#[derive(Debug)]
pub struct CountingAllocator<A = System> {
    pub(crate) inner: A,
}

impl CountingAllocator<System> {
    /// Counts in front of the system's allocator.
    pub const fn system() -> Self {
        Self { inner: System }
    }
}

impl<A> CountingAllocator<A> {
    /// Counts in front of another allocator.
    pub const fn new(inner: A) -> Self {
        Self { inner }
    }
}

/// What was allocated since the program began.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Allocated {
    /// How many times memory was asked for.
    pub count: u64,
    /// How many bytes in all.
    pub bytes: u64,
    /// How many bytes were given back.
    pub released_bytes: u64,
}

impl Allocated {
    /// What was allocated until now; `None` without a [`CountingAllocator`].
    pub fn now() -> Option<Self> {
        let mut sum = Self::default();
        for lane in &LANES {
            sum.count += lane.count.load(Relaxed);
            sum.bytes += lane.bytes.load(Relaxed);
            sum.released_bytes += lane.released_bytes.load(Relaxed);
        }
        (sum.count > 0).then_some(sum)
    }

    /// What is allocated and not given back.
    pub fn live_bytes(self) -> u64 {
        self.bytes.saturating_sub(self.released_bytes)
    }
}

/// Threads beyond this number share counters; the sums stay right.
const LANE_COUNT: usize = 64;

/// Counters of one thread, on cache lines of their own.
#[repr(align(128))]
struct Lane {
    count: AtomicU64,
    bytes: AtomicU64,
    released_bytes: AtomicU64,
}

static LANES: [Lane; LANE_COUNT] = [const {
    Lane { count: AtomicU64::new(0), bytes: AtomicU64::new(0), released_bytes: AtomicU64::new(0) }
}; LANE_COUNT];
static NEXT_LANE: AtomicU32 = AtomicU32::new(0);

thread_local! {
    /// No destructor, so that it can be used while a thread starts and ends.
    static LANE: Cell<u32> = const { Cell::new(u32::MAX) };
}

fn lane() -> &'static Lane {
    let number = LANE.try_with(|lane| {
        if lane.get() == u32::MAX {
            lane.set(NEXT_LANE.fetch_add(1, Relaxed) % LANE_COUNT as u32);
        }
        lane.get()
    });
    &LANES[number.unwrap_or(0) as usize % LANE_COUNT]
}

#[inline]
pub(crate) fn count_allocation(bytes: usize) {
    let lane = lane();
    lane.count.fetch_add(1, Relaxed);
    lane.bytes.fetch_add(bytes as u64, Relaxed);
}

#[inline]
pub(crate) fn count_release(bytes: usize) {
    lane().released_bytes.fetch_add(bytes as u64, Relaxed);
}
