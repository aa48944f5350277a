"""For WSGI applications (Flask, Django, …): latencies by route, and the metrics' page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from time import perf_counter_ns
from typing import Any

from ._prometheus import CONTENT_TYPE
from ._requests import Requests
from ._tracker import Tracker

Environment = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environment, StartResponse], Iterable[bytes]]


class Middleware:
    """Stands before an application: ``app = plimsoll.wsgi.Middleware(app)``.

    WSGI has no word for routes: that of Flask is found; another application says ``environ["plimsoll.route"]``, or
    ``route`` finds it in what the application left in ``environ``. Without one all requests are counted together.
    ``path=None`` serves no metrics.

    The page of metrics says what the service does. Do not show it to the world."""

    def __init__(
        self,
        app: Application,
        path: str | None = "/api/v1/metrics",
        *,
        tracker: Tracker | None = None,
        route: Callable[[Environment], str | None] | None = None,
    ) -> None:
        self.app = app
        self._path = path
        self._requests = Requests(tracker)
        self._route = route or (lambda environ: environ.get("plimsoll.route"))

    def prometheus_text(self) -> str:
        """What is served at ``path``."""
        return self._requests.prometheus_text()

    def __call__(self, environ: Environment, start_response: StartResponse) -> Iterable[bytes]:
        if environ.get("PATH_INFO") == self._path and environ["REQUEST_METHOD"] in ("GET", "HEAD"):
            body = self.prometheus_text().encode()
            start_response("200 OK", [("Content-Type", CONTENT_TYPE), ("Content-Length", str(len(body)))])
            return [b"" if environ["REQUEST_METHOD"] == "HEAD" else body]
        request = _Request(self, environ, start_response)
        try:
            request.answer = self.app(environ, request.start)
        except BaseException:
            request.end(failed=True)
            raise
        return request

    def _add(self, environ: Environment, status: int | None, ns: int) -> None:
        route = self._requests.route_of(self._route, environ)
        self._requests.add(environ["REQUEST_METHOD"], route, status, ns)


def _say_route_of_flask(environ: Environment) -> None:
    # The request that Werkzeug leaves there is gone at the end. It has no rule for a page that is not there.
    rule = getattr(environ.get("werkzeug.request"), "url_rule", None)
    if rule is not None:
        environ.setdefault("plimsoll.route", rule.rule)


class _Request:
    """A request, which lasts until the server has taken the answer and closed it."""

    answer: Iterable[bytes]

    def __init__(self, middleware: Middleware, environ: Environment, start_response: StartResponse) -> None:
        self._middleware = middleware
        self._environ = environ
        self._start_response = start_response
        self._status: int | None = None
        self._is_ended = False
        self._began = perf_counter_ns()

    def start(self, status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
        self._status = int(status[:3]) if status[:3].isdigit() else None
        _say_route_of_flask(self._environ)
        return self._start_response(status, headers, *error)

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self.answer
        except BaseException as error:
            self.end(failed=not isinstance(error, GeneratorExit))
            raise

    def close(self) -> None:
        close = getattr(self.answer, "close", None)
        try:
            if close is not None:
                close()
        finally:
            self.end(failed=False)

    def end(self, *, failed: bool) -> None:
        if not self._is_ended:
            self._is_ended = True
            status = None if failed else self._status
            self._middleware._add(self._environ, status, perf_counter_ns() - self._began)
