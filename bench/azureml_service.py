"""`python -m bench.azureml_service`: Azure Machine Learning with many jobs, in its own process."""

import argparse
import json
import re
import sys
import tempfile
from pathlib import Path
from typing import Final

from bench import access_log
from bench.azureml_process import AzureMlProcess
from dsr.azureml_target import ARTIFACTS
from sandbox.arm import SandboxArm
from sandbox.azureml import SandboxAzureMl, bulk_workspace
from sandbox.azurite import Azurite

ACCOUNT: Final = "stbulkml01"
WARM_ACCOUNT: Final = "stwarmml01"
_READ: Final = re.compile(rf'"(GET|HEAD) /{ACCOUNT}/')


def main() -> int:
    """Serve until standard input ends; each line of it asks how many calls there were."""
    parser = argparse.ArgumentParser(prog="python -m bench.azureml_service", description=__doc__)
    for name in ("jobs", "artifacts", "size", "page-size"):
        parser.add_argument(f"--{name}", type=int, required=True)
    parser.add_argument("--way", choices=ARTIFACTS, required=True)
    options = parser.parse_args()
    process = AzureMlProcess
    made = bulk_workspace(
        options.jobs,
        options.artifacts,
        size=options.size,
        name=process.MEASURED,
        storage_account=ACCOUNT,
    )
    warm = bulk_workspace(1, 1, name=process.WARM, storage_account=WARM_ACCOUNT)
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "access.log"
        with Azurite(access_log=log, accounts=(ACCOUNT, WARM_ACCOUNT)) as storage:
            service = SandboxAzureMl(
                (made, warm), storage=storage.connection_strings(), page_size=options.page_size
            )
            with service, SandboxArm((), azureml=service) as arm:
                targets = [target | {"artifacts": options.way} for target in service.targets()]
                settings = service.settings() | {
                    "DSR_ARM_ENDPOINT": arm.url,
                    "DSR_WORKSPACES": json.dumps(targets),
                }
                print(json.dumps(settings), flush=True)
                for _ in sys.stdin:
                    print(json.dumps(_calls(service, arm, log)), flush=True)
    return 0


def _calls(service: SandboxAzureMl, arm: SandboxArm, log: Path) -> dict[str, int]:
    return {
        "arm": len(arm.journal.calls()),
        "data plane": len(service.journal.calls()),
        "storage": sum(_READ.search(line) is not None for line in access_log.read_from(log, 0)),
    }


if __name__ == "__main__":
    sys.exit(main())
