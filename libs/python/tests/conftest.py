"""Programs that are measured, run as programs, and what they left in their spool."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest_plugins = ["pytester"]


class Program:
    """Runs code as a program of its own, with a spool of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.spool = folder / "spool"

    def run(
        self, code: str, *arguments: str, status: int = 0, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        variables = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        variables.update({"PLIMSOLL_SPOOL": str(self.spool), **environment})
        path = self.folder / "program.py"
        path.write_text(textwrap.dedent(code))
        done = subprocess.run(
            [sys.executable, *arguments, str(path)],
            env=variables,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == status, done.stderr
        return done

    def lines(self) -> list[dict[str, Any]]:
        """Every line of the spool."""
        files = sorted(self.spool.glob("v1-*.jsonl"))
        return [json.loads(line) for path in files for line in path.read_text().splitlines()]

    def line(self) -> dict[str, Any]:
        """The only one."""
        lines = self.lines()
        assert len(lines) == 1, lines
        return lines[0]


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path)


def times(line: dict[str, Any], benchmark: str) -> list[dict[str, Any]]:
    """The times of an operation, phase or tracker."""
    return [one for one in line["measurements"] if (one["benchmark"], one["metric"]) == (benchmark, "time")]


def calls(line: dict[str, Any], benchmark: str, outcome: str = "success") -> int:
    """How many calls of it ended so."""
    return sum(one["iterations"] for one in times(line, benchmark) if one.get("outcome", "success") == outcome)


def messages(line: dict[str, Any]) -> list[str]:
    """What the line complains of."""
    return [complaint["message"] for complaint in line.get("complaints", [])]


@pytest.fixture(autouse=True)
def _away_from_any_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    yield
