"""The plugin, in a session of its own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import times

TESTS = """
    import pytest

    from plimsoll import Tracker, measure, tracker

    @measure("work")
    def work():
        tracker.record("cost", 0.25, unit="USD")

    def test_passes():
        work()
        with Tracker("build") as build:
            build.record("x", 1)

    @pytest.mark.parametrize("number", [1, 2])
    def test_with(number):
        assert number < 2

    def test_skipped():
        pytest.skip()

    def test_benchmark(benchmark):
        benchmark.pedantic(sum, args=([1, 2],), rounds=7)

    def test_fixture(plimsoll_tracker, tmp_path):
        assert not (tmp_path / "spool").exists()
        before = {one.benchmark for one in plimsoll_tracker.measured()}
        assert "work" not in before
        work()
        work()
        measured = plimsoll_tracker.snapshot()
        assert sum(one.count for one in measured if one.benchmark == "work") == 2
        assert [one.value for one in measured if one.metric == "cost"] == [0.25]
        assert (tmp_path / "spool" / "v1-runs.jsonl").exists()

    @pytest.mark.parametrize("again", [1, 2])
    def test_each_has_a_first_call(plimsoll_tracker, again):
        work()
        (call,) = [one for one in plimsoll_tracker.measured() if one.benchmark == "work"]
        assert call.parameters == {"start": "cold"} and call.count == 1
"""


def lines(spool: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for path in spool.glob("*.jsonl") for line in path.read_text().splitlines()]


@pytest.fixture
def session(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    monkeypatch.delenv("PLIMSOLL_SPOOL", raising=False)
    for name in ("PYTEST_VERSION", "PYTEST_CURRENT_TEST"):
        monkeypatch.delenv(name, raising=False)
    pytester.makepyfile(TESTS)
    return pytester


def test_nothing_is_recorded_unasked(session: pytest.Pytester) -> None:
    session.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=6, failed=1, skipped=1)
    assert not (session.path / ".plimsoll").exists()


def test_what_is_asked_is_recorded(session: pytest.Pytester) -> None:
    done = session.runpytest_subprocess("--plimsoll-out", "out", "-p", "no:cacheprovider")
    done.assert_outcomes(passed=6, failed=1, skipped=1)
    done.stdout.fnmatch_lines(["plimsoll: recorded in */out"])
    (line,) = lines(session.path / "out")
    assert (line["suite"], line["outcome"]) == ("pytest", "failed")
    name = "test_what_is_asked_is_recorded.py::"
    outcomes = {
        one["benchmark"].removeprefix(name): one.get("outcome", "success")
        for one in line["measurements"]
        if one["metric"] == "time" and one["benchmark"] != "pytest"
    }
    assert outcomes == {
        "test_passes": "success",
        "test_with[1]": "success",
        "test_with[2]": "failed",
        "test_benchmark": "success",
        "test_fixture": "success",
        "test_each_has_a_first_call[1]": "success",
        "test_each_has_a_first_call[2]": "success",
    }
    (benchmark,) = times(line, f"{name}test_benchmark")
    assert benchmark["statistic"] == "median" and len(benchmark["samples"]) == 7
    assert set(benchmark["estimates"]) >= {"mean", "min", "max"}


def suites(session: pytest.Pytester) -> list[str]:
    return sorted(line["suite"] for line in lines(session.path / ".plimsoll" / "spool"))


def test_what_tests_measure_is_written_only_when_asked(
    session: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.makepyfile(
        test_program="""
        import subprocess, sys

        def test_program():
            subprocess.run([sys.executable, "-c", "from plimsoll import Tracker; Tracker('program').finish()"], check=True)
        """
    )
    chosen = ("-p", "no:cacheprovider", "-k", "passes or program")
    session.runpytest_subprocess("--plimsoll", *chosen).assert_outcomes(passed=2)
    assert suites(session) == ["pytest"]
    monkeypatch.setenv("PLIMSOLL_UNDER_PYTEST", "1")
    session.runpytest_subprocess(*chosen).assert_outcomes(passed=2)
    assert suites(session) == ["build", "program", "pytest", "pytest"]


@pytest.mark.parametrize("arguments", [["--collect-only"], ["-k", "nothing"], ["-k", "skipped"], ["--help"]])
def test_a_session_without_a_test_is_no_run(session: pytest.Pytester, arguments: list[str]) -> None:
    session.runpytest_subprocess("--plimsoll-out", "out", "-p", "no:cacheprovider", *arguments)
    assert lines(session.path / "out") == []


def test_a_session_that_was_interrupted_is_no_good_run(session: pytest.Pytester) -> None:
    session.makepyfile(
        test_stopped="""
        def test_one(): pass
        def test_two(): raise KeyboardInterrupt
        """
    )
    session.runpytest_subprocess("--plimsoll-out", "out", "-p", "no:cacheprovider", "test_stopped.py")
    (line,) = lines(session.path / "out")
    assert line["outcome"] == "failed"
    (whole,) = times(line, "pytest")
    assert whole["outcome"] == "failed"


def test_it_says_when_it_is_switched_off(session: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLIMSOLL_DISABLE", "1")
    done = session.runpytest_subprocess("--plimsoll", "-p", "no:cacheprovider", "-k", "passes")
    done.stdout.fnmatch_lines(["plimsoll: nothing was recorded: measuring is switched off"])


def test_a_spool_that_refuses_fails_no_test(session: pytest.Pytester) -> None:
    done = session.runpytest_subprocess("--plimsoll-out", "/proc/nowhere", "-k", "passes")
    done.assert_outcomes(passed=1)
    done.stdout.fnmatch_lines(["plimsoll: nothing was recorded: *"])
