"""The blobs that everybody reads: one container of Azurite, filled once a case."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Final

from azure.storage.blob import (
    BlobServiceClient,
    ContainerSasPermissions,
    generate_container_sas,
)

from sandbox.azurite import ACCOUNT, KEY, Azurite

CONTAINER: Final = "source"
BLOCK: Final = 8 * 1024 * 1024


def fill(azurite: Azurite, count: int, size: int) -> None:
    """Write `count` blobs of `size` bytes that hardly compress, the same ones at every call."""
    service = BlobServiceClient.from_connection_string(azurite.connection_string)
    container = service.get_container_client(CONTAINER)
    container.create_container()

    def write(number: int) -> None:
        blob = container.get_blob_client(name(number))
        if size > BLOCK:
            noise = random.Random(number)
            ids = []
            for at in range(0, size, BLOCK):
                ids.append(f"{at:016d}")
                blob.stage_block(ids[-1], noise.randbytes(min(BLOCK, size - at)))
            blob.commit_block_list(ids)  # type: ignore[arg-type]
        else:
            blob.upload_blob(random.Random(number).randbytes(size), overwrite=True)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(count)))


def name(number: int) -> str:
    """Give the name of a source blob."""
    return f"{number:06d}.bin"


def sas_url(azurite: Azurite, container: str, write: bool = False) -> str:
    """Give a container's URL with a SAS of a day, to read and list, or to write as well."""
    now = datetime.now(UTC)
    token = generate_container_sas(
        ACCOUNT,
        container,
        account_key=KEY,
        permission=ContainerSasPermissions(read=True, list=True, write=write, create=write),
        expiry=now + timedelta(days=1),
    )
    return f"http://127.0.0.1:{azurite.blob_port}/{ACCOUNT}/{container}?{token}"
