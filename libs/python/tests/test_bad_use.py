"""Whatever is done wrong: the program goes on, what was written can be read, and what is missing is named."""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path

import pytest
from conftest import Program, calls, messages, times

from plimsoll import Tracker


def test_a_phase_that_is_never_closed(program: Program) -> None:
    tracker = Tracker("t", spool=program.spool)
    open_phase = tracker.phase("open")
    tracker.finish()
    assert messages(program.line()) == ["phase `t/open` was never closed"]
    open_phase.end()
    del open_phase
    assert len(program.lines()) == 1


def test_a_phase_that_nobody_holds_ends(program: Program) -> None:
    with Tracker("t", spool=program.spool) as tracker:
        tracker.phase("dropped")
    assert calls(program.line(), "t/dropped") == 1


def test_a_phase_that_is_closed_twice(program: Program) -> None:
    with Tracker("t", spool=program.spool) as tracker:
        with tracker.phase("p") as phase:
            phase.end()
            phase.items(3)
        phase.end(failed=True)
    line = program.line()
    assert (calls(line, "t/p"), calls(line, "t/p", "failed")) == (1, 0)
    assert messages(line) == [
        "phase `t/p` got items after its end",
        "phase `t/p` was ended twice (2 times)",
    ]


def test_a_phase_that_is_closed_on_another_thread(program: Program) -> None:
    with Tracker("t", spool=program.spool) as tracker:
        phase = tracker.phase("p")
        thread = threading.Thread(target=phase.end)
        thread.start()
        thread.join()
    assert calls(program.line(), "t/p") == 1 and messages(program.line()) == []


def test_values_that_are_none(program: Program) -> None:
    with Tracker("t", spool=program.spool) as tracker:
        for value in (float("nan"), float("inf"), "many", None, 10**400, object()):
            tracker.record("x", value)  # type: ignore[arg-type]
            tracker.count("y", value)  # type: ignore[arg-type]
        with tracker.phase("p") as phase:
            phase.items("many", "pages")  # type: ignore[arg-type]
        tracker.items(None, "pages")  # type: ignore[arg-type]
        assert tracker.status().values_left_out == 14
    metrics = {one["metric"] for one in program.line()["measurements"]}
    assert not metrics & {"x", "y"}
    assert any("`x`: NaN is no number" in message for message in messages(program.line()))


def test_names_of_every_kind(program: Program) -> None:
    names = ["two\nlines", "\ud800 half a character", "\0", "", "x" * 5_000, 'quotes"', 7, None]
    with Tracker("t\n", spool=program.spool) as tracker:
        for name in names:
            tracker.record(name, 1)  # type: ignore[arg-type]
            tracker.measure(name)(lambda: None)() if isinstance(name, str) else None
            tracker.phase(name).end()  # type: ignore[arg-type]
    metrics = {one["metric"] for one in program.line()["measurements"]}
    assert {"two\nlines", "\0", "unnamed", 'quotes"', "7", "None"} <= metrics
    assert {metric[:900] for metric in metrics} >= {"x" * 900}


def test_a_clock_that_goes_back(program: Program) -> None:
    from plimsoll import _native

    with Tracker("t", spool=program.spool) as tracker:
        operation = tracker._inner.operation("x", [])
        for ns in (5, -5, -(2**62)):
            _native.record(operation, ns)
        _native.record_failed(operation, -1)
        _native.record(2**64 - 1, 1)
    line = program.line()
    assert [one["value"] for one in times(line, "t/x") if one.get("parameters") is None] == [0]


def test_ten_thousand_names(program: Program) -> None:
    with Tracker("t", spool=program.spool) as tracker:
        for number in range(10_000):
            tracker.record(f"name {number}", 1)
            tracker._inner.operation(f"operation {number}", [])
    assert any("more than 4096 named values" in message for message in messages(program.line()))


def test_a_disk_that_refuses(program: Program) -> None:
    program.run(
        """
        import resource, signal, sys
        from pathlib import Path
        from plimsoll import Tracker, tracker

        for spool in ("/proc/nowhere", "/dev/full", Path(__file__)):
            with Tracker("t", spool=spool) as t:
                t.record("x", 1)
            assert t.status().lines_left_out == 1 and t.status().last_error, t.status()
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
        with Tracker("t") as t:
            t.record("x", 1)
        assert "full" in t.status().last_error, t.status()
        tracker.record("x", 1)
        """
    )
    assert program.lines() == []


def test_killed_in_the_middle(program: Program) -> None:
    code = """
        import os, signal, sys
        from plimsoll import Tracker, tracker

        with Tracker("first") as first:
            first.record("x", 1)
        with open(first.status().spool + "/v1-runs.jsonl", "a") as file:
            file.write('{"format": "plimsoll.run/1", "id": "to')
        tracker.record("x", 1)
        os.kill(os.getpid(), signal.SIGKILL)
        """
    program.run(code, status=-9)
    program.run("from plimsoll import tracker; tracker.record('x', 1)")
    first, torn, last = (program.spool / "v1-runs.jsonl").read_text().splitlines()
    assert json.loads(first)["suite"] == "first" and json.loads(last)["suite"] == "program"
    with pytest.raises(json.JSONDecodeError):
        json.loads(torn)


