"""What the local host reads of host.json and local.settings.json."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from sandbox.host.hostfile import HostError, HostFile, load_settings, read_host_file

_BUNDLE = {"id": "Microsoft.Azure.Functions.ExtensionBundle", "version": "[4.*, 5.0.0)"}


def _read(folder: Path, value: Any) -> HostFile:
    path = folder / "host.json"
    path.write_text(value if isinstance(value, str) else json.dumps(value), "utf-8")
    return read_host_file(path)


def _queues(folder: Path, **queues: Any) -> HostFile:
    return _read(folder, {"extensionBundle": _BUNDLE, "extensions": {"queues": queues}})


class TestHostFile:
    def test_defaults_are_those_of_the_real_host(self, tmp_path: Path) -> None:
        assert _read(tmp_path, {"extensionBundle": _BUNDLE}) == HostFile(
            route_prefix="api",
            batch_size=16,
            new_batch_threshold=8,
            max_dequeue_count=5,
            retry_seconds=0,
            max_polling_seconds=60,
            base64=True,
            function_timeout=1800,
        )

    def test_every_knob_is_read(self, tmp_path: Path) -> None:
        queues = {
            "batchSize": 2,
            "newBatchThreshold": 0,
            "maxDequeueCount": 3,
            "visibilityTimeout": "00:01:30",
            "maxPollingInterval": "00:00:02.5",
            "messageEncoding": "None",
        }
        value = {
            "extensionBundle": _BUNDLE,
            "functionTimeout": "01:02:03",
            "extensions": {"queues": queues, "http": {"routePrefix": "/v1/"}},
        }
        assert _read(tmp_path, value) == HostFile("v1", 2, 0, 3, 90.0, 2.5, False, 3723.0)

    def test_the_threshold_is_half_of_the_batch_where_it_is_not_named(self, tmp_path: Path) -> None:
        assert _queues(tmp_path, batchSize=5).new_batch_threshold == 2

    def test_the_route_prefix_may_be_empty(self, tmp_path: Path) -> None:
        value = {"extensionBundle": _BUNDLE, "extensions": {"http": {"routePrefix": ""}}}
        assert _read(tmp_path, value).route_prefix == ""

    @pytest.mark.parametrize(("text", "seconds"), [("10:00:01", 36_001.0), ("00:00:00.5", 0.5)])
    def test_function_timeouts(self, tmp_path: Path, text: str, seconds: float) -> None:
        value = {"extensionBundle": _BUNDLE, "functionTimeout": text}
        assert _read(tmp_path, value).function_timeout == seconds

    def test_our_own_host_file_can_be_read(self) -> None:
        own = read_host_file(Path(__file__).parents[2] / "host.json")
        assert own.route_prefix == "api"
        assert own.base64


class TestRefusals:
    def test_a_file_that_is_missing(self, tmp_path: Path) -> None:
        with pytest.raises(HostError, match=r"host\.json can't be read"):
            read_host_file(tmp_path / "host.json")

    def test_a_file_that_is_no_json(self, tmp_path: Path) -> None:
        with pytest.raises(HostError, match="can't be read"):
            _read(tmp_path, "{")

    def test_no_extension_bundle(self, tmp_path: Path) -> None:
        with pytest.raises(HostError, match="extensionBundle"):
            _read(tmp_path, {"version": "2.0"})

    @pytest.mark.parametrize("size", [0, 33, -1])
    def test_a_batch_out_of_bounds(self, tmp_path: Path, size: int) -> None:
        with pytest.raises(HostError, match="1 to 32"):
            _queues(tmp_path, batchSize=size)

    @pytest.mark.parametrize("text", ["", "-1", "00:30", "0:0:0:0", "a:b:c", "-00:01:00", 30])
    def test_a_time_that_is_none(self, tmp_path: Path, text: Any) -> None:
        with pytest.raises(HostError, match="no time of the form"):
            _queues(tmp_path, visibilityTimeout=text)
        with pytest.raises(HostError, match="no time of the form"):
            _read(tmp_path, {"extensionBundle": _BUNDLE, "functionTimeout": text})

    @pytest.mark.parametrize(
        "value",
        [
            3,
            ["extensionBundle"],
            {"extensionBundle": _BUNDLE, "extensions": []},
            {"extensionBundle": _BUNDLE, "extensions": {"queues": {"batchSize": "many"}}},
            {"extensionBundle": _BUNDLE, "extensions": {"http": {"routePrefix": None}}},
        ],
    )
    def test_a_shape_that_is_another(self, tmp_path: Path, value: Any) -> None:
        with pytest.raises(HostError, match="doesn't understand"):
            _read(tmp_path, value)


class TestSettings:
    def _load(self, folder: Path, value: Any) -> None:
        path = folder / "local.settings.json"
        path.write_text(json.dumps(value), "utf-8")
        load_settings(path)

    def test_values_go_to_the_environment_and_never_over_it(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(os, "environ", {"HOST_TEST_SET": "before"})
        self._load(tmp_path, {"Values": {"HOST_TEST_SET": "file", "HOST_TEST_NEW": 3}})
        assert os.environ == {"HOST_TEST_SET": "before", "HOST_TEST_NEW": "3"}

    @pytest.mark.parametrize("value", [{}, [], 3, {"Values": None}, {"Values": ["a"]}])
    def test_another_shape_is_refused(self, tmp_path: Path, value: Any) -> None:
        with pytest.raises(HostError, match=r"no local\.settings\.json"):
            self._load(tmp_path, value)

    def test_a_missing_file_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(HostError, match=r"none\.json is no"):
            load_settings(tmp_path / "none.json")
