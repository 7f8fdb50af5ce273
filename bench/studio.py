"""`python -m bench.studio`: a sandbox Studio of many assets, in its own process."""

import argparse
import json
import sys
from collections.abc import Mapping
from dataclasses import replace

import requests

from bench.source import name
from bench.studio_process import StudioProcess
from sandbox.studio import SandboxStudio, Workspace, bulk_workspace
from sandbox.studio.content import SyntheticContent, text
from sandbox.studio.identifiers import hex_id, milliseconds, node_id
from sandbox.studio.model import (
    Annotation,
    Experiment,
    InputPort,
    ModuleNode,
    NodeOutput,
    Run,
)

_CREATED = milliseconds("2018-05-21T11:00:00")


def datasets_elsewhere(count: int, size: int, container_url: str) -> Workspace:
    """Give a workspace of `count` datasets, dataset i being the blob i behind a SAS URL."""
    base, _, token = container_url.partition("?")
    made = bulk_workspace(count, 16, StudioProcess.MEASURED)
    families = tuple(
        replace(
            family,
            versions=(
                replace(
                    family.versions[0],
                    content=SyntheticContent(size, "elsewhere"),
                    download_location=(f"{base}/", name(number), f"?{token}"),
                ),
            ),
        )
        for number, family in enumerate(made.families)
    )
    return replace(made, families=families)


def experiments(count: int) -> Workspace:
    """Give a workspace of experiments: two modules, an output, a log, a note, no earlier run."""
    empty = bulk_workspace(0, 0, StudioProcess.MEASURED)
    made = tuple(_experiment(empty, f"experiment {i:06}") for i in range(count))
    return replace(empty, experiments=made)


def _experiment(workspace: Workspace, label: str) -> Experiment:
    first, second = (node_id(n, workspace.workspace_id, label) for n in (1, 2))
    nodes = (
        ModuleNode(first, "enter-data", outputs=(NodeOutput("table", None),)),
        ModuleNode(
            second,
            "convert-to-csv",
            inputs=(InputPort("Dataset", source=(first, "table")),),
            outputs=(NodeOutput("Results dataset", text(f"a,b\n1,{label}\n")),),
            stdout=text("done\n"),
        ),
    )
    note = Annotation(hex_id(label, "note"), "look here", node_id=second)
    creator = workspace.users[-1].name
    run = Run(
        _CREATED, _CREATED + 5_000, "Finished", creator, label, nodes=nodes, annotations=(note,)
    )
    return Experiment(workspace.workspace_id, hex_id("experiment", label), (run,))


def _ask_for_lists(settings: Mapping[str, str]) -> None:
    """Have the sandbox make its lists: a service has them, whoever asks first."""
    for target in json.loads(settings["DSR_WORKSPACES"]):
        answer = requests.get(
            f"{target['studio_endpoint']}/api/workspaces/{target['workspace_id']}/datasources",
            headers={"x-ms-metaanalytics-authorizationtoken": settings[target["token_setting"]]},
            timeout=60,
        )
        answer.raise_for_status()


def main() -> int:
    """Serve until standard input ends; the first line of output is the settings of the app."""
    parser = argparse.ArgumentParser(prog="bench.studio", description=__doc__)
    parser.add_argument("--kind", choices=("dataset", "experiment"), default="dataset")
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--size", type=int, required=True)
    parser.add_argument("--source")
    parser.add_argument("--latency", type=float, default=0.0)
    options = parser.parse_args()
    if options.kind == "experiment":
        made = experiments(options.count)
    elif options.source:
        made = datasets_elsewhere(options.count, options.size, options.source)
    else:
        made = bulk_workspace(options.count, options.size, StudioProcess.MEASURED)
    warm = bulk_workspace(1, 64, StudioProcess.WARM)
    with SandboxStudio([made, warm], latency=options.latency) as studio:
        _ask_for_lists(studio.settings())
        print(json.dumps(studio.settings()), flush=True)
        for _ in sys.stdin:  # each line asks how many calls there were
            paths = [call.path for call in studio.journal.calls()]
            api = sum(p.startswith("/api/") and p != "/api/sharedaccess" for p in paths)
            blobs = sum(not p.startswith(("/api/workspaces/", "/workspaces/")) for p in paths)
            rest = len(paths) - api - blobs
            print(json.dumps({"api": api, "downloads": blobs, "management": rest}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
