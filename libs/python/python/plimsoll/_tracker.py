"""The tracker and its phases."""

from __future__ import annotations

import sys
import time
from contextvars import ContextVar, copy_context

from . import _logging, _native, _settings
from ._decorator import Measure
from ._duration import convert

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import Callable
    from types import TracebackType
    from typing import Literal, SupportsFloat, TypeVar, overload

    from ._heap import Heap, HeapOfPhase
    from ._native import Measured, Summary

    Direction = Literal["lower", "higher", "none"]
    Severity = Literal["info", "warning", "error", "critical"]
    F = TypeVar("F", bound=Callable[..., object])
    T = TypeVar("T")
    # Unit, direction, the most and the least, and the target's name.
    Declaration = tuple[str, Direction, float | None, float | None, str | None]


# The most names of a kind that are kept: those that the native half keeps.
_MOST_NAMES = 4_096


class Tracker:
    """Measures something that begins and ends: a build, an import, a session.

    ``finish``, or leaving its ``with``, writes one line to the spool. Recording never fails the program: what
    cannot be kept is counted in ``status``. Usable from every thread and task.

    ``heap=True`` asks for ``tracemalloc`` too, which makes code that allocates much several times slower: times
    measured with it are no times to compare with others.
    """

    _inner: _native.Tracker

    def __init__(
        self,
        name: str,
        *,
        spool: str | os.PathLike[str] | None = None,
        project: str | None = None,
        suite: str | None = None,
        session: str | None = None,
        heap: bool = False,
    ) -> None:
        self.name = name
        self._prepare()
        self._inner = _native.Tracker(name, _settings.tools(), spool, project, suite, session)
        if spool is None and _settings.is_under_test():
            self._inner.write_to(None)
        if heap:
            self.trace_heap()

    def _prepare(self) -> None:
        self._began = time.perf_counter()
        self._ended: float | None = None
        self._declared: dict[str, Declaration] = {}
        self._items: dict[str, float] = {}
        self._items_of_phases: dict[str, float] = {}
        self._heap: Heap | None = None

    # What is measured.

    def phase(self, name: str) -> Phase:
        """Begins a phase, which ends when its ``with`` (or ``async with``) does. Inside another one it is a part
        of that."""
        if not self._inner.is_enabled:
            return _NO_PHASE
        return Phase(self, name, _innermost(self))

    if TYPE_CHECKING:

        @overload
        def measure(self, name: F, /) -> F: ...
        @overload
        def measure(
            self,
            name: str | None = None,
            /,
            *,
            id: str | None = None,
            target: str | None = None,
            **parameters: str,
        ) -> Measure: ...

    def measure(
        self,
        name: str | Callable[..., object] | None = None,
        /,
        *,
        id: str | None = None,
        target: str | None = None,
        **parameters: str,
    ) -> object:
        """Decorates a function: its calls are timed as an operation. Coroutines are timed until they are done,
        generators while they work. What raises counts as failed."""
        if callable(name):
            return Measure(self, None, None, None, {})(name)
        return Measure(self, name, id, target, parameters)

    def start(self, name: str) -> None:
        """Begins a call that ``stop`` ends, maybe on another thread."""
        self._inner.start(name)

    def stop(self, name: str, *, failed: bool = False) -> float | None:
        """Ends the last call of that name that ``start`` began, and gives its seconds; ``None`` if there is none."""
        ns = self._inner.stop(name, failed)
        return None if ns is None else ns / 1e9

    def record(
        self,
        name: str,
        value: SupportsFloat,
        unit: str | None = None,
        direction: Direction | None = None,
    ) -> None:
        """Records a value of the program's own. Of several values of one name the mean counts."""
        if (unit is not None or direction is not None) and shown(name) not in self._declared:
            self.declare(name, unit or "", direction or "none")
        self._inner.record(name, value)

    def count(self, name: str, by: SupportsFloat = 1) -> None:
        """Adds to a count of the program's own."""
        self._inner.count(name, by)

    def items(self, count: float, noun: str = "items") -> None:
        """Adds items that the whole handled; a target can then be a budget for each of them."""
        self._inner.items(noun, count)
        _add(self._items, noun, count)

    def declare(
        self,
        name: str,
        unit: str = "",
        direction: Direction = "none",
        *,
        target: str | float | None = None,
        id: str | None = None,
    ) -> None:
        """Says once what unit a name has, which way is better, and what its limit is: the most, or where higher
        is better the least. The limit is a number in that unit, or a duration such as ``"500 ms"``.

        ValueError if the direction or the target is none."""
        limit = None if target is None else convert(target, unit)
        least, most = (limit, None) if direction == "higher" else (None, limit)
        declaration: Declaration = (unit, direction, most, least, None if limit is None else id)
        self._inner.declare(name, *declaration)
        _keep(self._declared, shown(name), declaration)

    def note(self, message: str, severity: Severity = "info") -> None:
        """Adds a remark to the run, and to the log."""
        self._inner.note(severity, message)
        _logging.say(severity, message)

    def fail(self) -> None:
        """Says that what is tracked failed: the run enters no baseline."""
        self._inner.fail()

    def trace_heap(self) -> None:
        """Begins to trace what Python allocates, with ``tracemalloc``, which slows allocation down by far."""
        if self._heap is None and self._inner.is_enabled:
            from ._heap import Heap

            self._heap = Heap()
            _logging.say("warning", "tracemalloc is on: code that allocates is several times slower")

    # What came of it.

    def measured(self) -> list[Measured]:
        """What was measured since the last line, without writing it."""
        return self._inner.measured()

    def snapshot(self) -> list[Measured]:
        """Writes what was measured since the last line, and gives it. The tracker goes on."""
        self._tell_heap()
        _logging.say_warnings(self._inner, is_end=False)
        return self._inner.snapshot()

    def finish(self) -> None:
        """Ends it and writes its line. What is recorded later is left out."""
        if self._ended is None:
            self._tell_heap()
            self._ended = time.perf_counter()
            self._inner.finish()
            self._say_end()
            if self._heap is not None:
                self._heap.close()

    def reset(self) -> None:
        """Forgets what was measured since the last line."""
        self._inner.reset()
        self._items.clear()
        self._items_of_phases.clear()

    def summary_line(self) -> str:
        """One line: items handled, time, the peak of resident memory, and of the heap where it is traced."""
        ended = time.perf_counter() if self._ended is None else self._ended
        items = self._items or self._items_of_phases
        # Another thread may add to them meanwhile.
        parts = [f"{count:,.10g} {noun}" for noun, count in items.copy().items()]
        parts.append(f"{ended - self._began:.2f}s")
        resident = _native.resident_memory()
        if resident is not None:
            parts.append(f"{resident[1] / 1e6:.1f}MB RSS")
        if self._heap is not None:
            parts.append(f"{self._heap.peak_bytes() / 1e6:.1f}MB heap")
        return " | ".join(parts)

    def summary(self) -> Summary:
        """What was measured until now, held against the baselines and targets that ``plimsoll`` left beside the spool: the
        worst first, as a table when it is printed. That file is read once, and never where nothing is written."""
        return self._inner.summary(self.summary_line())

    def prometheus_text(self) -> str:
        """What was measured, in the text format of Prometheus."""
        from ._prometheus import text_of

        return text_of(self._inner.measured())

    @property
    def is_enabled(self) -> bool:
        """Whether anything is measured."""
        return self._inner.is_enabled

    def status(self) -> Status:
        """How the tracker itself fares."""
        return Status(*self._inner.status())

    def _say_end(self) -> None:
        _logging.say_warnings(self._inner, is_end=True)
        if _logging.is_summary_heard():
            _logging.say("info", "%s", self.summary().headline)

    def _tell_heap(self) -> None:
        if self._heap is not None:
            self._heap.tell(self._inner, self.name)

    def __enter__(self) -> Tracker:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if _is_failure(kind, error):
            self.fail()
        self.finish()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r}>"


