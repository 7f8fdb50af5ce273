"""The datasets of `churn-lab`: who owns them is written in every way that clients wrote it."""

import unicodedata

from sandbox.studio.content import Content, text
from sandbox.studio.identifiers import milliseconds
from sandbox.studio.model import DatasetFamily, DatasetVersion, family
from sandbox.studio.sample.files import (
    as_tsv,
    as_zip,
    customers,
    first_lines,
    iris_as_arff,
    iris_as_svmlight,
    opaque,
    shipped,
    without_header,
)
from sandbox.studio.sample.people import JONAS, LEA, MIRA, TOMAS, TOMAS_ALIAS, ZOE

WORKSPACE_ID = "0f3c9a7e5b1d4c2a8e6f70112233aabb"
CUSTOMERS_FAMILY = "7d21c0de4b5a4f0e9c3d5566778899aa"
TRAINING_KEY = "a1b2c3d4e5f60718293a4b5c6d7e8f90"
TRAINING_NODE = "2b9d7c10-1a2b-4c3d-8e4f-556677889900-41"
MODEL_FAMILY = "55aa33bb44cc4d0e8f11223344556677"
SERVICE_ID = "8f1e2d3c4b5a46978869504132231405"

_MAY = milliseconds("2018-05-20T09:00:00")


def churn_families() -> tuple[DatasetFamily, ...]:
    """Give the families, each version with the match that a request for Tomas should find."""
    return (
        _customers(),
        # strong: the owner field is his e-mail address, or his user id
        _one("airports.csv", "GenericCSV", shipped("airports.csv"), TOMAS.email),
        _one("seattle-weather.tsv", "GenericTSV", as_tsv("seattle-weather.csv"), TOMAS.user_id),
        # resolved: his name, which one user bears, or the alias that a request gives
        _stocks(),
        _one("iris.arff", "ARFF", iris_as_arff(), TOMAS_ALIAS.upper()),
        _one("empty.csv", "GenericCSV", text(""), TOMAS.name),
        _scored(),
        # weak: he is named in free text only
        _one(
            "us-employment.csv",
            "GenericCSV",
            shipped("us-employment.csv"),
            "PowerShell",
            "Uploaded by Tomas User for the May review",
        ),
        _one(
            "barley.json",
            "PlainText",
            shipped("barley.json"),
            JONAS.name,
            "Questions to <tomas.user@example.org>.",
        ),
        _one(
            "export (3).csv",
            "GenericCSVNoHeader",
            without_header("seattle-temps.csv"),
            "Python SDK",
            uploaded_from="Tomas User export.csv",
        ),
        # none: other people's, or names and addresses that only look like his
        _one("cars.zip", "Zip", as_zip("cars.json", "wheat.json"), MIRA.name),
        _one("iris.svmlight", "SvmLight", iris_as_svmlight(), LEA.name),
        _one(
            "near-miss.txt",
            "PlainText",
            text("Thomas Usher, not Tomas.\n"),
            "Thomas Usher",
            "from xtomas.user@example.org and tomas.user@example.organic, Tomas Userson",
        ),
        _one("crimea.json", "PlainText", shipped("crimea.json"), _decomposed(ZOE.name)),
        # unattributed: what clients wrote in place of a person
        _one("sf-temps.csv", "GenericCSV", shipped("sf-temps.csv"), "R"),
        _one("ohlc.json", "PlainText", shipped("ohlc.json"), "User"),
        _one("driving.json", "PlainText", shipped("driving.json"), None, None),
        _one("burtin.json", "PlainText", shipped("burtin.json"), ""),
    )


def dataset_id(label: str) -> str:
    """Give the id of the newest version in the family of a file name."""
    found = {f.versions[-1].name: f for f in churn_families()}[label]
    return found.id_of(found.versions[-1])


def _customers() -> DatasetFamily:
    def version(batch: int, rows: int, owner: str, created: str) -> DatasetVersion:
        return DatasetVersion(
            batch,
            "customers-2018.csv",
            "GenericCSV",
            customers(rows),
            owner,
            milliseconds(created),
            f"Export of {rows:,} customers",
            uploaded_from="customers-2018.csv",
        )

    return DatasetFamily(
        WORKSPACE_ID,
        CUSTOMERS_FAMILY,
        (
            version(10, 3_800, MIRA.name, "2018-05-19T11:00:00"),
            version(11, 4_100, TOMAS_ALIAS, "2018-05-20T11:00:00"),
            version(12, 4_210, TOMAS.name, "2018-05-21T11:00:00"),
        ),
    )


def _stocks() -> DatasetFamily:
    older = _version("stocks.csv", "GenericCSV", first_lines("stocks.csv", 200), TOMAS.name)
    newer = _version("stocks.csv", "GenericCSV", shipped("stocks.csv"), TOMAS.name, batch=2)
    return family(WORKSPACE_ID, "stocks.csv", older, newer)


def _scored() -> DatasetFamily:
    experiment = f"{WORKSPACE_ID}.f-id.{TRAINING_KEY}"
    version = DatasetVersion(
        1,
        "Scored customers",
        "Dataset",
        opaque("scored customers", 20_000),
        TOMAS_ALIAS,
        milliseconds("2018-05-22T11:00:00"),
        source_origin="FromOutputPromotion",
        experiment_id=experiment,
        promoted_from=f"{experiment}.{TRAINING_NODE}.Scored dataset",
    )
    return family(WORKSPACE_ID, "scored", version)


def _one(
    name: str,
    data_type: str,
    content: Content,
    owner: str | None,
    description: str | None = "",
    uploaded_from: str | None = None,
) -> DatasetFamily:
    version = _version(name, data_type, content, owner, description, uploaded_from)
    return family(WORKSPACE_ID, name, version)


def _version(
    name: str,
    data_type: str,
    content: Content,
    owner: str | None,
    description: str | None = "",
    uploaded_from: str | None = None,
    batch: int = 1,
) -> DatasetVersion:
    return DatasetVersion(
        batch,
        name,
        data_type,
        content,
        owner,
        _MAY + batch * 3_600_000,
        description,
        uploaded_from=uploaded_from or name,
    )


def _decomposed(name: str) -> str:
    return unicodedata.normalize("NFD", name)
