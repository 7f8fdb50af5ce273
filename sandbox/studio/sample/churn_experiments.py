"""The experiments of `churn-lab`: runs and drafts of several people, with what they left behind."""

from sandbox.studio.content import text
from sandbox.studio.identifiers import hex_id, milliseconds, node_id, token
from sandbox.studio.model import Annotation, Experiment, InputPort, ModuleNode, NodeOutput, Run
from sandbox.studio.sample.churn_datasets import (
    MODEL_FAMILY,
    SERVICE_ID,
    TRAINING_KEY,
    TRAINING_NODE,
    WORKSPACE_ID,
    dataset_id,
)
from sandbox.studio.sample.files import customers, first_lines, opaque
from sandbox.studio.sample.microsoft import module_id
from sandbox.studio.sample.people import JONAS, LEA, MIRA, TOMAS, TOMAS_ALIAS

_SCRIPT = """import pandas as pd

def azureml_main(frame=None):
    # Tomas User: row 17 is a test customer, drop it
    return frame.drop(index=17),
"""


def churn_experiments() -> tuple[Experiment, ...]:
    """Give the experiments; the match of a request for Tomas stands beside each."""
    return (
        _training(),  # resolved: alias; an earlier run by name, the oldest by Mira
        _cleaning(),  # weak: he is in a script, a comment and typed rows of Mira's
        _draft(),  # strong: the creator is his user id; never ran
        _failed(),  # none: he is only in the error log of Jonas' run
        _edited(),  # resolved: by name; a draft on top of a run
        _tagged(),  # weak: a tag of Lea's
        _taken_over(),  # none as listed, by Mira; resolved in its earlier run, by alias
        _scoring(),  # strong: the creator is his e-mail; it describes a web service
    )


def _training() -> Experiment:
    def run(at: str, creator: str, summary: str, *notes: Annotation) -> Run:
        created = milliseconds(at)
        node = ModuleNode(
            TRAINING_NODE,
            module_id("Train Model"),
            "train on customers",
            (("Label column", "churned"),),
            (InputPort("Dataset", dataset_id("customers-2018.csv")),),
            (
                NodeOutput("Trained model", opaque(at, 24_742), ".ilearner", "TrainedModel"),
                NodeOutput("Scored dataset", customers(120), ".csv"),
            ),
            stdout=text(f"Record Starts at UTC {at}\ntrained\n"),
        )
        return Run(
            created,
            created + 300_000,
            "Finished",
            creator,
            "Churn training",
            summary,
            tags=("churn",),
            nodes=(node,),
            annotations=notes,
        )

    return Experiment(
        WORKSPACE_ID,
        TRAINING_KEY,
        (
            run(
                "2018-05-22T10:46:40",
                TOMAS_ALIAS,
                "First try",
                Annotation("an-0001", "ask Tomas about row 17", TRAINING_NODE),
                Annotation("an-0002", "Tomas User will fix it", TRAINING_NODE, "an-0001"),
            ),
            run("2018-05-22T09:59:59", TOMAS.name, "with fewer rows"),
            run(
                "2018-05-21T16:20:00",
                MIRA.name,
                "Mira's own trial",
                Annotation("an-0003", "start again with tomas.user@example.org"),
            ),
        ),
    )


def _cleaning() -> Experiment:
    created = milliseconds("2018-05-21T09:00:00")
    rows = "name,email\nTomas User,tomas.user@example.org\nMira Owner,mira.owner@example.org"
    secret = (
        "DefaultEndpointsProtocol=https;AccountName=churnlabstore;"
        f"AccountKey={token('parameter', WORKSPACE_ID)};EndpointSuffix=core.windows.net"
    )
    names = ("enter", "import", "script", "convert", "normalize")
    enter, load, script, convert, normalize = (
        node_id(at, "cleaning", name) for at, name in enumerate(names, 50)
    )
    nodes = (
        ModuleNode(
            enter,
            module_id("Enter Data Manually"),
            "contacts",
            (("DataFormat", "CSV"), ("HasHeader", "True"), ("Data", rows)),
            outputs=(NodeOutput("dataset", text(rows)),),
        ),
        ModuleNode(
            load,
            module_id("Import Data"),
            "nightly copy",
            (
                ("Data source", "Azure Blob Storage"),
                ("Connection string", secret),
                ("Account name", "churnlabstore"),
                ("Path", "exports/customers.csv"),
            ),
            outputs=(NodeOutput("Results dataset", customers(60)),),
        ),
        ModuleNode(
            script,
            module_id("Execute Python Script"),
            "written by Tomas User, 20 May",
            (("Python script", _SCRIPT), ("Version", "Anaconda 4.0/Python 3.5")),
            (InputPort("Dataset1", source=(load, "Results dataset")),),
            (NodeOutput("Python device", None, ".png", "Visualization"),),
            stdout=text("rows read: 60\n"),
            stderr=text("DeprecationWarning: asked by tomas.user@example.org to ignore\n"),
        ),
        ModuleNode(
            convert,
            module_id("Convert to CSV"),
            inputs=(InputPort("Dataset", source=(script, "Result Dataset")),),
            outputs=(NodeOutput("Results dataset", customers(59)),),
        ),
        ModuleNode(
            normalize,
            module_id("Normalize Data"),
            inputs=(InputPort("Dataset", source=(load, "Results dataset")),),
            outputs=(
                NodeOutput(
                    "Transformation function",
                    opaque("scaling", 4_096),
                    ".itransform",
                    "Transform",
                ),
            ),
        ),
    )
    run = Run(created, created + 90_000, "Finished", MIRA.name, "Data cleaning", nodes=nodes)
    return Experiment(WORKSPACE_ID, hex_id("experiment", "cleaning"), (run,))


