"""Requests to a service: how long they take, by route."""

from __future__ import annotations

import os
from bisect import bisect_left
from collections.abc import Callable
from threading import RLock
from typing import TypeVar
from weakref import WeakSet

from . import _logging, _native, _settings
from ._process import ProcessTracker
from ._process import tracker as process_tracker
from ._prometheus import Family, text_of
from ._tracker import Tracker, shown

T = TypeVar("T")

# Seconds: the bounds that Prometheus' own clients have.
BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)
MOST_ROUTES = 200
OTHER = "other"
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


class Series:
    """The requests of one method, route and class of status."""

    __slots__ = ("buckets", "operation", "sum_seconds")

    def __init__(self, operation: int) -> None:
        self.operation = operation
        self.buckets = [0] * (len(BOUNDS) + 1)
        self.sum_seconds = 0.0


class Requests:
    """What was asked of the service since it started."""

    _all: WeakSet[Requests] = WeakSet()

    def __init__(self, tracker: Tracker | None) -> None:
        self.tracker = process_tracker if tracker is None else tracker
        # A finalizer may make a request while this thread counts one.
        self._lock = RLock()
        self._series: dict[tuple[str, str, str], Series] = {}
        self._routes: set[str] = set()
        self._has_complained = False
        self._all.add(self)

    @classmethod
    def open_in_child(cls) -> None:
        """Begins anew after a fork: another thread of the parent may have held the lock, and what was asked of the
        parent is its own."""
        for requests in cls._all:
            requests._lock = RLock()
            requests._series = {}

    def route_of(self, find: Callable[[T], object], request: T) -> str | None:
        """The route that ``find`` finds. One that raises fails no request: it finds none, and the log says so once."""
        try:
            route = find(request)
        except Exception as error:
            if not self._has_complained:
                self._has_complained = True
                _logging.say("warning", "the route of a request cannot be found: %r", error)
            return None
        return None if route is None else shown(route)

    def write(self) -> None:
        """Writes what was measured, if nobody else will: a tracker of the program's own is the program's to end, and a test
        looks at what is not written yet."""
        if isinstance(self.tracker, ProcessTracker) and not _settings.Pytest.is_running:
            self.tracker.snapshot()

    def add(self, method: str, route: str | None, status: int | None, ns: int) -> None:
        """Counts a request. Without a route (a page that is not there) or beyond the most routes it is one of the
        others: a name that clients choose must not make a series. Without a status the service failed."""
        if not self.tracker.is_enabled:
            return
        method = method if method in _METHODS else "OTHER"
        has_failed = status is None or status >= 500
        status_class = "5xx" if status is None else f"{status // 100}xx"
        with self._lock:
            if route is None or (route not in self._routes and len(self._routes) >= MOST_ROUTES):
                route = OTHER
            self._routes.add(route)
            series = self._series.get((method, route, status_class))
            if series is None:
                operation = self.tracker._inner.operation("request", [("method", method), ("route", route)])
                series = self._series[(method, route, status_class)] = Series(operation)
            seconds = max(ns, 0) / 1e9
            series.buckets[bisect_left(BOUNDS, seconds)] += 1
            series.sum_seconds += seconds
        (_native.record_failed if has_failed else _native.record)(series.operation, ns)

    def prometheus_text(self) -> str:
        """The requests as a histogram in seconds, and what else the program measured."""
        family = Family("http_request_duration_seconds", "histogram", "How long requests took, by route.")
        with self._lock:
            for (method, route, status), series in tuple(self._series.items()):
                labels = {"method": method, "route": route, "status": status}
                count = 0
                for bound, bucket in zip((*BOUNDS, "+Inf"), series.buckets, strict=True):
                    count += bucket
                    family.add("_bucket", {**labels, "le": str(bound)}, count)
                family.add("_sum", labels, series.sum_seconds)
                family.add("_count", labels, count)
        rest = (one for one in self.tracker.measured() if one.benchmark.rpartition("/")[2] != "request")
        return family.text() + text_of(rest)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=Requests.open_in_child)
