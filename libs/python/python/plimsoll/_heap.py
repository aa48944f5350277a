"""What Python allocates, as ``tracemalloc`` sees it."""

from __future__ import annotations

import threading
import tracemalloc

TYPE_CHECKING = False
if TYPE_CHECKING:
    from . import _native

_MOST_SITES = 10


class Heap:
    """Tracing, for a tracker. The interpreter has one mark for the peak; whoever resets it for a phase gives what it
    showed to the others first."""

    def __init__(self) -> None:
        self._has_started = not tracemalloc.is_tracing()
        if self._has_started:
            tracemalloc.start()
        # A signal handler or a finalizer that opens a phase may come while this thread holds it.
        self._lock = threading.RLock()
        self._open: set[HeapOfPhase] = set()
        self._peak = 0

    def phase(self) -> HeapOfPhase:
        """Begins to watch the peak for a phase."""
        with self._lock:
            self._look()
            tracemalloc.reset_peak()
            phase = HeapOfPhase(self)
            self._open.add(phase)
        return phase

    def end(self, phase: HeapOfPhase) -> tuple[int, int] | None:
        """What is allocated at a phase's end, and was at its peak; nothing where it began in another process."""
        with self._lock:
            current = self._look()
            if phase not in self._open:
                return None
            self._open.remove(phase)
            return current, phase.peak

    def peak_bytes(self) -> int:
        """The most that was allocated at a time."""
        with self._lock:
            self._look()
            return self._peak

    def _look(self) -> int:
        current, peak = tracemalloc.get_traced_memory()
        self._peak = max(self._peak, peak)
        for phase in tuple(self._open):
            phase.peak = max(phase.peak, peak)
        return current

    def tell(self, tracker: _native.Tracker, name: str) -> None:
        """Adds the whole's heap, and where most of it was allocated."""
        if not tracemalloc.is_tracing():
            return
        peak = self.peak_bytes()
        current = tracemalloc.get_traced_memory()[0]
        _add(tracker, name, current, peak, False)
        traces = tracemalloc.take_snapshot().filter_traces([tracemalloc.Filter(False, tracemalloc.__file__)])
        for site in traces.statistics("lineno")[:_MOST_SITES]:
            frame = site.traceback[0]
            tracker.allocator(f"{frame.filename}:{frame.lineno}", site.size, site.count)

    def open_in_child(self) -> None:
        """Begins anew after a fork: another thread of the parent may have held the lock."""
        self._lock = threading.RLock()
        self._open = set()

    def close(self) -> None:
        """Ends tracing, unless others had begun it."""
        if self._has_started:
            tracemalloc.stop()


class HeapOfPhase:
    """The peak while a phase is open."""

    def __init__(self, heap: Heap) -> None:
        self._heap = heap
        self.peak = 0

    def tell(self, tracker: _native.Tracker, path: str, failed: bool) -> None:
        """Adds the phase's heap."""
        ended = self._heap.end(self) if tracemalloc.is_tracing() else None
        if ended is not None:
            _add(tracker, path, *ended, failed)


def _add(tracker: _native.Tracker, benchmark: str, current: int, peak: int, failed: bool) -> None:
    for metric, value, statistic in (("heap", current, "last"), ("heap_peak", peak, "max")):
        tracker.add(
            {
                "benchmark": benchmark,
                "metric": metric,
                "value": value,
                "unit": "bytes",
                "direction": "lower",
                "statistic": statistic,
                "failed": failed,
            }
        )
