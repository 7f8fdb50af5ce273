"""Messages of docs/troubleshooting.md about people's folders, over the sandbox's shares."""

from collections.abc import Callable
from typing import Any

import pytest

from dsr.errors import ServiceError
from sandbox.studio.content import text
from tests.fakes.azureml_connector import connector
from tests.fakes.azureml_folders import STORE, files_on, folders, store
from tests.fakes.studio import told
from tests.fakes.wire import Scripted, answer
from tests.unit.troubleshooting_page import Provoker, Provokers, Said, World

SAYS = Provokers()
FILES = {"Users/t-user/a.txt": text("a")}
PATH = ("share", "Users")


def raised(call: Callable[[], object]) -> Provoker:
    """Give what a call raises, as a result would hold it."""

    def provoke(world: World) -> list[Said]:
        with pytest.raises(ServiceError) as caught:
            call()
        return [Said("`error`", str(caught.value))]

    return provoke


def blocked() -> None:
    made = folders(FILES)
    made.share.put("Users/t-user/a.txt", FILES["Users/t-user/a.txt"]).is_open = True
    made.connector.delete("user_folder", "t-user")


def over(given: Any) -> Any:
    return files_on(Scripted([given]))


ELSEWHERE = {STORE: [told(store(accountName="another"))]}

SAYS(
    "the datastore workspaceworkingdirectory is no file share of the storage account that the"
    " target names"
)(raised(lambda: folders(FILES, ELSEWHERE).connector.assets("user_folder", None)))
SAYS("people's folders need a storage account in the workspace's target")(
    raised(lambda: connector({})[0].delete("user_folder", "t-user"))
)
SAYS("{message}: a file or folder in it is open, locked or read-only")(raised(blocked))
SAYS("{what} met another version than the one it had begun with")(
    raised(
        lambda: (
            over(answer(206, b"b", {"ETag": '"two"'}))
            .source(PATH, "read file of user folder")
            .open(1, '"one"')
        )
    )
)
SAYS("{what} answered with malformed XML")(
    raised(lambda: over(answer(200, b"<html>")).page(PATH, None, "list user folders"))
)
SAYS("{what} answered with more than {n} MiB of XML")(
    raised(
        lambda: over(answer(200, b" " * (17 << 20))).page(PATH, None, "list files of user folder")
    )
)


@pytest.mark.parametrize("template", list(SAYS.known))
def test_the_code_says_it(template: str, monkeypatch, caplog):
    SAYS.check(template, World(monkeypatch, caplog))
