"""``pytest --plimsoll``: tests and their benchmarks, as measurements.

Without it nothing is recorded: an application's own tests never enter its history."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from . import _settings
from ._process import ProcessTracker
from ._process import tracker as process_tracker
from ._tracker import Tracker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._native import Description

_ENABLING = "PLIMSOLL_UNDER_PYTEST"
# How pytest-benchmark names what we call by other names.
_ESTIMATES = {"mean": "mean", "min": "min", "max": "max", "stddev": "deviation", "q1": "p25", "q3": "p75"}
_MOST_SAMPLES = 1_000


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("plimsoll")
    group.addoption(
        "--plimsoll",
        action="store_true",
        help="record how long tests take, and what pytest-benchmark measures, in the spool of plimsoll",
    )
    group.addoption(
        "--plimsoll-out",
        metavar="FOLDER",
        help="the folder to record in, instead of .plimsoll/spool or PLIMSOLL_SPOOL; implies --plimsoll",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    _settings.Pytest.is_running = True
    folder = config.getoption("--plimsoll-out")
    is_wanted = bool(config.getoption("--plimsoll") or folder)
    # The workers of pytest-xdist report to the process that records.
    if is_wanted and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Recording(folder), "plimsoll-recording")


def pytest_unconfigure(config: pytest.Config) -> None:
    _settings.Pytest.is_running = False


class Recording:
    """A session that is recorded."""

    _tracker: Tracker

    def __init__(self, folder: str | None) -> None:
        self._folder = folder
        self._has_failed = False
        self._durations: dict[str, Description] = {}

    def pytest_sessionstart(self) -> None:
        """Begins. What tests measure stays out of history all the same: only this tracker writes."""
        before = os.environ.get(_ENABLING)
        os.environ[_ENABLING] = "1"
        self._tracker = Tracker("pytest", spool=self._folder)
        if before is None:
            del os.environ[_ENABLING]
        else:
            os.environ[_ENABLING] = before

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keeps how long the test itself took. What was skipped took no time."""
        if report.failed:
            self._has_failed = True
        if report.when == "call" and not report.skipped:
            self._durations[report.nodeid] = {
                "benchmark": report.nodeid,
                "metric": "time",
                "value": report.duration * 1e9,
                "unit": "ns",
                "direction": "lower",
                "failed": report.failed,
            }

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Writes the line. A session that was interrupted is no good run, and one in which no test ran is none."""
        benchmarks = getattr(getattr(session.config, "_benchmarksession", None), "benchmarks", [])
        for benchmark in benchmarks:
            self._add_benchmark(benchmark)
        for duration in self._durations.values():
            self._tracker._inner.add(duration)
        if self._has_failed or exitstatus not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
            self._tracker.fail()
        if not self._has_measured():
            self._tracker._inner.write_to(None)
        self._tracker.finish()

    def _has_measured(self) -> bool:
        return any(one.metric == "time" for one in self._tracker.measured())

    def _add_benchmark(self, benchmark: Any) -> None:
        stats = getattr(benchmark, "stats", None)
        seconds: list[float] = list(getattr(stats, "data", ()))
        if not seconds or stats is None:
            return
        # What the test took in all says less than what it measured.
        self._durations.pop(benchmark.fullname, None)
        samples = [one * 1e9 for one in seconds[:: -(-len(seconds) // _MOST_SAMPLES)]]
        estimates = [(ours, float(getattr(stats, theirs)) * 1e9) for theirs, ours in _ESTIMATES.items()]
        self._tracker._inner.add(
            {
                "benchmark": benchmark.fullname,
                "metric": "time",
                "value": float(stats.median) * 1e9,
                "unit": "ns",
                "direction": "lower",
                "statistic": "median",
                "estimates": estimates,
                "samples": samples,
                "failed": bool(getattr(benchmark, "has_error", False)),
                "count": len(seconds) * int(getattr(benchmark, "iterations", 1) or 1),
            }
        )

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Says where it is."""
        status = self._tracker.status()
        if status.last_error is not None:
            terminalreporter.write_line(f"plimsoll: nothing was recorded: {status.last_error}", yellow=True)
        elif status.spool is None:
            reason = "no test ran" if self._tracker.is_enabled else "measuring is switched off"
            terminalreporter.write_line(f"plimsoll: nothing was recorded: {reason}")
        else:
            terminalreporter.write_line(f"plimsoll: recorded in {status.spool}")


@pytest.fixture
def plimsoll_tracker(tmp_path: Path) -> Iterator[ProcessTracker]:
    """The tracker of the process, with nothing in it, and a spool of the test's own in ``tmp_path / "spool"``."""
    process_tracker.reset()
    process_tracker.divert(str(tmp_path / "spool"))
    try:
        yield process_tracker
    finally:
        process_tracker.reset()
        process_tracker.divert(None)
