"""Programs that do what programs rarely do: each goes on to its own end, with its own exit code, and leaves what it
measured."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import Program, calls, messages, times


def ingest(program: Program, *names: str) -> str:
    """What the command says of the spool."""
    command = Path(sys.prefix, "bin", "plimsoll")
    files = [program.spool / name for name in names or ["v1-runs.jsonl"]]
    done = subprocess.run(
        [command, "ingest", *files, "--store", f"sqlite:{program.folder}/history.db"],
        capture_output=True,
        text=True,
        cwd=program.folder,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_the_reader_names_what_it_left_out(program: Program) -> None:
    """The first line is torn, one in the middle, and the last; a disk left zeros."""
    shared = program.spool / "v1-runs.jsonl"
    torn = b'{"format": "plimsoll.run/1", "id": "to'
    program.spool.mkdir()
    shared.write_bytes(torn)
    for tail in (torn, b"\0" * 100, torn):
        program.run(
            """
            from plimsoll import Tracker
            with Tracker("build") as tracker:
                tracker.record("x", float("nan"))
                tracker.record("y", 1)
                keep = tracker.phase("never ended")
            """
        )
        with shared.open("ab") as file:
            file.write(tail)
    said = ingest(program)
    assert said.count("\nrun ") == 3, said
    # The lines are wrapped as the terminal is wide.
    words = "".join(said.split())
    for line in (1, 3, 5, 7):
        assert f"v1-runs.jsonl:{line}:leftout" in words, said
    assert words.count("`x`:NaNisnonumber") == 3, said
    assert words.count("phase`build/neverended`wasneverclosed") == 3, said


@pytest.mark.parametrize("status", [0, 3])
def test_it_leaves_without_a_word(program: Program, status: int) -> None:
    program.run(
        f"""
        import os
        from plimsoll import Tracker, tracker
        tracker.record("before", 1)
        tracker.snapshot()
        tracker.record("after", 1)
        left = Tracker("left")
        os._exit({status})
        """,
        status=status,
    )
    metrics = {one["metric"] for one in program.line()["measurements"]}
    assert "before" in metrics and "after" not in metrics


def test_its_own_exit_code_stays(program: Program) -> None:
    for end, status in (("sys.exit(7)", 7), ("raise ValueError", 1), ("os.kill(os.getpid(), 15)", -15)):
        code = f"""
            import os, sys
            from plimsoll import Tracker, tracker
            tracker.record("x", 1)
            with Tracker("build") as build, build.phase("part"):
                {end}
            """
        program.run(code, status=status)
    # A program that is ended by a signal says nothing more.
    lines = program.lines()
    assert [(line["suite"], line.get("outcome")) for line in lines] == [
        ("build", "failed"),
        ("program", None),
    ] * 2


@pytest.mark.parametrize(("end", "status"), [("", 0), ("0", 0), ("3", 3), ("'odd'", 1)])
def test_an_exit_is_a_failure_if_it_says_so(program: Program, end: str, status: int) -> None:
    """Frameworks for commands end every program by an exit."""
    program.run(
        f"""
        import sys
        from plimsoll import Tracker
        with Tracker("build") as build, build.phase("part"):
            sys.exit({end})
        """,
        status=status,
    )
    line = program.line()
    assert line.get("outcome") == (None if status == 0 else "failed")
    assert calls(line, "build/part", "success" if status == 0 else "failed") == 1


def test_daemon_threads_record_to_the_end(program: Program) -> None:
    for _ in range(3):
        program.run(
            """
            import sys, threading
            from plimsoll import Tracker, measure, tracker

            @measure("work")
            def work():
                tracker.record("x", 1)
                with tracker.phase("p") as phase: phase.items(1)

            began = threading.Barrier(5)
            def forever(call):
                call()
                began.wait()
                while True: call()
            def run():
                with Tracker("inner") as inner: inner.record("x", 1)
            for call in (work, tracker.snapshot, tracker.measured, run):
                threading.Thread(target=forever, args=(call,), daemon=True).start()
            began.wait()
            for _ in range(100): work()
            sys.exit(7)
            """,
            status=7,
        )
    assert sum(calls(line, "work") for line in program.lines()) >= 300


def test_trackers_that_nobody_ends(program: Program) -> None:
    program.run(
        """
        import builtins
        from plimsoll import Tracker
        of_module = Tracker("of module")
        class Ring: pass
        ring = Ring()
        ring.itself, ring.tracker = ring, Tracker("ring")
        phase = Tracker("of phase").phase("open")
        """
    )
    # What the interpreter takes apart at its end is written.
    assert {line["suite"] for line in program.lines()} >= {"of module", "ring"}


def test_signal_handlers_and_finalizers_may_measure(program: Program) -> None:
    program.run(
        """
        import gc, signal
        from plimsoll import Tracker, measure, tracker

        heap = Tracker("heap", heap=True)
        count = 0

        @measure("handled")
        def handle(*_):
            global count
            count += 1
            tracker.record("x", 1)
            with heap.phase("of handler") as phase: phase.items(1)
            if count < 200: signal.setitimer(signal.ITIMER_REAL, 0.0001)

        class Thing:
            def __init__(self): self.itself = self
            def __del__(self):
                with heap.phase("of finalizer"): tracker.count("things")
                tracker.prometheus_text()

        signal.signal(signal.SIGALRM, handle)
        signal.setitimer(signal.ITIMER_REAL, 0.0001)
        made = 0
        while count < 200:
            with heap.phase("main"): pass
            tracker.measured()
        # From here on every allocation may run finalizers.
        gc.set_threshold(1, 1, 1)
        while made < 200:
            with heap.phase("main"): Thing()
            tracker.measured()
            made += 1
        del Thing
        gc.collect()
        heap.finish()
        tracker.record("made", made)
        """
    )
    heap, line = program.lines()
    assert calls(line, "handled") == 200 and calls(heap, "heap/main") >= 1
    assert messages(heap) == messages(line) == []


def test_a_signal_handler_that_raises(program: Program) -> None:
    program.run(
        """
        import signal
        from plimsoll import Tracker, measure

        class Alarm(Exception): pass
        def handle(*_): raise Alarm
        signal.signal(signal.SIGALRM, handle)

        @measure("endless")
        def endless():
            signal.raise_signal(signal.SIGALRM)
            while True: pass

        with Tracker("t") as tracker:
            for _ in range(20):
                try:
                    with tracker.phase("p"): endless()
                except Alarm: pass
        """
    )
    of_tracker, of_process = program.lines()
    assert calls(of_tracker, "t/p", "failed") == 20 and calls(of_process, "endless", "failed") == 20


def test_traced_and_profiled(program: Program) -> None:
    program.run(
        """
        import sys, threading
        from plimsoll import Tracker, measure

        seen = set()
        def trace(frame, event, argument):
            seen.add(event)
            return trace
        @measure("f")
        def f(number):
            if number == 3: raise KeyError
            return number
        def work():
            for number in range(5):
                try: f(number)
                except KeyError: pass
        for start in (sys.settrace, sys.setprofile):
            start(trace); threading.settrace(trace)
            with Tracker("t") as tracker, tracker.phase("p"):
                work()
                thread = threading.Thread(target=work)
                thread.start(); thread.join()
            start(None); threading.settrace(None)
        assert {"call", "return", "exception", "c_call"} <= seen, seen
        """
    )
    *of_trackers, of_process = program.lines()
    assert (calls(of_process, "f"), calls(of_process, "f", "failed")) == (16, 4)
    assert [calls(line, "t/p") for line in of_trackers] == [1, 1]


def test_tasks_that_are_cancelled(program: Program) -> None:
    program.run(
        """
        import asyncio
        from plimsoll import Tracker, measure

        @measure("fetch")
        async def fetch(): await asyncio.sleep(60)

        async def work(tracker, name):
            async with tracker.phase(name) as phase:
                phase.items(1)
                with tracker.phase("inner"):
                    await fetch()

        async def main(tracker):
            tasks = [asyncio.create_task(work(tracker, name)) for name in ("a", "b", "a")]
            await asyncio.sleep(0)
            for task in tasks: task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            try:
                async with asyncio.timeout(0): await work(tracker, "late")
            except (TimeoutError, AttributeError): pass
            # This one is still waiting when the loop ends.
            task = asyncio.create_task(work(tracker, "pending"))
            await asyncio.sleep(0)

        with Tracker("t") as tracker:
            asyncio.run(main(tracker))
            with tracker.phase("after"): pass
        """
    )
    of_tracker, of_process = program.lines()
    assert [calls(of_tracker, f"t/{name}", "failed") for name in ("a", "b", "a/inner", "pending")] == [2, 1, 2, 1]
    assert calls(of_tracker, "t/after") == 1 and messages(of_tracker) == []
    assert calls(of_process, "fetch", "failed") >= 4


def test_generators_that_are_not_exhausted(program: Program) -> None:
    program.run(
        """
        import asyncio
        from plimsoll import Tracker, measure

        tracker = Tracker("t")

        @measure("numbers")
        def numbers():
            with tracker.phase("generator"):
                yield from range(10)

        @measure("events")
        async def events():
            async with tracker.phase("asynchronous"):
                for number in range(10): yield number

        dropped = numbers(); next(dropped); del dropped
        never_begun = numbers(); del never_begun
        # Closed while a phase is open that began after its own.
        outlived = numbers(); next(outlived)
        with tracker.phase("outer"):
            outlived.close()
            with tracker.phase("inner"): pass
        with tracker.phase("root"): pass

        async def main():
            async for _ in events(): break
            # The loop closes it when it comes to that.
            for _ in range(3): await asyncio.sleep(0)
            kept.append(events())
            await anext(kept[0])
        kept = []
        asyncio.run(main())
        last = numbers(); next(last)
        tracker.finish()
        """
    )
    of_tracker, of_process = program.lines()
    assert calls(of_tracker, "t/generator") == 2
    # It stood in the generator's, and what came after stood in it.
    assert calls(of_tracker, "t/generator/outer/inner") == 1 and calls(of_tracker, "t/root") == 1
    assert calls(of_process, "numbers") >= 2 and calls(of_process, "events") == 2
    assert messages(of_tracker) == ["phase `t/generator` was never closed"]


def test_ten_million_records_in_constant_memory(program: Program) -> None:
    done = program.run(
        """
        import plimsoll
        from plimsoll import Tracker, _native

        def resident():
            return _native.resident_memory()[0]

        with Tracker("t") as tracker:
            operation = tracker._inner.operation("op", [])
            f = tracker.measure("f")(int)
            def rounds(count):
                for _ in range(count):
                    f()
                    _native.record(operation, 1_000)
                    _native.record(operation, 1_000)
                    _native.record(operation, 1_000)
            rounds(10_000)
            before = resident()
            rounds(2_500_000)
            for number in range(200_000): tracker.record("value", number)
            print(resident() - before)
        """
    )
    line = program.line()
    assert (calls(line, "t/op"), calls(line, "t/f")) == (7_530_000, 2_510_000)
    assert int(done.stdout) < 1_000_000, done.stdout


def test_names_without_end_in_constant_memory(program: Program) -> None:
    done = program.run(
        """
        from plimsoll import Tracker, _native

        with Tracker("t") as tracker:
            def rounds(numbers):
                for number in numbers:
                    tracker.record(f"value {number}", number, unit="ms")
                    tracker.items(1, f"noun {number}")
            rounds(range(10_000))
            before = _native.resident_memory()[0]
            rounds(range(10_000, 60_000))
            print(_native.resident_memory()[0] - before)
        """
    )
    assert int(done.stdout) < 1_000_000, done.stdout


def test_a_function_that_calls_itself(program: Program) -> None:
    program.run(
        """
        from plimsoll import measure

        @measure("descend")
        def descend(levels): return 0 if levels == 0 else descend(levels - 1) + 1

        assert descend(200) == 200
        try: descend(10**6)
        except RecursionError: pass
        else: raise SystemExit("it should have ended")
        assert descend(200) == 200
        """
    )
    line = program.line()
    assert calls(line, "descend") == 2 * 201 and calls(line, "descend", "failed") > 100


def test_clocks_that_step(program: Program) -> None:
    """Whatever the time of day is, durations are durations and the line can be read."""
    program.run(
        """
        import time
        now = iter([2e9, -5.0, 1e18, float("nan")] * 100)
        time.time = lambda: next(now)
        from plimsoll import Tracker, measure
        @measure("f")
        def f(): pass
        with Tracker("t") as tracker:
            for _ in range(10):
                with tracker.phase("p"): f()
        """
    )
    lines = program.lines()
    assert all(one["value"] >= 0 for line in lines for name in ("t", "t/p", "f") for one in times(line, name))
    ingest(program)


def test_items_of_every_kind(program: Program) -> None:
    program.run(
        r"""
        from decimal import Decimal
        from fractions import Fraction
        from plimsoll import Tracker, tracker

        class Strange:
            def __float__(self): raise RuntimeError
            def __str__(self): raise RuntimeError
            def __radd__(self, other): return self

        values = [Fraction(1, 2), 10**400, Decimal("1.5"), [1], 1j, Strange(), float("nan"), "3", b"x", None]
        with Tracker("t") as t, t.phase("p") as phase:
            for value in values:
                t.items(value, "things"); phase.items(value, "things")
                t.record("x", value); t.count("y", value)
        for name in ([], {}, Strange(), None, 5, b"x", "\ud800", "\0"):
            tracker.record(name, 1, unit="ms")
            tracker.count(name); tracker.items(1, name); tracker.declare(name, "ms")
            tracker.start(name); tracker.stop(name)
            tracker.measure(name)(lambda: None)()
            tracker.phase(name).items(1, name)
            with Tracker(name, suite=name, project=name, session=name) as other: other.items(1, name)
        tracker.summary_line().encode()
        tracker.prometheus_text().encode()
        """
    )
    first = program.lines()[0]
    of_tracker = next(one for one in first["measurements"] if (one["benchmark"], one["metric"]) == ("t", "time"))
    assert of_tracker["items"] == {"things": 2.0}
    ingest(program)


def test_standard_streams_that_are_gone(program: Program) -> None:
    program.run(
        """
        import logging, os, sys
        from plimsoll import Tracker, tracker
        logging.basicConfig(level=0)
        for number in (0, 1, 2): os.close(number)
        sys.stdout = sys.stderr = None
        tracker.declare("x", "ms", target=1)
        tracker.record("x", 5)
        with Tracker("t") as t: t.note("a note", "warning")
        """
    )
    suites = [json.loads(line)["suite"] for line in (program.spool / "v1-runs.jsonl").read_text().splitlines()]
    assert suites == ["t", "program"]
