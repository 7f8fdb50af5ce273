"""The models, transforms, modules, notebooks, projects and gateways of `churn-lab`.

Each description is unique among all samples, so that a test can find it in what was exported.
"""

from sandbox.studio.identifiers import hex_id, milliseconds, node_id, token
from sandbox.studio.model_asset import (
    Gateway,
    Module,
    Notebook,
    Project,
    Promoted,
    promoted,
)
from sandbox.studio.sample.churn_datasets import (
    CUSTOMERS_FAMILY,
    MODEL_FAMILY,
    TRAINING_KEY,
    TRAINING_NODE,
    WORKSPACE_ID,
)
from sandbox.studio.sample.files import opaque
from sandbox.studio.sample.people import JONAS, LEA, MIRA, TOMAS, TOMAS_ALIAS

TRAINING_ID = f"{WORKSPACE_ID}.f-id.{TRAINING_KEY}"

_TRAINED = (TRAINING_ID, TRAINING_NODE, "Trained model")
_SCALED = (
    f"{WORKSPACE_ID}.f-id.{hex_id('experiment', 'cleaning')}",
    node_id(54, "cleaning", "normalize"),
    "Transformation function",
)
_AT = milliseconds("2018-05-22T11:00:00")


def _gone(label: str, port: str = "Trained model") -> tuple[str, str, str]:
    """Give a node of an experiment that is not there any more."""
    experiment = f"{WORKSPACE_ID}.f-id.{hex_id('experiment', 'gone', label)}"
    return experiment, node_id(70, "gone", label), port


def churn_models() -> tuple[Promoted, ...]:
    """Give the trained models; where the bytes of each are stands beside it."""

    def model(
        name: str,
        description: str,
        owner: str | None,
        source: tuple[str, str, str] = _TRAINED,
    ) -> Promoted:
        return promoted(WORKSPACE_ID, name, description, owner, _AT, source)

    return (
        # by the training node's output
        Promoted(
            WORKSPACE_ID,
            MODEL_FAMILY,
            3,
            "churn model",
            TOMAS_ALIAS,
            milliseconds("2018-05-22T11:00:00"),
            "boosted tree, May 2018",
            TRAINING_ID,
            ".".join(_TRAINED),
        ),
        # by a resource of an endpoint of Churn scoring alone: the experiment is gone
        model("retired churn model", "boosted tree, April 2018", TOMAS.name, _gone("april")),
        # nowhere
        model("lost churn model", "neural network, March 2018", TOMAS.email, _gone("march")),
        # by a link of its own
        promoted(
            WORKSPACE_ID,
            "uploaded churn model",
            "logistic regression, kept with a link",
            TOMAS.user_id,
            _AT,
            _gone("february"),
            opaque("uploaded churn model", 7_777),
        ),
        model("mira's churn model", "decision forest, second opinion", MIRA.name),
        model("scripted model", "made by a nightly script", "Python SDK", _gone("nightly")),
        model("nobody's model", "left behind without an owner", None, _gone("nobody")),
    )


def churn_transforms() -> tuple[Promoted, ...]:
    """Give the transforms: by node output, nowhere, by a link of its own, of an unset date."""
    gone = _gone("transforms", "Transformation function")
    return (
        promoted(
            WORKSPACE_ID, "charge scaling", "z-scores of monthly charges", TOMAS.name, _AT, _SCALED
        ),
        promoted(WORKSPACE_ID, "lost scaling", "min-max of tenure", TOMAS_ALIAS, _AT, gone),
        promoted(
            WORKSPACE_ID,
            "kept scaling",
            "log-normal scaling, kept with a link",
            JONAS.name,
            _AT,
            gone,
            opaque("kept scaling", 3_333),
        ),
        promoted(WORKSPACE_ID, "undated scaling", "older than its dates", None, None, gone),
    )


def churn_modules() -> tuple[Module, ...]:
    """Give the custom modules; the last leads to Tomas by its escalation address alone."""

    def module(name: str, description: str, owner: str | None, email: str | None) -> Module:
        family_id = hex_id(WORKSPACE_ID, "module", name)
        return Module(
            WORKSPACE_ID, family_id, 1, name, description, owner, _AT, escalation_email=email
        )

    return (
        Module(
            WORKSPACE_ID,
            "9c8b7a6f5e4d43c2b1a0998877665544",
            2,
            "Mask names",
            "Replaces names by hashes",
            MIRA.name,
            milliseconds("2018-05-22T12:00:00"),
            escalation_email=MIRA.email,
        ),
        module("Round charges", "Rounds charges to whole euros", TOMAS.name, TOMAS.email),
        module("Drop test rows", "Drops rows of test customers", "PowerShell", TOMAS.email),
    )


def churn_notebooks() -> tuple[Notebook, ...]:
    """Give the notebooks; their names are their only text."""
    created = milliseconds("2018-05-21T10:53:20")
    return (
        Notebook(
            "1a2b3c4d5e6f47089a0b1c2d3e4f5061",
            "explore churn by region",
            TOMAS.name,
            created,
            milliseconds("2018-05-22T11:53:20"),
            attachments=("data-sample.csv", "churn-by-region.png"),
        ),
        Notebook(hex_id("notebook", "mira"), "plots for the board", MIRA.name, created, None),
        Notebook(hex_id("notebook", "script"), "nightly refresh notebook", None, created, None),
        Notebook(
            hex_id("notebook", "alias"), "tenure histogram draft", TOMAS_ALIAS, created, None, "R"
        ),
    )


def churn_projects() -> tuple[Project, ...]:
    """Give the projects."""
    return (
        Project(
            "2233445566778899aabbccddeeff0011",
            "Churn 2018",
            "All churn work",
            TOMAS_ALIAS,
            (("Experiments", (TRAINING_ID,)), ("DataSources", (CUSTOMERS_FAMILY,))),
        ),
        Project(hex_id("project", "lea"), "Onboarding", "Lea's first weeks", LEA.name),
        Project(hex_id("project", "null"), "Archive", "Put away in 2017", None),
    )


def churn_gateways() -> tuple[Gateway, ...]:
    """Give the gateways; the second one's description names Tomas."""
    created = milliseconds("2018-05-01T09:00:00")
    return (
        Gateway("gw-paris", "SQL in Paris", "PARSQL01", token("gateway", "paris"), created),
        Gateway(
            "gw-oslo",
            "SQL in Oslo, set up by Tomas User",
            "OSLSQL07",
            token("gateway", "oslo"),
            created,
        ),
    )
