"""What the wheel brings."""

from __future__ import annotations

import subprocess
import sys
from importlib import metadata
from pathlib import Path

from conftest import Program

import plimsoll


def test_it_is_installed_with_types_and_needs_nothing() -> None:
    assert metadata.requires("plimsoll") is None
    assert Path(plimsoll.__file__).with_name("py.typed").exists()
    assert Path(plimsoll.__file__).with_name("_native.pyi").exists()


def test_it_brings_the_command() -> None:
    command = Path(sys.prefix, "bin", "plimsoll")
    done = subprocess.run([command, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["plimsoll", metadata.version("plimsoll")]


def test_outside_of_a_checkout_it_says_how_to_build(program: Program) -> None:
    backend = Path(__file__).parents[1] / "build" / "plimsoll_build.py"
    copy = program.folder / "somewhere" / "else" / "build"
    copy.mkdir(parents=True)
    (copy / backend.name).write_text(backend.read_text())
    done = program.run("import plimsoll_build; plimsoll_build.build_wheel('.')", status=1, PYTHONPATH=str(copy))
    assert "run `cargo xtask wheel` in a checkout" in done.stderr, done.stderr


def test_the_import_is_small(program: Program) -> None:
    done = program.run(
        """
        import sys
        before = set(sys.modules)
        import plimsoll
        print(*sorted(set(sys.modules) - before))
        """
    )
    imported = {name for name in done.stdout.split() if not name.startswith("plimsoll")}
    assert imported <= {"__future__", "_contextvars", "contextvars", "types"}, imported


def test_the_command_reads_what_the_package_wrote(program: Program) -> None:
    program.run(
        """
        from plimsoll import Tracker
        with Tracker("build", heap=True) as tracker:
            tracker.declare("build", "s", "lower", target=60, id="B-1")
            tracker.record("prompt_tokens", 4123, unit="tokens")
            with tracker.phase("discovery") as phase:
                phase.items(100, "pages")
        """
    )
    command = Path(sys.prefix, "bin", "plimsoll")
    spool = program.spool / "v1-runs.jsonl"
    done = subprocess.run(
        [command, "ingest", spool, "--store", f"sqlite:{program.folder}/history.db"],
        capture_output=True,
        text=True,
        cwd=program.folder,
    )
    assert done.returncode == 0, done.stdout + done.stderr
