//! The clock of hot operations: the processor's cycle counter where it is steady, else the system's.
//!
//! A reading is a number of ticks; only differences mean something. Phases and whole runs, which are few and long, are
//! timed by [`Instant`] in any case.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use crate::inside::Inside;
use crate::native;

/// A moment, in ticks of this process's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment(u64);

impl Moment {
    /// A moment that means nothing.
    pub(crate) const ZERO: Self = Self(0);

    /// Now.
    #[inline(always)]
    pub fn now() -> Self {
        match SOURCE.load(Relaxed) {
            COUNTER => Self(native::cycle_counter()),
            SYSTEM => Self(system_ticks()),
            _ => first(),
        }
    }

    /// Nanoseconds from `self` to `later`; 0 where the clock went back.
    #[inline(always)]
    pub fn ns_until(self, later: Self) -> u64 {
        let ticks = later.0.saturating_sub(self.0);
        ((u128::from(ticks) * u128::from(SCALE.load(Relaxed))) >> 32) as u64
    }

    /// Nanoseconds from `self` until now.
    #[inline(always)]
    pub fn elapsed_ns(self) -> u64 {
        self.ns_until(Self::now())
    }
}

const UNKNOWN: u8 = 0;
const SYSTEM: u8 = 1;
const COUNTER: u8 = 2;

/// Nanoseconds a tick, in units of 2^-32, when a tick is a nanosecond.
const ONE: u64 = 1 << 32;
/// How long the counter is held against the system's clock before the first reading.
const CALIBRATION: Duration = Duration::from_micros(50);
/// How often is looked whether that has passed: the system's clock may stand still, where somebody replaced it for a test.
const MOST_LOOKS: u32 = 20_000;
/// By how much the two clocks may disagree over a longer time.
const MOST_DRIFT: f64 = 0.001;
/// Shorter spans say nothing about drift: reading the two clocks takes time itself.
const DRIFT_SPAN: Duration = Duration::from_millis(20);

static SOURCE: AtomicU8 = AtomicU8::new(UNKNOWN);
static SCALE: AtomicU64 = AtomicU64::new(ONE);
static ANCHOR: OnceLock<Pair> = OnceLock::new();

/// Both clocks at one moment.
#[derive(Debug, Clone, Copy)]
struct Pair {
    instant: Instant,
    ticks: u64,
}

impl Pair {
    /// The closest of a few readings.
    fn read() -> Self {
        let reading = || {
            let before = Instant::now();
            let ticks = native::cycle_counter();
            (before.elapsed(), Self { instant: before, ticks })
        };
        (0..4).map(|_| reading()).min_by_key(|(gap, _)| *gap).map_or_else(|| reading().1, |(_, pair)| pair)
    }

    fn scale_until(self, later: Self) -> Option<u64> {
        let ticks = later.ticks.checked_sub(self.ticks).filter(|ticks| *ticks > 0)?;
        let nanoseconds = later.instant.checked_duration_since(self.instant)?.as_nanos();
        u64::try_from((nanoseconds << 32) / u128::from(ticks)).ok()
    }
}

fn system_ticks() -> u64 {
    ANCHOR.get().map_or(0, |anchor| anchor.instant.elapsed().as_nanos() as u64)
}

/// Chooses the clock. Whoever calls at the same time waits.
#[cold]
fn first() -> Moment {
    let Some(_inside) = Inside::enter() else {
        return Moment::ZERO;
    };
    let mut scale = None;
    ANCHOR.get_or_init(|| {
        let anchor = Pair::read();
        if native::has_steady_counter() && kernel_trusts_counter() {
            scale = goes_on(|| anchor.instant.elapsed()).then(|| anchor.scale_until(Pair::read())).flatten();
        }
        SCALE.store(scale.unwrap_or(ONE), Relaxed);
        SOURCE.store(if scale.is_some() { COUNTER } else { SYSTEM }, Relaxed);
        anchor
    });
    if SOURCE.load(Relaxed) == COUNTER { Moment(native::cycle_counter()) } else { Moment(system_ticks()) }
}

/// Waits until the clock has gone on; false where it stands still.
fn goes_on(elapsed: impl Fn() -> Duration) -> bool {
    (0..MOST_LOOKS).any(|_| {
        std::hint::spin_loop();
        elapsed() >= CALIBRATION
    })
}

/// The kernel watches the counter of every processor, and stops using one that is not steady.
fn kernel_trusts_counter() -> bool {
    let path = "/sys/devices/system/clocksource/clocksource0/current_clocksource";
    let source = std::fs::read_to_string(path).unwrap_or_default();
    matches!(source.trim(), "tsc" | "kvm-clock")
}

/// Whether the cycle counter is in use.
pub fn uses_cycle_counter() -> bool {
    Moment::now();
    SOURCE.load(Relaxed) == COUNTER
}

/// Holds the counter against the system's clock over the time since the first reading, which is longer each time, and
/// makes the scale more exact. By which share the two disagree, if that is too much.
pub(crate) fn check() -> Option<f64> {
    let anchor = ANCHOR.get()?;
    if SOURCE.load(Relaxed) != COUNTER || anchor.instant.elapsed() < DRIFT_SPAN {
        return None;
    }
    let scale = anchor.scale_until(Pair::read())?;
    let drift = scale as f64 / SCALE.load(Relaxed) as f64 - 1.0;
    SCALE.store(scale, Relaxed);
    (drift.abs() > MOST_DRIFT * 10.0 || drift.abs() > MOST_DRIFT && REFINED.swap(1, Relaxed) > 0)
        .then_some(drift)
}

/// Whether the scale comes of a long span already; the first one is coarse.
static REFINED: AtomicU8 = AtomicU8::new(0);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_goes_back_gives_no_time() {
        Moment::now();
        assert_eq!(Moment(1_000).ns_until(Moment(10)), 0);
        assert_eq!(Moment(u64::MAX).ns_until(Moment(0)), 0);
    }

    #[test]
    fn the_two_clocks_agree() {
        let (start, began) = (Moment::now(), Instant::now());
        let mut sum = 0_u64;
        while began.elapsed() < Duration::from_millis(25) {
            sum = sum.wrapping_add(1);
        }
        let (ns, expected) = (start.elapsed_ns() as f64, began.elapsed().as_nanos() as f64);
        assert!(ns < expected * 1.5 && ns > expected * 0.5, "{ns} {expected} {sum}");
        check();
    }

    #[test]
    fn a_clock_that_stands_still_is_not_waited_for() {
        assert!(!goes_on(|| Duration::ZERO));
        assert!(goes_on(|| CALIBRATION));
    }

    #[test]
    fn a_scale_needs_ticks() {
        let now = Instant::now();
        let pair = |ns, ticks| Pair { instant: now + Duration::from_nanos(ns), ticks };
        assert_eq!(pair(0, 0).scale_until(pair(500, 1_000)), Some(ONE / 2));
        assert_eq!(pair(0, 10).scale_until(pair(500, 10)), None);
        assert_eq!(pair(0, 10).scale_until(pair(500, 5)), None);
    }
}
