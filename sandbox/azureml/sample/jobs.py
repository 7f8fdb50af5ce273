"""The jobs of the sample workspace `forecast`."""

from sandbox.azureml.model import Artifact, Job
from sandbox.azureml.sample.people import JONAS, MIRA, ROBOT, TOMAS, TWIN
from sandbox.studio.content import text
from sandbox.studio.sample.files import first_lines, opaque

TRAINED = "brave_lamp_k2x7"
"""Tomas' job whose model is registered."""
ARCHIVED = "old_stone_z9y8"
NOTIFIED = "quiet_field_m3p1"
"""Mira's job that sends Tomas its mails."""
RUNNING = "busy_wheel_r5t4"
TOUCHED = "calm_shore_v7w6"
"""Mira's job that Tomas modified last, and no more."""
PIPELINE = "neat_chain_p4q2"
REUSED = "neat_chain_p4q2_score"
"""A step that was not run again: its files are those of Mira's step."""
ORIGINAL = "tidy_chain_d1e5_score"
SWEEP = "wide_sweep_s8u3"
TRIALS = 12


def log(name: str, line: str = "") -> Artifact:
    """Give a run's log."""
    return Artifact("user_logs/std_log.txt", text(f"run {name}\n{line}\ndone\n"))


def forecast_jobs() -> tuple[Job, ...]:
    """Give the jobs, newest first as ARM lists them."""
    return (
        Job(
            RUNNING,
            TOMAS,
            "2026-06-02T08:00:00.000+00:00",
            display_name="demand-retrain",
            status="Running",
            artifacts=(log(RUNNING),),
        ),
        _sweep(),
        _pipeline(PIPELINE),
        _original(),
        Job(
            "twin_river_a1b2",
            TWIN,
            "2026-05-12T07:00:00.000+00:00",
            display_name="prices",
            experiment="prices",
            artifacts=(log("twin_river_a1b2", "of the other Tomas User"),),
        ),
        Job(
            TOUCHED,
            MIRA,
            "2026-05-11T07:00:00.000+00:00",
            display_name="baseline",
            modified_by=TOMAS,
            artifacts=(log(TOUCHED),),
        ),
        Job(
            NOTIFIED,
            MIRA,
            "2026-05-10T07:00:00.000+00:00",
            display_name="evaluate",
            extra={
                "notificationSetting": {
                    "emailOn": ["JobFailed"],
                    "emails": [MIRA.address, TOMAS.address],
                }
            },
            artifacts=(log(NOTIFIED),),
        ),
        Job(
            "red_paper_f6g7",
            JONAS,
            "2026-05-09T07:00:00.000+00:00",
            display_name="inspect",
            status="Failed",
            description="looks at what Tomas User left in users/t-user",
            extra={"command": "python inspect.py --owner tomas.user@example.org"},
            artifacts=(log("red_paper_f6g7"),),
        ),
        Job(
            "grey_owl_n0n0",
            None,
            "2026-05-08T07:00:00.000+00:00",
            display_name="of nobody",
            artifacts=(log("grey_owl_n0n0"),),
        ),
        Job(
            "iron_crane_h3j4",
            ROBOT,
            "2026-05-07T07:00:00.000+00:00",
            display_name="nightly",
            tags={"requested-by": "t-user"},
            artifacts=(log("iron_crane_h3j4"),),
        ),
        _trained(),
        Job(
            ARCHIVED,
            TOMAS,
            "2025-11-04T09:00:00.000+00:00",
            display_name="first try",
            archived=True,
            artifacts=(log(ARCHIVED),),
        ),
    )


def _trained() -> Job:
    return Job(
        TRAINED,
        TOMAS,
        "2026-05-04T09:10:05.111+00:00",
        display_name="demand-train",
        tags={"owner": "t-user", "dsr:subject": TOMAS.object_id},
        properties={
            "_azureml.ClusterName": "cpu-cluster",
            "ProcessInfoFile": "azureml-logs/process_info.json",
            "mlflow.source.git.branch": "tomas/demand",
        },
        extra={
            "command": "python train.py --data ${{inputs.train}}",
            "inputs": {
                "train": {
                    "jobInputType": "uri_file",
                    "mode": "ReadOnlyMount",
                    "uri": "azureml://datastores/workspaceblobstore/paths/users/tomas/train.csv",
                    "description": None,
                }
            },
            "environmentVariables": {"TRACKING_USER": "t-user", "API_TOKEN": "placeholder"},
            "notificationSetting": {"emailOn": ["JobCompleted"], "emails": [TOMAS.address]},
        },
        artifacts=(
            log(TRAINED, "mse 0.25"),
            Artifact("system_logs/lifecycler/execution.log", text("started by t-user\n")),
            Artifact("outputs/predictions.csv", first_lines("seattle-weather.csv", 60)),
            Artifact("model/MLmodel", text("flavors:\n  python_function: {}\n")),
            Artifact("model/model.pkl", opaque("demand-model", 4_000)),
        ),
        metrics={"mse": (0.5, 0.31, 0.25), "r2": (0.7,)},
    )


def _pipeline(name: str) -> Job:
    at = "2026-05-20T06:00:00.000+00:00"
    prep = Job(
        f"{name}_prep",
        TOMAS,
        at,
        display_name="prep",
        artifacts=(log(f"{name}_prep", "prepared"), Artifact("outputs/rows.txt", text("60\n"))),
    )
    reused = Job(
        REUSED,
        TOMAS,
        at,
        display_name="score",
        properties={
            "azureml.isreused": "true",
            "azureml.reusedrunid": ORIGINAL,
            "azureml.reusednodeid": "5a5a5a5a",
        },
        leaves=False,
    )
    return Job(
        name, TOMAS, at, display_name="demand-pipeline", kind="Pipeline", children=(prep, reused)
    )


def _original() -> Job:
    at = "2026-05-19T06:00:00.000+00:00"
    step = Job(
        ORIGINAL,
        MIRA,
        at,
        display_name="score",
        artifacts=(Artifact("outputs/scores.csv", text("store,score\n1,0.5\n")),),
    )
    name = ORIGINAL.rpartition("_")[0]
    return Job(name, MIRA, at, display_name="mira-pipeline", kind="Pipeline", children=(step,))


def _sweep() -> Job:
    at = "2026-05-25T06:00:00.000+00:00"
    trials = tuple(
        Job(
            f"{SWEEP}_{n}",
            TOMAS,
            at,
            display_name=f"trial {n}",
            artifacts=(log(f"{SWEEP}_{n}", f"depth {n + 2}"),),
            metrics={"mse": (round(1 / (n + 1), 3),)},
        )
        for n in range(TRIALS)
    )
    return Job(
        SWEEP,
        TOMAS,
        at,
        display_name="demand-sweep",
        kind="Sweep",
        properties={"best_child_run_id": f"{SWEEP}_11"},
        children=trials,
        artifacts=(log(SWEEP),),
    )
