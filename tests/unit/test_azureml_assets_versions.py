"""Assets with versions: the walk, who made them, what they are told by, and where bytes lie."""

import json
from typing import Any

import pytest

from dsr.errors import Unavailable, Unusable
from tests.fakes.azureml_wire import (
    NORA,
    OMAR,
    arm,
    every,
    forecast,
    page,
    payload,
    plane,
    user,
)
from tests.fakes.studio import told
from tests.fakes.wire import Answer, answer

HOLDER = payload("model_containers")["value"][0]
MODEL = payload("model_versions")["value"][0]
DATA = payload("data_versions")["value"][0]
CODE = payload("code_version")


def model(version: str, **properties: Any) -> dict[str, Any]:
    return MODEL | {"name": version, "properties": MODEL["properties"] | properties}


def registry(*told_by: tuple[str, str, str]) -> dict[str, Any]:
    value = [
        {
            "id": f"demand-model:{version}",
            "name": "demand-model",
            "version": int(version),
            "createdBy": user(made),
            "modifiedBy": user(changed),
        }
        for version, made, changed in told_by
    ]
    return {"value": value, "continuationToken": None, "nextLink": None}


def models(*versions: Any, **more: list[Answer]) -> dict[str, list[Answer]]:
    return {
        every("models"): [told(page(HOLDER))],
        every("models/demand-model/versions"): [told(page(*versions))],
    }


OWNERS = plane("modelregistry/v1.0", "models", "name=demand-model&listViewType=All")


def test_versions_are_walked_container_by_container_with_links_as_they_came():
    second = "https://management.azure.com/next?$skipToken=abc&listViewType=All"
    more = "https://management.azure.com/more?$skipToken=def"
    other = HOLDER | {"name": "other-model"}
    connector, wire = forecast(
        {
            every("models"): [told(page(HOLDER, following=second))],
            second: [told(page(other))],
            every("models/demand-model/versions"): [told(page(model("1"), following=more))],
            more: [told(page(model("2")))],
            every("models/other-model/versions"): [told(page(model("7")))],
        }
    )
    first = connector.assets("model", None)
    assert [asset.id for asset in first] == ["demand-model:1", "demand-model:2"]
    last = connector.assets("model", first.next)
    assert [asset.id for asset in last] == ["other-model:7"]
    assert last.next is None
    assert second in wire.urls()
    assert more in wire.urls()


def test_a_page_stops_after_some_calls_and_goes_on_where_it_stopped():
    holders = [HOLDER | {"name": f"model-{n:02}"} for n in range(20)]
    routes = {every(f"models/{h['name']}/versions"): [told(page(model("1")))] for h in holders}
    connector, wire = forecast({every("models"): [told(page(*holders))], **routes})
    first = connector.assets("model", None)
    seen = [asset.id for asset in first]
    assert len(seen) == 16
    rest = connector.assets("model", first.next)
    seen += [asset.id for asset in rest]
    assert seen == [f"model-{n:02}:1" for n in range(20)]
    assert rest.next is None
    assert wire.urls().count(every("models")) == 1


def test_a_link_that_leads_away_gets_no_token():
    away = "https://elsewhere.example/models"
    connector, wire = forecast({every("models"): [told(page(HOLDER, following=away))]})
    first = connector.assets("model", None)
    assert list(first) == []
    with pytest.raises(Unusable):
        list(connector.assets("model", first.next))
    assert away not in wire.urls()


@pytest.mark.parametrize("cursor", ["", "x", "{}", "[]", '{"containers": 1}'])
def test_a_cursor_of_nobody_is_refused(cursor: str):
    connector, _ = forecast({})
    with pytest.raises(Unusable):
        list(connector.assets("model", cursor))


def test_code_has_no_archive_to_ask_for():
    holder = {"name": "prep-code", "properties": {}, "systemData": {}}
    connector, wire = forecast(
        {
            arm("codes"): [told(page(holder))],
            arm("codes/prep-code/versions"): [told(page(CODE))],
        }
    )
    assert [asset.id for asset in connector.assets("code", None)] == ["prep-code:1"]
    assert not any("listViewType" in url for url in wire.urls())


def test_a_container_that_went_meanwhile_has_no_versions_and_one_without_a_name_is_told():
    connector, _ = forecast(
        {
            every("models"): [told(page(HOLDER | {"name": "gone"}, {"properties": {}}, HOLDER))],
            every("models/demand-model/versions"): [told(page(model("1")))],
        }
    )
    assert [asset.id for asset in connector.assets("model", None)] == ["", "demand-model:1"]


def test_who_made_models_is_asked_by_one_list_and_alone_for_what_it_leaves_out():
    alone = plane("modelregistry/v1.0", "models/demand-model:3")
    connector, wire = forecast(
        models(model("1"), model("2"), model("3"))
        | {OWNERS: [told(registry(("1", OMAR, NORA), ("2", NORA, NORA)))]}
        | {alone: [told({"createdBy": user(NORA, "Nora B"), "modifiedBy": user(OMAR)})]}
    )
    first, second, third = connector.assets("model", None)
    assert ("createdBy.userObjectId", OMAR) in first.identifiers
    assert ("modifiedBy.userObjectId", NORA) in first.references
    assert ("createdBy.userObjectId", NORA) in second.identifiers
    assert ("createdBy.userObjectId", NORA) in third.identifiers
    assert ("createdBy.userName", "Nora B") in third.texts
    assert third.listed["people"]["createdBy"]["userObjectId"] == NORA
    assert [url for url in wire.urls() if "modelregistry" in url] == [OWNERS, alone]