class Status:
    """How a tracker fares. Measuring never fails the program: this is where to look when numbers are missing."""

    __slots__ = (
        "last_error",
        "lines_left_out",
        "lines_written",
        "misuses",
        "spool",
        "summaries_left_out",
        "values_left_out",
    )

    def __init__(
        self,
        spool: str | None,
        lines_written: int,
        lines_left_out: int,
        values_left_out: int,
        misuses: int,
        summaries_left_out: int,
        last_error: str | None,
    ) -> None:
        self.spool = spool
        self.lines_written = lines_written
        self.lines_left_out = lines_left_out
        self.values_left_out = values_left_out
        self.misuses = misuses
        self.summaries_left_out = summaries_left_out
        self.last_error = last_error

    def __repr__(self) -> str:
        return f"Status({', '.join(f'{name}={getattr(self, name)!r}' for name in self.__slots__)})"


class Phase:
    """A part of what a tracker measures: time, memory, and the items it handles."""

    __slots__ = ("_before", "_heap", "_inner", "_items", "_parent", "_tracker", "is_ended")

    _inner: _native.Phase

    def __init__(self, tracker: Tracker, name: str, parent: Phase | None) -> None:
        self._tracker = tracker
        self._parent = parent
        self._before: Phase | None = None
        self._items: dict[str, float] = {}
        self.is_ended = False
        self._heap: HeapOfPhase | None = None if tracker._heap is None else tracker._heap.phase()
        self._inner = tracker._inner.phase(name) if parent is None else parent._inner.phase(name)

    def phase(self, name: str) -> Phase:
        """Begins a phase within this one, wherever it is called."""
        return Phase(self._tracker, name, self)

    def items(self, count: float, noun: str = "items") -> None:
        """Adds items that were handled."""
        self._inner.items(noun, count)
        _add(self._items, noun, count)

    def end(self, *, failed: bool = False) -> None:
        """Ends it. What is ended twice stays as it was ended first."""
        if not self.is_ended:
            self.is_ended = True
            most = self._tracker._items_of_phases
            for noun, count in self._items.copy().items():
                _keep(most, noun, max(count, most.get(noun, 0)))
            if self._heap is not None and self._tracker.is_enabled:
                self._heap.tell(self._tracker._inner, self.path, failed)
        self._inner.end(failed)

    @property
    def path(self) -> str:
        """The whole name, such as ``build/discovery``."""
        return self._inner.path

    def __enter__(self) -> Phase:
        self._before = _OPEN.get()
        _set_open(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        # A generator may be closed in another context than it was opened in, or while phases are open that were opened
        # after it: those stay, and whoever looks for the innermost passes over what has ended.
        if _OPEN.get() is self:
            _set_open(self._before)
        self._before = None
        self.end(failed=_is_failure(kind, error))

    async def __aenter__(self) -> Phase:
        return self.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.__exit__(kind, error, traceback)

    def __repr__(self) -> str:
        return f"<Phase {self.path!r}>"


class _NoPhase(Phase):
    """What a tracker that is off gives: shared by all, and nothing in it."""

    def __init__(self) -> None:
        self.is_ended = True

    def phase(self, name: str) -> Phase:
        return self

    def items(self, count: float, noun: str = "items") -> None:
        pass

    def end(self, *, failed: bool = False) -> None:
        pass

    @property
    def path(self) -> str:
        return ""

    def __enter__(self) -> Phase:
        return self

    def __exit__(self, *_: object) -> None:
        pass


_NO_PHASE = _NoPhase()
_OPEN: ContextVar[Phase | None] = ContextVar("plimsoll_phase", default=None)


def _set_open(phase: Phase | None) -> None:
    # Before Python 3.12 a collection may come while the context is being changed, and a finalizer that opens a phase
    # would change it too, and free what is being read. Whoever holds a copy keeps that alive.
    kept = copy_context() if sys.version_info < (3, 12) else None
    _OPEN.set(phase)
    del kept


def _innermost(tracker: Tracker) -> Phase | None:
    """The phase of this tracker that is open where the caller stands."""
    phase = _OPEN.get()
    while phase is not None and (phase.is_ended or phase._tracker is not tracker):
        phase = phase._before or phase._parent
    return phase


def _is_failure(kind: type[BaseException] | None, error: BaseException | None) -> bool:
    # A generator is closed by whoever has had enough of it, and what ends by `sys.exit(0)` has done what it should.
    if isinstance(error, SystemExit) and error.code in (None, 0):
        return False
    return kind is not None and kind is not GeneratorExit


def shown(name: object) -> str:
    """A name that can be shown: one that is no text as Python shows it, where it does."""
    try:
        return str(name).encode("utf-8", "replace").decode()
    except Exception:
        return "unnamed"


def _add(items: dict[str, float], noun: str, count: SupportsFloat) -> None:
    try:
        noun = shown(noun)
        _keep(items, noun, items.get(noun, 0) + float(count))
    except Exception:
        # It is no number: the native half has counted it as left out.
        pass


def _keep(names: dict[str, T], name: str, value: T) -> None:
    # The native half counts those beyond as left out.
    if len(names) < _MOST_NAMES or name in names:
        names[name] = value
