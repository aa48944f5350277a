"""The tracker of the process."""

from __future__ import annotations

import os
import sys

from . import _logging, _native, _settings
from ._tracker import Tracker


class ProcessTracker(Tracker):
    """The tracker that stands for the process, for numbers that belong to no run of their own.

    It is started when it is first used, under the program's name. ``snapshot`` writes what was measured, and what no
    snapshot has written is written when the process ends. Under pytest it measures, and writes nothing unless
    ``PLIMSOLL_UNDER_PYTEST=1`` wants it."""

    def __init__(self) -> None:
        self.name = ""
        self._spool: str | None = None
        self._prepare()

    def __getattr__(self, name: str) -> _native.Tracker:
        if name != "_inner":
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        is_first = not self.name
        self._open()
        if is_first and self._inner.is_enabled:
            import atexit

            atexit.register(self._say_last)
            if hasattr(os, "register_at_fork"):
                os.register_at_fork(after_in_child=self._open_in_child)
            self._be_heard_as_worker()
        return self._inner

    def _open(self) -> None:
        self.name = _settings.program_name()
        self._inner = _native.Tracker.process_wide(self.name, _settings.tools())
        self._usual_spool = self._inner.status()[0]
        if _settings.is_under_test():
            self._inner.write_to(None)

    def _open_in_child(self) -> None:
        """The child's numbers are its own. Their units and limits are those of the parent."""
        self._open()
        if self._spool is not None:
            self._inner.write_to(self._spool)
        for name, declaration in self._declared.items():
            self._inner.declare(name, *declaration)
        self._be_heard_as_worker()

    def _be_heard_as_worker(self) -> None:
        """Workers of ``multiprocessing`` end without a word, but for what they are told to do at the end; and they
        forget that when they begin, but for what is to be done after a fork."""
        util, process = (sys.modules.get(f"multiprocessing.{name}") for name in ("util", "process"))
        if util is not None and process is not None:
            util.register_after_fork(self, _write_at_end_of_worker)
            if process.parent_process() is not None:
                _write_at_end_of_worker(self)

    def divert(self, folder: str | None) -> None:
        """Writes to this folder from now on, also in children; without one, where it would have."""
        self._spool = folder
        if folder is not None or _settings.is_under_test():
            self._inner.write_to(folder)
        else:
            self._inner.write_to(self._usual_spool)

    def finish(self) -> None:
        """The same as ``snapshot``: the process goes on."""
        self.snapshot()

    def _say_last(self) -> None:
        if self._inner.is_enabled:
            self._tell_heap()
            self._say_end()


def _write_at_end_of_worker(tracker: ProcessTracker) -> None:
    from multiprocessing.util import Finalize

    Finalize(None, tracker.snapshot, exitpriority=-100)


tracker = ProcessTracker()
measure = tracker.measure