def test_a_fork_counts_for_itself(program: Program) -> None:
    program.run(
        """
        import os
        from plimsoll import measure, tracker

        @measure("f", target="1 s", id="F-1")
        def f(): pass

        for _ in range(3): f()
        with tracker.phase("over the fork"):
            child = os.fork()
            if child == 0:
                f(); f()
                tracker.record("of the child", 1)
                raise SystemExit
            os.waitpid(child, 0)
        """
    )
    child, parent = program.lines()
    assert (calls(child, "f"), calls(parent, "f")) == (2, 3)
    assert child["suite"] == parent["suite"] == "program"
    assert times(child, "f")[0]["target"] == {"id": "F-1", "max": 1e9}
    assert calls(parent, "over the fork") == 1 and child["id"] != parent["id"]


def test_forks_while_threads_record(program: Program) -> None:
    """Whatever lock another thread holds when the process is copied, the copy goes on."""
    program.run(
        """
        import os, threading
        from plimsoll import Tracker, asgi, measure, tracker

        requests = asgi.Middleware(lambda *_: None)._requests
        build = Tracker("build", heap=True)

        @measure("f")
        def f():
            tracker.record("x", 1)
            with tracker.phase("p"), build.phase("q") as phase: phase.items(1)
            requests.add("GET", "/", 200, 5)
            requests.prometheus_text()

        is_over = False
        def work():
            while not is_over: f()

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads: thread.start()
        open_phase = build.phase("over the fork")
        for _ in range(20):
            child = os.fork()
            if child == 0:
                f()
                open_phase.end()
                build.finish()
                with Tracker("of child", heap=True) as of_child, of_child.phase("p"): f()
                tracker.snapshot()
                os._exit(5)
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 5
        is_over = True
        for thread in threads: thread.join()
        open_phase.end()
        build.finish()
        """
    )
    lines = program.lines()
    children = [line for line in lines if calls(line, "f") == 2]
    assert len(children) == 20 and all(calls(line, "request") == 2 for line in children)
    assert [line["suite"] for line in lines].count("of child") == 20
    (build,) = (line for line in lines if line["suite"] == "build")
    assert calls(build, "build/over the fork") == 1 and messages(build) == []


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_workers_of_multiprocessing(program: Program, method: str) -> None:
    program.run(
        f"""
        import multiprocessing
        from plimsoll import measure, tracker

        @measure("work")
        def work(number): return number

        if __name__ == "__main__":
            context = multiprocessing.get_context("{method}")
            tracker.record("x", 1)
            processes = [context.Process(target=work, args=(number,)) for number in range(2)]
            for process in processes: process.start()
            for process in processes: process.join()
        """
    )
    assert sum(calls(line, "work") for line in program.lines()) == 2, program.lines()


def test_a_tracker_ends_while_others_add_items(program: Program) -> None:
    tracker = Tracker("t", spool=program.spool)
    is_over = threading.Event()

    def add() -> None:
        while not is_over.is_set():
            for number in range(1_000):
                tracker.items(1, f"kind {number}")
            tracker.reset()

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    thread = threading.Thread(target=add)
    thread.start()
    try:
        for _ in range(1_000):
            tracker.summary_line()
    finally:
        is_over.set()
        thread.join()
        sys.setswitchinterval(interval)


def test_threads_at_once(program: Program) -> None:
    tracker = Tracker("t", spool=program.spool)

    @tracker.measure("f")
    def f() -> None:
        pass

    def work() -> None:
        for _ in range(1_000):
            f()
        with tracker.phase("p") as phase:
            phase.items(1)
        tracker.record("x", 1)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    tracker.finish()
    line = program.line()
    assert calls(line, "t/f") == 8_000 and calls(line, "t/p") == 8


def test_another_interpreter_measures_nothing(program: Program) -> None:
    done = program.run(
        """
        import sys
        try:
            import _interpreters as interpreters
        except ImportError:
            import _xxsubinterpreters as interpreters
        import plimsoll

        plimsoll.tracker.record("x", 1)
        code = '''
        import plimsoll
        @plimsoll.measure("f")
        def f(): return 5
        with plimsoll.tracker.phase("p") as phase:
            phase.items(f())
        with plimsoll.Tracker("t", heap=True) as tracker:
            tracker.record("x", 1)
            tracker.declare("x", "ms", target=5)
            tracker.summary_line()
        assert plimsoll.tracker.snapshot() == [] and not plimsoll.tracker.is_enabled
        assert plimsoll.tracker.status().lines_written == 0
        print("went on", flush=True)
        '''
        run = getattr(interpreters, "run_string")
        for _ in range(2):
            other = interpreters.create()
            run(other, f"import sys; sys.path = {sys.path!r}")
            run(other, code)
            interpreters.destroy(other)
        """
    )
    assert done.stdout.count("went on") == 2, done.stdout + done.stderr
    assert program.line()["suite"] == "program"


def test_it_is_used_until_the_end(program: Program) -> None:
    program.run(
        """
        import atexit, threading, weakref
        from plimsoll import measure, tracker

        @measure("late")
        def late(): tracker.record("late value", 1)

        class Thing:
            def __del__(self): late()

        thing = Thing()
        thing.itself = thing
        atexit.register(late)
        threading.Thread(target=late).start()
        """
    )
    assert calls(program.line(), "late") >= 2


def test_the_clock_and_the_folder_may_go(program: Program, tmp_path: Path) -> None:
    program.run(
        """
        import os, shutil
        from plimsoll import Tracker, tracker
        os.mkdir("gone"); os.chdir("gone"); os.rmdir("../gone")
        tracker.record("x", 1)
        with Tracker("t", spool="relative") as t: t.record("x", 1)
        assert t.status().lines_left_out == 1
        """
    )
    assert len(program.lines()) == 1
