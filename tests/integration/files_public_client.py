"""Run in the environment of Microsoft's client for Azure Files: reads and deletes in a sandbox.

Standard input holds the account's address and the share; standard output gets JSON. The client
takes tokens over https alone, so each call brings its own `Authorization`.
"""

import json
import sys
from typing import Any


def main() -> None:
    """List, read and delete as the client does."""
    from azure.core.exceptions import HttpResponseError
    from azure.storage.fileshare import ShareClient

    asked = json.load(sys.stdin)
    token = {"headers": {"Authorization": f"Bearer {asked['token']}"}}
    share = ShareClient(
        asked["account"],
        asked["share"],
        credential="sv=none&sig=none",  # it insists on one; the token is what counts
        token_intent="backup",
        allow_trailing_dot=True,
    )
    folder = share.get_directory_client(asked["folder"])

    def refused(call: Any) -> str:
        try:
            call(**token)
        except HttpResponseError as error:
            return str(getattr(error.error_code, "value", error.error_code))
        return ""

    listed = [
        [entry.name, entry.is_directory, entry.get("size"), bool(entry.file_id)]
        for entry in folder.list_directories_and_files(
            include=["timestamps"], include_extended_info=True, **token
        )
    ]
    large = share.get_file_client(asked["large"])
    data = large.download_file(**token).readall()
    above = share.get_directory_client(asked["large"].rpartition("/")[0])
    not_empty = refused(above.delete_directory)
    in_use = refused(share.get_file_client(asked["open"]).delete_file)
    large.delete_file(**token)
    above.delete_directory(**token)
    json.dump(
        {
            "listed": listed,
            "size": len(data),
            "data": data.hex(),
            "not_empty": not_empty,
            "in_use": in_use,
            "gone": refused(above.get_directory_properties),
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main()
