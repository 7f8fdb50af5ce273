"""The small workspace of Azure Machine Learning that deletes are killed in: one of each kind."""

from dataclasses import replace
from typing import Any, Final

from sandbox.azureml import Artifact, Blob, Job, MlWorkspace, Person, Version
from sandbox.azureml.identifiers import guid, hex_digest
from sandbox.azureml.sample.assets import BLOBSTORE, code, data, model
from sandbox.azureml.sample.jobs import log
from sandbox.azureml.sample.resources import compute_instance, schedule, system_datastores
from sandbox.stack import Stack
from sandbox.studio.content import text

NAME: Final = "ml-kill-lab"
ACCOUNT: Final = "stkilllab01"
SUBSCRIPTION: Final = "55555555-6666-7777-8888-999999999999"
OWNER: Final = Person(guid("person", "olga"), "Olga Owner", "owner@example.org")
MEMBER: Final = Person(guid("person", "max"), "Max Member", "member@example.org")
DONE: Final = "slow_hare_d0n3"
RUNNING: Final = "fast_snail_r0n1"
_AT: Final = "2026-05-04T09:00:00.000+00:00"


def ml_kill_lab() -> MlWorkspace:
    """Give the workspace: two jobs of which one runs, and an asset of every other kind."""
    uploads = {
        kind: f"LocalUpload/{hex_digest(NAME, kind)[:32]}/src/file.txt"
        for kind in ("model", "data", "code")
    }
    store = "{U}/datastores/workspaceblobstore/paths"
    upload = uploads["code"].split("/")[1]
    return MlWorkspace(
        "ws-kill-lab",
        ACCOUNT,
        OWNER,
        (OWNER, MEMBER),
        subscription_id=SUBSCRIPTION,
        resource_group="rg-kill-lab",
        jobs=(
            Job(RUNNING, MEMBER, _AT, status="Running", artifacts=(log(RUNNING),)),
            Job(DONE, MEMBER, _AT, artifacts=(log(DONE), Artifact("out/a.csv", text("a,b\n")))),
        ),
        versions=(
            model("canal-model", "1", MEMBER, f"{store}/{uploads['model']}"),
            data("canal-data", "1", MEMBER, f"{store}/{uploads['data']}"),
            replace(code(upload, MEMBER, "canal"), name="canal-code"),
            Version("environments", "canal-env", "1", MEMBER, _AT, {"image": "mcr/x"}),
            Version("components", "canal-step", "1", MEMBER, _AT, {"componentSpec": {}}),
        ),
        resources=(
            *system_datastores(ACCOUNT),
            schedule("canal-nightly", MEMBER),
            compute_instance("max-ci1", MEMBER),
        ),
        blobs=tuple(Blob(BLOBSTORE, place, text(f"{place}\n")) for place in uploads.values()),
        target_name=NAME,
    )


class AzureMlHolding:
    """What a lab of Azure Machine Learning holds."""

    name = NAME

    def stack(self, storage: str, **options: Any) -> Stack:
        """Give the sandbox; the workspace's account is one of its own."""
        return Stack([], azureml=[ml_kill_lab()], **options)

    def go_slowly(self, stack: Stack, seconds: float) -> None:
        """Let deletes and cancels take so long."""
        stack.azureml.operations.seconds = seconds

    def restore(self, stack: Stack) -> None:
        """Put the blobs back into the workspace's account."""
        stack.azureml.refill()
