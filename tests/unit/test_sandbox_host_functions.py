"""What the local host makes of an app's decorators, and what it refuses."""

from collections.abc import Callable
from typing import Any

import azure.functions as func
import pytest

from sandbox.host.functions import Functions, HttpFunction, read_functions
from sandbox.host.hostfile import HostError

_SETTINGS = {"Store": "UseTheStore=1", "AzureWebJobsOther": "UseTheOther=1"}


def _app() -> func.FunctionApp:
    return func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)


def _read(app: func.FunctionApp, **settings: str) -> Functions:
    return read_functions(app, _SETTINGS | settings)


def _http(app: func.FunctionApp, name: str = "one", **options: Any) -> Any:
    @app.function_name(name)
    @app.route(**options)
    def run(req: func.HttpRequest) -> func.HttpResponse:
        return func.HttpResponse(name)

    return run


def _queue(
    app: func.FunctionApp,
    name: str = "one",
    queue: str = "work",
    connection: str = "Store",
    call: Callable[..., Any] = lambda msg: None,
    argument: str = "msg",
) -> None:
    app.function_name(name)(app.queue_trigger(argument, queue, connection)(call))


def _timer(app: func.FunctionApp, schedule: str, call: Any = lambda timer: None) -> None:
    app.function_name("tick")(app.timer_trigger(arg_name="timer", schedule=schedule)(call))


class TestHttp:
    def _one(self, **options: Any) -> HttpFunction:
        app = _app()
        _http(app, **options)
        (found,) = _read(app).http
        return found

    def test_route_methods_and_level(self) -> None:
        level = func.AuthLevel.ADMIN
        found = self._one(route="a/{b}", methods=["get", "POST"], auth_level=level)
        assert (found.name, found.argument, found.route) == ("one", "req", "a/{b}")
        assert found.methods == {"GET", "POST"}
        assert found.level == "admin"

    def test_defaults_are_the_name_the_apps_level_and_every_method(self) -> None:
        found = self._one()
        assert (found.route, found.methods, found.level) == ("one", frozenset(), "function")

    def test_it_calls_the_function_itself(self) -> None:
        assert self._one().call(req=None).get_body() == b"one"

    @pytest.mark.parametrize("prefix", ["", "/"])
    def test_two_functions_on_one_route_and_method(self, prefix: str) -> None:
        app = _app()
        _http(app, "one", route="a/{id}", methods=["GET", "POST"])
        _http(app, "two", route=f"{prefix}A/{{other}}", methods=["POST"])
        with pytest.raises(HostError, match="one and two have one route"):
            _read(app)

    def test_a_function_for_every_method_leaves_none_to_another(self) -> None:
        for first, second in (({}, {"methods": ["GET"]}), ({"methods": ["GET"]}, {}), ({}, {})):
            app = _app()
            _http(app, "one", route="a", **first)
            _http(app, "two", route="a", **second)
            with pytest.raises(HostError, match="one and two have one route"):
                _read(app)

    def test_two_functions_may_share_a_route_by_method(self) -> None:
        app = _app()
        _http(app, "one", route="a", methods=["GET"])
        _http(app, "two", route="a", methods=["POST"])
        assert [f.name for f in _read(app).http] == ["one", "two"]


