"""The text format of Prometheus, version 0.0.4."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from ._native import Measured

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_PREFIX = "plimsoll_"
_SUMMARY = f"{_PREFIX}time_seconds"
_QUANTILES = {"p50": "0.5", "p90": "0.9", "p95": "0.95", "p99": "0.99", "p999": "0.999"}


class Family:
    """All samples of one name, which stand together."""

    def __init__(self, name: str, kind: str, help: str) -> None:
        self.name = name
        self.kind = kind
        self.help = help
        self._samples: dict[str, str] = {}

    def add(self, suffix: str, labels: dict[str, str], value: float) -> None:
        """Adds a sample. Of several with the same labels the last is served: the format has room for one."""
        inside = ",".join(f'{name}="{_escape(text)}"' for name, text in labels.items())
        self._samples[f"{self.name}{suffix}{{{inside}}}"] = number(value)

    def text(self) -> str:
        """The family as it is served; nothing if it has no samples."""
        if not self._samples:
            return ""
        help = self.help.replace("\\", r"\\").replace("\n", r"\n")
        head = f"# HELP {self.name} {help}\n# TYPE {self.name} {self.kind}\n"
        return head + "".join(f"{sample} {value}\n" for sample, value in self._samples.items())


def text_of(measured: Iterable[Measured]) -> str:
    """Measurements: times as summaries in seconds, everything else as gauges in its own unit."""
    families: dict[tuple[str, str], Family] = {}
    # The summary's own names are nobody else's.
    taken = {_SUMMARY, f"{_SUMMARY}_sum", f"{_SUMMARY}_count"}
    for one in measured:
        is_time = one.metric == "time" and one.unit == "ns"
        key = (one.metric, one.unit or "")
        family = families.get(key)
        if family is None:
            if is_time:
                family = Family(_SUMMARY, "summary", "How long it took.")
            else:
                family = Family(_free(_name_with_unit(*key), taken), "gauge", f"The program's {one.metric}.")
            families[key] = family
            taken.add(family.name)
        labels = {"benchmark": one.benchmark}
        for parameter, text in one.parameters.items():
            labels[_free(_label_of(parameter), {*labels, "le", "quantile"})] = text
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


def _name_with_unit(metric: str, unit: str) -> str:
    name = _PREFIX + name_of(metric)
    return name if not unit or name.endswith(f"_{name_of(unit)}") else f"{name}_{name_of(unit)}"


def _label_of(text: str) -> str:
    # Two underscores are Prometheus' own.
    name = name_of(text)
    return "_" + name.lstrip("_") if name.startswith("__") else name


def _free(name: str, taken: set[str]) -> str:
    """The name, or where other text became the same name another one."""
    number, free = 2, name
    while free in taken:
        number, free = number + 1, f"{name}_{number}"
    return free


def name_of(text: str) -> str:
    """A name that the format allows: letters, digits and `_`."""
    name = "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in text)
    return f"_{name}" if name[:1].isdigit() or not name else name


def number(value: float) -> str:
    """A number as the format writes it."""
    return str(int(value)) if abs(value) < 1e15 and value == int(value) else repr(float(value))


def _escape(text: str) -> str:
    return text.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")
