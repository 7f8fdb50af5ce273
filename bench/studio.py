"""`python -m bench.studio`: a sandbox Studio whose datasets lie in Azurite, in its own process."""

import argparse
import json
import sys
from dataclasses import replace

from bench.source import name
from sandbox.studio import SandboxStudio, Workspace, bulk_workspace
from sandbox.studio.content import SyntheticContent


def workspace(count: int, size: int, container_url: str) -> Workspace:
    """Give a workspace of `count` datasets, dataset i being the blob i behind a SAS URL."""
    base, _, token = container_url.partition("?")
    made = bulk_workspace(count, 16)
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


def main() -> int:
    """Serve until standard input ends; the first line of output is the settings of the app."""
    parser = argparse.ArgumentParser(prog="bench.studio", description=__doc__)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--size", type=int, required=True)
    parser.add_argument("--source")
    parser.add_argument("--latency", type=float, default=0.0)
    options = parser.parse_args()
    if options.source:
        made = workspace(options.count, options.size, options.source)
    else:
        made = bulk_workspace(options.count, options.size)
    with SandboxStudio([made], latency=options.latency) as studio:
        print(json.dumps(studio.settings()), flush=True)
        for _ in sys.stdin:  # each line asks how many calls there were
            calls = studio.journal.calls()
            api = sum(call.path.startswith("/api/") for call in calls)
            print(json.dumps({"api": api, "all": len(calls)}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
