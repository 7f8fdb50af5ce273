"""The app's functions, as the host reads them from the decorators of `function_app.py`."""

import functools
import inspect
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sandbox.host.hostfile import HostError
from sandbox.host.schedule import Schedule

_ARGUMENT: Final = re.compile(r"[a-zA-Z][a-zA-Z0-9]{0,127}")
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,126}")
_SETTING: Final = re.compile(r"%([^%]+)%")


@dataclass(frozen=True, slots=True)
class HttpFunction:
    """An HTTP function: its route below the prefix, its methods, its access level."""

    name: str
    call: Callable[..., Any]
    argument: str
    route: str
    methods: frozenset[str]
    level: str


@dataclass(frozen=True, slots=True)
class QueueFunction:
    """A queue function: its queue, and the connection string that its setting holds."""

    name: str
    call: Callable[..., Any]
    argument: str
    queue: str
    connection: str


@dataclass(frozen=True, slots=True)
class TimerFunction:
    """A timer function and its schedule."""

    name: str
    call: Callable[..., Any]
    argument: str
    schedule: Schedule


@dataclass(frozen=True, slots=True)
class Functions:
    """All functions of an app."""

    http: tuple[HttpFunction, ...]
    queues: tuple[QueueFunction, ...]
    timers: tuple[TimerFunction, ...]


def read_functions(app: Any, settings: Mapping[str, str] | None = None) -> Functions:
    """Read the functions of a `func.FunctionApp`.

    One whose setting `AzureWebJobs.{name}.Disabled` is true is left out, as the real host does.
    Raises HostError for what stops the real host: a bad name, an unset connection setting, a bad
    schedule, two functions on one route and method. So does what this host alone doesn't have:
    other triggers, output bindings, async functions.
    """
    values = os.environ if settings is None else settings
    http: list[HttpFunction] = []
    queues: list[QueueFunction] = []
    timers: list[TimerFunction] = []
    names: set[str] = set()
    try:
        found = app.get_functions()
    except ValueError as error:  # no trigger, or a name twice
        raise HostError(str(error)) from None
    for function in found:
        name = function.get_function_name()
        if not _NAME.fullmatch(name) or name.lower() in names:
            raise HostError(f"function name {name!r} is not usable or stands twice")
        names.add(name.lower())
        if values.get(f"AzureWebJobs.{name}.Disabled", "").lower() in ("true", "1"):
            continue
        trigger = function.get_trigger()
        bound = trigger.get_dict_repr()
        argument = bound["name"]
        for binding in function.get_bindings():
            if not _ARGUMENT.fullmatch(binding.name) and binding.name != "$return":
                raise HostError(f"{name}: binding name {binding.name!r} is not usable")
            if binding is not trigger and binding.type != "http":
                raise HostError(f"{name}: this host has no {binding.type} binding")
        call = function.get_user_function()
        if inspect.iscoroutinefunction(call):
            raise HostError(f"{name}: this host has no async functions")
        match bound["type"]:
            case "httpTrigger":
                http.append(_http(name, call, argument, bound))
            case "queueTrigger":
                queue = _resolved(bound["queueName"], values)
                connection = _connection(name, bound["connection"], values)
                call = _without_result(name, call)
                queues.append(QueueFunction(name, call, argument, queue, connection))
            case "timerTrigger":
                text = _resolved(bound["schedule"], values)
                call = _without_result(name, call)
                try:
                    schedule = Schedule(text)
                    schedule.after(datetime.now(UTC))
                except ValueError as error:
                    raise HostError(f"{name}: schedule {text!r}: {error}") from None
                timers.append(TimerFunction(name, call, argument, schedule))
            case other:
                raise HostError(f"{name}: this host has no {other}")
    _check_routes(http)
    return Functions(tuple(http), tuple(queues), tuple(timers))


def _http(
    name: str, call: Callable[..., Any], argument: str, bound: dict[str, Any]
) -> HttpFunction:
    methods = frozenset(str(_plain(m)).upper() for m in bound.get("methods") or ())
    level = str(_plain(bound.get("authLevel") or "function")).lower()
    return HttpFunction(name, call, argument, bound.get("route") or name, methods, level)


def _without_result(name: str, call: Callable[..., Any]) -> Callable[..., None]:
    """Fail on a result that no binding takes, as the worker does."""

    @functools.wraps(call)
    def called(**given: Any) -> None:
        if call(**given) is not None:
            raise RuntimeError(f"function {name!r} without a $return binding returned a value")

    return called


def _plain(value: Any) -> Any:
    return getattr(value, "value", value)


def _resolved(text: str, values: Mapping[str, str]) -> str:
    """Replace %SETTING% by the setting."""
    try:
        return _SETTING.sub(lambda found: values[found[1]], text)
    except KeyError as error:
        raise HostError(f"the setting {error} that {text!r} refers to is missing") from None


def _connection(name: str, setting: str, values: Mapping[str, str]) -> str:
    connection = values.get(setting) or values.get(f"AzureWebJobs{setting}")
    if not connection:
        raise HostError(f"{name}: the connection setting {setting} is missing")
    return connection


def _check_routes(functions: list[HttpFunction]) -> None:
    seen: dict[str, list[HttpFunction]] = {}
    for function in functions:
        shape = re.sub(r"\{[^}]*\}", "{}", function.route.strip("/").lower())
        for other in seen.setdefault(shape, []):
            # a function that names no method has them all
            if not (other.methods and function.methods) or other.methods & function.methods:
                raise HostError(f"{other.name} and {function.name} have one route and method")
        seen[shape].append(function)
