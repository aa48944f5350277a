"""For ASGI applications (Starlette, FastAPI, Django, …): latencies by route, and the metrics' page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from time import perf_counter_ns
from typing import Any

from ._prometheus import CONTENT_TYPE
from ._requests import MOST_ROUTES, Requests
from ._tracker import Tracker

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


class Middleware:
    """Stands before an application: ``app = plimsoll.asgi.Middleware(app)``.

    A request lasts until the last byte of its answer. Its route is the template that the framework found
    (``/users/{id}``), never the path: that is the client's to choose. For a framework that does not say its route,
    ``route`` finds it in the scope. ``path=None`` serves no metrics.

    The page of metrics says what the service does. Do not show it to the world."""

    def __init__(
        self,
        app: Application,
        path: str | None = "/api/v1/metrics",
        *,
        tracker: Tracker | None = None,
        route: Callable[[Scope], str | None] | None = None,
    ) -> None:
        self.app = app
        self._path = path
        self._requests = Requests(tracker)
        self._route = route
        self._templates = _Templates()

    def prometheus_text(self) -> str:
        """What is served at ``path``."""
        return self._requests.prometheus_text()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, self._until_the_end(send) if scope["type"] == "lifespan" else send)
            return
        if self._is_for_metrics(scope):
            await self._serve(scope, send)
            return
        status: int | None = None

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        # The outermost application knows all routes; those that are mounted put themselves in its place.
        outermost = self.app if hasattr(self.app, "routes") else scope.get("app")
        start = perf_counter_ns()
        try:
            await self.app(scope, receive, watch)
        except BaseException:
            status = None
            raise
        finally:
            ns = perf_counter_ns() - start
            find = self._route or (lambda scope: self._templates.of(scope, outermost))
            self._requests.add(scope["method"], self._requests.route_of(find, scope), status, ns)

    def _is_for_metrics(self, scope: Scope) -> bool:
        if self._path is None or scope["method"] not in ("GET", "HEAD"):
            return False
        # Servers put the prefix of a proxy or of a mount before the path, or do not.
        return scope["path"] in (self._path, scope.get("root_path", "") + self._path)

    def _until_the_end(self, send: Send) -> Send:
        """Writes what was measured when the application has ended. The process may end without a word: uvicorn ends it by
        the signal that it got."""

        async def watch(message: Message) -> None:
            if message["type"].startswith("lifespan.shutdown."):
                self._requests.write()
            await send(message)

        return watch

    async def _serve(self, scope: Scope, send: Send) -> None:
        body = self.prometheus_text().encode()
        headers = [(b"content-type", CONTENT_TYPE.encode()), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


class _Templates:
    """Finds the template of the route that a framework chose, with those of the mounts and routers it stands in. The way
    there is remembered: it is walked once for each route."""

    def __init__(self) -> None:
        # By identity, since routes are equal by what is in them, and have no hash. What is kept here cannot become another.
        self._known: dict[int, tuple[Any, str | None]] = {}

    def of(self, scope: Scope, application: Any) -> str | None:
        """None where the framework does not say."""
        chosen = _chosen(scope)
        if chosen is None:
            return None
        known = self._known.get(id(chosen))
        if known is not None:
            return known[1]
        template = _walk(getattr(application, "routes", None) or (), chosen, "")
        template = template or _path_of(chosen) or None
        if len(self._known) < MOST_ROUTES:
            self._known[id(chosen)] = (chosen, template)
        return template


def _chosen(scope: Scope) -> Any:
    # The route itself, where it is said; Starlette long said the function alone.
    chosen = scope.get("route") or scope.get("endpoint")
    # FastAPI includes the routes of a router as they are, and says beside them as what: one may stand under two prefixes.
    said = scope.get("fastapi")
    included = said.get("effective_route_context") if isinstance(said, dict) else None
    effective = _effective(included)
    stands_for = (getattr(included, "original_route", None), getattr(effective, "endpoint", None))
    return effective if chosen is not None and any(one is chosen for one in stands_for) else chosen


def _effective(route: Any) -> Any:
    """As what an included route is found; other routes as themselves."""
    return getattr(route, "starlette_route", None) or route


def _walk(routes: Any, chosen: Any, before: str) -> str | None:
    for route in map(_effective, routes):
        path = before + _path_of(route)
        if route is chosen or getattr(route, "endpoint", None) is chosen:
            return path
        included = getattr(route, "effective_candidates", tuple)
        found = _walk(getattr(route, "routes", None) or included(), chosen, path)
        if found is not None:
            return found
    return None


def _path_of(route: Any) -> str:
    path = getattr(route, "path_format", None) or getattr(route, "path", None)
    if not isinstance(path, str):
        return ""
    # A mount stands for whatever is below it.
    return path.removesuffix("/{path}") if hasattr(route, "routes") else path
