"""Durations as people write them."""

from __future__ import annotations

_NANOSECONDS = {"ns": 1.0, "us": 1e3, "µs": 1e3, "μs": 1e3, "ms": 1e6, "s": 1e9, "min": 60e9, "h": 3_600e9}


def convert(target: str | float, unit: str) -> float:
    """A limit in ``unit``: a number is in it already, a text is a duration, such as ``"1.5 s"``.

    ValueError if it is neither."""
    if not isinstance(target, str):
        return float(target)
    text = target.strip()
    written = text.lstrip("0123456789.eE+-_ ")
    number = text[: len(text) - len(written)].strip()
    if written not in _NANOSECONDS or unit not in _NANOSECONDS:
        raise ValueError(f"{target!r} is no duration such as '500 ms' or '1.5 s'")
    try:
        return float(number) * _NANOSECONDS[written] / _NANOSECONDS[unit]
    except ValueError:
        raise ValueError(f"{target!r} is no duration such as '500 ms' or '1.5 s'") from None