class TestQueues:
    def test_the_queue_and_the_value_of_its_connection(self) -> None:
        app = _app()
        _queue(app)
        (found,) = _read(app).queues
        assert (found.name, found.argument) == ("one", "msg")
        assert (found.queue, found.connection) == ("work", "UseTheStore=1")

    def test_a_connection_may_leave_out_the_hosts_prefix(self) -> None:
        app = _app()
        _queue(app, connection="Other")
        assert _read(app).queues[0].connection == "UseTheOther=1"

    @pytest.mark.parametrize("settings", [{}, {"Absent": ""}])
    def test_an_unset_connection_stops_the_host(self, settings: dict[str, str]) -> None:
        app = _app()
        _queue(app, connection="Absent")
        with pytest.raises(HostError, match="one: the connection setting Absent is missing"):
            _read(app, **settings)

    def test_settings_in_the_name_are_resolved(self) -> None:
        app = _app()
        _queue(app, queue="%Prefix%-work-%Suffix%")
        assert _read(app, Prefix="a", Suffix="z").queues[0].queue == "a-work-z"

    def test_a_missing_setting_in_the_name_stops_the_host(self) -> None:
        app = _app()
        _queue(app, queue="%Prefix%-work")
        with pytest.raises(HostError, match=r"'Prefix' that '%Prefix%-work' refers to is missing"):
            _read(app)

    def test_settings_come_from_the_environment_otherwise(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HOST_TEST_STORE", "UseIt=1")
        app = _app()
        _queue(app, connection="HOST_TEST_STORE")
        assert read_functions(app).queues[0].connection == "UseIt=1"

    def test_a_result_that_no_binding_takes_fails_the_call(self) -> None:
        app = _app()
        _queue(app, "good")
        _queue(app, "bad", call=lambda msg: msg)
        good, bad = _read(app).queues
        good.call(msg="a")
        with pytest.raises(RuntimeError, match=r"'bad' without a \$return binding"):
            bad.call(msg="a")


class TestDisabled:
    @pytest.mark.parametrize(
        ("value", "there"), [("true", False), ("1", False), ("false", True), ("", True)]
    )
    def test_a_setting_leaves_one_function_out(self, value: str, there: bool) -> None:
        app = _app()
        _timer(app, "0 */5 * * * *")
        _queue(app, "other")
        found = _read(app, **{"AzureWebJobs.tick.Disabled": value})
        assert [timer.name for timer in found.timers] == ["tick"] * there
        assert [queue.name for queue in found.queues] == ["other"]


class TestTimers:
    def test_a_schedule_may_be_a_setting(self) -> None:
        app = _app()
        _timer(app, "%Tick%")
        (found,) = _read(app, Tick="0 */5 * * * *").timers
        assert (found.name, found.argument) == ("tick", "timer")

    def test_a_result_fails_the_call(self) -> None:
        app = _app()
        _timer(app, "0 0 0 * * *", lambda timer: 1)
        with pytest.raises(RuntimeError, match="returned a value"):
            _read(app).timers[0].call(timer=None)

    @pytest.mark.parametrize("text", ["*/5 * * * *", "99 * * * * *", "0 0 0 30 2 *"])
    def test_a_bad_schedule_stops_the_host(self, text: str) -> None:
        app = _app()
        _timer(app, text)
        with pytest.raises(HostError, match="tick: schedule"):
            _read(app)

    def test_a_schedules_missing_setting_stops_the_host(self) -> None:
        app = _app()
        _timer(app, "%Tick%")
        with pytest.raises(HostError, match="'Tick'"):
            _read(app)


class TestRefusals:
    @pytest.mark.parametrize("name", ["1st", "a b", "a.b", "é", "a" * 128, "a\n"])
    def test_function_names(self, name: str) -> None:
        app = _app()
        _http(app, name, route="a")
        with pytest.raises(HostError, match="is not usable"):
            _read(app)

    @pytest.mark.parametrize("other", ["One", "one"])
    def test_one_name_twice(self, other: str) -> None:
        app = _app()
        _http(app, "one", route="a")
        _http(app, other, route="b")
        with pytest.raises(HostError, match=r"twice|unique function name"):
            _read(app)

    @pytest.mark.parametrize("argument", ["my_msg", "_msg", "1msg", "a" * 129, "msg\n"])
    def test_argument_names(self, argument: str) -> None:
        app = _app()
        _queue(app, argument=argument)
        with pytest.raises(HostError, match=r"binding name .* is not usable"):
            _read(app)

    def test_a_function_without_a_trigger(self) -> None:
        app = _app()
        app.function_name("one")(lambda: None)
        with pytest.raises(HostError, match="does not have a trigger"):
            _read(app)

    def test_a_trigger_that_this_host_lacks(self) -> None:
        app = _app()
        app.function_name("one")(app.blob_trigger("blob", "in/{n}", "Store")(lambda blob: None))
        with pytest.raises(HostError, match="one: this host has no blobTrigger"):
            _read(app)

    def test_an_output_binding(self) -> None:
        app = _app()

        @app.function_name("one")
        @app.queue_trigger("msg", "work", "Store")
        @app.queue_output("out", "more", "Store")
        def run(msg: func.QueueMessage, out: func.Out[str]) -> None: ...

        with pytest.raises(HostError, match="one: this host has no queue binding"):
            _read(app)

    def test_an_async_function_would_never_run(self) -> None:
        async def run(msg: func.QueueMessage) -> None: ...

        app = _app()
        _queue(app, call=run)
        with pytest.raises(HostError, match="one: this host has no async functions"):
            _read(app)
