"""Datasets of Studio (classic): what a list says of them, and how their bytes are had."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsr.errors import Absent, Refused, Unavailable, Unusable
from dsr.model.asset import Asset
from dsr.services.studio import datasets
from dsr.services.studio.workspace import StudioWorkspace
from dsr.usecases.connector import Content, Document, Missing
from tests.fakes.studio import studio, told
from tests.fakes.wire import answer
from tests.unit.studio_payloads import (
    API,
    BLOB,
    DATASET,
    DATASET_ID,
    WORKSPACE_ID,
    endpoint,
    lower,
)

LIST = f"{API}/datasources"
ONE = f"{API}/datasources/{DATASET_ID}"
OLD = (
    f"{BLOB}uploadedresources/7d21.csv?sv=2015-02-21&sr=b&sig=OLD&se=2018-05-23T08%3A05%3A00Z&sp=r"
)
NEW = f"{BLOB}uploadedresources/7d21.csv?sig=NEW"
FRESH = DATASET | {"DownloadLocation": endpoint(BLOB, "uploadedresources/7d21.csv", "?sig=NEW")}


def asset(item: Any) -> Asset:
    """What the list makes of one entry."""
    workspace, _ = studio({LIST: [told([item])]})
    (found,) = datasets.assets(workspace)
    return found


def test_a_list_entry_becomes_an_asset_with_all_that_can_match():
    found = asset(DATASET)
    assert (found.kind, found.id, found.name) == ("dataset", DATASET_ID, "customers-2018.csv")
    assert found.owners == (("Owner", "Tomas User"),)
    assert ("Description", "Export of 4,210 customers") in found.texts
    assert (found.size, found.builtin) == (1048576, False)
    assert found.file_name == "customers-2018.csv"


def test_keys_are_read_whatever_their_case():
    assert replace(asset(lower(DATASET)), listed=None) == replace(asset(DATASET), listed=None)


FAMILY = str(DATASET["FamilyId"])


@pytest.mark.parametrize(
    ("told_family", "unit", "disputed"),
    [
        (FAMILY, FAMILY, ()),
        (FAMILY.upper(), FAMILY, ()),
        ("", FAMILY, ()),
        ("f" * 32, "", (FAMILY, "f" * 32)),
        ("F" * 32, "", (FAMILY, "f" * 32)),
    ],
)
def test_a_version_is_of_the_family_that_its_id_and_its_entry_name(told_family, unit, disputed):
    found = asset(DATASET | {"FamilyId": told_family})
    assert (found.unit, found.disputed) == (unit, disputed)


def test_an_id_without_a_family_is_of_none_and_may_be_of_the_told_one():
    found = asset(DATASET | {"Id": f"{WORKSPACE_ID}.odd"})
    assert (found.unit, found.disputed) == ("", (FAMILY,))


@pytest.mark.parametrize(
    ("asset_id", "builtin"),
    [
        ("506153734175476c4f62416c57734963.5a9f.v1-default-1", True),
        (WORKSPACE_ID + "0.5a9f.v1-default-1", True),
        (WORKSPACE_ID, True),
        (DATASET_ID, False),
        ("", False),
    ],
)
def test_what_has_another_workspaces_prefix_is_microsofts_own(asset_id, builtin):
    found = asset(DATASET | {"Id": asset_id, "Owner": "Tomas User"})
    assert found.builtin == builtin


@pytest.mark.parametrize(
    ("change", "file_name"),
    [
        ({"Name": "a", "DataTypeId": "GenericTSV"}, "a.tsv"),
        ({"Name": "a.CSV"}, "a.CSV"),
        ({"Name": "a.txt"}, "a.txt"),
        ({"Name": "v1.2 of all"}, "v1.2 of all.csv"),
        ({"Name": "a", "DataTypeId": "Unknown"}, "a"),
        ({"Name": None}, "customers-2018.csv"),
        ({"IsLatest": False}, "customers-2018 (version 12).csv"),
    ],
)
def test_the_file_name_has_the_types_extension_and_an_old_versions_number(change, file_name):
    assert asset(DATASET | change).file_name == file_name


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**63), 2**63 - 1)
        | st.text()
        | st.floats(allow_nan=False, allow_infinity=False),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(list(DATASET)), inner, max_size=5)
        ),
        max_leaves=10,
    )
)
def test_no_entry_of_a_list_is_too_odd_to_be_an_asset(item):
    found = asset(item)
    assert isinstance(found.id, str)
    assert isinstance(found.name, str)
    assert found.size is None or found.size >= 0


def test_the_list_is_asked_for_with_the_token_in_a_header_only():
    workspace, wire = studio({LIST: [told([DATASET, DATASET])]})
    assert [a.id for a in datasets.assets(workspace)] == [DATASET_ID] * 2
    (call,) = wire.calls
    assert call.headers["x-ms-metaanalytics-authorizationtoken"] == "the-token"
    assert "the-token" not in str(call.url)


def files(workspace: StudioWorkspace, include_data: bool = True, listed: Any = None) -> list[Any]:
    return list(datasets.read(workspace, DATASET_ID, listed, include_data))


def test_reading_gives_the_metadata_then_the_bytes_by_plain_concatenation():
    workspace, wire = studio({ONE: [told(DATASET)], OLD: [answer(200, b"a,b\n1,2\n")]})
    document, content = files(workspace)
    assert document == Document("", DATASET)
    assert isinstance(content, Content)
    assert content.source.open().read(100) == b"a,b\n1,2\n"
    assert wire.urls() == [ONE, OLD]
    assert "x-ms-metaanalytics-authorizationtoken" not in wire.calls[1].headers


def test_what_the_list_said_a_short_while_ago_is_not_asked_for_again():
    workspace, wire = studio({LIST: [told([DATASET])], OLD: [answer(200, b"bytes")]})
    (found,) = datasets.assets(workspace)
    document, content = files(workspace, listed=found.listed)
    assert document == Document("", DATASET)
    assert content.source.open().read(100) == b"bytes"
    assert wire.urls() == [LIST, OLD]


def test_a_place_that_the_list_gave_is_good_for_one_reading():
    workspace, wire = studio(
        {LIST: [told([DATASET])], ONE: [told(FRESH)], NEW: [answer(200, b"bytes")]}
    )
    list(datasets.assets(workspace))
    for _ in range(2):
        document, content = files(workspace, listed=DATASET)
        assert document == Document("", DATASET), "whether it was asked for again or not"
    assert content.source.open().read(100) == b"bytes"
    assert wire.urls() == [LIST, ONE, NEW]


def test_a_place_from_the_list_that_has_expired_is_asked_for_anew():
    workspace, wire = studio(
        {
            LIST: [told([DATASET])],
            OLD: [answer(403)],
            ONE: [told(FRESH)],
            NEW: [answer(200, b"bytes")],
        }
    )
    list(datasets.assets(workspace))
    _, content = files(workspace, listed=DATASET)
    assert content.source.open().read(100) == b"bytes"
    assert wire.urls() == [LIST, OLD, ONE, NEW]


def test_places_of_samples_are_not_kept():
    sample = DATASET | {"Id": "506153734175476c4f62416c57734963.5a9f.v1-default-1"}
    workspace, _ = studio({LIST: [told([sample])]})
    list(datasets.assets(workspace))
    assert workspace.locations.take(sample["Id"]) is None


def test_without_data_only_the_metadata_is_given():
    workspace, wire = studio({ONE: [told(DATASET)]})
    assert files(workspace, include_data=False) == [Document("", DATASET)]
    assert wire.urls() == [ONE]


@pytest.mark.parametrize("status", [401, 403])
def test_an_expired_address_is_asked_for_anew_once(status):
    workspace, wire = studio(
        {
            ONE: [told(DATASET), told(FRESH)],
            OLD: [answer(status)],
            NEW: [answer(200, b"bytes")],
        }
    )
    _, content = files(workspace)
    assert content.source.open().read(100) == b"bytes"
    assert wire.urls() == [ONE, OLD, ONE, NEW]


def test_an_address_that_is_refused_twice_stays_refused():
    workspace, wire = studio(
        {ONE: [told(DATASET), told(FRESH)], OLD: [answer(403)]} | {NEW: [answer(403)]}
    )
    _, content = files(workspace)
    with pytest.raises(Refused):
        content.source.open()
    assert wire.urls() == [ONE, OLD, ONE, NEW]


def test_going_on_where_it_broke_asks_for_the_rest_of_the_same_version():
    workspace, wire = studio({ONE: [told(DATASET)], OLD: [answer(206, b"rest")]})
    _, content = files(workspace)
    assert content.source.open(5, '"v1"').read(100) == b"rest"
    assert wire.calls[1].headers["Range"] == "bytes=5-"
    assert wire.calls[1].headers["If-Match"] == '"v1"'


def test_a_host_that_starts_from_the_beginning_anyway_is_not_taken_for_the_rest():
    workspace, _ = studio({ONE: [told(DATASET)], OLD: [answer(200, b"from the start")]})
    _, content = files(workspace)
    with pytest.raises(Unavailable, match="can't be read on"):
        content.source.open(5, '"v1"')


@pytest.mark.parametrize(
    "location", [None, {}, endpoint(BLOB, "", "?sig=x"), endpoint("", "x", "?sig=x"), "text"]
)
def test_a_dataset_without_a_place_to_download_from_is_left_to_a_person_with_steps(location):
    workspace, _ = studio({ONE: [told(DATASET | {"DownloadLocation": location})]})
    _, missing = files(workspace)
    assert isinstance(missing, Missing)
    assert missing.steps
    assert "Convert to CSV" in " ".join(missing.steps)


def test_a_place_on_another_host_is_never_called():
    elsewhere = endpoint("https://churnlabstore.blob.core.windows.net.evil.example/", "x", "?sig=x")
    workspace, wire = studio({ONE: [told(DATASET | {"DownloadLocation": elsewhere})]})
    _, content = files(workspace)
    with pytest.raises(Unusable, match="not one of the workspace's"):
        content.source.open()
    assert wire.urls() == [ONE]


def test_a_dataset_that_is_gone_is_absent_and_one_that_is_no_object_unavailable():
    workspace, _ = studio({})
    with pytest.raises(Absent):
        files(workspace)
    workspace, _ = studio({ONE: [told([])]})
    with pytest.raises(Unavailable, match="something else than an object"):
        files(workspace)
