"""Applications behind the middleware, read by Prometheus' own parser."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

import pytest
from conftest import Program, calls
from fastapi import APIRouter, FastAPI
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from plimsoll import Tracker, asgi, wsgi

Counts = dict[tuple[str, str, str], float]


def counts(text: str) -> Counts:
    """How many requests of a method, route and class of status there were."""
    (family,) = (
        one for one in text_string_to_metric_families(text) if one.name == "http_request_duration_seconds"
    )
    assert family.type == "histogram"
    found: Counts = {}
    last_bucket = 0.0
    for sample in family.samples:
        key = (sample.labels["method"], sample.labels["route"], sample.labels["status"])
        if sample.name.endswith("_count"):
            found[key] = sample.value
            assert last_bucket == sample.value
        elif sample.name.endswith("_bucket"):
            last_bucket = sample.value
    return found


@pytest.fixture
def tracker(program: Program) -> Tracker:
    return Tracker("service", spool=program.spool)


async def user(request: Request) -> PlainTextResponse:
    return PlainTextResponse(request.path_params["id"])


async def broken(_: Request) -> PlainTextResponse:
    raise RuntimeError


async def stream(_: Request) -> StreamingResponse:
    async def parts() -> Any:
        yield "a"
        await asyncio.sleep(0)
        yield "b"

    return StreamingResponse(parts())


def starlette() -> Starlette:
    inner = Mount("/{tenant}/admin", Starlette(routes=[Route("/users/{id:int}", user_of_admin)]))
    return Starlette(
        routes=[Route("/users/{id}", user), Route("/broken", broken), Route("/stream", stream), inner]
    )


async def user_of_admin(_: Request) -> PlainTextResponse:
    return PlainTextResponse("admin")


def test_routes_of_starlette(tracker: Tracker, program: Program) -> None:
    app = asgi.Middleware(starlette(), tracker=tracker)
    client = TestClient(app, raise_server_exceptions=False)
    for number in range(3):
        assert client.get(f"/users/{number}").text == str(number)
    client.get("/acme/admin/users/5")
    client.post("/users/1")
    assert client.get("/broken").status_code == 500
    assert client.get("/stream").text == "ab"
    for number in range(5):
        assert client.get(f"/not/there/{number}").status_code == 404
    tracker.record("cost", 0.25, unit="USD")
    answer = client.get("/api/v1/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert client.head("/api/v1/metrics").text == ""
    assert counts(answer.text) == {
        ("GET", "/users/{id}", "2xx"): 3,
        ("GET", "/{tenant}/admin/users/{id}", "2xx"): 1,
        ("POST", "/users/{id}", "4xx"): 1,
        ("GET", "/broken", "5xx"): 1,
        ("GET", "/stream", "2xx"): 1,
        ("GET", "other", "4xx"): 5,
    }
    families = {family.name: family for family in text_string_to_metric_families(answer.text)}
    (cost,) = families["plimsoll_cost_USD"].samples
    assert (cost.labels, cost.value) == ({"benchmark": "service"}, 0.25)
    assert families["plimsoll_peak_rss_bytes"].samples[0].value > 1e6
    tracker.finish()
    line = program.line()
    assert calls(line, "service/request") == 11 and calls(line, "service/request", "failed") == 1


def test_metrics_below_a_prefix(tracker: Tracker) -> None:
    app = asgi.Middleware(starlette(), tracker=tracker)
    assert TestClient(app, root_path="/service").get("/api/v1/metrics").status_code == 200
    mounted = Starlette(routes=[Mount("/service", app)])
    assert TestClient(mounted).get("/service/api/v1/metrics").status_code == 200
    assert TestClient(mounted).get("/api/v1/metrics").status_code == 404


def test_as_a_middleware_of_starlette(tracker: Tracker) -> None:
    app = starlette()
    app.add_middleware(asgi.Middleware, tracker=tracker)
    client = TestClient(app)
    client.get("/users/5")
    client.get("/acme/admin/users/5")
    assert counts(client.get("/api/v1/metrics").text) == {
        ("GET", "/users/{id}", "2xx"): 1,
        ("GET", "/{tenant}/admin/users/{id}", "2xx"): 1,
    }


def test_routes_of_fastapi(tracker: Tracker) -> None:
    router = APIRouter(prefix="/items")
    router.add_api_route("/{name}", named)
    router.add_route("/plain/{id}", user)
    outer = APIRouter()
    outer.include_router(router, prefix="/nested")
    inner = FastAPI()
    inner.include_router(router, prefix="/v3")
    application = FastAPI()
    application.include_router(router, prefix="/v1")
    application.include_router(router, prefix="/v2")
    application.include_router(outer, prefix="/{tenant}")
    application.mount("/mounted", inner)
    client = TestClient(asgi.Middleware(application, tracker=tracker))
    paths = ("/v1/items/a", "/v2/items/b", "/v2/plain/5", "/acme/nested/items/c", "/mounted/v3/items/d")
    assert [client.get(path).status_code for path in paths] == [200] * len(paths)
    assert set(counts(client.get("/api/v1/metrics").text)) == {
        ("GET", "/v1/items/{name}", "2xx"),
        ("GET", "/v2/items/{name}", "2xx"),
        ("GET", "/v2/plain/{id}", "2xx"),
        ("GET", "/{tenant}/nested/items/{name}", "2xx"),
        ("GET", "/mounted/v3/items/{name}", "2xx"),
    }


async def named(name: str) -> str:
    return name


def test_the_way_to_a_route_is_walked_once() -> None:
    walks = 0

    class Routes(list[Route]):
        def __iter__(self) -> Iterator[Route]:
            nonlocal walks
            walks += 1
            return super().__iter__()

    route = Route("/users/{id}", user)
    application, templates = SimpleNamespace(routes=Routes([route])), asgi._Templates()
    assert {templates.of({"route": route}, application) for _ in range(3)} == {"/users/{id}"}
    assert walks == 1


def test_a_route_that_cannot_be_found_fails_no_request(
    tracker: Tracker, caplog: pytest.LogCaptureFixture
) -> None:
    def application(_: wsgi.Environment, start: wsgi.StartResponse) -> list[bytes]:
        start("200 OK", [("Content-Type", "text/plain")])
        return [b"a"]

    middleware = wsgi.Middleware(application, tracker=tracker, route=lambda environ: environ["nobody.said"])
    odd = wsgi.Middleware(application, tracker=tracker, route=lambda _: "/\ud800")
    for one in (middleware, middleware, odd):
        assert request(one, "/") == ("200 OK", b"a")
    assert counts(middleware.prometheus_text()) == {("GET", "other", "2xx"): 2}
    assert counts(odd.prometheus_text().encode().decode()) == {("GET", "/?", "2xx"): 1}
    assert caplog.messages == ["the route of a request cannot be found: KeyError('nobody.said')"]


def test_routes_of_flask(tracker: Tracker) -> None:
    flask = Flask(__name__)
    flask.add_url_rule("/users/<int:id>", view_func=lambda id: str(id), endpoint="user")
    middleware = wsgi.Middleware(flask.wsgi_app, tracker=tracker)
    for path in ("/users/1", "/users/2", "/made/up"):
        request(middleware, path)
    assert counts(middleware.prometheus_text()) == {
        ("GET", "/users/<int:id>", "2xx"): 2,
        ("GET", "other", "4xx"): 1,
    }


def test_a_service_that_ends_by_a_signal_has_written(program: Program) -> None:
    """As uvicorn does: it ends the application, and then itself by the signal that it got."""
    program.run(
        """
        import asyncio, os, signal
        from plimsoll import asgi, tracker

        async def application(scope, receive, send):
            if scope["type"] == "lifespan":
                while (event := (await receive())["type"]) != "lifespan.shutdown":
                    await send({"type": f"{event}.complete"})
                tracker.record("of the end", 1)
                await send({"type": f"{event}.complete"})

        async def main():
            events = iter(["lifespan.startup", "lifespan.shutdown"])
            async def receive(): return {"type": next(events)}
            async def send(_): pass
            await asgi.Middleware(application)({"type": "lifespan"}, receive, send)

        asyncio.run(main())
        os.kill(os.getpid(), signal.SIGTERM)
        """,
        status=-15,
    )
    assert "of the end" in {one["metric"] for one in program.line()["measurements"]}


def test_a_test_sees_what_a_service_measured(plimsoll_tracker: Tracker) -> None:
    with TestClient(asgi.Middleware(starlette())) as client:
        client.get("/users/1")
    assert [one.count for one in plimsoll_tracker.measured() if one.benchmark == "request"] == [1]


def test_any_asgi_application(tracker: Tracker) -> None:
    events: list[str] = []

    async def app(scope: asgi.Scope, _: asgi.Receive, send: asgi.Send) -> None:
        events.append(scope["type"])
        if scope["type"] == "http":
            scope["template"] = "/made/{up}"
            await send({"type": "http.response.start", "status": 204, "headers": []})
            await send({"type": "http.response.body", "body": b""})
            if scope["path"] == "/late":
                raise OSError

    middleware = asgi.Middleware(app, None, tracker=tracker, route=lambda scope: scope.get("template"))

    async def receive() -> asgi.Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(_: asgi.Message) -> None:
        pass

    async def main() -> None:
        await middleware({"type": "lifespan"}, receive, send)
        await middleware({"type": "http", "method": "GET", "path": "/api/v1/metrics"}, receive, send)
        await middleware({"type": "http", "method": "BREW", "path": "/"}, receive, send)
        with pytest.raises(OSError):
            await middleware({"type": "http", "method": "GET", "path": "/late"}, receive, send)

    asyncio.run(main())
    assert events == ["lifespan", "http", "http", "http"]
    assert counts(middleware.prometheus_text()) == {
        ("GET", "/made/{up}", "2xx"): 1,
        ("OTHER", "/made/{up}", "2xx"): 1,
        ("GET", "/made/{up}", "5xx"): 1,
    }


def test_routes_are_bounded(tracker: Tracker) -> None:
    middleware = asgi.Middleware(starlette(), tracker=tracker)
    for number in range(1_000):
        middleware._requests.add("GET", f"/made/up/{number}", 200, -5)
    found = counts(middleware.prometheus_text())
    assert len(found) <= 201 and found[("GET", "other", "2xx")] >= 800


def request(app: wsgi.Application, path: str, method: str = "GET") -> tuple[str, bytes]:
    environ: dict[str, Any] = {"PATH_INFO": path, "REQUEST_METHOD": method, "SCRIPT_NAME": "", "QUERY_STRING": ""}
    setup_testing_defaults(environ)
    statuses: list[str] = []

    def start(status: str, headers: Any, error: Any = None) -> Any:
        statuses.append(status)
        return lambda data: None

    answer = app(environ, start)
    try:
        return (body := b"".join(answer)) and statuses[0] or statuses[0], body
    finally:
        close = getattr(answer, "close", None)
        if close is not None:
            close()


def test_wsgi(tracker: Tracker, program: Program) -> None:
    def application(environ: wsgi.Environment, start: wsgi.StartResponse) -> Iterator[bytes]:
        if environ["PATH_INFO"] == "/broken":
            raise RuntimeError
        environ["plimsoll.route"] = "/pages/<name>" if environ["PATH_INFO"].startswith("/pages/") else None
        start("200 OK", [("Content-Type", "text/plain")])
        return parts(environ["PATH_INFO"])

    def parts(path: str) -> Iterator[bytes]:
        yield b"a"
        if path == "/torn":
            raise OSError
        yield b"b"

    middleware = wsgi.Middleware(application, tracker=tracker)
    checked = validator(middleware)
    assert request(checked, "/pages/1") == ("200 OK", b"ab")
    assert request(middleware, "/pages/2", "POST") == ("200 OK", b"ab")
    for path, error in (("/broken", RuntimeError), ("/torn", OSError)):
        with pytest.raises(error):
            request(middleware, path)
    status, body = request(checked, "/api/v1/metrics")
    assert status == "200 OK"
    assert counts(body.decode()) == {
        ("GET", "/pages/<name>", "2xx"): 1,
        ("POST", "/pages/<name>", "2xx"): 1,
        ("GET", "other", "5xx"): 2,
    }


def test_text_is_escaped(tracker: Tracker) -> None:
    name = 'two\nlines "quoted" back\\slash'
    tracker.phase(name).end()
    tracker.record("1st metric-of: mine", 5)
    tracker.start("stop me")
    for _ in range(3):
        tracker.measure("often")(lambda: None)()
    families = {one.name: one for one in text_string_to_metric_families(tracker.prometheus_text())}
    benchmarks = {sample.labels["benchmark"] for sample in families["plimsoll_time_seconds"].samples}
    assert f"service/{name}" in benchmarks
    assert families["plimsoll__1st_metric_of__mine"].samples[0].value == 5
    quantiles = {
        sample.labels.get("quantile")
        for sample in families["plimsoll_time_seconds"].samples
        if sample.labels["benchmark"] == "service/often" and "start" not in sample.labels
    }
    assert quantiles == {"0.5", "0.9", "0.95", "0.99", "0.999", None}


def test_names_that_become_the_same_stay_apart(tracker: Tracker) -> None:
    for value, name in enumerate(("a-b", "a_b", "a b", "time_seconds", "time_seconds_count"), 1):
        tracker.record(name, value)
    tracker.record("twice", 1)
    tracker.count("twice", 2)
    labels = {"a-b": "1", "a_b": "2", "quantile": "3", "le": "4", "benchmark": "5", "__name__": "6"}
    tracker.measure("f", **labels)(lambda: None)()
    with tracker.phase("p"):
        pass
    lines = [line for line in tracker.prometheus_text().splitlines() if not line.startswith("#")]
    series = [line.rpartition(" ")[0] for line in lines]
    assert len(series) == len(set(series)), series
    families = {one.name: one for one in text_string_to_metric_families(tracker.prometheus_text())}
    values = {name: family.samples[0].value for name, family in families.items() if family.type == "gauge"}
    assert {values.get(f"plimsoll_a_b{end}") for end in ("", "_2", "_3")} == {1, 2, 3}
    assert (values["plimsoll_time_seconds_2"], values["plimsoll_time_seconds_count_2"]) == (4, 5)
    assert families["plimsoll_time_seconds"].type == "summary"
    times = [one.labels for one in families["plimsoll_time_seconds"].samples if one.name.endswith("_count")]
    (of_f,) = (labels for labels in times if "a_b" in labels)
    assert {of_f[name] for name in of_f} >= set("123456") and not {"quantile", "le", "__name__"} & set(of_f)


def test_behind_a_real_server(program: Program, tmp_path: Path) -> None:
    done = program.run(
        """
        import threading, urllib.request
        from wsgiref.simple_server import WSGIRequestHandler, make_server
        from plimsoll import tracker, wsgi

        def application(environ, start):
            environ["plimsoll.route"] = "/"
            start("200 OK", [("Content-Type", "text/plain")])
            return [b"hello"]

        class Quiet(WSGIRequestHandler):
            def log_message(self, *arguments): pass

        server = make_server("127.0.0.1", 0, wsgi.Middleware(application), handler_class=Quiet)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        base = f"http://127.0.0.1:{server.server_port}"
        for _ in range(3):
            urllib.request.urlopen(f"{base}/hello").read()
        print(urllib.request.urlopen(f"{base}/api/v1/metrics").read().decode())
        server.shutdown()
        """
    )
    assert counts(done.stdout) == {("GET", "/", "2xx"): 3}
    assert calls(program.line(), "request") == 3
