"""What is known of the interpreter and its environment."""

from __future__ import annotations

import os
import sys


class Pytest:
    """Whether this process runs pytest, as the plugin says."""

    is_running = False


def is_under_test() -> bool:
    """Whether this is a test run, or a program that one started: its numbers belong to no history, unless
    ``PLIMSOLL_UNDER_PYTEST=1`` wants them."""
    if os.environ.get("PLIMSOLL_UNDER_PYTEST", "0") not in ("", "0"):
        return False
    if Pytest.is_running or "PYTEST_VERSION" in os.environ or "PYTEST_CURRENT_TEST" in os.environ:
        return True
    return program_name() == "unittest"


def program_name() -> str:
    """What the program is called: the module or the script that runs."""
    spec = getattr(sys.modules.get("__main__"), "__spec__", None)
    if spec is not None:
        return str(spec.name).removesuffix(".__main__")
    argument = sys.argv[0] if getattr(sys, "argv", None) else ""
    if argument == "-m" and "-m" in sys.orig_argv[:-1]:
        # The module that runs is being looked for.
        return sys.orig_argv[sys.orig_argv.index("-m") + 1]
    folder, file = os.path.split(argument)
    name = os.path.splitext(file)[0]
    if name == "__main__":
        name = os.path.basename(folder)
    return "python" if name in ("", "-c", "-m") else name


def tools() -> list[tuple[str, str]]:
    """What the numbers depend on."""
    version = sys.version_info
    return [(sys.implementation.name, f"{version.major}.{version.minor}.{version.micro}")]
