"""The examples, each run twice, alone and by the command: the second run has a baseline."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[3] / "examples"


@pytest.mark.parametrize(
    ("example", "program", "named"),
    [
        ("static-site", "build.py", ("build/rendering#time", "SITE-001", "100 pages")),
        ("async-service", "service.py", ("validation#time", "SRV-003", "SRV-002")),
    ],
)
def test_an_example_has_a_baseline(example: str, program: str, named: tuple[str, ...], tmp_path: Path) -> None:
    folder = tmp_path / example
    shutil.copytree(EXAMPLES / example, folder, ignore=shutil.ignore_patterns("site", ".plimsoll"))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}

    def run(*command: str | Path) -> str:
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    git = ("git", "-c", "user.name=a", "-c", "user.email=a@b")
    run("git", "init", "--quiet")
    run("git", "add", ".")
    run(*git, "commit", "--quiet", "--message", "An example")
    plimsoll = Path(sys.prefix, "bin", "plimsoll")
    run(sys.executable, program)
    run(plimsoll, "ingest")
    run(plimsoll, "run", "--", sys.executable, program)
    assert not (folder / ".plimsoll" / "spool" / "v1-runs.jsonl").exists()
    shown = run(plimsoll, "check", "--all") + run(plimsoll, "log") + run(plimsoll, "target", "ls")
    assert "1 of 5 runs" in shown
    assert [name for name in named if name not in shown] == []
