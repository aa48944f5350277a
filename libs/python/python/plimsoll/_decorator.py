"""Timing functions of every kind."""

from __future__ import annotations

from time import perf_counter_ns

from . import _native
from ._duration import convert

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator
    from typing import Any, ParamSpec, TypeVar

    from ._tracker import Tracker

    P = ParamSpec("P")
    R = TypeVar("R")

# What the compiler notes of a function, as `inspect` names it; importing that takes longer than all of this package.
_GENERATOR = 0x20
_COROUTINE = 0x80
_GENERATOR_TO_AWAIT = 0x100
_ASYNC_GENERATOR = 0x200


class Measure:
    """Makes a function one whose calls are timed."""

    __slots__ = ("_id", "_name", "_parameters", "_target", "_tracker")

    def __init__(
        self,
        tracker: Tracker,
        name: str | None,
        id: str | None,
        target: str | None,
        parameters: dict[str, str],
    ) -> None:
        self._tracker = tracker
        self._name = name
        self._id = id
        if target is not None:
            # A target that is none shall be seen at once, also where nothing is measured.
            convert(target, "ns")
        self._target = target
        self._parameters = list(parameters.items())

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        inner = self._tracker._inner
        if isinstance(function, property) and function.fget is not None:
            return function.getter(self(function.fget))
        if not callable(function) and not isinstance(function, classmethod):
            # It shall be seen at once, also where nothing is measured.
            raise TypeError(f"{function!r} cannot be called: put the decorator on the function itself")
        if not inner.is_enabled:
            return function
        if isinstance(function, (staticmethod, classmethod)):
            return type(function)(self(function.__func__))
        name = self._name or _name_of(function)
        if self._target is not None:
            self._tracker.declare(name, "ns", "lower", target=self._target, id=self._id)
        operation = inner.operation(name, self._parameters)
        return _wrap(function, operation)


def _name_of(function: Callable[..., object]) -> str:
    name = getattr(function, "__qualname__", None) or type(function).__qualname__
    return str(name).replace(".<locals>", "")


def _wrap(function: Callable[P, R], operation: int) -> Callable[P, R]:
    wrapper: Any
    kind = _kind(function)
    if kind & (_COROUTINE | _GENERATOR_TO_AWAIT):
        wrapper = _coroutine(function, operation)
    elif kind & _ASYNC_GENERATOR:
        wrapper = _async_generator(function, operation)
    elif kind & _GENERATOR:
        wrapper = _generator(function, operation)
    else:
        wrapper = _native.wrap(function, operation)
    _look_like(wrapper, function)
    return wrapper  # type: ignore[no-any-return]


def _kind(function: Any) -> int:
    # `functools.partial` has the function it calls in `func`, and a callable object in its class.
    while hasattr(function, "func") and not hasattr(function, "__code__"):
        function = function.func
    function = getattr(function, "__func__", function)
    code = getattr(function, "__code__", None)
    if code is None:
        code = getattr(getattr(type(function), "__call__", None), "__code__", None)
    return int(getattr(code, "co_flags", 0))


def _look_like(wrapper: Any, function: Any) -> None:
    """What `functools.wraps` does."""
    for name in ("__module__", "__name__", "__qualname__", "__doc__", "__annotations__", "__type_params__"):
        try:
            setattr(wrapper, name, getattr(function, name))
        except AttributeError:
            pass
    wrapper.__dict__.update(getattr(function, "__dict__", {}))
    wrapper.__wrapped__ = function


def _coroutine(function: Any, operation: int) -> Any:
    async def measured(*args: Any, **kwargs: Any) -> Any:
        start = perf_counter_ns()
        try:
            result = await function(*args, **kwargs)
        except BaseException:
            _native.record_failed(operation, perf_counter_ns() - start)
            raise
        _native.record(operation, perf_counter_ns() - start)
        return result

    return measured


def _generator(function: Any, operation: int) -> Any:
    def measured(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        generator = function(*args, **kwargs)
        resume, sent, busy = generator.send, None, 0
        while True:
            start = perf_counter_ns()
            try:
                item = resume(sent)
            except StopIteration as stop:
                _native.record(operation, busy + perf_counter_ns() - start)
                return stop.value
            except BaseException:
                _native.record_failed(operation, busy + perf_counter_ns() - start)
                raise
            busy += perf_counter_ns() - start
            try:
                resume, sent = generator.send, (yield item)
            except GeneratorExit:
                # Whoever asked has enough; that is no failure.
                generator.close()
                _native.record(operation, busy)
                raise
            except BaseException as error:
                resume, sent = generator.throw, error

    return measured


def _async_generator(function: Any, operation: int) -> Any:
    async def measured(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        generator = function(*args, **kwargs)
        resume, sent, busy = generator.asend, None, 0
        while True:
            start = perf_counter_ns()
            try:
                item = await resume(sent)
            except StopAsyncIteration:
                _native.record(operation, busy + perf_counter_ns() - start)
                return
            except BaseException:
                _native.record_failed(operation, busy + perf_counter_ns() - start)
                raise
            busy += perf_counter_ns() - start
            try:
                resume, sent = generator.asend, (yield item)
            except GeneratorExit:
                await generator.aclose()
                _native.record(operation, busy)
                raise
            except BaseException as error:
                resume, sent = generator.athrow, error

    return measured
