"""What Python allocates, when that is asked for."""

from __future__ import annotations

import logging
import tracemalloc
from typing import Any

import pytest
from conftest import Program

from plimsoll import Tracker


def of(line: dict[str, Any], benchmark: str, metric: str) -> float:
    (one,) = (
        one for one in line["measurements"] if (one["benchmark"], one["metric"]) == (benchmark, metric)
    )
    assert one["unit"] == "bytes" and one["direction"] == "lower"
    return float(one["value"])


def test_the_heap_is_traced_when_asked(program: Program, caplog: pytest.LogCaptureFixture) -> None:
    assert not tracemalloc.is_tracing()
    with Tracker("t", spool=program.spool, heap=True) as tracker:
        with tracker.phase("outer"):
            with tracker.phase("before"):
                large = bytearray(3_000_000)
                del large
            with tracker.phase("inner"):
                small = bytearray(1_000_000)
        assert tracker.summary_line().split(" | ")[-1].endswith("MB heap")
    assert not tracemalloc.is_tracing()
    assert "several times slower" in caplog.text
    line = program.line()
    assert of(line, "t", "heap") >= len(small) and of(line, "t", "heap_peak") >= 3_000_000
    assert of(line, "t/outer", "heap_peak") >= 3_000_000
    assert of(line, "t/outer/before", "heap") < 1_000_000
    assert 1_000_000 <= of(line, "t/outer/inner", "heap_peak") < 3_000_000
    sites = line["allocators"]
    assert 1 <= len(sites) <= 10 and sites[0]["site"].startswith(f"{__file__}:")
    assert sites[0]["bytes"] >= 1_000_000 and sites[0]["count"] >= 1


def test_it_is_not_traced_unasked(program: Program, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with Tracker("t", spool=program.spool):
        assert not tracemalloc.is_tracing()
    line = program.line()
    assert "allocators" not in line and not any("heap" in one["metric"] for one in line["measurements"])


def test_whoever_traced_before_traces_after(program: Program) -> None:
    tracemalloc.start()
    try:
        with Tracker("t", spool=program.spool, heap=True):
            pass
        assert tracemalloc.is_tracing()
        with Tracker("u", spool=program.spool, heap=True) as tracker, tracker.phase("p"):
            tracemalloc.stop()
    finally:
        tracemalloc.stop()
    assert len(program.lines()) == 2


def test_the_process_traces_too(program: Program) -> None:
    program.run(
        """
        from plimsoll import tracker
        tracker.trace_heap()
        with tracker.phase("p"):
            kept = bytearray(500_000)
        """
    )
    line = program.line()
    assert of(line, "program", "heap") > 500_000 and of(line, "p", "heap_peak") > 500_000
