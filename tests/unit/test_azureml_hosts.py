"""Where a workspace's tokens and bytes may go: Azure's own hosts, or a sandbox's."""

from dataclasses import replace

import pytest

from dsr.errors import Unusable
from dsr.services.entra import DEVELOPMENT_TOKEN, EntraToken
from dsr.services.hosts import AllowedHosts, data_plane_host
from tests.fakes.azureml_connector import (
    ARM_ID,
    PLANE_HOST,
    RESOURCE,
    TARGET,
    MlWire,
    connector,
    connector_on,
)
from tests.fakes.studio import told
from tests.unit.azureml_runs import BATCH, LIST, batch, job

AZURE = "https://management.azure.com"
REGION = "https://westeurope.api.azureml.ms"


class Given:
    """A credential that notes what it was asked for."""

    def __init__(self):
        self.scopes = []

    def get_token(self, scope):
        self.scopes.append(scope)
        return type("Token", (), {"token": "a-real-token"})


@pytest.mark.parametrize(
    ("url", "azure", "local"),
    [
        ("https://westeurope.api.azureml.ms/discovery", True, False),
        ("https://westeurope.api.azureml.ms:443/x", True, False),
        ("https://westeurope.api.azureml.ms:8443/x", False, False),
        ("http://westeurope.api.azureml.ms/x", False, False),
        ("https://a.b.api.azureml.ms/x", False, False),
        ("https://api.azureml.ms/x", False, False),
        ("https://westeurope.api.azureml.ms.evil.example/x", False, False),
        ("https://evil.example/westeurope.api.azureml.ms", False, False),
        ("https://u@westeurope.api.azureml.ms/x", False, False),
        ("https://evil.example\\.api.azureml.ms/x", False, False),
        ("http://127.0.0.1:8573/x", False, True),
        ("http://localhost:8573/x", False, True),
        ("ftp://127.0.0.1/x", False, False),
        ("no address", False, False),
    ],
)
def test_hosts_that_may_get_the_token(url, azure, local):
    assert data_plane_host(url, local=False) is azure
    assert data_plane_host(url, local=True) is local


def routes_of(endpoint, region):
    properties = RESOURCE["properties"] | {"discoveryUrl": f"{region}/discovery"}
    query = "api-version=2025-12-01"
    return {
        f"GET {endpoint}{ARM_ID}?{query}": [told(RESOURCE | {"properties": properties})],
        f"GET {region}/discovery": [told({"api": region})],
        f"GET {endpoint}{ARM_ID}/jobs?{query}&listViewType=All": [told({"value": [job()]})],
        f"POST {region}/history/v1.0{ARM_ID}/batchrundata": [told(batch())],
    }


def test_in_azure_the_regions_host_gets_a_token_of_its_own_scope_and_the_directory_none():
    given = Given()
    token = EntraToken(AZURE, lambda: given, "https://ml.azure.com/.default")
    wire = MlWire(routes_of(AZURE, REGION))
    list(connector_on(wire, endpoint=AZURE, token=token).assets("job", None))
    assert set(given.scopes) == {"https://ml.azure.com/.default"}
    sent = {c.url.partition("?")[0]: c.headers.get("Authorization") for c in wire.sent}
    assert sent[f"{REGION}/discovery"] is None
    assert sent[f"{REGION}/history/v1.0{ARM_ID}/batchrundata"] == "Bearer a-real-token"


@pytest.mark.parametrize(
    "region", [PLANE_HOST, "https://evil.example", "http://westeurope.api.azureml.ms"]
)
def test_in_azure_no_other_host_is_asked_where_the_region_is(region):
    wire = MlWire(routes_of(AZURE, region))
    token = EntraToken(AZURE, Given)
    with pytest.raises(Unusable, match="not Azure's own"):
        connector_on(wire, endpoint=AZURE, token=token).assets("job", None)
    assert all(c.url.startswith(AZURE) for c in wire.sent)


def test_a_directory_that_names_a_host_of_elsewhere_gets_no_token():
    routes = routes_of(AZURE, REGION) | {
        f"GET {REGION}/discovery": [told({"api": "https://evil.example"})]
    }
    wire = MlWire(routes)
    with pytest.raises(Unusable, match="a host that is not one of the workspace's"):
        connector_on(wire, endpoint=AZURE, token=EntraToken(AZURE, Given)).assets("job", None)
    assert not [c for c in wire.sent if "evil" in c.url]


def test_a_directory_without_an_address():
    made, _ = connector(
        {LIST: [told({"value": [job()]})], f"GET {PLANE_HOST}/discovery": [told({"history": "x"})]}
    )
    with pytest.raises(Unusable, match="gives no address"):
        made.assets("job", None)


def test_a_sandbox_gets_the_development_token_and_never_leads_to_azure():
    made, wire = connector({LIST: [told({"value": [job()]})], BATCH: [told(batch())]})
    list(made.assets("job", None))
    assert {c.headers.get("Authorization") for c in wire.sent} == {
        None,
        f"Bearer {DEVELOPMENT_TOKEN}",
    }
    properties = RESOURCE["properties"] | {"discoveryUrl": f"{REGION}/discovery"}
    here = next(url for url in wire._routes if url.endswith("ws-forecast?api-version=2025-12-01"))
    made, wire = connector(
        {here: [told(RESOURCE | {"properties": properties})], LIST: [told({"value": [job()]})]}
    )
    with pytest.raises(Unusable, match="not Azure's own"):
        made.assets("job", None)
    assert not [c for c in wire.sent if "azureml.ms" in c.url]


def test_bytes_come_from_blob_storage_and_on_loopback_only_of_a_sandbox():
    azure, local = AllowedHosts(TARGET), AllowedHosts(TARGET, local=True)
    blob = "https://stforecast01.blob.core.windows.net/azureml/x?sig=1"
    assert blob in azure
    assert "http://127.0.0.1:8574/stforecast01/x" not in azure
    assert "http://127.0.0.1:8574/stforecast01/x" in local
    for url in (
        "https://evil.example/x",
        "http://stforecast01.blob.core.windows.net/x",
        f"{REGION}/x",
    ):
        assert url not in azure
        assert url not in local


def test_a_target_whose_id_is_no_workspace_makes_no_connector():
    with pytest.raises(Unusable, match="is refused"):
        connector({}, target=replace(TARGET, arm_id="/subscriptions/x"))
