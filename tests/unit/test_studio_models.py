"""Trained models and transforms: their bytes by location, by node, by endpoint, or by nobody."""

from typing import Any

import pytest

from dsr.services.studio.models import TRAINED_MODELS, TRANSFORMS
from dsr.usecases.connector import Content, Document, Missing
from tests.fakes.studio import TARGET, studio, told
from tests.fakes.wire import Answer, answer
from tests.unit.studio_payloads import (
    API,
    BLOB,
    EXPERIMENT,
    EXPERIMENT_ID,
    NODE,
    PORTAL,
    WORKSPACE_ID,
    endpoint,
)

ID = f"{WORKSPACE_ID}.55aa33bb44cc4d0e8f11223344556677.v1-default-3"
MODEL = {
    "Id": ID,
    "DataTypeId": "ILearnerDotNet",
    "Name": "churn model",
    "Description": "boosted tree, May 2018",
    "Size": 0,
    "Owner": "t-user",
    "ExperimentId": EXPERIMENT_ID,
    "PromotedFrom": f"{EXPERIMENT_ID}.{NODE}.Trained model",
    "DownloadLocation": None,
}
LIST = f"{API}/trainedmodels"
ONE = f"{API}/experiments/{EXPERIMENT_ID}"
OUTPUT = f"{PORTAL}api/sharedaccess?workspaceId=x&signature=OLD"
SERVICES = f"{TARGET.management_endpoint}/workspaces/{WORKSPACE_ID}/webservices"


def resource(name: str, location: str, kind: str = "TrainedModel") -> dict[str, Any]:
    where = {"BaseLocation": BLOB, "RelativeLocation": location, "SasBlobToken": "?sig=R"}
    return {"Name": name, "Kind": kind, "Location": where}


def services(*resources: dict[str, Any]) -> dict[str, list[Answer]]:
    return {
        SERVICES: [told([{"Id": "s1", "Name": "Churn"}])],
        f"{SERVICES}/s1/endpoints": [told([{"Name": "default", "Resources": list(resources)}])],
    }


def files(routes: dict[str, list[Answer]], model: dict[str, Any] = MODEL, data: bool = True):
    workspace, wire = studio({SERVICES: [answer(204)]} | routes)
    return list(TRAINED_MODELS.read(workspace, ID, model, data)), wire


def test_the_list_gives_owner_texts_and_what_the_plan_keeps():
    workspace, _ = studio({LIST: [told([MODEL, MODEL | {"Id": "5061.x.v1-default-1"}])]})
    found, sample = TRAINED_MODELS.page(workspace, None)
    assert (found.id, found.name, found.file_name) == (ID, "churn model", "churn model.ilearner")
    assert found.owners == (("Owner", "t-user"),)
    assert found.size is None
    assert found.listed == MODEL
    assert (found.builtin, sample.builtin) == (False, True)


def test_the_bytes_are_the_output_of_the_node_that_made_it():
    (document, content), wire = files({ONE: [told(EXPERIMENT)], OUTPUT: [answer(200, b"model")]})
    assert document == Document("", MODEL)
    assert isinstance(content, Content)
    assert content.source.open().read(100) == b"model"
    assert wire.urls() == [ONE, OUTPUT]


@pytest.mark.parametrize("stamp", ["", ".9951-08-12t13.13.19"])
def test_a_run_and_a_port_with_dots_and_spaces_are_told_apart(stamp):
    run = EXPERIMENT_ID.replace(".f-id.", ".s-id.") + stamp
    output = endpoint(PORTAL, "api/sharedaccess", "?s=1", Name="Model v. 2.0")
    status = EXPERIMENT["NodeStatuses"][0] | {"OutputEndpoints": [output]}
    (_, content), wire = files(
        {
            f"{API}/experiments/{run}": [told(EXPERIMENT | {"NodeStatuses": [status]})],
            f"{PORTAL}api/sharedaccess?s=1": [answer(200, b"model")],
        },
        MODEL | {"PromotedFrom": f"{run}.{NODE}.Model v. 2.0"},
    )
    assert content.source.open().read(100) == b"model"
    assert len(wire.calls) == 2


def test_a_model_with_a_location_is_had_from_there_by_a_fresh_link():
    place = endpoint(BLOB, "m.ilearner", "?sig=FRESH")
    kept = MODEL | {"DownloadLocation": place | {"AccessCredential": "[redacted: secret]"}}
    (_, content), wire = files(
        {
            LIST: [told([MODEL | {"Id": "other"}, MODEL | {"DownloadLocation": place}])],
            f"{BLOB}m.ilearner?sig=FRESH": [answer(200, b"model")],
        },
        kept,
    )
    assert content.source.open().read(100) == b"model"
    assert wire.urls() == [LIST, f"{BLOB}m.ilearner?sig=FRESH"]


def test_a_model_whose_run_is_gone_is_had_from_an_endpoint_that_uses_it():
    (_, content), _ = files(
        services(
            resource("other model [trained model]", "o"),
            resource("churn model [trained model]", "e.ilearner"),
            resource("churn model [trained model]", "data", "Dataset"),
        )
        | {f"{BLOB}e.ilearner?sig=R": [answer(200, b"model")]}
    )
    assert content.source.open().read(100) == b"model"


@pytest.mark.parametrize(
    "routes",
    [
        {},
        services(),
        services(
            resource("churn model [trained model]", "a"),
            resource("churn model [trained model]", "b"),
        ),
    ],
)
@pytest.mark.parametrize("promoted", [MODEL["PromotedFrom"], None, "", "nonsense", f"{NODE}.x"])
def test_a_model_that_nothing_leads_to_is_left_to_a_person(routes, promoted):
    (_, missing), _ = files(routes, MODEL | {"PromotedFrom": promoted})
    assert isinstance(missing, Missing)
    assert "no API leads to the bytes of this trained model" in missing.reason
    assert missing.steps


def test_an_experiment_of_another_workspace_is_not_asked_for():
    elsewhere = MODEL["PromotedFrom"].replace(WORKSPACE_ID, "f" * 32)
    (_, missing), wire = files({}, MODEL | {"PromotedFrom": elsewhere})
    assert isinstance(missing, Missing)
    assert all("/experiments/" not in url for url in wire.urls())


def test_without_data_no_bytes_are_looked_for():
    found, wire = files({}, data=False)
    assert found == [Document("", MODEL)]
    assert wire.urls() == []


def test_a_transform_has_no_endpoint_to_fall_back_to():
    workspace, wire = studio({})
    _, missing = TRANSFORMS.read(workspace, ID, MODEL, True)
    assert isinstance(missing, Missing)
    assert "transform" in missing.reason
    assert wire.urls() == [ONE]