def _draft() -> Experiment:
    node = ModuleNode(
        node_id(60, "draft"),
        module_id("Select Columns in Dataset"),
        inputs=(InputPort("Dataset", dataset_id("airports.csv")),),
    )
    created = milliseconds("2018-05-23T08:30:00")
    run = Run(created, None, "InDraft", TOMAS.user_id, "Untitled draft", nodes=(node,))
    return Experiment(WORKSPACE_ID, hex_id("experiment", "draft"), (run,))


def _failed() -> Experiment:
    created = milliseconds("2018-05-20T15:00:00")
    node = ModuleNode(
        node_id(61, "failed"),
        module_id("Execute R Script"),
        parameters=(("R Script", "stop('no such column')"),),
        outputs=(NodeOutput("Result Dataset", None),),
        status="Failed",
        stdout=text("[ModuleOutput] 1 worker\n"),
        stderr=text("Error 0063: no such column; last editor: Tomas User\n"),
    )
    run = Run(
        created,
        created + 12_000,
        "Failed",
        JONAS.name,
        "Broken scoring",
        status_detail="ModuleError",
        nodes=(node,),
    )
    return Experiment(WORKSPACE_ID, hex_id("experiment", "failed"), (run,))


def _edited() -> Experiment:
    node = _convert("edited", 62)
    ran = milliseconds("2018-05-19T10:00:00")
    return Experiment(
        WORKSPACE_ID,
        hex_id("experiment", "edited"),
        (
            Run(ran + 86_400_000, None, "InDraft", TOMAS.name, "Stocks", nodes=(node,)),
            Run(ran, ran + 20_000, "Finished", TOMAS.name, "Stocks", nodes=(node,)),
        ),
    )


def _tagged() -> Experiment:
    ran = milliseconds("2018-05-18T10:00:00")
    run = Run(
        ran,
        ran + 20_000,
        "Finished",
        LEA.name,
        "Onboarding",
        tags=("training", TOMAS.email),
        nodes=(_convert("tagged", 63),),
    )
    return Experiment(WORKSPACE_ID, hex_id("experiment", "tagged"), (run,))


def _taken_over() -> Experiment:
    ran = milliseconds("2018-05-17T10:00:00")
    node = _convert("taken over", 64)
    return Experiment(
        WORKSPACE_ID,
        hex_id("experiment", "taken over"),
        (
            Run(ran + 86_400_000, ran + 86_420_000, "Finished", MIRA.name, "Weekly", nodes=(node,)),
            Run(ran, ran + 20_000, "Finished", TOMAS_ALIAS, "Weekly", nodes=(node,)),
        ),
    )


def _scoring() -> Experiment:
    ran = milliseconds("2018-05-22T11:45:00")
    node = ModuleNode(
        node_id(65, "scoring"),
        module_id("Score Model"),
        inputs=(
            InputPort("Trained model", model_id=f"{WORKSPACE_ID}.{MODEL_FAMILY}.v1-default-3"),
            InputPort("Dataset", dataset_id("customers-2018.csv")),
        ),
        outputs=(NodeOutput("Scored dataset", customers(80)),),
    )
    run = Run(
        ran,
        ran + 40_000,
        "Finished",
        TOMAS.email,
        "Churn training [Predictive Exp.]",
        "becomes the web service Churn scoring",
        nodes=(node,),
        web_service=SERVICE_ID,
    )
    return Experiment(WORKSPACE_ID, hex_id("experiment", "scoring"), (run,))


def _convert(label: str, number: int) -> ModuleNode:
    return ModuleNode(
        node_id(number, label),
        module_id("Convert to CSV"),
        inputs=(InputPort("Dataset", dataset_id("stocks.csv")),),
        outputs=(NodeOutput("Results dataset", first_lines("stocks.csv", number)),),
    )
