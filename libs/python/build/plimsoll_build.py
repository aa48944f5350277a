"""How pip builds the package from a checkout: by maturin, after the command that it brings was built.
`cargo xtask wheel` does the same without pip."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import maturin
from maturin import get_requires_for_build_editable, get_requires_for_build_wheel

__all__ = [
    "build_editable",
    "build_wheel",
    "get_requires_for_build_editable",
    "get_requires_for_build_wheel",
    "prepare_metadata_for_build_editable",
    "prepare_metadata_for_build_wheel",
]

_HERE = Path(__file__).resolve().parent.parent
_COMMAND = _HERE / "plimsoll.data" / "scripts" / "plimsoll"


def prepare_metadata_for_build_wheel(folder: str, settings: Any = None) -> str:
    """What the wheel will say of itself. Maturin wants the command for that already."""
    _build_command()
    return str(maturin.prepare_metadata_for_build_wheel(folder, settings))


prepare_metadata_for_build_editable = prepare_metadata_for_build_wheel


def build_wheel(folder: str, settings: Any = None, metadata: str | None = None) -> str:
    """The wheel, with the command in it."""
    _build_command()
    return str(maturin.build_wheel(folder, settings, metadata))


def build_editable(folder: str, settings: Any = None, metadata: str | None = None) -> str:
    """The same for ``pip install -e``."""
    _build_command()
    return str(maturin.build_editable(folder, settings, metadata))


def _build_command() -> None:
    sources = _HERE.parent.parent / "crates" / "cli"
    if not sources.is_dir():
        raise SystemExit(
            f"{_HERE} lies outside of a checkout of Plimsoll, where the command is built that the package brings: "
            "run `cargo xtask wheel` in a checkout, and install target/python/wheels/plimsoll-*.whl"
        )
    if shutil.which("cargo") is None:
        raise SystemExit("the package is built by cargo, which is not here: see https://rustup.rs")
    with tempfile.TemporaryDirectory() as root:
        install = ["cargo", "install", "--locked", "--quiet", "--no-track", "--path", str(sources)]
        subprocess.run([*install, "--root", root], check=True)
        _COMMAND.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(Path(root, "bin", "plimsoll"), _COMMAND)
