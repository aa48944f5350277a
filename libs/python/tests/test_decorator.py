"""Functions of every kind, decorated."""

from __future__ import annotations

import asyncio
import copy
import functools
import gc
import inspect
import pickle
import types
import weakref
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import Program, calls, times

from plimsoll import Tracker


@pytest.fixture
def tracker(tmp_path: Path) -> Tracker:
    return Tracker("t", spool=tmp_path / "spool")


def ended(tracker: Tracker, program: Program) -> dict[str, Any]:
    tracker.finish()
    return program.line()


def test_a_function_is_what_it_was(tracker: Tracker) -> None:
    @tracker.measure("f", id="F-1", target="1 s")
    def f(a: int, b: int = 2, *, c: int = 3) -> tuple[int, int, int]:
        """Says so."""
        return a, b, c

    assert (f(1), f(1, 5), f(1, c=4), f(b=0, a=9)) == ((1, 2, 3), (1, 5, 3), (1, 2, 4), (9, 0, 3))
    assert (f.__name__, f.__doc__, f.__module__) == ("f", "Says so.", __name__)
    assert list(inspect.signature(f).parameters) == ["a", "b", "c"]
    assert "measured <function" in repr(f)
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'a'"):
        f()  # type: ignore[call-arg]
    f.remark = 1  # type: ignore[attr-defined]
    assert f.remark == 1 and f.__dict__["remark"] == 1  # type: ignore[attr-defined]
    assert weakref.ref(f)() is f
    assert copy.copy(f) is f and copy.deepcopy(f) is f


def test_it_passes_for_a_function(tracker: Tracker) -> None:
    @tracker.measure("outer")
    @tracker.measure("f")
    def f(a: int, b: int = 2, *, c: int = 3) -> int:
        return a + b + c

    assert inspect.isfunction(f) and isinstance(f, types.FunctionType) and f.__class__ is types.FunctionType
    assert f.__code__.co_name == "f" and f.__globals__ is globals() and f.__closure__ is None
    assert (f.__defaults__, f.__kwdefaults__) == ((2,), {"c": 3})
    assert inspect.getfullargspec(f).args == ["a", "b"]
    # What is no function does not.
    for callable in (int, functools.partial(int, base=8), "a".join):
        measured = tracker.measure("other")(callable)
        assert not inspect.isfunction(measured) and not inspect.isclass(measured)
        assert type(measured) is measured.__class__ and not hasattr(measured, "__code__")


def test_calls_are_counted_and_the_first_stands_apart(tracker: Tracker, program: Program) -> None:
    @tracker.measure("first", id="F-1", target="1.5 s")
    def f() -> None:
        pass

    for _ in range(100):
        f()
    cold, warm = times(ended(tracker, program), "t/first")
    assert cold["parameters"] == {"start": "cold"} and cold["iterations"] == 1
    assert warm["iterations"] == 99 and warm["statistic"] == "median"
    assert warm["target"] == {"id": "F-1", "max": 1.5e9}
    assert (warm["unit"], warm["direction"]) == ("ns", "lower")


def test_an_exception_is_a_failed_call_and_goes_on(tracker: Tracker, program: Program) -> None:
    @tracker.measure("f")
    def f(value: int) -> float:
        return 1 / value

    f(1)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            f(0)
    line = ended(tracker, program)
    assert (calls(line, "t/f"), calls(line, "t/f", "failed")) == (1, 2)


class Thing:
    def __init__(self, number: int) -> None:
        self.number = number


def test_methods(tracker: Tracker, program: Program) -> None:
    class Counter(Thing):
        @tracker.measure
        def plus(self, more: int) -> int:
            return self.number + more

        @tracker.measure("static")
        @staticmethod
        def static(value: int) -> int:
            return value

        @classmethod
        @tracker.measure("made")
        def made(cls) -> Counter:
            return cls(7)

        @property
        @tracker.measure("twice")
        def twice(self) -> int:
            return 2 * self.number

        @tracker.measure("thrice")  # type: ignore[prop-decorator]
        @property
        def thrice(self) -> int:
            """Says so."""
            return 3 * self.number

    counter = Counter.made()
    assert counter.thrice == 21 and Counter.thrice.__doc__ == "Says so."
    assert (counter.plus(1), Counter.plus(counter, more=2)) == (8, 9)
    bound = counter.plus
    assert bound(3) == 10 and bound.__self__ is counter  # type: ignore[attr-defined]
    assert (counter.static(4), Counter.static(5), counter.twice) == (4, 5, 14)
    line = ended(tracker, program)
    assert calls(line, "t/test_methods.Counter.plus") == 3
    assert [calls(line, f"t/{name}") for name in ("static", "made", "twice", "thrice")] == [2, 1, 1, 1]


def test_callables_that_are_no_functions(tracker: Tracker, program: Program) -> None:
    length = tracker.measure("len")(len)
    partial = tracker.measure("partial")(functools.partial(int, base=2))
    assert (length([1, 2]), partial("101")) == (2, 5)
    line = ended(tracker, program)
    assert (calls(line, "t/len"), calls(line, "t/partial")) == (1, 1)


