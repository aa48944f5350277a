"""What measuring costs: one table, every row in this process, in turns.

    python benches/overhead.py [ROUNDS]

Times of calls are medians of the rounds; what a process takes once is the least of fifteen processes.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import timeit
from collections.abc import Callable
from functools import wraps
from time import perf_counter

CALLS = 50_000
durations: list[float] = []


def bare() -> None:
    pass


def clock_pair() -> None:
    perf_counter()
    perf_counter()


def appending(function: Callable[[], None]) -> Callable[[], None]:
    """The decorator that everybody writes first."""

    @wraps(function)
    def measured() -> None:
        start = perf_counter()
        try:
            return function()
        finally:
            durations.append(perf_counter() - start)

    return measured


def summary(series: int) -> str:
    """What the command leaves of a suite with so many series."""

    def one(number: int) -> dict[str, object]:
        center = 1234567.8901234 + number
        trend = [center * (1 + run / 97) for run in range(8)]
        return {
            "benchmark": f"build/rendering/step {number}",
            "parameters": {},
            "metric": "time",
            "unit": "ns",
            "direction": "lower",
            "value": trend[-1],
            "verdict": "unchanged",
            "severity": None,
            "baseline": {"center": center, "spread": center / 51, "runs": 12},
            "warn_beyond": center * 1.1,
            "error_beyond": center * 1.2,
            "target": None,
            "trend": trend,
        }

    line = {
        "format": "plimsoll.summary/1",
        "project": "overhead",
        "suite": "overhead",
        "testbed": "debian-12/x86_64/2/intel-xeon",
        "branch": "main",
        "run": "probe-7",
        "commit": None,
        "measured_at": "2026-11-21T04:38:00Z",
        "verdict": "pass",
        "index": 99.1,
        "alerts": 0,
        "series": [one(number) for number in range(series)],
    }
    return json.dumps(line, separators=(",", ":")) + "\n"


def child(code: str, series: int = 0, **environment: str) -> str:
    names = {"PLIMSOLL_PROJECT": "overhead", "PLIMSOLL_SUITE": "overhead"}
    with tempfile.TemporaryDirectory() as folder:
        if series:
            with open(os.path.join(folder, "v1-summary.jsonl"), "w") as file:
                file.write(summary(series))
        variables = {**os.environ, **names, "PLIMSOLL_SPOOL": folder, **environment}
        done = subprocess.run([sys.executable, "-c", code], env=variables, capture_output=True, text=True, check=True)
    return done.stdout


IMPORT = "import time; s = time.perf_counter(); import plimsoll; print((time.perf_counter() - s) * 1e3)"
STARTUP = """
import time
from plimsoll import measure, tracker
s = time.perf_counter()
tracker.start("startup")
@measure("load", target="1 s")
def load(): pass
for number in range(10):
    with tracker.phase(f"step {number}") as phase:
        phase.items(10)
        load()
tracker.record("cache_hit_rate", 0.93, unit="ratio", direction="higher")
tracker.stop("startup")
tracker.snapshot()
print((time.perf_counter() - s) * 1e3)
"""
MEMORY = """
def private_kb():
    with open("/proc/self/smaps_rollup") as lines:
        return sum(int(line.split()[1]) for line in lines if line.startswith("Anonymous"))
import plimsoll, time
private_kb()
before = private_kb()
""" + STARTUP + "print(private_kb() - before)"
SHOWN = MEMORY.replace("tracker.snapshot()", "tracker.snapshot(); str(tracker.summary())")
DISABLED = """
import time
from plimsoll import measure
@measure("bare")
def bare(): pass
def plain(): pass
def ns(f):
    s = time.perf_counter_ns()
    for _ in range(200_000): f()
    return (time.perf_counter_ns() - s) / 200_000
print(max(0, min(ns(bare) for _ in range(7)) - min(ns(plain) for _ in range(7))))
"""


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 31
    os.environ.setdefault("PLIMSOLL_SPOOL", tempfile.mkdtemp())
    from plimsoll import Tracker

    tracker = Tracker("overhead")
    rows: dict[str, Callable[[], object]] = {
        "a function without a decorator": bare,
        "a pair of perf_counter": clock_pair,
        "pure Python, appends to a list": appending(bare),
        "@measure": tracker.measure("bare")(bare),
    }
    # Each row has a call of its own in the bytecode: the interpreter adapts a call to what it calls.
    timers = {name: timeit.Timer(function) for name, function in rows.items()}
    taken: dict[str, list[float]] = {name: [] for name in rows}
    for _ in range(rounds):
        for name, timer in timers.items():
            taken[name].append(timer.timeit(CALLS) / CALLS * 1e9)
            durations.clear()
    nothing = statistics.median(taken["a function without a decorator"])
    pair = statistics.median(taken["a pair of perf_counter"]) - nothing
    print(f"Python {sys.version.split()[0]}; median of {rounds} rounds of {CALLS} calls\n")
    print(f"{'':34} {'ns a call':>9} {'added':>7} {'of a pair':>9}")
    for name, values in taken.items():
        added = statistics.median(values) - nothing
        print(f"{name:34} {statistics.median(values):9.0f} {added:7.0f} {added / pair:9.2f}")
    tracker.finish()

    def best(code: str, line: int = 0, series: int = 0, **environment: str) -> float:
        """The least of some processes: what else runs on the machine only adds."""
        return min(float(child(code, series, **environment).split()[line]) for _ in range(15))

    print(f"\nimport plimsoll                     {best(IMPORT):8.2f} ms")
    print(f"a start-up tracked, without import  {best(STARTUP):8.2f} ms")
    print(f"  and 256 series known of it        {best(STARTUP, series=256):8.2f} ms")
    print(f"private memory it takes             {best(MEMORY, 1):8.0f} kB")
    print(f"  and 256 series known of it        {best(MEMORY, 1, series=256):8.0f} kB")
    print(f"  and its summary printed           {best(SHOWN, 1, series=256):8.0f} kB")
    print(f"disabled, added to a call           {best(DISABLED, PLIMSOLL_DISABLE='1'):8.0f} ns")


if __name__ == "__main__":
    main()
