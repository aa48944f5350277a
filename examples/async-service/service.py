"""A small asynchronous service, and two hundred requests to it, measured from inside.

    python service.py [REQUESTS]
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from plimsoll import asgi, measure, tracker

tracker.declare("cache_hit_rate", "ratio", "higher", target=0.5, id="SRV-002")
tracker.declare("cost", "USD", "lower")
tracker.start("startup")

CACHE: dict[str, str] = {}


@measure("validation", id="SRV-001", target="10 ms")
def validate(question: str) -> str:
    if not question.strip():
        raise ValueError("an empty question")
    return question.strip().lower()


@measure("answer")
async def answer(question: str) -> str:
    """Stands for a call of a model: it waits, and it costs."""
    if question in CACHE:
        tracker.record("cache_hit_rate", 1)
        return CACHE[question]
    tracker.record("cache_hit_rate", 0)
    async with tracker.phase("generate"):
        await asyncio.sleep(0)
        CACHE[question] = " ".join(reversed(question.split()))
    tracker.record("prompt_tokens", len(question.split()), unit="tokens", direction="lower")
    tracker.record("cost", 0.0001 * len(question))
    return CACHE[question]


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Any framework would do; this is ASGI by hand."""
    scope["template"] = "/ask/{question}"
    try:
        status, body = 200, await answer(validate(scope["path"].removeprefix("/ask/")))
    except ValueError as error:
        status, body = 400, str(error)
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": body.encode()})


app = asgi.Middleware(application, route=lambda scope: scope["template"])


async def receive() -> asgi.Message:
    return {"type": "http.request", "body": b"", "more_body": False}


async def send(message: asgi.Message) -> None:
    """Where a server would write to the network."""


async def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    tracker.stop("startup")
    questions = ["how deep may she lie", "what is in the hold", " ", "where is the line"]
    scopes = [
        {"type": "http", "method": "GET", "path": f"/ask/{questions[number % len(questions)]}"}
        for number in range(count)
    ]
    for scope in scopes:
        await app(scope, receive, send)
    lines = app.prometheus_text().splitlines()
    print("\n".join(line for line in lines if line.startswith("http_request_duration_seconds_count")))


if __name__ == "__main__":
    asyncio.run(main())