def test_coroutines(tracker: Tracker, program: Program) -> None:
    @tracker.measure("wait")
    async def wait(value: int) -> int:
        await asyncio.sleep(0)
        if value < 0:
            raise ValueError(value)
        return value

    async def main() -> list[Any]:
        return await asyncio.gather(*(wait(value) for value in range(-2, 8)), return_exceptions=True)

    assert inspect.iscoroutinefunction(wait)
    assert asyncio.run(main())[2:] == list(range(8))
    line = ended(tracker, program)
    assert (calls(line, "t/wait"), calls(line, "t/wait", "failed")) == (8, 2)


def test_generators_to_await(tracker: Tracker, program: Program) -> None:
    @tracker.measure("f")
    @types.coroutine
    def f() -> Iterator[None]:
        yield

    async def main() -> None:
        await f()

    asyncio.run(main())
    assert calls(ended(tracker, program), "t/f") == 1


def test_a_cancelled_coroutine_failed(tracker: Tracker, program: Program) -> None:
    @tracker.measure("wait")
    async def wait() -> None:
        await asyncio.Event().wait()

    async def main() -> None:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(wait(), 0.001)

    asyncio.run(main())
    assert calls(ended(tracker, program), "t/wait", "failed") == 1


def test_generators_are_generators(tracker: Tracker, program: Program) -> None:
    @tracker.measure("numbers")
    def numbers() -> Iterator[int]:
        sent = yield 1
        try:
            yield sent or 2
        except KeyError:
            yield 3
        return 4  # type: ignore[return-value]

    assert inspect.isgeneratorfunction(numbers)
    assert list(numbers()) == [1, 2]
    talk: Any = numbers()
    assert (next(talk), talk.send(9), talk.throw(KeyError())) == (1, 9, 3)
    with pytest.raises(StopIteration) as stop:
        next(talk)
    assert stop.value.value == 4
    unfinished = numbers()
    next(unfinished)
    unfinished.close()
    broken: Any = numbers()
    next(broken)
    with pytest.raises(OSError):
        broken.throw(OSError())
    line = ended(tracker, program)
    assert (calls(line, "t/numbers"), calls(line, "t/numbers", "failed")) == (3, 1)


def test_asynchronous_generators(tracker: Tracker, program: Program) -> None:
    @tracker.measure("numbers")
    async def numbers(most: int) -> AsyncIterator[int]:
        for number in range(most):
            await asyncio.sleep(0)
            yield number
        if most > 3:
            raise ValueError

    async def main() -> None:
        assert [number async for number in numbers(3)] == [0, 1, 2]
        with pytest.raises(ValueError):
            [number async for number in numbers(4)]
        unfinished: Any = numbers(2)
        await unfinished.asend(None)
        await unfinished.aclose()

    assert inspect.isasyncgenfunction(numbers)
    asyncio.run(main())
    line = ended(tracker, program)
    assert (calls(line, "t/numbers"), calls(line, "t/numbers", "failed")) == (2, 1)


def test_a_target_that_is_none_is_seen_at_once(tracker: Tracker) -> None:
    for target in ("soon", "1", "5 parsecs", "ms", "1..2 s"):
        with pytest.raises(ValueError, match="no duration"):
            tracker.measure("f", target=target)


def test_what_cannot_be_called_is_seen_at_once(tracker: Tracker, program: Program) -> None:
    with pytest.raises(TypeError, match="5 cannot be called"):
        tracker.measure("five")(5)  # type: ignore[arg-type]
    code = """
        import functools
        from plimsoll import measure
        try: measure("p")(functools.cached_property(len))
        except TypeError: pass
        else: raise SystemExit("it should have been seen")
        """
    program.run(code)
    program.run(code, PLIMSOLL_DISABLE="1")


def test_the_collector_takes_it(tracker: Tracker) -> None:
    @tracker.measure("f")
    def f() -> None:
        pass

    f.itself = f  # type: ignore[attr-defined]
    gone = weakref.ref(f)
    del f
    gc.collect()
    assert gone() is None


def test_parameters_are_a_series_of_their_own(tracker: Tracker, program: Program) -> None:
    for kind in ("small", "large"):
        tracker.measure("f", kind=kind)(lambda: None)()
    parameters = [one["parameters"] for one in times(ended(tracker, program), "t/f")]
    assert sorted(one["kind"] for one in parameters) == ["large", "small"]


def test_it_is_pickled_by_its_name(program: Program) -> None:
    program.run(
        """
        import pickle
        from plimsoll import measure

        @measure
        def f(): return 5

        assert pickle.loads(pickle.dumps(f)) is f
        """
    )
    assert pickle


def test_switched_off_the_function_is_left_alone(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = """
        from plimsoll import measure, tracker, Tracker

        def f(): pass
        async def g(): pass
        assert measure("f")(f) is f and measure(g) is g
        tracker.start("x"); tracker.stop("x"); tracker.record("y", 1); tracker.trace_heap()
        with tracker.phase("z") as phase:
            phase.items(1)
            phase.phase("in it").end()
        with Tracker("t") as t:
            t.items(3)
        assert tracker.snapshot() == [] and not tracker.is_enabled
        """
    for name in ("PLIMSOLL_DISABLE", "DISABLE_PERFORMANCE_TRACKING"):
        monkeypatch.setenv(name, "1")
        program.run(code)
        monkeypatch.delenv(name)
    assert program.lines() == []
