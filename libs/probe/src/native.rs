//! What the standard library does not offer: the processor's cycle counter, what happens around a fork and at the end
//! of the process, and an allocator that counts. All of the crate's `unsafe` is here.
#![expect(
    unsafe_code,
    reason = "a cycle counter, two hooks of the C library and an allocator cannot be had without"
)]

use std::alloc::{GlobalAlloc, Layout};

use crate::allocation::{self, CountingAllocator};

/// Reads the cycle counter. Only meaningful where [`has_steady_counter`] holds.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
pub(crate) fn cycle_counter() -> u64 {
    // SAFETY: every x86-64 processor has the instruction. A system that forbids it to user programs has no steady
    // counter to offer either: it is refused by `has_steady_counter`, which asks the kernel too.
    unsafe { core::arch::x86_64::_rdtsc() }
}

/// There is no counter that is known to be steady.
#[cfg(not(target_arch = "x86_64"))]
#[inline(always)]
pub(crate) fn cycle_counter() -> u64 {
    0
}

/// Whether the processor says that its counter runs at one rate, whatever the clock frequency and the sleep state.
#[cfg(target_arch = "x86_64")]
pub(crate) fn has_steady_counter() -> bool {
    const POWER_LEAF: u32 = 0x8000_0007;
    const INVARIANT_BIT: u32 = 1 << 8;
    let highest = core::arch::x86_64::__cpuid(0x8000_0000).eax;
    highest >= POWER_LEAF && core::arch::x86_64::__cpuid(POWER_LEAF).edx & INVARIANT_BIT != 0
}

/// Other processors are timed by the system's clock.
#[cfg(not(target_arch = "x86_64"))]
pub(crate) fn has_steady_counter() -> bool {
    false
}

/// Calls `before` and `in_parent` in the process that forks, and `in_child` in the one that comes of it.
#[cfg(unix)]
pub(crate) fn around_fork(before: extern "C" fn(), in_parent: extern "C" fn(), in_child: extern "C" fn()) {
    unsafe extern "C" {
        fn pthread_atfork(
            prepare: Option<extern "C" fn()>,
            parent: Option<extern "C" fn()>,
            child: Option<extern "C" fn()>,
        ) -> i32;
    }
    // SAFETY: the declaration is that of POSIX, and the three functions live as long as the program. It can only fail
    // for want of memory; then a child counts on top of what its parent counted, and writes it with its own number.
    unsafe { pthread_atfork(Some(before), Some(in_parent), Some(in_child)) };
}

/// There is no fork here.
#[cfg(not(unix))]
pub(crate) fn around_fork(_: extern "C" fn(), _: extern "C" fn(), _: extern "C" fn()) {}

/// Calls `last` when the process ends by returning from `main` or by `exit`.
pub(crate) fn at_exit(last: extern "C" fn()) {
    unsafe extern "C" {
        fn atexit(last: extern "C" fn()) -> i32;
    }
    // SAFETY: the declaration is that of the C standard, and the function lives as long as the program. Where it fails,
    // nothing is written at the end that was not written by a snapshot.
    unsafe { atexit(last) };
}

// SAFETY: every call goes to the inner allocator with the arguments it came with, and its answer comes back unchanged;
// counting touches atomics only and allocates nothing.
unsafe impl<A: GlobalAlloc> GlobalAlloc for CountingAllocator<A> {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        allocation::count_allocation(layout.size());
        // SAFETY: the caller keeps the contract of `GlobalAlloc::alloc`.
        unsafe { self.inner.alloc(layout) }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        allocation::count_allocation(layout.size());
        // SAFETY: the caller keeps the contract of `GlobalAlloc::alloc_zeroed`.
        unsafe { self.inner.alloc_zeroed(layout) }
    }

    #[inline]
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        allocation::count_release(layout.size());
        // SAFETY: the caller keeps the contract of `GlobalAlloc::dealloc`.
        unsafe { self.inner.dealloc(pointer, layout) }
    }

    #[inline]
    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        allocation::count_release(layout.size());
        allocation::count_allocation(new_size);
        // SAFETY: the caller keeps the contract of `GlobalAlloc::realloc`.
        unsafe { self.inner.realloc(pointer, layout, new_size) }
    }
}
