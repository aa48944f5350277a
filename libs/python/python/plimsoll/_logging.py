"""Speaking through ``logging``, to the logger ``plimsoll``."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._native import Measured

_LEVELS = {"info": 20, "warning": 30, "error": 40, "critical": 50}


def say(severity: str, message: str, *arguments: object) -> None:
    """Logs a message. Where nobody has imported ``logging`` nobody wants to know what is only of interest, and its
    import takes longer than all of this package."""
    if severity == "info" and "logging" not in sys.modules:
        return
    import logging

    logging.getLogger("plimsoll").log(_LEVELS[severity], message, *arguments)


def say_targets(measured: list[Measured]) -> None:
    """Logs each value that is beyond its target."""
    for one in measured:
        if one.target is None or one.failed:
            continue
        id, most, least = one.target
        if most is not None and one.value > most:
            word, limit = "above", most
        elif least is not None and one.value < least:
            word, limit = "below", least
        else:
            continue
        name = f"{one.benchmark}#{one.metric}" if one.metric != "time" else one.benchmark
        shown, shown_limit = (_shown(number, one.unit or "") for number in (one.value, limit))
        say("warning", "%s is %s, %s its target%s of %s", name, shown, word, f" {id}" if id else "", shown_limit)


def _shown(value: float, unit: str) -> str:
    if unit == "ns":
        for size, name in ((1e9, "s"), (1e6, "ms"), (1e3, "us")):
            if value >= size:
                return f"{value / size:.4g} {name}"
    return f"{value:.4g} {unit}".rstrip()