def test_an_address_beside_the_id_of_who_changed_it_is_a_reference_too_and_a_name_is_none():
    mail = "nora.beispiel@contoso.example"
    by_mail = model("1") | {"systemData": {"lastModifiedBy": mail, "lastModifiedByType": "User"}}
    connector, _ = forecast(
        models(by_mail, model("2"))
        | {OWNERS: [told(registry(("1", OMAR, OMAR), ("2", OMAR, OMAR)))]}
    )
    first, second = connector.assets("model", None)
    by_id = ("modifiedBy.userObjectId", OMAR)
    assert first.references == (by_id, ("systemData.lastModifiedBy", mail))
    assert second.references == (by_id,)


def test_who_made_data_assets_comes_from_the_dataset_service():
    holder = payload("data_containers")["value"][1]
    below = plane("data/v1.0", "dataversion/demand-data/versions")
    entities = [
        {
            "dataVersion": {"versionId": number},
            "entityMetadata": {"createdBy": user(made), "modifiedBy": None},
        }
        for number, made in (("1", NORA), ("2", OMAR))
    ]
    following = below + "?continuationToken=t"
    connector, wire = forecast(
        {
            every("data"): [told(page(holder))],
            every("data/demand-data/versions"): [told(page(DATA, DATA | {"name": "2"}))],
            below: [told({"value": entities[:1], "continuationToken": "t"})],
            following: [told({"value": entities[1:], "continuationToken": None})],
        }
    )
    first, second = connector.assets("data", None)
    assert ("createdBy.userObjectId", NORA) in first.identifiers
    assert ("createdBy.userObjectId", OMAR) in second.identifiers
    assert following in wire.urls()


def test_a_data_plane_that_is_away_fails_the_list_instead_of_leaving_people_out():
    alone = plane("modelregistry/v1.0", "models/demand-model:1")
    connector, _ = forecast(models(model("1")) | {alone: [answer(503)]})
    with pytest.raises(Unavailable):
        list(connector.assets("model", None))


def test_a_display_name_is_a_text_and_decides_nothing():
    connector, _ = forecast(models(model("1")))
    (asset,) = connector.assets("model", None)
    assert asset.owners == ()
    assert asset.identifiers == ()
    assert ("systemData.createdBy", "Nora Beispiel (Contoso)") in asset.texts
    assert asset.references == (("systemData.lastModifiedBy", "Omar Muster (Contoso)"),)


def test_the_subject_tag_is_an_identifier_of_the_version_that_has_it():
    tags = {"dsr:subject": f"{NORA}, nora.beispiel@contoso.example", "stage": "for Nora"}
    connector, _ = forecast(models(model("1", tags=tags)))
    (asset,) = connector.assets("model", None)
    assert [value for _, value in asset.identifiers] == [NORA, "nora.beispiel@contoso.example"]
    assert ("tags", "for Nora") in asset.texts


def test_what_microsoft_made_is_built_in_and_nobody_is_asked_about_it():
    curated = payload("environment_containers")["value"][1]
    version = payload("environment_versions")["value"][0]
    nameless = {k: v for k, v in version.items() if k != "systemData"}
    name = curated["name"]
    made = version | {"systemData": {"createdBy": "Microsoft", "createdByType": "User"}}
    connector, _ = forecast(
        {
            every("environments"): [told(page(curated))],
            every(f"environments/{name}/versions"): [
                told(page(made, nameless | {"name": "4"}, version | {"name": "5"}))
            ],
        }
    )
    found = list(connector.assets("environment", None))
    # the last one is a person's own version, in a container that Microsoft made
    assert [asset.builtin for asset in found] == [True, True, False]


@pytest.mark.parametrize(
    ("change", "differs"),
    [
        ({"description": "by somebody else"}, True),
        ({"tags": {"a": "b"}}, True),
        ({"isArchived": True}, True),
        ({"stage": "Production"}, True),
        ({"modelUri": "azureml://datastores/workspaceblobstore/paths/other"}, True),
        ({"properties": {"mine": "yes"}}, True),
        ({"properties": {"azureml.labels": "latest"}}, False),
        ({"tags": None}, False),
        ({"provisioningState": "Updating"}, False),
    ],
)
def test_a_version_counts_as_changed_by_what_people_change(change: Any, differs: bool):
    (before,) = forecast(models(model("1")))[0].assets("model", None)
    (after,) = forecast(models(model("1", **change)))[0].assets("model", None)
    assert (before.state != after.state) == differs


def test_a_version_made_anew_under_the_same_id_is_another_one():
    anew = model("1") | {"systemData": {"createdAt": "2026-11-01T00:00:00+00:00"}}
    (before,) = forecast(models(model("1")))[0].assets("model", None)
    (after,) = forecast(models(anew))[0].assets("model", None)
    assert before.state != after.state


@pytest.mark.parametrize("asset_id", ["", "x", ":1", "x:", "a/b:1", "..:1", "x:..", "a\nb:1"])
def test_an_id_of_another_form_calls_nothing(asset_id: str):
    connector, wire = forecast({})
    for call in (connector.delete, connector.is_there):
        with pytest.raises(Unusable):
            call("model", asset_id)
    assert wire.calls == []


def test_a_cursor_holds_what_is_still_to_come():
    holders = [HOLDER | {"name": f"model-{n:02}"} for n in range(17)]
    routes = {every(f"models/{h['name']}/versions"): [told(page())] for h in holders}
    connector, _ = forecast({every("models"): [told(page(*holders))], **routes})
    first = connector.assets("model", None)
    assert list(first) == []
    assert first.next is not None
    assert [c["name"] for c in json.loads(first.next)["containers"]] == ["model-16"]
