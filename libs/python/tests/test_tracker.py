"""Trackers, phases, values."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import threading
from pathlib import Path

import pytest
from conftest import Program, calls, messages, times

from plimsoll import Tracker
from plimsoll import tracker as process_tracker


def test_a_run_is_one_line(program: Program) -> None:
    with Tracker("build", spool=program.spool, project="site", session="s-1") as tracker:
        with tracker.phase("discovery") as phase:
            phase.items(100, "pages")
        tracker.items(100, "pages")
        tracker.record("prompt_tokens", 4123, unit="tokens")
        tracker.record("cost", 0.25, "USD", "lower")
        tracker.count("retries")
        tracker.count("retries", 2)
        tracker.note("cache miss", "warning")
    line = program.line()
    assert (line["format"], line["project"], line["suite"], line["session"]) == (
        "plimsoll.run/1",
        "site",
        "build",
        "s-1",
    )
    values = {one["metric"]: one for one in line["measurements"] if one["benchmark"] == "build"}
    assert values["prompt_tokens"]["value"] == 4123 and values["prompt_tokens"]["unit"] == "tokens"
    assert values["cost"]["direction"] == "lower" and values["retries"]["value"] == 3
    assert values["time"]["items"] == {"pages": 100}
    assert values["peak_rss"]["value"] > 1e6 and "rss_change" in values
    assert times(line, "build/discovery")[0]["items"] == {"pages": 100}
    assert line["notes"] == [{"severity": "warning", "message": "cache miss"}]
    assert set(line["context"]["environment"]["tools"]) == {"cpython"}


def test_what_raises_failed(program: Program) -> None:
    with pytest.raises(KeyError), Tracker("t", spool=program.spool) as tracker, tracker.phase("p"):
        raise KeyError
    line = program.line()
    assert line["outcome"] == "failed" and calls(line, "t/p", "failed") == 1


def test_phases_stand_in_one_another(program: Program) -> None:
    with Tracker("t", spool=program.spool) as tracker, tracker.phase("a"):
        with tracker.phase("b") as b:
            assert tracker.phase("c").path == "t/a/b/c"
            assert b.path == "t/a/b"
        assert tracker.phase("d").path == "t/a/d"
        with Tracker("other", spool=program.spool) as other, other.phase("e") as e:
            assert e.path == "other/e"
            assert tracker.phase("f").path == "t/a/f"


def test_tasks_and_threads_have_phases_of_their_own(program: Program) -> None:
    tracker = Tracker("t", spool=program.spool)
    both_open = threading.Barrier(2)

    async def task(name: str, others: asyncio.Event) -> str:
        async with tracker.phase(name):
            await asyncio.sleep(0)
            with tracker.phase("in") as inner:
                await others.wait() if name == "a" else others.set()
                return inner.path

    async def main() -> list[str]:
        event = asyncio.Event()
        with tracker.phase("main"):
            return list(await asyncio.gather(task("a", event), task("b", event)))

    def thread(name: str) -> None:
        with tracker.phase(name):
            both_open.wait()
            with tracker.phase("in") as inner:
                paths.append(inner.path)

    assert asyncio.run(main()) == ["t/main/a/in", "t/main/b/in"]
    paths: list[str] = []
    threads = [threading.Thread(target=thread, args=(name,)) for name in ("x", "y")]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(paths) == ["t/x/in", "t/y/in"]


def test_a_task_that_outlives_its_phase_stands_alone(program: Program) -> None:
    tracker = Tracker("t", spool=program.spool)

    async def later(go: asyncio.Event) -> str:
        await go.wait()
        with tracker.phase("late") as phase:
            return phase.path

    async def main() -> str:
        go = asyncio.Event()
        with tracker.phase("start"):
            task = asyncio.create_task(later(go))
        go.set()
        return await task

    assert asyncio.run(main()) == "t/late"


def test_declared_once(program: Program) -> None:
    with Tracker("t", spool=program.spool) as tracker:
        tracker.declare("hit_rate", "ratio", "higher", target=0.9, id="HIT-1")
        tracker.declare("p", "ms", "lower", target="0.5 s", id="P-1")
        tracker.record("hit_rate", 0.95)
        tracker.record("hit_rate", 0.85)
        tracker.phase("p").end()
        with pytest.raises(ValueError, match="no direction"):
            tracker.declare("x", "ms", "up")  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="no duration"):
            tracker.declare("x", "pages", target="5 s")
    line = program.line()
    (rate,) = (one for one in line["measurements"] if one["metric"] == "hit_rate")
    assert rate["target"] == {"id": "HIT-1", "min": 0.9}
    assert rate["value"] == pytest.approx(0.9) and rate["samples"] == [0.95, 0.85]
    assert times(line, "t/p")[0]["target"] == {"id": "P-1", "max": 5e8}


def test_start_and_stop(program: Program) -> None:
    tracker = Tracker("t", spool=program.spool)
    tracker.start("x")
    tracker.start("x")
    thread = threading.Thread(target=lambda: tracker.stop("x"))
    thread.start()
    thread.join()
    seconds = tracker.stop("x", failed=True)
    assert seconds is not None and seconds >= 0
    assert tracker.stop("x") is None and tracker.status().misuses == 1
    tracker.finish()
    line = program.line()
    assert (calls(line, "t/x"), calls(line, "t/x", "failed")) == (1, 1)
    assert messages(line) == ["`x` was stopped and not started"]


def test_the_summary_is_a_line(program: Program) -> None:
    tracker = Tracker("t", spool=program.spool)
    for count in (100, 40):
        with tracker.phase(f"p{count}") as phase:
            phase.items(count, "pages")
    parts = tracker.summary_line().split(" | ")
    assert parts[0] == "100 pages" and parts[1].endswith("s") and parts[2].endswith("MB RSS") and len(parts) == 3
    tracker.items(1234567, "files")
    assert tracker.summary_line().startswith("1,234,567 files | ")


def test_logging(program: Program, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "plimsoll"):
        with Tracker("t", spool=program.spool) as tracker:
            tracker.declare("cost", "USD", "lower", target=0.01, id="COST-1")
            tracker.declare("hits", "ratio", "higher", target=0.9)
            tracker.declare("fine", "USD", "lower", target=1)
            for name, value in (("cost", 0.02), ("hits", 0.5), ("fine", 0.1)):
                tracker.record(name, value)
            tracker.note("odd", "error")
    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING", "WARNING", "INFO"]
    odd, cost, hits, summary = (record.getMessage() for record in caplog.records)
    assert odd == "odd"
    assert cost == "t#cost is $0.02, above its target COST-1 of $0.01"
    assert hits == "t#hits is 50 %, below its target of 90 %"
    assert summary.startswith("t: ") and "MB RSS" in summary


def test_a_snapshot_goes_on(program: Program) -> None:
    tracker = Tracker("t", spool=program.spool)
    tracker.record("x", 1)
    (one,) = (one for one in tracker.measured() if one.metric == "x")
    assert (one.benchmark, one.value, one.unit, one.statistic, one.count) == ("t", 1, None, "value", 1)
    assert (one.parameters, one.estimates, one.samples, one.items, one.target) == ({}, {}, [], {}, None)
    assert repr(one) == "<Measured t#x 1 >"
    assert [one.metric for one in tracker.snapshot() if one.metric == "x"] == ["x"]
    tracker.record("y", 2)
    tracker.reset()
    tracker.record("z", 3)
    assert "z" in {one.metric for one in tracker.measured()}
    assert not {"x", "y"} & {one.metric for one in tracker.measured()}
    tracker.finish()
    tracker.record("late", 1)
    assert len(program.lines()) == 2 and tracker.status().values_left_out == 1
    assert tracker.status().lines_written == 2 and tracker.status().spool == str(program.spool)


def test_the_process_writes_at_its_end(program: Program) -> None:
    done = program.run(
        """
        import logging
        logging.basicConfig(level=logging.INFO, format="%(name)s %(levelname)s %(message)s")
        from plimsoll import measure, tracker

        @measure("validation", id="VAL-001", target="1 ns")
        def validate(): return sum(range(1000))

        validate(); validate()
        tracker.start("startup"); tracker.stop("startup")
        tracker.record("cache_hit_rate", 0.93)
        with tracker.phase("rendering") as phase: phase.items(100, "pages")
        """
    )
    line = program.line()
    assert line["suite"] == "program" and "session" in line
    assert calls(line, "validation") == 2 and calls(line, "startup") == 1 and calls(line, "rendering") == 1
    assert "plimsoll WARNING validation is " in done.stderr and "plimsoll INFO program: 100 pages | " in done.stderr


def test_the_process_is_named_as_it_was_started(program: Program) -> None:
    package = program.folder / "tool"
    package.mkdir()
    (package / "__init__.py").write_text("from plimsoll import tracker; tracker.record('early', 1)")
    (package / "__main__.py").write_text("from plimsoll import tracker; tracker.record('x', 1)")
    program.run("import runpy, sys", "-m", "tool")
    assert program.line()["suite"] == "tool"


def test_git_is_named(program: Program) -> None:
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b"]
    for arguments in (["init", "-q", "-b", "trunk"], ["commit", "-q", "--allow-empty", "-m", "first"]):
        subprocess.run([*git, *arguments], cwd=program.folder, check=True)
    head = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=program.folder, capture_output=True, text=True, check=True
    )
    program.run("from plimsoll import tracker; tracker.record('x', 1)")
    context = program.line()["context"]
    assert (context["commit"]["hash"], context["branch"]) == (head.stdout.strip(), "trunk")


def test_under_pytest_nothing_enters_history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLIMSOLL_SPOOL", str(tmp_path / "spool"))
    with Tracker("t") as tracker:
        tracker.record("x", 1)
    process_tracker.record("x", 1)
    assert {one.metric for one in process_tracker.snapshot()} >= {"x"}
    assert tracker.status().spool is None and not (tmp_path / "spool").exists()


def test_a_program_that_a_test_starts_leaves_nothing(program: Program) -> None:
    code = "from plimsoll import tracker; tracker.record('x', 1)"
    program.run(code, PYTEST_VERSION="8.0")
    assert program.lines() == []
    program.run(code, PYTEST_VERSION="8.0", PLIMSOLL_UNDER_PYTEST="1")
    assert len(program.lines()) == 1


def test_unittest_writes_nothing(program: Program) -> None:
    code = """
        import unittest
        from plimsoll import Tracker, tracker

        class Test(unittest.TestCase):
            def test(self):
                tracker.record("x", 1)
                Tracker("build").finish()
        """
    program.run(code, "-m", "unittest")
    assert not program.spool.exists()
    program.run(code, "-m", "unittest", PLIMSOLL_UNDER_PYTEST="1")
    assert {line["suite"] for line in program.lines()} == {"build", "unittest"}
