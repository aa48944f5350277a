"""What stands for the native half where that cannot be had: in an interpreter besides the main one. Nothing is
measured, and everything can be called."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import ParamSpec, TypeVar

    P = ParamSpec("P")
    R = TypeVar("R")


class Measured:
    """There is none."""


class Row:
    """There is none."""


class Summary:
    """Nothing is measured."""

    headline = "nothing is measured"
    rows: list[Row] = []
    index = run = commit = measured_at = verdict = None
    alerts = 0

    def __str__(self) -> str:
        return self.headline


class Tracker:
    """Measures nothing."""

    is_enabled = False

    def __init__(self, *_: object) -> None:
        pass

    @staticmethod
    def process_wide(*_: object) -> Tracker:
        return Tracker()

    def measured(self) -> list[Measured]:
        return []

    def snapshot(self) -> list[Measured]:
        return []

    def summary(self, line: str) -> Summary:
        return Summary()

    def warnings(self, is_end: bool) -> list[tuple[str, str]]:
        return []

    def status(self) -> tuple[None, int, int, int, int, int, str]:
        return None, 0, 0, 0, 0, 0, "only the main interpreter is measured"

    def _nothing(self, *_: object) -> None:
        pass

    start = stop = record = count = items = declare = add = allocator = note = fail = _nothing
    reset = finish = write_to = _nothing

    def operation(self, *_: object) -> int:
        return 0


def is_main_interpreter() -> bool:
    return False


def resident_memory() -> tuple[int, int] | None:
    return None


def wrap(function: Callable[P, R], _: int) -> Callable[P, R]:
    return function


def record(_: int, __: int) -> None:
    pass


record_failed = record
