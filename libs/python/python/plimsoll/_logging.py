"""Speaking through ``logging``, to the logger ``plimsoll``."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from . import _native

_LEVELS = {"info": 20, "warning": 30, "error": 40, "critical": 50}


def say(severity: str, message: str, *arguments: object) -> None:
    """Logs a message. Where nobody has imported ``logging`` nobody wants to know what is only of interest, and its
    import takes longer than all of this package."""
    if severity == "info" and "logging" not in sys.modules:
        return
    import logging

    logging.getLogger("plimsoll").log(_LEVELS[severity], message, *arguments)


def say_warnings(tracker: _native.Tracker, *, is_end: bool) -> None:
    """Logs each value that is beyond its target or far from its baseline; at the end also that alerts are live."""
    for severity, message in tracker.warnings(is_end):
        say(severity, "%s", message)


def is_summary_heard() -> bool:
    """Whether somebody wants to know what is only of interest."""
    logging = sys.modules.get("logging")
    return logging is not None and bool(logging.getLogger("plimsoll").isEnabledFor(_LEVELS["info"]))
