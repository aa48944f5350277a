"""Checked by mypy, never run: what the package promises a type checker."""

from collections.abc import AsyncIterator, Iterator
from typing import assert_type

from plimsoll import Measured, Phase, Row, Status, Summary, Tracker, measure, tracker


@measure("validation", id="VAL-001", target="1s")
def validate(value: int) -> str:
    return str(value)


@measure
async def fetch(url: str, *, retries: int = 3) -> bytes:
    return url.encode() * retries


@tracker.measure(kind="small")
def numbers() -> Iterator[int]:
    yield 1


@measure()
async def events() -> AsyncIterator[int]:
    yield 1


class Service:
    @measure("handle")
    def handle(self, value: int) -> int:
        return value


async def use() -> None:
    assert_type(validate(5), str)
    assert_type(await fetch("x", retries=1), bytes)
    assert_type(numbers(), Iterator[int])
    assert_type(events(), AsyncIterator[int])
    assert_type(Service().handle(5), int)
    with tracker.phase("rendering") as phase:
        assert_type(phase, Phase)
        phase.items(100, "pages")
    async with tracker.phase("waiting") as waiting:
        assert_type(waiting, Phase)
    with Tracker("build", heap=True) as build:
        assert_type(build, Tracker)
    tracker.record("prompt_tokens", 4123, unit="tokens")
    tracker.declare("hit_rate", "ratio", "higher", target=0.9, id="HIT-1")
    assert_type(tracker.stop("x"), float | None)
    assert_type(tracker.snapshot(), list[Measured])
    assert_type(tracker.status(), Status)
    assert_type(tracker.summary_line(), str)
    assert_type(tracker.summary(), Summary)
    assert_type(tracker.summary().rows, list[Row])
    validate("5")  # type: ignore[arg-type]
    tracker.note("odd", "catastrophic")  # type: ignore[arg-type]
