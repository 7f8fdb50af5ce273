"""The small app that the tests of the local host run; they copy it into a folder of its own."""

import hashlib
import json
import os
import time
from pathlib import Path
from typing import Any

import azure.functions as func

from sandbox.host import local_host

NOTES = Path(os.environ["TEST_NOTES"])
local_host.DRAIN_SECONDS = float(os.environ.get("TEST_DRAIN", "10"))  # type: ignore[misc]

app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)


def note(**what: Any) -> None:
    """Write down what happened, one line in one write."""
    line = json.dumps({"pid": os.getpid(), "at": time.monotonic(), **what}) + "\n"
    with NOTES.open("a", encoding="utf-8") as notes:
        notes.write(line)


@app.function_name("open")
@app.route("open", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
def open_to_all(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse("open")


@app.function_name("keyed")
@app.route("keyed", methods=["GET", "HEAD"])
def keyed(req: func.HttpRequest) -> str:
    return "keyed"


@app.function_name("operators")
@app.route("operators", auth_level=func.AuthLevel.ADMIN)
def operators(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(req.method)


@app.function_name("echo")
@app.route("echo/{name}", methods=["GET", "POST"], auth_level=func.AuthLevel.ANONYMOUS)
def echo(req: func.HttpRequest) -> func.HttpResponse:
    body = req.get_body()
    shown = {
        "method": req.method,
        "url": req.url,
        "headers": dict(req.headers),
        "header": req.headers.get("X-Mixed-Case"),
        "params": dict(req.params),
        "route": dict(req.route_params),
        "size": len(body),
        "digest": hashlib.sha256(body).hexdigest(),
    }
    return func.HttpResponse(json.dumps(shown), mimetype="application/json")


@app.function_name("answer")
@app.route("answer", auth_level=func.AuthLevel.ANONYMOUS)
def answer(req: func.HttpRequest) -> func.HttpResponse:
    given = func.HttpResponse("é", status_code=201, mimetype="text/csv", charset="latin-1")
    given.headers["X-One"] = "1"
    given.headers.add("Set-Cookie", "a=1")
    given.headers.add("Set-Cookie", "b=2")
    return given


@app.function_name("typed")
@app.route("typed", auth_level=func.AuthLevel.ANONYMOUS)
def typed(req: func.HttpRequest) -> func.HttpResponse:
    headers = {"Content-Type": "application/problem+json", "Retry-After": "7"}
    return func.HttpResponse(b"\x00\xff", status_code=503, headers=headers)


@app.function_name("empty")
@app.route("empty", auth_level=func.AuthLevel.ANONYMOUS)
def empty(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(status_code=204)


@app.function_name("broken")
@app.route("broken", auth_level=func.AuthLevel.ANONYMOUS)
def broken(req: func.HttpRequest) -> func.HttpResponse:
    raise LookupError("this is what went wrong")


@app.function_name("shapeless")
@app.route("shapeless", auth_level=func.AuthLevel.ANONYMOUS)
def shapeless(req: func.HttpRequest) -> Any:
    return {"no": "response"}


@app.function_name("slow")
@app.route("slow", auth_level=func.AuthLevel.ANONYMOUS)
def slow(req: func.HttpRequest) -> func.HttpResponse:
    note(event="request")
    time.sleep(1)
    return func.HttpResponse("slow")


@app.function_name("work")
@app.queue_trigger("msg", "%TEST_PREFIX%-work", "TestStore")
def work(msg: func.QueueMessage) -> None:
    text = msg.get_body().decode()
    note(event="start", id=msg.id, count=msg.dequeue_count, text=text)
    order, _, argument = text.partition(" ")
    if order == "raise":
        raise LookupError("this message is bad")
    if order == "sleep" or (order == "sleep-at-first" and msg.dequeue_count == 1):
        time.sleep(float(argument))
    note(event="end", id=msg.id)


@app.function_name("tick")
@app.timer_trigger(arg_name="timer", schedule="0 0 0 29 2 *")
def tick(timer: func.TimerRequest) -> None:
    note(event="tick", past_due=timer.past_due)
