//! Being inside of the library: a thread that holds a lock of ours, or does what is done once, must not come in again. It
//! would, from an allocator that is measured itself, from a signal handler, or from what others do around a fork.

use std::cell::Cell;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed, Ordering::SeqCst, compiler_fence};

thread_local! {
    /// The rooms this thread is in, a bit for each. No destructor, so that it can be asked at any time.
    static ROOMS: Cell<u8> = const { Cell::new(0) };
}

/// How often somebody was turned away.
static TURNED_AWAY: AtomicU64 = AtomicU64::new(0);

/// Where a thread can be once at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Room {
    /// Where locks are held and what happens once is done.
    Locks = 1,
    /// Where the tracker of the process is started, which passes through [`Self::Locks`].
    Start = 2,
    /// Where a `measure!` asks for its operation.
    Register = 4,
}

/// Proof that the thread came into a room, and is in it until this is dropped.
#[derive(Debug)]
pub(crate) struct Inside {
    room: Room,
    /// It is about the thread.
    _not_send: PhantomData<*const ()>,
}

impl Inside {
    /// Comes in where locks are; `None` where the thread is there already: whatever it came for is left out, and counted.
    pub(crate) fn enter() -> Option<Self> {
        Self::enter_room(Room::Locks)
    }

    pub(crate) fn enter_room(room: Room) -> Option<Self> {
        let rooms = ROOMS.get();
        if rooms & room as u8 != 0 {
            TURNED_AWAY.fetch_add(1, Relaxed);
            return None;
        }
        ROOMS.set(rooms | room as u8);
        // A signal handler of this thread sees it before any lock is taken.
        compiler_fence(SeqCst);
        Some(Self { room, _not_send: PhantomData })
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        compiler_fence(SeqCst);
        ROOMS.set(ROOMS.get() & !(self.room as u8));
    }
}

/// How often somebody was turned away since this was last asked.
pub(crate) fn take_turned_away() -> u64 {
    // Nearly always there is nothing to take.
    if TURNED_AWAY.load(Relaxed) == 0 { 0 } else { TURNED_AWAY.swap(0, Relaxed) }
}
