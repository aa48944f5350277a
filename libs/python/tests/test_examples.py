"""The examples: each run twice has a baseline, and a sleep in one phase is found."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[3] / "examples"
PLIMSOLL = Path(sys.prefix, "bin", "plimsoll")


class Example:
    """A copy of an example, committed."""

    def __init__(self, name: str, parent: Path) -> None:
        self.folder = parent / name
        shutil.copytree(EXAMPLES / name, self.folder, ignore=shutil.ignore_patterns("site", ".plimsoll"))
        self.run("git", "init", "--quiet", "--initial-branch", "main")
        self.commit()

    def run(self, *command: str | Path, code: int = 0) -> str:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        done = subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout

    def commit(self) -> None:
        self.run("git", "add", "*.py", "*.toml")
        self.run("git", "-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "--message", "Some")


@pytest.mark.parametrize(
    ("name", "program", "named"),
    [
        ("static-site", "build.py", ("build/rendering#time", "SITE-001", "100 pages")),
        ("async-service", "service.py", ("validation#time", "SRV-003", "SRV-002")),
    ],
)
def test_an_example_has_a_baseline(name: str, program: str, named: tuple[str, ...], tmp_path: Path) -> None:
    example = Example(name, tmp_path)
    example.run(sys.executable, program)
    example.run(PLIMSOLL, "ingest")
    example.run(PLIMSOLL, "run", "--", sys.executable, program)
    assert not (example.folder / ".plimsoll" / "spool" / "v1-runs.jsonl").exists()
    shown = "".join(example.run(PLIMSOLL, *words) for words in (("check", "--all"), ("log",), ("target", "ls")))
    assert "1 of 5 runs" in shown
    assert [name for name in named if name not in shown] == []


def test_a_sleep_in_one_phase_is_found_and_named(tmp_path: Path) -> None:
    example = Example("static-site", tmp_path)
    for _ in range(6):
        example.run(sys.executable, "build.py")
    example.run(PLIMSOLL, "ingest")
    program = example.folder / "build.py"
    rendering = "            rendered = {name: render(name, text)"
    text = program.read_text()
    assert text.count(rendering) == 1
    program.write_text(text.replace(rendering, f"            __import__('time').sleep(1)\n{rendering}"))
    example.commit()
    example.run(sys.executable, "build.py")
    example.run(PLIMSOLL, "ingest")
    first = example.run(PLIMSOLL, "check", code=1).splitlines()[0]
    # The worst come first; on a busy machine another one may stand behind them.
    assert first.startswith("✗ gate closed by ")
    assert sorted(first.partition(": ")[2].split()[::2][:2]) == ["build#time", "build/rendering#time"]
