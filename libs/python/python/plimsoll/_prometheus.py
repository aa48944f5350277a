"""The text format of Prometheus, version 0.0.4."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from ._native import Measured

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_PREFIX = "plimsoll_"
_QUANTILES = {"p50": "0.5", "p90": "0.9", "p95": "0.95", "p99": "0.99", "p999": "0.999"}


class Family:
    """All samples of one name, which stand together."""

    def __init__(self, name: str, kind: str, help: str) -> None:
        self.name = name
        self.kind = kind
        self.help = help
        self._lines: list[str] = []

    def add(self, suffix: str, labels: dict[str, str], value: float) -> None:
        """Adds a sample."""
        inside = ",".join(f'{name_of(name)}="{_escape(text)}"' for name, text in labels.items())
        self._lines.append(f"{self.name}{suffix}{{{inside}}} {number(value)}")

    def text(self) -> str:
        """The family as it is served; nothing if it has no samples."""
        if not self._lines:
            return ""
        help = self.help.replace("\\", r"\\").replace("\n", r"\n")
        head = f"# HELP {self.name} {help}\n# TYPE {self.name} {self.kind}\n"
        return head + "\n".join(self._lines) + "\n"


def text_of(measured: Iterable[Measured]) -> str:
    """Measurements: times as summaries in seconds, everything else as gauges in its own unit."""
    families: dict[str, Family] = {}
    for one in measured:
        is_time = one.metric == "time" and one.unit == "ns"
        metric, unit = ("time", "seconds") if is_time else (one.metric, one.unit or "")
        name = _PREFIX + name_of(metric)
        if unit and not name.endswith(f"_{name_of(unit)}"):
            name += f"_{name_of(unit)}"
        family = families.get(name)
        if family is None:
            what = "How long it took." if is_time else f"The program's {metric}."
            family = families[name] = Family(name, "summary" if is_time else "gauge", what)
        labels = {"benchmark": one.benchmark, **one.parameters}
        if not is_time:
            family.add("", labels, one.value)
            continue
        total = one.value if one.statistic == "total" else one.estimates.get("mean", one.value) * one.count
        for estimate, quantile in _QUANTILES.items():
            if estimate in one.estimates:
                family.add("", {**labels, "quantile": quantile}, one.estimates[estimate] / 1e9)
        family.add("_sum", labels, total / 1e9)
        family.add("_count", labels, one.count)
    return "".join(family.text() for family in families.values())


def name_of(text: str) -> str:
    """A name that the format allows: letters, digits and `_`."""
    name = "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in text)
    return f"_{name}" if name[:1].isdigit() or not name else name


def number(value: float) -> str:
    """A number as the format writes it."""
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(float(value))


def _escape(text: str) -> str:
    return text.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")
