"""The summary: what the command left beside the spool, and what the program measured."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest
from conftest import Program

from plimsoll import Row, Summary, Tracker


def series(benchmark: str, center: float, **more: Any) -> dict[str, Any]:
    """A series of times around this centre, with a tenth to a warning and a fifth to an error."""
    return {
        "benchmark": benchmark,
        "parameters": {},
        "metric": "time",
        "unit": "ns",
        "direction": "lower",
        "value": center,
        "verdict": "unchanged",
        "severity": None,
        "baseline": {"center": center, "spread": center / 100, "runs": 12},
        "warn_beyond": center * 1.1,
        "error_beyond": center * 1.2,
        "target": None,
        "trend": [center] * 8,
        **more,
    }


def leave(folder: Path, *all_series: dict[str, Any], suite: str = "build", alerts: int = 0) -> None:
    """Leaves a summary as the command does."""
    line = {
        "format": "plimsoll.summary/1",
        "project": "site",
        "suite": suite,
        "testbed": "debian-12/x86_64/2/intel-xeon",
        "branch": "main",
        "run": "probe-7",
        "commit": "e0bb904" * 5,
        "measured_at": "2026-11-21T04:38:00Z",
        "verdict": "regressed",
        "index": 61.5,
        "alerts": alerts,
        "series": all_series,
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "v1-summary.jsonl").write_text(json.dumps(line, separators=(",", ":")) + "\n")


def row(summary: Summary, name: str) -> Row:
    (found,) = (row for row in summary.rows if row.name == name)
    return found


def test_a_program_shows_itself_beside_its_history(program: Program) -> None:
    # A name of its own: a second tracker of one name in a process is a warm one.
    leave(program.spool, series("shown/rendering", 1.0), series("shown/discovery", 1e12), suite="shown", alerts=1)
    with Tracker("shown", spool=program.spool) as tracker:
        for name in ("rendering", "discovery"):
            with tracker.phase(name) as phase:
                phase.items(100, "pages")
        tracker.record("odd", 1)
    summary = tracker.summary()
    assert summary.headline.startswith("shown: 100 pages | 0.") and summary.headline.endswith(" | 1 alert")
    assert summary.index is not None and f" | performance {summary.index:.0f} of 100" in summary.headline
    rendering, discovery = row(summary, "shown/rendering"), row(summary, "shown/discovery")
    assert summary.rows[0].name == "shown/rendering" and rendering.mark == "beyond" and discovery.mark == "within"
    assert rendering.baseline == (1, 0.01, 12) and rendering.is_measured and len(rendering.trend) == 8
    assert rendering.change is not None and rendering.change > 1 and rendering.headroom is None
    assert (rendering.unit, rendering.direction, rendering.metric) == ("ns", "lower", "time")
    assert (rendering.benchmark, rendering.parameters, rendering.per) == ("shown/rendering", {}, None)
    assert repr(rendering).startswith("<Row ✗ shown/rendering ")
    assert (row(summary, "shown#odd").mark, row(summary, "shown#odd").value) == ("unknown", 1)
    assert (summary.run, summary.alerts, summary.verdict) == ("probe-7", 1, "regressed")
    assert (summary.commit, summary.measured_at) == ("e0bb904" * 5, "2026-11-21T04:38:00Z")
    shown = str(summary).splitlines()
    assert shown[0] == summary.headline and shown[2].startswith("✗  shown/rendering")
    assert all(len(line) <= 80 for line in shown) and repr(summary).startswith('<Summary of "shown", ')


def test_targets_of_the_program_and_of_the_command(program: Program) -> None:
    budget = {"id": "SITE-1", "max": 1e12, "min": None, "per": "pages"}
    leave(program.spool, series("targets", 1e15, target=budget), suite="targets")
    with Tracker("targets", spool=program.spool) as tracker:
        tracker.declare("hits", "ratio", "higher", target=0.9, id="HIT-1")
        tracker.record("hits", 0.95)
        tracker.declare("cover", "ratio", "higher", target=0.9)
        tracker.record("cover", 0.905)
        tracker.items(100, "pages")
    summary = tracker.summary()
    hits, whole = row(summary, "targets#hits"), row(summary, "targets")
    assert (hits.target, hits.mark) == (("HIT-1", None, 0.9), "within")
    assert row(summary, "targets#cover").mark == "near"
    assert hits.headroom is not None and 1.05 < hits.headroom < 1.06
    assert (whole.target, whole.per, whole.mark) == (("SITE-1", 1e12, None), "pages", "within")
    assert whole.headroom is not None and whole.headroom > 1000


def test_logging(program: Program, caplog: pytest.LogCaptureFixture) -> None:
    leave(program.spool, series("logged/slow", 1.0), series("logged/near", 1e9), suite="logged", alerts=2)
    with caplog.at_level(logging.INFO, "plimsoll"):
        with Tracker("logged", spool=program.spool) as tracker:
            tracker.declare("slow", "ns", "lower", target=2, id="S-1")
            tracker.phase("slow").end()
            tracker._inner.add({"benchmark": "logged/near", "metric": "time", "unit": "ns", "value": 1.15e9})
            tracker.snapshot()
            tracker.record("x", 1)
    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING", "WARNING", "INFO"]
    slow, near, alerts, summary = (record.getMessage() for record in caplog.records)
    # One value is said once, whatever is wrong with it.
    assert slow.startswith("logged/slow is ") and ", above its target S-1 of 2 ns; x" in slow
    assert near == "logged/near is 1.150 s, +15.0 % against its baseline of 1 s over 12 runs"
    assert alerts == "2 alerts of logged are live: `plimsoll alert ls` shows them"
    assert summary.startswith("logged: 0.") and summary.endswith(" | 2 alerts")


def test_the_process_has_a_summary(program: Program) -> None:
    leave(program.spool, series("startup", 1e15), suite="program")
    done = program.run(
        """
        import sys
        from plimsoll import tracker
        tracker.start("startup"); tracker.stop("startup")
        print(tracker.summary())
        assert "logging" not in sys.modules and "json" not in sys.modules
        """
    )
    lines = done.stdout.splitlines()
    # Nothing that was measured here has a baseline: the index is the last run's.
    assert lines[0].startswith("program: 0.") and lines[0].endswith(" | performance 62 of 100 (last run)")
    assert any(line.startswith("·  startup{start=cold}") for line in lines)
    assert "   * not measured yet: of the last run, e0bb904 on 2026-11-21" in lines
    assert done.stderr == ""


def test_a_live_alert_is_said_when_the_process_ends(program: Program) -> None:
    leave(program.spool, suite="program", alerts=1)
    done = program.run("from plimsoll import tracker; tracker.record('x', 1)")
    assert done.stderr == "1 alert of program is live: `plimsoll alert ls` shows it\n"


@pytest.mark.parametrize("text", ["{", '{"format":"plimsoll.summary/2"}', "\0" * 100, "x" * 2_000_000])
def test_what_cannot_be_read_is_as_if_absent(program: Program, text: str) -> None:
    program.spool.mkdir()
    (program.spool / "v1-summary.jsonl").write_text(text)
    with Tracker("t", spool=program.spool) as tracker:
        tracker.record("x", 1)
    assert "no baselines yet" in str(tracker.summary())
    status = tracker.status()
    assert (status.summaries_left_out, status.lines_written) == (1, 1)
    assert status.last_error is not None and status.last_error.startswith("cannot read the summary: ")


def test_under_pytest_no_history_is_read(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    leave(program.spool, series("build", 1.0), alerts=3)
    monkeypatch.setenv("PLIMSOLL_SPOOL", str(program.spool))
    with Tracker("build") as tracker:
        tracker.record("x", 1)
    assert (tracker.summary().run, tracker.summary().alerts) == (None, 0)


def test_switched_off_there_is_nothing(program: Program) -> None:
    leave(program.spool, suite="program", alerts=1)
    done = program.run(
        """
        from plimsoll import Tracker, tracker
        with Tracker("t") as t: pass
        print(t.summary(), tracker.summary().rows)
        """,
        PLIMSOLL_DISABLE="1",
    )
    assert (done.stdout, done.stderr) == ("nothing is measured []\n", "")
